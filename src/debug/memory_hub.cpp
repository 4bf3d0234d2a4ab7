#include "debug/memory_hub.h"

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <vector>

#include "core/allocator.h"

namespace wick::debug {
namespace {

// Sizes of blocks by their addresses: a table without gaps on the way to a key, so that an allocation costs no other one.
class Sizes {
 public:
  void set(const void* p, size_t bytes) {
    if (2 * ++count_ > places_.size()) grow();
    Place& at = find(p);
    if (at.p) --count_;
    at = {p, bytes};
  }
  // False for one that is not known.
  bool take(const void* p, size_t& bytes) {
    if (places_.empty()) return false;
    size_t hole = static_cast<size_t>(&find(p) - places_.data());
    if (!places_[hole].p) return false;
    bytes = places_[hole].bytes;
    --count_;
    // What follows moves up, unless its own place is behind the hole.
    for (size_t i = next(hole); places_[i].p; i = next(i))
      if (const size_t own = home(places_[i].p); hole <= i ? own <= hole || own > i : own <= hole && own > i) {
        places_[hole] = places_[i];
        hole = i;
      }
    places_[hole].p = nullptr;
    return true;
  }
  void clear() {
    places_.clear();
    count_ = 0;
  }

 private:
  struct Place { const void* p = nullptr; size_t bytes = 0; };
  size_t home(const void* p) const { return static_cast<size_t>(reinterpret_cast<uint64_t>(p) * 0x9E3779B97F4A7C15u >> 32) & (places_.size() - 1); }
  size_t next(size_t i) const { return (i + 1) & (places_.size() - 1); }
  Place& find(const void* p) {
    size_t i = home(p);
    while (places_[i].p && places_[i].p != p) i = next(i);
    return places_[i];
  }
  void grow() {
    std::vector<Place> old(std::max<size_t>(1024, 2 * places_.size()));
    old.swap(places_);
    for (const Place& place : old)
      if (place.p) find(place.p) = place;
  }
  std::vector<Place> places_;
  size_t count_ = 0;
};

// Never destroyed: tensors may outlive every static.
struct Hub final : memory::MemoryWatcher {
  void allocated(void* p, size_t bytes) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (listeners.empty()) return;
    sizes.set(p, bytes);
    for (MemoryListener* l : listeners) l->allocated(p, bytes);
  }
  void freed(void* p, size_t) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    size_t bytes;
    if (!sizes.take(p, bytes)) return;
    for (MemoryListener* l : listeners) l->freed(p, bytes);
  }
  std::mutex mutex;
  Sizes sizes;
  std::vector<MemoryListener*> listeners;
};
Hub& hub() { static Hub* h = new Hub; return *h; }

}  // namespace

void listen(MemoryListener* listener) {
  Hub& h = hub();
  const std::lock_guard<std::mutex> lock(h.mutex);
  h.listeners.push_back(listener);
  memory::watch_memory(&h);
}
void unlisten(MemoryListener* listener) {
  Hub& h = hub();
  const std::lock_guard<std::mutex> lock(h.mutex);
  h.listeners.erase(std::remove(h.listeners.begin(), h.listeners.end(), listener), h.listeners.end());
  if (!h.listeners.empty()) return;
  memory::watch_memory(nullptr);
  h.sizes.clear();
}

}  // namespace wick::debug
