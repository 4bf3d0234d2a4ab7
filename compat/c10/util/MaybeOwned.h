// MaybeOwned: a value, or a reference to somebody else's.
#pragma once

#include <c10/macros/Macros.h>

#include <optional>
#include <utility>

namespace c10 {

template <class T>
class MaybeOwned final {
 public:
  MaybeOwned() : own_(T()) {}
  static MaybeOwned borrowed(const T& value) { return MaybeOwned(&value); }
  static MaybeOwned owned(T&& value) { MaybeOwned m(nullptr); m.own_ = std::move(value); return m; }
  template <class... Args>
  static MaybeOwned owned(std::in_place_t, Args&&... args) { return owned(T(std::forward<Args>(args)...)); }

  const T& operator*() const& { return own_ ? *own_ : *borrowed_; }
  T operator*() && { return own_ ? std::move(*own_) : *borrowed_; }
  const T* operator->() const { return own_ ? &*own_ : borrowed_; }
  bool unsafeIsBorrowed() const { return !own_; }

 private:
  explicit MaybeOwned(const T* p) : borrowed_(p) {}
  const T* borrowed_ = nullptr;
  std::optional<T> own_;
};

}  // namespace c10
