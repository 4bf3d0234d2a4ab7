// AnyValue: a value of any type, as modules in a Sequential hand it on.
#pragma once

#include <memory>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <wick/nn/hooks.h>
#include <wick/tensor.h>

namespace wick {
namespace nn {
inline namespace v1 {

namespace detail {
[[noreturn]] void throw_cast(const char* what, const std::type_info& from, const std::type_info& to);
}

/// Holds one value of any copyable type; tensors without an allocation.
class AnyValue {
 public:
  template <class T, class = std::enable_if_t<!std::is_same<std::decay_t<T>, AnyValue>::value>>
  explicit AnyValue(T&& value) : type_(&typeid(std::decay_t<T>)) {
    if constexpr (std::is_same<std::decay_t<T>, Tensor>::value) tensor_ = std::forward<T>(value);
    else other_.reset(new Holder<std::decay_t<T>>(std::forward<T>(value)));
  }
  AnyValue(const AnyValue& o) : type_(o.type_), tensor_(o.tensor_), other_(o.other_ ? o.other_->clone() : nullptr) {}
  AnyValue(AnyValue&&) = default;
  AnyValue& operator=(const AnyValue& o) { return *this = AnyValue(o); }
  AnyValue& operator=(AnyValue&&) = default;

  /// The value when its type is T, else a null pointer; `get` throws instead.
  template <class T>
  T* try_get() {
    static_assert(!std::is_reference<T>::value, "AnyValue stores decayed types, you cannot cast it to a reference type");
    static_assert(!std::is_array<T>::value, "AnyValue stores decayed types, you must cast it to T* instead of T[]");
    if (*type_ != typeid(T)) return nullptr;
    if constexpr (std::is_same<T, Tensor>::value) return &tensor_;
    else return &static_cast<Holder<T>*>(other_.get())->value;
  }
  template <class T>
  T get() {
    if (T* v = try_get<T>()) return *v;
    detail::throw_cast("Attempted to cast AnyValue to ", *type_, typeid(T));
  }
  const std::type_info& type_info() const noexcept { return *type_; }

 private:
  friend struct detail::TensorsIn<AnyValue>;
  struct Base {
    virtual ~Base() = default;
    virtual Base* clone() const = 0;
    virtual void find_tensors(std::vector<Tensor*>& found) = 0;
  };
  template <class T>
  struct Holder final : Base {
    template <class U> explicit Holder(U&& v) : value(std::forward<U>(v)) {}
    Base* clone() const override { return new Holder(value); }
    void find_tensors(std::vector<Tensor*>& found) override { detail::TensorsIn<T>::find(value, found); }
    T value;
  };
  const std::type_info* type_;
  Tensor tensor_;
  std::unique_ptr<Base> other_;
};

namespace detail {
template <>
struct TensorsIn<AnyValue> {
  static constexpr bool any = true;
  static void find(AnyValue& v, std::vector<Tensor*>& found) {
    if (v.other_) v.other_->find_tensors(found);
    else if (v.type_info() == typeid(Tensor)) found.push_back(&v.tensor_);
  }
};
}  // namespace detail

/// The arguments of a forward that have defaults, by position.
using DefaultArguments = std::vector<std::pair<unsigned, AnyValue>>;

}  // namespace v1
}  // namespace nn
}  // namespace wick

/// In a module whose forward has default arguments: lets it be used in a Sequential with fewer arguments,
/// `WICK_FORWARD_HAS_DEFAULT_ARGS({1, AnyValue(Tensor())})`.
#define WICK_FORWARD_HAS_DEFAULT_ARGS(...) \
  ::wick::nn::DefaultArguments _forward_default_args() const override { return {__VA_ARGS__}; }
