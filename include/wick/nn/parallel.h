// nn::parallel: one batch through several copies of a module.
#pragma once

#include <optional>
#include <vector>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace parallel {
inline namespace v1 {

namespace detail {
// Makes the parameters of a copy follow the original's: their gradients go there.
void follow(Module& replica, const Module& original);
// A batch cut into as many pieces as there are devices (fewer, if it is small), each on its device; and back.
std::vector<Tensor> scatter(const Tensor& input, const std::vector<Device>& devices, int64_t dim);
Tensor gather(const std::vector<Tensor>& outputs, Device device, int64_t dim);
// Calls a module with its hooks.
template <class M> auto run(ModuleHolder<M> module, const Tensor& input) { return module(input); }
template <class M> auto run(std::shared_ptr<M> module, const Tensor& input) { return ModuleHolder<M>(std::move(module))(input); }
}  // namespace detail

/// A copy of the module for each device, whose gradients flow back into the original's parameters.
template <class M>
std::vector<std::shared_ptr<M>> replicate(const std::shared_ptr<M>& module, const std::vector<Device>& devices) {
  std::vector<std::shared_ptr<M>> replicas;
  for (const Device& device : devices) {
    replicas.push_back(std::dynamic_pointer_cast<M>(module->clone(device)));
    detail::follow(*replicas.back(), *module);
  }
  return replicas;
}
template <class M>
std::vector<ModuleHolder<M>> replicate(const ModuleHolder<M>& module, const std::vector<Device>& devices) {
  auto replicas = replicate(module.ptr(), devices);
  return std::vector<ModuleHolder<M>>(replicas.begin(), replicas.end());
}

/// Runs each module on its input; results on the given devices, or where their inputs are. One after the other: on a CPU every op already uses
/// all threads. Errors: numbers of modules, inputs and devices that differ.
template <class M>
std::vector<Tensor> parallel_apply(std::vector<M>& modules, const std::vector<Tensor>& inputs, const std::optional<std::vector<Device>>& devices = std::nullopt) {
  if (modules.size() != inputs.size()) throw ValueError("Must have as many inputs as modules");
  if (devices && modules.size() != devices->size()) throw ValueError("Must have as many devices as modules");
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < modules.size(); ++i) outputs.push_back(detail::run(modules[i], inputs[i]).to(devices ? (*devices)[i] : inputs[i].device()));
  return outputs;
}

/// Cuts the batch along `dim`, runs the pieces through copies of the module on the devices (by default one, the input's own), and joins the
/// results on `output_device`, the first device unless given. (https://pytorch.org/docs/stable/generated/torch.nn.DataParallel.html)
template <class M>
Tensor data_parallel(M module, Tensor input, std::optional<std::vector<Device>> devices = std::nullopt, std::optional<Device> output_device = std::nullopt, int64_t dim = 0) {
  if (!devices) devices = std::vector<Device>{input.device()};
  if (devices->empty()) throw ValueError("data_parallel: expected at least one device");
  const Device target = output_device.value_or(devices->front());
  if (devices->size() == 1) {
    module->to(devices->front());
    return detail::run(module, input.to(devices->front())).to(target);
  }
  const std::vector<Tensor> inputs = detail::scatter(input, *devices, dim);
  devices->resize(inputs.size(), devices->front());  // a small batch needs fewer
  auto replicas = replicate(module, *devices);
  return detail::gather(parallel_apply(replicas, inputs, devices), target, dim);
}

}  // namespace v1
}  // namespace parallel
}  // namespace nn
}  // namespace wick
