// States and checkpoints: everything comes back, files are kept as asked, errors arrive, broken files are skipped.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train/checkpoint.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using train::Checkpointer;
using train::CheckpointerOptions;
using train::State;

// Warnings of a scope.
struct Warnings {
  Warnings() : before(set_warning_handler([this](const std::string& w) { all.push_back(w); })) {}
  ~Warnings() { set_warning_handler(before); }
  std::vector<std::string> all;
  std::function<void(const std::string&)> before;
};

struct Numbers : data::datasets::Dataset<Numbers> {
  data::Example<> get(size_t i) override { return {full({3}, static_cast<double>(i) / 40), full({}, static_cast<int64_t>(i % 2), kLong)}; }
  std::optional<size_t> size() const override { return 40; }
};

// A whole run by hand: dropout, batch statistics, momentum, random order, numbers of its own.
struct HandLoop {
  nn::Sequential net{nn::Linear(3, 8), nn::BatchNorm1d(8), nn::ReLU(), nn::Dropout(0.3), nn::Linear(8, 2)};
  optim::Adam optimizer{net->parameters(), optim::AdamOptions(0.01)};
  decltype(data::make_data_loader(Numbers().map(data::transforms::Stack<>()), data::DataLoaderOptions(8))) loader;
  optim::lr_scheduler::CosineAnnealingLR schedule{optimizer, 15};
  amp::GradScaler scaler{amp::GradScalerOptions().init_scale(4).growth_interval(2)};
  Generator own = make_generator(9);
  int64_t epoch = 0, step = 0;
  double sum = 0;
  float noise = 0;
  bool flag = false;
  std::string text = "before";
  Tensor extra;
  State state;

  explicit HandLoop(size_t workers) : loader(data::make_data_loader(Numbers().map(data::transforms::Stack<>()), data::DataLoaderOptions(8).workers(workers))) {
    state.add("model", net).add("optimizer", optimizer).add("schedule", schedule).add("scaler", scaler).add("loader", loader).add("own", own).add("epoch", epoch).add("step", step).add("sum", sum).add("noise", noise).add("flag", flag)
        .add("text", text).add("extra", extra);
  }
  void train(int64_t stop, const std::function<void()>& after_step = [] {}) {
    while (epoch < 3 && step < stop) {
      for (auto& batch : *loader) {
        optimizer.zero_grad();
        const Tensor loss = nn::functional::cross_entropy(net->forward(batch.data), batch.target);
        scaler.scale(loss).backward();
        scaler.step(optimizer);
        scaler.update();
        schedule.step();
        noise = randn({1}, own).item<float>();
        sum += loss.item<double>() + noise;
        ++step;
        flag = step % 2 == 1;
        text = "after " + std::to_string(step);
        extra = full({2}, step);
        after_step();
        if (step == stop) return;
      }
      ++epoch;
    }
  }
};
void expect_same(HandLoop& a, HandLoop& b) {
  for (const auto& e : a.net->state_dict()) EXPECT_TRUE(same_bits(e.value(), b.net->state_dict()[e.key()])) << e.key();
  EXPECT_EQ(a.sum, b.sum);
  EXPECT_EQ(a.scaler.get_scale(), b.scaler.get_scale());
  EXPECT_EQ(a.optimizer.param_groups()[0].options().get_lr(), b.optimizer.param_groups()[0].options().get_lr());
  EXPECT_EQ(a.step, b.step);
  EXPECT_EQ(a.noise, b.noise);
  EXPECT_EQ(a.flag, b.flag);
  EXPECT_EQ(a.text, b.text);
}

TEST(State, AStoppedRunGoesOnAsIfNothingHadBeen) {
  const TempDir dir;
  for (size_t workers : {0, 2}) {
    manual_seed(1);
    HandLoop whole(workers);
    whole.train(1000);
    ASSERT_EQ(whole.step, 15);
    const Tensor next = randn({4});
    for (int64_t stop : {1, 4, 5, 6, 14, 15}) {
      manual_seed(1);
      HandLoop first(workers);
      first.train(stop);
      save(first.state, dir / "run.safetensors");
      manual_seed(77);
      HandLoop second(workers);
      load(second.state, dir / "run.safetensors");
      second.train(1000);
      expect_same(whole, second);
      EXPECT_TRUE(same_bits(randn({4}), next)) << stop;
    }
  }
}

TEST(State, RefusesWhatDoesNotFitAndStaysAsItWas) {
  const TempDir dir;
  const std::string path = dir / "s.safetensors";
  nn::Linear a(3, 2), b(3, 4);
  int64_t n = 5, m = 6;
  State one, two, three, four;
  one.add("n", n).add("model", *a);
  save(one, path);
  two.add("n", m).add("model", *b);
  const Tensor before = b->weight.detach().clone(), rng = default_generator().get_state();
  const std::string text = error_of([&] { load(two, path); });
  EXPECT_TRUE(contains(text, "in the part \"model\" of the state"));
  EXPECT_TRUE(contains(text, "weight"));
  EXPECT_EQ(m, 6);  // it was read before the model
  EXPECT_TRUE(same_bits(b->weight, before));
  EXPECT_TRUE(same_bits(default_generator().get_state(), rng));
  three.add("n", n).add("metric", m);
  EXPECT_TRUE(contains(error_of([&] { load(three, path); }), "missing: metric unexpected: model"));
  EXPECT_THROW(four.add("rng", n), ValueError);
  EXPECT_THROW(four.add("", n), ValueError);
  four.add("n", n);
  four.remove("n");
  EXPECT_FALSE(four.has("n"));
}

std::vector<std::string> names(const TempDir& dir) {
  std::vector<std::string> r;
  for (const auto& f : std::filesystem::directory_iterator(dir.path())) r.push_back(f.path().filename().string());
  std::sort(r.begin(), r.end());
  return r;
}
std::vector<std::string> files(std::initializer_list<int> steps) {
  std::vector<std::string> r;
  for (int s : steps) r.push_back("checkpoint-00000000" + std::to_string(s) + ".safetensors");
  return r;
}

TEST(Checkpointer, KeepsTheNewestAndTheBest) {
  for (bool background : {false, true}) {
    const TempDir dir;
    State state;
    int64_t n = 0;
    state.add("n", n);
    const double metrics[] = {0, 0.5, 0.9, NAN, 0.9, 0.1, 0.2, 0.3};
    {
      Checkpointer c(dir.path(), state, CheckpointerOptions().keep_last(2).keep_best(1).background(background));
      for (n = 1; n <= 5; ++n) c.save(n, metrics[n]);
      c.flush();
      EXPECT_EQ(names(dir), files({2, 4, 5}));
      EXPECT_EQ(c.best(), std::make_pair(int64_t{2}, 0.9));
    }
    // Another process knows what is there.
    {
      Checkpointer c(dir.path(), state, CheckpointerOptions().keep_last(1).keep_best(2).background(background));
      n = 6;
      c.save(6);
      c.flush();
      EXPECT_EQ(names(dir), files({2, 4, 6}));
      EXPECT_TRUE(c.load_best());
      EXPECT_EQ(n, 2);
      EXPECT_TRUE(c.resume());
      EXPECT_EQ(n, 6);
      n = 8;
      c.save(6);  // in place of the one of that step
      EXPECT_TRUE(c.resume());
      EXPECT_EQ(n, 8);
      EXPECT_TRUE(contains(error_of([&] { Checkpointer(dir.path(), state); }), "another one is at work in " + dir.path()));
    }
    Checkpointer low(dir.path(), state, CheckpointerOptions().keep_last(1).keep_best(1).smaller_is_better(true));
    low.save(7, 0.3);
    low.save(8, 0.4);
    low.flush();
    EXPECT_EQ(names(dir), files({7, 8}));
    low.clear();
    EXPECT_EQ(names(dir), files({}));
    EXPECT_FALSE(low.resume());
    EXPECT_FALSE(low.load_best());
  }
  State state;
  EXPECT_THROW(Checkpointer("/tmp", state, CheckpointerOptions().keep_last(0)), ValueError);
  EXPECT_TRUE(contains(error_of([&] { Checkpointer("/proc/no/such", state); }), "cannot make the folder /proc/no/such"));
}

TEST(Checkpointer, SkipsBrokenFilesAndSaysSo) {
  const TempDir dir;
  State state;
  Tensor t = arange(50, kFloat);
  state.add("t", t);
  Checkpointer c(dir.path(), state, CheckpointerOptions().keep_last(9));
  for (int64_t step : {1, 2, 3, 4}) {
    t = full({50}, step);
    c.save(step);
  }
  c.flush();
  const std::string whole = read_file(c.path(4));
  write_file(c.path(4), whole.substr(0, whole.size() - 1));
  std::string damaged = read_file(c.path(3));
  damaged[damaged.size() - 3] ^= 1;
  write_file(c.path(3), damaged);
  write_file(c.path(7), "");
  write_file(dir / "checkpoint-5.safetensors", whole);  // not a name of ours
  const Warnings warnings;
  EXPECT_EQ(train::latest_checkpoint(dir.path()), c.path(2));
  EXPECT_TRUE(c.resume());
  EXPECT_EQ(t[0].item<float>(), 2);
  ASSERT_EQ(warnings.all.size(), 6u);
  EXPECT_TRUE(contains(warnings.all[0], c.path(7)));
  EXPECT_TRUE(contains(warnings.all[1], c.path(4)));
  EXPECT_TRUE(contains(warnings.all[2], "checksum"));
  EXPECT_EQ(train::latest_checkpoint(dir / "nothing"), std::nullopt);
  // One that does not fit is no reason to go on with an older one.
  State other;
  Tensor u;
  other.add("u", u);
  const TempDir elsewhere;
  std::filesystem::copy(dir.path(), elsewhere.path(), std::filesystem::copy_options::recursive);
  Checkpointer d(elsewhere.path(), other);
  EXPECT_TRUE(contains(error_of([&] { d.resume(); }), "in the checkpoint " + d.path(2)));
}

TEST(Checkpointer, TheCopyIsThatOfTheCall) {
  const TempDir dir;
  State state;
  Tensor t = zeros({1 << 20});
  state.add("t", t);
  Checkpointer c(dir.path(), state);
  for (int64_t step = 1; step <= 3; ++step) {
    t.fill_(step);
    c.save(step);
    t.fill_(-1);
  }
  c.flush();
  EXPECT_TRUE(c.resume());
  EXPECT_TRUE(equal(t, full({1 << 20}, 3, kFloat)));
}

TEST(Checkpointer, ErrorsOfTheWriterArriveAtTheNextCall) {
  const TempDir dir;
  State state;
  Tensor t = zeros({100'000});
  state.add("t", t);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 100'000;
  Checkpointer c(dir.path(), state);
  c.save(1);
  c.flush();
  setrlimit(RLIMIT_FSIZE, &small);
  c.save(2);
  EXPECT_TRUE(contains(error_of([&] { c.flush(); }), "File too large"));
  c.save(3);
  EXPECT_TRUE(contains(error_of([&] { c.save(4); }), "cannot write " + c.path(3)));
  {
    const Warnings warnings;
    {
      const TempDir elsewhere;
      Checkpointer d(elsewhere.path(), state);
      d.save(5);
    }
    ASSERT_EQ(warnings.all.size(), 1u);
    EXPECT_TRUE(contains(warnings.all[0], "was not written"));
  }
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(names(dir), files({1}));
  c.save(6);  // all is well again
  c.flush();
  EXPECT_EQ(names(dir), files({1, 6}));
}

TEST(Checkpointer, LeftoversOfAKilledProcessGo) {
  const TempDir dir;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  const std::string name = "checkpoint-000000003.safetensors.tmp";
  for (const std::string& end : {std::to_string(child) + "-0", std::to_string(getppid()) + "-0", std::to_string(child) + "-", std::string("x"), std::string()}) write_file(dir / (name + end), "x");
  State state;
  Checkpointer c(dir.path(), state);
  EXPECT_EQ(names(dir), ([&] {
    std::vector<std::string> left{name, name + std::to_string(child) + "-", name + std::to_string(getppid()) + "-0", name + "x"};
    std::sort(left.begin(), left.end());
    return left;
  }()));
}

}  // namespace
}  // namespace wick::test
