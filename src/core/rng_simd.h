// The generator's SIMD loops, one table of functions per instruction set. Internal to src/core/rng*.
#pragma once

#include <cstdint>

namespace wick {
inline namespace v1 {
namespace rng::simd {

/// The loops of rng_lanes.inc for one instruction set. "raw" words are mt19937's state words, untempered.
struct Kernels {
  /// Continues the sequence: y[from, to) from the 624 words before y[from].
  void (*extend)(uint32_t* y, int64_t from, int64_t to);
  /// The generator's 32-bit outputs.
  void (*temper_all)(const uint32_t* raw, uint32_t* out, int64_t n);
  /// Floats in [from, from + width), `top` replaced by `from`.
  void (*uniform_f32)(const uint32_t* raw, float* out, int64_t n, float from, float width, float top);
  /// The same in doubles, of two words each.
  void (*uniform_f64)(const uint32_t* raw, double* out, int64_t n, double from, double width, double top);
  /// 64-bit outputs, of two words each.
  void (*join_u64)(const uint32_t* raw, uint64_t* out, int64_t n);
  /// Doubles in [0, 1), of two words each.
  void (*unit_f64)(const uint32_t* raw, double* out, int64_t n);
  /// Floats as the bits of 16-bit types.
  void (*to_bfloat16)(const float* in, uint16_t* out, int64_t n);
  void (*to_half)(const float* in, uint16_t* out, int64_t n);
  /// 32-bit outputs modulo a divisor below 2^28.
  void (*mod_u32)(const uint32_t* raw, uint32_t* out, int64_t n, uint32_t divisor);
  /// Normals by groups of 16 words.
  void (*normal_f32)(const uint32_t* raw, float* out, int64_t groups, float mean, float std);
};

/// The best table for this machine. All give the same bits.
const Kernels& kernels();

}  // namespace rng::simd
}  // namespace v1
}  // namespace wick
