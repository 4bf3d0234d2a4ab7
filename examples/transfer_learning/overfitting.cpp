// Few pictures and a network that can learn them by heart: what dropout, label smoothing, augmentation, MixUp, CutMix and early stopping do about it.
//
//   overfitting [--data DIR] [--images 1000] [--epochs 30] [--seeds 2] [--plots DIR]
//
// DIR holds Fashion-MNIST or MNIST; without it a few hundred of the embedded digits are taken.
#include "common.h"

using namespace wick;
using example::Set;

namespace {

struct Recipe {
  std::string name;
  double dropout = 0, smoothing = 0;
  bool augment = false, mixup = false, cutmix = false, stop = false;
};

struct NetImpl : nn::Module {
  NetImpl(int64_t size, double dropout)
      : net(register_module("net", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)),
                                                  nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Dropout(dropout), nn::Linear(32 * (size / 4) * (size / 4), 128), nn::ReLU(),
                                                  nn::Dropout(dropout), nn::Linear(128, 10)))) {}
  Tensor forward(const Tensor& x) { return net(x); }
  nn::Sequential net;
};
WICK_MODULE(Net);

struct Pictures : data::datasets::Dataset<Pictures> {
  Pictures(Set s, example::Change c) : set(std::move(s)), change(std::move(c)) {}
  data::Example<> get(size_t i) override {
    const Tensor x = set.x[static_cast<int64_t>(i)];
    return {change ? change(x) : x, set.y[static_cast<int64_t>(i)]};
  }
  std::optional<size_t> size() const override { return static_cast<size_t>(set.x.size(0)); }
  Set set;
  example::Change change;
};

struct Fit : train::Trainer<> {
  Net net;
  Recipe recipe;
  Fit(Net n, optim::Optimizer& o, const Recipe& r, int64_t epochs) : Trainer(*n, o, train::TrainerOptions().epochs(epochs)), net(n), recipe(r) {}
  Tensor training_step(data::Example<>& b) override {
    Tensor x = b.data, y = b.target;
    if (recipe.mixup) std::tie(x, y) = vision::transforms::MixUp(0.2, 10)(x, y);
    if (recipe.cutmix) std::tie(x, y) = vision::transforms::CutMix(1.0, 10)(x, y);
    return nn::functional::cross_entropy(net(x), y, nn::functional::CrossEntropyFuncOptions().label_smoothing(recipe.smoothing));
  }
  void validation_step(data::Example<>& b) override { log("val_loss", cross_entropy_loss(net(b.data), b.target)); }
};

// The losses after each epoch, without dropout and mixing.
struct Curves : train::Callback {
  Curves(Net n, const Set& t, const Set& v) : net(n), training(t), validation(v) {}
  void on_epoch_end(train::TrainerBase&) override {
    net->eval();
    const auto logits = [&](const Tensor& x) { return net(x); };
    train.push_back(example::score(example::logits_of(logits, training.x), training.y));
    val.push_back(example::score(example::logits_of(logits, validation.x), validation.y));
    net->train();
  }
  Net net;
  Set training, validation;
  std::vector<example::Score> train, val;
};

struct Result { example::Score train, test; double best = 0; size_t best_epoch = 0; std::vector<double> train_loss, val_loss; };

Result run(const Recipe& recipe, const Set& training, const Set& validation, const Set& test, int64_t epochs, uint64_t seed) {
  manual_seed(seed);
  const int64_t size = training.x.size(2);
  Net net(size, recipe.dropout);
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(2e-3).weight_decay(0.01));
  example::Change change;
  if (recipe.augment) {
    // Clothes look the same in a mirror; digits do not.
    using namespace vision::transforms;
    const Compose moves(size == 8 ? std::vector<Step>{RandomAffine(8, {0.05, 0.05}, {}, {}, vision::InterpolationMode::BILINEAR)}
                                  : std::vector<Step>{RandomHorizontalFlip(), RandomCrop(28, {2})});
    change = [moves](const Tensor& x) { return moves(x); };
  }
  auto loader = data::make_data_loader<data::samplers::RandomSampler>(Pictures(training, change).map(data::transforms::Stack<>()), data::DataLoaderOptions(50));
  auto held_out = data::make_data_loader<data::samplers::SequentialSampler>(Pictures(validation, nullptr).map(data::transforms::Stack<>()), data::DataLoaderOptions(250));
  const auto curves = std::make_shared<Curves>(net, training, validation);
  Fit fit(net, optimizer, recipe, epochs);
  fit.add(curves);
  if (recipe.stop) fit.add(std::make_shared<train::EarlyStopping>("val_loss", 3));
  fit.fit(*loader, *held_out);

  net->eval();
  Result r{curves->train.back(), example::score(example::logits_of([&](const Tensor& x) { return net(x); }, test.x), test.y), INFINITY, 0, {}, {}};
  for (size_t e = 0; e < curves->val.size(); ++e) {
    r.train_loss.push_back(curves->train[e].loss);
    r.val_loss.push_back(curves->val[e].loss);
    if (curves->val[e].loss < r.best) r.best = curves->val[e].loss, r.best_epoch = e + 1;
  }
  return r;
}

Set part(const Set& s, int64_t from, int64_t to) { return {s.x.slice(0, from, to), s.y.slice(0, from, to)}; }

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"images", "0"}, {"epochs", "0"}, {"seeds", "0"}, {"plots", ""}});
  const bool real = !args["data"].empty();
  const int64_t images = args.number("images") ? args.number("images") : real ? 1000 : 150, epochs = args.number("epochs") ? args.number("epochs") : real ? 30 : 40;
  const int64_t seeds = args.number("seeds") ? args.number("seeds") : real ? 2 : 1;
  const Set all = example::images(args["data"], true), test = part(example::images(args["data"], false), 0, 5000);
  const Set training = part(all, 0, images), validation = part(all, images, images + 500);

  const std::vector<Recipe> recipes = {{"none of these"}, {"early stopping", 0, 0, false, false, false, true}, {"label smoothing 0.1", 0, 0.1}, {"dropout 0.5", 0.5},
                                       {"MixUp 0.2", 0, 0, false, true}, {"CutMix", 0, 0, false, false, true}, {"augmentation", 0, 0, true}, {"dropout, augmentation", 0.5, 0, true}};
  std::printf("%lld training pictures, up to %lld epochs, means of %lld seeds\n                          training                   validation        test\n", static_cast<long long>(images),
              static_cast<long long>(epochs), static_cast<long long>(seeds));
  std::printf("                           loss  accuracy    lowest loss  in epoch    loss  accuracy\n");
  logging::Figure loss(example::axes("Loss on validation pictures", "epoch", "cross-entropy").y_range({0.4, 1.2})), gap(example::axes("Loss on training pictures", "epoch", "cross-entropy").log_y(true));
  std::vector<double> tests;
  for (const Recipe& recipe : recipes) {
    std::vector<example::Score> train, held;
    double best = 0, epoch = 0;
    for (int64_t seed = 1; seed <= seeds; ++seed) {
      const Result r = run(recipe, training, validation, test, epochs, static_cast<uint64_t>(seed));
      train.push_back(r.train);
      held.push_back(r.test);
      best += r.best / static_cast<double>(seeds);
      epoch += static_cast<double>(r.best_epoch) / static_cast<double>(seeds);
      if (seed > 1 || recipe.stop || recipe.mixup || recipe.smoothing > 0) continue;
      const std::vector<double> epochs_seen = example::count_to(r.val_loss.size());
      loss.line(epochs_seen, r.val_loss, recipe.name);
      gap.line(epochs_seen, r.train_loss, recipe.name);
    }
    const example::Score a = example::mean(train), b = example::mean(held);
    tests.push_back(b.loss);
    std::printf("%-24s %7.3f   %5.1f %%         %6.3f    %6.1f  %6.3f    %5.1f %%\n", recipe.name.c_str(), a.loss, a.accuracy, best, epoch, b.loss, b.accuracy);
    std::fflush(stdout);
  }
  args.save("transfer_overfitting.svg", {loss, gap});
  // 150 digits differ too little from those of the test to hold this against it.
  example::require(!real || *std::min_element(tests.begin(), tests.end()) < tests.front(), "nothing helped");
}
