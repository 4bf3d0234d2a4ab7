// Module: the base of all layers and models.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <wick/nn/any_value.h>
#include <wick/nn/holder.h>
#include <wick/nn/hooks.h>
#include <wick/nn/ordered_dict.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace nn {
inline namespace v1 {
class Module;
}
}  // namespace nn
inline namespace v1 {
extern template class OrderedDict<std::string, Tensor>;
extern template class OrderedDict<std::string, std::shared_ptr<nn::Module>>;
}  // namespace v1
namespace nn {
inline namespace v1 {

class AnyModule;
namespace detail {
// What few modules have (hooks, buffers that are not saved, what was frozen): made when first needed; copies have their own.
struct Extras;
class ExtrasPtr {
 public:
  ExtrasPtr() = default;
  ExtrasPtr(const ExtrasPtr& other);
  ExtrasPtr(ExtrasPtr&&) noexcept = default;
  ExtrasPtr& operator=(const ExtrasPtr& other);
  ExtrasPtr& operator=(ExtrasPtr&&) noexcept = default;
  const Extras* get() const { return extras_.get(); }
  Extras& make();

 private:
  std::shared_ptr<Extras> extras_;
};
class EvalScope;
struct Access;
// The member of that name; `names` lists them in order, with commas between.
Tensor* find_member(const std::string& name, const char* names, Tensor* const* members, size_t n);
template <class... T>
Tensor* pick_member(const std::string& name, const char* names, T&... members) {
  Tensor* const all[] = {&members...};
  return find_member(name, names, all, sizeof...(members));
}
template <class M> std::shared_ptr<AnyModule> any_of(const std::shared_ptr<M>& module);
}  // namespace detail

/// What `load_state_dict` left out: keys of the model that were not given, and given keys that the model lacks.
struct IncompatibleKeys {
  std::vector<std::string> missing_keys, unexpected_keys;
};

/// A layer or a model: parameters, buffers and submodules by name, and whether it trains or is evaluated.
/// Derive from it (or from Cloneable), register what it has in the constructor and write a `forward`.
/// (https://pytorch.org/cppdocs/api/classtorch_1_1nn_1_1_module.html)
class Module : public std::enable_shared_from_this<Module> {
 public:
  using ModuleApplyFunction = std::function<void(Module&)>;
  using ConstModuleApplyFunction = std::function<void(const Module&)>;
  using NamedModuleApplyFunction = std::function<void(const std::string&, Module&)>;
  using ConstNamedModuleApplyFunction = std::function<void(const std::string&, const Module&)>;
  using ModulePointerApplyFunction = std::function<void(const std::shared_ptr<Module>&)>;
  using NamedModulePointerApplyFunction = std::function<void(const std::string&, const std::shared_ptr<Module>&)>;

  /// A module whose type is called `name`, or as its C++ type is.
  Module();
  explicit Module(std::string name);
  Module(const Module&);
  Module& operator=(const Module&);
  Module(Module&&) noexcept;
  Module& operator=(Module&&) noexcept;
  virtual ~Module();

  /// Name of the type, such as `torch::nn::LinearImpl`.
  const std::string& name() const noexcept;

  /// A deep copy, on `device` if given. Errors: a module that is not Cloneable.
  virtual std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const;

  /// Calls a function for this module and all below it, parents first; by name, `a.b.c` after the prefix.
  void apply(const ModuleApplyFunction& function);
  void apply(const ConstModuleApplyFunction& function) const;
  void apply(const NamedModuleApplyFunction& function, const std::string& name_prefix = std::string());
  void apply(const ConstNamedModuleApplyFunction& function, const std::string& name_prefix = std::string()) const;
  void apply(const ModulePointerApplyFunction& function) const;
  void apply(const NamedModulePointerApplyFunction& function, const std::string& name_prefix = std::string()) const;

  /// Parameters and buffers of this module and (`recurse`) those below it, in the order of registration.
  std::vector<Tensor> parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(const std::string& prefix, bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_parameters(const char* prefix, bool recurse = true) const { return named_parameters(std::string(prefix), recurse); }
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(const std::string& prefix, bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(const char* prefix, bool recurse = true) const { return named_buffers(std::string(prefix), recurse); }
  /// Number of values of all parameters, shared ones counted once, or of those that require grad.
  int64_t num_parameters(bool only_trainable = false) const;

  /// All modules of the tree, this one first (it must be owned by a shared_ptr then), or direct children only.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(const std::string& name_prefix = std::string(), bool include_self = true) const;
  std::vector<std::shared_ptr<Module>> children() const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const;

  /// What is at a path such as `layer1.0.conv2`; the empty path is the module itself. Errors: a part that is not there.
  std::shared_ptr<Module> get_submodule(const std::string& target) const;
  Tensor get_parameter(const std::string& target) const;
  Tensor get_buffer(const std::string& target) const;
  /// Puts a module in the place of the one at a path, in Sequential, ModuleList and ModuleDict, too. A member variable
  /// that holds the old module keeps it and must be set as well. Errors: no such path.
  template <class M>
  void set_submodule(const std::string& target, std::shared_ptr<M> module) {
    const auto [parent, name] = parent_of(target);
    parent->set_child(name, module, detail::any_of(module));
  }
  template <class M>
  void set_submodule(const std::string& target, ModuleHolder<M> holder) { set_submodule(target, holder.ptr()); }

  /// The parameters and the persistent buffers by name, as Python's `state_dict` has them; they share memory with the
  /// module's and have no history.
  OrderedDict<std::string, Tensor> state_dict(const std::string& prefix = std::string()) const;
  /// Copies values into the parameters and persistent buffers of the same names, converting dtypes. Errors: shapes that
  /// differ, and, if `strict`, keys that are missing or unexpected; all are listed in one error, and nothing is changed then.
  IncompatibleKeys load_state_dict(const OrderedDict<std::string, Tensor>& state, bool strict = true);
  IncompatibleKeys load_state_dict(const std::vector<std::pair<std::string, Tensor>>& state, bool strict = true);

  /// Whether the parameters of the whole tree require grad.
  Module& requires_grad_(bool requires_grad = true);
  /// Keeps this module as it is: its parameters do not require grad, and it stays in evaluation mode (batch statistics,
  /// dropout) also after `train()` of a module above. `unfreeze` undoes it, for the parameters that `freeze` turned off.
  void freeze();
  void unfreeze();
  bool is_frozen() const noexcept;

  /// Training or evaluation mode, for the whole tree (frozen modules stay in evaluation mode).
  virtual void train(bool on = true);
  void eval() { train(false); }
  virtual bool is_training() const noexcept { return is_training_; }

  /// Moves or converts all parameters and buffers (conversions to a floating dtype spare integers' values).
  virtual void to(Device device, ScalarType dtype, bool non_blocking = false);
  virtual void to(ScalarType dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);
  /// Converts floating-point parameters and buffers of the whole tree (Python's `half()`, `bfloat16()`, `float()`, `double()`).
  Module& half() { return to_floating(ScalarType::Half); }
  Module& bfloat16() { return to_floating(ScalarType::BFloat16); }
  Module& float_() { return to_floating(ScalarType::Float); }
  Module& double_() { return to_floating(ScalarType::Double); }

  /// Drops all gradients, or (`set_to_none` false) fills them with zeros.
  virtual void zero_grad(bool set_to_none = true);

  /// This module as a T (a module or a holder such as `Linear`), or a null pointer.
  template <class T>
  auto as() noexcept {
    if constexpr (detail::is_holder<T>::value) return dynamic_cast<typename T::ContainedType*>(this);
    else return dynamic_cast<T*>(this);
  }
  template <class T>
  auto as() const noexcept {
    if constexpr (detail::is_holder<T>::value) return dynamic_cast<const typename T::ContainedType*>(this);
    else return dynamic_cast<const T*>(this);
  }

  /// What `operator<<` prints for this module itself; children follow indented.
  virtual void pretty_print(std::ostream& stream) const;

  /// Writes parameters, buffers and the submodules that are serializable to an archive, or reads all of them from one.
  /// Errors: the archive lacks one.
  virtual void save(serialize::OutputArchive& archive) const;
  virtual void load(serialize::InputArchive& archive);
  virtual bool is_serializable() const { return true; }

  /// Registers a parameter (a tensor that learns), a buffer (one that does not; saved if `persistent`) or a submodule, and
  /// returns it. Errors: an empty name, one with a dot, one that is taken.
  Tensor& register_parameter(std::string name, Tensor tensor, bool requires_grad = true);
  Tensor& register_buffer(std::string name, Tensor tensor, bool persistent = true);
  template <class M>
  std::shared_ptr<M> register_module(std::string name, std::shared_ptr<M> module) {
    static_assert(std::is_base_of<Module, M>::value, "register_module takes objects derived from nn::Module");
    add_child(std::move(name), module);
    return module;
  }
  template <class M>
  std::shared_ptr<M> register_module(std::string name, ModuleHolder<M> holder) { return register_module(std::move(name), holder.ptr()); }
  template <class M>
  void add_module(std::string name, M&& module) { register_module(std::move(name), std::forward<M>(module)); }

  /// Hooks: functions that run around each call `module(x)`, in Sequential and AnyModule, too (`module->forward(x)` runs
  /// none). They see all tensors among the arguments and in the result, in order, optionals, vectors and tuples taken
  /// apart. A hook returns nothing, or what replaces what it was given last: a Tensor if there is one, or a
  /// std::vector<Tensor>. Several run in the order of registration, or first with `prepend`.
  ///   before forward   `hook(Module&, const std::vector<Tensor>& inputs)`           may replace the inputs
  ///   after forward    `hook(Module&, inputs, const std::vector<Tensor>& outputs)`  may replace the outputs
  /// Errors: a list of another length.
  /// (https://pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.register_forward_hook)
  template <class F>
  RemovableHandle register_forward_pre_hook(F hook, bool prepend = false) { return add_hook(detail::HookKind::forward_pre, detail::make_hook<detail::HookKind::forward_pre>(std::move(hook)), prepend); }
  template <class F>
  RemovableHandle register_forward_hook(F hook, bool prepend = false) { return add_hook(detail::HookKind::forward, detail::make_hook<detail::HookKind::forward>(std::move(hook)), prepend); }
  /// The same for backward, once the gradients with respect to the module's outputs, or its inputs, are there:
  ///   before backward  `hook(Module&, const std::vector<Tensor>& grad_outputs)`              may replace them
  ///   after backward   `hook(Module&, grad_inputs, grad_outputs)`                            may replace grad_inputs
  /// Tensors without a gradient are undefined. When no input requires grad, the hook runs with undefined grad_inputs.
  template <class F>
  RemovableHandle register_full_backward_pre_hook(F hook, bool prepend = false) { return add_hook(detail::HookKind::backward_pre, detail::make_hook<detail::HookKind::backward_pre>(std::move(hook)), prepend); }
  template <class F>
  RemovableHandle register_full_backward_hook(F hook, bool prepend = false) { return add_hook(detail::HookKind::backward, detail::make_hook<detail::HookKind::backward>(std::move(hook)), prepend); }

  /// Short forms of register_module and register_parameter: `Linear fc{reg("fc", Linear(4, 2))};  Tensor scale = reg("scale", ones({2}));`.
  template <class M>
  auto reg(std::string name, M&& module) {
    if constexpr (std::is_same<std::decay_t<M>, Tensor>::value) return Tensor(register_parameter(std::move(name), std::forward<M>(module)));
    else return register_module(std::move(name), std::forward<M>(module));
  }

  /// Puts another module in the place of a registered one; takes one out. Errors: no such name.
  template <class M>
  std::shared_ptr<M> replace_module(const std::string& name, std::shared_ptr<M> module) {
    set_child(name, module, detail::any_of(module));
    return module;
  }
  template <class M>
  std::shared_ptr<M> replace_module(const std::string& name, ModuleHolder<M> holder) { return replace_module(name, holder.ptr()); }
  void unregister_module(const std::string& name);

  /// Where the module keeps the tensor of that name, or null when it does not tell; written by WICK_MEMBERS. Parametrizations, pruning and
  /// functional_call put other tensors there.
  virtual Tensor* tensor_member(const std::string& name);
  /// Makes anew the tensors that parametrizations and pruning masks compute. Layers do so in forward, other modules when they are called, as
  /// `m(x)`; after a change of the parameters the tensors are as they were until then.
  void refresh_tensors() { if (extras_.get()) refresh_computed(); }
  /// Whether forward does that itself.
  virtual bool refreshes_tensors() const { return false; }

  /// Arguments of forward that have defaults; written by WICK_FORWARD_HAS_DEFAULT_ARGS.
  virtual DefaultArguments _forward_default_args() const;

 protected:
  OrderedDict<std::string, Tensor> parameters_;

 private:
  template <class Derived> friend class Cloneable;
  friend struct detail::Call;
  friend class detail::HookedCall;
  friend struct detail::Access;
  friend class detail::EvalScope;
  friend std::ostream& operator<<(std::ostream& stream, const Module& module);

  void add_child(std::string name, std::shared_ptr<Module> module);
  void set_child(const std::string& name, std::shared_ptr<Module> module, const std::shared_ptr<AnyModule>& any);
  // A child was replaced: containers keep theirs in step. `any` calls the new one; null when its type cannot be called.
  virtual void child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule* any);
  std::pair<Module*, std::string> parent_of(const std::string& target) const;
  Module& descend(const char* call, const std::string& target) const;
  RemovableHandle add_hook(detail::HookKind kind, detail::HookFunction hook, bool prepend);
  bool is_persistent(const std::string& buffer) const;
  void set_frozen(bool on);
  Module& to_floating(ScalarType dtype);
  virtual void clone_(Module& other, const std::optional<Device>& device);
  void forget_members();
  void refresh_computed();
  void follow(const Module& from, const std::optional<Device>& device);
  void copy_members(const Module& from, const std::optional<Device>& device);
  void copy_mode(const Module& from);  // for a copy that a container makes itself: training mode, hooks, frozen or not
  template <class F> void convert(const F& f);
  void pretty_print_recursive(std::ostream& stream, const std::string& indentation) const;
  void apply_to_submodules(const NamedModulePointerApplyFunction& function, const std::string& name_prefix) const;
  std::shared_ptr<Module> shared_from_this_checked() const;

  OrderedDict<std::string, Tensor> buffers_;
  OrderedDict<std::string, std::shared_ptr<Module>> children_;
  mutable std::string name_;
  std::string key_;  // what the parent calls it, for error messages
  bool is_training_ = true;
  detail::ExtrasPtr extras_;
  friend class SequentialImpl;
  friend class ModuleListImpl;
  friend class ModuleDictImpl;
};

/// Prints the module and, indented, its children.
std::ostream& operator<<(std::ostream& stream, const Module& module);

/// `save` and `load` of a module in a shared_ptr. Errors: a null pointer.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const std::shared_ptr<Module>& module);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, const std::shared_ptr<Module>& module);

/// Base of modules that can be copied: `struct NetImpl : Cloneable<NetImpl>`, with everything registered in
/// `reset()`, which a copy calls, too.
template <class Derived>
class Cloneable : public Module {
 public:
  using Module::Module;
  /// Registers all parameters, buffers and submodules, and initialises them.
  virtual void reset() = 0;
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override {
    auto copy = std::make_shared<Derived>(static_cast<const Derived&>(*this));
    copy->forget_members();
    copy->reset();
    copy->copy_members(*this, device);
    return copy;
  }

 private:
  void clone_(Module& other, const std::optional<Device>& device) final {
    auto copy = std::dynamic_pointer_cast<Derived>(other.clone(device));
    if (!copy) throw Error("Attempted to clone submodule, but it is of a different type than the submodule it was to be cloned into");
    static_cast<Derived&>(*this) = *copy;
  }
};

}  // namespace v1
}  // namespace nn
}  // namespace wick

/// In a module's class: the member variables that hold its registered tensors, which have the names of these, so that parametrizations, pruning and
/// functional_call find them: `WICK_MEMBERS(weight, bias)`.
#define WICK_MEMBERS(...) \
  ::wick::Tensor* tensor_member(const std::string& name) override { return ::wick::nn::detail::pick_member(name, #__VA_ARGS__, __VA_ARGS__); }
/// The same for a layer whose forward calls refresh_tensors().
#define WICK_LAYER_MEMBERS(...) \
  WICK_MEMBERS(__VA_ARGS__)     \
  bool refreshes_tensors() const override { return true; }

#include <wick/nn/any_module.h>  // what replace_module and set_submodule are made of
