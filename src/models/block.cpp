#include "models/build.h"

#include <algorithm>
#include <ostream>

#include <wick/core/grad_mode.h>

#include "nn/computed.h"

namespace wick::models {

// --- Layers ---------------------------------------------------------------------------------------------------------

nn::AnyModule conv(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t groups, bool bias, int64_t padding, int64_t dilation) {
  return nn::AnyModule(nn::Conv2d(
      nn::Conv2dOptions(in, out, kernel).stride(stride).padding(padding < 0 ? (kernel - 1) / 2 * dilation : padding).groups(groups).bias(bias).dilation(dilation)));
}
nn::AnyModule norm(int64_t channels, double eps, double momentum) { return nn::AnyModule(nn::BatchNorm2d(nn::BatchNormOptions(channels).eps(eps).momentum(momentum))); }
nn::AnyModule layer_norm(int64_t width, double eps) { return nn::AnyModule(nn::LayerNorm(nn::LayerNormOptions({width}).eps(eps))); }
nn::AnyModule linear(int64_t in, int64_t out, bool bias) { return nn::AnyModule(nn::Linear(nn::LinearOptions(in, out).bias(bias))); }
nn::AnyModule relu() { return activation_layer(Activation::relu); }
nn::AnyModule dropout(double p, bool inplace) { return nn::AnyModule(nn::Dropout(nn::DropoutOptions(p).inplace(inplace))); }
nn::AnyModule drop_path(double p) { return nn::AnyModule(nn::StochasticDepth(p, "row")); }
nn::AnyModule flatten() { return nn::AnyModule(nn::Flatten(nn::FlattenOptions().start_dim(1))); }
nn::AnyModule max_pool(int64_t kernel, int64_t stride, int64_t padding, bool ceil_mode) {
  return nn::AnyModule(nn::MaxPool2d(nn::MaxPool2dOptions(kernel).stride(stride).padding(padding).ceil_mode(ceil_mode)));
}
nn::AnyModule avg_pool(int64_t size) { return nn::AnyModule(nn::AdaptiveAvgPool2d(nn::AdaptiveAvgPool2dOptions({size, size}))); }
nn::AnyModule unit(const Conv2dNormActivationOptions& o) { return any(Conv2dNormActivation(o)); }
nn::AnyModule any(const nn::Sequential& layers) { return nn::AnyModule(layers); }
nn::AnyModule any(const Block& b) { return nn::AnyModule(b); }
nn::AnyModule chain(std::initializer_list<nn::AnyModule> layers) {
  nn::Sequential all;
  for (const nn::AnyModule& layer : layers) all->push_back(layer);
  return nn::AnyModule(all);
}
Block block(const char* kind, BlockImpl::Forward forward, std::initializer_list<BlockImpl::Part> parts) {
  Block b(kind, forward);
  b->add(parts);
  return b;
}

void zero_bias(const Tensor& bias) {
  if (bias.defined()) nn::init::zeros_(bias);
}
void conv_kaiming_out(nn::Conv2dImpl& c) {
  nn::init::kaiming_normal_(c.weight, 0, kFanOut, kReLU);
  zero_bias(c.bias);
}
void linear_normal(nn::LinearImpl& l) {
  nn::init::normal_(l.weight, 0, 0.01);
  zero_bias(l.bias);
}
void initialise(nn::Module& m, void (*conv)(nn::Conv2dImpl&), void (*linear)(nn::LinearImpl&)) {
  m.apply([&](nn::Module& x) {
    if (auto* c = x.as<nn::Conv2d>(); c && conv) conv(*c);
    else if (auto* l = x.as<nn::Linear>(); l && linear) linear(*l);
  });
}
Tensor flat_head(BlockImpl& m, const Tensor& x) { return m.call(m.size() - 1, m.call(0, m.size() - 1, x).flatten(1)); }

inline namespace v1 {

// --- Block ----------------------------------------------------------------------------------------------------------

BlockImpl::BlockImpl(std::string kind, Forward forward) : Cloneable(kind), kind_(std::move(kind)), forward_(forward) {}
BlockImpl::~BlockImpl() = default;

BlockImpl& BlockImpl::add(std::string name, nn::AnyModule module) {
  register_module(std::move(name), module.ptr());
  modules_.push_back(std::move(module));
  return *this;
}
BlockImpl& BlockImpl::add(std::initializer_list<Part> parts) {
  for (const Part& p : parts) add(p.name, p.module);
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
  layers.push_back(conv(o.in_channels(), o.out_channels(), o.kernel_size(), o.stride(), o.groups(), o.bias().value_or(!o.norm()), o.padding().value_or(-1), o.dilation()));
  if (o.norm()) layers.push_back(models::norm(o.out_channels(), o.eps(), o.momentum()));
  if (o.activation() != Activation::none) layers.push_back(activation_layer(o.activation()));
}

SqueezeExcitation::SqueezeExcitation(int64_t input_channels, int64_t squeeze_channels, Activation activation, Activation scale_activation)
    : Block("SqueezeExcitation", [](BlockImpl& m, const Tensor& x) { return m.call(4, m.call(2, m.call(3, m.call(0, 2, x)))).mul(x); }) {
  get()->add({{"avgpool", avg_pool()}, {"fc1", conv(input_channels, squeeze_channels, 1, 1, 1, true)}, {"fc2", conv(squeeze_channels, input_channels, 1, 1, 1, true)},
              {"activation", activation_layer(activation)}, {"scale_activation", activation_layer(scale_activation)}});
}

MLP::MLP(int64_t in_channels, const std::vector<int64_t>& hidden_channels, Activation activation, double dropout, bool bias) : Sequential() {
  WICK_CHECK_TYPE(ValueError, !hidden_channels.empty(), "MLP: hidden_channels is empty, expected the width of each layer");
  for (size_t i = 0; i < hidden_channels.size(); ++i) {
    get()->push_back(linear(i ? hidden_channels[i - 1] : in_channels, hidden_channels[i], bias));
    if (i + 1 < hidden_channels.size() && activation != Activation::none) get()->push_back(activation_layer(activation));
    get()->push_back(models::dropout(dropout));
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

}  // namespace v1
}  // namespace wick::models
