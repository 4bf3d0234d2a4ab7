// Block: what models are built of, modules by name and a function that says how the input goes through them; and torchvision.ops' building blocks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/container.h>
#include <wick/nn/expanding_array.h>

namespace wick {
namespace models {
inline namespace v1 {

namespace detail {
struct ModelState;
}

/// A module put together at run time: children that can be called by position, tensors of its own, numbers that `forward` reads, and `forward` itself,
/// a plain function. Copies (`clone`) and replaced children (`set_submodule`) keep working as in Sequential.
class BlockImpl : public nn::Cloneable<BlockImpl> {
 public:
  using Forward = Tensor (*)(BlockImpl& self, const Tensor& input);

  /// An empty block that is printed as `kind`.
  BlockImpl(std::string kind, Forward forward);
  ~BlockImpl() override;

  /// Adds a child that takes and gives a tensor (or one that `forward` calls by `child`), a parameter or a buffer.
  BlockImpl& add(std::string name, nn::AnyModule module);
  /// The same for several, in their order: `add({{"conv", nn::AnyModule(conv)}, {"act", nn::AnyModule(nn::ReLU())}})`.
  struct Part {
    const char* name;
    nn::AnyModule module;
  };
  BlockImpl& add(std::initializer_list<Part> parts);
  template <class M>
  BlockImpl& add(std::string name, const nn::ModuleHolder<M>& holder) { return add(std::move(name), nn::AnyModule(holder)); }
  BlockImpl& add_parameter(std::string name, Tensor value);
  BlockImpl& add_buffer(std::string name, Tensor value);
  /// Sets the numbers that `forward` reads.
  BlockImpl& with(std::vector<double> numbers);

  /// What `forward` uses: children called by position, one or several in a row; children, tensors and numbers by position.
  Tensor call(size_t child, const Tensor& input);
  Tensor call(size_t first, size_t last, const Tensor& input);
  nn::AnyModule& child(size_t i);
  const Tensor& tensor(size_t i) const { return tensors_[i]; }
  double number(size_t i) const { return numbers_[i]; }
  size_t size() const noexcept { return modules_.size(); }
  /// Whether that is what `forward` does.
  bool forward_is(Forward f) const noexcept { return forward_ == f; }

  /// The result of the function. Errors: as the modules have them.
  Tensor forward(const Tensor& input);
  std::shared_ptr<nn::Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor* tensor_member(const std::string& name) override;

  /// Where `forward` puts what auxiliary heads give; null when nobody asked.
  std::vector<Tensor>* auxiliary() const noexcept { return auxiliary_; }

 protected:
  std::shared_ptr<BlockImpl> copy(std::shared_ptr<BlockImpl> empty, const std::optional<Device>& device) const;
  std::string kind_;
  Forward forward_;
  std::vector<nn::AnyModule> modules_;
  std::vector<std::string> tensor_names_;
  std::vector<Tensor> tensors_;
  std::vector<double> numbers_;
  std::vector<Tensor>* auxiliary_ = nullptr;
  std::shared_ptr<detail::ModelState> state_;  // of models

 private:
  void child_replaced(const std::string& name, const std::shared_ptr<nn::Module>& module, const nn::AnyModule* any) override;
};
WICK_MODULE(Block);

/// What stands behind a convolution.
enum class Activation { none, relu, relu6, silu, hardswish, gelu, sigmoid, hardsigmoid };
/// The module of it, in place where it can be. Errors: `ValueError` for `none`.
nn::AnyModule activation_layer(Activation kind);

/// Options of Conv2dNormActivation. The padding keeps the size at stride 1, and the bias is left out where a normalisation follows, unless set.
struct Conv2dNormActivationOptions {
  Conv2dNormActivationOptions(int64_t in_channels, int64_t out_channels, int64_t kernel_size = 3)
      : in_channels_(in_channels), out_channels_(out_channels), kernel_size_(kernel_size) {}
  WICK_ARG(int64_t, in_channels);
  WICK_ARG(int64_t, out_channels);
  WICK_ARG(int64_t, kernel_size);
  WICK_ARG(int64_t, stride) = 1;
  WICK_ARG(std::optional<int64_t>, padding) = std::nullopt;
  WICK_ARG(int64_t, groups) = 1;
  WICK_ARG(int64_t, dilation) = 1;
  WICK_ARG(bool, norm) = true;
  WICK_ARG(double, eps) = 1e-5;
  WICK_ARG(double, momentum) = 0.1;
  WICK_ARG(Activation, activation) = Activation::relu;
  WICK_ARG(std::optional<bool>, bias) = std::nullopt;
};

/// A convolution, BatchNorm2d and an activation in a Sequential.
/// (https://pytorch.org/vision/stable/generated/torchvision.ops.Conv2dNormActivation.html)
class Conv2dNormActivation : public nn::Sequential {
 public:
  explicit Conv2dNormActivation(const Conv2dNormActivationOptions& options);
};

/// Scales each channel by what two small layers make of all channels' means.
/// (https://pytorch.org/vision/stable/generated/torchvision.ops.SqueezeExcitation.html)
class SqueezeExcitation : public Block {
 public:
  SqueezeExcitation(int64_t input_channels, int64_t squeeze_channels, Activation activation = Activation::relu, Activation scale_activation = Activation::sigmoid);
};

/// Linear layers with activations and dropout between them, and dropout at the end.
/// (https://pytorch.org/vision/stable/generated/torchvision.ops.MLP.html)
class MLP : public nn::Sequential {
 public:
  MLP(int64_t in_channels, const std::vector<int64_t>& hidden_channels, Activation activation = Activation::relu, double dropout = 0, bool bias = true);
};

/// A view with the dimensions in another order. (https://pytorch.org/vision/stable/generated/torchvision.ops.Permute.html)
class Permute : public Block {
 public:
  explicit Permute(const std::vector<int64_t>& dims);
};

/// Layer normalisation of each pixel over the channels, `weight` and `bias`, as ConvNeXt has it.
class LayerNorm2d : public Block {
 public:
  explicit LayerNorm2d(int64_t channels, double eps = 1e-6);
};

}  // namespace v1
}  // namespace models
}  // namespace wick
