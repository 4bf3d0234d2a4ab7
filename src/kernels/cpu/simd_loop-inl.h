// The loop every float and double kernel runs in, and the macros that stamp one out. Included once per target.
//
//   WICK_OP1(square) { return Mul(x, x); }                 also WICK_OP2 (x, y) and WICK_OP3 (x, y, z);
//   WICK_TEST1(is_big) { return Gt(x, num(d, p.d[0])); }    the same with a mask as the result
//   #define KERNELS(X) X(square, 1) X(is_big, 1)
//   KERNELS(WICK_DEFINE)                                    for each target
//   KERNELS(WICK_EXPORT)                                    once, in wick::kernels::cpu
#if defined(WICK_SIMD_LOOP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_SIMD_LOOP_INL_H
#undef WICK_SIMD_LOOP_INL_H
#else
#define WICK_SIMD_LOOP_INL_H
#endif

#include <cstring>
#include <type_traits>

#include <hwy/highway.h>

#include "kernels/cpu/pointwise.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
using namespace hwy::HWY_NAMESPACE;

#undef WICK_OP_
#define WICK_OP_(name, result, args)                                                     \
  struct name##_op {                                                                     \
    template <class D, class V = Vec<D>>                                                 \
    HWY_INLINE result operator()(D d, const Params& p, WICK_ARGS##args) const;           \
  };                                                                                     \
  template <class D, class V>                                                            \
  HWY_INLINE result name##_op::operator()([[maybe_unused]] D d, [[maybe_unused]] const Params& p, WICK_ARGS##args) const
#undef WICK_ARGS1
#undef WICK_ARGS2
#undef WICK_ARGS3
#define WICK_ARGS1 V x
#define WICK_ARGS2 V x, V y
#define WICK_ARGS3 V x, V y, V z
#undef WICK_OP1
#undef WICK_OP2
#undef WICK_OP3
#undef WICK_TEST1
#undef WICK_TEST2
#define WICK_OP1(name) WICK_OP_(name, V, 1)
#define WICK_OP2(name) WICK_OP_(name, V, 2)
#define WICK_OP3(name) WICK_OP_(name, V, 3)
#define WICK_TEST1(name) WICK_OP_(name, Mask<D>, 1)
#define WICK_TEST2(name) WICK_OP_(name, Mask<D>, 2)

template <class D>
HWY_INLINE void store(Vec<D> v, D d, TFromD<D>* out) { StoreU(v, d, out); }
template <class D>
HWY_INLINE void store(Mask<D> m, [[maybe_unused]] D d, uint8_t* out) {
  const RebindToUnsigned<D> du;
  const auto ones = IfThenElseZero(RebindMask(du, m), Set(du, 1));
  const Rebind<uint8_t, D> db;
  StoreU(TruncateTo(db, ones), db, out);
}

template <int kArity, class T, class Op>
HWY_INLINE void map(int64_t n, void* out_ptr, const void* const* in, const Params& params) {
  const ScalableTag<T> d;
  using V = Vec<decltype(d)>;
  constexpr bool kTest = [] {
    if constexpr (kArity == 1) return !std::is_same_v<V, decltype(Op()(d, params, V()))>;
    else if constexpr (kArity == 2) return !std::is_same_v<V, decltype(Op()(d, params, V(), V()))>;
    else return false;
  }();
  using Out = std::conditional_t<kTest, uint8_t, T>;
  const int64_t lanes = static_cast<int64_t>(Lanes(d)), rest = n % lanes;
  const Params p = params;  // a copy that the stores cannot alias
  const T* a = static_cast<const T*>(in[0]);
  const T* b = kArity > 1 ? static_cast<const T*>(in[1]) : nullptr;
  const T* c = kArity > 2 ? static_cast<const T*>(in[2]) : nullptr;
  Out* out = static_cast<Out*>(out_ptr);
  // Twice through one loop: over the whole vectors, then over the rest in a padded copy. So a value never depends on
  // its position, and the body exists once.
  HWY_ALIGN T in_pad[kArity][HWY_MAX_BYTES / sizeof(T)];
  HWY_ALIGN Out out_pad[HWY_MAX_BYTES / sizeof(T)];
  Out* const last = out + (n - rest);
  int64_t count = n - rest;
  for (bool padded = false;; padded = true) {
    for (int64_t k = 0; k < count; k += lanes) {
      if constexpr (kArity == 1) store(Op()(d, p, LoadU(d, a + k)), d, out + k);
      if constexpr (kArity == 2) store(Op()(d, p, LoadU(d, a + k), LoadU(d, b + k)), d, out + k);
      if constexpr (kArity == 3)
        store(Op()(d, p, LoadU(d, a + k), LoadU(d, b + k), LoadU(d, c + k)), d, out + k);
    }
    if (padded || rest == 0) break;
    for (int i = 0; i < kArity; ++i) {
      Store(num(d, 1), d, in_pad[i]);  // harmless for every function
      std::memcpy(in_pad[i], static_cast<const T*>(in[i]) + count, static_cast<size_t>(rest) * sizeof(T));
    }
    a = in_pad[0];
    if constexpr (kArity > 1) b = in_pad[1];
    if constexpr (kArity > 2) c = in_pad[2];
    out = out_pad;
    count = lanes;
  }
  if (rest != 0) std::memcpy(last, out_pad, static_cast<size_t>(rest) * sizeof(Out));
}

#undef WICK_DEFINE
#undef WICK_EXPORT
#define WICK_DEFINE(name, arity)                                                                      \
  void name##_f32(int64_t n, void* out, const void* const* in, const Params& p) {                     \
    map<arity, float, name##_op>(n, out, in, p);                                                      \
  }                                                                                                   \
  void name##_f64(int64_t n, void* out, const void* const* in, const Params& p) {                     \
    map<arity, double, name##_op>(n, out, in, p);                                                     \
  }
#define WICK_EXPORT_(name)                                                                            \
  HWY_EXPORT(name);                                                                                   \
  void name(int64_t n, void* out, const void* const* in, const Params& p) {                           \
    HWY_DYNAMIC_DISPATCH(name)(n, out, in, p);                                                        \
  }
#define WICK_EXPORT(name, arity) WICK_EXPORT_(name##_f32) WICK_EXPORT_(name##_f64)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
HWY_AFTER_NAMESPACE();
#endif
