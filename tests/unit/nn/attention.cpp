// Attention and transformers with the options that only Python has, against its numbers.
#include "nn/golden.h"

namespace wick::test {
namespace {

using golden::graded;
using golden::leaf;
using MHA = nn::MultiheadAttentionOptions;

Tensor some(std::vector<int64_t> sizes) {
  int64_t n = 1;
  for (const int64_t s : sizes) n *= s;
  return (arange(n) % 3 == 1).view(sizes);
}
Tensor causal(int64_t n) { return nn::TransformerImpl::generate_square_subsequent_mask(n); }

struct Call {
  Tensor padding, mask;
  bool weights = true, average = true, causal = false;
};

void expect_attention(const char* name, const MHA& options, std::vector<std::vector<int64_t>> sizes, const Call& c = {}) {
  manual_seed(11);
  nn::MultiheadAttention m(options);
  std::vector<Tensor> in;
  for (const auto& s : sizes) in.push_back(leaf(s));
  const Tensor q = in[0], k = in.size() > 1 ? in[1] : q, v = in.size() > 2 ? in[2] : k;
  const auto [y, w] = m(q, k, v, c.padding, c.weights, c.mask, c.average, c.causal);
  EXPECT_EQ(w.defined(), c.weights);
  auto results = graded(y, in, m);
  if (w.defined()) results.push_back(w);
  golden::expect("attention", name, results);
}

TEST(Attention, Forms) {
  expect_attention("mha", MHA(4, 2), {{3, 2, 4}});
  expect_attention("mha.batch_first", MHA(4, 2).batch_first(true), {{2, 3, 4}});
  expect_attention("mha.unbatched", MHA(4, 2).batch_first(true), {{3, 4}});
  expect_attention("mha.unbatched.padding", MHA(4, 2), {{3, 4}, {2, 4}}, {tensor({false, true}), {}});
  expect_attention("mha.cross", MHA(4, 2).batch_first(true).bias(false), {{2, 3, 4}, {2, 5, 4}});
  expect_attention("mha.kdim", MHA(4, 2).kdim(3).vdim(5), {{3, 2, 4}, {4, 2, 3}, {4, 2, 5}});
  expect_attention("mha.heads", MHA(4, 2), {{3, 2, 4}}, {{}, {}, true, false});
  expect_attention("mha.dropout", MHA(4, 2).dropout(0.4), {{3, 2, 4}});
  expect_attention("mha.dropout.no_weights", MHA(4, 2).dropout(0.4), {{3, 2, 4}}, {{}, {}, false});
}

TEST(Attention, Masks) {
  expect_attention("mha.bias_kv", MHA(4, 2).add_bias_kv(true).add_zero_attn(true), {{3, 2, 4}}, {tensor({false, false, true, false, false, false}).view({2, 3}), some({3, 3})});
  expect_attention("mha.mask.float", MHA(4, 2), {{3, 2, 4}}, {linspace(-2, 0, 6).view({2, 3}), linspace(-1, 1, 9).view({3, 3})});
  expect_attention("mha.mask.3d", MHA(4, 2), {{3, 2, 4}}, {{}, some({4, 3, 3})});
  expect_attention("mha.no_weights", MHA(4, 2), {{3, 2, 4}}, {{}, tensor({false, false, false, true, true, true, false, true, false}).view({3, 3}), false});
  expect_attention("mha.causal", MHA(4, 2), {{3, 2, 4}}, {{}, causal(3), false, true, true});
  expect_attention("mha.causal.weights", MHA(4, 2), {{3, 2, 4}}, {{}, causal(3), true, true, true});
}

TEST(Attention, Errors) {
  nn::MultiheadAttention m(4, 2);
  const Tensor x = ones({3, 2, 4});
  const auto with = [&](Tensor padding, Tensor mask, bool hint = false) { return error_of([&] { m(x, x, x, padding, true, mask, true, hint); }); };
  EXPECT_TRUE(contains(with({}, {}, true), "need attn_mask if specifying the is_causal hint"));
  EXPECT_TRUE(contains(with({}, ones({2, 2}, kBool)), "[2, 2], but should be [3, 3]"));
  EXPECT_TRUE(contains(with({}, ones({2, 3, 3}, kBool)), "[2, 3, 3], but should be [4, 3, 3]"));
  EXPECT_TRUE(contains(with(ones({3, 2}, kBool), {}), "key_padding_mask shape of [2, 3], but got [3, 2]"));
  EXPECT_TRUE(contains(with(ones({2, 3}, kLong), {}), "only bool and floating types of key_padding_mask are supported, got Long"));
  EXPECT_TRUE(contains(error_of([&] { m(x.select(1, 0), x, x); }), "unbatched query"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { nn::MultiheadAttention(0, 2); }), "greater than 0, got embed_dim=0"));
}

// A module of several, with numbers drawn parameter by parameter.
template <class M>
void fill(const M& m) {
  manual_seed(11);
  for (const Tensor& p : m->parameters()) nn::init::uniform_(p, -0.5, 0.5);
}

// The four sets of options of the golden cases.
template <class O>
O with(O o, const std::string& name) {
  if (name == "pre") o.norm_first(true).batch_first(true);
  if (name == "no_bias") o.bias(false).layer_norm_eps(0.1).activation(kGELU);
  if (name == "function") o.activation([](const Tensor& x) { return x.tanh(); }).batch_first(true);
  return o;
}

TEST(Transformer, Options) {
  for (const std::string name : {"plain", "pre", "no_bias", "function"}) {
    manual_seed(11);
    nn::TransformerEncoderLayer layer(with(nn::TransformerEncoderLayerOptions(4, 2).dim_feedforward(6).dropout(0.2), name));
    const Tensor x = leaf({3, 2, 4});
    golden::expect("attention", "encoder_layer." + name, graded(layer(x), {x}, layer));

    manual_seed(11);
    nn::TransformerDecoderLayer decoder(with(nn::TransformerDecoderLayerOptions(4, 2).dim_feedforward(6).dropout(0), name));
    const Tensor t = leaf({3, 3, 4}), memory = leaf({3, 3, 4});
    golden::expect("attention", "decoder_layer." + name, graded(decoder(t, memory, causal(3), Tensor(), Tensor(), some({3, 3}), true), {t, memory}, decoder));

    nn::Transformer whole(with(nn::TransformerOptions(4, 2, 1, 2).dim_feedforward(6).dropout(0), name));
    fill(whole);
    const Tensor s = leaf({3, 3, 4}), u = leaf({3, 3, 4});
    golden::expect("attention", "transformer." + name, graded(whole(s, u, Tensor(), causal(3), Tensor(), some({3, 3}), Tensor(), Tensor(), std::nullopt, true), {s, u}));

    nn::Transformer another(with(nn::TransformerOptions(4, 2, 1, 2).dim_feedforward(6).dropout(0), name));
    std::stringstream stream;
    save(whole, stream);
    load(another, stream);
    const nn::Transformer copy(std::dynamic_pointer_cast<nn::TransformerImpl>(whole->clone()));
    EXPECT_TRUE(same_bits(whole(s, u), another(s, u)));
    EXPECT_TRUE(same_bits(whole(s, u), nn::Transformer(copy)(s, u)));
  }
}

TEST(Transformer, UnbatchedAndStacks) {
  nn::Transformer whole(nn::TransformerOptions(4, 2, 1, 1).dim_feedforward(6).dropout(0));
  fill(whole);
  const Tensor s = leaf({2, 4}), t = leaf({3, 4});
  golden::expect("attention", "transformer.unbatched", graded(whole(s, t, causal(2), Tensor(), Tensor(), Tensor(), Tensor(), Tensor(), true), {s, t}));
  EXPECT_TRUE(contains(error_of([&] { whole(s, t.unsqueeze(1)); }), "but got 2 and 3"));

  nn::TransformerEncoder stack(nn::TransformerEncoderOptions(nn::TransformerEncoderLayerOptions(4, 2).dim_feedforward(6).dropout(0).batch_first(true), 2)
                                   .norm(nn::AnyModule(nn::LayerNorm(nn::LayerNormOptions({4})))));
  fill(stack);
  const Tensor x = leaf({2, 3, 4});
  golden::expect("attention", "encoder.stack", graded(stack(x, causal(3), Tensor(), true), {x}, stack));
}

}  // namespace
}  // namespace wick::test
