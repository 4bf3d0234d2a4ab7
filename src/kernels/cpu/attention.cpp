// Blocks of queries meet blocks of keys; a running maximum and sum give the softmax. The backward pass computes the weights
// anew from the sums that forward kept. (Dao, FlashAttention-2, 2023; Milakov and Gimelshein, Online normalizer, 2018.)
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/attention.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/cpu/attention.h"
#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/simd_each-inl.h"
#include "kernels/cpu/simd_math-inl.h"

#ifndef WICK_KERNELS_CPU_ATTENTION_ONCE
#define WICK_KERNELS_CPU_ATTENTION_ONCE
namespace wick::kernels::cpu {

// Products of a block of queries with a block of keys.
struct ScoreBlock {
  int64_t rows, cols, ld;
  float* s;
  int64_t sees;            // keys of this block that its first query sees (may be negative); the next sees one more. cols: all see all
  bool causal;
  const float* mask;       // at this block, or null
  int64_t mask_row, mask_col;

  int64_t visible(int64_t r) const { return causal ? std::clamp<int64_t>(sees + r, 0, cols) : cols; }
};

}  // namespace wick::kernels::cpu
#endif

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr float kNone = -std::numeric_limits<float>::infinity();

void add_mask(const ScoreBlock& b, int64_t r, int64_t n) {
  float* s = b.s + r * b.ld;
  const float* m = b.mask + r * b.mask_row;
  if (b.mask_col == 1) each(n, [&](auto d, int64_t j) { hn::StoreU(hn::Add(hn::LoadU(d, s + j), hn::LoadU(d, m + j)), d, s + j); });
  else for (int64_t j = 0; j < n; ++j) s[j] += m[j * b.mask_col];
}

float greatest(const float* s, int64_t n) {
  const hn::ScalableTag<float> d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  auto most = hn::Set(d, kNone);
  int64_t j = 0;
  for (; j + L <= n; j += L) most = hn::Max(most, hn::LoadU(d, s + j));
  float m = hn::GetLane(hn::MaxOfLanes(d, most));
  for (; j < n; ++j) m = std::max(m, s[j]);
  return m;
}

// s = exp(s - shift); returns the sum.
float exponentials(float* s, int64_t n, float shift) {
  const hn::ScalableTag<float> d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  int64_t j = 0;
  for (; j + L <= n; j += L) {
    const auto e = exp(d, hn::Sub(hn::LoadU(d, s + j), hn::Set(d, shift)));
    hn::StoreU(e, d, s + j);
    sum = hn::Add(sum, e);
  }
  float all = hn::GetLane(hn::SumOfLanes(d, sum));
  const hn::CappedTag<float, 1> one;
  for (; j < n; ++j) {
    const auto e = exp(one, hn::Sub(hn::LoadU(one, s + j), hn::Set(one, shift)));
    hn::StoreU(e, one, s + j);
    all += hn::GetLane(e);
  }
  return all;
}

void scale_row(float* x, int64_t n, float by) {
  each(n, [&](auto d, int64_t j) { hn::StoreU(hn::Mul(hn::LoadU(d, x + j), hn::Set(d, by)), d, x + j); });
}

// Products become weights relative to the greatest seen so far; what was summed before is scaled to it.
void soften(const ScoreBlock& b, float* most, float* sum, float* out, int64_t out_row, int64_t width) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float* s = b.s + r * b.ld;
    const int64_t n = b.visible(r);
    std::fill(s + n, s + b.cols, 0.0f);
    if (b.mask) add_mask(b, r, n);
    const float now = std::max(most[r], greatest(s, n));
    if (now == kNone) {  // nothing seen yet
      std::fill_n(s, n, 0.0f);
      continue;
    }
    const float keep = most[r] == kNone ? 0.0f : std::exp(most[r] - now);
    sum[r] = sum[r] * keep + exponentials(s, n, now);
    if (keep != 1.0f) scale_row(out + r * out_row, width, keep);
    most[r] = now;
  }
}

// Products become weights, and `dw`, the weights' gradient, becomes the products'.
void soften_backward(const ScoreBlock& b, const float* lse, const float* delta, float scale, float* dw) {
  for (int64_t r = 0; r < b.rows; ++r) {
    float *s = b.s + r * b.ld, *g = dw + r * b.ld;
    const int64_t n = lse[r] == kNone ? 0 : b.visible(r);
    std::fill(s + n, s + b.cols, 0.0f);
    std::fill(g + n, g + b.cols, 0.0f);
    if (b.mask) add_mask(b, r, n);
    each(n, [&](auto d, int64_t j) {
      const auto w = exp(d, hn::Sub(hn::LoadU(d, s + j), hn::Set(d, lse[r])));
      hn::StoreU(w, d, s + j);
      hn::StoreU(hn::Mul(hn::Mul(w, hn::Sub(hn::LoadU(d, g + j), hn::Set(d, delta[r]))), hn::Set(d, scale)), d, g + j);
    });
  }
}

float dot(const float* a, const float* b, int64_t n) {
  const hn::ScalableTag<float> d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  auto sum = hn::Zero(d);
  int64_t j = 0;
  for (; j + L <= n; j += L) sum = hn::MulAdd(hn::LoadU(d, a + j), hn::LoadU(d, b + j), sum);
  float all = hn::GetLane(hn::SumOfLanes(d, sum));
  for (; j < n; ++j) all += a[j] * b[j];
  return all;
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(soften);
HWY_EXPORT(soften_backward);
HWY_EXPORT(scale_row);
HWY_EXPORT(dot);
namespace {

constexpr int64_t kQueries = 64, kKeys = 240, kQueriesBack = 128;  // rows of a block; keys are a multiple of 48, see multiply_packed_f32
constexpr float kNone = -std::numeric_limits<float>::infinity();

ScoreBlock block_of(const AttentionShape& s, int64_t b, int64_t h, int64_t i, int64_t rows, int64_t j, int64_t cols, float* scores) {
  const int64_t* m = s.mask_strides;
  return {rows, cols, kKeys, scores, i + 1 - j, s.causal, s.mask ? s.mask + b * m[0] + h * m[1] + i * m[2] + j * m[3] : nullptr, m[2], m[3]};
}
// Keys that any of the queries up to `end` sees.
int64_t keys_for(const AttentionShape& s, int64_t end) { return s.causal ? std::min(s.tk, end) : s.tk; }

// The keys (or values) of one head: [d, tk] packed as a whole, and [keys of a block, d] block by block.
struct PackedHead {
  int64_t d, tk;
  int64_t across_floats() const { return (packed_floats(tk, d) + 15) / 16 * 16; }
  int64_t block_floats() const { return (packed_floats(d, kKeys) + 15) / 16 * 16; }
  int64_t blocks_floats() const { return ceil_div(tk, kKeys) * block_floats(); }
  void across(const float* rows, int64_t row, float* to) const { pack_f32(tk, d, {rows, 1, row, kFloat}, to); }
  void blocks(const float* rows, int64_t row, float* to) const {
    for (int64_t j = 0; j < tk; j += kKeys) pack_f32(d, std::min(kKeys, tk - j), {rows + j * row, row, 1, kFloat}, to + j / kKeys * block_floats());
  }
};

// The queries [first, end) of one head.
void attend(const AttentionShape& s, int64_t b, int64_t h, int64_t first, int64_t end, const HeadRows& q, const HeadRows& out, float* lse, const float* keys,
            const PackedHead& head, const float* values, float* scores) {
  float most[kQueries], sum[kQueries];
  for (int64_t i = first; i < end; i += kQueries) {
    const int64_t rows = std::min(kQueries, end - i);
    std::fill_n(most, rows, kNone);
    std::fill_n(sum, rows, 0.0f);
    float* o = out.at(b, h, i);
    for (int64_t r = 0; r < rows; ++r) std::fill_n(o + r * out.row, s.d, 0.0f);
    for (int64_t j = 0; j < keys_for(s, i + rows); j += kKeys) {
      const int64_t cols = std::min(kKeys, s.tk - j);
      multiply_packed_f32(rows, s.tk, s.d, s.scale, q.at(b, h, i), q.row, keys, 0.0f, scores, kKeys, j, cols);
      HWY_DYNAMIC_DISPATCH(soften)(block_of(s, b, h, i, rows, j, cols, scores), most, sum, o, out.row, s.d);
      multiply_packed_f32(rows, s.d, cols, 1.0f, scores, kKeys, values + j / kKeys * head.block_floats(), 1.0f, o, out.row);
    }
    for (int64_t r = 0; r < rows; ++r) {
      if (sum[r] > 0) HWY_DYNAMIC_DISPATCH(scale_row)(o + r * out.row, s.d, 1 / sum[r]);
      lse[(b * s.heads + h) * s.tq + i + r] = sum[r] > 0 ? most[r] + std::log(sum[r]) : std::isnan(sum[r]) ? sum[r] : kNone;
    }
  }
}

void attend_backward(const AttentionShape& s, int64_t b, int64_t h, const HeadRows& q, const HeadRows& k, const HeadRows& v, const HeadRows& out, const float* lse0,
                     const HeadRows& g, const HeadRows& gq, const HeadRows& gk, const HeadRows& gv) {
  const PackedHead head{s.d, s.tk};
  const int64_t block = kQueriesBack * kKeys;
  Scratch memory(static_cast<size_t>(2 * head.across_floats() + head.blocks_floats() + 2 * block + s.tq) * sizeof(float));
  float *keys = memory.as<float>(), *values = keys + head.across_floats(), *rows_of_keys = values + head.across_floats();
  float *scores = rows_of_keys + head.blocks_floats(), *dw = scores + block, *delta = dw + block;
  head.across(k.at(b, h), k.row, keys);
  head.across(v.at(b, h), v.row, values);
  head.blocks(k.at(b, h), k.row, rows_of_keys);
  for (int64_t i = 0; i < s.tq; ++i) {
    delta[i] = HWY_DYNAMIC_DISPATCH(dot)(g.at(b, h, i), out.at(b, h, i), s.d);
    std::fill_n(gq.at(b, h, i), s.d, 0.0f);
  }
  for (int64_t j = 0; j < s.tk; ++j) {
    std::fill_n(gk.at(b, h, j), s.d, 0.0f);
    std::fill_n(gv.at(b, h, j), s.d, 0.0f);
  }
  const float* lse = lse0 + (b * s.heads + h) * s.tq;
  for (int64_t j = 0; j < s.tk; j += kKeys) {
    const int64_t cols = std::min(kKeys, s.tk - j), from = s.causal ? j / kQueriesBack * kQueriesBack : 0;
    for (int64_t i = from; i < s.tq; i += kQueriesBack) {
      const int64_t rows = std::min(kQueriesBack, s.tq - i);
      multiply_packed_f32(rows, s.tk, s.d, s.scale, q.at(b, h, i), q.row, keys, 0.0f, scores, kKeys, j, cols);
      multiply_packed_f32(rows, s.tk, s.d, 1.0f, g.at(b, h, i), g.row, values, 0.0f, dw, kKeys, j, cols);
      HWY_DYNAMIC_DISPATCH(soften_backward)(block_of(s, b, h, i, rows, j, cols, scores), lse + i, delta + i, s.scale, dw);
      multiply_packed_f32(rows, s.d, cols, 1.0f, dw, kKeys, rows_of_keys + j / kKeys * head.block_floats(), 1.0f, gq.at(b, h, i), gq.row);
      packed_gemm_f32(cols, s.d, rows, 1.0f, {scores, 1, kKeys, kFloat}, {g.at(b, h, i), g.row, 1, kFloat}, 1.0f, gv.at(b, h, j), gv.row);
      packed_gemm_f32(cols, s.d, rows, 1.0f, {dw, 1, kKeys, kFloat}, {q.at(b, h, i), q.row, 1, kFloat}, 1.0f, gk.at(b, h, j), gk.row);
    }
  }
}

bool parallel(const AttentionShape& s) { return static_cast<double>(s.batch * s.heads) * static_cast<double>(s.tq) * static_cast<double>(s.tk * s.d) > 1e5; }

}  // namespace

void attention_forward(const AttentionShape& s, HeadRows q, HeadRows k, HeadRows v, HeadRows out, float* lse) {
  // A task: one head, or a part of its queries where heads are few. Each packs the head's keys and values for itself.
  const int64_t heads = s.batch * s.heads, parts = heads >= 16 ? 1 : std::clamp<int64_t>(s.tq / 512, 1, ceil_div(16, heads)), each = ceil_div(ceil_div(s.tq, parts), kQueries) * kQueries;
  const PackedHead head{s.d, s.tk};
  for_tasks(heads * parts, parallel(s), [&](int64_t t) {
    const int64_t b = t / parts / s.heads, h = t / parts % s.heads, first = t % parts * each, end = std::min(s.tq, first + each);
    if (first >= end) return;
    Scratch memory(static_cast<size_t>(head.across_floats() + head.blocks_floats() + kQueries * kKeys) * sizeof(float));
    float *keys = memory.as<float>(), *values = keys + head.across_floats(), *scores = values + head.blocks_floats();
    head.across(k.at(b, h), k.row, keys);
    head.blocks(v.at(b, h), v.row, values);
    attend(s, b, h, first, end, q, out, lse, keys, head, values, scores);
  });
}

void attention_backward(const AttentionShape& s, HeadRows q, HeadRows k, HeadRows v, HeadRows out, const float* lse, HeadRows g, HeadRows gq, HeadRows gk, HeadRows gv) {
  for_tasks(s.batch * s.heads, parallel(s), [&](int64_t t) { attend_backward(s, t / s.heads, t % s.heads, q, k, v, out, lse, g, gq, gk, gv); });
}

}  // namespace wick::kernels::cpu
#endif
