// What is behind a Sharder.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <wick/dist/data_parallel.h>

#include "dist/sharded_unit.h"

namespace wick::distributed::fsdp::inline v1 {

struct Sharder::State : std::enable_shared_from_this<State> {
  struct Reduction;
  Group group;
  FullyShardedOptions options;
  nn::Module* module = nullptr;
  std::vector<ShardedUnit> units;  // the model itself last
  std::unique_ptr<nn::parallel::Reducer> reducer;  // NO_SHARD
  std::vector<size_t> order;       // of units in the first forward
  bool ordered = false;            // it is known
  bool on = true;                  // backward reduces
  bool armed = false;              // a backward has begun
  std::weak_ptr<int> pass;         // and is still at work
  std::deque<Reduction> reductions;
  bool summoned = false;           // whole parameters are shown, from `copies`
  std::vector<Tensor> copies;

  bool in_backward() const { return armed && !pass.expired(); }
  void prefetch(size_t u, int step);
  std::optional<std::vector<Tensor>> before_forward(size_t u, const std::vector<Tensor>& inputs);
  std::optional<std::vector<Tensor>> cast(const std::vector<Tensor>& inputs) const;
  void after_forward(size_t u, const std::vector<Tensor>& inputs, const std::vector<Tensor>& outputs);
  void arm();
  void open(ShardedUnit& unit);
  void before_backward(size_t u);
  void past_inputs(size_t u);
  void came(size_t u, size_t flat, size_t i);
  void reduce(ShardedUnit& unit);
  void land();
  void finish();
  void close();
  void ended() noexcept;
  void recover();
  void must_be_at_rest(const char* what);
};

}  // namespace wick::distributed::fsdp::inline v1
