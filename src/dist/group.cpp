#include "dist/group.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>

#include "dist/socket.h"

namespace wick::distributed::inline v1 {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kOps[] = {"sum", "avg", "product", "min", "max"};
std::mutex live_mutex;
std::vector<ProcessGroup::Impl*> live;

}  // namespace

void enlist(ProcessGroup::Impl* group, bool in) {
  std::lock_guard<std::mutex> lock(live_mutex);
  if (in) live.push_back(group);
  else live.erase(std::remove(live.begin(), live.end(), group), live.end());
}
void lose_all(const std::string& what) {
  std::lock_guard<std::mutex> lock(live_mutex);
  for (auto* group : live) group->lost(what);
}

std::string Call::describe() const {
  std::string s = name;
  if (dtype == ScalarType::Undefined) return s;
  s += wick::str(" of ", dtype_name(dtype), " ", IntArrayRef(shape));
  if (op >= 0) s += wick::str(", ", kOps[op]);
  if (root >= 0) s += wick::str(", root ", root);
  return s;
}

void Work::State::finish(std::exception_ptr e) {
  std::lock_guard<std::mutex> lock(mutex);
  done = true;
  error = std::move(e);
  changed.notify_all();
}
bool Work::wait(milliseconds timeout) {
  std::unique_lock<std::mutex> lock(state_->mutex);
  const auto done = [&] { return state_->done; };
  if (timeout.count() <= 0) state_->changed.wait(lock, done);  // the call has a limit of its own
  else WICK_CHECK_TYPE(TimeoutError, state_->changed.wait_for(lock, timeout, done), "wait: operation #", state_->number, " has not ended within ",
                       static_cast<double>(timeout.count()) / 1000, " s; it goes on");
  if (state_->error) std::rethrow_exception(state_->error);
  return true;
}
bool Work::is_completed() const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->done;
}
bool Work::is_success() const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->done && !state_->error;
}
std::exception_ptr Work::exception() const {
  std::lock_guard<std::mutex> lock(state_->mutex);
  return state_->error;
}

ProcessGroup::ProcessGroup(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ProcessGroup::~ProcessGroup() = default;
int ProcessGroup::rank() const { return impl_->engine->rank; }
int ProcessGroup::size() const { return impl_->engine->size; }
const std::string& ProcessGroup::backend() const { return impl_->backend; }
const std::vector<int>& ProcessGroup::ranks() const { return impl_->ranks; }
milliseconds ProcessGroup::timeout() const { return impl_->timeout; }
std::shared_ptr<Store> ProcessGroup::store() const { return impl_->store; }

ProcessGroup::Impl::Impl(std::string backend_, std::string name_, std::vector<int> ranks_, std::unique_ptr<Engine> engine_, std::shared_ptr<Store> store_, milliseconds timeout_)
    : backend(std::move(backend_)), name(std::move(name_)), ranks(std::move(ranks_)), engine(std::move(engine_)), store(std::move(store_)), timeout(timeout_) {
  enlist(this, true);
}
ProcessGroup::Impl::~Impl() {
  enlist(this, false);
  {
    std::lock_guard<std::mutex> lock(mutex);
    quit = true;
    changed.notify_all();
  }
  if (thread.joinable()) thread.join();
}

void ProcessGroup::Impl::lost(const std::string& what) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (!cause.empty()) return;
    cause = what;
    changed.notify_all();
  }
  stop = true;
  engine->abort();
}
void ProcessGroup::Impl::check_alive(const Call& call) {
  std::lock_guard<std::mutex> lock(mutex);
  WICK_CHECK_TYPE(DistError, cause.empty(), call.describe(), ": the process group cannot be used any more: ", cause);
}

// What the other ranks were doing, as far as they have told.
std::string ProcessGroup::Impl::others(const Call& call, uint64_t number) {
  if (!store) return {};
  std::string text;
  try {
    const auto key = [&](int rank) { return wick::str("stands/", name, "/", rank); };
    store->set(key(engine->rank), wick::str(call.describe(), " (#", number, ")"));
    const auto end = Clock::now() + milliseconds(1500);
    for (int rank = 0; rank < engine->size; ++rank) {
      if (rank == engine->rank) continue;
      const auto left = std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(end - Clock::now()));
      try {
        store->wait({key(rank)}, left);
        text += wick::str("; rank ", rank, " waits in ", store->get(key(rank)));
      } catch (const TimeoutError&) {
        text += wick::str("; rank ", rank, " is in no operation that has failed");
      }
    }
  } catch (const Error&) {
  }
  return text;
}

// Says in one line what failed where, and marks the group as broken.
void ProcessGroup::Impl::guard(const Call& call, uint64_t at, const std::function<void()>& f) {
  const auto start = Clock::now();
  std::string why, where;
  bool late = false;
  const auto line = [&](double waited) {
    return wick::str(call.describe(), " (#", at, "", name.empty() ? "" : " of group " + name, ") failed on rank ", engine->rank, " of ", engine->size, " (", host_name(), ") after ",
                     static_cast<double>(static_cast<int64_t>(waited * 10)) / 10, " s: ");
  };
  try {
    return f();
  } catch (const Error&) {
    throw;  // of Wick's own; nothing was begun
  } catch (const TimedOut&) {
    late = true;
    why = wick::str("not all ranks came within the time limit");
  } catch (const std::exception& e) {
    why = e.what();
  }
  const double waited = std::chrono::duration<double>(Clock::now() - start).count();
  {
    // Word of a lost process may be on its way: it says more than a closed connection does.
    std::unique_lock<std::mutex> lock(mutex);
    if (!late && store) changed.wait_for(lock, milliseconds(1500), [&] { return !cause.empty(); });
    if (!cause.empty()) why = cause, late = false;
    else if (late) lock.unlock(), where = others(call, at), lock.lock();
    if (cause.empty()) cause = why + where;
  }
  stop = true;
  engine->abort();  // others of this group that are under way
  const std::string text = line(waited) + why + where;
  if (late) throw TimeoutError(text);
  throw DistError(text);
}

void ProcessGroup::Impl::compare(const Call& call, uint64_t at) {
  constexpr size_t kHeader = 192;
  std::string mine = wick::str(call.describe());
  mine.resize(kHeader - 1);
  mine += '\0';
  std::string all(kHeader * static_cast<size_t>(engine->size), '\0');
  engine->all_gather(mine.data(), all.data(), kHeader, limit());
  for (int rank = 0; rank < engine->size; ++rank) {
    const char* theirs = all.data() + kHeader * static_cast<size_t>(rank);
    WICK_CHECK_TYPE(DistError, std::strcmp(theirs, mine.c_str()) == 0, "operation #", at, ": ranks differ: rank ", engine->rank, " calls ", mine.c_str(), ", rank ", rank, " calls ", theirs);
  }
}

void ProcessGroup::Impl::execute(Item& item) {
  static const bool checks = [] { const char* e = std::getenv("WICK_DIST_CHECK"); return e && *e && *e != '0'; }();
  std::exception_ptr error;
  try {
    check_alive(item.call);
    NoGradGuard off;
    guard(item.call, item.state->number, [&] {
      if (checks) compare(item.call, item.state->number);
      item.call.body(*engine, limit());
    });
  } catch (...) {
    error = std::current_exception();
  }
  item.call.body = nullptr;
  item.state->finish(error);
}

void ProcessGroup::Impl::serve() {
  std::unique_lock<std::mutex> lock(mutex);
  while (true) {
    changed.wait(lock, [&] { return (!queue.empty() && !busy) || (quit && queue.empty()); });
    if (queue.empty()) return;
    Item item = std::move(queue.front());
    queue.pop_front();
    busy = true;
    lock.unlock();
    execute(item);
    lock.lock();
    busy = false;
    changed.notify_all();
  }
}

std::shared_ptr<Work> ProcessGroup::Impl::run(Call call, bool async) {
  Item item{std::move(call), std::make_shared<Work::State>()};
  const auto work = std::make_shared<Work>(item.state);
  bool here = false;
  {
    std::lock_guard<std::mutex> lock(mutex);
    item.state->number = ++number;
    here = !async && queue.empty() && !busy;
    if (here) {
      busy = true;
    } else {
      if (!thread.joinable()) thread = std::thread([this] { serve(); });
      queue.push_back(std::move(item));
      changed.notify_all();
    }
  }
  if (here) {
    execute(item);
    std::lock_guard<std::mutex> lock(mutex);
    busy = false;
    changed.notify_all();
  }
  if (async) return work;
  work->wait();
  return nullptr;
}

std::shared_ptr<Work> ProcessGroup::Impl::transfer(Call call, const Group& self, bool async, const std::function<std::unique_ptr<Transfer>(Engine&)>& begin, std::function<void()> end) {
  check_alive(call);
  auto state = std::make_shared<Work::State>();
  {
    std::lock_guard<std::mutex> lock(mutex);
    state->number = ++number;
  }
  std::shared_ptr<Transfer> message;
  guard(call, state->number, [&] { message = begin(*engine); });
  const auto rest = [this, self, call, state, message, end = std::move(end)] {
    std::exception_ptr error;
    try {
      NoGradGuard off;
      guard(call, state->number, [&] { message->wait(limit()); });
      if (end) end();
    } catch (...) {
      error = std::current_exception();
    }
    state->finish(error);
  };
  auto work = std::make_shared<Work>(state);
  if (async) {
    std::thread(rest).detach();
    return work;
  }
  rest();
  work->wait();
  return nullptr;
}

}  // namespace wick::distributed::inline v1
