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
  std::vector<Tensor> buffers(bool recurse = true) const;
  OrderedDict<std::string, Tensor> named_buffers(bool recurse = true) const;

  /// All modules of the tree, this one first (it must be owned by a shared_ptr then), or direct children only.
  std::vector<std::shared_ptr<Module>> modules(bool include_self = true) const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_modules(const std::string& name_prefix = std::string(), bool include_self = true) const;
  std::vector<std::shared_ptr<Module>> children() const;
  OrderedDict<std::string, std::shared_ptr<Module>> named_children() const;

  /// Training or evaluation mode, for the whole tree.
  virtual void train(bool on = true);
  void eval() { train(false); }
  virtual bool is_training() const noexcept { return is_training_; }

  /// Moves or converts all parameters and buffers (conversions to a floating dtype spare integers' values).
  virtual void to(Device device, ScalarType dtype, bool non_blocking = false);
  virtual void to(ScalarType dtype, bool non_blocking = false);
  virtual void to(Device device, bool non_blocking = false);

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

  /// Registers a parameter (a tensor that learns), a buffer (one that does not) or a submodule, and returns
  /// it. Errors: an empty name, one with a dot, one that is taken.
  Tensor& register_parameter(std::string name, Tensor tensor, bool requires_grad = true);
  Tensor& register_buffer(std::string name, Tensor tensor);
  template <class M>
  std::shared_ptr<M> register_module(std::string name, std::shared_ptr<M> module) {
    static_assert(std::is_base_of<Module, M>::value, "register_module takes objects derived from nn::Module");
    add_child(std::move(name), module);
    return module;
  }
  template <class M>
  std::shared_ptr<M> register_module(std::string name, ModuleHolder<M> holder) { return register_module(std::move(name), holder.ptr()); }

  /// Short forms of the two: `Linear fc{reg("fc", Linear(4, 2))};  Tensor scale = reg("scale", ones({2}));`.
  template <class M>
  auto reg(std::string name, M&& module) {
    if constexpr (std::is_same<std::decay_t<M>, Tensor>::value) return Tensor(register_parameter(std::move(name), std::forward<M>(module)));
    else return register_module(std::move(name), std::forward<M>(module));
  }

  /// Puts another module in the place of a registered one; takes one out. Errors: no such name.
  template <class M>
  std::shared_ptr<M> replace_module(const std::string& name, std::shared_ptr<M> module) {
    set_child(name, module);
    return module;
  }
  template <class M>
  std::shared_ptr<M> replace_module(const std::string& name, ModuleHolder<M> holder) { return replace_module(name, holder.ptr()); }
  void unregister_module(const std::string& name);

  /// Arguments of forward that have defaults; written by WICK_FORWARD_HAS_DEFAULT_ARGS.
  virtual DefaultArguments _forward_default_args() const;

 protected:
  OrderedDict<std::string, Tensor> parameters_;

 private:
  template <class Derived> friend class Cloneable;
  friend struct detail::Call;
  friend std::ostream& operator<<(std::ostream& stream, const Module& module);

  void add_child(std::string name, std::shared_ptr<Module> module);
  void set_child(const std::string& name, std::shared_ptr<Module> module);
  virtual void clone_(Module& other, const std::optional<Device>& device);
  void forget_members();
  void copy_members(const Module& from, const std::optional<Device>& device);
  template <class F> void convert(const F& f);
  void pretty_print_recursive(std::ostream& stream, const std::string& indentation) const;
  void apply_to_submodules(const NamedModulePointerApplyFunction& function, const std::string& name_prefix) const;
  std::shared_ptr<Module> shared_from_this_checked() const;

  OrderedDict<std::string, Tensor> buffers_;
  OrderedDict<std::string, std::shared_ptr<Module>> children_;
  mutable std::string name_;
  std::string key_;  // what the parent calls it, for error messages
  bool is_training_ = true;
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
