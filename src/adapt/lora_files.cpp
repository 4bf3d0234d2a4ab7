// Adapters in the peft package's files.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/files.h>

#include "adapt/layers.h"
#include "io/atomic_file.h"

namespace wick::adapt::inline v1 {
namespace {

namespace parametrize = nn::utils::parametrize;

const std::string kPrefix = "base_model.model.";

bool ends_with(const std::string& text, const std::string& end) { return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0; }
std::string before(const std::string& text, size_t cut) { return text.substr(0, text.size() - cut); }

// peft wraps an attention layer, so that its output projection is one level further down; and adds what its adapter gives twice there (seen in
// 0.21.2: MultiheadAttention.merge). So that results are the same, B is half as large in files.
const std::string kInner = ".base_layer.out_proj";
std::string peft_path(const std::vector<AdapterPlace>& all, const std::string& path) {
  if (ends_with(path, "out_proj") && path.size() > 9 && has_adapter(all, before(path, 9), "in_proj_weight")) return before(path, 9) + kInner;
  return path;
}

void append(std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; }
// Paths hold names of modules: any text without a dot.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}
std::string number(double v) {
  char text[32];
  std::snprintf(text, sizeof text, v == std::floor(v) && std::abs(v) < 1e15 ? "%.1f" : "%.17g", v);
  return text;
}

}  // namespace

void save_lora(const nn::Module& model, const std::string& folder) {
  const auto all = adapters(model);
  WICK_CHECK_TYPE(ValueError, !all.empty(), "save_lora: the model has no adapters; add_lora makes them");
  const LoraOptions& o = all[0].lora->options();
  io::NamedTensors tensors;
  std::string targets, ranks, alphas, saved;
  bool transposed = false;
  for (const AdapterPlace& a : all) {
    const std::string key = kPrefix + peft_path(all, a.path);
    tensors.emplace_back(key + ".lora_A.weight", a.lora->lora_A.detach());
    tensors.emplace_back(key + ".lora_B.weight", ends_with(key, kInner) ? a.lora->lora_B.detach().mul(0.5) : a.lora->lora_B.detach());
    Tensor m = a.lora->lora_magnitude_vector;
    if (m.defined()) {
      std::vector<int64_t> shape(static_cast<size_t>(a.lora->lora_B.dim()), 1);
      shape[1] = -1;
      tensors.emplace_back(key + ".lora_magnitude_vector", m.dim() && shape.size() > 2 ? m.detach().view(shape) : m.detach());
    }
    if (key == kPrefix + a.path) append(targets, quoted(a.path));
    if (a.lora->options().r() != o.r()) append(ranks, str(quoted(a.path), ": ", a.lora->options().r()));
    if (a.lora->options().alpha() != o.alpha()) append(alphas, quoted(a.path) + ": " + number(a.lora->options().alpha()));
    transposed |= a.lora->is_transposed();
  }
  for (const std::string& path : saved_modules(model, o.modules_to_save())) {
    append(saved, quoted(path));
    for (const auto& item : model.get_submodule(path)->state_dict(kPrefix + path)) tensors.emplace_back(item.key(), item.value());
  }
  const auto yes = [](bool b) { return b ? "true" : "false"; };
  const std::string text = str("{\n  \"peft_type\": \"LORA\",\n  \"task_type\": null,\n  \"base_model_name_or_path\": null,\n  \"inference_mode\": true,\n  \"r\": ", o.r(), ",\n  \"lora_alpha\": ",
                               number(o.alpha()), ",\n  \"lora_dropout\": ", number(o.dropout()), ",\n  \"use_dora\": ", yes(o.dora()), ",\n  \"use_rslora\": ", yes(o.rslora()),
                               ",\n  \"bias\": \"none\",\n  \"fan_in_fan_out\": ", yes(transposed), ",\n  \"init_lora_weights\": true,\n  \"target_modules\": [", targets,
                               "],\n  \"modules_to_save\": ", saved.empty() ? "null" : "[" + saved + "]", ",\n  \"rank_pattern\": {", ranks, "},\n  \"alpha_pattern\": {", alphas, "}\n}\n");
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  io::save_safetensors(folder + "/adapter_model.safetensors", tensors, {{"format", "pt"}});
  io::write_atomically(folder + "/adapter_config.json", {{text.data(), text.size()}});
}

namespace {

struct Config {
  double alpha = 8, dropout = 0;
  bool dora = false, rslora = false;
  std::map<std::string, double> alphas;
  std::vector<std::string> saved;
};

// The scalars of a JSON text by their paths: `modules_to_save/0` is "head".
class Scalars : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::map<std::string, std::string> all;
  std::string error;

  bool null() override { return put("null"); }
  bool boolean(bool b) override { return put(b ? "true" : "false"); }
  bool number_integer(number_integer_t v) override { return put(std::to_string(v)); }
  bool number_unsigned(number_unsigned_t v) override { return put(std::to_string(v)); }
  bool number_float(number_float_t, const string_t& s) override { return put(s); }
  bool string(string_t& s) override { return put(s); }
  bool binary(binary_t&) override { return false; }
  bool start_object(size_t) override { return enter(); }
  bool key(string_t& k) override { at_.back() = k; return true; }
  bool end_object() override { return leave(); }
  bool start_array(size_t) override {
    enter();
    at_.back() = "0";
    return true;
  }
  bool end_array() override { return leave(); }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception& e) override {
    error = e.what();
    return false;
  }

 private:
  bool put(std::string value) {
    std::string path;
    for (const std::string& a : at_) path += (path.empty() ? "" : "/") + a;
    all[path] = std::move(value);
    return next();
  }
  bool next() {
    if (!at_.empty() && !at_.back().empty() && at_.back().find_first_not_of("0123456789") == std::string::npos) at_.back() = std::to_string(std::stoull(at_.back().substr(0, 9)) + 1);
    return true;
  }
  bool enter() {
    at_.emplace_back();
    if (at_.size() < 20) return true;
    error = "it is nested more than 20 deep";
    return false;
  }
  bool leave() {
    at_.pop_back();
    return next();
  }
  std::vector<std::string> at_;
};

// Errors: no such file, no JSON, values of another kind, what Wick does not have.
Config read_config(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  WICK_CHECK(in, "load_lora: ", file, ": cannot be read");
  std::string text(1 << 20, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  WICK_CHECK(in.gcount() < static_cast<std::streamsize>(text.size()), "load_lora: ", file, ": more than 1 MB, which no configuration has");
  text.resize(static_cast<size_t>(in.gcount()));
  Scalars j;
  WICK_CHECK(nlohmann::json::sax_parse(text, &j), "load_lora: ", file, ": ", j.error.substr(0, 200));
  const auto get = [&](const std::string& key, const std::string& otherwise) {
    const auto found = j.all.find(key);
    return found == j.all.end() || found->second == "null" ? otherwise : found->second;
  };
  const auto real = [&](const std::string& key, const char* otherwise) {
    const std::string value = get(key, otherwise);
    char* end = nullptr;
    const double v = std::strtod(value.c_str(), &end);
    WICK_CHECK(!*end && !value.empty() && std::isfinite(v), "load_lora: ", file, ": ", key.substr(0, 80), " is ", value.substr(0, 40), ", expected a number");
    return v;
  };
  Config c;
  const std::string type = get("peft_type", "missing"), bias = get("bias", "none");
  WICK_CHECK_TYPE(NotImplementedError, type == "LORA" && bias == "none" && get("lora_bias", "false") == "false", "load_lora: ", file, ": peft_type is ", type.substr(0, 40), " and bias ", bias.substr(0, 40),
                  "; LORA without biases is what can be read");
  c.alpha = real("lora_alpha", "8");
  c.dropout = real("lora_dropout", "0");
  c.dora = get("use_dora", "false") == "true";
  c.rslora = get("use_rslora", "false") == "true";
  for (const auto& [key, value] : j.all) {
    if (key.compare(0, 14, "alpha_pattern/") == 0) c.alphas[key.substr(14)] = real(key, "");
    if (key.compare(0, 16, "modules_to_save/") == 0) c.saved.push_back(value);
  }
  for (const auto& item : c.alphas)
    WICK_CHECK_TYPE(NotImplementedError, item.first.find_first_of("*+?()[]{}|\\^$") == std::string::npos, "load_lora: ", file, ": alpha_pattern has the regular expression ", item.first.substr(0, 80));
  return c;
}

// What a file holds for one layer, and for modules that are saved as a whole.
struct Parts { Tensor a, b, magnitude; };
struct Contents {
  std::map<std::string, Parts> layers;
  std::vector<std::pair<std::string, Tensor>> whole;
};

Contents read_adapter(const std::string& folder) {
  std::string file = folder + "/adapter_model.safetensors";
  if (!std::filesystem::exists(file) && std::filesystem::exists(folder + "/adapter_model.bin")) file = folder + "/adapter_model.bin";
  Contents c;
  for (auto& item : io::load_tensors(file)) {
    std::string key = item.first;
    if (key.compare(0, kPrefix.size(), kPrefix) == 0) key = key.substr(kPrefix.size());
    WICK_CHECK_TYPE(NotImplementedError, key.find("lora_embedding_") == std::string::npos && !ends_with(key, ".lora_B.bias"), "load_lora: ", file, ": ", item.first.substr(0, 200),
                    ": adapters of embeddings and biases of adapters cannot be read");
    const std::pair<const char*, Tensor Parts::*> kinds[] = {{".lora_A.weight", &Parts::a}, {".lora_B.weight", &Parts::b}, {".lora_magnitude_vector", &Parts::magnitude},
                                                             {".lora_magnitude_vector.weight", &Parts::magnitude}};
    bool found = false;
    for (const auto& [end, slot] : kinds) {
      if (!ends_with(key, end)) continue;
      std::string path = before(key, std::string(end).size());
      const bool inner = ends_with(path, kInner) && slot == &Parts::b;
      for (size_t at; (at = path.find(".base_layer")) != std::string::npos;) path.erase(at, 11);
      c.layers[path].*slot = inner ? item.second.mul(2) : item.second;
      found = true;
      break;
    }
    if (!found) c.whole.emplace_back(key, item.second);
  }
  return c;
}

double alpha_of(const Config& c, const std::string& path) {
  for (const auto& [key, value] : c.alphas)
    if (path == key || ends_with(path, "." + key)) return value;
  return c.alpha;
}

struct Load {
  std::string path, tensor;
  Lora lora{nullptr};
  std::shared_ptr<LoraImpl> present;
  const Parts* parts;
};

Load check(const nn::Module& model, const std::vector<AdapterPlace>& present, const std::string& path, const Parts& parts, const Config& c, const std::vector<std::string>& saved) {
  std::shared_ptr<nn::Module> layer;
  for (const auto& item : model.named_modules("", false))
    if (item.key() == path) layer = item.value();
  Load l{path, {}, Lora(nullptr), nullptr, &parts};
  bool transposed = false;
  WICK_CHECK_TYPE(ValueError, layer && is_adaptable(*layer, &l.tensor, &transposed), "load_lora: the model has no layer '", path.substr(0, 200), "' that can have an adapter");
  WICK_CHECK_TYPE(ValueError, parts.a.defined() && parts.b.defined() && parts.a.dim() >= 2 && parts.magnitude.defined() == c.dora, "load_lora: ", path, " needs lora_A, lora_B and",
                  c.dora ? "" : " no", " lora_magnitude_vector");
  for (const AdapterPlace& a : present)
    if (a.path == path && a.tensor == l.tensor) l.present = a.lora;
  LoraOptions o;
  o.r(parts.a.size(0)).alpha(alpha_of(c, path)).dropout(c.dropout).dora(c.dora).rslora(c.rslora).modules_to_save(saved);
  if (l.present) {
    const LoraOptions& has = l.present->options();
    WICK_CHECK_TYPE(ValueError, !l.present->is_merged() && has.dora() == c.dora && has.rslora() == c.rslora && has.alpha() == o.alpha(), "load_lora: ",
                    path, " has another kind of adapter, one of another scale or a merged one; remove_lora takes it out");
  } else {
    const Tensor w = layer->named_parameters(false)[l.tensor];
    // Before a rank from a file is believed.
    WICK_CHECK_TYPE(ValueError, parts.a.dim() == w.dim() && parts.a.numel() / std::max<int64_t>(1, parts.a.size(0)) * (transposed ? w.size(1) : w.size(0)) == w.numel() && o.r() > 0, "load_lora: ", path, ".lora_A is ",
                    parts.a.sizes(), " in the file, which does not fit ", l.tensor, " ", w.sizes());
    l.lora = Lora(w, o, transposed);
  }
  LoraImpl& to = l.present ? *l.present : *l.lora;
  WICK_CHECK_TYPE(ValueError, to.lora_A.sizes() == parts.a.sizes() && to.lora_B.sizes() == parts.b.sizes() && (!c.dora || to.lora_magnitude_vector.numel() == parts.magnitude.numel()), "load_lora: ", path,
                  ": the file has lora_A ", parts.a.sizes(), " and lora_B ", parts.b.sizes(), ", the model needs ", to.lora_A.sizes(), " and ", to.lora_B.sizes());
  return l;
}

}  // namespace

void load_lora(nn::Module& model, const std::string& folder, bool trainable) {
  const Config config = read_config(folder + "/adapter_config.json");
  const Contents contents = read_adapter(folder);
  WICK_CHECK_TYPE(ValueError, !contents.layers.empty(), "load_lora: ", folder, " has no adapters");
  const auto state = model.state_dict();
  std::vector<std::string> saved;
  for (const std::string& name : config.saved)
    for (const auto& item : model.named_modules("", false))
      if ((item.key() == name || ends_with(item.key(), "." + name)) && std::find(saved.begin(), saved.end(), item.key()) == saved.end()) saved.push_back(item.key());
  for (const auto& [key, value] : contents.whole) {
    const Tensor* to = state.find(key);
    WICK_CHECK_TYPE(ValueError, to && to->sizes() == value.sizes(), "load_lora: ", key.substr(0, 200), " is ", value.sizes(), " in the file and ", to ? str(to->sizes()) : std::string("missing"), " in the model",
                    to ? "; reset_classifier sets the number of classes" : "");
  }
  const auto present = adapters(model);
  std::vector<Load> loads;
  for (const auto& [path, parts] : contents.layers) loads.push_back(check(model, present, path, parts, config, saved));

  NoGradGuard off;
  for (Load& l : loads) {
    LoraImpl& to = l.present ? *l.present : *l.lora;
    to.lora_A.copy_(l.parts->a);
    to.lora_B.copy_(l.parts->b);
    if (config.dora) to.lora_magnitude_vector.copy_(l.parts->magnitude.view({-1}));
    nn::Module& layer = *model.get_submodule(l.path);
    if (l.present) layer.refresh_tensors();
    else parametrize::register_parametrization(layer, l.tensor, l.lora);
  }
  for (const auto& [key, value] : contents.whole) Tensor(state[key]).copy_(value);
  only_adapters_learn(model, saved);
  if (!trainable) model.requires_grad_(false);
}

}  // namespace wick::adapt::inline v1
