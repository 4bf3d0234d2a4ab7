#include <wick/vision/image_folder.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <tuple>

#include <wick/core/generator.h>
#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::vision::inline v1 {
namespace {

namespace fs = std::filesystem;

bool hidden(const fs::path& path) { return path.filename().native().front() == '.'; }

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}
bool is_picture(const fs::path& path, const std::vector<std::string>& extensions) {
  const std::string own = lower(path.extension().string());
  return std::any_of(extensions.begin(), extensions.end(), [&](const std::string& e) { return !own.empty() && own.substr(1) == lower(e); });
}

// The class folders in order.
std::vector<fs::path> class_folders(const std::string& root) {
  std::error_code error;
  fs::directory_iterator it(root, error);
  WICK_CHECK(!error, "ImageFolder: ", root, ": cannot list: ", error.message());
  std::vector<fs::path> folders;
  size_t files = 0;
  for (; it != fs::directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (hidden(it->path())) continue;
    if (it->is_directory(ignored)) folders.push_back(it->path());
    else ++files;
  }
  WICK_CHECK(!error, "ImageFolder: ", root, ": cannot list: ", error.message());
  WICK_CHECK(!folders.empty(), "ImageFolder: no class folders in ", root, ": it has ", files, files == 1 ? " file" : " files", " and no sub-folders; expected ", root,
             "/<class>/<image>.jpg");
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::vector<fs::path> pictures_in(const fs::path& folder, const std::vector<std::string>& extensions) {
  std::vector<fs::path> found;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    const bool is_folder = it->is_directory(ignored);
    if (is_folder && hidden(it->path())) it.disable_recursion_pending();
    if (!is_folder && !hidden(it->path()) && is_picture(it->path(), extensions)) found.push_back(it->path());
  }
  WICK_CHECK(!error, "ImageFolder: ", folder.string(), ": cannot list: ", error.message());
  std::sort(found.begin(), found.end(), [](const fs::path& a, const fs::path& b) {
    return std::make_tuple(a.parent_path().native(), a.filename().native()) < std::make_tuple(b.parent_path().native(), b.filename().native());
  });
  return found;
}

// Why a picture cannot be decoded, "" if it can. An eighth of its size is enough to see: all of the file is read.
std::string fault(const std::string& path, DecodeOptions options) {
  try {
    decode_image(path, options.enough_height(1).enough_width(1));
    return "";
  } catch (const OutOfMemoryError&) {
    throw;
  } catch (const NotImplementedError&) {  // of the build, not of the file
    throw;
  } catch (const Error& e) {
    return e.what();
  }
}

void check_classes(const std::string& root, const std::vector<std::string>& classes, const std::vector<ImageFolder::File>& files, const ImageFolderOptions& options,
                   const std::vector<ImageFolder::Bad>& bad) {
  std::vector<size_t> counts(classes.size());
  for (const auto& f : files) ++counts[static_cast<size_t>(f.target)];
  std::string empty;
  for (size_t c = 0; c < classes.size(); ++c)
    if (counts[c] == 0) empty += (empty.empty() ? "" : ", ") + classes[c];
  std::string kinds;
  for (const auto& e : options.extensions()) kinds += (kinds.empty() ? "" : ", ") + e;
  const std::string left_out = bad.empty() ? "" : str("; ", bad.size(), " could not be decoded, the first: ", bad[0].reason);
  WICK_CHECK(!files.empty(), "ImageFolder: no pictures (", kinds, ") in the class folders of ", root, ": ", empty, left_out);
  WICK_CHECK(empty.empty() || options.allow_empty(), "ImageFolder: class folders without pictures (", kinds, ") in ", root, ": ", empty, left_out,
             "; remove them, or ImageFolderOptions().allow_empty(true)");
}

}  // namespace

ImageFolder::ImageFolder(const std::string& root, const ImageFolderOptions& options) : options_(options) {
  std::vector<std::string> classes;
  std::vector<File> found, files;
  std::vector<Bad> bad;
  for (const fs::path& folder : class_folders(root)) {
    for (const fs::path& path : pictures_in(folder, options.extensions())) found.push_back({path.string(), static_cast<int64_t>(classes.size())});
    classes.push_back(folder.filename().string());
  }
  if (options.skip_bad()) {
    std::vector<std::string> faults(found.size());
    parallel_for(0, static_cast<int64_t>(found.size()), 8, [&](int64_t begin, int64_t end) {
      for (size_t i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) faults[i] = fault(found[i].path, options.decode());
    });
    for (size_t i = 0; i < found.size(); ++i) {
      if (faults[i].empty()) files.push_back(std::move(found[i]));
      else bad.push_back({std::move(found[i].path), std::move(faults[i])});
    }
  } else {
    files = std::move(found);
  }
  check_classes(root, classes, files, options, bad);
  classes_ = std::make_shared<const std::vector<std::string>>(std::move(classes));
  samples_ = std::make_shared<const std::vector<File>>(std::move(files));
  bad_ = std::make_shared<const std::vector<Bad>>(std::move(bad));
}

data::Example<> ImageFolder::get(size_t index) {
  WICK_CHECK_TYPE(IndexError, index < samples_->size(), "ImageFolder: no picture ", index, ", there are ", samples_->size());
  const File& file = (*samples_)[index];
  Tensor image = decode_image(file.path, options_.decode());
  if (options_.transform()) {
    try {
      image = options_.transform()(image);
    } catch (Error& e) {
      e.add_context("in the transform of " + file.path);
      throw;
    }
  }
  return {image, full({}, file.target, kLong)};
}

ImageFolder ImageFolder::with_transform(std::function<Tensor(const Tensor&)> transform) const {
  ImageFolder r = *this;
  r.options_.transform(std::move(transform));
  return r;
}

std::pair<ImageFolder, ImageFolder> ImageFolder::split(double validation, uint64_t seed) const {
  WICK_CHECK_TYPE(ValueError, validation > 0 && validation < 1, "ImageFolder: the share for validation must be between 0 and 1, got ", validation);
  Generator generator = make_generator(seed);
  std::vector<std::vector<size_t>> of_class(classes_->size());
  for (size_t i = 0; i < samples_->size(); ++i) of_class[static_cast<size_t>((*samples_)[i].target)].push_back(i);
  std::vector<bool> chosen(samples_->size());
  for (const auto& members : of_class) {
    if (members.empty()) continue;
    const size_t n = std::min(static_cast<size_t>(std::lround(validation * static_cast<double>(members.size()))), members.size() - 1);
    const Tensor order = randperm(static_cast<int64_t>(members.size()), generator);
    for (size_t k = 0; k < n; ++k) chosen[members[static_cast<size_t>(order.data_ptr<int64_t>()[k])]] = true;
  }
  std::vector<File> parts[2];
  for (size_t i = 0; i < chosen.size(); ++i) parts[chosen[i]].push_back((*samples_)[i]);
  WICK_CHECK_TYPE(ValueError, !parts[1].empty(), "ImageFolder: ", samples_->size(), " pictures in ", classes_->size(), " classes are too few to keep a share of ", validation,
                  " for validation");
  std::pair<ImageFolder, ImageFolder> r{*this, *this};
  r.first.samples_ = std::make_shared<const std::vector<File>>(std::move(parts[0]));
  r.second.samples_ = std::make_shared<const std::vector<File>>(std::move(parts[1]));
  return r;
}

}  // namespace wick::vision::inline v1
