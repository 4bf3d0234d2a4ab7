// intrusive_ptr: shared ownership of objects that carry their own counts.
#pragma once

#include <c10/util/Exception.h>

#include <atomic>
#include <cstddef>
#include <functional>
#include <type_traits>
#include <utility>

namespace c10 {

template <class T> class intrusive_ptr;
template <class T> class weak_intrusive_ptr;

/// Base of what an intrusive_ptr owns. `release_resources` runs when the last owner goes; the object itself goes with
/// the last weak pointer.
class intrusive_ptr_target {
 public:
  intrusive_ptr_target() noexcept = default;
  intrusive_ptr_target(const intrusive_ptr_target&) noexcept {}
  intrusive_ptr_target& operator=(const intrusive_ptr_target&) noexcept { return *this; }

 protected:
  virtual ~intrusive_ptr_target() = default;

 private:
  virtual void release_resources() {}
  template <class T> friend class intrusive_ptr;
  template <class T> friend class weak_intrusive_ptr;

  mutable std::atomic<size_t> refs_{0}, weak_{0};  // all owners together hold one weak count
};

template <class T>
class intrusive_ptr final {
 public:
  using element_type = T;
  intrusive_ptr() noexcept = default;
  intrusive_ptr(std::nullptr_t) noexcept {}
  intrusive_ptr(const intrusive_ptr& o) noexcept : p_(o.p_) { retain(); }
  intrusive_ptr(intrusive_ptr&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  template <class U, class = std::enable_if_t<std::is_convertible<U*, T*>::value>>
  intrusive_ptr(const intrusive_ptr<U>& o) noexcept : p_(o.get()) { retain(); }
  template <class U, class = std::enable_if_t<std::is_convertible<U*, T*>::value>>
  intrusive_ptr(intrusive_ptr<U>&& o) noexcept : p_(o.release()) {}
  intrusive_ptr& operator=(intrusive_ptr o) noexcept { swap(o); return *this; }
  ~intrusive_ptr() { drop(); }

  T* get() const noexcept { return p_; }
  T& operator*() const noexcept { return *p_; }
  T* operator->() const noexcept { return p_; }
  explicit operator bool() const noexcept { return p_ != nullptr; }
  bool defined() const noexcept { return p_ != nullptr; }
  void reset() noexcept { drop(); p_ = nullptr; }
  void swap(intrusive_ptr& o) noexcept { std::swap(p_, o.p_); }
  size_t use_count() const noexcept { return p_ ? base()->refs_.load() : 0; }
  size_t weak_use_count() const noexcept { return p_ ? base()->weak_.load() : 0; }
  bool unique() const noexcept { return use_count() == 1; }

  /// Gives the object with its count away, and takes such an object.
  T* release() noexcept { return std::exchange(p_, nullptr); }
  static intrusive_ptr reclaim(T* owned) { intrusive_ptr r; r.p_ = owned; return r; }
  static intrusive_ptr reclaim_copy(T* shared) { intrusive_ptr r = reclaim(shared); r.retain(); return r; }
  static intrusive_ptr unsafe_steal_from_new(T* fresh) {
    fresh->intrusive_ptr_target::refs_ = 1;
    fresh->intrusive_ptr_target::weak_ = 1;
    return reclaim(fresh);
  }
  template <class... Args>
  static intrusive_ptr make(Args&&... args) { return unsafe_steal_from_new(new T(std::forward<Args>(args)...)); }

 private:
  friend class weak_intrusive_ptr<T>;
  intrusive_ptr_target* base() const noexcept { return const_cast<std::remove_const_t<T>*>(p_); }
  void retain() noexcept { if (p_) ++base()->refs_; }
  void drop() noexcept {
    if (!p_) return;
    intrusive_ptr_target* b = base();
    if (--b->refs_ != 0) return;
    if (b->weak_.load() != 1) b->release_resources();
    if (--b->weak_ == 0) delete b;
  }
  T* p_ = nullptr;
};

/// Does not keep the object alive; `lock` gives an owner, or null when there is none left.
template <class T>
class weak_intrusive_ptr final {
 public:
  weak_intrusive_ptr() noexcept = default;
  explicit weak_intrusive_ptr(const intrusive_ptr<T>& o) noexcept : p_(o.get()) { retain(); }
  weak_intrusive_ptr(const weak_intrusive_ptr& o) noexcept : p_(o.p_) { retain(); }
  weak_intrusive_ptr(weak_intrusive_ptr&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  weak_intrusive_ptr& operator=(weak_intrusive_ptr o) noexcept { std::swap(p_, o.p_); return *this; }
  ~weak_intrusive_ptr() { reset(); }

  bool expired() const noexcept { return use_count() == 0; }
  size_t use_count() const noexcept { return p_ ? base()->refs_.load() : 0; }
  void reset() noexcept {
    if (p_ && --base()->weak_ == 0) delete base();
    p_ = nullptr;
  }
  intrusive_ptr<T> lock() const noexcept {
    if (!p_) return nullptr;
    size_t n = base()->refs_.load();
    while (n != 0)
      if (base()->refs_.compare_exchange_weak(n, n + 1)) return intrusive_ptr<T>::reclaim(p_);
    return nullptr;
  }

 private:
  intrusive_ptr_target* base() const noexcept { return const_cast<std::remove_const_t<T>*>(p_); }
  void retain() noexcept { if (p_) ++base()->weak_; }
  T* p_ = nullptr;
};

template <class T, class... Args>
intrusive_ptr<T> make_intrusive(Args&&... args) { return intrusive_ptr<T>::make(std::forward<Args>(args)...); }

template <class A, class B> bool operator==(const intrusive_ptr<A>& a, const intrusive_ptr<B>& b) noexcept { return a.get() == b.get(); }
template <class A, class B> bool operator!=(const intrusive_ptr<A>& a, const intrusive_ptr<B>& b) noexcept { return a.get() != b.get(); }
template <class A> bool operator==(const intrusive_ptr<A>& a, std::nullptr_t) noexcept { return !a; }
template <class A> bool operator!=(const intrusive_ptr<A>& a, std::nullptr_t) noexcept { return static_cast<bool>(a); }
template <class A> bool operator<(const intrusive_ptr<A>& a, const intrusive_ptr<A>& b) noexcept { return a.get() < b.get(); }

template <class To, class From> intrusive_ptr<To> static_intrusive_pointer_cast(intrusive_ptr<From> p) {
  return intrusive_ptr<To>::reclaim(static_cast<To*>(p.release()));
}
template <class To, class From> intrusive_ptr<To> dynamic_intrusive_pointer_cast(intrusive_ptr<From> p) {
  return intrusive_ptr<To>::reclaim_copy(dynamic_cast<To*>(p.get()));
}

}  // namespace c10

namespace torch { using c10::make_intrusive; }

namespace std {
template <class T>
struct hash<c10::intrusive_ptr<T>> {
  size_t operator()(const c10::intrusive_ptr<T>& p) const { return hash<T*>()(p.get()); }
};
}  // namespace std

namespace torch {
/// Base of a program's own classes that are held by intrusive_ptr.
class CustomClassHolder : public c10::intrusive_ptr_target {};
namespace jit { using ::torch::CustomClassHolder; }
}  // namespace torch
