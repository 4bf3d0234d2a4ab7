// Scaled dot-product attention.
#include <cmath>
#include <limits>

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

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor scaled_dot_product_attention(const Tensor& query, const Tensor& key0, const Tensor& value0, const std::optional<Tensor>& attn_mask, double dropout_p, bool is_causal, std::optional<double> scale,
                                    bool enable_gqa) {
  const Tensor& mask = tensor_or_none(attn_mask);
  check(query, key0, value0, mask, is_causal);
  Tensor key = key0, value = value0;
  if (enable_gqa) {
    const int64_t heads = query.size(-3);
    WICK_CHECK(heads % key.size(-3) == 0 && heads % value.size(-3) == 0, "Number of heads in key and value must divide the number of heads in query, got ", heads, ", ", key.size(-3), " and ", value.size(-3));
    key = key.repeat_interleave(heads / key.size(-3), -3);
    value = value.repeat_interleave(heads / value.size(-3), -3);
  }
  const double factor = scale.value_or(query.size(-1) > 0 ? 1 / std::sqrt(static_cast<double>(query.size(-1))) : 1);
  Tensor scores = wick::matmul(query * factor, key.mT());
  const double none = -std::numeric_limits<double>::infinity();
  if (is_causal) {
    const Tensor hidden = ones({query.size(-2), key.size(-2)}, kBool).tril().logical_not();
    scores = scores.masked_fill(hidden, none);
  } else if (mask.defined()) {
    scores = mask.scalar_type() == kBool ? scores.masked_fill(mask.logical_not(), none) : scores + mask.to(scores.scalar_type());
  }
  Tensor weights = mask.defined() ? masked_softmax(scores) : softmax(scores, -1);
  if (dropout_p > 0) weights = dropout(weights, dropout_p, true);
  return wick::matmul(weights, value);
}

}  // namespace wick::inline v1
