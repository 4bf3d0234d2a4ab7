// Domain adaptation: data of another domain without labels.
#pragma once

#include <optional>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/optim/swa_utils.h>

namespace wick {
namespace adapt {
inline namespace v1 {

/// The same tensor; gradients that come back through it are multiplied by -lambda. What is before it learns to make worse what is behind it.
/// (Y. Ganin and others, 2016, https://arxiv.org/abs/1505.07818)
Tensor reverse_gradient(const Tensor& input, double lambda = 1);
class GradientReversalImpl : public nn::Cloneable<GradientReversalImpl> {
 public:
  explicit GradientReversalImpl(double lambda = 1);
  void reset() override {}
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  double lambda;
};
WICK_MODULE(GradientReversal);

/// The paper's schedule of lambda, from 0 to 1 while `progress` goes from 0 to 1: 2 / (1 + exp(-gamma progress)) - 1.
double dann_lambda(double progress, double gamma = 10);

/// How different the covariances of features [n, d] and [m, d] are: the squared Frobenius norm of their difference over 4 d^2. Of a layer's output it is deep
/// CORAL's loss. Errors: `ValueError` for other shapes, less than two rows.
/// (B. Sun and K. Saenko, 2016, https://arxiv.org/abs/1607.01719)
Tensor coral_loss(const Tensor& source, const Tensor& target);
/// Source features with the covariance of the target's (and its mean), on which a classifier is trained then: CORAL without training. `ridge` is added to both
/// covariances' diagonals. Not differentiable. Errors: as coral_loss.
Tensor coral_align(const Tensor& source, const Tensor& target, double ridge = 1);

/// Options of mmd_loss. `scales`: widths of the kernels, in units of `bandwidth` (of squared distances), or of the mean squared distance where that is not given.
/// `unbiased`: without the kernels of points with themselves, so that it may be below zero.
struct MmdOptions {
  WICK_ARG(std::vector<double>, scales) = {0.25, 0.5, 1, 2, 4};
  WICK_ARG(std::optional<double>, bandwidth);
  WICK_ARG(bool, unbiased) = false;
};
/// The squared maximum mean discrepancy of features [n, d] and [m, d], mean of several Gaussian kernels exp(-|x - y|^2 / width). Errors: `ValueError` for other
/// shapes, less than two rows, widths that are not positive.
/// (M. Long and others, 2015, https://arxiv.org/abs/1502.02791)
Tensor mmd_loss(const Tensor& source, const Tensor& target, const MmdOptions& options = {});

/// Computes the statistics of all batch normalisations anew on batches of the target domain (AdaBN): tensors, or examples whose data count. Nothing else changes.
/// (Y. Li and others, 2016, https://arxiv.org/abs/1603.04779)
template <class Batches, class Model>
void adapt_batch_norm(Batches&& batches, Model&& model) { optim::swa_utils::update_bn(batches, model); }

/// The mean entropy of the distributions that logits [n, classes] stand for. With tent_parameters it is what TENT minimises while it predicts.
Tensor entropy_loss(const Tensor& logits);
/// Makes a model ready for TENT: batch normalisations use each batch's statistics, everything else is in evaluation mode, and of all parameters only the scales and
/// shifts of normalisations, which are returned, require grad. Errors: `ValueError` for a model without any.
/// (D. Wang and others, 2021, https://arxiv.org/abs/2006.10726)
std::vector<Tensor> tent_parameters(nn::Module& model);

}  // namespace v1
}  // namespace adapt
}  // namespace wick
