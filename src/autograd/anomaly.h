// Anomaly mode: where an op was called, kept with its node.
#pragma once

#include <string>

#include <wick/autograd/node.h>

namespace wick::autograd {

// Module paths being run, innermost last; maintained by nn::Module.
std::string current_module_path();
void push_module(const std::string& name);
void pop_module();

void remember_trace(Node& node);
// Throws when a gradient holds NaN, naming the op and where it was called.
void check_nan(const Node& node, const variable_list& gradients);
std::string describe(const Node& node);
// Warns with the story of a node whose step threw, in anomaly mode.
void report_trace(const Node& node);

// The node whose step runs in this scope.
class Evaluating {
 public:
  explicit Evaluating(const Node& node);
  ~Evaluating();

 private:
  const Node* before_;
};

}  // namespace wick::autograd
