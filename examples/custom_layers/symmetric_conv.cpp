// A convolution with the symmetry of images built in: one kernel, applied in its four orientations, or in all eight with the
// mirrored ones; each position keeps the strongest answer. When the image turns by a right angle, so does the result, and
// with a pooling over all positions the network's answer stays the same, whatever it was trained on.
// (T. Cohen, M. Welling: Group Equivariant Convolutional Networks, ICML 2016)
#include "common.h"

using namespace wick;

struct SymmetricConv2dImpl : nn::Cloneable<SymmetricConv2dImpl> {
  SymmetricConv2dImpl(int64_t in, int64_t out, int64_t size, bool mirrored) : in(in), out(out), size(size), mirrored(mirrored) { reset(); }
  void reset() override {
    weight = register_parameter("weight", empty({out, in, size, size}));
    bias = register_parameter("bias", zeros({out}));
    nn::init::kaiming_uniform_(weight, std::sqrt(5.0));
  }
  void pretty_print(std::ostream& stream) const override { stream << "SymmetricConv2d(" << in << ", " << out << ", " << size << ", mirrored=" << mirrored << ")"; }

  Tensor forward(const Tensor& x) {
    std::vector<Tensor> kernels;
    for (const Tensor& w : mirrored ? std::vector<Tensor>{weight, weight.flip({3})} : std::vector<Tensor>{weight})
      for (int64_t quarter = 0; quarter < 4; ++quarter) kernels.push_back(w.rot90(quarter, {2, 3}));
    const auto options = nn::functional::Conv2dFuncOptions().padding(size / 2);
    const Tensor all = nn::functional::conv2d(x, cat(kernels), options);
    return all.unflatten(1, {static_cast<int64_t>(kernels.size()), out}).amax(1) + bias.view({out, 1, 1});
  }

  int64_t in, out, size;
  bool mirrored;
  Tensor weight, bias;
};
WICK_MODULE(SymmetricConv2d);

// Where in the image an answer lies is averaged away: only that it is there counts.
using Conv = std::function<nn::AnyModule(int64_t in, int64_t out)>;
nn::Sequential network(const Conv& conv) {
  return nn::Sequential(conv(1, 8), nn::BatchNorm2d(8), nn::ReLU(), conv(8, 16), nn::BatchNorm2d(16), nn::ReLU(), nn::AvgPool2d(2), conv(16, 32), nn::BatchNorm2d(32), nn::ReLU(),
                        nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Linear(32, 10));
}

// The digits in an orientation that is not known: each turned by a random number of right angles.
example::Set turned(example::Set set, uint64_t seed) {
  Generator generator = make_generator(seed);
  const Tensor quarters = randint(4, {set.x.size(0)}, generator);
  for (int64_t q = 1; q < 4; ++q) {
    const Tensor picked = quarters.eq(q).nonzero().squeeze(1);
    set.x = set.x.index_copy(0, picked, set.x.index_select(0, picked).rot90(q, {2, 3}));
  }
  return set;
}

double trained(const Conv& conv, int64_t images) {
  manual_seed(1);
  nn::Sequential net = network(conv);
  example::fit(net, turned(example::digits(true, images), 2), 300, 1e-2);
  return example::accuracy(net, turned(example::digits(false), 3));
}

int main() {
  manual_seed(1);
  example::expect_ok(nn::testing::check_module(SymmetricConv2d(2, 3, 3, true), randn({2, 2, 5, 5})));
  SymmetricConv2d layer(1, 4, 3, false);
  const Tensor x = randn({1, 1, 8, 8});
  const double difference = (layer(x).rot90(1, {2, 3}) - layer(x.rot90(1, {2, 3}))).abs().max().item<double>();
  std::printf("turning before or after the layer: largest difference %.1e\n\n", difference);
  std::printf("digits turned by unknown right angles, test accuracy    plain    turned kernels    mirrored, too\n");
  bool better = true;
  for (const int64_t images : {150, 600}) {
    const double plain = trained([](int64_t i, int64_t o) { return nn::AnyModule(nn::Conv2d(nn::Conv2dOptions(i, o, 3).padding(1))); }, images);
    const double four = trained([](int64_t i, int64_t o) { return nn::AnyModule(SymmetricConv2d(i, o, 3, false)); }, images);
    const double eight = trained([](int64_t i, int64_t o) { return nn::AnyModule(SymmetricConv2d(i, o, 3, true)); }, images);
    std::printf("%5d images                                          %6.1f %%        %6.1f %%         %6.1f %%\n", static_cast<int>(images), plain, four, eight);
    better = better && four > plain;
  }
  return difference < 1e-4 && better ? 0 : 1;
}
