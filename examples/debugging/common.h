// What the programs of this chapter share: options (of chapter 3's), claims that are checked, pictures, a classifier to train.
#pragma once

#include <cstdlib>

#include <wick/debug.h>
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
