// Open MPI, or another MPI: what clusters' launchers start.
#include <cstring>
#include <limits>
#include <mutex>
#include <thread>

#include <sched.h>
#include <unistd.h>

#include <mpi.h>

#include "dist/reduce.h"

namespace {

using namespace wick;
using namespace wick::distributed;

std::recursive_mutex mpi;  // one thread at a time is in MPI
bool failed = false;       // no orderly end then

std::string text_of(int code) {
  char text[MPI_MAX_ERROR_STRING];
  int n = 0;
  MPI_Error_string(code, text, &n);
  return std::string(text, static_cast<size_t>(n));
}
void check(int code) {
  if (code == MPI_SUCCESS) return;
  failed = true;
  throw std::runtime_error(text_of(code));
}

void finalize() {
  int done = 0;
  MPI_Finalized(&done);
  if (!done && !failed) MPI_Finalize();
}

// Waits by asking: MPI itself knows no time limit. At first without rest, for small messages.
void wait_for(MPI_Request& request, const Limit& limit) {
  const auto start = std::chrono::steady_clock::now();
  for (unsigned i = 0;; ++i) {
    int done = 0;
    {
      std::lock_guard<std::recursive_mutex> lock(mpi);
      check(MPI_Test(&request, &done, MPI_STATUS_IGNORE));
    }
    if (done) return;
    const auto waited = std::chrono::steady_clock::now() - start;
    const bool stopped = limit.stop && *limit.stop;
    if (stopped || waited > limit.timeout) {
      failed = true;
      if (stopped) throw std::runtime_error("ended");
      throw TimedOut("timed out");
    }
    if (waited < std::chrono::milliseconds(20)) sched_yield();
    else usleep(100);
  }
}

struct Message : Transfer {
  void wait(const Limit& limit) override { wait_for(request, limit); }
  MPI_Request request = MPI_REQUEST_NULL;
};

constexpr size_t kMost = 1 << 30;  // of one call: counts are ints

// Of one reduction: what fits the caches. Open MPI's is several times slower on 25 MB at once.
constexpr size_t kCached = 1 << 20;

int count(size_t bytes) {
  if (bytes > static_cast<size_t>(std::numeric_limits<int>::max())) throw std::runtime_error("more than 2 GB for one rank in one call; use several calls");
  return static_cast<int>(bytes);
}

MPI_Datatype type_of(ScalarType t) {
  switch (t) {
    case kByte: return MPI_UINT8_T;
    case kChar: return MPI_INT8_T;
    case kShort: return MPI_INT16_T;
    case kInt: return MPI_INT32_T;
    case kLong: return MPI_INT64_T;
    case kFloat: return MPI_FLOAT;
    case kDouble: return MPI_DOUBLE;
    case kComplexFloat: return MPI_C_FLOAT_COMPLEX;
    case kComplexDouble: return MPI_C_DOUBLE_COMPLEX;
    case kBool: return MPI_C_BOOL;
    default: return MPI_UINT16_T;  // Half, BFloat16
  }
}

template <class T, Reduction op>
void reduce_16(void* in, void* inout, int* n, MPI_Datatype*) { reduce_loop<T, op>(inout, in, inout, static_cast<size_t>(*n)); }
template <class T>
MPI_Op op_16(Reduction op) {
  static MPI_Op ops[4] = {};
  static const bool made = [] {
    MPI_User_function* const f[] = {reduce_16<T, Reduction::sum>, reduce_16<T, Reduction::product>, reduce_16<T, Reduction::min>, reduce_16<T, Reduction::max>};
    for (int i = 0; i < 4; ++i) check(MPI_Op_create(f[i], 1, &ops[i]));
    return true;
  }();
  (void)made;
  return ops[static_cast<int>(op)];
}
MPI_Op op_of(ScalarType t, Reduction op) {
  if (t == kHalf) return op_16<Half>(op);
  if (t == kBFloat16) return op_16<BFloat16>(op);
  const MPI_Op numbers[] = {MPI_SUM, MPI_PROD, MPI_MIN, MPI_MAX}, truths[] = {MPI_LOR, MPI_LAND, MPI_LAND, MPI_LOR};
  return (t == kBool ? truths : numbers)[static_cast<int>(op)];
}

struct Mpi : Engine {
  explicit Mpi(MPI_Comm comm) : comm(comm) {
    check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN));
    check(MPI_Comm_rank(comm, &rank));
    check(MPI_Comm_size(comm, &size));
  }
  ~Mpi() override {
    std::lock_guard<std::recursive_mutex> lock(mpi);
    int done = 0;
    MPI_Finalized(&done);
    if (!done && !failed) MPI_Comm_free(&comm);
  }
  // Starts a call and waits for its end.
  template <class F>
  void run(const Limit& limit, const F& f) {
    MPI_Request request = MPI_REQUEST_NULL;
    {
      std::lock_guard<std::recursive_mutex> lock(mpi);
      check(f(&request));
    }
    wait_for(request, limit);
  }
  template <class F>
  static void in_parts(void* data, size_t n, size_t width, const F& f, size_t most = kMost) {
    for (size_t i = 0; i < n || i == 0; i += most) f(static_cast<char*>(data) + i * width, static_cast<int>(std::min(most, n - i)));
  }

  void all_reduce(void* data, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    in_parts(data, n, element_size(t), [&](void* p, int part) {
      run(limit, [&](MPI_Request* r) { return MPI_Iallreduce(MPI_IN_PLACE, p, part, type_of(t), op_of(t, op), comm, r); });
    }, kCached / element_size(t));
  }
  void reduce(void* data, size_t n, ScalarType t, Reduction op, int root, const Limit& limit) override {
    in_parts(data, n, element_size(t), [&](void* p, int part) {
      run(limit, [&](MPI_Request* r) {
        return MPI_Ireduce(rank == root ? MPI_IN_PLACE : p, rank == root ? p : nullptr, part, type_of(t), op_of(t, op), root, comm, r);
      });
    });
  }
  void reduce_scatter(void* in, void* out, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    run(limit, [&](MPI_Request* r) { return MPI_Ireduce_scatter_block(in, out, count(n), type_of(t), op_of(t, op), comm, r); });
  }
  void broadcast(void* data, size_t bytes, int root, const Limit& limit) override {
    in_parts(data, bytes, 1, [&](void* p, int part) { run(limit, [&](MPI_Request* r) { return MPI_Ibcast(p, part, MPI_BYTE, root, comm, r); }); });
  }
  void all_gather(const void* in, void* out, size_t bytes, const Limit& limit) override {
    run(limit, [&](MPI_Request* r) { return MPI_Iallgather(in, count(bytes), MPI_BYTE, out, count(bytes), MPI_BYTE, comm, r); });
  }
  void gather(const void* in, void* out, size_t bytes, int root, const Limit& limit) override {
    run(limit, [&](MPI_Request* r) { return MPI_Igather(in, count(bytes), MPI_BYTE, out, count(bytes), MPI_BYTE, root, comm, r); });
  }
  void scatter(const void* in, void* out, size_t bytes, int root, const Limit& limit) override {
    run(limit, [&](MPI_Request* r) { return MPI_Iscatter(in, count(bytes), MPI_BYTE, out, count(bytes), MPI_BYTE, root, comm, r); });
  }
  void all_to_all(const void* in, void* out, size_t bytes, const Limit& limit) override {
    run(limit, [&](MPI_Request* r) { return MPI_Ialltoall(in, count(bytes), MPI_BYTE, out, count(bytes), MPI_BYTE, comm, r); });
  }
  void barrier(const Limit& limit) override { run(limit, [&](MPI_Request* r) { return MPI_Ibarrier(comm, r); }); }
  std::unique_ptr<Transfer> send(const void* data, size_t bytes, int to, int tag) override {
    auto message = std::make_unique<Message>();
    std::lock_guard<std::recursive_mutex> lock(mpi);
    check(MPI_Isend(data, count(bytes), MPI_BYTE, to, tag, comm, &message->request));
    return message;
  }
  std::unique_ptr<Transfer> recv(void* data, size_t bytes, int from, int tag) override {
    auto message = std::make_unique<Message>();
    std::lock_guard<std::recursive_mutex> lock(mpi);
    check(MPI_Irecv(data, count(bytes), MPI_BYTE, from, tag, comm, &message->request));
    return message;
  }
  std::unique_ptr<Engine> split(const std::vector<int>& ranks, const std::string& name) override {
    std::lock_guard<std::recursive_mutex> lock(mpi);
    MPI_Group all, part;
    MPI_Comm made;
    check(MPI_Comm_group(comm, &all));
    check(MPI_Group_incl(all, static_cast<int>(ranks.size()), ranks.data(), &part));
    check(MPI_Comm_create_group(comm, part, static_cast<int>(std::hash<std::string>{}(name) & 0x7fff), &made));
    MPI_Group_free(&all);
    MPI_Group_free(&part);
    return std::make_unique<Mpi>(made);
  }

  MPI_Comm comm;
};

}  // namespace

__attribute__((visibility("default"))) wick::distributed::Engine* wick::distributed::make_engine(const EngineStart&) {
  std::lock_guard<std::recursive_mutex> lock(mpi);
  int there = 0, level = 0;
  check(MPI_Initialized(&there));
  if (!there) {
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level));
    std::atexit(finalize);
    check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN));  // Open MPI asks it about errors in nonblocking collectives of all others
  } else {
    check(MPI_Query_thread(&level));
  }
  if (level < MPI_THREAD_SERIALIZED) throw std::runtime_error("this MPI was started without MPI_THREAD_SERIALIZED, so no other thread may use it");
  MPI_Comm world;
  check(MPI_Comm_dup(MPI_COMM_WORLD, &world));
  return new Mpi(world);
}
