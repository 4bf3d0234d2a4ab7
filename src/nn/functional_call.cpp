#include <wick/nn/functional_call.h>

#include <map>
#include <set>

#include "nn/common.h"
#include "nn/computed.h"
#include "nn/extras.h"

namespace wick::nn::inline v1::detail {
namespace {

// Each tensor of a module by its first name, and all names that it has.
void collect(Module& m, const std::string& prefix, std::map<const void*, std::vector<std::string>>& names) {
  for (auto* list : {&Access::parameters(m), &Access::buffers(m)})
    for (const auto& item : *list)
      if (item.value().defined()) names[item.value().unsafeGetTensorImpl()].push_back(join(prefix, item.key()));
  for (const auto& child : m.named_children()) collect(*child.value(), join(prefix, child.key()), names);
}

}  // namespace

Swapped::Swapped(Module& module, const OrderedDict<std::string, Tensor>& tensors, bool tie_weights, bool strict) {
  std::map<const void*, std::vector<std::string>> names;
  collect(module, {}, names);
  std::map<std::string, Tensor> wanted;
  for (const auto& item : tensors) wanted[item.key()] = item.value();
  std::string missing;
  for (const auto& [impl, same] : names) {
    const Tensor* value = nullptr;
    for (const std::string& name : same) {
      const Tensor* given = tensors.find(name);
      if (!given) continue;
      WICK_CHECK_TYPE(ValueError, !tie_weights || !value || value->is_same(*given), "functional_call got different values for '", same[0], "' and '", name, "', which are the same tensor");
      value = given;
    }
    if (!value) missing += (missing.empty() ? "'" : ", '") + same[0] + "'";
    else if (tie_weights)
      for (const std::string& name : same) wanted[name] = *value;
  }
  WICK_CHECK(!strict || missing.empty(), "functional_call: missing key(s): ", missing);
  try {
    for (const auto& [name, value] : wanted) put(module, name, value);
  } catch (...) {
    restore();
    throw;
  }
}

void Swapped::put(Module& root, const std::string& path, const Tensor& value) {
  const size_t dot = path.rfind('.');
  const std::string name = dot == std::string::npos ? path : path.substr(dot + 1);
  const auto parent = dot == std::string::npos ? nullptr : root.get_submodule(path.substr(0, dot));
  Module& module = parent ? *parent : root;
  Tensor& member = member_of(module, name, "functional_call");
  Tensor* listed = registered(module, name);
  before_.emplace_back(&member, member);
  member = value;
  if (!listed || listed == &member) return;
  before_.emplace_back(listed, *listed);
  *listed = value;
}

void Swapped::restore() noexcept {
  for (auto item = before_.rbegin(); item != before_.rend(); ++item) *item->first = item->second;
  before_.clear();
}
Swapped::~Swapped() { restore(); }

}  // namespace wick::nn::detail
