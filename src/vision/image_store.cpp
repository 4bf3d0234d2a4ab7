#include <wick/vision/image_store.h>

#include <cstdio>
#include <cstring>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::vision::inline v1 {
namespace {

constexpr char kClasses[] = "classes";

std::string key_of(size_t i) {
  char text[24];
  std::snprintf(text, sizeof text, "%010zu", i);
  return text;
}

}  // namespace

void write_image_store(const std::string& path, const ImageFolder& folder) {
  std::error_code ignored;
  WICK_CHECK(!std::filesystem::exists(path, ignored), "write_image_store: ", path, " exists");
  std::string names;
  for (const std::string& c : folder.classes()) {
    WICK_CHECK_TYPE(ValueError, c.find('\n') == std::string::npos, "write_image_store: a line break in the name of the class ", c);
    names += c + "\n";
  }
  const std::string part = path + ".part";
  std::filesystem::remove(part, ignored);
  try {
    data::LmdbWriter writer(part);
    size_t since = 0;
    for (size_t i = 0; i < folder.samples().size(); ++i) {
      const auto& sample = folder.samples()[i];
      const Tensor file = read_file(sample.path);
      std::string value(8 + static_cast<size_t>(file.numel()), '\0');
      std::memcpy(value.data(), &sample.target, 8);
      std::memcpy(value.data() + 8, file.data_ptr(), static_cast<size_t>(file.numel()));
      writer.put(key_of(i), value.data(), value.size());
      if ((since += value.size()) > (64 << 20)) writer.commit(), since = 0;  // what is not yet committed is in memory
    }
    writer.put(kClasses, names.data(), names.size());
    writer.commit();
  } catch (...) {
    std::filesystem::remove(part, ignored);
    throw;
  }
  std::filesystem::rename(part, path);
}

ImageStore::ImageStore(const std::string& path, std::function<Tensor(const Tensor&)> transform, const DecodeOptions& decode)
    : path_(path), reader_(path), transform_(std::move(transform)), decode_(decode) {
  const auto names = reader_.find(kClasses);
  WICK_CHECK(names, path, ": no ImageStore: the key \"classes\" is missing among ", reader_.size());
  const Tensor bytes = reader_.value(*names);
  const std::string text(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel()));
  for (size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) classes_.push_back(text.substr(begin, end - begin));
  size_ = reader_.size() - 1;
  for (size_t i = 0; i < size_; ++i) WICK_CHECK(reader_.key(i) == key_of(i), path, ": no ImageStore: entry ", i, " has the key \"", reader_.key(i), "\", expected \"", key_of(i), "\"");
}

std::pair<Tensor, int64_t> ImageStore::file(size_t index) const {
  WICK_CHECK_TYPE(IndexError, index < size_, path_, ": no picture ", index, ", there are ", size_);
  const Tensor value = reader_.value(index);
  WICK_CHECK(value.numel() >= 8, path_, ": picture ", index, ": ", value.numel(), " bytes, the class alone has 8");
  int64_t target;
  std::memcpy(&target, value.data_ptr(), 8);
  WICK_CHECK(target >= 0 && target < static_cast<int64_t>(classes_.size()), path_, ": picture ", index, " is of class ", target, ", there are ", classes_.size());
  return {value.slice(0, 8), target};
}

data::Example<> ImageStore::get(size_t index) {
  const auto [bytes, target] = file(index);
  const std::string name = str(path_, ", picture ", index);
  Tensor image = decode_image(bytes.data_ptr(), static_cast<size_t>(bytes.numel()), decode_, name);
  if (transform_) {
    try {
      image = transform_(image);
    } catch (Error& e) {
      e.add_context("in the transform of " + name);
      throw;
    }
  }
  return {image, full({}, target, kLong)};
}

}  // namespace wick::vision::inline v1
