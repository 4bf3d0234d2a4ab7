// Units of a sharded model: parameters that are gathered and freed together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <wick/autograd/node.h>
#include <wick/dist/fully_sharded.h>

#include "core/reserved.h"
#include "core/small_vec.h"
#include "dist/states.h"

namespace wick::distributed {

// A parameter in a FlatShard. The module's tensor stays the same object and shows either its place in the gathered memory or this rank's elements.
struct ShardedParam {
  std::vector<std::string> names;  // several, if modules share it
  Tensor tensor;
  Whole whole;
  int64_t start = 0;               // first element in the flat
  int64_t begin = 0, end = 0;      // this rank's elements
  std::shared_ptr<autograd::Node> accumulator;  // held, so that it keeps its hook
  Tensor held;                     // the gradient of this rank's elements, while backward needs its place
  bool arrived = false;            // backward has reached it in this pass
  bool filled = false;             // its place in `grads` has values
};

// Parameters of one dtype, all trained or all frozen, one after the other; rank r keeps the elements from r * part on.
struct FlatShard {
  ScalarType dtype = ScalarType::Undefined, compute = ScalarType::Undefined, reduce = ScalarType::Undefined;
  bool trains = true;
  std::vector<ShardedParam> params;
  int64_t total = 0, part = 0;
  Tensor shard;
  std::shared_ptr<memory::Reserved> memory;
  Tensor full, raw;     // over the memory; `raw` has versions of its own
  uint32_t seen = 0;    // version of the shard that was gathered last
  Tensor grads;         // of all elements, while backward goes on

  // Takes over the parameters, rank 0's values if `sync`.
  void build(const Group& group, const fsdp::MixedPrecision& mixed, bool sync);
  std::shared_ptr<Work> gather(const Group& group);
  // The whole parameters in their own dtype, in memory of their own.
  Tensor gathered_copy(const Group& group) const;
  void show_whole(const Tensor& memory);
  void show_shard();
  // This rank's elements of a tensor as long as the shard.
  Tensor elements(const ShardedParam& p, const Tensor& like_shard, int rank) const;
  Piece piece(const ShardedParam& p, size_t number, int rank) const;
  // Adds a whole gradient.
  void fill(ShardedParam& p, const Tensor& grad, int64_t elements);
  // Zeros where no gradient came.
  void zero_gaps();
};

struct ShardedUnit {
  nn::Module* module = nullptr;
  std::string path;
  std::vector<FlatShard> flats;
  enum Place { away, coming, here } place = away;
  std::vector<std::shared_ptr<Work>> works;
  bool frozen = false;   // some parameters do not train: the last gradient is not the end of its backward
  bool open = false;     // backward is at work in it
  size_t trainable = 0, waiting = 0;

  void fetch(const Group& group);  // begins
  void bring(const Group& group);
  void leave();
};

// The units of a module: those that the policy chooses, and the module itself, last. Nothing is taken over yet.
std::vector<ShardedUnit> plan_units(nn::Module& module, const fsdp::WrapPolicy& policy);
// Errors if the texts of the ranks differ, naming the first that does.
void check_alike(const char* what, const std::vector<std::string>& lines, const Group& group);

}  // namespace wick::distributed
