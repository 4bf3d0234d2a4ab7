#include <cmath>
#include <cstdio>
#include <filesystem>

#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/ops.h>
#ifdef WICK_WITH_LOG
#include <wick/log/figure.h>
#endif

#include "cli/run.h"
#include "io/atomic_file.h"

namespace wick::cli {
namespace {

constexpr size_t kLines = 20;
constexpr double kWidth = 40;  // characters of the longest bar

std::string rounded(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1g", v);
  return text;
}

void print_table(const optim::LRRangeTest& r) {
  const double first = r.smoothed[0];
  double low = first;
  for (const double v : r.smoothed) low = std::min(low, v);
  const double high = std::max(first * 1.25, low);  // what is above it has diverged
  std::printf("\n    rate       loss\n");
  const size_t step = std::max<size_t>(1, (r.lrs.size() + kLines - 1) / kLines);
  for (size_t i = 0; i < r.lrs.size(); i += step) {
    const double v = r.smoothed[i];
    std::string bar;
    if (std::isfinite(v) && high > 0)
      for (int k = 0; k < static_cast<int>(std::lround(kWidth * std::min(1.0, std::max(0.0, v / high)))); ++k) bar += "▇";
    std::printf("%8.1e %10.4g  %s%s\n", r.lrs[i], v, bar.c_str(), v > high ? " …" : "");
  }
}

// Their names.
std::string write_files(const optim::LRRangeTest& r, const std::string& folder) {
  std::filesystem::create_directories(folder);
  std::string csv = "lr,loss,smoothed\n";
  for (size_t i = 0; i < r.lrs.size(); ++i) csv += str(r.lrs[i], ",", r.losses[i], ",", r.smoothed[i], "\n");
  io::write_atomically(folder + "/lr_range.csv", {{csv.data(), csv.size()}});
#ifdef WICK_WITH_LOG
  const auto all = [](const std::vector<double>& v) { return tensor(v, kDouble); };
  logging::Figure figure(logging::FigureOptions().title("loss by learning rate").x_label("rate").y_label("loss").log_x(true));
  figure.line(all(r.lrs), all(r.losses), "of a step").line(all(r.lrs), all(r.smoothed), "running mean");
  figure.save(folder + "/lr_range.svg");
  return "lr_range.csv  lr_range.svg";
#else
  return "lr_range.csv";
#endif
}

}  // namespace

int show_lr_range(const optim::LRRangeTest& r, const RunOptions& o) {
  const std::string files = o.out.empty() ? "" : write_files(r, o.out);
  if (o.json) {
    Json j{{"lrs", r.lrs}, {"losses", r.losses}, {"smoothed", r.smoothed}, {"suggestion", nullptr}};
    if (r.suggestion) j["suggestion"] = *r.suggestion;
    std::printf("%s\n", j.dump().c_str());
  } else if (o.quiet) {
    if (r.suggestion) std::printf("%g\n", *r.suggestion / 3);
  } else {
    print_table(r);
    if (r.suggestion)
      std::printf("\nthe loss falls most steeply at %s\ntry  --lr %s   (a third of it, with which training is rarely thrown off)\n", rounded(*r.suggestion).c_str(), rounded(*r.suggestion / 3).c_str());
    else
      std::printf("\nthe loss does not fall at any rate: wick train … --check says more\n");
    if (!files.empty()) std::printf("saved %s/   %s\n", o.out.c_str(), files.c_str());
  }
  return r.suggestion ? 0 : 1;
}

}  // namespace wick::cli
