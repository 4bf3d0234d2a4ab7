// Losses against class indices: negative log-likelihood, cross-entropy and the margins.
#include <cmath>

#include "autograd/autocast.h"
#include "kernels/cpu/softmax.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

ScalarType accumulator(ScalarType t) { return t == kDouble ? kDouble : kFloat; }

Tensor reduce(const Tensor& loss, int64_t reduction) {
  if (reduction == Reduction::Mean) return loss.mean();
  return reduction == Reduction::Sum ? loss.sum() : loss;
}

// Logits seen as [outer, classes, inner].
struct Classes { int64_t outer, classes, inner; };
Classes classes_of(const Tensor& x) {
  if (x.dim() == 1) return {1, x.size(0), 1};
  int64_t inner = 1;
  for (int64_t d = 2; d < x.dim(); ++d) inner *= x.size(d);
  return {x.size(0), x.size(1), inner};
}
int64_t class_dim(const Tensor& x) { return x.dim() == 1 ? 0 : 1; }

void check_targets(const char* op, const Tensor& x, const Tensor& target, const Tensor& weight) {
  check_defined(op, {x, target});
  WICK_CHECK(x.dim() >= 1, op, ": Expected 1 or more dimensions (got ", x.dim(), ")");
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"", op, "\" not implemented for '", x.scalar_type(), "'");
  WICK_CHECK(target.scalar_type() == kLong || target.scalar_type() == kByte, "expected scalar type Long but found ", target.scalar_type());
  DimVec shape(x.sizes());
  shape.erase(static_cast<size_t>(class_dim(x)));
  if (x.dim() <= 2) {
    WICK_CHECK(target.dim() <= 1, "0D or 1D target tensor expected, multi-target not supported");
    WICK_CHECK_TYPE(ValueError, x.dim() == 1 ? target.numel() == 1 : target.dim() == 1 && x.size(0) == target.size(0), "Expected input batch_size (", x.dim() == 1 ? 1 : x.size(0), ") to match target batch_size (",
                    target.dim() ? target.size(0) : 1, ").");
  } else {
    WICK_CHECK(target.sizes() == IntArrayRef(shape), "size mismatch (got input: ", x.sizes(), ", target: ", target.sizes(), ")");
  }
  const int64_t n = x.size(class_dim(x));
  WICK_CHECK(!weight.defined() || (weight.dim() == 1 && weight.numel() == n), "weight tensor should be defined either for all ", n, " classes or no classes but got weight tensor of shape: ",
             weight.defined() ? weight.sizes() : IntArrayRef());
  WICK_CHECK(!weight.defined() || weight.scalar_type() == x.scalar_type(), "expected scalar type ", x.scalar_type(), " but found ", weight.defined() ? weight.scalar_type() : kFloat);
}

struct NllSums { double loss = 0, weight = 0; };

// Losses of the rows into `rows` (accumulator type) from log-probabilities.
template <class T, class Acc>
NllSums nll_rows(const Tensor& x, const int64_t* target, const Acc* weight, int64_t ignore, Classes c, Acc* rows) {
  const T* p = typed<T>(x);
  NllSums sums;
  for (int64_t o = 0; o < c.outer; ++o)
    for (int64_t i = 0; i < c.inner; ++i) {
      const int64_t r = o * c.inner + i, t = target[r];
      if (t == ignore) { rows[r] = 0; continue; }
      WICK_CHECK_TYPE(IndexError, t >= 0 && t < c.classes, "Target ", t, " is out of bounds.");
      const Acc w = weight ? weight[t] : Acc(1);
      rows[r] = -w * static_cast<Acc>(p[(o * c.classes + t) * c.inner + i]);
      sums.loss += static_cast<double>(rows[r]);
      sums.weight += static_cast<double>(w);
    }
  return sums;
}
NllSums nll_kernel(const Tensor& x, const Tensor& target, const Tensor& weight, int64_t ignore, const Tensor& rows) {
  const Classes c = classes_of(x);
  const int64_t* t = typed<int64_t>(target);
  const float* wf = weight.defined() ? typed<float>(weight) : nullptr;
  switch (x.scalar_type()) {
    case kDouble: return nll_rows<double, double>(x, t, weight.defined() ? typed<double>(weight) : nullptr, ignore, c, typed<double>(rows));
    case kHalf: return nll_rows<Half, float>(x, t, wf, ignore, c, typed<float>(rows));
    case kBFloat16: return nll_rows<BFloat16, float>(x, t, wf, ignore, c, typed<float>(rows));
    default: return nll_rows<float, float>(x, t, wf, ignore, c, typed<float>(rows));
  }
}

Tensor reduced(double loss, double weight, int64_t reduction, ScalarType t) { return make_scalar_tensor(reduction == Reduction::Mean ? loss / weight : loss, t); }

Tensor nll(const char* node, const Tensor& self, const Tensor& target0, const Tensor& weight, int64_t reduction, int64_t ignore) {
  check_targets("nll_loss", self, target0, weight);
  const ScalarType type = self.scalar_type(), acc = accumulator(type);
  const Tensor target = raw_contiguous(target0, kLong), w = weight.defined() ? raw_contiguous(weight.detach(), acc) : weight;
  double total = 0;
  Tensor rows = make_tensor(target.sizes(), acc);
  const Tensor x = raw_contiguous(self);
  const NllSums sums = nll_kernel(x, target, w, ignore, rows);
  total = sums.weight;
  return record(node, {self}, {}, [&] { return reduction == Reduction::None ? rows.to(type) : reduced(sums.loss, sums.weight, reduction, type); },
                [=, dim = class_dim(self)](Backward& b) {
                  // A row's gradient lies at its target alone.
                  const Tensor kept = target != ignore, at = where(kept, target, zeros_like(target));
                  Tensor g = b.g();
                  if (reduction == Reduction::Mean) g = g / total;
                  Tensor factor = kept.to(g.scalar_type());
                  if (w.defined()) factor = factor * w.index_select(0, at.reshape({-1})).reshape(at.sizes()).to(g.scalar_type());
                  const Tensor v = -(g * factor);
                  const bool one = b.shape(0).size() == 1;
                  b.grad(0, zeros(b.shape(0), g.options()).scatter(dim, one ? at.reshape({1}) : at.unsqueeze(dim), one ? v.reshape({1}) : v.unsqueeze(dim)));
                });
}

// --- Cross-entropy against indices: softmax and likelihood in one kernel ------------------------------------------

struct CrossEntropyCase {
  Tensor target, weight, stats;   // contiguous; the weight and the statistics in accumulator type
  kernels::cpu::CrossEntropy o;
  int64_t reduction;
  double divisor;                 // of the mean
};

Tensor cross_entropy_backward(const CrossEntropyCase& c, const Tensor& g, const Tensor& x);

// What the targets say: q with loss = -sum q log p.
Tensor target_distribution(const CrossEntropyCase& c, const Tensor& x) {
  const int64_t dim = class_dim(x), n = x.size(dim);
  const Tensor kept = c.target != c.o.ignore_index, at = where(kept, c.target, zeros_like(c.target));
  DimVec shape(x.sizes().size(), 1);
  shape[static_cast<size_t>(dim)] = n;
  const Tensor w = (c.weight.defined() ? c.weight.to(x.scalar_type()) : ones({n}, x.options())).reshape(shape);
  const Tensor index = x.dim() == 1 ? at.reshape({1}) : at.unsqueeze(dim), mask = (x.dim() == 1 ? kept.reshape({1}) : kept.unsqueeze(dim)).to(x.scalar_type());
  const Tensor hot = zeros(x.sizes(), x.options()).scatter(dim, index, 1.0);
  return (hot * (1 - c.o.label_smoothing) + c.o.label_smoothing / static_cast<double>(n)) * w * mask;
}
void cross_entropy_second(const CrossEntropyCase& c, Backward& b) {
  const Tensor G = b.g(), g0 = b.in(0), x = b.in(1);
  const int64_t dim = class_dim(x);
  const Tensor q = target_distribution(c, x), total = q.sum(dim, true), s = softmax(x, dim);
  if (b.needs(0)) {
    Tensor d = (G * (total * s - q)).sum(dim, x.dim() == 1);
    if (x.dim() == 1) d = d.reshape(c.target.sizes());
    if (c.reduction != Reduction::None) d = d.sum();
    b.grad(0, d / c.divisor);
  }
  if (b.needs(1)) {
    const Tensor g = c.reduction == Reduction::None ? (x.dim() == 1 ? g0.reshape({1}) : g0.unsqueeze(dim)) : g0;
    b.grad(1, g / c.divisor * total * s * (G - (G * s).sum(dim, true)));
  }
}
Tensor cross_entropy_backward(const CrossEntropyCase& c, const Tensor& g, const Tensor& x) {
  return record("CrossEntropyBackwardBackward0", {g, x}, in(0) | in(1),
                [&] {
                  const Tensor logits = raw_contiguous(x), grad = raw_contiguous(g, accumulator(x.scalar_type()));
                  Tensor gx = make_tensor(x.sizes(), x.scalar_type());
                  const Classes k = classes_of(x);
                  kernels::cpu::cross_entropy_backward(c.o, typed<char>(logits), typed<int64_t>(c.target), typed<char>(c.stats), typed<char>(grad), c.reduction == Reduction::None ? 1 : 0, 1 / c.divisor,
                                                       typed<char>(gx), k.outer, k.classes, k.inner);
                  return gx;
                },
                [c](Backward& b) { cross_entropy_second(c, b); });
}

Tensor cross_entropy_indices(const Tensor& self, const Tensor& target, const Tensor& weight, int64_t reduction, int64_t ignore, double smoothing) {
  check_targets("nll_loss_out_frame", self, target, weight);
  const ScalarType type = self.scalar_type(), acc = accumulator(type);
  CrossEntropyCase c{raw_contiguous(target, kLong), weight.defined() ? raw_contiguous(weight.detach(), acc) : weight, {}, {}, reduction, 1};
  c.o = {type, c.weight.defined() ? typed<char>(c.weight) : nullptr, ignore, smoothing};
  const Classes k = classes_of(self);
  if (autograd::recording({self})) c.stats = make_tensor({k.outer, k.inner, 2}, acc);
  const Tensor x = raw_contiguous(self);
  const Tensor rows = reduction == Reduction::None ? make_tensor(target.sizes(), acc) : Tensor();
  const auto sums = kernels::cpu::cross_entropy(c.o, typed<char>(x), typed<int64_t>(c.target), rows.defined() ? typed<char>(rows) : nullptr, c.stats.defined() ? typed<char>(c.stats) : nullptr, nullptr,
                                                k.outer, k.classes, k.inner);
  WICK_CHECK_TYPE(IndexError, sums.bad_row < 0, "Target ", sums.bad_row < 0 ? 0 : typed<int64_t>(c.target)[sums.bad_row], " is out of bounds.");
  if (reduction == Reduction::Mean) c.divisor = sums.weight;
  return record("NllLossBackward0", {self}, in(0), [&] { return rows.defined() ? rows.to(type) : reduced(sums.loss, sums.weight, reduction, type); },
                [c](Backward& b) { b.grad(0, cross_entropy_backward(c, b.g(), b.in(0))); });
}

Tensor cross_entropy_probabilities(const Tensor& self, const Tensor& target0, const Tensor& weight, int64_t reduction, double smoothing) {
  const int64_t dim = class_dim(self), n = self.size(dim);
  WICK_CHECK(is_floating_type(target0.scalar_type()), "Expected floating point type for target with class probabilities, got ", target0.scalar_type());
  WICK_CHECK(!weight.defined() || (weight.dim() == 1 && weight.numel() == n), "cross_entropy: weight tensor should be defined either for all ", n,
             " classes or no classes but got weight tensor of shape: ", weight.defined() ? weight.sizes() : IntArrayRef());
  const Tensor logp = log_softmax(self, dim);
  const Tensor target = smoothing > 0 ? target0 * (1 - smoothing) + smoothing / static_cast<double>(n) : target0;
  Tensor terms = logp * target;
  if (weight.defined()) {
    DimVec shape(self.sizes().size(), 1);
    shape[static_cast<size_t>(dim)] = n;
    terms = terms * weight.reshape(shape);
  }
  if (reduction == Reduction::Mean) return -terms.sum() / (static_cast<double>(terms.numel()) / static_cast<double>(n));
  return reduction == Reduction::Sum ? -terms.sum() : -terms.sum(dim);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor nll_loss(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  WICK_AUTOCAST(full, nll_loss, self, target, weight, reduction, ignore_index);
  check_defined("nll_loss", {self, target});
  WICK_CHECK(self.dim() > 0 && self.dim() <= 2, "input tensor should be 1D or 2D");
  return nll("NllLossBackward0", self, target, tensor_or_none(weight), reduction, ignore_index);
}
Tensor& nll_loss_out(Tensor& out, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  return out_from("nll_loss", out, {self, target}, [&] { return nll_loss(self, target, weight, reduction, ignore_index); });
}
Tensor nll_loss2d(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  WICK_AUTOCAST(full, nll_loss2d, self, target, weight, reduction, ignore_index);
  check_defined("nll_loss2d", {self, target});
  WICK_CHECK(target.dim() == 3, "only batches of spatial targets supported (3D tensors) but got targets of dimension: ", target.dim());
  WICK_CHECK(self.dim() == 4, "only batches of spatial inputs supported (4D tensors), but got input of dimension: ", self.dim());
  return nll("NllLoss2DBackward0", self, target, tensor_or_none(weight), reduction, ignore_index);
}
Tensor& nll_loss2d_out(Tensor& out, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  return out_from("nll_loss2d", out, {self, target}, [&] { return nll_loss2d(self, target, weight, reduction, ignore_index); });
}
Tensor nll_loss_nd(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  WICK_AUTOCAST(full, nll_loss_nd, self, target, weight, reduction, ignore_index);
  check_defined("nll_loss_nd", {self, target});
  WICK_CHECK_TYPE(ValueError, self.dim() >= 1, "Expected 1 or more dimensions (got ", self.dim(), ")");
  WICK_CHECK_TYPE(ValueError, self.dim() == 1 || target.dim() == 0 || self.size(0) == target.size(0), "Expected input batch_size (", self.size(0), ") to match target batch_size (", target.dim() ? target.size(0) : 1, ").");
  return nll(self.dim() <= 2 ? "NllLossBackward0" : "NllLoss2DBackward0", self, target, tensor_or_none(weight), reduction, ignore_index);
}

Tensor cross_entropy_loss(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index, double label_smoothing) {
  WICK_AUTOCAST(full, cross_entropy_loss, self, target, weight, reduction, ignore_index, label_smoothing);
  check_defined("cross_entropy_loss", {self, target});
  WICK_CHECK(label_smoothing >= 0 && label_smoothing <= 1, "label_smoothing must be between 0.0 and 1.0. Got: ", label_smoothing);
  const Tensor& w = tensor_or_none(weight);
  if (self.sizes() == target.sizes() && self.dim() > 0) {
    WICK_CHECK(ignore_index < 0, "ignore_index is not supported for floating point target");
    return cross_entropy_probabilities(self, target, w, reduction, label_smoothing);
  }
  return cross_entropy_indices(self, target, w, reduction, ignore_index, label_smoothing);
}

Tensor multi_margin_loss(const Tensor& self, const Tensor& target, const Scalar& p, const Scalar& margin, const std::optional<Tensor>& weight, int64_t reduction) {
  WICK_AUTOCAST(full, multi_margin_loss, self, target, p, margin, weight, reduction);
  check_defined("multi_margin_loss", {self, target});
  WICK_CHECK(p.equal(1) || p.equal(2), "only p == 1 and p == 2 supported");
  WICK_CHECK(self.dim() >= 1 && self.dim() <= 2 && self.size(-1) != 0, "Expected non-empty vector or matrix with optional 0-dim batch size, but got: ", self.sizes());
  const Tensor x = self.dim() == 1 ? self.unsqueeze(0) : self, t = target.reshape({-1, 1});
  WICK_CHECK(t.size(0) == x.size(0), "inconsistent target size, expected ", x.size(0), " but got ", target.sizes());
  WICK_CHECK(x.size(0) == 0 || (t >= 0).logical_and(t < x.size(1)).all().item<bool>(), "target out of range");
  Tensor z = wick::relu(margin - x.gather(1, t) + x);
  if (p.equal(2)) z = z * z;
  const Tensor& w = tensor_or_none(weight);
  if (w.defined()) z = z * w.index_select(0, t.reshape({-1})).unsqueeze(1);
  const Tensor rows = z.scatter(1, t, 0).sum(1) / x.size(1);
  return ops::reduce(self.dim() == 1 ? rows.squeeze(0) : rows, reduction);
}
Tensor& multi_margin_loss_out(Tensor& out, const Tensor& self, const Tensor& target, const Scalar& p, const Scalar& margin, const std::optional<Tensor>& weight, int64_t reduction) {
  return out_from("multi_margin_loss", out, {self, target}, [&] { return multi_margin_loss(self, target, p, margin, weight, reduction); });
}

Tensor multilabel_margin_loss(const Tensor& self, const Tensor& target, int64_t reduction) {
  WICK_AUTOCAST(full, multilabel_margin_loss, self, target, reduction);
  check_defined("multilabel_margin_loss", {self, target});
  WICK_CHECK(self.sizes() == target.sizes() && self.dim() <= 2, "inconsistent target size: ", target.sizes(), " for input of size: ", self.sizes());
  const Tensor x = self.dim() == 2 ? self : self.reshape({1, -1}), t = target.reshape(x.sizes());
  const int64_t n = x.size(1);
  WICK_CHECK(t.numel() == 0 || (t >= -1).logical_and(t < n).all().item<bool>(), "multilabel_margin_loss: target index must be -1 or between 0 and ", n - 1);
  // Labels count up to the first -1.
  const Tensor valid = (t >= 0).to(kLong).cumprod(1), at = clamp_min(t, 0);
  const Tensor labelled = zeros_like(valid).scatter_add(1, at, valid) > 0;
  const Tensor pairs = valid.unsqueeze(2) * labelled.logical_not().to(kLong).unsqueeze(1);
  const Tensor z = wick::relu(1 - x.gather(1, at).unsqueeze(2) + x.unsqueeze(1));
  const Tensor rows = (z * pairs.to(z.scalar_type())).sum(IntArrayRef{1, 2}) / n;
  return ops::reduce(self.dim() == 2 ? rows : rows.squeeze(0), reduction);
}
Tensor& multilabel_margin_loss_out(Tensor& out, const Tensor& self, const Tensor& target, int64_t reduction) {
  return out_from("multilabel_margin_loss", out, {self, target}, [&] { return multilabel_margin_loss(self, target, reduction); });
}

}  // namespace wick::inline v1
