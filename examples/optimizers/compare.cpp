// All optimizers on one small network, each over the same learning rates: which rate is best, how much the choice of it matters, what a step
// costs; and the search for a rate, which finds a good one without trying them all.
//
//   compare [--model cnn|gru] [--data DIR] [--steps 200] [--decade 2] [--plots DIR]     --decade: learning rates in a factor of ten, 1 to 3
#include "common.h"

using namespace wick;
using example::Set;

constexpr int64_t kClasses = 10;

// A recurrent network that reads an image row by row: [batch, 1, height, width] to its last state.
struct RowsImpl : nn::Module {
  RowsImpl(int64_t width, int64_t hidden) : gru(reg("gru", nn::GRU(nn::GRUOptions(width, hidden).batch_first(true)))) {}
  Tensor forward(const Tensor& x) { return std::get<0>(gru(x.squeeze(1))).select(1, -1); }
  nn::GRU gru;
};
WICK_MODULE(Rows);

struct Data { bool recurrent; Set train, test; int64_t steps; };
nn::Sequential network(const Data& data) {
  manual_seed(1);
  if (data.recurrent) return nn::Sequential(Rows(data.train.x.size(3), 32), nn::Linear(32, kClasses));
  return example::network(data.train.x.size(2));
}

using Optimizers = std::vector<std::unique_ptr<optim::Optimizer>>;
struct Entry {
  const char* name;
  Optimizers (*make)(nn::Sequential& net, double lr);
  bool whole = false;  // sees all images in each step, and computes a fifth as many gradients
};
template <class Optimizer, class Options>
Optimizers one(nn::Sequential& net, const Options& options) {
  Optimizers list;
  list.emplace_back(new Optimizer(net->parameters(), options));
  return list;
}
template <class Optimizer, class Options>
Optimizers plain(nn::Sequential& net, double lr) {
  return one<Optimizer>(net, Options(lr));
}

// Muon is for matrices: it gets those of hidden layers, AdamW the rest (kernels, biases, the last layer), with one rate for both.
Optimizers muon(nn::Sequential& net, double lr) {
  std::vector<Tensor> matrices, rest;
  for (const Tensor& p : net->parameters()) (p.dim() == 2 && p.size(0) != kClasses ? matrices : rest).push_back(p);
  Optimizers list;
  list.emplace_back(new optim::Muon(matrices, optim::MuonOptions(lr).adjust_lr_fn("match_rms_adamw")));
  list.emplace_back(new optim::AdamW(rest, optim::AdamWOptions(lr)));
  return list;
}

// In three families, one a plot.
const std::vector<std::vector<Entry>> kFamilies{
    {{"SGD", plain<optim::SGD, optim::SGDOptions>},
     {"momentum", [](nn::Sequential& net, double lr) { return one<optim::SGD>(net, optim::SGDOptions(lr).momentum(0.9)); }},
     {"Nesterov", [](nn::Sequential& net, double lr) { return one<optim::SGD>(net, optim::SGDOptions(lr).momentum(0.9).nesterov(true)); }},
     {"ASGD", plain<optim::ASGD, optim::ASGDOptions>},
     {"Rprop", plain<optim::Rprop, optim::RpropOptions>, true},
     {"LBFGS", [](nn::Sequential& net, double lr) { return one<optim::LBFGS>(net, optim::LBFGSOptions(lr).max_iter(4).line_search_fn("strong_wolfe")); }, true}},
    {{"Adam", plain<optim::Adam, optim::AdamOptions>},
     {"AdamW", plain<optim::AdamW, optim::AdamWOptions>},
     {"Adamax", plain<optim::Adamax, optim::AdamaxOptions>},
     {"NAdam", plain<optim::NAdam, optim::NAdamOptions>},
     {"RAdam", plain<optim::RAdam, optim::RAdamOptions>},
     {"LAMB", plain<optim::LAMB, optim::LAMBOptions>}},
    {{"Adagrad", plain<optim::Adagrad, optim::AdagradOptions>},
     {"Adadelta", plain<optim::Adadelta, optim::AdadeltaOptions>},
     {"RMSprop", plain<optim::RMSprop, optim::RMSpropOptions>},
     {"Adafactor", plain<optim::Adafactor, optim::AdafactorOptions>},
     {"Lion", plain<optim::Lion, optim::LionOptions>},
     {"Muon", muon}}};

struct Run { double rate = 0, loss = INFINITY, accuracy = 0, microseconds = 0; std::vector<double> losses; };

Run train(const Entry& entry, double rate, const Data& data) {
  nn::Sequential net = network(data);
  Optimizers optimizers = entry.make(net, rate);
  const int64_t count = data.train.x.size(0);
  example::Batches batches(data.train, entry.whole ? std::min<int64_t>(count, 2000) : 64);
  Run run;
  run.rate = rate;
  std::vector<double> within;
  while (static_cast<int64_t>(run.losses.size()) < (entry.whole ? data.steps / 5 : data.steps)) {
    const Set b = batches.next();
    double gradients = 0;
    const auto closure = [&] {
      const auto begin = example::Clock::now();
      net->zero_grad();
      Tensor loss = cross_entropy_loss(net(b.x), b.y);
      loss.backward();
      run.losses.push_back(loss.item<double>());
      loss = loss.detach();  // what remains of the graph is freed here, not in the optimizer's time
      gradients += example::seconds_since(begin);
      return loss;
    };
    const auto begin = example::Clock::now();
    optimizers[0]->step(closure);
    for (size_t i = 1; i < optimizers.size(); ++i) optimizers[i]->step();
    within.push_back(1e6 * (example::seconds_since(begin) - gradients));
  }
  run.microseconds = example::median(within);
  run.loss = example::mean_of_last(run.losses, run.losses.size() / 10);
  run.accuracy = example::accuracy(net, data.test);
  return run;
}

struct Result { const char* name; std::vector<Run> runs; size_t best; };
Result over_rates(const Entry& entry, const std::vector<double>& rates, const Data& data) {
  Result result{entry.name, {}, 0};
  for (const double rate : rates) {
    result.runs.push_back(train(entry, rate, data));
    if (result.runs.back().accuracy > result.runs[result.best].accuracy) result.best = result.runs.size() - 1;
  }
  return result;
}

// The rates around the best one that give nearly its accuracy.
void print(const Result& r, double within) {
  const auto good = [&](size_t i) { return r.runs[i].accuracy >= r.runs[r.best].accuracy - within; };
  size_t low = r.best, high = r.best;
  while (low > 0 && good(low - 1)) --low;
  while (high + 1 < r.runs.size() && good(high + 1)) ++high;
  const Run& best = r.runs[r.best];
  std::printf("%-10s %9.1g %8.4f %8.1f %%   %7.1g to %-8.1g %5.0fx %8.0f us\n", r.name, best.rate, best.loss, best.accuracy, r.runs[low].rate, r.runs[high].rate,
              r.runs[high].rate / r.runs[low].rate, best.microseconds);
  std::fflush(stdout);
}

// The search for a rate: one run of 200 steps, whose rate grows from step to step; then all is as before.
optim::LRRangeTest search(const Entry& entry, const Data& data) {
  nn::Sequential net = network(data);
  Optimizers optimizers = entry.make(net, 1e-3);
  example::Batches batches(data.train, 64);
  const auto closure = [&] {
    const Set b = batches.next();
    net->zero_grad();
    Tensor loss = cross_entropy_loss(net(b.x), b.y);
    loss.backward();
    return loss;
  };
  return optim::lr_range_test(*optimizers[0], closure, optim::LRRangeTestOptions().start_lr(1e-5).end_lr(10).num_iter(200));
}

std::vector<double> grid(int64_t in_decade) {
  const std::vector<double> marks = in_decade < 2 ? std::vector<double>{1} : in_decade == 2 ? std::vector<double>{1, 3} : std::vector<double>{1, 2, 5};
  std::vector<double> rates;
  for (double decade = 1e-4; decade < 5; decade *= 10)
    for (const double m : marks) rates.push_back(decade * m);
  return rates;
}

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"model", "cnn"}, {"data", ""}, {"steps", "200"}, {"decade", "2"}, {"plots", ""}});
  const Data data{args["model"] == "gru", example::images(args["data"], true), example::images(args["data"], false), args.number("steps")};
  if (args["model"] != "cnn" && args["model"] != "gru") return std::fprintf(stderr, "--model %s: expected cnn or gru\n", args["model"].c_str()), 2;
  const std::vector<double> rates = grid(args.number("decade"));
  const char* titles[] = {"SGD and what grew from it", "Adam and its kin", "Others"};

  std::printf("%-10s %9s %8s %10s   %-19s %6s %11s\n", "optimizer", "best rate", "loss", "accuracy", "within 3 points", "width", "own time");
  std::vector<logging::Figure> accuracies, losses;
  std::map<std::string, Result> results;
  bool holds = true;
  for (const auto& family : kFamilies) {
    const char* title = titles[accuracies.size()];
    accuracies.emplace_back(example::axes(title, "learning rate", "test accuracy (%)").log_x(true).y_range({0, 100}));
    losses.emplace_back(example::axes(title, losses.empty() ? "step (Rprop, LBFGS: gradient of the whole set)" : "step", "training loss").log_y(true));
    for (const Entry& entry : family) {
      const Result r = over_rates(entry, rates, data);
      print(r, 3);
      std::vector<double> reached;
      for (const Run& run : r.runs) reached.push_back(run.accuracy);
      accuracies.back().line(rates, reached, r.name);
      example::add_thinned(losses.back(), r.name, r.runs[r.best].losses, std::max<size_t>(1, r.runs[r.best].losses.size() / 40));
      holds = holds && (entry.whole || r.runs[r.best].accuracy > 60);  // each of them learns at its best rate
      results[r.name] = r;
    }
  }
  args.save("optimizers_" + args["model"] + "_rates.svg", accuracies);
  args.save("optimizers_" + args["model"] + "_losses.svg", losses);

  std::printf("\n%-10s %14s %12s %9s      %9s %9s\n", "lr search", "suggested rate", "a third", "accuracy", "best rate", "accuracy");
  logging::Figure searches(example::axes("Search for a learning rate", "learning rate of the step", "training loss, running mean").log_x(true).y_range({0, 4}));
  for (const Entry& entry : {kFamilies[0][0], kFamilies[0][1], kFamilies[1][0], kFamilies[1][1]}) {
    const optim::LRRangeTest found = search(entry, data);
    const Run run = train(entry, found.suggestion.value() / 3, data), &best = results[entry.name].runs[results[entry.name].best];
    std::printf("%-10s %14.2g %12.2g %7.1f %%      %9.1g %7.1f %%\n", entry.name, *found.suggestion, run.rate, run.accuracy, best.rate, best.accuracy);
    searches.line(found.lrs, found.smoothed, entry.name);
    holds = holds && run.accuracy > best.accuracy - 15;
  }
  args.save("optimizers_" + args["model"] + "_search.svg", {searches});
  return holds ? 0 : 1;
}
