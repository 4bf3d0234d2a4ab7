// Hooks of modules: functions that run before or after a module's forward or backward.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace nn {
inline namespace v1 {

class Module;

namespace detail {

struct HookTable;
enum class HookKind { forward_pre, forward, backward_pre, backward };
using HookFunction = std::function<std::optional<std::vector<Tensor>>(Module&, const std::vector<Tensor>&, const std::vector<Tensor>&)>;

// The tensors within a value: itself, those of an optional, of a vector, of a tuple.
template <class T>
struct TensorsIn {
  static constexpr bool any = false;
  static void find(T&, std::vector<Tensor*>&) {}
};
template <>
struct TensorsIn<Tensor> {
  static constexpr bool any = true;
  static void find(Tensor& t, std::vector<Tensor*>& found) { found.push_back(&t); }
};
template <class T>
struct TensorsIn<std::optional<T>> {
  static constexpr bool any = TensorsIn<T>::any;
  static void find(std::optional<T>& v, std::vector<Tensor*>& found) { if (v) TensorsIn<T>::find(*v, found); }
};
template <class T>
struct TensorsIn<std::vector<T>> {
  static constexpr bool any = TensorsIn<T>::any;
  static void find(std::vector<T>& v, std::vector<Tensor*>& found) {
    if constexpr (any) for (T& x : v) TensorsIn<T>::find(x, found);
    else (void)v, (void)found;
  }
};
template <class A, class B>
struct TensorsIn<std::pair<A, B>> {
  static constexpr bool any = TensorsIn<A>::any || TensorsIn<B>::any;
  static void find(std::pair<A, B>& v, std::vector<Tensor*>& found) { TensorsIn<A>::find(v.first, found); TensorsIn<B>::find(v.second, found); }
};
template <class... T>
struct TensorsIn<std::tuple<T...>> {
  static constexpr bool any = (TensorsIn<T>::any || ...);
  static void find(std::tuple<T...>& v, std::vector<Tensor*>& found) {
    std::apply([&](auto&... x) { (TensorsIn<std::decay_t<decltype(x)>>::find(x, found), ...); }, v);
  }
};

// A call of a module that has hooks: made before forward, which it may give other inputs; `after` may change the result.
class HookedCall {
 public:
  HookedCall(Module& module, const std::vector<Tensor*>& inputs);
  ~HookedCall();
  void after(const std::vector<Tensor*>& outputs, bool replaceable = true);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Calls forward with copies of the arguments that hold tensors, so that hooks can replace them.
template <class Arg> using Held = std::conditional_t<TensorsIn<std::decay_t<Arg>>::any, std::decay_t<Arg>, Arg&&>;
template <class R, class F, size_t... I, class... Args>
R call_hooked_any(Module& module, const F& forward, std::index_sequence<I...>, Args&&... args) {
  std::tuple<Held<Args>...> held(std::forward<Args>(args)...);
  std::vector<Tensor*> found;
  if constexpr ((TensorsIn<std::decay_t<Args>>::any || ...)) {
    const auto find = [&](auto& v) { if constexpr (TensorsIn<std::decay_t<decltype(v)>>::any) TensorsIn<std::decay_t<decltype(v)>>::find(v, found); };
    (find(std::get<I>(held)), ...);
  }
  HookedCall call(module, found);
  found.clear();
  if constexpr (std::is_void<R>::value) {
    forward(static_cast<Args&&>(std::get<I>(held))...);
    call.after(found);
  } else {
    R result = forward(static_cast<Args&&>(std::get<I>(held))...);
    using Value = std::decay_t<R>;
    TensorsIn<Value>::find(const_cast<Value&>(result), found);
    call.after(found, !std::is_reference<R>::value);
    if constexpr (std::is_reference<R>::value) return static_cast<R>(result);
    else return result;
  }
}

// One tensor in and one out, as most modules: nothing to compile but a thunk.
Tensor call_hooked_tensor(Module& module, const Tensor& input, void* self, Tensor (*forward)(void*, Tensor&));

template <class M, class... Args>
decltype(auto) call_hooked(M& module, Args&&... args) {
  using R = decltype(module.forward(std::forward<Args>(args)...));
  if constexpr (sizeof...(Args) == 1 && std::is_same<R, Tensor>::value && (std::is_same<std::decay_t<Args>, Tensor>::value && ...)) {
    return call_hooked_tensor(module, args..., &module, [](void* self, Tensor& x) -> Tensor { return static_cast<M*>(self)->forward(static_cast<Args&&>(x)...); });
  } else {
    const auto forward = [&module](auto&&... a) -> decltype(auto) { return module.forward(static_cast<decltype(a)&&>(a)...); };
    return call_hooked_any<R>(module, forward, std::index_sequence_for<Args...>(), std::forward<Args>(args)...);
  }
}

// What a hook returned as a list: nothing, one tensor (undefined: nothing), or several.
template <class F, class... A>
std::optional<std::vector<Tensor>> run_hook(F& f, A&... a) {
  using R = std::decay_t<std::invoke_result_t<F&, A&...>>;
  if constexpr (std::is_void<R>::value) {
    f(a...);
    return std::nullopt;
  } else if constexpr (std::is_same<R, Tensor>::value) {
    Tensor t = f(a...);
    if (!t.defined()) return std::nullopt;
    return std::vector<Tensor>{std::move(t)};
  } else {
    return f(a...);
  }
}
template <HookKind kind, class F>
HookFunction make_hook(F f) {
  using List = const std::vector<Tensor>;
  if constexpr (kind == HookKind::forward_pre || kind == HookKind::backward_pre) {
    static_assert(std::is_invocable<F&, Module&, List&>::value, "this hook is called as hook(Module&, const std::vector<Tensor>&)");
    return [f = std::move(f)](Module& m, List& a, List&) mutable { return run_hook(f, m, a); };
  } else {
    static_assert(std::is_invocable<F&, Module&, List&, List&>::value,
                  "this hook is called as hook(Module&, const std::vector<Tensor>&, const std::vector<Tensor>&)");
    return [f = std::move(f)](Module& m, List& a, List& b) mutable { return run_hook(f, m, a, b); };
  }
}

}  // namespace detail

/// Takes a hook out again with `remove()`. Dropping the handle leaves the hook in place.
/// (https://pytorch.org/docs/stable/generated/torch.utils.hooks.RemovableHandle.html)
class RemovableHandle {
 public:
  RemovableHandle() = default;
  RemovableHandle(std::weak_ptr<detail::HookTable> table, uint64_t id) : table_(std::move(table)), id_(id) {}
  /// Removes the hook, once; does nothing when the module is gone.
  void remove();
  /// Number of the hook, in order of registration.
  uint64_t id() const noexcept { return id_; }

 private:
  std::weak_ptr<detail::HookTable> table_;
  uint64_t id_ = 0;
};

/// Removes a hook at the end of a scope, as Python's `with handle:` does.
class ScopedHook {
 public:
  explicit ScopedHook(RemovableHandle handle) : handle_(std::move(handle)) {}
  ScopedHook(ScopedHook&& other) noexcept : handle_(std::exchange(other.handle_, RemovableHandle())) {}
  ScopedHook& operator=(ScopedHook&&) = delete;
  ~ScopedHook() { handle_.remove(); }

 private:
  RemovableHandle handle_;
};

namespace detail {
RemovableHandle add_hook(const std::shared_ptr<HookTable>& table, HookKind kind, HookFunction hook, bool prepend);
RemovableHandle add_global_hook(HookKind kind, HookFunction hook);
}  // namespace detail

/// Hooks for the calls of all modules; they run before a module's own.
/// (https://pytorch.org/docs/stable/generated/torch.nn.modules.module.register_module_forward_hook.html)
template <class F>
RemovableHandle register_module_forward_pre_hook(F hook) { return detail::add_global_hook(detail::HookKind::forward_pre, detail::make_hook<detail::HookKind::forward_pre>(std::move(hook))); }
template <class F>
RemovableHandle register_module_forward_hook(F hook) { return detail::add_global_hook(detail::HookKind::forward, detail::make_hook<detail::HookKind::forward>(std::move(hook))); }
template <class F>
RemovableHandle register_module_full_backward_pre_hook(F hook) { return detail::add_global_hook(detail::HookKind::backward_pre, detail::make_hook<detail::HookKind::backward_pre>(std::move(hook))); }
template <class F>
RemovableHandle register_module_full_backward_hook(F hook) { return detail::add_global_hook(detail::HookKind::backward, detail::make_hook<detail::HookKind::backward>(std::move(hook))); }

}  // namespace v1
}  // namespace nn
}  // namespace wick
