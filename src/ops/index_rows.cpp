#include "ops/index_rows.h"

#include <cstring>

namespace wick::ops {

std::vector<int64_t> block_offsets(const DimVec& sizes, const DimVec& strides) {
  std::vector<int64_t> r{0};
  for (size_t d = 0; d < sizes.size(); ++d) {
    std::vector<int64_t> next;
    next.reserve(r.size() * static_cast<size_t>(std::max<int64_t>(sizes[d], 0)));
    for (int64_t base : r)
      for (int64_t k = 0; k < sizes[d]; ++k) next.push_back(base + k * strides[d]);
    r.swap(next);
  }
  return r;
}
bool is_dense(const DimVec& sizes, const DimVec& strides) {
  int64_t step = 1;
  for (size_t d = sizes.size(); d-- > 0;) {
    if (sizes[d] != 1 && strides[d] != step) return false;
    step *= sizes[d];
  }
  return true;
}

namespace {

// Calls row(o, k, offset) for each index in each `before` position. Parallel over whatever writes to different places.
template <class Row>
void for_rows(const Plan& p, int64_t row_length, bool writes_apart, Row row) {
  const std::vector<int64_t> outer = block_offsets(p.before, p.before_strides);
  const auto n = static_cast<int64_t>(p.offsets.size()), o = static_cast<int64_t>(outer.size());
  const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, row_length));
  auto body = [&](int64_t b, int64_t e) {
    for (int64_t k = b; k < e; ++k) row(k, outer[static_cast<size_t>(k / n)] + p.offsets[static_cast<size_t>(k % n)]);
  };
  if (n == 0 || o == 0) return;
  if (writes_apart) wick::parallel_for(0, o * n, grain, body);
  else wick::parallel_for(0, o, std::max<int64_t>(1, grain / n), [&](int64_t b, int64_t e) { body(b * n, e * n); });
}

}  // namespace

void gather_rows(const Plan& p, const Tensor& x, const Tensor& result) {
  if (impl(result)->numel == 0) return;
  by_size(x.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    const T* src = typed<T>(x);
    T* dst = typed<T>(result);
    const int64_t len = count(p.after);
    if (len == 1) {
      for_rows(p, 1, true, [&](int64_t k, int64_t at) { dst[k] = src[at]; });
    } else if (is_dense(p.after, p.after_strides)) {
      for_rows(p, len, true, [&](int64_t k, int64_t at) { std::memcpy(dst + k * len, src + at, static_cast<size_t>(len) * sizeof(T)); });
    } else {
      const std::vector<int64_t> inner = block_offsets(p.after, p.after_strides);
      for_rows(p, len, true, [&](int64_t k, int64_t at) {
        for (int64_t i = 0; i < len; ++i) dst[k * len + i] = src[at + inner[static_cast<size_t>(i)]];
      });
    }
  });
}

void scatter_rows(const Plan& p, const Tensor& x, const Tensor& values) {
  if (impl(values)->numel == 0) return;
  by_size(x.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    T* dst = typed<T>(x);
    const T* src = typed<T>(values);
    const int64_t len = count(p.after);
    if (is_dense(p.after, p.after_strides)) {
      for_rows(p, len, false, [&](int64_t k, int64_t at) { std::memcpy(dst + at, src + k * len, static_cast<size_t>(len) * sizeof(T)); });
    } else {
      const std::vector<int64_t> inner = block_offsets(p.after, p.after_strides);
      for_rows(p, len, false, [&](int64_t k, int64_t at) {
        for (int64_t i = 0; i < len; ++i) dst[at + inner[static_cast<size_t>(i)]] = src[k * len + i];
      });
    }
  });
}

// Columns of long rows are shared out among threads, so that the order of additions stays.
void add_rows(const Plan& p, const Tensor& x, const Tensor& values) {
  if (impl(values)->numel == 0) return;
  by_type(x.scalar_type(), [&](auto unit) {
    using T = decltype(unit);
    T* dst = typed<T>(x);
    const T* src = typed<T>(values);
    const int64_t len = count(p.after);
    const std::vector<int64_t> outer = block_offsets(p.before, p.before_strides);
    const bool dense = is_dense(p.after, p.after_strides);
    const std::vector<int64_t> inner = dense ? std::vector<int64_t>() : block_offsets(p.after, p.after_strides);
    const auto n = static_cast<int64_t>(p.offsets.size());
    for (size_t o = 0; o < outer.size(); ++o)
      wick::parallel_for(0, len, std::max<int64_t>(64, 32768 / std::max<int64_t>(n, 1)), [&](int64_t b, int64_t e) {
        for (int64_t k = 0; k < n; ++k) {
          T* to = dst + outer[o] + p.offsets[static_cast<size_t>(k)];
          const T* from = src + (static_cast<int64_t>(o) * n + k) * len;
          if (dense) for (int64_t i = b; i < e; ++i) to[i] = sum_of(to[i], from[i]);
          else for (int64_t i = b; i < e; ++i) { T& t = to[inner[static_cast<size_t>(i)]]; t = sum_of(t, from[i]); }
        }
      });
  });
}

Plan plan_along(const char* op, const Tensor& x, int64_t dim, const Tensor& index, Wrap wrap) {
  Plan p;
  const Tensor all = long_indices(index);
  const int64_t n = index.numel(), d = wrap_dim(dim, x.dim(), op);
  const int64_t size = x.dim() ? x.size(d) : 1, stride = x.dim() ? x.stride(d) : 0;
  for (int64_t k = 0; k < x.dim(); ++k) {
    if (k == d) continue;
    (k < d ? p.before : p.after).push_back(x.size(k));
    (k < d ? p.before_strides : p.after_strides).push_back(x.stride(k));
  }
  if (x.dim()) p.shape.push_back(n);
  p.offsets.resize(static_cast<size_t>(n));
  const int64_t* at = typed<int64_t>(all);
  for (int64_t k = 0; k < n; ++k) {
    const int64_t i = at[k];
    WICK_CHECK_TYPE(IndexError, i >= (wrap == Wrap::yes ? -size : 0) && i < size, op, "(): index ", i, " is out of bounds for dimension ", d, " with size ", size);
    p.offsets[static_cast<size_t>(k)] = (i < 0 ? i + size : i) * stride;
  }
  return p;
}

}  // namespace wick::ops
