// Who looks on while this thread computes: the profiler, the search for NaN, ... (src/debug). Ops, steps of backward, calls of modules and
// whatever else takes time tell of their beginning and end; when nobody looks on, that is a test of the gate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/tls.h"

namespace wick {
namespace autograd {
class Inputs;
struct Results;
inline namespace v1 { struct Node; }
}  // namespace autograd

namespace watch {

enum class Kind : uint8_t {
  op, inplace, view,  // told by autograd/record.h: `name` is that of the node, MulBackward0
  kernel,             // an op that is never recorded; told only where no op is under way, of which it would be a part
  function,           // a custom function of autograd
  node,               // a step of backward
  module, range, optimizer, data, communication
};

struct Event {
  Kind kind;
  const char* name;             // lives as long as the event; that of ops as long as the program
  const void* what = nullptr;   // the Module, Node or Optimizer
  const autograd::Inputs* inputs = nullptr;  // of a step of backward: the gradients that come in, when it begins only
  int64_t bytes = 0;            // that a collective moves
};
struct Outcome {
  const autograd::Results* results = nullptr;
  const autograd::Node* node = nullptr;  // that recorded the op
  bool failed = false;                   // left by an exception
};

class Watcher {
 public:
  virtual ~Watcher() = default;
  // Whether it looks on in threads, too, that this one hands work to; then its functions run in several threads at once.
  virtual bool follows() const { return false; }
  virtual void begin(const Event&) = 0;
  // May throw unless the outcome is a failure. What both compute is not watched.
  virtual void end(const Event&, const Outcome&) = 0;
  // What led to the error that leaves a module just now, for its text; nothing by default.
  virtual std::string story() const { return {}; }
};

// Looks on in this thread from now on, until it is removed. Told last, of ends only those whose beginnings it saw.
void add(std::shared_ptr<Watcher> watcher);
void remove(const Watcher* watcher);

// What is under way in this thread, innermost last; known only while somebody looks on.
const std::vector<Event>& under_way();

// False when there is nothing to end.
bool begin(const Event& event);
void end(const Outcome& outcome);
std::string story();
inline bool watched() { return gate & kProfiler; }

// From its construction to its end.
class Range {
 public:
  Range(Kind kind, const char* name, const void* what = nullptr, int64_t bytes = 0) : on_(watched()) {
    if (on_) on_ = begin({kind, name, what, nullptr, bytes});
  }
  ~Range() { if (on_) end({}); }
  Range(const Range&) = delete;

 private:
  bool on_;
};

// Those that look on here and follow, for a thread that works for this one: `const Handoff h;` here, `const Taken t(h);` there.
class Handoff {
 public:
  Handoff();

 private:
  friend class Taken;
  std::vector<std::shared_ptr<Watcher>> watchers_;
};
class Taken {
 public:
  explicit Taken(const Handoff& handoff);
  ~Taken();
  Taken(const Taken&) = delete;

 private:
  std::vector<const Watcher*> added_;
};

}  // namespace watch
}  // namespace wick
