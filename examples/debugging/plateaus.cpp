// Three losses that stay at the level of guessing, each for another reason: the signals that tell them apart, what the doctor says, and its remedy.
//
//   plateaus [--plots DIR]
#include "common.h"

using namespace wick;
using namespace example;

namespace {

struct Case {
  std::string name;
  double rate;
  bool uniform;  // weights between 0 and 1
};

nn::Sequential network(bool uniform) {
  manual_seed(1);
  nn::Sequential net(nn::Flatten(), nn::Linear(64, 64), nn::Tanh(), nn::Linear(64, 64), nn::Tanh(), nn::Linear(64, 64), nn::Tanh(), nn::Linear(64, 10));
  for (const auto& p : net->named_parameters())
    if (uniform && p.value().dim() == 2 && p.value().size(0) == 64) nn::init::uniform_(p.value());
  return net;
}

// What happens in each step of a fit.
struct Watch : train::Callback {
  explicit Watch(nn::Sequential& net) : flow(net, {"weight"}), seen(net, {"2"}, debug::RecorderOptions().gradients(false)) {}
  debug::GradientFlow flow;
  debug::ActivationRecorder seen;
  std::vector<double> losses, saturated;
  void on_gradients(train::TrainerBase&) override {
    flow.after_backward();
    saturated.push_back(seen.value("2").abs().gt(0.99).to(kDouble).mean().item<double>());
  }
  void on_step_end(train::TrainerBase& trainer) override {
    flow.after_step();
    losses.push_back(trainer.logged_last().front().second);
  }
};

struct Run {
  Case of;
  std::vector<double> losses, updates, gradients, saturated;  // of each step
  std::vector<double> outputs;  // of the first tanh in the last step: shares in 20 bins from -1 to 1
  double noise = 0, accuracy = 0;
  std::vector<train::Finding> findings;
  train::PreflightReport before;  // what could be known before the first step
};

Run run(const Case& c, const Set& train, const Set& test) {
  nn::Sequential net = network(c.uniform);
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(c.rate));
  Classifier trainer(net, optimizer, train::TrainerOptions().epochs(12));
  auto watch = std::make_shared<Watch>(net);
  auto doctor = std::make_shared<train::Doctor>();
  auto training = batches(train, 64), held_out = batches(test, 360);
  const auto before = train::preflight(trainer, training);
  trainer.add(watch);
  trainer.add(doctor);
  trainer.fit(training, held_out);
  const Tensor updates = watch->flow.update_ratios(), first = watch->flow.gradient_norms().select(1, 0);
  const double noise = doctor->signals().curve("loss_noise").back();
  const Tensor last = watch->seen.value("2").to(kDouble);
  return {c, watch->losses, values(std::get<0>(updates.max(1))), values(first), watch->saturated, values(last.histc(20, -1, 1) / last.numel()), noise, 100 * trainer.logged("val_accuracy"), doctor->findings(), before};
}

void heading() { std::printf("%-20s %7s %8s %20s %18s %9s %9s\n", "", "loss", "noise", "step / weights", "tanh at its ends", "gradient", "accuracy"); }
void print(const Run& r) {
  const double first = *std::max_element(r.updates.begin(), r.updates.begin() + 10);
  std::printf("%-20s %7.3f %8.3f %9.1e, %9.1e %7.0f %%, %5.0f %% %9.1e %7.1f %%\n", r.of.name.c_str(), mean_of_last(r.losses, 23), r.noise, first, median(r.updates),
              100 * r.saturated.front(), 100 * r.saturated.back(), median(r.gradients), r.accuracy);
}
bool says(const Run& r, const std::string& id) {
  return !r.findings.empty() && r.findings[0].id == id;
}

// What the doctor's remedy makes of a case.
Case remedy(const Run& r) {
  char name[32];
  if (says(r, "saturated")) return {"xavier_normal_", r.of.rate, false};
  const double rate = r.of.rate * (says(r, "rate_too_low") ? 100 : 0.1);
  std::snprintf(name, sizeof name, "rate %.0e", rate);
  return {name, rate, r.of.uniform};
}

// For logarithmic axes: what is 0 stands at the bottom.
std::vector<double> at_least(std::vector<double> values, double least) {
  for (double& v : values) v = std::max(v, least);
  return values;
}

void draw(const Args& args, const std::vector<Run>& faults, const std::vector<Run>& cured) {
  logging::Figure loss(axes("Losses, means of an epoch", "step", "cross-entropy").y_range({0, 4})), after(axes("After the remedy", "step", "cross-entropy").y_range({0, 4}));
  logging::Figure update(axes("Size of a step, relative to the weights", "step", "largest of the layers").log_y(true));
  logging::Figure saturated(axes("Outputs of the first tanh at the ends of its range", "step", "share").y_range({0, 1}));
  logging::Figure outputs(axes("Outputs of the first tanh in the last step", "value, in 20 bins", "share").y_range({0, 1}));
  logging::Figure gradient(axes("Gradient of the first layer's weights", "step", "norm (0: at the bottom)").log_y(true));
  for (const Run& r : faults) {
    add_thinned(loss, r.of.name, r.losses, 23);
    add_thinned(update, r.of.name, r.updates, 4);
    add_thinned(saturated, r.of.name, r.saturated, 4);
    outputs.line(arange(-0.95, 1, 0.1), tensor(r.outputs, TensorOptions(kDouble)), r.of.name);
    add_thinned(gradient, r.of.name, at_least(r.gradients, 1e-10), 4);
  }
  for (const Run& r : cured) add_thinned(after, r.of.name, r.losses, 23);
  args.save("plateaus_losses.svg", {loss, after});
  args.save("plateaus_signals.svg", {update, saturated, outputs, gradient});
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argc, argv, {{"plots", ""}});
  const Set train = images("", true), test = images("", false);
  const std::vector<std::pair<Case, std::string>> cases = {
      {{"rate too low", 1e-7, false}, "rate_too_low"}, {{"rate too high", 0.1, false}, "rate_too_high"}, {{"weights from 0 to 1", 3e-3, true}, "saturated"}};
  std::vector<Run> faults, cured;
  for (const auto& [c, expected] : cases) {
    faults.push_back(run(c, train, test));
    expect(mean_of_last(faults.back().losses, 23) > 2.2 && faults.back().accuracy < 20, c.name + " does not learn");
    expect(says(faults.back(), expected), "the doctor's first finding for " + c.name + " is " + expected);
  }
  heading();
  for (const Run& r : faults) print(r);
  std::printf("\nbefore training, preflight\n");
  for (const Run& r : faults) {
    int warnings = 0;
    for (const auto& check : r.before.checks)
      if (check.verdict == train::Verdict::warn || check.verdict == train::Verdict::fail)
        std::printf("%-20s %s: %s\n", ++warnings == 1 ? r.of.name.c_str() : "", check.id.c_str(), check.what.c_str());
    if (warnings == 0) std::printf("%-20s all checks pass\n", r.of.name.c_str());
    if (&r != &faults[1]) expect(warnings > 0, "preflight warns of: " + r.of.name);
  }
  std::printf("\nthe doctor's remedy, applied until it finds no plateau\n");
  heading();
  for (const Run& r : faults) {
    Run now = r;
    for (int tries = 0; tries < 3 && (says(now, "rate_too_low") || says(now, "rate_too_high") || says(now, "saturated")); ++tries) print(now = run(remedy(now), train, test));
    expect(now.accuracy > 90, r.of.name + " learns when the remedy is applied");
    cured.push_back(now);
  }
  for (const Run& r : faults) std::printf("\n%s\n%s", r.of.name.c_str(), r.findings[0].text().c_str());
  draw(args, faults, cured);
}
