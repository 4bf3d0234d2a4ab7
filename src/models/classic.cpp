// AlexNet, VGG, SqueezeNet, DenseNet.
#include "models/build.h"

namespace wick::models {
namespace {

nn::Dropout dropout(const ModelOptions& o, double standard) { return nn::Dropout(o.dropout().value_or(standard)); }

void build_alexnet(BlockImpl& m, const ModelOptions& o, const double*) {
  const auto widen = [](int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t padding) { return conv(in, out, kernel, stride, 1, true, padding); };
  // In braces: made from left to right, as the random numbers are drawn.
  m.add("features", nn::Sequential{widen(o.in_channels(), 64, 11, 4, 2), relu(), max_pool(3, 2), widen(64, 192, 5, 1, 2), relu(), max_pool(3, 2), widen(192, 384, 3, 1, 1), relu(),
                                   widen(384, 256, 3, 1, 1), relu(), widen(256, 256, 3, 1, 1), relu(), max_pool(3, 2)});
  m.add("avgpool", avg_pool(6));
  m.add("classifier", nn::Sequential{dropout(o, 0.5), nn::Linear(256 * 6 * 6, 4096), relu(), dropout(o, 0.5), nn::Linear(4096, 4096), relu(), nn::Linear(4096, *o.num_classes())});
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
  m.add("features", features).add("avgpool", avg_pool(7));
  m.add("classifier", nn::Sequential(nn::Linear(512 * 7 * 7, 4096), relu(), dropout(o, 0.5), nn::Linear(4096, 4096), relu(), dropout(o, 0.5), nn::Linear(4096, *o.num_classes())));
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
  nn::Sequential features(layer(o.in_channels(), first_version ? 96 : 64, first_version ? 7 : 3, 2), relu(), max_pool(3, 2, 0, true));
  int64_t in = first_version ? 96 : 64;
  for (int i = 0; i < 8; ++i) {
    static constexpr int squeeze[] = {16, 16, 32, 32, 48, 48, 64, 64};
    const int64_t s = squeeze[i], expand = 4 * s;
    if (first_version ? i == 3 || i == 7 : i == 2 || i == 4) features->push_back(max_pool(3, 2, 0, true));
    Block fire("Fire", run_fire);
    fire->add("squeeze", layer(in, s, 1)).add("squeeze_activation", relu()).add("expand1x1", layer(s, expand, 1)).add("expand1x1_activation", relu());
    fire->add("expand3x3", layer(s, expand, 3, 1, 1)).add("expand3x3_activation", relu());
    features->push_back(fire);
    in = 2 * expand;
  }
  const nn::Conv2d last = layer(512, *o.num_classes(), 1);
  m.add("features", features).add("classifier", nn::Sequential(dropout(o, 0.5), last, relu(), avg_pool()));
  const auto start = [](nn::Conv2dImpl& c) {
    nn::init::kaiming_uniform_(c.weight);
    zero_bias(c.bias);
  };
  initialise(*features, start, nullptr);
  nn::init::normal_(last->weight, 0, 0.01);
  zero_bias(last->bias);
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
    Block block("_DenseBlock", run_dense_block);
    for (int64_t i = 0; i < integer(n[b]); ++i, width += growth) {
      Block layer("_DenseLayer", run_dense_layer);
      layer->add("norm1", norm(width)).add("relu1", relu()).add("conv1", conv(width, 4 * growth, 1));
      layer->add("norm2", norm(4 * growth)).add("relu2", relu()).add("conv2", conv(4 * growth, growth, 3));
      if (o.dropout().value_or(0) > 0) layer->add("dropout", nn::Dropout(*o.dropout()));
      block->add("denselayer" + std::to_string(i + 1), layer);
    }
    features->push_back("denseblock" + std::to_string(b), block);
    if (b == 4) break;
    nn::Sequential transition;
    transition->push_back("norm", norm(width));
    transition->push_back("relu", relu());
    transition->push_back("conv", conv(width, width / 2, 1));
    transition->push_back("pool", nn::AvgPool2d(nn::AvgPool2dOptions(2).stride(2)));
    features->push_back("transition" + std::to_string(b), transition);
    width /= 2;
  }
  features->push_back("norm5", norm(width));
  m.add("features", features).add("classifier", nn::Linear(width, *o.num_classes()));
  initialise(m, [](nn::Conv2dImpl& c) { nn::init::kaiming_normal_(c.weight); }, [](nn::LinearImpl& l) { zero_bias(l.bias); });
}

}  // namespace

const Family alexnet{"AlexNet", flat_head, build_alexnet, "features.0", {"classifier.6"}};
const Family vgg{"VGG", flat_head, build_vgg, "features.0", {"classifier.6"}};
const Family squeezenet{"SqueezeNet", run_squeezenet, build_squeezenet, "features.0", {"classifier.1"}};
const Family densenet{"DenseNet", run_densenet, build_densenet, "features.conv0", {"classifier"}};

}  // namespace wick::models
