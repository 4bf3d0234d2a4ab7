#include <wick/nn/pooling.h>

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
    WICK_CHECK_TYPE(ValueError, usual[i] - stride[i] < size[i] && size[i] < usual[i] + stride[i], "invalid output_size ", IntArrayRef(size), " (dim ", i, " must be between ",
                    usual[i] - stride[i], " and ", usual[i] + stride[i], ")");
  return size;
}

// Puts values to their places in a larger plane of zeros.
Tensor unpool(const Tensor& input, const Tensor& indices, const std::vector<int64_t>& size) {
  WICK_CHECK_TYPE(TypeError, indices.scalar_type() == kLong, "elements in indices should be type int64 but got: ", indices.scalar_type());
  WICK_CHECK_TYPE(ValueError, indices.sizes() == input.sizes(), "Expected shape of indices to be same as that of the input tensor (", input.sizes(), ") but got indices tensor with shape: ", indices.sizes());
  const int64_t d = static_cast<int64_t>(size.size());
  std::vector<int64_t> shape = input.sizes().vec(), flat;
  shape.resize(static_cast<size_t>(input.dim() - d));
  flat = shape;
  int64_t plane = 1;
  for (const int64_t s : size) { plane *= s; shape.push_back(s); }
  std::vector<int64_t> in_flat = flat;
  in_flat.push_back(-1);
  flat.push_back(plane);
  if (input.numel() == 0) return wick::zeros(shape, input.options().requires_grad(false));
  WICK_CHECK_TYPE(IndexError, indices.min().item<int64_t>() >= 0 && indices.max().item<int64_t>() < plane, "Found an invalid max index: ", indices.max().item<int64_t>(),
                  " (output volumes are of size ", IntArrayRef(size), ")");
  return wick::zeros(flat, input.options().requires_grad(false)).scatter(-1, indices.reshape(in_flat), input.reshape(in_flat)).reshape(shape);
}

template <size_t D>
Tensor lp(const Tensor& averages, const LPPoolOptions<D>& o) {
  double window = 1;
  for (const int64_t k : *o.kernel_size()) window *= static_cast<double>(k);
  return (averages.sign() * averages.abs().relu()).mul(window).pow(1. / o.norm_type());
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
    return unpool(input, indices, unpool_sizes(input, options.kernel_size(), options.stride(), options.padding(), output_size));                                   \
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
    return unpool(input, indices, unpool_sizes(input, o.kernel_size(), o.stride(), o.padding(), o.output_size()));                                    \
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

}  // namespace functional::inline v1
}  // namespace wick::nn
