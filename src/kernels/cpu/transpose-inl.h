// Small transposes, included once per target.
#if defined(WICK_TRANSPOSE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_TRANSPOSE_INL_H
#undef WICK_TRANSPOSE_INL_H
#else
#define WICK_TRANSPOSE_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// Elements first to first + 4 of four rows become columns: to[i * to_row + r] = rows[r][first + i].
HWY_INLINE void transpose_4x4(const float* const (&rows)[4], int64_t first, float* to, int64_t to_row) {
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < 4; ++i)
    for (int r = 0; r < 4; ++r) to[i * to_row + r] = rows[r][first + i];
#else
  namespace hn = hwy::HWY_NAMESPACE;
  const hn::FixedTag<float, 4> d;
  const hn::Repartition<double, decltype(d)> d2;
  const auto a = hn::LoadU(d, rows[0] + first), b = hn::LoadU(d, rows[1] + first), c = hn::LoadU(d, rows[2] + first), e = hn::LoadU(d, rows[3] + first);
  const auto ab0 = hn::BitCast(d2, hn::InterleaveLower(d, a, b)), ab1 = hn::BitCast(d2, hn::InterleaveUpper(d, a, b));
  const auto ce0 = hn::BitCast(d2, hn::InterleaveLower(d, c, e)), ce1 = hn::BitCast(d2, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, ab0, ce0)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, ab0, ce0)), d, to + to_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, ab1, ce1)), d, to + 2 * to_row);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, ab1, ce1)), d, to + 3 * to_row);
#endif
}
// The same for rows `from_row` apart.
HWY_INLINE void transpose_4x4(const float* from, int64_t from_row, float* to, int64_t to_row) {
  transpose_4x4({from, from + from_row, from + 2 * from_row, from + 3 * from_row}, 0, to, to_row);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
HWY_AFTER_NAMESPACE();

#endif
