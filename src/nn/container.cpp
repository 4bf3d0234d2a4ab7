#include <wick/nn/container.h>

#include <algorithm>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "nn/demangle.h"

namespace wick::nn::inline v1 {

// --- Sequential --------------------------------------------------------------------------------------------------

SequentialImpl::SequentialImpl() = default;
SequentialImpl::~SequentialImpl() = default;
SequentialImpl::SequentialImpl(OrderedDict<std::string, AnyModule>&& modules) {
  for (auto& item : modules) push_back(item.key(), std::move(item.value()));
}
SequentialImpl::SequentialImpl(std::initializer_list<NamedAnyModule> modules) {
  for (const auto& m : modules) push_back(m.name(), m.module());
}
std::shared_ptr<Module> SequentialImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<SequentialImpl>();
  const auto children = named_children();
  for (size_t i = 0; i < modules_.size(); ++i) copy->push_back(children.items()[i].key(), modules_[i].clone(device));
  copy->copy_mode(*this);
  return copy;
}
void SequentialImpl::reset() {}
void SequentialImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Sequential"; }

AnyValue SequentialImpl::any_forward(AnyValue* values, size_t n) {
  WICK_CHECK(!modules_.empty(), "Cannot call forward() on an empty Sequential");
  detail::AnyCaller* first = modules_.front().caller_.get();
  AnyValue x = first->forward(values, n);
  for (size_t i = 1; i < modules_.size(); ++i) x = modules_[i].any_forward(std::move(x));
  return x;
}

void SequentialImpl::push_back(std::string name, AnyModule module) {
  register_module(std::move(name), module.ptr());
  modules_.push_back(std::move(module));
}
AnyModule& SequentialImpl::any(size_t index) {
  WICK_CHECK_TYPE(IndexError, index < modules_.size(), "Index out of range: Sequential has ", modules_.size(), " modules, index is ", index);
  return modules_[index];
}

void SequentialImpl::child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule* any) {
  const std::vector<std::string> keys = named_children().keys();
  AnyModule& slot = modules_[static_cast<size_t>(std::find(keys.begin(), keys.end(), name) - keys.begin())];
  if (any) {
    slot = *any;
    return;
  }
  WICK_CHECK(typeid(*module) == slot.type_info(), "Sequential cannot call the new module '", name, "', a ", module->name(),
             ", as it knows only a base of its type: pass the holder or a shared_ptr of its own type");
  slot.caller_.reset(slot.caller_->with(module));
}

// --- ModuleList --------------------------------------------------------------------------------------------------

ModuleListImpl::ModuleListImpl() = default;
ModuleListImpl::~ModuleListImpl() = default;
std::shared_ptr<Module> ModuleListImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleListImpl>();
  for (const auto& m : modules_) copy->push_back(m->clone(device));
  copy->copy_mode(*this);
  return copy;
}
void ModuleListImpl::reset() {}
void ModuleListImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ModuleList"; }
void ModuleListImpl::push_back(std::shared_ptr<Module> module) {
  register_module(std::to_string(modules_.size()), module);
  modules_.push_back(std::move(module));
}
void ModuleListImpl::insert(size_t index, std::shared_ptr<Module> module) {
  WICK_CHECK_TYPE(IndexError, index <= size(), "Index out of range: ModuleList has ", size(), " modules, index is ", index);
  if (index == size()) return push_back(std::move(module));
  modules_.insert(modules_.begin() + static_cast<std::ptrdiff_t>(index), std::move(module));
  for (size_t i = index; i + 1 < size(); ++i) replace_module(std::to_string(i), modules_[i]);
  register_module(std::to_string(size() - 1), modules_.back());
}
std::shared_ptr<Module> ModuleListImpl::ptr(size_t index) const {
  WICK_CHECK_TYPE(IndexError, index < size(), "Index out of range: ModuleList has ", size(), " modules, index is ", index);
  return modules_[index];
}
void ModuleListImpl::child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule*) { modules_[std::stoul(name)] = module; }
void ModuleListImpl::cast_failed(size_t index, const std::type_info& type) const {
  throw TypeError(str("Unable to cast module[", index, "] to ", demangle(type), ", it is a ", modules_[index]->name()));
}

// --- ModuleDict --------------------------------------------------------------------------------------------------

ModuleDictImpl::ModuleDictImpl() = default;
ModuleDictImpl::~ModuleDictImpl() = default;
ModuleDictImpl::ModuleDictImpl(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules) { update(modules); }
ModuleDictImpl::ModuleDictImpl(const Dict& modules) { update<Dict>(modules); }
std::shared_ptr<Module> ModuleDictImpl::clone(const std::optional<Device>& device) const {
  auto copy = std::make_shared<ModuleDictImpl>();
  for (const auto& m : modules_) copy->insert(m.key(), m.value()->clone(device));
  copy->copy_mode(*this);
  return copy;
}
void ModuleDictImpl::reset() {}
void ModuleDictImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ModuleDict"; }
void ModuleDictImpl::insert(const std::string& key, std::shared_ptr<Module> module) {
  if (contains(key)) {
    replace_module(key, module);
    modules_[key] = std::move(module);
  } else {
    register_module(key, module);
    modules_.insert(key, std::move(module));
  }
}
std::shared_ptr<Module> ModuleDictImpl::pop(const std::string& key) {
  auto module = modules_[key];
  modules_.erase(key);
  unregister_module(key);
  return module;
}
void ModuleDictImpl::update(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules) {
  for (const auto& m : modules) insert(m.first, m.second);
}
void ModuleDictImpl::clear() {
  for (const auto& key : modules_.keys()) unregister_module(key);
  modules_.clear();
}
void ModuleDictImpl::child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule*) {
  if (auto* slot = modules_.find(name)) *slot = module;
}
void ModuleDictImpl::cast_failed(const std::string& key, const std::type_info& type) const {
  throw TypeError(str("Unable to cast module[", key, "] to ", demangle(type), ", it is a ", modules_[key]->name()));
}

// --- ParameterList, ParameterDict -----------------------------------------------------------------------------------

namespace {
void print_parameters(std::ostream& stream, const char* title, const OrderedDict<std::string, Tensor>& parameters) {
  stream << title << "(\n";
  for (const auto& p : parameters)
    stream << '(' << p.key() << "): Parameter containing: [" << p.value().scalar_type() << " of size " << p.value().sizes() << "]\n";
  stream << ')';
}
}  // namespace

ParameterListImpl::ParameterListImpl() = default;
ParameterListImpl::~ParameterListImpl() = default;
void ParameterListImpl::reset() {}
void ParameterListImpl::pretty_print(std::ostream& stream) const { print_parameters(stream, "torch::nn::ParameterList", parameters_); }
void ParameterListImpl::append(const Tensor& param) { register_parameter(std::to_string(parameters_.size()), param, param.requires_grad()); }
Tensor& ParameterListImpl::at(size_t index) {
  WICK_CHECK_TYPE(IndexError, index < size(), "Index out of range: ParameterList has ", size(), " parameters, index is ", index);
  return parameters_[index].value();
}

ParameterDictImpl::ParameterDictImpl() = default;
ParameterDictImpl::~ParameterDictImpl() = default;
ParameterDictImpl::ParameterDictImpl(const OrderedDict<std::string, Tensor>& params) { parameters_ = params; }
void ParameterDictImpl::reset() {}
void ParameterDictImpl::pretty_print(std::ostream& stream) const { print_parameters(stream, "torch::nn::ParameterDict", parameters_); }
Tensor& ParameterDictImpl::insert(const std::string& key, const Tensor& param) { return register_parameter(key, param, param.requires_grad()); }
Tensor ParameterDictImpl::pop(const std::string& key) {
  Tensor t = parameters_[key];
  parameters_.erase(key);
  return t;
}

// --- Functional --------------------------------------------------------------------------------------------------

FunctionalImpl::FunctionalImpl(Function function) : function_(std::move(function)) {}
FunctionalImpl::~FunctionalImpl() = default;
void FunctionalImpl::reset() {}
void FunctionalImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Functional()"; }
Tensor FunctionalImpl::forward(Tensor input) { return function_(std::move(input)); }

}  // namespace wick::nn::inline v1
