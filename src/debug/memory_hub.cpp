#include "debug/memory_hub.h"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/allocator.h"

namespace wick::debug {
namespace {

// Never destroyed: tensors may outlive every static.
struct Hub final : memory::MemoryWatcher {
  void allocated(void* p, size_t bytes) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (listeners.empty()) return;
    sizes[p] = bytes;
    for (MemoryListener* l : listeners) l->allocated(p, bytes);
  }
  void freed(void* p, size_t) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    const auto at = sizes.find(p);
    if (at == sizes.end()) return;
    for (MemoryListener* l : listeners) l->freed(p, at->second);
    sizes.erase(at);
  }
  std::mutex mutex;
  std::unordered_map<void*, size_t> sizes;
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
