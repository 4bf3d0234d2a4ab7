#include <sys/stat.h>

#include <wick/core/str.h>
#include <wick/data/digits.h>
#include <wick/data/idx.h>

#include "cli/train.h"

namespace wick::cli {
namespace {

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

}  // namespace

Images load_images(const TrainOptions& o) {
  Images d;
  d.name = o.task;
  for (int c = 0; c < 10; ++c) d.classes.push_back(std::to_string(c));
  if (o.task == "digits") {
    std::tie(d.train_x, d.train_y) = data::datasets::digits(true);
    std::tie(d.test_x, d.test_y) = data::datasets::digits(false);
    d.origin = "embedded";
    return d;
  }
  WICK_CHECK(exists(o.data), "train mnist: no folder ", o.data, "\n  see wick train mnist --help");
  d.origin = o.data;
  d.train_x = read(o.data, "train", "images");
  d.train_y = read(o.data, "train", "labels");
  d.test_x = read(o.data, "t10k", "images");
  d.test_y = read(o.data, "t10k", "labels");
  check(o.data, d.train_x, d.train_y);
  check(o.data, d.test_x, d.test_y);
  for (Tensor* x : {&d.train_x, &d.test_x}) *x = x->unsqueeze(1).to(kFloat).div_(255);
  for (Tensor* y : {&d.train_y, &d.test_y}) *y = y->to(kLong);
  return d;
}

}  // namespace wick::cli
