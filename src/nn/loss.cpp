#include <wick/nn/loss.h>

#include <cmath>

#include <wick/ops/sequence.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {

L1LossImpl::L1LossImpl(L1LossOptions options_) : options(std::move(options_)) {}
void L1LossImpl::reset() {}
void L1LossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::L1Loss()"; }
Tensor L1LossImpl::forward(const Tensor& input, const Tensor& target) { return functional::l1_loss(input, target, options); }

MSELossImpl::MSELossImpl(MSELossOptions options_) : options(std::move(options_)) {}
void MSELossImpl::reset() {}
void MSELossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MSELoss()"; }
Tensor MSELossImpl::forward(const Tensor& input, const Tensor& target) { return functional::mse_loss(input, target, options); }

SmoothL1LossImpl::SmoothL1LossImpl(SmoothL1LossOptions options_) : options(std::move(options_)) {}
void SmoothL1LossImpl::reset() {}
void SmoothL1LossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::SmoothL1Loss"; }
Tensor SmoothL1LossImpl::forward(const Tensor& input, const Tensor& target) { return functional::smooth_l1_loss(input, target, options); }

HuberLossImpl::HuberLossImpl(HuberLossOptions options_) : options(std::move(options_)) {}
void HuberLossImpl::reset() {}
void HuberLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::HuberLoss"; }
Tensor HuberLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::huber_loss(input, target, options); }

BCELossImpl::BCELossImpl(BCELossOptions options_) : options(std::move(options_)) {}
void BCELossImpl::reset() {}
void BCELossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::BCELoss()"; }
Tensor BCELossImpl::forward(const Tensor& input, const Tensor& target) { return functional::binary_cross_entropy(input, target, options); }

BCEWithLogitsLossImpl::BCEWithLogitsLossImpl(BCEWithLogitsLossOptions options_) : options(std::move(options_)) {}
void BCEWithLogitsLossImpl::reset() {}
void BCEWithLogitsLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::BCEWithLogitsLoss()"; }
Tensor BCEWithLogitsLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::binary_cross_entropy_with_logits(input, target, options); }

CrossEntropyLossImpl::CrossEntropyLossImpl(CrossEntropyLossOptions options_) : options(std::move(options_)) {}
void CrossEntropyLossImpl::reset() {}
void CrossEntropyLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CrossEntropyLoss()"; }
Tensor CrossEntropyLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::cross_entropy(input, target, options); }

NLLLossImpl::NLLLossImpl(NLLLossOptions options_) : options(std::move(options_)) {}
void NLLLossImpl::reset() {}
void NLLLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::NLLLoss()"; }
Tensor NLLLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::nll_loss(input, target, options); }

KLDivLossImpl::KLDivLossImpl(KLDivLossOptions options_) : options(std::move(options_)) {}
void KLDivLossImpl::reset() {}
void KLDivLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::KLDivLoss()"; }
Tensor KLDivLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::kl_div(input, target, options); }

PoissonNLLLossImpl::PoissonNLLLossImpl(PoissonNLLLossOptions options_) : options(std::move(options_)) {}
void PoissonNLLLossImpl::reset() {}
void PoissonNLLLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::PoissonNLLLoss()"; }
Tensor PoissonNLLLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::poisson_nll_loss(input, target, options); }

GaussianNLLLossImpl::GaussianNLLLossImpl(GaussianNLLLossOptions options_) : options(std::move(options_)) {}
void GaussianNLLLossImpl::reset() {}
void GaussianNLLLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::GaussianNLLLoss()"; }
Tensor GaussianNLLLossImpl::forward(const Tensor& input, const Tensor& target, const Tensor& var) { return functional::gaussian_nll_loss(input, target, var, options); }

HingeEmbeddingLossImpl::HingeEmbeddingLossImpl(HingeEmbeddingLossOptions options_) : options(std::move(options_)) {}
void HingeEmbeddingLossImpl::reset() {}
void HingeEmbeddingLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::HingeEmbeddingLoss(margin=" << options.margin() << ")"; }
Tensor HingeEmbeddingLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::hinge_embedding_loss(input, target, options); }

SoftMarginLossImpl::SoftMarginLossImpl(SoftMarginLossOptions options_) : options(std::move(options_)) {}
void SoftMarginLossImpl::reset() {}
void SoftMarginLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::SoftMarginLoss()"; }
Tensor SoftMarginLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::soft_margin_loss(input, target, options); }

MultiLabelMarginLossImpl::MultiLabelMarginLossImpl(MultiLabelMarginLossOptions options_) : options(std::move(options_)) {}
void MultiLabelMarginLossImpl::reset() {}
void MultiLabelMarginLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MultiLabelMarginLoss()"; }
Tensor MultiLabelMarginLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::multilabel_margin_loss(input, target, options); }

MultiLabelSoftMarginLossImpl::MultiLabelSoftMarginLossImpl(MultiLabelSoftMarginLossOptions options_) : options(std::move(options_)) {}
void MultiLabelSoftMarginLossImpl::reset() {}
void MultiLabelSoftMarginLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MultiLabelSoftMarginLoss()"; }
Tensor MultiLabelSoftMarginLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::multilabel_soft_margin_loss(input, target, options); }

MultiMarginLossImpl::MultiMarginLossImpl(MultiMarginLossOptions options_) : options(std::move(options_)) {}
void MultiMarginLossImpl::reset() {}
void MultiMarginLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MultiMarginLoss(p=" << options.p() << ", margin=" << options.margin() << ", weight=" << options.weight() << ", reduction=" << enumtype::get_enum_name(options.reduction()) << ")"; }
Tensor MultiMarginLossImpl::forward(const Tensor& input, const Tensor& target) { return functional::multi_margin_loss(input, target, options); }

MarginRankingLossImpl::MarginRankingLossImpl(MarginRankingLossOptions options_) : options(std::move(options_)) {}
void MarginRankingLossImpl::reset() {}
void MarginRankingLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::MarginRankingLoss()"; }
Tensor MarginRankingLossImpl::forward(const Tensor& input1, const Tensor& input2, const Tensor& target) { return functional::margin_ranking_loss(input1, input2, target, options); }

CosineEmbeddingLossImpl::CosineEmbeddingLossImpl(CosineEmbeddingLossOptions options_) : options(std::move(options_)) {}
void CosineEmbeddingLossImpl::reset() {}
void CosineEmbeddingLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CosineEmbeddingLoss(margin=" << options.margin() << ")"; }
Tensor CosineEmbeddingLossImpl::forward(const Tensor& input1, const Tensor& input2, const Tensor& target) { return functional::cosine_embedding_loss(input1, input2, target, options); }

TripletMarginLossImpl::TripletMarginLossImpl(TripletMarginLossOptions options_) : options(std::move(options_)) {}
void TripletMarginLossImpl::reset() {}
void TripletMarginLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::TripletMarginLoss(margin=" << options.margin() << ", p=" << options.p() << ", eps=" << options.eps() << ", swap=" << yes_no(options.swap()) << ")"; }
Tensor TripletMarginLossImpl::forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) { return functional::triplet_margin_loss(anchor, positive, negative, options); }

TripletMarginWithDistanceLossImpl::TripletMarginWithDistanceLossImpl(TripletMarginWithDistanceLossOptions options_) : options(std::move(options_)) {}
void TripletMarginWithDistanceLossImpl::reset() {}
void TripletMarginWithDistanceLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::TripletMarginWithDistanceLoss(margin=" << options.margin() << ", swap=" << yes_no(options.swap()) << ")"; }
Tensor TripletMarginWithDistanceLossImpl::forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative) { return functional::triplet_margin_with_distance_loss(anchor, positive, negative, options); }

CTCLossImpl::CTCLossImpl(CTCLossOptions options_) : options(std::move(options_)) {}
void CTCLossImpl::reset() {}
void CTCLossImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CTCLoss()"; }
Tensor CTCLossImpl::forward(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths) {
  return functional::ctc_loss(log_probs, targets, input_lengths, target_lengths, options);
}

}  // namespace v1

namespace functional::inline v1 {
namespace {

void warn_sizes(const Tensor& input, const Tensor& target) {
  if (target.sizes() != input.sizes())
    warn_once(str("Using a target size (", target.sizes(), ") that is different to the input size (", input.sizes(),
                  "). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size."));
}
template <class R>
Tensor reduce(const Tensor& loss, const R& reduction) {
  switch (enumtype::reduction_get_enum(reduction)) {
    case Reduction::Mean: return loss.mean();
    case Reduction::Sum: return loss.sum();
    default: return loss;
  }
}
template <class O>
int64_t how(const O& o) { return enumtype::reduction_get_enum(o.reduction()); }

}  // namespace

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossFuncOptions& o) { return wick::l1_loss(input, target, how(o)); }

Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& o) {
  warn_sizes(input, target);
  return wick::mse_loss(input, target, how(o));
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& o) {
  warn_sizes(input, target);
  return wick::smooth_l1_loss(input, target, how(o), o.beta().value_or(1.0));
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& o, double beta) {
  WICK_CHECK_TYPE(ValueError, !o.beta(), "expected beta not to be provided in 'options', but got ", *o.beta());
  return wick::smooth_l1_loss(input, target, how(o), beta);
}
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossFuncOptions& o) {
  warn_sizes(input, target);
  return wick::huber_loss(input, target, how(o), o.delta());
}

Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BinaryCrossEntropyFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, target.sizes() == input.sizes(), "Using a target size (", target.sizes(), ") that is different to the input size (", input.sizes(),
                  ") is deprecated. Please ensure they have the same size.");
  return wick::binary_cross_entropy(input, target, maybe(o.weight()), how(o));
}
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const BinaryCrossEntropyWithLogitsFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, target.sizes() == input.sizes(), "Target size (", target.sizes(), ") must be the same as input size (", input.sizes(), ")");
  return wick::binary_cross_entropy_with_logits(input, target, maybe(o.weight()), maybe(o.pos_weight()), how(o));
}

Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& o) {
  return wick::cross_entropy_loss(input, target, maybe(o.weight()), how(o), o.ignore_index(), o.label_smoothing());
}
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input.dim() >= 2, "Expected 2 or more dimensions (got ", input.dim(), ")");
  WICK_CHECK_TYPE(ValueError, target.dim() > 0 && input.size(0) == target.size(0), "Expected input batch_size (", input.size(0), ") to match target batch_size (",
                  target.dim() > 0 ? target.size(0) : 1, ").");
  return wick::nll_loss_nd(input, target, maybe(o.weight()), how(o), o.ignore_index());
}

Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivFuncOptions& o) {
  const bool batch_mean = o.reduction().is<enumtype::kBatchMean>();
  if (o.reduction().is<enumtype::kMean>())
    warn_once("kl_div: reduction 'mean' divides by the number of elements; 'batchmean' divides by the batch size, as the mathematical definition does");
  const Tensor loss = wick::kl_div(input, target, batch_mean ? int64_t{Reduction::Sum} : how(o), o.log_target());
  return batch_mean && input.dim() != 0 ? loss / input.size(0) : loss;
}
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, const PoissonNLLLossFuncOptions& o) {
  return wick::poisson_nll_loss(input, target, o.log_input(), o.full(), o.eps(), how(o));
}

Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& given, const GaussianNLLLossFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, !(given < 0).any().item<bool>(), "gaussian_nll_loss: var has negative entry/entries");
  Tensor var = given;
  if (var.sizes() != input.sizes()) {
    // One variance for each row (all sizes but the last), or for all along one dimension, whose size is 1.
    if (input.sizes().slice(0, input.dim() > 0 ? static_cast<size_t>(input.dim() - 1) : 0) == var.sizes()) {
      var = var.unsqueeze(-1);
    } else {
      int64_t differing = 0;
      for (int64_t i = 0; input.dim() == var.dim() && i < var.dim(); ++i) differing += var.size(i) != input.size(i) ? var.size(i) : 0;
      WICK_CHECK_TYPE(ValueError, differing == 1, "gaussian_nll_loss: var is of incorrect size: ", var.sizes(), " for input ", input.sizes());
    }
  }
  var = var.clone();
  {
    NoGradGuard off;
    var.clamp_min_(o.eps());
  }
  Tensor loss = 0.5 * (var.log() + (input - target).pow(2) / var);
  if (o.full()) loss = loss + 0.5 * std::log(2 * 3.14159265358979323846);
  return reduce(loss, o.reduction());
}
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, double var, const GaussianNLLLossFuncOptions& o) {
  return gaussian_nll_loss(input, target, wick::full_like(input.detach(), var), o);
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, const HingeEmbeddingLossFuncOptions& o) {
  return wick::hinge_embedding_loss(input, target, o.margin(), how(o));
}
Tensor soft_margin_loss(const Tensor& input, const Tensor& target, const SoftMarginLossFuncOptions& o) { return wick::soft_margin_loss(input, target, how(o)); }
Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target, const MultilabelMarginLossFuncOptions& o) {
  return wick::multilabel_margin_loss(input, target, how(o));
}
Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const MultilabelSoftMarginLossFuncOptions& o) {
  Tensor loss = -(target * wick::log_sigmoid(input) + (1 - target) * wick::log_sigmoid(-input));
  if (o.weight().defined()) loss = loss * o.weight();
  return reduce(loss.sum(-1) / input.size(-1), o.reduction());
}
Tensor multi_margin_loss(const Tensor& input, const Tensor& target, const MultiMarginLossFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, o.p() == 1 || o.p() == 2, "only p == 1 and p == 2 supported, got ", o.p());
  WICK_CHECK_TYPE(ValueError, !o.weight().defined() || o.weight().dim() == 1, "weight must be one-dimensional");
  return wick::multi_margin_loss(input, target, o.p(), o.margin(), maybe(o.weight()), how(o));
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, const MarginRankingLossFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input1.dim() == input2.dim() && input1.dim() == target.dim(), "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: ",
                  input1.sizes(), ", input2: ", input2.sizes(), ", target: ", target.sizes());
  return wick::margin_ranking_loss(input1, input2, target, o.margin(), how(o));
}
Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, const CosineEmbeddingLossFuncOptions& o) {
  return wick::cosine_embedding_loss(input1, input2, target, o.margin(), how(o));
}
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, const TripletMarginLossFuncOptions& o) {
  return wick::triplet_margin_loss(anchor, positive, negative, o.margin(), o.p(), o.eps(), o.swap(), how(o));
}
Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, const TripletMarginWithDistanceLossFuncOptions& o) {
  const auto distance = [&](const Tensor& a, const Tensor& b) { return o.distance_function() ? (*o.distance_function())(a, b) : wick::pairwise_distance(a, b); };
  const Tensor near = distance(anchor, positive);
  Tensor far = distance(anchor, negative);
  if (o.swap()) far = wick::minimum(far, distance(positive, negative));
  return reduce((near - far + o.margin()).clamp_min(0), o.reduction());
}

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, const CTCLossFuncOptions& o) {
  return wick::ctc_loss(log_probs, targets, input_lengths, target_lengths, o.blank(), how(o), o.zero_infinity());
}

}  // namespace functional::inline v1
}  // namespace wick::nn
