// MaybeOwned: a value, or a reference to somebody else's.
#pragma once

#include <optional>
#include <utility>

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Holds a `T`, or borrows one that outlives it. Copies of a borrowing one borrow the same value.
template <class T>
class MaybeOwned final {
 public:
  MaybeOwned() : own_(T()) {}
  static MaybeOwned borrowed(const T& value) { return MaybeOwned(&value); }
  static MaybeOwned owned(T&& value) { MaybeOwned m(nullptr); m.own_ = std::move(value); return m; }
  template <class... Args>
  static MaybeOwned owned(std::in_place_t, Args&&... args) { return owned(T(std::forward<Args>(args)...)); }

  /// The value; moved out of a temporary that owns it.
  const T& operator*() const& { return own_ ? *own_ : *borrowed_; }
  T operator*() && { return own_ ? std::move(*own_) : *borrowed_; }
  const T* operator->() const { return own_ ? &*own_ : borrowed_; }
  bool unsafeIsBorrowed() const { return !own_; }

 private:
  explicit MaybeOwned(const T* p) : borrowed_(p) {}
  const T* borrowed_ = nullptr;
  std::optional<T> own_;
};

/// Borrows the tensor where it is contiguous already.
inline MaybeOwned<Tensor> Tensor::expect_contiguous(MemoryFormat format) const& {
  return is_contiguous(format) ? MaybeOwned<Tensor>::borrowed(*this) : MaybeOwned<Tensor>::owned(contiguous(format));
}

}  // namespace v1
}  // namespace wick
