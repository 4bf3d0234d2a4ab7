#include "harness.h"

namespace {

AREA("sequence")


CASE("ctc.none", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}, 0, at::Reduction::None))
CASE("ctc.mean", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}))
CASE("ctc.sum", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}, 0, at::Reduction::Sum))
CASE("ctc.f32", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2).to(torch::kFloat), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}))
CASE("ctc.cat", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 4, 4}), {6, 5, 6}, {3, 2, 2}, 0, at::Reduction::None))
CASE("ctc.tensor", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), torch::tensor({6, 5, 6}), torch::tensor({3, 2, 2}), 0, at::Reduction::None))
CASE("ctc.tensor.int", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}).to(torch::kInt), torch::tensor({6, 5, 6}, torch::kInt), torch::tensor({3, 2, 2}, torch::kInt), 0, at::Reduction::None))
CASE("ctc.blank", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 1}, 3, at::Reduction::None))
CASE("ctc.empty", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 0, 1}, 0, at::Reduction::None))
CASE("ctc.emptymean", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 0, 1}, 0))
CASE("ctc.inf", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {2, 5, 1}, {3, 2, 2}, 0, at::Reduction::None))
CASE("ctc.zinf", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {2, 5, 1}, {3, 2, 2}, 0, at::Reduction::None, true))
CASE("ctc.in0", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {0, 5, 6}, {0, 2, 2}, 0, at::Reduction::None))
CASE("ctc.in0i", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {0, 5, 6}, {1, 2, 2}, 0, at::Reduction::None))
CASE("ctc.unb", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2).select(1, 0), torch::tensor({1, 2, 2}), {6}, {3}, 0, at::Reduction::None))
CASE("ctc.unb.mean", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2).select(1, 0), torch::tensor({1, 2, 2}), {6}, {3}))
CASE("ctc.unb.t", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2).select(1, 0), torch::tensor({1, 2, 2}), torch::tensor(6), torch::tensor(3)))
CASE_GRAD("ctc.grad", torch::ctc_loss(torch::log_softmax(im.select(1, 0).permute({1, 0, 2}), 2), torch::tensor({1, 2, 2, 4, 3, 7}).view({2, 3}), {8, 5}, {3, 2}))
CASE_GRAD("ctc.grad.n", torch::ctc_loss(im.select(1, 0).permute({1, 0, 2}), torch::tensor({1, 2, 2, 4, 3, 7}).view({2, 3}), {8, 5}, {3, 2}, 0, at::Reduction::None))
CASE_GRAD("ctc.grad.zinf", torch::ctc_loss(torch::log_softmax(im.select(1, 0).permute({1, 0, 2}), 2), torch::tensor({1, 2, 2, 4, 3, 7}).view({2, 3}), {8, 1}, {3, 2}, 0, at::Reduction::Sum, true))
CASE_GRAD("ctc.grad.e", torch::ctc_loss(torch::log_softmax(im.select(1, 0).permute({1, 0, 2}), 2), torch::tensor({1, 2, 2, 4, 3, 7}).view({2, 3}), {8, 5}, {0, 2}, 0, at::Reduction::Sum))
CASE_ERROR("err.ctc.len", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {7, 5, 6}, {3, 2, 2}))
CASE_ERROR("err.ctc.n", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5}, {3, 2, 2}))
CASE_ERROR("err.ctc.tl", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {4, 2, 2}))
CASE_ERROR("err.ctc.blank", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}, 5))
CASE_ERROR("err.ctc.cat", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 4}), {6, 5, 6}, {3, 2, 2}))
CASE_ERROR("err.ctc.float", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}).to(torch::kFloat), {6, 5, 6}, {3, 2, 2}))
CASE_ERROR("err.ctc.half", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2).to(torch::kHalf), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, 2, 2}))
CASE_ERROR("err.ctc.neg", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), {6, 5, 6}, {3, -2, 2}))
CASE_ERROR("err.ctc.floatlen", torch::ctc_loss(torch::log_softmax(torch::randn({6, 3, 5}, torch::kDouble), 2), torch::tensor({1, 2, 2, 4, 3, 1, 4, 4, 0}).view({3, 3}), torch::tensor({6., 5., 6.}), torch::tensor({3, 2, 2})))

}  // namespace
