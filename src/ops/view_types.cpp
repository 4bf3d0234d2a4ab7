// Views that show the memory as another element type.
#include "autograd/autocast.h"
#include "ops/view.h"

namespace wick::ops {
namespace {

// A view with elements of `dtype`; `remake` makes it from any tensor with self's geometry.
template <class Remake>
Tensor typed_view(const Tensor& self, ScalarType dtype, const DimVec& sizes, const DimVec& strides, int64_t offset, Remake remake) {
  Tensor v = autograd::make_view(self, self.sizes(), self.strides(), self.storage_offset());
  TensorImpl* p = impl(v);
  p->dtype = dtype;
  p->sizes = sizes;
  p->strides = strides;
  p->offset = offset;
  p->update();
  if (!p->base) return v;
  const TensorImpl* s = impl(self);
  if (s->autograd && s->autograd->view_fn) {
    meta(v).view_fn = [outer = s->autograd->view_fn, remake](const Tensor& x) { return remake(outer(x)); };
  } else if (s->base) {
    meta(v).view_fn = [remake, sz = s->sizes, st = s->strides, by = s->offset - s->base->offset](const Tensor& x) { return remake(x.as_strided(sz, st, x.storage_offset() + by)); };
  } else {
    meta(v).view_fn = remake;
  }
  return v;
}

template <class Rule>
void record_typed(const char* name, const Tensor& self, const Tensor& v, Rule rule) {
  if (!autograd::recording({self})) return;
  auto node = autograd::make_node(name, {self}, rule);
  autograd::Results r;
  r.add(v);
  autograd::finish(node, {}, r);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor Tensor::view(ScalarType dtype) const {
  check_defined("view", {*this});
  const ScalarType from = scalar_type();
  WICK_CHECK_TYPE(NotImplementedError, wick::element_size(dtype) > 0 && dtype != kComplexHalf, "view: no tensors of dtype ", dtype);
  if (from == dtype) return wick::alias(*this);
  const auto a = static_cast<int64_t>(wick::element_size(from)), b = static_cast<int64_t>(wick::element_size(dtype));
  DimVec s(sizes()), st(strides());
  int64_t offset = storage_offset();
  if (a != b) {
    WICK_CHECK(dim() > 0, "self.dim() cannot be 0 to view ", from, " as ", dtype, " (different element sizes)");
    const size_t last = s.size() - 1;
    WICK_CHECK(st[last] == 1, "self.stride(-1) must be 1 to view ", from, " as ", dtype, " (different element sizes), but got ", st[last]);
    if (a > b) {
      s[last] *= a / b;
      for (size_t d = 0; d < last; ++d) st[d] *= a / b;
      offset *= a / b;
    } else {
      const int64_t k = b / a;
      WICK_CHECK(s[last] % k == 0, "self.size(-1) must be divisible by ", k, " to view ", from, " as ", dtype, " (different element sizes), but got ", s[last]);
      WICK_CHECK(offset % k == 0, "self.storage_offset() must be divisible by ", k, " to view ", from, " as ", dtype, " (different element sizes), but got ", offset);
      s[last] /= k;
      for (size_t d = 0; d < last; ++d) {
        WICK_CHECK(st[d] % k == 0, "self.stride(", d, ") must be divisible by ", k, " to view ", from, " as ", dtype, " (different element sizes), but got ", st[d]);
        st[d] /= k;
      }
      offset /= k;
    }
  }
  return typed_view(*this, dtype, s, st, offset, [dtype](const Tensor& x) { return x.view(dtype); });
}

Tensor view_as_real(const Tensor& self) {
  check_defined("view_as_real", {self});
  WICK_CHECK(self.is_complex(), "view_as_real is only supported for complex tensors");
  DimVec s(self.sizes()), st(self.strides());
  for (int64_t& x : st) x *= 2;
  s.push_back(2);
  st.push_back(1);
  const Tensor v = typed_view(self, to_real_type(self.scalar_type()), s, st, self.storage_offset() * 2, [](const Tensor& x) { return view_as_real(x); });
  record_typed("ViewAsRealBackward0", self, v, [](Backward& b) { b.grad(0, view_as_complex(b.g().contiguous())); });
  return v;
}

Tensor view_as_complex(const Tensor& self) {
  WICK_AUTOCAST(full, view_as_complex, self);
  check_defined("view_as_complex", {self});
  const ScalarType t = self.scalar_type();
  WICK_CHECK(t == kFloat || t == kDouble || t == kHalf, "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: ", t);
  WICK_CHECK_TYPE(NotImplementedError, t != kHalf, "view_as_complex: no tensors of dtype ", kComplexHalf);
  DimVec s(self.sizes()), st(self.strides());
  WICK_CHECK(!s.empty(), "Input tensor must have one or more dimensions");
  WICK_CHECK(s.back() == 2, "Tensor must have a last dimension of size 2");
  WICK_CHECK(st.back() == 1, "Tensor must have a last dimension with stride 1");
  s.pop_back();
  st.pop_back();
  for (int64_t& x : st) {
    WICK_CHECK(x % 2 == 0, "Tensor must have a stride divisible by 2 for all but last dimension");
    x /= 2;
  }
  WICK_CHECK(self.storage_offset() % 2 == 0, "Tensor must have a storage_offset divisible by 2");
  const Tensor v = typed_view(self, to_complex_type(t), s, st, self.storage_offset() / 2, [](const Tensor& x) { return view_as_complex(x); });
  record_typed("ViewAsComplexBackward0", self, v, [](Backward& b) { b.grad(0, view_as_real(b.g().contiguous())); });
  return v;
}

Tensor real(const Tensor& self) {
  check_defined("real", {self});
  return self.is_complex() ? view_as_real(self).select(-1, 0) : self;
}
Tensor imag(const Tensor& self) {
  check_defined("imag", {self});
  WICK_CHECK(self.is_complex(), "imag is not implemented for tensors with non-complex dtypes.");
  return view_as_real(self).select(-1, 1);
}

// Conjugates are computed at once, so nothing is left to resolve.
Tensor resolve_conj(const Tensor& self) { return self; }
Tensor resolve_neg(const Tensor& self) { return self; }

// --- Complex numbers from their parts ------------------------------------------------------------------------------------

namespace {
void check_parts(const char* op, const char* first, const char* second, const Tensor& a, const Tensor& b) {
  check_defined(op, {a, b});
  WICK_CHECK((a.scalar_type() == kFloat || a.scalar_type() == kDouble || a.scalar_type() == kHalf) && (b.scalar_type() == kFloat || b.scalar_type() == kDouble || b.scalar_type() == kHalf),
             "Expected both inputs to be Half, Float or Double tensors but got ", a.scalar_type(), " and ", b.scalar_type());
  WICK_CHECK(a.scalar_type() == b.scalar_type(), "Expected object of scalar type ", a.scalar_type(), " but got scalar type ", b.scalar_type(), " for second argument (", op, " of ", first, " and ", second, ")");
  WICK_CHECK_TYPE(NotImplementedError, a.scalar_type() != kHalf, op, ": no tensors of dtype ", kComplexHalf);
}
Tensor raw_complex(const Tensor& re, const Tensor& im, const DimVec& shape, IntArrayRef strides) {
  Tensor r = make_tensor(shape, strides, to_complex_type(re.scalar_type()));
  DimVec parts(strides);
  for (int64_t& s : parts) s *= 2;
  Tensor view = make_alias(r);
  impl(view)->dtype = re.scalar_type();
  raw_copy(raw_view(view, shape, parts, 0), re);
  raw_copy(raw_view(view, shape, parts, 1), im);
  return r;
}
}  // namespace

Tensor complex(const Tensor& re, const Tensor& im) {
  check_parts("complex", "real", "imag", re, im);
  const DimVec shape = broadcast_shape("complex", {re, im});
  return record("ComplexBackward0", {re, im}, {}, [&] { return raw_complex(re, im, shape, result_strides({re, im}, shape)); }, [](Backward& b) {
    if (b.needs(0)) b.grad(0, real(b.g()));
    if (b.needs(1)) b.grad(1, imag(b.g()));
  });
}
Tensor polar(const Tensor& abs, const Tensor& angle) {
  WICK_AUTOCAST(full, polar, abs, angle);
  check_parts("polar", "abs", "angle", abs, angle);
  const DimVec shape = broadcast_shape("polar", {abs, angle});
  return record("PolarBackward0", {abs, angle}, autograd::out(), [&] { return raw_complex(abs * angle.cos(), abs * angle.sin(), shape, result_strides({abs, angle}, shape)); }, [](Backward& b) {
    const Tensor g = b.g().conj(), y = b.out();
    if (b.needs(0)) b.grad(0, real(g * y.sgn()));
    if (b.needs(1)) b.grad(1, real(g * (y * Scalar(std::complex<double>(0, 1)))));
  });
}
Tensor& complex_out(Tensor& out, const Tensor& re, const Tensor& im) {
  check_parts("complex", "real", "imag", re, im);
  WICK_CHECK(out.scalar_type() == to_complex_type(re.scalar_type()), "Expected object of scalar type ", to_complex_type(re.scalar_type()), " but got scalar type ", out.scalar_type(), " for argument 'out'");
  return out_from("complex", out, {re, im}, [&] { return complex(re, im); });
}
Tensor& polar_out(Tensor& out, const Tensor& abs, const Tensor& angle) {
  check_parts("polar", "abs", "angle", abs, angle);
  WICK_CHECK(out.scalar_type() == to_complex_type(abs.scalar_type()), "Expected object of scalar type ", to_complex_type(abs.scalar_type()), " but got scalar type ", out.scalar_type(), " for argument 'out'");
  return out_from("polar", out, {abs, angle}, [&] { return polar(abs, angle); });
}

}  // namespace wick::inline v1
