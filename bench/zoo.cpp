// Inference of ResNet-18, ResNet-50 and MobileNet v3 large, written once with torch::nn, pictures of 224 x 224 at batch 1 and 16: as they are, and with
// batch normalisation folded into the convolutions on both sides. In the lines `one call`, Wick runs its own model after models::fold; libtorch, which
// has neither, runs the net as it is.
#include "bench.h"

#ifdef WICK_VERSION_MAJOR
#include <wick/models.h>
#endif

namespace nn = torch::nn;
using torch::Tensor;

enum class Act { none, relu, hardswish };

struct UnitImpl : nn::Module {
  UnitImpl(int64_t in, int64_t out, int64_t k, int64_t stride = 1, int64_t groups = 1, Act act = Act::relu)
      : conv(nn::Conv2dOptions(in, out, k).stride(stride).padding(k / 2).groups(groups).bias(false)), bn(out), act_(act) {
    register_module("conv", conv);
    register_module("bn", bn);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = conv(x);
    if (!folded_) y = bn(y);
    if (act_ == Act::relu) return torch::relu_(y);
    return act_ == Act::hardswish ? torch::hardswish_(y) : y;
  }
  void fold() {
    torch::NoGradGuard off;
    const Tensor scale = bn->weight / torch::sqrt(bn->running_var + bn->options.eps());
    conv->weight.set_data(conv->weight * scale.view({-1, 1, 1, 1}));
    conv->bias = conv->register_parameter("folded", (bn->bias - bn->running_mean * scale).detach());
    folded_ = true;
  }
  nn::Conv2d conv;
  nn::BatchNorm2d bn;
  Act act_;
  bool folded_ = false;
};
TORCH_MODULE(Unit);

struct ResidualImpl : nn::Module {
  ResidualImpl(int64_t in, int64_t planes, int64_t stride, bool bottleneck) {
    const int64_t out = planes * (bottleneck ? 4 : 1);
    if (bottleneck) {
      body->push_back(Unit(in, planes, 1));
      body->push_back(Unit(planes, planes, 3, stride));
      body->push_back(Unit(planes, out, 1, 1, 1, Act::none));
    } else {
      body->push_back(Unit(in, out, 3, stride));
      body->push_back(Unit(out, out, 3, 1, 1, Act::none));
    }
    register_module("body", body);
    if (stride != 1 || in != out) down = register_module("down", Unit(in, out, 1, stride, 1, Act::none));
  }
  Tensor forward(const Tensor& x) {
    Tensor y = body->forward(x);
    y += down.is_empty() ? x : down(x);
    return torch::relu_(y);
  }
  nn::Sequential body;
  Unit down{nullptr};
};
TORCH_MODULE(Residual);

struct SqueezeImpl : nn::Module {
  SqueezeImpl(int64_t channels, int64_t inner) : fc1(nn::Conv2dOptions(channels, inner, 1)), fc2(nn::Conv2dOptions(inner, channels, 1)) {
    register_module("fc1", fc1);
    register_module("fc2", fc2);
  }
  Tensor forward(const Tensor& x) { return torch::hardsigmoid(fc2(fc1(torch::adaptive_avg_pool2d(x, {1, 1})).relu_())) * x; }
  nn::Conv2d fc1, fc2;
};
TORCH_MODULE(Squeeze);

struct InvertedImpl : nn::Module {
  InvertedImpl(int64_t in, int64_t expanded, int64_t out, int64_t kernel, int64_t stride, int64_t squeezed, Act act) : adds(stride == 1 && in == out) {
    if (expanded != in) body->push_back(Unit(in, expanded, 1, 1, 1, act));
    body->push_back(Unit(expanded, expanded, kernel, stride, expanded, act));
    if (squeezed) body->push_back(Squeeze(expanded, squeezed));
    body->push_back(Unit(expanded, out, 1, 1, 1, Act::none));
    register_module("body", body);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = body->forward(x);
    if (adds) y += x;
    return y;
  }
  bool adds;
  nn::Sequential body;
};
TORCH_MODULE(Inverted);

struct NetImpl : nn::Module {
  Tensor forward(const Tensor& x) { return head->forward(torch::adaptive_avg_pool2d(body->forward(x), {1, 1}).flatten(1)); }
  nn::Sequential body, head;
};
TORCH_MODULE(Net);

Net resnet(bool bottleneck, std::vector<int> blocks) {
  Net net;
  net->body->push_back(Unit(3, 64, 7, 2));
  net->body->push_back(nn::MaxPool2d(nn::MaxPool2dOptions(3).stride(2).padding(1)));
  int64_t in = 64;
  for (size_t s = 0; s < 4; ++s)
    for (int i = 0; i < blocks[s]; ++i) {
      net->body->push_back(Residual(in, 64 << s, s && !i ? 2 : 1, bottleneck));
      in = (64 << s) * (bottleneck ? 4 : 1);
    }
  net->head->push_back(nn::Linear(in, 1000));
  return net;
}

Net mobilenet_v3_large() {
  static const int rows[][6] = {{3, 16, 16, 0, 0, 1}, {3, 64, 24, 0, 0, 2}, {3, 72, 24, 0, 0, 1}, {5, 72, 40, 24, 0, 2}, {5, 120, 40, 32, 0, 1}, {5, 120, 40, 32, 0, 1}, {3, 240, 80, 0, 1, 2},
                                {3, 200, 80, 0, 1, 1}, {3, 184, 80, 0, 1, 1}, {3, 184, 80, 0, 1, 1}, {3, 480, 112, 120, 1, 1}, {3, 672, 112, 168, 1, 1}, {5, 672, 160, 168, 1, 2},
                                {5, 960, 160, 240, 1, 1}, {5, 960, 160, 240, 1, 1}};
  Net net;
  net->body->push_back(Unit(3, 16, 3, 2, 1, Act::hardswish));
  int64_t in = 16;
  for (const auto& r : rows) {
    net->body->push_back(Inverted(in, r[1], r[2], r[0], r[5], r[3], r[4] ? Act::hardswish : Act::relu));
    in = r[2];
  }
  net->body->push_back(Unit(160, 960, 1, 1, 1, Act::hardswish));
  net->head->push_back(nn::Linear(960, 1280));
  net->head->push_back(nn::Functional([](Tensor x) { return torch::hardswish(x); }));
  net->head->push_back(nn::Linear(1280, 1000));
  return net;
}

template <class M>
void time_model(const std::string& name, M net, const char* how) {
  torch::NoGradGuard off;
  for (int64_t batch : {1, 16}) {
    const Tensor x = torch::randn({batch, 3, 224, 224});
    const double s = bench::seconds([&] { net(x); }, batch == 1 ? 9 : 5, 0.02);
    bench::line(bench::threads(name + ", batch " + std::to_string(batch) + how), 1000 * s, "ms");
  }
}

int main() {
  torch::manual_seed(1);
  const char* names[] = {"resnet18", "resnet50", "mobilenet_v3_large"};
  for (int i = 0; i < 3; ++i) {
    Net net = i == 0 ? resnet(false, {2, 2, 2, 2}) : i == 1 ? resnet(true, {3, 4, 6, 3}) : mobilenet_v3_large();
    net->register_module("body", net->body);
    net->register_module("head", net->head);
    net->eval();
    time_model(names[i], net, "");
#ifdef WICK_VERSION_MAJOR
    wick::models::Model own = wick::models::create(names[i]);
    wick::models::fold(own);
    time_model(names[i], own, ", one call");
#else
    time_model(names[i], net, ", one call");
#endif
    for (const auto& m : net->modules())
      if (auto* unit = m->as<UnitImpl>()) unit->fold();
    time_model(names[i], net, ", folded");
  }
}
