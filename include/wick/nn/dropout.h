// Dropout layers.
#pragma once

#include <string>
#include <string_view>

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
using Dropout1dOptions = DropoutOptions;
using Dropout2dOptions = DropoutOptions;
using Dropout3dOptions = DropoutOptions;
using AlphaDropoutOptions = DropoutOptions;
using FeatureAlphaDropoutOptions = DropoutOptions;

/// Options of StochasticDepth: the probability of leaving out, and of what: the whole batch (`"batch"`) or each sample by itself (`"row"`).
struct StochasticDepthOptions {
  StochasticDepthOptions(double p = 0.5, std::string mode = "row") : p_(p), mode_(std::move(mode)) {}
  WICK_ARG(double, p) = 0.5;
  WICK_ARG(std::string, mode) = "row";
};
using DropPathOptions = StochasticDepthOptions;

/// In training, zeros elements (Dropout), whole channels (1d, 2d, 3d), or replaces them so that SELU's mean and
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
WICK_DROPOUT_LAYER(Dropout1d, Tensor)
WICK_DROPOUT_LAYER(Dropout2d, Tensor)
WICK_DROPOUT_LAYER(Dropout3d, Tensor)
WICK_DROPOUT_LAYER(AlphaDropout, const Tensor&)
WICK_DROPOUT_LAYER(FeatureAlphaDropout, const Tensor&)
#undef WICK_DROPOUT_LAYER

/// In training, zeros a residual branch, of all samples or of each by itself, and scales those that stay. Errors: p outside [0, 1], another
/// mode. (https://pytorch.org/vision/stable/generated/torchvision.ops.StochasticDepth.html)
class StochasticDepthImpl : public Cloneable<StochasticDepthImpl> {
 public:
  explicit StochasticDepthImpl(double p, std::string mode = "row");
  explicit StochasticDepthImpl(StochasticDepthOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  StochasticDepthOptions options;
};
WICK_MODULE(StochasticDepth);
using DropPathImpl = StochasticDepthImpl;
using DropPath = StochasticDepth;

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
struct DropoutFuncOptions {
  WICK_ARG(double, p) = 0.5;
  WICK_ARG(bool, training) = true;
  WICK_ARG(bool, inplace) = false;
};
using Dropout1dFuncOptions = DropoutFuncOptions;
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
Tensor dropout1d(Tensor input, const Dropout1dFuncOptions& options = {});
Tensor dropout2d(Tensor input, const Dropout2dFuncOptions& options = {});
Tensor dropout3d(Tensor input, const Dropout3dFuncOptions& options = {});
Tensor alpha_dropout(Tensor input, const AlphaDropoutFuncOptions& options = {});
Tensor feature_alpha_dropout(Tensor input, const FeatureAlphaDropoutFuncOptions& options = {});
Tensor stochastic_depth(const Tensor& input, double p, std::string_view mode, bool training = true);
Tensor drop_path(const Tensor& input, double p = 0, bool training = false);

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
