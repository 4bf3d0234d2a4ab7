#include "core/tensor_impl.h"

#include <cstring>

#include <wick/core/str.h>

namespace wick {

thread_local constinit uint32_t gate = 0;

// Where a debugger finds what a tensor is, though the libraries are stripped: read by share/wick/debugger/wick_tensors.py, whose first number must match.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
extern const uint32_t debugger_layout[];
const uint32_t debugger_layout[] = {1, offsetof(TensorImpl, data), offsetof(TensorImpl, numel), offsetof(TensorImpl, sizes), offsetof(TensorImpl, strides), offsetof(TensorImpl, dtype),
                                    offsetof(TensorImpl, requires_grad), offsetof(TensorImpl, sparse),
                                    0, sizeof(void*)};  // of a SmallVec: its elements, their number
#pragma GCC diagnostic pop

// The product, or what is left of it: strides beside a dimension of size 0 mean nothing.
static int64_t wrapping_product(int64_t a, int64_t b) {
  int64_t r;
  (void)__builtin_mul_overflow(a, b, &r);
  return r;
}

inline namespace v1 {

StorageImpl* StorageImpl::make(size_t nbytes) {
  auto s = std::make_unique<StorageImpl>();
  s->data = memory::allocate(nbytes, s->capacity);
  s->nbytes = nbytes;
  return s.release();
}
StorageImpl::~StorageImpl() {
  if (!external) memory::deallocate(data, capacity);
  if (deleter) {
    (*deleter)(data);
    delete deleter;
  }
}

TensorImpl::~TensorImpl() {
  if (base && base->release()) delete base;
  if (version && version->release()) delete version;
  if (storage && storage->release()) delete storage;
}

void TensorImpl::set_storage(StorageImpl* s) {
  if (storage && storage->release()) delete storage;
  storage = s;
}

void TensorImpl::update() {
  numel = 1;
  for (int64_t s : sizes) numel = wrapping_product(numel, s);
  data = storage && storage->data ? static_cast<char*>(storage->data) + offset * static_cast<int64_t>(itemsize()) : nullptr;
  contiguous = true;
  int64_t expected = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    if (sizes[i] == 1) continue;
    if (strides[i] != expected) { contiguous = false; break; }
    expected = wrapping_product(expected, sizes[i]);
  }
  if (numel == 0) contiguous = true;
  dense = contiguous;
  if (contiguous) return;
  // Dense: in the order of the strides, each is the product of the sizes inside it.
  SmallVec<std::pair<int64_t, int64_t>, 6> by_stride;
  for (size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] != 1) {
      size_t at = by_stride.size();
      while (at > 0 && by_stride[at - 1].first > strides[i]) --at;
      by_stride.insert(at, {strides[i], sizes[i]});
    }
  expected = 1;
  for (auto [stride, size] : by_stride) {
    if (stride != expected) return;
    expected = wrapping_product(expected, size);
  }
  dense = true;
}

Storage::Storage(StorageImpl* impl) : impl_(impl) { if (impl_) impl_->retain(); }
Storage::Storage(const Storage& o) : impl_(o.impl_) { if (impl_) impl_->retain(); }
Storage& Storage::operator=(Storage o) noexcept { std::swap(impl_, o.impl_); return *this; }
Storage::~Storage() { if (impl_ && impl_->release()) delete impl_; }
size_t Storage::nbytes() const { return impl_ ? impl_->nbytes : 0; }
const void* Storage::data() const { return impl_ ? impl_->data : nullptr; }
void* Storage::mutable_data() const { return impl_ ? impl_->data : nullptr; }
DataPtr Storage::data_ptr() const {
  if (!impl_) return {};
  return DataPtr(impl_->data, impl_->deleter ? static_cast<void*>(impl_->deleter) : impl_->external ? nullptr : impl_->data, impl_->device);
}
Device Storage::device() const { return impl_ ? impl_->device : Device(DeviceType::CPU); }
bool Storage::resizable() const { return impl_ && !impl_->external; }
size_t Storage::use_count() const { return impl_ ? static_cast<size_t>(impl_->refs) : 0; }

}  // namespace v1

int64_t count(IntArrayRef sizes) {
  int64_t n = 1;
  bool zero = false;
  for (int64_t s : sizes) {
    WICK_CHECK(s >= 0, "a size must not be negative, got ", sizes);
    zero |= s == 0;
  }
  if (zero) return 0;
  for (int64_t s : sizes) WICK_CHECK(!__builtin_mul_overflow(n, s, &n), "the number of elements of ", sizes, " overflows");
  return n;
}

static int64_t next_stride(int64_t stride, IntArrayRef sizes, size_t i) {
  int64_t next;
  WICK_CHECK(!__builtin_mul_overflow(stride, std::max<int64_t>(sizes[i], 1), &next), "Stride calculation overflowed for sizes ", sizes);
  return next;
}
DimVec contiguous_strides(IntArrayRef sizes) {
  DimVec st(sizes.size());
  int64_t expected = 1;
  for (size_t i = sizes.size(); i-- > 0;) {
    st[i] = expected;
    if (i > 0) expected = next_stride(expected, sizes, i);
  }
  return st;
}

DimVec format_strides(IntArrayRef sizes, MemoryFormat format) {
  if (format != MemoryFormat::ChannelsLast && format != MemoryFormat::ChannelsLast3d) return contiguous_strides(sizes);
  const size_t rank = format == MemoryFormat::ChannelsLast ? 4 : 5;
  WICK_CHECK(sizes.size() == rank, "required rank ", rank, " tensor to use ",
             rank == 4 ? "channels_last" : "channels_last_3d", " format, got ", sizes.size(), " dimensions");
  DimVec st(rank);
  int64_t expected = std::max<int64_t>(sizes[1], 1);
  st[1] = 1;
  for (size_t i = rank; i-- > 2;) {
    st[i] = expected;
    expected = next_stride(expected, sizes, i);
  }
  st[0] = expected;
  return st;
}

bool is_channels_last(IntArrayRef sizes, IntArrayRef strides) {
  // Strides that are those of the format, and not ambiguous in favour of the default one.
  const size_t n = sizes.size();
  if (n != 4 && n != 5) return false;
  int64_t min = 0;
  if (strides[1] == 0) return false;
  auto step = [&](size_t d) {
    if (sizes[d] == 0 || strides[d] < min) return false;
    // N x 1 x 1 x 1 keeps the default format.
    if (d == 0 && min == strides[1]) return false;
    min = strides[d];
    if (sizes[d] > 1) min = wrapping_product(min, sizes[d]);
    return true;
  };
  if (!step(1)) return false;
  for (size_t d = n - 1; d >= 2; --d)
    if (!step(d)) return false;
  return step(0);
}

static TensorImpl* new_impl(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype) {
  auto t = std::make_unique<TensorImpl>();
  t->sizes.assign(sizes);
  t->strides.assign(strides);
  t->dtype = dtype;
  t->inference = gate & kInference;
  return t.release();
}

Tensor make_tensor(IntArrayRef sizes, ScalarType dtype) {
  const int64_t n = count(sizes);
  size_t bytes;
  WICK_CHECK(!__builtin_mul_overflow(static_cast<size_t>(n), element_size(dtype), &bytes), "the storage of ", sizes, " overflows");
  if (dtype == ScalarType::Undefined) throw_undefined();  // the type came from such a tensor
  auto t = std::make_unique<TensorImpl>();
  t->sizes.assign(sizes);
  t->strides = contiguous_strides(sizes);
  t->dtype = dtype;
  t->inference = gate & kInference;
  t->storage = StorageImpl::make(bytes);
  t->data = static_cast<char*>(t->storage->data);
  t->numel = n;
  return Tensor(t.release());
}

Tensor make_tensor(IntArrayRef sizes, IntArrayRef strides, ScalarType dtype) {
  const int64_t n = count(sizes);
  int64_t last = 0;
  if (n > 0)
    for (size_t i = 0; i < sizes.size(); ++i) {
      int64_t reach;
      WICK_CHECK(!__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) && !__builtin_add_overflow(last, reach, &last), "the storage of ", sizes, " with strides ", strides, " overflows");
      WICK_CHECK(strides[i] >= 0, "a stride must not be negative, got ", strides);
    }
  Tensor t(new_impl(sizes, strides, dtype));
  impl(t)->storage = StorageImpl::make(n == 0 ? 0 : static_cast<size_t>(last + 1) * element_size(dtype));
  impl(t)->update();
  return t;
}

Tensor make_alias(const TensorBase& t, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  const TensorImpl* s = impl(t);
  Tensor r(new_impl(sizes, strides, s->dtype));
  TensorImpl* d = impl(r);
  s->storage->retain();
  d->storage = s->storage;
  if (s->version) {
    s->version->retain();
    d->version = s->version;
  }
  d->offset = offset;
  d->device = s->device;
  d->inference = s->inference;
  d->update();
  return r;
}
Tensor make_alias(const TensorBase& t) {
  if (const TensorImpl* p = any_impl(t); p->sparse) {
    Tensor r = make_sparse(p->sizes, p->sparse->indices, p->sparse->values, p->sparse->coalesced);
    p->storage->retain();
    any_impl(r)->set_storage(p->storage);
    any_impl(r)->inference = p->inference;
    return r;
  }
  return make_alias(t, t.sizes(), t.strides(), t.storage_offset());
}

Tensor make_sparse(IntArrayRef sizes, const Tensor& indices, const Tensor& values, bool coalesced) {
  auto t = std::make_unique<TensorImpl>();
  t->numel = count(sizes);
  t->sizes.assign(sizes);
  t->dtype = values.scalar_type();
  t->inference = gate & kInference;
  t->storage = StorageImpl::make(0);
  t->contiguous = t->dense = false;
  t->sparse = std::make_unique<SparseParts>(SparseParts{indices, values, indices.size(0), coalesced});
  return Tensor(t.release());
}

Tensor make_scalar_tensor(const Scalar& s, ScalarType dtype) {
  Tensor t = make_tensor({}, dtype);
  void* p = impl(t)->data;
  switch (dtype) {
#define WICK_CASE(T, name) case ScalarType::name: *static_cast<T*>(p) = s.to<T>(); break;
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    default: throw TypeError(str("no tensor of dtype ", dtype));
  }
  return t;
}
Tensor wrapped_scalar(const Scalar& s) {
  Tensor t = make_scalar_tensor(s, s.type());
  impl(t)->wrapped_number = true;
  return t;
}

int64_t wrap_dim(int64_t d, int64_t dims, const char* op) {
  const int64_t n = dims > 0 ? dims : 1;
  if (d < -n || d >= n)
    throw IndexError(str(op, ": Dimension out of range (expected to be in range of [", -n, ", ", n - 1, "], but got ", d, ")"));
  return d < 0 ? d + n : d;
}

}  // namespace wick
