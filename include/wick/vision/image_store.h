// Many pictures in one LMDB file: no small files to open, and sequential where disks like it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <wick/data/lmdb.h>
#include <wick/vision/image_folder.h>

namespace wick {
namespace vision {
inline namespace v1 {

/// Writes the pictures of a folder, as the files are, with their classes into a new LMDB file: for number i the key is i as ten digits, the value the class
/// (int64, little endian) and the file's bytes; the key `classes` has the classes' names, one a line. The file appears when all is written. Errors: those of
/// LmdbWriter, a file that exists, a picture that cannot be read, a class with a line break in its name.
void write_image_store(const std::string& path, const ImageFolder& folder);

/// Reads it: uint8 [C, H, W], or what the transform makes of it, and the number of the class. Copies, those of workers too, share the list. Errors name
/// the file and the number of the picture: see `data::LmdbReader`; entries that are none of a picture; a picture that cannot be decoded (when it is used).
class ImageStore : public data::datasets::Dataset<ImageStore> {
 public:
  explicit ImageStore(const std::string& path, std::function<Tensor(const Tensor&)> transform = {}, const DecodeOptions& decode = ImageReadMode::RGB);
  data::Example<> get(size_t index) override;
  std::optional<size_t> size() const override { return size_; }
  const std::vector<std::string>& classes() const { return classes_; }
  /// The picture's bytes as in its file, and its class.
  std::pair<Tensor, int64_t> file(size_t index) const;

 private:
  std::string path_;
  data::LmdbReader reader_;
  std::function<Tensor(const Tensor&)> transform_;
  DecodeOptions decode_;
  std::vector<std::string> classes_;
  size_t size_ = 0;
};

}  // namespace v1
}  // namespace vision
}  // namespace wick
