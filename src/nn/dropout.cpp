#include <wick/nn/dropout.h>

#include "nn/common.h"

namespace wick::nn {
namespace {
void check_p(double p) { WICK_CHECK_TYPE(ValueError, p >= 0 && p <= 1, "dropout probability has to be between 0 and 1, but got ", p); }
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
WICK_DROPOUT_LAYER(Dropout2d, Tensor, dropout2d)
WICK_DROPOUT_LAYER(Dropout3d, Tensor, dropout3d)
WICK_DROPOUT_LAYER(AlphaDropout, const Tensor&, alpha_dropout)
WICK_DROPOUT_LAYER(FeatureAlphaDropout, const Tensor&, feature_alpha_dropout)
#undef WICK_DROPOUT_LAYER

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

}  // namespace functional::inline v1
}  // namespace wick::nn
