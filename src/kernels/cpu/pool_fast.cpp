#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pool_fast.cpp"
// Below AVX2 (and for vectors of unknown length) the plain loops of pool.cpp serve.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <algorithm>
#include <limits>

#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/pool_fast.h"
#include "kernels/cpu/scratch.h"

#ifndef WICK_POOL_FAST_ONCE
#define WICK_POOL_FAST_ONCE
namespace wick::kernels::cpu::pool_fast {
struct Range {
  int64_t begin, end, step;
  int64_t count() const { return end > begin ? (end - begin + step - 1) / step : 0; }
};

// Inputs that output o of dimension d covers.
inline Range window(const PoolShape& s, bool adaptive, int d, int64_t o) {
  if (adaptive) return {o * s.in[d] / s.out[d], ((o + 1) * s.in[d] + s.out[d] - 1) / s.out[d], 1};
  const int64_t from = o * s.stride[d] - s.pad[d], end = from + (s.kernel[d] - 1) * s.dilation[d] + 1;
  const int64_t skip = from < 0 ? (-from + s.dilation[d] - 1) / s.dilation[d] * s.dilation[d] : 0;
  return {from + skip, std::min(end, s.in[d]), s.dilation[d]};
}
// Length of an averaging window with its padding, as far as that goes.
inline int64_t padded(const PoolShape& s, int d, int64_t o) {
  const int64_t from = o * s.stride[d] - s.pad[d];
  return std::min(from + s.kernel[d], s.in[d] + s.pad[d]) - from;
}
// What the window (od, oh, ow) is divided by.
inline float divisor(const PoolShape& s, bool adaptive, const int64_t* o, const Range* r) {
  if (!adaptive && s.divisor_override) return static_cast<float>(s.divisor_override);
  if (adaptive || !s.count_include_pad) return static_cast<float>(r[0].count() * r[1].count() * r[2].count());
  return static_cast<float>(padded(s, 0, o[0]) * padded(s, 1, o[1]) * padded(s, 2, o[2]));
}
// Outputs of the last dimension whose window lies inside: [first, last).
struct Inside {
  int64_t first, last;
  Inside(const PoolShape& s) {
    const int64_t reach = (s.kernel[2] - 1) * s.dilation[2] - s.pad[2];
    first = std::min(s.out[2], (s.pad[2] + s.stride[2] - 1) / s.stride[2]);
    last = s.in[2] - 1 < reach ? first : std::clamp((s.in[2] - 1 - reach) / s.stride[2] + 1, first, s.out[2]);
  }
};
inline int64_t area(const int64_t* v) { return v[0] * v[1] * v[2]; }
}  // namespace wick::kernels::cpu::pool_fast
#endif

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu::pool_fast {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using D1 = hn::CappedTag<float, 1>;

// Elements p[0], p[step], p[2 step]... as one vector; step is 1 or 2. Reads no further than the last of them when
// `exact` (the end of a plane may be the end of memory).
template <class Tag>
HWY_INLINE hn::Vec<Tag> load(Tag d, const float* p, int64_t step) {
  if (step == 1 || hn::Lanes(d) == 1) return hn::LoadU(d, p);
#if HWY_TARGET == HWY_SCALAR
  return hn::LoadU(d, p);
#else
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  // The second half starts one early, so that nothing beyond the last element is read.
  const auto a = hn::LoadU(d, p), b = hn::LoadU(d, p + L - 1);
  return hn::ConcatOdd(d, b, hn::Combine(d, hn::UpperHalf(hn::Half<Tag>(), Shuffled(d, a)), hn::LowerHalf(hn::Half<Tag>(), Shuffled(d, a))));
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::pool_fast
HWY_AFTER_NAMESPACE();
