// What the programs of this chapter share: options (of chapter 3's), claims that are checked, pictures, a classifier to train.
#pragma once

#include <cstdlib>

#include <wick/debug.h>
#include <wick/log.h>
#include <wick/train.h>
#include <wick/vision.h>

#include "../optimizers/common.h"

namespace example {

using wick::Tensor;

// A claim of the text; the program fails when it does not hold.
inline void expect(bool holds, const std::string& what) {
  if (!holds) std::printf("not as the text says: %s\n", what.c_str()), std::exit(1);
}

// A picture as a PNG file in the folder of `--plots`, if there is one.
inline void show(const Args& args, const std::string& file, const Tensor& picture) {
  if (args["plots"].empty() || !wick::vision::has_png()) return;
  wick::vision::write_png(picture, args["plots"] + "/" + file, 9);
  std::printf("wrote %s/%s\n", args["plots"].c_str(), file.c_str());
}

inline std::vector<double> values(const Tensor& t) {
  const Tensor v = t.detach().to(wick::kDouble).contiguous().flatten();
  return {v.data_ptr<double>(), v.data_ptr<double>() + v.numel()};
}

// A figure of lines; figures below each other are written to the folder of `--plots`, if there is one.
inline wick::logging::FigureOptions lines(const std::string& title, const std::string& x, const std::string& y, std::vector<double> range = {}) {
  return wick::logging::FigureOptions().title(title).x_label(x).y_label(y).y_range(std::move(range)).dashes(true).height(320);
}
inline void write(const Args& args, const std::string& file, const std::vector<wick::logging::Figure>& figures) {
  if (args["plots"].empty()) return;
  wick::logging::save(figures, args["plots"] + "/" + file);
  std::printf("wrote %s/%s\n", args["plots"].c_str(), file.c_str());
}
// Means of `every` values each: files stay small, and curves readable.
inline void add_line(wick::logging::Figure& figure, const std::string& name, const std::vector<double>& y, size_t every = 1) {
  const auto count = static_cast<int64_t>(y.size() / every), n = static_cast<int64_t>(every);
  const Tensor means = wick::tensor(y, wick::TensorOptions(wick::kDouble)).slice(0, 0, count * n).view({count, n}).mean(1);
  figure.line(wick::arange(count, wick::TensorOptions(wick::kDouble)) * n + 0.5 * static_cast<double>(n + 1), means, name);
}

struct Classifier : wick::train::Trainer<> {
  wick::nn::Sequential net;
  wick::train::metrics::Accuracy accuracy, train_accuracy;
  Classifier(wick::nn::Sequential n, wick::optim::Optimizer& o, wick::train::TrainerOptions options) : Trainer(*n, o, options), net(n) {
    track("val_accuracy", accuracy);
    track("train_accuracy", train_accuracy);
  }
  Tensor training_step(wick::data::Example<>& b) override {
    const Tensor scores = net->forward(b.data);
    train_accuracy.update(scores.detach(), b.target);
    return wick::cross_entropy_loss(scores, b.target);
  }
  void validation_step(wick::data::Example<>& b) override {
    const Tensor scores = net->forward(b.data);
    accuracy.update(scores, b.target);
    log("val_loss", wick::cross_entropy_loss(scores, b.target));
  }
};

// Batches of a set in an order of the seed, the same in each epoch.
inline std::vector<wick::data::Example<>> batches(const Set& set, int64_t size, uint64_t seed = 7) {
  auto generator = wick::make_generator(seed);
  std::vector<wick::data::Example<>> all;
  for (const Tensor& picked : wick::randperm(set.x.size(0), generator).split(size)) all.push_back({set.x.index_select(0, picked), set.y.index_select(0, picked)});
  return all;
}

}  // namespace example
