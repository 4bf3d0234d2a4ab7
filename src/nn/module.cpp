#include <wick/nn/module.h>

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

#include <wick/autograd.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

#include "autograd/anomaly.h"
#include "core/watch.h"
#include "nn/demangle.h"
#include "nn/extras.h"

namespace wick::inline v1 {
template class OrderedDict<std::string, Tensor>;
template class OrderedDict<std::string, std::shared_ptr<nn::Module>>;

namespace detail {
void throw_key(const std::string& description, const std::string& key, const char* problem) { throw Error(description + " '" + key + problem); }
void throw_empty_dict(const char* call) { throw IndexError(std::string("Called ") + call + " on an empty OrderedDict"); }
void throw_key(const std::string& description, size_t key, const char* problem) { throw IndexError(description + " '" + std::to_string(key) + problem); }
}  // namespace detail
}  // namespace wick::inline v1

namespace wick::nn {

std::string demangle(const std::type_info& type) {
  int status = 0;
  char* text = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  std::string s = status == 0 ? text : type.name();
  std::free(text);
  // Names as users write them: without the inline version namespace, and libtorch's for our own.
  for (size_t at; (at = s.find("::v1::")) != std::string::npos;) s.erase(at, 4);
  for (size_t at; (at = s.find("wick::nn::")) != std::string::npos;) s.replace(at, 4, "torch");
  return s;
}

std::string short_name(const Module& module) {
  std::string name = module.name();
  name = name.substr(name.rfind(':') == std::string::npos ? 0 : name.rfind(':') + 1);
  if (name.size() > 4 && name.compare(name.size() - 4, 4, "Impl") == 0) name.resize(name.size() - 4);
  return name;
}

inline namespace v1 {
namespace {

void check_name(const char* what, const std::string& name) {
  WICK_CHECK(!name.empty(), what, " name must not be empty");
  WICK_CHECK(name.find('.') == std::string::npos, what, " name must not contain a dot (got '", name, "')");
}

}  // namespace

Module::Module() : parameters_("Parameter"), buffers_("Buffer"), children_("Submodule") {}
Module::Module(std::string name) : Module() { name_ = std::move(name); }
Module::Module(const Module&) = default;
Module& Module::operator=(const Module&) = default;
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

const std::string& Module::name() const noexcept {
  if (name_.empty()) name_ = demangle(typeid(*this));
  return name_;
}

std::shared_ptr<Module> Module::clone(const std::optional<Device>&) const {
  throw NotImplementedError("clone() has not been implemented for " + name() + ". Subclass nn::Cloneable<" + name() +
                            "> instead of nn::Module to inherit the ability to clone.");
}
void Module::clone_(Module&, const std::optional<Device>&) {}

void Module::save(serialize::OutputArchive& archive) const {
  for (const auto& p : named_parameters(false)) archive.write(p.key(), p.value());
  for (const auto& b : named_buffers(false))
    if (is_persistent(b.key())) archive.write(b.key(), b.value(), true);
  for (const auto& child : children_) {
    if (!child.value()->is_serializable()) continue;
    serialize::OutputArchive below(archive.compilation_unit());
    child.value()->save(below);
    archive.write(child.key(), below);
  }
}
void Module::load(serialize::InputArchive& archive) {
  for (auto& p : named_parameters(false)) archive.read(p.key(), p.value());
  for (auto& b : named_buffers(false))
    if (is_persistent(b.key())) archive.read(b.key(), b.value(), true);
  for (const auto& child : children_) {
    if (!child.value()->is_serializable()) continue;
    serialize::InputArchive below;
    archive.read(child.key(), below);
    child.value()->load(below);
  }
}
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const std::shared_ptr<Module>& module) {
  WICK_CHECK(module, "Cannot serialize empty module");
  module->save(archive);
  return archive;
}
serialize::InputArchive& operator>>(serialize::InputArchive& archive, const std::shared_ptr<Module>& module) {
  WICK_CHECK(module, "Cannot deserialize empty module");
  module->load(archive);
  return archive;
}

void Module::forget_members() {
  parameters_.clear();
  buffers_.clear();
  children_.clear();
}

void Module::copy_members(const Module& from, const std::optional<Device>& device) {
  NoGradGuard off;
  const auto same_number = [](size_t a, size_t b, const char* what, const char* call) {
    WICK_CHECK(a == b, "The cloned module does not have the same number of ", what, "s as the original module after calling reset(). Are you sure you called ",
               call, "() inside reset() and not the constructor?");
  };
  const auto copy = [&](const OrderedDict<std::string, Tensor>& source, OrderedDict<std::string, Tensor>& target) {
    for (const auto& item : source) {
      const Tensor& t = item.value();
      if (!t.defined()) continue;
      Tensor& to = target[item.key()];
      to.set_data(detail::copied(t, device, &source == &from.parameters_));
      if (to.is_leaf() && (to.is_floating_point() || to.is_complex())) to.set_requires_grad(t.requires_grad());
    }
  };
  follow(from, device);
  same_number(parameters_.size(), from.parameters_.size(), "parameter", "register_parameter");
  same_number(buffers_.size(), from.buffers_.size(), "buffer", "register_buffer");
  same_number(children_.size(), from.children_.size(), "child module", "register_module");
  copy(from.parameters_, parameters_);
  copy(from.buffers_, buffers_);
  for (const auto& item : from.children_) children_[item.key()]->clone_(*item.value(), device);
}

void Module::apply(const ModuleApplyFunction& function) {
  function(*this);
  apply_to_submodules([&](const std::string&, const std::shared_ptr<Module>& m) { function(*m); }, {});
}
void Module::apply(const ConstModuleApplyFunction& function) const {
  function(*this);
  apply_to_submodules([&](const std::string&, const std::shared_ptr<Module>& m) { function(*m); }, {});
}
void Module::apply(const NamedModuleApplyFunction& function, const std::string& name_prefix) {
  function(name_prefix, *this);
  apply_to_submodules([&](const std::string& name, const std::shared_ptr<Module>& m) { function(name, *m); }, name_prefix);
}
void Module::apply(const ConstNamedModuleApplyFunction& function, const std::string& name_prefix) const {
  function(name_prefix, *this);
  apply_to_submodules([&](const std::string& name, const std::shared_ptr<Module>& m) { function(name, *m); }, name_prefix);
}
void Module::apply(const ModulePointerApplyFunction& function) const {
  function(shared_from_this_checked());
  apply_to_submodules([&](const std::string&, const std::shared_ptr<Module>& m) { function(m); }, {});
}
void Module::apply(const NamedModulePointerApplyFunction& function, const std::string& name_prefix) const {
  function(name_prefix, shared_from_this_checked());
  apply_to_submodules(function, name_prefix);
}
void Module::apply_to_submodules(const NamedModulePointerApplyFunction& function, const std::string& name_prefix) const {
  for (const auto& child : children_) {
    const std::string name = join(name_prefix, child.key());
    function(name, child.value());
    child.value()->apply_to_submodules(function, name);
  }
}

std::vector<Tensor> Module::parameters(bool recurse) const { return named_parameters(recurse).values(); }
std::vector<Tensor> Module::buffers(bool recurse) const { return named_buffers(recurse).values(); }

OrderedDict<std::string, Tensor> Module::named_parameters(bool recurse) const { return named_parameters(std::string(), recurse); }
OrderedDict<std::string, Tensor> Module::named_buffers(bool recurse) const { return named_buffers(std::string(), recurse); }

namespace {
// The defined tensors of the lists that `members` picks, module by module.
template <class Members>
OrderedDict<std::string, Tensor> collect(const Module& root, const std::string& prefix, bool recurse, const Members& members) {
  OrderedDict<std::string, Tensor> result;
  const auto add = [&](const std::string& path, const Module& m) {
    for (const auto& item : members(m))
      if (item.value().defined()) result.insert(join(path, item.key()), item.value());
  };
  if (recurse) root.apply(Module::ConstNamedModuleApplyFunction(add), prefix);
  else add(prefix, root);
  return result;
}
}  // namespace

OrderedDict<std::string, Tensor> Module::named_parameters(const std::string& prefix, bool recurse) const {
  return collect(*this, prefix, recurse, [](const Module& m) -> const auto& { return m.parameters_; });
}
OrderedDict<std::string, Tensor> Module::named_buffers(const std::string& prefix, bool recurse) const {
  return collect(*this, prefix, recurse, [](const Module& m) -> const auto& { return m.buffers_; });
}

std::vector<std::shared_ptr<Module>> Module::modules(bool include_self) const {
  std::vector<std::shared_ptr<Module>> result;
  if (include_self) result.push_back(shared_from_this_checked());
  apply_to_submodules([&](const std::string&, const std::shared_ptr<Module>& m) { result.push_back(m); }, {});
  return result;
}
OrderedDict<std::string, std::shared_ptr<Module>> Module::named_modules(const std::string& name_prefix, bool include_self) const {
  OrderedDict<std::string, std::shared_ptr<Module>> result;
  if (include_self) result.insert(name_prefix, shared_from_this_checked());
  apply_to_submodules([&](const std::string& name, const std::shared_ptr<Module>& m) { result.insert(name, m); }, name_prefix);
  return result;
}
std::vector<std::shared_ptr<Module>> Module::children() const { return children_.values(); }
OrderedDict<std::string, std::shared_ptr<Module>> Module::named_children() const { return children_; }

void Module::train(bool on) {
  for (auto& child : children_) child.value()->train(on);
  if (is_frozen()) extras_.make().trains = on;
  else is_training_ = on;
}

template <class F>
void Module::convert(const F& f) {
  NoGradGuard off;
  for (auto* list : {&parameters_, &buffers_})
    for (auto& item : *list)
      if (item.value().defined()) item.value().set_data(f(item.value()));
}
void Module::to(Device device, ScalarType dtype, bool non_blocking) {
  for (auto& child : children_) child.value()->to(device, dtype, non_blocking);
  convert([&](const Tensor& t) { return t.to(device, dtype, non_blocking); });
}
void Module::to(ScalarType dtype, bool non_blocking) {
  for (auto& child : children_) child.value()->to(dtype, non_blocking);
  convert([&](const Tensor& t) { return t.to(dtype, non_blocking); });
}
void Module::to(Device device, bool non_blocking) {
  for (auto& child : children_) child.value()->to(device, non_blocking);
  convert([&](const Tensor& t) { return t.to(TensorOptions(device), non_blocking); });
}

void Module::zero_grad(bool set_to_none) {
  for (auto& child : children_) child.value()->zero_grad(set_to_none);
  for (auto& p : parameters_) {
    if (!p.value().defined() || !p.value().grad().defined()) continue;
    Tensor& grad = p.value().mutable_grad();
    if (set_to_none) {
      grad = Tensor();
      continue;
    }
    if (grad.requires_grad()) grad.detach_();  // not else: it may be a view
    grad.zero_();
  }
}

void Module::pretty_print(std::ostream& stream) const { stream << name(); }
void Module::pretty_print_recursive(std::ostream& stream, const std::string& indentation) const {
  pretty_print(stream);
  if (children_.is_empty()) return;
  stream << "(\n";
  const std::string deeper = indentation + "  ";
  for (const auto& child : children_) {
    stream << deeper << '(' << child.key() << "): ";
    child.value()->pretty_print_recursive(stream, deeper);
    stream << '\n';
  }
  stream << indentation << ')';
}
std::ostream& operator<<(std::ostream& stream, const Module& module) {
  module.pretty_print_recursive(stream, "");
  return stream;
}

Tensor& Module::register_parameter(std::string name, Tensor tensor, bool requires_grad) {
  check_name("Parameter", name);
  if (!tensor.defined()) {
    if (requires_grad) warn("An undefined tensor cannot require grad. Ignoring the `requires_grad=true` function parameter.");
  } else if (!parameters_.contains(name)) {
    tensor.set_requires_grad(requires_grad);
  }
  return parameters_.insert(std::move(name), std::move(tensor));
}
Tensor& Module::register_buffer(std::string name, Tensor tensor, bool persistent) {
  check_name("Buffer", name);
  Tensor& buffer = buffers_.insert(name, std::move(tensor));
  if (!persistent) extras_.make().transient.insert(std::move(name));
  return buffer;
}
void Module::add_child(std::string name, std::shared_ptr<Module> module) {
  check_name("Submodule", name);
  WICK_CHECK(module != nullptr, "register_module: submodule '", name, "' is empty (a null pointer)");
  children_.insert(name, module);
  module->key_ = std::move(name);
}
void Module::set_child(const std::string& name, std::shared_ptr<Module> module, const std::shared_ptr<AnyModule>& any) {
  WICK_CHECK(module != nullptr, "replace_module: the new submodule '", name, "' is empty (a null pointer)");
  std::shared_ptr<Module>& slot = children_[name];
  child_replaced(name, module, any.get());
  slot = module;
  module->key_ = name;
}
void Module::child_replaced(const std::string&, const std::shared_ptr<Module>&, const AnyModule*) {}
void Module::unregister_module(const std::string& name) {
  WICK_CHECK(children_.contains(name), "No Module with name `", name, "` is registered");
  children_.erase(name);
}

DefaultArguments Module::_forward_default_args() const { return {}; }

std::shared_ptr<Module> Module::shared_from_this_checked() const {
  auto self = weak_from_this().lock();
  WICK_CHECK(self != nullptr, "It looks like you attempted to retrieve your top-level module as a shared_ptr, but it is not stored in a shared_ptr. Use std::make_shared<",
             name(), "> instead of creating your module on the stack, or do not include the module itself (include_self = false).");
  return std::const_pointer_cast<Module>(self);
}

// --- Which modules run -------------------------------------------------------------------------------------------

namespace detail {
namespace {
struct Frame { const Module* module; bool anomaly, watched; };
thread_local std::vector<Frame> frames;

// The names that lead from a module to one below it (containers between them are not called themselves), or nothing.
std::string path_below(const Module& above, const Module& module) {
  std::string path;
  above.apply([&](const std::string& name, const Module& m) { if (path.empty() && &m == &module) path = name; });
  return path;
}
}  // namespace

Call::Call(const Module& module) : hooked(has_hooks(module.extras_.get())) {
  const bool anomaly = autograd::AnomalyMode::is_enabled();
  frames.push_back({&module, anomaly, watch::watched() && watch::begin({watch::Kind::module, module.key_.c_str(), &module})});
  if (anomaly) {
    const Module* above = frames.size() > 1 ? frames[frames.size() - 2].module : nullptr;
    const std::string name = above ? path_below(*above, module) : std::string();
    autograd::push_module(name.empty() ? short_name(module) : name);
  }
}
Call::~Call() {
  if (frames.back().watched) watch::end({});
  if (frames.back().anomaly) autograd::pop_module();
  frames.pop_back();
}
void Call::annotate(Error& error) const {
  static const char mark[] = "in module ";
  if (std::string_view(error.what()).find(mark) != std::string_view::npos) return;
  std::string path;
  const Module* above = nullptr;
  for (const Frame& f : frames) {
    if (f.module == above) continue;  // one forward may call another of the same module
    std::string name = above ? path_below(*above, *f.module) : std::string();
    if (name.empty()) name = above && !f.module->key_.empty() ? f.module->key_ : short_name(*f.module);
    path = join(path, name);
    above = f.module;
  }
  std::ostringstream text;
  frames.back().module->pretty_print(text);
  error.add_context(mark + path + " (" + text.str() + ")");
  if (!watch::watched()) return;
  if (std::string story = watch::story(); !story.empty()) error.add_context(std::move(story));
}

void throw_empty_holder() { throw Error("Accessing empty ModuleHolder"); }
void throw_cast(const char* what, const std::type_info& from, const std::type_info& to) {
  const std::string prefix = what;
  if (prefix.find("return value") != std::string::npos) throw TypeError(prefix + demangle(from) + ", but you asked for type " + demangle(to));
  if (prefix.find("AnyValue") != std::string::npos)
    throw TypeError(prefix + demangle(to) + ", but its actual type is " + demangle(from));
  throw TypeError(prefix + demangle(from) + " to type " + demangle(to));
}
}  // namespace detail

}  // namespace v1
}  // namespace wick::nn
