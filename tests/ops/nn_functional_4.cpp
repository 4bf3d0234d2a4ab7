// Op table: nn_functional, part 4.
#include "harness.h"

namespace {

AREA("nn_functional")

CASE("max2.idx", F::max_pool2d_with_indices(img, F::MaxPool2dFuncOptions({2, 3}).stride({3, 2}).ceil_mode(true)))
CASE_GRAD("max3", F::max_pool3d(im, F::MaxPool3dFuncOptions({1, 3, 2}).stride({1, 2, 2}).ceil_mode(true)))
CASE("max2.nan", F::max_pool2d(torch::where(img > 1, img * NAN, img), F::MaxPool2dFuncOptions(3)))
CASE("max2.half", F::max_pool2d(img.to(torch::kHalf), F::MaxPool2dFuncOptions(3)))
CASE("max2.nobatch", F::max_pool2d(img[0], F::MaxPool2dFuncOptions(3)))
CASE_ERROR("err.max2.pad", F::max_pool2d(img, F::MaxPool2dFuncOptions(2).padding(2)))
CASE_ERROR("err.max2.dim", F::max_pool2d(a, F::MaxPool2dFuncOptions(2)))
CASE_ERROR("err.avg2.small", F::avg_pool2d(img, F::AvgPool2dFuncOptions(11)))
CASE("ada1", F::adaptive_avg_pool1d(img[0], F::AdaptiveAvgPool1dFuncOptions(4)))
CASE_GRAD("ada2", F::adaptive_avg_pool2d(im, F::AdaptiveAvgPool2dFuncOptions({std::nullopt, 3})))
CASE_GRAD("ada3", F::adaptive_avg_pool3d(im, F::AdaptiveAvgPool3dFuncOptions({2, 5, 3})))
CASE("adam1", F::adaptive_max_pool1d_with_indices(img[0], F::AdaptiveMaxPool1dFuncOptions(4)))
CASE_GRAD("adam2", F::adaptive_max_pool2d(im, F::AdaptiveMaxPool2dFuncOptions({5, 3})))
CASE("adam3", F::adaptive_max_pool3d_with_indices(img, F::AdaptiveMaxPool3dFuncOptions(2)))
CASE("lp1", F::lp_pool1d(img[0].abs(), F::LPPool1dFuncOptions(2, 3).stride(2)))
CASE_GRAD("lp2", F::lp_pool2d(im.abs(), F::LPPool2dFuncOptions(3, {2, 3}).ceil_mode(true)))
CASE("lp3", F::lp_pool3d(img.abs(), F::LPPool3dFuncOptions(2, {1, 2, 3})))
CASE("lp2.neg", F::lp_pool2d(img, F::LPPool2dFuncOptions(3, 2)))
CASE_GRAD("unpool2", [] {
  auto r = F::max_pool2d_with_indices(im, F::MaxPool2dFuncOptions(2));
  return F::max_unpool2d(std::get<0>(r), std::get<1>(r), F::MaxUnpool2dFuncOptions(2));
})
CASE("unpool1", [] {
  auto r = F::max_pool1d_with_indices(img[0], F::MaxPool1dFuncOptions(3));
  return F::max_unpool1d(std::get<0>(r), std::get<1>(r), F::MaxUnpool1dFuncOptions(3));
})
CASE("unpool.module", [] {
  nn::MaxPool2d k(2);
  nn::MaxUnpool2d u2(2);
  auto r = k->forward_with_indices(img);
  return u2->forward(std::get<0>(r), std::get<1>(r), std::vector<int64_t>{2, 3, 9, 9});
})
CASE_ERROR("err.unpool.size", [] {
  auto r = F::max_pool2d_with_indices(img, F::MaxPool2dFuncOptions(2));
  return F::max_unpool2d(std::get<0>(r), std::get<1>(r), F::MaxUnpool2dFuncOptions(2).output_size(std::vector<int64_t>{11, 9}));
})
CASE("fmp2", F::fractional_max_pool2d_with_indices(img, F::FractionalMaxPool2dFuncOptions(2).output_size(4)))
CASE_GRAD("fmp2.ratio", F::fractional_max_pool2d(im, F::FractionalMaxPool2dFuncOptions({2, 3}).output_ratio(torch::ExpandingArray<2, double>({0.5, 0.6}))))
CASE("fmp2.samples", F::fractional_max_pool2d(img, F::FractionalMaxPool2dFuncOptions(2).output_size(4)._random_samples(torch::full({2, 3, 2}, 0.3))))
CASE("fmp3", F::fractional_max_pool3d_with_indices(img.unsqueeze(0), F::FractionalMaxPool3dFuncOptions({1, 2, 2}).output_size(torch::ExpandingArray<3>({2, 4, 5}))))
CASE("fmp.module", nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2).output_size(4))->forward(img))
CASE("fmp.nobatch", F::fractional_max_pool2d(img[0], F::FractionalMaxPool2dFuncOptions(2).output_size(4)))
CASE_ERROR("err.fmp.none", F::fractional_max_pool2d(img, F::FractionalMaxPool2dFuncOptions(2)))
CASE_ERROR("err.fmp.module", nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2))->forward(img))
CASE_ERROR("err.fmp.both", nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2).output_size(2).output_ratio(0.5))->forward(img))
CASE_ERROR("err.fmp.ratio", nn::FractionalMaxPool2d(nn::FractionalMaxPool2dOptions(2).output_ratio(1.5))->forward(img))
CASE("int.nearest", F::interpolate(img, F::InterpolateFuncOptions().scale_factor(std::vector<double>{1.7, 0.6})))
CASE_GRAD("int.nearest.size", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 11})))
CASE("int.exact", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 11}).mode(torch::kNearestExact)))
CASE("int.exact.1d", F::interpolate(img[0], F::InterpolateFuncOptions().scale_factor(std::vector<double>{1.7}).mode(torch::kNearestExact)))
CASE_GRAD("int.exact.3d", F::interpolate(im.unsqueeze(0), F::InterpolateFuncOptions().size(std::vector<int64_t>{2, 5, 11}).mode(torch::kNearestExact)))
CASE("int.lin", F::interpolate(img[0], F::InterpolateFuncOptions().size(std::vector<int64_t>{13}).mode(torch::kLinear).align_corners(true)))
CASE("int.bil", F::interpolate(img, F::InterpolateFuncOptions().scale_factor(std::vector<double>{1.7, 0.6}).mode(torch::kBilinear).align_corners(false)))
CASE("int.bil.rec", F::interpolate(img, F::InterpolateFuncOptions().scale_factor(std::vector<double>{1.7, 0.6}).mode(torch::kBilinear).align_corners(false).recompute_scale_factor(true)))
CASE_GRAD("int.bil.def", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 11}).mode(torch::kBilinear)))
CASE_GRAD("int.bil.ac", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 1}).mode(torch::kBilinear).align_corners(true)))
CASE("int.bic", F::interpolate(img, F::InterpolateFuncOptions().scale_factor(std::vector<double>{1.7, 0.6}).mode(torch::kBicubic).align_corners(false)))
CASE_GRAD("int.bic.ac", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 11}).mode(torch::kBicubic).align_corners(true)))
CASE_GRAD("int.tri", F::interpolate(im.unsqueeze(0), F::InterpolateFuncOptions().size(std::vector<int64_t>{2, 5, 11}).mode(torch::kTrilinear).align_corners(false)))
CASE_GRAD("int.area", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 3}).mode(torch::kArea)))
CASE("int.bil.aa", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).mode(torch::kBilinear).align_corners(false).antialias(true)))
CASE_GRAD("int.bil.aa.grad", F::interpolate(im, F::InterpolateFuncOptions().size(std::vector<int64_t>{3, 11}).mode(torch::kBilinear).align_corners(true).antialias(true)))
CASE_GRAD("int.bic.aa", F::interpolate(im, F::InterpolateFuncOptions().scale_factor(std::vector<double>{0.4, 1.5}).mode(torch::kBicubic).align_corners(false).antialias(true)))
CASE("int.byte", F::interpolate(u.view({1, 1, 3, 4}), F::InterpolateFuncOptions().size(std::vector<int64_t>{5, 6}).mode(torch::kBilinear).align_corners(false)))
CASE("int.half", F::interpolate(img.to(torch::kHalf), F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).mode(torch::kBilinear).align_corners(false)))
CASE("int.module", nn::Upsample(nn::UpsampleOptions().scale_factor(std::vector<double>{2, 2}).mode(torch::kBicubic))->forward(img))
CASE_ERROR("err.int.aa", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).antialias(true)))
CASE_ERROR("err.int.both", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).scale_factor(std::vector<double>{2, 2})))
CASE_ERROR("err.int.none", F::interpolate(img, F::InterpolateFuncOptions()))
CASE_ERROR("err.int.align", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).align_corners(true)))
CASE_ERROR("err.int.mode", F::interpolate(img, F::InterpolateFuncOptions().size(std::vector<int64_t>{4, 5}).mode(torch::kTrilinear)))
CASE_ERROR("err.int.2d", F::interpolate(a, F::InterpolateFuncOptions().size(std::vector<int64_t>{4})))
CASE_ERROR("err.int.len", F::interpolate(img, F::InterpolateFuncOptions().scale_factor(std::vector<double>{2})))
CASE_GRAD("grid.affine", F::affine_grid(p.reshape({2, 2, 3}), {2, 3, 4, 5}))
CASE("grid.affine.ac", F::affine_grid(a.view({2, 2, 3}), {2, 3, 4, 5}, true))
CASE("grid.affine3", F::affine_grid(a.view({1, 3, 4}), {1, 3, 4, 5, 2}))

}  // namespace
