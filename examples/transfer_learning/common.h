// What the programs of this chapter share: pictures in memory, changed at random; a loop; measures; tables.
#pragma once

#include <cmath>

#include <wick/adapt.h>
#include <wick/data.h>
#include <wick/models.h>
#include <wick/optim.h>
#include <wick/train.h>
#include <wick/vision.h>

#include "../optimizers/common.h"

namespace example {

using wick::Tensor;
using Change = std::function<Tensor(const Tensor&)>;

// Some pictures of a set, each changed by `change` where there is one.
inline Set batch_of(const Set& set, const Tensor& picked, const Change& change = nullptr) {
  Set batch{set.x.index_select(0, picked), set.y.index_select(0, picked)};
  if (!change) return batch;
  std::vector<Tensor> pictures;
  for (int64_t i = 0; i < batch.x.size(0); ++i) pictures.push_back(change(batch.x[i]));
  return {wick::stack(pictures), batch.y};
}

// Orders of a set's examples, one after the other, in batches.
class Shuffled {
 public:
  Shuffled(int64_t size, int64_t batch, uint64_t seed) : size_(size), batch_(std::min(batch, size)), generator_(wick::make_generator(seed)) {}
  Tensor next() {
    if (at_ + batch_ > order_.numel()) order_ = wick::randperm(size_, generator_), at_ = 0;
    at_ += batch_;
    return order_.slice(0, at_ - batch_, at_);
  }

 private:
  int64_t size_, batch_, at_ = 0;
  Tensor order_ = wick::empty({0}, wick::kLong);
  wick::Generator generator_;
};

// `count` examples of each class (0: all of them), chosen by the seed.
inline Set some_of_each(const Set& set, int64_t classes, int64_t count, uint64_t seed) {
  if (count == 0) return set;
  auto generator = wick::make_generator(seed);
  const Tensor order = wick::randperm(set.x.size(0), generator), labels = set.y.index_select(0, order);
  std::vector<Tensor> chosen;
  for (int64_t c = 0; c < classes; ++c) {
    const Tensor of_class = order.index_select(0, labels.eq(c).nonzero().flatten());
    chosen.push_back(of_class.slice(0, 0, std::min(count, of_class.size(0))));
  }
  const Tensor picked = wick::cat(chosen);
  return {set.x.index_select(0, picked), set.y.index_select(0, picked)};
}

// Logits of all pictures; the share of them that is right, and the mean of each class's share, in percent; the loss.
inline Tensor logits_of(const Change& classify, const Tensor& pictures) {
  wick::NoGradGuard off;
  std::vector<Tensor> all;
  for (int64_t at = 0; at < pictures.size(0); at += 256) all.push_back(classify(pictures.slice(0, at, std::min(pictures.size(0), at + 256))));
  return wick::cat(all);
}
struct Score { double accuracy = 0, balanced = 0, loss = 0; };
inline Score score(const Tensor& logits, const Tensor& labels) {
  const Tensor right = logits.argmax(1).eq(labels).to(wick::kDouble);
  Score s;
  s.accuracy = 100 * right.mean().item<double>();
  s.loss = wick::cross_entropy_loss(logits, labels).item<double>();
  for (int64_t c = 0; c < logits.size(1); ++c) {
    const Tensor of_class = labels.eq(c).to(wick::kDouble);
    s.balanced += 100 / static_cast<double>(logits.size(1)) * (right * of_class).sum().item<double>() / std::max(1.0, of_class.sum().item<double>());
  }
  return s;
}
inline Score mean(const std::vector<Score>& scores) {
  Score m;
  for (const Score& s : scores) {
    const auto n = static_cast<double>(scores.size());
    m.accuracy += s.accuracy / n, m.balanced += s.balanced / n, m.loss += s.loss / n;
  }
  return m;
}

// The pictures of an ImageFolder, after a transform, in memory.
inline Set in_memory(wick::vision::ImageFolder folder) {
  std::vector<Tensor> x, y;
  for (size_t i = 0; i < folder.size(); ++i) {
    auto e = folder.get(i);
    x.push_back(e.data);
    y.push_back(e.target.to(wick::kLong));
  }
  return {wick::stack(x), wick::stack(y)};
}

inline void require(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

}  // namespace example
