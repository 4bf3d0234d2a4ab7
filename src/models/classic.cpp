// AlexNet, VGG, SqueezeNet, DenseNet.
#include "models/build.h"

namespace wick::models {
namespace {

nn::AnyModule half(const ModelOptions& o) { return dropout(o.dropout().value_or(0.5)); }

void build_alexnet(BlockImpl& m, const ModelOptions& o, const double*) {
  const auto widen = [](int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding) { return conv(in, out, kernel, stride, 1, true, padding); };
  m.add({{"features", chain({widen(o.in_channels(), 64, 11, 4, 2), relu(), max_pool(3, 2), widen(64, 192, 5, 1, 2), relu(), max_pool(3, 2), widen(192, 384, 3, 1, 1), relu(),
                             widen(384, 256, 3, 1, 1), relu(), widen(256, 256, 3, 1, 1), relu(), max_pool(3, 2)})},
         {"avgpool", avg_pool(6)},
         {"classifier", chain({half(o), linear(256 * 6 * 6, 4096), relu(), half(o), linear(4096, 4096), relu(), linear(4096, *o.num_classes())})}});
}

// Numbers: convolutions of each of the five stages, whether with batch normalisation.
void build_vgg(BlockImpl& m, const ModelOptions& o, const double* n) {
  nn::Sequential features;
  int64_t in = o.in_channels();
  for (size_t stage = 0; stage < 5; ++stage) {
    const int64_t out = std::min<int64_t>(64 << stage, 512);
    for (int64_t i = 0; i < integer(n[stage]); ++i) {
      features->push_back(conv(in, out, 3, 1, 1, true));
      if (n[5] != 0) features->push_back(norm(out));
      features->push_back(relu());
      in = out;
    }
    features->push_back(max_pool(2, 2));
  }
  m.add({{"features", any(features)}, {"avgpool", avg_pool(7)},
         {"classifier", chain({linear(512 * 7 * 7, 4096), relu(), half(o), linear(4096, 4096), relu(), half(o), linear(4096, *o.num_classes())})}});
  initialise(m, conv_kaiming_out, linear_normal);
}

// --- SqueezeNet ------------------------------------------------------------------------------------------------------

Tensor run_fire(BlockImpl& m, const Tensor& x) {
  const Tensor squeezed = m.call(0, 2, x);
  return wick::cat({m.call(2, 4, squeezed), m.call(4, 6, squeezed)}, 1);
}
Tensor run_squeezenet(BlockImpl& m, const Tensor& x) { return m.call(0, 2, x).flatten(1); }

// Numbers: the minor version.
void build_squeezenet(BlockImpl& m, const ModelOptions& o, const double* n) {
  const bool first_version = n[0] == 0;
  const auto layer = [](int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = 0) { return conv(in, out, kernel, stride, 1, true, padding); };
  nn::Sequential features;
  for (const nn::AnyModule& first : {layer(o.in_channels(), first_version ? 96 : 64, first_version ? 7 : 3, 2), relu(), max_pool(3, 2, 0, true)}) features->push_back(first);
  int64_t in = first_version ? 96 : 64;
  for (int i = 0; i < 8; ++i) {
    static constexpr int squeeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
    const int64_t s = squeeze[i], expand = 4 * s;
    if (first_version ? i == 3 || i == 7 : i == 2 || i == 4) features->push_back(max_pool(3, 2, 0, true));
    features->push_back(any(block("Fire", run_fire, {{"squeeze", layer(in, s, 1)}, {"squeeze_activation", relu()}, {"expand1x1", layer(s, expand, 1)}, {"expand1x1_activation", relu()},
                                                     {"expand3x3", layer(s, expand, 3, 1, 1)}, {"expand3x3_activation", relu()}})));
    in = 2 * expand;
  }
  const nn::AnyModule last = layer(512, *o.num_classes(), 1);
  m.add({{"features", any(features)}, {"classifier", chain({half(o), last, relu(), avg_pool()})}});
  const auto start = [](nn::Conv2dImpl& c) {
    nn::init::kaiming_uniform_(c.weight);
    zero_bias(c.bias);
  };
  initialise(*features, start, nullptr);
  auto& final_conv = last.get<nn::Conv2dImpl>();
  nn::init::normal_(final_conv.weight, 0, 0.01);
  zero_bias(final_conv.bias);
}

// --- DenseNet --------------------------------------------------------------------------------------------------------

// Each layer gets all that came before it, as one tensor.
Tensor run_dense_block(BlockImpl& m, const Tensor& x) {
  Tensor all = x;
  for (size_t i = 0; i < m.size(); ++i) all = wick::cat({all, m.call(i, all)}, 1);
  return all;
}
Tensor run_dense_layer(BlockImpl& m, const Tensor& x) { return m.call(0, m.size(), x); }
Tensor run_densenet(BlockImpl& m, const Tensor& x) { return m.call(1, wick::adaptive_avg_pool2d(m.call(0, x).relu_(), {1, 1}).flatten(1)); }

// Numbers: growth, layers of each block, first width.
void build_densenet(BlockImpl& m, const ModelOptions& o, const double* n) {
  const int64_t growth = integer(n[0]);
  int64_t width = integer(n[5]);
  nn::Sequential features;
  features->push_back("conv0", conv(o.in_channels(), width, 7, 2));
  features->push_back("norm0", norm(width));
  features->push_back("relu0", relu());
  features->push_back("pool0", max_pool(3, 2, 1));
  for (size_t b = 1; b <= 4; ++b) {
    Block dense = block("_DenseBlock", run_dense_block);
    for (int64_t i = 0; i < integer(n[b]); ++i, width += growth) {
      Block layer = block("_DenseLayer", run_dense_layer, {{"norm1", norm(width)}, {"relu1", relu()}, {"conv1", conv(width, 4 * growth, 1)},
                                                           {"norm2", norm(4 * growth)}, {"relu2", relu()}, {"conv2", conv(4 * growth, growth, 3)}});
      if (o.dropout().value_or(0) > 0) layer->add("dropout", dropout(*o.dropout()));
      dense->add("denselayer" + std::to_string(i + 1), any(layer));
    }
    features->push_back("denseblock" + std::to_string(b), any(dense));
    if (b == 4) break;
    nn::Sequential transition;
    transition->push_back("norm", norm(width));
    transition->push_back("relu", relu());
    transition->push_back("conv", conv(width, width / 2, 1));
    transition->push_back("pool", nn::AnyModule(nn::AvgPool2d(nn::AvgPool2dOptions(2).stride(2))));
    features->push_back("transition" + std::to_string(b), any(transition));
    width /= 2;
  }
  features->push_back("norm5", norm(width));
  m.add({{"features", any(features)}, {"classifier", linear(width, *o.num_classes())}});
  initialise(m, [](nn::Conv2dImpl& c) { nn::init::kaiming_normal_(c.weight); }, [](nn::LinearImpl& l) { zero_bias(l.bias); });
}

}  // namespace

const Family alexnet{"AlexNet", flat_head, build_alexnet, "features.0", {"classifier.6"}};
const Family vgg{"VGG", flat_head, build_vgg, "features.0", {"classifier.6"}};
const Family squeezenet{"SqueezeNet", run_squeezenet, build_squeezenet, "features.0", {"classifier.1"}};
const Family densenet{"DenseNet", run_densenet, build_densenet, "features.conv0", {"classifier"}};

}  // namespace wick::models
