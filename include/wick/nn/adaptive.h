// AdaptiveLogSoftmaxWithLoss: softmax over many classes, most of them rare.
#pragma once

#include <wick/nn/container.h>
#include <wick/nn/linear.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of AdaptiveLogSoftmaxWithLoss: the classes that end the frequent ones and each cluster but the last, and by how much each cluster's
/// features are narrower than those of the one before.
struct AdaptiveLogSoftmaxWithLossOptions {
  AdaptiveLogSoftmaxWithLossOptions(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs)
      : in_features_(in_features), n_classes_(n_classes), cutoffs_(std::move(cutoffs)) {}
  WICK_ARG(int64_t, in_features);
  WICK_ARG(int64_t, n_classes);
  WICK_ARG(std::vector<int64_t>, cutoffs);
  WICK_ARG(double, div_value) = 4.;
  WICK_ARG(bool, head_bias) = false;
};

/// Log-probability of each target, and the mean loss.
struct ASMoutput {
  ASMoutput(Tensor output_, double loss_) : output(std::move(output_)), loss(loss_) {}
  Tensor output;
  double loss;
};

/// Softmax in two steps: over the frequent classes and clusters of rare ones, then within a cluster. Errors: cutoffs that do not grow within
/// [1, n_classes - 1], targets outside of the classes. (https://pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html)
class AdaptiveLogSoftmaxWithLossImpl : public Cloneable<AdaptiveLogSoftmaxWithLossImpl> {
 public:
  AdaptiveLogSoftmaxWithLossImpl(int64_t in_features, int64_t n_classes, std::vector<int64_t> cutoffs);
  explicit AdaptiveLogSoftmaxWithLossImpl(AdaptiveLogSoftmaxWithLossOptions options_);
  /// input [N, in_features] with target [N], or one row with one number.
  ASMoutput forward(const Tensor& input, const Tensor& target);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  /// Log-probabilities of all classes, [N, n_classes], and the likeliest class of each row.
  Tensor log_prob(const Tensor& input);
  Tensor predict(const Tensor& input);
  Tensor _get_full_log_prob(const Tensor& input, const Tensor& head_output);
  AdaptiveLogSoftmaxWithLossOptions options;
  std::vector<int64_t> cutoffs;
  int64_t shortlist_size = 0, n_clusters = 0, head_size = 0;
  Linear head = nullptr;
  ModuleList tail;
};
WICK_MODULE(AdaptiveLogSoftmaxWithLoss);

}  // namespace v1
}  // namespace nn
}  // namespace wick
