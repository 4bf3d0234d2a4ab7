// Losses of two tensors of one shape.
#include <cmath>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

Tensor reduce(const Tensor& loss, int64_t reduction) {
  if (reduction == Reduction::Mean) return loss.mean();
  return reduction == Reduction::Sum ? loss.sum() : loss;
}

// Loss of a - b: kernel and slope. The derivative needs the difference only, never the unreduced loss.
template <class Slope>
Tensor difference_loss(const char* node, const Pointwise& k, const Params& p, const Tensor& a, const Tensor& b, int64_t reduction, Slope slope) {
  check_defined(k.name, {a, b});
  const int64_t n = count(broadcast_shape(k.name, a.sizes(), b.sizes()));
  return record(node, {a, b}, in(0) | in(1), [&] { return reduce(run(k, {a, b}, p), reduction); },
                [=](Backward& bw) {
                  Tensor g = bw.g();
                  if (reduction == Reduction::Mean) g = g / n;
                  const Tensor d = slope(bw.in(0) - bw.in(1)) * g;
                  if (bw.needs(0)) bw.grad(0, d);
                  if (bw.needs(1)) bw.grad(1, -d);
                });
}

void check_probabilities(const Tensor& x) {
  GateScope off(kGradOff);
  WICK_CHECK((x >= 0).logical_and(x <= 1).all().item<bool>(), "all elements of input should be between 0 and 1");
}
Tensor bce_terms(const Tensor& x, const Tensor& t) { return (t - 1) * clamp_min(log1p(-x), -100) - t * clamp_min(log(x), -100); }

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor l1_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  WICK_AUTOCAST(full, l1_loss, self, target, reduction);
  return ops::reduce((self - target).abs(), reduction);
}

Tensor mse_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  WICK_AUTOCAST(full, mse_loss, self, target, reduction);
  return difference_loss("MseLossBackward0", table::mse, {}, self, target, reduction, [](const Tensor& d) { return d * 2; });
}
Tensor& mse_loss_out(Tensor& out, const Tensor& self, const Tensor& target, int64_t reduction) {
  return out_from("mse_loss", out, {self, target}, [&] { return mse_loss(self, target, reduction); });
}

Tensor smooth_l1_loss(const Tensor& self, const Tensor& target, int64_t reduction, double beta) {
  WICK_AUTOCAST(full, smooth_l1_loss, self, target, reduction, beta);
  WICK_CHECK(beta >= 0, "smooth_l1_loss does not support negative values for beta.");
  if (beta == 0) return l1_loss(self, target, reduction);
  return difference_loss("SmoothL1LossBackward0", table::smooth_l1, params(beta), self, target, reduction, [beta](const Tensor& d) { return clamp(d / beta, -1, 1); });
}
Tensor& smooth_l1_loss_out(Tensor& out, const Tensor& self, const Tensor& target, int64_t reduction, double beta) {
  return out_from("smooth_l1_loss", out, {self, target}, [&] { return smooth_l1_loss(self, target, reduction, beta); });
}

Tensor huber_loss(const Tensor& self, const Tensor& target, int64_t reduction, double delta) {
  WICK_AUTOCAST(full, huber_loss, self, target, reduction, delta);
  WICK_CHECK(delta > 0, "huber_loss does not support non-positive values for delta.");
  return difference_loss("HuberLossBackward0", table::huber, params(delta), self, target, reduction, [delta](const Tensor& d) { return clamp(d, -delta, delta); });
}
Tensor& huber_loss_out(Tensor& out, const Tensor& self, const Tensor& target, int64_t reduction, double delta) {
  return out_from("huber_loss", out, {self, target}, [&] { return huber_loss(self, target, reduction, delta); });
}

Tensor binary_cross_entropy(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction) {
  WICK_AUTOCAST(full, binary_cross_entropy, self, target, weight, reduction);
  check_defined("binary_cross_entropy", {self, target});
  check_probabilities(self);
  // [n, 1] and [n] belong together element by element, as in PyTorch's kernel.
  if (self.sizes() != target.sizes() && self.squeeze().sizes() == target.squeeze().sizes()) return binary_cross_entropy(self, target.reshape(self.sizes()), weight, reduction);
  const bool weighted = tensor_or_none(weight).defined();
  const int64_t inner = weighted ? int64_t{Reduction::None} : reduction;
  const int64_t n = count(broadcast_shape("binary_cross_entropy", self.sizes(), target.sizes()));
  const Tensor loss = record("BinaryCrossEntropyBackward0", {self, target}, in(0) | in(1), [&] { return ops::reduce(bce_terms(self, target), inner); },
                             [inner, n](Backward& b) {
                               const Tensor x = b.in(0), t = b.in(1), g = inner == Reduction::Mean ? b.g() / n : b.g();
                               if (b.needs(0)) b.grad(0, g * (x - t) / clamp_min((1 - x) * x, 1e-12));
                               if (b.needs(1)) b.grad(1, g * (log(1 - x) - log(x)));
                             });
  return weighted ? ops::reduce(loss * *weight, reduction) : loss;
}
Tensor& binary_cross_entropy_out(Tensor& out, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction) {
  return out_from("binary_cross_entropy", out, {self, target}, [&] { return binary_cross_entropy(self, target, weight, reduction); });
}

Tensor binary_cross_entropy_with_logits(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, const std::optional<Tensor>& pos_weight, int64_t reduction) {
  WICK_AUTOCAST(full, binary_cross_entropy_with_logits, self, target, weight, pos_weight, reduction);
  check_defined("binary_cross_entropy_with_logits", {self, target});
  const Tensor &w = tensor_or_none(weight), &pw = tensor_or_none(pos_weight);
  if (w.defined() || pw.defined()) {
    Tensor loss = (1 - target) * self - (pw.defined() ? ((pw - 1) * target + 1) * log_sigmoid(self) : log_sigmoid(self));
    if (w.defined()) loss = loss * w;
    return ops::reduce(loss, reduction);
  }
  const int64_t n = count(broadcast_shape("binary_cross_entropy_with_logits", self.sizes(), target.sizes()));
  return record("BinaryCrossEntropyWithLogitsBackward0", {self, target}, Uses().grad(0, in(0) | in(1)).grad(1, in(0)),
                [&] { return ops::reduce((1 - target) * self - log_sigmoid(self), reduction); },
                [reduction, n](Backward& b) {
                  const Tensor g = reduction == Reduction::Mean ? b.g() / n : b.g();
                  if (b.needs(0)) b.grad(0, (b.in(0).sigmoid() - b.in(1)) * g);
                  if (b.needs(1)) b.grad(1, -b.in(0) * g);
                });
}
Tensor& binary_cross_entropy_with_logits_out(Tensor& out, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, const std::optional<Tensor>& pos_weight, int64_t reduction) {
  return out_from("binary_cross_entropy_with_logits", out, {self, target}, [&] { return binary_cross_entropy_with_logits(self, target, weight, pos_weight, reduction); });
}

Tensor kl_div(const Tensor& self, const Tensor& target, int64_t reduction, bool log_target) {
  WICK_AUTOCAST(full, kl_div, self, target, reduction, log_target);
  WICK_CHECK(!self.is_complex() && !target.is_complex(), "kl_div: Complex inputs not supported.");
  return ops::reduce(log_target ? target.exp() * (target - self) : xlogy(target, target) - target * self, reduction);
}

Tensor poisson_nll_loss(const Tensor& input, const Tensor& target, bool log_input, bool full, double eps, int64_t reduction) {
  WICK_AUTOCAST(full, poisson_nll_loss, input, target, log_input, full, eps, reduction);
  Tensor loss = log_input ? input.exp() - target * input : input - target * (input + eps).log();
  if (full) loss = loss + (target * target.log() - target + 0.5 * (2 * M_PI * target).log()).masked_fill(target <= 1, 0);
  return ops::reduce(loss, reduction);
}

Tensor hinge_embedding_loss(const Tensor& self, const Tensor& target, double margin, int64_t reduction) {
  WICK_AUTOCAST(full, hinge_embedding_loss, self, target, margin, reduction);
  const Tensor zero = zeros_like(self), far = clamp_min(margin - self, 0);
  return ops::reduce(where(target != 1, far, zero) + where(target != -1, self, zero), reduction);
}

Tensor soft_margin_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  WICK_AUTOCAST(full, soft_margin_loss, self, target, reduction);
  return ops::reduce((-target * self).exp().log1p(), reduction);
}
Tensor& soft_margin_loss_out(Tensor& out, const Tensor& self, const Tensor& target, int64_t reduction) {
  return out_from("soft_margin_loss", out, {self, target}, [&] { return soft_margin_loss(self, target, reduction); });
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, int64_t reduction) {
  WICK_AUTOCAST(full, margin_ranking_loss, input1, input2, target, margin, reduction);
  return ops::reduce(clamp_min(-target * (input1 - input2) + margin, 0), reduction);
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, int64_t reduction) {
  WICK_AUTOCAST(full, cosine_embedding_loss, input1, input2, target, margin, reduction);
  check_defined("cosine_embedding_loss", {input1, input2, target});
  const int64_t dim = target.dim();
  WICK_CHECK(dim == 0 || dim == 1, "0D or 1D target tensor expected, multi-target not supported");
  WICK_CHECK(input1.dim() == dim + 1, dim, "D target tensor expects ", dim + 1, "D input tensors, but found inputs with sizes ", input1.sizes(), " and ", input2.sizes(), ".");
  const Tensor dots = (input1 * input2).sum(dim), mag1 = (input1 * input1).sum(dim) + 1e-12, mag2 = (input2 * input2).sum(dim) + 1e-12;
  const Tensor cosine = dots / (mag1 * mag2).sqrt(), zero = zeros_like(cosine);
  return ops::reduce(where(target == 1, 1 - cosine, zero) + where(target == -1, clamp_min(cosine - margin, 0), zero), reduction);
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin, double p, double eps, bool swap, int64_t reduction) {
  WICK_AUTOCAST(full, triplet_margin_loss, anchor, positive, negative, margin, p, eps, swap, reduction);
  check_defined("triplet_margin_loss", {anchor, positive, negative});
  WICK_CHECK(anchor.dim() == positive.dim() && positive.dim() == negative.dim(),
             "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor ", anchor.dim(), "D, positive ", positive.dim(), "D, and negative ",
             negative.dim(), "D inputs");
  WICK_CHECK(margin > 0, "Expected margin to be greater than 0, got ", margin);
  const Tensor near = pairwise_distance(anchor, positive, p, eps);
  Tensor far = pairwise_distance(anchor, negative, p, eps);
  if (swap) far = wick::min(far, pairwise_distance(positive, negative, p, eps));
  return ops::reduce(clamp_min(margin + near - far, 0), reduction);
}

}  // namespace wick::inline v1
