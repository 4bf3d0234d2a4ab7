// For nodes written by hand: making a tensor a node's result.
#pragma once

#include <wick/autograd/node.h>

namespace wick {
namespace autograd {

/// Makes `t` the next result of `node`, so that backward from `t` runs it.
void set_history(const Tensor& t, const std::shared_ptr<Node>& node);

}  // namespace autograd
}  // namespace wick
