#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/core/parallel.h>
#include <wick/models.h>

#include "cli/pictures.h"
#include "io/read_file.h"
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

double seconds_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

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

// With `near` all pictures are decoded, reduced; without, the bytes of the files are compared.
train::DataReport check_pictures(const std::vector<const vision::ImageFolder*>& parts, const train::DataCheckOptions& how) {
  static const char* const names[] = {"train", "val", "test"};
  train::DataCheck c(how);
  const double began = seconds_now();
  for (size_t p = 0; p < parts.size(); ++p) {
    c.part(names[p]);
    const auto& files = parts[p]->samples();
    for (size_t from = 0; from < files.size(); from += 64) {
      std::vector<Tensor> some(std::min<size_t>(64, files.size() - from));
      parallel_for(0, static_cast<int64_t>(some.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t k = begin; k < end; ++k) {
          const std::string& path = files[from + static_cast<size_t>(k)].path;
          some[static_cast<size_t>(k)] = how.near() ? vision::decode_image(path, decoding(64)) : io::read_file(path);
        }
      });
      for (size_t k = 0; k < some.size(); ++k) {
        const int64_t label = files[from + k].target;
        if (how.near()) c.add(some[k].unsqueeze(0), full({1}, label, kLong));
        else c.add({reinterpret_cast<const char*>(some[k].data_ptr<uint8_t>()), static_cast<size_t>(some[k].numel())}, label);
      }
      if (how.seconds() > 0 && seconds_now() - began > how.seconds()) {
        train::DataReport r;
        r.complete = false;
        return r;
      }
    }
  }
  return c.report();
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
    return read_sets(o.faults ? "data check images" : "train images", o.data, o.val, o.seed, o.skip_bad || o.faults);
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
  std::vector<const vision::ImageFolder*> parts{&sets.training, &sets.validation};
  if (sets.test) parts.push_back(&*sets.test);
  t.look.check = [parts](const train::DataCheckOptions& how) { return check_pictures(parts, how); };
  t.look.title = [parts](size_t part, size_t i) { return parts[part]->samples()[i].path; };
  t.look.label = [parts](size_t part, size_t i) { return parts[part]->classes()[static_cast<size_t>(parts[part]->samples()[i].target)]; };
  t.look.picture = [parts](size_t part, size_t i) { return vision::decode_image(parts[part]->samples()[i].path, decoding(160)); };
  for (const auto& bad : sets.bad) t.look.unreadable.push_back(bad.reason);
  if (!o.mode.empty()) adapt_task(t, o, sets, p);
  return run(std::move(t), o);
}

}  // namespace wick::cli
