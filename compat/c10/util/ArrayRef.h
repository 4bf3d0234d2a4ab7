// ArrayRef and the functions that make one.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/array_ref.h>

#include <cstdint>

namespace c10 {
/// Sizes need no symbolic form here.
using SymInt = int64_t;
using SymFloat = double;
using SymBool = bool;
using SymIntArrayRef = IntArrayRef;
using OptionalSymIntArrayRef = OptionalIntArrayRef;

template <class T> ArrayRef<T> makeArrayRef(const T& one) { return one; }
template <class T> ArrayRef<T> makeArrayRef(const T* data, size_t size) { return ArrayRef<T>(data, size); }
template <class T> ArrayRef<T> makeArrayRef(const T* begin, const T* end) { return ArrayRef<T>(begin, end); }
template <class T> ArrayRef<T> makeArrayRef(const std::vector<T>& v) { return v; }
template <class T, size_t N> ArrayRef<T> makeArrayRef(const std::array<T, N>& a) { return a; }
template <class T, size_t N> ArrayRef<T> makeArrayRef(const T (&a)[N]) { return ArrayRef<T>(a); }
template <class T> ArrayRef<T> makeArrayRef(ArrayRef<T> a) { return a; }
}  // namespace c10
