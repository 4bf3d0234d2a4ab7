#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <string>

#include <wick/core/parallel.h>
#include <wick/core/str.h>

#include "core/thread_scope.h"

namespace wick {

// This thread's share; 0: all.
static thread_local constinit int share __attribute__((tls_model("initial-exec"))) = 0;

void run_ops_with(int threads) {
  if (share == threads) return;
  share = threads;
  omp_set_num_threads(threads);  // of this thread's teams: those of the libraries that ops call
}

inline namespace v1 {
namespace {

// Processors this process may use: its affinity mask, and the quota of its control group (v2, then v1).
int available_processors() {
  cpu_set_t set;
  int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : omp_get_num_procs();
  double quota = 0, period = 0;
  std::string word;
  if (std::ifstream f("/sys/fs/cgroup/cpu.max"); f >> word >> period && word != "max") {
    quota = std::atof(word.c_str());
  } else {
    std::ifstream q("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), p("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!(q >> quota && p >> period)) quota = 0;
  }
  if (quota > 0 && period > 0) n = std::min(n, std::max(1, static_cast<int>(quota / period + 0.5)));
  return std::max(1, n);
}

// OpenMP's own variable wins; the runtime has read it already.
int initial_threads() {
  const char* env = std::getenv("OMP_NUM_THREADS");
  return env && std::atoi(env) > 0 ? std::atoi(env) : available_processors();
}

std::atomic<int> threads{0}, interop{1};

}  // namespace

int get_num_threads() {
  if (share) return share;
  int n = threads.load(std::memory_order_relaxed);
  if (n == 0) {
    n = initial_threads();
    threads = n;
    omp_set_num_threads(n);
  }
  return n;
}
void set_num_threads(int n) {
  WICK_CHECK_TYPE(ValueError, n >= 1, "set_num_threads: expected a positive number of threads, got ", n);
  threads = n;
  if (!share) omp_set_num_threads(n);
}
void set_num_interop_threads(int n) {
  WICK_CHECK_TYPE(ValueError, n >= 1, "set_num_interop_threads: expected a positive number of threads, got ", n);
  interop = n;
}
int get_num_interop_threads() { return interop; }
bool in_parallel_region() { return omp_in_parallel(); }
int get_thread_num() { return omp_get_thread_num(); }

void detail::parallel_for(int64_t begin, int64_t end, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context) {
  const int64_t n = end - begin;
  if (n <= 0) return;
  grain = std::max<int64_t>(grain, 1);
  const int64_t pieces = std::min<int64_t>(get_num_threads(), (n + grain - 1) / grain);
  if (pieces <= 1 || omp_in_parallel()) {
    body(context, begin, end);
    return;
  }
  std::exception_ptr error;
  std::atomic_flag seen = ATOMIC_FLAG_INIT;
#pragma omp parallel for num_threads(static_cast<int>(pieces)) schedule(static, 1)
  for (int64_t k = 0; k < pieces; ++k) {
    try {
      body(context, begin + n * k / pieces, begin + n * (k + 1) / pieces);
    } catch (...) {
      if (!seen.test_and_set()) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace v1
}  // namespace wick
