#include <functional>
#include <map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/dist/model_averaging.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

#include "dist/hook_state.h"
#include "dist/socket.h"

namespace wick::distributed {
namespace algorithms::inline v1 {

Group machine_group() {
  const int n = get_world_size(), me = get_rank();
  const int64_t here = static_cast<int64_t>(std::hash<std::string>{}(host_name()));
  const Tensor all = wick::empty({n}, kLong);
  all_gather_into_tensor(all, wick::full({1}, here, kLong));
  std::map<int64_t, std::vector<int>> machines;
  std::vector<int64_t> order;
  for (int r = 0; r < n; ++r) {
    auto& ranks = machines[all.data_ptr<int64_t>()[r]];
    if (ranks.empty()) order.push_back(all.data_ptr<int64_t>()[r]);
    ranks.push_back(r);
  }
  Group mine;
  for (const int64_t machine : order) {
    const auto& ranks = machines[machine];
    Group g = new_group(ranks);
    if (std::find(ranks.begin(), ranks.end(), me) != ranks.end()) mine = std::move(g);
  }
  return mine;
}

Future post_localSGD_hook(const std::shared_ptr<PostLocalSGDState>& state, GradBucket& bucket) {
  if (state->iter < state->start_localSGD_iter) {
    if (bucket.is_last()) ++state->iter;
    return allreduce_hook(state->process_group, bucket);
  }
  if (!state->post_local_gradient_allreduce) return Future(bucket.buffer());
  if (!state->subgroup) state->subgroup = machine_group();
  return allreduce_hook(state->subgroup, bucket);
}

PeriodicModelAverager::PeriodicModelAverager(int64_t period, int64_t warmup_steps, Group process_group) : period_(period), warmup_steps_(warmup_steps), group_(std::move(process_group)) {
  WICK_CHECK_TYPE(ValueError, period >= 1, "PeriodicModelAverager: period must be at least 1, got ", period);
  WICK_CHECK_TYPE(ValueError, warmup_steps >= 0, "PeriodicModelAverager: warmup_steps must not be negative, got ", warmup_steps);
}
void PeriodicModelAverager::average_parameters(const std::vector<Tensor>& parameters) {
  const int64_t at_step = step++;
  if (at_step < warmup_steps_ || (at_step - warmup_steps_) % period_) return;
  NoGradGuard off;
  const Group group = group_or_default(group_);
  std::map<ScalarType, std::vector<Tensor>> by_dtype;
  for (const Tensor& p : parameters)
    if (p.grad().defined()) by_dtype[p.scalar_type()].push_back(p);
  for (const auto& [dtype, same] : by_dtype) {
    std::vector<Tensor> flat;
    for (const Tensor& p : same) flat.push_back(p.reshape({-1}));
    const Tensor all = wick::cat(flat).div_(static_cast<double>(group->size()));
    all_reduce(all, ReduceOp::SUM, group);
    int64_t at = 0;
    for (const Tensor& p : same) {
      Tensor(p).copy_(all.narrow(0, at, p.numel()).view(p.sizes()));
      at += p.numel();
    }
  }
}

}  // namespace algorithms::inline v1
inline namespace v1 {

Tensor PostLocalSGDOptimizer::step(optim::Optimizer::LossClosure closure) {
  Tensor loss = optimizer_.step(std::move(closure));
  std::vector<Tensor> all;
  for (const auto& group : optimizer_.param_groups()) all.insert(all.end(), group.params().begin(), group.params().end());
  averager_.average_parameters(all);
  return loss;
}
void PostLocalSGDOptimizer::save(serialize::OutputArchive& archive) const {
  optimizer_.save(archive);
  archive.write("averager_step", IValue(averager_.step));
}
void PostLocalSGDOptimizer::load(serialize::InputArchive& archive) {
  const int64_t step = algorithms::read_number(archive, "averager_step");
  optimizer_.load(archive);
  averager_.step = step;
}

}  // namespace v1
}  // namespace wick::distributed
