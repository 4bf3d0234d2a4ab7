// Gradients: backward and grad, functions of one's own, anomaly mode, checkpointing, gradient checks.
#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include <wick/autograd/function.h>
#include <wick/autograd/node.h>
#include <wick/core/grad_mode.h>

namespace wick {
namespace autograd {
inline namespace v1 {

/// Computes gradients of `tensors` with respect to the leaves (or `inputs`) and adds them to `.grad()`.
/// `grad_tensors` holds one gradient for each tensor; an undefined one stands for 1 of a one-element tensor.
/// (https://pytorch.org/docs/stable/generated/torch.autograd.backward.html)
void backward(const variable_list& tensors, const variable_list& grad_tensors = {}, std::optional<bool> retain_graph = std::nullopt,
              bool create_graph = false, const variable_list& inputs = {});

/// Gradients of `outputs` with respect to `inputs`, returned instead of added to `.grad()`. An input that
/// plays no part is an error, or an undefined tensor with `allow_unused`.
/// (https://pytorch.org/docs/stable/generated/torch.autograd.grad.html)
variable_list grad(const variable_list& outputs, const variable_list& inputs, const variable_list& grad_outputs = {},
                   std::optional<bool> retain_graph = std::nullopt, bool create_graph = false, bool allow_unused = false);

/// Whether nodes remember where their op was called, so that an error in backward names it, and whether
/// backward throws at the first NaN. (https://pytorch.org/docs/stable/autograd.html#anomaly-detection)
struct AnomalyMode {
  static bool is_enabled();
  static void set_enabled(bool enabled, bool check_nan = true);
  static bool should_check_nan();
};

/// Anomaly mode for a scope.
class DetectAnomalyGuard {
 public:
  explicit DetectAnomalyGuard(bool check_nan = true);
  ~DetectAnomalyGuard();
  bool check_nan() const { return AnomalyMode::should_check_nan(); }

 private:
  bool before_, before_nan_;
};

/// Runs `function` without keeping its intermediate results; backward runs it once more to get them. The
/// random numbers drawn inside are the same both times.
/// (https://pytorch.org/docs/stable/checkpoint.html)
variable_list checkpoint(std::function<variable_list(const variable_list&)> function, const variable_list& inputs, bool preserve_rng_state = true);
Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input, bool preserve_rng_state = true);

/// Options of the gradient checks: step of the numerical derivative, tolerances, and whether a failure
/// throws (naming output, input, element and both values) or gives `false`.
struct GradcheckOptions {
  double eps = 1e-6, atol = 1e-5, rtol = 1e-3;
  bool raise_exception = true;
  bool check_undefined_grad = false;
};

/// Compares the derivative of `f` with the difference quotient, element by element, at `inputs` (float64 or
/// complex128, those that require grad). `gradgradcheck` does so for the derivative's derivative.
/// (https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html)
bool gradcheck(const std::function<variable_list(const variable_list&)>& f, const variable_list& inputs, const GradcheckOptions& options = {});
bool gradgradcheck(const std::function<variable_list(const variable_list&)>& f, const variable_list& inputs, const variable_list& grad_outputs = {},
                   const GradcheckOptions& options = {});

/// A hook run once when the backward pass under way ends. Errors: no pass is under way in this thread.
void queue_callback(std::function<void()> callback);

}  // namespace v1
}  // namespace autograd
}  // namespace wick
