// Rows of a table by number.
#include <cstring>

#include <wick/core/parallel.h>

#include <wick/ops/nn_backward.h>
#include <wick/ops/sequence.h>
#include <wick/ops/sparse.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

void check(const Tensor& weight, const Tensor& indices) {
  check_defined("embedding", {weight, indices});
  WICK_CHECK(weight.dim() == 2, "'weight' must be 2-D");
  WICK_CHECK(indices.scalar_type() == kLong || indices.scalar_type() == kInt, "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got ",
             indices.toString(), " instead (while checking arguments for embedding)");
}
DimVec result_shape(const Tensor& weight, const Tensor& indices) {
  DimVec s(indices.sizes());
  s.push_back(weight.size(1));
  return s;
}

Tensor lookup(const Tensor& weight0, const Tensor& indices) {
  const Tensor at = raw_contiguous(indices, kLong);
  const int64_t* p = typed<int64_t>(at);
  const int64_t n = at.numel(), rows = weight0.size(0);
  for (int64_t i = 0; i < n; ++i) WICK_CHECK_TYPE(IndexError, p[i] >= 0 && p[i] < rows, "index out of range in self");
  const bool even = weight0.stride(1) == 1 || weight0.size(1) <= 1;
  const Tensor weight = even ? weight0 : raw_contiguous(weight0);
  Tensor y = make_tensor(result_shape(weight, at), weight.scalar_type());
  const size_t item = weight.itemsize(), bytes = item * static_cast<size_t>(weight.size(1));
  const char* from = typed<char>(weight);
  char* to = typed<char>(y);
  const int64_t step = weight.stride(0) * static_cast<int64_t>(item);
  if (bytes == 0 || n == 0) return y;
  parallel_for(0, n, std::max<int64_t>(1, (1 << 17) / static_cast<int64_t>(bytes)), [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) std::memcpy(to + static_cast<size_t>(i) * bytes, from + p[i] * step, bytes);
  });
  return y;
}

// Adds rows of g to the rows of `to` they came from; every thread owns a range of rows, so that the order is fixed.
template <class T>
void scatter_rows(const Tensor& to, const Tensor& g, const Tensor& indices, int64_t padding, const Tensor& scale) {
  const int64_t rows = to.size(0), dim = to.size(1), n = indices.numel();
  const int64_t* at = typed<int64_t>(indices);
  const T* from = typed<T>(g);
  T* out = typed<T>(to);
  const double* factor = scale.defined() ? typed<double>(scale) : nullptr;
  const int threads = n * dim < 32768 ? 1 : get_num_threads();
  parallel_for(0, threads, 1, [&](int64_t b, int64_t e) {
    const int64_t first = rows * b / threads, last = rows * e / threads;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t r = at[i];
      if (r < first || r >= last || r == padding) continue;
      const T* x = from + i * dim;
      T* y = out + r * dim;
      if (factor) for (int64_t d = 0; d < dim; ++d) y[d] = static_cast<T>(y[d] + x[d] * static_cast<T>(factor[r]));
      else for (int64_t d = 0; d < dim; ++d) y[d] = static_cast<T>(y[d] + x[d]);
    }
  });
}
// 1 / how often each row is asked for.
Tensor inverse_counts(const Tensor& indices, int64_t rows) {
  Tensor counts = make_tensor({rows}, kDouble);
  raw_fill(counts, 0);
  double* c = typed<double>(counts);
  const int64_t* at = typed<int64_t>(indices);
  for (int64_t i = 0; i < indices.numel(); ++i) c[at[i]] += 1;
  for (int64_t r = 0; r < rows; ++r) c[r] = c[r] > 0 ? 1 / c[r] : 0;
  return counts;
}

Tensor table_gradient(const Tensor& g, const Tensor& indices, int64_t rows, int64_t padding, const Tensor& scale) {
  return record("EmbeddingDenseBackwardBackward0", {g}, {},
                [&] {
                  const Tensor gc = raw_contiguous(g);
                  Tensor gw = make_tensor({rows, g.size(-1)}, g.scalar_type());
                  raw_fill(gw, 0);
                  switch (g.scalar_type()) {
                    case kFloat: scatter_rows<float>(gw, gc, indices, padding, scale); break;
                    case kDouble: scatter_rows<double>(gw, gc, indices, padding, scale); break;
                    case kHalf: scatter_rows<Half>(gw, gc, indices, padding, scale); break;
                    case kBFloat16: scatter_rows<BFloat16>(gw, gc, indices, padding, scale); break;
                    case kComplexFloat: scatter_rows<std::complex<float>>(gw, gc, indices, padding, scale); break;
                    case kComplexDouble: scatter_rows<std::complex<double>>(gw, gc, indices, padding, scale); break;
                    default: throw NotImplementedError(str("\"embedding_backward\" not implemented for '", g.scalar_type(), "'"));
                  }
                  return gw;
                },
                [indices, padding, scale](Backward& b) {
                  Tensor r = wick::embedding(b.g(), indices);
                  if (padding >= 0) r = r.masked_fill((indices == padding).unsqueeze(-1), 0);
                  if (scale.defined()) r = r * scale.index_select(0, indices.reshape({-1})).reshape(indices.sizes()).unsqueeze(-1).to(r.scalar_type());
                  b.grad(0, r);
                });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor embedding(const Tensor& weight, const Tensor& indices, int64_t padding_idx, bool scale_grad_by_freq, bool sparse) {
  check(weight, indices);
  return record("EmbeddingBackward0", {weight, indices}, in(1), [&] { return lookup(weight, indices); },
                [padding_idx, scale_grad_by_freq, sparse](Backward& b) {
                  if (sparse) return b.grad(0, embedding_backward(b.g(), b.in(1), b.shape(0)[0], padding_idx, scale_grad_by_freq, true));
                  const Tensor at = raw_contiguous(b.in(1), kLong);
                  const int64_t rows = b.shape(0)[0];
                  b.grad(0, table_gradient(b.g(), at, rows, padding_idx, scale_grad_by_freq ? inverse_counts(at, rows) : Tensor()));
                });
}
Tensor& embedding_out(Tensor& out, const Tensor& weight, const Tensor& indices, int64_t padding_idx, bool scale_grad_by_freq, bool sparse) {
  return out_from("embedding", out, {weight, indices}, [&] { return embedding(weight, indices, padding_idx, scale_grad_by_freq, sparse); });
}

Tensor embedding_dense_backward(const Tensor& grad_output, const Tensor& indices, int64_t num_weights, int64_t padding_idx, bool scale_grad_by_freq) {
  check_defined("embedding_dense_backward", {grad_output, indices});
  const Tensor at = raw_contiguous(indices, kLong);
  const int64_t* p = typed<int64_t>(at);
  for (int64_t i = 0; i < at.numel(); ++i) WICK_CHECK_TYPE(IndexError, p[i] >= 0 && p[i] < num_weights, "embedding_dense_backward: index ", p[i], " is out of range for ", num_weights, " rows");
  return table_gradient(grad_output, at, num_weights, padding_idx, scale_grad_by_freq ? inverse_counts(at, num_weights) : Tensor());
}
Tensor& embedding_dense_backward_out(Tensor& out, const Tensor& grad_output, const Tensor& indices, int64_t num_weights, int64_t padding_idx, bool scale_grad_by_freq) {
  return out_from("embedding_dense_backward", out, {grad_output}, [&] { return embedding_dense_backward(grad_output, indices, num_weights, padding_idx, scale_grad_by_freq); });
}
Tensor embedding_backward(const Tensor& grad, const Tensor& indices, int64_t num_weights, int64_t padding_idx, bool scale_grad_by_freq, bool sparse) {
  if (!sparse) return embedding_dense_backward(grad, indices, num_weights, padding_idx, scale_grad_by_freq);
  check_defined("embedding_backward", {grad, indices});
  WICK_CHECK(!scale_grad_by_freq, "embedding_backward: scale_grad_by_freq not supported with sparse gradients");
  Tensor at = indices.reshape({-1}).to(kLong), rows = grad.reshape({-1, grad.size(-1)});
  if (padding_idx >= 0) {
    const Tensor kept = at.ne(padding_idx).nonzero().squeeze(1);
    at = at.index_select(0, kept);
    rows = rows.index_select(0, kept);
  }
  return _sparse_coo_tensor_unsafe(at.unsqueeze(0), rows, {num_weights, grad.size(-1)});
}

Tensor& embedding_renorm_(Tensor& self, const Tensor& indices, double max_norm, double norm_type) {
  check(self, indices);
  return overwrite("embedding_renorm_", self, [&] {
    const Tensor rows = std::get<0>(_unique2(indices.reshape({-1}).to(kLong)));
    const int64_t* p = typed<int64_t>(rows);
    for (int64_t i = 0; i < rows.numel(); ++i) WICK_CHECK_TYPE(IndexError, p[i] >= 0 && p[i] < self.size(0), "index out of range in self");
    const Tensor found = self.index_select(0, rows), norms = found.norm(norm_type, 1, true);
    self.index_copy_(0, rows, where(norms > max_norm, found * (max_norm / (norms + 1e-7)), found));
  });
}
Tensor embedding_renorm(const Tensor& self, const Tensor& indices, double max_norm, double norm_type) {
  Tensor r = self.clone();
  return embedding_renorm_(r, indices, max_norm, norm_type);
}
Tensor& embedding_renorm_out(Tensor& out, const Tensor& self, const Tensor& indices, double max_norm, double norm_type) {
  return out_from("embedding_renorm", out, {self}, [&] { return embedding_renorm(self, indices, max_norm, norm_type); });
}

}  // namespace wick::inline v1
