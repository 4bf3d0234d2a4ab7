// How much gradient is left after 200 steps of an RNN, an LSTM, a GRU and a gated cell of one's own, as they start and with gates that are open at first; and which of
// them learn to say at the end which of four symbols the first step showed (then there is noise; guessing has a loss of log 4 = 1.386).
//
//   through_time [--steps 800] [--rate 0.001] [--plots DIR]      (without --steps: 800 of the RNNs, 100 of the others)
#include "common.h"

using namespace wick;
using namespace example;

namespace {

constexpr int64_t kLength = 200, kInputs = 5, kHidden = 32;

// x [steps, batch, inputs], the symbol.
Set recall(int64_t batch, Generator& random) {
  const Tensor symbol = randint(4, {batch}, random), x = zeros({kLength, batch, kInputs});
  x.select(2, 4).copy_(randn({kLength, batch}, random) * 0.3);
  x[0].slice(1, 0, 4).copy_(nn::functional::one_hot(symbol, 4));
  return {x, symbol};
}

// A gate between what was and what comes; with a `flow` each state is tracked.
struct GatedImpl : nn::Module {
  nn::Linear in{reg("in", nn::Linear(kInputs, 2 * kHidden))}, back{reg("back", nn::Linear(kHidden, kHidden))};
  Tensor forward(const Tensor& x, debug::TimeGradients* flow = nullptr) {
    Tensor h = zeros({x.size(1), kHidden}, x.options());
    std::vector<Tensor> states;
    for (const Tensor& v : in(x).unbind(0)) {
      const auto parts = v.chunk(2, 1);
      const Tensor keep = parts[0].sigmoid();
      h = keep * h + (1 - keep) * (parts[1] + back(h)).tanh();
      if (flow) h = flow->track(h);
      states.push_back(h);
    }
    return stack(states);
  }
};
WICK_MODULE(Gated);

Tensor last_of(const Tensor& out) { return out[-1].square().mean(); }

// A recurrent layer with a head for four answers.
struct ReaderImpl : nn::Module {
  nn::RNN rnn = nullptr;
  nn::LSTM lstm = nullptr;
  nn::GRU gru = nullptr;
  Gated gated = nullptr;
  nn::Linear head{reg("head", nn::Linear(kHidden, 4))};
  explicit ReaderImpl(const std::string& kind) {
    if (kind == "RNN") rnn = reg("layer", nn::RNN(kInputs, kHidden));
    if (kind == "LSTM") lstm = reg("layer", nn::LSTM(kInputs, kHidden));
    if (kind == "GRU") gru = reg("layer", nn::GRU(kInputs, kHidden));
    if (kind == "own cell") gated = reg("layer", Gated());
  }
  Tensor states(const Tensor& x) { return rnn ? std::get<0>(rnn(x)) : lstm ? std::get<0>(lstm(x)) : gru ? std::get<0>(gru(x)) : gated(x); }
  Tensor forward(const Tensor& x) { return head(states(x)[-1]); }
  // Norms of dL/dh at each step.
  Tensor flow(const Tensor& x) {
    if (rnn) return debug::time_flow(rnn, x, last_of).hidden[0];
    if (lstm) return debug::time_flow(lstm, x, last_of).hidden[0];
    if (gru) return debug::time_flow(gru, x, last_of).hidden[0];
    debug::TimeGradients through;
    last_of(gated(x, &through)).backward();
    zero_grad();
    return through.norms();
  }
};
WICK_MODULE(Reader);

// A start that keeps what the first step brought: lengths, or 99 % of the state.
// A start that keeps what the first step brought: recurrent weights that keep lengths, gates that let 99 % of the state through.
void remember(Reader& net) {
  const NoGradGuard off;
  auto p = net->named_parameters();
  if (net->rnn) nn::init::orthogonal_(p["layer.weight_hh_l0"]);
  if (net->lstm) p["layer.bias_ih_l0"].slice(0, kHidden, 2 * kHidden).fill_(5);  // the forget gate
  if (net->gru) p["layer.bias_ih_l0"].slice(0, kHidden, 2 * kHidden).fill_(5);   // the update gate
  if (net->gated) p["layer.in.bias"].slice(0, 0, kHidden).fill_(5);
}

struct Run {
  std::string name;
  std::vector<double> before, after, losses;
  double right = 0;
};

// In float64: what an RNN leaves after 200 steps is no float32.
std::vector<double> flow_of(Reader& net) {
  auto random = make_generator(5);
  const Tensor x = recall(8, random).x.to(kDouble);
  net->to(kDouble);
  const auto norms = values(net->flow(x));
  net->to(kFloat);
  return norms;
}

struct Start { const char *kind, *name; bool keeps; };
constexpr Start kStarts[] = {{"RNN", "RNN", false},   {"RNN", "RNN, orthogonal", true}, {"LSTM", "LSTM", false},         {"LSTM", "LSTM, forget bias 5", true},
                             {"GRU", "GRU", false}, {"GRU", "GRU, update bias 5", true}, {"own cell", "own cell", false}, {"own cell", "own cell, keep bias 5", true}};

Run run(const Start& start, double rate, int64_t steps) {
  manual_seed(1);
  Reader net(start.kind);
  if (start.keeps) remember(net);
  Run r{start.name, flow_of(net), {}, {}};
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(rate));
  optimizer.step_options().clip_norm(1.0).zero_grad(true);
  auto random = make_generator(3);
  for (int64_t step = 0; step < steps; ++step) {
    const Set b = recall(32, random);
    const Tensor loss = cross_entropy_loss(net(b.x), b.y);
    loss.backward();
    optimizer.step();
    r.losses.push_back(loss.item<double>());
  }
  const Set test = recall(500, random);
  r.right = 100 * net(test.x).argmax(1).eq(test.y).to(kDouble).mean().item<double>();
  r.after = flow_of(net);
  return r;
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argc, argv, {{"steps", "0"}, {"rate", "0.001"}, {"plots", ""}});
  logging::Figure before(axes("dL/dh as the networks start", "step", "norm").y_range({1e-30, 10}).log_y(true));
  logging::Figure after(axes("dL/dh after training", "step", "norm").y_range({1e-30, 10}).log_y(true));
  std::printf("%-24s %36s %18s %8s %8s\n", "", "dL/dh in step 200, 150, 1", "1, trained", "loss", "right");
  for (const Start& start : kStarts) {
    const int64_t steps = args.number("steps") ? args.number("steps") : std::string(start.kind) == "RNN" ? 800 : 100;
    const Run r = run(start, args.real("rate"), steps);
    std::printf("%-24s %14.0e %10.0e %10.0e %18.0e %8.3f %6.0f %%\n", r.name.c_str(), r.before[199], r.before[149], r.before[0], r.after[0], mean_of_last(r.losses, 20), r.right);
    std::fflush(stdout);
    add_thinned(before, r.name, r.before, 4);
    add_thinned(after, r.name, r.after, 4);
    expect(start.keeps ? r.before[0] > 1e-7 : r.before[0] < 1e-20, r.name + ": the gradient at the first step");
    if (steps >= 800 && args.real("rate") == 0.001) expect(start.keeps ? r.right > 50 : r.right < 40, r.name + ": what was learnt");
  }
  args.save("through_time.svg", {before, after});
}
