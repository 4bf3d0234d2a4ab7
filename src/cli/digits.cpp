#include <sys/stat.h>

#include <filesystem>

#include <wick/core/str.h>
#include <wick/data/digits.h>
#include <wick/data/idx.h>

#include "cli/digits.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

struct Digits {
  std::vector<std::string> classes;
  Tensor train_x, train_y, test_x, test_y;  // [n, 1, h, w] in [0, 1]
};

bool exists(const std::string& path) {
  struct stat s;
  return stat(path.c_str(), &s) == 0;
}

// The file as published, unpacked or not, with a dash or a dot before idx.
Tensor read(const std::string& dir, const std::string& part, const std::string& kind) {
  const std::string base = dir + "/" + part + "-" + kind;
  for (const char* end : {"-ubyte", "-ubyte.gz"})
    for (const char* idx : {kind == "images" ? "-idx3" : "-idx1", kind == "images" ? ".idx3" : ".idx1"})
      if (exists(base + idx + end)) return data::read_idx(base + idx + end);
  throw Error(str("train mnist: no ", part, "-", kind, "-idx", kind == "images" ? 3 : 1, "-ubyte[.gz] in ", dir,
                  "\n  expected the four idx files of MNIST or Fashion-MNIST     see wick train mnist --help"));
}

void check(const std::string& dir, const Tensor& x, const Tensor& y) {
  WICK_CHECK(x.dim() == 3 && x.scalar_type() == kByte, dir, ": the images are ", x.sizes(), " ", x.scalar_type(), ", expected [n, h, w] Byte");
  WICK_CHECK(y.dim() == 1 && y.scalar_type() == kByte, dir, ": the labels are ", y.sizes(), " ", y.scalar_type(), ", expected [n] Byte");
  WICK_CHECK(x.size(0) == y.size(0), dir, ": ", x.size(0), " images and ", y.size(0), " labels");
  WICK_CHECK(x.size(0) > 0 && x.size(1) >= 8 && x.size(2) >= 8, dir, ": images ", x.sizes(), " are too few or too small (8 x 8 at least)");
  WICK_CHECK(y.max().item<int64_t>() < 10, dir, ": a label is ", y.max().item<int64_t>(), ", expected 0 to 9");
}

Digits load(const std::string& task, const std::string& folder) {
  Digits d;
  for (int c = 0; c < 10; ++c) d.classes.push_back(std::to_string(c));
  if (task == "digits") {
    std::tie(d.train_x, d.train_y) = data::datasets::digits(true);
    std::tie(d.test_x, d.test_y) = data::datasets::digits(false);
    return d;
  }
  WICK_CHECK(exists(folder), "train mnist: no folder ", folder, "\n  see wick train mnist --help");
  d.train_x = read(folder, "train", "images");
  d.train_y = read(folder, "train", "labels");
  d.test_x = read(folder, "t10k", "images");
  d.test_y = read(folder, "t10k", "labels");
  check(folder, d.train_x, d.train_y);
  check(folder, d.test_x, d.test_y);
  for (Tensor* x : {&d.train_x, &d.test_x}) *x = x->unsqueeze(1).to(kFloat).div_(255);
  for (Tensor* y : {&d.train_y, &d.test_y}) *y = y->to(kLong);
  return d;
}

HeldOut held_out(const Digits& d) {
  HeldOut h{"test", in_memory(d.test_x, d.test_y), [](size_t i) { return str("test image ", i); }, {}};
  h.picture = [x = d.test_x](size_t i) { return x[static_cast<int64_t>(i)].mul(255).round().to(kByte); };
  return h;
}

}  // namespace

int train_digits(const DigitsOptions& o) {
  const Digits d = load(o.task, o.data);
  const int64_t h = d.train_x.size(2), w = d.train_x.size(3), n = d.train_x.size(0), tests = d.test_x.size(0);
  const std::string origin = o.task == "digits" ? "embedded" : o.data;
  Task t;
  t.name = o.task;
  t.classes = d.classes;
  t.settings = {{"task", o.task}, {"network", {{"kind", "convnet"}, {"height", h}, {"width", w}, {"outputs", d.classes.size()}}}, {"classes", d.classes}};
  if (!o.data.empty()) t.settings["data"] = std::filesystem::absolute(o.data).string();
  t.header = {str(train::thousands(n + tests), " images ", h, "x", w, ", ", d.classes.size(), " classes (", train::thousands(n), " train, ", train::thousands(tests), " test), ", origin)};
  t.facts = {{"images", str(train::thousands(n), " for training, ", train::thousands(tests), " for testing, ", h, " x ", w)}, {"from", origin}};
  t.training = t.plain_training = in_memory(d.train_x, d.train_y);
  t.held_out = held_out(d);
  t.decoupled = false;
  t.extra = [x = d.test_x](const std::string& dir, const Tensor& log_p, const Tensor& labels) { write_mistakes(dir + "/mistakes.png", x, labels, log_p); };
  t.extra_files = {"mistakes.png"};
  t.look.check = [&d](const train::DataCheckOptions& how) {
    train::DataCheck c(how);
    return c.part("train").add(d.train_x, d.train_y).part("test").add(d.test_x, d.test_y).report();
  };
  t.look.title = [](size_t, size_t i) { return str("image ", i); };
  t.look.label = [&d](size_t part, size_t i) { return d.classes[static_cast<size_t>((part == 0 ? d.train_y : d.test_y)[static_cast<int64_t>(i)].item<int64_t>())]; };
  t.look.picture = [&d](size_t part, size_t i) { return (part == 0 ? d.train_x : d.test_x)[static_cast<int64_t>(i)].mul(255).round().to(kByte); };
  return run(std::move(t), o);
}

HeldOut digits_held_out(const std::string& task, const std::string& folder) { return held_out(load(task, folder)); }

}  // namespace wick::cli
