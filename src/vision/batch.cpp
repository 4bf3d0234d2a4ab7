#include <wick/vision/batch.h>

#include <wick/core/grad_mode.h>
#include <wick/core/parallel.h>

#include "vision/common.h"
#include "vision/resample.h"

namespace wick::vision::inline v1 {
namespace transforms {

data::Example<> StackImages::apply_batch(std::vector<data::Example<>> examples) {
  WICK_CHECK_TYPE(ValueError, !examples.empty(), "StackImages: no pictures");
  const Tensor& first = examples[0].data;
  check_image(first, "StackImages");
  WICK_CHECK_TYPE(ValueError, first.dim() == 3, "StackImages: a picture is [C, H, W], got ", first.sizes());
  std::vector<Tensor> targets;
  for (size_t i = 0; i < examples.size(); ++i) {
    const Tensor& x = examples[i].data;
    WICK_CHECK_TYPE(ValueError, x.defined() && x.sizes() == first.sizes() && x.scalar_type() == first.scalar_type(), "StackImages: picture ", i, " of the batch is ",
                    x.defined() ? str(x.scalar_type(), " ", x.sizes()) : "undefined", ", picture 0 is ", first.scalar_type(), " ", first.sizes(), "; Resize or a crop makes them one size");
    targets.push_back(std::move(examples[i].target));
  }
  const int64_t n = static_cast<int64_t>(examples.size()), c = first.size(0), h = first.size(1), w = first.size(2);
  const bool normalized = !std_.empty();
  WICK_CHECK_TYPE(TypeError, !normalized || first.scalar_type() == kByte, "StackImages: pictures that are normalised here are uint8, got ", first.scalar_type(), "; leave out Normalize and ToTensor before");
  const NoGradGuard no_grad;
  const Tensor batch = empty({n, h, w, c}, normalized ? kFloat : first.scalar_type()).permute({0, 3, 1, 2});
  if (normalized) {
    const auto [scale, shift] = scale_and_shift(mean_, std_, c, "StackImages");
    auto* const out = static_cast<float*>(batch.data_ptr());
    parallel_for(0, n, 1, [&, &scale = scale, &shift = shift](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const Tensor rows = examples[static_cast<size_t>(i)].data.permute({1, 2, 0});
        const Tensor x = rows.stride(2) == 1 && rows.stride(1) == c ? rows : rows.contiguous();
        for (int64_t y = 0; y < h; ++y)
          normalize_pixels(static_cast<const uint8_t*>(x.data_ptr()) + y * x.stride(0), w, c, scale.data(), shift.data(), out + (i * h + y) * w * c);
      }
    });
  } else {
    for (int64_t i = 0; i < n; ++i) batch.select(0, i).copy_(examples[static_cast<size_t>(i)].data);
  }
  return {batch, targets[0].defined() ? stack(targets) : Tensor()};
}

}  // namespace transforms
}  // namespace wick::vision::inline v1
