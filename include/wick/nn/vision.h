// Layers on images and pairs: Upsample, PixelShuffle, Fold, Unfold, CosineSimilarity, PairwiseDistance.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/enum.h>
#include <wick/nn/expanding_array.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of Upsample: the wanted size or the factors, and how values between are found.
struct UpsampleOptions {
  using mode_t = enumtype::OneOf<enumtype::kNearest, enumtype::kLinear, enumtype::kBilinear, enumtype::kBicubic, enumtype::kTrilinear>;
  WICK_ARG(std::optional<std::vector<int64_t>>, size) = std::nullopt;
  WICK_ARG(std::optional<std::vector<double>>, scale_factor) = std::nullopt;
  WICK_ARG(mode_t, mode) = enumtype::kNearest();
  WICK_ARG(std::optional<bool>, align_corners) = std::nullopt;
};
/// Options of PixelShuffle and PixelUnshuffle: the factor of each side.
struct PixelShuffleOptions {
  PixelShuffleOptions(int64_t upscale_factor) : upscale_factor_(upscale_factor) {}
  WICK_ARG(int64_t, upscale_factor);
};
struct PixelUnshuffleOptions {
  PixelUnshuffleOptions(int64_t downscale_factor) : downscale_factor_(downscale_factor) {}
  WICK_ARG(int64_t, downscale_factor);
};
/// Options of ChannelShuffle: the number of groups that are interleaved.
struct ChannelShuffleOptions {
  ChannelShuffleOptions(int64_t groups) : groups_(groups) {}
  WICK_ARG(int64_t, groups);
};
/// Options of UpsamplingNearest2d and UpsamplingBilinear2d: the wanted size, or the factors.
struct UpsamplingOptions {
  WICK_ARG(std::optional<std::vector<int64_t>>, size) = std::nullopt;
  WICK_ARG(std::optional<std::vector<double>>, scale_factor) = std::nullopt;
};
using UpsamplingNearest2dOptions = UpsamplingOptions;
using UpsamplingBilinear2dOptions = UpsamplingOptions;
/// Options of Fold and Unfold: sliding windows to columns and back.
struct FoldOptions {
  FoldOptions(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size) : output_size_(output_size), kernel_size_(kernel_size) {}
  WICK_ARG(ExpandingArray<2>, output_size);
  WICK_ARG(ExpandingArray<2>, kernel_size);
  WICK_ARG(ExpandingArray<2>, dilation) = 1;
  WICK_ARG(ExpandingArray<2>, padding) = 0;
  WICK_ARG(ExpandingArray<2>, stride) = 1;
};
struct UnfoldOptions {
  UnfoldOptions(ExpandingArray<2> kernel_size) : kernel_size_(kernel_size) {}
  WICK_ARG(ExpandingArray<2>, kernel_size);
  WICK_ARG(ExpandingArray<2>, dilation) = 1;
  WICK_ARG(ExpandingArray<2>, padding) = 0;
  WICK_ARG(ExpandingArray<2>, stride) = 1;
};
/// Options of the distances.
struct CosineSimilarityOptions {
  WICK_ARG(int64_t, dim) = 1;
  WICK_ARG(double, eps) = 1e-8;
};
struct PairwiseDistanceOptions {
  WICK_ARG(double, p) = 2.0;
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(bool, keepdim) = false;
};

/// Enlarges (or shrinks) signals, images and volumes.
class UpsampleImpl : public Cloneable<UpsampleImpl> {
 public:
  explicit UpsampleImpl(UpsampleOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  UpsampleOptions options;
};
WICK_MODULE(Upsample);

/// Moves channels to pixels, and back.
class PixelShuffleImpl : public Cloneable<PixelShuffleImpl> {
 public:
  explicit PixelShuffleImpl(const PixelShuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  PixelShuffleOptions options;
};
WICK_MODULE(PixelShuffle);
class PixelUnshuffleImpl : public Cloneable<PixelUnshuffleImpl> {
 public:
  explicit PixelUnshuffleImpl(const PixelUnshuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  PixelUnshuffleOptions options;
};
WICK_MODULE(PixelUnshuffle);

/// Takes the channels from each group in turn.
class ChannelShuffleImpl : public Cloneable<ChannelShuffleImpl> {
 public:
  explicit ChannelShuffleImpl(const ChannelShuffleOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  ChannelShuffleOptions options;
};
WICK_MODULE(ChannelShuffle);

/// Enlarges images by repeating pixels, or linearly with the corners aligned; Upsample does the same and more.
class UpsamplingNearest2dImpl : public Cloneable<UpsamplingNearest2dImpl> {
 public:
  explicit UpsamplingNearest2dImpl(UpsamplingOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  UpsamplingOptions options;
};
WICK_MODULE(UpsamplingNearest2d);
class UpsamplingBilinear2dImpl : public Cloneable<UpsamplingBilinear2dImpl> {
 public:
  explicit UpsamplingBilinear2dImpl(UpsamplingOptions options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  UpsamplingOptions options;
};
WICK_MODULE(UpsamplingBilinear2d);

/// Sums columns into the image they came from; takes the windows of an image as columns.
class FoldImpl : public Cloneable<FoldImpl> {
 public:
  FoldImpl(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size);
  explicit FoldImpl(const FoldOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  FoldOptions options;
};
WICK_MODULE(Fold);
class UnfoldImpl : public Cloneable<UnfoldImpl> {
 public:
  UnfoldImpl(ExpandingArray<2> kernel_size);
  explicit UnfoldImpl(const UnfoldOptions& options_);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input);
  UnfoldOptions options;
};
WICK_MODULE(Unfold);

/// Cosine of the angle, and p-norm of the difference, of vectors in pairs.
class CosineSimilarityImpl : public Cloneable<CosineSimilarityImpl> {
 public:
  explicit CosineSimilarityImpl(const CosineSimilarityOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);
  CosineSimilarityOptions options;
};
WICK_MODULE(CosineSimilarity);
class PairwiseDistanceImpl : public Cloneable<PairwiseDistanceImpl> {
 public:
  explicit PairwiseDistanceImpl(const PairwiseDistanceOptions& options_ = {});
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(const Tensor& input1, const Tensor& input2);
  PairwiseDistanceOptions options;
};
WICK_MODULE(PairwiseDistance);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
struct InterpolateFuncOptions {
  using mode_t = enumtype::OneOf<enumtype::kNearest, enumtype::kLinear, enumtype::kBilinear, enumtype::kBicubic, enumtype::kTrilinear, enumtype::kArea, enumtype::kNearestExact>;
  WICK_ARG(std::optional<std::vector<int64_t>>, size) = std::nullopt;
  WICK_ARG(std::optional<std::vector<double>>, scale_factor) = std::nullopt;
  WICK_ARG(mode_t, mode) = enumtype::kNearest();
  WICK_ARG(std::optional<bool>, align_corners) = std::nullopt;
  WICK_ARG(std::optional<bool>, recompute_scale_factor) = std::nullopt;
  WICK_ARG(bool, antialias) = false;
};
struct GridSampleFuncOptions {
  using mode_t = enumtype::OneOf<enumtype::kBilinear, enumtype::kNearest, enumtype::kBicubic>;
  using padding_mode_t = enumtype::OneOf<enumtype::kZeros, enumtype::kBorder, enumtype::kReflection>;
  WICK_ARG(mode_t, mode) = enumtype::kBilinear();
  WICK_ARG(padding_mode_t, padding_mode) = enumtype::kZeros();
  WICK_ARG(std::optional<bool>, align_corners) = std::nullopt;
};
using PixelShuffleFuncOptions = PixelShuffleOptions;
using PixelUnshuffleFuncOptions = PixelUnshuffleOptions;
using ChannelShuffleFuncOptions = ChannelShuffleOptions;
using FoldFuncOptions = FoldOptions;
using UnfoldFuncOptions = UnfoldOptions;
using CosineSimilarityFuncOptions = CosineSimilarityOptions;
using PairwiseDistanceFuncOptions = PairwiseDistanceOptions;

/// Resizing, windows, distances as functions. (https://pytorch.org/docs/stable/nn.functional.html#vision-functions)
Tensor interpolate(const Tensor& input, const InterpolateFuncOptions& options = {});
/// Older names of `interpolate`: as it is, with `nearest`, and with `bilinear` and aligned corners.
Tensor upsample(const Tensor& input, const InterpolateFuncOptions& options);
Tensor upsample_nearest(const Tensor& input, const InterpolateFuncOptions& options);
Tensor upsample_bilinear(const Tensor& input, const InterpolateFuncOptions& options);
Tensor pixel_shuffle(const Tensor& input, const PixelShuffleFuncOptions& options);
Tensor pixel_unshuffle(const Tensor& input, const PixelUnshuffleFuncOptions& options);
Tensor channel_shuffle(const Tensor& input, const ChannelShuffleFuncOptions& options);
Tensor fold(const Tensor& input, const FoldFuncOptions& options);
Tensor unfold(const Tensor& input, const UnfoldFuncOptions& options);
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, const CosineSimilarityFuncOptions& options = {});
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, const PairwiseDistanceFuncOptions& options = {});
Tensor pdist(const Tensor& input, double p = 2.0);

/// A grid of sampling points for affine maps of images or volumes, and sampling at the points of a grid.
Tensor affine_grid(const Tensor& theta, IntArrayRef size, bool align_corners = false);
Tensor grid_sample(const Tensor& input, const Tensor& grid, const GridSampleFuncOptions& options = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
