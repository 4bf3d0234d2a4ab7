// wick profile: where the time and the memory of a vision model go.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wick/core/grad_mode.h>
#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/debug/profiler.h>
#include <wick/models.h>
#include <wick/nn/functional.h>
#include <wick/optim.h>

#include "cli/options.h"

namespace wick::cli {
namespace {

struct ProfileCommand {
  std::string model, trace, flame, sort = "self_cpu_time_total";
  int64_t batch = 8, steps = 3, rows = 20, size = 0;
  bool inference = false, json = false;
};

std::string as_json(const ProfileCommand& o, const profiler::profile& p) {
  nlohmann::ordered_json out{{"model", o.model}, {"batch", o.batch}, {"steps", o.steps}, {"training", !o.inference}, {"threads", get_num_threads()},
                             {"wall_ms", static_cast<double>(p.wall_ns()) / 1e6}, {"flops", p.total_flops()}};
  const auto lines = [](const profiler::EventList& list) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& a : list)
      all.push_back({{"name", a.key}, {"count", a.count}, {"self_ns", a.self_cpu_time_total}, {"total_ns", a.cpu_time_total}, {"flops", a.flops}, {"allocated", a.allocated}, {"freed", a.freed}});
    return all;
  };
  out["ops"] = lines(p.key_averages());
  out["modules"] = lines(p.module_averages());
  out["advice"] = nlohmann::ordered_json::array();
  for (const auto& a : p.advice()) out["advice"].push_back({{"what", a.what}, {"evidence", a.evidence}, {"share", a.share}});
  return out.dump(2);
}

int run_profile(const ProfileCommand& o) {
  const models::ModelInfo& info = models::info(o.model);
  models::Model model = models::create(o.model);
  model->train(!o.inference);
  const int64_t side = o.size > 0 ? o.size : info.input_size;
  const Tensor pictures = randn({o.batch, 3, side, side}), labels = randint(info.num_classes, {o.batch});
  optim::SGD sgd(model->parameters(), optim::SGDOptions(0.01).momentum(0.9));
  const auto step = [&] {
    if (o.inference) {
      const InferenceMode on;
      (void)model(pictures);
      return;
    }
    sgd.zero_grad();
    nn::functional::cross_entropy(model(pictures), labels).backward();
    sgd.step();
  };
  step();  // the first makes memory and chooses kernels
  profiler::profile p(profiler::ProfileOptions().record_shapes(true).with_flops(true).profile_memory(true));
  for (int64_t i = 0; i < o.steps; ++i) step();
  p.stop();
  if (!o.trace.empty()) p.export_chrome_trace(o.trace);
  if (!o.flame.empty()) p.export_flame_graph(o.flame);
  if (o.json) {
    std::cout << as_json(o, p) << "\n";
    return 0;
  }
  const double ms = static_cast<double>(p.wall_ns()) / 1e6 / static_cast<double>(o.steps);
  std::printf("%s   batch %lld, %lld x %lld, %s, %d threads: %.1f ms a step, %.1f GFLOP/s\n\n", o.model.c_str(), static_cast<long long>(o.batch), static_cast<long long>(side), static_cast<long long>(side),
              o.inference ? "inference" : "training", get_num_threads(), ms, static_cast<double>(p.total_flops()) / static_cast<double>(p.wall_ns()));
  std::cout << p.key_averages().table(o.sort, o.rows, 44) << "\n" << p.module_averages().table("cpu_time_total", o.rows, 44) << "\n" << p.roofline_table(o.rows / 2) << "\n" << p.advice();
  for (const std::string& file : {o.trace, o.flame})
    if (!file.empty()) std::printf("wrote %s%s\n", file.c_str(), file == o.trace ? "   (https://ui.perfetto.dev opens it)" : "");
  return 0;
}

}  // namespace

void add_profile(CLI::App& app, Action& action) {
  const auto o = std::make_shared<ProfileCommand>();
  CLI::App* c = app.add_subcommand("profile", "Where the time and the memory of a vision model go: ops, modules, what the machine could do, what would help\n\nExample: wick profile resnet18 --batch 8 --trace trace.json");
  c->add_option("model", o->model, "a name that wick models lists")->required()->type_name("MODEL");
  c->add_option("-b,--batch", o->batch, "pictures in a step")->check(CLI::Range(1, 65536))->capture_default_str();
  c->add_option("--steps", o->steps, "steps to look at, after one that is not counted")->check(CLI::Range(1, 10000))->capture_default_str();
  c->add_option("--size", o->size, "side of the pictures (default: the model's)")->check(CLI::Range(1, 65536));
  c->add_flag("--inference", o->inference, "forward alone, in evaluation mode");
  c->add_option("--rows", o->rows, "lines of each table")->check(CLI::Range(1, 100000))->capture_default_str();
  c->add_option("--sort", o->sort, "order of the ops")
      ->check(CLI::IsMember({"self_cpu_time_total", "cpu_time_total", "cpu_time", "self_cpu_memory_usage", "cpu_memory_usage", "flops", "count"}))->capture_default_str();
  c->add_option("--trace", o->trace, "write a trace for Perfetto or chrome://tracing")->type_name("FILE");
  c->add_option("--flame", o->flame, "write a flame graph (SVG)")->type_name("FILE");
  c->add_flag("--json", o->json, "print everything as JSON");
  c->callback([o, &action] { action = [o] { return run_profile(*o); }; });
}

}  // namespace wick::cli
