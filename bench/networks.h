// Networks that several benchmarks train.
#pragma once

#include "bench.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

nn::Conv2d conv(int64_t in, int64_t out, int64_t k, int64_t stride = 1, int64_t groups = 1) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, k).stride(stride).padding(k / 2).groups(groups).bias(false));
}

struct BasicBlockImpl : nn::Module {
  BasicBlockImpl(int64_t in, int64_t out, int64_t stride) : conv1(conv(in, out, 3, stride)), bn1(out), conv2(conv(out, out, 3)), bn2(out) {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("conv2", conv2);
    register_module("bn2", bn2);
    if (stride != 1 || in != out) downsample = register_module("downsample", nn::Sequential(conv(in, out, 1, stride), nn::BatchNorm2d(out)));
  }
  Tensor forward(const Tensor& x) {
    Tensor y = torch::relu(bn1(conv1(x)));
    y = bn2(conv2(y));
    y += downsample.is_empty() ? x : downsample->forward(x);
    return torch::relu_(y);
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  nn::Sequential downsample{nullptr};
};
TORCH_MODULE(BasicBlock);

struct ResNet18Impl : nn::Module {
  explicit ResNet18Impl(bool small) : stem(small ? nn::Sequential(conv(3, 64, 3), nn::BatchNorm2d(64), nn::ReLU()) : nn::Sequential(conv(3, 64, 7, 2), nn::BatchNorm2d(64), nn::ReLU(), nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)))), fc(512, small ? 10 : 1000) {
    register_module("stem", stem);
    int64_t in = 64;
    for (int64_t out : {64, 128, 256, 512})
      for (int k = 0; k < 2; ++k) {
        layers->push_back(BasicBlock(in, out, k == 0 && out != 64 ? 2 : 1));
        in = out;
      }
    register_module("layers", layers);
    register_module("fc", fc);
  }
  Tensor forward(const Tensor& x) { return fc(layers->forward(stem->forward(x)).mean(torch::IntArrayRef{2, 3})); }
  nn::Sequential stem, layers;
  nn::Linear fc;
};
TORCH_MODULE(ResNet18);

// MobileNet v2's block: 1x1, depthwise 3x3, 1x1.
struct DepthwiseNetImpl : nn::Module {
  DepthwiseNetImpl() : fc(96, 10) {
    body->push_back(conv(3, 96, 3, 2));
    for (int k = 0; k < 4; ++k) {
      body->push_back(conv(96, 384, 1));
      body->push_back(nn::BatchNorm2d(384));
      body->push_back(nn::ReLU6());
      body->push_back(conv(384, 384, 3, 1, 384));
      body->push_back(nn::BatchNorm2d(384));
      body->push_back(nn::ReLU6());
      body->push_back(conv(384, 96, 1));
      body->push_back(nn::BatchNorm2d(96));
    }
    register_module("body", body);
    register_module("fc", fc);
  }
  Tensor forward(const Tensor& x) { return fc(body->forward(x).mean(torch::IntArrayRef{2, 3})); }
  nn::Sequential body;
  nn::Linear fc;
};
TORCH_MODULE(DepthwiseNet);

struct LstmNetImpl : nn::Module {
  LstmNetImpl() : embedding(1000, 256), lstm(nn::LSTMOptions(256, 256).num_layers(2).batch_first(true)), fc(256, 10) {
    register_module("embedding", embedding);
    register_module("lstm", lstm);
    register_module("fc", fc);
  }
  Tensor forward(const Tensor& x) { return fc(std::get<0>(lstm(embedding(x))).select(1, -1)); }
  nn::Embedding embedding;
  nn::LSTM lstm;
  nn::Linear fc;
};
TORCH_MODULE(LstmNet);

struct AttentionImpl : nn::Module {
  AttentionImpl(int64_t d, int64_t heads, bool causal) : heads(heads), causal(causal), qkv(d, 3 * d), proj(d, d) {
    register_module("qkv", qkv);
    register_module("proj", proj);
  }
  Tensor forward(const Tensor& x) {
    const int64_t B = x.size(0), T = x.size(1), d = x.size(2);
    auto parts = qkv(x).view({B, T, 3, heads, d / heads}).permute({2, 0, 3, 1, 4}).unbind(0);
    Tensor y = torch::scaled_dot_product_attention(parts[0], parts[1], parts[2], {}, 0.0, causal);
    return proj(y.transpose(1, 2).reshape({B, T, d}));
  }
  int64_t heads;
  bool causal;
  nn::Linear qkv, proj;
};
TORCH_MODULE(Attention);

struct LayerImpl : nn::Module {
  LayerImpl(int64_t d, int64_t heads, bool gpt, double p) : gpt(gpt), attention(d, heads, gpt), up(d, 4 * d), down(4 * d, d), n1(nn::LayerNormOptions({d})), n2(nn::LayerNormOptions({d})), drop(p) {
    register_module("attention", attention);
    register_module("up", up);
    register_module("down", down);
    register_module("n1", n1);
    register_module("n2", n2);
    register_module("drop", drop);
  }
  Tensor forward(Tensor x) {
    if (gpt) {
      x = x + drop(attention(n1(x)));
      return x + drop(down(torch::gelu(up(n2(x)))));
    }
    x = n1(x + drop(attention(x)));
    return n2(x + drop(down(torch::gelu(up(x)))));
  }
  bool gpt;
  Attention attention;
  nn::Linear up, down;
  nn::LayerNorm n1, n2;
  nn::Dropout drop;
};
TORCH_MODULE(Layer);

struct TransformerImpl : nn::Module {
  TransformerImpl(int64_t vocabulary, int64_t length, int64_t d, int64_t heads, int64_t depth, bool gpt, double p)
      : gpt(gpt), words(vocabulary, d), places(length, d), norm(nn::LayerNormOptions({d})), head(d, gpt ? vocabulary : 2) {
    register_module("words", words);
    register_module("places", places);
    for (int64_t k = 0; k < depth; ++k) layers->push_back(Layer(d, heads, gpt, p));
    register_module("layers", layers);
    register_module("norm", norm);
    register_module("head", head);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = norm(layers->forward(words(x) + places(torch::arange(x.size(1), torch::kLong))));
    return gpt ? head(y).flatten(0, 1) : head(y.select(1, 0));
  }
  bool gpt;
  nn::Embedding words, places;
  nn::Sequential layers;
  nn::LayerNorm norm;
  nn::Linear head;
};
TORCH_MODULE(Transformer);
