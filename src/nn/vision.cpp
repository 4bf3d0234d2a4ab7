#include <wick/nn/vision.h>

#include <cmath>

#include <wick/ops/vision.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {

namespace {

void print_upsampling(std::ostream& stream, const char* kind, const std::optional<std::vector<double>>& factors, const std::optional<std::vector<int64_t>>& size) {
  stream << "torch::nn::" << kind << '(';
  if (factors) stream << "scale_factor=" << ArrayRef<double>(*factors);
  else if (size) stream << "size=" << IntArrayRef(*size);
}

}  // namespace

UpsampleImpl::UpsampleImpl(UpsampleOptions options_) : options(std::move(options_)) {}
void UpsampleImpl::reset() {}
void UpsampleImpl::pretty_print(std::ostream& stream) const {
  print_upsampling(stream, "Upsample", options.scale_factor(), options.size());
  stream << ", mode=" << enumtype::get_enum_name(options.mode()) << ')';
}
Tensor UpsampleImpl::forward(const Tensor& input) {
  functional::InterpolateFuncOptions o;
  o.size(options.size()).scale_factor(options.scale_factor()).align_corners(options.align_corners());
  switch (options.mode().id()) {
    case enumtype::Id::Linear: o.mode(enumtype::kLinear()); break;
    case enumtype::Id::Bilinear: o.mode(enumtype::kBilinear()); break;
    case enumtype::Id::Bicubic: o.mode(enumtype::kBicubic()); break;
    case enumtype::Id::Trilinear: o.mode(enumtype::kTrilinear()); break;
    default: break;
  }
  return functional::interpolate(input, o);
}

PixelShuffleImpl::PixelShuffleImpl(const PixelShuffleOptions& options_) : options(options_) {}
void PixelShuffleImpl::reset() {}
void PixelShuffleImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::PixelShuffle(upscale_factor=" << options.upscale_factor() << ')'; }
Tensor PixelShuffleImpl::forward(const Tensor& input) { return wick::pixel_shuffle(input, options.upscale_factor()); }

PixelUnshuffleImpl::PixelUnshuffleImpl(const PixelUnshuffleOptions& options_) : options(options_) {}
void PixelUnshuffleImpl::reset() {}
void PixelUnshuffleImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::PixelUnshuffle(downscale_factor=" << options.downscale_factor() << ')'; }
Tensor PixelUnshuffleImpl::forward(const Tensor& input) { return wick::pixel_unshuffle(input, options.downscale_factor()); }

ChannelShuffleImpl::ChannelShuffleImpl(const ChannelShuffleOptions& options_) : options(options_) {}
void ChannelShuffleImpl::reset() {}
void ChannelShuffleImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ChannelShuffle(groups=" << options.groups() << ')'; }
Tensor ChannelShuffleImpl::forward(const Tensor& input) { return functional::channel_shuffle(input, options); }

UpsamplingNearest2dImpl::UpsamplingNearest2dImpl(UpsamplingOptions options_) : options(std::move(options_)) {}
void UpsamplingNearest2dImpl::reset() {}
void UpsamplingNearest2dImpl::pretty_print(std::ostream& stream) const {
  print_upsampling(stream, "UpsamplingNearest2d", options.scale_factor(), options.size());
  stream << ", mode=kNearest)";
}
Tensor UpsamplingNearest2dImpl::forward(const Tensor& input) {
  return functional::interpolate(input, functional::InterpolateFuncOptions().size(options.size()).scale_factor(options.scale_factor()));
}
UpsamplingBilinear2dImpl::UpsamplingBilinear2dImpl(UpsamplingOptions options_) : options(std::move(options_)) {}
void UpsamplingBilinear2dImpl::reset() {}
void UpsamplingBilinear2dImpl::pretty_print(std::ostream& stream) const {
  print_upsampling(stream, "UpsamplingBilinear2d", options.scale_factor(), options.size());
  stream << ", mode=kBilinear)";
}
Tensor UpsamplingBilinear2dImpl::forward(const Tensor& input) {
  return functional::interpolate(input, functional::InterpolateFuncOptions().size(options.size()).scale_factor(options.scale_factor()).mode(enumtype::kBilinear()).align_corners(true));
}

FoldImpl::FoldImpl(ExpandingArray<2> output_size, ExpandingArray<2> kernel_size) : FoldImpl(FoldOptions(output_size, kernel_size)) {}
FoldImpl::FoldImpl(const FoldOptions& options_) : options(options_) {}
void FoldImpl::reset() {}
void FoldImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Fold(output_size=" << options.output_size() << ", kernel_size=" << options.kernel_size() << ", dilation=" << options.dilation()
         << ", padding=" << options.padding() << ", stride=" << options.stride() << ')';
}
Tensor FoldImpl::forward(const Tensor& input) { return functional::fold(input, options); }

UnfoldImpl::UnfoldImpl(ExpandingArray<2> kernel_size) : UnfoldImpl(UnfoldOptions(kernel_size)) {}
UnfoldImpl::UnfoldImpl(const UnfoldOptions& options_) : options(options_) {}
void UnfoldImpl::reset() {}
void UnfoldImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Unfold(kernel_size=" << options.kernel_size() << ", dilation=" << options.dilation() << ", padding=" << options.padding()
         << ", stride=" << options.stride() << ')';
}
Tensor UnfoldImpl::forward(const Tensor& input) { return functional::unfold(input, options); }

CosineSimilarityImpl::CosineSimilarityImpl(const CosineSimilarityOptions& options_) : options(options_) {}
void CosineSimilarityImpl::reset() {}
void CosineSimilarityImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CosineSimilarity(dim=" << options.dim() << ", eps=" << options.eps() << ')'; }
Tensor CosineSimilarityImpl::forward(const Tensor& a, const Tensor& b) { return wick::cosine_similarity(a, b, options.dim(), options.eps()); }

PairwiseDistanceImpl::PairwiseDistanceImpl(const PairwiseDistanceOptions& options_) : options(options_) {}
void PairwiseDistanceImpl::reset() {}
void PairwiseDistanceImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::PairwiseDistance(p=" << options.p() << ", eps=" << options.eps() << ", keepdim=" << yes_no(options.keepdim()) << ')';
}
Tensor PairwiseDistanceImpl::forward(const Tensor& a, const Tensor& b) { return wick::pairwise_distance(a, b, options.p(), options.eps(), options.keepdim()); }

}  // namespace v1

namespace functional::inline v1 {
namespace {

std::vector<int64_t> output_size(const Tensor& input, const InterpolateFuncOptions& o) {
  const size_t d = static_cast<size_t>(input.dim() - 2);
  WICK_CHECK_TYPE(ValueError, o.size() || o.scale_factor(), "either size or scale_factor should be defined");
  WICK_CHECK_TYPE(ValueError, !o.size() || !o.scale_factor(), "only one of size or scale_factor should be defined");
  if (o.size()) return *o.size();
  WICK_CHECK_TYPE(ValueError, o.scale_factor()->size() == d, "scale_factor shape must match input shape. Input is ", d, "D, scale_factor size is ", ArrayRef<double>(*o.scale_factor()));
  std::vector<int64_t> r;
  for (size_t i = 0; i < d; ++i) r.push_back(static_cast<int64_t>(std::floor(static_cast<double>(input.size(static_cast<int64_t>(i) + 2)) * (*o.scale_factor())[i])));
  return r;
}

void need(bool ok, const Tensor& input, const char* mode, int d) {
  WICK_CHECK_TYPE(ValueError, ok, "Got ", input.dim(), "D input, but ", mode, " mode needs ", d, "D input");
}

}  // namespace

Tensor upsample(const Tensor& input, const InterpolateFuncOptions& o) { return interpolate(input, o); }
Tensor upsample_nearest(const Tensor& input, const InterpolateFuncOptions& o) { return interpolate(input, InterpolateFuncOptions(o).mode(enumtype::kNearest())); }
Tensor upsample_bilinear(const Tensor& input, const InterpolateFuncOptions& o) { return interpolate(input, InterpolateFuncOptions(o).mode(enumtype::kBilinear()).align_corners(true)); }
Tensor interpolate(const Tensor& input, const InterpolateFuncOptions& o) {
  using enumtype::Id;
  const Id mode = o.mode().id();
  const std::string name = enumtype::get_enum_name(o.mode());
  const bool interpolating = mode != Id::Nearest && mode != Id::Area;
  WICK_CHECK_TYPE(ValueError, interpolating || !o.align_corners(), "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear");
  WICK_CHECK_TYPE(ValueError, input.dim() >= 3 && input.dim() <= 5, "Input Error: Only 3D, 4D and 5D input Tensors supported (got ", input.dim(),
                  "D) for the modes: nearest | linear | bilinear | bicubic | trilinear (got ", name, ")");
  WICK_CHECK_TYPE(ValueError, !o.antialias() || (input.dim() == 4 && (mode == Id::Bilinear || mode == Id::Bicubic)), "Anti-alias option is only supported for bilinear and bicubic modes");
  const int64_t d = input.dim() - 2;
  const std::vector<int64_t> size = output_size(input, o);
  WICK_CHECK_TYPE(ValueError, static_cast<int64_t>(size.size()) == d, "interpolate: size must have ", d, " elements for input ", input.sizes(), ", got ", IntArrayRef(size));
  std::vector<std::optional<double>> scale(static_cast<size_t>(d));
  if (o.scale_factor() && !o.recompute_scale_factor().value_or(false))
    for (size_t i = 0; i < scale.size(); ++i) scale[i] = (*o.scale_factor())[i];
  const bool corners = o.align_corners().value_or(false);
  switch (mode) {
    case Id::Nearest:
      if (d == 1) return wick::upsample_nearest1d(input, IntArrayRef(size), scale[0]);
      if (d == 2) return wick::upsample_nearest2d(input, IntArrayRef(size), scale[0], scale[1]);
      return wick::upsample_nearest3d(input, IntArrayRef(size), scale[0], scale[1], scale[2]);
    case Id::NearestExact:
      if (d == 1) return wick::_upsample_nearest_exact1d(input, IntArrayRef(size), scale[0]);
      if (d == 2) return wick::_upsample_nearest_exact2d(input, IntArrayRef(size), scale[0], scale[1]);
      return wick::_upsample_nearest_exact3d(input, IntArrayRef(size), scale[0], scale[1], scale[2]);
    case Id::Area:
      if (d == 1) return wick::adaptive_avg_pool1d(input, size);
      if (d == 2) return wick::adaptive_avg_pool2d(input, size);
      return wick::adaptive_avg_pool3d(input, size);
    case Id::Linear:
      need(d == 1, input, "linear", 3);
      return wick::upsample_linear1d(input, IntArrayRef(size), corners, scale[0]);
    case Id::Bilinear:
      need(d == 2, input, "bilinear", 4);
      if (o.antialias()) return wick::_upsample_bilinear2d_aa(input, IntArrayRef(size), corners, scale[0], scale[1]);
      return wick::upsample_bilinear2d(input, IntArrayRef(size), corners, scale[0], scale[1]);
    case Id::Bicubic:
      need(d == 2, input, "bicubic", 4);
      if (o.antialias()) return wick::_upsample_bicubic2d_aa(input, IntArrayRef(size), corners, scale[0], scale[1]);
      return wick::upsample_bicubic2d(input, IntArrayRef(size), corners, scale[0], scale[1]);
    default:
      need(d == 3, input, "trilinear", 5);
      return wick::upsample_trilinear3d(input, IntArrayRef(size), corners, scale[0], scale[1], scale[2]);
  }
}

Tensor pixel_shuffle(const Tensor& input, const PixelShuffleFuncOptions& o) { return wick::pixel_shuffle(input, o.upscale_factor()); }
Tensor pixel_unshuffle(const Tensor& input, const PixelUnshuffleFuncOptions& o) { return wick::pixel_unshuffle(input, o.downscale_factor()); }
Tensor channel_shuffle(const Tensor& input, const ChannelShuffleFuncOptions& o) { return wick::channel_shuffle(input, o.groups()); }
Tensor fold(const Tensor& input, const FoldFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input.dim() == 3 || input.dim() == 2, "Input Error: Only unbatched (2D) or batched (3D) input Tensors are supported (got ", input.dim(), "D)");
  return wick::col2im(input, o.output_size(), o.kernel_size(), o.dilation(), o.padding(), o.stride());
}
Tensor unfold(const Tensor& input, const UnfoldFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input.dim() == 4, "Input Error: Only 4D input Tensors are supported (got ", input.dim(), "D)");
  return wick::im2col(input, o.kernel_size(), o.dilation(), o.padding(), o.stride());
}
Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, const CosineSimilarityFuncOptions& o) { return wick::cosine_similarity(x1, x2, o.dim(), o.eps()); }
Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, const PairwiseDistanceFuncOptions& o) { return wick::pairwise_distance(x1, x2, o.p(), o.eps(), o.keepdim()); }
Tensor pdist(const Tensor& input, double p) { return wick::pdist(input, p); }

// --- Sampling ----------------------------------------------------------------------------------------------------

Tensor affine_grid(const Tensor& theta, IntArrayRef size, bool align_corners) {
  WICK_CHECK_TYPE(ValueError, theta.is_floating_point(), "Expected theta to have floating point type, but got ", theta.dtype());
  WICK_CHECK_TYPE(ValueError, size.size() == 4 || size.size() == 5, "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ", size);
  const int64_t d = static_cast<int64_t>(size.size()) - 2;
  WICK_CHECK_TYPE(ValueError, theta.dim() == 3 && theta.size(1) == d && theta.size(2) == d + 1, "Expected a batch of ", d, "D affine matrices of shape Nx", d, "x", d + 1, " for size ", size,
                  ". Got ", theta.sizes(), ".");
  for (const int64_t n : size) WICK_CHECK_TYPE(ValueError, n > 0, "Expected non-zero, positive output size. Got ", size);
  return wick::affine_grid_generator(theta, size, align_corners);
}

Tensor grid_sample(const Tensor& input, const Tensor& grid, const GridSampleFuncOptions& o) {
  const int64_t mode = o.mode().is<enumtype::kBilinear>() ? 0 : o.mode().is<enumtype::kNearest>() ? 1 : 2;
  const int64_t outside = o.padding_mode().is<enumtype::kZeros>() ? 0 : o.padding_mode().is<enumtype::kBorder>() ? 1 : 2;
  return wick::grid_sampler(input, grid, mode, outside, o.align_corners().value_or(false));
}

}  // namespace functional::inline v1
}  // namespace wick::nn
