// Threads: how many ops use, and a parallel loop for code of one's own.
#pragma once

#include <cstdint>

#include <wick/core/config.h>

namespace wick {
inline namespace v1 {

/// Number of threads one op may use (default: the processors this process may run on, container limits
/// included). Exact: no op uses more. Errors: n < 1.
void set_num_threads(int n);
int get_num_threads();

/// Threads between ops; Wick runs ops one after the other in the calling thread, so this only keeps the number.
void set_num_interop_threads(int n);
int get_num_interop_threads();

/// Whether the caller runs inside a parallel loop, and its number there.
bool in_parallel_region();
int get_thread_num();

namespace detail {
void parallel_for(int64_t begin, int64_t end, int64_t grain, void (*body)(void*, int64_t, int64_t), void* context);
}

/// Calls `f(b, e)` for consecutive pieces of [begin, end), in parallel when there are more than `grain`
/// items. An exception from a piece is thrown again in the caller.
template <class F>
void parallel_for(int64_t begin, int64_t end, int64_t grain, const F& f) {
  detail::parallel_for(begin, end, grain, [](void* c, int64_t b, int64_t e) { (*static_cast<const F*>(c))(b, e); },
                       const_cast<void*>(static_cast<const void*>(&f)));
}

}  // namespace v1
}  // namespace wick
