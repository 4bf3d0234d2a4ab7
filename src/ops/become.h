// In-place and out-of-place forms of one op in terms of each other, without steps of their own in the graph.
#pragma once

#include "ops/common.h"

namespace wick::autograd {
// A copy of `self` that stands in its place in the graph: for an op in place to be the next step, without one for the copy.
Tensor working_copy(const Tensor& self, std::optional<MemoryFormat> format = std::nullopt);
// Overwrites `self` with `result`, made from its working copy, and makes the step behind that the one behind `self`.
Tensor& take_over(const char* name, const Tensor& self, const Tensor& result);
}  // namespace wick::autograd

namespace wick::ops {
using autograd::working_copy;

// self = f(self), where f may keep its argument for backward.
template <class F>
Tensor& become(const char* name, const Tensor& self, F f) {
  return autograd::take_over(name, self, f(autograd::recording({self}) ? working_copy(self) : self));
}

}  // namespace wick::ops
