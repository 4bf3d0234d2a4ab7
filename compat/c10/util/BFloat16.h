// BFloat16 under c10's names.
#pragma once

#include <c10/core/ScalarType.h>

namespace c10::detail {
/// The upper half of a float's bits as a float, and back: cut off, or rounded to nearest even.
inline float f32_from_bits(uint16_t bits) { return ::wick::detail::bits_to_float(static_cast<uint32_t>(bits) << 16); }
inline uint16_t bits_from_f32(float f) { return static_cast<uint16_t>(::wick::detail::float_to_bits(f) >> 16); }
inline uint16_t round_to_nearest_even(float f) { return ::wick::detail::float_to_bfloat16_bits(f); }
}  // namespace c10::detail
