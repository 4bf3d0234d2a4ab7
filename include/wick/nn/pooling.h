// Pooling layers.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/expanding_array.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of the pools; the stride is the kernel's size unless set.
template <size_t D>
struct AvgPoolOptions {
  AvgPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride);
  WICK_ARG(ExpandingArray<D>, padding) = 0;
  WICK_ARG(bool, ceil_mode) = false;
  WICK_ARG(bool, count_include_pad) = true;
  WICK_ARG(std::optional<int64_t>, divisor_override) = std::nullopt;
};
template <size_t D>
struct MaxPoolOptions {
  MaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride);
  WICK_ARG(ExpandingArray<D>, padding) = 0;
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
  WICK_ARG(bool, ceil_mode) = false;
};
template <size_t D>
struct MaxUnpoolOptions {
  MaxUnpoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride);
  WICK_ARG(ExpandingArray<D>, padding) = 0;
};
template <size_t D>
struct LPPoolOptions {
  LPPoolOptions(double norm_type, ExpandingArray<D> kernel_size) : norm_type_(norm_type), kernel_size_(kernel_size), stride_(kernel_size) {}
  WICK_ARG(double, norm_type);
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride);
  WICK_ARG(bool, ceil_mode) = false;
};
/// Options of fractional pooling: the wanted size or the ratio of output to input, one of them; `_random_samples` places the windows.
template <size_t D>
struct FractionalMaxPoolOptions {
  using ExpandingArrayDouble = ExpandingArray<D, double>;
  FractionalMaxPoolOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size) {}
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(std::optional<ExpandingArray<D>>, output_size) = std::nullopt;
  WICK_ARG(std::optional<ExpandingArrayDouble>, output_ratio) = std::nullopt;
  WICK_ARG(Tensor, _random_samples);
};
template <class Size>
struct AdaptiveMaxPoolOptions {
  AdaptiveMaxPoolOptions(Size output_size) : output_size_(output_size) {}
  WICK_ARG(Size, output_size);
};
template <class Size>
struct AdaptiveAvgPoolOptions {
  AdaptiveAvgPoolOptions(Size output_size) : output_size_(output_size) {}
  WICK_ARG(Size, output_size);
};

namespace detail {
template <size_t D> struct adaptive_size { using type = ExpandingArrayWithOptionalElem<D>; };
template <> struct adaptive_size<1> { using type = ExpandingArray<1>; };
}  // namespace detail

/// Averages, maxima (with their places on demand), p-norms over windows; windows of a size that gives a wanted
/// output; and the way back from maxima. (https://pytorch.org/docs/stable/nn.html#pooling-layers)
#define WICK_POOL_LAYER(Name, Options_, Argument, FORWARD)            \
  using Name##Options = Options_;                                     \
  class Name##Impl : public Cloneable<Name##Impl> {                   \
   public:                                                            \
    Name##Impl(Argument size);                                        \
    explicit Name##Impl(const Options_& options_);                    \
    void reset() override;                                            \
    void pretty_print(std::ostream& stream) const override;           \
    FORWARD                                                           \
    Options_ options;                                                 \
  };                                                                  \
  WICK_MODULE(Name);
#define WICK_FORWARD Tensor forward(const Tensor& input);
#define WICK_FORWARD_INDICES        \
  Tensor forward(const Tensor& input); \
  std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);
#define WICK_FORWARD_UNPOOL                                                                                                        \
  Tensor forward(const Tensor& input, const Tensor& indices, const std::optional<std::vector<int64_t>>& output_size = std::nullopt); \
  DefaultArguments _forward_default_args() const override;
#define WICK_POOL_LAYERS(D)                                                                                                            \
  WICK_POOL_LAYER(AvgPool##D##d, AvgPoolOptions<D>, ExpandingArray<D>, WICK_FORWARD)                                                   \
  WICK_POOL_LAYER(MaxPool##D##d, MaxPoolOptions<D>, ExpandingArray<D>, WICK_FORWARD_INDICES)                                           \
  WICK_POOL_LAYER(MaxUnpool##D##d, MaxUnpoolOptions<D>, ExpandingArray<D>, WICK_FORWARD_UNPOOL)                                        \
  WICK_POOL_LAYER(AdaptiveAvgPool##D##d, AdaptiveAvgPoolOptions<detail::adaptive_size<D>::type>, detail::adaptive_size<D>::type, WICK_FORWARD) \
  WICK_POOL_LAYER(AdaptiveMaxPool##D##d, AdaptiveMaxPoolOptions<detail::adaptive_size<D>::type>, detail::adaptive_size<D>::type, WICK_FORWARD_INDICES)
WICK_POOL_LAYERS(1)
WICK_POOL_LAYERS(2)
WICK_POOL_LAYERS(3)
#undef WICK_POOL_LAYERS
#undef WICK_POOL_LAYER
#undef WICK_FORWARD
#undef WICK_FORWARD_INDICES
#undef WICK_FORWARD_UNPOOL

#define WICK_LP_LAYER(D)                                              \
  using LPPool##D##dOptions = LPPoolOptions<D>;                       \
  class LPPool##D##dImpl : public Cloneable<LPPool##D##dImpl> {       \
   public:                                                            \
    LPPool##D##dImpl(double norm_type, ExpandingArray<D> kernel_size); \
    explicit LPPool##D##dImpl(const LPPoolOptions<D>& options_);      \
    void reset() override;                                            \
    void pretty_print(std::ostream& stream) const override;           \
    Tensor forward(const Tensor& input);                              \
    LPPoolOptions<D> options;                                         \
  };                                                                  \
  WICK_MODULE(LPPool##D##d);
WICK_LP_LAYER(1)
WICK_LP_LAYER(2)
WICK_LP_LAYER(3)
#undef WICK_LP_LAYER

/// Maxima over windows at pseudo-random places, so that any output size is possible. Errors: neither or both of output size and ratio, a
/// ratio outside (0, 1). (https://pytorch.org/docs/stable/generated/torch.nn.FractionalMaxPool2d.html)
#define WICK_FRACTIONAL_LAYER(D)                                                                  \
  using FractionalMaxPool##D##dOptions = FractionalMaxPoolOptions<D>;                             \
  class FractionalMaxPool##D##dImpl : public Cloneable<FractionalMaxPool##D##dImpl> {             \
   public:                                                                                        \
    FractionalMaxPool##D##dImpl(ExpandingArray<D> kernel_size);                                   \
    explicit FractionalMaxPool##D##dImpl(FractionalMaxPoolOptions<D> options_);                   \
    void reset() override;                                                                        \
    void pretty_print(std::ostream& stream) const override;                                       \
    Tensor forward(const Tensor& input);                                                          \
    std::tuple<Tensor, Tensor> forward_with_indices(const Tensor& input);                         \
    FractionalMaxPoolOptions<D> options;                                                          \
    Tensor _random_samples;                                                                       \
  };                                                                                              \
  WICK_MODULE(FractionalMaxPool##D##d);
WICK_FRACTIONAL_LAYER(2)
WICK_FRACTIONAL_LAYER(3)
#undef WICK_FRACTIONAL_LAYER

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
template <size_t D>
struct MaxUnpoolFuncOptions {
  MaxUnpoolFuncOptions(ExpandingArray<D> kernel_size) : kernel_size_(kernel_size), stride_(kernel_size) {}
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride);
  WICK_ARG(ExpandingArray<D>, padding) = 0;
  WICK_ARG(std::optional<std::vector<int64_t>>, output_size) = std::nullopt;
};

/// Pooling as functions.
#define WICK_POOL_FUNCTIONS(D)                                                                                              \
  using AvgPool##D##dFuncOptions = AvgPoolOptions<D>;                                                                       \
  using MaxPool##D##dFuncOptions = MaxPoolOptions<D>;                                                                       \
  using LPPool##D##dFuncOptions = LPPoolOptions<D>;                                                                         \
  using MaxUnpool##D##dFuncOptions = MaxUnpoolFuncOptions<D>;                                                               \
  using AdaptiveAvgPool##D##dFuncOptions = AdaptiveAvgPool##D##dOptions;                                                    \
  using AdaptiveMaxPool##D##dFuncOptions = AdaptiveMaxPool##D##dOptions;                                                    \
  Tensor avg_pool##D##d(const Tensor& input, const AvgPool##D##dFuncOptions& options);                                      \
  Tensor max_pool##D##d(const Tensor& input, const MaxPool##D##dFuncOptions& options);                                      \
  std::tuple<Tensor, Tensor> max_pool##D##d_with_indices(const Tensor& input, const MaxPool##D##dFuncOptions& options);     \
  Tensor max_unpool##D##d(const Tensor& input, const Tensor& indices, const MaxUnpool##D##dFuncOptions& options);           \
  Tensor lp_pool##D##d(const Tensor& input, const LPPool##D##dFuncOptions& options);                                        \
  Tensor adaptive_avg_pool##D##d(const Tensor& input, const AdaptiveAvgPool##D##dFuncOptions& options);                     \
  Tensor adaptive_max_pool##D##d(const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& options);                     \
  std::tuple<Tensor, Tensor> adaptive_max_pool##D##d_with_indices(const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& options);
WICK_POOL_FUNCTIONS(1)
WICK_POOL_FUNCTIONS(2)
WICK_POOL_FUNCTIONS(3)
#undef WICK_POOL_FUNCTIONS

/// Fractional max pooling; see FractionalMaxPool2d and FractionalMaxPool3d.
using FractionalMaxPool2dFuncOptions = FractionalMaxPool2dOptions;
using FractionalMaxPool3dFuncOptions = FractionalMaxPool3dOptions;
Tensor fractional_max_pool2d(const Tensor& input, const FractionalMaxPool2dFuncOptions& options);
Tensor fractional_max_pool3d(const Tensor& input, const FractionalMaxPool3dFuncOptions& options);
std::tuple<Tensor, Tensor> fractional_max_pool2d_with_indices(const Tensor& input, const FractionalMaxPool2dFuncOptions& options);
std::tuple<Tensor, Tensor> fractional_max_pool3d_with_indices(const Tensor& input, const FractionalMaxPool3dFuncOptions& options);

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
