// LinearCrossEntropyLoss: cross-entropy of a linear layer's outputs.
#pragma once

#include <wick/nn/enum.h>
#include <wick/nn/linear.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// How LinearCrossEntropyLoss saves memory: the logits of `batch_chunk_size` rows exist at a time, and backward computes them again. Without a
/// size it is chosen so that they take about half as much memory as the input.
struct LinearCrossEntropyOptions {
  WICK_ARG(std::optional<int64_t>, batch_chunk_size) = std::nullopt;
};

/// Options of LinearCrossEntropyLoss: `out_features` are the sizes of a loss in several dimensions; without `ignore_index` it is -100 for
/// targets that are classes.
struct LinearCrossEntropyLossOptions {
  using reduction_t = enumtype::LossReduction;
  LinearCrossEntropyLossOptions(int64_t in_features, int64_t num_classes) : in_features_(in_features), num_classes_(num_classes) {}
  WICK_ARG(int64_t, in_features);
  WICK_ARG(int64_t, num_classes);
  WICK_ARG(std::vector<int64_t>, out_features);
  WICK_ARG(bool, bias) = false;
  WICK_ARG(Tensor, weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
  WICK_ARG(std::optional<int64_t>, ignore_index) = std::nullopt;
  WICK_ARG(double, label_smoothing) = 0.0;
  WICK_ARG(std::optional<LinearCrossEntropyOptions>, options) = std::nullopt;
};

/// Cross-entropy of `linear(input)` and classes or class probabilities; the linear layer is part of the loss. Input [N, in_features] or
/// [in_features]. (https://pytorch.org/docs/stable/generated/torch.nn.LinearCrossEntropyLoss.html)
class LinearCrossEntropyLossImpl : public Cloneable<LinearCrossEntropyLossImpl> {
 public:
  LinearCrossEntropyLossImpl(int64_t in_features, int64_t num_classes);
  explicit LinearCrossEntropyLossImpl(LinearCrossEntropyLossOptions options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  LinearCrossEntropyLossOptions options;
  Linear linear = nullptr;
  Tensor weight;
};
WICK_MODULE(LinearCrossEntropyLoss);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the function.
struct LinearCrossEntropyFuncOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, linear_bias);
  WICK_ARG(Tensor, weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
  WICK_ARG(std::optional<int64_t>, ignore_index) = std::nullopt;
  WICK_ARG(double, label_smoothing) = 0.0;
  WICK_ARG(std::optional<LinearCrossEntropyOptions>, options) = std::nullopt;
};
/// Cross-entropy of `input` times `linear_weight`, [classes, ..., features]. Errors: sizes that do not fit, an ignored class with targets that
/// are probabilities.
Tensor linear_cross_entropy(const Tensor& input, const Tensor& linear_weight, const Tensor& target, const LinearCrossEntropyFuncOptions& options = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
