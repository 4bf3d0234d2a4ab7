// In float32 attention is computed block by block: it must equal its definition, which float64 follows.
#include <gtest/gtest.h>

#include <wick/core/memory.h>
#include <wick/wick.h>

#include "support.h"

namespace wick {
namespace {

std::vector<Tensor> run(const std::vector<Tensor>& leaves, const Tensor& mask, bool causal) {
  std::vector<Tensor> x;
  for (const Tensor& t : leaves) x.push_back(t.detach().clone().requires_grad_());
  const std::optional<Tensor> m = mask.defined() ? std::optional<Tensor>(mask.is_floating_point() ? mask.to(x[0].scalar_type()) : mask) : std::nullopt;
  const Tensor y = scaled_dot_product_attention(x[0].transpose(1, 2), x[1].transpose(1, 2), x[2].transpose(1, 2), m, 0.0, causal);
  std::vector<Tensor> r = autograd::grad({y}, x, {arange(y.numel(), y.options().requires_grad(false)).view(y.sizes()).sin()});
  r.push_back(y.detach());
  return r;
}

TEST(Attention, BlocksEqualTheDefinition) {
  for (const auto& [queries, keys] : {std::pair<int64_t, int64_t>{5, 7}, {200, 130}, {129, 500}}) {
    manual_seed(2);
    const std::vector<Tensor> x{randn({2, queries, 3, 20}), randn({2, keys, 3, 20}), randn({2, keys, 3, 20})};
    std::vector<Tensor> wide;
    for (const Tensor& t : x) wide.push_back(t.to(kDouble));
    Tensor some = rand({queries, keys}) > 0.3;
    some[1].fill_(false);  // sees nothing
    const auto both = [&](const Tensor& mask, bool causal) {
      const auto got = run(x, mask, causal), want = run(wide, mask, causal);
      for (size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(allclose(got[i].to(kDouble), want[i], 1e-4, 2e-5)) << "result " << i << ", " << queries << " queries, " << keys << " keys";
      const int before = get_num_threads();
      set_num_threads(1);
      const auto alone = run(x, mask, causal);
      set_num_threads(before);
      for (size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(test::same_bits(got[i], alone[i])) << "threads change result " << i;
    };
    both({}, false);
    both({}, true);
    both(some, false);
    both(randn({2, 1, 1, keys}), false);
  }
}

TEST(Attention, MemoryGrowsWithTheLengthAlone) {
  const Tensor x = randn({1, 1, 4096, 16}).requires_grad_();
  reset_peak_memory_stats();
  const auto before = memory_stats().current_bytes;
  scaled_dot_product_attention(x, x, x).sum().backward();
  const auto grown = memory_stats().peak_bytes - before;
  EXPECT_LT(grown, 16 << 20) << "4096 x 4096 weights would take 64 MB";
}

TEST(Attention, LayersGiveTheSameWithAndWithoutWeights) {
  manual_seed(6);
  for (bool extra : {false, true}) {
    nn::MultiheadAttention layer(nn::MultiheadAttentionOptions(12, 3).add_bias_kv(extra).add_zero_attn(extra));
    const Tensor q = randn({5, 2, 12}), kv = randn({7, 2, 12}), padding = tensor({0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1}).view({2, 7}).to(kBool);
    for (const Tensor& mask : {Tensor(), ones({5, 7}, kBool).triu(3), randn({5, 7}), randn({6, 5, 7})})
      for (const Tensor& hidden : {Tensor(), padding}) {
        const Tensor with = std::get<0>(layer->forward(q, kv, kv, hidden, true, mask)), without = std::get<0>(layer->forward(q, kv, kv, hidden, false, mask));
        EXPECT_TRUE(allclose(with, without, 1e-4, 1e-5)) << "mask " << (mask.defined() ? mask.dim() : 0) << (hidden.defined() ? ", padding" : "");
      }
  }
}

TEST(Attention, SecondDerivatives) {
  manual_seed(5);
  const auto penalty = [](const Tensor& x) {
    const Tensor y = scaled_dot_product_attention(x, x, x, {}, 0.0, true).square().sum();
    return autograd::grad({y}, {x}, {}, true, true)[0].square().sum();
  };
  const Tensor x = randn({1, 1, 3, 4}), step = randn({1, 1, 3, 4});
  Tensor at = x.detach().clone().requires_grad_();
  const double got = (autograd::grad({penalty(at)}, {at})[0] * step).sum().item<double>(), h = 1e-2;
  const double want = (penalty((x + h * step).requires_grad_()) - penalty((x - h * step).requires_grad_())).item<double>() / (2 * h);
  EXPECT_NEAR(got, want, 1e-2 * (1 + std::abs(want)));
}

}  // namespace
}  // namespace wick
