// Scaled dot-product attention: in float32 and narrower types, where weights are not dropped, by a kernel that never holds
// them all; by its definition in public ops otherwise, and for second derivatives.
#include <cmath>
#include <limits>

#include <wick/autograd.h>

#include "autograd/autocast.h"
#include "kernels/cpu/attention.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

void check(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, bool causal) {
  check_defined("scaled_dot_product_attention", {q, k, v});
  WICK_CHECK(q.scalar_type() == k.scalar_type() && q.scalar_type() == v.scalar_type(), "Expected query, key, and value to have the same dtype, but got query.dtype: ", q.scalar_type(),
             " key.dtype: ", k.scalar_type(), " and value.dtype: ", v.scalar_type(), " instead.");
  WICK_CHECK(q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2, "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: ", q.dim(), ", key.dim: ", k.dim(),
             " and value.dim: ", v.dim(), " instead.");
  if (!mask.defined()) return;
  WICK_CHECK(mask.scalar_type() == kBool || mask.scalar_type() == q.scalar_type() || mask.scalar_type() == kFloat,
             "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ", mask.scalar_type(), " and  query.dtype: ", q.scalar_type(), " instead.");
  WICK_CHECK(!causal, "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True");
}
// Softmax in which a row that sees nothing weighs nothing.
Tensor masked_softmax(const Tensor& scores) {
  const Tensor nothing = (scores == -std::numeric_limits<double>::infinity()).all(-1, true);
  return softmax(scores.masked_fill(nothing, 0), -1).masked_fill(nothing, 0);  // no nan on the way, for the gradient
}

Tensor by_definition(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& mask, double dropout_p, bool causal, double factor) {
  Tensor scores = wick::matmul(query * factor, key.mT());
  const double none = -std::numeric_limits<double>::infinity();
  if (causal) {
    const Tensor hidden = ones({query.size(-2), key.size(-2)}, kBool).tril().logical_not();
    scores = scores.masked_fill(hidden, none);
  } else if (mask.defined()) {
    scores = mask.scalar_type() == kBool ? scores.masked_fill(mask.logical_not(), none) : scores + mask.to(scores.scalar_type());
  }
  Tensor weights = mask.defined() ? masked_softmax(scores) : softmax(scores, -1);
  if (dropout_p > 0) weights = dropout(weights, dropout_p, true);
  return wick::matmul(weights, value);
}

bool fits(const Tensor& q, const Tensor& k, const Tensor& v, const Tensor& mask, double dropout_p) {
  if (dropout_p > 0 || q.dim() != 4 || (q.scalar_type() != kFloat && !is_reduced_floating_type(q.scalar_type())) || (mask.defined() && mask.requires_grad())) return false;
  if (q.numel() == 0 || k.numel() == 0 || v.size(-1) != q.size(-1) || k.size(-1) != q.size(-1) || v.size(-2) != k.size(-2)) return false;
  for (const Tensor* t : {&k, &v})
    if (t->dim() != 4 || t->size(0) != q.size(0) || t->size(1) != q.size(1)) return false;
  if (!mask.defined()) return true;
  if (mask.dim() > 4) return false;
  const IntArrayRef m = mask.sizes();
  const DimVec full{q.size(0), q.size(1), q.size(2), k.size(2)};
  for (size_t i = 0; i < m.size(); ++i)
    if (m[m.size() - 1 - i] != full[3 - i] && m[m.size() - 1 - i] != 1) return false;
  return true;
}

// A mask as numbers to add, seen as [batch, heads, queries, keys].
Tensor as_numbers(const Tensor& mask, IntArrayRef full) {
  if (!mask.defined()) return mask;
  const Tensor m = mask.scalar_type() == kBool ? wick::zeros(mask.sizes(), kFloat).masked_fill_(mask.logical_not(), -std::numeric_limits<double>::infinity()) : mask.detach().to(kFloat);
  return m.expand(full);
}
// What the kernel reads: float32, rows without gaps.
Tensor rows_of(const Tensor& t) { return t.scalar_type() == kFloat && (t.stride(-1) == 1 || t.size(-1) == 1) ? t : raw_contiguous(t, kFloat); }
kernels::cpu::HeadRows heads(const Tensor& t) { return {typed<float>(t), t.stride(0), t.stride(1), t.stride(2)}; }

struct Attention {
  bool causal;
  double factor;
  Tensor mask, lse;  // as numbers

  kernels::cpu::AttentionShape shape(const Tensor& q, const Tensor& k) const {
    kernels::cpu::AttentionShape s{q.size(0), q.size(1), q.size(2), k.size(2), q.size(3), static_cast<float>(factor), causal, nullptr, {}};
    if (mask.defined()) {
      s.mask = typed<float>(mask);
      for (int d = 0; d < 4; ++d) s.mask_strides[d] = mask.stride(d);
    }
    return s;
  }
  Tensor forward(const Tensor& q0, const Tensor& k0, const Tensor& v0) {
    GateScope off(kGradOff);
    const Tensor q = rows_of(q0), k = rows_of(k0), v = rows_of(v0), out = rows_of(wick::empty_like(q0, kFloat));
    lse = make_tensor({q.size(0), q.size(1), q.size(2)}, kFloat);
    kernels::cpu::attention_forward(shape(q, k), heads(q), heads(k), heads(v), heads(out), typed<float>(lse));
    return out.to(q0.scalar_type());
  }
  void operator()(Backward& b) const {
    if (recording_enabled()) {
      const Tensor q = b.in(0), k = b.in(1), v = b.in(2);
      // Aliases, so that a gradient does not flow on through an input that came from another one.
      const std::vector<Tensor> x{q.view_as(q), k.view_as(k), v.view_as(v)};
      const auto g = autograd::grad({by_definition(x[0], x[1], x[2], mask, 0, causal, factor)}, x, {b.g()}, true, true, true);
      for (int i = 0; i < 3; ++i)
        if (b.needs(i)) b.grad(i, g[static_cast<size_t>(i)]);
      return;
    }
    const Tensor q = rows_of(b.in(0)), k = rows_of(b.in(1)), v = rows_of(b.in(2)), out = rows_of(b.out(0)), g = rows_of(b.g());
    const Tensor gq = rows_of(wick::empty_like(q)), gk = rows_of(wick::empty_like(k)), gv = rows_of(wick::empty_like(v));
    kernels::cpu::attention_backward(shape(q, k), heads(q), heads(k), heads(v), heads(out), typed<float>(lse), heads(g), heads(gq), heads(gk), heads(gv));
    if (b.needs(0)) b.grad(0, gq);
    if (b.needs(1)) b.grad(1, gk);
    if (b.needs(2)) b.grad(2, gv);
  }
};

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key0, const Tensor& value0, const std::optional<Tensor>& attn_mask, double dropout_p, bool is_causal, std::optional<double> scale,
                                    bool enable_gqa) {
  WICK_AUTOCAST(lower, scaled_dot_product_attention, query, key0, value0, attn_mask, dropout_p, is_causal, scale, enable_gqa);
  const Tensor& mask = tensor_or_none(attn_mask);
  check(query, key0, value0, mask, is_causal);
  Tensor key = key0, value = value0;
  if (enable_gqa) {
    const int64_t heads = query.size(-3);
    WICK_CHECK(heads % key.size(-3) == 0 && heads % value.size(-3) == 0, "Number of heads in key and value must divide the number of heads in query, got ", heads, ", ", key.size(-3), " and ", value.size(-3));
    key = key.repeat_interleave(heads / key.size(-3), -3);
    value = value.repeat_interleave(heads / value.size(-3), -3);
  }
  if (query.dim() == 3 && key.dim() == 3 && value.dim() == 3) {  // one more dimension in front, for the kernel
    const std::optional<Tensor> seen = mask.defined() ? std::optional<Tensor>(mask.dim() == 3 ? mask.unsqueeze(0) : mask) : std::nullopt;
    return wick::scaled_dot_product_attention(query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0), seen, dropout_p, is_causal, scale).squeeze(0);
  }
  const double factor = scale.value_or(query.size(-1) > 0 ? 1 / std::sqrt(static_cast<double>(query.size(-1))) : 1);
  if (!fits(query, key, value, mask, dropout_p)) return by_definition(query, key, value, mask, dropout_p, is_causal, factor);
  const DimVec full{query.size(0), query.size(1), query.size(2), key.size(2)};
  auto keep = std::make_shared<Attention>(Attention{is_causal, factor, as_numbers(mask, full), {}});
  return record("ScaledDotProductFlashAttentionForCpuBackward0", {query, key, value}, in(0) | in(1) | in(2) | out(0), [&] { return keep->forward(query, key, value); },
                [keep](Backward& b) { (*keep)(b); });
}

}  // namespace wick::inline v1
