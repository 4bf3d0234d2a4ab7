#include <wick/nn/pooling.h>

#include <wick/ops/vision.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {
namespace {

template <size_t D>
void print(std::ostream& s, const char* name, const AvgPoolOptions<D>& o) {
  s << name << "(kernel_size=" << o.kernel_size() << ", stride=" << o.stride() << ", padding=" << o.padding() << ')';
}
template <size_t D>
void print(std::ostream& s, const char* name, const MaxPoolOptions<D>& o) {
  s << name << "(kernel_size=" << o.kernel_size() << ", stride=" << o.stride() << ", padding=" << o.padding() << ", dilation=" << o.dilation()
    << ", ceil_mode=" << yes_no(o.ceil_mode()) << ')';
}
template <size_t D>
void print(std::ostream& s, const char* name, const MaxUnpoolOptions<D>& o) {
  s << name << "(kernel_size=" << o.kernel_size() << ", stride=" << o.stride() << ", padding=" << o.padding() << ')';
}
template <size_t D>
void print(std::ostream& s, const char* name, const LPPoolOptions<D>& o) {
  s << name << "(norm_type=" << o.norm_type() << ", kernel_size=" << o.kernel_size() << ", stride=" << o.stride() << ", ceil_mode=" << yes_no(o.ceil_mode()) << ')';
}
template <class S>
void print(std::ostream& s, const char* name, const AdaptiveAvgPoolOptions<S>& o) { s << name << "(output_size=" << o.output_size() << ')'; }
template <class S>
void print(std::ostream& s, const char* name, const AdaptiveMaxPoolOptions<S>& o) { s << name << "(output_size=" << o.output_size() << ')'; }

// Sizes of an adaptive pool, those of the input where none are given.
std::vector<int64_t> adaptive_sizes(const Tensor& input, const ExpandingArray<1>& size) { (void)input; return {(*size)[0]}; }
template <size_t D>
std::vector<int64_t> adaptive_sizes(const Tensor& input, const ExpandingArrayWithOptionalElem<D>& size) {
  WICK_CHECK_TYPE(ValueError, input.dim() > static_cast<int64_t>(D), "Input dimension should be at least ", D + 1, ", got ", input.sizes());
  std::vector<int64_t> r;
  for (size_t i = 0; i < D; ++i) r.push_back((*size)[i] ? *(*size)[i] : input.size(input.dim() - static_cast<int64_t>(D - i)));
  return r;
}

std::vector<int64_t> unpool_sizes(const Tensor& input, IntArrayRef kernel, IntArrayRef stride, IntArrayRef padding, const std::optional<std::vector<int64_t>>& wanted) {
  const size_t d = kernel.size();
  std::vector<int64_t> usual;
  for (size_t i = 0; i < d; ++i)
    usual.push_back((input.size(input.dim() - static_cast<int64_t>(d - i)) - 1) * stride[i] + kernel[i] - 2 * padding[i]);
  if (!wanted) return usual;
  std::vector<int64_t> size = *wanted;
  if (size.size() == d + 2) size.erase(size.begin(), size.begin() + 2);
  WICK_CHECK_TYPE(ValueError, size.size() == d, "output_size should be a sequence containing ", d, " or ", d + 2, " elements, but it has a length of '", wanted->size(), "'");
  for (size_t i = 0; i < d; ++i)
    WICK_CHECK_TYPE(ValueError, usual[i] - stride[i] <= size[i] && size[i] <= usual[i] + stride[i], "invalid output_size ", IntArrayRef(size), " (dim ", i, " must be between ",
                    usual[i] - stride[i], " and ", usual[i] + stride[i], ")");
  return size;
}

// Puts values back to the places their indices name; one dimension is a plane of one column.
Tensor unpool(const Tensor& input, const Tensor& indices, const std::vector<int64_t>& size, IntArrayRef stride, IntArrayRef padding) {
  if (size.size() == 1) return wick::max_unpool2d(input.unsqueeze(-1), indices.unsqueeze(-1), {size[0], 1}).squeeze(-1);
  return size.size() == 2 ? wick::max_unpool2d(input, indices, size) : wick::max_unpool3d(input, indices, size, stride, padding);
}

template <size_t D>
Tensor lp(const Tensor& averages, const LPPoolOptions<D>& o) {
  double window = 1;
  for (const int64_t k : *o.kernel_size()) window *= static_cast<double>(k);
  return (averages.sign() * averages.abs().relu()).mul(window).pow(1. / o.norm_type());
}

template <size_t D>
void check_fractional(const char* name, const FractionalMaxPoolOptions<D>& o) {
  WICK_CHECK_TYPE(ValueError, o.output_size() || o.output_ratio(), name, " requires specifying either an output size, or a pooling ratio");
  WICK_CHECK_TYPE(ValueError, !o.output_size() || !o.output_ratio(), name, ": only one of output_size and output_ratio may be specified");
  if (!o.output_ratio()) return;
  for (const double r : **o.output_ratio()) WICK_CHECK_TYPE(ValueError, 0 < r && r < 1, name, ": output_ratio must be between 0 and 1 (got ", *o.output_ratio(), ")");
}

}  // namespace

#define WICK_POOL(Name, Argument, Options_)                                                                 \
  Name##Impl::Name##Impl(Argument size) : Name##Impl(Options_(size)) {}                                     \
  Name##Impl::Name##Impl(const Options_& options_) : options(options_) {}                                   \
  void Name##Impl::reset() {}                                                                               \
  void Name##Impl::pretty_print(std::ostream& stream) const { print(stream, "torch::nn::" #Name, options); }
#define WICK_POOLS(D)                                                                                                                                              \
  WICK_POOL(AvgPool##D##d, ExpandingArray<D>, AvgPoolOptions<D>)                                                                                                   \
  Tensor AvgPool##D##dImpl::forward(const Tensor& input) { return functional::avg_pool##D##d(input, options); }                                                    \
  WICK_POOL(MaxPool##D##d, ExpandingArray<D>, MaxPoolOptions<D>)                                                                                                   \
  Tensor MaxPool##D##dImpl::forward(const Tensor& input) { return functional::max_pool##D##d(input, options); }                                                    \
  std::tuple<Tensor, Tensor> MaxPool##D##dImpl::forward_with_indices(const Tensor& input) { return functional::max_pool##D##d_with_indices(input, options); }      \
  WICK_POOL(MaxUnpool##D##d, ExpandingArray<D>, MaxUnpoolOptions<D>)                                                                                               \
  Tensor MaxUnpool##D##dImpl::forward(const Tensor& input, const Tensor& indices, const std::optional<std::vector<int64_t>>& output_size) {                        \
    return unpool(input, indices, unpool_sizes(input, options.kernel_size(), options.stride(), options.padding(), output_size), options.stride(), options.padding());  \
  }                                                                                                                                                                \
  DefaultArguments MaxUnpool##D##dImpl::_forward_default_args() const { return {{2, AnyValue(std::optional<std::vector<int64_t>>())}}; }                           \
  WICK_POOL(AdaptiveAvgPool##D##d, detail::adaptive_size<D>::type, AdaptiveAvgPool##D##dOptions)                                                                   \
  Tensor AdaptiveAvgPool##D##dImpl::forward(const Tensor& input) { return functional::adaptive_avg_pool##D##d(input, options); }                                   \
  WICK_POOL(AdaptiveMaxPool##D##d, detail::adaptive_size<D>::type, AdaptiveMaxPool##D##dOptions)                                                                   \
  Tensor AdaptiveMaxPool##D##dImpl::forward(const Tensor& input) { return std::get<0>(forward_with_indices(input)); }                                              \
  std::tuple<Tensor, Tensor> AdaptiveMaxPool##D##dImpl::forward_with_indices(const Tensor& input) { return functional::adaptive_max_pool##D##d_with_indices(input, options); } \
  LPPool##D##dImpl::LPPool##D##dImpl(double p, ExpandingArray<D> kernel_size) : LPPool##D##dImpl(LPPoolOptions<D>(p, kernel_size)) {}                              \
  LPPool##D##dImpl::LPPool##D##dImpl(const LPPoolOptions<D>& options_) : options(options_) {}                                                                      \
  void LPPool##D##dImpl::reset() {}                                                                                                                                \
  void LPPool##D##dImpl::pretty_print(std::ostream& stream) const { print(stream, "torch::nn::LPPool" #D "d", options); }                                          \
  Tensor LPPool##D##dImpl::forward(const Tensor& input) { return functional::lp_pool##D##d(input, options); }
WICK_POOLS(1)
WICK_POOLS(2)
WICK_POOLS(3)
#undef WICK_POOLS
#undef WICK_POOL

#define WICK_FRACTIONAL(D)                                                                                                                             \
  FractionalMaxPool##D##dImpl::FractionalMaxPool##D##dImpl(ExpandingArray<D> kernel_size) : FractionalMaxPool##D##dImpl(FractionalMaxPoolOptions<D>(kernel_size)) {} \
  FractionalMaxPool##D##dImpl::FractionalMaxPool##D##dImpl(FractionalMaxPoolOptions<D> options_) : options(std::move(options_)) { FractionalMaxPool##D##dImpl::reset(); } \
  void FractionalMaxPool##D##dImpl::reset() {                                                                                                          \
    _random_samples = register_buffer("_random_samples", options._random_samples());                                                                   \
    check_fractional("FractionalMaxPool" #D "d", options);                                                                                             \
  }                                                                                                                                                    \
  void FractionalMaxPool##D##dImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::FractionalMaxPool" #D "d()"; }                    \
  Tensor FractionalMaxPool##D##dImpl::forward(const Tensor& input) { return std::get<0>(forward_with_indices(input)); }                                \
  std::tuple<Tensor, Tensor> FractionalMaxPool##D##dImpl::forward_with_indices(const Tensor& input) {                                                  \
    return functional::fractional_max_pool##D##d_with_indices(input, FractionalMaxPoolOptions<D>(options)._random_samples(_random_samples));           \
  }
WICK_FRACTIONAL(2)
WICK_FRACTIONAL(3)
#undef WICK_FRACTIONAL

}  // namespace v1

namespace functional::inline v1 {

Tensor avg_pool1d(const Tensor& input, const AvgPool1dFuncOptions& o) {
  return wick::avg_pool1d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad());
}
Tensor avg_pool2d(const Tensor& input, const AvgPool2dFuncOptions& o) {
  return wick::avg_pool2d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad(), o.divisor_override());
}
Tensor avg_pool3d(const Tensor& input, const AvgPool3dFuncOptions& o) {
  return wick::avg_pool3d(input, o.kernel_size(), o.stride(), o.padding(), o.ceil_mode(), o.count_include_pad(), o.divisor_override());
}

#define WICK_POOLS(D)                                                                                                                                 \
  Tensor max_pool##D##d(const Tensor& input, const MaxPool##D##dFuncOptions& o) {                                                                     \
    return wick::max_pool##D##d(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());                                        \
  }                                                                                                                                                   \
  std::tuple<Tensor, Tensor> max_pool##D##d_with_indices(const Tensor& input, const MaxPool##D##dFuncOptions& o) {                                    \
    return wick::max_pool##D##d_with_indices(input, o.kernel_size(), o.stride(), o.padding(), o.dilation(), o.ceil_mode());                           \
  }                                                                                                                                                   \
  Tensor max_unpool##D##d(const Tensor& input, const Tensor& indices, const MaxUnpool##D##dFuncOptions& o) {                                          \
    return unpool(input, indices, unpool_sizes(input, o.kernel_size(), o.stride(), o.padding(), o.output_size()), o.stride(), o.padding());             \
  }                                                                                                                                                   \
  Tensor adaptive_avg_pool##D##d(const Tensor& input, const AdaptiveAvgPool##D##dFuncOptions& o) {                                                    \
    return wick::adaptive_avg_pool##D##d(input, adaptive_sizes(input, o.output_size()));                                                              \
  }                                                                                                                                                   \
  std::tuple<Tensor, Tensor> adaptive_max_pool##D##d_with_indices(const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& o) {                   \
    return wick::adaptive_max_pool##D##d(input, adaptive_sizes(input, o.output_size()));                                                              \
  }                                                                                                                                                   \
  Tensor adaptive_max_pool##D##d(const Tensor& input, const AdaptiveMaxPool##D##dFuncOptions& o) { return std::get<0>(adaptive_max_pool##D##d_with_indices(input, o)); } \
  Tensor lp_pool##D##d(const Tensor& input, const LPPool##D##dFuncOptions& o) {                                                                       \
    return lp(wick::avg_pool##D##d(input.pow(o.norm_type()), o.kernel_size(), o.stride(), 0, o.ceil_mode()), o);                                      \
  }
WICK_POOLS(1)
WICK_POOLS(2)
WICK_POOLS(3)
#undef WICK_POOLS

namespace {

// The output's size, and a random place for the windows of each channel where none is given.
template <size_t D>
std::pair<std::vector<int64_t>, Tensor> fractional(const Tensor& input, const FractionalMaxPoolOptions<D>& o) {
  WICK_CHECK_TYPE(ValueError, o.output_size() || o.output_ratio(), "fractional_max_pool", D, "d requires specifying either an output_size or an output_ratio");
  const int64_t d = static_cast<int64_t>(D);
  WICK_CHECK_TYPE(ValueError, input.dim() == d + 1 || input.dim() == d + 2, "fractional_max_pool", D, "d: expected ", D + 1, "D or ", D + 2, "D input, got ", input.sizes());
  std::vector<int64_t> size;
  for (size_t i = 0; i < D; ++i)
    size.push_back(o.output_size() ? (**o.output_size())[i] : static_cast<int64_t>(static_cast<double>(input.size(static_cast<int64_t>(i) - d)) * (**o.output_ratio())[i]));
  Tensor samples = o._random_samples();
  if (!samples.defined()) samples = wick::rand({input.dim() == d + 1 ? 1 : input.size(0), input.size(-d - 1), d}, input.options().requires_grad(false));
  return {size, samples};
}

}  // namespace

#define WICK_FRACTIONAL(D)                                                                                                                \
  std::tuple<Tensor, Tensor> fractional_max_pool##D##d_with_indices(const Tensor& input, const FractionalMaxPool##D##dFuncOptions& o) {   \
    const auto [size, samples] = fractional(input, o);                                                                                    \
    return wick::fractional_max_pool##D##d(input, o.kernel_size(), size, samples);                                                        \
  }                                                                                                                                       \
  Tensor fractional_max_pool##D##d(const Tensor& input, const FractionalMaxPool##D##dFuncOptions& o) {                                    \
    return std::get<0>(fractional_max_pool##D##d_with_indices(input, o));                                                                 \
  }
WICK_FRACTIONAL(2)
WICK_FRACTIONAL(3)
#undef WICK_FRACTIONAL

}  // namespace functional::inline v1
}  // namespace wick::nn
