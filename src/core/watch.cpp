#include "core/watch.h"

#include <algorithm>

namespace wick::watch {
namespace {

struct Seat { std::shared_ptr<Watcher> watcher; size_t from; };  // the first event it sees is number `from`
struct State;
// Null until this thread first needs it, and after its end.
thread_local constinit State* mine __attribute__((tls_model("initial-exec"))) = nullptr;

struct State {
  std::vector<Event> events;
  std::vector<Seat> seats;
  std::vector<std::shared_ptr<Watcher>> gone;  // left while they, or others, were told
  int telling = 0;
  ~State() { mine = nullptr; }
};
State& make_state() {
  thread_local State s;
  mine = &s;
  return s;
}
State& state() { return mine ? *mine : make_state(); }

// Watchers may leave while they are told.
class Telling {
 public:
  explicit Telling(State& s) : off_(0, kProfiler), s_(s) { ++s.telling; }
  ~Telling() {
    if (--s_.telling > 0 || s_.gone.empty()) return;
    const auto gone = std::move(s_.gone);
    s_.gone.clear();
  }

 private:
  const GateScope off_;
  State& s_;
};

}  // namespace

void add(std::shared_ptr<Watcher> watcher) {
  State& s = state();
  s.seats.push_back({std::move(watcher), s.events.size()});
  gate |= kProfiler;
}
void remove(const Watcher* watcher) {
  State& s = state();
  const auto at = std::find_if(s.seats.rbegin(), s.seats.rend(), [&](const Seat& seat) { return seat.watcher.get() == watcher; });
  if (at != s.seats.rend()) {
    if (s.telling > 0) s.gone.push_back(at->watcher);
    s.seats.erase(std::next(at).base());
  }
  if (s.seats.empty()) gate &= ~kProfiler;
}

std::string story() {
  std::string text;
  for (const Seat& s : state().seats) text += s.watcher->story();
  return text;
}

const std::vector<Event>& under_way() { return state().events; }

bool begin(const Event& event) {
  State& s = state();
  if (event.kind == Kind::kernel && !s.events.empty() && s.events.back().kind <= Kind::kernel) return false;
  s.events.push_back(event);
  const Telling scope(s);
  for (size_t i = 0; i < s.seats.size(); ++i) s.seats[i].watcher->begin(event);
  if (event.kind == Kind::node) s.events.back().inputs = nullptr;
  return true;
}

void end(const Outcome& outcome) {
  State& s = state();
  struct Pop {
    State& s;
    ~Pop() { s.events.pop_back(); }
  } pop{s};
  const Event event = s.events.back();
  const Telling scope(s);
  for (size_t i = s.seats.size(); i-- > 0;)
    if (i < s.seats.size() && s.seats[i].from < s.events.size()) s.seats[i].watcher->end(event, outcome);
}

Handoff::Handoff() {
  if (!watched()) return;
  for (const Seat& s : state().seats)
    if (s.watcher->follows()) watchers_.push_back(s.watcher);
}
Taken::Taken(const Handoff& handoff) {
  for (const auto& w : handoff.watchers_) {
    const auto& seats = state().seats;
    if (std::any_of(seats.begin(), seats.end(), [&](const Seat& s) { return s.watcher == w; })) {  // the thread's own work, in a scope that cleared the gate
      gate |= kProfiler;
      continue;
    }
    add(w);
    added_.push_back(w.get());
  }
}
Taken::~Taken() {
  for (const Watcher* w : added_) remove(w);
}

}  // namespace wick::watch
