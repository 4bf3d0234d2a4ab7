#include <wick/nn/parametrize.h>

#include <wick/nn/container.h>

#include "nn/common.h"
#include "nn/computed.h"

namespace wick::nn::utils::parametrize::inline v1 {
namespace {

const char* const kKind = "parametrization";

std::string original_name(size_t i, bool only) { return only ? "original" : "original" + std::to_string(i); }

// What an inverse gives, or the value itself where there is none (as a registration takes it, not an assignment).
std::vector<Tensor> inverse_or_same(const detail::Step& s, const Tensor& value) {
  if (!s.right_inverse) return {value};
  try {
    return s.right_inverse(*s.module, value);
  } catch (const NotImplementedError&) {
    return {value};
  }
}

void check_same(const char* what, const std::string& name, const Tensor& expected, const Tensor& got) {
  WICK_CHECK_TYPE(ValueError, got.scalar_type() == expected.scalar_type(), what, " may not change the dtype of a tensor, unless `unsafe` is set: ", name, " is ", expected.scalar_type(), ", got ",
                  got.scalar_type());
  WICK_CHECK_TYPE(ValueError, got.sizes() == expected.sizes(), what, " may not change the shape of a tensor, unless `unsafe` is set: ", name, " is ", expected.sizes(), ", got ", got.sizes());
}

std::shared_ptr<ModuleDictImpl> lists_of(const Module& module) {
  const auto children = module.named_children();
  const auto* found = children.find("parametrizations");
  return found ? std::dynamic_pointer_cast<ModuleDictImpl>(*found) : nullptr;
}

}  // namespace

namespace detail {
void throw_count(const Module& module, size_t expected, size_t got) {
  throw ValueError(str("parametrization ", module.name(), " takes ", expected, " tensor(s), but there are ", got, " originals"));
}
}  // namespace detail

// --- The list ------------------------------------------------------------------------------------------------------

ParametrizationListImpl::ParametrizationListImpl(std::vector<detail::Step> steps, const Tensor& original, bool is_parameter, bool unsafe)
    : Cloneable("torch::nn::utils::parametrize::ParametrizationList"), unsafe_(unsafe) {
  WICK_CHECK_TYPE(ValueError, !steps.empty(), "ParametrizationList requires one or more modules.");
  std::vector<Tensor> originals{original};
  for (auto s = steps.rbegin(); s != steps.rend(); ++s) {
    NoGradGuard off;
    const Tensor value = originals[0];
    originals = inverse_or_same(*s, value);
    is_tensor_ = s->one || !s->right_inverse;
  }
  const Tensor before = original.detach();
  if (is_tensor_) {
    WICK_CHECK_TYPE(ValueError, originals[0].scalar_type() == original.scalar_type(), "right_inverse may not change the dtype of a tensor: it is ", original.scalar_type(), ", got ",
                    originals[0].scalar_type());
    // The same tensor goes on, so that an optimizer that has it goes on with it.
    if (!originals[0].is_same(original)) original.set_data(originals[0].detach());
    originals[0] = original;
  } else {
    for (Tensor& t : originals) t = t.detach().clone();
  }
  for (size_t i = 0; i < originals.size(); ++i) {
    const std::string name = original_name(i, is_tensor_);
    if (is_parameter) register_parameter(name, originals[i], original.requires_grad());
    else register_buffer(name, originals[i]);
  }
  for (detail::Step& s : steps) add(std::move(s));
  try {
    first_ = forward();
    if (!unsafe_) check_same("registering a parametrization", "the tensor", before, first_);
  } catch (...) {
    if (is_tensor_) original.set_data(before);
    throw;
  }
}

void ParametrizationListImpl::add(detail::Step step) {
  register_module(std::to_string(steps_.size()), step.module);
  steps_.push_back(std::move(step));
}
void ParametrizationListImpl::append(detail::Step step, bool unsafe) {
  add(std::move(step));
  unsafe_ |= unsafe;
}
void ParametrizationListImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::utils::parametrize::ParametrizationList"; }

std::shared_ptr<Module> ParametrizationListImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ParametrizationListImpl>(*this);
  nn::detail::copy_tensors(*this, *copy, device);
  for (size_t i = 0; i < steps_.size(); ++i) {
    copy->steps_[i].module = steps_[i].module->clone(device);
    copy->replace_module(std::to_string(i), copy->steps_[i].module);
  }
  return copy;
}

std::vector<Tensor> ParametrizationListImpl::originals() const {
  std::vector<Tensor> r = parameters(false);
  if (r.empty()) r = buffers(false);
  return r;
}
void ParametrizationListImpl::share_originals(const ParametrizationListImpl& from) {
  for (auto* own : {&nn::detail::Access::parameters(*this), &nn::detail::Access::buffers(*this)})
    for (auto& item : *own)
      if (Tensor* t = nn::detail::registered(const_cast<ParametrizationListImpl&>(from), item.key())) item.value() = *t;
}
Tensor* ParametrizationListImpl::tensor_member(const std::string& name) { return nn::detail::registered(*this, name); }

Tensor ParametrizationListImpl::forward() {
  std::vector<Tensor> x = originals();
  for (const detail::Step& s : steps_) x = {s.forward(*s.module, x)};
  return x[0];
}

void ParametrizationListImpl::right_inverse(const Tensor& value) {
  NoGradGuard off;
  std::vector<Tensor> x{value};
  for (auto s = steps_.rbegin(); s != steps_.rend(); ++s) {
    WICK_CHECK(s->right_inverse, "parametrization ", s->module->name(), " does not implement right_inverse.");
    const Tensor in = x[0];
    x = s->right_inverse(*s->module, in);
  }
  const std::vector<Tensor> to = originals();
  WICK_CHECK_TYPE(ValueError, x.size() == to.size(), "right_inverse must return ", to.size(), " tensor(s), got ", x.size());
  for (size_t i = 0; i < x.size(); ++i)
    WICK_CHECK_TYPE(ValueError, x[i].scalar_type() == to[i].scalar_type(), "the tensor returned by right_inverse has dtype ", x[i].scalar_type(), " while `", original_name(i, is_tensor_), "` has dtype ",
                    to[i].scalar_type());
  for (size_t i = 0; i < x.size(); ++i) to[i].set_data(x[i].detach().clone());
}

// --- Modules with parametrized tensors -----------------------------------------------------------------------------

namespace detail {

void append_checked(ParametrizationListImpl& list, Tensor& member, const std::string& name, Step step, bool unsafe) {
  const Tensor y = list.forward(), x = step.forward(*step.module, {y});
  if (!unsafe) {
    check_same("registering a parametrization", name, y, x);
    if (step.right_inverse) {
      NoGradGuard off;
      const auto z = inverse_or_same(step, x);
      WICK_CHECK_TYPE(ValueError, step.one && z.size() == 1, "the right_inverse of a parametrization that is not the first must return one tensor");
      check_same("right_inverse", name, y, z[0]);
    }
  }
  list.append(std::move(step), unsafe);
  member = x;
}

void register_parametrization(Module& module, const std::string& name, Step step, bool unsafe) {
  step.module->train(module.is_training());
  Tensor& member = nn::detail::member_of(module, name, "register_parametrization");
  if (is_parametrized(module, name)) return append_checked(*parametrizations_of(module, name), member, name, std::move(step), unsafe);
  const bool is_parameter = nn::detail::Access::parameters(module).contains(name);
  const auto list = std::make_shared<ParametrizationListImpl>(std::vector<Step>{std::move(step)}, member, is_parameter, unsafe);
  list->train(module.is_training());
  nn::detail::unregister(module, name);
  auto lists = lists_of(module);
  if (!lists) lists = module.register_module("parametrizations", std::make_shared<ModuleDictImpl>());
  lists->insert(name, list);
  nn::detail::compute_tensor(module, {name, kKind, [name](Module& m) { return parametrizations_of(m, name)->forward(); }}, list->take_first());
}

}  // namespace detail

bool is_parametrized(const Module& module, const std::string& name) {
  const auto lists = lists_of(module);
  return lists && (name.empty() ? !lists->empty() : lists->contains(name));
}
std::shared_ptr<ParametrizationListImpl> parametrizations_of(const Module& module, const std::string& name) {
  WICK_CHECK_TYPE(ValueError, is_parametrized(module, name), "module ", module.name(), " does not have a parametrization on ", name);
  return std::dynamic_pointer_cast<ParametrizationListImpl>((*lists_of(module))[name]);
}

void remove_parametrizations(Module& module, const std::string& name, bool leave_parametrized) {
  const auto list = parametrizations_of(module, name);
  WICK_CHECK_TYPE(ValueError, leave_parametrized || list->is_tensor(), "cannot leave ", name, " unparametrized (leave_parametrized=false): it is parametrized in terms of several tensors");
  const std::vector<Tensor> originals = list->originals();
  const bool is_parameter = !list->parameters(false).empty(), requires_grad = originals[0].requires_grad();
  Tensor plain = originals[0];
  if (leave_parametrized) {
    NoGradGuard off;
    const Tensor value = list->forward().detach();
    if (list->is_tensor()) plain.set_data(value.is_same(plain) ? value.clone() : value);
    else plain = value.clone();
  }
  nn::detail::stop_computing(module, name, kKind);
  const auto lists = lists_of(module);
  lists->pop(name);
  if (lists->empty()) module.unregister_module("parametrizations");
  nn::detail::member_of(module, name, "remove_parametrizations") = is_parameter ? module.register_parameter(name, plain, requires_grad) : module.register_buffer(name, plain);
}

void transfer_parametrizations_and_params(const Module& from, Module& to, const std::string& name) {
  WICK_CHECK_TYPE(ValueError, is_parametrized(from, name), "transfer_parametrizations_and_params: ", from.name(), " has no parametrization", name.empty() ? "" : " on ", name);
  const char* const op = "transfer_parametrizations_and_params";
  const std::vector<std::string> keys = name.empty() ? lists_of(from)->keys() : std::vector<std::string>{name};
  for (const std::string& key : keys) {
    const Tensor there = parametrizations_of(from, key)->forward(), here = nn::detail::member_of(to, key, op);
    WICK_CHECK_TYPE(ValueError, there.sizes() == here.sizes(), op, ": ", key, " is ", there.sizes(), " in ", from.name(), " and ", here.sizes(), " in ", to.name());
  }
  for (const std::string& key : keys) {
    const auto list = parametrizations_of(from, key);
    for (const detail::Step& s : list->steps()) detail::register_parametrization(to, key, s, false);
    parametrizations_of(to, key)->share_originals(*list);
  }
  to.refresh_tensors();
}

cached::cached() { nn::detail::begin_cache(); }
cached::~cached() { nn::detail::end_cache(); }

}  // namespace wick::nn::utils::parametrize::inline v1
