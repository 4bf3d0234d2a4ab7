// Changes of a tensor's own geometry and memory: transpose_, squeeze_, resize_, set_ and the like.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "ops/view.h"

namespace wick::ops {
namespace {

// Gives self another geometry over the same memory; `rule` maps the gradient back.
template <class Rule>
Tensor& restride_inplace(const char* name, const Tensor& self, const DimVec& sizes, const DimVec& strides, int64_t offset, Rule rule) {
  TensorImpl* p = impl(self);
  std::shared_ptr<autograd::OpNode> node;
  if (autograd::recording({self})) {
    WICK_CHECK(!p->inference, name, ": an inference tensor cannot be changed in place outside InferenceMode");
    WICK_CHECK(self.grad_fn() || p->base, "a leaf Variable that requires grad is being used in an in-place operation. (", name, ")");
    WICK_CHECK(p->view != ViewKind::multi_output, name, ": the output of a function that returns multiple views must not be changed in place");
    node = autograd::make_node(name, {self}, rule);
  }
  if (p->base && p->autograd && p->autograd->view_fn)
    p->autograd->view_fn = [before = p->autograd->view_fn, sizes, strides, by = offset - p->offset](const Tensor& x) {
      const Tensor t = before(x);
      return t.as_strided(sizes, strides, t.storage_offset() + by);
    };
  p->sizes = sizes;
  p->strides = strides;
  p->offset = offset;
  p->update();
  p->bump_version();
  // No element changed, so a view stays what it is: only its own history grows.
  if (node) autograd::set_history(self, node);
  return const_cast<Tensor&>(self);
}

struct ReshapeBack { void operator()(Backward& b) const { b.grad(0, b.g().reshape(b.shape(0))); } };

template <class Drop>
Tensor& squeeze_inplace(const char* name, const Tensor& self, Drop drop) {
  DimVec sizes, strides;
  for (size_t d = 0; d < self.sizes().size(); ++d)
    if (self.sizes()[d] != 1 || !drop(d)) {
      sizes.push_back(self.sizes()[d]);
      strides.push_back(self.strides()[d]);
    }
  return restride_inplace(name, self, sizes, strides, self.storage_offset(), ReshapeBack());
}

// Makes self show the memory of `source`, which keeps its own.
void share_storage(const Tensor& self, const Tensor& source) {
  StorageImpl* s = impl(source)->storage;
  s->retain();
  impl(self)->set_storage(s);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor& Tensor::transpose_(int64_t dim0, int64_t dim1) const {
  check_defined("transpose_", {*this});
  const int64_t d0 = wrap_dim(dim0, dim(), "transpose_"), d1 = wrap_dim(dim1, dim(), "transpose_");
  if (d0 == d1) return const_cast<Tensor&>(*this);
  DimVec s(sizes()), st(strides());
  std::swap(s[static_cast<size_t>(d0)], s[static_cast<size_t>(d1)]);
  std::swap(st[static_cast<size_t>(d0)], st[static_cast<size_t>(d1)]);
  return restride_inplace("TransposeBackward1", *this, s, st, storage_offset(), [d0, d1](Backward& b) { b.grad(0, b.g().transpose(d0, d1)); });
}
Tensor& Tensor::t_() const {
  check_defined("t_", {*this});
  WICK_CHECK(dim() <= 2, "t_() expects a tensor with <= 2 dimensions, but self is ", dim(), "D");
  DimVec s(sizes()), st(strides());
  if (dim() == 2) {
    std::swap(s[0], s[1]);
    std::swap(st[0], st[1]);
  }
  return restride_inplace("TBackward1", *this, s, st, storage_offset(), [](Backward& b) { b.grad(0, b.g().t()); });
}
Tensor& Tensor::swapaxes_(int64_t axis0, int64_t axis1) const { return transpose_(axis0, axis1); }
Tensor& Tensor::swapdims_(int64_t dim0, int64_t dim1) const { return transpose_(dim0, dim1); }

Tensor& Tensor::squeeze_() const {
  check_defined("squeeze_", {*this});
  return squeeze_inplace("SqueezeBackward3", *this, [](size_t) { return true; });
}
Tensor& Tensor::squeeze_(int64_t dim) const {
  check_defined("squeeze_", {*this});
  const auto d = static_cast<size_t>(wrap_dim(dim, this->dim(), "squeeze_"));
  return squeeze_inplace("SqueezeBackward4", *this, [d](size_t i) { return i == d; });
}
Tensor& Tensor::squeeze_(IntArrayRef dim) const {
  check_defined("squeeze_", {*this});
  uint64_t drop = 0;
  for (int64_t d : dim) drop |= uint64_t{1} << wrap_dim(d, this->dim(), "squeeze_");
  return squeeze_inplace("SqueezeBackward5", *this, [drop](size_t i) { return drop >> i & 1; });
}
Tensor& Tensor::unsqueeze_(int64_t dim) const {
  check_defined("unsqueeze_", {*this});
  const int64_t dd = wrap_dim(dim, this->dim() + 1, "unsqueeze_");
  const auto d = static_cast<size_t>(dd);
  DimVec s(sizes()), st(strides());
  st.insert(d, dd >= this->dim() ? 1 : s[d] * st[d]);
  s.insert(d, 1);
  return restride_inplace("UnsqueezeBackward1", *this, s, st, storage_offset(), [dd](Backward& b) { b.grad(0, b.g().squeeze(dd)); });
}

const Tensor& as_strided_(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) {
  check_strided("as_strided_", self, size, stride, storage_offset.value_or(self.storage_offset()));
  const StridedGrad rule(self, size, stride, storage_offset.value_or(self.storage_offset()));
  return restride_inplace("AsStridedBackward1", self, DimVec(size), DimVec(stride), storage_offset.value_or(self.storage_offset()), rule);
}

// --- Memory ----------------------------------------------------------------------------------------------------------------

const Tensor& Tensor::resize_(IntArrayRef size, std::optional<MemoryFormat> memory_format) const {
  check_defined("resize_", {*this});
  WICK_CHECK(!autograd::recording({*this}), "cannot resize variables that require grad");
  WICK_CHECK(memory_format.value_or(MemoryFormat::Contiguous) != MemoryFormat::Preserve, "Unsupported memory format Preserve");
  for (int64_t s : size) WICK_CHECK(s >= 0, "Trying to create tensor with negative dimension ", s, ": ", size);
  resize_out("resize_", *this, size);
  impl(*this)->bump_version();
  if (memory_format) {
    impl(*this)->strides = format_strides(size, *memory_format);
    impl(*this)->update();
  }
  return *this;
}
const Tensor& Tensor::resize_as_(const Tensor& the_template, std::optional<MemoryFormat> memory_format) const {
  check_defined("resize_as_", {*this, the_template});
  const MemoryFormat f = memory_format.value_or(MemoryFormat::Contiguous);
  resize_(the_template.sizes());
  if (memory_format) {
    impl(*this)->strides = format_strides(sizes(), f == MemoryFormat::Preserve ? the_template.suggest_memory_format() : f);
    impl(*this)->update();
  }
  return *this;
}

Tensor& Tensor::set_(const Tensor& source, int64_t storage_offset, IntArrayRef size, IntArrayRef stride) const {
  check_defined("set_", {*this, source});
  WICK_CHECK(!autograd::recording({*this}), "set_: the memory of a tensor that requires grad cannot be exchanged while gradients are recorded");
  WICK_CHECK(scalar_type() == source.scalar_type(), "set_: Could not set tensor of type ", dtype(), " to a tensor of type ", source.dtype());
  const DimVec st = stride.size() == 0 && size.size() != 0 ? contiguous_strides(size) : DimVec(stride);
  check_strided("set_", source, size, st, storage_offset);
  share_storage(*this, source);
  TensorImpl* p = impl(*this);
  p->sizes.assign(size);
  p->strides = st;
  p->offset = storage_offset;
  p->update();
  p->bump_version();
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::set_(const Tensor& source) const {
  check_defined("set_", {*this, source});
  if (is_same(source)) return const_cast<Tensor&>(*this);
  return set_(source, source.storage_offset(), DimVec(source.sizes()), DimVec(source.strides()));
}
static Tensor over(const Storage& source, ScalarType dtype) {
  WICK_CHECK(source, "set_: the storage is undefined");
  Tensor t = make_tensor({0}, dtype);
  source.unsafeGetStorageImpl()->retain();
  impl(t)->set_storage(source.unsafeGetStorageImpl());
  impl(t)->update();
  return t;
}
Tensor& Tensor::set_(Storage source, int64_t storage_offset, IntArrayRef size, IntArrayRef stride) const {
  check_defined("set_", {*this});
  return set_(over(source, scalar_type()), storage_offset, size, stride);
}
Tensor& Tensor::set_(Storage source) const {
  check_defined("set_", {*this});
  return set_(over(source, scalar_type()), 0, {static_cast<int64_t>(source.nbytes() / itemsize())});
}
bool Tensor::is_set_to(const Tensor& o) const {
  check_defined("is_set_to", {*this, o});
  return impl(*this)->storage == impl(o)->storage && storage_offset() == o.storage_offset() && sizes() == o.sizes() && strides() == o.strides();
}
Tensor Tensor::pin_memory(std::optional<Device>) const {
  check_defined("pin_memory", {*this});
  throw Error("pin_memory: page-locked memory serves transfers to a GPU, and this build has none");
}
Tensor& Tensor::share_memory_() const {
  check_defined("share_memory_", {*this});
  TensorImpl* p = impl(*this);
  StorageImpl* s = p->storage;
  WICK_CHECK_TYPE(NotImplementedError, s->refs == 1 && !s->external,
                  "share_memory_: other tensors or a foreign owner hold this tensor's memory; call it on a clone() before making views");
  if (s->nbytes == 0) return const_cast<Tensor&>(*this);
  const size_t bytes = s->nbytes;
  void* shared = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  WICK_CHECK_TYPE(OutOfMemoryError, shared != MAP_FAILED, "share_memory_: no shared memory for ", bytes, " bytes");
  std::memcpy(shared, s->data, bytes);
  auto* fresh = new StorageImpl;
  fresh->data = shared;
  fresh->nbytes = bytes;
  fresh->external = true;
  fresh->version = s->version;
  fresh->deleter = new std::function<void(void*)>([bytes](void* at) { munmap(at, bytes); });
  p->set_storage(fresh);
  p->update();
  return const_cast<Tensor&>(*this);
}
Tensor& Tensor::set_() const { return set_(make_tensor({0}, scalar_type())); }

void Tensor::set_data(const Tensor& new_data) const {
  check_defined("set_data", {*this, new_data});
  TensorImpl* p = impl(*this);
  if (is_same(new_data)) return;
  WICK_CHECK(!p->requires_grad || is_floating_type(new_data.scalar_type()) || is_complex_type(new_data.scalar_type()),
             "data set to a tensor that requires gradients must be floating point or complex dtype");
  // The version stays this tensor's own: nothing that was saved of it may be used any more, unchanged or not.
  if (!p->version) {
    p->version = new VersionCounter;
    p->version->value = p->storage->version;
  }
  // A gradient of another kind would be added up by the old accumulator.
  if (p->autograd && (p->dtype != new_data.scalar_type() || sizes() != new_data.sizes())) p->autograd->accumulator.reset();
  const TensorImpl* n = impl(new_data);
  share_storage(*this, new_data);
  p->dtype = n->dtype;
  p->device = n->device;
  p->sizes = n->sizes;
  p->strides = n->strides;
  p->offset = n->offset;
  p->update();
}

}  // namespace wick::inline v1
