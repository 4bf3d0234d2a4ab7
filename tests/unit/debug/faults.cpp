// What finds faults, on faults that were put there.
#include <cmath>
#include <limits>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <wick/debug.h>
#include <wick/wick.h>

namespace nn = wick::nn;
using namespace wick::debug;
using wick::Tensor;

namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

struct BrokenImpl : nn::Module {
  nn::Linear first{4, 4}, second{4, 2};
  nn::BatchNorm1d norm{4};
  int mode = 0;
  BrokenImpl() {
    register_module("first", first);
    register_module("norm", norm);
    register_module("second", second);
  }
  Tensor forward(const Tensor& x) {
    Tensor h = norm(first(x));
    if (mode == 1) h = (h.abs() * -1 - 1).log();
    if (mode == 2) h = (h.abs() + 1) * 1e30f * 1e30f;
    if (mode == 3) h = h.abs().mul(0).sqrt() * 0;   // forward is fine, the derivative of the root at 0 is not
    return second(h);
  }
};
WICK_MODULE(Broken);

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const wick::Error& e) {
    return e.what();
  }
  return {};
}
bool has(const std::string& s, const std::string& part) { return s.find(part) != std::string::npos; }

TEST(NanWatch, NamesTheOpAndTheModuleInForward) {
  Broken net;
  net->mode = 1;
  const Tensor x = wick::randn({3, 4});
  NanWatch watch;
  const std::string e = error_of([&] { net(x); });
  EXPECT_TRUE(has(e, "NanWatch: aten::log gave nan at [0, 0] of its result [3, 4], in forward")) << e;
  EXPECT_TRUE(has(e, "in module Broken; arguments [3, 4]")) << e;
  EXPECT_TRUE(has(e, "made from -")) << e;
  ASSERT_EQ(watch.found().size(), 1u);
  const BadValue& b = watch.found()[0];
  EXPECT_TRUE(std::isnan(b.value));
  EXPECT_FALSE(b.backward);
  EXPECT_EQ(b.input, -1);
  ASSERT_EQ(b.input_values.size(), 1u);
  EXPECT_LT(b.input_values[0], 0);
}

TEST(NanWatch, NamesTheStepInBackward) {
  Broken net;
  net->mode = 3;
  const Tensor y = [&] { NanWatch none; return net(wick::randn({3, 4})).sum(); }();
  // Recorded while nobody looked on, or while somebody did: the step is named either way, the module where it is known.
  NanWatch watch;
  const Tensor again = net(wick::randn({3, 4})).sum();
  const std::string e = error_of([&] { again.backward(); });
  EXPECT_TRUE(has(e, "in backward (SqrtBackward0)")) << e;
  EXPECT_TRUE(has(e, "in module Broken")) << e;
  EXPECT_TRUE(has(error_of([&] { y.backward(); }), "SqrtBackward0"));
}

TEST(NanWatch, NamesTheBufferThatHeldIt) {
  Broken net;
  net->eval();
  net->norm->running_mean[2] = kNaN;
  NanWatch watch;
  const std::string e = error_of([&] { net(wick::randn({3, 4})); });
  EXPECT_TRUE(has(e, "held such a value already: the buffer norm.running_mean of Broken")) << e;
  EXPECT_TRUE(has(e, "in module Broken.norm")) << e;
  EXPECT_TRUE(has(e, "at [2] of its result [4]")) << e;
  const auto lines = bad_values(*net);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0], "norm.running_mean: nan at [2] of [4]");
}

TEST(NanWatch, FindsOverflow) {
  Broken net;
  net->mode = 2;
  const Tensor x = wick::randn({3, 4});
  {
    NanWatch watch;
    const std::string e = error_of([&] { net(x); });
    EXPECT_TRUE(has(e, "aten::mul gave inf at [0, 0]")) << e;
    EXPECT_TRUE(has(e, "1e+30")) << e;
  }
  NanWatch only_nan(NanWatchOptions().inf(false));
  EXPECT_FALSE(has(error_of([&] { (wick::full({2}, 1e30f) * 1e30f).neg(); }), "inf"));
}

TEST(NanWatch, CollectsWithoutThrowingAndWithoutConsequences) {
  const Tensor x = wick::full({2}, -1.0);
  NanWatch watch(NanWatchOptions().throws(false));
  Tensor y = x.log();
  y = (y + 1) * 2;
  ASSERT_EQ(watch.found().size(), 1u);
  EXPECT_EQ(watch.found()[0].op, "aten::log");
}

TEST(NanWatch, SaysNothingOfMasksAndOfSoundModels) {
  NanWatch watch;
  const Tensor scores = wick::randn({4, 4}), mask = wick::ones({4, 4}, wick::kBool).triu(1);
  const Tensor p = scores.masked_fill(mask, -std::numeric_limits<float>::infinity()).softmax(-1);
  EXPECT_TRUE(p.isfinite().all().item<bool>());
  Broken net;
  net(wick::randn({3, 4})).sum().backward();
  EXPECT_TRUE(watch.found().empty());
}

TEST(NanWatch, LeavesNothingBehind) {
  { NanWatch watch; }
  EXPECT_NO_THROW((void)wick::full({2}, -1.0).log());
}

TEST(NanWatch, FindsItInComplexAndHalfTensorsToo) {
  NanWatch watch(NanWatchOptions().throws(false));
  (void)wick::full({3}, -1.0, wick::kBFloat16).sqrt();
  ASSERT_EQ(watch.found().size(), 1u);
  (void)(wick::complex(wick::zeros({2}), wick::full({2}, 3e38f)) * 1e30f);
  EXPECT_EQ(watch.found().size(), 2u);
}

// --- Anomaly mode and shapes -----------------------------------------------------------------------------------------

TEST(Anomaly, NamesTheModuleOfTheForward) {
  Broken net;
  net->mode = 3;
  wick::autograd::DetectAnomalyGuard guard;
  const Tensor y = net(wick::randn({3, 4})).sum();
  testing::internal::CaptureStderr();
  const std::string e = error_of([&] { y.backward(); });
  testing::internal::GetCapturedStderr();
  EXPECT_TRUE(has(e, "SqrtBackward0")) << e;
  EXPECT_TRUE(has(e, "in module Broken")) << e;
  EXPECT_TRUE(has(e, "debug_tests+0x")) << e;  // a name where the program exports it
}

TEST(ShapeTrace, TellsWhatLedToTheError) {
  struct NetImpl : nn::Module {
    nn::Sequential body{nn::Linear(8, 16), nn::ReLU()};
    nn::Linear head{12, 4};
    NetImpl() {
      register_module("body", body);
      register_module("head", head);
    }
    Tensor forward(const Tensor& x) { return head(body->forward(x)); }
  };
  struct Net : nn::ModuleHolder<NetImpl> { using nn::ModuleHolder<NetImpl>::ModuleHolder; } net;
  const auto run = [&] { net(wick::randn({5, 8})); };
  const std::string plain = error_of(run);
  EXPECT_TRUE(has(plain, "in module")) << plain;
  EXPECT_TRUE(has(plain, ".head")) << plain;
  EXPECT_FALSE(has(plain, "shapes until then"));
  ShapeTrace trace;
  const std::string e = error_of(run);
  EXPECT_TRUE(has(e, "shapes until then:\n")) << e;
  EXPECT_TRUE(has(e, ".body.0: aten::addmm [5, 8], [16, 8], [16] -> [5, 16]")) << e;
  EXPECT_TRUE(has(e, ".body.1: aten::relu [5, 16] -> [5, 16]")) << e;
  EXPECT_LT(e.find("body.0"), e.find("body.1"));
  EXPECT_TRUE(has(trace.text(), "addmm"));
  ShapeTrace two(2);
  for (int i = 0; i < 5; ++i) (void)wick::ones({2}).exp();
  const std::string text = two.text();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

// --- Determinism -----------------------------------------------------------------------------------------------------

TEST(CompareRuns, SameForSoundComputations) {
  Broken net;
  const Tensor x = wick::randn({3, 4});
  const RunComparison c = compare_runs([&] {
    net->zero_grad();
    (net(x) + wick::dropout(x, 0.5, true).sum() + wick::rand({2})).sum().backward();  // random numbers are the same in both
    net->norm->reset_running_stats();
  });
  EXPECT_TRUE(c.same) << c;
  EXPECT_GT(c.ops, 10);
}

TEST(CompareRuns, FindsTheFirstOpThatDiffers) {
  struct Coin : wick::autograd::Function<Coin> {
    static Tensor forward(wick::autograd::AutogradContext*, const Tensor& x) {
      static int run = 0;
      return wick::from_blob(&(values()[run++ % 2]), {1}).clone() + x;
    }
    static float* values() { static float v[2] = {1, 2}; return v; }
    static wick::autograd::variable_list backward(wick::autograd::AutogradContext*, wick::autograd::variable_list g) { return g; }
  };
  const Tensor x = wick::randn({1});
  const RunComparison c = compare_runs([&] { (void)(Coin::apply(x.exp()) * 2); });
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.ops, 1);  // exp
  EXPECT_EQ(c.what, "arguments");
  EXPECT_EQ(c.op, "aten::clone");
  std::ostringstream s;
  s << c;
  EXPECT_TRUE(has(s.str(), "aten::clone")) << s.str();
}

TEST(CompareRuns, FindsAnOpThatGivesAnotherResultFromTheSame) {
  struct Clock : wick::autograd::Function<Clock> {
    static Tensor forward(wick::autograd::AutogradContext*, const Tensor& x) {
      Tensor y = wick::empty_like(x);
      static float runs = 0;
      for (int64_t i = 0; i < y.numel(); ++i) y.data_ptr<float>()[i] = ++runs;
      return y;
    }
    static wick::autograd::variable_list backward(wick::autograd::AutogradContext*, wick::autograd::variable_list g) { return g; }
  };
  const Tensor x = wick::ones({3});
  const RunComparison c = compare_runs([&] { (void)Clock::apply(x); });
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.what, "result");
  EXPECT_EQ(c.result, 0);
  EXPECT_EQ(c.shape, (std::vector<int64_t>{3}));
}

TEST(CompareRuns, FindsRunsOfOtherLengths) {
  int runs = 0;
  const Tensor x = wick::ones({3});
  const RunComparison c = compare_runs([&] {
    (void)x.exp();
    if (++runs == 2) (void)x.sin();
  });
  EXPECT_FALSE(c.same);
  EXPECT_EQ(c.what, "end");
  EXPECT_EQ(c.other_op, "aten::sin");
  runs = 1;
  const RunComparison d = compare_runs([&] { (void)(++runs == 2 ? x.sin() : x.cos()); });
  EXPECT_EQ(d.what, "op");
  EXPECT_EQ(d.op, "aten::sin");
  EXPECT_EQ(d.other_op, "aten::cos");
}

// --- Memory ----------------------------------------------------------------------------------------------------------

TEST(MemorySnapshots, SayWhoMadeWhatLives) {
  Broken net;
  const Tensor before = wick::randn({1000});
  MemoryWatch watch;
  const Tensor x = wick::randn({64, 4});
  const Tensor y = net(x);
  const MemorySnapshot s = watch.snapshot();
  EXPECT_GE(s.other_bytes, 4000);
  bool found = false;
  for (const MemoryBlock& b : s.blocks) found = found || (b.op == "aten::addmm" && b.module == "Broken.second" && b.bytes == 64 * 2 * 4 && b.address == reinterpret_cast<uint64_t>(y.data_ptr()));
  EXPECT_TRUE(found) << s;
  int64_t sum = 0;
  for (const MemorySite& site : s.sites()) sum += site.bytes;
  EXPECT_EQ(sum, s.bytes);
  EXPECT_TRUE(has(s.table(), "Broken.second"));
  const auto json = nlohmann::json::parse(s.json());
  EXPECT_EQ(json["blocks"].size(), s.blocks.size());
  EXPECT_EQ(json["bytes"], s.bytes);
}

TEST(MemorySnapshots, DifferencesAndWhatWasFreed) {
  MemoryWatch watch;
  Tensor a = wick::ones({100}).exp();
  const MemorySnapshot first = watch.snapshot();
  const Tensor b = a.sin();
  a = Tensor();
  const MemorySnapshot second = watch.snapshot(), change = second.since(first);
  ASSERT_EQ(change.blocks.size(), 1u);
  EXPECT_EQ(change.blocks[0].op, "aten::sin");
  EXPECT_EQ(change.bytes, 400);
  EXPECT_EQ(second.blocks.size(), 1u);  // what a held is gone
}

TEST(MemorySnapshots, LeaksGrowFromStepToStep) {
  Broken net;
  std::vector<Tensor> losses;
  MemoryWatch watch;
  EXPECT_THROW(watch.leaks(), wick::ValueError);
  for (int i = 0; i < 4; ++i) {
    net->zero_grad();
    const Tensor loss = net(wick::randn({8, 4})).exp().sum();
    loss.backward();
    losses.push_back(loss);  // with its graph
    watch.mark();
  }
  const auto leaks = watch.leaks();
  ASSERT_FALSE(leaks.empty());
  EXPECT_TRUE(std::any_of(leaks.begin(), leaks.end(), [](const MemorySite& s) { return s.op == "aten::sum" && s.blocks == 2; })) << watch.leaks_text();
  EXPECT_TRUE(has(watch.leaks_text(), "grew in each of the last 3 steps"));

  MemoryWatch sound;
  for (int i = 0; i < 4; ++i) {
    net->zero_grad();
    net(wick::randn({8, 4})).exp().sum().backward();
    sound.mark();
  }
  EXPECT_TRUE(sound.leaks().empty()) << sound.leaks_text();
}

TEST(MemorySnapshots, OtherThreadsBlocksAreSeenAndFreed) {
  MemoryWatch watch;
  Tensor t;
  std::thread([&] { t = wick::ones({100}).exp(); }).join();
  ASSERT_EQ(watch.snapshot().blocks.size(), 1u);
  EXPECT_EQ(watch.snapshot().blocks[0].bytes, 400);
  std::thread([&] { t = Tensor(); }).join();
  EXPECT_TRUE(watch.snapshot().blocks.empty());
}

}  // namespace
