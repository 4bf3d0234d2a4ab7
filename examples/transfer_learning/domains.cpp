// A classifier of digits carried to another domain, of which pictures are there and no labels: as it is, with batch statistics of the target, with features
// whose covariances are aligned, and trained with CORAL, MMD or an adversary; and what labels of the target would give.
//
//   domains [--data DIR] [--seeds 3] [--steps 600] [--plots DIR]
//
// The source are the embedded digits (8x8, 43 people). The targets are digits of the same kind, blurred, pale, on grey and noisy, and, with a folder of its
// files, MNIST at 8x8: other people, other pens, another way to fill the frame.
#include "common.h"

using namespace wick;
using example::Set;

namespace {

struct Target { std::string name; Set train, test; };  // the labels in `train` are for the last row alone

Set spoilt(Set s, uint64_t seed) {
  auto generator = make_generator(seed);
  const Tensor blurred = vision::functional::gaussian_blur(s.x, {3, 3}, {0.6});
  const Tensor noise = randn(s.x.sizes(), generator).mul(0.1);
  return {blurred.mul(0.45).add(0.35).add(noise), s.y};
}
// The middle of 20 x 20 pixels, where MNIST's ink is, at 8x8.
Set small(const Set& mnist, int64_t count) {
  const Tensor middle = mnist.x.slice(0, 0, count).slice(2, 4, 24).slice(3, 4, 24);
  return {nn::functional::interpolate(middle, nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{8, 8}).mode(kBilinear).align_corners(false).antialias(true)),
          mnist.y.slice(0, 0, count)};
}

struct NetImpl : nn::Module {
  nn::Sequential body{register_module("body", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::BatchNorm2d(16), nn::ReLU(), nn::MaxPool2d(2),
                                                             nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::BatchNorm2d(32), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                                                             nn::Linear(128, 64), nn::ReLU()))};
  nn::Linear head{register_module("head", nn::Linear(64, 10))};
  Tensor forward(const Tensor& x) { return head(body(x)); }
};
WICK_MODULE(Net);

std::vector<Tensor> in_batches(const Tensor& x) { return x.split(256); }

enum class Way { none, coral, mmd, dann };

// Training on labelled pictures of the source; unlabelled ones of the target come along.
Net trained(const Set& source, const Tensor& target, Way way, int64_t steps, uint64_t seed) {
  manual_seed(seed);
  Net net;
  nn::Sequential critic(nn::Linear(64, 64), nn::ReLU(), nn::Linear(64, 2));
  std::vector<Tensor> parameters = net->parameters();
  if (way == Way::dann)
    for (const Tensor& p : critic->parameters()) parameters.push_back(p);
  optim::AdamW optimizer(parameters, optim::AdamWOptions(3e-3).weight_decay(0.01));
  optim::CosineAnnealingLR schedule(optimizer, steps);
  example::Shuffled order(source.x.size(0), 64, seed), other(target.size(0), 64, seed + 100);
  for (int64_t step = 0; step < steps; ++step) {
    const Set s = example::batch_of(source, order.next());
    Tensor loss;
    if (way == Way::none) {
      loss = cross_entropy_loss(net(s.x), s.y);
    } else {
      // One after the other, so that each domain has its own batch statistics.
      const Tensor mine = net->body(s.x), theirs = net->body(target.index_select(0, other.next()));
      const double weight = adapt::dann_lambda(static_cast<double>(step) / static_cast<double>(steps));
      loss = cross_entropy_loss(net->head(mine), s.y);
      if (way == Way::coral) loss = loss + adapt::coral_loss(mine, theirs) * (100 * weight);
      if (way == Way::mmd) loss = loss + adapt::mmd_loss(mine, theirs) * (2 * weight);
      if (way == Way::dann) {
        const Tensor domain = cat({zeros({mine.size(0)}, kLong), ones({theirs.size(0)}, kLong)});
        loss = loss + cross_entropy_loss(critic(adapt::reverse_gradient(cat({mine, theirs}), weight * 0.05)), domain);
      }
    }
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    schedule.step();
  }
  if (way != Way::none) adapt::adapt_batch_norm(in_batches(target), net);
  net->eval();
  return net;
}

double accuracy(Net net, const Set& set) { return example::score(example::logits_of([&](const Tensor& x) { return net(x); }, set.x), set.y).accuracy; }

Net copy_of(const Net& net) {
  Net copy;
  copy->load_state_dict(net->state_dict());
  copy->eval();
  return copy;
}

double adabn(const Net& net, const Target& target) {
  Net copy = copy_of(net);
  adapt::adapt_batch_norm(in_batches(target.train.x), copy);
  return accuracy(copy, target.test);
}
// The statistics, and the scales and shifts by one pass over the pictures, without labels.
double tent(const Net& net, const Target& target) {
  Net copy = copy_of(net);
  optim::Adam optimizer(adapt::tent_parameters(*copy), optim::AdamOptions(1e-3));
  for (const Tensor& x : in_batches(target.train.x)) {
    optimizer.zero_grad();
    adapt::entropy_loss(copy(x)).backward();
    optimizer.step();
  }
  copy->requires_grad_(true);
  adapt::adapt_batch_norm(in_batches(target.train.x), copy);
  return accuracy(copy, target.test);
}
// A linear layer on features of the source that have the target's covariance.
double aligned(Net net, const Set& source, const Target& target) {
  const example::Change body = [&](const Tensor& x) { return net->body(x); };
  const Tensor moved = adapt::coral_align(example::logits_of(body, source.x), example::logits_of(body, target.train.x));
  adapt::LinearHead head = adapt::fit_linear(moved, source.y, 10, adapt::LinearOptions().weight_decays({1e-2}));
  return example::score(head.layer(example::logits_of(body, target.test.x)), target.test.y).accuracy;
}

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"seeds", "0"}, {"steps", "0"}, {"plots", ""}});
  const bool real = !args["data"].empty();
  const int64_t seeds = args.number("seeds") ? args.number("seeds") : real ? 3 : 1, steps = args.number("steps") ? args.number("steps") : real ? 600 : 150;
  const Set source = example::images("", true), source_test = example::images("", false);
  std::vector<Target> targets{{"pale, on grey", spoilt(source, 1), spoilt(source_test, 2)}};
  if (real) targets.push_back({"MNIST at 8x8", small(example::images(args["data"], true), 4000), small(example::images(args["data"], false), 10000)});

  const std::vector<std::string> rows = {"source alone", "AdaBN", "TENT", "CORAL, features", "deep CORAL", "MMD", "DANN", "target's labels"};
  std::vector<std::vector<double>> table(rows.size(), std::vector<double>(targets.size()));
  double home = 0;
  for (int64_t seed = 1; seed <= seeds; ++seed) {
    const auto s = static_cast<uint64_t>(seed);
    const Net plain = trained(source, source.x, Way::none, steps, s);
    home += accuracy(plain, source_test) / static_cast<double>(seeds);
    for (size_t t = 0; t < targets.size(); ++t) {
      const Target& target = targets[t];
      const double results[] = {accuracy(plain, target.test), adabn(plain, target), tent(plain, target), aligned(plain, source, target),
                                accuracy(trained(source, target.train.x, Way::coral, steps, s), target.test), accuracy(trained(source, target.train.x, Way::mmd, steps, s), target.test),
                                accuracy(trained(source, target.train.x, Way::dann, steps, s), target.test), accuracy(trained(target.train, target.train.x, Way::none, steps, s), target.test)};
      for (size_t i = 0; i < rows.size(); ++i) table[i][t] += results[i] / static_cast<double>(seeds);
    }
  }
  std::printf("%lld steps, means of %lld seeds; accuracy on digits of the source that were kept apart: %.1f %%\naccuracy on the target", static_cast<long long>(steps), static_cast<long long>(seeds), home);
  for (const Target& t : targets) std::printf("%18s", t.name.c_str());
  std::printf("\n");
  for (size_t i = 0; i < rows.size(); ++i) {
    std::printf("%-22s", rows[i].c_str());
    for (const double v : table[i]) std::printf("%16.1f %%", v);
    std::printf("\n");
  }
  example::require(home > 80 && table[1][0] > table[0][0], "batch statistics of the target did not help");
}
