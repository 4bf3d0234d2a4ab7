#include <wick/nn/rnn.h>

#include <wick/ops/sequence.h>

#include <cmath>

#include "nn/common.h"

namespace wick::nn::inline v1 {
namespace detail {
namespace {

using enumtype::Id;

int64_t gates(Id mode) { return mode == Id::LSTM ? 4 : mode == Id::GRU ? 3 : 1; }

std::string parameter_name(const char* kind, int64_t layer, int64_t direction) { return str(kind, "_l", layer, direction ? "_reverse" : ""); }

// The weights in the order that the functions take them.
std::vector<Tensor> weights_of(const RNNOptionsBase& o, const OrderedDict<std::string, Tensor>& parameters, const std::map<std::string, Tensor>& computed) {
  std::vector<Tensor> all;
  for (int64_t layer = 0; layer < o.num_layers(); ++layer)
    for (int64_t d = 0; d < (o.bidirectional() ? 2 : 1); ++d)
      for (const char* kind : {"weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr"}) {
        const std::string name = parameter_name(kind, layer, d);
        if (const Tensor* t = parameters.find(name)) all.push_back(*t);
        else if (const auto made = computed.find(name); made != computed.end()) all.push_back(made->second);
      }
  return all;
}
using Result = std::tuple<Tensor, Tensor, Tensor>;
Result run_even(const RNNOptionsBase& o, const std::vector<Tensor>& w, bool training, const Tensor& x, const Tensor& hx, const Tensor& cx) {
  const auto call = [&](auto f) { return f(x, hx, w, o.bias(), o.num_layers(), o.dropout(), training, o.bidirectional(), false); };
  const Id mode = o.mode().id();
  if (mode == Id::LSTM) return wick::lstm(x, std::vector<Tensor>{hx, cx}, w, o.bias(), o.num_layers(), o.dropout(), training, o.bidirectional(), false);
  using F = std::tuple<Tensor, Tensor> (*)(const Tensor&, const Tensor&, TensorList, bool, int64_t, double, bool, bool, bool);
  const auto [y, h] = call(mode == Id::GRU ? F(wick::gru) : mode == Id::RNN_RELU ? F(wick::rnn_relu) : F(wick::rnn_tanh));
  return {y, h, Tensor()};
}
Result run_packed_data(const RNNOptionsBase& o, const std::vector<Tensor>& w, bool training, const Tensor& data, const Tensor& sizes, const Tensor& hx, const Tensor& cx) {
  const auto call = [&](auto f) { return f(data, sizes, hx, w, o.bias(), o.num_layers(), o.dropout(), training, o.bidirectional()); };
  const Id mode = o.mode().id();
  if (mode == Id::LSTM) return wick::lstm(data, sizes, std::vector<Tensor>{hx, cx}, w, o.bias(), o.num_layers(), o.dropout(), training, o.bidirectional());
  using F = std::tuple<Tensor, Tensor> (*)(const Tensor&, const Tensor&, const Tensor&, TensorList, bool, int64_t, double, bool, bool);
  const auto [y, h] = call(mode == Id::GRU ? F(wick::gru) : mode == Id::RNN_RELU ? F(wick::rnn_relu) : F(wick::rnn_tanh));
  return {y, h, Tensor()};
}

// Checks or makes the initial state.
Tensor initial(const char* what, const Tensor& given, IntArrayRef shape, const Tensor& like) {
  if (!given.defined()) return wick::zeros(shape, like.options().requires_grad(false));
  WICK_CHECK_TYPE(ValueError, given.sizes() == shape, "Expected ", what, " size ", shape, ", got ", given.sizes());
  return given;
}

}  // namespace

template <class Derived>
RNNImplBase<Derived>::RNNImplBase(const RNNOptionsBase& options_) : options_base(options_) { RNNImplBase::reset(); }

template <class Derived>
void RNNImplBase<Derived>::reset() {
  const auto& o = options_base;
  WICK_CHECK_TYPE(ValueError, o.dropout() >= 0 && o.dropout() <= 1, "dropout should be a number in range [0, 1] representing the probability of an element being zeroed, got ", o.dropout());
  WICK_CHECK_TYPE(ValueError, o.hidden_size() > 0 && o.num_layers() > 0, "hidden_size and num_layers must be greater than zero, got ", o.hidden_size(), " and ", o.num_layers());
  WICK_CHECK_TYPE(ValueError, o.proj_size() >= 0 && o.proj_size() < o.hidden_size(), "proj_size has to be smaller than hidden_size and not negative, got ", o.proj_size());
  if (o.dropout() > 0 && o.num_layers() == 1)
    warn_once(str("dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=", o.dropout(), " and num_layers=1"));
  const int64_t directions = o.bidirectional() ? 2 : 1, rows = gates(o.mode().id()) * o.hidden_size(), out = o.proj_size() > 0 ? o.proj_size() : o.hidden_size();
  for (int64_t layer = 0; layer < o.num_layers(); ++layer)
    for (int64_t d = 0; d < directions; ++d) {
      const auto add = [&](const char* kind, std::vector<int64_t> sizes) { this->register_parameter(parameter_name(kind, layer, d), wick::empty(sizes)); };
      add("weight_ih", {rows, layer == 0 ? o.input_size() : out * directions});
      add("weight_hh", {rows, out});
      if (o.bias()) {
        add("bias_ih", {rows});
        add("bias_hh", {rows});
      }
      if (o.proj_size() > 0) add("weight_hr", {o.proj_size(), o.hidden_size()});
    }
  reset_parameters();
}

template <class Derived>
void RNNImplBase<Derived>::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(options_base.hidden_size()));
  for (const Tensor& p : this->parameters()) init::uniform_(p, -bound, bound);
}

template <class Derived>
Tensor* RNNImplBase<Derived>::tensor_member(const std::string& name) {
  if (!this->parameters_.contains(name) && !computed_.count(name)) return nullptr;
  Tensor& made = computed_[name];
  if (const Tensor* t = this->parameters_.find(name)) made = *t;
  return &made;
}

template <class Derived>
void RNNImplBase<Derived>::pretty_print(std::ostream& stream) const {
  const auto& o = options_base;
  const std::string name = this->name();
  stream << name.substr(0, name.size() - 4) << "(input_size=" << o.input_size() << ", hidden_size=" << o.hidden_size() << ", num_layers=" << o.num_layers()
         << ", bias=" << yes_no(o.bias()) << ", batch_first=" << yes_no(o.batch_first()) << ", dropout=" << o.dropout() << ", bidirectional=" << yes_no(o.bidirectional());
  if (o.proj_size() > 0) stream << ", proj_size=" << o.proj_size();
  stream << ')';
}

template <class Derived>
std::tuple<Tensor, Tensor, Tensor> RNNImplBase<Derived>::run(const Tensor& input, Tensor hx, Tensor cx) {
  this->refresh_tensors();
  const auto& o = options_base;
  WICK_CHECK_TYPE(ValueError, input.dim() == 3 || input.dim() == 2, "input must have 3 dimensions (or 2, without a batch), got ", input.dim());
  WICK_CHECK_TYPE(ValueError, input.size(-1) == o.input_size(), "input.size(-1) must be equal to input_size. Expected ", o.input_size(), ", got ", input.size(-1));
  const bool batched = input.dim() == 3;
  Tensor x = batched ? (o.batch_first() ? input.transpose(0, 1) : input) : input.unsqueeze(1);
  const int64_t steps = x.size(0), batch = x.size(1), states = o.num_layers() * (o.bidirectional() ? 2 : 1), out = o.proj_size() > 0 ? o.proj_size() : o.hidden_size();
  WICK_CHECK_TYPE(ValueError, steps > 0, "Expected sequence length to be larger than 0 in RNN");
  if (!batched && hx.defined()) hx = hx.unsqueeze(1);
  if (!batched && cx.defined()) cx = cx.unsqueeze(1);
  hx = initial("hidden[0]", hx, {states, batch, out}, x);
  if (o.mode().template is<enumtype::kLSTM>()) cx = initial("hidden[1]", cx, {states, batch, o.hidden_size()}, x);
  auto [y, h, c] = run_even(o, weights_of(o, this->parameters_, computed_), this->is_training(), x, hx, cx);
  if (!batched) return {y.squeeze(1), h.squeeze(1), c.defined() ? c.squeeze(1) : c};
  return {o.batch_first() ? y.transpose(0, 1) : y, h, c};
}

template <class Derived>
std::tuple<utils::rnn::PackedSequence, Tensor, Tensor> RNNImplBase<Derived>::run_packed(const utils::rnn::PackedSequence& input, Tensor hx, Tensor cx) {
  this->refresh_tensors();
  const auto& o = options_base;
  WICK_CHECK_TYPE(ValueError, input.data().dim() == 2 && input.data().size(1) == o.input_size(), "packed input must have 2 dimensions and ", o.input_size(), " features, got ", input.data().sizes());
  const Tensor sizes = input.batch_sizes().contiguous();
  const std::vector<int64_t> live(sizes.data_ptr<int64_t>(), sizes.data_ptr<int64_t>() + sizes.numel());
  WICK_CHECK_TYPE(ValueError, !live.empty(), "Expected sequence length to be larger than 0 in RNN");
  const int64_t batch = live[0], states = o.num_layers() * (o.bidirectional() ? 2 : 1), out = o.proj_size() > 0 ? o.proj_size() : o.hidden_size();
  const auto permuted = [](const Tensor& t, const Tensor& order) { return t.defined() && order.defined() ? t.index_select(1, order) : t; };
  hx = initial("hidden[0]", permuted(hx, input.sorted_indices()), {states, batch, out}, input.data());
  if (o.mode().template is<enumtype::kLSTM>()) cx = initial("hidden[1]", permuted(cx, input.sorted_indices()), {states, batch, o.hidden_size()}, input.data());
  auto [y, h, c] = run_packed_data(o, weights_of(o, this->parameters_, computed_), this->is_training(), input.data(), input.batch_sizes(), hx, cx);
  return {utils::rnn::PackedSequence(y, input.batch_sizes(), input.sorted_indices(), input.unsorted_indices()), permuted(h, input.unsorted_indices()), permuted(c, input.unsorted_indices())};
}

template <class Derived>
RNNCellImplBase<Derived>::RNNCellImplBase(const RNNCellOptionsBase& options_) : options_base(options_) { RNNCellImplBase::reset(); }
template <class Derived>
void RNNCellImplBase<Derived>::reset() {
  const auto& o = options_base;
  const int64_t rows = o.num_chunks() * o.hidden_size();
  weight_ih = this->register_parameter("weight_ih", wick::empty({rows, o.input_size()}));
  weight_hh = this->register_parameter("weight_hh", wick::empty({rows, o.hidden_size()}));
  bias_ih = this->register_parameter("bias_ih", o.bias() ? wick::empty({rows}) : Tensor(), o.bias());
  bias_hh = this->register_parameter("bias_hh", o.bias() ? wick::empty({rows}) : Tensor(), o.bias());
  reset_parameters();
}
template <class Derived>
void RNNCellImplBase<Derived>::reset_parameters() {
  const double bound = 1 / std::sqrt(static_cast<double>(options_base.hidden_size()));
  for (const Tensor& p : this->parameters()) init::uniform_(p, -bound, bound);
}
template <class Derived>
void RNNCellImplBase<Derived>::pretty_print(std::ostream& stream) const {
  const std::string name = this->name(), nonlinearity = get_nonlinearity_str();
  stream << name.substr(0, name.size() - 4) << '(' << options_base.input_size() << ", " << options_base.hidden_size();
  if (!options_base.bias()) stream << ", bias=false";
  if (!nonlinearity.empty() && nonlinearity != "kTanh") stream << ", nonlinearity=" << nonlinearity;
  stream << ')';
}
template <class Derived>
void RNNCellImplBase<Derived>::check_forward_input(const Tensor& input, const char* name) const {
  WICK_CHECK_TYPE(ValueError, input.dim() == 1 || input.dim() == 2, "Expected ", name, " to be 1D or 2D, got ", input.dim(), "D instead");
}

namespace {

struct State { Tensor h, c; };
struct Weights { Tensor ih, hh, bih, bhh; };

// A cell's step on [batch, features] or [features]; absent states are zero.
State cell_step(Id mode, const Tensor& input, State s, const Weights& w, int64_t hidden) {
  const bool batched = input.dim() == 2;
  WICK_CHECK_TYPE(ValueError, input.size(-1) == w.ih.size(1), "input has inconsistent input_size: got ", input.size(-1), ", expected ", w.ih.size(1));
  const std::vector<int64_t> shape = batched ? std::vector<int64_t>{input.size(0), hidden} : std::vector<int64_t>{hidden};
  for (Tensor* t : {&s.h, &s.c}) {
    if (t == &s.c && mode != Id::LSTM) continue;
    if (!t->defined()) *t = wick::zeros(shape, input.options().requires_grad(false));
    WICK_CHECK_TYPE(ValueError, t->sizes() == IntArrayRef(shape), "hidden has inconsistent size: got ", t->sizes(), ", expected ", IntArrayRef(shape));
  }
  if (mode == Id::LSTM) {
    const auto [h, c] = wick::lstm_cell(input, std::vector<Tensor>{s.h, s.c}, w.ih, w.hh, maybe(w.bih), maybe(w.bhh));
    return {h, c};
  }
  const auto f = mode == Id::GRU ? wick::gru_cell : mode == Id::RNN_RELU ? wick::rnn_relu_cell : wick::rnn_tanh_cell;
  return {f(input, s.h, w.ih, w.hh, maybe(w.bih), maybe(w.bhh)), Tensor()};
}

template <class O>
RNNOptionsBase base_of(RNNOptionsBase::rnn_options_base_mode_t mode, const O& o) {
  return RNNOptionsBase(mode, o.input_size(), o.hidden_size()).num_layers(o.num_layers()).bias(o.bias()).batch_first(o.batch_first()).dropout(o.dropout()).bidirectional(o.bidirectional());
}

}  // namespace
}  // namespace detail

using detail::cell_step;
using detail::base_of;

RNNImpl::RNNImpl(int64_t input_size, int64_t hidden_size) : RNNImpl(RNNOptions(input_size, hidden_size)) {}
RNNImpl::RNNImpl(const RNNOptions& o)
    : RNNImplBase(o.nonlinearity().is<enumtype::kReLU>() ? base_of(enumtype::kRNN_RELU(), o) : base_of(enumtype::kRNN_TANH(), o)), options(o) {}
std::tuple<Tensor, Tensor> RNNImpl::forward(const Tensor& input, Tensor hx) {
  auto [y, h, c] = run(input, std::move(hx), {});
  return {y, h};
}
std::tuple<utils::rnn::PackedSequence, Tensor> RNNImpl::forward_with_packed_input(const utils::rnn::PackedSequence& input, Tensor hx) {
  auto [y, h, c] = run_packed(input, std::move(hx), {});
  return {y, h};
}
DefaultArguments RNNImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}}; }

LSTMImpl::LSTMImpl(int64_t input_size, int64_t hidden_size) : LSTMImpl(LSTMOptions(input_size, hidden_size)) {}
LSTMImpl::LSTMImpl(const LSTMOptions& o) : RNNImplBase(base_of(enumtype::kLSTM(), o).proj_size(o.proj_size())), options(o) {}
std::tuple<Tensor, LSTMImpl::State> LSTMImpl::forward(const Tensor& input, std::optional<State> s) {
  auto [y, h, c] = s ? run(input, std::get<0>(*s), std::get<1>(*s)) : run(input, {}, {});
  return {y, {h, c}};
}
std::tuple<utils::rnn::PackedSequence, LSTMImpl::State> LSTMImpl::forward_with_packed_input(const utils::rnn::PackedSequence& input, std::optional<State> s) {
  auto [y, h, c] = s ? run_packed(input, std::get<0>(*s), std::get<1>(*s)) : run_packed(input, {}, {});
  return {y, {h, c}};
}
DefaultArguments LSTMImpl::_forward_default_args() const { return {{1, AnyValue(std::optional<State>())}}; }

GRUImpl::GRUImpl(int64_t input_size, int64_t hidden_size) : GRUImpl(GRUOptions(input_size, hidden_size)) {}
GRUImpl::GRUImpl(const GRUOptions& o) : RNNImplBase(base_of(enumtype::kGRU(), o)), options(o) {}
std::tuple<Tensor, Tensor> GRUImpl::forward(const Tensor& input, Tensor hx) {
  auto [y, h, c] = run(input, std::move(hx), {});
  return {y, h};
}
std::tuple<utils::rnn::PackedSequence, Tensor> GRUImpl::forward_with_packed_input(const utils::rnn::PackedSequence& input, Tensor hx) {
  auto [y, h, c] = run_packed(input, std::move(hx), {});
  return {y, h};
}
DefaultArguments GRUImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}}; }

RNNCellImpl::RNNCellImpl(int64_t input_size, int64_t hidden_size) : RNNCellImpl(RNNCellOptions(input_size, hidden_size)) {}
RNNCellImpl::RNNCellImpl(const RNNCellOptions& o) : RNNCellImplBase(detail::RNNCellOptionsBase(o.input_size(), o.hidden_size(), o.bias(), 1)), options(o) {}
Tensor RNNCellImpl::forward(const Tensor& input, const Tensor& hx) {
  refresh_tensors();
  check_forward_input(input, "input");
  return cell_step(options.nonlinearity().is<enumtype::kReLU>() ? enumtype::Id::RNN_RELU : enumtype::Id::RNN_TANH, input, {hx, {}}, {weight_ih, weight_hh, bias_ih, bias_hh}, options.hidden_size()).h;
}
DefaultArguments RNNCellImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}}; }
std::string RNNCellImpl::get_nonlinearity_str() const { return enumtype::get_enum_name(options.nonlinearity()); }

LSTMCellImpl::LSTMCellImpl(int64_t input_size, int64_t hidden_size) : LSTMCellImpl(LSTMCellOptions(input_size, hidden_size)) {}
LSTMCellImpl::LSTMCellImpl(const LSTMCellOptions& o) : RNNCellImplBase(detail::RNNCellOptionsBase(o.input_size(), o.hidden_size(), o.bias(), 4)), options(o) {}
LSTMCellImpl::State LSTMCellImpl::forward(const Tensor& input, std::optional<State> s) {
  refresh_tensors();
  check_forward_input(input, "input");
  const detail::State r = cell_step(enumtype::Id::LSTM, input, s ? detail::State{std::get<0>(*s), std::get<1>(*s)} : detail::State{}, {weight_ih, weight_hh, bias_ih, bias_hh}, options.hidden_size());
  return {r.h, r.c};
}
DefaultArguments LSTMCellImpl::_forward_default_args() const { return {{1, AnyValue(std::optional<State>())}}; }

GRUCellImpl::GRUCellImpl(int64_t input_size, int64_t hidden_size) : GRUCellImpl(GRUCellOptions(input_size, hidden_size)) {}
GRUCellImpl::GRUCellImpl(const GRUCellOptions& o) : RNNCellImplBase(detail::RNNCellOptionsBase(o.input_size(), o.hidden_size(), o.bias(), 3)), options(o) {}
Tensor GRUCellImpl::forward(const Tensor& input, const Tensor& hx) {
  refresh_tensors();
  check_forward_input(input, "input");
  return cell_step(enumtype::Id::GRU, input, {hx, {}}, {weight_ih, weight_hh, bias_ih, bias_hh}, options.hidden_size()).h;
}
DefaultArguments GRUCellImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}}; }

namespace detail {
template class RNNImplBase<RNNImpl>;
template class RNNImplBase<LSTMImpl>;
template class RNNImplBase<GRUImpl>;
template class RNNCellImplBase<RNNCellImpl>;
template class RNNCellImplBase<LSTMCellImpl>;
template class RNNCellImplBase<GRUCellImpl>;
}  // namespace detail

}  // namespace wick::nn::inline v1
