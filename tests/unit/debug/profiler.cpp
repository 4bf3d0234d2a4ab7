// The profiler: what is seen, how it nests, what it adds up to, and what it writes.
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <wick/debug/profiler.h>
#include <wick/data.h>
#include <wick/wick.h>

#include "../temp.h"
#include "core/watch.h"

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using namespace wick::profiler;
using wick::Tensor;
using wick::test::TempDir;

namespace {

struct NetImpl : nn::Module {
  nn::Sequential body{nn::Linear(8, 16), nn::ReLU()};
  nn::Linear head{16, 4};
  NetImpl() {
    register_module("body", body);
    register_module("head", head);
  }
  Tensor forward(const Tensor& x) { return head(body->forward(x)); }
};
WICK_MODULE(Net);

std::vector<const FunctionEvent*> named(const profile& p, const std::string& name) {
  std::vector<const FunctionEvent*> found;
  for (const auto& e : p.events())
    if (e.name == name) found.push_back(&e);
  return found;
}

TEST(Profiler, CountsTheOpsOfAKnownGraph) {
  const Tensor a = wick::randn({4, 4}, wick::requires_grad()), b = wick::randn({4, 4});
  profile prof;
  for (int i = 0; i < 3; ++i) ((a * b).exp() + 1).sum().backward();
  prof.stop();
  const EventList all = prof.key_averages();
  for (const char* op : {"aten::exp", "aten::add", "aten::sum"}) EXPECT_EQ(all[op].count, 3) << op;
  EXPECT_EQ(all["aten::mul"].count, 9);  // forward, and two in backward: of exp and of mul
  for (const char* step : {"ExpBackward0", "MulBackward0", "SumBackward0", "AddBackward1"}) EXPECT_EQ(all[step].count, 3) << step;
  EXPECT_EQ(all["torch::autograd::AccumulateGrad"].count, 3);
  EXPECT_FALSE(all.contains("aten::cos"));
  EXPECT_THROW(all["aten::cos"], wick::ValueError);
}

TEST(Profiler, KnowsOpsByPyTorchsNames) {
  const Tensor x = wick::rand({2, 3, 4});
  profile prof;
  (void)wick::log1p(x);
  (void)x.clone();
  Tensor y = x.clone();
  y.add_(1);
  y.zero_();
  (void)(x > 0.5);
  (void)x.view({6, 4});
  (void)wick::linear(x, wick::rand({5, 4}));
  prof.stop();
  const EventList all = prof.key_averages();
  for (const char* name : {"aten::log1p", "aten::clone", "aten::add_", "aten::zero_", "aten::gt", "aten::view"}) EXPECT_TRUE(all.contains(name)) << name << "\n" << all.table();
}

TEST(Profiler, SeesNothingOutsideOfItsSpan) {
  const Tensor a = wick::randn({4});
  (void)a.exp();
  profile prof;
  (void)a.sin();
  prof.stop();
  (void)a.cos();
  ASSERT_EQ(prof.events().size(), 1u);
  EXPECT_EQ(prof.events()[0].name, "aten::sin");
}

TEST(Profiler, StepsOfBackwardKnowTheirForward) {
  const Tensor a = wick::randn({4}, wick::requires_grad());
  profile prof;
  a.exp().sum().backward();
  prof.stop();
  const auto forward = named(prof, "aten::exp"), backward = named(prof, "ExpBackward0");
  ASSERT_EQ(backward.size(), 1u);
  ASSERT_GE(backward[0]->forward, 0);
  EXPECT_EQ(&prof.events()[static_cast<size_t>(backward[0]->forward)], forward[0]);
  EXPECT_EQ(backward[0]->sequence_nr, forward[0]->sequence_nr);
  EXPECT_TRUE(backward[0]->in_backward);
  const auto mul = named(prof, "aten::mul");
  ASSERT_EQ(mul.size(), 1u);
  EXPECT_EQ(&prof.events()[static_cast<size_t>(mul[0]->parent)], backward[0]);
  EXPECT_TRUE(mul[0]->in_backward);
}

TEST(Profiler, OwnTimesAddUpToTheTimeOfTheOutermost) {
  Net net;
  const Tensor x = wick::randn({4, 8});
  profile prof;
  {
    RecordFunction range("training");
    net(x).sum().backward();
  }
  prof.stop();
  int64_t own = 0;
  const FunctionEvent* outer = named(prof, "training").at(0);
  for (const auto& e : prof.events()) {
    own += e.self_ns;
    EXPECT_GE(e.self_ns, -static_cast<int64_t>(prof.events().size())) << e.name;  // ticks are rounded to nanoseconds
    EXPECT_GE(e.start_ns, outer->start_ns);
    EXPECT_LE(e.end_ns, outer->end_ns);
    if (e.parent < 0) continue;
    const FunctionEvent& above = prof.events()[static_cast<size_t>(e.parent)];
    EXPECT_GE(e.start_ns, above.start_ns);
    EXPECT_LE(e.end_ns, above.end_ns);
  }
  EXPECT_EQ(own, outer->duration_ns());
  EXPECT_LE(outer->duration_ns(), prof.wall_ns());
}

TEST(Profiler, NamesTheModulesOfOpsForwardAndBackward) {
  Net net;
  profile prof;
  net(wick::randn({4, 8})).sum().backward();
  prof.stop();
  std::vector<std::string> forward, backward;
  for (const auto* e : named(prof, "aten::addmm")) forward.push_back(e->module);
  for (const auto* e : named(prof, "AddmmBackward0")) backward.push_back(e->module);
  EXPECT_EQ(forward, (std::vector<std::string>{"Net.body.0", "Net.head"}));
  EXPECT_EQ(backward, (std::vector<std::string>{"Net.head", "Net.body.0"}));
  for (const auto* e : named(prof, "aten::mm")) EXPECT_FALSE(e->module.empty());
  const EventList modules = prof.module_averages();
  EXPECT_EQ(modules["Net"].count, 1);
  EXPECT_GE(modules["Net"].cpu_time_total, modules["Net.head"].cpu_time_total + modules["Net.body.0"].cpu_time_total);
  const EventList by_module = prof.key_averages(false, true);
  EXPECT_EQ(std::count_if(by_module.begin(), by_module.end(), [](const auto& a) { return a.key == "aten::addmm"; }), 2);
}

TEST(Profiler, GroupsByShapes) {
  const Tensor a = wick::randn({2, 3}), b = wick::randn({5});
  profile prof(ProfileOptions().record_shapes(true));
  (void)a.exp();
  (void)a.exp();
  (void)b.exp();
  prof.stop();
  EXPECT_EQ(prof.events()[0].input_shapes, (std::vector<std::vector<int64_t>>{{2, 3}}));
  EXPECT_EQ(prof.key_averages().size(), 1u);
  const EventList all = prof.key_averages(true);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.list()[0].count + all.list()[1].count, 3);
  EXPECT_NE(all.table().find("[[2, 3]]"), std::string::npos);
}

TEST(Profiler, MemoryBalances) {
  const Tensor a = wick::randn({256, 256});
  const int64_t before = wick::memory_stats().current_bytes;
  profile prof(ProfileOptions().profile_memory(true));
  Tensor kept = a.exp();
  { const Tensor gone = a.sin(); }
  prof.stop();
  const EventList all = prof.key_averages();
  EXPECT_EQ(all["aten::exp"].self_cpu_memory_usage, 256 * 256 * 4);
  EXPECT_EQ(all["aten::sin"].allocated, 256 * 256 * 4);
  EXPECT_EQ(all["aten::exp"].allocations, 1);
  EXPECT_GT(wick::memory_stats().current_bytes, before);
  // Inside an op: what a temporary takes, it gives back.
  profile second(ProfileOptions().profile_memory(true));
  {
    RecordFunction range("balanced");
    const Tensor t = (a * 2 + 1).sum();
  }
  second.stop();
  EXPECT_EQ(second.key_averages()["balanced"].cpu_memory_usage, 0);
  EXPECT_GT(second.key_averages()["balanced"].freed, 0);
}

TEST(Profiler, SchedulesAreThoseOfPyTorch) {
  using A = ProfilerAction;
  const Schedule s = schedule(1, 1, 2, 2, 1);
  const A want[] = {A::NONE, A::NONE, A::WARMUP, A::RECORD, A::RECORD_AND_SAVE, A::NONE, A::WARMUP, A::RECORD, A::RECORD_AND_SAVE, A::NONE, A::NONE};
  for (int64_t i = 0; i < 11; ++i) EXPECT_EQ(s(i), want[i]) << i;
  EXPECT_EQ(schedule(0, 0, 1)(5), A::RECORD_AND_SAVE);
  EXPECT_THROW(schedule(0, 0, 0), wick::ValueError);
  EXPECT_THROW(schedule(-1, 0, 1), wick::ValueError);
}

TEST(Profiler, RecordsTheStepsThatTheScheduleNames) {
  const Tensor a = wick::randn({4});
  std::vector<std::vector<std::string>> spans;
  profile prof(ProfileOptions().schedule(schedule(1, 1, 2, 2)).on_trace_ready([&](profile& p) {
    spans.emplace_back();
    for (const auto& e : p.events()) spans.back().push_back(e.name);
  }));
  for (int i = 0; i < 10; ++i) {
    if (i == 2 || i == 7) (void)a.sin();  // the first of each active span
    (void)a.exp();
    prof.step();
  }
  prof.stop();
  ASSERT_EQ(spans.size(), 2u);
  EXPECT_EQ(spans[0], (std::vector<std::string>{"ProfilerStep#2", "ProfilerStep#3", "aten::sin", "aten::exp", "aten::exp"}));
  EXPECT_EQ(spans[1], (std::vector<std::string>{"ProfilerStep#6", "ProfilerStep#7", "aten::exp", "aten::sin", "aten::exp"}));
  EXPECT_EQ(prof.step_num(), 10);
  EXPECT_THROW(prof.step(), wick::Error);
}

TEST(Profiler, ReadingBeforeAnythingWasRecordedIsAnError) {
  profile prof(ProfileOptions().schedule(schedule(5, 0, 1)));
  prof.stop();
  EXPECT_THROW(prof.events(), wick::Error);
}

TEST(Profiler, ExceptionsEndWhatTheyLeave) {
  const Tensor a = wick::randn({2, 3});
  profile prof;
  try {
    RecordFunction outer("outer");
    RecordFunction inner("inner");
    (void)wick::mm(a, a);
    FAIL();
  } catch (const wick::Error&) {
  }
  (void)a.exp();
  prof.stop();
  EXPECT_EQ(named(prof, "aten::exp").at(0)->parent, -1);
  EXPECT_EQ(prof.events()[static_cast<size_t>(named(prof, "inner").at(0)->parent)].name, "outer");
  for (const auto& e : prof.events()) EXPECT_LE(e.end_ns, prof.wall_ns());
}
TEST(Profiler, ToldOfAnOpThatFails) {
  const Tensor leaf = wick::randn({2}, wick::requires_grad());
  profile prof;
  EXPECT_THROW(leaf.add_(1), wick::Error);
  prof.stop();
  EXPECT_TRUE(named(prof, "aten::add_").at(0)->failed);
}

TEST(Profiler, CustomFunctionsAndRangesNeedNoMoreCode) {
  struct Twice : wick::autograd::Function<Twice> {
    static Tensor forward(wick::autograd::AutogradContext*, const Tensor& x) { return x * 2; }
    static wick::autograd::variable_list backward(wick::autograd::AutogradContext*, wick::autograd::variable_list g) { return {g[0] * 2}; }
  };
  const Tensor a = wick::randn({4}, wick::requires_grad());
  profile prof;
  {
    record_function range("mine");
    Twice::apply(a).sum().backward();
  }
  prof.stop();
  const FunctionEvent* function = nullptr;
  for (const auto& e : prof.events())
    if (e.kind == EventKind::op && e.name.find("Twice") != std::string::npos) function = &e;
  ASSERT_NE(function, nullptr);
  const auto mul = named(prof, "aten::mul");
  ASSERT_EQ(mul.size(), 2u);
  EXPECT_EQ(&prof.events()[static_cast<size_t>(mul[0]->parent)], function);
  EXPECT_EQ(prof.events()[static_cast<size_t>(function->parent)].name, "mine");
  EXPECT_TRUE(mul[1]->in_backward);
}

TEST(Profiler, OptimizersAndLoadersAreSeen) {
  Net net;
  wick::optim::SGD sgd(net->parameters(), 0.1);
  struct Sines : wick::data::datasets::Dataset<Sines, wick::data::TensorExample> {
    wick::data::TensorExample get(size_t) override { return {wick::ones({8}).sinh()}; }
    std::optional<size_t> size() const override { return 8; }
  };
  auto dataset = Sines().map(wick::data::transforms::Stack<wick::data::TensorExample>());
  for (const size_t workers : {0, 1}) {
    auto loader = wick::data::make_data_loader<wick::data::samplers::SequentialSampler>(dataset, wick::data::DataLoaderOptions(4).workers(workers));
    profile prof;
    for (auto& batch : *loader) {
      net(batch.data).sum().backward();
      sgd.step();
    }
    prof.stop();
    EXPECT_EQ(prof.key_averages()["Optimizer.step#SGD.step"].count, 2);
    EXPECT_GE(prof.key_averages()["DataLoader.next"].count, 2);
    if (workers == 0) continue;
    const auto made = named(prof, "DataLoader.worker");
    ASSERT_EQ(made.size(), 2u);
    EXPECT_GT(made[0]->thread, 0);
    const auto inside = named(prof, "aten::sinh");
    ASSERT_EQ(inside.size(), 8u);
    EXPECT_EQ(inside[0]->thread, made[0]->thread);
    EXPECT_EQ(&prof.events()[static_cast<size_t>(inside[0]->parent)], made[0]);
  }
}

TEST(Profiler, OtherThreadsAreLeftAlone) {
  const Tensor a = wick::randn({4});
  profile prof;
  std::thread([&] { (void)a.exp(); }).join();
  (void)a.sin();
  prof.stop();
  EXPECT_EQ(prof.events().size(), 1u);
}
TEST(Profiler, TwoAtOnceSeeTheirOwnSpans) {
  const Tensor a = wick::randn({4});
  profile outer;
  (void)a.exp();
  {
    profile inner;
    (void)a.sin();
    inner.stop();
    EXPECT_EQ(inner.events().size(), 1u);
  }
  (void)a.cos();
  outer.stop();
  EXPECT_EQ(outer.events().size(), 3u);
}
TEST(Profiler, OneThatEndsInsideOfARange) {
  const Tensor a = wick::randn({4});
  auto prof = std::make_unique<profile>();
  {
    RecordFunction range("range");
    prof->stop();
    EXPECT_EQ(prof->events().at(0).name, "range");
    prof.reset();
  }
  {
    RecordFunction range("before");
    profile inside;
    (void)a.exp();
    inside.stop();
    EXPECT_EQ(inside.events().size(), 1u);
  }
}

TEST(Profiler, KeepsAtMostSoManyEvents) {
  const Tensor a = wick::randn({4});
  profile prof(ProfileOptions().max_events(10));
  for (int i = 0; i < 50; ++i) (void)a.exp();
  prof.stop();
  EXPECT_EQ(prof.events().size(), 10u);
  EXPECT_EQ(prof.dropped(), 40);
}

TEST(Profiler, ManyEventsShapesAndBlocks) {
  // More than one piece of memory holds, twice (what was there is used again); blocks that are freed in another order.
  profile prof(ProfileOptions().schedule(schedule(0, 1, 1)).record_shapes(true).profile_memory(true));
  for (int span = 0; span < 4; ++span) {
    std::vector<Tensor> kept;
    for (int64_t i = 0; i < 6000; ++i) kept.push_back(wick::ones({1 + i % 7, 3}).neg());
    for (size_t i = 0; i < kept.size(); ++i) std::swap(kept[i], kept[i * 7919 % kept.size()]);
    kept.clear();
    prof.step();
    if (span % 2 == 0) continue;
    const auto& events = prof.events();
    int64_t allocated = 0, freed = 0, seen = 0;
    for (const auto& e : events) {
      allocated += e.allocated;
      freed += e.freed;
      if (e.name != "aten::neg") continue;
      EXPECT_EQ(e.input_shapes, (std::vector<std::vector<int64_t>>{{1 + seen % 7, 3}}));
      ++seen;
    }
    EXPECT_EQ(seen, 6000);
    EXPECT_GT(allocated, 6000 * 12);
  }
  prof.stop();
}

TEST(Profiler, SpansBeginAndEndWhileOtherThreadsWork) {
  std::atomic<bool> over{false};
  std::vector<std::thread> workers;
  {
    profile prof(ProfileOptions().schedule(schedule(0, 1, 2)).record_shapes(true).profile_memory(true).with_flops(true));
    const wick::watch::Handoff handoff;
    for (int k = 0; k < 2; ++k)
      workers.emplace_back([&] {
        const wick::watch::Taken taken(handoff);
        const Tensor a = wick::randn({8, 8});
        while (!over) {
          RecordFunction range("work");
          (void)wick::mm(a, a);
        }
      });
    size_t most = 0;
    for (int step = 0; step < 30; ++step) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      (void)wick::randn({4}).exp();
      prof.step();
      if (step % 3 != 2) continue;
      size_t others = 0;
      for (const auto& e : prof.events()) {
        others += e.thread > 0;
        EXPECT_GE(e.duration_ns(), 0);
        EXPECT_TRUE(e.thread == 0 || e.name == "work" || e.name.rfind("aten::", 0) == 0) << e.name;
      }
      most = std::max(most, others);
    }
    EXPECT_GT(most, 10u);
    over = true;
    for (auto& w : workers) w.join();
  }
}

// --- What is written -------------------------------------------------------------------------------------------------

nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(wick::test::read_file(path)); }

TEST(ProfilerFiles, TracesAreJsonWithEveryEventAndLinks) {
  TempDir dir;
  Net net;
  profile prof(ProfileOptions().record_shapes(true).with_flops(true));
  {
    RecordFunction range("a \"name\"\n\\ with signs");
    net(wick::randn({4, 8})).sum().backward();
  }
  prof.stop();
  prof.export_chrome_trace(dir / "trace.json");
  const auto trace = read_json(dir / "trace.json");
  size_t complete = 0, starts = 0, ends = 0;
  bool found = false;
  for (const auto& e : trace["traceEvents"]) {
    const std::string ph = e["ph"];
    if (ph == "X") {
      const auto& event = prof.events()[e["args"]["External id"].get<size_t>()];
      EXPECT_EQ(e["name"], event.name);
      EXPECT_NEAR(e["dur"].get<double>(), static_cast<double>(event.duration_ns()) / 1e3, 1e-3);
      ++complete;
      found = found || e["name"] == "a \"name\"\n\\ with signs";
    }
    starts += ph == "s";
    ends += ph == "f";
  }
  EXPECT_EQ(complete, prof.events().size());
  EXPECT_TRUE(found);
  EXPECT_GT(starts, 3u);
  EXPECT_EQ(starts, ends);
  EXPECT_THROW(prof.export_chrome_trace(dir / "no/such/folder.json"), wick::Error);
}

TEST(ProfilerFiles, TracesAreBounded) {
  TempDir dir;
  const Tensor a = wick::randn({4});
  profile prof;
  {
    RecordFunction range("longest");
    for (int i = 0; i < 2000; ++i) (void)a.exp();
  }
  prof.stop();
  prof.export_chrome_trace(dir / "trace.json", 50'000);
  EXPECT_LE(std::filesystem::file_size(dir / "trace.json"), 50'000u);
  const auto trace = read_json(dir / "trace.json");
  size_t complete = 0;
  bool longest = false;
  for (const auto& e : trace["traceEvents"]) {
    complete += e["ph"] == "X";
    longest = longest || e["name"] == "longest";
  }
  EXPECT_TRUE(longest);
  EXPECT_GT(complete, 100u);
  EXPECT_EQ(complete + trace["otherData"]["left_out"].get<size_t>(), 2001u);
}

TEST(ProfilerFiles, TensorBoardsHandlerWritesAFileASpan) {
  TempDir dir;
  const Tensor a = wick::randn({4});
  {
    profile prof(ProfileOptions().schedule(schedule(0, 0, 1)).on_trace_ready(tensorboard_trace_handler(dir / "runs/1", "w")));
    for (int i = 0; i < 3; ++i) {
      (void)a.exp();
      prof.step();
    }
  }
  size_t files = 0;
  for (const auto& f : std::filesystem::directory_iterator(dir / "runs/1")) {
    EXPECT_NE(f.path().string().find(".pt.trace.json"), std::string::npos);
    (void)read_json(f.path().string());
    ++files;
  }
  EXPECT_EQ(files, 4u);  // the fourth is what `stop` ended
}

TEST(ProfilerFiles, FlameGraphsAndStacks) {
  TempDir dir;
  Net net;
  profile prof;
  {
    RecordFunction range("a<b>&c");
    net(wick::randn({64, 8})).sum().backward();
  }
  prof.stop();
  prof.export_flame_graph(dir / "flame.svg");
  const std::string svg = wick::test::read_file(dir / "flame.svg");
  EXPECT_EQ(svg.rfind("<svg", 0), 0u);
  EXPECT_NE(svg.find("a&lt;b&gt;&amp;c"), std::string::npos);
  EXPECT_EQ(svg.find("a<b>"), std::string::npos);
  size_t open = 0, closed = 0;
  for (size_t at = 0; (at = svg.find("<g>", at)) != std::string::npos; ++at) ++open;
  for (size_t at = 0; (at = svg.find("</g>", at)) != std::string::npos; ++at) ++closed;
  EXPECT_GT(open, 2u);
  EXPECT_EQ(open, closed);
  prof.export_stacks(dir / "stacks.txt");
  const std::string stacks = wick::test::read_file(dir / "stacks.txt");
  EXPECT_NE(stacks.find("a<b>&c;Net;head;aten::addmm "), std::string::npos) << stacks;
}

// --- What is printed -------------------------------------------------------------------------------------------------

TEST(ProfilerTables, SortAndAlign) {
  const Tensor a = wick::randn({64, 64});
  profile prof(ProfileOptions().with_flops(true).profile_memory(true));
  for (int i = 0; i < 5; ++i) (void)a.exp();
  (void)wick::mm(a, a);
  prof.stop();
  const EventList all = prof.key_averages();
  const std::string by_count = all.table("count"), by_flops = all.table("flops", 1);
  EXPECT_LT(by_count.find("aten::exp"), by_count.find("aten::mm"));
  EXPECT_NE(by_flops.find("aten::mm"), std::string::npos);
  EXPECT_EQ(by_flops.find("aten::exp"), std::string::npos);
  EXPECT_NE(by_flops.find("1 more"), std::string::npos);
  EXPECT_THROW(all.table("beauty"), wick::ValueError);
  // Columns end under each other.
  std::istringstream lines(by_count);
  std::string title, rule, first, second;
  std::getline(lines, title);
  std::getline(lines, rule);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(title.size(), rule.size());
  EXPECT_EQ(first.size(), second.size());
  EXPECT_EQ(first.size(), rule.size());
  EXPECT_NE(by_count.find("Self CPU time total: "), std::string::npos);
}

TEST(ProfilerTables, RooflineSaysWhatBounds) {
  const Tensor a = wick::randn({256, 256});
  profile prof(ProfileOptions().with_flops(true));
  for (int i = 0; i < 3; ++i) (void)wick::mm(a, a);
  (void)a.exp();
  prof.stop();
  const Roofline& roof = measured_roofline();
  EXPECT_GT(roof.gflops_f32, 0);
  EXPECT_GT(roof.gflops_bf16, 0);
  EXPECT_GT(roof.memory_gb, 0);
  EXPECT_EQ(&roof, &measured_roofline());
  const std::string table = prof.roofline_table();
  EXPECT_NE(table.find("aten::mm"), std::string::npos);
  EXPECT_NE(table.find("memory"), std::string::npos);
}

TEST(ProfilerAdvice, SeesChainsOfElementwiseOpsCopiesAndTinyOps) {
  const auto advised = [](const AdviceList& list, const char* word) { return std::any_of(list.begin(), list.end(), [&](const Advice& a) { return a.what.find(word) != std::string::npos; }); };
  const Tensor large = wick::randn({1024, 1024}), small = wick::randn({4});
  {
    profile prof;
    (void)((large * 2 + 1) * large);
    prof.stop();
    EXPECT_TRUE(advised(prof.advice(), "Fuse")) << prof.key_averages();
    EXPECT_FALSE(advised(prof.advice(), "Copy less"));
    EXPECT_FALSE(advised(prof.advice(), "Do more"));
  }
  {
    profile prof;
    (void)large.t().contiguous();
    prof.stop();
    EXPECT_TRUE(advised(prof.advice(), "Copy less")) << prof.key_averages();
    EXPECT_FALSE(advised(prof.advice(), "Fuse"));
  }
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)  // which make the smallest op a long one
  {
    // Other programs may take the core away in the midst of an op, which is a long one then.
    bool seen = false;
    for (int attempt = 0; attempt < 50 && !seen; ++attempt) {
      profile prof;
      Tensor t = small;
      for (int i = 0; i < 2000; ++i) t = t + small;
      prof.stop();
      seen = advised(prof.advice(), "Do more");
    }
    EXPECT_TRUE(seen);
  }
#endif
  {
    profile prof;
    prof.stop();
    std::ostringstream s;
    s << prof.advice();
    EXPECT_NE(s.str().find("nothing stands out"), std::string::npos);
  }
}

TEST(ProfilerAdvice, SeesProductsOfFewRowsAndLongSteps) {
  const auto advised = [](const AdviceList& list, const char* word) { return std::any_of(list.begin(), list.end(), [&](const Advice& a) { return a.what.find(word) != std::string::npos; }); };
  {
    const Tensor x = wick::randn({1, 1024}), w = wick::randn({1024, 1024});
    profile prof(ProfileOptions().record_shapes(true).with_flops(true));
    for (int i = 0; i < 50; ++i) (void)wick::mm(x, w);
    prof.stop();
    const AdviceList list = prof.advice();
    // The machine's peak is what it was while others computed, too: the advice is to follow from both numbers.
    const EventList averages = prof.key_averages();
    const FunctionEventAvg& mm = averages["aten::mm"];
    const double reached = static_cast<double>(mm.flops) / static_cast<double>(mm.self_cpu_time_total), peak = measured_roofline().gflops_f32;
    EXPECT_EQ(mm.flops, int64_t{50} * 2 * 1024 * 1024);
    EXPECT_EQ(advised(list, "more rows"), reached <= 0.35 * peak) << list << reached << " of " << peak;
    for (const Advice& a : list)
      EXPECT_TRUE(a.what.find("more rows") == std::string::npos || a.evidence.find("8 rows or fewer") != std::string::npos) << a.evidence;
  }
  {
    nn::Linear large(1000, 1000);
    wick::optim::Adam adam(large->parameters(), 1e-3);
    for (auto& p : large->parameters()) p.mutable_grad() = wick::ones_like(p);
    adam.step();  // the first one makes its states
    bool seen = false;
    for (int attempt = 0; attempt < 50 && !seen; ++attempt) {
      profile prof;
      for (int i = 0; i < 5; ++i) adam.step();
      prof.stop();
      seen = advised(prof.advice(), "optimizer's pass");
    }
    EXPECT_TRUE(seen);
  }
}

TEST(ProfilerAdvice, SeesALoaderThatDoesNotKeepUp) {
  struct Slow : wick::data::datasets::Dataset<Slow, Tensor> {
    Tensor get(size_t) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(8));
      return wick::ones({1});
    }
    std::optional<size_t> size() const override { return 4; }
  };
  auto loader = wick::data::make_data_loader<wick::data::samplers::SequentialSampler>(Slow(), wick::data::DataLoaderOptions(1));
  profile prof;
  for (auto& batch : *loader) (void)batch;
  prof.stop();
  ASSERT_FALSE(prof.advice().empty());
  EXPECT_NE(prof.advice()[0].what.find("workers"), std::string::npos);
  EXPECT_GT(prof.advice()[0].share, 0.2);  // nearly all of it where nobody else computes
}

}  // namespace
