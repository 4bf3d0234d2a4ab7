#include <wick/adapt/domain.h>

#include <cmath>
#include <ostream>

#include <wick/autograd/function.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/module.h>
#include <wick/ops.h>

namespace wick::adapt::inline v1 {
namespace {

struct Reverse : autograd::Function<Reverse> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x, double lambda) {
    ctx->saved_data["lambda"] = lambda;
    return x.view_as(x);
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list g) { return {g[0] * -ctx->saved_data["lambda"].toDouble(), Tensor()}; }
};

void check_pair(const char* op, const Tensor& s, const Tensor& t) {
  WICK_CHECK_TYPE(ValueError, s.dim() == 2 && t.dim() == 2 && s.size(1) == t.size(1) && s.size(0) > 1 && t.size(0) > 1, op, ": features must be [n, d] and [m, d] with two rows or more, got ", s.sizes(), " and ", t.sizes());
}
Tensor covariance(const Tensor& x) {
  const Tensor centred = x - x.mean(IntArrayRef({0}), true);
  return wick::mm(centred.t(), centred).div(static_cast<double>(x.size(0) - 1));
}
Tensor squared_distances(const Tensor& x, const Tensor& y) {
  const Tensor sum = x.mul(x).sum(IntArrayRef({1}), true) + y.mul(y).sum(1) - wick::mm(x, y.t()).mul(2);
  return sum.clamp_min(0);  // rounding
}

}  // namespace

Tensor reverse_gradient(const Tensor& input, double lambda) { return Reverse::apply(input, lambda); }
GradientReversalImpl::GradientReversalImpl(double lambda) : Cloneable("wick::adapt::GradientReversal"), lambda(lambda) {}
void GradientReversalImpl::pretty_print(std::ostream& stream) const { stream << "wick::adapt::GradientReversal(lambda=" << lambda << ")"; }
Tensor GradientReversalImpl::forward(const Tensor& input) { return reverse_gradient(input, lambda); }

double dann_lambda(double progress, double gamma) { return 2 / (1 + std::exp(-gamma * progress)) - 1; }

Tensor coral_loss(const Tensor& source, const Tensor& target) {
  check_pair("coral_loss", source, target);
  const Tensor d = covariance(source) - covariance(target);
  return d.mul(d).sum().div(4.0 * static_cast<double>(source.size(1)) * static_cast<double>(source.size(1)));
}
Tensor coral_align(const Tensor& source, const Tensor& target, double ridge) {
  check_pair("coral_align", source, target);
  WICK_CHECK_TYPE(ValueError, ridge >= 0, "coral_align: ridge must not be negative, got ", ridge);
  NoGradGuard off;
  const Tensor s = source.to(kDouble), t = target.to(kDouble), unit = wick::eye(s.size(1), s.options()).mul(ridge);
  // To a power, by eigenvalues; what has no width at all stays so.
  const auto power = [](const Tensor& c, double p) {
    const auto [values, vectors] = wick::linalg_eigh(c);
    const Tensor safe = values.clamp_min(1e-12);
    return wick::mm(vectors * (p < 0 ? wick::where(values > 1e-10, safe.pow(p), wick::zeros_like(safe)) : safe.pow(p)), vectors.t());
  };
  const Tensor white = wick::mm(s - s.mean(IntArrayRef({0}), true), power(covariance(s) + unit, -0.5));
  return (wick::mm(white, power(covariance(t) + unit, 0.5)) + t.mean(IntArrayRef({0}), true)).to(source.scalar_type());
}

Tensor mmd_loss(const Tensor& source, const Tensor& target, const MmdOptions& options) {
  check_pair("mmd_loss", source, target);
  WICK_CHECK_TYPE(ValueError, !options.scales().empty() && (!options.bandwidth() || *options.bandwidth() > 0), "mmd_loss: needs scales and a bandwidth that is positive");
  for (const double s : options.scales()) WICK_CHECK_TYPE(ValueError, s > 0, "mmd_loss: scales must be positive, got ", s);
  const int64_t n = source.size(0), m = target.size(0), all = n + m;
  const Tensor x = wick::cat({source, target}, 0), d = squared_distances(x, x);
  // A constant in backward; points that are all the same have no distances.
  const Tensor width = options.bandwidth() ? wick::full({}, *options.bandwidth(), x.options().requires_grad(false))
                                           : d.detach().sum().div(static_cast<double>(all * (all - 1))).clamp_min(1e-12);
  Tensor k;
  for (const double s : options.scales()) {
    const Tensor one = d.div(width * -s).exp();
    k = k.defined() ? k + one : one;
  }
  k = k.div(static_cast<double>(options.scales().size()));
  const auto within = [&](int64_t from, int64_t count) {
    const Tensor block = k.slice(0, from, from + count).slice(1, from, from + count);
    const auto c = static_cast<double>(count);
    return options.unbiased() ? (block.sum() - c).div(c * (c - 1)) : block.mean();
  };
  return within(0, n) + within(n, m) - k.slice(0, 0, n).slice(1, n, all).mean().mul(2);
}

Tensor entropy_loss(const Tensor& logits) {
  WICK_CHECK_TYPE(ValueError, logits.dim() == 2, "entropy_loss: logits must be [n, classes], got ", logits.sizes());
  const Tensor log_p = wick::log_softmax(logits, 1);
  return -(log_p.exp() * log_p).sum(1).mean();
}
std::vector<Tensor> tent_parameters(nn::Module& model) {
  std::vector<std::shared_ptr<nn::Module>> norms;
  for (const auto& item : model.named_modules("", false))
    if (item.value()->name().find("Norm") != std::string::npos && !item.value()->named_parameters(false).is_empty()) norms.push_back(item.value());
  WICK_CHECK_TYPE(ValueError, !norms.empty(), "tent_parameters: the model has no normalisation with a scale");
  model.requires_grad_(false);
  model.eval();
  std::vector<Tensor> learn;
  for (const auto& n : norms) {
    if (n->named_buffers(false).contains("running_mean")) n->train();
    for (const Tensor& p : n->parameters(false))
      if (p.defined()) learn.push_back(p.requires_grad_(true));
  }
  return learn;
}

}  // namespace wick::adapt::inline v1
