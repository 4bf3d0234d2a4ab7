// Padding layers.
#pragma once

#include <wick/nn/arg.h>
#include <wick/nn/enum.h>
#include <wick/nn/expanding_array.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace functional {
inline namespace v1 {

/// How much to add on each side, last dimension first, and what: a value, or the input mirrored, repeated or
/// wrapped around. (https://pytorch.org/docs/stable/generated/torch.nn.functional.pad.html)
struct PadFuncOptions {
  using mode_t = enumtype::OneOf<enumtype::kConstant, enumtype::kReflect, enumtype::kReplicate, enumtype::kCircular>;
  PadFuncOptions(std::vector<int64_t> pad) : pad_(std::move(pad)) {}
  WICK_ARG(std::vector<int64_t>, pad);
  WICK_ARG(mode_t, mode) = enumtype::kConstant();
  WICK_ARG(double, value) = 0;
};
Tensor pad(const Tensor& input, const PadFuncOptions& options);

}  // namespace v1
}  // namespace functional

inline namespace v1 {

/// Options of the padding layers: one number, or two for each dimension, last dimension first.
template <size_t D>
struct ReflectionPadOptions {
  ReflectionPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  WICK_ARG(ExpandingArray<D * 2>, padding);
};
template <size_t D>
struct ReplicationPadOptions {
  ReplicationPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  WICK_ARG(ExpandingArray<D * 2>, padding);
};
template <size_t D>
struct ZeroPadOptions {
  ZeroPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  WICK_ARG(ExpandingArray<D * 2>, padding);
};
template <size_t D>
struct CircularPadOptions {
  CircularPadOptions(ExpandingArray<D * 2> padding) : padding_(padding) {}
  WICK_ARG(ExpandingArray<D * 2>, padding);
};
template <size_t D>
struct ConstantPadOptions {
  ConstantPadOptions(ExpandingArray<D * 2> padding, double value) : padding_(padding), value_(value) {}
  WICK_ARG(ExpandingArray<D * 2>, padding);
  WICK_ARG(double, value);
};

/// Layers that add the input mirrored, repeated or wrapped around, zeros, or a value. (https://pytorch.org/docs/stable/nn.html#padding-layers)
#define WICK_PAD_LAYER(Kind, D)                                       \
  using Kind##D##dOptions = Kind##Options<D>;                         \
  class Kind##D##dImpl : public Cloneable<Kind##D##dImpl> {           \
   public:                                                            \
    Kind##D##dImpl(ExpandingArray<D * 2> padding);                    \
    explicit Kind##D##dImpl(const Kind##Options<D>& options_);        \
    void reset() override;                                            \
    void pretty_print(std::ostream& stream) const override;           \
    Tensor forward(const Tensor& input);                              \
    Kind##Options<D> options;                                         \
  };                                                                  \
  WICK_MODULE(Kind##D##d);
WICK_PAD_LAYER(ReflectionPad, 1)
WICK_PAD_LAYER(ReflectionPad, 2)
WICK_PAD_LAYER(ReflectionPad, 3)
WICK_PAD_LAYER(ReplicationPad, 1)
WICK_PAD_LAYER(ReplicationPad, 2)
WICK_PAD_LAYER(ReplicationPad, 3)
WICK_PAD_LAYER(ZeroPad, 1)
WICK_PAD_LAYER(ZeroPad, 2)
WICK_PAD_LAYER(ZeroPad, 3)
WICK_PAD_LAYER(CircularPad, 1)
WICK_PAD_LAYER(CircularPad, 2)
WICK_PAD_LAYER(CircularPad, 3)
#undef WICK_PAD_LAYER

#define WICK_PAD_LAYER(D)                                             \
  using ConstantPad##D##dOptions = ConstantPadOptions<D>;             \
  class ConstantPad##D##dImpl : public Cloneable<ConstantPad##D##dImpl> { \
   public:                                                            \
    ConstantPad##D##dImpl(ExpandingArray<D * 2> padding, double value); \
    explicit ConstantPad##D##dImpl(const ConstantPadOptions<D>& options_); \
    void reset() override;                                            \
    void pretty_print(std::ostream& stream) const override;           \
    Tensor forward(const Tensor& input);                              \
    ConstantPadOptions<D> options;                                    \
  };                                                                  \
  WICK_MODULE(ConstantPad##D##d);
WICK_PAD_LAYER(1)
WICK_PAD_LAYER(2)
WICK_PAD_LAYER(3)
#undef WICK_PAD_LAYER

}  // namespace v1
}  // namespace nn
}  // namespace wick
