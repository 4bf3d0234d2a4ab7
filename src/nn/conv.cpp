#include <wick/nn/conv.h>

#include <cmath>

#include <wick/nn/padding.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {
namespace {

template <size_t D>
bool all_equal(const ExpandingArray<D>& a, int64_t v) {
  for (const int64_t x : *a)
    if (x != v) return false;
  return true;
}

template <size_t D, class O>
detail::ConvNdOptions<D> common(const O& o, bool transposed) {
  return detail::ConvNdOptions<D>(o.in_channels(), o.out_channels(), o.kernel_size())
      .stride(o.stride()).padding(o.padding()).dilation(o.dilation()).transposed(transposed).groups(o.groups()).bias(o.bias()).padding_mode(o.padding_mode());
}
template <size_t D>
detail::ConvNdOptions<D> plain(const ConvOptions<D>& o) { return common<D>(o, false); }
template <size_t D>
detail::ConvNdOptions<D> transposed(const ConvTransposeOptions<D>& o) { return common<D>(o, true).output_padding(o.output_padding()); }

template <size_t D>
Tensor run(const Tensor& input, const Tensor& weight, const Tensor& bias, IntArrayRef stride, const detail::ConvPadding<D>& padding, IntArrayRef dilation, int64_t groups) {
  const auto b = maybe(bias);
  const auto pick = [&](auto pad) {
    if constexpr (D == 1) return wick::conv1d(input, weight, b, stride, pad, dilation, groups);
    else if constexpr (D == 2) return wick::conv2d(input, weight, b, stride, pad, dilation, groups);
    else return wick::conv3d(input, weight, b, stride, pad, dilation, groups);
  };
  return padding.mode() ? pick(std::string_view(padding.mode())) : pick(IntArrayRef(padding.sizes()));
}

template <size_t D>
Tensor run_transposed(const Tensor& input, const Tensor& weight, const Tensor& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef output_padding, int64_t groups, IntArrayRef dilation) {
  const auto b = maybe(bias);
  if constexpr (D == 1) return wick::conv_transpose1d(input, weight, b, stride, padding, output_padding, groups, dilation);
  else if constexpr (D == 2) return wick::conv_transpose2d(input, weight, b, stride, padding, output_padding, groups, dilation);
  else return wick::conv_transpose3d(input, weight, b, stride, padding, output_padding, groups, dilation);
}

}  // namespace

template <size_t D, class Derived>
ConvNdImpl<D, Derived>::ConvNdImpl(detail::ConvNdOptions<D> options_) : options(std::move(options_)) { ConvNdImpl::reset(); }
template <size_t D, class Derived>
ConvNdImpl<D, Derived>::ConvNdImpl(detail::ConvNdOptions<D> options_, detail::Later) : options(std::move(options_)) {}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::reset() {
  WICK_CHECK_TYPE(ValueError, options.in_channels() > 0 && options.groups() > 0 && options.out_channels() > 0,
                  "in_channels, groups and out_channels must be a positive integer.");
  WICK_CHECK_TYPE(ValueError, options.in_channels() % options.groups() == 0, "in_channels must be divisible by groups (", options.in_channels(), " by ", options.groups(), ")");
  WICK_CHECK_TYPE(ValueError, options.out_channels() % options.groups() == 0, "out_channels must be divisible by groups (", options.out_channels(), " by ", options.groups(), ")");
  // How much to pad each side when the values are not zeros: last dimension first, as `pad` takes it.
  _reversed_padding_repeated_twice.assign(2 * D, 0);
  for (size_t i = 0; i < D; ++i) {
    if (options.padding().is_same()) {
      WICK_CHECK_TYPE(ValueError, (*options.stride())[i] == 1, "padding='same' is not supported for strided convolutions");
      const int64_t total = (*options.dilation())[i] * ((*options.kernel_size())[i] - 1);
      _reversed_padding_repeated_twice[2 * (D - 1 - i)] = total / 2;
      _reversed_padding_repeated_twice[2 * (D - 1 - i) + 1] = total - total / 2;
    } else {
      _reversed_padding_repeated_twice[2 * (D - 1 - i)] = _reversed_padding_repeated_twice[2 * (D - 1 - i) + 1] = (*options.padding().sizes())[i];
    }
  }
  std::vector<int64_t> sizes = options.transposed() ? std::vector<int64_t>{options.in_channels(), options.out_channels() / options.groups()}
                                                    : std::vector<int64_t>{options.out_channels(), options.in_channels() / options.groups()};
  sizes.insert(sizes.end(), options.kernel_size()->begin(), options.kernel_size()->end());
  weight = this->register_parameter("weight", wick::empty(sizes));
  if (options.bias()) bias = this->register_parameter("bias", empty({options.out_channels()}));
  else bias = this->register_parameter("bias", {}, false);
  reset_parameters();
}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::reset_parameters() {
  init::kaiming_uniform_(weight, std::sqrt(5.0));
  if (!bias.defined()) return;
  const double bound = 1 / std::sqrt(static_cast<double>(std::get<0>(init::_calculate_fan_in_and_fan_out(weight))));
  init::uniform_(bias, -bound, bound);
}

template <size_t D, class Derived>
void ConvNdImpl<D, Derived>::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::Conv" << (options.transposed() ? "Transpose" : "") << D << "d(" << options.in_channels() << ", " << options.out_channels()
         << ", kernel_size=" << options.kernel_size() << ", stride=" << options.stride();
  if (options.padding().mode()) stream << ", padding='" << options.padding().mode() << '\'';
  else if (!all_equal(options.padding().sizes(), 0)) stream << ", padding=" << options.padding().sizes();
  if (!all_equal(options.dilation(), 1)) stream << ", dilation=" << options.dilation();
  if (!all_equal(options.output_padding(), 0)) stream << ", output_padding=" << options.output_padding();
  if (options.groups() != 1) stream << ", groups=" << options.groups();
  if (!options.bias()) stream << ", bias=false";
  if (!options.padding_mode().template is<enumtype::kZeros>()) stream << ", padding_mode=" << enumtype::get_enum_name(options.padding_mode());
  stream << ')';
}

template <size_t D, class Derived>
Tensor ConvNdImpl<D, Derived>::_conv_forward(const Tensor& input, const Tensor& weight) {
  if (options.padding_mode().template is<enumtype::kZeros>())
    return run<D>(input, weight, bias, options.stride(), options.padding(), options.dilation(), options.groups());
  functional::PadFuncOptions p(_reversed_padding_repeated_twice);
  if (options.padding_mode().template is<enumtype::kReflect>()) p.mode(enumtype::kReflect());
  else if (options.padding_mode().template is<enumtype::kReplicate>()) p.mode(enumtype::kReplicate());
  else p.mode(enumtype::kCircular());
  return run<D>(functional::pad(input, p), weight, bias, options.stride(), detail::ConvPadding<D>(0), options.dilation(), options.groups());
}

template <size_t D, class Derived>
std::vector<int64_t> ConvNdImpl<D, Derived>::_output_padding(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  if (!output_size) return options.output_padding()->size() ? std::vector<int64_t>(options.output_padding()->begin(), options.output_padding()->end()) : std::vector<int64_t>();
  const size_t extra = static_cast<size_t>(input.dim()) - D;
  IntArrayRef wanted = *output_size;
  if (wanted.size() == D + extra) wanted = wanted.slice(extra);
  WICK_CHECK_TYPE(ValueError, wanted.size() == D, "ConvTranspose", D, "D: for ", input.dim(), "D input, output_size must have ", D, " or ", D + extra, " elements (got ", output_size->size(), ")");
  std::vector<int64_t> result;
  for (size_t d = 0; d < D; ++d) {
    const int64_t stride = (*options.stride())[d];
    const int64_t low = (input.size(static_cast<int64_t>(d + extra)) - 1) * stride - 2 * (*options.padding().sizes())[d] + (*options.dilation())[d] * ((*options.kernel_size())[d] - 1) + 1;
    WICK_CHECK_TYPE(ValueError, wanted[d] >= low && wanted[d] < low + stride, "requested an output size of ", wanted, ", but valid sizes in dimension ", d, " range from ", low, " to ", low + stride - 1,
                    " (for an input of ", input.sizes(), ")");
    result.push_back(wanted[d] - low);
  }
  return result;
}

template <size_t D, class Derived>
Tensor ConvNdImpl<D, Derived>::_conv_transpose_forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {
  WICK_CHECK_TYPE(ValueError, options.padding_mode().template is<enumtype::kZeros>(), "Only `zeros` padding mode is supported for ConvTranspose", D, "d");
  return run_transposed<D>(input, weight, bias, options.stride(), options.padding().sizes(), _output_padding(input, output_size), options.groups(), options.dilation());
}

#define WICK_CONV(D)                                                                                                                                          \
  Conv##D##dImpl::Conv##D##dImpl(int64_t i, int64_t o, ExpandingArray<D> k) : Conv##D##dImpl(Conv##D##dOptions(i, o, k)) {}                                  \
  Conv##D##dImpl::Conv##D##dImpl(Conv##D##dOptions options_) : ConvNdImpl(plain<D>(options_)) {}                                                             \
  Conv##D##dImpl::Conv##D##dImpl(Conv##D##dOptions options_, detail::Later later) : ConvNdImpl(plain<D>(options_), later) {}                                  \
  Tensor Conv##D##dImpl::forward(const Tensor& input) { refresh_tensors(); return _conv_forward(input, weight); }                                                               \
  ConvTranspose##D##dImpl::ConvTranspose##D##dImpl(int64_t i, int64_t o, ExpandingArray<D> k) : ConvTranspose##D##dImpl(ConvTranspose##D##dOptions(i, o, k)) {} \
  ConvTranspose##D##dImpl::ConvTranspose##D##dImpl(ConvTranspose##D##dOptions options_) : ConvNdImpl(transposed<D>(options_)) {}                             \
  ConvTranspose##D##dImpl::ConvTranspose##D##dImpl(ConvTranspose##D##dOptions options_, detail::Later later) : ConvNdImpl(transposed<D>(options_), later) {}  \
  Tensor ConvTranspose##D##dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) { refresh_tensors(); return _conv_transpose_forward(input, output_size); } \
  DefaultArguments ConvTranspose##D##dImpl::_forward_default_args() const { return {{1, AnyValue(std::optional<IntArrayRef>())}}; }                           \
  template class ConvNdImpl<D, Conv##D##dImpl>;                                                                                                               \
  template class ConvNdImpl<D, ConvTranspose##D##dImpl>;
WICK_CONV(1)
WICK_CONV(2)
WICK_CONV(3)
#undef WICK_CONV

}  // namespace v1

namespace functional::inline v1 {

#define WICK_CONV(D)                                                                                                                                \
  Tensor conv##D##d(const Tensor& input, const Tensor& weight, const Conv##D##dFuncOptions& o) {                                                    \
    return run<D>(input, weight, o.bias(), o.stride(), o.padding(), o.dilation(), o.groups());                                                      \
  }                                                                                                                                                 \
  Tensor conv_transpose##D##d(const Tensor& input, const Tensor& weight, const ConvTranspose##D##dFuncOptions& o) {                                 \
    return run_transposed<D>(input, weight, o.bias(), o.stride(), o.padding(), o.output_padding(), o.groups(), o.dilation());                       \
  }
WICK_CONV(1)
WICK_CONV(2)
WICK_CONV(3)
#undef WICK_CONV

}  // namespace functional::inline v1
}  // namespace wick::nn
