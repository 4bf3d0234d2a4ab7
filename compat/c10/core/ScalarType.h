// Element types under c10's names.
#pragma once

#include <c10/util/Exception.h>
#include <c10/util/complex.h>
#include <wick/core/dtype.h>

namespace c10 {
namespace impl {
using ::wick::v1::ScalarTypeToCPPType;
using ::wick::v1::ScalarTypeToCPPTypeT;
}  // namespace impl
}  // namespace c10
namespace at { using c10::impl::ScalarTypeToCPPType; }

namespace caffe2 {
template <class T> constexpr ::c10::ScalarType TypeIdentifier() { return ::c10::CppTypeToScalarType<T>::value; }
}

// Calls `_(C++ type, name)` for each element type of a kind.
#define AT_FORALL_INT_TYPES(_) _(uint8_t, Byte) _(int8_t, Char) _(int16_t, Short) _(int, Int) _(int64_t, Long)
#define AT_FORALL_SCALAR_TYPES(_) AT_FORALL_INT_TYPES(_) _(float, Float) _(double, Double)
#define AT_FORALL_SCALAR_TYPES_AND(T1, _) \
  AT_FORALL_SCALAR_TYPES(_) _(::c10::impl::ScalarTypeToCPPTypeT<::c10::ScalarType::T1>, T1)
#define AT_FORALL_SCALAR_TYPES_AND2(T1, T2, _) \
  AT_FORALL_SCALAR_TYPES_AND(T1, _) _(::c10::impl::ScalarTypeToCPPTypeT<::c10::ScalarType::T2>, T2)
#define AT_FORALL_SCALAR_TYPES_AND3(T1, T2, T3, _) \
  AT_FORALL_SCALAR_TYPES_AND2(T1, T2, _) _(::c10::impl::ScalarTypeToCPPTypeT<::c10::ScalarType::T3>, T3)
#define AT_FORALL_COMPLEX_TYPES(_) _(::c10::complex<float>, ComplexFloat) _(::c10::complex<double>, ComplexDouble)
#define AT_FORALL_SCALAR_TYPES_WITH_COMPLEX(_) \
  AT_FORALL_SCALAR_TYPES_AND3(Half, Bool, BFloat16, _) AT_FORALL_COMPLEX_TYPES(_)
