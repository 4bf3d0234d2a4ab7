#include <wick/core/str.h>

#include <limits>

#include "core/tensor_impl.h"

namespace wick {
void throw_undefined() { throw Error("an undefined tensor has no properties: it was default-constructed, moved from, or is a gradient that was never computed"); }
void throw_not_strided(const TensorImpl* p) {
  if (!p) throw_undefined();
  throw NotImplementedError(str("this operation is not implemented for sparse tensors, got one of size ", IntArrayRef(p->sizes), "; convert it with to_dense() first"));
}
}  // namespace wick

namespace wick::inline v1 {

TensorImpl* TensorBase::get() const { return any_impl(*this); }
void TensorBase::destroy(detail::RefCounted* p) noexcept { delete static_cast<TensorImpl*>(p); }

int64_t TensorBase::dim() const { return static_cast<int64_t>(sizes().size()); }
int64_t TensorBase::numel() const { return p_ ? get()->numel : 0; }
int64_t TensorBase::size(int64_t d) const {
  const IntArrayRef s = sizes();
  WICK_CHECK_TYPE(IndexError, !s.empty(), "size: Dimension specified as ", d, " but tensor has no dimensions");
  return s[static_cast<size_t>(wrap_dim(d, static_cast<int64_t>(s.size()), "size"))];
}
int64_t TensorBase::stride(int64_t d) const {
  const auto& s = impl(*this)->strides;
  WICK_CHECK_TYPE(IndexError, !s.empty(), "stride: Dimension specified as ", d, " but tensor has no dimensions");
  return s[static_cast<size_t>(wrap_dim(d, static_cast<int64_t>(s.size()), "stride"))];
}
IntArrayRef TensorBase::sizes() const {
  static constexpr int64_t none[] = {0};  // an undefined tensor has no elements
  return p_ ? IntArrayRef(get()->sizes) : IntArrayRef(none);
}
IntArrayRef TensorBase::strides() const { return impl(*this)->strides; }
int64_t TensorBase::storage_offset() const { return p_ ? get()->offset : 0; }

bool TensorBase::is_contiguous(MemoryFormat format) const {
  if (!p_) return true;
  const TensorImpl* t = get();
  if (format == MemoryFormat::Contiguous || format == MemoryFormat::Preserve) return t->contiguous;
  const size_t rank = format == MemoryFormat::ChannelsLast ? 4 : 5;
  if (t->sizes.size() != rank) return false;
  int64_t want = 1;
  const auto step = [&](size_t i) {
    const bool good = t->sizes[i] == 1 || t->strides[i] == want;
    want *= t->sizes[i];
    return good;
  };
  if (!step(1)) return false;
  for (size_t i = rank; i-- > 2;)
    if (!step(i)) return false;
  return step(0);
}
bool TensorBase::is_non_overlapping_and_dense() const { return !p_ || get()->dense; }
MemoryFormat TensorBase::suggest_memory_format() const {
  if (!p_ || get()->sparse) return MemoryFormat::Contiguous;
  const TensorImpl* t = get();
  if (!is_channels_last(t->sizes, t->strides)) return MemoryFormat::Contiguous;
  return t->sizes.size() == 4 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d;
}

TypeMeta TensorBase::dtype() const { return p_ ? TypeMeta(get()->dtype) : TypeMeta(); }
ScalarType TensorBase::scalar_type() const { return p_ ? get()->dtype : ScalarType::Undefined; }
size_t TensorBase::element_size_of() const { return get()->itemsize(); }
size_t TensorBase::nbytes() const {
  WICK_CHECK(!get()->sparse, "nbytes is not defined for sparse tensors: add those of the indices and of the values, or multiply numel() by element_size()");
  return static_cast<size_t>(get()->numel) * get()->itemsize();
}
Device TensorBase::device() const { return get()->device; }
int64_t TensorBase::get_device() const { return get()->device.index(); }
Layout TensorBase::layout() const { return is_sparse() ? Layout::Sparse : Layout::Strided; }
TensorOptions TensorBase::options() const { return TensorOptions().dtype(get()->dtype).device(get()->device).layout(layout()); }
bool TensorBase::is_cpu() const { return p_ && get()->device.is_cpu(); }
bool TensorBase::is_cuda() const { return p_ && get()->device.is_cuda(); }
bool TensorBase::is_meta() const { return p_ && get()->device.is_meta(); }
bool TensorBase::is_sparse() const { return p_ && get()->sparse; }
bool TensorBase::is_mkldnn() const { return false; }
bool TensorBase::is_quantized() const { return false; }
bool TensorBase::is_floating_point() const { return p_ && is_floating_type(get()->dtype); }
bool TensorBase::is_complex() const { return p_ && is_complex_type(get()->dtype); }
bool TensorBase::is_signed() const { return isSignedType(get()->dtype); }
bool TensorBase::is_conj() const { return get(), false; }
bool TensorBase::is_neg() const { return get(), false; }
bool TensorBase::is_inference() const { return p_ && get()->inference; }
bool TensorBase::is_pinned() const { return false; }

void* TensorBase::data_ptr() const {
  WICK_CHECK(!get()->sparse, "Cannot access data pointer of Tensor that doesn't have storage: a sparse tensor has indices() and values()");
  return get()->data;
}
void* TensorBase::typed_data(ScalarType t) const {
  WICK_CHECK_TYPE(TypeError, get()->dtype == t, "expected scalar type ", t, " but found ", get()->dtype);
  return data_ptr();
}
void TensorBase::check_dim(size_t n) const {
  WICK_CHECK(impl(*this)->sizes.size() == n, "TensorAccessor expected ", n, " dims but tensor has ", dim());
}
Storage TensorBase::storage() const {
  WICK_CHECK_TYPE(NotImplementedError, !get()->sparse, "Cannot access storage of SparseTensorImpl: a sparse tensor has indices() and values()");
  return Storage(get()->storage);
}
bool TensorBase::has_storage() const { return p_ && get()->storage && !get()->sparse; }
void TensorBase::check_32bit() const {
  WICK_CHECK(numel() <= std::numeric_limits<int32_t>::max(), "packed_accessor32: the tensor has ", numel(), " elements, more than 32-bit indices reach; use packed_accessor64");
}
bool TensorBase::is_alias_of(const TensorBase& o) const { return get()->storage == o.get()->storage; }

bool TensorBase::requires_grad() const { return p_ && get()->wants_grad(); }
int64_t TensorBase::_version() const {
  if (!p_) return 0;
  WICK_CHECK(!get()->inference, "Inference tensors do not track version counter.");
  return get()->current_version();
}
bool TensorBase::is_view() const { return get()->base != nullptr; }

}  // namespace wick::inline v1
