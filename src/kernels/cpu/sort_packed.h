// A key and the index of its element as one ordered thing: sorting these needs no stability, as no two are equal.
#pragma once

#include <cstdint>
#include <type_traits>

#include "kernels/cpu/sort_keys.h"

namespace wick::kernels::cpu {

// Keys of up to 32 bits share a word with the index (rows are shorter than 2^32 elements).
struct Packed32 {
  using Key = uint32_t;
  uint64_t word;
  static Packed32 make(uint32_t key, int64_t index) { return {static_cast<uint64_t>(key) << 32 | static_cast<uint32_t>(index)}; }
  uint32_t key() const { return static_cast<uint32_t>(word >> 32); }
  int64_t index() const { return static_cast<uint32_t>(word); }
  friend bool operator<(Packed32 a, Packed32 b) { return a.word < b.word; }
};
struct Packed64 {
  using Key = uint64_t;
  uint64_t k;
  int64_t i;
  static Packed64 make(uint64_t key, int64_t index) { return {key, index}; }
  uint64_t key() const { return k; }
  int64_t index() const { return i; }
  friend bool operator<(const Packed64& a, const Packed64& b) { return a.k != b.k ? a.k < b.k : a.i < b.i; }
};
template <class T>
using PackedOf = std::conditional_t<sizeof(T) == 8, Packed64, Packed32>;

// Bits of an unsigned key that can differ.
template <class T>
inline constexpr int kKeyBits = static_cast<int>(sizeof(typename SortKey<T>::type)) * 8;

// The unsigned key: smaller comes first, in the direction asked for.
template <class T>
inline typename PackedOf<T>::Key unsigned_key(T x, bool descending) {
  using K = typename SortKey<T>::type;
  using U = std::make_unsigned_t<K>;
  constexpr U kFlip = std::is_signed_v<K> ? static_cast<U>(U{1} << (sizeof(U) * 8 - 1)) : U{0};
  const U u = static_cast<U>(static_cast<U>(SortKey<T>::of(x)) ^ kFlip);
  return descending ? static_cast<U>(~u) : u;
}

}  // namespace wick::kernels::cpu
