// TensorImpl and StorageImpl: what the handles in the public headers point to.
#pragma once

#include <memory>
#include <mutex>

#include <wick/tensor.h>

#include "core/allocator.h"
#include "core/small_vec.h"
#include "core/tls.h"

namespace wick {
struct AutogradMeta;  // autograd/meta.h; core only destroys it, through the function below
void destroy_autograd_meta(AutogradMeta* m) noexcept;

struct MetaDeleter { void operator()(AutogradMeta* m) const noexcept { destroy_autograd_meta(m); } };

inline namespace v1 {

// The counter of in-place changes that a tensor shares with its views.
struct VersionCounter : detail::RefCounted {
  uint32_t value = 0;
};

struct StorageImpl : detail::RefCounted {
  void* data = nullptr;
  size_t nbytes = 0, capacity = 0;
  Device device = DeviceType::CPU;
  std::function<void(void*)>* deleter = nullptr;  // memory of somebody else (from_blob)
  uint32_t version = 0;
  bool external = false;  // not from our allocator: never resized

  static StorageImpl* make(size_t nbytes);
  ~StorageImpl();
  void* operator new(size_t n) { return memory::allocate_object(n); }
  void operator delete(void* p) { memory::deallocate_object(p, sizeof(StorageImpl)); }
};

// How a view came about decides what may be done to it in place.
enum class ViewKind : uint8_t { none, usual, multi_output, no_grad, inference, custom };

// The elements of a sparse tensor: column i of `indices` [sparse_dim, nnz] says where values[i] lies. Entries for the same
// place add up; coalesced: there are none, and the places are in order.
struct SparseParts {
  Tensor indices, values;
  int64_t sparse_dim = 0;
  bool coalesced = false;
};

struct TensorImpl : detail::RefCounted {
  StorageImpl* storage = nullptr;      // owned reference
  char* data = nullptr;                // first element; null for none
  int64_t offset = 0, numel = 0;
  DimVec sizes, strides;
  TensorImpl* base = nullptr;          // owned; the tensor whose memory this one views, never a view itself
  VersionCounter* version = nullptr;   // owned; null: the storage's own counter
  std::unique_ptr<AutogradMeta, MetaDeleter> autograd;
  std::unique_ptr<SparseParts> sparse; // null for a strided tensor; a sparse one has no data or strides, and an empty storage
  ScalarType dtype = ScalarType::Undefined;
  Device device = DeviceType::CPU;
  bool contiguous = true;              // in the default order
  bool dense = true;                   // non-overlapping, no gaps, any order
  bool inference = false;
  bool wrapped_number = false;         // made from a Scalar: promotes like one
  bool requires_grad = false;          // a leaf that wants a gradient, or anything with a grad_fn
  ViewKind view = ViewKind::none;

  ~TensorImpl();
  void* operator new(size_t n) { return memory::allocate_object(n); }
  void operator delete(void* p) { memory::deallocate_object(p, sizeof(TensorImpl)); }

  size_t itemsize() const { return element_size(dtype); }
  void update();                       // numel, data and the flags after sizes, strides, offset or storage changed
  // A view wants a gradient when its base came to want one, too.
  bool wants_grad() const { return requires_grad || (base && base->requires_grad); }
  uint32_t current_version() const { return version ? version->value : storage->version; }
  void bump_version() { if (!inference) __atomic_fetch_add(version ? &version->value : &storage->version, 1, __ATOMIC_RELAXED); }
  void set_storage(StorageImpl* s);    // takes over one reference
};

}  // namespace v1

[[noreturn]] void throw_undefined();
[[noreturn]] void throw_not_strided(const TensorImpl* p);  // undefined or sparse
// What t is made of, whatever its layout; throws for an undefined tensor (unsafeGetTensorImpl gives null).
inline TensorImpl* any_impl(const TensorBase& t) {
  TensorImpl* p = t.unsafeGetTensorImpl();
  if (__builtin_expect(!p, 0)) throw_undefined();
  return p;
}
// The same for code that looks at memory or strides: throws for a sparse tensor, too.
inline TensorImpl* impl(const TensorBase& t) {
  TensorImpl* p = t.unsafeGetTensorImpl();
  if (__builtin_expect(!p || p->sparse, 0)) throw_not_strided(p);
  return p;
}
template <class T> T* typed(const Tensor& t) { return reinterpret_cast<T*>(impl(t)->data); }

// Strides of a dense tensor of these sizes in the given format.
DimVec contiguous_strides(IntArrayRef sizes);
DimVec format_strides(IntArrayRef sizes, MemoryFormat format);
int64_t count(IntArrayRef sizes);      // product; throws on negative sizes and overflow
bool is_channels_last(IntArrayRef sizes, IntArrayRef strides);

// Makes tensors without any op machinery.
Tensor make_tensor(IntArrayRef sizes, ScalarType dtype);                        // contiguous, uninitialised
Tensor make_tensor(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype);   // dense or not, uninitialised
Tensor make_alias(const TensorBase& t);                                         // same memory (or parts), version and geometry; no view tracking
Tensor make_sparse(IntArrayRef sizes, const Tensor& indices, const Tensor& values, bool coalesced);  // unchecked
Tensor make_alias(const TensorBase& t, IntArrayRef sizes, IntArrayRef strides, int64_t offset);
Tensor make_scalar_tensor(const Scalar& s, ScalarType dtype);                   // 0-dim
Tensor wrapped_scalar(const Scalar& s);                                         // 0-dim, promotes like the Scalar

// d counted from the front; IndexError naming `op` when it is out of range for `dims` (0-dim counts as 1).
int64_t wrap_dim(int64_t d, int64_t dims, const char* op);

}  // namespace wick
