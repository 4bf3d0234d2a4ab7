#include <wick/adapt/features.h>

#include <sys/stat.h>

#include <cstring>
#include <filesystem>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/io/safetensors.h>
#include <wick/nn/module.h>
#include <wick/ops.h>

namespace wick::adapt::inline v1 {
namespace {

// 128 bits that stand for what was added: two multiplied streams. It tells changes, and is no proof against who makes collisions on purpose.
class Fingerprint {
 public:
  void add(const void* data, size_t size) {
    const auto* p = static_cast<const unsigned char*>(data);
    mix(size);
    for (; size >= 8; p += 8, size -= 8) {
      uint64_t word;
      std::memcpy(&word, p, 8);
      mix(word);
    }
    uint64_t rest = 0;
    std::memcpy(&rest, p, size);
    mix(rest);
  }
  void add(const std::string& text) { add(text.data(), text.size()); }
  void add(const Tensor& t) {
    const Tensor whole = t.detach().contiguous();
    add(str(whole.scalar_type(), whole.sizes()));
    add(whole.data_ptr(), whole.nbytes());
  }
  std::string text() const {
    char digits[33];
    std::snprintf(digits, sizeof digits, "%016llx%016llx", static_cast<unsigned long long>(a_), static_cast<unsigned long long>(b_));
    return digits;
  }

 private:
  void mix(uint64_t w) {
    a_ = (a_ ^ w) * 0x9e3779b97f4a7c15u;
    a_ ^= a_ >> 32;
    b_ = (b_ + w) * 0xd6e8feb86659fd93u;
    b_ ^= b_ >> 29;
  }
  uint64_t a_ = 0x243f6a8885a308d3u, b_ = 0x13198a2e03707344u;
};

std::string key_of(const nn::Module& model, const detail::Source& source, const FeatureOptions& o) {
  Fingerprint f;
  f.add(str("wick features 1 ", model.name(), " ", o.path(), "\n", o.preprocessing(), "\n", source.size));
  for (const auto& item : model.state_dict()) {
    f.add(item.key());
    f.add(item.value());
  }
  for (const std::string& file : o.files()) {
    struct stat s = {};
    const bool there = ::stat(file.c_str(), &s) == 0;
    f.add(str(file, " ", there ? s.st_size : -1, " ", there ? s.st_mtim.tv_sec : 0, ".", there ? s.st_mtim.tv_nsec : 0));
  }
  // Transforms are functions that nobody can look into: what they make of some examples tells them apart.
  for (size_t i = 0; i < 5 && source.size; ++i) {
    const data::Example<> e = source.get(i * (source.size - 1) / 4);
    f.add(e.data);
    f.add(e.target);
  }
  return f.text();
}

std::string checksum(const Features& f) {
  Fingerprint sum;
  sum.add(f.x);
  sum.add(f.y);
  return sum.text();
}

// What a file holds, if it is whole and the one that is wanted.
bool read(const std::string& file, const std::string& key, size_t size, Features* features) {
  if (!std::filesystem::exists(file)) return false;
  try {
    std::map<std::string, std::string> about;
    Features f;
    for (auto& [name, t] : io::load_safetensors(file, &about)) {
      if (name == "x") f.x = t;
      if (name == "y") f.y = t;
    }
    const auto n = static_cast<int64_t>(size);
    WICK_CHECK(f.x.defined() && f.y.defined() && f.x.scalar_type() == kFloat && f.x.dim() == 2 && f.x.size(0) == n && f.y.scalar_type() == kLong && f.y.dim() == 1 && f.y.size(0) == n && about["key"] == key,
               "it holds something else");
    WICK_CHECK(about["checksum"] == checksum(f), "its values are not those that were written");
    f.cached = true;
    f.file = file;
    *features = std::move(f);
    return true;
  } catch (const Error& e) {
    warn(str("extract_features: ", file, " is not used and made anew: ", e.msg()));
    return false;
  }
}

struct Enough { Tensor result; };  // thrown when the module in question has run

// Puts modes back.
struct EvaluationMode {
  explicit EvaluationMode(nn::Module& m) : model(m), before(m.is_training()) { model.eval(); }
  ~EvaluationMode() { model.train(before); }
  nn::Module& model;
  bool before;
};

Tensor flat(const Tensor& t) { return (t.dim() == 4 ? t.mean(IntArrayRef({2, 3})) : t.flatten(1)).to(kFloat); }

}  // namespace

namespace detail {

Features extract(nn::Module& model, const std::function<Tensor(const Tensor&)>& call, const Source& source, FeatureOptions o) {
  WICK_CHECK_TYPE(ValueError, source.size > 0 && o.batch_size() > 0, "extract_features: needs examples and a batch_size that is positive, got ", source.size, " and ", o.batch_size());
  NoGradGuard off;
  const EvaluationMode scope(model);
  Features f;
  const std::string key = o.cache().empty() ? "" : key_of(model, source, o);
  const std::string file = o.cache().empty() ? "" : o.cache() + "/features-" + key + ".safetensors";
  if (!file.empty() && read(file, key, source.size, &f)) return f;

  std::vector<nn::ScopedHook> hook;
  if (!o.path().empty())
    hook.emplace_back(model.get_submodule(o.path())->register_forward_hook([](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>& results) {
      if (!results.empty()) throw Enough{results[0]};
    }));
  std::vector<Tensor> xs, ys;
  for (size_t at = 0; at < source.size; at += static_cast<size_t>(o.batch_size())) {
    std::vector<Tensor> inputs, targets;
    for (size_t i = at; i < std::min(source.size, at + static_cast<size_t>(o.batch_size())); ++i) {
      data::Example<> e = source.get(i);
      inputs.push_back(std::move(e.data));
      targets.push_back(e.target.to(kLong).view({1}));
    }
    Tensor result;
    try {
      result = call(wick::stack(inputs));
      WICK_CHECK_TYPE(ValueError, o.path().empty(), "extract_features: '", o.path(), "' does not run");
    } catch (const Enough& e) {
      result = e.result;
    }
    xs.push_back(flat(result));
    ys.push_back(wick::cat(targets));
  }
  f.x = wick::cat(xs);
  f.y = wick::cat(ys);
  if (file.empty()) return f;
  std::error_code error;
  std::filesystem::create_directories(o.cache(), error);
  f.file = file;
  io::save_safetensors(file, {{"x", f.x}, {"y", f.y}}, {{"key", key}, {"checksum", checksum(f)}});
  return f;
}

}  // namespace detail

}  // namespace wick::adapt::inline v1
