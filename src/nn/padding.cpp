#include <wick/nn/padding.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {
namespace {

Tensor padded(const Tensor& input, IntArrayRef sizes, functional::PadFuncOptions::mode_t mode, double value = 0) {
  return functional::pad(input, functional::PadFuncOptions(sizes.vec()).mode(mode).value(value));
}
template <class O>
void print(std::ostream& stream, const char* kind, int d, const O& options) { stream << "torch::nn::" << kind << d << "d(padding=" << options.padding() << ')'; }

}  // namespace

#define WICK_PAD_LAYER(Kind, D, mode)                                                                         \
  Kind##D##dImpl::Kind##D##dImpl(ExpandingArray<D * 2> padding) : Kind##D##dImpl(Kind##Options<D>(padding)) {} \
  Kind##D##dImpl::Kind##D##dImpl(const Kind##Options<D>& options_) : options(options_) {}                     \
  void Kind##D##dImpl::reset() {}                                                                             \
  void Kind##D##dImpl::pretty_print(std::ostream& stream) const { print(stream, #Kind, D, options); }         \
  Tensor Kind##D##dImpl::forward(const Tensor& input) { return padded(input, options.padding(), enumtype::mode()); }
WICK_PAD_LAYER(ReflectionPad, 1, kReflect)
WICK_PAD_LAYER(ReflectionPad, 2, kReflect)
WICK_PAD_LAYER(ReflectionPad, 3, kReflect)
WICK_PAD_LAYER(ReplicationPad, 1, kReplicate)
WICK_PAD_LAYER(ReplicationPad, 2, kReplicate)
WICK_PAD_LAYER(ReplicationPad, 3, kReplicate)
WICK_PAD_LAYER(ZeroPad, 1, kConstant)
WICK_PAD_LAYER(ZeroPad, 2, kConstant)
WICK_PAD_LAYER(ZeroPad, 3, kConstant)
WICK_PAD_LAYER(CircularPad, 1, kCircular)
WICK_PAD_LAYER(CircularPad, 2, kCircular)
WICK_PAD_LAYER(CircularPad, 3, kCircular)
#undef WICK_PAD_LAYER

#define WICK_PAD_LAYER(D)                                                                                                                          \
  ConstantPad##D##dImpl::ConstantPad##D##dImpl(ExpandingArray<D * 2> padding, double value) : ConstantPad##D##dImpl(ConstantPadOptions<D>(padding, value)) {} \
  ConstantPad##D##dImpl::ConstantPad##D##dImpl(const ConstantPadOptions<D>& options_) : options(options_) {}                                      \
  void ConstantPad##D##dImpl::reset() {}                                                                                                          \
  void ConstantPad##D##dImpl::pretty_print(std::ostream& stream) const {                                                                          \
    stream << "torch::nn::ConstantPad" << D << "d(padding=" << options.padding() << ", value=" << options.value() << ')';                         \
  }                                                                                                                                               \
  Tensor ConstantPad##D##dImpl::forward(const Tensor& input) { return padded(input, options.padding(), enumtype::kConstant(), options.value()); }
WICK_PAD_LAYER(1)
WICK_PAD_LAYER(2)
WICK_PAD_LAYER(3)
#undef WICK_PAD_LAYER

}  // namespace v1

namespace functional::inline v1 {

Tensor pad(const Tensor& input, const PadFuncOptions& options) {
  const char* mode = options.mode().is<enumtype::kReflect>() ? "reflect" : options.mode().is<enumtype::kReplicate>() ? "replicate"
                     : options.mode().is<enumtype::kCircular>() ? "circular" : "constant";
  return wick::pad(input, options.pad(), mode, options.value() != 0 ? std::optional<double>(options.value()) : std::nullopt);
}

}  // namespace functional::inline v1
}  // namespace wick::nn
