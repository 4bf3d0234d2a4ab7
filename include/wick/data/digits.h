// The handwritten digits that the library embeds.
#pragma once

#include <utility>

#include <wick/tensor.h>

namespace wick {
namespace data {
namespace datasets {
inline namespace v1 {

/// The UCI handwritten digits: images [n, 1, 8, 8] of float32 in [0, 1] (1 is ink) and labels [n] of int64.
/// Every fifth image is for testing (360), the others for training (1,437).
/// (E. Alpaydin and C. Kaynak, 1998, doi:10.24432/C50P49, CC BY 4.0; https://scikit-learn.org)
std::pair<Tensor, Tensor> digits(bool train);

}  // namespace v1
}  // namespace datasets
}  // namespace data
}  // namespace wick
