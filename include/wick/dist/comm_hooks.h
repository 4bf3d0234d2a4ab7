// Communication hooks: how the gradients of a bucket become those of all ranks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <wick/dist/process_group.h>
#include <wick/nn/arg.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace distributed {
inline namespace v1 {

/// A tensor that comes later: that of an operation under way, and what `then` makes of it. What follows runs in the thread that waits, so that the collective
/// calls in it keep one order on all ranks. Copies share the value.
/// (https://docs.pytorch.org/docs/stable/futures.html#torch.futures.Future)
class Future {
 public:
  /// `value` when `work` has ended; null: at once.
  explicit Future(Tensor value, std::shared_ptr<Work> work = nullptr);
  Future then(std::function<Tensor(Tensor)> next) const;
  /// Errors: those of the operation, and of what follows.
  Tensor wait() const;
  Tensor value() const { return wait(); }

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// What a hook gets: the gradients of some parameters in one tensor of one dimension, not divided by the number of ranks.
/// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html#what-does-a-communication-hook-operate-on)
class GradBucket {
 public:
  GradBucket(size_t index, bool is_last, Tensor buffer, std::vector<Tensor> parameters);
  /// Its number in the order of reduction, and whether it is the pass's last.
  size_t index() const { return index_; }
  bool is_last() const { return is_last_; }
  const Tensor& buffer() const { return buffer_; }
  /// Another tensor of as many elements. Errors: ValueError if it has another number.
  void set_buffer(Tensor buffer);
  /// Views of the buffer with the shapes of the parameters; the parameters.
  std::vector<Tensor> gradients() const;
  const std::vector<Tensor>& parameters() const { return parameters_; }
  /// libtorch's names.
  size_t getIndex() const { return index(); }
  bool isLast() const { return is_last(); }
  const Tensor& getBuffer() const { return buffer(); }
  void setBuffer(Tensor buffer) { set_buffer(std::move(buffer)); }
  std::vector<Tensor> getGradients() const { return gradients(); }
  const std::vector<Tensor>& getParameters() const { return parameters(); }

 private:
  size_t index_;
  bool is_last_;
  Tensor buffer_;
  std::vector<Tensor> parameters_;
};

/// Called for each bucket when its gradients are there, while backward goes on; gives what all ranks shall have. Every rank calls the same operations in the
/// same order. What it keeps belongs to its rank. The bucket ends with the call: what follows later keeps the tensors that it needs.
using CommHook = std::function<Future(GradBucket&)>;

}  // namespace v1
namespace algorithms {
inline namespace v1 {

/// The mean over the ranks of a group (null: the default one): in the gradients' dtype, as float16, as bfloat16.
/// `model.register_comm_hook(group, fp16_compress_hook)`.
/// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html#default-communication-hooks)
Future allreduce_hook(const Group& group, GradBucket& bucket);
Future fp16_compress_hook(const Group& group, GradBucket& bucket);
Future bf16_compress_hook(const Group& group, GradBucket& bucket);
/// A hook that works on float16 or bfloat16 copies of the gradients.
CommHook fp16_compress_wrapper(CommHook hook);
CommHook bf16_compress_wrapper(CommHook hook);

/// Options of PowerSGD: the rank of the matrices that stand for a gradient; how many iterations are not compressed; by how much compression must shorten a tensor
/// to be used. `use_error_feedback`: what compression loses on a rank is added to its next gradient. `warm_start`: the matrices of the last iteration are
/// where the next begins. `orthogonalization_epsilon`: added to norms that are divided by. `batch_tensors_with_same_shape`: in one product.
struct PowerSGDOptions {
  WICK_ARG(Group, process_group);
  WICK_ARG(int64_t, matrix_approximation_rank) = 1;
  WICK_ARG(int64_t, start_powerSGD_iter) = 1000;
  WICK_ARG(double, min_compression_rate) = 2;
  WICK_ARG(bool, use_error_feedback) = true;
  WICK_ARG(bool, warm_start) = true;
  WICK_ARG(double, orthogonalization_epsilon) = 0;
  WICK_ARG(uint32_t, random_seed) = 0;
  WICK_ARG(bool, batch_tensors_with_same_shape) = false;
};
/// What PowerSGD keeps between iterations; each rank has its own errors, and saves them. Errors: ValueError when it would begin before iteration 2 with error
/// feedback or a warm start (buckets change after the first), for a rank below 1.
/// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html#powersgd-state)
class PowerSGDState {
 public:
  explicit PowerSGDState(const PowerSGDOptions& options = {});
  ~PowerSGDState();
  const PowerSGDOptions& options() const;
  int64_t iter() const;
  /// Elements before and after compression, so far; the first divided by the second (0 before it begins).
  struct Stats { double rate = 0; int64_t before = 0, after = 0; };
  Stats compression_stats() const;
  /// The error kept for a bucket; undefined if there is none.
  Tensor error(size_t bucket) const;
  /// Errors, matrices, iteration and random numbers; the options are the program's.
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);
  struct State;
  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};
/// Gradients as products of two thin matrices, parameter by parameter, or (`batched`) a whole bucket as one square matrix.
/// `model.register_comm_hook(std::make_shared<PowerSGDState>(PowerSGDOptions().start_powerSGD_iter(10)), powerSGD_hook)`.
/// (https://docs.pytorch.org/docs/stable/ddp_comm_hooks.html#powersgd-hooks)
Future powerSGD_hook(const std::shared_ptr<PowerSGDState>& state, GradBucket& bucket);
Future batched_powerSGD_hook(const std::shared_ptr<PowerSGDState>& state, GradBucket& bucket);

/// Options of top-k: the part of a bucket's elements that travels, those of the largest absolute value; whether the rest is added to the next gradient; how many
/// iterations are not compressed (2: buckets change after the first).
struct TopKOptions {
  WICK_ARG(Group, process_group);
  WICK_ARG(double, ratio) = 0.01;
  WICK_ARG(bool, use_error_feedback) = true;
  WICK_ARG(int64_t, start_iter) = 2;
};
/// What top-k keeps between iterations. Errors: ValueError for a ratio that is not above 0 and at most 1, a start before iteration 2 with error feedback.
class TopKState {
 public:
  explicit TopKState(const TopKOptions& options = {});
  const TopKOptions& options() const { return options_; }
  int64_t iter() const { return iter_; }
  /// The error kept for a bucket; undefined if there is none.
  Tensor error(size_t bucket) const;
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 private:
  friend Future topk_hook(const std::shared_ptr<TopKState>& state, GradBucket& bucket);
  TopKOptions options_;
  std::map<size_t, Tensor> errors_;
  int64_t iter_ = 0;
};
/// Each rank sends its largest elements; all add them up, in the order of the ranks. (https://arxiv.org/abs/1809.10505)
Future topk_hook(const std::shared_ptr<TopKState>& state, GradBucket& bucket);

/// `save` and `load` of what hooks keep.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const PowerSGDState& state);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, PowerSGDState& state);
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const TopKState& state);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, TopKState& state);

}  // namespace v1
}  // namespace algorithms
}  // namespace distributed
}  // namespace wick
