#include <wick/nn/prune.h>

#include <cmath>

#include <wick/nn/utils.h>

#include "nn/common.h"
#include "nn/computed.h"

namespace wick::nn::utils::prune::inline v1 {
namespace {

const char* const kKind = "pruning mask";

void check_channels(const char* method, const Tensor& t, int64_t dim) {
  WICK_CHECK_TYPE(ValueError, t.dim() > 1, method, ": structured pruning can only be applied to multidimensional tensors, found a tensor of shape ", t.sizes());
  WICK_CHECK_TYPE(IndexError, dim < t.dim() && dim >= -t.dim(), method, ": invalid index ", dim, " for tensor of size ", t.sizes());
}
Tensor without(const Tensor& mask, const Tensor& indices) {
  Tensor r = mask.clone();
  r.view({-1}).index_fill_(0, indices, 0);
  return r;
}
// Ones in these channels, but zeros where they were.
Tensor channels(const Tensor& t, int64_t dim, const Tensor& kept, const Tensor& mask) {
  return wick::zeros_like(t).index_fill_(dim, kept, 1) * mask.to(t.scalar_type());
}

struct IdentityMethod : BasePruningMethod {
  IdentityMethod() : BasePruningMethod(unstructured) {}
  Tensor compute_mask(const Tensor&, const Tensor& mask) const override { return mask; }
};
struct RandomElements : BasePruningMethod {
  explicit RandomElements(Amount amount) : BasePruningMethod(unstructured), amount(amount) {}
  Tensor compute_mask(const Tensor& t, const Tensor& mask) const override {
    const int64_t n = amount.of(t.numel());
    return n == 0 ? mask.clone() : without(mask, std::get<1>(wick::topk(wick::rand_like(t).view({-1}), n)));
  }
  Amount amount;
};
struct SmallElements : BasePruningMethod {
  explicit SmallElements(Amount amount) : BasePruningMethod(unstructured), amount(amount) {}
  Tensor compute_mask(const Tensor& t, const Tensor& mask) const override {
    const int64_t n = amount.of(t.numel());
    return n == 0 ? mask.clone() : without(mask, std::get<1>(wick::topk(t.abs().reshape({-1}), n, -1, false)));
  }
  Amount amount;
};
struct RandomChannels : BasePruningMethod {
  RandomChannels(Amount amount, int64_t dim) : BasePruningMethod(structured, dim), amount(amount) {}
  Tensor compute_mask(const Tensor& t, const Tensor& mask) const override {
    check_channels("RandomStructured", t, dim());
    const int64_t size = t.size(dim()), n = amount.of(size);
    if (n == 0) return mask;
    const Tensor chance = wick::rand({size});
    return channels(t, dim(), (chance > std::get<0>(wick::kthvalue(chance, n))).nonzero().view({-1}), mask);
  }
  Amount amount;
};
struct SmallChannels : BasePruningMethod {
  SmallChannels(Amount amount, double n, int64_t dim) : BasePruningMethod(structured, dim), amount(amount), order(n) {}
  Tensor compute_mask(const Tensor& t, const Tensor& mask) const override {
    check_channels("LnStructured", t, dim());
    const int64_t size = t.size(dim()), n = amount.of(size), at = dim() < 0 ? dim() + t.dim() : dim();
    if (n == 0) return mask;
    std::vector<int64_t> rest;
    for (int64_t d = 0; d < t.dim(); ++d)
      if (d != at) rest.push_back(d);
    return channels(t, at, std::get<1>(wick::topk(wick::norm(t, order, rest), size - n)), mask);
  }
  Amount amount;
  double order;
};
struct GivenMask : BasePruningMethod {
  explicit GivenMask(Tensor m) : BasePruningMethod(global), given(std::move(m)) {}
  Tensor compute_mask(const Tensor&, const Tensor& mask) const override {
    WICK_CHECK_TYPE(ValueError, given.sizes() == mask.sizes(), "custom_from_mask: the mask must be of the parameter's shape ", mask.sizes(), ", got ", given.sizes());
    return mask * given.to(mask.scalar_type());
  }
  Tensor given;
};

// The mask after one more method.
Tensor combined(const BasePruningMethod& method, const Tensor& t, const Tensor& mask) {
  Tensor result = mask.to(t.scalar_type(), false, true);  // a copy
  if (method.type() == BasePruningMethod::global) {
    result.copy_(method.compute_mask(t, mask));
  } else if (method.type() == BasePruningMethod::unstructured) {
    const Tensor kept = mask == 1;
    result.masked_scatter_(kept, method.compute_mask(t.masked_select(kept), mask.masked_select(kept)).to(result.scalar_type()));
  } else {
    const int64_t dim = method.dim() < 0 ? method.dim() + t.dim() : method.dim();
    WICK_CHECK_TYPE(IndexError, dim >= 0 && dim < t.dim(), "prune: index ", method.dim(), " is out of bounds for a tensor of ", t.dim(), " dimensions");
    std::vector<int64_t> rest;
    for (int64_t d = 0; d < t.dim(); ++d)
      if (d != dim) rest.push_back(d);
    const Tensor kept = (rest.empty() ? mask : mask.sum(rest)).ne(0).nonzero().view({-1});
    result.index_copy_(dim, kept, method.compute_mask(t.index_select(dim, kept), mask.index_select(dim, kept)).to(result.scalar_type()));
  }
  return result;
}

Tensor masked(Module& m, const std::string& name) {
  const Tensor& original = nn::detail::Access::parameters(m)[name + "_orig"];
  return nn::detail::Access::buffers(m)[name + "_mask"].to(original.scalar_type()) * original;
}

}  // namespace

Amount::Amount(int64_t count) : value_(static_cast<double>(count)), part_(false) {
  WICK_CHECK_TYPE(ValueError, count >= 0, "amount=", count, " should either be a float in the range [0, 1] or a non-negative integer");
}
Amount::Amount(double part) : value_(part), part_(true) {
  WICK_CHECK_TYPE(ValueError, part >= 0 && part <= 1, "amount=", part, " should either be a float in the range [0, 1] or a non-negative integer");
}
int64_t Amount::of(int64_t n) const {
  if (part_) return static_cast<int64_t>(std::nearbyint(value_ * static_cast<double>(n)));
  WICK_CHECK_TYPE(ValueError, value_ <= static_cast<double>(n), "amount=", static_cast<int64_t>(value_), " should be smaller than the number of parameters to prune=", n);
  return static_cast<int64_t>(value_);
}

BasePruningMethod::~BasePruningMethod() = default;
std::shared_ptr<BasePruningMethod> Identity() { return std::make_shared<IdentityMethod>(); }
std::shared_ptr<BasePruningMethod> RandomUnstructured(Amount amount) { return std::make_shared<RandomElements>(amount); }
std::shared_ptr<BasePruningMethod> L1Unstructured(Amount amount) { return std::make_shared<SmallElements>(amount); }
std::shared_ptr<BasePruningMethod> RandomStructured(Amount amount, int64_t dim) { return std::make_shared<RandomChannels>(amount, dim); }
std::shared_ptr<BasePruningMethod> LnStructured(Amount amount, double n, int64_t dim) { return std::make_shared<SmallChannels>(amount, n, dim); }
std::shared_ptr<BasePruningMethod> CustomFromMask(Tensor mask) { return std::make_shared<GivenMask>(std::move(mask)); }

void apply(Module& module, const std::string& name, const BasePruningMethod& method, const Tensor& importance_scores) {
  const Tensor& member = nn::detail::member_of(module, name, "prune");
  const bool again = nn::detail::is_computed(module, name, kKind);
  auto& parameters = nn::detail::Access::parameters(module);
  auto& buffers = nn::detail::Access::buffers(module);
  WICK_CHECK_TYPE(ValueError, again || parameters.contains(name), "prune: ", name, " is not a parameter of ", module.name());
  WICK_CHECK_TYPE(ValueError, !importance_scores.defined() || importance_scores.sizes() == member.sizes(), "prune: importance_scores should have the same shape as parameter ", name, ", got ",
                  importance_scores.sizes(), " vs ", member.sizes());
  Tensor mask;
  {
    NoGradGuard off;
    const Tensor value = again ? masked(module, name) : member, t = (importance_scores.defined() ? importance_scores : value).detach();
    mask = again ? combined(method, t, buffers[name + "_mask"]) : method.compute_mask(t, wick::ones_like(t));
  }
  if (again) {
    buffers[name + "_mask"] = mask;
    return module.refresh_tensors();
  }
  const Tensor original = parameters[name];
  module.register_parameter(name + "_orig", original, original.requires_grad());
  module.register_buffer(name + "_mask", mask);
  parameters.erase(name);
  nn::detail::compute_tensor(module, {name, kKind, [name](Module& m) { return masked(m, name); }}, masked(module, name));
}
void identity(Module& module, const std::string& name) { apply(module, name, *Identity()); }
void random_unstructured(Module& module, const std::string& name, Amount amount) { apply(module, name, *RandomUnstructured(amount)); }
void l1_unstructured(Module& module, const std::string& name, Amount amount, const Tensor& importance_scores) { apply(module, name, *L1Unstructured(amount), importance_scores); }
void random_structured(Module& module, const std::string& name, Amount amount, int64_t dim) { apply(module, name, *RandomStructured(amount, dim)); }
void ln_structured(Module& module, const std::string& name, Amount amount, double n, int64_t dim, const Tensor& importance_scores) {
  apply(module, name, *LnStructured(amount, n, dim), importance_scores);
}
void custom_from_mask(Module& module, const std::string& name, const Tensor& mask) { apply(module, name, *CustomFromMask(mask)); }

void global_unstructured(const std::vector<std::pair<std::shared_ptr<Module>, std::string>>& parameters, const BasePruningMethod& method) {
  WICK_CHECK_TYPE(TypeError, method.type() == BasePruningMethod::unstructured, "global_unstructured: only unstructured methods are supported");
  NoGradGuard off;
  std::vector<Tensor> values, masks;
  for (const auto& [module, name] : parameters) {
    if (nn::detail::is_computed(*module, name, kKind)) module->refresh_tensors();
    values.push_back(nn::detail::member_of(*module, name, "global_unstructured").detach());
    const Tensor* mask = nn::detail::Access::buffers(*module).find(name + "_mask");
    masks.push_back(mask ? *mask : wick::ones_like(values.back()));
  }
  const Tensor mask = combined(method, parameters_to_vector(values), parameters_to_vector(masks));
  int64_t at = 0;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const int64_t n = values[i].numel();
    custom_from_mask(*parameters[i].first, parameters[i].second, mask.slice(0, at, at + n).view_as(values[i]));
    at += n;
  }
}

void remove(Module& module, const std::string& name) {
  WICK_CHECK_TYPE(ValueError, nn::detail::is_computed(module, name, kKind), "parameter '", name, "' of module ", module.name(), " has to be pruned before pruning can be removed");
  NoGradGuard off;
  const Tensor value = masked(module, name);
  Tensor original = nn::detail::Access::parameters(module)[name + "_orig"];
  original.set_data(value);
  nn::detail::stop_computing(module, name, kKind);
  nn::detail::unregister(module, name + "_orig");
  nn::detail::unregister(module, name + "_mask");
  Tensor& member = nn::detail::member_of(module, name, "prune");
  member = module.register_parameter(name, original, original.requires_grad());
}

bool is_pruned(const Module& module) {
  bool pruned = nn::detail::is_computed(module, {}, kKind);
  for (const auto& child : module.named_children()) pruned = pruned || is_pruned(*child.value());
  return pruned;
}

}  // namespace wick::nn::utils::prune::inline v1
