#include <wick/nn/lazy.h>

#include <wick/io/archive.h>

#include "nn/common.h"

namespace wick::nn::inline v1 {
namespace detail {
namespace {

// The size that is unknown: inputs of a linear layer, channels of a convolution, features of a normalisation.
int64_t& size_of(LinearOptions& o) { return o.in_features(); }
template <size_t D>
int64_t& size_of(ConvNdOptions<D>& o) { return o.in_channels(); }
int64_t& size_of(BatchNormOptions& o) { return o.num_features(); }
int64_t& size_of(InstanceNormOptions& o) { return o.num_features(); }

// It as an input shows it.
int64_t seen(const LinearOptions&, const Tensor& input) {
  WICK_CHECK(input.dim() > 0, "LazyLinear: the input needs a last dimension, got a scalar");
  return input.size(-1);
}
template <size_t D>
int64_t seen(const ConvNdOptions<D>& o, const Tensor& input) {
  constexpr int64_t d = D;
  WICK_CHECK(input.dim() == d + 1 || input.dim() == d + 2, "Expected ", d + 1, "D (unbatched) or ", d + 2, "D (batched) input to LazyConv", o.transposed() ? "Transpose" : "", d,
             "d, but got input of size: ", input.sizes());
  return input.dim() == d + 2 ? input.size(1) : input.size(0);
}
template <class O>
int64_t seen(const O&, const Tensor& input) {
  WICK_CHECK(input.dim() > 1, "the input of a lazy normalisation needs a dimension for the features, got ", input.sizes());
  return input.size(1);
}

// It as an archive shows it; nothing when it holds no parameters.
std::optional<int64_t> stored(const Tensor& weight, const Tensor&, const LinearOptions&) { return weight.defined() ? std::optional<int64_t>(weight.size(1)) : std::nullopt; }
template <size_t D>
std::optional<int64_t> stored(const Tensor& weight, const Tensor&, const ConvNdOptions<D>& o) {
  if (!weight.defined()) return std::nullopt;
  return o.transposed() ? weight.size(0) : weight.size(1) * o.groups();
}
template <class O>
std::optional<int64_t> stored(const Tensor& weight, const Tensor& mean, const O&) {
  const Tensor& t = weight.defined() ? weight : mean;
  return t.defined() ? std::optional<int64_t>(t.size(0)) : std::nullopt;
}

}  // namespace

template <class Derived, class Base, class Options>
LazyImpl<Derived, Base, Options>::LazyImpl(const Options& options_) : Base(options_, Later()) {}

template <class Derived, class Base, class Options>
bool LazyImpl<Derived, Base, Options>::has_uninitialized_params() const { return size_of(const_cast<LazyImpl*>(this)->options) == 0; }

template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::materialize(int64_t size) {
  size_of(this->options) = size;
  try {
    const Generator generator = default_generator();
    const Tensor state = dtype_ ? generator.get_state() : Tensor();
    Base::reset();
    if (device_) Base::to(*device_, false);
    if (!dtype_) return;
    // Drawn in the dtype that was asked for.
    Base::to(*dtype_, false);
    Generator(generator).set_state(state);
    this->reset_parameters();
  } catch (...) {
    size_of(this->options) = 0;
    throw;
  }
}

template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::initialize_parameters(const Tensor& input) {
  if (has_uninitialized_params()) materialize(seen(this->options, input));
}
template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::reset() {
  if (!has_uninitialized_params()) Base::reset();
}
template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::pretty_print(std::ostream& stream) const {
  std::ostringstream text;
  Base::pretty_print(text);
  const std::string plain = text.str(), prefix = "torch::nn::";
  stream << (has_uninitialized_params() ? prefix + "Lazy" + plain.substr(prefix.size()) : plain);
}

template <class Derived, class Base, class Options>
std::shared_ptr<Module> LazyImpl<Derived, Base, Options>::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
  if (!has_uninitialized_params()) static_cast<Base&>(*copy) = static_cast<const Base&>(*Base::clone(device));
  return copy;
}
template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::load(serialize::InputArchive& archive) {
  if (has_uninitialized_params()) {
    Tensor weight, mean;
    archive.try_read("weight", weight);
    archive.try_read("running_mean", mean, true);
    if (const auto size = stored(weight, mean, this->options)) materialize(*size);
  }
  Base::load(archive);
}

template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::to(Device device, ScalarType dtype, bool non_blocking) {
  device_ = device;
  dtype_ = dtype;
  Base::to(device, dtype, non_blocking);
}
template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::to(ScalarType dtype, bool non_blocking) {
  dtype_ = dtype;
  Base::to(dtype, non_blocking);
}
template <class Derived, class Base, class Options>
void LazyImpl<Derived, Base, Options>::to(Device device, bool non_blocking) {
  device_ = device;
  Base::to(device, non_blocking);
}

}  // namespace detail

#define WICK_LAZY(Name, Options)                                       \
  template class detail::LazyImpl<Lazy##Name##Impl, Name##Impl, Options>; \
  Lazy##Name##Impl::Lazy##Name##Impl(const Options& options_) : LazyImpl(options_) {}
#define WICK_LAZY_FORWARD(Name)                                \
  Tensor Lazy##Name##Impl::forward(const Tensor& input) {      \
    initialize_parameters(input);                              \
    return Name##Impl::forward(input);                         \
  }
#define WICK_LAZY_DIMS(D)                                                                                                \
  WICK_LAZY(Conv##D##d, Conv##D##dOptions)                                                                               \
  WICK_LAZY(ConvTranspose##D##d, ConvTranspose##D##dOptions)                                                             \
  WICK_LAZY(BatchNorm##D##d, BatchNormOptions)                                                                           \
  WICK_LAZY(InstanceNorm##D##d, InstanceNormOptions)                                                                     \
  LazyConv##D##dImpl::LazyConv##D##dImpl(int64_t out_channels, ExpandingArray<D> kernel_size) : LazyImpl(LazyConv##D##dOptions(out_channels, kernel_size)) {} \
  LazyConvTranspose##D##dImpl::LazyConvTranspose##D##dImpl(int64_t out_channels, ExpandingArray<D> kernel_size)          \
      : LazyImpl(LazyConvTranspose##D##dOptions(out_channels, kernel_size)) {}                                           \
  WICK_LAZY_FORWARD(Conv##D##d)                                                                                          \
  WICK_LAZY_FORWARD(BatchNorm##D##d)                                                                                     \
  WICK_LAZY_FORWARD(InstanceNorm##D##d)                                                                                  \
  Tensor LazyConvTranspose##D##dImpl::forward(const Tensor& input, const std::optional<IntArrayRef>& output_size) {      \
    initialize_parameters(input);                                                                                        \
    return ConvTranspose##D##dImpl::forward(input, output_size);                                                         \
  }
WICK_LAZY(Linear, LinearOptions)
LazyLinearImpl::LazyLinearImpl(int64_t out_features) : LazyImpl(LazyLinearOptions(out_features)) {}
WICK_LAZY_FORWARD(Linear)
WICK_LAZY_DIMS(1)
WICK_LAZY_DIMS(2)
WICK_LAZY_DIMS(3)

}  // namespace wick::nn::inline v1
