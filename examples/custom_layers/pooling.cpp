// A pooling of one's own: the generalised mean, (mean of x^p)^(1/p), with a p that is learned for each channel. p = 1 is the mean, p → ∞ the
// maximum; the network finds what is right in between.
// (F. Radenović, G. Tolias, O. Chum: Fine-tuning CNN Image Retrieval with No Human Annotation, 2018)
#include "common.h"

using namespace wick;

struct GeneralizedMeanImpl : nn::Cloneable<GeneralizedMeanImpl> {
  GeneralizedMeanImpl(int64_t channels, int64_t window) : channels(channels), window(window) { reset(); }
  void reset() override { p = register_parameter("p", full({channels, 1, 1}, 3.0)); }
  void pretty_print(std::ostream& stream) const override { stream << "GeneralizedMean(" << channels << ", window=" << window << ")"; }
  // For values that are not negative, as a ReLU gives them. The floor keeps powers and their derivatives finite.
  Tensor forward(const Tensor& x) { return avg_pool2d(x.clamp_min(1e-3).pow(p), {window, window}).pow(1 / p); }

  int64_t channels, window;
  Tensor p;
};
WICK_MODULE(GeneralizedMean);

// One pooling over the whole image; the mean test accuracy of three runs.
double trained(const std::function<nn::AnyModule()>& pool) {
  double sum = 0, p = 0;
  for (const uint64_t seed : {1, 2, 3}) {
    manual_seed(seed);
    nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), pool(), nn::Flatten(), nn::Linear(32, 10));
    example::fit(net, example::digits(true), 540, 1e-2);
    sum += example::accuracy(net, example::digits(false));
    if (auto* mean = net->ptr(4)->as<GeneralizedMean>()) p = mean->p.mean().item<double>();
  }
  if (p != 0) std::printf("(p went from 3 to %.1f on average) ", p);
  return sum / 3;
}

int main() {
  example::expect_ok(nn::testing::check_module(GeneralizedMean(2, 2), randn({3, 2, 4, 4}).abs() + 0.1));  // above the floor: it has a corner there
  std::printf("test accuracy on the digits, one pooling over the whole image, mean of 3 runs\n");
  const double mean = trained([] { return nn::AnyModule(nn::AvgPool2d(8)); }), maximum = trained([] { return nn::AnyModule(nn::MaxPool2d(8)); });
  std::printf("mean %.1f %%, maximum %.1f %%\n", mean, maximum);
  const double generalised = trained([] { return nn::AnyModule(GeneralizedMean(32, 8)); });
  std::printf("generalised mean %.1f %%\n", generalised);
  return generalised > mean ? 0 : 1;
}
