#include <wick/data/datasets.h>

#include <algorithm>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/data/download.h>
#include <wick/data/idx.h>
#include <wick/data/transforms.h>
#include <wick/ops.h>

namespace wick::data {

namespace transforms::inline v1 {

Example<> Stack<Example<>>::apply_batch(std::vector<Example<>> examples) {
  std::vector<Tensor> data, targets;
  for (auto& e : examples) {
    data.push_back(std::move(e.data));
    targets.push_back(std::move(e.target));
  }
  return {stack(data), stack(targets)};
}
TensorExample Stack<TensorExample>::apply_batch(std::vector<TensorExample> examples) {
  std::vector<Tensor> data;
  for (auto& e : examples) data.push_back(std::move(e.data));
  return stack(data);
}

namespace detail {
Tensor channels(ArrayRef<double> values) {
  Tensor t = empty({static_cast<int64_t>(values.size()), 1, 1});
  for (size_t i = 0; i < values.size(); ++i) t.data_ptr<float>()[i] = static_cast<float>(values[i]);
  return t;
}
Tensor normalize(const Tensor& input, const Tensor& mean, const Tensor& stddev) { return input.sub(mean).div(stddev); }
}  // namespace detail

}  // namespace transforms::inline v1

namespace datasets::inline v1 {

namespace detail {
static Tensor numbers(ArrayRef<size_t> indices) {
  Tensor t = empty({static_cast<int64_t>(indices.size())}, kLong);
  std::copy(indices.begin(), indices.end(), static_cast<int64_t*>(t.data_ptr()));
  return t;
}
TensorExample rows(const Tensor& data, ArrayRef<size_t> indices) { return data.index_select(0, numbers(indices)); }
Example<> rows(const Tensor& data, const Tensor& target, ArrayRef<size_t> indices) {
  const Tensor i = numbers(indices);
  return {data.index_select(0, i), target.index_select(0, i)};
}
}  // namespace detail

TensorDataset::TensorDataset(const std::vector<Tensor>& tensors) : TensorDataset(stack(tensors)) {}
TensorDataset::TensorDataset(Tensor t) : tensor(std::move(t)) {}
TensorExample TensorDataset::get(size_t index) { return tensor.select(0, static_cast<int64_t>(index)); }
std::optional<size_t> TensorDataset::size() const { return static_cast<size_t>(tensor.size(0)); }

namespace {

// The file, or its compressed form when only that exists.
Tensor read(const std::string& root, const char* name) {
  const std::string plain = (std::filesystem::path(root) / name).string();
  std::error_code ignored;
  return read_idx(!std::filesystem::exists(plain, ignored) && std::filesystem::exists(plain + ".gz", ignored) ? plain + ".gz" : plain);
}

}  // namespace

MNIST::MNIST(const std::string& root, Mode mode, bool download) : train_(mode == Mode::kTrain) {
  if (download) data::download(KnownSet::MNIST, root);
  const char* images = train_ ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
  const char* labels = train_ ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte";
  const Tensor x = read(root, images), y = read(root, labels);
  WICK_CHECK(x.scalar_type() == kByte && x.dim() == 3 && x.size(1) == 28 && x.size(2) == 28, root, "/", images, ": expected bytes [n, 28, 28], got ", x.scalar_type(), " ", x.sizes());
  WICK_CHECK(y.scalar_type() == kByte && y.dim() == 1, root, "/", labels, ": expected bytes [n], got ", y.scalar_type(), " ", y.sizes());
  WICK_CHECK(x.size(0) == y.size(0), root, ": ", x.size(0), " images (", images, ") and ", y.size(0), " labels (", labels, ")");
  images_ = x.unsqueeze(1).to(kFloat).div_(255);
  targets_ = y.to(kLong);
  WICK_CHECK(targets_.numel() == 0 || targets_.max().item<int64_t>() <= 9, root, "/", labels, ": classes 0 to 9 are expected, found ", targets_.max().item<int64_t>());
}
Example<> MNIST::get(size_t index) { return {images_.select(0, static_cast<int64_t>(index)), targets_.select(0, static_cast<int64_t>(index))}; }
std::optional<size_t> MNIST::size() const { return static_cast<size_t>(images_.size(0)); }
bool MNIST::is_train() const noexcept { return train_; }

static const std::string& fetched(const std::string& root, bool download) {
  if (download) data::download(KnownSet::FashionMNIST, root);
  return root;
}
FashionMNIST::FashionMNIST(const std::string& root, Mode mode, bool download) : MNIST(fetched(root, download), mode) {}

const std::vector<std::string>& FashionMNIST::classes() {
  static const std::vector<std::string> names{"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
  return names;
}

}  // namespace datasets::inline v1
}  // namespace wick::data
