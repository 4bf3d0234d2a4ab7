// Op table: nn_functional, part 2.
#include "harness.h"

namespace {

AREA("nn_functional")

CASE("ce.torch", torch::cross_entropy_loss(a, tgt))
CASE("rms_norm", torch::rms_norm(a, {4}))
CASE("torch.dropout", torch::dropout(torch::ones({10}), 0.5, true))
CASE("constant_pad_nd", torch::constant_pad_nd(i, {1, 1}, -7))
CASE("bce.squeezed", torch::binary_cross_entropy(torch::linspace(0.1, 0.9, 4).view({4, 1}), torch::tensor({0.f, 1.f, 1.f, 0.f})))

}  // namespace
