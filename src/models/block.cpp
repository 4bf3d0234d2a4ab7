#include <wick/models/block.h>

#include <algorithm>
#include <ostream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/activation.h>
#include <wick/nn/conv.h>
#include <wick/nn/dropout.h>
#include <wick/nn/linear.h>
#include <wick/nn/norm.h>
#include <wick/nn/pooling.h>
#include <wick/ops.h>

#include "nn/computed.h"

namespace wick::models::inline v1 {

BlockImpl::BlockImpl(std::string kind, Forward forward) : Cloneable(kind), kind_(std::move(kind)), forward_(forward) {}
BlockImpl::~BlockImpl() = default;

BlockImpl& BlockImpl::add(std::string name, nn::AnyModule module) {
  register_module(std::move(name), module.ptr());
  modules_.push_back(std::move(module));
  return *this;
}
BlockImpl& BlockImpl::add_parameter(std::string name, Tensor value) {
  tensors_.push_back(register_parameter(name, std::move(value)));
  tensor_names_.push_back(std::move(name));
  return *this;
}
BlockImpl& BlockImpl::add_buffer(std::string name, Tensor value) {
  tensors_.push_back(register_buffer(name, std::move(value)));
  tensor_names_.push_back(std::move(name));
  return *this;
}
BlockImpl& BlockImpl::with(std::vector<double> numbers) {
  numbers_ = std::move(numbers);
  return *this;
}

Tensor BlockImpl::call(size_t i, const Tensor& input) { return modules_[i].forward(input); }
Tensor BlockImpl::call(size_t first, size_t last, const Tensor& input) {
  Tensor x = input;
  for (size_t i = first; i < last; ++i) x = modules_[i].forward(std::move(x));
  return x;
}
nn::AnyModule& BlockImpl::child(size_t i) {
  WICK_CHECK_TYPE(IndexError, i < size(), kind_, " has ", size(), " modules, index is ", i);
  return modules_[i];
}

Tensor BlockImpl::forward(const Tensor& input) { return forward_(*this, input); }
void BlockImpl::reset() {}
void BlockImpl::pretty_print(std::ostream& stream) const { stream << kind_; }
Tensor* BlockImpl::tensor_member(const std::string& name) {
  const auto found = std::find(tensor_names_.begin(), tensor_names_.end(), name);
  return found == tensor_names_.end() ? nullptr : &tensors_[static_cast<size_t>(found - tensor_names_.begin())];
}

std::shared_ptr<BlockImpl> BlockImpl::copy(std::shared_ptr<BlockImpl> empty, const std::optional<Device>& device) const {
  const auto names = named_children().keys();
  for (size_t i = 0; i < modules_.size(); ++i) empty->add(names[i], modules_[i].clone(device));
  NoGradGuard off;
  const auto parameters = named_parameters(false);
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const Tensor t = device && tensors_[i].device() != *device ? tensors_[i].to(*device) : tensors_[i].detach().clone();
    if (parameters.contains(tensor_names_[i])) {
      empty->add_parameter(tensor_names_[i], t);
      empty->tensors_.back().set_requires_grad(tensors_[i].requires_grad());
    } else {
      empty->add_buffer(tensor_names_[i], t);
    }
  }
  empty->numbers_ = numbers_;
  nn::detail::Access::copy_mode(*empty, *this);
  return empty;
}
std::shared_ptr<nn::Module> BlockImpl::clone(const std::optional<Device>& device) const { return copy(std::make_shared<BlockImpl>(kind_, forward_), device); }

void BlockImpl::child_replaced(const std::string& name, const std::shared_ptr<nn::Module>& module, const nn::AnyModule* any) {
  const std::vector<std::string> keys = named_children().keys();
  WICK_CHECK(any, kind_, " cannot call the new module '", name, "', a ", module->name(), ", as only a base of its type is known: pass the holder or a shared_ptr of its own type");
  modules_[static_cast<size_t>(std::find(keys.begin(), keys.end(), name) - keys.begin())] = *any;
}

// --- torchvision.ops ----------------------------------------------------------------------------------------------

nn::AnyModule activation_layer(Activation kind) {
  switch (kind) {
    case Activation::relu: return nn::AnyModule(nn::ReLU(nn::ReLUOptions(true)));
    case Activation::relu6: return nn::AnyModule(nn::ReLU6(nn::ReLU6Options(true)));
    case Activation::silu: return nn::AnyModule(nn::SiLU());
    case Activation::hardswish: return nn::AnyModule(nn::Hardswish(nn::HardswishOptions(true)));
    case Activation::gelu: return nn::AnyModule(nn::GELU());
    case Activation::sigmoid: return nn::AnyModule(nn::Sigmoid());
    case Activation::hardsigmoid: return nn::AnyModule(nn::Hardsigmoid());
    case Activation::none: break;
  }
  throw ValueError("activation_layer: there is no layer for no activation");
}

Conv2dNormActivation::Conv2dNormActivation(const Conv2dNormActivationOptions& o) : Sequential() {
  auto& layers = *get();
  layers.push_back(nn::Conv2d(nn::Conv2dOptions(o.in_channels(), o.out_channels(), o.kernel_size())
                                  .stride(o.stride())
                                  .padding(o.padding().value_or((o.kernel_size() - 1) / 2 * o.dilation()))
                                  .dilation(o.dilation())
                                  .groups(o.groups())
                                  .bias(o.bias().value_or(!o.norm()))));
  if (o.norm()) layers.push_back(nn::BatchNorm2d(nn::BatchNormOptions(o.out_channels()).eps(o.eps()).momentum(o.momentum())));
  if (o.activation() != Activation::none) layers.push_back(activation_layer(o.activation()));
}

SqueezeExcitation::SqueezeExcitation(int64_t input_channels, int64_t squeeze_channels, Activation activation, Activation scale_activation)
    : Block("SqueezeExcitation", [](BlockImpl& m, const Tensor& x) { return m.call(4, m.call(2, m.call(3, m.call(0, 2, x)))).mul(x); }) {
  get()->add("avgpool", nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({1, 1})))
      .add("fc1", nn::Conv2d(nn::Conv2dOptions(input_channels, squeeze_channels, 1)))
      .add("fc2", nn::Conv2d(nn::Conv2dOptions(squeeze_channels, input_channels, 1)))
      .add("activation", activation_layer(activation))
      .add("scale_activation", activation_layer(scale_activation));
}

MLP::MLP(int64_t in_channels, const std::vector<int64_t>& hidden_channels, Activation activation, double dropout, bool bias) : Sequential() {
  WICK_CHECK_TYPE(ValueError, !hidden_channels.empty(), "MLP: hidden_channels is empty, expected the width of each layer");
  for (size_t i = 0; i < hidden_channels.size(); ++i) {
    get()->push_back(nn::Linear(nn::LinearOptions(i ? hidden_channels[i - 1] : in_channels, hidden_channels[i]).bias(bias)));
    if (i + 1 < hidden_channels.size() && activation != Activation::none) get()->push_back(activation_layer(activation));
    get()->push_back(nn::Dropout(dropout));
  }
}

Permute::Permute(const std::vector<int64_t>& dims)
    : Block("Permute", [](BlockImpl& m, const Tensor& x) {
        std::vector<int64_t> order(static_cast<size_t>(x.dim()));
        for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(m.number(i));
        return x.permute(order);
      }) {
  get()->with(std::vector<double>(dims.begin(), dims.end()));
}

LayerNorm2d::LayerNorm2d(int64_t channels, double eps)
    : Block("LayerNorm2d", [](BlockImpl& m, const Tensor& x) {
        return wick::layer_norm(x.permute({0, 2, 3, 1}), {m.tensor(0).size(0)}, m.tensor(0), m.tensor(1), m.number(0)).permute({0, 3, 1, 2});
      }) {
  get()->add_parameter("weight", wick::ones({channels})).add_parameter("bias", wick::zeros({channels})).with({eps});
}

}  // namespace wick::models::inline v1
