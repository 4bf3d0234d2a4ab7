#include <algorithm>
#include <cmath>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/models.h>

#include "cli/pictures.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::thousands;

Preparation preparation(const ImagesOptions& o, const std::string& model, int64_t size) {
  models::Preprocessing published;  // that of ImageNet where nothing is published
  const auto& sets = models::info(model).weights;
  if (!sets.empty()) published = sets.back().preprocessing;
  Preparation p;
  p.size = size;
  // Without weights to fit to, the whole shorter side is used.
  p.resize = o.weights.empty() ? size : std::max(size, size * published.resize_size / published.crop_size);
  p.bicubic = !o.weights.empty() && published.bicubic;
  p.mean.assign(published.mean.begin(), published.mean.end());
  p.std.assign(published.std.begin(), published.std.end());
  return p;
}

// Few pictures do not teach a large network: on 244 ants and bees a resnet20 at 64 pixels is better than a resnet18 at 128, and takes half as long.
int64_t default_size(const ImagesOptions& o, const PictureSets& sets) {
  if (!o.weights.empty()) return o.model.empty() ? 224 : models::info(o.model).input_size;
  const int64_t size = fitting_size(sets.training.samples());
  return sets.training.samples().size() < 2000 ? std::min<int64_t>(size, 64) : size;
}

std::vector<int64_t> counts(const vision::ImageFolder& folder) {
  std::vector<int64_t> n(folder.classes().size());
  for (const auto& f : folder.samples()) ++n[static_cast<size_t>(f.target)];
  return n;
}

// So that all classes together weigh the same.
Tensor weights_of(const std::vector<int64_t>& n, size_t total) {
  const Tensor w = empty({static_cast<int64_t>(n.size())}, kFloat);
  for (size_t c = 0; c < n.size(); ++c) w.data_ptr<float>()[c] = static_cast<float>(static_cast<double>(total) / (static_cast<double>(n.size()) * static_cast<double>(std::max<int64_t>(1, n[c]))));
  return w;
}

// Stands for the files that are trained on, whatever folder they are in.
uint64_t fingerprint(const vision::ImageFolder& folder) {
  uint64_t h = 1469598103934665603u;
  for (const auto& f : folder.samples()) {
    const size_t parent = f.path.find_last_of('/', f.path.find_last_of('/') - 1);
    for (size_t i = parent + 1; i < f.path.size(); ++i) h = (h ^ static_cast<unsigned char>(f.path[i])) * 1099511628211u;
  }
  return h;
}

void describe(Task& t, const ImagesOptions& o, const PictureSets& sets, const std::vector<int64_t>& n) {
  const size_t training = sets.training.samples().size(), validation = sets.validation.samples().size(), test = sets.test ? sets.test->samples().size() : 0;
  std::string parts = str(thousands(static_cast<int64_t>(training)), " train, ", thousands(static_cast<int64_t>(validation)), " val");
  if (test) parts += str(", ", thousands(static_cast<int64_t>(test)), " test");
  std::string classes;
  for (size_t c = 0; c < n.size() && c < 12; ++c) classes += str(c ? ", " : "", sets.classes[c], " ", n[c]);
  if (n.size() > 12) classes += ", …";
  t.header.push_back(str(thousands(static_cast<int64_t>(training + validation + test)), " pictures, ", sets.classes.size(), " classes (", parts, "), ", o.data));
  t.header.push_back("train: " + classes + (t.class_weights.defined() ? "; classes weigh the same" : ""));
  t.facts = {{"folder", o.data}, {"pictures", parts + (sets.split ? str(" (", o.val, " of each class, seed ", o.seed, ")") : std::string())}, {"training pictures", classes}};
  if (sets.bad.empty()) return;
  t.header.push_back(str("left out: ", sets.bad.size(), " that cannot be read"));
  std::string list;
  for (size_t i = 0; i < sets.bad.size() && i < 10; ++i) {
    t.header.push_back("  " + sets.bad[i].reason);
    list += (i ? "; " : "") + sets.bad[i].reason;
  }
  if (sets.bad.size() > 10) t.header.push_back(str("  … and ", sets.bad.size() - 10, " more"));
  t.facts.emplace_back("unreadable", str(sets.bad.size(), ": ", list));
}

}  // namespace

int train_images(const ImagesOptions& options) {
  ImagesOptions o = options;
  if (!o.model.empty()) models::info(o.model);  // a name that there is not is said before pictures are read
  const PictureSets sets = [&] {
    const Busy busy(o, "looking at the pictures in " + o.data);
    return read_sets("train images", o.data, o.val, o.seed, o.skip_bad);
  }();
  const auto classes = static_cast<int64_t>(sets.classes.size());
  if (o.size == 0) o.size = default_size(o, sets);
  if (o.model.empty()) o.model = o.size <= 64 ? "resnet20" : "resnet18";
  if (o.mode.empty() && !o.weights.empty()) o.mode = "finetune";
  if (o.lr == 0) o.lr = o.mode == "finetune" ? 3e-4 : 2e-3;
  const Preparation p = preparation(o, o.model, o.size);
  const std::vector<int64_t> n = counts(sets.training);

  Task t;
  t.name = "images";
  t.classes = sets.classes;
  t.weights = o.weights;
  t.settings = {{"task", "images"}, {"network", {{"kind", "model"}, {"name", o.model}, {"outputs", classes}}}, {"classes", sets.classes}, {"pictures", p},
                {"data", std::filesystem::absolute(o.data).string()}, {"val", o.val}, {"seed", o.seed}};
  t.fixed = str(" --model ", o.model, " --size ", o.size, " --augment ", o.augment, " --class-weights ", o.class_weights, sets.split ? str(" --val ", o.val) : std::string(),
                o.weights.empty() ? "" : " --weights " + o.weights);
  t.mark = str(" files ", fingerprint(sets.training) % 1000000);
  if (const auto [least, most] = std::minmax_element(n.begin(), n.end()); o.class_weights == "auto" && *most > 1.2 * static_cast<double>(*least))
    t.class_weights = weights_of(n, sets.training.samples().size());
  describe(t, o, sets, n);
  t.facts.emplace_back("used at", str(o.size, " x ", o.size, " pixels, augmentation ", o.augment, ", class weights ", o.class_weights));
  t.training = picture_source(sets.training, sets.classes, p, augmentation(o.augment, p));
  t.plain_training = picture_source(sets.training, sets.classes, p);
  t.held_out = picture_held_out("val", sets.validation, sets.classes, p);
  if (sets.test) t.test = picture_held_out("test", *sets.test, sets.classes, p);
  t.mix = mixing(o.augment, classes);
  t.weight_decay = 0.02;
  t.evaluation_batch = 64;
  if (!o.mode.empty()) adapt_task(t, o, sets, p);
  return run(std::move(t), o);
}

}  // namespace wick::cli
