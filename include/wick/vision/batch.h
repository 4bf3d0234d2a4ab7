// Pictures joined into batches.
#pragma once

#include <vector>

#include <wick/data/transforms.h>

namespace wick {
namespace vision {
inline namespace v1 {
namespace transforms {

/// Joins pictures [C, H, W] of one size and their targets into a batch [n, C, H, W] in channels-last memory, which is written once: pictures in the order
/// H, W, C, as decoders, crops and flips give them, are copied as they are. With a mean and deviation (one number, or one for each channel), uint8
/// pictures become normalised float32 on the way, as by `functional::normalize`. Errors name the picture: another size or dtype than the first one's;
/// floating pictures where a mean was given. Use: `dataset.map(vision::transforms::StackImages(mean, std))`.
class StackImages : public data::transforms::Collation<data::Example<>> {
 public:
  StackImages() = default;
  StackImages(std::vector<double> mean, std::vector<double> std) : mean_(std::move(mean)), std_(std::move(std)) {}
  data::Example<> apply_batch(std::vector<data::Example<>> examples) override;

 private:
  std::vector<double> mean_, std_;
};

}  // namespace transforms
}  // namespace v1
}  // namespace vision
}  // namespace wick
