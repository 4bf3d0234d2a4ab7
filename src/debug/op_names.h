// Ops by the names of their nodes: what PyTorch calls them, and what they compute.
#pragma once

#include <cstdint>
#include <string>

#include "autograd/record.h"
#include "core/watch.h"

namespace wick::debug {

// `aten::addmm` for AddmmBackward0, `aten::add_` for one in place; `tensors`: how many arguments it has.
std::string op_name(const char* name, watch::Kind kind, size_t tensors);
// Multiply-adds twice, as torch.utils.flop_counter counts them; 0 for what it does not count.
int64_t op_flops(const char* name, const autograd::Inputs& inputs, const autograd::Results& results);
// Times the forward's FLOPs that a step of backward does in its kernel, not by ops; 0 for all others.
double backward_flops(const char* node);
// Bytes of the inputs and the results, each counted once; nothing of views.
int64_t bytes_moved(watch::Kind kind, const autograd::Inputs& inputs, const autograd::Results& results);

// Whether an op, by PyTorch's name, computes each element by itself, copies, or looks up nothing but its arguments' shapes.
enum class OpClass { other, elementwise, copy, view, product };
OpClass op_class(const std::string& aten);

}  // namespace wick::debug
