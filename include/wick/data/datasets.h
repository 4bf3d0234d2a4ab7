// Datasets: what gives examples by number, or batches.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/data/example.h>
#include <wick/data/transforms.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace data {
namespace datasets {
inline namespace v1 {

/// The dataset with a transform applied to each batch.
template <class Source, class Transform>
class MapDataset;
template <class D, class T>
MapDataset<D, T> map(D dataset, T transform);

namespace detail {
template <class T> struct is_optional : std::false_type {};
template <class T> struct is_optional<std::optional<T>> : std::true_type {};
template <bool C, class T> using optional_if_t = std::conditional_t<C, std::optional<T>, T>;

// Whether a dataset has `stacked`, which gives examples joined as by Stack, without a tensor for each; and no `get` of a class that derives from it.
template <class M, class C> C declared_by(M C::*);
template <class D, class = void> struct same_get : std::true_type {};
template <class D> struct same_get<D, std::void_t<decltype(declared_by(&D::get)), decltype(declared_by(&D::stacked))>>
    : std::is_same<decltype(declared_by(&D::get)), decltype(declared_by(&D::stacked))> {};
template <class D, class = void> struct has_stacked : std::false_type {};
template <class D> struct has_stacked<D, std::void_t<decltype(std::declval<D&>().stacked(ArrayRef<size_t>()))>> : same_get<D> {};
// Whether T joins examples as Stack does (libtorch's programs may derive from it and change that).
template <class D, class T, class E = typename T::OutputBatchType>
constexpr bool only_stacks() {
  if constexpr (has_stacked<D>::value && (std::is_base_of<transforms::Stack<Example<>>, T>::value || std::is_base_of<transforms::Stack<TensorExample>, T>::value))
    return std::is_same<decltype(&T::apply_batch), E (transforms::Stack<E>::*)(std::vector<E>)>::value;
  else
    return false;
}
// Whether T changes a batch as it changes each example.
template <class T> struct is_normalize : std::is_same<T, transforms::Normalize<>> {};

TensorExample rows(const Tensor& data, ArrayRef<size_t> indices);
Example<> rows(const Tensor& data, const Tensor& target, ArrayRef<size_t> indices);
}  // namespace detail

/// A dataset that gives whole batches. `Self` is the class that derives from it.
template <class Self, class Batch = std::vector<Example<>>, class BatchRequest = ArrayRef<size_t>>
class BatchDataset {
 public:
  using SelfType = Self;
  using BatchType = Batch;
  using BatchRequestType = BatchRequest;
  constexpr static bool is_stateful = detail::is_optional<BatchType>::value;
  virtual ~BatchDataset() = default;

  /// The batch for a request (usually a list of numbers), and the number of examples if known.
  virtual Batch get_batch(BatchRequest request) = 0;
  virtual std::optional<size_t> size() const = 0;

  /// This dataset with a transform applied to each batch.
  template <class T>
  MapDataset<Self, T> map(T transform) & { return datasets::map(static_cast<Self&>(*this), std::move(transform)); }
  template <class T>
  MapDataset<Self, T> map(T transform) && { return datasets::map(std::move(static_cast<Self&>(*this)), std::move(transform)); }
};

/// A dataset that gives examples by number: derive and write `get` and `size`.
template <class Self, class SingleExample = Example<>>
class Dataset : public BatchDataset<Self, std::vector<SingleExample>> {
 public:
  using ExampleType = SingleExample;
  virtual ExampleType get(size_t index) = 0;
  std::vector<ExampleType> get_batch(ArrayRef<size_t> indices) override {
    std::vector<ExampleType> batch;
    batch.reserve(indices.size());
    try {
      for (const size_t i : indices) batch.push_back(get(i));
    } catch (...) {
      data::detail::failed_at(batch.size(), indices.size());
      throw;
    }
    return batch;
  }
};

/// A dataset that gives the next n examples.
template <class Self, class Batch = std::vector<Example<>>>
using StreamDataset = BatchDataset<Self, Batch, size_t>;

/// A dataset that ends by itself: no batch when there is no more; `reset` starts it again.
template <class Self, class Batch = std::vector<Example<>>, class BatchRequest = size_t>
class StatefulDataset : public BatchDataset<Self, std::optional<Batch>, BatchRequest> {
 public:
  virtual void reset() = 0;
  /// Writes or reads the place in the epoch. Datasets that do not define them have none.
  virtual void save(serialize::OutputArchive&) const {}
  virtual void load(serialize::InputArchive&) {}
};

/// `save` and `load`.
template <class Self, class Batch, class BatchRequest>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const StatefulDataset<Self, Batch, BatchRequest>& dataset) {
  dataset.save(archive);
  return archive;
}
template <class Self, class Batch, class BatchRequest>
serialize::InputArchive& operator>>(serialize::InputArchive& archive, StatefulDataset<Self, Batch, BatchRequest>& dataset) {
  dataset.load(archive);
  return archive;
}

/// A dataset with a transform; made by `map`.
template <class Source, class Transform>
class MapDataset : public BatchDataset<MapDataset<Source, Transform>, detail::optional_if_t<Source::is_stateful, typename Transform::OutputBatchType>,
                                       typename Source::BatchRequestType> {
 public:
  using DatasetType = Source;
  using TransformType = Transform;
  using BatchRequestType = typename Source::BatchRequestType;
  using OutputBatchType = detail::optional_if_t<Source::is_stateful, typename Transform::OutputBatchType>;

  MapDataset(Source dataset, Transform transform) : dataset_(std::move(dataset)), transform_(std::move(transform)) {}
  OutputBatchType get_batch(BatchRequestType request) override {
    if constexpr (Source::is_stateful) {
      if (auto batch = dataset_.get_batch(std::move(request))) return transform_.apply_batch(std::move(*batch));
      return std::nullopt;
    } else if constexpr (detail::only_stacks<Source, Transform>()) {
      return dataset_.stacked(request);
    } else {
      return transform_.apply_batch(dataset_.get_batch(std::move(request)));
    }
  }
  /// The same joined as by Stack, for datasets in memory.
  template <class D = Source, std::enable_if_t<detail::has_stacked<D>::value && detail::is_normalize<Transform>::value, int> = 0>
  Example<> stacked(ArrayRef<size_t> indices) {
    Example<> batch = dataset_.stacked(indices);
    batch.data = transform_(std::move(batch.data));
    return batch;
  }
  std::optional<size_t> size() const noexcept override { return dataset_.size(); }
  void reset() { dataset_.reset(); }
  const Source& dataset() noexcept { return dataset_; }
  const Transform& transform() noexcept { return transform_; }

 private:
  Source dataset_;
  Transform transform_;
};

/// A dataset with a transform.
template <class D, class T>
MapDataset<D, T> map(D dataset, T transform) {
  if constexpr (D::is_stateful)
    static_assert(std::is_same<typename D::BatchType::value_type, typename T::InputBatchType>::value, "BatchType type of dataset does not match input type of transform");
  else
    static_assert(std::is_same<typename D::BatchType, typename T::InputBatchType>::value, "BatchType type of dataset does not match input type of transform");
  return {std::move(dataset), std::move(transform)};
}

/// One dataset shared by all workers, instead of a copy for each; it has to be safe for several threads.
template <class Underlying>
class SharedBatchDataset : public BatchDataset<SharedBatchDataset<Underlying>, typename Underlying::BatchType, typename Underlying::BatchRequestType> {
 public:
  using BatchType = typename Underlying::BatchType;
  using BatchRequestType = typename Underlying::BatchRequestType;
  SharedBatchDataset(std::shared_ptr<Underlying> dataset) : dataset_(std::move(dataset)) {}
  BatchType get_batch(BatchRequestType request) override { return dataset_->get_batch(std::move(request)); }
  std::optional<size_t> size() const override { return dataset_->size(); }
  Underlying& operator*() { return *dataset_; }
  const Underlying& operator*() const { return *dataset_; }
  Underlying* operator->() { return dataset_.get(); }
  const Underlying* operator->() const { return dataset_.get(); }
  void reset() { dataset_->reset(); }

 private:
  std::shared_ptr<Underlying> dataset_;
};
template <class Underlying, class... Args>
SharedBatchDataset<Underlying> make_shared_dataset(Args&&... args) { return std::make_shared<Underlying>(std::forward<Args>(args)...); }

/// The rows of a tensor (or of tensors stacked) as examples without a target.
class TensorDataset : public Dataset<TensorDataset, TensorExample> {
 public:
  explicit TensorDataset(const std::vector<Tensor>& tensors);
  explicit TensorDataset(Tensor tensor);
  TensorExample get(size_t index) override;
  std::optional<size_t> size() const override;
  /// Some rows at once: what `map(Stack<TensorExample>())` uses.
  TensorExample stacked(ArrayRef<size_t> indices) const { return detail::rows(tensor, indices); }
  Tensor tensor;
};

/// Handwritten digits, 28x28: images [1, 28, 28] in [0, 1] and classes 0 to 9; also any set with files of the
/// same names and shape. Reads `root/train-images-idx3-ubyte` and its kin, plain or `.gz`; with `download`, files that are not there are fetched first
/// (`data::download`).
/// Errors name the file and what is wrong with it. (https://yann.lecun.com/exdb/mnist)
class MNIST : public Dataset<MNIST> {
 public:
  enum class Mode { kTrain, kTest };
  explicit MNIST(const std::string& root, Mode mode = Mode::kTrain, bool download = false);
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override;
  bool is_train() const noexcept;
  /// Some examples at once: what `map(Stack<>())` uses.
  Example<> stacked(ArrayRef<size_t> indices) const { return detail::rows(images_, targets_, indices); }
  /// All images [n, 1, 28, 28] and classes [n].
  const Tensor& images() const { return images_; }
  const Tensor& targets() const { return targets_; }

 private:
  Tensor images_, targets_;
  bool train_;
};

/// Pictures of clothes in MNIST's files and shape: images [1, 28, 28] in [0, 1] and classes 0 to 9, named by `classes`.
/// (https://github.com/zalandoresearch/fashion-mnist)
class FashionMNIST : public MNIST {
 public:
  explicit FashionMNIST(const std::string& root, Mode mode = Mode::kTrain, bool download = false);
  /// T-shirt/top, Trouser, Pullover, Dress, Coat, Sandal, Shirt, Sneaker, Bag, Ankle boot.
  static const std::vector<std::string>& classes();
};

}  // namespace v1
}  // namespace datasets
}  // namespace data
}  // namespace wick
