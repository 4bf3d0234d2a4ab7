// ModuleHolder: a module owned by a shared_ptr, with the look of a value.
#pragma once

#include <iosfwd>
#include <memory>
#include <type_traits>
#include <utility>

#include <wick/core/error.h>
#include <wick/nn/hooks.h>

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
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const std::shared_ptr<Module>& module);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, const std::shared_ptr<Module>& module);
std::ostream& operator<<(std::ostream& stream, const Module& module);

namespace detail {
struct HolderBase {};
template <class T> using is_holder = std::is_base_of<HolderBase, std::decay_t<T>>;
template <class T, class C, class = void> struct is_holder_of : std::false_type {};
template <class T, class C>
struct is_holder_of<T, C, std::enable_if_t<is_holder<T>::value>> : std::is_same<typename std::decay_t<T>::ContainedType, C> {};
[[noreturn]] void throw_empty_holder();

// Notes which module runs, so that errors can say where they came from.
struct Call {
  explicit Call(const Module& module);
  ~Call();
  void annotate(Error& error) const;  // adds the path of modules, once
  Call(const Call&) = delete;
  const bool hooked;  // whether the module, or all modules, have hooks
};

// A shared_ptr<T> that costs the compiler next to nothing until it is used: programs include 150 holders and use five.
template <class T>
class LazyPointer {
 public:
  LazyPointer() = default;
  template <class U, class = std::enable_if_t<std::is_convertible<U*, T*>::value>>
  LazyPointer(std::shared_ptr<U> p) : p_(std::shared_ptr<T>(std::move(p))) {}
  T* get() const noexcept { return static_cast<T*>(p_.get()); }
  T* operator->() const noexcept { return get(); }
  T& operator*() const noexcept { return *get(); }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  std::shared_ptr<T> share() const { return std::static_pointer_cast<T>(p_); }
  operator std::shared_ptr<T>() const { return share(); }
  void reset(T* p = nullptr) { p_ = std::shared_ptr<T>(p); }
  friend bool operator==(const LazyPointer& a, std::nullptr_t) noexcept { return !a.p_; }
  friend bool operator!=(const LazyPointer& a, std::nullptr_t) noexcept { return static_cast<bool>(a.p_); }

 private:
  std::shared_ptr<void> p_;
};
}  // namespace detail

/// Shares a module of type `Contained`; what WICK_MODULE makes. Copies share the module; `nullptr` makes an
/// empty one, any other arguments go to the module's constructor. Errors: use of an empty one.
template <class Contained>
class ModuleHolder : detail::HolderBase {
 protected:
  detail::LazyPointer<Contained> impl_;

 public:
  using ContainedType = Contained;

  /// A new module, made from its default constructor or from the arguments; `nullptr` gives an empty holder.
  ModuleHolder() {
    static_assert(std::is_default_constructible<Contained>::value,
                  "this module has no default constructor: pass its arguments, or nullptr for an empty holder (`Linear fc{nullptr};`)");
    impl_.reset(new Contained());
  }
  ModuleHolder(std::nullptr_t) {}
  ModuleHolder(std::shared_ptr<Contained> module) : impl_(std::move(module)) {}
  template <class Head, class... Tail, class = std::enable_if_t<!(detail::is_holder_of<Head, Contained>::value && sizeof...(Tail) == 0)>>
  explicit ModuleHolder(Head&& head, Tail&&... tail) : impl_(std::shared_ptr<Contained>(new Contained(std::forward<Head>(head), std::forward<Tail>(tail)...))) {}

  /// Access to the module.
  explicit operator bool() const noexcept { return impl_ != nullptr; }
  bool is_empty() const noexcept { return impl_ == nullptr; }
  Contained* get() { if (!impl_) detail::throw_empty_holder(); return impl_.get(); }
  const Contained* get() const { if (!impl_) detail::throw_empty_holder(); return impl_.get(); }
  Contained* operator->() { return get(); }
  const Contained* operator->() const { return get(); }
  Contained& operator*() { return *get(); }
  const Contained& operator*() const { return *get(); }
  std::shared_ptr<Contained> ptr() const { if (!impl_) detail::throw_empty_holder(); return impl_.share(); }

  /// Calls the module's `forward` and the hooks around it; `->forward` calls it without them.
  template <class... Args>
  decltype(auto) operator()(Args&&... args) {
    Contained* module = get();
    detail::Call call(*module);
    try {
      if (call.hooked) return detail::call_hooked<Contained>(*module, std::forward<Args>(args)...);
      return module->forward(std::forward<Args>(args)...);
    } catch (Error& e) {
      call.annotate(e);
      throw;
    }
  }
  template <class Arg>
  auto operator[](Arg&& arg) { return (*get())[std::forward<Arg>(arg)]; }
};

/// Prints the module.
template <class M>
std::ostream& operator<<(std::ostream& stream, const ModuleHolder<M>& holder) {
  return stream << static_cast<const Module&>(*holder);
}

/// Saves and loads the module.
template <class M>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const ModuleHolder<M>& holder) { return archive << std::shared_ptr<Module>(holder.ptr()); }
template <class M>
serialize::InputArchive& operator>>(serialize::InputArchive& archive, ModuleHolder<M>& holder) { return archive >> std::shared_ptr<Module>(holder.ptr()); }

}  // namespace v1
}  // namespace nn
}  // namespace wick

/// Makes `Name` the holder of the module `ImplType`; WICK_MODULE(Net) that of `NetImpl`.
#define WICK_MODULE_IMPL(Name, ImplType)                             \
  class Name : public ::wick::nn::ModuleHolder<ImplType> {           \
   public:                                                           \
    using ::wick::nn::ModuleHolder<ImplType>::ModuleHolder;          \
    using Impl [[maybe_unused]] = ImplType;                          \
  }
#define WICK_MODULE(Name) WICK_MODULE_IMPL(Name, Name##Impl)
