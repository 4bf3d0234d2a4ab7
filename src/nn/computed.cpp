#include "nn/computed.h"

#include <algorithm>
#include <atomic>
#include <cctype>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "nn/extras.h"

namespace wick::nn::inline v1 {
namespace {

thread_local int cache_depth = 0;
thread_local uint64_t cache_pass = 0;
thread_local bool shares_parameters = false;

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
namespace detail {

// A dictionary is an index, its items, and a text.
constexpr size_t kItems = sizeof(std::unordered_map<std::string, size_t>);
using Tensors = OrderedDict<std::string, Tensor>;
using Modules = OrderedDict<std::string, std::shared_ptr<Module>>;
static_assert(sizeof(Tensors) == kItems + sizeof(std::vector<Tensors::Item>) + sizeof(std::string));
const uint32_t Access::debugger_layout[7] = {1, offsetof(Module, parameters_) + kItems, sizeof(Tensors::Item), offsetof(Module, buffers_) + kItems, sizeof(Tensors::Item),
                                             offsetof(Module, children_) + kItems, sizeof(Modules::Item)};

}  // namespace detail
#pragma GCC diagnostic pop

Tensor* Module::tensor_member(const std::string&) { return nullptr; }

void Module::refresh_computed() {
  for (detail::Computed& c : extras_.make().computed) {
    if (cache_depth > 0 && c.pass == cache_pass) continue;
    c.pass = cache_depth > 0 ? cache_pass : 0;
    Tensor* member = tensor_member(c.name);
    WICK_CHECK(member, name(), " no longer tells where it keeps ", c.name);
    *member = c.make(*this);
  }
}

// In a copy: what reset() made becomes what the original has in the place of computed tensors.
void Module::follow(const Module& from, const std::optional<Device>& device) {
  const auto* extras = from.extras_.get();
  if (!extras || extras->computed.empty()) return;
  for (const detail::Computed& c : extras->computed) {
    detail::unregister(*this, c.name);
    Tensor *to = tensor_member(c.name), *there = const_cast<Module&>(from).tensor_member(c.name);
    if (to && there) *to = there->detach().clone();  // what it has now: computing it could change what it is computed from
  }
  const auto add = [](const OrderedDict<std::string, Tensor>& source, OrderedDict<std::string, Tensor>& target) {
    for (const auto& item : source)
      if (!target.contains(item.key())) target.insert(item.key(), item.value().defined() ? item.value().detach().clone().set_requires_grad(item.value().requires_grad()) : Tensor());
  };
  add(from.parameters_, parameters_);
  add(from.buffers_, buffers_);
  for (const auto& child : from.children_)
    if (!children_.contains(child.key())) add_child(child.key(), child.value()->clone(device));
}

namespace detail {

Tensor* find_member(const std::string& name, const char* names, Tensor* const* members, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const auto is_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    while (*names && !is_name(*names)) ++names;
    const char* end = names;
    while (*end && is_name(*end)) ++end;
    if (name.compare(0, std::string::npos, names, static_cast<size_t>(end - names)) == 0) return members[i];
    names = end;
  }
  return nullptr;
}

Tensor* registered(Module& module, const std::string& name) {
  if (Tensor* t = Access::parameters(module).find(name)) return t;
  return Access::buffers(module).find(name);
}

Tensor& member_of(Module& module, const std::string& name, const char* call) {
  const Tensor* t = registered(module, name);
  Tensor* member = module.tensor_member(name);
  WICK_CHECK_TYPE(ValueError, (t && t->defined()) || (member && member->defined()), call, ": module ", short_name(module), " does not have a parameter, a buffer, or a parametrized element with name '", name,
                  "'");
  WICK_CHECK_TYPE(ValueError, member, call, ": ", short_name(module), " does not tell in which variable it keeps '", name, "': write WICK_MEMBERS(", name, ") in its class");
  return *member;
}

void unregister(Module& module, const std::string& name) {
  for (auto* list : {&Access::parameters(module), &Access::buffers(module)})
    if (list->contains(name)) list->erase(name);
}

SharedParameters::SharedParameters() { shares_parameters = true; }
SharedParameters::~SharedParameters() { shares_parameters = false; }
Tensor copied(const Tensor& t, const std::optional<Device>& device, bool is_parameter) {
  if (is_parameter && shares_parameters) return t.detach();
  return device ? t.detach().to(*device, t.scalar_type(), false, true) : t.detach().clone();
}

void copy_tensors(const Module& from, Module& to, const std::optional<Device>& device) {
  NoGradGuard off;
  for (auto* list : {&Access::parameters, &Access::buffers}) {
    auto& copies = list(to);
    copies = list(const_cast<Module&>(from));
    for (auto& item : copies) {
      const Tensor t = item.value();
      if (t.defined()) item.value() = copied(t, device, list == &Access::parameters).set_requires_grad(t.requires_grad());
    }
  }
}

void compute_tensor(Module& module, Computed computed, const Tensor& value) {
  *module.tensor_member(computed.name) = value;
  auto& all = Access::extras(module).computed;
  const bool first = all.empty();
  all.push_back(std::move(computed));
  // A module that computes them in forward needs no hook; others get one, once.
  if (first && !module.refreshes_tensors() && !Access::extras(module).refreshing) {
    Access::extras(module).refreshing = true;
    module.register_forward_pre_hook([](Module& m, const std::vector<Tensor>&) { m.refresh_tensors(); }, true);
  }
}

void stop_computing(Module& module, const std::string& name, const std::string& kind) {
  auto& all = Access::extras(module).computed;
  all.erase(std::remove_if(all.begin(), all.end(), [&](const Computed& c) { return c.name == name && c.kind == kind; }), all.end());
}
bool is_computed(const Module& module, const std::string& name, const std::string& kind) {
  const Extras* extras = Access::extras(module);
  return extras && std::any_of(extras->computed.begin(), extras->computed.end(), [&](const Computed& c) { return c.kind == kind && (name.empty() || c.name == name); });
}

void begin_cache() {
  static std::atomic<uint64_t> passes{0};
  if (cache_depth++ == 0) cache_pass = ++passes;
}
void end_cache() { --cache_depth; }

}  // namespace detail
}  // namespace wick::nn::inline v1
