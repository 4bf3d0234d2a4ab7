// Long sequences: gradients that fade on the way back through a hundred steps, which optimizers cope with that, and what gates do.
//
//   adding   each step brings a number and a mark; two steps are marked, one in each half; wanted is the sum of their numbers.
//            Who always answers 1 has a mean squared error of 1/6.
//   recall   the first step shows one of four symbols, then there is noise; wanted is the symbol. Who guesses has a loss of log 4 = 1.386.
//
// (S. Hochreiter, J. Schmidhuber: Long Short-Term Memory, 1997)
//
//   long_sequences [--steps 600] [--length 100] [--plots DIR]
#include "common.h"

using namespace wick;
using example::Set;

struct Task {
  const char* name;
  int64_t inputs, outputs;
  double solved;  // a loss below which it is
  Set (*batch)(int64_t n, int64_t length, Generator& random);
  Tensor (*loss)(const Tensor& answer, const Tensor& wanted);
};
Set adding(int64_t n, int64_t length, Generator& random) {
  const Tensor first = randint(0, length / 2, {n, 1}, random), second = randint(length / 2, length, {n, 1}, random);
  const Tensor numbers = rand({n, length}, random), marks = zeros({n, length}).scatter_(1, first, 1.0).scatter_(1, second, 1.0);
  return {stack({numbers, marks}, 2), (numbers * marks).sum(1, true)};
}
Set recall(int64_t n, int64_t length, Generator& random) {
  const Tensor symbol = randint(4, {n}, random), x = zeros({n, length, 5});
  x.select(2, 4).copy_(randn({n, length}, random) * 0.3);
  x.select(1, 0).slice(1, 0, 4).copy_(nn::functional::one_hot(symbol, 4));
  return {x, symbol};
}
const Task kAdding{"adding", 2, 1, 0.02, adding, [](const Tensor& answer, const Tensor& wanted) { return mse_loss(answer, wanted); }};
const Task kRecall{"recall", 5, 4, 0.1, recall, [](const Tensor& answer, const Tensor& wanted) { return cross_entropy_loss(answer, wanted); }};

// A network that answers after the last step: [batch, steps, inputs] to [batch, outputs].
struct ReaderImpl : nn::Module {
  ReaderImpl(const std::string& kind, int64_t inputs, int64_t outputs) : kind(kind) {
    if (kind == "RNN") rnn = register_module("rnn", nn::RNN(nn::RNNOptions(inputs, kHidden).batch_first(true)));
    if (kind == "GRU") gru = register_module("gru", nn::GRU(nn::GRUOptions(inputs, kHidden).batch_first(true)));
    if (kind == "LSTM") lstm = register_module("lstm", nn::LSTM(nn::LSTMOptions(inputs, kHidden).batch_first(true)));
    out = register_module("out", nn::Linear(kHidden, outputs));
  }
  Tensor forward(const Tensor& x) {
    const Tensor states = rnn ? std::get<0>(rnn(x)) : gru ? std::get<0>(gru(x)) : std::get<0>(lstm(x));
    return out(states.select(1, -1));
  }
  // The best start for memory: recurrent weights that keep lengths, gates that let through 95 %.
  void remember() {
    NoGradGuard off;
    if (rnn) nn::init::orthogonal_(rnn->named_parameters()["weight_hh_l0"]);
    if (gru) gru->named_parameters()["bias_ih_l0"].slice(0, kHidden, 2 * kHidden).fill_(3);
  }
  static constexpr int64_t kHidden = 32;
  std::string kind;
  nn::RNN rnn = nullptr;
  nn::GRU gru = nullptr;
  nn::LSTM lstm = nullptr;
  nn::Linear out = nullptr;
};
WICK_MODULE(Reader);

// Norms of the loss's gradient with respect to each step's input: what is left of the error on its way back.
std::vector<double> gradient_by_step(Reader& net, const Task& task, int64_t length) {
  Generator random = make_generator(5);
  const Set b = task.batch(64, length, random);
  const Tensor x = b.x.requires_grad_(true);
  const Tensor norms = autograd::grad({task.loss(net(x), b.y)}, {x})[0].to(kDouble).norm(2, {0, 2});  // float32 would square them to 0
  return std::vector<double>(norms.data_ptr<double>(), norms.data_ptr<double>() + length);
}

struct Method {
  const char* name;
  std::vector<double> rates;
  std::unique_ptr<optim::Optimizer> (*make)(const std::vector<Tensor>& parameters, double lr);
};
template <class Optimizer, class Options>
std::unique_ptr<optim::Optimizer> make(const std::vector<Tensor>& parameters, Options options) {
  return std::unique_ptr<optim::Optimizer>(new Optimizer(parameters, options));
}
const std::vector<Method> kMethods{
    {"SGD", {0.03, 0.1}, [](const std::vector<Tensor>& p, double lr) { return make<optim::SGD>(p, optim::SGDOptions(lr)); }},
    {"momentum", {0.01, 0.03}, [](const std::vector<Tensor>& p, double lr) { return make<optim::SGD>(p, optim::SGDOptions(lr).momentum(0.9)); }},
    {"RMSprop", {3e-3, 1e-2}, [](const std::vector<Tensor>& p, double lr) { return make<optim::RMSprop>(p, optim::RMSpropOptions(lr)); }},
    {"Adam", {3e-3, 1e-2}, [](const std::vector<Tensor>& p, double lr) { return make<optim::Adam>(p, optim::AdamOptions(lr)); }},
};

struct Run { std::vector<double> losses, before, after; double last = INFINITY; };
Run train(const Task& task, const std::string& kind, bool remember, const Method& method, double rate, int64_t steps, int64_t length) {
  manual_seed(1);
  Reader net(kind, task.inputs, task.outputs);
  if (remember) net->remember();
  Run run;
  run.before = gradient_by_step(net, task, length);
  auto optimizer = method.make(net->parameters(), rate);
  optimizer->step_options().clip_norm(1.0).zero_grad(true);
  Generator random = make_generator(3);
  for (int64_t step = 0; step < steps; ++step) {
    const Set b = task.batch(32, length, random);
    const Tensor loss = task.loss(net(b.x), b.y);
    loss.backward();
    optimizer->step();
    run.losses.push_back(loss.item<double>());
  }
  run.after = gradient_by_step(net, task, length);
  run.last = example::mean_of_last(run.losses, 50);
  return run;
}

using Row = std::vector<Run>;  // the best run of each method
Row best_of_each(const Task& task, const std::string& kind, bool remember, const example::Args& args) {
  Row row;
  std::printf("%-8s %-26s", task.name, (kind + (!remember ? "" : kind == "RNN" ? ", orthogonal" : ", gates open at first")).c_str());
  for (const Method& method : kMethods) {
    Run best;
    for (const double rate : method.rates)
      if (Run run = train(task, kind, remember, method, rate, args.number("steps"), args.number("length")); !(run.last >= best.last)) best = std::move(run);
    std::printf("%9.4f%c", best.last, best.last < task.solved ? '*' : ' ');
    std::fflush(stdout);
    row.push_back(std::move(best));
  }
  std::printf("\n");
  return row;
}

void save_plots(const example::Args& args, const Row& rnn, const Row& gru) {
  const std::vector<double> steps = example::count_to(static_cast<size_t>(args.number("length")));
  logging::Figure gradients(example::axes("adding: what is left of the gradient at each step", "step", "norm of the gradient").log_y(true).x_range({0, steps.back()}));
  gradients.line(steps, rnn[3].before, "RNN at first").line(steps, rnn[3].after, "RNN, trained by Adam").line(steps, gru[3].before, "GRU at first").line(steps, gru[3].after, "GRU, trained by Adam");
  args.save("sequence_gradients.svg", {gradients});
  logging::Figure losses(example::axes("adding: losses", "training step", "mean squared error").log_y(true));
  example::add_thinned(losses, "RNN, Adam", rnn[3].losses, 10);
  for (size_t i = 0; i < kMethods.size(); ++i) example::add_thinned(losses, std::string("GRU, ") + kMethods[i].name, gru[i].losses, 10);
  args.save("sequence_losses.svg", {losses});
}

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"steps", "600"}, {"length", "100"}, {"lstm", "0"}, {"plots", ""}});
  std::printf("loss of the last 50 of %s steps at the better of two rates; * solved\n", args["steps"].c_str());
  std::printf("%-8s %-26s%9s %9s %9s %9s\n", "task", "network", "SGD", "momentum", "RMSprop", "Adam");
  const Row rnn = best_of_each(kAdding, "RNN", false, args), gru = best_of_each(kAdding, "GRU", false, args);
  if (args.number("lstm") != 0) best_of_each(kAdding, "LSTM", false, args);
  const Row recalled = best_of_each(kRecall, "RNN", true, args), gated = best_of_each(kRecall, "GRU", true, args);

  std::printf("\nadding: gradient's norm at step      1%*s%*s\n", 9, "half", 9, "last");
  const auto line = [](const char* name, const std::vector<double>& n) { std::printf("%-31s%9.0e%9.0e%9.0e\n", name, n.front(), n[n.size() / 2], n.back()); };
  line("RNN at first", rnn[3].before);
  line("RNN, trained by Adam", rnn[3].after);
  line("GRU at first", gru[3].before);
  line("GRU, trained by Adam", gru[3].after);
  save_plots(args, rnn, gru);

  // SGD gets nowhere, with momentum or without; RMSprop and Adam learn both tasks with gates; no optimizer teaches the plain RNN to add.
  bool holds = true;
  for (const size_t i : {0, 1}) holds = holds && gru[i].last > 0.1 && gated[i].last > 1;
  for (const size_t i : {2, 3}) holds = holds && gru[i].last < kAdding.solved && gated[i].last < kRecall.solved;
  for (const Run& run : rnn) holds = holds && run.last > 0.1;
  return holds && recalled[3].last < recalled[0].last ? 0 : 1;
}
