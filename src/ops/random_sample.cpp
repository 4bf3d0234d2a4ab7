// Sampling by tensors of parameters, and dropout.
#include <cmath>

#include <wick/ops/nn_backward.h>

#include "ops/random.h"
#include "ops/view.h"

namespace wick::ops {
namespace {

// A result that depends on its inputs by chance only: their gradients are zero.
struct NoGradient {
  void operator()(Backward& b) const {
    for (int i = 0; i < 2; ++i)
      if (i < n && b.needs(i)) b.grad(i, zeros(b.shape(i), b.dtype(i)));
  }
  int n;
};

void check_std(const Tensor& std) {
  WICK_CHECK(!std.is_complex(), "normal expects standard deviation to be non-complex");
  WICK_CHECK(std.numel() == 0 || std.min().ge(0).item<bool>(), "normal expects all elements of std >= 0.0");
}
Tensor standard_normal(IntArrayRef size, ScalarType t, const std::optional<Generator>& g) { return make_tensor(size, t).normal_(0, 1, g); }

void check_p(double p) { WICK_CHECK(p >= 0 && p <= 1, "dropout probability has to be between 0 and 1, but got ", p); }

enum Kind { kElements = 0, kFeatures = 1, kAlpha = 2 };

// What dropout multiplies its input with, and for alpha dropout what it adds.
struct Noise {
  Tensor times, plus;
};
Noise dropout_noise(const Tensor& input, double p, int kind) {
  GateScope off(kGradOff);
  Tensor noise;
  if (kind & kFeatures) {
    WICK_CHECK(input.dim() >= 2, "Feature dropout requires at least 2 dimensions in the input");
    DimVec size(input.sizes());
    for (size_t d = 2; d < size.size(); ++d) size[d] = 1;
    noise = make_tensor(size, input.scalar_type());
  } else {
    noise = empty_like(input);
  }
  noise.bernoulli_(1 - p);
  if (!(kind & kAlpha)) return {noise.div_(1 - p), Tensor()};
  constexpr double alpha = 1.7580993408473766;
  const double a = 1. / std::sqrt((alpha * alpha * p + 1) * (1 - p));
  const Tensor b = noise.add(-1).mul_(alpha * a).add_(alpha * a * p);
  return {noise.mul_(a), b};
}
Tensor drop(const Tensor& input, double p, bool train, int kind) {
  check_defined("dropout", {input});
  check_p(p);
  if (p == 0 || !train || input.numel() == 0) return input;
  if (p == 1) return input.mul(zeros({}, input.options()));
  const Noise n = dropout_noise(input, p, kind);
  const Tensor y = input.mul(n.times);
  return n.plus.defined() ? y.add(n.plus) : y;
}
Tensor& drop_inplace(Tensor& input, double p, bool train, int kind) {
  check_defined("dropout_", {input});
  check_p(p);
  if (p == 0 || !train || input.numel() == 0) return input;
  if (p == 1) return input.mul_(zeros({}, input.options()));
  const Noise n = dropout_noise(input, p, kind);
  input.mul_(n.times);
  return n.plus.defined() ? input.add_(n.plus) : input;
}

// Factors of rrelu: 1 above zero, below it a random slope (or the mean one when not training).
template <class T>
void draw_slopes(rng::GeneratorState& s, const T* x, T* out, int64_t n, double lower, double upper) {
  for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(x[i]) <= 0 ? static_cast<T>(s.unit() * (upper - lower) + lower) : static_cast<T>(1.f);
}
Tensor rrelu_factors(const Tensor& self, const Scalar& lower, const Scalar& upper, bool training, const std::optional<Generator>& generator) {
  check_defined("rrelu", {self});
  const double lo = lower.toDouble(), hi = upper.toDouble();
  WICK_CHECK(lo <= hi, "Lower bound should be less than or equal to the upper bound");
  WICK_CHECK_TYPE(NotImplementedError, self.is_floating_point(), "\"rrelu_with_noise_out_cpu\" not implemented for '", self.scalar_type(), "'");
  GateScope off(kGradOff);
  if (!training) {
    const Tensor positive = self.detach() > 0;
    return full_like(self, (lo + hi) / 2).masked_fill_(positive, 1);
  }
  const Tensor x = raw_contiguous(self), noise = make_tensor(self.sizes(), self.scalar_type());
  Drawing d(generator);
  const int64_t n = x.numel();
  switch (x.scalar_type()) {
    case kFloat: draw_slopes(d.state(), typed<float>(x), typed<float>(noise), n, lo, hi); break;
    case kDouble: draw_slopes(d.state(), typed<double>(x), typed<double>(noise), n, lo, hi); break;
    case kHalf: draw_slopes(d.state(), typed<Half>(x), typed<Half>(noise), n, lo, hi); break;
    default: draw_slopes(d.state(), typed<BFloat16>(x), typed<BFloat16>(noise), n, lo, hi);
  }
  return noise;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Distributions -------------------------------------------------------------------------------------------------------------

Tensor bernoulli(const Tensor& self, std::optional<Generator> generator) {
  check_defined("bernoulli", {self});
  WICK_CHECK_TYPE(NotImplementedError, self.is_floating_point(), "\"bernoulli_tensor_cpu_p_\" not implemented for '", self.scalar_type(), "'");
  return record("BernoulliBackward0", {self}, {}, [&] { return make_tensor(self.sizes(), self.scalar_type()).bernoulli_(self, generator); }, NoGradient{1});
}
Tensor bernoulli(const Tensor& self, double p, std::optional<Generator> generator) { return make_tensor(self.sizes(), self.scalar_type()).bernoulli_(p, generator); }
Tensor bernoulli(const Tensor& self, const Tensor& p, std::optional<Generator> generator) { return make_tensor(self.sizes(), self.scalar_type()).bernoulli_(p, generator); }
Tensor& bernoulli_out(Tensor& out, const Tensor& self, std::optional<Generator> generator) {
  autograd::check_out("bernoulli", out, {self});
  resize_out("bernoulli", out, self.sizes());
  return out.bernoulli_(self, generator);
}
Tensor& bernoulli_out(Tensor& out, const Tensor& self, const Tensor& p, std::optional<Generator> generator) { return out_from("bernoulli", out, {self, p}, [&] { return bernoulli(self, p, generator); }); }
Tensor& bernoulli_out(Tensor& out, const Tensor& self, double p, std::optional<Generator> generator) { return out_from("bernoulli", out, {self}, [&] { return bernoulli(self, p, generator); }); }

Tensor normal(const Tensor& mean, double std, std::optional<Generator> generator) {
  check_defined("normal", {mean});
  WICK_CHECK(std >= 0, "normal expects std >= 0.0, but found std ", std);
  return record("NormalBackward1", {mean}, {}, [&] { return make_tensor(mean.sizes(), mean.scalar_type()).normal_(0, std, generator).add_(mean); }, NoGradient{1});
}
Tensor normal(double mean, const Tensor& std, std::optional<Generator> generator) {
  check_defined("normal", {std});
  check_std(std);
  return record("NormalBackward2", {std}, {}, [&] { return standard_normal(std.sizes(), std.scalar_type(), generator).mul_(std).add_(mean); }, NoGradient{1});
}
Tensor normal(const Tensor& mean, const Tensor& std, std::optional<Generator> generator) {
  check_defined("normal", {mean, std});
  check_std(std);
  const DimVec shape = broadcast_shape("normal", {mean, std});
  return record("NormalBackward3", {mean, std}, {}, [&] { return standard_normal(shape, mean.scalar_type(), generator).mul_(std).add_(mean); }, NoGradient{2});
}
Tensor normal(double mean, double std, IntArrayRef size, std::optional<Generator> generator, TensorOptions options) {
  Tensor t = new_tensor("normal", size, options);
  return finished(t.normal_(mean, std, generator), options);
}
Tensor normal_functional(const Tensor& self, double mean, double std, std::optional<Generator> generator) { return empty_like(self).normal_(mean, std, generator); }
Tensor& normal_out(Tensor& out, const Tensor& mean, double std, std::optional<Generator> generator) { return out_from("normal", out, {mean}, [&] { return normal(mean, std, generator); }); }
Tensor& normal_out(Tensor& out, double mean, const Tensor& std, std::optional<Generator> generator) { return out_from("normal", out, {std}, [&] { return normal(mean, std, generator); }); }
Tensor& normal_out(Tensor& out, const Tensor& mean, const Tensor& std, std::optional<Generator> generator) { return out_from("normal", out, {mean, std}, [&] { return normal(mean, std, generator); }); }
Tensor& normal_out(Tensor& out, double mean, double std, IntArrayRef size, std::optional<Generator> generator) {
  return out_from("normal", out, {}, [&] { return normal(mean, std, size, generator, out.scalar_type()); });
}
Tensor& normal_out(Tensor& out, const Tensor& self, double mean, double std, std::optional<Generator> generator) { return out_from("normal", out, {self}, [&] { return normal_functional(self, mean, std, generator); }); }

Tensor multinomial(const Tensor& self, int64_t num_samples, bool replacement, std::optional<Generator> generator) {
  check_defined("multinomial", {self});
  WICK_CHECK(self.is_floating_point(), "multinomial only supports floating-point dtypes for input, got: ", self.scalar_type());
  WICK_CHECK(self.dim() > 0 && self.dim() <= 2, "prob_dist must be 1 or 2 dim");
  WICK_CHECK(num_samples > 0, "cannot sample n_sample <= 0 samples");
  const int64_t columns = self.size(-1), rows = self.dim() == 2 ? self.size(0) : 1;
  WICK_CHECK(replacement || num_samples <= columns, "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
  WICK_CHECK(columns <= (1 << 24), "number of categories cannot exceed 2^24");
  const Tensor probs = raw_contiguous(self);
  DimVec shape;
  if (self.dim() == 2) shape.push_back(rows);
  shape.push_back(num_samples);
  Tensor r = make_tensor(shape, kLong);
  if (r.numel() == 0) return r;
  Drawing d(generator);
  rng::multinomial(d.state(), probs.scalar_type(), impl(probs)->data, rows, columns, num_samples, replacement, typed<int64_t>(r));
  return r;
}
Tensor& multinomial_out(Tensor& out, const Tensor& self, int64_t num_samples, bool replacement, std::optional<Generator> generator) {
  WICK_CHECK(out.scalar_type() == kLong, "multinomial expects Long tensor out, got: ", out.scalar_type());
  return out_from("multinomial", out, {}, [&] { return multinomial(self, num_samples, replacement, generator); });
}

Tensor poisson(const Tensor& self, std::optional<Generator> generator) {
  check_defined("poisson", {self});
  WICK_CHECK_TYPE(NotImplementedError, self.is_floating_point(), "\"poisson_cpu\" not implemented for '", self.scalar_type(), "'");
  return record("PoissonBackward0", {self}, {},
                [&] {
                  const Tensor rate = raw_contiguous(self);
                  Tensor r = make_tensor(self.sizes(), self.scalar_type());
                  Drawing d(generator);
                  rng::poisson(d.state(), r.scalar_type(), impl(rate)->data, impl(r)->data, r.numel());
                  return r;
                },
                NoGradient{1});
}
Tensor& poisson_out(Tensor& out, const Tensor& self, std::optional<Generator> generator) { return out_from("poisson", out, {self}, [&] { return poisson(self, generator); }); }

Tensor binomial(const Tensor& count, const Tensor& prob, std::optional<Generator> generator) {
  check_defined("binomial", {count, prob});
  WICK_CHECK_TYPE(NotImplementedError, count.scalar_type() == kFloat || count.scalar_type() == kDouble, "\"binomial_cpu\" not implemented for '", count.scalar_type(), "'");
  WICK_CHECK(count.scalar_type() == prob.scalar_type(), "Found dtype ", prob.scalar_type(), " but expected ", count.scalar_type());
  return record("BinomialBackward0", {count, prob}, {},
                [&] {
                  const DimVec shape = broadcast_shape("binomial", {count, prob});
                  const Tensor n = raw_contiguous(count.expand(shape)), p = raw_contiguous(prob.expand(shape));
                  Tensor r = make_tensor(shape, count.scalar_type());
                  Drawing d(generator);
                  rng::binomial(d.state(), r.scalar_type(), impl(n)->data, impl(p)->data, impl(r)->data, r.numel());
                  return r;
                },
                [](Backward&) { throw NotImplementedError("the derivative for 'binomial' is not implemented."); });
}
Tensor& binomial_out(Tensor& out, const Tensor& count, const Tensor& prob, std::optional<Generator> generator) { return out_from("binomial", out, {count, prob}, [&] { return binomial(count, prob, generator); }); }

Tensor _standard_gamma(const Tensor& self, std::optional<Generator> generator) {
  check_defined("_standard_gamma", {self});
  WICK_CHECK_TYPE(NotImplementedError, self.scalar_type() == kFloat || self.scalar_type() == kDouble, "\"gamma_cpu\" not implemented for '", self.scalar_type(), "'");
  return record("StandardGammaBackward0", {self}, {},
                [&] {
                  const Tensor alpha = raw_contiguous(self);
                  Tensor r = make_tensor(self.sizes(), self.scalar_type());
                  Drawing d(generator);
                  rng::standard_gamma(d.state(), r.scalar_type(), impl(alpha)->data, impl(r)->data, r.numel());
                  return r;
                },
                [](Backward&) { throw NotImplementedError("the derivative for '_standard_gamma' is not implemented."); });
}
Tensor _sample_dirichlet(const Tensor& self, std::optional<Generator> generator) {
  check_defined("_sample_dirichlet", {self});
  WICK_CHECK_TYPE(NotImplementedError, self.scalar_type() == kFloat || self.scalar_type() == kDouble, "\"dirichlet\" not implemented for '", self.scalar_type(), "'");
  WICK_CHECK(self.dim() > 0, "_sample_dirichlet: the input must have at least one dimension");
  return record("SampleDirichletBackward0", {self}, {},
                [&] {
                  const Tensor alpha = raw_contiguous(self);
                  Tensor r = make_tensor(self.sizes(), self.scalar_type());
                  const int64_t columns = self.size(-1);
                  Drawing d(generator);
                  if (r.numel() > 0) rng::dirichlet(d.state(), r.scalar_type(), impl(alpha)->data, impl(r)->data, r.numel() / columns, columns);
                  return r;
                },
                [](Backward&) { throw NotImplementedError("the derivative for '_sample_dirichlet' is not implemented."); });
}

// --- Dropout -------------------------------------------------------------------------------------------------------------------

Tensor dropout(const Tensor& input, double p, bool train) { return drop(input, p, train, kElements); }
Tensor& dropout_(Tensor& self, double p, bool train) { return drop_inplace(self, p, train, kElements); }
Tensor alpha_dropout(const Tensor& input, double p, bool train) { return drop(input, p, train, kAlpha); }
Tensor& alpha_dropout_(Tensor& self, double p, bool train) { return drop_inplace(self, p, train, kAlpha); }
Tensor feature_dropout(const Tensor& input, double p, bool train) { return drop(input, p, train, kFeatures); }
Tensor& feature_dropout_(Tensor& self, double p, bool train) { return drop_inplace(self, p, train, kFeatures); }
Tensor feature_alpha_dropout(const Tensor& input, double p, bool train) { return drop(input, p, train, kFeatures | kAlpha); }
Tensor& feature_alpha_dropout_(Tensor& self, double p, bool train) { return drop_inplace(self, p, train, kFeatures | kAlpha); }

std::tuple<Tensor, Tensor> native_dropout(const Tensor& input, double p, std::optional<bool> train) {
  check_defined("native_dropout", {input});
  check_p(p);
  const bool on = train.value_or(true) && input.numel() > 0;
  const double kept = 1. - p, scale = !on ? 1 : kept == 0 ? 0 : 1. / kept;
  Tensor mask = input.numel() == 0 ? empty_like(input) : ones_like(input, TensorOptions(kBool));
  if (on) mask.bernoulli_(kept);
  Tensor y = record("NativeDropoutBackward0", {input}, {}, [&] { return on ? input.mul(mask).mul_(scale) : input.clone(); },
                    [mask, scale, on](Backward& b) { b.grad(0, on ? b.g() * mask * scale : b.g()); });
  return {y, mask};
}
std::tuple<Tensor&, Tensor&> native_dropout_out(Tensor& out0, Tensor& out1, const Tensor& input, double p, std::optional<bool> train) {
  autograd::check_out("native_dropout", out0, {input});
  GateScope off(kGradOff);
  const auto r = native_dropout(input, p, train);
  out_from("native_dropout", out0, {}, [&] { return std::get<0>(r); });
  out_from("native_dropout", out1, {}, [&] { return std::get<1>(r); });
  return {out0, out1};
}

Tensor rrelu(const Tensor& self, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  const Tensor k = rrelu_factors(self, lower, upper, training, generator);
  return record("RreluWithNoiseBackward0", {self}, {}, [&] { return self * k; }, [k](Backward& b) { b.grad(0, b.g() * k); });
}
Tensor& rrelu_(Tensor& self, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  const Tensor k = rrelu_factors(self, lower, upper, training, generator);
  return record_inplace("RreluWithNoiseBackward1", self, {self}, {}, [&] { self.mul_(k); }, [k](Backward& b) { b.grad(0, b.g() * k); });
}

namespace {
Tensor keep_noise(const Tensor& self, Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, const std::optional<Generator>& generator) {
  check_defined("rrelu_with_noise", {self, noise});
  WICK_CHECK(self.sizes() == noise.sizes(), "noise tensor shape must match self tensor shape. Got self.shape = ", self.sizes(), " noise.shape = ", noise.sizes());
  const Tensor k = rrelu_factors(self, lower, upper, training, generator);
  if (training) noise.copy_(k);
  return k;
}
}  // namespace
Tensor rrelu_with_noise(const Tensor& self, Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  const Tensor k = keep_noise(self, noise, lower, upper, training, generator);
  return record("RreluWithNoiseBackward0", {self}, {}, [&] { return self * k; }, [k](Backward& b) { b.grad(0, b.g() * k); });
}
Tensor& rrelu_with_noise_(Tensor& self, Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  const Tensor k = keep_noise(self, noise, lower, upper, training, generator);
  return record_inplace("RreluWithNoiseBackward1", self, {self}, {}, [&] { self.mul_(k); }, [k](Backward& b) { b.grad(0, b.g() * k); });
}
Tensor& rrelu_with_noise_out(Tensor& out, const Tensor& self, Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  return out_from("rrelu_with_noise", out, {self}, [&] { return rrelu_with_noise(self, noise, lower, upper, training, generator); });
}
std::tuple<Tensor, Tensor> rrelu_with_noise_functional(const Tensor& self, const Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, std::optional<Generator> generator) {
  Tensor kept = noise.clone();
  Tensor y = rrelu_with_noise(self, kept, lower, upper, training, generator);
  return {y, kept};
}
Tensor rrelu_with_noise_backward(const Tensor& grad_output, const Tensor& self, const Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, bool self_is_result) {
  if (training && upper.toDouble() - lower.toDouble() > 1e-6) return grad_output * noise;
  return leaky_relu_backward(grad_output, self, (lower.toDouble() + upper.toDouble()) / 2, self_is_result);
}
Tensor& rrelu_with_noise_backward_out(Tensor& out, const Tensor& grad_output, const Tensor& self, const Tensor& noise, const Scalar& lower, const Scalar& upper, bool training, bool self_is_result) {
  return out_from("rrelu_with_noise_backward", out, {grad_output, self, noise}, [&] { return rrelu_with_noise_backward(grad_output, self, noise, lower, upper, training, self_is_result); });
}
Tensor native_dropout_backward(const Tensor& grad_output, const Tensor& mask, double scale) { return grad_output * mask.to(grad_output.scalar_type()) * scale; }
Tensor& native_dropout_backward_out(Tensor& out, const Tensor& grad_output, const Tensor& mask, double scale) {
  return out_from("native_dropout_backward", out, {grad_output, mask}, [&] { return native_dropout_backward(grad_output, mask, scale); });
}

}  // namespace wick::inline v1
