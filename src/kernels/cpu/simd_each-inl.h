// A loop over floats whose body is generic in the vector's width. Included once per target.
#if defined(WICK_SIMD_EACH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_SIMD_EACH_INL_H
#undef WICK_SIMD_EACH_INL_H
#else
#define WICK_SIMD_EACH_INL_H
#endif

#include <cstdint>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// f(d, j) for j in [0, n): whole vectors, then one element at a time.
template <class F>
HWY_INLINE void each(int64_t n, const F& f) {
  const hwy::HWY_NAMESPACE::ScalableTag<float> d;
  const int64_t L = static_cast<int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  int64_t j = 0;
  for (; j + L <= n; j += L) f(d, j);
  for (const hwy::HWY_NAMESPACE::CappedTag<float, 1> one; j < n; ++j) f(one, j);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
