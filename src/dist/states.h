// States of optimizers whose parameters are spread over ranks: put together, and taken apart.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <wick/core/ivalue.h>
#include <wick/dist/process_group.h>
#include <wick/optim/optimizer.h>

namespace wick::distributed {

// A parameter as it is without the ranks.
struct Whole {
  std::vector<int64_t> sizes, strides;
  int64_t numel = 0;
};
// What an optimizer has of parameter number `parameter`: itself, or (`flat`) the elements from `begin` to `end`, in the order of memory, in one dimension.
struct Piece {
  size_t parameter = 0;
  bool flat = true;
  int64_t begin = 0, end = 0;
};
// The pieces of one rank's optimizer, in the order of its parameters.
using Pieces = std::vector<Piece>;

// The state of a parameter as named values, of whatever optimizer.
struct NamedState : optim::OptimizerCloneableParamState<NamedState> {
  std::vector<std::pair<std::string, IValue>> values;
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
};
using NamedStates = std::vector<std::unique_ptr<NamedState>>;

// An optimizer that is only its groups and states.
struct Shadow : optim::Optimizer {
  explicit Shadow(const optim::Optimizer& of) : Optimizer(of.param_groups(), of.defaults().clone()) {}
  Tensor step(LossClosure) override { return {}; }
};

Whole whole_of(const Tensor& t);
// Elements of a dense tensor, in the order of memory, over its memory.
Tensor flat_view(const Tensor& t, int64_t begin, int64_t end);

// Adds what an archive of a rank's optimizer has of each parameter.
void merge(NamedStates& into, serialize::InputArchive& archive, const Pieces& pieces, const std::vector<Whole>& wholes);
// What a piece has of the whole's state.
NamedState part_of(const NamedState& state, const Piece& piece, const Whole& whole);
// All ranks' states, on rank `to`; elsewhere nothing.
NamedStates collect(const optim::Optimizer& mine, const std::function<Pieces(int rank)>& pieces, const std::vector<Whole>& wholes, int to, const Group& group);
// Reads the archive of an optimizer of all parameters: its options go to the groups of `whole`, and with the states' parts to `mine`, the optimizer of the pieces (which
// may be the same). Nothing is changed when it throws.
void load_parts(serialize::InputArchive& archive, optim::Optimizer& whole, optim::Optimizer& mine, const Pieces& pieces, const std::vector<Whole>& wholes);

}  // namespace wick::distributed
