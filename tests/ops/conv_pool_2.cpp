// Op table: conv_pool, part 2.
#include "harness.h"

namespace {

AREA("conv_pool")

static torch::Tensor R(at::IntArrayRef sz) { return torch::randn(sz, torch::kDouble); }

CASE_GRAD("max_pool2d.grad", torch::max_pool2d(im, 3, 2, 1))
CASE("max_pool3d", torch::max_pool3d(R({1, 2, 4, 4, 4}), 2))
CASE("max_pool3d.idx", torch::max_pool3d_with_indices(R({1, 2, 4, 4, 4}), 2, 1))
CASE("avg_pool1d", torch::avg_pool1d(seq, 3, 2, 1))
CASE("avg_pool1d.nopad", torch::avg_pool1d(seq, 3, 2, 1, true, false))
CASE("avg_pool2d", torch::avg_pool2d(img, 3))
CASE("avg_pool2d.opts", torch::avg_pool2d(img, {3, 2}, {2, 1}, {1, 1}, true, false))
CASE("avg_pool2d.div", torch::avg_pool2d(img, 2, 2, 0, false, true, 3))
CASE("avg_pool2d.ceil", torch::avg_pool2d(img, 4, 3, 1, true))
CASE_GRAD("avg_pool2d.grad", torch::avg_pool2d(im, 3, 2, 1, false, false))
CASE("avg_pool3d", torch::avg_pool3d(R({1, 2, 4, 4, 4}), 2, 1, 1))
CASE("adaptive_avg1d", torch::adaptive_avg_pool1d(seq, 4))
CASE("adaptive_avg2d", torch::adaptive_avg_pool2d(img, {4, 5}))
CASE("adaptive_avg2d.1", torch::adaptive_avg_pool2d(img, {1, 1}))
CASE("adaptive_avg2d.up", torch::adaptive_avg_pool2d(img, {12, 10}))
CASE_GRAD("adaptive_avg2d.grad", torch::adaptive_avg_pool2d(im, {3, 5}))
CASE("adaptive_avg3d", torch::adaptive_avg_pool3d(R({1, 2, 5, 4, 4}), {2, 3, 2}))
CASE("adaptive_max1d", torch::adaptive_max_pool1d(seq, 4))
CASE("adaptive_max2d", torch::adaptive_max_pool2d(img, {4, 5}))
CASE_GRAD("adaptive_max2d.grad", std::get<0>(torch::adaptive_max_pool2d(im, {3, 5})))
CASE("adaptive_max3d", torch::adaptive_max_pool3d(R({1, 2, 5, 4, 4}), {2, 3, 2}))
CASE("mkldnn.free", torch::max_pool2d(img, 3, {}, 1).sizes().vec())
CASE("upsample_nearest2d", torch::upsample_nearest2d(img, {12, 12}))
CASE("upsample_bilinear2d", torch::upsample_bilinear2d(img, {12, 12}, true))
CASE("upsample_bicubic2d", torch::upsample_bicubic2d(img, {5, 12}, false))

}  // namespace
