// Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict, Functional.
#pragma once

#include <wick/nn/any_module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Modules run one after the other, each with the result of the one before.
/// (https://pytorch.org/cppdocs/api/classtorch_1_1nn_1_1_sequential_impl.html)
class SequentialImpl : public Cloneable<SequentialImpl> {
 public:
  using Iterator = std::vector<AnyModule>::iterator;
  using ConstIterator = std::vector<AnyModule>::const_iterator;

  /// From modules, named or not.
  SequentialImpl();
  ~SequentialImpl() override;
  template <class... Modules>
  explicit SequentialImpl(Modules&&... modules) : SequentialImpl() { (push_back(std::forward<Modules>(modules)), ...); }
  explicit SequentialImpl(OrderedDict<std::string, AnyModule>&& modules);
  explicit SequentialImpl(std::initializer_list<NamedAnyModule> modules);

  /// A deep copy; the modules are cloned one by one.
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Runs all modules. The result is expected to be an R. Errors: no modules, a module that takes other types.
  template <class R = Tensor, class... Args>
  R forward(Args&&... args) {
    AnyValue values[] = {AnyValue(std::forward<Args>(args))..., AnyValue(0)};
    AnyValue result = any_forward(values, sizeof...(Args));
    if (R* r = result.template try_get<R>()) return std::move(*r);
    detail::throw_cast("The type of the return value is ", result.type_info(), typeid(R));
  }
  AnyValue any_forward(AnyValue* values, size_t n);

  /// Adds a module, under its position as name or under a given one; `extend` adds all of another container.
  void push_back(AnyModule module) { push_back(std::to_string(modules_.size()), std::move(module)); }
  void push_back(std::string name, AnyModule module);
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void push_back(std::shared_ptr<M> module) { push_back(AnyModule(std::move(module))); }
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void push_back(std::string name, std::shared_ptr<M> module) { push_back(std::move(name), AnyModule(std::move(module))); }
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void push_back(M&& module) { push_back(AnyModule(std::forward<M>(module))); }
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void push_back(std::string name, M&& module) { push_back(std::move(name), AnyModule(std::forward<M>(module))); }
  template <class M>
  void push_back(const ModuleHolder<M>& holder) { push_back(AnyModule(holder)); }
  template <class M>
  void push_back(std::string name, const ModuleHolder<M>& holder) { push_back(std::move(name), AnyModule(holder)); }
  template <class Container>
  void extend(const Container& container) { for (const auto& m : container) push_back(m); }

  /// Modules by position. Errors: out of range, another type.
  template <class T> T& at(size_t index) { return any(index).template get<T>(); }
  template <class T> const T& at(size_t index) const { return const_cast<SequentialImpl*>(this)->any(index).template get<T>(); }
  std::shared_ptr<Module> ptr(size_t index) const { return const_cast<SequentialImpl*>(this)->any(index).ptr(); }
  template <class T> std::shared_ptr<T> ptr(size_t index) const { return const_cast<SequentialImpl*>(this)->any(index).template ptr<T>(); }
  std::shared_ptr<Module> operator[](size_t index) const { return ptr(index); }

  /// Iteration over the modules, access by position, and changes at the end.
  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }

 private:
  AnyModule& any(size_t index);
  void child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule* any) override;
  std::vector<AnyModule> modules_;
};

/// Holder of a SequentialImpl: `Sequential(Linear(4, 8), ReLU(), Linear(8, 2))`.
class Sequential : public ModuleHolder<SequentialImpl> {
 public:
  using ModuleHolder<SequentialImpl>::ModuleHolder;
  Sequential() = default;
  Sequential(std::initializer_list<NamedAnyModule> modules) : ModuleHolder(std::make_shared<SequentialImpl>(modules)) {}
};

/// A list of modules that are registered and not run.
class ModuleListImpl : public Cloneable<ModuleListImpl> {
 public:
  using Iterator = std::vector<std::shared_ptr<Module>>::iterator;
  using ConstIterator = std::vector<std::shared_ptr<Module>>::const_iterator;

  /// Empty, or of the given modules.
  ModuleListImpl();
  ~ModuleListImpl() override;
  template <class... Modules>
  explicit ModuleListImpl(Modules&&... modules) : ModuleListImpl() { (push_back(std::forward<Modules>(modules)), ...); }
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Adds at the end, all of another container, or before a position.
  void push_back(std::shared_ptr<Module> module);
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void push_back(M&& module) { push_back(std::static_pointer_cast<Module>(std::make_shared<std::decay_t<M>>(std::forward<M>(module)))); }
  template <class M>
  void push_back(const ModuleHolder<M>& holder) { push_back(std::static_pointer_cast<Module>(holder.ptr())); }
  template <class Container>
  void extend(const Container& container) { for (const auto& m : container) push_back(m); }
  void insert(size_t index, std::shared_ptr<Module> module);
  template <class M>
  void insert(size_t index, const ModuleHolder<M>& holder) { insert(index, std::static_pointer_cast<Module>(holder.ptr())); }
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  void insert(size_t index, M&& module) { insert(index, std::static_pointer_cast<Module>(std::make_shared<std::decay_t<M>>(std::forward<M>(module)))); }

  /// Modules by position. Errors: out of range, another type.
  template <class T>
  T& at(size_t index) {
    if (auto* m = ptr(index)->template as<T>()) return *m;
    cast_failed(index, typeid(T));
  }
  template <class T> const T& at(size_t index) const { return const_cast<ModuleListImpl*>(this)->template at<T>(index); }
  std::shared_ptr<Module> ptr(size_t index) const;
  template <class T> std::shared_ptr<T> ptr(size_t index) const { return std::dynamic_pointer_cast<T>(ptr(index)); }
  std::shared_ptr<Module> operator[](size_t index) const { return ptr(index); }

  /// Iteration over the modules, access by position, and changes.
  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  size_t size() const noexcept { return modules_.size(); }
  bool is_empty() const noexcept { return modules_.empty(); }

 private:
  [[noreturn]] void cast_failed(size_t index, const std::type_info& type) const;
  void child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule* any) override;
  std::vector<std::shared_ptr<Module>> modules_;
};
WICK_MODULE(ModuleList);

/// Modules by name, registered and not run.
class ModuleDictImpl : public Cloneable<ModuleDictImpl> {
 public:
  using Dict = OrderedDict<std::string, std::shared_ptr<Module>>;
  using Iterator = Dict::Iterator;
  using ConstIterator = Dict::ConstIterator;

  /// Empty, or of the given names and modules.
  ModuleDictImpl();
  ~ModuleDictImpl() override;
  explicit ModuleDictImpl(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules);
  explicit ModuleDictImpl(const Dict& modules);
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Names and modules in order.
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> items() const { return modules_.pairs(); }
  std::vector<std::string> keys() const { return modules_.keys(); }
  std::vector<std::shared_ptr<Module>> values() const { return modules_.values(); }
  Iterator begin() { return modules_.begin(); }
  ConstIterator begin() const { return modules_.begin(); }
  Iterator end() { return modules_.end(); }
  ConstIterator end() const { return modules_.end(); }
  size_t size() const noexcept { return modules_.size(); }
  bool empty() const noexcept { return modules_.is_empty(); }
  bool contains(const std::string& key) const noexcept { return modules_.contains(key); }

  /// Access and change. Errors: a name that is not there, another type.
  std::shared_ptr<Module> operator[](const std::string& key) const { return modules_[key]; }
  template <class T>
  T& at(const std::string& key) {
    if (auto* m = modules_[key]->template as<T>()) return *m;
    cast_failed(key, typeid(T));
  }
  template <class T> const T& at(const std::string& key) const { return const_cast<ModuleDictImpl*>(this)->template at<T>(key); }
  void insert(const std::string& key, std::shared_ptr<Module> module);
  std::shared_ptr<Module> pop(const std::string& key);
  void update(const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& modules);
  template <class Container>
  void update(const Container& container) { for (auto& item : container) insert(item.key(), item.value()); }
  void clear();

 private:
  [[noreturn]] void cast_failed(const std::string& key, const std::type_info& type) const;
  void child_replaced(const std::string& name, const std::shared_ptr<Module>& module, const AnyModule* any) override;
  Dict modules_;
};
WICK_MODULE(ModuleDict);

/// A list of parameters.
class ParameterListImpl : public Cloneable<ParameterListImpl> {
 public:
  using Iterator = OrderedDict<std::string, Tensor>::Iterator;
  using ConstIterator = OrderedDict<std::string, Tensor>::ConstIterator;

  /// Empty, or of the given tensors.
  ParameterListImpl();
  ~ParameterListImpl() override;
  template <class... Tensors>
  explicit ParameterListImpl(Tensors&&... params) : ParameterListImpl() { (append(std::forward<Tensors>(params)), ...); }
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Adds a parameter that keeps its requires_grad.
  void append(const Tensor& param);
  void append(const OrderedDict<std::string, Tensor>::Item& item) { append(item.value()); }
  template <class Container>
  void extend(const Container& container) { for (const auto& p : container) append(p); }
  template <class Container>
  ParameterListImpl& operator+=(const Container& other) { extend(other); return *this; }

  /// The parameter at a position. Errors: `Error` out of range.
  Tensor& at(size_t index);
  const Tensor& at(size_t index) const { return const_cast<ParameterListImpl*>(this)->at(index); }
  Tensor& operator[](size_t index) { return at(index); }
  const Tensor& operator[](size_t index) const { return at(index); }
  Iterator begin() { return parameters_.begin(); }
  ConstIterator begin() const { return const_cast<const OrderedDict<std::string, Tensor>&>(parameters_).begin(); }
  Iterator end() { return parameters_.end(); }
  ConstIterator end() const { return const_cast<const OrderedDict<std::string, Tensor>&>(parameters_).end(); }
  size_t size() const noexcept { return parameters_.size(); }
  bool is_empty() const noexcept { return parameters_.is_empty(); }
};
WICK_MODULE(ParameterList);

/// Parameters by name.
class ParameterDictImpl : public Cloneable<ParameterDictImpl> {
 public:
  using Iterator = OrderedDict<std::string, Tensor>::Iterator;
  using ConstIterator = OrderedDict<std::string, Tensor>::ConstIterator;

  /// Empty, or of the given names and tensors.
  ParameterDictImpl();
  ~ParameterDictImpl() override;
  explicit ParameterDictImpl(const OrderedDict<std::string, Tensor>& params);
  void reset() override;
  void pretty_print(std::ostream& stream) const override;

  /// Access and change, as in OrderedDict.
  Tensor& insert(const std::string& key, const Tensor& param);
  Tensor pop(const std::string& key);
  template <class Container>
  void update(const Container& container) { for (auto& item : container) parameters_[item.key()] = item.value(); }
  void clear() { parameters_.clear(); }
  Tensor& get(const std::string& key) { return parameters_[key]; }
  const Tensor& get(const std::string& key) const { return parameters_[key]; }
  Tensor& operator[](const std::string& key) { return parameters_[key]; }
  const Tensor& operator[](const std::string& key) const { return parameters_[key]; }
  std::vector<std::string> keys() const { return parameters_.keys(); }
  std::vector<Tensor> values() const { return parameters_.values(); }
  Iterator begin() { return parameters_.begin(); }
  ConstIterator begin() const { return const_cast<const OrderedDict<std::string, Tensor>&>(parameters_).begin(); }
  Iterator end() { return parameters_.end(); }
  ConstIterator end() const { return const_cast<const OrderedDict<std::string, Tensor>&>(parameters_).end(); }
  size_t size() const noexcept { return parameters_.size(); }
  bool empty() const noexcept { return parameters_.is_empty(); }
  bool contains(const std::string& key) const noexcept { return parameters_.contains(key); }
};
WICK_MODULE(ParameterDict);

/// A function as a module: `Functional(relu)`, `Functional(elu, 1, 0, 1)`.
class FunctionalImpl : public Cloneable<FunctionalImpl> {
 public:
  using Function = std::function<Tensor(Tensor)>;
  explicit FunctionalImpl(Function function);
  template <class F, class... Args, class = std::enable_if_t<(sizeof...(Args) > 0)>>
  explicit FunctionalImpl(F function, Args&&... args)
      : FunctionalImpl(Function([=](Tensor x) { return function(std::move(x), args...); })) {}
  ~FunctionalImpl() override;
  void reset() override;
  void pretty_print(std::ostream& stream) const override;
  Tensor forward(Tensor input);
  Tensor operator()(Tensor input) { return forward(std::move(input)); }
  bool is_serializable() const override { return false; }

 private:
  Function function_;
};
WICK_MODULE(Functional);

}  // namespace v1
}  // namespace nn
}  // namespace wick
