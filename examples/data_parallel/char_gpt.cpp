// A small language model of letters on several ranks, with DistributedDataParallel and a loop by hand: what batch size, bucket size and data loading do to the speed.
//     wick launch -n 2 char_gpt --text input.txt         trains on two ranks
//     char_gpt                                           compares 1, 2 and 4 ranks
#include <fstream>
#include <numeric>
#include <sstream>

#include "common.h"

using namespace wick;

namespace {

struct BlockImpl : nn::Module {
  BlockImpl(int64_t width, int64_t heads) : heads(heads), width(width) {}
  int64_t heads, width;
  nn::LayerNorm first{reg("first", nn::LayerNorm(nn::LayerNormOptions({width})))}, second{reg("second", nn::LayerNorm(nn::LayerNormOptions({width})))};
  nn::Linear qkv{reg("qkv", nn::Linear(width, 3 * width))}, out{reg("out", nn::Linear(width, width))}, up{reg("up", nn::Linear(width, 4 * width))}, down{reg("down", nn::Linear(4 * width, width))};
  Tensor forward(Tensor x) {
    const auto parts = qkv(first(x)).view({x.size(0), x.size(1), 3, heads, width / heads}).permute({2, 0, 3, 1, 4}).unbind();
    x = x + out(scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0.0, true).transpose(1, 2).flatten(2));
    return x + down(gelu(up(second(x))));
  }
};
WICK_MODULE(Block);

struct GPTImpl : nn::Module {
  GPTImpl(int64_t letters, int64_t length, int64_t width, int64_t blocks) : words(nn::Embedding(letters, width)), places(nn::Embedding(length, width)), last(nn::LayerNormOptions({width})), head(width, letters) {
    register_module("words", words);
    register_module("places", places);
    register_module("blocks", layers);
    register_module("last", last);
    register_module("head", head);
    for (int64_t i = 0; i < blocks; ++i) layers->push_back(Block(width, width / 32));
  }
  nn::Embedding words, places;
  nn::Sequential layers;
  nn::LayerNorm last;
  nn::Linear head;
  Tensor forward(const Tensor& ids) { return head(last(layers->forward(words(ids) + places(arange(ids.size(1)))))).flatten(0, 1); }
};
WICK_MODULE(GPT);

// Windows of a text and the letters that follow. `effort`: microseconds that making one takes besides, as decoding or cutting into words would.
struct Windows : data::datasets::Dataset<Windows> {
  Windows(const Tensor& text, int64_t length, double effort) : text(text), length(length), effort(effort) {}
  data::Example<> get(size_t i) override {
    const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(static_cast<int64_t>(1e3 * effort));
    while (std::chrono::steady_clock::now() < end) {}
    const auto at = static_cast<int64_t>(i) * length / 2;
    return {text.narrow(0, at, length), text.narrow(0, at + 1, length)};
  }
  std::optional<size_t> size() const override { return static_cast<size_t>(2 * (text.size(0) - 1 - length) / length); }
  Tensor text;
  int64_t length;
  double effort;
};

// A file, or sums such as "17+25=42;".
Tensor letters_of(const std::string& file) {
  std::string text;
  if (std::ifstream f(file); !file.empty() && f) {
    std::stringstream all;
    all << f.rdbuf();
    text = all.str();
  } else {
    for (int a = 0; a < 100; ++a)
      for (int k = 0; k < 60; ++k) text += std::to_string((a * 37 + k * 11) % 100) + "+" + std::to_string((k * 53) % 100) + "=" + std::to_string((a * 37 + k * 11) % 100 + (k * 53) % 100) + ";";
  }
  std::vector<int64_t> bytes;
  for (const char c : text) bytes.push_back(static_cast<unsigned char>(c) & 127);
  return tensor(bytes);
}

struct Plan {
  std::string text;
  int64_t steps, batch = 8, width, blocks, length = 64;
  double rate = 2e-3, bucket = 25, effort = 0;
  size_t workers = 0;
  bool prints = false;
};

// Letters a second, of all ranks; shares of the time; the loss in the end.
std::vector<double> learn(const Plan& p) {
  const auto ranks = static_cast<size_t>(example::ranks_here()), rank = static_cast<size_t>(example::rank_here());
  manual_seed(1);
  GPT net(128, p.length, p.width, p.blocks);
  std::optional<nn::parallel::DistributedDataParallel<GPT>> parallel;
  if (ranks > 1) parallel.emplace(net, nn::parallel::DistributedDataParallelOptions().bucket_cap_mb(p.bucket).first_bucket_mb(std::min(1.0, p.bucket)));
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(p.rate));
  Windows windows(letters_of(p.text), p.length, p.effort);
  auto loader = data::make_data_loader(windows.map(data::transforms::Stack<>()), data::samplers::DistributedRandomSampler(*windows.size(), ranks, rank),
                                       data::DataLoaderOptions(static_cast<size_t>(p.batch)).workers(p.workers).drop_last(true));
  double loss = 0;
  distributed::meter().begin();
  for (int64_t step = 0, epoch = 0; step < p.steps; ++epoch) {
    loader->sampler().set_epoch(static_cast<size_t>(epoch));  // another order, the same on all ranks
    for (auto& batch : *loader) {
      optimizer.zero_grad();
      const Tensor scores = parallel ? (*parallel)(batch.data) : net(batch.data);
      const Tensor l = nn::functional::cross_entropy(scores, batch.target.flatten());
      l.backward();
      optimizer.step();
      distributed::meter().step(batch.data.numel());
      loss = l.item<double>();
      if (p.prints && rank == 0 && step % 50 == 0) std::printf("step %4lld  loss %.3f\n", static_cast<long long>(step), loss);
      if (++step == p.steps) break;
    }
  }
  loader->join();
  const auto times = distributed::meter().gather();
  if (p.prints && rank == 0) std::printf("%s", distributed::table(times).c_str());
  double step = 0, exposed = 0, hidden = 0, data = 0, all = 0;
  for (const auto& t : times) step = std::max(step, t.step), exposed += t.exposed, hidden += t.hidden, data += t.data, all += t.compute + t.data + t.exposed;
  return {static_cast<double>(p.batch * p.length) * static_cast<double>(ranks) / step, exposed / all, hidden / all, data / all, loss, step};
}

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"text", ""}, {"steps", "12"}, {"width", "64"}, {"blocks", "2"}, {"plots", ""}});
  Plan plan;
  plan.text = args["text"];
  plan.steps = args.number("steps");
  plan.width = args.number("width");
  plan.blocks = args.number("blocks");
  if (example::launched()) {
    distributed::init_process_group("gloo");
    plan.prints = true;
    learn(plan);
    distributed::destroy_process_group();
    return 0;
  }

  logging::Figure speed(example::axes("efficiency of a GPT of width " + args["width"], "ranks", "efficiency, %").log_x(true));
  std::printf("batch size        one rank      two ranks                     four ranks\n                 letters/s      letters/s  effic.  exposed     letters/s  effic.  exposed\n");
  for (const int64_t batch : {2, 8, 32}) {
    Plan p = plan;
    p.batch = batch;
    std::vector<double> x, y;
    double first = 0;
    std::printf("%10lld", static_cast<long long>(batch));
    for (const int ranks : {1, 2, 4}) {
      const auto r = example::run_ranks(ranks, [&] { return learn(p); });
      if (ranks == 1) first = r[0], std::printf("%16.0f", r[0]);
      else std::printf("%15.0f %6.1f %% %6.1f %%", r[0], 100 * r[0] / first / ranks, 100 * r[1]);
      std::fflush(stdout);
      x.push_back(ranks);
      y.push_back(100 * r[0] / first / ranks);
    }
    std::printf("\n");
    speed.line(x, y, "batch " + std::to_string(batch) + " a rank");
  }

  std::printf("\nbuckets on two ranks, MB      step ms  exposed   hidden\n");
  std::vector<double> sizes, exposed, hidden;
  for (const double mb : {0.05, 0.25, 1.0, 5.0, 25.0}) {
    Plan p = plan;
    p.bucket = mb;
    const auto r = example::run_ranks(2, [&] { return learn(p); });
    std::printf("%24.2f %12.2f %6.1f %% %6.1f %%\n", mb, 1e3 * r[5], 100 * r[1], 100 * r[2]);
    sizes.push_back(mb);
    exposed.push_back(100 * r[1]);
    hidden.push_back(100 * r[2]);
  }
  logging::Figure buckets(example::axes("communication on two ranks", "largest bucket, MB", "share of a step, %").log_x(true));
  buckets.line(sizes, exposed, "exposed").line(sizes, hidden, "hidden");

  std::printf("\ndata on two ranks: us an example, workers      step ms   waiting for data\n");
  for (const double effort : {0.0, 200.0, 1000.0})
    for (const size_t workers : {size_t{0}, size_t{1}, size_t{2}}) {
      Plan p = plan;
      p.effort = effort;
      p.workers = workers;
      const auto r = example::run_ranks(2, [&] { return learn(p); });
      std::printf("%33.0f %9zu %12.2f %13.1f %%\n", effort, workers, 1e3 * r[5], 100 * r[3]);
    }
  args.save("data_parallel_speed.svg", {speed, buckets});
}
