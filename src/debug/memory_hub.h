// Who wants to know of tensors' memory: the allocator tells one, which tells them all.
#pragma once

#include <cstddef>

namespace wick::debug {

struct MemoryListener {
  virtual ~MemoryListener() = default;
  // One at a time; in the thread that asks. `freed` tells of blocks that were taken while somebody listened only.
  virtual void allocated(void* p, size_t bytes) = 0;
  virtual void freed(void* p, size_t bytes) = 0;
};
void listen(MemoryListener* listener);
void unlisten(MemoryListener* listener);

}  // namespace wick::debug
