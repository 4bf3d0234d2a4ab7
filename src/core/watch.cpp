#include "core/watch.h"

#include <algorithm>

namespace wick::watch {
namespace {

struct Seat { std::shared_ptr<Watcher> watcher; size_t from; };  // the first event it sees is number `from`
struct State {
  std::vector<Event> events;
  std::vector<Seat> seats;
};
State& state() {
  thread_local State s;
  return s;
}

}  // namespace

void add(std::shared_ptr<Watcher> watcher) {
  State& s = state();
  s.seats.push_back({std::move(watcher), s.events.size()});
  gate |= kProfiler;
}
void remove(const Watcher* watcher) {
  auto& seats = state().seats;
  const auto at = std::find_if(seats.rbegin(), seats.rend(), [&](const Seat& s) { return s.watcher.get() == watcher; });
  if (at != seats.rend()) seats.erase(std::next(at).base());
  if (seats.empty()) gate &= ~kProfiler;
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
  const GateScope off(0, kProfiler);
  for (size_t i = 0; i < s.seats.size(); ++i) {
    const auto keep = s.seats[i].watcher;
    keep->begin(event);
  }
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
  const GateScope off(0, kProfiler);
  for (size_t i = s.seats.size(); i-- > 0;) {
    if (i >= s.seats.size() || s.seats[i].from >= s.events.size()) continue;
    const auto keep = s.seats[i].watcher;
    keep->end(event, outcome);
  }
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
