// Pictures in folders, one for each class.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wick/data/datasets.h>
#include <wick/vision/io.h>

namespace wick {
namespace vision {
inline namespace v1 {

/// How an ImageFolder reads.
struct ImageFolderOptions {
  /// How pictures are decoded: RGB by default, whatever the file has.
  WICK_ARG(DecodeOptions, decode) = DecodeOptions(ImageReadMode::RGB);
  /// What is done to each picture, a function or one of `vision::transforms`; loaders with workers call it from several threads.
  WICK_ARG(std::function<Tensor(const Tensor&)>, transform);
  /// The ends of the names of pictures, in small or capital letters.
  WICK_ARG(std::vector<std::string>, extensions) = {"jpg", "jpeg", "png"};
  /// Whether class folders may be without pictures.
  WICK_ARG(bool, allow_empty) = false;
  /// Whether pictures that cannot be decoded are left out, and listed by `bad()`, instead of failing when they are used. All are decoded once,
  /// reduced, on all threads, when the dataset is made.
  WICK_ARG(bool, skip_bad) = false;
};

/// The pictures in `root/<class>/`, folders within included: uint8 [C, H, W], or what the transform makes of it, and the number of the class.
/// Classes are the folders' names in order; pictures come by class, then by folder, then by name. What begins with a dot is left out. Copies
/// share the list of files. Errors name the file or folder: no such folder, no class folders in it, class folders without pictures, a
/// picture that cannot be decoded (when it is used). (https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html)
class ImageFolder : public data::datasets::Dataset<ImageFolder> {
 public:
  /// A picture and its class.
  struct File {
    std::string path;
    int64_t target = 0;
  };
  /// A picture that was left out, and why.
  struct Bad {
    std::string path, reason;
  };

  /// The folders are read here, the pictures when they are used. Errors: see above.
  explicit ImageFolder(const std::string& root, const ImageFolderOptions& options = {});
  data::Example<> get(size_t index) override;
  std::optional<size_t> size() const override { return samples_->size(); }
  /// The classes' names, the pictures, those that were left out.
  const std::vector<std::string>& classes() const { return *classes_; }
  const std::vector<File>& samples() const { return *samples_; }
  const std::vector<Bad>& bad() const { return *bad_; }

  /// The same pictures with another transform: that for validation, say.
  ImageFolder with_transform(std::function<Tensor(const Tensor&)> transform) const;
  /// Pictures for training and, a share of `validation` of each class, others; the same ones for the same seed on every machine. A class keeps at
  /// least one picture for training. Errors: a share that is not between 0 and 1, too few pictures.
  std::pair<ImageFolder, ImageFolder> split(double validation = 0.2, uint64_t seed = 0) const;

 private:
  ImageFolderOptions options_;
  std::shared_ptr<const std::vector<std::string>> classes_;
  std::shared_ptr<const std::vector<File>> samples_;
  std::shared_ptr<const std::vector<Bad>> bad_;
};

}  // namespace v1
}  // namespace vision
}  // namespace wick
