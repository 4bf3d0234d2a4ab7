// Module by path, its state as a dictionary, and what is frozen.
#include <algorithm>
#include <unordered_set>

#include <wick/autograd.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "nn/extras.h"

namespace wick::nn::inline v1 {

// --- By path -----------------------------------------------------------------------------------------------------

namespace {

template <class Dict>
std::string names(const Dict& dict) {
  std::string text;
  for (const auto& item : dict) text += (text.empty() ? "" : ", ") + item.key();
  return text.empty() ? "none" : text;
}

std::pair<std::string, std::string> split_last(const std::string& path) {
  const size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::pair<std::string, std::string>("", path) : std::pair<std::string, std::string>(path.substr(0, dot), path.substr(dot + 1));
}

}  // namespace

Module& Module::descend(const char* call, const std::string& target) const {
  const Module* m = this;
  std::string at = short_name(*this);
  for (size_t begin = 0; begin < target.size() + 1 && !target.empty();) {
    const size_t dot = std::min(target.find('.', begin), target.size());
    const std::string name = target.substr(begin, dot - begin);
    const auto* child = m->children_.find(name);
    WICK_CHECK(child, call, "(\"", target, "\"): ", at, " has no submodule '", name, "' (it has: ", names(m->children_), ")");
    m = child->get();
    at += "." + name;
    begin = dot + 1;
  }
  return const_cast<Module&>(*m);
}
std::shared_ptr<Module> Module::get_submodule(const std::string& target) const {
  const Module& m = descend("get_submodule", target);
  return m.shared_from_this_checked();
}
Tensor Module::get_parameter(const std::string& target) const {
  const auto [path, name] = split_last(target);
  const Module& m = descend("get_parameter", path);
  const Tensor* t = m.parameters_.find(name);
  WICK_CHECK(t, "get_parameter(\"", target, "\"): ", short_name(m), " has no parameter '", name, "' (it has: ", names(m.parameters_), ")");
  return *t;
}
Tensor Module::get_buffer(const std::string& target) const {
  const auto [path, name] = split_last(target);
  const Module& m = descend("get_buffer", path);
  const Tensor* t = m.buffers_.find(name);
  WICK_CHECK(t, "get_buffer(\"", target, "\"): ", short_name(m), " has no buffer '", name, "' (it has: ", names(m.buffers_), ")");
  return *t;
}
std::pair<Module*, std::string> Module::parent_of(const std::string& target) const {
  WICK_CHECK(!target.empty(), "set_submodule: the path is empty; a module cannot be replaced in itself");
  const auto [path, name] = split_last(target);
  Module& parent = descend("set_submodule", path);
  parent.descend("set_submodule", name);
  return {&parent, name};
}

int64_t Module::num_parameters(bool only_trainable) const {
  std::unordered_set<const void*> seen;
  int64_t n = 0;
  for (const Tensor& p : parameters())
    if ((!only_trainable || p.requires_grad()) && seen.insert(p.unsafeGetTensorImpl()).second) n += p.numel();
  return n;
}

// --- State -------------------------------------------------------------------------------------------------------

bool Module::is_persistent(const std::string& buffer) const { return !extras_.get() || !extras_.get()->transient.count(buffer); }

OrderedDict<std::string, Tensor> Module::state_dict(const std::string& prefix) const {
  OrderedDict<std::string, Tensor> state;
  const auto add = [&](const std::string& path, const Module& m) {
    for (const auto& p : m.parameters_)
      if (p.value().defined()) state.insert(join(path, p.key()), p.value().detach());
    for (const auto& b : m.buffers_)
      if (b.value().defined() && m.is_persistent(b.key())) state.insert(join(path, b.key()), b.value().detach());
  };
  apply(ConstNamedModuleApplyFunction(add), prefix);
  return state;
}

namespace {

std::string with_shape(const std::string& key, const Tensor& t) { return str(key, ' ', t.sizes()); }

// Keys that do not fit, told in one text.
struct Misfits {
  std::vector<std::string> missing, unexpected, shapes;
  void line(std::string& text, const char* label, const std::vector<std::string>& items) const {
    constexpr size_t kShown = 8;
    if (items.empty()) return;
    text += std::string("\n  ") + label;
    text.append(13 - std::char_traits<char>::length(label), ' ');
    for (size_t i = 0; i < std::min(items.size(), kShown); ++i) text += (i ? "   " : "") + items[i];
    if (items.size() > kShown) text += str("   and ", items.size() - kShown, " more");
  }
  [[noreturn]] void raise(const Module& module, const detail::StateOrigin& from) const {
    std::string text = from.subject + " does not fit " + short_name(module) + ":";
    auto count = [&, first = true](size_t n, const char* what, const char* many) mutable {
      if (!n) return;
      text += str(first ? " " : ", ", n, ' ', n == 1 ? what : many);
      first = false;
    };
    count(missing.size(), "key missing", "keys missing");
    count(unexpected.size(), "unexpected", "unexpected");
    count(shapes.size(), "of another shape", "of other shapes");
    line(text, "missing", missing);
    line(text, "unexpected", unexpected);
    line(text, "shape", shapes);
    const std::string names = from.hint ? from.hint(missing, unexpected) : "";
    text += "\n  hint: ";
    if (!names.empty()) text += names + ", or ";
    text += shapes.empty() ? "strict = false loads the keys that fit" : "build the model with the given shapes, or take those keys out and load with strict = false";
    throw Error(text);
  }
};

// What is copied to `to`: one element may be a 1-d tensor in old files.
Tensor fitting(const Tensor& given, const Tensor& to) {
  if (to.dim() == 0 && given.dim() == 1 && given.numel() == 1) return given.select(0, 0);
  return given.sizes() == to.sizes() ? given : Tensor();
}

// Files of old versions have no count of batches; it then stays.
bool may_be_missing(const std::string& key) { return split_last(key).second == "num_batches_tracked"; }

}  // namespace

IncompatibleKeys Module::load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state, bool strict) {
  return detail::load_state(*this, state, strict, {"load_state_dict: the state", "given", nullptr});
}

namespace {
// The key of the model that a key of a file means. Files from before parametrizations have a weight-normalised tensor's length
// and direction as `<path>.weight_g` and `<path>.weight_v`, now `<path>.parametrizations.weight.original0` and `original1`.
std::string key_in(const OrderedDict<std::string, Tensor>& own, const std::string& key) {
  if (own.contains(key) || key.size() < 3 || key[key.size() - 2] != '_' || (key.back() != 'g' && key.back() != 'v')) return key;
  const size_t dot = key.rfind('.'), name = dot == std::string::npos ? 0 : dot + 1;
  if (name + 2 >= key.size()) return key;
  const std::string now = key.substr(0, name) + "parametrizations." + key.substr(name, key.size() - 2 - name) + (key.back() == 'g' ? ".original0" : ".original1");
  return own.contains(now) ? now : key;
}
}  // namespace

IncompatibleKeys detail::load_state(Module& module, const std::vector<std::pair<std::string, Tensor>>& state, bool strict, const StateOrigin& origin) {
  const OrderedDict<std::string, Tensor> own = module.state_dict();
  std::unordered_set<std::string> given;
  std::vector<std::pair<Tensor, Tensor>> copies;
  IncompatibleKeys keys;
  Misfits misfits;
  for (const auto& [written, value] : state) {
    const std::string key = key_in(own, written);
    WICK_CHECK(given.insert(key).second, "load_state_dict: key '", key, "' is given twice");
    WICK_CHECK(value.defined(), "load_state_dict: the value of '", key, "' is undefined");
    const Tensor* to = own.find(key);
    if (!to) {
      keys.unexpected_keys.push_back(key);
      misfits.unexpected.push_back(with_shape(key, value));
    } else if (const Tensor from = fitting(value, *to); from.defined()) {
      copies.emplace_back(*to, from);
    } else {
      misfits.shapes.push_back(str(key, "  ", origin.given, ' ', value.sizes(), "  model ", to->sizes()));
    }
  }
  for (const auto& item : own) {
    if (given.count(item.key()) || may_be_missing(item.key())) continue;
    keys.missing_keys.push_back(item.key());
    misfits.missing.push_back(with_shape(item.key(), item.value()));
  }
  if (!strict) {
    misfits.missing.clear();
    misfits.unexpected.clear();
  }
  if (!misfits.missing.empty() || !misfits.unexpected.empty() || !misfits.shapes.empty()) misfits.raise(module, origin);
  NoGradGuard off;
  for (auto& [to, from] : copies) to.copy_(from);
  return keys;
}
IncompatibleKeys Module::load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict) { return load_state_dict(state.pairs(), strict); }

// --- Frozen ------------------------------------------------------------------------------------------------------

Module& Module::requires_grad_(bool requires_grad) {
  for (Tensor& p : parameters()) p.set_requires_grad(requires_grad);
  return *this;
}

bool Module::is_frozen() const noexcept { return extras_.get() && extras_.get()->frozen; }

void Module::set_frozen(bool on) {
  for (auto& child : children_) child.value()->set_frozen(on);
  if (on == is_frozen()) return;
  detail::Extras& e = extras_.make();
  if (on) {
    for (auto& p : parameters_)
      if (p.value().defined() && p.value().requires_grad()) {
        p.value().set_requires_grad(false);
        e.stopped.insert(p.key());
      }
    e.trains = is_training_;
    is_training_ = false;
  } else {
    for (const std::string& name : e.stopped)
      if (Tensor* p = parameters_.find(name); p && p->defined()) p->set_requires_grad(true);
    e.stopped.clear();
    is_training_ = e.trains;
  }
  e.frozen = on;
}
void Module::freeze() { set_frozen(true); }
void Module::unfreeze() { set_frozen(false); }

void Module::copy_mode(const Module& from) {
  is_training_ = from.is_training_;
  extras_ = from.extras_;
}

// --- Types -------------------------------------------------------------------------------------------------------

Module& Module::to_floating(ScalarType dtype) {
  for (auto& child : children_) child.value()->to_floating(dtype);
  NoGradGuard off;
  for (auto* list : {&parameters_, &buffers_})
    for (auto& item : *list)
      if (item.value().defined() && item.value().is_floating_point()) item.value().set_data(item.value().to(dtype));
  return *this;
}

}  // namespace wick::nn::inline v1
