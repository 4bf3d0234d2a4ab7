#include <wick/adapt/lora.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/init.h>
#include <wick/ops.h>

#include "adapt/layers.h"

namespace wick::adapt::inline v1 {

namespace parametrize = nn::utils::parametrize;

namespace {

// The length of each output's weights, which counts as a constant.
Tensor lengths(const Tensor& weight, bool transposed) {
  const Tensor rows = transposed ? weight.detach().t() : weight.detach().flatten(1);
  return rows.mul(rows).sum(1).sqrt();
}
// It in the shape that scales a weight.
Tensor spread(const Tensor& per_output, int64_t dims, bool transposed) {
  if (transposed) return per_output;
  std::vector<int64_t> shape(static_cast<size_t>(dims), 1);
  shape[0] = -1;
  return per_output.view(shape);
}

}  // namespace

LoraImpl::LoraImpl(const Tensor& weight, const LoraOptions& options, bool transposed)
    : Cloneable("wick::adapt::Lora"), options_(options), sizes_(weight.sizes().vec()), transposed_(transposed), like_(weight.options().requires_grad(false)) {
  WICK_CHECK_TYPE(ValueError, options.r() > 0 && options.dropout() >= 0 && options.dropout() < 1, "Lora: the rank must be positive and the dropout in [0, 1), got r ", options.r(), " and dropout ",
                  options.dropout());
  WICK_CHECK_TYPE(ValueError, sizes_.size() >= 2 && (!transposed || sizes_.size() == 2), "Lora: a weight is [out, in, ...], or [in, out] if transposed, got ", weight.sizes());
  LoraImpl::reset();
  NoGradGuard off;
  nn::init::kaiming_uniform_(lora_A, std::sqrt(5.0));
  nn::init::zeros_(lora_B);
  if (options.dora()) lora_magnitude_vector.copy_(lengths(weight, transposed));
}

void LoraImpl::reset() {
  std::vector<int64_t> a = sizes_, b(sizes_.size(), 1);
  if (transposed_) std::swap(a[0], a[1]);
  b[0] = a[0], b[1] = a[0] = options_.r();
  lora_A = register_parameter("lora_A", wick::empty(a, like_));
  lora_B = register_parameter("lora_B", wick::empty(b, like_));
  if (options_.dora()) lora_magnitude_vector = register_parameter("lora_magnitude_vector", wick::empty({b[0]}, like_));
}
void LoraImpl::pretty_print(std::ostream& stream) const {
  stream << "wick::adapt::Lora(r=" << options_.r() << ", alpha=" << options_.alpha();
  if (options_.dropout() > 0) stream << ", dropout=" << options_.dropout();
  stream << (options_.dora() ? ", dora" : "") << ")";
}

double LoraImpl::scaling() const { return options_.alpha() / (options_.rslora() ? std::sqrt(static_cast<double>(options_.r())) : static_cast<double>(options_.r())); }

Tensor LoraImpl::product(bool drop) const {
  Tensor a = lora_A;
  if (drop && options_.dropout() > 0) {
    std::vector<int64_t> mask(sizes_.size(), 1);
    mask[1] = a.size(1);
    a = a * wick::dropout(wick::ones(mask, like_), options_.dropout(), true);
  }
  const Tensor d = wick::mm(lora_B.flatten(1), a.flatten(1)).mul(scaling());
  return transposed_ ? d.t() : d.view(sizes_);
}
Tensor LoraImpl::delta() const {
  NoGradGuard off;
  return product(false);
}

Tensor LoraImpl::forward(const Tensor& weight) {
  if (merged_) {
    WICK_CHECK(!(is_training() && GradMode::is_enabled()), "Lora: the adapter is merged and cannot learn; call unmerge_lora, or eval()");
    return weight;
  }
  const Tensor sum = weight + product(is_training());
  if (!options_.dora()) return sum;
  return sum * spread(lora_magnitude_vector / lengths(sum, transposed_), sum.dim(), transposed_);
}

void LoraImpl::merge(const Tensor& weight) {
  if (merged_) return;
  NoGradGuard off;
  const Tensor sum = weight + delta();
  if (options_.dora()) factor_ = spread(lora_magnitude_vector / lengths(sum, transposed_), sum.dim(), transposed_);
  weight.copy_(options_.dora() ? sum * factor_ : sum);
  merged_ = true;
}
void LoraImpl::unmerge(const Tensor& weight) {
  if (!merged_) return;
  NoGradGuard off;
  weight.copy_((options_.dora() ? weight / factor_ : weight) - delta());
  merged_ = false;
  factor_ = Tensor();
}

// --- Layers of a model -----------------------------------------------------------------------------------------------

bool is_adaptable(const nn::Module& m, std::string* tensor, bool* transposed) {
  *tensor = "weight";
  *transposed = false;
  if (m.as<nn::Linear>() || m.as<nn::Conv1d>() || m.as<nn::Conv2d>() || m.as<nn::Conv3d>()) return true;
  if (const auto* a = m.as<nn::MultiheadAttention>()) {
    *tensor = "in_proj_weight";
    return a->_qkv_same_embed_dim;
  }
  const std::string& name = m.name();
  if (name.find("Conv1D") == std::string::npos) return false;
  *transposed = true;
  if (parametrize::is_parametrized(m, "weight")) return true;
  const auto parameters = m.named_parameters(false);
  return parameters.contains("weight") && parameters["weight"].dim() == 2;
}

std::vector<AdapterPlace> adapters(const nn::Module& model) {
  std::vector<AdapterPlace> found;
  const auto look = [&](const std::string& path, const std::shared_ptr<nn::Module>& m) {
    const auto lists = std::dynamic_pointer_cast<nn::ModuleDictImpl>(m);
    const bool named = path == "parametrizations" || (path.size() > 17 && path.compare(path.size() - 17, 17, ".parametrizations") == 0);
    if (!lists || !named) return;
    for (const auto& item : lists->named_children()) {
      const auto list = std::dynamic_pointer_cast<nn::utils::parametrize::ParametrizationListImpl>(item.value());
      for (size_t i = 0; list && i < list->size(); ++i)
        if (auto lora = std::dynamic_pointer_cast<LoraImpl>((*list)[i])) found.push_back({path.size() > 17 ? path.substr(0, path.size() - 17) : std::string(), item.key(), lora, list});
    }
  };
  for (const auto& item : model.named_modules("", false)) look(item.key(), item.value());
  return found;
}
bool has_adapter(const std::vector<AdapterPlace>& all, const std::string& path, const std::string& tensor) {
  return std::any_of(all.begin(), all.end(), [&](const AdapterPlace& a) { return a.path == path && a.tensor == tensor; });
}

namespace {

bool any_matches(const std::string& path, const std::vector<std::string>& patterns, std::vector<bool>* used = nullptr) {
  bool any = false;
  for (size_t i = 0; i < patterns.size(); ++i)
    if (matches(path, patterns[i])) {
      any = true;
      if (used) (*used)[i] = true;
    }
  return any;
}
bool is_within(const std::string& path, const std::string& parent) { return path.size() > parent.size() && path.compare(0, parent.size(), parent) == 0 && path[parent.size()] == '.'; }

}  // namespace

std::vector<std::string> saved_modules(const nn::Module& model, const std::vector<std::string>& patterns) {
  std::vector<std::string> found;
  std::vector<bool> used(patterns.size());
  for (const auto& item : model.named_modules("", false)) {
    const std::string& path = item.key();
    if (any_matches(path, patterns, &used) && std::none_of(found.begin(), found.end(), [&](const std::string& f) { return is_within(path, f); })) found.push_back(path);
  }
  for (size_t i = 0; i < used.size(); ++i) WICK_CHECK_TYPE(ValueError, used[i], "add_lora: no module matches '", patterns[i], "' of modules_to_save");
  return found;
}

namespace {

struct Target { std::string path, tensor; bool transposed; };

std::vector<Target> targets_of(const nn::Module& model, const LoraOptions& o, const std::vector<std::string>& saved) {
  std::vector<Target> found;
  std::vector<bool> used(o.targets().size());
  std::string layers, attention = "/";
  for (const auto& item : model.named_modules("", false)) {
    const std::string& path = item.key();
    Target t{path, {}, false};
    if (!is_adaptable(*item.value(), &t.tensor, &t.transposed)) continue;
    if (std::any_of(saved.begin(), saved.end(), [&](const std::string& s) { return path == s || is_within(path, s); })) continue;
    layers += (layers.empty() ? "" : ", ") + path;
    const bool all = o.targets().empty() || is_within(path, attention);
    if (!any_matches(path, o.targets(), &used) && !all) continue;
    if (t.tensor != "weight") attention = path;
    found.push_back(std::move(t));
  }
  for (size_t i = 0; i < used.size(); ++i) WICK_CHECK_TYPE(ValueError, used[i], "add_lora: no layer matches '", o.targets()[i], "'; those that can have an adapter are ", layers.empty() ? "none" : layers.substr(0, 400));
  WICK_CHECK_TYPE(ValueError, !found.empty(), "add_lora: the model has no layer that can have an adapter");
  const auto present = adapters(model);
  for (const Target& t : found) WICK_CHECK_TYPE(ValueError, !has_adapter(present, t.path, t.tensor), "add_lora: ", t.path, " has an adapter already; remove_lora takes it out");
  return found;
}

}  // namespace

void only_adapters_learn(nn::Module& model, const std::vector<std::string>& saved) {
  for (const Tensor& p : model.parameters()) p.set_requires_grad(false);
  for (const auto& item : model.named_modules("", false)) {
    const bool keep = std::any_of(saved.begin(), saved.end(), [&](const std::string& s) { return item.key() == s || is_within(item.key(), s); });
    if (!keep && item.value()->named_buffers(false).contains("running_mean")) item.value()->freeze();
  }
  for (const std::string& s : saved)
    for (const Tensor& p : model.get_submodule(s)->parameters()) p.set_requires_grad(true);
  for (const AdapterPlace& a : adapters(model))
    for (const Tensor& p : a.lora->parameters()) p.set_requires_grad(true);
}

std::vector<std::string> add_lora(nn::Module& model, const LoraOptions& options) {
  const auto saved = saved_modules(model, options.modules_to_save());
  const auto targets = targets_of(model, options, saved);
  std::vector<Lora> made;
  for (const Target& t : targets) made.emplace_back(model.get_submodule(t.path)->named_parameters(false)[t.tensor], options, t.transposed);
  std::vector<std::string> paths;
  for (size_t i = 0; i < targets.size(); ++i) {
    parametrize::register_parametrization(*model.get_submodule(targets[i].path), targets[i].tensor, made[i]);
    paths.push_back(targets[i].path + "." + targets[i].tensor);
  }
  only_adapters_learn(model, saved);
  return paths;
}

namespace {

nn::Module& owner(nn::Module& model, const AdapterPlace& a) { return a.path.empty() ? model : *model.get_submodule(a.path); }

int64_t each(nn::Module& model, void (LoraImpl::*what)(const Tensor&)) {
  const auto all = adapters(model);
  for (const AdapterPlace& a : all) {
    (*a.lora.*what)(a.list->originals()[0]);
    NoGradGuard off;
    owner(model, a).refresh_tensors();
  }
  return static_cast<int64_t>(all.size());
}

}  // namespace

int64_t merge_lora(nn::Module& model) { return each(model, &LoraImpl::merge); }
int64_t unmerge_lora(nn::Module& model) { return each(model, &LoraImpl::unmerge); }
int64_t remove_lora(nn::Module& model, bool keep) {
  const auto all = adapters(model);
  each(model, keep ? &LoraImpl::merge : &LoraImpl::unmerge);
  NoGradGuard off;
  for (const AdapterPlace& a : all) parametrize::remove_parametrizations(owner(model, a), a.tensor, false);
  return static_cast<int64_t>(all.size());
}

}  // namespace wick::adapt::inline v1
