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

constexpr uint64_t kUnchecked = 64;  // calls that may go by before ranks compare them, where the engine does not
constexpr size_t kLarge = 1 << 20;   // bytes; a comparison costs nothing beside such a call
std::mutex live_mutex;
std::vector<ProcessGroup::Impl*> live;

}  // namespace

void enlist(ProcessGroup::Impl* group, bool in) {
  std::lock_guard<std::mutex> lock(live_mutex);
  if (in) live.push_back(group);
  else live.erase(std::remove(live.begin(), live.end(), group), live.end());
}
void lose_all(int rank, const std::string& what, bool left) {
  std::lock_guard<std::mutex> lock(live_mutex);
  for (auto* group : live) group->lost(rank, what, left);
  if (!left && !live.empty()) Recorder::get().write(what);  // of a process that does not fail itself, too
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
  const Counting waited(state_->done || !state_->counters ? nullptr : &state_->counters->exposed);
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
Traffic ProcessGroup::traffic() const { return impl_->counters->read(); }

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

void ProcessGroup::Impl::lost(int rank, const std::string& what, bool has_left) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (has_left && std::find(ranks.begin(), ranks.end(), rank) == ranks.end()) return;
    std::string& text = has_left ? left : cause;
    if (!text.empty()) return;
    text = what;
    changed.notify_all();
  }
  if (has_left) return;
  stop = true;
  engine->abort();
}
void ProcessGroup::Impl::check_alive(const What& call) {
  std::lock_guard<std::mutex> lock(mutex);
  WICK_CHECK_TYPE(DistError, cause.empty(), call.describe(), ": the process group cannot be used any more: ", cause);
}

// What the other ranks were doing, as far as they tell.
std::string ProcessGroup::Impl::others() {
  const auto tcp = std::dynamic_pointer_cast<TCPStore>(store);
  if (!tcp) return {};
  std::string text;
  try {
    const auto where = tcp->ask_stands(name, ranks, milliseconds(1000));
    for (size_t i = 0; i < ranks.size(); ++i)
      if (static_cast<int>(i) != engine->rank) text += wick::str("; rank ", i, " ", where[i].empty() ? "does not answer" : where[i]);
  } catch (const Error&) {
  }
  return text;
}

// Says in one line what failed where, and marks the group as broken.
void ProcessGroup::Impl::guard(const What& call, const Work::State& state, const std::function<void()>& f) {
  const auto start = Clock::now();
  std::string why, where;
  bool late = false, differs = false;
  try {
    return f();
  } catch (const Error&) {
    throw;  // of Wick's own; nothing was begun
  } catch (const TimedOut&) {
    late = true;
    why = "not all ranks came within the time limit";
  } catch (const Differ&) {
    differs = true;
    why = "ranks differ" + first_difference();
  } catch (const std::exception& e) {
    why = e.what();
  }
  const double waited = std::chrono::duration<double>(Clock::now() - start).count();
  const auto tcp = std::dynamic_pointer_cast<TCPStore>(store);
  bool first = true;
  {
    // Word of a lost process may be on its way: it says more than a closed connection does.
    std::unique_lock<std::mutex> lock(mutex);
    if (!late && !differs && tcp) changed.wait_for(lock, milliseconds(1500), [&] { return !cause.empty() || !left.empty(); });
    if ((late || !engine->marks) && !differs && cause.empty() && left.empty()) lock.unlock(), where = others(), lock.lock();
    first = cause.empty();
    if (!first) why = cause, where.clear(), late = false;
    else if (!left.empty()) why += "; " + left;
    if (first) cause = why + where;
  }
  stop = true;
  engine->abort();  // others of this group that are under way
  std::string text = wick::str(call.describe(), " (#", state.number, name.empty() ? "" : " of group " + name, ") failed on rank ", engine->rank, " of ", engine->size, " (", host_name(), ") after ",
                               static_cast<double>(static_cast<int64_t>(waited * 10)) / 10, " s: ", why, where);
  if (first && tcp) tcp->tell(text);
  if (const std::string file = Recorder::get().write(text); !file.empty()) text += wick::str("; this rank's last operations: ", file);
  if (late) throw TimeoutError(text);
  throw DistError(text);
}

// Before a call, with WICK_DIST_CHECK.
void ProcessGroup::Impl::compare(const What& call, uint64_t at) {
  constexpr size_t kHeader = 192;
  std::string mine = call.describe();
  mine.resize(kHeader - 1);
  mine += '\0';
  std::string all(kHeader * static_cast<size_t>(engine->size), '\0');
  engine->all_gather(mine.data(), all.data(), kHeader, limit(static_cast<uint32_t>(at)));
  for (int rank = 0; rank < engine->size; ++rank) {
    const char* theirs = all.data() + kHeader * static_cast<size_t>(rank);
    WICK_CHECK_TYPE(DistError, std::strcmp(theirs, mine.c_str()) == 0, "operation #", at, ": ranks differ: rank ", engine->rank, " calls ", mine.c_str(), ", rank ", rank, " calls ", theirs);
  }
}

// With an engine whose calls may meet though they differ: whether all ranks have made the same calls until now.
void ProcessGroup::Impl::compare_chain() {
  unchecked = 0;
  const int64_t mine = static_cast<int64_t>(chain >> 1);
  int64_t both[2] = {mine, -mine};
  engine->all_reduce(both, 2, kLong, Reduction::min, limit());
  if (both[0] != -both[1]) throw Differ("ranks differ");
}
std::string ProcessGroup::Impl::first_difference() {
  const std::string unknown = " in one of the last operations; WICK_DIST_CHECK=1 finds out which";
  if (!store) return unknown;
  try {
    struct Op { uint64_t mark; std::string text; };
    std::map<uint64_t, Op> first;
    const auto key = [&](int rank) { return wick::str("calls/", name, "/", rank); };
    store->set(key(engine->rank), Recorder::get().recent(name));
    for (int rank = 0; rank < engine->size; ++rank) {
      store->wait({key(rank)}, milliseconds(2000));
      const std::string theirs = store->get(key(rank));
      Reader r{theirs};
      while (r.good && r.at < theirs.size()) {
        const std::string name_of = r.text();
        const uint64_t at = std::strtoull(name_of.c_str() + name_of.rfind('#') + 1, nullptr, 10), mark = r.number();
        const std::string text = r.text();
        const auto [known, added] = first.try_emplace(at, Op{mark, text});
        if (!added && known->second.mark != mark) return wick::str(": rank 0 calls ", known->second.text, ", rank ", rank, " calls ", text);
      }
    }
  } catch (const Error&) {
  }
  return unknown;
}

void ProcessGroup::Impl::execute(Item& item) {
  static const bool checks = [] { const char* e = std::getenv("WICK_DIST_CHECK"); return e && *e && *e != '0'; }();
  std::exception_ptr error;
  std::optional<watch::Taken> taken;
  if (item.watchers) taken.emplace(*item.watchers);
  const size_t bytes = item.call.dtype == ScalarType::Undefined ? 0 : static_cast<size_t>(item.call.count()) * element_size(item.call.dtype);
  const watch::Range range(watch::Kind::communication, item.call.name, nullptr, static_cast<int64_t>(bytes));
  Recorder::get().begin(item.state->record);
  counters->count(item.call);
  const Counting busy(&counters->busy);
  try {
    check_alive(item.call);
    NoGradGuard off;
    guard(item.call, *item.state, [&] {
      if (checks) compare(item.call, item.state->number);
      if (!engine->marks && engine->size > 1 && !checks) {
        chain = (chain ^ item.state->mark) * 0x9e3779b97f4a7c15ull;
        if (++unchecked >= kUnchecked || bytes >= kLarge) compare_chain();
      }
      item.call.body(*engine, limit(item.state->mark));
    });
  } catch (...) {
    error = std::current_exception();
  }
  Recorder::get().end(item.state->record, !error);
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
  Item item{std::move(call), std::make_shared<Work::State>(), nullptr};
  item.state->counters = counters;
  const auto work = std::make_shared<Work>(item.state);
  bool here = false;
  {
    std::lock_guard<std::mutex> lock(mutex);
    item.state->number = ++number;
    item.state->mark = static_cast<uint32_t>(number & 0xfff) << 20 | (item.call.fingerprint() & 0xfffff);
    item.state->record = Recorder::get().add(name, engine->rank, number, item.call, item.state->mark);
    here = !async && queue.empty() && !busy;
    if (here) {
      busy = true;
    } else {
      if (!thread.joinable()) thread = std::thread([this] { serve(); });
      if (watch::watched()) item.watchers = std::make_shared<watch::Handoff>();
      queue.push_back(std::move(item));
      changed.notify_all();
    }
  }
  if (here) {
    {
      const Counting waited(&counters->exposed);
      execute(item);
    }
    std::lock_guard<std::mutex> lock(mutex);
    busy = false;
    changed.notify_all();
  }
  if (async) return work;
  work->wait();
  return nullptr;
}

std::shared_ptr<Work> ProcessGroup::Impl::transfer(What call, const Group& self, bool async, const std::function<std::unique_ptr<Transfer>(Engine&, int)>& begin, std::function<void()> end) {
  check_alive(call);
  auto state = std::make_shared<Work::State>();
  state->mark = call.fingerprint() & 0xffff;
  state->counters = counters;
  {
    std::lock_guard<std::mutex> lock(mutex);
    state->number = ++messages[{call.name[0] == 's' ? call.root : -1 - call.root, call.tag}];
    state->record = Recorder::get().add(name, engine->rank, state->number, call, state->mark);
  }
  Recorder::get().begin(state->record);
  std::shared_ptr<Transfer> message;
  guard(call, *state, [&] { message = begin(*engine, call.tag | (engine->marks_messages ? static_cast<int>(state->mark) << 15 : 0)); });
  const auto rest = [this, self, call, state, message, async, end = std::move(end)] {
    std::exception_ptr error;
    counters->count(call);
    const Counting busy(&counters->busy), waited(async ? nullptr : &counters->exposed);
    try {
      NoGradGuard off;
      guard(call, *state, [&] { message->wait(limit()); });
      if (end) end();
    } catch (...) {
      error = std::current_exception();
    }
    Recorder::get().end(state->record, !error);
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
