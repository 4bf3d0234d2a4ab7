// Normalisation layers.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/ops/nn.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of batch normalisation; without a momentum the running statistics are plain means. `bias(false)` leaves the bias out of the affine
/// parameters, as it does in the other layers.
struct BatchNormOptions {
  BatchNormOptions(int64_t num_features) : num_features_(num_features) {}
  WICK_ARG(int64_t, num_features);
  WICK_ARG(double, eps) = 1e-5;
  WICK_ARG(std::optional<double>, momentum) = 0.1;
  WICK_ARG(bool, affine) = true;
  WICK_ARG(bool, track_running_stats) = true;
  WICK_ARG(bool, bias) = true;
};
using BatchNorm1dOptions = BatchNormOptions;
using BatchNorm2dOptions = BatchNormOptions;
using BatchNorm3dOptions = BatchNormOptions;
using SyncBatchNormOptions = BatchNormOptions;

/// Options of instance normalisation.
struct InstanceNormOptions {
  InstanceNormOptions(int64_t num_features) : num_features_(num_features) {}
  WICK_ARG(int64_t, num_features);
  WICK_ARG(double, eps) = 1e-5;
  WICK_ARG(double, momentum) = 0.1;
  WICK_ARG(bool, affine) = false;
  WICK_ARG(bool, track_running_stats) = false;
  WICK_ARG(bool, bias) = true;
};
using InstanceNorm1dOptions = InstanceNormOptions;
using InstanceNorm2dOptions = InstanceNormOptions;
using InstanceNorm3dOptions = InstanceNormOptions;

/// Options of layer normalisation: the trailing sizes it runs over.
struct LayerNormOptions {
  LayerNormOptions(std::vector<int64_t> normalized_shape) : normalized_shape_(std::move(normalized_shape)) {}
  WICK_ARG(std::vector<int64_t>, normalized_shape);
  WICK_ARG(double, eps) = 1e-5;
  WICK_ARG(bool, elementwise_affine) = true;
  WICK_ARG(bool, bias) = true;
};

/// Options of RMS normalisation; without eps that of the input's dtype is used.
struct RMSNormOptions {
  RMSNormOptions(std::vector<int64_t> normalized_shape) : normalized_shape_(std::move(normalized_shape)) {}
  WICK_ARG(std::vector<int64_t>, normalized_shape);
  WICK_ARG(std::optional<double>, eps) = std::nullopt;
  WICK_ARG(bool, elementwise_affine) = true;
};

/// Options of group normalisation.
struct GroupNormOptions {
  GroupNormOptions(int64_t num_groups, int64_t num_channels) : num_groups_(num_groups), num_channels_(num_channels) {}
  WICK_ARG(int64_t, num_groups);
  WICK_ARG(int64_t, num_channels);
  WICK_ARG(double, eps) = 1e-5;
  WICK_ARG(bool, affine) = true;
  WICK_ARG(bool, bias) = true;
};

/// Options of local response normalisation: the number of channels it looks at.
struct LocalResponseNormOptions {
  LocalResponseNormOptions(int64_t size) : size_(size) {}
  WICK_ARG(int64_t, size);
  WICK_ARG(double, alpha) = 1e-4;
  WICK_ARG(double, beta) = 0.75;
  WICK_ARG(double, k) = 1.;
};
struct CrossMapLRN2dOptions {
  CrossMapLRN2dOptions(int64_t size) : size_(size) {}
  WICK_ARG(int64_t, size);
  WICK_ARG(double, alpha) = 1e-4;
  WICK_ARG(double, beta) = 0.75;
  WICK_ARG(int64_t, k) = 1;
};

/// What batch and instance normalisation keep: weight, bias and running statistics.
template <size_t D, class Derived, class Options>
class NormImplBase : public Cloneable<Derived> {
 public:
  NormImplBase(const Options& options_);
  void reset() override;
  void reset_running_stats();
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  WICK_LAYER_MEMBERS(weight, bias, running_mean, running_var, num_batches_tracked)
  Options options;
  Tensor weight, bias, running_mean, running_var, num_batches_tracked;

 protected:
  NormImplBase(const Options& options_, detail::Later);  // in the source: a body here would instantiate clone() in every program
};

/// Normalises each channel over the batch (in evaluation by the running statistics), or over one sample.
/// (https://pytorch.org/docs/stable/nn.html#normalization-layers)
#define WICK_NORM_LAYER(Kind, D)                                                              \
  class Kind##D##dImpl : public NormImplBase<D, Kind##D##dImpl, Kind##Options> {              \
   public:                                                                                    \
    Kind##D##dImpl(const Kind##Options& options_);                                            \
    Tensor forward(const Tensor& input);                                                      \
                                                                                              \
   protected:                                                                                 \
    Kind##D##dImpl(const Kind##Options& options_, detail::Later later);                       \
    virtual void _check_input_dim(const Tensor& input);                                       \
  };                                                                                          \
  WICK_MODULE(Kind##D##d);
WICK_NORM_LAYER(BatchNorm, 1)
WICK_NORM_LAYER(BatchNorm, 2)
WICK_NORM_LAYER(BatchNorm, 3)
WICK_NORM_LAYER(InstanceNorm, 1)
WICK_NORM_LAYER(InstanceNorm, 2)
WICK_NORM_LAYER(InstanceNorm, 3)
#undef WICK_NORM_LAYER

/// Batch normalisation over the batches of all processes, for inputs of any number of dimensions; in a single process, over its batch.
/// (https://pytorch.org/docs/stable/generated/torch.nn.SyncBatchNorm.html)
class SyncBatchNormImpl : public NormImplBase<0, SyncBatchNormImpl, BatchNormOptions> {
 public:
  SyncBatchNormImpl(const BatchNormOptions& options_);
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  /// Puts SyncBatchNorm in the place of every BatchNorm below `module`, with the same parameters and statistics; a BatchNorm itself gives a new
  /// SyncBatchNorm. Layers that a model also keeps as a member of type BatchNorm must be read anew through the model's children.
  static std::shared_ptr<Module> convert_sync_batchnorm(const std::shared_ptr<Module>& module);
};
WICK_MODULE(SyncBatchNorm);

/// Normalises over the trailing dimensions.
class LayerNormImpl : public Cloneable<LayerNormImpl> {
 public:
  LayerNormImpl(std::vector<int64_t> normalized_shape);
  explicit LayerNormImpl(LayerNormOptions options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  WICK_LAYER_MEMBERS(weight, bias)
  LayerNormOptions options;
  Tensor weight, bias;
};
WICK_MODULE(LayerNorm);

/// Divides by the root of the mean square over the trailing dimensions.
class RMSNormImpl : public Cloneable<RMSNormImpl> {
 public:
  RMSNormImpl(std::vector<int64_t> normalized_shape);
  explicit RMSNormImpl(RMSNormOptions options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  WICK_LAYER_MEMBERS(weight)
  RMSNormOptions options;
  Tensor weight;
};
WICK_MODULE(RMSNorm);

/// Normalises groups of channels of each sample.
class GroupNormImpl : public Cloneable<GroupNormImpl> {
 public:
  GroupNormImpl(int64_t num_groups, int64_t num_channels);
  explicit GroupNormImpl(const GroupNormOptions& options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  WICK_LAYER_MEMBERS(weight, bias)
  GroupNormOptions options;
  Tensor weight, bias;
};
WICK_MODULE(GroupNorm);

/// Divides by a power of the sum of squares over neighbouring channels.
class LocalResponseNormImpl : public Cloneable<LocalResponseNormImpl> {
 public:
  LocalResponseNormImpl(int64_t size);
  explicit LocalResponseNormImpl(const LocalResponseNormOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  LocalResponseNormOptions options;
};
WICK_MODULE(LocalResponseNorm);

/// The same for images, with an integer k, as Lua Torch had it.
class CrossMapLRN2dImpl : public Cloneable<CrossMapLRN2dImpl> {
 public:
  CrossMapLRN2dImpl(int64_t size);
  explicit CrossMapLRN2dImpl(const CrossMapLRN2dOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  CrossMapLRN2dOptions options;
};
WICK_MODULE(CrossMapLRN2d);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
struct BatchNormFuncOptions {
  WICK_ARG(Tensor, weight);
  WICK_ARG(Tensor, bias);
  WICK_ARG(bool, training) = false;
  WICK_ARG(double, momentum) = 0.1;
  WICK_ARG(double, eps) = 1e-5;
};
struct InstanceNormFuncOptions {
  WICK_ARG(Tensor, running_mean);
  WICK_ARG(Tensor, running_var);
  WICK_ARG(Tensor, weight);
  WICK_ARG(Tensor, bias);
  WICK_ARG(bool, use_input_stats) = true;
  WICK_ARG(double, momentum) = 0.1;
  WICK_ARG(double, eps) = 1e-5;
};
struct LayerNormFuncOptions {
  LayerNormFuncOptions(std::vector<int64_t> normalized_shape) : normalized_shape_(std::move(normalized_shape)) {}
  WICK_ARG(std::vector<int64_t>, normalized_shape);
  WICK_ARG(Tensor, weight);
  WICK_ARG(Tensor, bias);
  WICK_ARG(double, eps) = 1e-5;
};
struct GroupNormFuncOptions {
  GroupNormFuncOptions(int64_t num_groups) : num_groups_(num_groups) {}
  WICK_ARG(int64_t, num_groups);
  WICK_ARG(Tensor, weight);
  WICK_ARG(Tensor, bias);
  WICK_ARG(double, eps) = 1e-5;
};
using LocalResponseNormFuncOptions = LocalResponseNormOptions;
struct NormalizeFuncOptions {
  WICK_ARG(double, p) = 2.0;
  WICK_ARG(int64_t, dim) = 1;
  WICK_ARG(double, eps) = 1e-12;
  WICK_ARG(std::optional<Tensor>, out) = std::nullopt;
};

/// Normalisation as functions; batch_norm updates the running statistics when training.
Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var, const BatchNormFuncOptions& options = {});
Tensor instance_norm(const Tensor& input, const InstanceNormFuncOptions& options = {});
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& options);
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& options);
/// By the path that Python has it at.
using wick::rms_norm;
Tensor local_response_norm(const Tensor& input, const LocalResponseNormFuncOptions& options);
/// Divides by the p-norm along a dimension.
Tensor normalize(const Tensor& input, NormalizeFuncOptions options = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
