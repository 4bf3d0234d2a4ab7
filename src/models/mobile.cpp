// MobileNet v2 and v3, MNASNet, ShuffleNet v2, EfficientNet v1 and v2.
#include <cmath>

#include "models/build.h"

namespace wick::models {
namespace {

using UnitOptions = Conv2dNormActivationOptions;

// A last layer behind global means and dropout.
nn::AnyModule dropout_linear(double p, int64_t in, int64_t classes, bool inplace = true) {
  return chain({dropout(p, inplace), linear(in, classes)});
}
// Children but the last, means over the pixels, the last: where the reference averages without a module.
Tensor run_mean_head(BlockImpl& m, const Tensor& x) { return m.call(m.size() - 1, m.call(0, m.size() - 1, x).mean(IntArrayRef({2, 3}))); }
Tensor run_residual(BlockImpl& m, const Tensor& x) { return x.add(m.call(0, x)); }
Tensor run_first(BlockImpl& m, const Tensor& x) { return m.call(0, x); }

// --- MobileNet v2 ------------------------------------------------------------------------------------------------------

void build_mobilenet_v2(BlockImpl& m, const ModelOptions& o, const double*) {
  static constexpr int rows[][4] = {{1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}};
  nn::Sequential features;
  features->push_back(unit(UnitOptions(o.in_channels(), 32).stride(2).activation(Activation::relu6)));
  int64_t in = 32;
  for (const auto& [expand, out, repeats, first_stride] : rows) {
    for (int i = 0; i < repeats; ++i) {
      const int64_t hidden = in * expand, stride = i ? 1 : first_stride;
      nn::Sequential layers;
      if (expand != 1) layers->push_back(unit(UnitOptions(in, hidden, 1).activation(Activation::relu6)));
      layers->push_back(unit(UnitOptions(hidden, hidden).stride(stride).groups(hidden).activation(Activation::relu6)));
      layers->push_back(conv(hidden, out, 1));
      layers->push_back(norm(out));
      features->push_back(any(block("InvertedResidual", stride == 1 && in == out ? run_residual : run_first, {{"conv", any(layers)}})));
      in = out;
    }
  }
  features->push_back(unit(UnitOptions(in, 1280, 1).activation(Activation::relu6)));
  m.add({{"features", any(features)}, {"classifier", dropout_linear(o.dropout().value_or(0.2), 1280, *o.num_classes(), false)}});
  initialise(m, conv_kaiming_out, linear_normal);
}

// --- MobileNet v3 ------------------------------------------------------------------------------------------------------

Tensor run_add_to(BlockImpl& m, const Tensor& x) { return m.call(0, x).add_(x); }

struct V3Row {
  int kernel, expanded, out;
  bool squeeze, hardswish;
  int stride;
};
constexpr V3Row v3_large[] = {{3, 16, 16, false, false, 1}, {3, 64, 24, false, false, 2}, {3, 72, 24, false, false, 1}, {5, 72, 40, true, false, 2}, {5, 120, 40, true, false, 1},
                              {5, 120, 40, true, false, 1}, {3, 240, 80, false, true, 2}, {3, 200, 80, false, true, 1}, {3, 184, 80, false, true, 1}, {3, 184, 80, false, true, 1},
                              {3, 480, 112, true, true, 1}, {3, 672, 112, true, true, 1}, {5, 672, 160, true, true, 2}, {5, 960, 160, true, true, 1}, {5, 960, 160, true, true, 1}};
constexpr V3Row v3_small[] = {{3, 16, 16, true, false, 2}, {3, 72, 24, false, false, 2}, {3, 88, 24, false, false, 1}, {5, 96, 40, true, true, 2}, {5, 240, 40, true, true, 1}, {5, 240, 40, true, true, 1},
                              {5, 120, 48, true, true, 1}, {5, 144, 48, true, true, 1}, {5, 288, 96, true, true, 2}, {5, 576, 96, true, true, 1}, {5, 576, 96, true, true, 1}};

// Numbers: whether large.
void build_mobilenet_v3(BlockImpl& m, const ModelOptions& o, const double* n) {
  const bool large = n[0] != 0;
  const ArrayRef<V3Row> rows = large ? ArrayRef<V3Row>(v3_large) : ArrayRef<V3Row>(v3_small);
  const auto like = [](int64_t in, int64_t out, int64_t kernel, Activation a) { return UnitOptions(in, out, kernel).eps(0.001).momentum(0.01).activation(a); };
  nn::Sequential features;
  features->push_back(unit(like(o.in_channels(), 16, 3, Activation::hardswish).stride(2)));
  int64_t in = 16;
  for (const V3Row& r : rows) {
    const Activation a = r.hardswish ? Activation::hardswish : Activation::relu;
    nn::Sequential layers;
    if (r.expanded != in) layers->push_back(unit(like(in, r.expanded, 1, a)));
    layers->push_back(unit(like(r.expanded, r.expanded, r.kernel, a).stride(r.stride).groups(r.expanded)));
    if (r.squeeze) layers->push_back(any(SqueezeExcitation(r.expanded, make_divisible(r.expanded / 4), Activation::relu, Activation::hardsigmoid)));
    layers->push_back(unit(like(r.expanded, r.out, 1, Activation::none)));
    features->push_back(any(block("InvertedResidual", r.stride == 1 && in == r.out ? run_add_to : run_first, {{"block", any(layers)}})));
    in = r.out;
  }
  features->push_back(unit(like(in, 6 * in, 1, Activation::hardswish)));
  const int64_t last = large ? 1280 : 1024;
  m.add({{"features", any(features)}, {"avgpool", avg_pool()},
         {"classifier", chain({linear(6 * in, last), activation_layer(Activation::hardswish), dropout(o.dropout().value_or(0.2), true), linear(last, *o.num_classes())})}});
  initialise(m, conv_kaiming_out, linear_normal);
}

// --- MNASNet -----------------------------------------------------------------------------------------------------------

Tensor run_layers_add(BlockImpl& m, const Tensor& x) { return m.call(0, x).add(x); }

// A convolution, its normalisation and, but for `linear` ones, ReLU, at the end of a list.
struct Shape {
  int64_t in, out, kernel, stride = 1, groups = 1;
};
void append(nn::Sequential& to, const Shape& s, double momentum, bool activate = true) {
  to->push_back(conv(s.in, s.out, s.kernel, s.stride, s.groups));
  to->push_back(norm(s.out, 1e-5, momentum));
  if (activate) to->push_back(relu());
}

// Numbers: factor of the widths.
void build_mnasnet(BlockImpl& m, const ModelOptions& o, const double* n) {
  constexpr double momentum = 1 - 0.9997;
  static constexpr int rows[][4] = {{3, 2, 3, 3}, {5, 2, 3, 3}, {5, 2, 6, 3}, {3, 1, 6, 2}, {5, 2, 6, 4}, {3, 1, 6, 1}};  // kernel, stride, expansion, repeats
  int64_t widths[8];
  for (size_t i = 0; i < 8; ++i) {
    static constexpr int plain[] = {32, 16, 24, 40, 80, 96, 192, 320};
    widths[i] = make_divisible(plain[i] * n[0]);
  }
  nn::Sequential layers;
  append(layers, {o.in_channels(), widths[0], 3, 2}, momentum);
  append(layers, {widths[0], widths[0], 3, 1, widths[0]}, momentum);
  append(layers, {widths[0], widths[1], 1}, momentum, false);
  int64_t in = widths[1];
  for (size_t s = 0; s < 6; ++s) {
    const auto& [kernel, first_stride, expand, repeats] = rows[s];
    nn::Sequential stack;
    for (int i = 0; i < repeats; ++i) {
      const int64_t out = widths[s + 2], hidden = in * expand, stride = i ? 1 : first_stride;
      nn::Sequential inner;
      append(inner, {in, hidden, 1}, momentum);
      append(inner, {hidden, hidden, kernel, stride, hidden}, momentum);
      append(inner, {hidden, out, 1}, momentum, false);
      stack->push_back(any(block("_InvertedResidual", in == out && stride == 1 ? run_layers_add : run_first, {{"layers", any(inner)}})));
      in = out;
    }
    layers->push_back(any(stack));
  }
  append(layers, {in, 1280, 1}, momentum);
  m.add({{"layers", any(layers)}, {"classifier", dropout_linear(o.dropout().value_or(0.2), 1280, *o.num_classes())}});
  initialise(m, conv_kaiming_out, [](nn::LinearImpl& l) {
    nn::init::kaiming_uniform_(l.weight, 0, kFanOut, kSigmoid);
    zero_bias(l.bias);
  });
}

// --- ShuffleNet v2 -----------------------------------------------------------------------------------------------------

Tensor run_shuffle(BlockImpl& m, const Tensor& x) {
  const bool strided = m.number(0) > 1;
  std::vector<Tensor> halves = strided ? std::vector<Tensor>{x, x} : x.chunk(2, 1);
  if (strided) halves[0] = m.call(0, x);
  halves[1] = m.call(1, halves[1]);
  return wick::channel_shuffle(wick::cat(halves, 1), 2);
}

// Numbers: widths of the stages and of the end.
void build_shufflenet(BlockImpl& m, const ModelOptions& o, const double* n) {
  nn::Sequential first;
  append(first, {o.in_channels(), 24, 3, 2}, 0.1);
  m.add({{"conv1", any(first)}, {"maxpool", max_pool(3, 2, 1)}});
  int64_t in = 24;
  for (int stage = 0; stage < 3; ++stage) {
    nn::Sequential layers;
    const int64_t out = integer(n[stage]), half = out / 2;
    for (int i = 0; i < (stage == 1 ? 8 : 4); ++i) {
      const int64_t stride = i ? 1 : 2;
      nn::Sequential branch1, branch2;
      if (stride > 1) {
        append(branch1, {in, in, 3, stride, in}, 0.1, false);
        append(branch1, {in, half, 1}, 0.1);
      }
      append(branch2, {stride > 1 ? in : half, half, 1}, 0.1);
      append(branch2, {half, half, 3, stride, half}, 0.1, false);
      append(branch2, {half, half, 1}, 0.1);
      Block b = block("InvertedResidual", run_shuffle, {{"branch1", any(branch1)}, {"branch2", any(branch2)}});
      b->with({static_cast<double>(stride)});
      layers->push_back(any(b));
      in = out;
    }
    m.add("stage" + std::to_string(stage + 2), any(layers));
  }
  nn::Sequential last;
  append(last, {in, integer(n[3]), 1}, 0.1);
  m.add({{"conv5", any(last)}, {"fc", linear(integer(n[3]), *o.num_classes())}});
}

// --- EfficientNet ------------------------------------------------------------------------------------------------------

Tensor run_mbconv(BlockImpl& m, const Tensor& x) {
  const Tensor y = m.call(0, x);
  return m.number(0) != 0 ? m.call(1, y).add_(x) : y;
}

struct EfficientRow {
  bool fused;
  int expand, kernel, stride, in, out, layers;
};
constexpr EfficientRow efficient_b[] = {{false, 1, 3, 1, 32, 16, 1}, {false, 6, 3, 2, 16, 24, 2}, {false, 6, 5, 2, 24, 40, 2}, {false, 6, 3, 2, 40, 80, 3},
                                        {false, 6, 5, 1, 80, 112, 3}, {false, 6, 5, 2, 112, 192, 4}, {false, 6, 3, 1, 192, 320, 1}};
constexpr EfficientRow efficient_s[] = {{true, 1, 3, 1, 24, 24, 2}, {true, 4, 3, 2, 24, 48, 4}, {true, 4, 3, 2, 48, 64, 4},
                                        {false, 4, 3, 2, 64, 128, 6}, {false, 6, 3, 1, 128, 160, 9}, {false, 6, 3, 2, 160, 256, 15}};
constexpr EfficientRow efficient_m[] = {{true, 1, 3, 1, 24, 24, 3}, {true, 4, 3, 2, 24, 48, 5}, {true, 4, 3, 2, 48, 80, 5}, {false, 4, 3, 2, 80, 160, 7},
                                        {false, 6, 3, 1, 160, 176, 14}, {false, 6, 3, 2, 176, 304, 18}, {false, 6, 3, 1, 304, 512, 5}};
constexpr EfficientRow efficient_l[] = {{true, 1, 3, 1, 32, 32, 4}, {true, 4, 3, 2, 32, 64, 7}, {true, 4, 3, 2, 64, 96, 7}, {false, 4, 3, 2, 96, 192, 10},
                                        {false, 6, 3, 1, 192, 224, 19}, {false, 6, 3, 2, 224, 384, 25}, {false, 6, 3, 1, 384, 640, 7}};

nn::AnyModule mbconv(const EfficientRow& r, int64_t in, int64_t out, int64_t stride, double drop, double eps, double momentum) {
  const auto like = [&](int64_t a, int64_t b, int64_t kernel, Activation act = Activation::silu) { return UnitOptions(a, b, kernel).eps(eps).momentum(momentum).activation(act); };
  const int64_t expanded = make_divisible(static_cast<double>(in * r.expand));
  nn::Sequential layers;
  if (r.fused && expanded == in) {
    layers->push_back(unit(like(in, out, r.kernel).stride(stride)));
  } else {
    if (r.fused) layers->push_back(unit(like(in, expanded, r.kernel).stride(stride)));
    else if (expanded != in) layers->push_back(unit(like(in, expanded, 1)));
    if (!r.fused) {
      layers->push_back(unit(like(expanded, expanded, r.kernel).stride(stride).groups(expanded)));
      layers->push_back(any(SqueezeExcitation(expanded, std::max<int64_t>(1, in / 4), Activation::silu)));
    }
    layers->push_back(unit(like(expanded, out, 1, Activation::none)));
  }
  Block b = block(r.fused ? "FusedMBConv" : "MBConv", run_mbconv, {{"block", any(layers)}, {"stochastic_depth", drop_path(drop)}});
  b->with({stride == 1 && in == out ? 1.0 : 0.0});
  return any(b);
}

void build_efficient(BlockImpl& m, const ModelOptions& o, ArrayRef<EfficientRow> rows, double wide, double deep, int64_t last, double drop, double eps, double momentum) {
  const auto width = [wide](int64_t c) { return make_divisible(static_cast<double>(c) * wide); };
  const auto depth = [deep](int layers) { return static_cast<int>(std::ceil(layers * deep)); };
  const auto like = [&](int64_t in, int64_t out, int64_t kernel) { return UnitOptions(in, out, kernel).eps(eps).momentum(momentum).activation(Activation::silu); };
  int total = 0, id = 0;
  for (const EfficientRow& r : rows) total += depth(r.layers);
  nn::Sequential features;
  features->push_back(unit(like(o.in_channels(), width(rows[0].in), 3).stride(2)));
  int64_t in = width(rows[0].in);
  for (const EfficientRow& r : rows) {
    nn::Sequential stage;
    for (int i = 0; i < depth(r.layers); ++i, ++id) {
      stage->push_back(mbconv(r, in, width(r.out), i ? 1 : r.stride, o.stochastic_depth().value_or(0.2) * id / total, eps, momentum));
      in = width(r.out);
    }
    features->push_back(any(stage));
  }
  if (!last) last = 4 * in;
  features->push_back(unit(like(in, last, 1)));
  m.add({{"features", any(features)}, {"avgpool", avg_pool()}, {"classifier", dropout_linear(o.dropout().value_or(drop), last, *o.num_classes())}});
  initialise(m, conv_kaiming_out, [](nn::LinearImpl& l) {
    const double range = 1.0 / std::sqrt(static_cast<double>(l.options.out_features()));
    nn::init::uniform_(l.weight, -range, range);
    zero_bias(l.bias);
  });
}

// Numbers: factors of width and depth, dropout, eps and momentum of the normalisation.
void build_efficientnet(BlockImpl& m, const ModelOptions& o, const double* n) { build_efficient(m, o, efficient_b, n[0], n[1], 0, n[2], n[3], n[4]); }
// Numbers: which of s, m and l, dropout.
void build_efficientnet_v2(BlockImpl& m, const ModelOptions& o, const double* n) {
  const ArrayRef<EfficientRow> rows[] = {efficient_s, efficient_m, efficient_l};
  build_efficient(m, o, rows[integer(n[0])], 1, 1, 1280, n[1], 1e-3, 0.1);
}

}  // namespace

const Family mobilenet_v2{"MobileNetV2", run_mean_head, build_mobilenet_v2, "features.0.0", {"classifier.1"}};
const Family mobilenet_v3{"MobileNetV3", flat_head, build_mobilenet_v3, "features.0.0", {"classifier.3"}};
const Family mnasnet{"MNASNet", run_mean_head, build_mnasnet, "layers.0", {"classifier.1"}};
const Family shufflenet_v2{"ShuffleNetV2", run_mean_head, build_shufflenet, "conv1.0", {"fc"}};
const Family efficientnet{"EfficientNet", flat_head, build_efficientnet, "features.0.0", {"classifier.1"}};
const Family efficientnet_v2{"EfficientNet", flat_head, build_efficientnet_v2, "features.0.0", {"classifier.1"}};

}  // namespace wick::models
