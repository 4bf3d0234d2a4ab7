// CIFAR-10 and CIFAR-100: small colour pictures in the binary files as they were published.
#pragma once

#include <wick/data/datasets.h>
#include <wick/nn/arg.h>

namespace wick {
namespace data {
namespace datasets {
inline namespace v1 {

/// What of CIFAR-10 is read, and as what.
struct CIFAR10Options {
  CIFAR10Options();
  /// The training files that are read, by their numbers: 1 to 5, or fewer for a part of the set, in this order.
  WICK_ARG(std::vector<int64_t>, batches);
  /// float32 gives images in [0, 1], uint8 the bytes of the files, in a quarter of the memory.
  WICK_ARG(ScalarType, dtype) = kFloat;
  /// Whether the archive is fetched and unpacked first when files are missing (`data::download`).
  WICK_ARG(bool, download) = false;
};

/// Pictures [3, 32, 32] of ten classes. Reads `data_batch_1.bin` to `data_batch_5.bin`, or `test_batch.bin`, in `root` or in the folder
/// `root/cifar-10-batches-bin` of the published archive. Errors name the file and what is wrong with it: one that is missing (and what to put
/// where), no whole number of pictures, classes beyond 9. (https://www.cs.toronto.edu/~kriz/cifar.html)
class CIFAR10 : public Dataset<CIFAR10> {
 public:
  enum class Mode { kTrain, kTest };
  explicit CIFAR10(const std::string& root, Mode mode = Mode::kTrain, const CIFAR10Options& options = {});
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override;
  /// Some examples at once: what `map(Stack<>())` uses.
  Example<> stacked(ArrayRef<size_t> indices) const { return detail::rows(images_, targets_, indices); }
  bool is_train() const noexcept { return train_; }
  /// All images [n, 3, 32, 32] and classes [n].
  const Tensor& images() const { return images_; }
  const Tensor& targets() const { return targets_; }
  /// airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck.
  static const std::vector<std::string>& classes();

 private:
  Tensor images_, targets_;
  bool train_;
};

/// Pictures [3, 32, 32] of a hundred classes, in groups of five. Reads `train.bin` or `test.bin`, in `root` or in `root/cifar-100-binary`; as
/// CIFAR10 else. (https://www.cs.toronto.edu/~kriz/cifar.html)
class CIFAR100 : public Dataset<CIFAR100> {
 public:
  enum class Mode { kTrain, kTest };
  explicit CIFAR100(const std::string& root, Mode mode = Mode::kTrain, ScalarType dtype = kFloat, bool download = false);
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override;
  /// Some examples at once: what `map(Stack<>())` uses.
  Example<> stacked(ArrayRef<size_t> indices) const { return detail::rows(images_, targets_, indices); }
  bool is_train() const noexcept { return train_; }
  /// All images [n, 3, 32, 32], classes [n] (0 to 99) and groups of classes [n] (0 to 19).
  const Tensor& images() const { return images_; }
  const Tensor& targets() const { return targets_; }
  const Tensor& coarse_targets() const { return coarse_; }
  /// The classes' names, from apple to worm.
  static const std::vector<std::string>& classes();

 private:
  Tensor images_, targets_, coarse_;
  bool train_;
};

}  // namespace v1
}  // namespace datasets
}  // namespace data
}  // namespace wick
