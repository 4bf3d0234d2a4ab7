// Scaled dot-product attention in f32, block by block: the matrix of weights never exists as a whole.
#pragma once

#include <cstdint>

namespace wick::kernels::cpu {

// [batch, heads, rows, width], the last dimension contiguous.
struct HeadRows {
  float* data;
  int64_t batch, head, row;  // strides
  float* at(int64_t b, int64_t h, int64_t t = 0) const { return data + b * batch + h * head + t * row; }
};

struct AttentionShape {
  int64_t batch, heads, tq, tk, d;  // queries and keys of width d, as are the values
  float scale;
  bool causal;                      // query i sees keys 0 to i
  const float* mask;                // added to the scaled products, or null
  int64_t mask_strides[4];          // batch, head, query, key
};

// lse [batch, heads, tq] receives the logarithm of each row's sum of exponentials; -inf where a row sees nothing, whose result is 0.
void attention_forward(const AttentionShape& s, HeadRows q, HeadRows k, HeadRows v, HeadRows out, float* lse);

// Gradients from that of the result. Each gradient is overwritten.
void attention_backward(const AttentionShape& s, HeadRows q, HeadRows k, HeadRows v, HeadRows out, const float* lse, HeadRows g, HeadRows gq,
                        HeadRows gk, HeadRows gv);

}  // namespace wick::kernels::cpu
