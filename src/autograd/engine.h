// The backward walk.
#pragma once

#include <functional>

#include <wick/autograd/node.h>

namespace wick::autograd {

// Runs backward from `roots`. With `outputs`, returns the gradients that arrive at these edges, runs only what leads
// there, and adds to leaves only if `accumulate`.
variable_list run_backward(const edge_list& roots, const variable_list& grads, bool keep_graph, bool create_graph, const edge_list& outputs,
                           bool accumulate);

// A node that stands for a part of the graph, which it walks itself. Where gradients are to have gradients, the part takes its place.
struct Expandable {
  virtual ~Expandable() = default;
  virtual void expand() = 0;
};

// Called once when the outermost of this thread's passes under way ends: checkpointing runs passes within passes.
void queue_final(std::function<void()> callback);

}  // namespace wick::autograd
