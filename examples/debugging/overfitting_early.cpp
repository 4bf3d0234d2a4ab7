// Overfitting, seen before accuracy shows it: a network that can learn a few digits by heart, those with right labels and those of which one in five is wrong;
// what the doctor says in which epoch; what early stopping and other remedies bring.
//
//   overfitting_early [--plots DIR]
#include "common.h"

using namespace wick;
using namespace example;

namespace {

constexpr int64_t kEpochs = 60;

// The first digits; with `flawed`, the labels of every fifth are wrong.
Set few(int64_t count, bool flawed) {
  auto [x, y] = images("", true);
  y = y.slice(0, 0, count).clone();
  if (flawed) y.slice(0, 0, count, 5).add_(3).remainder_(10);
  return {x.slice(0, 0, count), y};
}

struct Recipe {
  std::string name;
  double dropout = 0, decay = 0, smoothing = 0;
  bool stop = false;
};

nn::Sequential network(const Recipe& r) {
  manual_seed(1);
  return nn::Sequential(nn::Flatten(), nn::Linear(64, 256), nn::ReLU(), nn::Dropout(r.dropout), nn::Linear(256, 256), nn::ReLU(), nn::Dropout(r.dropout), nn::Linear(256, 10));
}

// What an epoch ended with.
struct Epoch {
  double loss = 0, held_loss = 0, accuracy = 0, held_accuracy = 0, confidence = 0, ece = 0, norm = 0;
  bool found = false;  // the doctor says: overfitting
};

struct Watch : train::Callback {
  Watch(nn::Sequential n, Set set, Set t, std::shared_ptr<train::Doctor> d)
      : net(std::move(n)), train(std::move(set)), test(std::move(t)), doctor(std::move(d)), labels(train.y.size(0), 10) {}
  nn::Sequential net;
  Set train, test;
  std::shared_ptr<train::Doctor> doctor;
  train::LabelWatch labels;  // what the network says of its training examples in the first epochs
  std::vector<Epoch> epochs;
  int priority() const override { return -40; }  // after the doctor
  void on_epoch_end(train::TrainerBase& trainer) override {
    Epoch e{trainer.logged("loss"), trainer.logged("val_loss"), trainer.logged("train_accuracy"), trainer.logged("val_accuracy")};
    measure(e);
    for (const auto& finding : doctor->findings()) e.found |= finding.id == "overfitting";
    epochs.push_back(e);
  }
  void measure(Epoch& e) {
    const NoGradGuard off;
    net->eval();
    const Tensor p = net->forward(test.x).softmax(1);
    labels.update(arange(train.y.size(0)), net->forward(train.x), train.y);
    net->train();
    e.confidence = std::get<0>(p.max(1)).mean().item<double>();
    e.ece = debug::calibration(p, test.y).ece;
    for (const Tensor& w : net->parameters()) e.norm += w.square().sum().item<double>();
    e.norm = std::sqrt(e.norm);
  }
};

struct Smoothed : Classifier {
  using Classifier::Classifier;
  double smoothing = 0;
  Tensor training_step(data::Example<>& b) override {
    const Tensor scores = net->forward(b.data);
    train_accuracy.update(scores.detach(), b.target);
    return nn::functional::cross_entropy(scores, b.target, nn::functional::CrossEntropyFuncOptions().label_smoothing(smoothing));
  }
};

struct Run {
  std::vector<Epoch> epochs;
  train::Mislabelled labels;
};
Run run(const Recipe& recipe, const Set& train, const Set& test) {
  nn::Sequential net = network(recipe);
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(1e-3).weight_decay(recipe.decay));
  Smoothed trainer(net, optimizer, train::TrainerOptions().epochs(kEpochs));
  trainer.smoothing = recipe.smoothing;
  auto doctor = std::make_shared<train::Doctor>();
  auto watch = std::make_shared<Watch>(net, train, test, doctor);
  trainer.add(doctor);
  trainer.add(watch);
  if (recipe.stop) trainer.add(std::make_shared<train::EarlyStopping>("val_loss", 4));
  auto training = batches(train, 32), held_out = batches(test, 360);
  trainer.fit(training, held_out);
  return {watch->epochs, watch->labels.rank()};
}

// The first epoch (from 1) in which something holds; 0: none.
template <class F>
size_t first(const std::vector<Epoch>& epochs, const F& holds) {
  const auto at = std::find_if(epochs.begin(), epochs.end(), holds);
  return at == epochs.end() ? 0 : static_cast<size_t>(at - epochs.begin()) + 1;
}

// When what could be seen.
struct Dates {
  double best = 0;  // accuracy on what is held out
  size_t gap = 0, turn = 0, doctor = 0, confident = 0, accuracy = 0;
};
Dates dates(const std::vector<Epoch>& epochs) {
  Dates d;
  size_t lowest = 0;
  for (size_t i = 0; i < epochs.size(); ++i) {
    if (epochs[i].held_loss < epochs[lowest].held_loss) lowest = i;
    d.best = std::max(d.best, epochs[i].held_accuracy);
  }
  d.gap = first(epochs, [](const Epoch& e) { return e.held_loss > 1.25 * e.loss; });
  d.turn = lowest + 1;
  d.doctor = first(epochs, [](const Epoch& e) { return e.found; });
  d.confident = first(epochs, [](const Epoch& e) { return e.confidence > e.held_accuracy; });
  const std::vector<Epoch> after(epochs.begin() + static_cast<std::ptrdiff_t>(lowest), epochs.end());
  const size_t fallen = first(after, [&](const Epoch& e) { return e.held_accuracy < d.best - 0.05; });
  d.accuracy = fallen ? fallen + lowest : 0;
  return d;
}

void print(const char* name, const std::vector<Epoch>& epochs) {
  const Dates d = dates(epochs);
  const auto epoch = [](size_t e) { return e ? std::to_string(e) : std::string("-"); };
  std::printf("%-24s %9s %9s %9s %11s %9s      %.1f %%, %.1f %%\n", name, epoch(d.gap).c_str(), epoch(d.turn).c_str(), epoch(d.doctor).c_str(), epoch(d.confident).c_str(),
              epoch(d.accuracy).c_str(), 100 * d.best, 100 * epochs.back().held_accuracy);
}

// The examples that no one suspects.
Set trusted(const Set& set, const train::Mislabelled& labels) {
  Tensor keep = ones({set.y.size(0)}, kBool);
  int64_t wrong = 0;
  for (const auto& suspect : labels.suspects) {
    keep[suspect.index] = false;
    wrong += suspect.index % 5 == 0;
  }
  const int64_t count = static_cast<int64_t>(labels.suspects.size()), all = set.y.size(0);
  std::printf("\nlabels that look wrong: %d, of which %d are; %d of %d are wrong, %.0f %% by estimate\n", static_cast<int>(count), static_cast<int>(wrong), static_cast<int>(all / 5), static_cast<int>(all),
              100 * labels.share);
  expect(wrong * 5 >= 3 * count && wrong >= all / 10, "most labels that look wrong are, and half of the wrong ones are found");
  const Tensor kept = keep.nonzero().flatten();
  return {set.x.index_select(0, kept), set.y.index_select(0, kept)};
}

void compare(const Set& train, const train::Mislabelled& labels, const Set& test) {
  const Set rest = trusted(train, labels);
  std::printf("\n%-24s %6s  %26s  %19s\n", "one label in five wrong", "", "held out, lowest loss", "held out, at the end");
  std::printf("%-24s %6s  %12s %13s  %8s %10s\n", "", "epochs", "loss", "in epoch", "loss", "accuracy");
  const std::vector<Recipe> recipes = {{"nothing"}, {"early stopping", 0, 0, 0, true}, {"dropout 0.5", 0.5}, {"weight decay 1", 0, 1}, {"label smoothing 0.2", 0, 0, 0.2},
                                       {"dropout, early stopping", 0.5, 0, 0, true}, {"without the suspects"}};
  for (const Recipe& r : recipes) {
    const auto epochs = run(r, r.name == "without the suspects" ? rest : train, test).epochs;
    const size_t turn = dates(epochs).turn;
    std::printf("%-24s %6zu  %12.3f %13zu  %8.3f %8.1f %%\n", r.name.c_str(), epochs.size(), epochs[turn - 1].held_loss, turn, epochs.back().held_loss, 100 * epochs.back().held_accuracy);
    if (r.stop) expect(epochs.size() < kEpochs && epochs.back().held_accuracy > 0.7, r.name + " ends before accuracy falls");
  }
}

std::vector<logging::Figure> draw(const std::string& of, const std::vector<Epoch>& epochs) {
  std::vector<double> columns[4];
  for (const Epoch& e : epochs)
    for (size_t i = 0; i < 4; ++i) columns[i].push_back(std::vector<double>{e.loss, e.held_loss, 100 * e.held_accuracy, 100 * e.confidence}[i]);
  logging::Figure loss(axes("Losses, " + of, "epoch", "cross-entropy").y_range({0, 2.5})), share(axes("Held out, " + of, "epoch", "%").y_range({0, 100}));
  add_thinned(loss, "training", columns[0], 1);
  add_thinned(loss, "held out", columns[1], 1);
  add_thinned(share, "accuracy", columns[2], 1);
  add_thinned(share, "mean confidence", columns[3], 1);
  return {loss, share};
}

}  // namespace

int main(int argc, char** argv) {
  const Args args(argc, argv, {{"plots", ""}});
  const Set clean = few(400, false), flawed = few(200, true), test = images("", false);
  const auto sure = run({"nothing"}, clean, test).epochs;
  const auto [wrong, labels] = run({"nothing"}, flawed, test);
  std::printf("%-24s %9s %9s %9s %11s %9s      %s\n", "epoch in which", "a gap", "the loss", "the", "confidence", "accuracy", "best accuracy,");
  std::printf("%-24s %9s %9s %9s %11s %9s      %s\n", "", "is there", "turns", "doctor", "is too high", "fell by 5", "at the end");
  print("400 right labels", sure);
  print("200, one in five wrong", wrong);
  std::printf("weights' norm: %.1f in epoch 1, %.1f where the loss turns, %.1f in epoch %zu\n", wrong[0].norm, wrong[dates(wrong).turn - 1].norm, wrong.back().norm, wrong.size());
  const auto calibrated = std::min_element(wrong.begin(), wrong.end(), [](const Epoch& a, const Epoch& b) { return a.ece < b.ece; });
  std::printf("calibration error: %.1f %% at its lowest, %.1f %% at the end\n", 100 * calibrated->ece, 100 * wrong.back().ece);
  const Dates a = dates(sure), b = dates(wrong);
  expect(b.gap < b.turn && b.turn < b.doctor && b.doctor < b.accuracy, "with wrong labels the gap, the loss, the doctor and accuracy come in this order");
  expect(a.turn > 0 && a.doctor > 0 && a.accuracy == 0 && sure.back().confidence > sure.back().held_accuracy, "with right labels accuracy never falls, but confidence is too high");
  compare(flawed, labels, test);
  auto pictures = draw("400 right labels", sure);
  for (const auto& p : draw("one label in five wrong", wrong)) pictures.push_back(p);
  args.save("overfitting_early.svg", pictures);
}
