// What functions on pictures share.
#pragma once

#include <string>

#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/ops/vision.h>
#include <wick/vision/functional.h>

namespace wick::vision {

inline void check_image(const Tensor& x, const char* who) {
  WICK_CHECK_TYPE(TypeError, x.defined() && x.dim() >= 3, who, ": a picture is [..., C, H, W]", x.defined() ? str(", got ", x.sizes()) : ", got an undefined tensor");
}
// uint8 or floating.
inline void check_pixels(const Tensor& x, const char* who) {
  check_image(x, who);
  WICK_CHECK_TYPE(TypeError, x.scalar_type() == kByte || x.is_floating_point(), who, ": a picture's values are uint8 or floating, got ", x.scalar_type());
}
inline void check_colours(const Tensor& x, const char* who) {
  check_pixels(x, who);
  WICK_CHECK_TYPE(TypeError, x.size(-3) == 1 || x.size(-3) == 3, who, ": a picture has 1 or 3 channels, got ", x.sizes());
}
inline double greatest(const Tensor& x) {
  if (x.is_floating_point()) return 1;
  switch (x.scalar_type()) {
    case kByte: return 255;
    case kChar: return 127;
    case kShort: return 32767;
    case kInt: return 2147483647;
    case kBool: return 1;
    default: return 9223372036854775807.0;
  }
}
// One picture whose memory is in the order H, W, C.
inline bool rows_of_pixels(const Tensor& x) { return x.dim() == 3 && x.numel() > 0 && x.size(0) > 1 && x.stride(0) == 1 && x.stride(2) == x.size(0); }
inline Tensor new_pixels(int64_t channels, int64_t height, int64_t width, ScalarType type) { return empty({height, width, channels}, type).permute({2, 0, 1}); }
// f of [n, C, H, W], in the shape the caller had.
template <class F>
Tensor batched(const Tensor& x, const F& f) {
  if (x.dim() == 4) return f(x);
  const Tensor y = f(x.dim() == 3 ? x.unsqueeze(0) : x.flatten(0, -4));
  if (x.dim() == 3) return y.squeeze(0);
  std::vector<int64_t> sizes(x.sizes().begin(), x.sizes().end() - 3);
  sizes.insert(sizes.end(), {y.size(1), y.size(2), y.size(3)});
  return y.reshape(sizes);
}

}  // namespace wick::vision
