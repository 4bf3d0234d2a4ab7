// A gated recurrent layer with attention for long series. A plain RNN must carry what it saw early through every step, and
// its gradients fade on the way; gates let them pass, and attention over all steps gives them a short way back.
//
//   long_series               the digits read pixel by pixel, 64 steps, ten classes
//   long_series SERIES.csv    forecasts of a series (one header line; the value is the last column): the next value from
//                             the last 132, for example of monthly sunspots, which rise and fall in 11 years
#include "common.h"

#include <fstream>
#include <string>

using namespace wick;

struct AttentiveGruImpl : nn::Cloneable<AttentiveGruImpl> {
  AttentiveGruImpl(int64_t inputs, int64_t hidden, int64_t outputs) : inputs(inputs), hidden(hidden), outputs(outputs) { reset(); }
  void reset() override {
    gru = register_module("gru", nn::GRU(nn::GRUOptions(inputs, hidden).batch_first(true)));
    score = register_module("score", nn::Linear(hidden, hidden));
    out = register_module("out", nn::Linear(2 * hidden, outputs));
  }

  // [batch, steps, inputs] to [batch, outputs]: the last state asks, all states answer.
  Tensor forward(const Tensor& x) {
    const Tensor states = std::get<0>(gru(x)), last = states.select(1, -1);
    const Tensor weights = states.matmul(score(last).unsqueeze(2)).div(std::sqrt(static_cast<double>(hidden))).softmax(1);
    return out(cat({last, (weights * states).sum(1)}, 1));
  }

  int64_t inputs, hidden, outputs;
  nn::GRU gru = nullptr;
  nn::Linear score = nullptr, out = nullptr;
};
WICK_MODULE(AttentiveGru);

struct PlainRnnImpl : nn::Module {
  PlainRnnImpl(int64_t inputs, int64_t hidden, int64_t outputs)
      : rnn(reg("rnn", nn::RNN(nn::RNNOptions(inputs, hidden).batch_first(true)))), out(reg("out", nn::Linear(hidden, outputs))) {}
  Tensor forward(const Tensor& x) { return out(std::get<0>(rnn(x)).select(1, -1)); }
  nn::RNN rnn;
  nn::Linear out;
};
WICK_MODULE(PlainRnn);

// --- Digits, pixel by pixel ---------------------------------------------------------------------------------------

// The best of three learning rates: what suits one layer need not suit the other.
template <class Net>
double read_digits() {
  const auto steps = [](example::Set set) { return example::Set{set.x.view({-1, 64, 1}), set.y}; };
  double best = 0;
  for (const double rate : {2e-3, 5e-3, 2e-2}) {
    manual_seed(1);
    Net net = std::is_same<Net, PlainRnn>::value ? Net(1, 68, 10) : Net(1, 32, 10);
    example::fit(net, steps(example::digits(true)), 600, rate, 64);
    best = std::max(best, example::accuracy(net, steps(example::digits(false))));
  }
  return best;
}
int digits() {
  std::printf("the digits read pixel by pixel, 64 steps\n");
  const double plain = read_digits<PlainRnn>(), attentive = read_digits<AttentiveGru>();
  const auto line = [](const char* name, int64_t parameters, double accuracy) { std::printf("%-19s %5d parameters   test accuracy %.1f %%\n", name, static_cast<int>(parameters), accuracy); };
  line("plain RNN", PlainRnn(1, 68, 10)->num_parameters(), plain);
  line("GRU with attention", AttentiveGru(1, 32, 10)->num_parameters(), attentive);
  return attentive > plain ? 0 : 1;
}

// --- Forecasts of a series ----------------------------------------------------------------------------------------

Tensor read_series(const char* path) {
  std::ifstream file(path);
  std::vector<float> values;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line))
    if (const size_t comma = line.rfind(','); comma != std::string::npos) values.push_back(std::stof(line.substr(comma + 1)));
  if (values.size() <= 500) throw ValueError(std::string(path) + ": expected a header and more than 500 lines with a value in the last column, got " + std::to_string(values.size()));
  return tensor(values);
}

// Root mean squared error of one-step forecasts on the last fifth of the series.
template <class Net>
double forecast(Net net, const Tensor& series) {
  constexpr int64_t kSeen = 132;
  const int64_t split = series.size(0) * 4 / 5;
  const double mean = series.slice(0, 0, split).mean().item<double>(), spread = series.slice(0, 0, split).std().item<double>();
  const Tensor scaled = (series - mean) / spread, windows = scaled.unfold(0, kSeen + 1, 1);
  const Tensor x = windows.slice(1, 0, kSeen).unsqueeze(2), y = windows.select(1, kSeen).unsqueeze(1);
  const int64_t n = split - kSeen;
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(3e-3));
  for (int epoch = 0; epoch < 15; ++epoch)
    for (const Tensor& picked : randperm(n).split(64)) {
      optimizer.zero_grad();
      mse_loss(net(x.index_select(0, picked)), y.index_select(0, picked)).backward();
      nn::utils::clip_grad_norm_(net->parameters(), 1.0);
      optimizer.step();
    }
  NoGradGuard off;
  return spread * mse_loss(net(x.slice(0, n)), y.slice(0, n)).sqrt().template item<double>();
}
int series(const char* path) {
  const Tensor values = read_series(path);
  const int64_t split = values.size(0) * 4 / 5;
  manual_seed(1);
  std::printf("%s: %lld values, root mean squared error of the next one on the last fifth\n", path, static_cast<long long>(values.size(0)));
  std::printf("as the value before  %.2f\n", mse_loss(values.slice(0, split), values.slice(0, split - 1, -1)).sqrt().item<double>());
  std::printf("plain RNN            %.2f\n", forecast(PlainRnn(1, 68, 1), values));
  std::printf("GRU with attention   %.2f\n", forecast(AttentiveGru(1, 32, 1), values));
  return 0;
}

int main(int argc, char** argv) {
  manual_seed(1);
  example::expect_ok(nn::testing::check_module(AttentiveGru(2, 4, 3), randn({2, 9, 2})));
  return argc > 1 ? series(argv[1]) : digits();
}
