// Node and Edge: the graph that recording builds and backward walks.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace autograd {
inline namespace v1 {

/// PyTorch's older names for a tensor and lists of tensors.
using Variable = Tensor;
using variable_list = std::vector<Tensor>;
using tensor_list = std::vector<Tensor>;

struct Node;

/// Where a gradient goes: input `input_nr` of `function`; invalid when no gradient is wanted.
struct Edge {
  Edge() = default;
  Edge(std::shared_ptr<Node> f, uint32_t nr) : function(std::move(f)), input_nr(nr) {}
  bool is_valid() const { return function != nullptr; }
  bool operator==(const Edge& o) const { return function == o.function && input_nr == o.input_nr; }
  bool operator!=(const Edge& o) const { return !(*this == o); }

  /// The step the gradient goes to, and which of its inputs it is.
  std::shared_ptr<Node> function;
  uint32_t input_nr = 0;
};
using edge_list = std::vector<Edge>;

/// Shape and element type of one result of a recorded op: what its gradient must look like.
class InputMetadata {
 public:
  InputMetadata() = default;
  InputMetadata(IntArrayRef shape, ScalarType dtype) : dtype(dtype), dims_(shape.size()) {
    if (dims_ > kFew) many_ = shape.vec();
    else for (size_t i = 0; i < dims_; ++i) few_[i] = shape[i];
  }
  /// The shape of the result, and whether there was one.
  IntArrayRef shape() const { return {dims_ > kFew ? many_.data() : few_, dims_}; }
  bool is_valid() const { return dtype != ScalarType::Undefined; }

  /// Its element type.
  ScalarType dtype = ScalarType::Undefined;

 private:
  static constexpr size_t kFew = 4;  // without an allocation
  size_t dims_ = 0;
  int64_t few_[kFew] = {};
  std::vector<int64_t> many_;
};

/// One step of backward: takes the gradients of an op's results (its inputs here), gives those of the op's
/// arguments. Derive from `Function<T>` rather than from Node to write an op of one's own.
/// (https://pytorch.org/docs/stable/generated/torch.autograd.graph.Node.html)
struct Node : std::enable_shared_from_this<Node> {
  Node();
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Runs the step with its hooks, recording on or off as GradMode says.
  variable_list operator()(variable_list&& gradients);
  /// `MulBackward0` and the like.
  virtual std::string name() const = 0;

  /// The steps that follow, one for each argument of the op.
  const edge_list& next_edges() const { return next_edges_; }
  const Edge& next_edge(size_t i) const { return next_edges_[i]; }
  edge_list& next_edges() { return next_edges_; }
  void set_next_edges(edge_list&& edges) { next_edges_ = std::move(edges); }
  uint32_t num_outputs() const { return static_cast<uint32_t>(next_edges_.size()); }
  uint32_t num_inputs() const { return static_cast<uint32_t>(inputs_.size()); }
  bool should_compute_output(size_t i) const { return next_edges_[i].is_valid(); }
  std::shared_ptr<Node> getptr() { return shared_from_this(); }

  /// What is known of each gradient that comes in; `add_input_metadata` returns its number.
  const InputMetadata& input_metadata(size_t i) const { return inputs_[i]; }
  uint32_t add_input_metadata(const Tensor& t);
  /// Order of creation within the thread; later steps run first.
  uint64_t sequence_nr() const { return sequence_nr_; }

  /// Hooks: before the step (may replace the gradients that come in) and after it (sees both sides, may
  /// replace what goes out). Each returns the list to go on with.
  using PreHook = std::function<variable_list(const variable_list& gradients)>;
  using PostHook = std::function<variable_list(const variable_list& outputs, const variable_list& inputs)>;
  void add_pre_hook(PreHook hook) { pre_hooks_.push_back(std::move(hook)); }
  void add_post_hook(PostHook hook) { post_hooks_.push_back(std::move(hook)); }

  /// Frees what was saved for backward; the step cannot run again then.
  virtual void release_variables() {}

  // For the engine and for tensors.
  struct TensorHook {
    uint32_t input_nr;
    unsigned id;
    std::function<Tensor(const Tensor&)> call;
  };
  virtual std::vector<TensorHook> leaf_hooks() const { return {}; }
  std::vector<TensorHook> tensor_hooks_;       // on one result of the op, before the step
  std::vector<std::function<void(const Tensor&)>> retain_hooks_;  // indexed by input_nr; keeps .grad of a non-leaf
  std::unique_ptr<std::string> trace_;         // where the op was called (anomaly mode)

 protected:
  virtual variable_list apply(variable_list&& gradients) = 0;
  friend struct Engine;

  edge_list next_edges_;
  std::vector<InputMetadata> inputs_;
  std::vector<PreHook> pre_hooks_;
  std::vector<PostHook> post_hooks_;
  uint64_t sequence_nr_;

};

/// The edge along which a tensor's gradient flows: its grad_fn, or the accumulator of a leaf.
Edge gradient_edge(const Tensor& t);

}  // namespace v1
}  // namespace autograd
}  // namespace wick
