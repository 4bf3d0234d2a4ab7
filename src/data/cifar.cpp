#include <wick/data/cifar.h>

#include <array>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/data/download.h>
#include <wick/ops.h>

#include "io/read_file.h"

namespace wick::data::datasets::inline v1 {
namespace {

constexpr int64_t pixels = 3 * 32 * 32;

// What tells the two sets apart. Each record has a byte or two of labels, then the pixels.
struct Kind {
  const char *who, *folder, *archive;
  std::array<int, 2> classes;  // how many classes each byte tells apart; 0: there is no such byte
  int64_t labels() const { return classes[1] > 0 ? 2 : 1; }
};
constexpr Kind ten{"CIFAR10", "cifar-10-batches-bin", "cifar-10-binary.tar.gz", {10, 0}};
constexpr Kind hundred{"CIFAR100", "cifar-100-binary", "cifar-100-binary.tar.gz", {20, 100}};

std::string find(const Kind& kind, const std::string& root, const std::string& name, const char* way_out) {
  const std::filesystem::path folder(root), inner = folder / kind.folder;
  std::error_code ignored;
  if (std::filesystem::exists(folder / name, ignored)) return (folder / name).string();
  if (std::filesystem::exists(inner / name, ignored)) return (inner / name).string();
  throw Error(str(kind.who, ": no file ", (folder / name).string(), " (nor in ", inner.string(), "): unpack ", kind.archive,
                  " from https://www.cs.toronto.edu/~kriz/cifar.html there", way_out));
}

struct Part { Tensor images, labels; };  // uint8 [n, 3, 32, 32], int64 [n, bytes of labels]

Part read(const Kind& kind, const std::string& path) {
  const Tensor bytes = io::read_file(path);
  const int64_t labels = kind.labels(), record = labels + pixels, n = bytes.numel() / record;
  WICK_CHECK(n > 0 && bytes.numel() % record == 0, path, ": ", bytes.numel(), " bytes are no whole number of ", kind.who, "'s pictures, ", record, " bytes each");
  const Tensor rows = bytes.view({n, record});
  const uint8_t* p = static_cast<const uint8_t*>(bytes.data_ptr());
  for (int64_t i = 0; i < n; ++i)
    for (int64_t k = 0; k < labels; ++k) {
      const int found = p[i * record + k], classes = kind.classes[static_cast<size_t>(k)];
      WICK_CHECK(found < classes, path, ": picture ", i, " is of class ", found, ", expected 0 to ", classes - 1);
    }
  return {rows.slice(1, labels, record).reshape({n, 3, 32, 32}), rows.slice(1, 0, labels).to(kLong)};
}

// What the library's users get: bytes, or floating numbers in [0, 1].
Tensor converted(const Tensor& bytes, ScalarType dtype) { return dtype == kByte ? bytes : bytes.to(kFloat).div_(255); }
void check_type(const Kind& kind, ScalarType dtype) {
  WICK_CHECK_TYPE(TypeError, dtype == kFloat || dtype == kByte, kind.who, ": images are float32 or uint8, not ", dtype);
}

}  // namespace

CIFAR10Options::CIFAR10Options() : batches_{1, 2, 3, 4, 5} {}

CIFAR10::CIFAR10(const std::string& root, Mode mode, const CIFAR10Options& options) : train_(mode == Mode::kTrain) {
  check_type(ten, options.dtype());
  if (options.download()) data::download(KnownSet::CIFAR10, root);
  std::vector<std::string> paths;
  if (train_) {
    WICK_CHECK_TYPE(ValueError, !options.batches().empty(), "CIFAR10: no batches are asked for, expected some of 1 to 5");
    for (const int64_t b : options.batches()) {
      WICK_CHECK_TYPE(ValueError, b >= 1 && b <= 5, "CIFAR10: batches are 1 to 5, not ", b);
      paths.push_back(find(ten, root, str("data_batch_", b, ".bin"), ", or name the batches that are there: CIFAR10Options().batches({1})"));
    }
  } else {
    paths.push_back(find(ten, root, "test_batch.bin", ""));
  }
  std::vector<Tensor> images, labels;
  for (const std::string& path : paths) {
    Part part = read(ten, path);
    images.push_back(std::move(part.images));
    labels.push_back(part.labels.select(1, 0));
  }
  images_ = converted(cat(images), options.dtype());
  targets_ = cat(labels);
}
Example<> CIFAR10::get(size_t index) { return {images_.select(0, static_cast<int64_t>(index)), targets_.select(0, static_cast<int64_t>(index))}; }
std::optional<size_t> CIFAR10::size() const { return static_cast<size_t>(images_.size(0)); }

CIFAR100::CIFAR100(const std::string& root, Mode mode, ScalarType dtype, bool download) : train_(mode == Mode::kTrain) {
  check_type(hundred, dtype);
  if (download) data::download(KnownSet::CIFAR100, root);
  const Part part = read(hundred, find(hundred, root, train_ ? "train.bin" : "test.bin", ""));
  images_ = converted(part.images, dtype);
  coarse_ = part.labels.select(1, 0).contiguous();
  targets_ = part.labels.select(1, 1).contiguous();
}
Example<> CIFAR100::get(size_t index) { return {images_.select(0, static_cast<int64_t>(index)), targets_.select(0, static_cast<int64_t>(index))}; }
std::optional<size_t> CIFAR100::size() const { return static_cast<size_t>(images_.size(0)); }

const std::vector<std::string>& CIFAR10::classes() {
  static const std::vector<std::string> names{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
  return names;
}
const std::vector<std::string>& CIFAR100::classes() {
  static const std::vector<std::string> names{
      "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl", "boy", "bridge", "bus", "butterfly",
      "camel", "can", "castle", "caterpillar", "cattle", "chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup",
      "dinosaur", "dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp", "lawn_mower",
      "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain", "mouse", "mushroom", "oak_tree", "orange", "orchid",
      "otter", "palm_tree", "pear", "pickup_truck", "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road",
      "rocket", "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel", "streetcar", "sunflower",
      "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale",
      "willow_tree", "wolf", "woman", "worm"};
  return names;
}

}  // namespace wick::data::datasets::inline v1
