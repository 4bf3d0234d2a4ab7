// The caching CPU allocator behind every tensor.
#pragma once

#include <cstddef>

namespace wick::memory {

// `bytes` of memory aligned to 64 bytes; `capacity` receives what was really set aside and is handed back to
// `deallocate`. Zero bytes give a null pointer. Throws OutOfMemoryError.
void* allocate(size_t bytes, size_t& capacity);
void deallocate(void* p, size_t capacity) noexcept;

// Sees what tensors are given and what they give back, in whatever thread; there is one, and it stays (src/debug). It allocates no tensors.
struct MemoryWatcher {
  virtual void allocated(void* p, size_t bytes) noexcept = 0;
  virtual void freed(void* p, size_t capacity) noexcept = 0;
};
void watch_memory(MemoryWatcher* watcher);  // null: nobody

// Small objects of a fixed size (tensors, storages, graph nodes) from the same caches, without statistics.
void* allocate_object(size_t bytes);
void deallocate_object(void* p, size_t bytes) noexcept;

// Lets a class (or std::allocate_shared) take its memory from allocate_object.
template <class T>
struct ObjectAllocator {
  using value_type = T;
  ObjectAllocator() = default;
  template <class U> ObjectAllocator(const ObjectAllocator<U>&) {}
  T* allocate(size_t n) { return static_cast<T*>(allocate_object(n * sizeof(T))); }
  void deallocate(T* p, size_t n) noexcept { deallocate_object(p, n * sizeof(T)); }
  bool operator==(const ObjectAllocator&) const { return true; }
};

}  // namespace wick::memory
