// Half under c10's names.
#pragma once

#include <c10/core/ScalarType.h>

namespace c10::detail {
/// The bits of a half as a float and as the bits of one, and back.
inline float fp16_ieee_to_fp32_value(uint16_t h) { return ::wick::detail::half_bits_to_float(h); }
inline uint32_t fp16_ieee_to_fp32_bits(uint16_t h) { return ::wick::detail::float_to_bits(fp16_ieee_to_fp32_value(h)); }
inline uint16_t fp16_ieee_from_fp32_value(float f) { return ::wick::detail::float_to_half_bits(f); }
}  // namespace c10::detail
