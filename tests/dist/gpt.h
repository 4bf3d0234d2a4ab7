// A small GPT for the tests of sharding.
#pragma once

#include <wick/wick.h>

namespace gpt {

using namespace wick;

struct Sizes { int64_t vocabulary = 32, length = 8, width = 16, blocks = 3, heads = 2; bool tied = false, norm = false, checkpoint = false; double dropout = 0; };

struct BlockImpl : nn::Module {
  explicit BlockImpl(const Sizes& s) : heads(s.heads) {
    const int64_t w = s.width;
    a = reg("ln_1", nn::LayerNorm(nn::LayerNormOptions({w})));
    b = reg("ln_2", nn::LayerNorm(nn::LayerNormOptions({w})));
    qkv = reg("qkv", nn::Linear(nn::LinearOptions(w, 3 * w).bias(false)));  // a bias of the keys changes nothing: its gradient is noise, which Adam would blow up
    out = reg("out", nn::Linear(w, w));
    up = reg("up", nn::Linear(w, 4 * w));
    down = reg("down", nn::Linear(4 * w, w));
  }
  Tensor forward(Tensor x) {
    const auto parts = qkv(a(x)).view({x.size(0), x.size(1), 3, heads, x.size(2) / heads}).permute({2, 0, 3, 1, 4}).unbind(0);
    Tensor y = scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0.0, true);
    x = x + out(y.transpose(1, 2).reshape(x.sizes()));
    return x + down(gelu(up(b(x))));
  }
  int64_t heads;
  nn::LayerNorm a{nullptr}, b{nullptr};
  nn::Linear qkv{nullptr}, out{nullptr}, up{nullptr}, down{nullptr};
};
WICK_MODULE(Block);

struct GPTImpl : nn::Module {
  explicit GPTImpl(const Sizes& sizes) : s(sizes) {
    tokens = reg("tokens", nn::Embedding(s.vocabulary, s.width));
    places = reg("places", randn({s.length, s.width}).mul(0.1));
    list = reg("blocks", nn::ModuleList());
    for (int64_t i = 0; i < s.blocks; ++i) {
      blocks.emplace_back(s);
      list->push_back(blocks.back());
    }
    if (s.norm) bn = reg("bn", nn::BatchNorm1d(s.width));
    last = reg("last", nn::LayerNorm(nn::LayerNormOptions({s.width})));
    if (!s.tied) head = reg("head", nn::Linear(nn::LinearOptions(s.width, s.vocabulary).bias(false)));
  }
  Tensor forward(Tensor ids) {
    Tensor x = tokens(ids) + places;
    if (bn) x = bn(x.transpose(1, 2)).transpose(1, 2);
    for (Block& b : blocks) x = s.checkpoint ? autograd::checkpoint([&b](const Tensor& t) { return b(t); }, x) : b(x);
    x = last(x);
    return head ? head(x) : nn::functional::linear(x, tokens->weight);
  }
  Sizes s;
  nn::Embedding tokens{nullptr};
  Tensor places;
  nn::ModuleList list{nullptr};
  std::vector<Block> blocks;
  nn::BatchNorm1d bn{nullptr};
  nn::LayerNorm last{nullptr};
  nn::Linear head{nullptr};
};
WICK_MODULE(GPT);

}  // namespace gpt
