// Rows of a table, summed, averaged or compared bag by bag.
#include <wick/core/parallel.h>
#include <wick/ops/nn_backward.h>
#include <wick/ops/sequence.h>

#include "kernels/cpu/sum_rows.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

enum Mode : int64_t { kSum, kMean, kMax };

struct Bags {
  Tensor indices, bag_of, weights;  // flat; weights may be undefined
  std::vector<int64_t> begin;       // of each bag, and the end of the last
  int64_t count() const { return static_cast<int64_t>(begin.size()) - 1; }
};

void check(const Tensor& weight, const Tensor& indices, const Tensor& offsets, int64_t mode, const Tensor& samples) {
  check_defined("embedding_bag", {weight, indices, offsets});
  WICK_CHECK_TYPE(ValueError, indices.dim() == 1 || indices.dim() == 2, "input has to be a 1D or 2D Tensor, but got Tensor of dimension ", indices.dim());
  WICK_CHECK_TYPE(ValueError, offsets.dim() == 1, "offsets has to be a 1D Tensor, but got Tensor of dimension ", offsets.dim());
  WICK_CHECK_TYPE(ValueError, weight.dim() == 2, "weight has to be a 2D Tensor, but got Tensor of dimension ", weight.dim());
  for (const Tensor* t : {&indices, &offsets})
    WICK_CHECK_TYPE(TypeError, t->scalar_type() == kLong || t->scalar_type() == kInt, "embedding_bag: expected indices and offsets to be Long or Int, got ", t->scalar_type());
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(weight.scalar_type()), "\"embedding_bag\" not implemented for '", weight.scalar_type(), "'");
  WICK_CHECK_TYPE(ValueError, mode >= kSum && mode <= kMax, "embedding_bag: mode must be 0 (sum), 1 (mean) or 2 (max), got ", mode);
  if (!samples.defined()) return;
  WICK_CHECK_TYPE(ValueError, mode == kSum, "embedding_bag: per_sample_weights was not null. per_sample_weights is only supported for mode='sum' (got mode=", mode, ")");
  WICK_CHECK_TYPE(TypeError, samples.scalar_type() == weight.scalar_type(), "expected weight and per_sample_weights to have the same type, got ", weight.scalar_type(), " and ", samples.scalar_type());
  WICK_CHECK_TYPE(ValueError, samples.dim() == indices.dim() && samples.numel() == indices.numel(), "expected per_sample_weights to have as many elements as the indices, got ", samples.sizes(), " and ",
                  indices.sizes());
}

Bags bags_of(const Tensor& weight, const Tensor& indices0, const Tensor& offsets0, const Tensor& samples, bool include_last) {
  Bags b;
  b.indices = raw_contiguous(indices0, kLong).view({-1});
  if (samples.defined()) b.weights = raw_contiguous(samples).view({-1});
  const int64_t n = b.indices.numel(), rows = weight.size(0);
  const Tensor offsets = raw_contiguous(offsets0, kLong);
  const int64_t *start = typed<int64_t>(offsets), *at = typed<int64_t>(b.indices);
  WICK_CHECK_TYPE(ValueError, !include_last || offsets.numel() >= 1, "include_last_offset: number of offset should be at least 1");
  b.begin.assign(start, start + offsets.numel());
  WICK_CHECK_TYPE(ValueError, b.begin.empty() || b.begin[0] == 0, "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. However, got ", b.begin[0]);
  WICK_CHECK_TYPE(ValueError, b.begin.empty() || b.begin.back() <= n, "offsets[-1] can not be greater than input's length ", n, " but got offsets[-1] of ", b.begin.back());
  if (include_last) b.begin.back() = n;  // the last bag takes what is left
  else b.begin.push_back(n);
  for (size_t i = 1; i < b.begin.size(); ++i) WICK_CHECK_TYPE(ValueError, b.begin[i - 1] <= b.begin[i], "embedding_bag: offsets must not decrease, got ", IntArrayRef(b.begin));
  for (int64_t i = 0; i < n; ++i) WICK_CHECK_TYPE(IndexError, at[i] >= 0 && at[i] < rows, "embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be ", at[i]);
  b.bag_of = make_tensor({n}, kLong);
  raw_fill(b.bag_of, 0);
  for (int64_t k = 0; k < b.count(); ++k)
    for (int64_t i = b.begin[static_cast<size_t>(k)]; i < b.begin[static_cast<size_t>(k) + 1]; ++i) typed<int64_t>(b.bag_of)[i] = k;
  return b;
}

// One bag after the other; counts and winners (for maxima) are noted.
template <class T, int64_t mode>
void join(const Bags& bags, const Tensor& table, int64_t padding, const Tensor& out, int64_t* sizes, int64_t* winners) {
  using A = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const int64_t dim = table.size(1), end = bags.begin.back();
  const T *rows = typed<T>(table), *scale = bags.weights.defined() ? typed<T>(bags.weights) : nullptr;
  const int64_t* at = typed<int64_t>(bags.indices);
  T* to = typed<T>(out);
  parallel_for(0, bags.count(), std::max<int64_t>(1, 16384 / std::max<int64_t>(dim, 1)), [&](int64_t first, int64_t last) {
    std::vector<A> space(static_cast<size_t>(dim));
    A* const sum = space.data();
    for (int64_t k = first; k < last; ++k) {
      if constexpr (std::is_same_v<T, float> && mode != kMax) {
        const int64_t begin = bags.begin[static_cast<size_t>(k)], n = bags.begin[static_cast<size_t>(k) + 1] - begin;
        sizes[k] = kernels::cpu::sum_rows_f32(rows, dim, at + begin, n, end - begin - n, scale ? scale + begin : nullptr, padding, to + k * dim);
        if (mode == kMean && sizes[k] > 0)
          for (int64_t d = 0; d < dim; ++d) to[k * dim + d] /= static_cast<float>(sizes[k]);
        continue;
      }
      std::fill_n(sum, dim, A(0));
      int64_t count = 0;
      for (int64_t i = bags.begin[static_cast<size_t>(k)]; i < bags.begin[static_cast<size_t>(k) + 1]; ++i) {
        if (at[i] == padding) continue;
        const T* row = rows + at[i] * dim;
        if constexpr (mode == kSum) {
          const A s = scale ? static_cast<A>(scale[i]) : A(1);
          for (int64_t d = 0; d < dim; ++d) sum[d] += s * static_cast<A>(row[d]);
        } else if constexpr (mode == kMean) {
          for (int64_t d = 0; d < dim; ++d) sum[d] = static_cast<A>(static_cast<T>(sum[d] + static_cast<A>(row[d])));
        } else {
          for (int64_t d = 0; d < dim; ++d) {
            const A x = static_cast<A>(row[d]);
            if (count == 0 || x > sum[d]) sum[d] = x, winners[k * dim + d] = at[i];
          }
        }
        ++count;
      }
      sizes[k] = count;
      const A divisor = mode == kMean && count > 0 ? static_cast<A>(count) : A(1);
      for (int64_t d = 0; d < dim; ++d) to[k * dim + d] = static_cast<T>(sum[d] / divisor);
    }
  });
}

// Where each index came from, without those that are padding or beyond the last bag.
struct Kept { Tensor indices, bag_of, place; };
Kept kept_of(const Bags& b, int64_t padding) {
  const int64_t end = b.begin.back();
  Tensor place = wick::arange(end, kLong), at = b.indices.slice(0, 0, end);
  if (padding >= 0) {
    place = (at != padding).nonzero().squeeze(1);
    at = at.index_select(0, place);
  }
  return {at, b.bag_of.index_select(0, place), place};
}

// The derivatives, in public ops.
void derive(Backward& bw, const Bags& bags, int64_t mode, int64_t padding, bool by_frequency, bool sparse, const Tensor& sizes, const Tensor& winners) {
  const Tensor g = bw.g_or_zeros(0);
  const int64_t rows = bw.shape(0)[0];
  if (mode == kMax) {
    if (!bw.needs(0)) return;
    const Tensor filled = (sizes > 0).unsqueeze(1).to(g.scalar_type());
    bw.grad(0, wick::zeros({rows, g.size(1)}, g.options().requires_grad(false)).scatter_add(0, winners, g * filled));
    return;
  }
  const Kept k = kept_of(bags, padding);
  Tensor each = g.index_select(0, k.bag_of);
  if (mode == kMean) each = each / sizes.clamp_min(1).index_select(0, k.bag_of).unsqueeze(1).to(g.scalar_type());
  if (bags.weights.defined() && bw.needs(1)) {
    const Tensor dots = (each * bw.in(0).index_select(0, k.indices)).sum(1);
    const IntArrayRef shape = bw.shape(1);
    bw.grad(1, wick::zeros({bags.indices.numel()}, dots.options().requires_grad(false)).index_copy(0, k.place, dots).reshape(shape));
  }
  if (!bw.needs(0)) return;
  if (bags.weights.defined()) each = each * bw.in(1).reshape({-1}).index_select(0, k.place).unsqueeze(1);
  if (sparse) return bw.grad(0, wick::embedding_backward(each, k.indices, rows, -1, by_frequency, true));
  if (by_frequency) {
    const Tensor often = wick::zeros({rows}, g.options().requires_grad(false)).index_add(0, k.indices, wick::ones({k.indices.numel()}, g.options().requires_grad(false)));
    each = each / often.index_select(0, k.indices).unsqueeze(1);
  }
  bw.grad(0, wick::zeros({rows, g.size(1)}, g.options().requires_grad(false)).index_add(0, k.indices, each));
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq, int64_t mode, bool sparse,
                                                         const std::optional<Tensor>& per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx) {
  WICK_CHECK_TYPE(ValueError, !sparse || mode != kMax, "embedding_bag: max mode does not support sparse weights");
  const Tensor samples = tensor_or_none(per_sample_weights);
  check(weight, indices, offsets, mode, samples);
  const int64_t rows = weight.size(0), dim = weight.size(1);
  WICK_CHECK_TYPE(IndexError, !padding_idx || (*padding_idx >= -rows && *padding_idx < rows), "padding_idx must be within the number of embeddings, -", rows, " through ", rows - 1, ", but got ",
                  padding_idx.value_or(0));
  const int64_t padding = !padding_idx ? -1 : *padding_idx < 0 ? *padding_idx + rows : *padding_idx;
  auto bags = std::make_shared<Bags>(bags_of(weight, indices, offsets, samples, include_last_offset));
  const Tensor sizes = make_tensor({bags->count()}, kLong), winners = make_tensor({mode == kMax ? bags->count() : 0, dim}, kLong);
  raw_fill(sizes, 0);
  raw_fill(winners, 0);
  const auto kernel = [&] {
    const Tensor table = raw_contiguous(weight), out = make_tensor({bags->count(), dim}, weight.scalar_type());
    const auto run = [&](auto zero) {
      using T = decltype(zero);
      const auto f = mode == kSum ? join<T, kSum> : mode == kMean ? join<T, kMean> : join<T, kMax>;
      f(*bags, table, padding, out, typed<int64_t>(sizes), typed<int64_t>(winners));
    };
    switch (weight.scalar_type()) {
      case kDouble: run(0.0); break;
      case kFloat: run(0.0f); break;
      case kHalf: run(Half()); break;
      default: run(BFloat16()); break;
    }
    return out;
  };
  const Tensor out = record("EmbeddingBagBackward0", {weight, samples}, Uses().grad(0, samples.defined() ? in(1) : 0).grad(1, in(0)), kernel,
                            [bags, mode, padding, scale_grad_by_freq, sparse, sizes, winners](Backward& b) { derive(b, *bags, mode, padding, scale_grad_by_freq, sparse, sizes, winners); });
  // What PyTorch's kernels note: the bags of the indices unless a fused sum did without, and sizes where they are needed.
  const bool fused = mode == kSum && weight.scalar_type() != kDouble && weight.stride(1) == 1 && padding < 0;
  const Tensor noted = mode == kSum && !weight.requires_grad() && !(samples.defined() && samples.requires_grad()) ? wick::zeros_like(sizes) : sizes;
  return {out, fused ? make_tensor({0}, kLong) : bags->bag_of, noted, mode == kMax ? winners : noted.clone()};
}
std::tuple<Tensor, Tensor, Tensor, Tensor> embedding_bag(const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq, int64_t mode, bool sparse,
                                                         const std::optional<Tensor>& per_sample_weights, bool include_last_offset) {
  return embedding_bag(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights, include_last_offset, std::nullopt);
}

}  // namespace wick::inline v1
