#include <wick/adapt/finetune.h>

#include <algorithm>
#include <unordered_set>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "nn/paths.h"

namespace wick::adapt::inline v1 {

namespace {

std::vector<std::string> each_match(nn::Module& model, const std::vector<std::string>& patterns, const char* call, void (nn::Module::*what)()) {
  std::vector<std::string> found;
  std::vector<std::shared_ptr<nn::Module>> modules;
  for (const std::string& p : patterns) {
    bool any = false;
    for (const auto& item : model.named_modules("", false)) {
      if (!matches(item.key(), p)) continue;
      any = true;
      found.push_back(item.key());
      modules.push_back(item.value());
    }
    if (any) continue;
    std::string parts;
    for (const auto& child : model.named_children()) parts += (parts.empty() ? "" : ", ") + child.key();
    throw ValueError(str(call, ": no module matches '", p, "'; the model's parts are ", parts));
  }
  for (const auto& m : modules) ((*m).*what)();
  return found;
}

int64_t count(const nn::Module& m) { return m.num_parameters(); }

// A part as long as `stages` works on it.
struct Part {
  std::string path;
  std::shared_ptr<nn::Module> module;
};
// Scales and shifts only, as normalisations have them.
bool is_norm(const nn::Module& m) {
  for (const Tensor& p : m.parameters())
    if (p.dim() > 1) return false;
  return true;
}

}  // namespace

bool matches(const std::string& path, const std::string& pattern) { return nn::path_matches(path, pattern); }
std::vector<std::string> freeze(nn::Module& model, const std::vector<std::string>& patterns) { return each_match(model, patterns, "freeze", &nn::Module::freeze); }
std::vector<std::string> unfreeze(nn::Module& model, const std::vector<std::string>& patterns) { return each_match(model, patterns, "unfreeze", &nn::Module::unfreeze); }

std::vector<Stage> stages(const nn::Module& model) {
  std::vector<Part> parts;
  std::vector<std::string> own;
  const auto children_of = [&](const nn::Module& m, const std::string& prefix) {
    std::vector<Part> list;
    for (const auto& child : m.named_children())
      if (count(*child.value()) > 0) list.push_back({prefix + child.key(), child.value()});
    return list;
  };
  const auto own_of = [&](const nn::Module& m, const std::string& prefix) {
    for (const auto& p : m.named_parameters(false))
      if (p.value().defined()) own.push_back(prefix + p.key());
  };
  parts = children_of(model, "");
  own_of(model, "");
  const int64_t total = count(model);
  for (;;) {
    const auto largest = std::max_element(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return count(*a.module) < count(*b.module); });
    if (largest == parts.end() || 2 * count(*largest->module) <= total) break;
    const Part p = *largest;
    auto inner = children_of(*p.module, p.path + ".");
    // A layer with a part, such as an adapter, is still a layer.
    if (inner.empty() || p.module->named_children().contains("parametrizations")) break;
    own_of(*p.module, p.path + ".");
    const auto at = parts.erase(largest);
    parts.insert(at, inner.begin(), inner.end());
  }
  std::vector<Stage> result;
  for (const Part& p : parts) {
    if (result.empty() || !is_norm(*p.module)) result.emplace_back();
    result.back().modules.push_back(p.path);
  }
  if (result.empty()) result.emplace_back();
  result.front().parameters = own;
  return result;
}

std::vector<Tensor> parameters(const nn::Module& model, const Stage& stage) {
  std::vector<Tensor> all;
  for (const std::string& p : stage.parameters) all.push_back(model.get_parameter(p));
  for (const std::string& m : stage.modules)
    for (const Tensor& p : model.get_submodule(m)->parameters())
      if (p.defined()) all.push_back(p);
  return all;
}
void set_frozen(nn::Module& model, const Stage& stage, bool frozen) {
  std::vector<std::shared_ptr<nn::Module>> modules;
  std::vector<Tensor> own;
  for (const std::string& m : stage.modules) modules.push_back(model.get_submodule(m));
  for (const std::string& p : stage.parameters) own.push_back(model.get_parameter(p));
  for (const auto& m : modules) frozen ? m->freeze() : m->unfreeze();
  for (const Tensor& p : own) p.set_requires_grad(!frozen);
}

std::vector<optim::OptimizerParamGroup> layer_wise_groups(const nn::Module& model, const optim::OptimizerOptions& options, double decay, const std::vector<Stage>& parts) {
  WICK_CHECK_TYPE(ValueError, decay > 0 && decay <= 1, "layer_wise_groups: the decay must be in (0, 1], got ", decay);
  std::vector<optim::OptimizerParamGroup> groups;
  std::unordered_set<const void*> seen;  // a tensor that two parts share belongs to the first
  double rate = options.get_lr();
  for (size_t i = 1; i < parts.size(); ++i) rate *= decay;
  for (const Stage& s : parts) {
    std::vector<Tensor> list;
    for (const Tensor& p : parameters(model, s))
      if (seen.insert(p.unsafeGetTensorImpl()).second) list.push_back(p);
    optim::OptimizerParamGroup group(std::move(list), options.clone());
    group.options().set_lr(rate);
    group.initial_lr() = rate;
    groups.push_back(std::move(group));
    rate /= decay;
  }
  return groups;
}

std::vector<std::function<double(int64_t)>> slanted_triangles(size_t groups, int64_t total, int64_t warmup, int64_t delay) {
  const int64_t last = groups ? static_cast<int64_t>(groups - 1) * delay : 0;
  WICK_CHECK_TYPE(ValueError, groups > 0 && warmup >= 0 && delay >= 0 && last + warmup < total, "slanted_triangles: ", groups, " groups, one every ", delay, " steps, and ", warmup, " steps up do not fit in ", total,
                  " steps");
  std::vector<std::function<double(int64_t)>> factors;
  for (size_t g = 0; g < groups; ++g) {
    const int64_t begin = static_cast<int64_t>(groups - 1 - g) * delay, top = begin + warmup;
    factors.emplace_back([=](int64_t step) {
      if (step < begin || step >= total) return 0.0;
      return step < top ? static_cast<double>(step - begin + 1) / static_cast<double>(warmup + 1) : static_cast<double>(total - step) / static_cast<double>(total - top);
    });
  }
  return factors;
}

GradualUnfreezing::GradualUnfreezing(nn::Module& model, std::vector<Stage> stages, int64_t epochs) : model_(model), stages_(std::move(stages)), epochs_(epochs) {
  WICK_CHECK_TYPE(ValueError, !stages_.empty() && epochs >= 1, "GradualUnfreezing: stages and epochs must not be none, got ", stages_.size(), " and ", epochs);
}
size_t GradualUnfreezing::active(int64_t epoch) const { return std::min(stages_.size(), 1 + static_cast<size_t>(epoch / epochs_)); }
void GradualUnfreezing::on_epoch_begin(train::TrainerBase& trainer) {
  const size_t frozen = stages_.size() - active(trainer.epoch());
  for (size_t i = 0; i < stages_.size(); ++i) set_frozen(model_, stages_[i], i < frozen);
}

L2SP::L2SP(const nn::Module& model, double alpha, const std::vector<std::string>& fresh, double beta) {
  for (const auto& item : model.named_parameters()) {
    if (!item.value().defined() || !item.value().requires_grad()) continue;
    const std::string path = item.key().substr(0, item.key().rfind('.'));
    // A module that matches, or one that it is in.
    bool is_fresh = false;
    for (size_t end = path.size(); end != std::string::npos && !is_fresh; end = end ? path.rfind('.', end - 1) : std::string::npos)
      for (const std::string& f : fresh) is_fresh |= matches(path.substr(0, end), f);
    if (is_fresh) items_.push_back({item.value(), {}, beta});
    else items_.push_back({item.value(), item.value().detach().clone(), alpha});
  }
}
Tensor L2SP::operator()() const {
  Tensor sum;
  for (const Item& i : items_) {
    if (i.factor == 0) continue;
    const Tensor d = i.start.defined() ? i.parameter - i.start : i.parameter, term = d.mul(d).sum().mul(0.5 * i.factor);
    sum = sum.defined() ? sum + term : term;
  }
  return sum.defined() ? sum : wick::zeros({});
}

}  // namespace wick::adapt::inline v1
