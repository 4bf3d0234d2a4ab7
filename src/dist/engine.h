// What an engine does, under the process groups: it moves and reduces bytes. Engines are libraries of their own (libwick_dist_gloo.so, libwick_dist_mpi.so)
// that are opened at first use and need no symbol of Wick's, so this header is all that both sides share.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <wick/core/dtype.h>

namespace wick::distributed {

enum class Reduction { sum, product, min, max, mean };

// How long a call may take, and a flag that ends it at once. `mark`: a number of the call and of what it is; it is the same on ranks whose calls fit each other.
struct Limit {
  std::chrono::milliseconds timeout;
  const std::atomic<bool>* stop;
  uint32_t mark = 0;
};
// A call that took too long; every other failure is a std::runtime_error.
struct TimedOut : std::runtime_error { using std::runtime_error::runtime_error; };

// Ranks have made calls that do not fit each other, and all know it.
struct Differ : std::runtime_error { using std::runtime_error::runtime_error; };

// Where some of a call's elements lie.
struct Part {
  char* data;
  size_t bytes;
};

// A message under way.
struct Transfer {
  virtual ~Transfer() = default;
  virtual void wait(const Limit& limit) = 0;  // once
};

// Buffers are contiguous; `bytes` is the size of one rank's part. Collectives are called from one thread at a time, in the same order on all ranks;
// `send`, `recv` and `abort` from any.
struct Engine {
  int rank = 0, size = 1;
  // Whether data of calls with different marks never meet: such calls wait, or end with Differ. The same of messages, whose tags then have a mark in bits 15 to 30.
  bool marks = false, marks_messages = false;
  virtual ~Engine() = default;
  virtual bool has_mean(ScalarType) const { return false; }  // otherwise it gets no Reduction::mean
  virtual void all_reduce(void* data, size_t n, ScalarType t, Reduction op, const Limit& limit) = 0;
  // Many buffers of one type as if they were one, without a copy; only where `takes_parts`.
  virtual bool takes_parts() const { return false; }
  virtual void all_reduce_parts(const std::vector<Part>&, ScalarType, Reduction, const Limit&) {}
  virtual void reduce(void* data, size_t n, ScalarType t, Reduction op, int root, const Limit& limit) = 0;  // only the root's buffer changes
  virtual bool keeps_input() const { return false; }  // of reduce_scatter; otherwise `in` may be overwritten
  virtual void reduce_scatter(void* in, void* out, size_t n, ScalarType t, Reduction op, const Limit& limit) = 0;  // n: elements of `out`
  virtual void broadcast(void* data, size_t bytes, int root, const Limit& limit) = 0;
  virtual void all_gather(const void* in, void* out, size_t bytes, const Limit& limit) = 0;
  virtual void gather(const void* in, void* out, size_t bytes, int root, const Limit& limit) = 0;
  virtual void scatter(const void* in, void* out, size_t bytes, int root, const Limit& limit) = 0;
  virtual void all_to_all(const void* in, void* out, size_t bytes, const Limit& limit) = 0;
  virtual void barrier(const Limit& limit) = 0;
  virtual std::unique_ptr<Transfer> send(const void* data, size_t bytes, int to, int tag) = 0;
  virtual std::unique_ptr<Transfer> recv(void* data, size_t bytes, int from, int tag) = 0;
  // The group of some of this group's ranks; called by these. `name` is the same on all and was not used before.
  virtual std::unique_ptr<Engine> split(const std::vector<int>& ranks, const std::string& name) = 0;
  virtual void abort() {}  // makes pending calls fail
};

// What an engine is started with. A rank of -1: the engine knows it (MPI does).
struct EngineStart {
  int rank = -1, size = -1;
  std::string address;  // of this machine, as the others see it
  std::function<uint64_t(uint64_t)> prove;  // what only processes of this job can say to a number
  std::chrono::milliseconds timeout;
  std::function<void(const std::string&, const std::string&)> set;
  std::function<std::string(const std::string&)> get;  // waits
};
// What each plugin defines, and its name there.
Engine* make_engine(const EngineStart& start);
inline constexpr const char* kMakeEngine = "_ZN4wick11distributed11make_engineERKNS0_11EngineStartE";

}  // namespace wick::distributed
