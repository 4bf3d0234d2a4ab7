// Layers that learn the size of their input from the first one they get.
#pragma once

#include <wick/nn/conv.h>
#include <wick/nn/linear.h>
#include <wick/nn/norm.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of the lazy layers: those of the layers, without the number of inputs. `LazyConv2dOptions(16, 3).stride(2)`.
struct LazyLinearOptions : LinearOptions {
  LazyLinearOptions(int64_t out_features) : LinearOptions(0, out_features) {}
};
template <size_t D>
struct LazyConvOptions : ConvOptions<D> {
  LazyConvOptions(int64_t out_channels, ExpandingArray<D> kernel_size) : ConvOptions<D>(0, out_channels, kernel_size) {}
};
using LazyConv1dOptions = LazyConvOptions<1>;
using LazyConv2dOptions = LazyConvOptions<2>;
using LazyConv3dOptions = LazyConvOptions<3>;
template <size_t D>
struct LazyConvTransposeOptions : ConvTransposeOptions<D> {
  LazyConvTransposeOptions(int64_t out_channels, ExpandingArray<D> kernel_size) : ConvTransposeOptions<D>(0, out_channels, kernel_size) {}
};
using LazyConvTranspose1dOptions = LazyConvTransposeOptions<1>;
using LazyConvTranspose2dOptions = LazyConvTransposeOptions<2>;
using LazyConvTranspose3dOptions = LazyConvTransposeOptions<3>;
struct LazyBatchNormOptions : BatchNormOptions {
  LazyBatchNormOptions() : BatchNormOptions(0) {}
};
/// Unlike InstanceNormOptions these ask for affine parameters and running statistics, as Python's lazy layers do.
struct LazyInstanceNormOptions : InstanceNormOptions {
  LazyInstanceNormOptions() : InstanceNormOptions(0) { affine(true).track_running_stats(true); }
};

namespace detail {

/// What makes `Base` lazy: no parameters until `initialize_parameters` has seen an input, or an archive was read that holds them. Until then a
/// conversion is only noted.
template <class Derived, class Base, class Options>
class LazyImpl : public Base {
 public:
  explicit LazyImpl(const Options& options_);
  /// Whether the size of the input is still unknown.
  bool has_uninitialized_params() const;
  /// Makes the parameters for inputs like this one; does nothing when they are there. Errors: an input of too few dimensions.
  void initialize_parameters(const Tensor& input);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void load(serialize::InputArchive& archive) override;
  using Base::to;
  void to(Device device, ScalarType dtype, bool non_blocking = false) override;
  void to(ScalarType dtype, bool non_blocking = false) override;
  void to(Device device, bool non_blocking = false) override;

 private:
  void materialize(int64_t size);
  std::optional<ScalarType> dtype_;
  std::optional<Device> device_;
};

}  // namespace detail

/// Linear, convolutions and normalisation whose number of inputs is that of the first input; from then on they are the plain layer, with the
/// same numbers for the same seed. (https://pytorch.org/docs/stable/generated/torch.nn.LazyLinear.html)
class LazyLinearImpl : public detail::LazyImpl<LazyLinearImpl, LinearImpl, LinearOptions> {
 public:
  LazyLinearImpl(int64_t out_features);
  explicit LazyLinearImpl(const LinearOptions& options_);
  Tensor forward(const Tensor& input);
};
WICK_MODULE(LazyLinear);

#define WICK_LAZY_CONV(D)                                                                                                          \
  class LazyConv##D##dImpl : public detail::LazyImpl<LazyConv##D##dImpl, Conv##D##dImpl, Conv##D##dOptions> {                      \
   public:                                                                                                                         \
    LazyConv##D##dImpl(int64_t out_channels, ExpandingArray<D> kernel_size);                                                       \
    explicit LazyConv##D##dImpl(const Conv##D##dOptions& options_);                                                                \
    Tensor forward(const Tensor& input);                                                                                           \
  };                                                                                                                               \
  WICK_MODULE(LazyConv##D##d);                                                                                                     \
  class LazyConvTranspose##D##dImpl : public detail::LazyImpl<LazyConvTranspose##D##dImpl, ConvTranspose##D##dImpl, ConvTranspose##D##dOptions> { \
   public:                                                                                                                         \
    LazyConvTranspose##D##dImpl(int64_t out_channels, ExpandingArray<D> kernel_size);                                              \
    explicit LazyConvTranspose##D##dImpl(const ConvTranspose##D##dOptions& options_);                                              \
    Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = std::nullopt);                             \
  };                                                                                                                               \
  WICK_MODULE(LazyConvTranspose##D##d);
WICK_LAZY_CONV(1)
WICK_LAZY_CONV(2)
WICK_LAZY_CONV(3)
#undef WICK_LAZY_CONV

#define WICK_LAZY_NORM(Kind, D)                                                                                                    \
  using Lazy##Kind##D##dOptions = Lazy##Kind##Options;                                                                             \
  class Lazy##Kind##D##dImpl : public detail::LazyImpl<Lazy##Kind##D##dImpl, Kind##D##dImpl, Kind##Options> {                      \
   public:                                                                                                                         \
    explicit Lazy##Kind##D##dImpl(const Kind##Options& options_ = Lazy##Kind##Options());                                          \
    Tensor forward(const Tensor& input);                                                                                           \
  };                                                                                                                               \
  WICK_MODULE(Lazy##Kind##D##d);
WICK_LAZY_NORM(BatchNorm, 1)
WICK_LAZY_NORM(BatchNorm, 2)
WICK_LAZY_NORM(BatchNorm, 3)
WICK_LAZY_NORM(InstanceNorm, 1)
WICK_LAZY_NORM(InstanceNorm, 2)
WICK_LAZY_NORM(InstanceNorm, 3)
#undef WICK_LAZY_NORM

}  // namespace v1
}  // namespace nn
}  // namespace wick
