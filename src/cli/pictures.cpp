#include "cli/pictures.h"

#include <algorithm>
#include <filesystem>

#include <wick/core/str.h>

namespace wick::cli {
namespace {

namespace fs = std::filesystem;
namespace vt = vision::transforms;

bool is_folder(const fs::path& p) {
  std::error_code ignored;
  return fs::is_directory(p, ignored);
}
// Whether a folder has class folders, and how many files.
std::pair<size_t, size_t> folders_and_files(const std::string& dir) {
  std::pair<size_t, size_t> n;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error))
    if (it->path().filename().native().front() != '.') ++(is_folder(it->path()) ? n.first : n.second);
  return n;
}
bool has_classes(const std::string& dir) { return is_folder(dir) && folders_and_files(dir).first > 0; }

std::string first_of(const std::string& dir, std::initializer_list<const char*> names) {
  for (const char* n : names)
    if (has_classes(dir + "/" + n)) return dir + "/" + n;
  return "";
}
std::string validation_folder(const std::string& dir) { return first_of(dir, {"val", "valid", "validation"}); }

std::string joined(const std::vector<std::string>& names) {
  std::string r;
  for (size_t i = 0; i < names.size(); ++i) r += i == 12 ? str(", … (", names.size(), ")") : i > 12 ? std::string() : (i ? ", " : "") + names[i];
  return r;
}

std::string example_of(const vision::ImageFolder& folder, size_t c) {
  for (const auto& f : folder.samples())
    if (static_cast<size_t>(f.target) == c) return f.path;
  return "";
}

void check_readable(const std::string& who, const std::vector<vision::ImageFolder::Bad>& bad) {
  if (bad.empty()) return;
  std::string text = str(who, ": ", bad.size(), bad.size() == 1 ? " picture" : " pictures", " cannot be read");
  for (size_t i = 0; i < std::min<size_t>(bad.size(), 10); ++i) text += "\n  " + bad[i].reason;
  if (bad.size() > 10) text += str("\n  … and ", bad.size() - 10, " more");
  throw Error(text + "\n  --skip-bad leaves them out");
}

vision::ImageFolder read_folder(const std::string& who, const std::string& dir, bool skip_bad) {
  WICK_CHECK(is_folder(dir), who, ": no folder ", dir, "\n  expected ", dir, "/<class>/<image>.jpg     see wick ", who, " --help");
  const auto [folders, files] = folders_and_files(dir);
  WICK_CHECK(folders > 0, who, ": no class folders in ", dir, ": it has ", files, files == 1 ? " file" : " files", " and no sub-folders\n  expected ", dir, "/<class>/<image>.jpg     see wick ", who,
             " --help");
  // All are looked at now: a run that fails in its middle is worse.
  vision::ImageFolder all(dir, vision::ImageFolderOptions().decode(decoding()).allow_empty(true).skip_bad(true));
  if (!skip_bad) check_readable(who, all.bad());
  std::vector<bool> seen(all.classes().size());
  for (const auto& f : all.samples()) seen[static_cast<size_t>(f.target)] = true;
  std::vector<std::string> empty;
  for (size_t c = 0; c < seen.size(); ++c)
    if (!seen[c]) empty.push_back(all.classes()[c]);
  WICK_CHECK(empty.empty(), who, ": class folders without pictures (jpg, jpeg, png) in ", dir, ": ", joined(empty), all.bad().empty() ? "" : str("; ", all.bad().size(), " files were left out as unreadable"),
             "\n  remove the folders, or put pictures into them");
  return all;
}

}  // namespace

vision::DecodeOptions decoding(int64_t enough) {
  return vision::DecodeOptions(vision::ImageReadMode::RGB).apply_exif_orientation(true).enough_height(enough).enough_width(enough);
}

Tensor Preparation::operator()(const Tensor& image) const {
  const auto mode = bicubic ? vision::InterpolationMode::BICUBIC : vision::InterpolationMode::BILINEAR;
  return vision::functional::center_crop(vision::functional::resize(image, resize, mode), size);
}
void to_json(Json& j, const Preparation& p) { j = Json{{"resize", p.resize}, {"size", p.size}, {"bicubic", p.bicubic}, {"mean", p.mean}, {"std", p.std}}; }
void from_json(const Json& j, Preparation& p) {
  p.resize = j.at("resize");
  p.size = j.at("size");
  p.bicubic = j.at("bicubic");
  p.mean = j.at("mean").get<std::vector<double>>();
  p.std = j.at("std").get<std::vector<double>>();
  WICK_CHECK(p.size >= 1 && p.resize >= p.size && p.mean.size() == 3 && p.std.size() == 3, "the run's settings of pictures are not consistent: ", j.dump());
}

std::vector<std::string> augmentation_levels() { return {"none", "light", "medium", "strong"}; }

std::function<Tensor(const Tensor&)> augmentation(const std::string& level, const Preparation& p) {
  if (level == "none") return p;
  const bool strong = level == "strong";
  std::vector<vt::Step> steps{vt::RandomResizedCrop(p.size, {strong ? 0.35 : 0.5, 1.0}), vt::RandomHorizontalFlip()};
  const std::vector<double> grey{124, 116, 104};
  if (level == "medium") steps.push_back(vt::TrivialAugmentWide(31, vision::InterpolationMode::NEAREST, grey));
  if (strong) {
    steps.push_back(vt::RandAugment(2, 9, 31, vision::InterpolationMode::NEAREST, grey));
    steps.push_back(vt::RandomErasing(0.25, {0.02, 0.33}, {0.3, 3.3}, grey));
  }
  return [t = vt::Compose(std::move(steps))](const Tensor& image) { return t(image); };
}

std::function<void(Batch&)> mixing(const std::string& level, int64_t classes) {
  if (level != "strong") return {};
  return [up = vt::MixUp(0.2, classes), cut = vt::CutMix(1.0, classes)](Batch& b) {
    const bool cuts = rand({1}).item<float>() < 0.5f;
    std::tie(b.data, b.target) = cuts ? cut(b.data, b.target) : up(b.data, b.target);
  };
}

PictureSets read_sets(const std::string& who, const std::string& dir, double validation, uint64_t seed, bool skip_bad) {
  const std::string training = first_of(dir, {"train", "training"}), val = training.empty() ? "" : validation_folder(dir), test = training.empty() ? "" : first_of(dir, {"test"});
  const vision::ImageFolder all = read_folder(who, training.empty() ? dir : training, skip_bad);
  WICK_CHECK_TYPE(ValueError, all.classes().size() > 1, who, ": only one class in ", training.empty() ? dir : training, " (", all.classes()[0], "): two are needed to tell apart");
  PictureSets sets{all.classes(), all, all, std::nullopt, all.bad(), val.empty()};
  if (val.empty()) {
    std::tie(sets.training, sets.validation) = all.split(validation, seed);
  } else {
    sets.validation = read_folder(who, val, skip_bad);
    sets.bad.insert(sets.bad.end(), sets.validation.bad().begin(), sets.validation.bad().end());
  }
  if (!test.empty()) {
    sets.test = read_folder(who, test, skip_bad);
    sets.bad.insert(sets.bad.end(), sets.test->bad().begin(), sets.test->bad().end());
  }
  return sets;
}

vision::ImageFolder read_part(const std::string& who, const std::string& dir, const std::string& part, bool skip_bad) {
  const std::string val = validation_folder(dir), test = first_of(dir, {"test"}), training = first_of(dir, {"train", "training"});
  std::string folder = part == "train" ? training : part == "val" ? val : part == "test" ? test : !test.empty() ? test : val;
  WICK_CHECK(part.empty() || !folder.empty(), who, ": no folder ", dir, "/", part, " with class folders in it");
  return read_folder(who, folder.empty() ? dir : folder, skip_bad);
}

Source picture_source(const vision::ImageFolder& folder, const std::vector<std::string>& classes, const Preparation& p, std::function<Tensor(const Tensor&)> transform) {
  const Tensor number = empty({static_cast<int64_t>(folder.classes().size())}, kLong);
  for (size_t c = 0; c < folder.classes().size(); ++c) {
    const auto at = std::find(classes.begin(), classes.end(), folder.classes()[c]);
    WICK_CHECK_TYPE(ValueError, at != classes.end(), "unknown class \"", folder.classes()[c], "\" (", example_of(folder, c), ")\n  the network tells these apart: ", joined(classes));
    number.data_ptr<int64_t>()[c] = at - classes.begin();
  }
  // Crops of a random part take half of the shorter side or more.
  const int64_t enough = transform ? 2 * p.size : p.resize;
  if (!transform) transform = p;
  auto files = std::make_shared<std::vector<vision::ImageFolder::File>>(folder.samples());
  for (auto& f : *files) f.target = number.data_ptr<int64_t>()[f.target];
  return Source(files->size(), [files, enough, transform = std::move(transform), stack = vt::StackImages(p.mean, p.std)](ArrayRef<size_t> request) mutable {
    std::vector<data::Example<>> examples;
    try {
      for (const size_t i : request) examples.emplace_back(transform(vision::decode_image((*files)[i].path, decoding(enough))), full({}, (*files)[i].target, kLong));
    } catch (...) {
      data::detail::failed_at(examples.size(), request.size());
      throw;
    }
    return stack.apply_batch(std::move(examples));
  });
}

HeldOut picture_held_out(std::string name, const vision::ImageFolder& folder, const std::vector<std::string>& classes, const Preparation& p) {
  return {std::move(name), picture_source(folder, classes, p), [folder](size_t i) { return folder.samples()[i].path; },
          [folder](size_t i) { return vision::decode_image(folder.samples()[i].path, decoding(160)); }};
}

std::vector<std::string> list_pictures(const std::string& who, const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!is_folder(path)) {
      WICK_CHECK(fs::exists(path, error), who, ": no file or folder ", path);
      found.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
      std::string end_of_name = it->path().extension().string();
      for (char& c : end_of_name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if ((end_of_name == ".jpg" || end_of_name == ".jpeg" || end_of_name == ".png") && it->path().filename().native().front() != '.' && !is_folder(it->path())) inside.push_back(it->path().string());
    }
    WICK_CHECK(!error, who, ": cannot list ", path, ": ", error.message());
    WICK_CHECK(!inside.empty(), who, ": no pictures (jpg, jpeg, png) in ", path);
    std::sort(inside.begin(), inside.end());
    found.insert(found.end(), inside.begin(), inside.end());
  }
  return found;
}

int64_t fitting_size(const std::vector<vision::ImageFolder::File>& files) {
  std::vector<int64_t> sides;
  for (size_t i = 0; i < files.size(); i += std::max<size_t>(1, files.size() / 32)) {
    const Tensor x = vision::decode_image(files[i].path, decoding());
    sides.push_back(std::min(x.size(1), x.size(2)));
  }
  std::sort(sides.begin(), sides.end());
  const int64_t side = sides[sides.size() / 2];
  return side <= 48 ? 32 : side <= 96 ? 64 : 128;
}

}  // namespace wick::cli
