#include "ops/sparse.h"

#include <algorithm>

#include "kernels/cpu/copy.h"

namespace wick::ops {
namespace {

// Types of the three ranks that promotion distinguishes.
struct Ranks {
  ScalarType dims = ScalarType::Undefined, zero = ScalarType::Undefined, wrapped = ScalarType::Undefined;
};
ScalarType join(ScalarType a, ScalarType b) { return a == ScalarType::Undefined ? b : b == ScalarType::Undefined ? a : promote_types(a, b); }
int category(ScalarType t) { return is_complex_type(t) ? 3 : is_floating_type(t) ? 2 : t == kBool ? 0 : 1; }
ScalarType outrank(ScalarType higher, ScalarType lower) {
  if (higher == ScalarType::Undefined) return lower;
  if (lower == ScalarType::Undefined) return higher;
  if (is_complex_type(lower) && is_floating_type(higher)) return to_complex_type(higher == kHalf ? kFloat : higher);  // the precision stays; there is no arithmetic in ComplexHalf
  return category(lower) > category(higher) ? promote_types(higher, lower) : higher;
}
void add(Ranks& r, const Tensor& t) {
  const TensorImpl* p = any_impl(t);
  ScalarType type = p->dtype;
  if (p->wrapped_number) {  // numbers count with the default types of their category
    if (is_complex_type(type)) type = to_complex_type(get_default_dtype_as_scalartype());
    else if (is_floating_type(type)) type = get_default_dtype_as_scalartype();
  }
  ScalarType& slot = !p->sizes.empty() ? r.dims : p->wrapped_number ? r.wrapped : r.zero;
  slot = join(slot, type);
}

// 1: dimension a lies outside b in memory; -1: inside; 0: the inputs do not say.
int compare_dims(const SmallVec<DimVec, 4>& strides, IntArrayRef shape, size_t a, size_t b) {
  for (const DimVec& s : strides) {
    if (s[a] == 0 || s[b] == 0) continue;
    if (s[a] < s[b]) return -1;
    if (s[a] > s[b]) return 1;
    if (shape[a] > shape[b]) return 1;
  }
  return 0;
}

bool same_layout(const Tensor& a, const Tensor& b) { return a.sizes() == b.sizes() && a.strides() == b.strides(); }

}  // namespace

ScalarType result_type_of(TensorRefs tensors) {
  Ranks r;
  for (const Tensor& t : tensors)
    if (t.defined()) add(r, t);
  return outrank(outrank(r.dims, r.zero), r.wrapped);
}

DimVec broadcast_shape(const char* op, IntArrayRef a, IntArrayRef b) {
  const size_t n = std::max(a.size(), b.size());
  DimVec s(n);
  for (size_t k = 0; k < n; ++k) {
    const int64_t x = k < a.size() ? a[a.size() - 1 - k] : 1, y = k < b.size() ? b[b.size() - 1 - k] : 1;
    WICK_CHECK(x == y || x == 1 || y == 1, op, ": The size of tensor a (", x, ") must match the size of tensor b (", y, ") at non-singleton dimension ", n - 1 - k, ": ", a, " and ", b);
    s[n - 1 - k] = x == 1 ? y : x;
  }
  return s;
}
DimVec broadcast_shape(const char* op, TensorRefs tensors) {
  DimVec s;
  for (const Tensor& t : tensors)
    if (IntArrayRef(s) != t.sizes()) s = broadcast_shape(op, s, t.sizes());
  return s;
}

DimVec broadcast_strides(const Tensor& t, IntArrayRef shape) {
  const TensorImpl* p = impl(t);
  DimVec s(shape.size());
  const size_t lead = shape.size() - p->sizes.size();
  for (size_t i = 0; i < p->sizes.size(); ++i) s[lead + i] = p->sizes[i] == 1 && shape[lead + i] != 1 ? 0 : p->strides[i];
  return s;
}

DimVec result_strides(TensorRefs inputs, IntArrayRef shape) {
  // All inputs alike and dense: like them. All contiguous: contiguous.
  const Tensor* first = nullptr;
  bool alike = true, contiguous = true;
  for (const Tensor& t : inputs) {
    if (t.sizes() != shape) { alike = contiguous = false; break; }
    contiguous = contiguous && t.is_contiguous();
    alike = alike && t.is_non_overlapping_and_dense() && (!first || same_layout(*first, t));
    if (!first) first = &t;
  }
  if (contiguous) return contiguous_strides(shape);
  if (alike && first && !is_channels_last(shape, first->strides())) return DimVec(first->strides());
  SmallVec<DimVec, 4> strides;
  for (const Tensor& t : inputs) strides.push_back(broadcast_strides(t, shape));
  const int n = static_cast<int>(shape.size());
  SmallVec<int, 6> perm;  // innermost first
  for (int d = n - 1; d >= 0; --d) perm.push_back(d);
  for (int i = 1; i < n; ++i) {
    int at = i;
    for (int k = i - 1; k >= 0; --k) {
      const int c = compare_dims(strides, shape, static_cast<size_t>(perm[static_cast<size_t>(k)]), static_cast<size_t>(perm[static_cast<size_t>(at)]));
      if (c > 0) {
        std::swap(perm[static_cast<size_t>(k)], perm[static_cast<size_t>(at)]);
        at = k;
      } else if (c < 0) {
        break;
      }
    }
  }
  DimVec out(shape.size());
  int64_t step = 1;
  for (int d : perm) {
    out[static_cast<size_t>(d)] = step;
    step *= std::max<int64_t>(shape[static_cast<size_t>(d)], 1);
  }
  return out;
}

void check_defined(const char* op, TensorRefs tensors) {
  int k = 0;
  for (const Tensor& t : tensors) {
    WICK_CHECK(t.defined(), op, ": argument ", k, " is an undefined tensor");
    ++k;
  }
}

void check_overlap(const char* op, const Tensor& to, TensorRefs from) {
  const TensorImpl* a = impl(to);
  for (const Tensor& t : from) {
    const TensorImpl* b = t.unsafeGetTensorImpl();
    if (!b || a == b || a->storage != b->storage || a->numel == 0 || b->numel == 0 || !a->dense || !b->dense) continue;
    if (a->data == b->data && a->numel * static_cast<int64_t>(a->itemsize()) == b->numel * static_cast<int64_t>(b->itemsize()) && IntArrayRef(a->strides) == IntArrayRef(b->strides)) continue;
    const bool apart = a->data + a->numel * static_cast<int64_t>(a->itemsize()) <= b->data || b->data + b->numel * static_cast<int64_t>(b->itemsize()) <= a->data;
    WICK_CHECK(apart, op, ": unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory location. Please clone() the tensor before performing the operation.");
  }
}

void check_castable(const char* op, ScalarType from, ScalarType to) {
  WICK_CHECK(can_cast(from, to), op, ": result type ", from, " can't be cast to the desired output type ", to);
}

void resize_out(const char* op, const Tensor& out, IntArrayRef sizes) { resize_out(op, out, sizes, contiguous_strides(sizes)); }
void resize_out(const char* op, const Tensor& out, IntArrayRef sizes, IntArrayRef strides) {
  if (out.sizes() == sizes) return;
  (void)op;
  TensorImpl* p = impl(out);
  const size_t need = static_cast<size_t>(count(sizes)) * p->itemsize();
  const size_t have = p->storage->nbytes - std::min<size_t>(p->storage->nbytes, static_cast<size_t>(p->offset) * p->itemsize());
  if (need > have) {
    WICK_CHECK(!p->storage->external, op, ": the out= tensor is too small (", out.sizes(), " for ", sizes, ") and its memory belongs to somebody else");
    if (p->storage->refs > 1) {  // others look at this memory: they keep it
      StorageImpl* own = StorageImpl::make(need + static_cast<size_t>(p->offset) * p->itemsize());
      if (p->storage->data) std::memcpy(own->data, p->storage->data, p->storage->nbytes);
      p->set_storage(own);
      p->sizes.assign(sizes);
      p->strides.assign(strides);
      p->update();
      return;
    }
    size_t capacity;
    void* fresh = memory::allocate(need + static_cast<size_t>(p->offset) * p->itemsize(), capacity);
    if (p->storage->data) std::memcpy(fresh, p->storage->data, p->storage->nbytes);
    memory::deallocate(p->storage->data, p->storage->capacity);
    p->storage->data = fresh;
    p->storage->nbytes = need + static_cast<size_t>(p->offset) * p->itemsize();
    p->storage->capacity = capacity;
  }
  p->sizes.assign(sizes);
  p->strides.assign(strides);
  p->update();
}

namespace {

kernels::PointwiseFn pick(const Pointwise& k, ScalarType compute, ScalarType common) {
  kernels::PointwiseFn f = compute == kFloat ? k.f32 : compute == kDouble ? k.f64 : compute == kLong ? k.i64 : k.c128;
  if (!f) throw NotImplementedError(str("\"", k.name, "\" not implemented for '", common, "'"));
  return f;
}

// The case that small programs are made of: one type, one shape, no gaps.
bool simple(TensorRefs inputs) {
  const TensorImpl* a = impl(inputs.begin()->get());
  if (!a->contiguous || a->wrapped_number) return false;
  for (const Tensor& t : inputs) {
    const TensorImpl* b = impl(t);
    if (b != a && (b->dtype != a->dtype || !b->contiguous || b->wrapped_number || !(IntArrayRef(a->sizes) == IntArrayRef(b->sizes)))) return false;
  }
  return true;
}

// What has no result among bools.
void check_bools(const Pointwise& k) {
  for (const Pointwise* no : {&table::pow, &table::div_floor, &table::div_trunc, &table::remainder, &table::fmod, &table::clamp, &table::clamp_tensor, &table::addcmul})
    if (&k == no) throw NotImplementedError(str("\"", k.name, "\" not implemented for 'Bool'"));
}

// Products, quotients, powers and weights take a number as it is, even beside a 16-bit floating type.
bool exact_number(const Pointwise& k, size_t at, bool wrapped) {
  if (&k == &table::mul || &k == &table::lerp) return true;
  if (at != 1) return false;
  return &k == &table::div || &k == &table::div_floor || &k == &table::div_trunc || (&k == &table::pow && wrapped);
}

void loop_into(const Pointwise& k, const Tensor& out, TensorRefs inputs, ScalarType common, IntArrayRef shape, const Params& p) {
  if (is_reduced_floating_type(common) && !k.boolean && out.scalar_type() != common) {  // a wider out= gets the rounded result
    const Tensor rounded = make_tensor(shape, common);
    loop_into(k, rounded, inputs, common, shape, p);
    return raw_copy(out, rounded);
  }
  if (common == kBool) check_bools(k);
  const ScalarType compute = kernels::cpu::compute_type(common);
  SmallVec<kernels::cpu::Operand, 3> in;
  SmallVec<Tensor, 3> cast;
  for (const Tensor& t : inputs) {
    // A number beyond a narrow integer type wraps around before it takes part; what is beside a 16-bit floating
    // type is rounded to it, not just to the float it computes in.
    if (is_reduced_floating_type(common) && t.scalar_type() != common && !(t.dim() == 0 && exact_number(k, in.size(), impl(t)->wrapped_number))) {
      cast.push_back(raw_contiguous(t, common));
      in.push_back(operand(cast.back(), shape));
    } else if (is_integral_type(common, false) && t.scalar_type() != common && t.numel() == 1) {
      cast.push_back(make_tensor(t.sizes(), common));
      kernels::cpu::convert(1, impl(cast.back())->data, common, impl(t)->data, t.scalar_type());
      in.push_back(operand(cast.back(), shape));
    } else {
      in.push_back(operand(t, shape));
    }
  }
  kernels::cpu::pointwise_loop(pick(k, compute, common), k.boolean, compute, shape, operand(out, shape), in.data(), k.arity, p);
}

// The other one: a number beside a floating tensor that is small and without gaps. Says which of the two is the tensor, or -1.
int beside_number(TensorRefs inputs) {
  if (inputs.size() != 2) return -1;
  const TensorImpl *a = impl(inputs.begin()[0].get()), *b = impl(inputs.begin()[1].get());
  if (a->wrapped_number == b->wrapped_number) return -1;
  const int at = a->wrapped_number ? 1 : 0;
  if (at == 1) std::swap(a, b);
  const bool fits = (a->dtype == kFloat || a->dtype == kDouble) && a->contiguous && a->numel <= kernels::cpu::kGrain && !is_complex_type(b->dtype);
  return fits ? at : -1;
}
template <class T>
void run_beside_number(kernels::PointwiseFn f, bool boolean, T number, const T* x, int at, int64_t n, char* out, const Params& p) {
  constexpr int64_t kBlock = 256;
  T splat[kBlock];
  std::fill(splat, splat + std::min(n, kBlock), number);
  for (int64_t i = 0; i < n; i += kBlock) {
    const void* src[2] = {splat, splat};
    src[at] = x + i;
    f(std::min(kBlock, n - i), out + i * static_cast<int64_t>(boolean ? 1 : sizeof(T)), src, p);
  }
}
Tensor run_beside_number(const Pointwise& k, TensorRefs inputs, int at, const Params& p) {
  const TensorImpl *t = impl(inputs.begin()[at].get()), *number = impl(inputs.begin()[1 - at].get());
  kernels::PointwiseFn f = pick(k, t->dtype, t->dtype);
  Tensor r = make_tensor(t->sizes, k.boolean ? kBool : t->dtype);
  double value;
  kernels::cpu::convert(1, &value, kDouble, number->data, number->dtype);
  if (t->dtype == kFloat) run_beside_number(f, k.boolean, static_cast<float>(value), reinterpret_cast<const float*>(t->data), at, t->numel, impl(r)->data, p);
  else run_beside_number(f, k.boolean, value, reinterpret_cast<const double*>(t->data), at, t->numel, impl(r)->data, p);
  return r;
}

}  // namespace

static Tensor run_plain(const Pointwise& k, TensorRefs inputs, const Params& p, Promote promote) {
  check_defined(k.name, inputs);
  if (any_sparse(inputs)) return sparse_pointwise(k, inputs, p, promote);
  const Tensor& first = inputs.begin()->get();
  if (const int at = beside_number(inputs); at >= 0) return run_beside_number(k, inputs, at, p);
  if (simple(inputs)) {
    const ScalarType t = first.scalar_type();
    if (t == kFloat || t == kDouble) {
      Tensor r = make_tensor(first.sizes(), k.boolean ? kBool : t);
      const void* src[3];
      int i = 0;
      for (const Tensor& x : inputs) src[i++] = impl(x)->data;
      const int64_t n = impl(first)->numel;
      kernels::PointwiseFn f = pick(k, t, t);
      if (n <= kernels::cpu::kGrain) {
        if (n > 0) f(n, impl(r)->data, src, p);
      } else {
        loop_into(k, r, inputs, t, first.sizes(), p);
      }
      return r;
    }
  }
  ScalarType common = result_type_of(inputs);
  if (promote == Promote::floating) common = float_type(common);
  const DimVec shape = broadcast_shape(k.name, inputs);
  Tensor r = make_tensor(shape, result_strides(inputs, shape), k.boolean ? kBool : common);
  loop_into(k, r, inputs, common, shape, p);
  return r;
}

Tensor run(const Pointwise& k, TensorRefs inputs, const Params& p, Promote promote) {
  if (!watch::watched()) [[likely]] return run_plain(k, inputs, p, promote);
  const autograd::Inputs seen(inputs);
  autograd::Call call(k.name, seen, watch::Kind::kernel);
  Tensor r = run_plain(k, inputs, p, promote);
  if (call.watched()) call.told(r);
  return r;
}

void run_into(const Pointwise& k, const Tensor& out, TensorRefs inputs, const Params& p, Promote promote, bool resize) {
  const autograd::Inputs seen(inputs);
  autograd::Call call(k.name, seen, watch::Kind::kernel);
  check_defined(k.name, inputs);
  if (any_sparse(inputs) || is_sparse(out)) return sparse_pointwise_into(k, out, inputs, p, promote);
  ScalarType common = result_type_of(inputs);
  if (promote == Promote::floating) common = float_type(common);
  check_castable(k.name, k.boolean ? kBool : common, out.scalar_type());
  const DimVec shape = broadcast_shape(k.name, inputs);
  if (resize) resize_out(k.name, out, shape, result_strides(inputs, shape));
  WICK_CHECK(out.sizes() == IntArrayRef(shape), k.name, ": output with shape ", out.sizes(), " doesn't match the broadcast shape ", IntArrayRef(shape));
  check_overlap(k.name, out, inputs);
  loop_into(k, out, inputs, common, shape, p);
  if (call.watched()) [[unlikely]] call.told(out);
}

void raw_copy(const Tensor& to, const Tensor& from) {
  const IntArrayRef shape = to.sizes();
  (void)broadcast_shape("copy_", shape, from.sizes());
  kernels::cpu::copy_loop(shape, operand(to, shape), operand(from, shape));
}
Tensor raw_contiguous(const Tensor& t) { return raw_contiguous(t, t.scalar_type()); }
Tensor raw_contiguous(const Tensor& t, ScalarType dtype) {
  if (t.is_contiguous() && t.scalar_type() == dtype) return t;
  Tensor r = make_tensor(t.sizes(), dtype);
  raw_copy(r, t);
  return r;
}
void raw_fill(const Tensor& t, const Scalar& value) {
  const Tensor v = make_scalar_tensor(value, t.scalar_type());
  if (t.is_non_overlapping_and_dense()) kernels::cpu::fill(t.itemsize(), impl(t)->data, t.numel(), impl(v)->data);
  else raw_copy(t, v);
}

}  // namespace wick::ops
