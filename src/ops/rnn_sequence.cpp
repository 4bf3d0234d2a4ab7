// A recurrent layer over a whole sequence. In float32 it is one op: the input's part of all steps is one product, the
// steps run in one kernel, and the gradients of the weights are one product each. Other types, projected states and
// second derivatives go step by step through public ops.
#include "ops/rnn.h"

#include <wick/autograd.h>

namespace wick::ops {
namespace {

std::optional<Tensor> maybe(const Tensor& t) { return t.defined() ? std::optional<Tensor>(t) : std::nullopt; }

Tensor head(const Tensor& t, int64_t n) { return t.defined() ? t.slice(0, 0, n) : t; }
Tensor tail(const Tensor& t, int64_t from) { return t.defined() ? t.slice(0, from) : t; }
Tensor join(const std::vector<Tensor>& t) { return t[0].defined() ? (t.size() == 1 ? t[0] : wick::cat(t)) : Tensor(); }
State head(const State& s, int64_t n) { return {head(s.h, n), head(s.c, n)}; }

std::pair<Tensor, State> by_steps(Recurrent kind, const Tensor& data, const std::vector<int64_t>& sizes, const State& start, const Weights& w, bool backwards) {
  const Tensor projected = wick::linear(data, w.ih, maybe(w.bih));
  const size_t steps = sizes.size();
  std::vector<Tensor> x = projected.split(IntArrayRef(sizes), 0), out(steps);
  State s = head(start, backwards ? sizes.back() : sizes.front());
  std::vector<State> done;  // states of sequences that ended, shortest first
  for (size_t k = 0; k < steps; ++k) {
    const size_t t = backwards ? steps - 1 - k : k;
    const int64_t live = sizes[t], now = s.h.size(0);
    if (live < now) {
      done.push_back({tail(s.h, live), tail(s.c, live)});
      s = head(s, live);
    } else if (live > now) {
      s = {join({s.h, start.h.slice(0, now, live)}), start.c.defined() ? join({s.c, start.c.slice(0, now, live)}) : Tensor()};
    }
    s = recurrent_step(kind, x[t], s, w);
    out[t] = s.h;
  }
  std::vector<Tensor> h{s.h}, c{s.c};
  for (size_t i = done.size(); i-- > 0;) {
    h.push_back(done[i].h);
    c.push_back(done[i].c);
  }
  return {wick::cat(out), {join(h), join(c)}};
}

float* floats(const Tensor& t) { return t.defined() ? typed<float>(t) : nullptr; }

// The op's inputs, in this order.
enum Input { kData, kH0, kC0, kIh, kHh, kBih, kBhh };

struct Sequence {
  Recurrent kind;
  std::vector<int64_t> sizes, begins;
  bool backwards, recorded;
  Tensor gates, fresh, cell;  // what forward keeps

  kernels::cpu::Steps steps(int64_t hidden) const { return {static_cast<int64_t>(sizes.size()), sizes.data(), begins.data(), sizes.front(), hidden, backwards}; }
  std::vector<Tensor> forward(const Tensor& data, const State& start, const Weights& w);
  void operator()(Backward& b) const;
  void again(Backward& b) const;
};

std::vector<Tensor> Sequence::forward(const Tensor& data, const State& start, const Weights& w) {
  const bool lstm = kind == Recurrent::lstm, gru = kind == Recurrent::gru;
  const int64_t n = data.size(0), hidden = w.hh.size(1);
  const Tensor h0 = raw_contiguous(start.h), c0 = lstm ? raw_contiguous(start.c) : Tensor(), hh = raw_contiguous(w.hh), bhh = gru && w.bhh.defined() ? raw_contiguous(w.bhh) : Tensor();
  const Tensor bias = w.bih.defined() && !gru ? w.bih + w.bhh : w.bih;
  gates = raw_contiguous(wick::linear(data, w.ih, maybe(bias)));
  const DimVec rows{n, hidden}, batch{sizes.front(), hidden};
  Tensor out = make_tensor(rows, kFloat), hn = make_tensor(batch, kFloat), cn = lstm ? make_tensor(batch, kFloat) : Tensor();
  fresh = gru ? make_tensor(rows, kFloat) : Tensor();
  cell = lstm ? make_tensor(rows, kFloat) : Tensor();
  kernels::cpu::recurrent_forward(kind, steps(hidden), {floats(h0), floats(c0), floats(hh), floats(bhh), floats(gates), floats(fresh), floats(out), floats(cell), floats(hn), floats(cn), recorded});
  if (lstm) return {out, hn, cn};
  return {out, hn};
}

// Step by step once more, for derivatives of derivatives. The aliases keep one input's gradient apart from what flows to
// it through another one.
void Sequence::again(Backward& b) const {
  std::vector<Tensor> x(7), wanted;
  std::vector<int> which;
  for (int i = 0; i < 7; ++i) {
    const Tensor t = b.in(i);
    if (t.defined()) x[static_cast<size_t>(i)] = t.view_as(t);
    if (b.needs(i)) {
      wanted.push_back(x[static_cast<size_t>(i)]);
      which.push_back(i);
    }
  }
  auto [out, last] = by_steps(kind, x[kData], sizes, {x[kH0], x[kC0]}, {x[kIh], x[kHh], x[kBih], x[kBhh], {}}, backwards);
  std::vector<Tensor> results{out, last.h}, arriving{b.g_or_zeros(0), b.g_or_zeros(1)};
  if (kind == Recurrent::lstm) {
    results.push_back(last.c);
    arriving.push_back(b.g_or_zeros(2));
  }
  const std::vector<Tensor> g = autograd::grad(results, wanted, arriving, true, true, true);
  for (size_t i = 0; i < which.size(); ++i)
    if (g[i].defined()) b.grad(which[i], g[i]);
}

void Sequence::operator()(Backward& b) const {
  if (recording_enabled()) return again(b);
  const bool lstm = kind == Recurrent::lstm, gru = kind == Recurrent::gru;
  const Tensor data = b.in(kData), w = raw_contiguous(b.in(kHh)), h0 = raw_contiguous(b.in(kH0)), c0 = lstm ? raw_contiguous(b.in(kC0)) : Tensor(), out = b.out(0);
  const auto arrived = [&](int i) { return b.g(i).defined() ? raw_contiguous(b.g(i)) : Tensor(); };
  const Tensor g_out = arrived(0), g_hn = arrived(1), g_cn = lstm ? arrived(2) : Tensor();
  Tensor x = make_tensor(gates.sizes(), kFloat), state = gru ? make_tensor(gates.sizes(), kFloat) : x;
  Tensor before = make_tensor(out.sizes(), kFloat), gh = make_tensor(h0.sizes(), kFloat), gc = lstm ? make_tensor(c0.sizes(), kFloat) : Tensor();
  kernels::cpu::recurrent_backward(kind, steps(w.size(1)), {floats(h0), floats(c0), floats(w), nullptr, floats(gates), floats(fresh), floats(out), floats(cell), nullptr, nullptr},
                                   {floats(g_out), floats(g_hn), floats(g_cn), floats(x), floats(state), floats(before), floats(gh), floats(gc)});
  if (b.needs(kData)) b.grad(kData, x.matmul(b.in(kIh)));
  if (b.needs(kH0)) b.grad(kH0, gh);
  if (b.needs(kC0)) b.grad(kC0, gc);
  if (b.needs(kIh)) b.grad(kIh, x.t().matmul(data));
  if (b.needs(kHh)) b.grad(kHh, state.t().matmul(before));
  if (b.needs(kBih) || b.needs(kBhh)) {
    const Tensor sum = x.sum(0);
    if (b.needs(kBih)) b.grad(kBih, sum);
    if (b.needs(kBhh)) b.grad(kBhh, gru ? state.sum(0) : sum);
  }
}

bool fits(const Tensor& data, const State& s, const Weights& w) {
  if (w.hr.defined() || data.numel() == 0 || w.hh.numel() == 0 || w.bih.defined() != w.bhh.defined()) return false;
  for (const Tensor& t : {data, s.h, s.c, w.ih, w.hh, w.bih, w.bhh})
    if (t.defined() && (t.scalar_type() != kFloat || !t.is_cpu())) return false;
  return true;
}
// The kernel trusts its shapes.
void check_weights(Recurrent kind, const State& s, const Weights& w) {
  const int64_t hidden = w.hh.dim() == 2 ? w.hh.size(1) : -1, rows = kernels::cpu::gates_of(kind) * hidden;
  WICK_CHECK(hidden >= 0 && w.hh.size(0) == rows && w.ih.dim() == 2 && w.ih.size(0) == rows, "rnn: weights of shapes ", w.ih.sizes(), " and ", w.hh.sizes(), " do not fit together: expected [", rows, ", input] and [", rows, ", ", hidden, "]");
  for (const Tensor& t : {w.bih, w.bhh}) WICK_CHECK(!t.defined() || (t.dim() == 1 && t.size(0) == rows), "rnn: a bias of shape ", t.sizes(), " does not fit the weights: expected [", rows, "]");
  for (const Tensor& t : {s.h, s.c}) WICK_CHECK(!t.defined() || (t.dim() == 2 && t.size(1) == hidden), "rnn: a state of shape ", t.sizes(), " does not fit the weights: expected [batch, ", hidden, "]");
}

}  // namespace

std::pair<Tensor, State> recurrent_sequence(Recurrent kind, const Tensor& data, const std::vector<int64_t>& sizes, const State& start, const Weights& w, bool backwards) {
  if (!fits(data, start, w)) return by_steps(kind, data, sizes, start, w, backwards);
  check_weights(kind, start, w);
  const bool lstm = kind == Recurrent::lstm;
  bool recorded = false;
  for (const Tensor& t : {data, start.h, start.c, w.ih, w.hh, w.bih, w.bhh}) recorded = recorded || (recording_enabled() && t.defined() && t.requires_grad());
  auto keep = std::make_shared<Sequence>(Sequence{kind, sizes, std::vector<int64_t>(sizes.size()), backwards, recorded, {}, {}, {}});
  for (size_t t = 1; t < sizes.size(); ++t) keep->begins[t] = keep->begins[t - 1] + sizes[t - 1];
  const uint32_t all = in(kData) | in(kH0) | in(kC0) | in(kIh) | in(kHh) | in(kBih) | in(kBhh) | out(0);
  std::vector<Tensor> r = record("RecurrentLayerBackward0", {data, start.h, lstm ? start.c : Tensor(), w.ih, w.hh, w.bih, w.bhh}, all, [&] { return keep->forward(data, start, w); },
                                 [keep](Backward& b) { (*keep)(b); });
  return {r[0], {r[1], lstm ? r[2] : Tensor()}};
}

}  // namespace wick::ops
