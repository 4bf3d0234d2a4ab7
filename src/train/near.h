// Nearly the same pictures and texts among many, found by buckets.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <wick/tensor.h>

namespace wick::train {

constexpr int64_t kTones = 8, kSignature = kTones * kTones;  // the place of the mean holds the deviation

// The lowest frequencies of pictures [n, C, H, W], float [n, 64]; NaN for those of one colour. Sizes drop out: the transform is of the picture as a function on the unit square.
Tensor picture_signatures(const Tensor& pictures);

// Small letters and figures, a space between words.
std::string plain_words(const std::string& text);

// Calls `found(i, j, alike)` with i < j for pairs that are at least so alike; a pair may come several times, and very rarely not at all. `limit` 0 is chosen, and returned.
using FoundNear = std::function<void(int64_t, int64_t, double)>;
double near_pictures(const Tensor& signatures, double limit, bool mirrored, const std::function<bool()>& late, const FoundNear& found);
void near_texts(const std::vector<std::string>& plain, double limit, const std::function<bool()>& late, const FoundNear& found);

}  // namespace wick::train
