// A module of one's own, written as it is thought, and made faster by what the profiler says: each step is profiled, compared with the first version, and timed.
//
//   three_times_faster [--rounds 5] [--plots DIR]
#include <ctime>

#include "common.h"

using namespace wick;
using namespace example;

namespace {

constexpr int64_t kBatch = 8, kSteps = 256, kWidth = 64, kWindow = 8;

// What is common: a normalisation, a filter over the last eight steps for each channel, a gate. [batch, steps, width] to the same.
struct FilterImpl : nn::Module {
  Tensor gain = register_parameter("gain", ones({kWidth})), shift = register_parameter("shift", zeros({kWidth}));
  Tensor taps = register_parameter("taps", randn({kWindow, kWidth}) * 0.3);
  nn::Linear mix{reg("mix", nn::Linear(kWidth, 2 * kWidth))};
  virtual Tensor forward(const Tensor& x) = 0;
};

struct First : FilterImpl {
  virtual Tensor normalised(const Tensor& x) {
    const Tensor mean = x.mean(-1, true), centred = x - mean;
    return centred / (centred.square().mean(-1, true) + 1e-5).sqrt() * gain + shift;
  }
  virtual Tensor filtered(const Tensor& x) {
    const Tensor padded = nn::functional::pad(x, nn::functional::PadFuncOptions({0, 0, kWindow - 1, 0}));
    std::vector<Tensor> steps;
    for (int64_t t = 0; t < kSteps; ++t) steps.push_back((padded.slice(1, t, t + kWindow) * taps).sum(1));
    return stack(steps, 1);
  }
  virtual Tensor gated(const Tensor& x) {
    const Tensor channels_first = x.transpose(1, 2).contiguous(), mixed = mix->weight.matmul(channels_first) + mix->bias.unsqueeze(1);
    const auto halves = mixed.chunk(2, 1);
    return (halves[0] * (1 / (1 + (-halves[1]).exp()))).transpose(1, 2).contiguous();
  }
  Tensor forward(const Tensor& x) override {
    const auto part = [](const char* name, const auto& f) {
      profiler::RecordFunction range(name);  // the part has a line in the table and a block in the flame graph
      return f();
    };
    const Tensor a = part("normalise", [&] { return normalised(x); }), b = part("filter", [&] { return filtered(a); });
    return part("gate", [&] { return gated(b); });
  }
};

// Without the loop over steps: one product for each of the eight taps.
struct Second : First {
  Tensor filtered(const Tensor& x) override {
    const Tensor padded = nn::functional::pad(x, nn::functional::PadFuncOptions({0, 0, kWindow - 1, 0}));
    Tensor sum = padded.slice(1, 0, kSteps) * taps[0];
    for (int64_t i = 1; i < kWindow; ++i) sum = addcmul(sum, padded.slice(1, i, i + kSteps), taps[i]);
    return sum;
  }
};

// Without copies: the layout stays, and the gate is one op.
struct Third : Second {
  Tensor gated(const Tensor& x) override { return nn::functional::glu(mix(x), nn::functional::GLUFuncOptions(-1)); }
};

// The normalisation as one op.
struct Fourth : Third {
  Tensor normalised(const Tensor& x) override { return layer_norm(x, {kWidth}, gain, shift); }
};

// Tried, too: the filter as a convolution in which each channel is a group.
struct Convolved : Fourth {
  Tensor filtered(const Tensor& x) override {
    const auto options = nn::functional::Conv1dFuncOptions().groups(kWidth);
    return nn::functional::conv1d(nn::functional::pad(x.transpose(1, 2), nn::functional::PadFuncOptions({kWindow - 1, 0})), taps.t().unsqueeze(1), options).transpose(1, 2);
  }
};

struct Version {
  const char* what;
  std::shared_ptr<FilterImpl> module;
  std::vector<Tensor> results;  // the output, and gradients of the input and of all parameters
  std::vector<double> times;
  int64_t ops = 0;
};
template <class M>
Version make(const char* what) {
  manual_seed(1);
  return {what, std::make_shared<M>(), {}, {}};
}

// A forward and a backward, in milliseconds of the processor: other programs on the machine matter less than to a clock on the wall.
double step(Version& v, const Tensor& x) {
  const auto begin = std::clock();
  v.module->zero_grad();
  x.mutable_grad() = Tensor();
  Tensor y = v.module->forward(x);
  (y * y).mean().backward();
  const double time = 1000 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  v.results = {y.detach(), x.grad()};
  for (const Tensor& p : v.module->parameters()) v.results.push_back(p.grad());
  return time;
}

// Profiles some steps one by one, and shows the quickest: the one that other programs disturbed least.
void profile(const Args& args, Version& v, const Tensor& x, const std::string& flame = {}) {
  std::unique_ptr<profiler::profile> best;
  for (int64_t i = 0; i < std::max<int64_t>(3, args.number("rounds")); ++i) {
    auto prof = std::make_unique<profiler::profile>();
    step(v, x);
    prof->stop();
    if (!best || prof->wall_ns() < best->wall_ns()) best = std::move(prof);
  }
  for (const auto& line : best->key_averages()) v.ops += line.kind == profiler::EventKind::op ? line.count : 0;
  std::cout << v.what << "\n" << best->key_averages().table("self_cpu_time_total", 6) << "\n" << best->advice() << "\n";
  if (!flame.empty() && !args["plots"].empty()) best->export_flame_graph(args["plots"] + "/" + flame);
}

// The largest difference from the first version, relative to its largest value.
double difference(const Version& v, const Version& first) {
  double most = 0;
  for (size_t i = 0; i < v.results.size(); ++i)
    most = std::max(most, ((v.results[i] - first.results[i]).abs().max() / first.results[i].abs().max()).item<double>());
  return most;
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argc, argv, {{"rounds", "5"}, {"plots", ""}});
  std::vector<Version> versions = {make<First>("as it is thought"), make<Second>("no loop over steps"), make<Third>("one layout, glu"), make<Fourth>("layer_norm"),
                                   make<Convolved>("tried: a convolution")};
  manual_seed(2);
  Tensor x = randn({kBatch, kSteps, kWidth}).requires_grad_(true);
  for (Version& v : versions) profile(args, v, x, &v == &versions[0] ? "faster_flame.svg" : "");
  for (int64_t round = 0; round < args.number("rounds"); ++round)
    for (Version& v : versions) v.times.push_back(step(v, x));
  std::printf("%-24s %10s %10s %10s %12s\n", "", "ops", "ms a step", "faster", "difference");
  for (const Version& v : versions) {
    const double apart = difference(v, versions[0]);
    std::printf("%-24s %10d %10.2f %9.1fx %12.1e\n", v.what, static_cast<int>(v.ops), median(v.times), median(versions[0].times) / median(v.times), apart);
    expect(apart < 1e-5, std::string(v.what) + " gives the same results and gradients");
  }
  expect(versions[3].ops * 10 < versions[0].ops, "a tenth of the ops are left");
}
