// ZeroRedundancyOptimizer: the states of an optimizer, spread over the processes that train one model.
#pragma once

#include <functional>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/dist/join.h>
#include <wick/dist/process_group.h>
#include <wick/nn/arg.h>
#include <wick/optim.h>

namespace wick {
namespace distributed {
inline namespace v1 {

/// Who updates what: each rank an equal share of the elements of all parameters, or whole parameters, the largest first to the rank that has least. `automatic`:
/// elements where the optimizer looks at each one alone, parameters otherwise (LAMB, Adafactor, Muon, SparseAdam, optimizers of one's own).
enum class ZeroPartition : uint8_t { automatic, elements, parameters };

/// How an optimizer is spread. New values travel in buckets of at most `bucket_cap_mb`.
struct ZeroOptions {
  WICK_ARG(Group, process_group);
  WICK_ARG(ZeroPartition, partition) = ZeroPartition::automatic;
  WICK_ARG(double, bucket_cap_mb) = 4;
};

namespace detail {
template <class Options, class State> Options options_of(const optim::OptimizerOf<Options, State>*);
template <class O> using OptionsOf = decltype(options_of(static_cast<const O*>(nullptr)));
// Optimizers that look at each element alone.
template <class O> constexpr bool is_elementwise =
    std::is_same<O, optim::SGD>::value || std::is_same<O, optim::Adam>::value || std::is_same<O, optim::AdamW>::value || std::is_same<O, optim::Adagrad>::value ||
    std::is_same<O, optim::Adadelta>::value || std::is_same<O, optim::Adamax>::value || std::is_same<O, optim::ASGD>::value || std::is_same<O, optim::NAdam>::value ||
    std::is_same<O, optim::RAdam>::value || std::is_same<O, optim::RMSprop>::value || std::is_same<O, optim::Rprop>::value || std::is_same<O, optim::Lion>::value;
}  // namespace detail

/// An optimizer of any kind of which each rank has a share: `make` makes it for some of the parameters. See ZeroRedundancyOptimizer.
class ZeroOptimizer : public optim::Optimizer, public algorithms::Joinable {
 public:
  using Make = std::function<std::unique_ptr<optim::Optimizer>(const std::vector<optim::OptimizerParamGroup>& groups)>;
  ZeroOptimizer(const std::vector<optim::OptimizerParamGroup>& groups, std::unique_ptr<optim::OptimizerOptions> defaults, Make make, const ZeroOptions& options = {});
  ~ZeroOptimizer() override;
  /// Updates this rank's share and gets the others' from them; all ranks must call it. `step_options().clip_norm` is the norm of all gradients.
  Tensor step(LossClosure closure = nullptr) override;
  /// Brings all states to one rank, where `save` writes them then as the optimizer itself would; all ranks must call it.
  void consolidate_state_dict(int to = 0);
  /// Errors of `save`: a step was done since consolidate_state_dict. `load` takes on each rank a file of all states, and keeps this rank's share.
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  /// In a join context a rank without inputs goes on updating its share, with the gradients of the others: `Join({model, optimizer})`, in this order,
  /// with one step a forward.
  std::unique_ptr<algorithms::JoinHook> join_hook(const algorithms::JoinOptions& options) override;
  Group join_process_group() const override;
  /// This rank's optimizer, of its share of the parameters.
  optim::Optimizer& optim();
  struct Impl;

 protected:
  void check_options(const optim::OptimizerOptions& options) const override;

 private:
  std::unique_ptr<Impl> impl_;
};

/// The optimizer `O` for models whose gradients are averaged by DistributedDataParallel: each rank keeps the states of its share of the parameters, updates it and
/// gets the rest from the others, so that a rank's states take a part of the memory (ZeRO, stage 1). To schedules, GradScaler and clipping it is an `O`.
///     DistributedDataParallel model(Net());
///     distributed::ZeroRedundancyOptimizer<optim::AdamW> optimizer(model.parameters(), optim::AdamWOptions(1e-3));
/// Errors: ranks with other parameters; LBFGS, whose steps look at all parameters several times.
/// (https://docs.pytorch.org/docs/stable/distributed.optim.html#torch.distributed.optim.ZeroRedundancyOptimizer)
template <class O>
class ZeroRedundancyOptimizer : public ZeroOptimizer {
  static_assert(!std::is_same<O, optim::LBFGS>::value, "LBFGS looks at all parameters several times in a step and cannot be spread over ranks");

 public:
  using Options = detail::OptionsOf<O>;
  explicit ZeroRedundancyOptimizer(const std::vector<optim::OptimizerParamGroup>& groups, const Options& defaults = {}, const ZeroOptions& options = {})
      : ZeroOptimizer(groups, defaults.clone(), [defaults](const std::vector<optim::OptimizerParamGroup>& g) { return std::unique_ptr<optim::Optimizer>(new O(g, defaults)); }, chosen(options)) {}
  explicit ZeroRedundancyOptimizer(std::vector<Tensor> params, const Options& defaults = {}, const ZeroOptions& options = {})
      : ZeroRedundancyOptimizer(std::vector<optim::OptimizerParamGroup>{optim::OptimizerParamGroup(std::move(params))}, defaults, options) {}

 private:
  static ZeroOptions chosen(ZeroOptions o) {
    if (o.partition() == ZeroPartition::automatic && detail::is_elementwise<O>) o.partition(ZeroPartition::elements);
    return o;
  }
};

}  // namespace v1
}  // namespace distributed
}  // namespace wick
