// When units are gathered and freed, and gradients reduced: hooks around the forward of each unit, at its outputs for backward, and at its parameters' gradients.
#include <wick/dist/fully_sharded.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <unordered_map>

#include <wick/autograd.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/dist/data_parallel.h>
#include <wick/nn/utils.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

#include "core/tensor_impl.h"
#include "dist/group.h"
#include "dist/sharder.h"

namespace wick::distributed::fsdp::inline v1 {

using Lock = std::shared_ptr<Sharder::State>;

// A gradient on its way into the shards: `members` are the parameters that it has values for.
struct Sharder::State::Reduction {
  FlatShard* flat;
  std::vector<size_t> members;
  Tensor grads, out;
  std::shared_ptr<Work> work;
};

// Gathers the neighbour in the order of the first forward.
void Sharder::State::prefetch(size_t u, int step) {
  const auto at = std::find(order.begin(), order.end(), u);
  if (at == order.end()) return;
  const auto next = at - order.begin() + step;
  if (next < 0 || next >= static_cast<std::ptrdiff_t>(order.size())) return;
  ShardedUnit& unit = units[order[static_cast<size_t>(next)]];
  if (&unit != &units.back() && !(in_backward() && unit.open && unit.waiting == 0)) unit.fetch(group);
}

std::optional<std::vector<Tensor>> Sharder::State::before_forward(size_t u, const std::vector<Tensor>& inputs) {
  if (summoned) return std::nullopt;
  ShardedUnit& unit = units[u];
  const bool root = u + 1 == units.size();
  if (root && armed && !in_backward()) recover();
  if (!in_backward() && !ordered && std::find(order.begin(), order.end(), u) == order.end()) order.push_back(u);
  {
    NoGradGuard off;
    unit.bring(group);
    if (in_backward()) {
      if (options.backward_prefetch()) prefetch(u, -1);
    } else if (options.forward_prefetch() && ordered) {
      prefetch(u, 1);
    }
  }
  return root ? cast(inputs) : std::nullopt;
}
std::optional<std::vector<Tensor>> Sharder::State::cast(const std::vector<Tensor>& inputs) const {
  const ScalarType to = options.mixed_precision().param_dtype();
  if (to == ScalarType::Undefined || !options.mixed_precision().cast_forward_inputs()) return std::nullopt;
  std::vector<Tensor> r = inputs;
  for (Tensor& t : r)
    if (t.defined() && t.is_floating_point()) t = t.to(to);
  return r;
}

void Sharder::State::after_forward(size_t u, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
  if (summoned) return;
  ShardedUnit& unit = units[u];
  const bool root = u + 1 == units.size(), grad = GradMode::is_enabled();
  bool watched = false;
  if (grad) {
    for (const Tensor& t : outputs)
      if (t.defined() && t.requires_grad()) {
        t.register_hook([u, weak = weak_from_this()](const Tensor&) { if (const Lock state = weak.lock()) state->before_backward(u); });
        watched = true;
      }
    // With frozen parameters the gradients of the inputs come last.
    if (unit.frozen && watched)
      for (const Tensor& t : inputs)
        if (t.defined() && t.requires_grad())
          t.register_hook([u, weak = weak_from_this()](const Tensor&) { if (const Lock state = weak.lock()) state->past_inputs(u); });
  }
  if (in_backward()) return;
  if (root) {
    ordered = true;
    for (ShardedUnit& other : units)
      if (!grad || !(watched || outputs.empty()) || other.place == ShardedUnit::coming) other.leave();
  } else if (options.sharding_strategy() == ShardingStrategy::FULL_SHARD && !(grad && outputs.empty())) {
    unit.leave();
  }
}

void Sharder::State::arm() {
  if (in_backward()) return;
  armed = true;
  // The token goes with the pass, also with one that fails.
  const std::shared_ptr<int> token(new int, [weak = weak_from_this()](int* p) {
    delete p;
    if (const Lock state = weak.lock()) state->ended();
  });
  autograd::queue_callback([token, self = shared_from_this()] { self->finish(); });
  pass = token;
  for (ShardedUnit& unit : units) unit.open = false;
}
void Sharder::State::open(ShardedUnit& unit) {
  if (unit.open) return;
  unit.open = true;
  unit.waiting = unit.trainable;
  for (FlatShard& f : unit.flats)
    for (ShardedParam& p : f.params) {
      p.arrived = false;
      p.held = std::exchange(p.tensor.mutable_grad(), Tensor());
    }
}
void Sharder::State::before_backward(size_t u) {
  arm();
  NoGradGuard off;
  units[u].bring(group);
  open(units[u]);
  if (options.backward_prefetch()) prefetch(u, -1);
}
void Sharder::State::past_inputs(size_t u) {
  if (in_backward() && units[u].open && units[u].waiting == 0) units[u].leave();
}
void Sharder::State::came(size_t u, size_t flat, size_t i) {
  if (summoned) return;
  arm();
  NoGradGuard off;
  ShardedUnit& unit = units[u];
  open(unit);
  FlatShard& f = unit.flats[flat];
  ShardedParam& p = f.params[i];
  Tensor& grad = p.tensor.mutable_grad();
  if (grad.defined()) {
    WICK_CHECK(!grad.is_sparse(), "FullyShardedDataParallel: the gradient of ", p.names[0], " is sparse; make the embedding with sparse(false)");
    f.fill(p, grad, f.part * group->size());
    grad.reset();
  }
  if (std::exchange(p.arrived, true) || --unit.waiting > 0) return;
  if (on) reduce(unit);
  if (!unit.frozen) unit.leave();
}

void Sharder::State::reduce(ShardedUnit& unit) {
  for (FlatShard& f : unit.flats) {
    Reduction r;
    for (size_t i = 0; i < f.params.size(); ++i)
      if (f.params[i].filled) r.members.push_back(i);
    if (r.members.empty()) continue;
    f.zero_gaps();
    for (ShardedParam& p : f.params) p.filled = false;
    while (!reductions.empty()) land();
    r.flat = &f;
    r.grads = std::exchange(f.grads, Tensor());
    r.out = wick::empty({f.part}, f.reduce);
    r.work = reduce_scatter_spending(r.out, r.grads, ReduceOp::AVG, group, true);
    reductions.push_back(std::move(r));
  }
}
void Sharder::State::land() {
  Reduction r = std::move(reductions.front());
  reductions.pop_front();
  r.work->wait();
  r.grads.reset();
  FlatShard& f = *r.flat;
  const Tensor out = f.reduce == f.dtype ? r.out : r.out.to(f.dtype);
  for (const size_t i : r.members) {
    ShardedParam& p = f.params[i];
    if (p.begin == p.end) continue;
    const Tensor part = f.elements(p, out, group->rank());
    if (p.held.defined()) p.held.add_(part);
    else p.held = part;
  }
}
void Sharder::State::finish() {
  armed = false;
  NoGradGuard off;
  for (size_t u = units.size(); u-- > 0;)
    if (on) reduce(units[u]);
  while (!reductions.empty()) land();
  close();
}
// Shards everywhere, with their gradients.
void Sharder::State::close() {
  for (ShardedUnit& unit : units) {
    if (unit.place == ShardedUnit::here || !armed) unit.leave();
    if (!std::exchange(unit.open, false)) continue;
    for (FlatShard& f : unit.flats)
      for (ShardedParam& p : f.params) p.tensor.mutable_grad() = std::exchange(p.held, Tensor());
  }
}
// A pass is over. If it failed, gradients are what they are, and nothing that is under way is waited for before the next forward.
void Sharder::State::ended() noexcept {
  if (!armed) return;
  try {
    for (ShardedUnit& unit : units)
      for (FlatShard& f : unit.flats) {
        f.grads.reset();
        for (ShardedParam& p : f.params) p.filled = false;
      }
    close();
  } catch (...) {
  }
}
void Sharder::State::recover() {
  armed = false;
  for (const Reduction& r : reductions) {
    try {
      r.work->wait();
    } catch (const Error&) {
    }
  }
  reductions.clear();
  for (ShardedUnit& unit : units) unit.leave();
}

void Sharder::State::must_be_at_rest(const char* what) {
  WICK_CHECK(!in_backward() && !summoned, what, ": backward is at work, or SummonFullParams already has the parameters");
  if (armed) recover();
  for (ShardedUnit& unit : units) unit.leave();
}

Sharder::Sharder(nn::Module& module, const FullyShardedOptions& options) : state_(std::make_shared<State>()) {
  State& s = *state_;
  s.options = options;
  s.group = options.process_group() ? options.process_group() : default_group();
  s.module = &module;
  NoGradGuard off;
  if (options.sharding_strategy() == ShardingStrategy::NO_SHARD) {
    nn::parallel::DistributedDataParallelOptions o;
    s.reducer = std::make_unique<nn::parallel::Reducer>(module, o.process_group(s.group).reduce_dtype(options.mixed_precision().reduce_dtype()));
    return;
  }
  s.units = plan_units(module, options.auto_wrap_policy());
  std::vector<std::string> lines;
  for (const ShardedUnit& u : s.units) {
    lines.push_back(wick::str("the unit \"", u.path, "\""));
    for (const FlatShard& f : u.flats)
      for (const ShardedParam& p : f.params)
        lines.push_back(wick::str("the parameter ", p.names[0], " ", dtype_name(f.dtype), " ", IntArrayRef(p.whole.sizes), f.trains ? "" : " without requires_grad"));
  }
  for (const auto& b : module.named_buffers()) lines.push_back(wick::str("the buffer ", b.key(), " ", dtype_name(b.value().scalar_type()), " ", b.value().sizes()));
  check_alike("FullyShardedDataParallel", lines, s.group);
  for (ShardedUnit& u : s.units)
    for (FlatShard& f : u.flats) f.build(s.group, options.mixed_precision(), options.sync_module_states());
  if (options.sync_module_states())
    for (const Tensor& b : module.buffers()) broadcast(b, 0, s.group);
  for (size_t u = 0; u < s.units.size(); ++u) {
    ShardedUnit& unit = s.units[u];
    const std::weak_ptr<State> weak = state_;
    unit.module->register_forward_pre_hook([u, weak](nn::Module&, const std::vector<Tensor>& inputs) -> std::optional<std::vector<Tensor>> {
      const Lock state = weak.lock();
      return state ? state->before_forward(u, inputs) : std::nullopt;
    });
    unit.module->register_forward_hook([u, weak](nn::Module&, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs) {
      if (const Lock state = weak.lock()) state->after_forward(u, inputs, outputs);
    });
    for (size_t f = 0; f < unit.flats.size(); ++f)
      for (size_t i = 0; i < unit.flats[f].params.size(); ++i)
        if (const auto& accumulator = unit.flats[f].params[i].accumulator)
          accumulator->add_post_hook([u, f, i, weak](const autograd::variable_list& out, const autograd::variable_list&) {
            if (const Lock state = weak.lock()) state->came(u, f, i);
            return out;
          });
  }
}
Sharder::~Sharder() = default;
void Sharder::prepare() { if (state_->reducer) state_->reducer->prepare(); }
bool Sharder::synchronises() const { return state_->reducer ? state_->reducer->synchronises() : state_->on; }
void Sharder::set_synchronises(bool on) {
  state_->on = on;
  if (state_->reducer) state_->reducer->set_synchronises(on);
}
std::vector<std::string> Sharder::units() const {
  std::vector<std::string> paths;
  for (const ShardedUnit& u : state_->units) paths.push_back(u.path);
  return paths;
}

double Sharder::clip_grad_norm_(double max_norm, double norm_type, bool error_if_nonfinite) {
  State& s = *state_;
  NoGradGuard off;
  if (s.reducer) return nn::utils::clip_grad_norm_(s.module->parameters(), max_norm, norm_type, error_if_nonfinite);
  WICK_CHECK_TYPE(ValueError, norm_type > 0, "clip_grad_norm_: norm_type must be positive, got ", norm_type);
  s.must_be_at_rest("clip_grad_norm_");
  std::vector<Tensor> grads;
  const bool most = std::isinf(norm_type);
  double sum = 0;
  for (const ShardedUnit& u : s.units)
    for (const FlatShard& f : u.flats)
      for (const ShardedParam& p : f.params) {
        const Tensor& g = p.tensor.grad();
        if (!g.defined()) continue;
        grads.push_back(g.detach());
        const double norm = g.norm(norm_type).item<double>();
        sum = most ? (norm > sum || std::isnan(norm) ? norm : sum) : sum + std::pow(norm, norm_type);
      }
  Tensor total = wick::tensor(sum, kDouble);
  all_reduce(total, most ? ReduceOp::MAX : ReduceOp::SUM, s.group);
  const double norm = most ? total.item<double>() : std::pow(total.item<double>(), 1 / norm_type);
  WICK_CHECK(!error_if_nonfinite || std::isfinite(norm), "The total norm of order ", norm_type, " of the gradients of all ranks is non-finite, so it cannot be clipped. To scale the gradients with it anyway, "
             "set `error_if_nonfinite=false`");
  // In the dtype of the norm, as the function of one process.
  const bool wide = !grads.empty() && grads[0].scalar_type() == kDouble;
  const double scale = wide ? max_norm / (norm + 1e-6) : static_cast<float>(max_norm) / (static_cast<float>(norm) + 1e-6f);
  if (!(scale >= 1))
    for (Tensor& g : grads) g.mul_(scale);
  return norm;
}

void Sharder::must_be_whole(const char* what) const {
  WICK_CHECK(state_->reducer || state_->summoned, what, ": the parameters are spread over ", state_->group->size(), " ranks; use full_state_dict and load_full_state_dict, save_sharded and load_sharded, or SummonFullParams");
}
void Sharder::gather() {
  State& s = *state_;
  if (s.reducer) return;
  s.must_be_at_rest("SummonFullParams");
  NoGradGuard off;
  for (ShardedUnit& u : s.units)
    for (FlatShard& f : u.flats) {
      s.copies.push_back(f.gathered_copy(s.group));
      f.show_whole(s.copies.back());
    }
  s.summoned = true;
}
void Sharder::release() {
  State& s = *state_;
  if (!s.summoned) return;
  NoGradGuard off;
  size_t n = 0;
  for (ShardedUnit& u : s.units)
    for (FlatShard& f : u.flats) {
      f.shard.copy_(s.copies[n++].narrow(0, s.group->rank() * f.part, f.part));
      f.show_shard();
    }
  s.copies.clear();
  s.summoned = false;
}

}  // namespace wick::distributed::fsdp::inline v1
