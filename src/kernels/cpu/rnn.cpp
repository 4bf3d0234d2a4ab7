// The sequences of a batch do not depend on each other: each thread takes some of them through all steps, so that there
// is nothing to wait for between steps. The recurrent weights are packed once.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/rnn.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/rnn.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/simd_each-inl.h"
#include "kernels/cpu/simd_math-inl.h"

#ifndef WICK_KERNELS_CPU_RNN_ROWS
#define WICK_KERNELS_CPU_RNN_ROWS
namespace wick::kernels::cpu {

// Consecutive rows of a step.
struct Rows {
  Recurrent kind;
  int64_t count, hidden;
  const float *h, *c;  // states before
  float *gates, *u, *fresh, *out, *cell;
  bool keep = true;
};
inline const float* at(const float* p, int64_t i) { return p ? p + i : nullptr; }
inline float* at(float* p, int64_t i) { return p ? p + i : nullptr; }

}  // namespace wick::kernels::cpu
#endif

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One row of one step. `g`: its gates, `h`: the state before, `u`: what that contributes to a GRU's gates.
void step_row(Recurrent kind, int64_t H, float* g, const float* h, const float* c, const float* u, float* fresh, float* out, float* cell, bool keep) {
  switch (kind) {
    case Recurrent::lstm:
      return each(H, [&](auto d, int64_t j) {
        const auto i = sigmoid(d, hn::LoadU(d, g + j)), f = sigmoid(d, hn::LoadU(d, g + H + j));
        const auto a = tanh(d, hn::LoadU(d, g + 2 * H + j)), o = sigmoid(d, hn::LoadU(d, g + 3 * H + j));
        const auto now = hn::Add(hn::Mul(f, hn::LoadU(d, c + j)), hn::Mul(i, a));
        if (keep) {
          hn::StoreU(i, d, g + j);
          hn::StoreU(f, d, g + H + j);
          hn::StoreU(a, d, g + 2 * H + j);
          hn::StoreU(o, d, g + 3 * H + j);
        }
        hn::StoreU(now, d, cell + j);
        hn::StoreU(hn::Mul(o, tanh(d, now)), d, out + j);
      });
    case Recurrent::gru:
      return each(H, [&](auto d, int64_t j) {
        const auto r = sigmoid(d, hn::Add(hn::LoadU(d, g + j), hn::LoadU(d, u + j)));
        const auto z = sigmoid(d, hn::Add(hn::LoadU(d, g + H + j), hn::LoadU(d, u + H + j)));
        const auto s = hn::LoadU(d, u + 2 * H + j);
        const auto n = tanh(d, hn::Add(hn::LoadU(d, g + 2 * H + j), hn::Mul(r, s)));
        hn::StoreU(r, d, g + j);
        hn::StoreU(z, d, g + H + j);
        hn::StoreU(n, d, g + 2 * H + j);
        hn::StoreU(s, d, fresh + j);
        hn::StoreU(hn::Add(n, hn::Mul(z, hn::Sub(hn::LoadU(d, h + j), n))), d, out + j);
      });
    case Recurrent::tanh:
      return each(H, [&](auto d, int64_t j) { hn::StoreU(tanh(d, hn::LoadU(d, g + j)), d, out + j); });
    case Recurrent::relu:
      return each(H, [&](auto d, int64_t j) {
        const auto x = hn::LoadU(d, g + j);
        hn::StoreU(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x), d, out + j);  // keeps NaN
      });
  }
}

// Its derivative. `dh` holds the gradient of the new state and becomes what flows to the old one past the weights, `dc`
// likewise for the cell; `x` and `u` receive the gradients of the gates' two contributions.
void step_row_backward(Recurrent kind, int64_t H, const float* g, const float* h, const float* c, const float* fresh, const float* out,
                       const float* cell, float* dh, float* dc, float* x, float* u) {
  const auto slope = [](auto d, auto y) { return hn::Mul(y, hn::Sub(hn::Set(d, 1.0f), y)); };
  const auto tanh_slope = [](auto d, auto y) { return hn::NegMulAdd(y, y, hn::Set(d, 1.0f)); };
  switch (kind) {
    case Recurrent::lstm:
      return each(H, [&](auto d, int64_t j) {
        const auto i = hn::LoadU(d, g + j), f = hn::LoadU(d, g + H + j), a = hn::LoadU(d, g + 2 * H + j), o = hn::LoadU(d, g + 3 * H + j);
        const auto t = tanh(d, hn::LoadU(d, cell + j)), up = hn::LoadU(d, dh + j);
        const auto down = hn::MulAdd(hn::Mul(up, o), tanh_slope(d, t), hn::LoadU(d, dc + j));
        hn::StoreU(hn::Mul(hn::Mul(down, a), slope(d, i)), d, x + j);
        hn::StoreU(hn::Mul(hn::Mul(down, hn::LoadU(d, c + j)), slope(d, f)), d, x + H + j);
        hn::StoreU(hn::Mul(hn::Mul(down, i), tanh_slope(d, a)), d, x + 2 * H + j);
        hn::StoreU(hn::Mul(hn::Mul(up, t), slope(d, o)), d, x + 3 * H + j);
        hn::StoreU(hn::Mul(down, f), d, dc + j);
        hn::StoreU(hn::Zero(d), d, dh + j);
      });
    case Recurrent::gru:
      return each(H, [&](auto d, int64_t j) {
        const auto r = hn::LoadU(d, g + j), z = hn::LoadU(d, g + H + j), n = hn::LoadU(d, g + 2 * H + j), up = hn::LoadU(d, dh + j);
        const auto gn = hn::Mul(hn::Mul(up, hn::Sub(hn::Set(d, 1.0f), z)), tanh_slope(d, n));
        const auto gz = hn::Mul(hn::Mul(up, hn::Sub(hn::LoadU(d, h + j), n)), slope(d, z));
        const auto gr = hn::Mul(hn::Mul(gn, hn::LoadU(d, fresh + j)), slope(d, r));
        hn::StoreU(gr, d, x + j);
        hn::StoreU(gz, d, x + H + j);
        hn::StoreU(gn, d, x + 2 * H + j);
        hn::StoreU(gr, d, u + j);
        hn::StoreU(gz, d, u + H + j);
        hn::StoreU(hn::Mul(gn, r), d, u + 2 * H + j);
        hn::StoreU(hn::Mul(up, z), d, dh + j);
      });
    case Recurrent::tanh:
    case Recurrent::relu:
      return each(H, [&](auto d, int64_t j) {
        const auto y = hn::LoadU(d, out + j), up = hn::LoadU(d, dh + j);
        hn::StoreU(kind == Recurrent::tanh ? hn::Mul(up, tanh_slope(d, y)) : hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), up), d, x + j);
        hn::StoreU(hn::Zero(d), d, dh + j);
      });
  }
}

void add(int64_t n, const float* from, float* to) {
  each(n, [&](auto d, int64_t j) { hn::StoreU(hn::Add(hn::LoadU(d, to + j), hn::LoadU(d, from + j)), d, to + j); });
}

void step_rows(const Rows& s) {
  const int64_t H = s.hidden, W = gates_of(s.kind) * H;
  for (int64_t r = 0; r < s.count; ++r)
    step_row(s.kind, H, s.gates + r * W, s.h + r * H, at(s.c, r * H), at(s.u, r * W), at(s.fresh, r * H), s.out + r * H, at(s.cell, r * H), s.keep);
}
void step_rows_backward(const Rows& s, const float* arriving, float* dh, float* dc, float* x) {
  const int64_t H = s.hidden, W = gates_of(s.kind) * H;
  for (int64_t r = 0; r < s.count; ++r) {
    if (arriving) add(H, arriving + r * H, dh + r * H);
    step_row_backward(s.kind, H, s.gates + r * W, s.h + r * H, at(s.c, r * H), at(s.fresh, r * H), s.out + r * H, at(s.cell, r * H), dh + r * H,
                      at(dc, r * H), x + r * W, at(s.u, r * W));
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(step_rows);
HWY_EXPORT(step_rows_backward);
namespace {


// Rows first to first + count of a step, whose states before lie together: in the step before, or at the start.
struct Piece {
  int64_t first, count;
  const float *h, *c;
};

// The state before step t for sequences [a, b): at most two pieces.
int pieces(const Steps& s, const RecurrentData& d, int64_t t, int64_t a, int64_t b, Piece out[2]) {
  const int64_t before = s.backwards ? t + 1 : t - 1, H = s.hidden;
  b = std::min(b, s.sizes[t]);
  const int64_t split = before >= 0 && before < s.count ? std::clamp(s.sizes[before], a, std::max(a, b)) : a;
  int n = 0;
  if (a < split) out[n++] = {a, std::min(split, b) - a, d.out + (s.begins[before] + a) * H, d.cell ? d.cell + (s.begins[before] + a) * H : nullptr};
  if (split < b) out[n++] = {split, b - split, d.h0 + split * H, d.c0 ? d.c0 + split * H : nullptr};
  return n;
}

// f(a, b) over ranges of sequences; a thread's work needs no other's.
template <class F>
void each_range(const Steps& s, const F& f) {
  constexpr int64_t kRows = 8;  // of a tile of the product
  const int64_t panels = (s.batch + kRows - 1) / kRows;
  const int64_t ranges = std::clamp<int64_t>(threads_here(), 1, std::max<int64_t>(1, panels));
  for_tasks(ranges, ranges > 1, [&](int64_t k) { f(panels * k / ranges * kRows, std::min(s.batch, panels * (k + 1) / ranges * kRows)); });
}

void copy_rows(float* to, const float* from, int64_t rows, int64_t width) {
  std::memcpy(to, from, static_cast<size_t>(rows * width) * sizeof(float));
}

void forward_range(Recurrent kind, const Steps& s, const RecurrentData& d, const float* packed, int64_t a, int64_t b) {
  const int64_t H = s.hidden, W = gates_of(kind) * H;
  const bool gru = kind == Recurrent::gru;
  Scratch scratch(gru ? static_cast<size_t>((b - a) * W) * sizeof(float) : 64);
  float* u = scratch.as<float>();
  for (int64_t k = 0; k < s.count; ++k) {
    const int64_t t = s.backwards ? s.count - 1 - k : k;
    Piece part[2];
    const int n = pieces(s, d, t, a, b, part);
    for (int p = 0; p < n; ++p) {
      const Piece& q = part[p];
      const int64_t i = s.begins[t] + q.first;
      float* g = d.gates + i * W;
      if (gru)
        for (int64_t r = 0; r < q.count; ++r) d.b ? copy_rows(u + r * W, d.b, 1, W) : static_cast<void>(std::fill_n(u + r * W, W, 0.0f));
      multiply_packed_f32(q.count, W, H, 1.0f, q.h, H, packed, 1.0f, gru ? u : g, W);
      HWY_DYNAMIC_DISPATCH(step_rows)({kind, q.count, H, q.h, q.c, g, u, at(d.fresh, i * H), d.out + i * H, at(d.cell, i * H), d.keep});
    }
  }
  // The last state of each sequence.
  for (int64_t t = 0; t < s.count; ++t) {
    const int64_t from = s.backwards ? (t == 0 ? a : b) : std::max(a, t + 1 < s.count ? s.sizes[t + 1] : a), to = std::min(b, s.sizes[t]);
    if (from >= to) continue;
    copy_rows(d.hn + from * H, d.out + (s.begins[t] + from) * H, to - from, H);
    if (d.cn) copy_rows(d.cn + from * H, d.cell + (s.begins[t] + from) * H, to - from, H);
  }
}

void backward_range(Recurrent kind, const Steps& s, const RecurrentData& d, const RecurrentGradients& g, const float* packed, int64_t a, int64_t b) {
  const int64_t H = s.hidden, W = gates_of(kind) * H;
  const auto start = [&](float* to, const float* from) {
    if (!to) return;
    if (from) copy_rows(to + a * H, from + a * H, b - a, H);
    else std::fill_n(to + a * H, (b - a) * H, 0.0f);
  };
  start(g.h0, g.hn);
  start(g.c0, g.cn);
  for (int64_t k = 0; k < s.count; ++k) {
    const int64_t t = s.backwards ? k : s.count - 1 - k;
    Piece part[2];
    const int n = pieces(s, d, t, a, b, part);
    for (int p = 0; p < n; ++p) {
      const Piece& q = part[p];
      const int64_t i = s.begins[t] + q.first;
      HWY_DYNAMIC_DISPATCH(step_rows_backward)
      ({kind, q.count, H, q.h, q.c, d.gates + i * W, g.state + i * W, at(d.fresh, i * H), d.out + i * H, at(d.cell, i * H)}, at(g.out, i * H),
       g.h0 + q.first * H, at(g.c0, q.first * H), g.x + i * W);
      copy_rows(g.before + i * H, q.h, q.count, H);
      multiply_packed_f32(q.count, H, W, 1.0f, g.state + i * W, W, packed, 1.0f, g.h0 + q.first * H, H);
    }
  }
}

}  // namespace

void recurrent_forward(Recurrent kind, const Steps& s, const RecurrentData& d) {
  const int64_t H = s.hidden, W = gates_of(kind) * H;
  Scratch packed(static_cast<size_t>(packed_floats(W, H)) * sizeof(float) + 64);
  pack_f32(W, H, {d.w, 1, H, kFloat}, packed.as<float>());
  each_range(s, [&](int64_t a, int64_t b) { forward_range(kind, s, d, packed.as<float>(), a, b); });
}

void recurrent_backward(Recurrent kind, const Steps& s, const RecurrentData& d, const RecurrentGradients& g) {
  const int64_t H = s.hidden, W = gates_of(kind) * H;
  Scratch packed(static_cast<size_t>(packed_floats(H, W)) * sizeof(float) + 64);
  pack_f32(H, W, {d.w, H, 1, kFloat}, packed.as<float>());
  each_range(s, [&](int64_t a, int64_t b) { backward_range(kind, s, d, g, packed.as<float>(), a, b); });
}

}  // namespace wick::kernels::cpu
#endif
