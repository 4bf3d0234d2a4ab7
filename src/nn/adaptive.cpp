#include <wick/nn/adaptive.h>

#include <algorithm>
#include <cmath>

#include "nn/common.h"

namespace wick::nn::inline v1 {

AdaptiveLogSoftmaxWithLossImpl::AdaptiveLogSoftmaxWithLossImpl(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs)
    : AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions(in_features, n_classes, std::move(cutoffs))) {}
AdaptiveLogSoftmaxWithLossImpl::AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions options_) : options(std::move(options_)) {
  AdaptiveLogSoftmaxWithLossImpl::reset();
}

void AdaptiveLogSoftmaxWithLossImpl::reset() {
  const auto& c = options.cutoffs();
  const bool grows = std::adjacent_find(c.begin(), c.end(), std::greater_equal<>()) == c.end();
  WICK_CHECK_TYPE(ValueError, !c.empty() && grows && c.front() > 0 && c.back() < options.n_classes(),
                  "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between 1 and n_classes-1, got ", IntArrayRef(c), " for ",
                  options.n_classes(), " classes");
  WICK_CHECK_TYPE(ValueError, options.div_value() != 0, "div_value should not be equal to 0");
  cutoffs = c;
  cutoffs.push_back(options.n_classes());
  shortlist_size = cutoffs[0];
  n_clusters = static_cast<int64_t>(cutoffs.size()) - 1;
  head_size = shortlist_size + n_clusters;
  head = register_module("head", Linear(LinearOptions(options.in_features(), head_size).bias(options.head_bias())));
  tail = register_module("tail", ModuleList());
  for (size_t i = 0; i + 1 < cutoffs.size(); ++i) {
    const auto width = static_cast<int64_t>(std::floor(static_cast<double>(options.in_features()) / std::pow(options.div_value(), static_cast<double>(i + 1))));
    tail->push_back(Sequential(Linear(LinearOptions(options.in_features(), width).bias(false)), Linear(LinearOptions(width, cutoffs[i + 1] - cutoffs[i]).bias(false))));
  }
}
void AdaptiveLogSoftmaxWithLossImpl::reset_parameters() {
  head->reset_parameters();
  for (const auto& cluster : *tail)
    for (const size_t layer : {0, 1}) cluster->as<Sequential>()->at<LinearImpl>(layer).reset_parameters();
}
void AdaptiveLogSoftmaxWithLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::AdaptiveLogSoftmaxWithLoss"; }

ASMoutput AdaptiveLogSoftmaxWithLossImpl::forward(const Tensor& input_, const Tensor& target_) {
  WICK_CHECK_TYPE(ValueError, target_.dim() <= 1, "0D or 1D target tensor expected, multi-target not supported, got ", target_.sizes());
  WICK_CHECK_TYPE(ValueError, input_.dim() == target_.dim() + 1, target_.dim(), "D target tensor expects ", target_.dim() + 1, "D input tensors, but found inputs with sizes ", input_.sizes());
  const bool batched = target_.dim() > 0;
  const Tensor input = batched ? input_ : input_.unsqueeze(0), target = batched ? target_ : target_.unsqueeze(0);
  WICK_CHECK_TYPE(ValueError, input.size(0) == target.size(0), "Input and target should have the same size in the batch dimension, got ", input.sizes(), " and ", target.sizes());
  const int64_t batch = target.size(0);
  int64_t found = 0;
  Tensor output = input.new_zeros({batch}), column = target.new_empty({batch});
  for (size_t i = 0; i < cutoffs.size(); ++i) {
    const int64_t low = i == 0 ? 0 : cutoffs[i - 1];
    const Tensor rows = ((target >= low) & (target < cutoffs[i])).nonzero().squeeze(1);
    if (rows.numel() == 0) continue;
    found += rows.numel();
    const Tensor wanted = target.index_select(0, rows);
    if (i == 0) {
      column.index_copy_(0, rows, wanted);
      continue;
    }
    column.index_fill_(0, rows, shortlist_size + static_cast<int64_t>(i) - 1);
    const Tensor scores = wick::log_softmax(tail[i - 1]->as<Sequential>()->forward(input.index_select(0, rows)), 1);
    output.index_copy_(0, rows, scores.gather(1, (wanted - low).unsqueeze(1)).squeeze(1));
  }
  WICK_CHECK_TYPE(ValueError, found == batch, "Target values should be in [0, ", options.n_classes() - 1, "], but values in range [", target.min().item<int64_t>(), ", ",
                  target.max().item<int64_t>(), "] were found. ");
  output = output + wick::log_softmax(head(input), 1).gather(1, column.unsqueeze(1)).squeeze(1);
  const double loss = (-output).mean().item<double>();
  return ASMoutput(batched ? output : output.squeeze(0), loss);
}

Tensor AdaptiveLogSoftmaxWithLossImpl::_get_full_log_prob(const Tensor& input, const Tensor& head_output) {
  const Tensor frequent = wick::log_softmax(head_output, 1);
  std::vector<Tensor> parts{frequent.slice(1, 0, shortlist_size)};
  for (size_t i = 0; i + 1 < cutoffs.size(); ++i) {
    const int64_t at = shortlist_size + static_cast<int64_t>(i);
    parts.push_back(wick::log_softmax(tail[i]->as<Sequential>()->forward(input), 1) + frequent.slice(1, at, at + 1));
  }
  return wick::cat(parts, 1);
}
Tensor AdaptiveLogSoftmaxWithLossImpl::log_prob(const Tensor& input) { return _get_full_log_prob(input, head(input)); }
Tensor AdaptiveLogSoftmaxWithLossImpl::predict(const Tensor& input) {
  const Tensor head_output = head(input);
  Tensor output = head_output.argmax(1);
  const Tensor rare = (output >= shortlist_size).nonzero().squeeze(1);
  if (rare.numel() > 0) output.index_copy_(0, rare, _get_full_log_prob(input.index_select(0, rare), head_output.index_select(0, rare)).argmax(1));
  return output;
}

}  // namespace wick::nn::inline v1
