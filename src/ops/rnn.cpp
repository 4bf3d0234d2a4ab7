// Recurrent layers and cells: checks, layers and directions around sequences (rnn_sequence.cpp) and steps in public ops.
#include <wick/ops/sequence.h>

#include "autograd/autocast.h"
#include "ops/rnn.h"

namespace wick::ops {
namespace {

std::optional<Tensor> maybe(const Tensor& t) { return t.defined() ? std::optional<Tensor>(t) : std::nullopt; }

State lstm_step(const Tensor& x, const State& s, const Weights& w) {
  const std::vector<Tensor> g = (x + wick::linear(s.h, w.hh, maybe(w.bhh))).chunk(4, 1);
  Tensor c = g[1].sigmoid() * s.c + g[0].sigmoid() * g[2].tanh();
  Tensor h = g[3].sigmoid() * c.tanh();
  if (w.hr.defined()) h = wick::linear(h, w.hr);
  return {h, c};
}
State gru_step(const Tensor& x, const State& s, const Weights& w) {
  const std::vector<Tensor> a = x.chunk(3, 1), b = wick::linear(s.h, w.hh, maybe(w.bhh)).chunk(3, 1);
  const Tensor reset = (a[0] + b[0]).sigmoid(), update = (a[1] + b[1]).sigmoid(), fresh = (a[2] + reset * b[2]).tanh();
  return {fresh + update * (s.h - fresh), {}};
}

struct Layers {
  Recurrent kind;
  TensorList params;
  bool biases;
  int64_t layers;
  double dropout;
  bool train, bidirectional;
};
// The weights of each layer and direction, in order.
std::vector<Weights> weights_of(const Layers& l, bool projected) {
  const size_t each = 2 + (l.biases ? 2 : 0) + (projected ? 1 : 0), count = static_cast<size_t>(l.layers) * (l.bidirectional ? 2 : 1);
  WICK_CHECK(l.layers > 0 && l.params.size() == each * count, "got an incorrect number of RNN parameters: ", l.params.size(), " for ", l.layers, " layers of ", each, " in ", l.bidirectional ? 2 : 1, " directions");
  std::vector<Weights> all;
  for (size_t i = 0; i < count; ++i) {
    const Tensor* p = l.params.data() + i * each;
    check_defined("rnn", {p[0], p[1]});
    all.push_back({p[0], p[1], l.biases ? p[2] : Tensor(), l.biases ? p[3] : Tensor(), projected ? p[each - 1] : Tensor()});
  }
  return all;
}
void check_states(const Layers& l, const std::vector<Weights>& weights, const Tensor& data, int64_t batch, const Tensor& hx, const Tensor& cx) {
  check_defined("rnn", {data, hx});
  const int64_t count = static_cast<int64_t>(weights.size());
  const auto check = [&](const Tensor& t) {
    WICK_CHECK(t.dim() == 3 && t.size(0) == count, "Expected more hidden states in stacked_rnn: got ", t.sizes(), " for ", count, " layers and directions");
    WICK_CHECK(t.size(1) == batch, "Input batch size ", batch, " doesn't match hidden batch size ", t.size(1));
  };
  check(hx);
  if (l.kind == Recurrent::lstm) check(cx);
  WICK_CHECK(data.size(-1) == weights[0].ih.size(1), "input has inconsistent input_size: got ", data.size(-1), " expected ", weights[0].ih.size(1));
}
// All layers over packed data.
std::tuple<Tensor, Tensor, Tensor> run_layers(const Layers& l, Tensor data, const std::vector<int64_t>& sizes, const Tensor& hx, const Tensor& cx) {
  if (gate & kAutocast) {  // in float32, handed on in low precision except by the GRU, as in PyTorch
    GateScope off(0, kAutocast);
    Layers wide = l;
    const std::vector<Tensor> params = autograd::cast_argument(l.params, kFloat);
    wide.params = params;
    const ScalarType to = l.kind == Recurrent::gru ? data.scalar_type() : autograd::autocast_dtype();
    const auto [y, h, c] = run_layers(wide, autograd::autocast_to(data, kFloat), sizes, autograd::autocast_to(hx, kFloat), autograd::autocast_to(cx, kFloat));
    return {autograd::autocast_to(y, to), autograd::autocast_to(h, to), autograd::autocast_to(c, to)};
  }
  const bool projected = l.kind == Recurrent::lstm && cx.defined() && hx.defined() && hx.dim() == 3 && cx.dim() == 3 && hx.size(2) != cx.size(2);
  const std::vector<Weights> weights = weights_of(l, projected);
  check_states(l, weights, data, sizes[0], hx, cx);
  const size_t directions = l.bidirectional ? 2 : 1;
  std::vector<Tensor> h, c;
  for (size_t layer = 0; layer < static_cast<size_t>(l.layers); ++layer) {
    std::vector<Tensor> outs;
    for (size_t d = 0; d < directions; ++d) {
      const int64_t at = static_cast<int64_t>(layer * directions + d);
      const State start{hx.select(0, at), cx.defined() ? cx.select(0, at) : Tensor()};
      auto [out, last] = recurrent_sequence(l.kind, data, sizes, start, weights[static_cast<size_t>(at)], d == 1);
      outs.push_back(out);
      h.push_back(last.h);
      if (cx.defined()) c.push_back(last.c);
    }
    data = outs.size() == 1 ? outs[0] : wick::cat(outs, 1);
    if (l.dropout > 0 && l.train && layer + 1 < static_cast<size_t>(l.layers)) data = wick::dropout(data, l.dropout, true);
  }
  return {data, wick::stack(h), cx.defined() ? wick::stack(c) : Tensor()};
}

std::tuple<Tensor, Tensor, Tensor> run_even(const Layers& l, const Tensor& input, const Tensor& hx, const Tensor& cx, bool batch_first) {
  check_defined("rnn", {input, hx});
  WICK_CHECK(input.dim() == 3, "rnn: input must have 3 dimensions, got ", input.sizes());
  const Tensor x = batch_first ? input.transpose(0, 1) : input;
  const int64_t steps = x.size(0), batch = x.size(1);
  WICK_CHECK(steps > 0, "Expected sequence length to be larger than 0 in RNN");
  auto [y, h, c] = run_layers(l, x.reshape({steps * batch, x.size(2)}), std::vector<int64_t>(static_cast<size_t>(steps), batch), hx, cx);
  y = y.reshape({steps, batch, y.size(1)});
  return {batch_first ? y.transpose(0, 1) : y, h, c};
}
std::tuple<Tensor, Tensor, Tensor> run_packed(const Layers& l, const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, const Tensor& cx) {
  check_defined("rnn", {data, batch_sizes});
  WICK_CHECK(data.dim() == 2, "rnn: packed data must have 2 dimensions, got ", data.sizes());
  const Tensor n = raw_contiguous(batch_sizes, kLong);
  const std::vector<int64_t> sizes(typed<int64_t>(n), typed<int64_t>(n) + n.numel());
  WICK_CHECK(!sizes.empty(), "Expected sequence length to be larger than 0 in RNN");
  for (size_t i = 1; i < sizes.size(); ++i) WICK_CHECK(sizes[i] > 0 && sizes[i] <= sizes[i - 1], "batch_sizes must not grow and be positive, got ", IntArrayRef(sizes));
  return run_layers(l, data, sizes, hx, cx);
}
std::pair<Tensor, Tensor> two_states(const char* op, TensorList hx) {
  WICK_CHECK(hx.size() == 2, op, " expects two hidden states, got ", hx.size());
  return {hx[0], hx[1]};
}

State cell(Recurrent kind, const Tensor& input, State s, const Weights& w) {
  check_defined("rnn_cell", {input, s.h, w.ih, w.hh});
  const bool batched = input.dim() == 2;
  WICK_CHECK(batched || input.dim() == 1, "rnn_cell: input must have 1 or 2 dimensions, got ", input.sizes());
  const Tensor x = batched ? input : input.unsqueeze(0);
  WICK_CHECK(x.size(1) == w.ih.size(1), "input has inconsistent input_size: got ", x.size(1), " expected ", w.ih.size(1));
  for (Tensor* t : {&s.h, &s.c}) {
    if (t == &s.c && kind != Recurrent::lstm) continue;
    if (t->dim() == 1) *t = t->unsqueeze(0);
    WICK_CHECK(t->dim() == 2 && t->size(0) == x.size(0), "Input batch size ", x.size(0), " doesn't match hidden", t == &s.c, " batch size ", t->dim() ? t->size(0) : 0);
    WICK_CHECK(t->size(1) == w.hh.size(1), "hidden", t == &s.c, " has inconsistent hidden_size: got ", t->size(1), ", expected ", w.hh.size(1));
  }
  s = recurrent_step(kind, wick::linear(x, w.ih, maybe(w.bih)), s, w);
  if (!batched) {
    s.h = s.h.squeeze(0);
    if (s.c.defined()) s.c = s.c.squeeze(0);
  }
  return s;
}

}  // namespace

State recurrent_step(Recurrent kind, const Tensor& x, const State& s, const Weights& w) {
  if (kind == Recurrent::lstm) return lstm_step(x, s, w);
  if (kind == Recurrent::gru) return gru_step(x, s, w);
  const Tensor z = x + wick::linear(s.h, w.hh, maybe(w.bhh));
  return {kind == Recurrent::relu ? z.relu() : z.tanh(), {}};
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& input, TensorList hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first) {
  const auto [h, c] = two_states("lstm", hx);
  return run_even({Recurrent::lstm, params, has_biases, num_layers, dropout, train, bidirectional}, input, h, c, batch_first);
}
std::tuple<Tensor, Tensor, Tensor> lstm(const Tensor& data, const Tensor& batch_sizes, TensorList hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional) {
  const auto [h, c] = two_states("lstm", hx);
  return run_packed({Recurrent::lstm, params, has_biases, num_layers, dropout, train, bidirectional}, data, batch_sizes, h, c);
}
std::tuple<Tensor, Tensor> lstm_cell(const Tensor& input, TensorList hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih, const std::optional<Tensor>& b_hh) {
  const auto [h, c] = two_states("lstm_cell", hx);
  const State s = cell(Recurrent::lstm, input, {h, c}, {w_ih, w_hh, tensor_or_none(b_ih), tensor_or_none(b_hh), {}});
  return {s.h, s.c};
}
#define WICK_RNN(name, kind)                                                                                                                                                   \
  std::tuple<Tensor, Tensor> name(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train,                   \
                                  bool bidirectional, bool batch_first) {                                                                                                      \
    auto [y, h, c] = run_even({kind, params, has_biases, num_layers, dropout, train, bidirectional}, input, hx, {}, batch_first);                                              \
    return {y, h};                                                                                                                                                             \
  }                                                                                                                                                                            \
  std::tuple<Tensor, Tensor> name(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout,     \
                                  bool train, bool bidirectional) {                                                                                                            \
    auto [y, h, c] = run_packed({kind, params, has_biases, num_layers, dropout, train, bidirectional}, data, batch_sizes, hx, {});                                             \
    return {y, h};                                                                                                                                                             \
  }                                                                                                                                                                            \
  Tensor name##_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih, const std::optional<Tensor>& b_hh) {    \
    return cell(kind, input, {hx, {}}, {w_ih, w_hh, tensor_or_none(b_ih), tensor_or_none(b_hh), {}}).h;                                                                        \
  }
WICK_RNN(gru, Recurrent::gru)
WICK_RNN(rnn_tanh, Recurrent::tanh)
WICK_RNN(rnn_relu, Recurrent::relu)

}  // namespace wick::inline v1
