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
  return Sequential(block(1, width / 2), block(width / 2, width), MaxPool2d(2), block(width, width), MaxPool2d(2), Flatten(), Linear(width * (size / 4) * (size / 4), 10));
}

struct Run { double accuracy, milliseconds, scale = 1; int64_t left_out = 0; };
Run train(Precision precision, uint64_t seed, const Set& train, const Set& test, const example::Args& args) {
  manual_seed(seed);
  nn::Sequential net = network(train.x.size(2), args.number("width"));
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(3e-3));
  const int64_t steps = args.number("steps");
  optim::CosineAnnealingLR schedule(optimizer, steps);
  amp::GradScaler scaler(amp::GradScalerOptions().enabled(precision == Precision::float16).growth_interval(100));
  example::Batches batches(train, 64);
  const bool mixed = precision != Precision::float32;
  const ScalarType type = precision == Precision::float16 ? kHalf : kBFloat16;

  Run run{};
  std::vector<double> times;
  for (int64_t step = 0; step < steps; ++step) {
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
    run.left_out += scaler.found_inf(optimizer);
    scaler.update();
    schedule.step();
    times.push_back(1e3 * example::seconds_since(begin));
  }
  net->eval();
  run.accuracy = example::accuracy(net, test);  // in float32: the master weights
  run.milliseconds = example::median(times);
  run.scale = scaler.get_scale();
  return run;
}

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"steps", "400"}, {"width", "32"}, {"seeds", "3"}});
  const Set set = example::images(args["data"], true), test = example::images(args["data"], false);
  const char* names[] = {"float32", "bfloat16", "float16 with GradScaler"};
  Run mean[3] = {};
  for (int64_t seed = 1; seed <= args.number("seeds"); ++seed)
    for (const int p : {0, 1, 2}) {
      const Run run = train(static_cast<Precision>(p), static_cast<uint64_t>(seed), set, test, args);
      const auto n = static_cast<double>(args.number("seeds"));
      mean[p].accuracy += run.accuracy / n, mean[p].milliseconds += run.milliseconds / n;
      mean[p].left_out += run.left_out, mean[p].scale = run.scale;
    }
  std::printf("%-26s %13s %10s %14s\n", "precision", "test accuracy", "a step", "last scale");
  for (const int p : {0, 1, 2}) std::printf("%-26s %11.2f %% %7.2f ms %14g   %d steps left out\n", names[p], mean[p].accuracy, mean[p].milliseconds, mean[p].scale, static_cast<int>(mean[p].left_out));
  return std::abs(mean[1].accuracy - mean[0].accuracy) < 1 && mean[2].accuracy > mean[0].accuracy - 1 ? 0 : 1;
}
