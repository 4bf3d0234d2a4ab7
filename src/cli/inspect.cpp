// What a file of weights holds, as a table.
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/io/files.h>
#include <wick/ops.h>

#include "cli/files.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using Json = nlohmann::ordered_json;

// Figures of the finite elements, and how many are not finite.
struct Stats {
  double min = INFINITY, max = -INFINITY, mean = 0, squares = 0;  // sum of squared distances from the mean
  int64_t n = 0, broken = 0;
  double std() const { return n > 1 ? std::sqrt(squares / static_cast<double>(n - 1)) : NAN; }

  void add(const double* x, int64_t count) {
    double sum = 0;
    int64_t finite = 0;
    for (int64_t i = 0; i < count; ++i) {
      if (!std::isfinite(x[i])) continue;
      sum += x[i];
      min = std::min(min, x[i]);
      max = std::max(max, x[i]);
      ++finite;
    }
    broken += count - finite;
    if (finite == 0) return;
    const double here = sum / static_cast<double>(finite);
    double around = 0;
    for (int64_t i = 0; i < count; ++i)
      if (std::isfinite(x[i])) around += (x[i] - here) * (x[i] - here);
    const double a = static_cast<double>(n), b = static_cast<double>(finite), apart = here - mean;
    squares += around + apart * apart * a * b / (a + b);
    mean += apart * b / (a + b);
    n += finite;
  }
};

// Chunk by chunk, so that a mapped file larger than the memory can be looked at.
Stats stats_of(const Tensor& given) {
  Stats s;
  if (given.is_complex()) return s;
  const Tensor t = given.detach();
  const Tensor flat = (t.is_sparse() ? t._values() : t).reshape({-1});
  constexpr int64_t kChunk = 1 << 18;
  for (int64_t i = 0; i < flat.numel(); i += kChunk) {
    const Tensor x = flat.slice(0, i, std::min(i + kChunk, flat.numel())).to(kDouble).contiguous();
    s.add(x.data_ptr<double>(), x.numel());
  }
  return s;
}

size_t bytes_of(const Tensor& t) { return t.is_sparse() ? t._indices().nbytes() + t._values().nbytes() : t.nbytes(); }

std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

// A value that is no tensor, in a few words.
std::string summary_of(const IValue& v) {
  if (v.isNone()) return "None";
  if (v.isBool()) return v.toBool() ? "True" : "False";
  if (v.isString()) {
    const std::string& text = v.toStringRef();
    return Json(text.substr(0, 60)).dump(-1, ' ', false, Json::error_handler_t::replace) + (text.size() > 60 ? "…" : "");
  }
  if (!v.isList()) return str(v);
  const size_t n = v.toList().size();
  if (n > 8) return str("list of ", n);
  std::string text;
  for (const IValue& x : v.toListRef()) text += (text.empty() ? "" : ", ") + (x.isList() ? str("list of ", x.toList().size()) : summary_of(x));
  return "[" + text + "]";
}

struct Totals {
  int64_t values = 0;
  size_t bytes = 0, shared = 0;
  std::map<std::string, size_t> dtypes;  // tensors of each
  explicit Totals(const io::NamedTensors& tensors) {
    std::set<const void*> storages;
    for (const auto& [name, t] : tensors) {
      values += t.numel();
      bytes += bytes_of(t);
      ++dtypes[short_dtype(static_cast<int>(t.scalar_type()))];
      if (!t.is_sparse() && t.numel() > 0 && !storages.insert(t.storage().unsafeGetStorageImpl()).second) ++shared;
    }
  }
};

std::string shape_of(const Tensor& t) { return str(t.sizes()) + (t.is_sparse() ? " sparse" : ""); }

Json json_of(const io::Contents& c, const InspectOptions& o) {
  const Totals all(c.tensors);
  Json j{{"file", o.path}, {"container", c.container}, {"tensors", c.tensors.size()}, {"values", all.values}, {"bytes", all.bytes}, {"metadata", c.metadata}, {"other", Json::object()}, {"entries", Json::array()}};
  for (const auto& [path, v] : c.values) j["other"][path] = summary_of(v);
  for (const auto& [name, t] : c.tensors) {
    Json e{{"name", name}, {"dtype", short_dtype(static_cast<int>(t.scalar_type()))}, {"shape", t.sizes().vec()}, {"bytes", bytes_of(t)}};
    if (!o.no_stats && !t.is_complex()) {
      const Stats s = stats_of(t);
      if (s.n > 0) e.update({{"mean", s.mean}, {"min", s.min}, {"max", s.max}});
      if (s.n > 1) e["std"] = s.std();
      if (s.broken) e["not_finite"] = s.broken;
    }
    j["entries"].push_back(std::move(e));
  }
  return j;
}

// A column as wide as what stands in it, in characters.
size_t width_of(const std::string& s) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}
std::string padded(const std::string& s, size_t width, bool right = false) {
  const std::string space(width > width_of(s) ? width - width_of(s) : 0, ' ');
  return right ? space + s : s + space;
}

void print_table(const io::Contents& c, const InspectOptions& o) {
  size_t name = 4, shape = 5;
  for (const auto& [n, t] : c.tensors) {
    name = std::max(name, width_of(n));
    shape = std::max(shape, width_of(shape_of(t)));
  }
  const std::string start = padded("name", name) + "  " + padded("dtype", 5) + "  " + padded("shape", shape) + "  " + padded("bytes", 8, true);
  std::printf("%s%s\n", start.c_str(), o.no_stats ? "" : "       mean        std        min        max");
  for (const auto& [n, t] : c.tensors) {
    std::string row = padded(n, name) + "  " + padded(short_dtype(static_cast<int>(t.scalar_type())), 5) + "  " + padded(shape_of(t), shape) + "  " + padded(bytes_text(static_cast<double>(bytes_of(t))), 8, true);
    if (!o.no_stats && !t.is_complex() && t.numel() > 0) {
      const Stats s = stats_of(t);
      for (const double v : {s.n ? s.mean : NAN, s.std(), s.min, s.max}) row += ' ' + padded(std::isfinite(v) ? number(v) : "-", 10, true);
      if (s.broken) row += "  " + train::thousands(s.broken) + " not finite";
    }
    std::printf("%s\n", row.c_str());  // line by line: figures of large tensors take their time
  }
}

void print(const io::Contents& c, const InspectOptions& o) {
  const Totals all(c.tensors);
  std::string path = o.path;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  std::string dtypes;
  for (const auto& [dtype, n] : all.dtypes) dtypes += (dtypes.empty() ? "" : ", ") + dtype + (all.dtypes.size() > 1 ? str(" (", n, ")") : "");
  std::printf("%s   %s, %s tensor%s, %s values, %s, %s%s\n", path.substr(path.rfind('/') + 1).c_str(), c.container.c_str(), train::thousands(static_cast<int64_t>(c.tensors.size())).c_str(),
              c.tensors.size() == 1 ? "" : "s", train::thousands(all.values).c_str(), bytes_text(static_cast<double>(all.bytes)).c_str(), dtypes.empty() ? "no dtype" : dtypes.c_str(),
              all.shared ? str(", ", all.shared, " share memory with others").c_str() : "");
  if (o.quiet) return;
  for (const auto& [k, v] : c.metadata) std::printf("%s: %s%s\n", k.c_str(), v.substr(0, o.verbose ? std::string::npos : 100).c_str(), v.size() > 100 && !o.verbose ? "… (-v shows all)" : "");
  size_t key = 0;
  for (const auto& [k, v] : c.values) key = std::max(key, width_of(k));
  for (const auto& [k, v] : c.values) std::printf("%s  %s\n", padded(k, key).c_str(), summary_of(v).c_str());
  if (!c.tensors.empty()) print_table(c, o);
}

}  // namespace

std::string short_dtype(int scalar_type) {
  static const std::map<ScalarType, const char*> names = {{kFloat, "f32"}, {kDouble, "f64"}, {kHalf, "f16"}, {kBFloat16, "bf16"}, {kLong, "i64"}, {kInt, "i32"}, {kShort, "i16"}, {kChar, "i8"},
                                                          {kByte, "u8"}, {kBool, "bool"}, {kComplexFloat, "c64"}, {kComplexDouble, "c128"}};
  const auto found = names.find(static_cast<ScalarType>(scalar_type));
  return found == names.end() ? "?" : found->second;
}
std::string bytes_text(double bytes) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  int unit = 0;
  for (; bytes >= 999.5 && unit < 4; bytes /= 1000) ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit && bytes < 99.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
  return text;
}

CLI::App* add_inspect(CLI::App& app, InspectOptions& o) {
  CLI::App* c = app.add_subcommand("inspect", "Show what a file of weights holds: names, dtypes, shapes, figures, metadata\n\nExample: wick inspect resnet18.pth");
  c->add_option("FILE", o.path, ".safetensors, .pt, .pth, .npz, .npy, an index of shards, or a folder with one of these; its content tells the kind")->required();
  c->add_option("--entry", o.entry, "only the part of a nested .pth that this path leads to, such as state_dict")->type_name("PATH");
  c->add_flag("--no-stats", o.no_stats, "leave out mean, std, min and max: nothing but the header is read");
  c->add_flag("-q,--quiet", o.quiet, "the first line only");
  c->add_flag("-v,--verbose", o.verbose, "long metadata in full");
  c->add_flag("--json", o.json, "one JSON object");
  return c;
}

int inspect(const InspectOptions& o) {
  io::LoadOptions options;
  options.entry(o.entry);
  io::Contents c;
  std::string note;
  try {
    c = io::read_contents(o.path, options);
  } catch (const TypeError& e) {
    note = e.msg();
    c = io::read_contents(o.path, options.unknown_as_bytes(true));
  }
  if (!note.empty()) std::fprintf(stderr, "wick: such tensors are shown as bytes: %s\n", note.substr(0, note.find(';')).c_str());
  if (o.json) std::printf("%s\n", json_of(c, o).dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  else print(c, o);
  return 0;
}

}  // namespace wick::cli
