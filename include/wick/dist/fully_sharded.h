// FullyShardedDataParallel: a model whose parameters, gradients and optimizer states are spread over the processes that train it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/dist/process_group.h>
#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/optim/grad_scaler.h>
#include <wick/optim/optimizer.h>

namespace wick {
namespace distributed {
namespace fsdp {
inline namespace v1 {

/// What is spread over the ranks. FULL_SHARD (ZeRO's stage 3): parameters, gradients and states; a unit's parameters are there during its forward and backward
/// only. SHARD_GRAD_OP (stage 2): the same, but parameters stay from forward to the end of backward. NO_SHARD: nothing, as DistributedDataParallel.
enum class ShardingStrategy : uint8_t { FULL_SHARD, SHARD_GRAD_OP, NO_SHARD };

/// The dtype in which parameters are gathered and forward and backward compute, and the one in which gradients are reduced; shards, gradients of shards and states keep
/// the parameters' own. `cast_forward_inputs`: floating-point inputs of the model become `param_dtype`.
struct MixedPrecision {
  WICK_ARG(ScalarType, param_dtype) = ScalarType::Undefined;
  WICK_ARG(ScalarType, reduce_dtype) = ScalarType::Undefined;
  WICK_ARG(bool, cast_forward_inputs) = true;
};

/// Whether a module below the model is a unit: gathered and freed as one. `numel`: elements of its parameters that no unit within it has. Children are asked before parents.
using WrapPolicy = std::function<bool(const std::string& path, const nn::Module& module, int64_t numel)>;
/// Modules of at least so many elements; of some classes (`module_wrap_policy<BlockImpl, HeadImpl>()`); at paths, in which `*` stands for anything without a dot ("blocks.*").
WrapPolicy size_based_auto_wrap_policy(int64_t min_num_params = 100000000);
WrapPolicy path_wrap_policy(std::vector<std::string> patterns);
template <class... M>
WrapPolicy module_wrap_policy() {
  return [](const std::string&, const nn::Module& m, int64_t) { return ((dynamic_cast<const M*>(&m) != nullptr) || ...); };
}

/// How a model is spread. Without a policy the whole model is one unit. The next unit in the order of the first forward, or the one before in backward, is gathered while the
/// one at work computes, if `forward_prefetch` and `backward_prefetch`. `sync_module_states`: rank 0's parameters and buffers count at the start.
struct FullyShardedOptions {
  WICK_ARG(Group, process_group);
  WICK_ARG(ShardingStrategy, sharding_strategy) = ShardingStrategy::FULL_SHARD;
  WICK_ARG(WrapPolicy, auto_wrap_policy);
  WICK_ARG(MixedPrecision, mixed_precision);
  WICK_ARG(bool, forward_prefetch) = true;
  WICK_ARG(bool, backward_prefetch) = true;
  WICK_ARG(bool, sync_module_states) = true;
};

/// What FullyShardedDataParallel does with a module, for programs that call it themselves: as `module(x)` on a holder, and its units, too, for the gathering is done by hooks.
class Sharder {
 public:
  struct State;
  Sharder(nn::Module& module, const FullyShardedOptions& options);
  ~Sharder();
  /// Before each forward.
  void prepare();
  bool synchronises() const;
  void set_synchronises(bool on);
  /// Paths of the units, the model itself ("") last.
  std::vector<std::string> units() const;
  /// clip_grad_norm_ over the gradients of all ranks. Errors: a norm that is not finite, if `error_if_nonfinite`.
  double clip_grad_norm_(double max_norm, double norm_type = 2, bool error_if_nonfinite = false);

  /// The model's state as the plain model has it, on rank `to`; elsewhere empty. All ranks must call it.
  OrderedDict<std::string, Tensor> full_state_dict(int to = 0);
  /// Takes this rank's shards of a plain model's state, which each rank has (a mapped file does). Errors: as Module::load_state_dict; nothing is changed then.
  void load_full_state_dict(const OrderedDict<std::string, Tensor>& state);
  /// The archive that the optimizer would write for the plain model, on rank `to`; elsewhere nothing is written. All ranks must call it. And back, on each rank.
  void save_full_optimizer(serialize::OutputArchive& archive, const optim::Optimizer& optimizer, int to = 0);
  void load_full_optimizer(serialize::InputArchive& archive, optim::Optimizer& optimizer);

  /// The parameters of all units, whole; `release` writes this rank's changes into its shards and frees them. Used by SummonFullParams.
  void gather();
  void release();
  /// Errors, naming the ways out, unless parameters are whole.
  void must_be_whole(const char* what) const;
  const std::shared_ptr<State>& state() const { return state_; }

 private:
  std::shared_ptr<State> state_;
};

/// Saves what each rank has of a model and its optimizer, in a file of its own, and then an index; `extra`, rank 0's, goes there. A killed save leaves the one before whole. All ranks must
/// call it. `load_sharded` reads that with any number of ranks and any strategy: all is read and looked at, on all ranks, before anything is changed; `extra` gets what was given. Errors, on
/// all ranks: no index, a missing file, named with its rank; files of another save; damaged ones; parameters that are missing or unexpected or have other sizes.
void save_sharded(const std::string& folder, Sharder& model, const optim::Optimizer* optimizer = nullptr, serialize::OutputArchive* extra = nullptr);
void load_sharded(const std::string& folder, Sharder& model, optim::Optimizer* optimizer = nullptr, serialize::InputArchive* extra = nullptr);
/// The same as one archive of the plain model, as train::State writes it, in one process and without a model: "model" with its state, "optimizer" and "extra", if they were saved.
void consolidate_sharded(const std::string& folder, const std::string& file);

/// Gradients stay whole on their rank, and add up, while it lives.
class NoSync {
 public:
  explicit NoSync(Sharder& sharder) : sharder_(sharder), before_(sharder.synchronises()) { sharder.set_synchronises(false); }
  ~NoSync() { sharder_.set_synchronises(before_); }
  NoSync(const NoSync&) = delete;
  NoSync& operator=(const NoSync&) = delete;

 private:
  Sharder& sharder_;
  bool before_;
};

/// The parameters of the whole model, as the plain model has them, while it lives: to look at, to save, or to change alike on all ranks. All ranks must make one.
/// (https://docs.pytorch.org/docs/stable/fsdp.html#torch.distributed.fsdp.FullyShardedDataParallel.summon_full_params)
class SummonFullParams {
 public:
  explicit SummonFullParams(Sharder& sharder) : sharder_(sharder) { sharder_.gather(); }
  ~SummonFullParams() { sharder_.release(); }
  SummonFullParams(const SummonFullParams&) = delete;
  SummonFullParams& operator=(const SummonFullParams&) = delete;

 private:
  Sharder& sharder_;
};

/// amp::GradScaler for gradients in shards: a step is left out on all ranks when one finds a gradient that is not finite.
/// (https://github.com/pytorch/pytorch/blob/main/torch/distributed/fsdp/sharded_grad_scaler.py)
class ShardedGradScaler : public amp::GradScaler {
 public:
  explicit ShardedGradScaler(amp::GradScalerOptions options = {}, Group group = nullptr) : GradScaler(std::move(options)), group_(std::move(group)) {}

 protected:
  bool agree(bool found_inf) const override;
  bool shares_gradients() const override { return true; }

 private:
  Group group_;
};

/// A model of which each rank keeps a share: of N ranks each holds an Nth of all parameters, gradients and optimizer states, and while a unit computes, that unit. Trained as with
/// DistributedDataParallel, each rank with its share of the batch:
///     fsdp::FullyShardedDataParallel model(Net(), fsdp::FullyShardedOptions().auto_wrap_policy(fsdp::module_wrap_policy<BlockImpl>()));
///     optim::AdamW optimizer(model.parameters());
///     loss(model(x), y).backward();
/// Outside of forward and backward a parameter shows this rank's elements, in one dimension (perhaps none), and so does its gradient. So optimizers must look at each element alone
/// (LAMB, Adafactor, Muon: ZeroRedundancyOptimizer), groups by number of dimensions are made before, and the norm for clipping is that of `clip_grad_norm_` here. Units are to be
/// called as `block(x)`: `block->forward(x)` runs no hooks, so their parameters are not there. Freeze parameters before; parameters that several units share belong to
/// the unit around these. Errors: parameters that are views, models that differ between ranks. (https://docs.pytorch.org/docs/stable/fsdp.html)
template <class M>
class FullyShardedDataParallel : public nn::Module {
 public:
  explicit FullyShardedDataParallel(M module, const FullyShardedOptions& options = {})
      : Module("wick::distributed::fsdp::FullyShardedDataParallel"), module_(std::move(module)), sharder_(*module_, options) { register_module("module", module_); }

  /// The model's result, its hooks included.
  template <class... Args>
  decltype(auto) forward(Args&&... args) {
    sharder_.prepare();
    return call(module_, std::forward<Args>(args)...);
  }
  template <class... Args>
  decltype(auto) operator()(Args&&... args) { return forward(std::forward<Args>(args)...); }

  /// The model itself, and what spreads it.
  M& module() { return module_; }
  Sharder& sharder() { return sharder_; }
  /// For gradient accumulation: `auto off = model.no_sync();` around all but the last forward and backward.
  NoSync no_sync() { return NoSync(sharder_); }
  SummonFullParams summon_full_params() { return SummonFullParams(sharder_); }
  double clip_grad_norm_(double max_norm, double norm_type = 2, bool error_if_nonfinite = false) { return sharder_.clip_grad_norm_(max_norm, norm_type, error_if_nonfinite); }
  OrderedDict<std::string, Tensor> full_state_dict(int to = 0) { return sharder_.full_state_dict(to); }
  void load_full_state_dict(const OrderedDict<std::string, Tensor>& state) { sharder_.load_full_state_dict(state); }
  /// Errors: the parameters are spread, and nobody has summoned them.
  void save(serialize::OutputArchive& archive) const override {
    sharder_.must_be_whole("save");
    Module::save(archive);
  }
  void load(serialize::InputArchive& archive) override {
    sharder_.must_be_whole("load");
    Module::load(archive);
  }

 private:
  template <class H, class... Args>
  static decltype(auto) call(nn::ModuleHolder<H>& m, Args&&... args) { return m(std::forward<Args>(args)...); }
  template <class T, class... Args>
  static auto call(const std::shared_ptr<T>& m, Args&&... args) {
    if constexpr (std::is_base_of<nn::Module, T>::value) return nn::ModuleHolder<T>(m)(std::forward<Args>(args)...);
  }
  M module_;
  Sharder sharder_;
};

}  // namespace v1
}  // namespace fsdp
}  // namespace distributed
}  // namespace wick
