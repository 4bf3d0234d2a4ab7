// What autograd keeps for a tensor; made only when something is to be kept.
#pragma once

#include <wick/autograd/node.h>

#include "core/tensor_impl.h"

namespace wick {

struct AutogradMeta {
  Tensor grad;
  std::shared_ptr<autograd::Node> grad_fn;
  std::weak_ptr<autograd::Node> accumulator;
  uint32_t output_nr = 0;
  bool retains_grad = false;
  unsigned next_hook = 0;
  uint32_t view_version = 0;          // version of the memory for which a view's grad_fn was made
  std::function<Tensor(const Tensor&)> view_fn;  // remakes a view that as_strided cannot (another dtype)
  std::vector<autograd::Node::TensorHook> hooks;  // of a leaf
  std::string name;
  Tensor base;                        // handle that _base() returns
  std::shared_ptr<int> alive = nullptr;  // expires with the tensor; for hooks that outlive it
  std::mutex mutex;

  void* operator new(size_t n) { return memory::allocate_object(n); }
  void operator delete(void* p) { memory::deallocate_object(p, sizeof(AutogradMeta)); }
};

inline AutogradMeta& meta(const TensorBase& t) {
  TensorImpl* p = any_impl(t);
  if (!p->autograd) p->autograd.reset(new AutogradMeta);
  return *p->autograd;
}

namespace autograd {

// Adds gradients to a leaf's .grad.
struct AccumulateGrad : Node {
  explicit AccumulateGrad(Tensor v);
  std::string name() const override { return "torch::autograd::AccumulateGrad"; }
  variable_list apply(variable_list&& g) override;
  std::vector<TensorHook> leaf_hooks() const override;
  Tensor variable;
};

std::shared_ptr<Node> accumulator(const Tensor& leaf);
void rebase_history(const Tensor& self, const std::shared_ptr<Node>& node);
void set_history(const Tensor& out, const std::shared_ptr<Node>& node);

// What becomes of the hooks of a tensor whose grad_fn is replaced.
void move_hooks(AutogradMeta& m, Node& to, uint32_t nr);

// Gives a view the grad_fn that reads it from its base.
void remake_view(const TensorBase& view);
// Throws when a change of the memory of this view cannot be recorded; `indirect`: another tensor was changed.
void check_view_change(const TensorBase& view, bool indirect);

// Lets go of a node without recursion, however long the chain behind it.
void release_node(std::shared_ptr<Node>&& node) noexcept;

}  // namespace autograd
}  // namespace wick
