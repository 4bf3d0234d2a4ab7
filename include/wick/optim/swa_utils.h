// Averages of weights: stochastic weight averaging, exponential moving averages.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/core/grad_mode.h>
#include <wick/nn/module.h>
#include <wick/nn/norm.h>
#include <wick/optim/lr_scheduler.h>

namespace wick {
namespace optim {
namespace swa_utils {
inline namespace v1 {

/// How an average takes in new values: of one parameter, giving its new average; or of all parameters of one type, in place.
using AvgFn = std::function<Tensor(const Tensor& averaged, const Tensor& current, int64_t num_averaged)>;
using MultiAvgFn = std::function<void(std::vector<Tensor>& averaged, const std::vector<Tensor>& current, int64_t num_averaged)>;

/// Exponential moving averages, `decay * averaged + (1 - decay) * current`, and equal ones. Errors: a decay outside of 0 to 1.
/// (https://pytorch.org/docs/stable/optim.html#weight-averaging-swa-and-ema)
AvgFn get_ema_avg_fn(double decay = 0.999);
AvgFn get_swa_avg_fn();
MultiAvgFn get_ema_multi_avg_fn(double decay = 0.999);
MultiAvgFn get_swa_multi_avg_fn();

/// The part of AveragedModel that does not depend on the model's class.
class AveragedModelBase : public nn::Module {
 public:
  /// Takes in the model's present parameters; the first time it copies them. With `use_buffers` its buffers are averaged too, otherwise copied.
  /// Errors: a model with other parameters.
  void update_parameters(const nn::Module& model);
  /// How many models it is the average of.
  Tensor n_averaged;

 protected:
  AveragedModelBase(const nn::Module& model, AvgFn avg_fn, MultiAvgFn multi_avg_fn, bool use_buffers);
  std::shared_ptr<nn::Module> copy_;

 private:
  AvgFn avg_fn_;
  MultiAvgFn multi_avg_fn_;
  bool use_buffers_;
};

/// A copy of a model whose parameters are the average of those that the model had at each `update_parameters`: equal (SWA), or what the function
/// says (`AveragedModel ema(model, get_ema_multi_avg_fn(0.999));`). The model must be cloneable. Its archive holds `module` and `n_averaged`, as
/// Python's. (https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.AveragedModel.html)
template <class Model>
class AveragedModel : public AveragedModelBase {
 public:
  explicit AveragedModel(const nn::ModuleHolder<Model>& model, MultiAvgFn multi_avg_fn = nullptr, bool use_buffers = false)
      : AveragedModel(*model.ptr(), nullptr, std::move(multi_avg_fn), use_buffers) {}
  AveragedModel(const nn::ModuleHolder<Model>& model, AvgFn avg_fn, bool use_buffers = false) : AveragedModel(*model.ptr(), std::move(avg_fn), nullptr, use_buffers) {}
  explicit AveragedModel(const std::shared_ptr<Model>& model, MultiAvgFn multi_avg_fn = nullptr, bool use_buffers = false)
      : AveragedModel(*model, nullptr, std::move(multi_avg_fn), use_buffers) {}
  AveragedModel(const std::shared_ptr<Model>& model, AvgFn avg_fn, bool use_buffers = false) : AveragedModel(*model, std::move(avg_fn), nullptr, use_buffers) {}
  using AveragedModelBase::update_parameters;
  void update_parameters(const nn::ModuleHolder<Model>& model) { AveragedModelBase::update_parameters(*model.ptr()); }

  /// The averaged model, and its result.
  std::shared_ptr<Model> module;
  template <class... Args>
  auto forward(Args&&... args) { return module->forward(std::forward<Args>(args)...); }

 private:
  AveragedModel(const Model& model, AvgFn avg_fn, MultiAvgFn multi_avg_fn, bool use_buffers)
      : AveragedModelBase(model, std::move(avg_fn), std::move(multi_avg_fn), use_buffers), module(std::dynamic_pointer_cast<Model>(copy_)) {}
};

namespace detail {
// Sets the batch normalisations of a model to plain means, from zero, and back.
class FreshStatistics {
 public:
  explicit FreshStatistics(nn::Module& model);
  ~FreshStatistics();
  bool any() const { return !momenta_.empty(); }

 private:
  nn::Module& model_;
  bool was_training_;
  std::vector<std::pair<std::optional<double>*, std::optional<double>>> momenta_;
};
template <class T> auto input_of(T& batch, int) -> decltype((batch.data)) { return batch.data; }
template <class T> T& input_of(T& batch, long) { return batch; }
template <class Model>
auto& module_of(Model& model) {
  if constexpr (std::is_base_of<nn::Module, Model>::value) return model;
  else return *model;
}
}  // namespace detail

/// Computes the running statistics of all batch normalisations of a model (a holder, a pointer, an AveragedModel) anew, as plain means over the
/// batches of a pass over the data, which averaged weights need. Batches are tensors or examples, whose `data` counts.
/// (https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.update_bn.html)
template <class Loader, class Model>
void update_bn(Loader&& loader, Model&& model) {
  auto& module = detail::module_of(model);
  detail::FreshStatistics statistics(module);
  if (!statistics.any()) return;
  NoGradGuard off;
  for (auto&& batch : loader) module.forward(detail::input_of(batch, 0));
}

/// A schedule that goes from the present rates to `swa_lr` in `anneal_epochs` epochs and stays there. `anneal_strategy`: "cos" or "linear".
/// Errors: another strategy, negative epochs. (https://pytorch.org/docs/stable/generated/torch.optim.swa_utils.SWALR.html)
class SWALR : public lr_scheduler::LRScheduler {
 public:
  SWALR(Optimizer& optimizer, const lr_scheduler::PerGroup& swa_lr, int64_t anneal_epochs = 10, const std::string& anneal_strategy = "cos", int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  void fields(lr_scheduler::Fields& f) override;
  std::vector<double> swa_lrs_;
  int64_t anneal_epochs_;
  bool cos_;
};

}  // namespace v1
}  // namespace swa_utils
}  // namespace optim
}  // namespace wick
