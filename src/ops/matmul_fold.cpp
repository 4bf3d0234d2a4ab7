// matmul and linear, and products with vectors.
#include <algorithm>

#include "autograd/autocast.h"
#include "ops/matmul.h"
#include "ops/sparse.h"

namespace wick::ops {
Tensor broadcast_product(const Tensor& a, const Tensor& b);

namespace {

void check_dot(const char* op, const Tensor& a, const Tensor& b) {
  check_defined(op, {a, b});
  WICK_CHECK(a.dim() == 1 && b.dim() == 1, "1D tensors expected, but got ", a.dim(), "D and ", b.dim(), "D tensors");
  WICK_CHECK(a.scalar_type() == b.scalar_type(), op, " : expected both vectors to have same dtype, but found ", a.scalar_type(), " and ", b.scalar_type());
  WICK_CHECK(a.numel() == b.numel(), "inconsistent tensor size, expected tensor ", a.sizes(), " and src ", b.sizes(), " to have the same number of elements, but got ", a.numel(), " and ",
             b.numel(), " elements respectively");
  WICK_CHECK_TYPE(NotImplementedError, a.scalar_type() != kBool, "\"", op, "\" not implemented for 'Bool'");
}
Tensor dot_kernel(const Tensor& a, const Tensor& b) {
  Tensor r = make_tensor({}, a.scalar_type());
  const Tensor x = raw_contiguous(a), y = raw_contiguous(b);
  const int64_t k = x.numel();
  kernels::cpu::gemm(a.scalar_type(), false, true, 1, 1, k, 1, typed<char>(x), std::max<int64_t>(k, 1), typed<char>(y), std::max<int64_t>(k, 1), 0, typed<char>(r), 1);
  return r;
}

void check_mv(const Tensor& mat, const Tensor& vec) {
  WICK_CHECK(mat.dim() == 2 && vec.dim() == 1, "vector + matrix @ vector expected, got 1, ", mat.dim(), ", ", vec.dim());
  WICK_CHECK(mat.size(1) == vec.size(0), "size mismatch, got input (", mat.size(0), "), mat (", mat.size(0), "x", mat.size(1), "), vec (", vec.size(0), ")");
  WICK_CHECK(mat.scalar_type() == vec.scalar_type(), "expected scalar type ", mat.scalar_type(), " but found ", vec.scalar_type());
  WICK_CHECK_TYPE(NotImplementedError, mat.scalar_type() != kBool, "\"addmv_impl_cpu\" not implemented for 'Bool'");
}
Tensor as_column(const Tensor& v) { return make_alias(v, {v.size(0), 1}, {v.stride(0), 1}, v.storage_offset()); }
void mv_kernel(const Tensor& y, const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) {
  raw_matmul(as_column(y), mat, as_column(vec), beta, alpha);
}

// A linear layer on rows, one call: x w^T + bias.
Tensor linear_kernel(const Tensor& x, const Tensor& w, const Tensor& bias) {
  const int64_t k = w.size(1), n = w.size(0);
  DimVec shape(x.sizes());
  shape.back() = n;
  Tensor y = make_tensor(shape, x.scalar_type());
  const ScalarType t = x.scalar_type();
  if (y.numel() == 0) return y;
  if (k == 0 || !is_floating_type(t)) {
    Tensor rows = make_alias(y, {y.numel() / n, n}, {n, 1}, 0);
    raw_matmul(rows, raw_contiguous(x).reshape({-1, k}), w.t());
    if (bias.defined()) y.add_(bias);
    return y;
  }
  const bool flat = x.dim() == 2 && matrix_layout(x).fits;
  const Tensor a = flat ? x : raw_contiguous(x), b = gemm_ready(w), c = bias.defined() ? raw_contiguous(bias) : bias;
  const MatrixLayout la = flat ? matrix_layout(a) : MatrixLayout{true, false, k}, lb = matrix_layout(b);
  kernels::cpu::gemm_bias_act(t, la.trans, !lb.trans, y.numel() / n, n, k, typed<char>(a), la.ld, typed<char>(b), lb.ld, c.defined() ? typed<char>(c) : nullptr,
                              kernels::cpu::Activation::none, typed<char>(y), n);
  return y;
}
void check_linear(const Tensor& x, const Tensor& w, const Tensor& bias) {
  check_defined("linear", {x, w});
  WICK_CHECK(w.dim() == 2, "linear: the weight must be a matrix, got shape ", w.sizes());
  WICK_CHECK(x.dim() >= 1, "both arguments to linear need to be at least 1D, but they are ", x.dim(), "D and ", w.dim(), "D");
  int64_t rows = 1;
  for (int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.size(d);
  WICK_CHECK(x.size(-1) == w.size(1), "mat1 and mat2 shapes cannot be multiplied (", rows, "x", x.size(-1), " and ", w.size(1), "x", w.size(0), ")");
  WICK_CHECK(x.scalar_type() == w.scalar_type(), "mat1 and mat2 must have the same dtype, but got ", x.scalar_type(), " and ",
             w.scalar_type());
  WICK_CHECK_TYPE(NotImplementedError, x.scalar_type() != kBool, "\"addmm_impl_cpu_\" not implemented for 'Bool'");
  if (!bias.defined()) return;
  WICK_CHECK(bias.scalar_type() == x.scalar_type(), "self and mat2 must have the same dtype, but got ", bias.scalar_type(), " and ", x.scalar_type());
}
const char* linear_node(const Tensor& x, const Tensor& bias) {
  if (x.dim() == 2) return bias.defined() ? "AddmmBackward0" : "MmBackward0";
  return bias.defined() ? "ViewBackward0" : "UnsafeViewBackward0";
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor dot(const Tensor& self, const Tensor& tensor) {
  check_dot("dot", self, tensor);
  return record("DotBackward0", {self, tensor}, Uses().grad(0, in(1)).grad(1, in(0)), [&] { return dot_kernel(self, tensor); },
                [](Backward& b) {
                  if (b.needs(0)) b.grad(0, b.g() * b.in(1).conj());
                  if (b.needs(1)) b.grad(1, b.g() * b.in(0).conj());
                });
}
Tensor& dot_out(Tensor& out, const Tensor& self, const Tensor& tensor) { return out_from("dot", out, {self, tensor}, [&] { return dot(self, tensor); }); }

Tensor vdot(const Tensor& self, const Tensor& other) {
  check_dot("vdot", self, other);
  return dot(self.conj(), other);
}
Tensor& vdot_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("vdot", out, {self, other}, [&] { return vdot(self, other); }); }

Tensor mv(const Tensor& self, const Tensor& vec) {
  check_defined("mv", {self, vec});
  check_mv(self, vec);
  return record("MvBackward0", {self, vec}, Uses().grad(0, in(1)).grad(1, in(0)),
                [&] {
                  if (is_sparse(self)) return sparse_matmul(self, vec.unsqueeze(1)).squeeze(1);
                  Tensor y = make_tensor({self.size(0)}, self.scalar_type());
                  mv_kernel(y, self, vec, 0, 1);
                  return y;
                },
                [](Backward& b) {
                  if (b.needs(0)) b.grad(0, b.g().outer(b.in(1).conj()));
                  if (b.needs(1)) b.grad(1, b.in(0).conj().t().mv(b.g()));
                });
}
Tensor& mv_out(Tensor& out, const Tensor& self, const Tensor& vec) { return out_from("mv", out, {self, vec}, [&] { return mv(self, vec); }); }

Tensor addmv(const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) {
  check_defined("addmv", {self, mat, vec});
  check_mv(mat, vec);
  const int64_t n = mat.size(0);
  WICK_CHECK(self.dim() == 0 || (self.dim() == 1 && (self.size(0) == n || self.size(0) == 1)), "size mismatch, got input (", self.dim() ? self.size(0) : 1, "), mat (", n, "x", mat.size(1),
             "), vec (", vec.size(0), ")");
  WICK_CHECK(self.scalar_type() == mat.scalar_type(), "expected scalar type ", self.scalar_type(), " but found ", mat.scalar_type());
  return record("AddmvBackward0", {self, mat, vec}, Uses().grad(1, in(2)).grad(2, in(1)),
                [&] {
                  Tensor y = make_tensor({n}, mat.scalar_type());
                  if (!beta.equal(0)) raw_copy(y, self);
                  mv_kernel(y, mat, vec, beta, alpha);
                  return y;
                },
                [alpha, beta](Backward& b) {
                  if (b.needs(0)) b.grad(0, scaled(b.g(), beta.conj()));
                  if (b.needs(1)) b.grad(1, scaled(b.g().outer(b.in(2).conj()), alpha.conj()));
                  if (b.needs(2)) b.grad(2, scaled(b.in(1).conj().t().mv(b.g()), alpha.conj()));
                });
}
Tensor& addmv_(Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) {
  check_defined("addmv_", {self, mat, vec});
  check_mv(mat, vec);
  WICK_CHECK(self.dim() == 1 && self.size(0) == mat.size(0), "size mismatch, got input ", self.sizes(), ", mat (", mat.size(0), "x", mat.size(1), "), vec (", vec.size(0), ")");
  WICK_CHECK(self.scalar_type() == mat.scalar_type(), "expected scalar type ", self.scalar_type(), " but found ", mat.scalar_type());
  return record_inplace("AddmvBackward0", self, {self, mat, vec}, Uses().grad(1, in(2)).grad(2, in(1)),
                        [&] { raw_copy(self, addmv(self, mat, vec, beta, alpha)); },
                        [alpha, beta](Backward& b) {
                          if (b.needs(0)) b.grad(0, scaled(b.g(), beta.conj()));
                          if (b.needs(1)) b.grad(1, scaled(b.g().outer(b.in(2).conj()), alpha.conj()));
                          if (b.needs(2)) b.grad(2, scaled(b.in(1).conj().t().mv(b.g()), alpha.conj()));
                        });
}
Tensor& Tensor::addmv_(const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) const {
  return wick::addmv_(const_cast<Tensor&>(*this), mat, vec, beta, alpha);
}
Tensor& addmv_out(Tensor& out, const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) {
  return out_from("addmv", out, {self, mat, vec}, [&] { return addmv(self, mat, vec, beta, alpha); });
}

Tensor outer(const Tensor& self, const Tensor& vec2) {
  check_defined("outer", {self, vec2});
  WICK_CHECK(self.dim() == 1, "outer: Expected 1-D argument self, but got ", self.dim(), "-D");
  WICK_CHECK(vec2.dim() == 1, "outer: Expected 1-D argument vec2, but got ", vec2.dim(), "-D");
  return self.reshape({self.size(0), 1}) * vec2;
}
Tensor& outer_out(Tensor& out, const Tensor& self, const Tensor& vec2) { return out_from("outer", out, {self, vec2}, [&] { return outer(self, vec2); }); }
Tensor ger(const Tensor& self, const Tensor& vec2) { return outer(self, vec2); }
Tensor& ger_out(Tensor& out, const Tensor& self, const Tensor& vec2) { return outer_out(out, self, vec2); }

Tensor addr(const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta, const Scalar& alpha) {
  check_defined("addr", {self, vec1, vec2});
  WICK_CHECK(vec1.dim() == 1 && vec2.dim() == 1, "addr: Expected 1-D argument vec1 and vec2, but got ", vec1.dim(), "-D and ", vec2.dim(), "-D");
  const DimVec shape = {vec1.size(0), vec2.size(0)};
  (void)broadcast_shape("addr", self.sizes(), shape);
  const Tensor p = outer(vec1, vec2);
  if (p.scalar_type() == kBool && self.scalar_type() == kBool) {
    const Tensor q = alpha.equal(0) ? zeros_like(p) : p;
    return beta.equal(0) ? q : q.logical_or(self);
  }
  const Tensor q = scaled(p, alpha);
  return beta.equal(0) ? q.to(result_type_of({self, vec1, vec2})) : scaled(self, beta) + q;
}
Tensor& Tensor::addr_(const Tensor& vec1, const Tensor& vec2, const Scalar& beta, const Scalar& alpha) const {
  Tensor r = wick::addr(*this, vec1, vec2, beta, alpha);
  WICK_CHECK(r.sizes() == sizes(), "addr_: the tensor has shape ", sizes(), ", the result ", r.sizes());
  return const_cast<Tensor&>(copy_(r));
}
Tensor& addr_out(Tensor& out, const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta, const Scalar& alpha) {
  return out_from("addr", out, {self, vec1, vec2}, [&] { return addr(self, vec1, vec2, beta, alpha); });
}

Tensor matmul(const Tensor& self, const Tensor& other) {
  WICK_AUTOCAST(lower, matmul, self, other);
  check_defined("matmul", {self, other});
  const int64_t da = self.dim(), db = other.dim();
  WICK_CHECK(da >= 1 && db >= 1, "both arguments to matmul need to be at least 1D, but they are ", da, "D and ", db, "D");
  if (da == 2 && db == 2) return mm(self, other);
  if (da == 1 && db == 1) return dot(self, other);
  if (da == 2 && db == 1) return mv(self, other);
  if (da == 1 && db == 2) return mm(self.unsqueeze(0), other).squeeze(0);
  if (da == 1) return matmul(self.unsqueeze(0), other).squeeze(-2);
  if (db == 1) {
    WICK_CHECK(self.size(-1) == other.size(0), "matmul: inner dimensions differ: ", self.sizes(), " @ ", other.sizes(), " (", self.size(-1), " vs ", other.size(0), ")");
    return broadcast_product(self, other.unsqueeze(1)).squeeze(-1);
  }
  if (self.size(-1) != other.size(-2)) {
    if (db == 2) {  // told as for the folded matrices
      int64_t rows = 1;
      for (int64_t d = 0; d + 1 < da; ++d) rows *= self.size(d);
      throw Error(str("mat1 and mat2 shapes cannot be multiplied (", rows, "x", self.size(-1), " and ", other.size(0), "x", other.size(1), ")"));
    }
    throw Error(str("matmul: inner dimensions differ: ", self.sizes(), " @ ", other.sizes(), " (", self.size(-1), " vs ", other.size(-2), ")"));
  }
  return broadcast_product(self, other);
}
Tensor& matmul_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("matmul", out, {self, other}, [&] { return matmul(self, other); }); }
Tensor linalg_matmul(const Tensor& self, const Tensor& other) { return matmul(self, other); }
Tensor& linalg_matmul_out(Tensor& out, const Tensor& self, const Tensor& other) { return matmul_out(out, self, other); }

Tensor linear(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias_opt) {
  WICK_AUTOCAST(lower, linear, input, weight, bias_opt);
  const Tensor& bias = tensor_or_none(bias_opt);
  if (weight.defined() && weight.dim() == 1 && input.defined()) {
    const Tensor y = matmul(input, weight);
    return bias.defined() ? y + bias : y;
  }
  check_linear(input, weight, bias);
  if (bias.defined() && !(bias.dim() == 1 && bias.size(0) == weight.size(0))) {
    const Tensor y = linear(input, weight);
    WICK_CHECK(IntArrayRef(broadcast_shape("linear", bias.sizes(), y.sizes())) == y.sizes(), "The expanded size of the tensor (", weight.size(0), ") must match the existing size (", bias.sizes(),
               ") of the bias of linear");
    return y + bias;
  }
  return record(linear_node(input, bias), {input, weight, bias}, Uses().grad(0, in(1)).grad(1, in(0)), [&] { return linear_kernel(input, weight, bias); },
                [](Backward& b) {
                  const Tensor& g = b.g();
                  const int64_t n = g.size(-1);
                  if (b.needs(0)) b.grad(0, wick::matmul(g, b.in(1).conj()));
                  const Tensor rows = g.dim() == 2 ? g : g.reshape({-1, n});
                  if (b.needs(1)) {
                    const Tensor x = b.in(0);
                    b.grad(1, rows.t().mm((x.dim() == 2 ? x : x.reshape({-1, x.size(-1)})).conj()));
                  }
                  if (b.needs(2)) b.grad(2, rows.sum(0));
                });
}
Tensor& linear_out(Tensor& out, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias) {
  return out_from("linear", out, {input, weight, tensor_or_none(bias)}, [&] { return linear(input, weight, bias); });
}

Tensor inner(const Tensor& self, const Tensor& other) {
  check_defined("inner", {self, other});
  if (self.dim() == 0 || other.dim() == 0) return self * other;
  WICK_CHECK(self.size(-1) == other.size(-1), "inner() the last dimension must match on both input tensors but got shapes ", self.sizes(), " and ", other.sizes());
  return tensordot(self, other, -1, -1);
}
Tensor& inner_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("inner", out, {self, other}, [&] { return inner(self, other); }); }

Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const std::optional<Tensor>& bias_opt) {
  const Tensor& bias = tensor_or_none(bias_opt);
  check_defined("bilinear", {input1, input2, weight});
  WICK_CHECK(input1.dim() == input2.dim(), "bilinear(): input dimensions do not match: got ", input1.dim(), " and ", input2.dim());
  for (int64_t i = 0; i + 1 < input1.dim(); ++i)
    WICK_CHECK(input1.size(i) == input2.size(i), "bilinear(): input batch dimensions do not match at dim ", i, ": got ", input1.size(i), " and ", input2.size(i));
  WICK_CHECK(weight.dim() == 3, "bilinear(): weight must be three-dimensional, got shape ", weight.sizes());
  WICK_CHECK(input1.size(-1) == weight.size(1), "bilinear(): input1 size does not match weight size: got ", input1.size(-1), " but expected ", weight.size(1));
  WICK_CHECK(input2.size(-1) == weight.size(2), "bilinear(): input2 size does not match weight size: got ", input2.size(-1), " but expected ", weight.size(2));
  WICK_CHECK(!bias.defined() || bias.size(0) == weight.size(0), "bilinear(): bias size does not match weight size: got ", bias.defined() ? bias.size(0) : 0, " but expected ", weight.size(0));
  DimVec shape(input1.sizes());
  shape.back() = weight.size(0);
  const Tensor x = input1.reshape({-1, input1.size(-1)}), y = input2.reshape({-1, input2.size(-1)});
  // (rows, 1, in1) @ (out, in1, in2) -> (out, rows, in2), then the second operand row by row.
  const Tensor xw = matmul(x, weight);
  const Tensor r = (xw * y).sum(-1).t().reshape(shape);
  return bias.defined() ? r + bias : r;
}

}  // namespace wick::inline v1
