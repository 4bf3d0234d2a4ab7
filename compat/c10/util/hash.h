// Hashes of several values.
#pragma once

#include <c10/macros/Macros.h>

#include <cstddef>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

namespace c10 {

inline size_t hash_combine(size_t seed, size_t value) { return seed ^ (value + 0x9e3779b9 + (seed << 6u) + (seed >> 2u)); }

/// A std::hash that also takes pairs, tuples and vectors.
template <class T>
struct hash {
  size_t operator()(const T& v) const { return std::hash<T>()(v); }
};
template <class... T>
size_t get_hash(const T&... values) {
  size_t seed = 0;
  ((seed = hash_combine(seed, hash<T>()(values))), ...);
  return seed;
}
template <class A, class B>
struct hash<std::pair<A, B>> {
  size_t operator()(const std::pair<A, B>& v) const { return get_hash(v.first, v.second); }
};
template <class... T>
struct hash<std::tuple<T...>> {
  size_t operator()(const std::tuple<T...>& v) const { return std::apply([](const T&... x) { return get_hash(x...); }, v); }
};
template <class T>
struct hash<std::vector<T>> {
  size_t operator()(const std::vector<T>& v) const {
    size_t seed = 0;
    for (const auto& x : v) seed = hash_combine(seed, hash<T>()(x));
    return seed;
  }
};

}  // namespace c10
