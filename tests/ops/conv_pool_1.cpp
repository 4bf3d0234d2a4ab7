// Op table: conv_pool, part 1.
#include "harness.h"

namespace {

AREA("conv_pool")

static torch::Tensor R(at::IntArrayRef sz) { return torch::randn(sz, torch::kDouble); }

CASE("conv1d", torch::conv1d(R({2, 3, 10}), R({4, 3, 3})))
CASE("conv1d.bias", torch::conv1d(R({2, 3, 10}), R({4, 3, 3}), R({4})))
CASE("conv1d.opts", torch::conv1d(R({2, 4, 11}), R({6, 2, 3}), R({6}), 2, 1, 2, 2))
CASE("conv1d.same", torch::conv1d(R({2, 3, 10}), R({4, 3, 4}), {}, 1, "same"))
CASE("conv1d.valid", torch::conv1d(R({2, 3, 10}), R({4, 3, 4}), {}, 1, "valid"))
CASE("conv1d.unbatched", torch::conv1d(R({3, 10}), R({4, 3, 3})))
CASE("conv2d", torch::conv2d(img, torch::randn({4, 3, 3, 3})))
CASE("conv2d.bias", torch::conv2d(img, torch::randn({4, 3, 3, 3}), torch::randn({4})))
CASE("conv2d.stride", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 2))
CASE("conv2d.stride2", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, {2, 1}, {1, 0}))
CASE("conv2d.pad", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 1, 1))
CASE("conv2d.pad.asym", torch::conv2d(img, torch::randn({4, 3, 3, 5}), {}, 1, {1, 2}))
CASE("conv2d.dil", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 1, 2, 2))
CASE("conv2d.groups", torch::conv2d(img, torch::randn({6, 1, 3, 3}), torch::randn({6}), 1, 1, 1, 3))
CASE("conv2d.depthwise.stride", torch::conv2d(img, torch::randn({3, 1, 3, 3}), {}, 2, 1, 1, 3))
CASE("conv2d.1x1", torch::conv2d(img, torch::randn({4, 3, 1, 1})))
CASE("conv2d.same", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 1, "same"))
CASE("conv2d.same.even", torch::conv2d(img, torch::randn({4, 3, 2, 4}), {}, 1, "same"))
CASE("conv2d.same.dil", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 1, "same", 2))
CASE("conv2d.valid", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 2, "valid"))
CASE("conv2d.kfull", torch::conv2d(img, torch::randn({4, 3, 9, 9})))
CASE("conv2d.unbatched", torch::conv2d(img[0], torch::randn({4, 3, 3, 3})))
CASE("conv2d.emptybatch", torch::conv2d(torch::ones({0, 3, 5, 5}), torch::ones({4, 3, 3, 3})).sizes().vec())
CASE("conv2d.half", torch::conv2d(img.to(torch::kBFloat16), torch::ones({1, 3, 3, 3}, torch::kBFloat16)).sizes().vec())
CASE("conv2d.cl", torch::conv2d(img.contiguous(torch::MemoryFormat::ChannelsLast), torch::randn({4, 3, 3, 3})))
CASE("conv2d.cl.fmt",
     torch::conv2d(img.contiguous(torch::MemoryFormat::ChannelsLast), torch::randn({4, 3, 3, 3})).is_contiguous(torch::MemoryFormat::ChannelsLast))
CASE("conv2d.noncontig", torch::conv2d(img.transpose(2, 3), torch::randn({4, 3, 3, 3})))
CASE_ERROR("err.conv2d.same.stride", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 2, "same"))
CASE_ERROR("err.conv2d.ch", torch::conv2d(img, torch::randn({4, 2, 3, 3})))
CASE_ERROR("err.conv2d.groups",
     torch::conv2d(img, torch::randn({4, 1, 3, 3}), torch::Tensor(), {1, 1}, at::IntArrayRef({0, 0}), {1, 1}, 3))
CASE_ERROR("err.conv2d.big", torch::conv2d(img, torch::randn({4, 3, 10, 10})))
CASE_ERROR("err.conv2d.dtype", torch::conv2d(img, R({4, 3, 3, 3})))
CASE_ERROR("err.conv2d.bias", torch::conv2d(img, torch::randn({4, 3, 3, 3}), torch::randn({3})))
CASE_ERROR("err.conv2d.negpad", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 1, -1))
CASE_ERROR("err.conv2d.stride0", torch::conv2d(img, torch::randn({4, 3, 3, 3}), {}, 0))
CASE_ERROR("err.conv2d.dim", torch::conv2d(a, torch::randn({4, 3, 3, 3})))
CASE("conv3d", torch::conv3d(R({1, 2, 5, 6, 7}), R({3, 2, 3, 3, 3}), R({3})))
CASE("conv3d.opts", torch::conv3d(R({1, 2, 5, 6, 7}), R({4, 1, 2, 3, 3}), {}, {1, 2, 2}, {0, 1, 1}, 1, 2))
CASE("conv3d.same", torch::conv3d(R({1, 2, 4, 4, 4}), R({1, 2, 3, 3, 3}), {}, 1, "same"))
CASE("convolution", torch::convolution(img, torch::randn({4, 3, 3, 3}), {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1))
CASE("convolution.t", torch::convolution(img, torch::randn({3, 2, 3, 3}), {}, {2, 2}, {1, 1}, {1, 1}, true, {1, 1}, 1))
CASE("convT1d", torch::conv_transpose1d(R({2, 3, 5}), R({3, 4, 3}), R({4})))
CASE("convT1d.opts", torch::conv_transpose1d(R({2, 4, 5}), R({4, 2, 3}), {}, 2, 1, 1, 2, 2))
CASE("convT2d", torch::conv_transpose2d(img, torch::randn({3, 4, 3, 3})))
CASE("convT2d.opts", torch::conv_transpose2d(img, torch::randn({3, 2, 4, 4}), torch::randn({2}), 2, 1))
CASE("convT2d.outpad", torch::conv_transpose2d(img, torch::randn({3, 2, 3, 3}), {}, 2, 1, 1))
CASE("convT2d.groups.dil", torch::conv_transpose2d(img, torch::randn({3, 2, 3, 3}), {}, {2, 1}, 1, 0, 3, 2))
CASE("convT3d", torch::conv_transpose3d(R({1, 2, 3, 3, 3}), R({2, 3, 2, 2, 2}), {}, 2))
CASE_ERROR("err.convT.outpad", torch::conv_transpose2d(img, torch::randn({3, 2, 3, 3}), {}, 1, 1, 2))
CASE_GRAD("conv1d.grad",
     torch::conv1d(p.unsqueeze(0), w.view({-1}).slice(0, 0, 18).view({2, 3, 3}), v.slice(0, 0, 2), 1, 1))
CASE_GRAD("conv2d.grad", torch::conv2d(im, w.view({-1}).slice(0, 0, 12).view({1, 3, 2, 2}), v.slice(0, 0, 1), 2, 1))
CASE_GRAD("conv2d.grad.groups",
     torch::conv2d(im, w.view({-1}).slice(0, 0, 12).view({3, 1, 2, 2}), v.slice(0, 0, 3), 1, 1, 2, 3))
CASE_GRAD("conv2d.grad.same", torch::conv2d(im, w.view({-1}).slice(0, 0, 12).view({1, 3, 2, 2}), {}, 1, "same"))
CASE_GRAD("convT2d.grad",
     torch::conv_transpose2d(im, w.view({-1}).slice(0, 0, 12).view({3, 1, 2, 2}), v.slice(0, 0, 1), 2, 1, 1))
CASE_GRAD("conv3d.grad", torch::conv3d(im.unsqueeze(1), w.view({-1}).slice(0, 0, 8).view({1, 1, 2, 2, 2})))
CASE("conv2d.double.grad", [] {
  auto x = im.slice(0, 0, 1), k = w.view({-1}).slice(0, 0, 12).view({1, 3, 2, 2});
  auto y = torch::conv2d(x, k);
  auto g = torch::autograd::grad({y.pow(2).sum()}, {x, k}, {}, true, true);
  auto g2 = torch::autograd::grad({g[0].pow(2).sum() + g[1].pow(2).sum()}, {w}); return g2[0];
})
CASE("unfold", torch::im2col(img, {3, 3}, {1, 1}, {1, 1}, {2, 2}))
CASE("max_pool1d", torch::max_pool1d(seq, 2))
CASE("max_pool1d.opts", torch::max_pool1d(seq, 3, 1, 1, 1, true))
CASE("max_pool1d.idx", torch::max_pool1d_with_indices(seq, 3, 2, 1))
CASE("max_pool2d", torch::max_pool2d(img, 2))
CASE("max_pool2d.opts", torch::max_pool2d(img, {3, 2}, {2, 1}, {1, 0}))
CASE("max_pool2d.dil", torch::max_pool2d(img, 2, 1, 0, 3))
CASE("max_pool2d.ceil", torch::max_pool2d(img, 2, 2, 0, 1, true))
CASE("max_pool2d.idx", torch::max_pool2d_with_indices(img, 3, 2, 1))
CASE("max_pool2d.nan", torch::max_pool2d(z.view({1, 1, 3, 4}), 2, 1))
CASE("max_pool2d.cl",
     torch::max_pool2d(img.contiguous(torch::MemoryFormat::ChannelsLast), 3, 2).is_contiguous(torch::MemoryFormat::ChannelsLast))
CASE("max_pool2d.3d", torch::max_pool2d(img[0], 2))
CASE("max_pool2d.int.half", torch::max_pool2d(img.to(torch::kBFloat16), 2))
CASE_ERROR("err.max_pool2d.pad", torch::max_pool2d(img, 2, 1, 2))
CASE_ERROR("err.max_pool2d.small", torch::max_pool2d(img, 10))
CASE_ERROR("err.max_pool2d.dim", torch::max_pool2d(a, 2))

}  // namespace
