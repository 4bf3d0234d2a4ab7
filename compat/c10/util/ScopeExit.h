// A function that runs when a scope ends.
#pragma once

#include <c10/macros/Macros.h>

#include <type_traits>
#include <utility>

namespace c10 {

template <class F>
class scope_exit {
 public:
  explicit scope_exit(F f) : f_(std::move(f)) {}
  scope_exit(scope_exit&& o) : f_(std::move(o.f_)), on_(std::exchange(o.on_, false)) {}
  ~scope_exit() { if (on_) f_(); }
  void release() { on_ = false; }

 private:
  F f_;
  bool on_ = true;
};
template <class F>
[[nodiscard]] scope_exit<std::decay_t<F>> make_scope_exit(F&& f) { return scope_exit<std::decay_t<F>>(std::forward<F>(f)); }

}  // namespace c10
