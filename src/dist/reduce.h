// Elementwise reductions of two buffers, for engines that have none for a type: c = a op b. 16-bit types are computed in float.
#pragma once

#include <algorithm>

#include "dist/engine.h"

namespace wick::distributed {

template <class T, Reduction op>
void reduce_loop(void* c_, const void* a_, const void* b_, size_t n) {
  T* c = static_cast<T*>(c_);
  const T *a = static_cast<const T*>(a_), *b = static_cast<const T*>(b_);
  constexpr bool truth = std::is_same_v<T, bool>;  // sum and max are or, product and min are and
  for (size_t i = 0; i < n; ++i) {
    if constexpr (truth) c[i] = op == Reduction::sum || op == Reduction::max ? a[i] | b[i] : a[i] & b[i];
    else if constexpr (op == Reduction::sum) c[i] = static_cast<T>(a[i] + b[i]);
    else if constexpr (op == Reduction::product) c[i] = static_cast<T>(a[i] * b[i]);
    else if constexpr (op == Reduction::min) c[i] = a[i] != a[i] || a[i] < b[i] ? a[i] : b[i];  // a NaN stays
    else c[i] = a[i] != a[i] || a[i] > b[i] ? a[i] : b[i];
  }
}

using ReduceFunction = void (*)(void*, const void*, const void*, size_t);

template <class T>
ReduceFunction reduce_of(Reduction op) {
  if (op == Reduction::sum) return reduce_loop<T, Reduction::sum>;
  if (op == Reduction::product) return reduce_loop<T, Reduction::product>;
  if constexpr (std::is_same_v<T, std::complex<float>> || std::is_same_v<T, std::complex<double>>) return nullptr;
  else return op == Reduction::min ? reduce_loop<T, Reduction::min> : reduce_loop<T, Reduction::max>;
}

// Null: no such reduction.
inline ReduceFunction reduce_function(ScalarType t, Reduction op) {
  switch (t) {
#define WICK_REDUCE_CASE(T, name) case ScalarType::name: return reduce_of<T>(op);
    WICK_FORALL_TYPES(WICK_REDUCE_CASE)
#undef WICK_REDUCE_CASE
    default: return nullptr;
  }
}

// c = c / n in place, for types that have_mean.
using DivideFunction = void (*)(void*, size_t, int);
template <class T>
void divide_loop(void* c_, size_t n, int by) {
  T* c = static_cast<T*>(c_);
  using Number = std::conditional_t<sizeof(T) == 2, float, T>;
  const Number divisor(static_cast<float>(by));
  for (size_t i = 0; i < n; ++i) c[i] = static_cast<T>(static_cast<Number>(c[i]) / divisor);
}
// Null: integers and truth values.
inline DivideFunction divide_function(ScalarType t) {
  switch (t) {
    case kFloat: return divide_loop<float>;
    case kDouble: return divide_loop<double>;
    case kHalf: return divide_loop<Half>;
    case kBFloat16: return divide_loop<BFloat16>;
    case kComplexFloat: return divide_loop<std::complex<float>>;
    case kComplexDouble: return divide_loop<std::complex<double>>;
    default: return nullptr;
  }
}

}  // namespace wick::distributed
