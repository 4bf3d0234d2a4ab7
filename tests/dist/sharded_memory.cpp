// What a rank's share of a model takes, in bytes of the allocator; and a table of it for a larger GPT.
#include <chrono>

#include "check.h"
#include "gpt.h"

using namespace wick;
using distributed::ZeroRedundancyOptimizer;
using distributed::fsdp::FullyShardedDataParallel;
using distributed::fsdp::FullyShardedOptions;
using distributed::fsdp::ShardingStrategy;
using nn::parallel::DistributedDataParallel;
namespace fsdp = distributed::fsdp;

namespace {

struct Bytes { int64_t parameters = 0, gradients = 0, states = 0, peak = 0; };
int64_t now() { return memory_stats().current_bytes; }

// Stage 0 to 3 of a model for one rank: what stays after each step, and the most in a step once all is there. `plain` is null where a wrapper owns the model.
template <class M, class Make, class Step>
Bytes measure(int stage, const Make& make, const fsdp::WrapPolicy& policy, const Step& forward, double* seconds = nullptr) {
  empty_cache();
  const int64_t start = now();
  Bytes b;
  manual_seed(1);
  M net = make();
  std::unique_ptr<DistributedDataParallel<M>> ddp;
  std::unique_ptr<FullyShardedDataParallel<M>> sharded;
  std::unique_ptr<optim::Optimizer> optimizer;
  if (stage >= 2) {
    sharded = std::make_unique<FullyShardedDataParallel<M>>(net, FullyShardedOptions().auto_wrap_policy(policy).sharding_strategy(stage == 3 ? ShardingStrategy::FULL_SHARD : ShardingStrategy::SHARD_GRAD_OP));
    b.parameters = now() - start;
  } else {
    b.parameters = now() - start;
    ddp = std::make_unique<DistributedDataParallel<M>>(net);
  }
  if (stage == 1) optimizer = std::make_unique<ZeroRedundancyOptimizer<optim::AdamW>>(net->parameters());
  else optimizer = std::make_unique<optim::AdamW>(net->parameters());
  const auto step = [&] {
    optimizer->zero_grad();
    forward([&](const Tensor& x) { return ddp ? (*ddp)(x) : (*sharded)(x); });
  };
  step();
  b.gradients = now() - start - b.parameters;
  optimizer->step();
  b.states = now() - start - b.parameters - b.gradients;
  for (int i = 0; i < 2; ++i) {
    reset_peak_memory_stats();
    const auto from = std::chrono::steady_clock::now();
    step();
    optimizer->step();
    if (seconds) *seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
    b.peak = memory_stats().peak_bytes - start;
  }
  return b;
}

}  // namespace

void sharded_memory(const std::string& engine) {
  distributed::init_process_group(engine);
  const int64_t n = distributed::get_world_size();
  // Sizes that the allocator does not round: eight units of 64 KiB.
  constexpr int64_t kUnit = 128 * 128 * 4, kUnits = 8, whole = kUnit * kUnits;
  const auto make = [] {
    nn::Sequential net;
    for (int i = 0; i < kUnits; ++i) net->push_back(nn::Linear(nn::LinearOptions(128, 128).bias(false)));
    return net;
  };
  const auto forward = [](const auto& model) { model(ones({1, 128})).sum().backward(); };
  Bytes stages[4];
  for (int stage = 0; stage < 4; ++stage) stages[stage] = measure<nn::Sequential>(stage, make, fsdp::module_wrap_policy<nn::LinearImpl>(), forward);
  for (int stage = 0; stage < 4; ++stage) {
    const Bytes& b = stages[stage];
    CHECK(b.parameters == (stage < 2 ? whole : whole / n), "stage ", stage, ": parameters ", b.parameters);
    CHECK(b.gradients == (stage < 2 ? whole : whole / n), "stage ", stage, ": gradients ", b.gradients);
    CHECK(b.states == 2 * (stage < 1 ? whole : whole / n), "stage ", stage, ": states ", b.states);
  }
  // In a step stage 2 also has all parameters, stage 3 those of two units. Both have the gradients of two units, and all have the newest one and a few small tensors. The
  // shares of the gradients are not all there when the first unit's are.
  const int64_t shares = 4 * whole / n, some = 32 << 10;
  const auto within = [&](int stage, int64_t least, int64_t units) {
    CHECK(stages[stage].peak >= least && stages[stage].peak <= least + units * kUnit + some, "stage ", stage, ": peak ", stages[stage].peak, ", at least ", least);
  };
  within(0, 4 * whole, 1);
  within(1, 2 * whole + 2 * whole / n, kUnits + kUnits / n);  // new values, in one bucket here
  within(2, shares - whole / n + whole, 3 + kUnits / n);
  within(3, shares - whole / n, 6 + kUnits / n);
  distributed::destroy_process_group();
}

// By hand: wick_dist_tests sharded_table gloo, with 4 ranks.
void sharded_table(const std::string& engine) {
  distributed::init_process_group(engine);
  const int n = distributed::get_world_size(), me = distributed::get_rank();
  gpt::Sizes s;
  s.vocabulary = 4096;
  s.length = 64;
  s.width = 256;
  s.blocks = 10;
  s.heads = 8;
  const auto make = [&] { return gpt::GPT(s); };
  const auto forward = [&](const auto& model) {
    const Tensor ids = randint(s.vocabulary, {2, s.length + 1}, kLong);
    const Tensor y = model(ids.narrow(1, 0, s.length));
    nn::functional::cross_entropy(y.reshape({-1, s.vocabulary}), ids.narrow(1, 1, s.length).reshape({-1})).backward();
  };
  const auto policy = fsdp::module_wrap_policy<gpt::BlockImpl, nn::EmbeddingImpl>();
  std::vector<double> times[4];
  Bytes most[4];
  for (int round = 0; round < 5; ++round)
    for (int stage = 0; stage < 4; ++stage) {
      double seconds = 0;
      const Bytes b = measure<gpt::GPT>(stage, make, policy, forward, &seconds);
      Tensor all = tensor({b.parameters, b.gradients, b.states, b.peak}, kLong);
      distributed::all_reduce(all, distributed::ReduceOp::MAX);
      const int64_t* p = all.data_ptr<int64_t>();
      most[stage] = {p[0], p[1], p[2], std::max(most[stage].peak, p[3])};
      times[stage].push_back(seconds);
    }
  if (me == 0) {
    std::printf("GPT of %.1f M parameters, %d ranks, AdamW, %s; MB a rank\nstage  parameters  gradients  states    peak   step\n", static_cast<double>(make()->num_parameters()) / 1e6, n, engine.c_str());
    for (int stage = 0; stage < 4; ++stage) {
      for (auto& t : times) std::sort(t.begin(), t.end());
      const auto mb = [](int64_t bytes) { return static_cast<double>(bytes) / 1e6; };
      std::printf("%5d  %10.1f  %9.1f  %6.1f  %6.1f  %5.0f ms (%.2fx)\n", stage, mb(most[stage].parameters), mb(most[stage].gradients), mb(most[stage].states), mb(most[stage].peak), times[stage][2] * 1e3,
                  times[stage][2] / times[0][2]);
    }
  }
  distributed::destroy_process_group();
}
