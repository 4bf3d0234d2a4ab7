// Gradients: backward, grad, Function.
#pragma once

#include <c10/util/Optional.h>
#include <torch/types.h>
#include <wick/autograd.h>

namespace torch::autograd {
using GradMode = ::c10::GradMode;
using AutoGradMode = ::c10::AutoGradMode;
using InferenceMode = ::c10::InferenceMode;

/// `t` as a variable of its own: the same elements, outside the graph.
inline Variable make_variable(const Tensor& t, bool requires_grad = false) { return t.detach().requires_grad_(requires_grad); }
}  // namespace torch::autograd
