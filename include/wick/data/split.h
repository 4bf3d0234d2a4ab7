// Parts of a dataset: for training, validation, testing.
#pragma once

#include <utility>
#include <vector>

#include <wick/core/generator.h>
#include <wick/data/datasets.h>

namespace wick {
namespace data {
inline namespace v1 {

/// The numbers 0 to size - 1 in a random order, dealt out in parts: `lengths` are counts whose sum is `size`, or fractions whose sum is 1 (what
/// rounding leaves over goes to the parts in turn). With the same seed the parts are those of Python, and the same on every machine.
/// Errors: negative lengths, another sum. (https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.random_split)
std::vector<std::vector<size_t>> random_split(size_t size, const std::vector<double>& lengths, std::optional<Generator> generator = std::nullopt);

/// Some examples of a dataset, by their numbers. (https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.Subset)
template <class D>
class Subset : public datasets::Dataset<Subset<D>, typename D::ExampleType> {
 public:
  Subset(D dataset, std::vector<size_t> indices) : dataset_(std::move(dataset)), indices_(std::move(indices)) {}
  typename D::ExampleType get(size_t index) override {
    if (index >= indices_.size()) ::wick::detail::throw_index("Subset", static_cast<int64_t>(index), static_cast<int64_t>(indices_.size()));
    return dataset_.get(indices_[index]);
  }
  /// Some examples at once, for datasets in memory: what `map(Stack<>())` uses.
  template <class S = D, std::enable_if_t<datasets::detail::has_stacked<S>::value, int> = 0>
  auto stacked(ArrayRef<size_t> positions) {
    std::vector<size_t> chosen;
    for (const size_t p : positions) {
      if (p >= indices_.size()) ::wick::detail::throw_index("Subset", static_cast<int64_t>(p), static_cast<int64_t>(indices_.size()));
      chosen.push_back(indices_[p]);
    }
    return dataset_.stacked(chosen);
  }
  std::optional<size_t> size() const override { return indices_.size(); }
  const std::vector<size_t>& indices() const { return indices_; }
  const D& dataset() const { return dataset_; }

 private:
  D dataset_;
  std::vector<size_t> indices_;
};

/// The same parts, of a dataset.
template <class D, class = typename D::ExampleType>
std::vector<Subset<D>> random_split(const D& dataset, const std::vector<double>& lengths, std::optional<Generator> generator = std::nullopt) {
  std::vector<Subset<D>> parts;
  for (auto& indices : random_split(dataset.size().value(), lengths, std::move(generator))) parts.emplace_back(dataset, std::move(indices));
  return parts;
}

}  // namespace v1
}  // namespace data
}  // namespace wick
