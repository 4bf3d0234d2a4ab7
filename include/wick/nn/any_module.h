// AnyModule: a module of any type, called with values of any type.
#pragma once

#include <memory>
#include <tuple>
#include <typeinfo>
#include <utility>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {

class SequentialImpl;
namespace detail {
template <class T> using is_module = std::is_base_of<Module, std::decay_t<T>>;

// What an AnyModule keeps: the module and how to call it.
struct AnyCaller {
  AnyCaller(const std::type_info& t, size_t n) : type(t), arity(n) {}
  virtual ~AnyCaller() = default;
  AnyValue forward(AnyValue* args, size_t n);  // fills in defaults, runs the hooks, and says in errors where they happened
  virtual AnyValue run(AnyValue* args, size_t n) = 0;
  virtual std::shared_ptr<Module> ptr() const = 0;
  virtual Module& ref() const = 0;
  virtual AnyCaller* with(std::shared_ptr<Module> other) const = 0;  // the same for another module
  const std::type_info& type;
  static constexpr size_t kAny = ~size_t(0);
  const size_t arity;  // number of arguments, or any
};
[[noreturn]] void throw_argument(size_t index, const std::type_info& expected, const std::type_info& got);

template <class T>
T& argument(AnyValue* args, size_t i) {
  if (T* v = args[i].template try_get<T>()) return *v;
  throw_argument(i, typeid(T), args[i].type_info());
}

template <class M, class... Args>
struct AnyCallerOf final : AnyCaller {
  explicit AnyCallerOf(std::shared_ptr<M> m) : AnyCaller(typeid(M), sizeof...(Args)), module(std::move(m)) {}
  template <size_t... I>
  AnyValue call(AnyValue* args, std::index_sequence<I...>) {
    return AnyValue(module->forward(static_cast<std::decay_t<Args>&&>(argument<std::decay_t<Args>>(args, I))...));
  }
  AnyValue run(AnyValue* args, size_t) override { return call(args, std::index_sequence_for<Args...>()); }
  std::shared_ptr<Module> ptr() const override { return module; }
  Module& ref() const override { return *module; }
  AnyCaller* with(std::shared_ptr<Module> other) const override { return new AnyCallerOf(std::dynamic_pointer_cast<M>(other)); }
  std::shared_ptr<M> module;
};

template <class M, class C, class R, class... Args>
AnyCaller* make_caller(std::shared_ptr<M> m, R (C::*)(Args...)) {
  static_assert(!(std::is_lvalue_reference<Args>::value && ...) || sizeof...(Args) == 0 ||
                    ((!std::is_lvalue_reference<Args>::value || std::is_const<std::remove_reference_t<Args>>::value) && ...),
                "Modules stored inside AnyModule must not take non-const references. Use pointers instead.");
  static_assert(!std::is_void<R>::value, "AnyModule cannot store modules that return void (you can return a dummy value).");
  return new AnyCallerOf<M, Args...>(std::move(m));
}
template <class M, class C, class R, class... Args>
AnyCaller* make_caller(std::shared_ptr<M> m, R (C::*)(Args...) const) {
  return make_caller(std::move(m), static_cast<R (C::*)(Args...)>(nullptr));
}
template <class T, class = void> struct has_plain_forward : std::false_type {};
template <class T> struct has_plain_forward<T, std::void_t<decltype(&T::forward)>> : std::true_type {};
}  // namespace detail

/// Holds any module with one non-template `forward`, and calls it with values whose types are known only at
/// run time. Copies share the module. Errors: arguments of other types or number than forward's.
class AnyModule {
 public:
  AnyModule() = default;
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  explicit AnyModule(std::shared_ptr<M> module) {
    static_assert(detail::has_plain_forward<M>::value,
                  "AnyModule (and Sequential) needs a forward() that is neither a template nor overloaded; wrap other modules "
                  "(nn::Sequential inside nn::Sequential is allowed)");
    caller_.reset(detail::make_caller(std::move(module), &M::forward));
  }
  explicit AnyModule(std::shared_ptr<SequentialImpl> sequential);
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  explicit AnyModule(M&& module) : AnyModule(std::make_shared<std::decay_t<M>>(std::forward<M>(module))) {}
  template <class M>
  explicit AnyModule(const ModuleHolder<M>& holder) : AnyModule(holder.ptr()) {}
  template <class M>
  AnyModule& operator=(std::shared_ptr<M> module) { return *this = AnyModule(std::move(module)); }

  /// A deep copy of the module.
  AnyModule clone(std::optional<Device> device = std::nullopt) const;

  /// Calls forward; `forward<R>` expects a result of type R.
  template <class... Args>
  AnyValue any_forward(Args&&... args) {
    AnyValue values[] = {AnyValue(std::forward<Args>(args))..., AnyValue(0)};
    return call(values, sizeof...(Args));
  }
  AnyValue any_forward(AnyValue&& value) { return call(&value, 1); }
  template <class R = Tensor, class... Args>
  R forward(Args&&... args) { return any_forward(std::forward<Args>(args)...).template get<R>(); }

  /// The module as what it is. Errors: another type, or nothing held.
  template <class T, class = std::enable_if_t<detail::is_module<T>::value>>
  T& get() const {
    check("get");
    if (typeid(T) != caller_->type) detail::throw_cast("Attempted to cast module of type ", caller_->type, typeid(T));
    return static_cast<T&>(*caller_->ptr());
  }
  template <class T, class C = typename T::ContainedType>
  T get() const { return T(ptr<C>()); }
  std::shared_ptr<Module> ptr() const { check("ptr"); return caller_->ptr(); }
  template <class T, class = std::enable_if_t<detail::is_module<T>::value>>
  std::shared_ptr<T> ptr() const { check("ptr"); get<T>(); return std::static_pointer_cast<T>(caller_->ptr()); }
  const std::type_info& type_info() const { check("type_info"); return caller_->type; }
  bool is_empty() const noexcept { return caller_ == nullptr; }

 private:
  friend class SequentialImpl;
  AnyValue call(AnyValue* values, size_t n);
  void check(const char* what) const;
  std::shared_ptr<detail::AnyCaller> caller_;
};

namespace detail {
// Whether an AnyModule can call the module, and one that does.
template <class F> struct fits_any : std::false_type {};
template <class C, class R, class... Args>
struct fits_any<R (C::*)(Args...)>
    : std::bool_constant<!std::is_void<R>::value && ((!std::is_lvalue_reference<Args>::value || std::is_const<std::remove_reference_t<Args>>::value) && ...)> {};
template <class C, class R, class... Args>
struct fits_any<R (C::*)(Args...) const> : fits_any<R (C::*)(Args...)> {};
template <class M>
constexpr bool can_be_any() {
  if constexpr (std::is_same<M, SequentialImpl>::value) return true;
  else if constexpr (has_plain_forward<M>::value) return fits_any<decltype(&M::forward)>::value;
  else return false;
}
template <class M>
std::shared_ptr<AnyModule> any_of(const std::shared_ptr<M>& module) {
  if constexpr (can_be_any<M>()) return module ? std::make_shared<AnyModule>(module) : nullptr;
  else return nullptr;
}
}  // namespace detail

/// A module with a name, for Sequential: `Sequential({{"fc", Linear(4, 2)}, {"act", Tanh()}})`.
class NamedAnyModule {
 public:
  NamedAnyModule(std::string name, AnyModule module) : name_(std::move(name)), module_(std::move(module)) {}
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  NamedAnyModule(std::string name, std::shared_ptr<M> module) : NamedAnyModule(std::move(name), AnyModule(std::move(module))) {}
  template <class M, class = std::enable_if_t<detail::is_module<M>::value>>
  NamedAnyModule(std::string name, M&& module) : NamedAnyModule(std::move(name), AnyModule(std::forward<M>(module))) {}
  template <class M>
  NamedAnyModule(std::string name, const ModuleHolder<M>& holder) : NamedAnyModule(std::move(name), AnyModule(holder)) {}
  const std::string& name() const noexcept { return name_; }
  AnyModule& module() noexcept { return module_; }
  const AnyModule& module() const noexcept { return module_; }

 private:
  std::string name_;
  AnyModule module_;
};

}  // namespace v1
}  // namespace nn
}  // namespace wick
