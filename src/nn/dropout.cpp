#include <wick/nn/dropout.h>

#include "nn/common.h"

namespace wick::nn {
namespace {
void check_p(double p) { WICK_CHECK_TYPE(ValueError, p >= 0 && p <= 1, "dropout probability has to be between 0 and 1, but got ", p); }
void check_depth(double p, std::string_view mode) {
  WICK_CHECK_TYPE(ValueError, p >= 0 && p <= 1, "drop probability has to be between 0 and 1, but got ", p);
  WICK_CHECK_TYPE(ValueError, mode == "batch" || mode == "row", "mode has to be either 'batch' or 'row', but got ", std::string(mode));
}
}  // namespace

inline namespace v1 {

#define WICK_DROPOUT_LAYER(Name, Input, function)                                                                                    \
  Name##Impl::Name##Impl(double p) : Name##Impl(DropoutOptions(p)) {}                                                                \
  Name##Impl::Name##Impl(const DropoutOptions& options_) : options(options_) { Name##Impl::reset(); }                                \
  void Name##Impl::reset() { check_p(options.p()); }                                                                                 \
  void Name##Impl::pretty_print(std::ostream& stream) const {                                                                        \
    stream << "torch::nn::" #Name "(p=" << options.p() << ", inplace=" << yes_no(options.inplace()) << ')';                          \
  }                                                                                                                                  \
  Tensor Name##Impl::forward(Input input) {                                                                                          \
    return functional::function(input, functional::Name##FuncOptions().p(options.p()).training(is_training()).inplace(options.inplace())); \
  }
WICK_DROPOUT_LAYER(Dropout, Tensor, dropout)
WICK_DROPOUT_LAYER(Dropout1d, Tensor, dropout1d)
WICK_DROPOUT_LAYER(Dropout2d, Tensor, dropout2d)
WICK_DROPOUT_LAYER(Dropout3d, Tensor, dropout3d)
WICK_DROPOUT_LAYER(AlphaDropout, const Tensor&, alpha_dropout)
WICK_DROPOUT_LAYER(FeatureAlphaDropout, const Tensor&, feature_alpha_dropout)
#undef WICK_DROPOUT_LAYER

StochasticDepthImpl::StochasticDepthImpl(double p, std::string mode) : StochasticDepthImpl(StochasticDepthOptions(p, std::move(mode))) {}
StochasticDepthImpl::StochasticDepthImpl(StochasticDepthOptions options_) : options(std::move(options_)) { StochasticDepthImpl::reset(); }
void StochasticDepthImpl::reset() { check_depth(options.p(), options.mode()); }
void StochasticDepthImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::StochasticDepth(p=" << options.p() << ", mode=" << options.mode() << ')'; }
Tensor StochasticDepthImpl::forward(const Tensor& input) { return functional::stochastic_depth(input, options.p(), options.mode(), is_training()); }

}  // namespace v1

namespace functional::inline v1 {
namespace {

// Without a batch dimension the channels come first.
Tensor dropout_nd(Tensor input, const DropoutFuncOptions& o, int64_t batched) {
  check_p(o.p());
  if (input.dim() != batched - 1 && input.dim() != batched)
    warn_once(str("dropout", batched - 2, "d: Received a ", input.dim(), "-D input; inputs of ", batched - 1, " or ", batched, " dimensions are expected"));
  const bool add = input.dim() != batched;
  if (o.inplace()) {
    if (add) input.unsqueeze_(0);
    wick::feature_dropout_(input, o.p(), o.training());
    if (add) input.squeeze_(0);
    return input;
  }
  Tensor r = wick::feature_dropout(add ? input.unsqueeze(0) : input, o.p(), o.training());
  return add ? r.squeeze(0) : r;
}

}  // namespace

Tensor dropout(Tensor input, const DropoutFuncOptions& o) {
  check_p(o.p());
  return o.inplace() ? wick::dropout_(input, o.p(), o.training()) : wick::dropout(input, o.p(), o.training());
}
Tensor dropout1d(Tensor input, const Dropout1dFuncOptions& o) {
  WICK_CHECK(input.dim() == 2 || input.dim() == 3, "dropout1d: Expected 2D or 3D input, but received a ", input.dim(), "D input");
  return dropout_nd(std::move(input), o, 3);
}
Tensor dropout2d(Tensor input, const Dropout2dFuncOptions& o) { return dropout_nd(std::move(input), o, 4); }
Tensor dropout3d(Tensor input, const Dropout3dFuncOptions& o) { return dropout_nd(std::move(input), o, 5); }
Tensor alpha_dropout(Tensor input, const AlphaDropoutFuncOptions& o) {
  check_p(o.p());
  return o.inplace() ? wick::alpha_dropout_(input, o.p(), o.training()) : wick::alpha_dropout(input, o.p(), o.training());
}
Tensor feature_alpha_dropout(Tensor input, const FeatureAlphaDropoutFuncOptions& o) {
  check_p(o.p());
  return o.inplace() ? wick::feature_alpha_dropout_(input, o.p(), o.training()) : wick::feature_alpha_dropout(input, o.p(), o.training());
}
Tensor stochastic_depth(const Tensor& input, double p, std::string_view mode, bool training) {
  check_depth(p, mode);
  if (!training || p == 0) return input;
  WICK_CHECK_TYPE(ValueError, input.dim() > 0, "stochastic_depth: the input needs a dimension for the samples, got a scalar");
  const double survival = 1 - p;
  std::vector<int64_t> sizes(static_cast<size_t>(input.dim()), 1);
  if (mode == "row") sizes[0] = input.size(0);
  Tensor noise = wick::empty(sizes, input.options().requires_grad(false)).bernoulli_(survival);
  if (survival > 0) noise.div_(survival);
  return input * noise;
}
Tensor drop_path(const Tensor& input, double p, bool training) { return stochastic_depth(input, p, "row", training); }

}  // namespace functional::inline v1
}  // namespace wick::nn
