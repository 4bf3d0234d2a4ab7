// Op table: nn_functional, part 1.
#include "harness.h"

namespace {

AREA("nn_functional")

CASE("act.hardsigmoid", torch::hardsigmoid(a * 3))
CASE("act.hardswish", torch::hardswish(a * 3))
CASE_GRAD("act.hard.grad", torch::hardsigmoid(p * 3) + torch::hardswish(q * 3))
CASE("softmax.inf", torch::softmax(torch::tensor({-INFINITY, 0.0f, 1.0f}), 0))
CASE("softmax.allinf", torch::softmax(torch::full({2}, -INFINITY), 0))
CASE("softmax.3d", torch::softmax(img[0], 1))
CASE("softmax.0d", torch::softmax(s, 0))
CASE("softmax.empty", torch::softmax(e, 1))
CASE("softmax.half", torch::softmax(hf, -1))
CASE_ERROR("err.softmax.int", torch::softmax(i, 1))
CASE_ERROR("err.softmax.dim", torch::softmax(a, 2))
CASE("log_softmax.big", torch::log_softmax(a * 1000, 1))
CASE("mse.at", torch::mse_loss(a, b, at::Reduction::Sum))

}  // namespace
