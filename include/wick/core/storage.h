// Storage: the memory several tensors may share.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wick/core/device.h>

namespace wick {
inline namespace v1 {
namespace detail {
// Reference count of tensors and storages; the first member of both.
struct RefCounted {
  mutable int32_t refs = 1;
  void retain() const { __atomic_fetch_add(&refs, 1, __ATOMIC_RELAXED); }
  bool release() const { return __atomic_sub_fetch(&refs, 1, __ATOMIC_ACQ_REL) == 0; }
};
}  // namespace detail

struct TensorImpl;
struct StorageImpl;

/// A handle on the memory behind a tensor; copies share it.
class Storage {
 public:
  /// An undefined storage, or one more handle on `impl`.
  Storage() = default;
  explicit Storage(StorageImpl* impl);
  Storage(const Storage& o);
  Storage(Storage&& o) noexcept : impl_(o.impl_) { o.impl_ = nullptr; }
  Storage& operator=(Storage o) noexcept;
  ~Storage();

  /// Size in bytes, address, and where it lives.
  size_t nbytes() const;
  const void* data() const;
  void* mutable_data() const;
  void* data_ptr() const { return mutable_data(); }
  Device device() const;
  bool resizable() const;

  /// Number of handles, and whether two handles share the memory.
  size_t use_count() const;
  bool is_alias_of(const Storage& o) const { return impl_ == o.impl_; }
  explicit operator bool() const { return impl_ != nullptr; }
  StorageImpl* unsafeGetStorageImpl() const { return impl_; }

 private:
  StorageImpl* impl_ = nullptr;
};

}  // namespace v1
}  // namespace wick
