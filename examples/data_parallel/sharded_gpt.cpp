// A GPT that no rank could train alone. Its parameters, gradients and Adam's states together are larger than what one rank may hold; spread over four ranks they fit, and a block of
// layers is whole on a rank only while it computes. It learns to add: "17+25=42;".
//     wick launch -n 4 sharded_gpt                      each rank holds a share of everything
//     wick launch -n 4 sharded_gpt --strategy none      each rank holds everything: out of memory
//     sharded_gpt                                       shows one rank, four whole ones and four with shares, one after the other
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <wick/dist.h>
#include <wick/wick.h>

using namespace wick;
namespace fsdp = distributed::fsdp;

constexpr int64_t kVocabulary = 128, kLength = 64, kWidth = 192, kBlocks = 6, kHeads = 6, kBatch = 16;
constexpr int64_t kLimit = 24 << 20;  // bytes that a rank may hold; the states of Adam alone are 21 MB
constexpr int kOutOfMemory = 3;       // how a rank ends that needs more

struct BlockImpl : nn::Module {
  nn::LayerNorm ln_1{reg("ln_1", nn::LayerNorm(nn::LayerNormOptions({kWidth})))}, ln_2{reg("ln_2", nn::LayerNorm(nn::LayerNormOptions({kWidth})))};
  nn::Linear qkv{reg("qkv", nn::Linear(kWidth, 3 * kWidth))}, out{reg("out", nn::Linear(kWidth, kWidth))};
  nn::Linear up{reg("up", nn::Linear(kWidth, 4 * kWidth))}, down{reg("down", nn::Linear(4 * kWidth, kWidth))};
  Tensor forward(Tensor x) {
    const auto parts = qkv(ln_1(x)).view({x.size(0), x.size(1), 3, kHeads, kWidth / kHeads}).permute({2, 0, 3, 1, 4}).unbind();
    const Tensor y = scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0.0, true);
    x = x + out(y.transpose(1, 2).flatten(2));
    return x + down(gelu(up(ln_2(x))));
  }
};
WICK_MODULE(Block);

struct GPTImpl : nn::Module {
  GPTImpl() {
    for (int64_t i = 0; i < kBlocks; ++i) blocks.push_back(reg("block_" + std::to_string(i), Block()));
  }
  Tensor forward(Tensor ids) {
    Tensor x = tokens(ids) + places.slice(0, 0, ids.size(1));
    // Only what goes from block to block is kept for backward; a block is gathered once more to compute the rest.
    for (Block& block : blocks) x = autograd::checkpoint([&block](const Tensor& t) { return block(t); }, x);
    return nn::functional::linear(last(x), tokens->weight);
  }
  nn::Embedding tokens{reg("tokens", nn::Embedding(nn::EmbeddingOptions(kVocabulary, kWidth)._weight(randn({kVocabulary, kWidth}) * 0.02)))};
  Tensor places = reg("places", randn({kLength, kWidth}) * 0.02);
  std::vector<Block> blocks;
  nn::LayerNorm last{reg("last", nn::LayerNorm(nn::LayerNormOptions({kWidth})))};
};
WICK_MODULE(GPT);

// Lines of sums, as bytes: [batch, length + 1].
Tensor sums(int64_t batch) {
  Tensor ids = zeros({batch, kLength + 1}, kLong);
  for (int64_t row = 0; row < batch; ++row) {
    std::string text;
    while (text.size() <= static_cast<size_t>(kLength)) {
      const int64_t a = randint(50, {1}, kLong).item<int64_t>(), b = randint(50, {1}, kLong).item<int64_t>();
      text += std::to_string(a) + "+" + std::to_string(b) + "=" + std::to_string(a + b) + ";";
    }
    for (int64_t i = 0; i <= kLength; ++i) ids.data_ptr<int64_t>()[row * (kLength + 1) + i] = text[static_cast<size_t>(i)];
  }
  return ids;
}

int train(fsdp::ShardingStrategy strategy, int steps, const std::string& file) {
  distributed::InitOptions options;
  if (!file.empty()) options.init_method = "file://" + file;
  distributed::init_process_group("gloo", options);
  const int rank = distributed::get_rank(), ranks = distributed::get_world_size();
  set_memory_limit(kLimit);
  try {
    manual_seed(1);
    fsdp::FullyShardedDataParallel<GPT> model(GPT(), fsdp::FullyShardedOptions().sharding_strategy(strategy).auto_wrap_policy(fsdp::module_wrap_policy<BlockImpl>()));
    optim::AdamW optimizer(model.parameters(), optim::AdamWOptions(1e-3));
    manual_seed(100 + rank);  // other sums on each rank
    double first = 0, mean = 0;
    for (int step = 0; step < steps; ++step) {
      const Tensor ids = sums(kBatch / ranks);
      optimizer.zero_grad();
      Tensor loss = nn::functional::cross_entropy(model(ids.slice(1, 0, kLength)).flatten(0, 1), ids.slice(1, 1).flatten());
      loss.backward();
      model.clip_grad_norm_(1);
      optimizer.step();
      loss = loss.detach();
      distributed::all_reduce(loss, distributed::ReduceOp::AVG);
      mean = loss.item<double>();
      if (step == 0) first = mean;
      if (rank == 0 && (step % 5 == 0 || step + 1 == steps)) std::printf("  step %3d   loss %.3f\n", step, mean);
    }
    const auto stats = memory_stats();
    if (rank == 0) std::printf("  each of %d ranks holds %.1f MB between steps, and held %.1f MB at most\n", ranks, static_cast<double>(stats.current_bytes) / 1e6, static_cast<double>(stats.peak_bytes) / 1e6);
    distributed::destroy_process_group();
    return mean < first ? 0 : 1;
  } catch (const OutOfMemoryError& e) {
    if (rank == 0) std::printf("  %s\n", e.what());
    std::fflush(stdout);
    std::_Exit(kOutOfMemory);  // the others may be waiting: nothing in order any more
  }
}

// The program as so many ranks; how rank 0 ended.
int run_ranks(const char* program, int ranks, const char* strategy) {
  const std::string file = std::string(std::getenv("TMPDIR") ? std::getenv("TMPDIR") : "/tmp") + "/sharded_gpt." + std::to_string(getpid()) + "." + strategy + std::to_string(ranks);
  std::vector<pid_t> children;
  for (int rank = 0; rank < ranks; ++rank) {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
      setenv("RANK", std::to_string(rank).c_str(), 1);
      setenv("LOCAL_RANK", std::to_string(rank).c_str(), 1);
      setenv("WORLD_SIZE", std::to_string(ranks).c_str(), 1);
      setenv("OMP_NUM_THREADS", "1", 1);
      execl("/proc/self/exe", program, "--strategy", strategy, "--file", file.c_str(), static_cast<char*>(nullptr));
      std::_Exit(127);
    }
    children.push_back(child);
  }
  int first = 1;
  for (size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    waitpid(children[i], &status, 0);
    if (i == 0) first = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
  }
  unlink(file.c_str());
  return first;
}

int main(int argc, char** argv) {
  std::string strategy = "full", file;
  int steps = 20;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (!std::strcmp(argv[i], "--strategy")) strategy = argv[i + 1];
    if (!std::strcmp(argv[i], "--steps")) steps = std::atoi(argv[i + 1]);
    if (!std::strcmp(argv[i], "--file")) file = argv[i + 1];
  }
  if (std::getenv("RANK")) return train(strategy == "none" ? fsdp::ShardingStrategy::NO_SHARD : strategy == "grad" ? fsdp::ShardingStrategy::SHARD_GRAD_OP : fsdp::ShardingStrategy::FULL_SHARD, steps, file);

  if (!distributed::is_available("gloo")) {
    std::printf("Wick was built without Gloo (libgloo-dev), which joins the ranks of this example\n");
    return 0;
  }
  const double parameters = static_cast<double>(GPT()->num_parameters());
  std::printf("GPT with %.2f M parameters: parameters, gradients and AdamW's states take %.1f MB; a rank may hold %.1f MB\n", parameters / 1e6, parameters * 16 / 1e6, static_cast<double>(kLimit) / 1e6);
  std::printf("\none rank\n");
  const int one = run_ranks(argv[0], 1, "none");
  std::printf("\nfour ranks, each with the whole model (NO_SHARD)\n");
  const int whole = run_ranks(argv[0], 4, "none");
  std::printf("\nfour ranks, each with a share (FULL_SHARD)\n");
  const int shares = run_ranks(argv[0], 4, "full");
  if (one != kOutOfMemory || whole != kOutOfMemory || shares != 0) {
    std::printf("\nexpected out of memory, out of memory and a loss that falls; the ranks ended with %d, %d and %d\n", one, whole, shares);
    return 1;
  }
  return 0;
}
