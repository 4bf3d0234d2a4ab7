// What the programs of this chapter share: ranks that a program starts of itself, so that it can compare 1, 2 and 4 of them. `wick launch -n N PROGRAM` is the usual way.
#pragma once

#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include <wick/data.h>
#include <wick/dist.h>
#include <wick/train.h>

#include "../optimizers/common.h"

namespace example {

// Runs `job` in so many processes of one thread each, which find each other through a file, and returns what rank 0's says. To be called before this process has
// done anything with tensors: a copy of a process has none of its threads.
inline std::vector<double> run_ranks(int ranks, const std::function<std::vector<double>()>& job) {
  char file[] = "/tmp/wick-ranks-XXXXXX";
  const int fd = mkstemp(file);
  int ends[2];
  if (fd < 0 || pipe(ends) != 0) throw std::runtime_error("cannot make a file in /tmp");
  close(fd);
  unlink(file);
  std::fflush(nullptr);
  std::vector<pid_t> children;
  for (int rank = 0; rank < ranks; ++rank) {
    const pid_t pid = fork();
    if (pid == 0) {
      int code = 0;
      try {
        wick::set_num_threads(1);
        if (ranks > 1) {
          wick::distributed::InitOptions o;
          o.rank = rank;
          o.world_size = ranks;
          o.init_method = std::string("file://") + file;
          wick::distributed::init_process_group("gloo", o);
        }
        const std::vector<double> result = job();
        if (rank == 0 && write(ends[1], result.data(), result.size() * sizeof(double)) < 0) code = 1;
        if (ranks > 1) wick::distributed::destroy_process_group();
      } catch (const std::exception& e) {
        std::fprintf(stderr, "rank %d: %s\n", rank, e.what());
        code = 1;
      }
      std::fflush(nullptr);
      _exit(code);
    }
    children.push_back(pid);
  }
  close(ends[1]);
  std::vector<double> result;
  for (double v; read(ends[0], &v, sizeof v) == sizeof v;) result.push_back(v);
  close(ends[0]);
  bool good = true;
  for (const pid_t pid : children) {
    int status = 0;
    waitpid(pid, &status, 0);
    good = good && status == 0;
  }
  unlink(file);
  if (!good) throw std::runtime_error("a rank failed");
  return result;
}
inline int ranks_here() { return wick::distributed::is_initialized() ? wick::distributed::get_world_size() : 1; }
inline int rank_here() { return wick::distributed::is_initialized() ? wick::distributed::get_rank() : 0; }
// Whether `wick launch`, torchrun or mpirun has started this process as one of several.
inline bool launched() { return std::getenv("WORLD_SIZE") != nullptr || std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr; }

}  // namespace example
