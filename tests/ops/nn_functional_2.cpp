// Op table: nn_functional, part 2.
#include "harness.h"

namespace {

AREA("nn_functional")

CASE("ce.torch", torch::cross_entropy_loss(a, tgt))
CASE("rms_norm", torch::rms_norm(a, {4}))
CASE("torch.dropout", torch::dropout(torch::ones({10}), 0.5, true))
CASE("constant_pad_nd", torch::constant_pad_nd(i, {1, 1}, -7))

}  // namespace
