// Kernels over the pixels of one picture, which is rows of `channels` interleaved values.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include <wick/vision/functional.h>

namespace wick::vision {

// Pillow's resampling: rows first, then columns, uint8 rounded in between. Strides are in elements.
struct Plane {
  int64_t height, width, channels, row_stride;
};
template <class T>
void resample(const T* in, const Plane& from, T* out, int64_t height, int64_t width, InterpolationMode mode);
extern template void resample(const uint8_t*, const Plane&, uint8_t*, int64_t, int64_t, InterpolationMode);
extern template void resample(const float*, const Plane&, float*, int64_t, int64_t, InterpolationMode);

// out[c][i] = in[i][c] * scale[c] + shift[c] for a row of pixels.
void normalize_row(const uint8_t* in, int64_t width, int64_t channels, const float* scale, const float* shift, float* out, int64_t plane);
// The same with the channels left side by side.
void normalize_pixels(const uint8_t* in, int64_t width, int64_t channels, const float* scale, const float* shift, float* out);
// Of each channel, for uint8 values v: (v / 255 - mean) / std = v * scale + shift. Checks them.
std::pair<std::vector<float>, std::vector<float>> scale_and_shift(const std::vector<double>& mean, const std::vector<double>& std, int64_t channels, const char* who);
// Pixels in the other order.
void mirror_row(const uint8_t* in, int64_t width, int64_t channels, uint8_t* out);

}  // namespace wick::vision
