// Dropout layers.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of dropout: the probability of a zero, and whether the input is overwritten.
struct DropoutOptions {
  DropoutOptions(double p = 0.5) : p_(p) {}
  WICK_ARG(double, p) = 0.5;
  WICK_ARG(bool, inplace) = false;
};
using Dropout2dOptions = DropoutOptions;
using Dropout3dOptions = DropoutOptions;
using AlphaDropoutOptions = DropoutOptions;
using FeatureAlphaDropoutOptions = DropoutOptions;

/// In training, zeros elements (Dropout), whole channels (2d, 3d), or replaces them so that SELU's mean and
/// variance stay (Alpha). Errors: p outside [0, 1]. (https://pytorch.org/docs/stable/nn.html#dropout-layers)
#define WICK_DROPOUT_LAYER(Name, Input)                               \
  class Name##Impl : public Cloneable<Name##Impl> {                   \
   public:                                                            \
    Name##Impl(double p);                                             \
    explicit Name##Impl(const DropoutOptions& options_ = {});         \
    void reset() override;                                            \
    void pretty_print(std::ostream& stream) const override;           \
    Tensor forward(Input input);                                      \
    DropoutOptions options;                                           \
  };                                                                  \
  WICK_MODULE(Name);
WICK_DROPOUT_LAYER(Dropout, Tensor)
WICK_DROPOUT_LAYER(Dropout2d, Tensor)
WICK_DROPOUT_LAYER(Dropout3d, Tensor)
WICK_DROPOUT_LAYER(AlphaDropout, const Tensor&)
WICK_DROPOUT_LAYER(FeatureAlphaDropout, const Tensor&)
#undef WICK_DROPOUT_LAYER

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
struct DropoutFuncOptions {
  WICK_ARG(double, p) = 0.5;
  WICK_ARG(bool, training) = true;
  WICK_ARG(bool, inplace) = false;
};
using Dropout2dFuncOptions = DropoutFuncOptions;
using Dropout3dFuncOptions = DropoutFuncOptions;
struct AlphaDropoutFuncOptions {
  WICK_ARG(double, p) = 0.5;
  WICK_ARG(bool, training) = false;
  WICK_ARG(bool, inplace) = false;
};
using FeatureAlphaDropoutFuncOptions = AlphaDropoutFuncOptions;

/// Dropout as functions.
Tensor dropout(Tensor input, const DropoutFuncOptions& options = {});
Tensor dropout2d(Tensor input, const Dropout2dFuncOptions& options = {});
Tensor dropout3d(Tensor input, const Dropout3dFuncOptions& options = {});
Tensor alpha_dropout(Tensor input, const AlphaDropoutFuncOptions& options = {});
Tensor feature_alpha_dropout(Tensor input, const FeatureAlphaDropoutFuncOptions& options = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
