// Bulk access to the twister's words, and dispatch over element types. Internal to src/core/rng*.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include <wick/core/error.h>

#include "core/rng.h"
#include "core/rng_simd.h"

namespace wick {
inline namespace v1 {
namespace rng::detail {

/// Words converted at a time by one thread, a multiple of every unit a conversion has (32 at most).
constexpr int64_t kTile = 4096;
/// Words generated between two meetings of the threads.
constexpr int64_t kChunk = 32 * kTile;

/// A piece of the sequence: the last 624 words before it, then the piece.
struct Window {
  uint32_t* base = nullptr;
  int64_t first = 0, last = 0;  // the piece is base[first, last)
  int64_t phase = 0;            // the first word's place in its block of 624
};

/// Scratch for `count` words that this thread keeps for its next large draw.
uint32_t* scratch(int64_t count);

/// Starts at the state's next unread word; continues after a window; stores the state as of a window's end.
Window open_window(const GeneratorState& state, uint32_t* buffer, int64_t count);
Window next_window(const Window& previous, uint32_t* buffer, int64_t count);
void close_window(GeneratorState& state, const Window& last);

/// Draws `total` words and calls f(raw, first, count) for consecutive pieces that cover them, where `first`
/// numbers a piece's first word and is a multiple of kTile. With `parallel_from` or more words the calls
/// come from several threads, in any order, while one thread generates ahead. f must not throw.
template <class F>
void stream(GeneratorState& state, int64_t total, int64_t parallel_from, const F& f) {
  constexpr int64_t kRoom = 2 * kStateWords;  // history before a window, the rest of a block after it
  if (total <= 0) return;
  if (total <= state.left - 1) {  // all of it is in the block at hand
    f(state.words.data() + state.next, int64_t{0}, total);
    state.next += static_cast<uint32_t>(total);
    state.left -= static_cast<int32_t>(total);
    return;
  }
  if (total < parallel_from || omp_in_parallel() || omp_get_max_threads() == 1) {
    uint32_t buffer[kTile + 2 * kRoom];
    Window w = open_window(state, buffer, std::min(total, kTile));
    for (int64_t done = 0;;) {
      const int64_t count = w.last - w.first;
      f(w.base + w.first, done, count);
      done += count;
      if (done == total) break;
      w = next_window(w, buffer, std::min(total - done, kTile));
    }
    close_window(state, w);
    return;
  }
  const int64_t each = kChunk + 2 * kRoom;
  uint32_t* const buffers = scratch(2 * each);
  Window w[2];
  w[0] = open_window(state, buffers, std::min(total, kChunk));
  const int64_t chunks = (total + kChunk - 1) / kChunk;
#pragma omp parallel
  for (int64_t c = 0; c < chunks; ++c) {
    const Window& now = w[c & 1];
#pragma omp single nowait
    if (c + 1 < chunks)
      w[(c + 1) & 1] =
          next_window(now, buffers + ((c + 1) & 1) * each, std::min(total - (c + 1) * kChunk, kChunk));
    const int64_t count = now.last - now.first, tiles = (count + kTile - 1) / kTile;
#pragma omp for schedule(dynamic, 1)
    for (int64_t t = 0; t < tiles; ++t)
      f(now.base + now.first + t * kTile, c * kChunk + t * kTile, std::min(kTile, count - t * kTile));
  }
  close_window(state, w[(chunks - 1) & 1]);
}

/// Where threads start to pay: cheap conversions, and those that call the math library.
constexpr int64_t kCheap = 4 * kTile * 4, kCostly = 2 * kTile;

/// As `stream`, in doubles of [0, 1): f(units, first, count), `first` and `count` in doubles.
template <class F>
void stream_units(GeneratorState& state, int64_t total, const F& f) {
  stream(state, 2 * total, kCostly, [&](const uint32_t* raw, int64_t first, int64_t count) {
    double units[kTile / 2];
    simd::kernels().unit_f64(raw, units, count / 2);
    f(units, first / 2, count / 2);
  });
}

/// The error for a type that an op does not take.
[[noreturn]] void throw_dtype(const char* op, ScalarType dtype);

/// Calls f(T{}) for the C++ type of a floating dtype, and of a real dtype without and with bool.
template <class F>
void visit_floating(const char* op, ScalarType dtype, const F& f) {
  switch (dtype) {
    case kFloat: return f(float{});
    case kDouble: return f(double{});
    case kHalf: return f(Half{});
    case kBFloat16: return f(BFloat16{});
    default: throw_dtype(op, dtype);
  }
}
template <class F>
void visit_numbers(const char* op, ScalarType dtype, const F& f) {
  switch (dtype) {
    case kByte: return f(uint8_t{});
    case kChar: return f(int8_t{});
    case kShort: return f(int16_t{});
    case kInt: return f(int32_t{});
    case kLong: return f(int64_t{});
    default: return visit_floating(op, dtype, f);
  }
}
template <class F>
void visit_real(const char* op, ScalarType dtype, const F& f) {
  if (dtype == kBool) return f(bool{});
  visit_numbers(op, dtype, f);
}

/// static_cast that also knows the 16-bit types (which convert by way of float).
template <class T, class V>
inline T to_element(V v) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>)
    return T(static_cast<float>(v));
  else
    return static_cast<T>(v);
}

template <class T>
constexpr bool is_floating = std::is_floating_point_v<T> || std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;

}  // namespace rng::detail
}  // namespace v1
}  // namespace wick
