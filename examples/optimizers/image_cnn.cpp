// A small convolutional network on images: with a rate that is a little too high plain SGD overshoots, and its loss climbs again and again; Adam's
// falls steadily. Then what clipping, a schedule and momentum do to SGD.
//
//   image_cnn [--data DIR] [--steps 400] [--rate 0.6] [--plots DIR]
#include "common.h"

using namespace wick;
using example::Set;

struct Recipe {
  std::string name;
  double rate;
  double momentum = 0, clip = 0;
  bool schedule = false, adam = false;
};

std::unique_ptr<optim::Optimizer> make_optimizer(const Recipe& recipe, const nn::Sequential& net) {
  if (recipe.adam) return std::make_unique<optim::Adam>(net->parameters(), optim::AdamOptions(recipe.rate));
  auto sgd = std::make_unique<optim::SGD>(net->parameters(), optim::SGDOptions(recipe.rate).momentum(recipe.momentum));
  if (recipe.clip > 0) sgd->step_options().clip_norm(recipe.clip);
  return sgd;
}

// The losses on 500 training images, the same ones every `kEvery` steps: without the noise of batches.
constexpr int64_t kEvery = 4;
struct Run { std::vector<double> losses; double accuracy; };

Run train(const Recipe& recipe, uint64_t seed, const Set& data, const Set& test, int64_t steps) {
  manual_seed(seed);
  nn::Sequential net = example::network(data.x.size(2));
  const auto optimizer = make_optimizer(recipe, net);
  std::shared_ptr<optim::LRScheduler> schedule;
  if (recipe.schedule) {
    const int64_t warmup = steps / 10;
    const auto cosine = std::make_shared<optim::CosineAnnealingLR>(*optimizer, steps - warmup);
    schedule = optim::lr_scheduler::with_warmup(*optimizer, warmup, cosine);
  }
  example::Batches batches(data, 64);
  const Set watched{data.x.slice(0, 0, 500), data.y.slice(0, 0, 500)};
  Run run;
  for (int64_t step = 0; step < steps; ++step) {
    const Set batch = batches.next();
    optimizer->zero_grad();
    cross_entropy_loss(net(batch.x), batch.y).backward();
    optimizer->step();
    if (schedule) schedule->step();
    if ((step + 1) % kEvery == 0) {
      NoGradGuard off;
      run.losses.push_back(cross_entropy_loss(net(watched.x), watched.y).item<double>());
    }
  }
  run.accuracy = example::accuracy(net, test);
  return run;
}

// Of the second half of the training, means of three runs: how much the loss climbed in all, its highest value; and the end.
struct Summary { double climbed = 0, highest = 0, last = 0, accuracy = 0; std::vector<double> losses; };

Summary summary(const Recipe& recipe, const Set& data, const Set& test, int64_t steps) {
  Summary s;
  for (const uint64_t seed : {1, 2, 3}) {
    const Run run = train(recipe, seed, data, test, steps);
    double highest = 0;
    for (size_t i = run.losses.size() / 2; i < run.losses.size(); ++i) {
      s.climbed += std::max(0.0, run.losses[i] - run.losses[i - 1]) / 3;
      highest = std::max(highest, run.losses[i]);
    }
    s.highest += highest / 3;
    s.last += example::mean_of_last(run.losses, 5) / 3;
    s.accuracy += run.accuracy / 3;
    if (seed == 1) s.losses = run.losses;
  }
  std::printf("%-26s %7.3g %10.2f %10.2f %10.4f %8.1f %%\n", recipe.name.c_str(), recipe.rate, s.climbed, s.highest, s.last, s.accuracy);
  std::fflush(stdout);
  return s;
}

logging::Figure curves(const char* title, const std::vector<std::pair<std::string, const Summary*>>& runs) {
  logging::Figure figure(example::axes(title, "step", "training loss").log_y(true));
  for (const auto& [name, run] : runs) figure.line(example::count_to(run->losses.size(), static_cast<double>(kEvery)), run->losses, name);
  return figure;
}

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"steps", "400"}, {"rate", "0.6"}, {"plots", ""}});
  const Set data = example::images(args["data"], true), test = example::images(args["data"], false);
  const double high = args.real("rate");
  std::printf("means of three runs              |    second half      |     at the end\n");
  std::printf("%-26s %7s %10s %10s %10s %10s\n", "", "rate", "climbed", "highest", "loss", "accuracy");
  const auto run = [&](const Recipe& recipe) { return summary(recipe, data, test, args.number("steps")); };
  const Summary low = run({"SGD", high / 6}), sgd = run({"SGD, rate too high", high});
  const Summary adam = run({"Adam", high / 60, 0, 0, false, true});
  const Summary clipped = run({"SGD, clipped at 1", high, 0, 1}), scheduled = run({"SGD, warm-up and cosine", high, 0, 0, true});
  const Summary momentum = run({"momentum", high / 10, 0.9}), fast = run({"momentum, rate too high", high / 3, 0.9});
  const Summary all = run({"  clipped, warm-up, cosine", high / 3, 0.9, 0.5, true});
  args.save("image_cnn.svg", {curves("SGD and Adam", {{"SGD, low rate", &low}, {"SGD, rate too high", &sgd}, {"Adam", &adam}}),
                              curves("What helps SGD", {{"SGD, rate too high", &sgd}, {"clipped", &clipped}, {"warm-up, cosine", &scheduled}}),
                              curves("Momentum", {{"momentum", &momentum}, {"rate too high", &fast}, {"clipped, warm-up, cosine", &all}})});

  // Adam is steadier than SGD and ends lower than SGD with a rate that does not overshoot; each remedy works; together they train where momentum fails.
  const bool steady = sgd.climbed > 1.5 * adam.climbed && sgd.highest > 1.5 * adam.highest, ahead = adam.last < low.last;
  return steady && ahead && scheduled.climbed < sgd.climbed / 2 && clipped.highest < sgd.highest && all.last < fast.last ? 0 : 1;
}
