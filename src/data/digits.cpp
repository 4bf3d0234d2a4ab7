#include <wick/data/digits.h>

#include <wick/ops.h>

#include "data/digits_data.h"

namespace wick::data::datasets::inline v1 {

std::pair<Tensor, Tensor> digits(bool train) {
  constexpr int64_t pixels = 64;
  int64_t n = 0;
  for (int i = 0; i < digits_count; ++i) n += (i % 5 != 0) == train;
  Tensor images = empty({n, 1, 8, 8}, kFloat), labels = empty({n}, kLong);
  float* x = images.data_ptr<float>();
  int64_t* y = labels.data_ptr<int64_t>();
  for (int i = 0; i < digits_count; ++i) {
    if ((i % 5 != 0) != train) continue;
    *y++ = digits_labels[i] - '0';
    for (int64_t k = 0; k < pixels; ++k) *x++ = static_cast<float>(digits_pixels[i * pixels + k] - 'A') / 16.0f;
  }
  return {images, labels};
}

}  // namespace wick::data::datasets::inline v1
