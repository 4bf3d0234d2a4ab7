// How a regular op of two tensors is written: its rule (what is saved, both derivatives) and its forms.
#pragma once

#include "ops/common.h"

namespace wick::ops {

// PyTorch names the node of `x * 2` apart from that of `x * y`.
#define WICK_NODE(Node, other) ((other).defined() && any_impl(other)->wrapped_number ? #Node "Backward1" : #Node "Backward0")

inline Tensor& binary_out(const Pointwise& k, Tensor& out, const Tensor& a, const Tensor& b, const Params& p, Promote promote) {
  autograd::check_out(k.name, out, {a, b});
  run_into(k, out, {a, b}, p, promote, true);
  any_impl(out)->bump_version();
  return out;
}

}  // namespace wick::ops

// In a derivative: the gradient and the saved arguments.
#define G b.g()
#define A b.in(0)
#define B b.in(1)

#define WICK_RULE(f, uses_, d0, d1)                    \
  namespace {                                          \
  struct f##_rule {                                    \
    static constexpr Uses uses = uses_;                \
    void operator()(Backward& b) const {               \
      if (b.needs(0)) b.grad(0, d0);                   \
      if (b.needs(1)) b.grad(1, d1);                   \
    }                                                  \
  };                                                   \
  }
// f and f_out
#define WICK_BINARY_FORMS(f, Node, promote)                                                                                           \
  Tensor f(const Tensor& self, const Tensor& other) {                                                                                \
    return record(WICK_NODE(Node, other), {self, other}, f##_rule::uses, [&] { return run(table::f, {self, other}, {}, Promote::promote); }, f##_rule()); \
  }                                                                                                                                   \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { return binary_out(table::f, out, self, other, {}, Promote::promote); }
// and the in-place method
#define WICK_BINARY_INPLACE(f, Node, promote, ...)                                                                                    \
  __VA_ARGS__ {                                                                                                                       \
    return record_inplace(WICK_NODE(Node, other), self, {self, other}, f##_rule::uses, [&] { run_into(table::f, self, {self, other}, {}, Promote::promote); }, f##_rule()); \
  }
#define WICK_BINARY(f, Node, promote)                                                                                                 \
  WICK_BINARY_FORMS(f, Node, promote)                                                                                                 \
  Tensor& Tensor::f##_(const Tensor& other) const {                                                                                  \
    const Tensor& self = *this;                                                                                                      \
    return record_inplace(WICK_NODE(Node, other), self, {self, other}, f##_rule::uses, [&] { run_into(table::f, self, {self, other}, {}, Promote::promote); }, f##_rule()); \
  }
// The forms with a number as second argument
#define WICK_BINARY_SCALAR(f)                                                                                                         \
  Tensor f(const Tensor& self, const Scalar& other) { return f(self, wrapped_scalar(other)); }                                       \
  Tensor& Tensor::f##_(const Scalar& other) const { return f##_(wrapped_scalar(other)); }                                            \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Scalar& other) { return f##_out(out, self, wrapped_scalar(other)); }
// Without a derivative: f, f_out and f_
#define WICK_BINARY_PLAIN_FORMS(f)                                                                                                    \
  Tensor f(const Tensor& self, const Tensor& other) { return run(table::f, {self, other}); }                                         \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { return binary_out(table::f, out, self, other, {}, Promote::same); }
#define WICK_BINARY_PLAIN(f)                                                                                                          \
  WICK_BINARY_PLAIN_FORMS(f)                                                                                                          \
  Tensor& Tensor::f##_(const Tensor& other) const {                                                                                  \
    return overwrite(#f "_", *this, [&] { run_into(table::f, *this, {*this, other}); });                                             \
  }
