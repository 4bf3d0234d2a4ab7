// Parallel loops of the kernels: exceptions come back to the caller, small work stays on this thread.
#pragma once

#include <omp.h>

#include <wick/core/parallel.h>

#include <cstdint>
#include <exception>

namespace wick::kernels::cpu {

inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

// Threads a region started here would get.
inline int threads_here() { return omp_in_parallel() ? 1 : get_num_threads(); }

// f(task) for task < count, in any order; on one thread unless `parallel`. What a task computes must not depend on who
// runs it. The first exception is rethrown here: one that leaves an OpenMP region ends the process.
template <class F>
void for_tasks(int64_t count, bool parallel, F&& f) {
  const int threads = parallel && count > 1 ? threads_here() : 1;
  if (threads == 1) {
    for (int64_t t = 0; t < count; ++t) f(t);
    return;
  }
  std::exception_ptr error;
  const int64_t chunk = count > 64 * threads ? count / (16 * threads) : 1;
#pragma omp parallel for schedule(dynamic, chunk) num_threads(static_cast<int>(count < threads ? count : threads))
  for (int64_t t = 0; t < count; ++t) {
    try {
      f(t);
    } catch (...) {
#pragma omp critical(wick_for_tasks)
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

// While alive, regions opened by this thread (ours and the libraries') have one thread.
class OneThread {
 public:
  OneThread() : before_(omp_get_max_threads()) { if (before_ != 1) omp_set_num_threads(1); }
  ~OneThread() { if (before_ != 1) omp_set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

}  // namespace wick::kernels::cpu
