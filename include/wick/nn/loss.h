// Losses.
#pragma once

#include <functional>

#include <wick/nn/arg.h>
#include <wick/nn/enum.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of the losses: weights, margins, and how the terms are reduced (`kMean`, `kSum`, `kNone`).
struct L1LossOptions {
  using reduction_t = enumtype::LossReduction;
  L1LossOptions() = default;
  template <class T, class = decltype(T::id)>
  L1LossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct MSELossOptions {
  using reduction_t = enumtype::LossReduction;
  MSELossOptions() = default;
  template <class T, class = decltype(T::id)>
  MSELossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct SmoothL1LossOptions {
  using reduction_t = enumtype::LossReduction;
  SmoothL1LossOptions() = default;
  template <class T, class = decltype(T::id)>
  SmoothL1LossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(std::optional<double>, beta) = std::nullopt;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct HuberLossOptions {
  using reduction_t = enumtype::LossReduction;
  HuberLossOptions() = default;
  template <class T, class = decltype(T::id)>
  HuberLossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(double, delta) = 1.0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct BCELossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct BCEWithLogitsLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, weight);
  WICK_ARG(Tensor, pos_weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct CrossEntropyLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, weight);
  WICK_ARG(int64_t, ignore_index) = -100;
  WICK_ARG(double, label_smoothing) = 0.0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct NLLLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, weight);
  WICK_ARG(int64_t, ignore_index) = -100;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct KLDivLossOptions {
  using reduction_t = enumtype::OneOf<enumtype::kNone, enumtype::kBatchMean, enumtype::kSum, enumtype::kMean>;
  KLDivLossOptions() = default;
  template <class T, class = decltype(T::id)>
  KLDivLossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(bool, log_target) = false;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct PoissonNLLLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(bool, log_input) = true;
  WICK_ARG(bool, full) = false;
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct GaussianNLLLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(bool, full) = false;
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct HingeEmbeddingLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(double, margin) = 1.0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct SoftMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  SoftMarginLossOptions() = default;
  template <class T, class = decltype(T::id)>
  SoftMarginLossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct MultiLabelMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  MultiLabelMarginLossOptions() = default;
  template <class T, class = decltype(T::id)>
  MultiLabelMarginLossOptions(T reduction) : reduction_(reduction) {}
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct MultiLabelSoftMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(Tensor, weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct MultiMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(int64_t, p) = 1;
  WICK_ARG(double, margin) = 1.0;
  WICK_ARG(Tensor, weight);
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct MarginRankingLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(double, margin) = 0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct CosineEmbeddingLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(double, margin) = 0.0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct TripletMarginLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(double, margin) = 1.0;
  WICK_ARG(double, p) = 2.0;
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(bool, swap) = false;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct TripletMarginWithDistanceLossOptions {
  using reduction_t = enumtype::LossReduction;
  using distance_function_t = std::function<Tensor(const Tensor&, const Tensor&)>;
  WICK_ARG(std::optional<distance_function_t>, distance_function) = std::nullopt;
  WICK_ARG(double, margin) = 1.0;
  WICK_ARG(bool, swap) = false;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
};
struct CTCLossOptions {
  using reduction_t = enumtype::LossReduction;
  WICK_ARG(int64_t, blank) = 0;
  WICK_ARG(reduction_t, reduction) = enumtype::kMean();
  WICK_ARG(bool, zero_infinity) = false;
};
/// Losses as modules. (https://pytorch.org/docs/stable/nn.html#loss-functions)
/// Mean of |x - y|.
struct L1LossImpl : Cloneable<L1LossImpl> {
  explicit L1LossImpl(L1LossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  L1LossOptions options;
};
WICK_MODULE(L1Loss);
/// Mean of (x - y)^2.
struct MSELossImpl : Cloneable<MSELossImpl> {
  explicit MSELossImpl(MSELossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  MSELossOptions options;
};
WICK_MODULE(MSELoss);
/// Quadratic below beta (default 1), linear above.
struct SmoothL1LossImpl : Cloneable<SmoothL1LossImpl> {
  explicit SmoothL1LossImpl(SmoothL1LossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  SmoothL1LossOptions options;
};
WICK_MODULE(SmoothL1Loss);
/// Quadratic below delta, linear above.
struct HuberLossImpl : Cloneable<HuberLossImpl> {
  explicit HuberLossImpl(HuberLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  HuberLossOptions options;
};
WICK_MODULE(HuberLoss);
/// Binary cross-entropy of probabilities.
struct BCELossImpl : Cloneable<BCELossImpl> {
  explicit BCELossImpl(BCELossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  BCELossOptions options;
};
WICK_MODULE(BCELoss);
/// Binary cross-entropy of logits.
struct BCEWithLogitsLossImpl : Cloneable<BCEWithLogitsLossImpl> {
  explicit BCEWithLogitsLossImpl(BCEWithLogitsLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  BCEWithLogitsLossOptions options;
};
WICK_MODULE(BCEWithLogitsLoss);
/// Cross-entropy of logits and classes or class probabilities.
struct CrossEntropyLossImpl : Cloneable<CrossEntropyLossImpl> {
  explicit CrossEntropyLossImpl(CrossEntropyLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  CrossEntropyLossOptions options;
};
WICK_MODULE(CrossEntropyLoss);
/// Minus the log-probability of the class.
struct NLLLossImpl : Cloneable<NLLLossImpl> {
  explicit NLLLossImpl(NLLLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  NLLLossOptions options;
};
WICK_MODULE(NLLLoss);
/// Kullback-Leibler divergence of log-probabilities from probabilities.
struct KLDivLossImpl : Cloneable<KLDivLossImpl> {
  explicit KLDivLossImpl(KLDivLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  KLDivLossOptions options;
};
WICK_MODULE(KLDivLoss);
/// Minus the log-likelihood of Poisson counts.
struct PoissonNLLLossImpl : Cloneable<PoissonNLLLossImpl> {
  explicit PoissonNLLLossImpl(PoissonNLLLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  PoissonNLLLossOptions options;
};
WICK_MODULE(PoissonNLLLoss);
/// Minus the log-likelihood of normal numbers with a mean and a variance each, or one for all.
struct GaussianNLLLossImpl : Cloneable<GaussianNLLLossImpl> {
  explicit GaussianNLLLossImpl(GaussianNLLLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target, const Tensor& var);
  GaussianNLLLossOptions options;
};
WICK_MODULE(GaussianNLLLoss);
/// x where y = 1, max(0, margin - x) where y = -1.
struct HingeEmbeddingLossImpl : Cloneable<HingeEmbeddingLossImpl> {
  explicit HingeEmbeddingLossImpl(HingeEmbeddingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  HingeEmbeddingLossOptions options;
};
WICK_MODULE(HingeEmbeddingLoss);
/// log(1 + exp(-y x)).
struct SoftMarginLossImpl : Cloneable<SoftMarginLossImpl> {
  explicit SoftMarginLossImpl(SoftMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  SoftMarginLossOptions options;
};
WICK_MODULE(SoftMarginLoss);
/// Margin loss with several right classes.
struct MultiLabelMarginLossImpl : Cloneable<MultiLabelMarginLossImpl> {
  explicit MultiLabelMarginLossImpl(MultiLabelMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  MultiLabelMarginLossOptions options;
};
WICK_MODULE(MultiLabelMarginLoss);
/// Binary cross-entropy of several labels.
struct MultiLabelSoftMarginLossImpl : Cloneable<MultiLabelSoftMarginLossImpl> {
  explicit MultiLabelSoftMarginLossImpl(MultiLabelSoftMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  MultiLabelSoftMarginLossOptions options;
};
WICK_MODULE(MultiLabelSoftMarginLoss);
/// Margin loss with one right class.
struct MultiMarginLossImpl : Cloneable<MultiMarginLossImpl> {
  explicit MultiMarginLossImpl(MultiMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input, const Tensor& target);
  MultiMarginLossOptions options;
};
WICK_MODULE(MultiMarginLoss);
/// max(0, margin - y (x1 - x2)).
struct MarginRankingLossImpl : Cloneable<MarginRankingLossImpl> {
  explicit MarginRankingLossImpl(MarginRankingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target);
  MarginRankingLossOptions options;
};
WICK_MODULE(MarginRankingLoss);
/// 1 - cos where y = 1, max(0, cos - margin) where y = -1.
struct CosineEmbeddingLossImpl : Cloneable<CosineEmbeddingLossImpl> {
  explicit CosineEmbeddingLossImpl(CosineEmbeddingLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2, const Tensor& target);
  CosineEmbeddingLossOptions options;
};
WICK_MODULE(CosineEmbeddingLoss);
/// The anchor is to be nearer to the positive than to the negative.
struct TripletMarginLossImpl : Cloneable<TripletMarginLossImpl> {
  explicit TripletMarginLossImpl(TripletMarginLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative);
  TripletMarginLossOptions options;
};
WICK_MODULE(TripletMarginLoss);
/// The same with any distance.
struct TripletMarginWithDistanceLossImpl : Cloneable<TripletMarginWithDistanceLossImpl> {
  explicit TripletMarginWithDistanceLossImpl(TripletMarginWithDistanceLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& anchor, const Tensor& positive, const Tensor& negative);
  TripletMarginWithDistanceLossOptions options;
};
WICK_MODULE(TripletMarginWithDistanceLoss);
/// Minus the log-likelihood of label sequences under all alignments with the steps of the input.
struct CTCLossImpl : Cloneable<CTCLossImpl> {
  explicit CTCLossImpl(CTCLossOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths);
  CTCLossOptions options;
};
WICK_MODULE(CTCLoss);
}  // namespace v1

namespace functional {
inline namespace v1 {

/// Losses as functions, with the options of the modules.
using L1LossFuncOptions = L1LossOptions;
using MSELossFuncOptions = MSELossOptions;
using SmoothL1LossFuncOptions = SmoothL1LossOptions;
using HuberLossFuncOptions = HuberLossOptions;
using BinaryCrossEntropyFuncOptions = BCELossOptions;
using BinaryCrossEntropyWithLogitsFuncOptions = BCEWithLogitsLossOptions;
using CrossEntropyFuncOptions = CrossEntropyLossOptions;
using NLLLossFuncOptions = NLLLossOptions;
using KLDivFuncOptions = KLDivLossOptions;
using PoissonNLLLossFuncOptions = PoissonNLLLossOptions;
using GaussianNLLLossFuncOptions = GaussianNLLLossOptions;
using HingeEmbeddingLossFuncOptions = HingeEmbeddingLossOptions;
using SoftMarginLossFuncOptions = SoftMarginLossOptions;
using MultilabelMarginLossFuncOptions = MultiLabelMarginLossOptions;
using MultilabelSoftMarginLossFuncOptions = MultiLabelSoftMarginLossOptions;
using MultiMarginLossFuncOptions = MultiMarginLossOptions;
using MarginRankingLossFuncOptions = MarginRankingLossOptions;
using CosineEmbeddingLossFuncOptions = CosineEmbeddingLossOptions;
using TripletMarginLossFuncOptions = TripletMarginLossOptions;
using TripletMarginWithDistanceLossFuncOptions = TripletMarginWithDistanceLossOptions;
using CTCLossFuncOptions = CTCLossOptions;
Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossFuncOptions& options = {});
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossFuncOptions& options = {});
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& options = {});
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossFuncOptions& options = {});
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BinaryCrossEntropyFuncOptions& options = {});
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target, const BinaryCrossEntropyWithLogitsFuncOptions& options = {});
Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyFuncOptions& options = {});
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossFuncOptions& options = {});
Tensor kl_div(const Tensor& input, const Tensor& target, const KLDivFuncOptions& options = {});
Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, const PoissonNLLLossFuncOptions& options = {});
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, const Tensor& var, const GaussianNLLLossFuncOptions& options = {});
Tensor gaussian_nll_loss(const Tensor& input, const Tensor& target, double var, const GaussianNLLLossFuncOptions& options = {});
Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, const HingeEmbeddingLossFuncOptions& options = {});
Tensor soft_margin_loss(const Tensor& input, const Tensor& target, const SoftMarginLossFuncOptions& options = {});
Tensor multilabel_margin_loss(const Tensor& input, const Tensor& target, const MultilabelMarginLossFuncOptions& options = {});
Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const MultilabelSoftMarginLossFuncOptions& options = {});
Tensor multi_margin_loss(const Tensor& input, const Tensor& target, const MultiMarginLossFuncOptions& options = {});
Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, const MarginRankingLossFuncOptions& options = {});
Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, const CosineEmbeddingLossFuncOptions& options = {});
Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, const TripletMarginLossFuncOptions& options = {});
Tensor triplet_margin_with_distance_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, const TripletMarginWithDistanceLossFuncOptions& options = {});
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, const CTCLossFuncOptions& options = {});
/// With beta beside the options, which must not set it then.
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossFuncOptions& options, double beta);

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
