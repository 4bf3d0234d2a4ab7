// Local SGD: ranks train on their own for some steps, then average their models.
#pragma once

#include <memory>
#include <vector>

#include <wick/dist/comm_hooks.h>
#include <wick/optim/optimizer.h>

namespace wick {
namespace distributed {
namespace algorithms {
inline namespace v1 {

/// Gradients are averaged over `process_group` (null: the default one) for the first `start_localSGD_iter` iterations, then over `subgroup` (null: the ranks on
/// this machine, found out at that point), or not at all without `post_local_gradient_allreduce`.
/// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html)
struct PostLocalSGDState {
  explicit PostLocalSGDState(Group process_group = nullptr, Group subgroup = nullptr, int64_t start_localSGD_iter = 0, bool post_local_gradient_allreduce = true)
      : process_group(std::move(process_group)), subgroup(std::move(subgroup)), start_localSGD_iter(start_localSGD_iter), post_local_gradient_allreduce(post_local_gradient_allreduce) {}
  Group process_group, subgroup;
  int64_t start_localSGD_iter;
  bool post_local_gradient_allreduce;
  /// Iterations so far.
  int64_t iter = 0;
};
/// Goes with an averager after the optimizer's step: `model.register_comm_hook(state, post_localSGD_hook)`.
Future post_localSGD_hook(const std::shared_ptr<PostLocalSGDState>& state, GradBucket& bucket);

/// The group of the ranks on this process's machine. Every process of the job calls it.
Group machine_group();

/// Averages parameters over a group in step `warmup_steps` and every `period` steps from there. Only parameters that have a gradient count. Errors: ValueError for a
/// period below 1, a negative warm-up.
/// (https://docs.pytorch.org/docs/stable/distributed.algorithms.html)
class PeriodicModelAverager {
 public:
  explicit PeriodicModelAverager(int64_t period, int64_t warmup_steps = 0, Group process_group = nullptr);
  void average_parameters(const std::vector<Tensor>& parameters);
  /// Calls so far.
  int64_t step = 0;

 private:
  int64_t period_, warmup_steps_;
  Group group_;
};

}  // namespace v1
}  // namespace algorithms
inline namespace v1 {

/// An optimizer whose step ends with the averager's. Its archive is the optimizer's with the averager's step.
/// (https://docs.pytorch.org/docs/stable/distributed.optim.html#torch.distributed.optim.PostLocalSGDOptimizer)
class PostLocalSGDOptimizer {
 public:
  PostLocalSGDOptimizer(optim::Optimizer& optimizer, algorithms::PeriodicModelAverager averager) : optimizer_(optimizer), averager_(std::move(averager)) {}
  Tensor step(optim::Optimizer::LossClosure closure = nullptr);
  void zero_grad(bool set_to_none = true) { optimizer_.zero_grad(set_to_none); }
  optim::Optimizer& optimizer() { return optimizer_; }
  algorithms::PeriodicModelAverager& averager() { return averager_; }
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 private:
  optim::Optimizer& optimizer_;
  algorithms::PeriodicModelAverager averager_;
};

}  // namespace v1
}  // namespace distributed
}  // namespace wick
