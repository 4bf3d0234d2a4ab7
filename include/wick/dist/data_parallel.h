// DistributedDataParallel: one model on many processes, each with its share of the batch.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wick/core/grad_mode.h>
#include <wick/dist/comm_hooks.h>
#include <wick/dist/join.h>
#include <wick/dist/process_group.h>
#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace parallel {
inline namespace v1 {

/// How gradients are averaged. Buckets: the first is small so that communication begins early. `find_unused_parameters`: parameters that a pass does not reach
/// are no error; those that no rank reaches keep no gradient. `broadcast_buffers`: rank 0's buffers (running statistics) go to all before each forward in
/// training (in a join context those of the highest rank with inputs). `reduce_dtype` kBFloat16 or kHalf: gradients travel with half the bytes.
/// `gradient_as_bucket_view` false: gradients are tensors of their own, copied to buckets and back, for programs that keep them from one pass to the next.
/// `static_graph`: every pass uses the same parameters equally often, which the first pass counts (without overlap); unused parameters are then allowed, and
/// parameters that several checkpointed parts share.
struct DistributedDataParallelOptions {
  WICK_ARG(distributed::Group, process_group);
  WICK_ARG(bool, broadcast_buffers) = true;
  WICK_ARG(bool, find_unused_parameters) = false;
  WICK_ARG(bool, gradient_as_bucket_view) = true;
  WICK_ARG(bool, static_graph) = false;
  WICK_ARG(double, first_bucket_mb) = 1;
  WICK_ARG(double, bucket_cap_mb) = 25;
  WICK_ARG(ScalarType, reduce_dtype) = ScalarType::Undefined;
};

/// What DistributedDataParallel does around forward and backward, for programs that call the model themselves.
class Reducer : public distributed::algorithms::Joinable {
 public:
  struct State;
  /// Compares the module between ranks (an Error names the first difference), sends rank 0's parameters and buffers to all, and listens for gradients.
  Reducer(Module& module, const DistributedDataParallelOptions& options);
  ~Reducer() override;
  Reducer(const Reducer&) = delete;
  Reducer& operator=(const Reducer&) = delete;
  /// Before each forward: takes note of the gradients that are there, and sends buffers.
  void prepare();
  /// Whether backward reduces.
  bool synchronises() const;
  void set_synchronises(bool on);
  /// Reduces buckets with `hook` from the next pass on. Errors: one is registered; with `reduce_dtype`; during backward. In backward: ValueError
  /// for a result that is not as large as the bucket.
  void register_comm_hook(distributed::CommHook hook);
  std::unique_ptr<distributed::algorithms::JoinHook> join_hook(const distributed::algorithms::JoinOptions& options) override;
  distributed::Group join_process_group() const override;
  /// Bytes of each bucket, in the order in which they are reduced; how many were already sent when the last backward ended its own work.
  std::vector<int64_t> bucket_sizes() const;
  int64_t sent_during_backward() const;
  /// The parameters' numbers in the order of the buckets, which follows the first backward's; empty before. A run that goes on with the order of the one before,
  /// the same on all ranks, adds gradients up in the same order.
  std::vector<int64_t> order() const;
  void set_order(const std::vector<int64_t>& order);

 private:
  std::shared_ptr<State> state_;
};

/// Gradients stay on their rank, and add up, while it lives.
class NoSync {
 public:
  explicit NoSync(Reducer& reducer) : reducer_(reducer), before_(reducer.synchronises()) { reducer.set_synchronises(false); }
  ~NoSync() { reducer_.set_synchronises(before_); }
  NoSync(const NoSync&) = delete;
  NoSync& operator=(const NoSync&) = delete;

 private:
  Reducer& reducer_;
  bool before_;
};

/// A model that each process of a group has, fed with a share of every batch: after backward all have the mean of the gradients, so that equal optimizers keep
/// equal parameters. Gradients are reduced in buckets while backward goes on, and are views of them, or, within one machine, reduced where they are. `M` is a holder such as `Net`, or a module class in a
/// shared_ptr. Backward must run in step on all ranks. Errors: models that differ; parameters without a gradient, named, unless `find_unused_parameters`.
///     DistributedDataParallel model(Net());
///     loss(model(x), y).backward();
/// (https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html)
template <class M>
class DistributedDataParallel : public Module {
 public:
  explicit DistributedDataParallel(M module, const DistributedDataParallelOptions& options = {})
      : Module("wick::nn::parallel::DistributedDataParallel"), module_(std::move(module)), reducer_(*module_, options) { register_module("module", module_); }

  /// The model's result, its hooks included.
  template <class... Args>
  decltype(auto) forward(Args&&... args) {
    reducer_.prepare();
    return call(module_, std::forward<Args>(args)...);
  }
  template <class... Args>
  decltype(auto) operator()(Args&&... args) { return forward(std::forward<Args>(args)...); }

  /// The model itself; its keys in files are without the "module." that this one's have.
  M& module() { return module_; }
  Reducer& reducer() { return reducer_; }
  /// For gradient accumulation: `auto off = model.no_sync();` around all but the last forward and backward.
  NoSync no_sync() { return NoSync(reducer_); }
  /// For inputs that are more on some ranks than on others: `auto join = model.join();` around the loop. In it every forward with gradients is followed by a
  /// backward (forwards before one backward count once; those under NoGradGuard do not). Communication hooks run on ranks without inputs, too, with zeros.
  /// (https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html#torch.nn.parallel.DistributedDataParallel.join)
  distributed::algorithms::Join join(const distributed::algorithms::JoinOptions& options = {}) { return distributed::algorithms::Join({reducer_}, options); }
  operator distributed::algorithms::Joinable&() { return reducer_; }
  /// How gradients are reduced: a hook with or without a state, which is copied (a Group, or a shared_ptr to what the hook keeps). Once, before training.
  /// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html)
  void register_comm_hook(distributed::CommHook hook) { reducer_.register_comm_hook(std::move(hook)); }
  template <class State, class Hook>
  void register_comm_hook(State state, Hook hook) {
    register_comm_hook([state = std::move(state), hook = std::move(hook)](distributed::GradBucket& bucket) { return hook(state, bucket); });
  }

 private:
  template <class H, class... Args>
  static decltype(auto) call(ModuleHolder<H>& m, Args&&... args) { return m(std::forward<Args>(args)...); }
  template <class T, class... Args>
  static auto call(const std::shared_ptr<T>& m, Args&&... args) {
    if constexpr (std::is_base_of_v<Module, T>) return ModuleHolder<T>(m)(std::forward<Args>(args)...);
  }
  M module_;
  Reducer reducer_;
};

}  // namespace v1
}  // namespace parallel
}  // namespace nn
}  // namespace wick
