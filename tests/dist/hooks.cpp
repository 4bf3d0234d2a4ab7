// Communication hooks: PyTorch's numbers, equal parameters on all ranks, each rank's own errors, states that go on.
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "ddp.h"

using namespace ddp;
using namespace distributed::algorithms;
using distributed::CommHook;
using distributed::Future;
using distributed::GradBucket;
using nn::parallel::DistributedDataParallel;
using nn::parallel::DistributedDataParallelOptions;

namespace {

struct Run {
  explicit Run(bool bias = true, const DistributedDataParallelOptions& options = {}) : net((manual_seed(1), Mlp(bias))), model(net, options), optimizer(net->parameters(), optim::SGDOptions(0.1).momentum(0.9)) {}
  template <class Step>
  void steps(int from, int to, const Step& step) {
    for (int i = from; i < to; ++i) {
      const Tensor y = model(batch(6, static_cast<uint64_t>(1000 + 50 * me + i)));
      optimizer.zero_grad();
      loss_of(y).backward();
      step();
    }
  }
  void steps(int from, int to) {
    steps(from, to, [&] { optimizer.step(); });
  }
  std::vector<double> numbers() const {
    std::vector<Tensor> parts{net->a->weight, net->b->weight.narrow(0, 0, 2), net->d->weight};
    if (net->a->bias.defined()) parts.insert(parts.end(), {net->a->bias, net->d->bias});
    std::vector<double> all;
    for (const Tensor& t : parts)
      for (int64_t i = 0; i < t.numel(); ++i) all.push_back(t.detach().reshape({-1})[i].item<double>());
    return all;
  }
  Mlp net;
  DistributedDataParallel<Mlp> model;
  optim::SGD optimizer;
};

std::map<std::string, std::vector<double>> golden() {
  std::map<std::string, std::vector<double>> all;
  std::ifstream in(WICK_GOLDEN "/dist/hooks.txt");
  for (std::string line, name; std::getline(in, line);) {
    std::istringstream words(line);
    words >> name;
    for (double v; words >> v;) all[name].push_back(v);
  }
  CHECK(all.size() == 13, all.size());
  return all;
}
void check_near(const std::string& name, const std::vector<double>& got, const std::vector<double>& want, double tolerance) {
  CHECK(got.size() == want.size(), name, " ", got.size(), " ", want.size());
  double most = 0;
  for (size_t i = 0; i < std::min(got.size(), want.size()); ++i) most = std::max(most, std::abs(got[i] - want[i]));
  CHECK(most <= tolerance, name, ": ", most);
}

PowerSGDOptions power() { return PowerSGDOptions().start_powerSGD_iter(2).min_compression_rate(1); }
template <class S, class O>
CommHook with(Future (*hook)(const std::shared_ptr<S>&, GradBucket&), const O& options) {
  return [hook, state = std::make_shared<S>(options)](GradBucket& b) { return hook(state, b); };
}
CommHook stateless(Future (*hook)(const distributed::Group&, GradBucket&)) {
  return [hook](GradBucket& b) { return hook(nullptr, b); };
}

void numbers_of_pytorch() {
  const auto want = golden();
  const std::tuple<const char*, CommHook, double> cases[] = {
      {"allreduce", stateless(allreduce_hook), 1e-6},
      {"fp16", stateless(fp16_compress_hook), 2e-5},  // one gradient that rounds the other way
      {"bf16", stateless(bf16_compress_hook), 1e-6},
      {"power1", with(powerSGD_hook, power()), 1e-6},
      {"power2", with(powerSGD_hook, PowerSGDOptions().start_powerSGD_iter(2).matrix_approximation_rank(2).random_seed(7)), 1e-6},
      {"power3", with(powerSGD_hook, power().matrix_approximation_rank(3).orthogonalization_epsilon(1e-8)), 1e-6},
      {"power.cold", with(powerSGD_hook, power().warm_start(false)), 1e-6},
      {"power.plain", with(powerSGD_hook, power().use_error_feedback(false).matrix_approximation_rank(2)), 1e-6},
      {"power.stacked", with(powerSGD_hook, power().batch_tensors_with_same_shape(true).matrix_approximation_rank(2)), 1e-6},
      {"power.bf16", bf16_compress_wrapper(with(powerSGD_hook, power())), 1e-3},
      {"batched", with(batched_powerSGD_hook, power()), 1e-6},
      {"batched.cold", with(batched_powerSGD_hook, power().warm_start(false)), 1e-6},
  };
  for (const auto& [name, hook, tolerance] : cases) {
    Run run(std::string(name).rfind("batched", 0) != 0);
    run.model.register_comm_hook(hook);
    run.steps(0, 12);
    if (n == 2) check_near(name, run.numbers(), want.at(name), tolerance);
    check_bits_equal(*run.net);
  }
  Run run;
  std::vector<distributed::Group> alone;
  for (int r = 0; r < n; ++r) alone.push_back(distributed::new_group({r}));
  const auto state = std::make_shared<PostLocalSGDState>(nullptr, alone[me], 4);
  run.model.register_comm_hook(state, post_localSGD_hook);
  distributed::PostLocalSGDOptimizer optimizer(run.optimizer, PeriodicModelAverager(3, 4));
  run.steps(0, 12, [&] { optimizer.step(); });
  CHECK(state->iter == 4 && optimizer.averager().step == 12);
  const auto got = run.numbers(), all = want.at("local");
  if (n == 2) check_near("local", got, std::vector<double>(all.begin() + me * got.size(), all.begin() + (me + 1) * got.size()), 1e-6);
  // They differ between averages and are equal after one.
  Tensor low = run.net->a->weight.detach().clone(), high = low.clone();
  distributed::all_reduce(low, distributed::ReduceOp::MIN);
  distributed::all_reduce(high, distributed::ReduceOp::MAX);
  CHECK(!equal(low, high));
  run.steps(12, 14, [&] { optimizer.step(); });
  check_bits_equal(*run.net);
}

// Several buckets; every hook leaves the ranks equal, errors are the rank's own, and a state that was saved goes on to the same bits.
template <class State, class Options>
void check_state(const std::string& name, Future (*hook)(const std::shared_ptr<State>&, GradBucket&), const Options& options, bool keeps_errors = true) {
  DistributedDataParallelOptions many;
  many.first_bucket_mb(0.0005).bucket_cap_mb(0.001);
  Run run(true, many);
  const auto state = std::make_shared<State>(options);
  run.model.register_comm_hook(state, hook);
  run.steps(0, 6);
  check_bits_equal(*run.net);
  CHECK(state->iter() == 6 && run.model.reducer().bucket_sizes().size() > 2, name, state->iter());
  if (keeps_errors) {
    // Not equal on the ranks; and what a rank has lost so far is not nothing.
    bool differs = false;
    for (size_t b = 0; b < run.model.reducer().bucket_sizes().size(); ++b) {
      const Tensor e = state->error(b);
      CHECK(e.defined() && e.numel() > 0, name, " bucket ", b);
      Tensor low = e.clone(), high = e.clone();
      distributed::all_reduce(low, distributed::ReduceOp::MIN);
      distributed::all_reduce(high, distributed::ReduceOp::MAX);
      differs = differs || !equal(low, high);
    }
    CHECK(differs, name);
  } else {
    CHECK(!state->error(0).defined(), name);
  }
  // Another process that goes on from files.
  const std::string path = wick::str("/tmp/wick_hook_", getpid(), ".pt");
  save(*state, path);
  const auto loaded = std::make_shared<State>(options);
  load(*loaded, path);
  std::remove(path.c_str());
  Run other(true, many);
  other.steps(0, 1);  // as many buckets, in their order
  other.model.register_comm_hook(loaded, hook);
  for (size_t i = 0; i < run.net->parameters().size(); ++i) other.net->parameters()[i].set_data(run.net->parameters()[i].detach().clone());
  run.optimizer = optim::SGD(run.net->parameters(), optim::SGDOptions(0.1));
  other.optimizer = optim::SGD(other.net->parameters(), optim::SGDOptions(0.1));
  run.steps(6, 9);
  other.steps(6, 9);
  CHECK(distance(*run.net, *other.net) == 0, name, ": ", distance(*run.net, *other.net));
  check_bits_equal(*other.net);
}

void what_hooks_get() {
  DistributedDataParallelOptions many;
  many.first_bucket_mb(0.0001).bucket_cap_mb(0.0005);
  // Buckets are reduced while backward goes on: the last layer's before the first layer's gradient is there.
  Run run(true, many);
  std::vector<std::string> trace;
  for (const auto& p : run.net->named_parameters())
    p.value().register_hook([&, key = p.key()](const Tensor& g) { return trace.push_back("gradient " + key), g; });
  std::vector<size_t> indices;
  size_t parameters = 0;
  int64_t last = 0;
  run.model.register_comm_hook([&](GradBucket& b) {
    trace.push_back("bucket");
    indices.push_back(b.index());
    parameters += b.parameters().size();
    last += b.is_last();
    CHECK(b.getIndex() == b.index() && b.isLast() == b.is_last() && b.getBuffer().is_same(b.buffer()));
    const auto gradients = b.gradients();
    CHECK(gradients.size() == b.parameters().size());
    int64_t count = 0;
    for (size_t i = 0; i < gradients.size(); ++i) {
      count += gradients[i].numel();
      CHECK(gradients[i].sizes() == b.parameters()[i].sizes() && gradients[i].is_alias_of(b.buffer()) && equal(gradients[i], b.parameters()[i].grad()));
    }
    CHECK(count == b.buffer().numel() && b.buffer().dim() == 1);
    CHECK(has(error_of<ValueError>([&] { b.set_buffer(zeros({count + 1})); }), "expected a buffer of"));
    return allreduce_hook(nullptr, b);
  });
  run.steps(0, 1);
  trace.clear();
  indices.clear();
  parameters = 0;
  last = 0;
  run.steps(1, 2);
  const size_t buckets = run.model.reducer().bucket_sizes().size();
  CHECK(buckets > 3 && indices.size() == buckets && std::is_sorted(indices.begin(), indices.end()) && parameters == 8 && last == 1, indices.size());
  const auto first_bucket = std::find(trace.begin(), trace.end(), "bucket") - trace.begin(), first_layer = std::find(trace.begin(), trace.end(), "gradient a.weight") - trace.begin();
  CHECK(first_bucket < 3 && first_layer > first_bucket + 4, first_bucket, " ", first_layer);

  // A sum instead of the mean, another tensor, another dtype; chains.
  Run sums(true, many), plain(true, many);
  sums.model.register_comm_hook([](GradBucket& b) {
    const Tensor copy = b.buffer().to(kDouble);
    return Future(copy, distributed::all_reduce(copy, distributed::ReduceOp::SUM, nullptr, true)).then([](const Tensor& t) { return t * 2; }).then([](const Tensor& t) { return t / 2; });
  });
  plain.steps(0, 1, [] {});
  sums.steps(0, 1, [] {});
  for (size_t i = 0; i < 8; ++i) CHECK((sums.net->parameters()[i].grad() - plain.net->parameters()[i].grad() * n).abs().max().item<double>() <= 1e-6);

  // What cannot be.
  CHECK(has(error_of<Error>([&] { sums.model.register_comm_hook(nullptr, allreduce_hook); }), "has a communication hook already"));
  CHECK(has(error_of<ValueError>([&] { plain.model.register_comm_hook(CommHook()); }), "the hook is empty"));
  Run halves(true, DistributedDataParallelOptions().reduce_dtype(kHalf));
  CHECK(has(error_of<ValueError>([&] { halves.model.register_comm_hook(nullptr, allreduce_hook); }), "exclude each other"));
  plain.model.register_comm_hook([](GradBucket& b) { return Future(b.index() == 1 ? b.buffer().narrow(0, 0, 3) : b.buffer()); });
  const std::string what = error_of<ValueError>([&] { plain.steps(1, 2); });
  CHECK(has(what, "the communication hook must give bucket 1 a tensor of") && has(what, "got [3]"), what);
  Run throws(true, many);
  throws.model.register_comm_hook([](GradBucket&) -> Future { throw Error("of the hook"); });
  CHECK(has(error_of<Error>([&] { throws.steps(0, 1); }), "of the hook"));
  CHECK(has(error_of<Error>([&] { throws.steps(0, 1); }), "of the hook"));  // not half-way in a pass
  CHECK(has(error_of<ValueError>([] { PowerSGDState s(PowerSGDOptions().start_powerSGD_iter(1)); }), "expected start_powerSGD_iter above 1"));
  CHECK(has(error_of<ValueError>([] { PowerSGDState s(PowerSGDOptions().matrix_approximation_rank(0)); }), "at least 1, got 0"));
  CHECK(has(error_of<ValueError>([] { TopKState s(TopKOptions().ratio(0)); }), "above 0 and at most 1, got 0"));
  CHECK(has(error_of<ValueError>([] { PeriodicModelAverager a(0); }), "at least 1, got 0"));
  const auto machine = machine_group();
  CHECK(distributed::get_world_size(machine) == n);
  distributed::barrier();  // all have it before one lets go
}

void top_k() {
  // All elements travel: the mean. Few: what is left comes later, so that nothing is lost.
  Run all, plain;
  all.model.register_comm_hook(std::make_shared<TopKState>(TopKOptions().ratio(1).start_iter(2)), topk_hook);
  all.steps(0, 6);
  plain.steps(0, 6);
  CHECK(distance(*all.net, *plain.net) <= 1e-6, distance(*all.net, *plain.net));
  Mlp net;
  DistributedDataParallel<Mlp> model(net);
  const auto state = std::make_shared<TopKState>(TopKOptions().ratio(0.05));
  int64_t most = 0;
  Tensor sent, mine;
  model.register_comm_hook([&](GradBucket& b) {
    if (!mine.defined()) mine = zeros_like(b.buffer()), sent = zeros_like(b.buffer());
    const bool compresses = state->iter() >= 2;
    if (compresses) mine.add_(b.buffer());
    return topk_hook(state, b).then([&, compresses](const Tensor& t) {
      if (compresses) sent.add_(t), most = std::max(most, t.count_nonzero().item<int64_t>());
      return t;
    });
  });
  for (int i = 0; i < 8; ++i) {
    net->zero_grad();
    loss_of(model(batch(6, static_cast<uint64_t>(100 * me + i)))).backward();
    for (const Tensor& p : net->parameters()) check_bits_equal("gradient", p.grad());
  }
  CHECK(most > 0 && most <= n * 39, most);
  // The gradients of all ranks, less the errors that they still keep, are what came.
  Tensor total = mine - state->error(0);
  distributed::all_reduce(total, distributed::ReduceOp::AVG);
  CHECK((total - sent).abs().max().item<double>() <= 1e-6, (total - sent).abs().max());
}

}  // namespace

void hooks(const std::string& engine) {
  begin(engine);
  what_hooks_get();
  numbers_of_pytorch();
  check_state("power", powerSGD_hook, power());
  check_state("power.cold", powerSGD_hook, power().warm_start(false).matrix_approximation_rank(2));
  check_state("power.plain", powerSGD_hook, power().use_error_feedback(false), false);
  check_state("batched", batched_powerSGD_hook, power());
  check_state("topk", topk_hook, TopKOptions().ratio(0.1));
  top_k();
  distributed::destroy_process_group();
}
