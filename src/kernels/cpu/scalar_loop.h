// Loops over a scalar functor, for compute types and functions without a vector form.
#pragma once

#include "kernels/cpu/pointwise.h"

namespace wick::kernels::cpu {

template <class Out, class T, class F>
inline void scalar_map1(int64_t n, void* out, const void* const* in, F f) {
  Out* o = static_cast<Out*>(out);
  const T* a = static_cast<const T*>(in[0]);
  for (int64_t k = 0; k < n; ++k) o[k] = static_cast<Out>(f(a[k]));
}
template <class Out, class T, class F>
inline void scalar_map2(int64_t n, void* out, const void* const* in, F f) {
  Out* o = static_cast<Out*>(out);
  const T* a = static_cast<const T*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  for (int64_t k = 0; k < n; ++k) o[k] = static_cast<Out>(f(a[k], b[k]));
}
template <class Out, class T, class F>
inline void scalar_map3(int64_t n, void* out, const void* const* in, F f) {
  Out* o = static_cast<Out*>(out);
  const T* a = static_cast<const T*>(in[0]);
  const T* b = static_cast<const T*>(in[1]);
  const T* c = static_cast<const T*>(in[2]);
  for (int64_t k = 0; k < n; ++k) o[k] = static_cast<Out>(f(a[k], b[k], c[k]));
}

// WICK_SCALAR1(neg_i64, Out, T, -x) defines the kernel neg_i64; x, y, z are the operands and p the parameters.
#define WICK_SCALAR1(kernel, Out, T, expression)                                                            \
  void kernel(int64_t n, void* out, const void* const* in, [[maybe_unused]] const Params& p) {              \
    scalar_map1<Out, T>(n, out, in, [=](T x) { return expression; });                                       \
  }
#define WICK_SCALAR2(kernel, Out, T, expression)                                                            \
  void kernel(int64_t n, void* out, const void* const* in, [[maybe_unused]] const Params& p) {              \
    scalar_map2<Out, T>(n, out, in, [=]([[maybe_unused]] T x, T y) { return expression; });                 \
  }
#define WICK_SCALAR3(kernel, Out, T, expression)                                                            \
  void kernel(int64_t n, void* out, const void* const* in, [[maybe_unused]] const Params& p) {              \
    scalar_map3<Out, T>(n, out, in, [=](T x, T y, T z) { return expression; });                             \
  }

}  // namespace wick::kernels::cpu
