// A benchmark is a program against libtorch's API that is compiled twice: against libtorch and against Wick.
// Each prints lines `name<TAB>value<TAB>unit`; compare.sh runs both in turn and takes medians.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace bench {

inline double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Median seconds of one call, over samples of at least `sample` seconds each.
template <class F>
double seconds(F&& f, int samples = 7, double sample = 0.05) {
  f();
  int64_t calls = 1;
  for (;;) {
    const double t = now();
    for (int64_t i = 0; i < calls; ++i) f();
    const double s = now() - t;
    if (s >= sample) break;
    calls = s > 0 ? std::max<int64_t>(calls + 1, static_cast<int64_t>(static_cast<double>(calls) * sample / s * 1.1)) : calls * 10;
  }
  std::vector<double> all;
  for (int k = 0; k < samples; ++k) {
    const double t = now();
    for (int64_t i = 0; i < calls; ++i) f();
    all.push_back((now() - t) / static_cast<double>(calls));
  }
  std::nth_element(all.begin(), all.begin() + samples / 2, all.end());
  return all[static_cast<size_t>(samples / 2)];
}

inline void line(const std::string& name, double value, const char* unit) {
  std::printf("%s\t%.6g\t%s\n", name.c_str(), value, unit);
  std::fflush(stdout);
}

inline std::string threads(const std::string& name) { return name + (torch::get_num_threads() == 1 ? ", 1 thread" : ", " + std::to_string(torch::get_num_threads()) + " threads"); }

// Runs `f` with one thread and with all.
template <class F>
void each_thread_count(F&& f) {
  const int all = torch::get_num_threads();
  for (int n : {1, all}) {
    torch::set_num_threads(n);
    f();
    if (all == 1) break;
  }
  torch::set_num_threads(all);
}

}  // namespace bench
