#include <wick/debug/flow.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wick/autograd.h>
#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/ops/sequence.h>

#include "debug/layers.h"
#include "nn/paths.h"

namespace wick::debug::inline v1 {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
double norm_of(const Tensor& t) { return t.detach().to(kDouble).norm().item<double>(); }

}  // namespace

GradientFlow::GradientFlow(const nn::Module& model, const std::vector<std::string>& patterns) {
  std::vector<bool> used(patterns.size());
  for (const auto& p : model.named_parameters()) {
    if (!p.value().defined()) continue;
    bool fits = false;
    for (size_t i = 0; i < patterns.size(); ++i)
      if (nn::path_matches(p.key(), patterns[i])) used[i] = fits = true;
    if (!fits) continue;
    names_.push_back(p.key());
    parameters_.push_back(p.value());
  }
  for (size_t i = 0; i < patterns.size(); ++i) WICK_CHECK_TYPE(ValueError, used[i], "GradientFlow: no parameter matches '", patterns[i], "'");
}
void GradientFlow::after_backward() {
  const NoGradGuard off;
  std::vector<double> gradients, weights;
  before_.clear();
  gradients_.clear();
  for (const Tensor& p : parameters_) {
    gradients_.push_back(p.grad().defined() && p.grad().is_sparse() ? p.grad().detach().to_dense() : p.grad().defined() ? p.grad().detach().clone() : Tensor());
    gradients.push_back(gradients_.back().defined() ? norm_of(gradients_.back()) : kNone);
    weights.push_back(norm_of(p));
    before_.push_back(p.detach().clone());
  }
  rows_[0].push_back(std::move(gradients));
  rows_[1].push_back(std::move(weights));
  rows_[2].emplace_back(parameters_.size(), kNone);
  open_ = true;
}
void GradientFlow::after_step() {
  WICK_CHECK(open_, "GradientFlow: after_step needs an after_backward before it, in each step");
  const NoGradGuard off;
  for (size_t i = 0; i < parameters_.size(); ++i) rows_[2].back()[i] = norm_of(parameters_[i].detach() - before_[i]) / rows_[1].back()[i];
  for (double& v : rows_[2].back())
    if (!std::isfinite(v)) v = kNone;
  open_ = false;
}
std::vector<GradientFlow::Distribution> GradientFlow::distributions(int64_t bins) const {
  WICK_CHECK(!open_ && !before_.empty(), "GradientFlow: distributions are those of a whole step: after_backward, then after_step");
  const NoGradGuard off;
  std::vector<Distribution> all;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Tensor now = parameters_[i].detach().to(kDouble), before = before_[i].to(kDouble), change = now - before;
    const Tensor some = change.ne(0).logical_and(before.ne(0));
    all.push_back({names_[i], statistics(now, bins), gradients_[i].defined() ? statistics(gradients_[i], bins) : Statistics(), statistics(change, bins),
                   statistics((change.masked_select(some) / before.masked_select(some)).abs().log10(), bins)});
  }
  return all;
}
Tensor GradientFlow::stacked(size_t which) const {
  const auto& rows = rows_[which];
  Tensor t = empty({static_cast<int64_t>(rows.size()), static_cast<int64_t>(names_.size())}, kDouble);
  double* out = t.data_ptr<double>();
  for (const auto& r : rows) out = std::copy(r.begin(), r.end(), out);
  return t;
}
Tensor GradientFlow::gradient_norms() const { return stacked(0); }
Tensor GradientFlow::weight_norms() const { return stacked(1); }
Tensor GradientFlow::update_ratios() const { return stacked(2); }
std::string GradientFlow::table() const {
  size_t width = 12;
  for (const auto& n : names_) width = std::max(width, n.size() + 2);
  std::string text = row("parameter", width, {"gradient", "weight", "update"});
  if (rows_[0].empty()) return text;
  for (size_t i = 0; i < names_.size(); ++i) text += row(names_[i], width, {number(rows_[0].back()[i]), number(rows_[1].back()[i]), number(rows_[2].back()[i])});
  return text;
}
std::string GradientFlow::csv() const {
  std::string text = "step,parameter,gradient,weight,ratio\n";
  for (size_t s = 0; s < rows_[0].size(); ++s)
    for (size_t i = 0; i < names_.size(); ++i) text += str(s, ",", names_[i], ",", number(rows_[0][s][i]), ",", number(rows_[1][s][i]), ",", number(rows_[2][s][i]), "\n");
  return text;
}

// --- Through time ------------------------------------------------------------------------------------------------

Tensor TimeGradients::track(const Tensor& state) {
  WICK_CHECK_TYPE(ValueError, state.defined() && state.is_floating_point(), "TimeGradients: track takes a state of a floating type");
  const size_t at = list_->size();
  list_->emplace_back(zeros({1}, state.options().requires_grad(false)).expand(state.sizes()), Tensor());
  // A view of its own, so that the state's gradient is whole when it comes here, also if the caller goes on with another tensor of the same history.
  const Tensor passed = state.requires_grad() ? state.view_as(state) : state.detach().requires_grad_();
  passed.register_hook([list = std::weak_ptr(list_), at](const Tensor& g) {
    if (const auto l = list.lock()) {
      Tensor& sum = (*l)[at].second;
      sum = sum.defined() ? sum + g.detach() : g.detach().clone();
    }
  });
  return passed;
}
Tensor TimeGradients::norms() const {
  Tensor t = zeros({static_cast<int64_t>(list_->size())}, kDouble);
  for (size_t i = 0; i < list_->size(); ++i)
    if ((*list_)[i].second.defined()) t.data_ptr<double>()[i] = norm_of((*list_)[i].second);
  return t;
}
Tensor TimeGradients::gradients() const {
  std::vector<Tensor> all;
  for (const auto& [zero, g] : *list_) {
    all.push_back(g.defined() ? g : zero);
    WICK_CHECK_TYPE(ValueError, all.back().sizes() == all.front().sizes(), "TimeGradients: states of different shapes, ", all.front().sizes(), " and ", all.back().sizes());
  }
  WICK_CHECK_TYPE(ValueError, !all.empty(), "TimeGradients: nothing was tracked");
  return stack(all);
}

namespace {

enum class Cell { tanh, relu, lstm, gru };

TimeFlow flow_of(const nn::Module& layer, const nn::detail::RNNOptionsBase& o, Cell cell, const Tensor& input, const std::function<Tensor(const Tensor&)>& loss) {
  WICK_CHECK_TYPE(ValueError, input.defined() && input.dim() == 3, "time_flow: takes an input [steps, batch, features], batch first if the layer has it so, got ", input.defined() ? str(input.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, o.proj_size() == 0, "time_flow: LSTM with proj_size is not supported");
  const AutoGradMode on(true);
  Tensor x = input.detach();
  if (o.batch_first()) x = x.transpose(0, 1);
  const int64_t steps = x.size(0);
  std::vector<TimeGradients> hidden, cells;
  const auto parameters = layer.named_parameters(false);
  const auto weight = [&](const char* name, const std::string& suffix) {
    const Tensor* t = parameters.find(name + suffix);
    return t && t->defined() ? t->detach() : Tensor();
  };
  const auto given = [](const Tensor& t) { return t.defined() ? std::optional<Tensor>(t) : std::nullopt; };
  for (int64_t l = 0; l < o.num_layers(); ++l) {
    if (l > 0 && layer.is_training()) x = dropout(x, o.dropout(), true);
    std::vector<Tensor> directions;
    for (int back = 0; back < (o.bidirectional() ? 2 : 1); ++back) {
      const std::string suffix = std::to_string(l) + (back ? "_reverse" : "");
      const Tensor wi = weight("weight_ih_l", suffix), wh = weight("weight_hh_l", suffix);
      const auto bi = given(weight("bias_ih_l", suffix)), bh = given(weight("bias_hh_l", suffix));
      Tensor h = zeros({x.size(1), o.hidden_size()}, x.options()), c = h;
      std::vector<Tensor> out(static_cast<size_t>(steps));
      auto& through = hidden.emplace_back();
      if (cell == Cell::lstm) cells.emplace_back();
      for (int64_t i = 0; i < steps; ++i) {
        const int64_t t = back ? steps - 1 - i : i;
        if (cell == Cell::lstm) {
          // By hand, so that h is made of the c that is tracked. (lstm_cell makes both in one step.)
          const auto gates = (linear(x[t], wi, bi) + linear(h, wh, bh)).chunk(4, 1);
          c = cells.back().track(gates[1].sigmoid() * c + gates[0].sigmoid() * gates[2].tanh());
          h = gates[3].sigmoid() * c.tanh();
        } else {
          h = cell == Cell::gru ? gru_cell(x[t], h, wi, wh, bi, bh) : cell == Cell::tanh ? rnn_tanh_cell(x[t], h, wi, wh, bi, bh) : rnn_relu_cell(x[t], h, wi, wh, bi, bh);
        }
        out[static_cast<size_t>(t)] = h = through.track(h);
      }
      directions.push_back(stack(out));
    }
    x = directions.size() > 1 ? cat(directions, 2) : directions[0];
  }
  TimeFlow flow;
  const Tensor given_out = o.batch_first() ? x.transpose(0, 1) : x;
  const Tensor value = loss(given_out);
  WICK_CHECK_TYPE(ValueError, value.defined() && value.numel() == 1 && value.requires_grad(), "time_flow: loss(output) gives one number that depends on the output");
  // In two steps, so that parameters that the loss itself holds get no gradients.
  const auto at_output = autograd::grad({value}, {given_out}, {}, /*retain_graph=*/true, false, /*allow_unused=*/true);
  WICK_CHECK_TYPE(ValueError, at_output[0].defined(), "time_flow: the loss does not depend on the output");
  autograd::backward({given_out}, {at_output[0]});
  flow.output = given_out.detach();
  const auto rows = [](const std::vector<TimeGradients>& list, bool bidirectional) {
    if (list.empty()) return Tensor();
    std::vector<Tensor> all;
    for (size_t i = 0; i < list.size(); ++i) all.push_back(bidirectional && i % 2 ? list[i].norms().flip({0}) : list[i].norms());
    return stack(all);
  };
  flow.hidden = rows(hidden, o.bidirectional());
  flow.cell = rows(cells, o.bidirectional());
  return flow;
}

}  // namespace

TimeFlow time_flow(const nn::RNN& layer, const Tensor& input, const std::function<Tensor(const Tensor&)>& loss) {
  const bool tanh = layer->options.nonlinearity().is<enumtype::kTanh>();
  return flow_of(*layer, layer->options_base, tanh ? Cell::tanh : Cell::relu, input, loss);
}
TimeFlow time_flow(const nn::LSTM& layer, const Tensor& input, const std::function<Tensor(const Tensor&)>& loss) { return flow_of(*layer, layer->options_base, Cell::lstm, input, loss); }
TimeFlow time_flow(const nn::GRU& layer, const Tensor& input, const std::function<Tensor(const Tensor&)>& loss) { return flow_of(*layer, layer->options_base, Cell::gru, input, loss); }

}  // namespace wick::debug::inline v1
