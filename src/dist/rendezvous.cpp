// How the processes of a job find each other, and the job's default group.
#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <random>
#include <thread>

#include <wick/core/str.h>

#include "dist/group.h"
#include "dist/shared_pages.h"
#include "dist/socket.h"
#include "dist/sync_norm.h"

namespace wick::distributed::inline v1 {
namespace {

using std::chrono::milliseconds;

const char* env(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value && *value) return value;
  return nullptr;
}
int number(std::initializer_list<const char*> names, int missing) {
  const char* text = env(names);
  if (!text) return missing;
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  WICK_CHECK_TYPE(ValueError, *end == 0 && value >= 0 && value < 1 << 24, "init_process_group: ", *names.begin(), " must be a number, got '", text, "'");
  return static_cast<int>(value);
}
int env_rank() { return number({"RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"}, -1); }
int env_size() { return number({"WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"}, -1); }

struct Job {
  Group group;
  std::shared_ptr<TCPStore> watched;
  int groups = 0;
  // In order: all say goodbye before connections go. Otherwise they go first, so that others do not wait for this process.
  void end(bool in_order) {
    if (!group) return;
    auto& g = group->impl();
    const bool broken = g.stop;
    if (!in_order) g.engine->abort();
    if (watched && !broken) watched->goodbye(in_order ? std::chrono::seconds(10) : std::chrono::seconds(2), in_order);
    use_sync_norm(false);
    group.reset();
    watched.reset();
  }
  ~Job() { end(false); }
};
Job& job() {
  static Job j;
  return j;
}

// Of Slurm's list, as "gpu[07-09,12],login": gpu07, where rank 0 runs.
std::string first_node(const std::string& list) {
  const size_t end = list.find_first_of(",[");
  if (end == std::string::npos || list[end] == ',') return list.substr(0, end);
  return list.substr(0, end) + list.substr(end + 1, list.find_first_of("-,]", end) - end - 1);
}
// Where rank 0 is.
TCPStoreOptions place(const InitOptions& options, int rank, int size) {
  TCPStoreOptions o;
  o.timeout = options.timeout;
  o.is_server = rank == 0;
  const char* secret = env({"WICK_DIST_SECRET"});
  o.secret = secret ? secret : "";
  if (const char* silence = env({"WICK_DIST_SILENCE"})) o.silence = milliseconds(static_cast<int64_t>(std::strtod(silence, nullptr) * 1000));
  if (options.init_method.rfind("tcp://", 0) == 0) {
    const size_t colon = options.init_method.rfind(':');
    WICK_CHECK_TYPE(ValueError, colon > 6, "init_process_group: expected tcp://HOST:PORT, got '", options.init_method, "'");
    o.host = options.init_method.substr(6, colon - 6);
    char* end = nullptr;
    const long port = std::strtol(options.init_method.c_str() + colon + 1, &end, 10);
    WICK_CHECK_TYPE(ValueError, end && !*end && port >= 0 && port <= 65535, "init_process_group: expected tcp://HOST:PORT with a port of 0 to 65535, got '", options.init_method, "'");
    o.port = static_cast<uint16_t>(port);
    return o;
  }
  WICK_CHECK_TYPE(ValueError, options.init_method.empty() || options.init_method == "env://", "init_process_group: init_method must be env://, tcp://HOST:PORT or file:///PATH, got '",
                  options.init_method, "'");
  // mpirun and Slurm give no address: on one machine it is this one, and the port follows from the job's number.
  const bool one_machine = number({"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"}, -2) == size || number({"SLURM_NNODES"}, -2) == 1;
  const char* set = env({"MASTER_ADDR"});
  const char* nodes = env({"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"});
  const std::string host = set ? set : one_machine ? "127.0.0.1" : nodes ? first_node(nodes) : "";
  WICK_CHECK_TYPE(ValueError, !host.empty(), "init_process_group: MASTER_ADDR is not set (the address of rank 0's machine); `wick launch` and torchrun set it");
  const char* port = env({"MASTER_PORT"});
  const char* name = env({"PMIX_NAMESPACE", "SLURM_JOB_ID"});
  WICK_CHECK_TYPE(ValueError, port || name, "init_process_group: MASTER_PORT is not set (a free port of rank 0's machine); `wick launch` and torchrun set it");
  o.host = host;
  WICK_CHECK_TYPE(ValueError, !port || (number({"MASTER_PORT"}, 0) >= 1 && number({"MASTER_PORT"}, 0) <= 65535), "init_process_group: MASTER_PORT must be 1 to 65535, got ", port);
  o.port = static_cast<uint16_t>(port ? number({"MASTER_PORT"}, 0) : 20000 + static_cast<int>(keyed_hash(name, 0) % 10000));
  return o;
}

// All ranks are there, once each, and agree on how many they are.
void agree(Store& store, int rank, int size, milliseconds timeout) {
  const std::string said = store.compare_set("size", "", std::to_string(size));
  WICK_CHECK_TYPE(ValueError, said == std::to_string(size), "init_process_group: rank ", rank, " has a world size of ", size, ", another rank one of ", said);
  WICK_CHECK_TYPE(ValueError, store.add(wick::str("rank/", rank), 1) == 1, "init_process_group: two processes have rank ", rank, "; each needs a RANK of its own");
  std::vector<std::string> keys;
  for (int i = 0; i < size; ++i) keys.push_back(wick::str("rank/", i));
  try {
    store.wait(keys, timeout);
  } catch (const TimeoutError&) {
    std::string missing;
    for (int i = 0; i < size; ++i)
      if (!store.check({keys[static_cast<size_t>(i)]})) missing += wick::str(missing.empty() ? "" : ", ", i);
    throw TimeoutError(wick::str("init_process_group: of ", size, " ranks these have not come within ", static_cast<double>(timeout.count()) / 1000, " s: ", missing));
  }
}

constexpr double kLongWait = 2;  // seconds: a call that waits so long is compared with those of the others

// What the store has told of other processes, while connections are made as well.
struct Word {
  std::mutex mutex;
  std::condition_variable changed;
  std::string lost;
  std::string wait(milliseconds patience) {
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait_for(lock, patience, [&] { return !lost.empty(); });
    return lost;
  }
};
Word& word() {
  static Word* w = new Word;  // for ever: threads that end late use it
  return *w;
}
void watch(const std::shared_ptr<TCPStore>& store, int rank) {
  job().watched = store;
  {
    std::lock_guard<std::mutex> lock(word().mutex);
    word().lost.clear();
  }
  auto& recorder = Recorder::get();
  const auto lost = [](int who, const std::string& what, bool left) {
    if (!left) {
      std::lock_guard<std::mutex> lock(word().mutex);
      word().lost = what;
      word().changed.notify_all();
    }
    lose_all(who, what, left);
  };
  store->watch(rank, {lost, [&recorder] { return recorder.waits(kLongWait); }, [&recorder](const std::string& group) { return recorder.stands(group); }});
}
// Making connections cannot be ended: when a process is lost meanwhile, the thread that does it is left behind.
std::unique_ptr<Engine> unless_lost(const char* name, std::function<std::unique_ptr<Engine>()> make) {
  struct Result { std::unique_ptr<Engine> engine; std::exception_ptr error; bool done = false; };
  const auto result = std::make_shared<Result>();
  const auto run = [result, make = std::move(make), name] {
    std::unique_ptr<Engine> engine;
    std::exception_ptr error;
    try {
      engine = make();
    } catch (const Error&) {
      error = std::current_exception();
    } catch (const std::exception& e) {
      error = std::make_exception_ptr(DistError(wick::str(name, ": ", e.what())));
    }
    std::lock_guard<std::mutex> lock(word().mutex);
    result->engine = std::move(engine);
    result->error = error;
    result->done = true;
    word().changed.notify_all();
  };
  if (job().watched) std::thread(run).detach();
  else run();
  {
    std::unique_lock<std::mutex> lock(word().mutex);
    word().changed.wait(lock, [&] { return result->done || !word().lost.empty(); });
    if (!result->done) throw DistError(wick::str(name, ": ", word().lost));
  }
  if (result->error) std::rethrow_exception(result->error);
  return std::move(result->engine);
}

// With MPI the store is found through MPI itself. It only serves to tell who is gone, so a job goes on without it.
std::shared_ptr<Store> store_over(Engine& e, const InitOptions& options) {
  struct Place { char host[128]; uint64_t secret; uint16_t port; } place{};
  std::shared_ptr<TCPStore> store;
  TCPStoreOptions o;
  o.is_server = e.rank == 0;
  o.timeout = std::min<milliseconds>(options.timeout, std::chrono::seconds(20));
  if (const char* silence = env({"WICK_DIST_SILENCE"})) o.silence = milliseconds(static_cast<int64_t>(std::strtod(silence, nullptr) * 1000));
  std::random_device random;
  place.secret = uint64_t{random()} << 32 | random();
  const std::string here = host_name();
  if (e.rank == 0) {
    o.port = 0;
    o.secret = std::to_string(place.secret);
    store = std::make_shared<TCPStore>(o);
    place.port = store->port();
    here.copy(place.host, sizeof place.host - 1);
  }
  const Limit limit{options.timeout, nullptr};
  e.broadcast(&place, sizeof place, 0, limit);
  if (e.rank != 0) {
    o.host = here == place.host ? "127.0.0.1" : place.host;
    o.port = place.port;
    o.secret = std::to_string(place.secret);
    try {
      store = std::make_shared<TCPStore>(o);
    } catch (const Error&) {
    }
  }
  int32_t all = store != nullptr;
  e.all_reduce(&all, 1, kInt, Reduction::min, limit);
  if (!all) return nullptr;
  watch(store, e.rank);
  return store;
}

}  // namespace

namespace {

Group init(const std::string& backend, InitOptions options) {
  if (const char* seconds = env({"WICK_DIST_TIMEOUT"}); seconds && options.timeout == InitOptions().timeout) {
    options.timeout = milliseconds(static_cast<int64_t>(std::strtod(seconds, nullptr) * 1000));
    WICK_CHECK_TYPE(ValueError, options.timeout.count() > 0, "init_process_group: WICK_DIST_TIMEOUT must be a number of seconds above 0, got '", seconds, "'");
  }
  const int rank = options.rank >= 0 ? options.rank : env_rank(), size = options.world_size >= 0 ? options.world_size : env_size();
  EngineStart start;
  start.timeout = options.timeout;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Store> store = options.store;
  if (backend == "mpi") {
    engine = open_engine(backend, start);
    WICK_CHECK_TYPE(ValueError, size < 0 || size == engine->size, "init_process_group: the world size is ", size, ", but MPI started ", engine->size,
                    engine->size == 1 ? " process; start the program with mpirun -n " + std::to_string(size) : std::string(" processes"));
    try {
      store = store_over(*engine, options);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& e) {
      throw DistError(wick::str("init_process_group: MPI failed: ", e.what()));
    }
  } else {
    WICK_CHECK_TYPE(DistError, is_available(backend), "init_process_group: ", backend, " is not available; install libgloo-dev and build Wick again");
    WICK_CHECK_TYPE(ValueError, rank >= 0, "init_process_group: RANK is not set (this process's number, 0 to WORLD_SIZE - 1); start the program with `wick launch -n N` or mpirun");
    WICK_CHECK_TYPE(ValueError, size >= 1, "init_process_group: WORLD_SIZE is not set (the number of processes); start the program with `wick launch -n N` or mpirun");
    WICK_CHECK_TYPE(ValueError, rank < size, "init_process_group: rank ", rank, " is not below the world size of ", size);
    std::shared_ptr<TCPStore> tcp;
    if (!store && options.init_method.rfind("file://", 0) == 0) store = std::make_shared<FileStore>(options.init_method.substr(7), options.timeout);
    if (!store) store = tcp = std::make_shared<TCPStore>(place(options, rank, size));
    else tcp = std::dynamic_pointer_cast<TCPStore>(store);
    if (tcp) watch(tcp, rank);
    agree(*store, rank, size, options.timeout);
    start.rank = rank;
    start.size = size;
    start.address = tcp ? tcp->local_address() : "127.0.0.1";
    if (const char* address = env({"WICK_DIST_ADDRESS"})) start.address = address;
    start.set = [store](const std::string& key, const std::string& value) { store->set(key, value); };
    // A key that only those know who were let into the store.
    std::random_device random;
    const std::string key = store->compare_set("mesh", "", wick::str(random(), ".", random(), ".", random(), ".", random()));
    start.prove = [key](uint64_t n) { return keyed_hash(key, n); };
    start.get = [store](const std::string& key) { return store->get(key); };
  }
  const auto connect = [&] {
    return unless_lost("init_process_group", [backend, start, limit = options.timeout, known = std::make_shared<std::unique_ptr<Engine>>(std::move(engine))] {
      return with_shared_pages(*known ? std::move(*known) : open_engine(backend, start), Limit{limit, nullptr});
    });
  };
  engine = connect();
  Recorder::get().identify(engine->rank, engine->size);
  std::vector<int> ranks(static_cast<size_t>(engine->size));
  for (size_t i = 0; i < ranks.size(); ++i) ranks[i] = static_cast<int>(i);
  use_sync_norm(engine->size > 1);
  return job().group = std::make_shared<ProcessGroup>(std::make_unique<ProcessGroup::Impl>(backend, "", std::move(ranks), std::move(engine), std::move(store), options.timeout));
}

}  // namespace

Group init_process_group(const std::string& backend, const InitOptions& options) {
  WICK_CHECK_TYPE(DistError, !job().group, "init_process_group: the process group was started before; call destroy_process_group first");
  // A start that fails is told to those who wait for this process; and if it failed for another's sake, that is the reason.
  const auto failed = [](const std::string& what) {
    const auto store = std::move(job().watched);
    if (!store) return what;
    const std::string known = word().wait(milliseconds(200));
    if (known.empty()) store->tell(what);
    return known.empty() || what.find(known) != std::string::npos ? what : known.rfind("init_process_group: ", 0) == 0 ? known : "init_process_group: " + known;
  };
  try {
    return init(backend, options);
  } catch (const TimeoutError& e) {
    throw TimeoutError(failed(e.what()));
  } catch (const DistError& e) {
    throw DistError(failed(e.what()));
  } catch (const ValueError& e) {
    throw ValueError(failed(e.what()));
  }
}
void destroy_process_group() { job().end(true); }
bool is_initialized() { return job().group != nullptr; }
Group default_group() {
  WICK_CHECK_TYPE(DistError, job().group, "dist: no process group was started; call distributed::init_process_group first");
  return job().group;
}

Group new_group(const std::vector<int>& ranks, std::optional<milliseconds> timeout) {
  const Group all = default_group();
  auto& g = all->impl();
  std::vector<int> members = ranks;
  std::sort(members.begin(), members.end());
  WICK_CHECK_TYPE(ValueError, !members.empty() && members.front() >= 0 && members.back() < all->size() && std::adjacent_find(members.begin(), members.end()) == members.end(),
                  "new_group: expected different ranks of 0 to ", all->size() - 1, ", got ", IntArrayRef(std::vector<int64_t>(ranks.begin(), ranks.end())));
  const std::string name = std::to_string(++job().groups);
  if (!std::binary_search(members.begin(), members.end(), all->rank())) return nullptr;
  std::unique_ptr<Engine> engine = unless_lost("new_group", [all, members, name] { return all->impl().engine->split(members, name); });
  return std::make_shared<ProcessGroup>(std::make_unique<ProcessGroup::Impl>(g.backend, name, std::move(members), std::move(engine), g.store, timeout.value_or(g.timeout)));
}

int get_rank(const Group& group) { return (group ? group : default_group())->rank(); }
int get_world_size(const Group& group) { return (group ? group : default_group())->size(); }
int get_local_rank() { return number({"LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID"}, 0); }

}  // namespace wick::distributed::inline v1
