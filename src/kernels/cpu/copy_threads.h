// Splitting kernels over the OpenMP pool. No kernel's result may depend on how: work is cut into fixed tasks.
#pragma once

#include <algorithm>
#include <cstdint>

#include <omp.h>

namespace wick::kernels::cpu {

// Elements below which a region costs more than it saves.
inline constexpr int64_t kParallelGrain = 32768;

// Threads for `tasks` tasks of `work` elements each; 1 inside another region.
inline int task_threads(int64_t tasks, double work) {
  if (tasks <= 1 || static_cast<double>(tasks) * work <= static_cast<double>(kParallelGrain) || omp_in_parallel())
    return 1;
  return static_cast<int>(std::min<int64_t>(tasks, omp_get_max_threads()));
}

// f(task) for each task below `tasks`, each about `work` elements. f must not throw.
template <class F>
void parallel_tasks(int64_t tasks, double work, const F& f) {
  const int threads = task_threads(tasks, work);
  if (threads <= 1) {
    for (int64_t t = 0; t < tasks; ++t) f(t);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int64_t t = 0; t < tasks; ++t) f(t);
}

// f(begin, end) over a partition of [0, n) into one range per thread, for independent items of `work` elements. Range
// ends are multiples of `align`.
template <class F>
void parallel_ranges(int64_t n, double work, int64_t align, const F& f) {
  const int64_t units = (n + align - 1) / align;
  const int threads = task_threads(units, work * static_cast<double>(align));
  if (threads <= 1) {
    if (n > 0) f(int64_t{0}, n);
    return;
  }
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int t = 0; t < threads; ++t) {
    const int64_t b = units * t / threads * align, e = std::min(n, units * (t + 1) / threads * align);
    if (b < e) f(b, e);
  }
}

}  // namespace wick::kernels::cpu
