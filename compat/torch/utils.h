// Threads, guards and small helpers.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/types.h>

namespace torch {

/// Whether both are undefined, or both defined and equal.
inline bool equal_if_defined(const Tensor& a, const Tensor& b) {
  return (!a.defined() && !b.defined()) || (a.defined() && b.defined() && equal(a, b));
}

}  // namespace torch
