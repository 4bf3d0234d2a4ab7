// The embedded digits as text; see digits_data.cpp.
#pragma once

namespace wick::data {

inline constexpr int digits_count = 1797;
extern const char digits_labels[];  // digits_count characters '0'..'9'
extern const char digits_pixels[];  // 64 letters for each image

}  // namespace wick::data
