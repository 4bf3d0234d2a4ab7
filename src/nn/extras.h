// What few modules have, and helpers of the files that Module is made of.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "nn/computed.h"

namespace wick::nn {
inline namespace v1 {
namespace detail {

using Hook = std::shared_ptr<const HookFunction>;

// The hooks of a module, or those of all modules. A call takes a copy of the lists: a hook may remove itself.
struct HookTable {
  struct Entry {
    uint64_t id;
    HookKind kind;
    Hook hook;
  };
  mutable std::mutex mutex;
  std::vector<Entry> entries;
  std::atomic<size_t> size{0};
};
extern std::atomic<size_t> global_hooks;

struct Extras {
  std::shared_ptr<HookTable> hooks;
  std::set<std::string> transient;    // buffers that are not saved
  bool frozen = false, trains = true;  // `trains`: the mode that a frozen module has when it is unfrozen
  std::vector<Computed> computed;     // tensors that parametrizations and pruning make
  bool refreshing = false;            // whether a hook makes them
  std::set<std::string> stopped;      // parameters that freeze() turned off
};

inline bool has_hooks(const Extras* e) {
  return (e && e->hooks && e->hooks->size.load(std::memory_order_relaxed)) || global_hooks.load(std::memory_order_relaxed);
}

// Where a state comes from, for the text about keys that do not fit; `hint` is given the lists "key [shape]" of those that are missing and unexpected.
struct StateOrigin {
  std::string subject, given;
  std::string (*hint)(const std::vector<std::string>& missing, const std::vector<std::string>& unexpected);
};
IncompatibleKeys load_state(Module& module, const std::vector<std::pair<std::string, Tensor>>& state, bool strict, const StateOrigin& origin);

}  // namespace detail
}  // namespace v1

inline std::string join(const std::string& prefix, const std::string& name) {
  if (prefix.empty()) return name;
  return name.empty() ? prefix : prefix + "." + name;
}
// The type as users call it: `Linear` for torch::nn::LinearImpl.
std::string short_name(const Module& module);

}  // namespace wick::nn
