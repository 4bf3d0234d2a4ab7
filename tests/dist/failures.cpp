// Ranks that fail in the middle of work: what the others say, and when. WICK_TEST_KIND picks what goes wrong.
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

using namespace wick;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

std::string kind() {
  const char* k = std::getenv("WICK_TEST_KIND");
  return k ? k : "";
}
// Tells how long it took from `start`, which the tests' script reads.
void report(const std::string& what, Clock::time_point start) {
  std::fprintf(stderr, "rank %d: message after %.2f s: %s\n", distributed::get_rank(), std::chrono::duration<double>(Clock::now() - start).count(), what.c_str());
}
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
[[noreturn]] void leave() {
  if (!failures) std::puts("as expected");
  std::fflush(nullptr);
  if (std::getenv("OMPI_COMM_WORLD_SIZE")) std::this_thread::sleep_for(std::chrono::seconds(3));  // mpirun ends all when the first leaves
  std::_Exit(failures ? 1 : 0);  // no orderly end is possible
}

}  // namespace

// Calls that do not fit each other, without WICK_DIST_CHECK: all ranks are told which. Nothing is mixed up meanwhile.
void differ(const std::string& engine) {
  const auto group = distributed::init_process_group(engine);
  const int me = distributed::get_rank();
  Tensor x = full({3, 4}, 5.0f);
  for (int i = 0; i < 10; ++i) distributed::all_reduce(x, distributed::ReduceOp::AVG);
  const auto start = Clock::now();
  const std::string k = kind();
  const std::string what = error_of<DistError>([&] {
    if (k == "operation") me == 1 ? distributed::broadcast(x, 0) : distributed::all_reduce(x);
    else if (k == "shape") distributed::all_reduce(me == 1 ? x.slice(0, 0, 2) : x);
    else if (k == "dtype") distributed::all_reduce(me == 1 ? x.to(kDouble) : x);
    else if (k == "root") distributed::broadcast(x, me == 1 ? 1 : 0);
    else if (k == "reduction") distributed::all_reduce(x, me == 1 ? distributed::ReduceOp::MAX : distributed::ReduceOp::SUM);
    else if (k == "message") me == 1 ? distributed::recv(x, 0) : me == 0 ? distributed::send(x.to(kDouble), 1) : (void)distributed::barrier();
    else if (k == "behind" && me == 1) distributed::barrier();
    while (true) distributed::all_reduce(x, distributed::ReduceOp::AVG);
  });
  report(what, start);
  // MPI finds out itself that a message is too long, on one rank, and does not know more.
  const bool cut = has(what, "truncated");
  CHECK(engine == "mpi" && cut ? k == "message" || has(what, "float64") || has(what, "[2, 4]") : has(what, "ranks differ: rank "), what);
  if (cut) leave();
  CHECK(has(what, k == "operation" ? "broadcast of float32 [3, 4], root 0 (#11)" : k == "shape" ? "float32 [2, 4], sum (#11)" : k == "dtype" ? "float64 [3, 4], sum (#11)" : k == "root" ? "root 1 (#11)" :
                  k == "reduction" ? "max (#11)" : k == "message" ? "send of float64 [3, 4], to rank 1, tag 0 (#1)" : "barrier (#11)"), what);
  CHECK(has(what, k == "message" ? "recv of float32 [3, 4], from rank 0, tag 0 (#1)" : k == "root" ? "root 0 (#11)" : "all_reduce of float32 [3, 4]"), what);
  CHECK(since(start) < 10, since(start));
  leave();
}

// A rank that does not run any more, or that goes round in circles; a rank whose program ends without a word.
void stuck(const std::string& engine) {
  const std::string k = kind();
  const char* silence = std::getenv("WICK_DIST_SILENCE");
  const int silent = silence ? std::atoi(silence) : 8;
  const int who = std::atoi(k.substr(k.size() - 1).c_str());
  distributed::InitOptions options;
  if (k.rfind("loop", 0) == 0) options.timeout = milliseconds(4000);
  distributed::init_process_group(engine, options);
  const int me = distributed::get_rank();
  Tensor x = ones({1000});
  for (int i = 0; i < 20; ++i) distributed::all_reduce(x, distributed::ReduceOp::MAX);
  const auto start = Clock::now();
  if (me == who) {
    if (k.rfind("stop", 0) == 0) {
      const pid_t self = getpid();
      if (fork() == 0) {  // wakes it, so that the test ends
        sleep(static_cast<unsigned>(silent) + 4);
        kill(self, SIGCONT);
        _exit(0);
      }
      raise(SIGSTOP);
    } else if (k.rfind("loop", 0) == 0) {
      while (since(start) < 8) {}
    } else if (k.rfind("return", 0) == 0) {
      return;
    } else if (k.rfind("throw", 0) == 0) {
      throw std::runtime_error("a program's own error");
    }
    std::puts("as expected");
    std::fflush(nullptr);
    std::_Exit(0);
  }
  const std::string what = error_of<DistError>([&] { while (true) distributed::all_reduce(x, distributed::ReduceOp::MAX); });
  report(what, start);
  CHECK(has(what, wick::str("rank ", who)) && has(what, "all_reduce of float32 [1000], max (#21) failed on rank ") && has(what, " s: "), what);
  if (k.rfind("loop", 0) == 0) CHECK(has(what, "is in no operation; its last was all_reduce of float32 [1000], max (#20)"), what);
  if (k.rfind("stop", 0) == 0) CHECK(has(what, wick::str("silent for ", silent, " s")), what);
  CHECK(since(start) < 10, since(start));
  leave();
}
