// The CPU allocator: statistics, and memory given back on request.
#pragma once

#include <cstdint>
#include <string>

#include <wick/core/config.h>

namespace wick {
inline namespace v1 {

/// Bytes of tensors alive now and at most since the last reset, bytes kept for reuse, and counts of
/// requests and of those that needed fresh memory from the system.
struct MemoryStats {
  int64_t current_bytes = 0, peak_bytes = 0, cached_bytes = 0, allocations = 0, system_allocations = 0;
};

/// Statistics of the CPU allocator for the whole process.
MemoryStats memory_stats();
/// Starts a new peak at what is alive now.
void reset_peak_memory_stats();
/// Gives all kept memory of this thread and of the shared pool back to the system.
void empty_cache();
/// Highest number of bytes that tensors may hold, 0 for no limit; a request beyond it throws OutOfMemoryError.
void set_memory_limit(int64_t bytes);

}  // namespace v1
}  // namespace wick
