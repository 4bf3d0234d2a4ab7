// ResNet, ResNeXt, Wide ResNet; the ResNets for CIFAR; RegNet.
#include <cmath>

#include "models/build.h"

namespace wick::models {

namespace {

// --- ResNet ---------------------------------------------------------------------------------------------------------

// conv, bn, relu, conv, bn, shortcut: `last` is the place of the one before the shortcut.
Tensor add_shortcut(BlockImpl& m, size_t relu, size_t shortcut, const Tensor& x, Tensor out) {
  return m.call(relu, out.add_(m.size() > shortcut ? m.call(shortcut, x) : x));
}
Tensor run_basic(BlockImpl& m, const Tensor& x) { return add_shortcut(m, 2, 5, x, m.call(0, 5, x)); }
Tensor run_bottleneck(BlockImpl& m, const Tensor& x) { return add_shortcut(m, 6, 7, x, m.call(4, 6, m.call(6, m.call(2, 4, m.call(6, m.call(0, 2, x)))))); }

struct Stage {
  int64_t planes, stride, dilation;
};

nn::AnyModule residual_block(bool bottleneck, int64_t in, const Stage& s, int64_t groups, int64_t base_width) {
  const int64_t out = s.planes * (bottleneck ? 4 : 1), width = s.planes * base_width / 64 * groups;
  nn::AnyModule downsample;
  if (s.stride != 1 || in != out) downsample = chain({conv(in, out, 1, s.stride), norm(out)});
  Block b = block(bottleneck ? "Bottleneck" : "BasicBlock", bottleneck ? run_bottleneck : run_basic);
  if (bottleneck) {
    b->add({{"conv1", conv(in, width, 1)}, {"bn1", norm(width)}, {"conv2", conv(width, width, 3, s.stride, groups, false, -1, s.dilation)}, {"bn2", norm(width)},
            {"conv3", conv(width, out, 1)}, {"bn3", norm(out)}, {"relu", relu()}});
  } else {
    b->add({{"conv1", conv(in, out, 3, s.stride)}, {"bn1", norm(out)}, {"relu", relu()}, {"conv2", conv(out, out, 3)}, {"bn2", norm(out)}});
  }
  if (!downsample.is_empty()) b->add("downsample", downsample);
  return any(b);
}

// Numbers: whether blocks are bottlenecks, blocks of each stage, groups, width of a group.
void build_resnet(BlockImpl& m, const ModelOptions& o, const double* n) {
  const bool bottleneck = n[0] != 0;
  const int64_t groups = integer(n[5]), base_width = integer(n[6]);
  m.add({{"conv1", conv(o.in_channels(), 64, 7, 2)}, {"bn1", norm(64)}, {"relu", relu()}, {"maxpool", max_pool(3, 2, 1)}});
  int64_t in = 64, dilation = 1;
  for (size_t stage = 0; stage < 4; ++stage) {
    nn::Sequential layer;
    Stage s{64 << stage, stage ? 2 : 1, dilation};
    const bool dilate = stage && o.replace_stride_with_dilation()[stage - 1];
    WICK_CHECK_TYPE(ValueError, !dilate || bottleneck, "replace_stride_with_dilation is for ResNets with bottlenecks, from ResNet-50 on");
    if (dilate) {
      dilation *= s.stride;
      s.stride = 1;
    }
    for (int64_t i = 0; i < integer(n[1 + stage]); ++i) {
      layer->push_back(residual_block(bottleneck, in, s, groups, base_width));
      in = s.planes * (bottleneck ? 4 : 1);
      s.stride = 1;
      s.dilation = dilation;
    }
    m.add("layer" + std::to_string(stage + 1), any(layer));
  }
  m.add({{"avgpool", avg_pool()}, {"fc", linear(in, *o.num_classes())}});
  initialise(m, conv_kaiming_out, nullptr);
  if (!o.zero_init_residual()) return;
  m.apply([bottleneck](nn::Module& x) {
    auto* b = x.as<Block>();
    if (b && b->size() >= 5 && b->forward_is(bottleneck ? run_bottleneck : run_basic)) nn::init::zeros_(b->child(bottleneck ? 5 : 4).get<nn::BatchNorm2d>()->weight);
  });
}

// --- ResNets for CIFAR, as https://github.com/akamaster/pytorch_resnet_cifar10 names them ---------------------------------

Tensor run_cifar_block(BlockImpl& m, const Tensor& x) {
  Tensor out = m.call(2, 4, m.call(0, 2, x).relu_());
  return out.add_(m.size() > 4 ? m.call(4, x) : x).relu_();
}
// Every second pixel, and channels of zeros on both sides.
Tensor run_pad_shortcut(BlockImpl& m, const Tensor& x) {
  const auto more = integer(m.number(0));
  return wick::pad(x.slice(2, 0, std::nullopt, 2).slice(3, 0, std::nullopt, 2), {0, 0, 0, 0, more, more});
}
Tensor run_cifar(BlockImpl& m, const Tensor& x) {
  const Tensor y = m.call(2, 5, m.call(0, 2, x).relu_());
  return m.call(5, y.mean(IntArrayRef({2, 3})));
}
// Numbers: blocks of a stage.
void build_cifar(BlockImpl& m, const ModelOptions& o, const double* n) {
  m.add({{"conv1", conv(o.in_channels(), 16, 3)}, {"bn1", norm(16)}});
  int64_t in = 16;
  for (int stage = 0; stage < 3; ++stage) {
    nn::Sequential layer;
    const int64_t out = 16 << stage;
    for (int64_t i = 0; i < integer(n[0]); ++i) {
      Block b = block("BasicBlock", run_cifar_block, {{"conv1", conv(in, out, 3, in == out ? 1 : 2)}, {"bn1", norm(out)}, {"conv2", conv(out, out, 3)}, {"bn2", norm(out)}});
      if (in != out) {
        Block pad = block("LambdaLayer", run_pad_shortcut);
        pad->with({static_cast<double>(out / 4)});
        b->add("shortcut", any(pad));
      }
      layer->push_back(any(b));
      in = out;
    }
    m.add("layer" + std::to_string(stage + 1), any(layer));
  }
  m.add("linear", linear(64, *o.num_classes()));
  initialise(m, [](nn::Conv2dImpl& c) { nn::init::kaiming_normal_(c.weight); }, [](nn::LinearImpl& l) { nn::init::kaiming_normal_(l.weight); });
}

// --- RegNet -----------------------------------------------------------------------------------------------------------

Tensor run_regnet_block(BlockImpl& m, const Tensor& x) {
  const bool projects = m.size() > 2;
  const Tensor shortcut = projects ? m.call(0, x) : x;
  return m.call(m.size() - 1, shortcut.add(m.call(projects ? 1 : 0, x)));
}

nn::AnyModule regnet_block(int64_t in, int64_t out, int64_t stride, int64_t group_width, double se_ratio) {
  using Unit = Conv2dNormActivationOptions;
  Block b = block("ResBottleneckBlock", run_regnet_block);
  if (in != out || stride != 1) b->add("proj", unit(Unit(in, out, 1).stride(stride).activation(Activation::none)));
  nn::Sequential f;
  f->push_back("a", unit(Unit(in, out, 1)));
  f->push_back("b", unit(Unit(out, out, 3).stride(stride).groups(out / group_width)));
  if (se_ratio > 0) f->push_back("se", any(SqueezeExcitation(out, std::lrint(se_ratio * static_cast<double>(in)))));
  f->push_back("c", unit(Unit(out, out, 1).activation(Activation::none)));
  b->add({{"f", any(f)}, {"activation", relu()}});
  return any(b);
}

// Numbers: depth, first width, slope of the widths, step between them (as a factor), width of a group, ratio of the squeeze-and-excitation.
void build_regnet(BlockImpl& m, const ModelOptions& o, const double* n) {
  m.add("stem", unit(Conv2dNormActivationOptions(o.in_channels(), 32).stride(2)));
  // Widths that grow linearly, in steps of a power of the factor and multiples of 8, in single precision as the reference computes them.
  const auto first = static_cast<float>(n[1]), slope = static_cast<float>(n[2]), log_step = static_cast<float>(std::log(n[3]));
  std::vector<int64_t> widths;
  for (int64_t i = 0; i < integer(n[0]); ++i) {
    const float capacity = std::nearbyint(std::log((static_cast<float>(i) * slope + first) / first) / log_step);
    widths.push_back(std::lrint(first * std::pow(static_cast<float>(n[3]), capacity) / 8) * 8);
  }
  nn::Sequential trunk;
  int64_t in = 32, stage = 0;
  for (size_t i = 0; i < widths.size();) {
    const int64_t group_width = std::min(integer(n[4]), widths[i]), out = make_divisible(static_cast<double>(widths[i]), group_width);
    const std::string name = "block" + std::to_string(++stage);
    nn::Sequential layers;
    const size_t start = i;
    for (; i < widths.size() && widths[i] == widths[start]; ++i) {
      layers->push_back(name + "-" + std::to_string(i - start), regnet_block(in, out, i == start ? 2 : 1, group_width, n[5]));
      in = out;
    }
    trunk->push_back(name, any(layers));
  }
  m.add({{"trunk_output", any(trunk)}, {"avgpool", avg_pool()}, {"fc", linear(in, *o.num_classes())}});
  initialise(m, [](nn::Conv2dImpl& c) {
    const auto& k = *c.options.kernel_size();
    nn::init::normal_(c.weight, 0, std::sqrt(2.0 / static_cast<double>(k[0] * k[1] * c.options.out_channels())));
  }, linear_normal);
}

}  // namespace

const Family resnet{"ResNet", flat_head, build_resnet, "conv1", {"fc"}};
const Family cifar_resnet{"ResNet", run_cifar, build_cifar, "conv1", {"linear"}};
const Family regnet{"RegNet", flat_head, build_regnet, "stem.0", {"fc"}};

}  // namespace wick::models
