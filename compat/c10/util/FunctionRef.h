// function_ref: a reference to something callable.
#pragma once

#include <c10/macros/Macros.h>

#include <cstdint>
#include <type_traits>
#include <utility>

namespace c10 {

template <class F> class function_ref;
template <class R, class... Args>
class function_ref<R(Args...)> {
 public:
  function_ref() = default;
  function_ref(std::nullptr_t) {}
  template <class F, class = std::enable_if_t<!std::is_same<std::decay_t<F>, function_ref>::value && std::is_invocable_r<R, F, Args...>::value>>
  function_ref(F&& f)
      : call_([](intptr_t p, Args... args) -> R { return (*reinterpret_cast<std::remove_reference_t<F>*>(p))(std::forward<Args>(args)...); }),
        target_(reinterpret_cast<intptr_t>(&f)) {}
  R operator()(Args... args) const { return call_(target_, std::forward<Args>(args)...); }
  explicit operator bool() const { return call_ != nullptr; }

 private:
  R (*call_)(intptr_t, Args...) = nullptr;
  intptr_t target_ = 0;
};

}  // namespace c10
