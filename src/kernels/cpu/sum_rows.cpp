#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/sum_rows.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>

#include "kernels/cpu/sum_rows.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kAhead = 6;

// Columns [d, d + 4 vectors): the sums stay in registers.
template <class D>
HWY_INLINE void strip(D tag, const float* table, int64_t dim, const int64_t* at, int64_t n, int64_t ahead, const float* scale, int64_t skip, float* out) {
  const int64_t L = static_cast<int64_t>(hn::Lanes(tag));
  auto a = hn::Zero(tag), b = a, c = a, e = a;
  for (int64_t i = 0; i < n; ++i) {
    if (i + kAhead < n + ahead) {
      const float* next = table + at[i + kAhead] * dim;
      for (int64_t k = 0; k < 4 * L; k += 16) __builtin_prefetch(next + k);
    }
    if (at[i] == skip) continue;
    const float* row = table + at[i] * dim;
    const auto s = hn::Set(tag, scale ? scale[i] : 1.0f);
    a = hn::MulAdd(s, hn::LoadU(tag, row), a);
    b = hn::MulAdd(s, hn::LoadU(tag, row + L), b);
    c = hn::MulAdd(s, hn::LoadU(tag, row + 2 * L), c);
    e = hn::MulAdd(s, hn::LoadU(tag, row + 3 * L), e);
  }
  hn::StoreU(a, tag, out);
  hn::StoreU(b, tag, out + L);
  hn::StoreU(c, tag, out + 2 * L);
  hn::StoreU(e, tag, out + 3 * L);
}

void sum_rows(const float* table, int64_t dim, const int64_t* at, int64_t n, int64_t ahead, const float* scale, int64_t skip, float* out) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> one;
  const int64_t step = 4 * static_cast<int64_t>(hn::Lanes(d));
  int64_t k = 0;
  for (; k + step <= dim; k += step) strip(d, table + k, dim, at, n, ahead, scale, skip, out + k);
  for (; k + 4 <= dim; k += 4) strip(one, table + k, dim, at, n, ahead, scale, skip, out + k);
  for (; k < dim; ++k) {
    auto sum = hn::Zero(one);
    for (int64_t i = 0; i < n; ++i)
      if (at[i] != skip) sum = hn::MulAdd(hn::Set(one, scale ? scale[i] : 1.0f), hn::LoadU(one, table + at[i] * dim + k), sum);
    hn::StoreU(sum, one, out + k);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(sum_rows);

int64_t sum_rows_f32(const float* table, int64_t dim, const int64_t* at, int64_t n, int64_t ahead, const float* scale, int64_t skip, float* out) {
  HWY_DYNAMIC_DISPATCH(sum_rows)(table, dim, at, n, ahead, scale, skip, out);
  return n - std::count(at, at + n, skip);
}
}  // namespace wick::kernels::cpu
#endif
