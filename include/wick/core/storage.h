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

/// An address, the device it belongs to, and what its owner keeps beside it: for memory with a deleter the
/// deleter, for Wick's own memory the address itself, null for memory of somebody else.
class DataPtr {
 public:
  DataPtr() = default;
  DataPtr(void* data, Device device) : data_(data), device_(device) {}
  DataPtr(void* data, void* context, Device device) : data_(data), context_(context), device_(device) {}

  /// The address, what the owner keeps, and the device; empty is null.
  void* get() const { return data_; }
  void* mutable_get() const { return data_; }
  void* get_context() const { return context_; }
  Device device() const { return device_; }
  void* operator->() const { return data_; }
  explicit operator bool() const { return data_ || context_; }
  friend bool operator==(const DataPtr& p, std::nullptr_t) { return !p; }
  friend bool operator!=(const DataPtr& p, std::nullptr_t) { return static_cast<bool>(p); }
  friend bool operator==(const DataPtr& a, const DataPtr& b) { return a.data_ == b.data_; }
  friend bool operator!=(const DataPtr& a, const DataPtr& b) { return a.data_ != b.data_; }

 private:
  void* data_ = nullptr;
  void* context_ = nullptr;
  Device device_ = DeviceType::CPU;
};

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
  DataPtr data_ptr() const;
  DataPtr mutable_data_ptr() const { return data_ptr(); }
  Device device() const;
  DeviceType device_type() const { return device().type(); }
  bool resizable() const;

  /// Number of handles, and whether two handles share the memory.
  size_t use_count() const;
  bool unique() const { return use_count() == 1; }
  bool is_alias_of(const Storage& o) const { return impl_ == o.impl_; }
  explicit operator bool() const { return impl_ != nullptr; }
  StorageImpl* unsafeGetStorageImpl() const { return impl_; }

 private:
  StorageImpl* impl_ = nullptr;
};

}  // namespace v1
}  // namespace wick
