// Matrix products: mm, bmm, addmm and their relatives.
#include "autograd/autocast.h"
#include "ops/matmul.h"
#include "ops/sparse.h"

#include <algorithm>
#include <cmath>

namespace wick::ops {
namespace {

constexpr auto kMaxGroups = 8;

// A run of batch dimensions that all three operands step through evenly.
struct Group { int64_t n, a, b, c; };
using Groups = SmallVec<Group, kMaxGroups>;

Groups batch_groups(const Tensor& c, const Tensor& a, const Tensor& b) {
  const size_t dims = c.sizes().size() - 2;
  const DimVec sa = broadcast_strides(a, [&] { DimVec s(c.sizes()); s[dims] = a.size(-2); s[dims + 1] = a.size(-1); return s; }());
  const DimVec sb = broadcast_strides(b, [&] { DimVec s(c.sizes()); s[dims] = b.size(-2); s[dims + 1] = b.size(-1); return s; }());
  Groups g;
  for (size_t d = 0; d < dims; ++d) {
    const int64_t n = c.sizes()[d];
    if (n == 1) continue;
    const Group next{n, sa[d], sb[d], c.strides()[d]};
    if (!g.empty() && g.back().a == next.a * n && g.back().b == next.b * n && g.back().c == next.c * n) {
      const int64_t total = g.back().n * n;
      g.back() = next;
      g.back().n = total;
    } else {
      g.push_back(next);
    }
  }
  return g;
}

void check_gemm_type(const char* op, ScalarType t) {
  WICK_CHECK_TYPE(NotImplementedError, t != kBool && t != kComplexHalf, "\"", op, "\" not implemented for '", t, "'");
}
void check_same_type(const Tensor& a, const Tensor& b) {
  WICK_CHECK(a.scalar_type() == b.scalar_type(), "expected m1 and m2 to have the same dtype, but got: ", a.dtype().name(), " != ", b.dtype().name());
}
void check_scalars(ScalarType t, const Scalar& beta, const Scalar& alpha) {
  if (!is_integral_type(t, true)) return;
  WICK_CHECK(!beta.isFloatingPoint() || beta.toDouble() == std::floor(beta.toDouble()), "value cannot be converted to type int64_t without overflow: beta = ", beta, " for a tensor of type ", t);
  WICK_CHECK(!alpha.isFloatingPoint() || alpha.toDouble() == std::floor(alpha.toDouble()), "For integral input tensors, argument alpha must not be a floating point number.");
}

bool column_major(const Tensor& t) { return !is_sparse(t) && t.dim() == 2 && t.stride(0) == 1 && t.stride(1) == t.size(0) && t.size(1) > 1; }

// Gradients of a b. A gradient lies in memory as its matrix does, so that the transpose around a weight costs nothing.
Tensor grad_left(const Tensor& g, const Tensor& b, bool like_column) {
  if (like_column && g.dim() == 2) return b.conj().mm(g.t()).t();
  return wick::matmul(g, b.conj().mT());
}
Tensor grad_right(const Tensor& g, const Tensor& a, bool like_column) {
  if (like_column && g.dim() == 2 && a.dim() == 2) return g.t().mm(a.conj()).t();
  return wick::matmul(a.conj().mT(), g);
}

}  // namespace

MatrixLayout matrix_layout(int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride) {
  if (col_stride == 1 || cols <= 1) {
    const int64_t ld = rows <= 1 ? std::max<int64_t>(cols, 1) : row_stride;
    if (ld >= std::max<int64_t>(cols, 1)) return {true, false, ld};
  }
  if (row_stride == 1 || rows <= 1) {
    const int64_t ld = cols <= 1 ? std::max<int64_t>(rows, 1) : col_stride;
    if (ld >= std::max<int64_t>(rows, 1)) return {true, true, ld};
  }
  return {false, false, 0};
}

Tensor gemm_ready(const Tensor& t) { return matrix_layout(t).fits ? t : raw_contiguous(t); }

kernels::cpu::Factor factor(const Scalar& s) {
  if (s.isComplex()) return s.toComplexDouble();
  if (s.isFloatingPoint()) return s.toDouble();
  return s.toLong();
}

void raw_matmul(const Tensor& c, const Tensor& a0, const Tensor& b0, const Scalar& beta, const Scalar& alpha) {
  if (c.numel() == 0) return;
  const Tensor a = gemm_ready(a0), b = gemm_ready(b0);
  const MatrixLayout la = matrix_layout(a), lb = matrix_layout(b);
  const int64_t m = a.size(-2), k = a.size(-1), n = b.size(-1);
  const ScalarType t = a.scalar_type();
  const char *pa = typed<char>(a), *pb = typed<char>(b);
  char* pc = typed<char>(c);
  const auto fa = factor(alpha), fb = factor(beta);
  if (c.dim() == 2) {
    kernels::cpu::gemm(t, la.trans, lb.trans, m, n, k, fa, pa, la.ld, pb, lb.ld, fb, pc, n, c.scalar_type());
    return;
  }
  Groups groups = batch_groups(c, a, b);
  if (groups.empty()) groups.push_back({1, 0, 0, 0});
  if (groups.size() == 1 && groups[0].b == 0 && !la.trans && groups[0].a == m * la.ld && groups[0].c == m * n) {  // one tall matrix
    kernels::cpu::gemm(t, false, lb.trans, m * groups[0].n, n, k, fa, pa, la.ld, pb, lb.ld, fb, pc, n, c.scalar_type());
    return;
  }
  size_t inner = 0;
  for (size_t i = 1; i < groups.size(); ++i)
    if (groups[i].n > groups[inner].n) inner = i;
  const Group in = groups[inner];
  groups.erase(inner);
  int64_t outer = 1;
  for (const Group& g : groups) outer *= g.n;
  const int64_t in_size = static_cast<int64_t>(a.itemsize()), out_size = static_cast<int64_t>(c.itemsize());
  for (int64_t i = 0; i < outer; ++i) {
    int64_t rest = i, oa = 0, ob = 0, oc = 0;
    for (size_t d = groups.size(); d-- > 0;) {
      const int64_t at = rest % groups[d].n;
      rest /= groups[d].n;
      oa += at * groups[d].a;
      ob += at * groups[d].b;
      oc += at * groups[d].c;
    }
    kernels::cpu::gemm_batched(t, in.n, la.trans, lb.trans, m, n, k, fa, pa + oa * in_size, la.ld, in.a, pb + ob * in_size, lb.ld, in.b, fb,
                               pc + oc * out_size, n, in.c, c.scalar_type());
  }
}

namespace {

// a b for matrices or batches of them that broadcast; the result is contiguous.
Tensor product(const char* node, const Tensor& a, const Tensor& b, IntArrayRef shape, ScalarType out_type) {
  const bool ca = column_major(a), cb = column_major(b), shared = a.dim() > 2 && b.dim() == 2;
  return record(node, {a, b}, Uses().grad(0, in(1)).grad(1, in(0)),
                [&] {
                  if (any_sparse({a, b})) return sparse_matmul(a, b);
                  Tensor c = make_tensor(shape, out_type);
                  raw_matmul(c, a, b);
                  return c;
                },
                [=](Backward& bw) {
                  const Tensor g = bw.g();
                  if (bw.needs(0)) bw.grad(0, grad_left(g, bw.in(1).to(g.scalar_type()), ca));
                  if (!bw.needs(1)) return;
                  Tensor x = bw.in(0).to(g.scalar_type());
                  if (shared) bw.grad(1, grad_right(g.reshape({-1, g.size(-1)}), x.reshape({-1, x.size(-1)}), cb));
                  else bw.grad(1, grad_right(g, x, cb));
                });
}

void check_mm(const Tensor& a, const Tensor& b) {
  WICK_CHECK(a.dim() == 2, "self must be a matrix");
  WICK_CHECK(b.dim() == 2, "mat2 must be a matrix");
  WICK_CHECK(a.size(1) == b.size(0), "mat1 and mat2 shapes cannot be multiplied (", a.size(0), "x", a.size(1), " and ", b.size(0), "x", b.size(1), ")");
  check_same_type(a, b);
  check_gemm_type("addmm_impl_cpu_", a.scalar_type());
}
void check_bmm(const Tensor& a, const Tensor& b) {
  WICK_CHECK(a.dim() == 3, "batch1 must be a 3D tensor");
  WICK_CHECK(b.dim() == 3, "batch2 must be a 3D tensor");
  WICK_CHECK(a.size(0) == b.size(0) && a.size(2) == b.size(1), "Expected size for first two dimensions of batch2 tensor to be: [", a.size(0), ", ", a.size(2), "] but got: [",
             b.size(0), ", ", b.size(1), "].");
  WICK_CHECK(a.scalar_type() == b.scalar_type(), "expected scalar type ", a.scalar_type(), " but found ", b.scalar_type());
  check_gemm_type("bmm", a.scalar_type());
}
void check_out_dtype(const char* op, ScalarType from, ScalarType to) {
  WICK_CHECK(to == from || (is_reduced_floating_type(from) && to == kFloat), op, ": out_dtype must be the inputs' dtype or float32 for float16 and bfloat16 inputs, got ", from, " to ", to);
}

// beta self + alpha a b, self broadcast to the product's shape.
void check_add(const char* op, const Tensor& self, const Tensor& a, IntArrayRef shape) {
  WICK_CHECK(self.scalar_type() == a.scalar_type(), "self and mat2 must have the same dtype, but got ", self.scalar_type(), " and ", a.scalar_type());
  WICK_CHECK(IntArrayRef(broadcast_shape(op, self.sizes(), shape)) == shape, op, ": The expanded size of the tensor must match: input of shape ", self.sizes(), " cannot be broadcast to ", shape);
}
Tensor add_product_kernel(const Tensor& self, const Tensor& a, const Tensor& b, IntArrayRef shape, const Scalar& beta, const Scalar& alpha) {
  if (any_sparse({a, b})) return beta.equal(0) ? scaled(sparse_matmul(a, b), alpha) : (scaled(self, beta) + scaled(sparse_matmul(a, b), alpha)).expand(shape);
  Tensor c = make_tensor(shape, a.scalar_type());
  const bool row = shape.size() == 2 && self.numel() == shape[1] && (self.dim() == 1 || (self.dim() == 2 && self.size(0) == 1)) && self.is_contiguous();
  if (row && beta.equal(1) && alpha.equal(1) && is_floating_type(a.scalar_type()) && c.numel() > 0) {
    const Tensor x = gemm_ready(a), y = gemm_ready(b);
    const MatrixLayout lx = matrix_layout(x), ly = matrix_layout(y);
    kernels::cpu::gemm_bias_act(a.scalar_type(), lx.trans, ly.trans, shape[0], shape[1], a.size(1), typed<char>(x), lx.ld, typed<char>(y), ly.ld, typed<char>(self),
                                kernels::cpu::Activation::none, typed<char>(c), shape[1]);
    return c;
  }
  if (!beta.equal(0)) raw_copy(c, self);
  raw_matmul(c, a, b, beta, alpha);
  return c;
}
auto add_product_rule(const Tensor& a, const Tensor& b, const Scalar& beta, const Scalar& alpha) {
  return [ca = column_major(a), cb = column_major(b), beta = beta.conj(), alpha = alpha.conj()](Backward& bw) {
    if (bw.needs(0)) bw.grad(0, scaled(bw.g(), beta));
    if (bw.needs(1)) bw.grad(1, scaled(grad_left(bw.g(), bw.in(2), ca), alpha));
    if (bw.needs(2)) bw.grad(2, scaled(grad_right(bw.g(), bw.in(1), cb), alpha));
  };
}
Tensor add_product(const char* node, const Tensor& self, const Tensor& a, const Tensor& b, IntArrayRef shape, const Scalar& beta, const Scalar& alpha) {
  check_scalars(a.scalar_type(), beta, alpha);
  return record(node, {self, a, b}, Uses().grad(1, in(2)).grad(2, in(1)), [&] { return add_product_kernel(self, a, b, shape, beta, alpha); },
                add_product_rule(a, b, beta, alpha));
}
Tensor& add_product_(const char* node, const Tensor& self, const Tensor& a, const Tensor& b, IntArrayRef shape, const Scalar& beta, const Scalar& alpha) {
  check_scalars(a.scalar_type(), beta, alpha);
  WICK_CHECK(self.sizes() == shape, node, ": in-place form: the tensor has shape ", self.sizes(), ", the product ", shape);
  return record_inplace(node, self, {self, a, b}, Uses().grad(1, in(2)).grad(2, in(1)),
                        [&] {
                          const bool apart = !self.is_alias_of(a) && !self.is_alias_of(b);
                          if (self.is_contiguous() && apart && !any_sparse({a, b})) raw_matmul(self, a, b, beta, alpha);
                          else raw_copy(self, add_product_kernel(self, a, b, shape, beta, alpha));
                        },
                        add_product_rule(a, b, beta, alpha));
}

DimVec mm_shape(const Tensor& a, const Tensor& b) { return {a.size(0), b.size(1)}; }
DimVec bmm_shape(const Tensor& a, const Tensor& b) { return {a.size(0), a.size(1), b.size(2)}; }
void check_addmm(const Tensor& self, const Tensor& a, const Tensor& b) {
  check_defined("addmm", {self, a, b});
  WICK_CHECK(a.dim() == 2, "mat1 must be a matrix, got ", a.dim(), "-D tensor");
  WICK_CHECK(b.dim() == 2, "mat2 must be a matrix, got ", b.dim(), "-D tensor");
  check_mm(a, b);
  check_add("addmm", self, a, mm_shape(a, b));
}
void check_baddbmm(const Tensor& self, const Tensor& a, const Tensor& b) {
  check_defined("baddbmm", {self, a, b});
  check_bmm(a, b);
  check_add("baddbmm", self, a, bmm_shape(a, b));
}
// The batch folded into the inner dimension: the sum over the batch is one product.
std::pair<Tensor, Tensor> fold_batch(const Tensor& a, const Tensor& b) {
  check_defined("addbmm", {a, b});
  check_bmm(a, b);
  return {a.transpose(0, 1).reshape({a.size(1), a.size(0) * a.size(2)}), b.reshape({b.size(0) * b.size(1), b.size(2)})};
}
}  // namespace

// The general case behind matmul.
Tensor broadcast_product(const Tensor& a, const Tensor& b) {
  check_same_type(a, b);
  check_gemm_type(a.dim() == 2 && b.dim() == 2 ? "addmm_impl_cpu_" : "bmm", a.scalar_type());
  DimVec shape = broadcast_shape("matmul", a.sizes().slice(0, a.sizes().size() - 2), b.sizes().slice(0, b.sizes().size() - 2));
  shape.push_back(a.size(-2));
  shape.push_back(b.size(-1));
  return product("UnsafeViewBackward0", a, b, shape, a.scalar_type());
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor mm(const Tensor& self, const Tensor& mat2) {
  WICK_AUTOCAST(lower, mm, self, mat2);
  check_defined("mm", {self, mat2});
  check_mm(self, mat2);
  return product("MmBackward0", self, mat2, mm_shape(self, mat2), self.scalar_type());
}
Tensor mm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype) {
  WICK_AUTOCAST(lower, mm, self, mat2, out_dtype);
  check_defined("mm", {self, mat2});
  check_mm(self, mat2);
  check_out_dtype("mm", self.scalar_type(), out_dtype);
  return product("MmBackward0", self, mat2, mm_shape(self, mat2), out_dtype);
}
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2) { return out_from("mm", out, {self, mat2}, [&] { return mm(self, mat2); }); }
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype) {
  return out_from("mm", out, {self, mat2}, [&] { return mm(self, mat2, out_dtype); });
}

Tensor bmm(const Tensor& self, const Tensor& mat2) {
  WICK_AUTOCAST(lower, bmm, self, mat2);
  check_defined("bmm", {self, mat2});
  check_bmm(self, mat2);
  return product("BmmBackward0", self, mat2, bmm_shape(self, mat2), self.scalar_type());
}
Tensor bmm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype) {
  WICK_AUTOCAST(lower, bmm, self, mat2, out_dtype);
  check_defined("bmm", {self, mat2});
  check_bmm(self, mat2);
  check_out_dtype("bmm", self.scalar_type(), out_dtype);
  return product("BmmBackward0", self, mat2, bmm_shape(self, mat2), out_dtype);
}
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2) { return out_from("bmm", out, {self, mat2}, [&] { return bmm(self, mat2); }); }
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype) {
  return out_from("bmm", out, {self, mat2}, [&] { return bmm(self, mat2, out_dtype); });
}

Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta, const Scalar& alpha) {
  WICK_AUTOCAST(lower, addmm, self, mat1, mat2, beta, alpha);
  check_addmm(self, mat1, mat2);
  return add_product("AddmmBackward0", self, mat1, mat2, mm_shape(mat1, mat2), beta, alpha);
}
Tensor& Tensor::addmm_(const Tensor& mat1, const Tensor& mat2, const Scalar& beta, const Scalar& alpha) const {
  check_addmm(*this, mat1, mat2);
  return add_product_("AddmmBackward0", *this, mat1, mat2, mm_shape(mat1, mat2), beta, alpha);
}
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta, const Scalar& alpha) {
  return out_from("addmm", out, {self, mat1, mat2}, [&] { return addmm(self, mat1, mat2, beta, alpha); });
}
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta, const Scalar& alpha) {
  WICK_AUTOCAST(lower, addmm, self, mat1, mat2, out_dtype, beta, alpha);
  check_mm(mat1, mat2);
  check_out_dtype("addmm", mat1.scalar_type(), out_dtype);
  if (out_dtype == mat1.scalar_type()) return addmm(self, mat1, mat2, beta, alpha);
  const Tensor p = scaled(mm(mat1, mat2, out_dtype), alpha);
  return beta.equal(0) ? p : p + scaled(self.to(out_dtype), beta);
}
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta, const Scalar& alpha) {
  return out_from("addmm", out, {self, mat1, mat2}, [&] { return addmm(self, mat1, mat2, out_dtype, beta, alpha); });
}

Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) {
  WICK_AUTOCAST(lower, baddbmm, self, batch1, batch2, beta, alpha);
  check_baddbmm(self, batch1, batch2);
  return add_product("BaddbmmBackward0", self, batch1, batch2, bmm_shape(batch1, batch2), beta, alpha);
}
Tensor& Tensor::baddbmm_(const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) const {
  check_baddbmm(*this, batch1, batch2);
  return add_product_("BaddbmmBackward0", *this, batch1, batch2, bmm_shape(batch1, batch2), beta, alpha);
}
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) {
  return out_from("baddbmm", out, {self, batch1, batch2}, [&] { return baddbmm(self, batch1, batch2, beta, alpha); });
}
Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta, const Scalar& alpha) {
  WICK_AUTOCAST(lower, baddbmm, self, batch1, batch2, out_dtype, beta, alpha);
  check_bmm(batch1, batch2);
  check_out_dtype("baddbmm", batch1.scalar_type(), out_dtype);
  if (out_dtype == batch1.scalar_type()) return baddbmm(self, batch1, batch2, beta, alpha);
  const Tensor p = scaled(bmm(batch1, batch2, out_dtype), alpha);
  return beta.equal(0) ? p : p + scaled(self.to(out_dtype), beta);
}
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta, const Scalar& alpha) {
  return out_from("baddbmm", out, {self, batch1, batch2}, [&] { return baddbmm(self, batch1, batch2, out_dtype, beta, alpha); });
}

Tensor addbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) {
  WICK_AUTOCAST(lower, addbmm, self, batch1, batch2, beta, alpha);
  const auto [a, b] = fold_batch(batch1, batch2);
  return addmm(self, a, b, beta, alpha);
}
Tensor& Tensor::addbmm_(const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) const {
  const auto [a, b] = fold_batch(batch1, batch2);
  return addmm_(a, b, beta, alpha);
}
Tensor& addbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) {
  return out_from("addbmm", out, {self, batch1, batch2}, [&] { return addbmm(self, batch1, batch2, beta, alpha); });
}

}  // namespace wick::inline v1
