// Conv1d, Conv2d, Conv3d and their transposes.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/enum.h>
#include <wick/nn/expanding_array.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {
namespace detail {

/// Padding of a convolution: numbers, `kValid` (none) or `kSame` (the output is as large as the input).
template <size_t D>
class ConvPadding {
 public:
  ConvPadding(ExpandingArray<D> sizes) : sizes_(sizes) {}
  ConvPadding(int64_t size) : sizes_(size) {}
  ConvPadding(const std::array<int64_t, D>& sizes) : sizes_(sizes) {}
  ConvPadding(enumtype::kValid) : sizes_(0), mode_("valid") {}
  ConvPadding(enumtype::kSame) : sizes_(0), mode_("same") {}
  const ExpandingArray<D>& sizes() const { return sizes_; }
  const char* mode() const { return mode_; }  // null for numbers
  bool is_same() const { return mode_ && mode_[0] == 's'; }

 private:
  ExpandingArray<D> sizes_;
  const char* mode_ = nullptr;
};

using conv_padding_mode_t = enumtype::OneOf<enumtype::kZeros, enumtype::kReflect, enumtype::kReplicate, enumtype::kCircular>;

/// What the layers of both kinds keep.
template <size_t D>
struct ConvNdOptions {
  using padding_t = ConvPadding<D>;
  ConvNdOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  WICK_ARG(int64_t, in_channels);
  WICK_ARG(int64_t, out_channels);
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride) = 1;
  WICK_ARG(padding_t, padding) = 0;
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
  WICK_ARG(bool, transposed) = false;
  WICK_ARG(ExpandingArray<D>, output_padding) = 0;
  WICK_ARG(int64_t, groups) = 1;
  WICK_ARG(bool, bias) = true;
  WICK_ARG(conv_padding_mode_t, padding_mode) = enumtype::kZeros();
};

}  // namespace detail

/// Options of a convolution: `Conv2dOptions(3, 16, 5).stride(2).bias(false)`. Sizes are one number for all
/// dimensions or one for each.
template <size_t D>
struct ConvOptions {
  using padding_mode_t = detail::conv_padding_mode_t;
  using padding_t = detail::ConvPadding<D>;
  ConvOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  WICK_ARG(int64_t, in_channels);
  WICK_ARG(int64_t, out_channels);
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride) = 1;
  WICK_ARG(padding_t, padding) = 0;
 public:
  auto padding(std::initializer_list<int64_t> sizes) { return padding(padding_t(ExpandingArray<D>(sizes))); }
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
  WICK_ARG(int64_t, groups) = 1;
  WICK_ARG(bool, bias) = true;
  WICK_ARG(padding_mode_t, padding_mode) = enumtype::kZeros();
};
using Conv1dOptions = ConvOptions<1>;
using Conv2dOptions = ConvOptions<2>;
using Conv3dOptions = ConvOptions<3>;

/// Options of a transposed convolution.
template <size_t D>
struct ConvTransposeOptions {
  using padding_mode_t = detail::conv_padding_mode_t;
  ConvTransposeOptions(int64_t in_channels, int64_t out_channels, ExpandingArray<D> kernel_size)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  WICK_ARG(int64_t, in_channels);
  WICK_ARG(int64_t, out_channels);
  WICK_ARG(ExpandingArray<D>, kernel_size);
  WICK_ARG(ExpandingArray<D>, stride) = 1;
  WICK_ARG(ExpandingArray<D>, padding) = 0;
  WICK_ARG(ExpandingArray<D>, output_padding) = 0;
  WICK_ARG(int64_t, groups) = 1;
  WICK_ARG(bool, bias) = true;
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
  WICK_ARG(padding_mode_t, padding_mode) = enumtype::kZeros();
};
using ConvTranspose1dOptions = ConvTransposeOptions<1>;
using ConvTranspose2dOptions = ConvTransposeOptions<2>;
using ConvTranspose3dOptions = ConvTransposeOptions<3>;

/// Base of all convolutions: `weight`, `bias` and options.
template <size_t D, class Derived>
class ConvNdImpl : public Cloneable<Derived> {
 public:
  explicit ConvNdImpl(detail::ConvNdOptions<D> options_);
  void reset() override;
  void reset_parameters();
  void pretty_print(std::ostream& stream) const override;
  WICK_LAYER_MEMBERS(weight, bias)
  detail::ConvNdOptions<D> options;
  Tensor weight, bias;

 protected:
  ConvNdImpl(detail::ConvNdOptions<D> options_, detail::Later);
  Tensor _conv_forward(const Tensor& input, const Tensor& weight);
  Tensor _conv_transpose_forward(const Tensor& input, const std::optional<IntArrayRef>& output_size);
  std::vector<int64_t> _output_padding(const Tensor& input, const std::optional<IntArrayRef>& output_size);
  std::vector<int64_t> _reversed_padding_repeated_twice;
};

/// Convolutions over one, two and three dimensions. (https://pytorch.org/docs/stable/generated/torch.nn.Conv2d.html)
class Conv1dImpl : public ConvNdImpl<1, Conv1dImpl> {
 public:
  Conv1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size);
  explicit Conv1dImpl(Conv1dOptions options_);
  Tensor forward(const Tensor& input);

 protected:
  Conv1dImpl(Conv1dOptions options_, detail::Later);
};
WICK_MODULE(Conv1d);
class Conv2dImpl : public ConvNdImpl<2, Conv2dImpl> {
 public:
  Conv2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size);
  explicit Conv2dImpl(Conv2dOptions options_);
  Tensor forward(const Tensor& input);

 protected:
  Conv2dImpl(Conv2dOptions options_, detail::Later);
};
WICK_MODULE(Conv2d);
class Conv3dImpl : public ConvNdImpl<3, Conv3dImpl> {
 public:
  Conv3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size);
  explicit Conv3dImpl(Conv3dOptions options_);
  Tensor forward(const Tensor& input);

 protected:
  Conv3dImpl(Conv3dOptions options_, detail::Later);
};
WICK_MODULE(Conv3d);

/// Transposed convolutions. `output_size` chooses among the sizes that a stride allows.
class ConvTranspose1dImpl : public ConvNdImpl<1, ConvTranspose1dImpl> {
 public:
  ConvTranspose1dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<1> kernel_size);
  explicit ConvTranspose1dImpl(ConvTranspose1dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = std::nullopt);
  DefaultArguments _forward_default_args() const override;

 protected:
  ConvTranspose1dImpl(ConvTranspose1dOptions options_, detail::Later);
};
WICK_MODULE(ConvTranspose1d);
class ConvTranspose2dImpl : public ConvNdImpl<2, ConvTranspose2dImpl> {
 public:
  ConvTranspose2dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<2> kernel_size);
  explicit ConvTranspose2dImpl(ConvTranspose2dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = std::nullopt);
  DefaultArguments _forward_default_args() const override;

 protected:
  ConvTranspose2dImpl(ConvTranspose2dOptions options_, detail::Later);
};
WICK_MODULE(ConvTranspose2d);
class ConvTranspose3dImpl : public ConvNdImpl<3, ConvTranspose3dImpl> {
 public:
  ConvTranspose3dImpl(int64_t in_channels, int64_t out_channels, ExpandingArray<3> kernel_size);
  explicit ConvTranspose3dImpl(ConvTranspose3dOptions options_);
  Tensor forward(const Tensor& input, const std::optional<IntArrayRef>& output_size = std::nullopt);
  DefaultArguments _forward_default_args() const override;

 protected:
  ConvTranspose3dImpl(ConvTranspose3dOptions options_, detail::Later);
};
WICK_MODULE(ConvTranspose3d);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the functions.
template <size_t D>
struct ConvFuncOptions {
  using padding_t = nn::detail::ConvPadding<D>;
  WICK_ARG(Tensor, bias);
  WICK_ARG(ExpandingArray<D>, stride) = 1;
  WICK_ARG(padding_t, padding) = 0;
 public:
  auto padding(std::initializer_list<int64_t> sizes) { return padding(padding_t(ExpandingArray<D>(sizes))); }
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
  WICK_ARG(int64_t, groups) = 1;
};
using Conv1dFuncOptions = ConvFuncOptions<1>;
using Conv2dFuncOptions = ConvFuncOptions<2>;
using Conv3dFuncOptions = ConvFuncOptions<3>;

/// Options of functional::conv_transpose1d to 3d.
template <size_t D>
struct ConvTransposeFuncOptions {
  WICK_ARG(Tensor, bias);
  WICK_ARG(ExpandingArray<D>, stride) = 1;
  WICK_ARG(ExpandingArray<D>, padding) = 0;
  WICK_ARG(ExpandingArray<D>, output_padding) = 0;
  WICK_ARG(int64_t, groups) = 1;
  WICK_ARG(ExpandingArray<D>, dilation) = 1;
};
using ConvTranspose1dFuncOptions = ConvTransposeFuncOptions<1>;
using ConvTranspose2dFuncOptions = ConvTransposeFuncOptions<2>;
using ConvTranspose3dFuncOptions = ConvTransposeFuncOptions<3>;

/// Convolutions with a given weight.
Tensor conv1d(const Tensor& input, const Tensor& weight, const Conv1dFuncOptions& options = {});
Tensor conv2d(const Tensor& input, const Tensor& weight, const Conv2dFuncOptions& options = {});
Tensor conv3d(const Tensor& input, const Tensor& weight, const Conv3dFuncOptions& options = {});
Tensor conv_transpose1d(const Tensor& input, const Tensor& weight, const ConvTranspose1dFuncOptions& options = {});
Tensor conv_transpose2d(const Tensor& input, const Tensor& weight, const ConvTranspose2dFuncOptions& options = {});
Tensor conv_transpose3d(const Tensor& input, const Tensor& weight, const ConvTranspose3dFuncOptions& options = {});

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
