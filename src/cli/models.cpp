// `wick models`: what vision models there are.
#include <cstdio>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wick/models.h>

#include "cli/models.h"

namespace wick::cli {
namespace {

std::string with_commas(int64_t n) {
  std::string s = std::to_string(n);
  for (auto i = static_cast<int64_t>(s.size()) - 3; i > 0; i -= 3) s.insert(static_cast<size_t>(i), ",");
  return s;
}

}  // namespace

int list_models(const ModelsOptions& o) {
  auto all = nlohmann::ordered_json::array();
  size_t shown = 0;
  for (const auto& name : models::list()) {
    if (name.find(o.part) == std::string::npos) continue;
    const models::ModelInfo& m = models::info(name);
    const models::Weights& best = m.weights.back();
    if (o.json) {
      auto sets = nlohmann::ordered_json::array();
      for (const auto& w : m.weights) sets.push_back({{"name", w.name}, {"url", w.url}, {"acc1", w.acc1}, {"acc5", w.acc5}, {"resize", w.preprocessing.resize_size}, {"crop", w.preprocessing.crop_size}});
      all.push_back({{"name", name}, {"parameters", m.parameters}, {"multiply_adds_G", m.multiply_adds}, {"input_size", m.input_size}, {"classes", m.classes}, {"weights", sets}});
    } else {
      if (!shown) std::printf("%-20s %12s %14s %6s %7s  %s\n", "model", "parameters", "multiply-adds", "input", "top-1", "published weights");
      std::printf("%-20s %12s %12.3f G %6lld %5.1f %%  %s\n", name.c_str(), with_commas(m.parameters).c_str(), m.multiply_adds, static_cast<long long>(m.input_size), best.acc1,
                  o.verbose ? best.url.c_str() : best.file.c_str());
    }
    ++shown;
  }
  if (o.json) std::printf("%s\n", all.dump(2).c_str());
  if (!shown) throw Error("models: no name contains '" + o.part + "'\n  wick models lists all");
  return 0;
}

}  // namespace wick::cli
