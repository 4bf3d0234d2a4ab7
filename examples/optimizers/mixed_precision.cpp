// Mixed precision: parameters, their gradients and the optimizer stay float32; products and convolutions of the forward and backward pass run in
// bfloat16 (the range of float32 with 8 bits of precision) or float16 (11 bits, but nothing above 65,504 and little below 6e-5, so that the loss
// has to be scaled).
//
//   mixed_precision [--data DIR] [--steps 400] [--width 32]     --width: channels of the second convolution
#include "common.h"

using namespace wick;
using example::Set;

enum class Precision { float32, bfloat16, float16 };

nn::Sequential network(int64_t size, int64_t width) {
  using namespace wick::nn;
  const auto block = [](int64_t in, int64_t out) { return Sequential(Conv2d(Conv2dOptions(in, out, 3).padding(1).bias(false)), BatchNorm2d(out), ReLU()); };
  return Sequential(block(1, width / 2), block(width / 2, width), MaxPool2d(2), block(width, width), MaxPool2d(2), Flatten(),
                    Linear(width * (size / 4) * (size / 4), 10));
}

// A network in training with one precision.
class Training {
 public:
  Training(Precision precision, uint64_t seed, const Set& data, int64_t steps, int64_t width)
      : net(seeded(seed, data.x.size(2), width)), mixed(precision != Precision::float32), type(precision == Precision::float16 ? kHalf : kBFloat16),
        optimizer(net->parameters(), optim::AdamWOptions(3e-3)), schedule(optimizer, steps),
        scaler(amp::GradScalerOptions().enabled(precision == Precision::float16).growth_interval(100)), batches(data, 64) {}

  void step() {
    const Set b = batches.next();
    const auto begin = example::Clock::now();
    optimizer.zero_grad();
    Tensor loss;
    {
      amp::autocast on(kCPU, type, mixed);
      loss = cross_entropy_loss(net(b.x), b.y);
    }
    scaler.scale(loss).backward();
    scaler.step(optimizer);
    left_out += scaler.found_inf(optimizer);
    scaler.update();
    schedule.step();
    milliseconds.push_back(1e3 * example::seconds_since(begin));
  }

  nn::Sequential net;
  bool mixed;
  ScalarType type;
  optim::AdamW optimizer;
  optim::CosineAnnealingLR schedule;
  amp::GradScaler scaler;
  example::Batches batches;
  std::vector<double> milliseconds;
  int64_t left_out = 0;

 private:
  static nn::Sequential seeded(uint64_t seed, int64_t size, int64_t width) {
    manual_seed(seed);
    return network(size, width);
  }
};

struct Summary { double accuracy = 0, milliseconds = 0, scale = 1; int64_t left_out = 0; };

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"steps", "400"}, {"width", "32"}, {"seeds", "3"}});
  const Set data = example::images(args["data"], true), test = example::images(args["data"], false);
  const int64_t steps = args.number("steps"), seeds = args.number("seeds");
  Summary all[3];
  for (int64_t seed = 1; seed <= seeds; ++seed) {
    std::vector<std::unique_ptr<Training>> runs;
    for (const Precision p : {Precision::float32, Precision::bfloat16, Precision::float16})
      runs.push_back(std::make_unique<Training>(p, static_cast<uint64_t>(seed), data, steps, args.number("width")));
    for (int64_t step = 0; step < steps; ++step)
      for (auto& run : runs) run->step();  // in turn, so that their times compare
    for (size_t i = 0; i < runs.size(); ++i) {
      runs[i]->net->eval();
      all[i].accuracy += example::accuracy(runs[i]->net, test) / static_cast<double>(seeds);  // in float32: the master weights
      all[i].milliseconds += example::median(runs[i]->milliseconds) / static_cast<double>(seeds);
      all[i].left_out += runs[i]->left_out;
      all[i].scale = runs[i]->scaler.get_scale();
    }
  }
  const char* names[] = {"float32", "bfloat16", "float16, GradScaler"};
  std::printf("%-20s %13s %11s %7s %11s %15s\n", "precision", "test accuracy", "a step", "ratio", "last scale", "steps left out");
  for (size_t i = 0; i < 3; ++i)
    std::printf("%-20s %11.2f %% %8.2f ms %6.2fx %11.0f %15d\n", names[i], all[i].accuracy, all[i].milliseconds,
                all[0].milliseconds / all[i].milliseconds, all[i].scale, static_cast<int>(all[i].left_out));
  return std::abs(all[1].accuracy - all[0].accuracy) < 1 && all[2].accuracy > all[0].accuracy - 1 ? 0 : 1;
}
