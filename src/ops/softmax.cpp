// Softmax and its logarithm.
#include "kernels/cpu/softmax.h"

#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

Tensor softmax_forward(const char* op, const Tensor& x, int64_t dim, std::optional<ScalarType> dtype, bool log) {
  const int64_t d = wrap_dim(dim, x.dim(), op);
  const ScalarType type = dtype.value_or(x.scalar_type());
  if (!is_floating_type(type)) throw NotImplementedError(str("\"", op, "_lastdim_kernel_impl\" not implemented for '", type, "'"));
  return record(log ? "LogSoftmaxBackward0" : "SoftmaxBackward0", {x}, out(), [&] {
    const Tensor v = raw_contiguous(x, type);
    Tensor r = make_tensor(x.sizes(), type);
    const Span s = span_of(x.sizes(), d);
    if (x.numel() > 0) kernels::cpu::softmax(type, impl(v)->data, impl(r)->data, s.outer, s.n, s.inner, log);
    return r;
  }, [=](Backward& b) {
    const Tensor g = b.g(), y = b.out();
    if (recording_enabled() && (g.requires_grad() || y.requires_grad())) {  // to be differentiated again
      b.grad(0, log ? g - y.exp() * g.sum(d, true) : y * (g - (y * g).sum(d, true)));
      return;
    }
    const Tensor dense = raw_contiguous(g, type);
    Tensor gx = make_tensor(y.sizes(), type);
    const Span s = span_of(y.sizes(), d);
    if (y.numel() > 0) kernels::cpu::softmax_backward(type, impl(dense)->data, impl(y)->data, impl(gx)->data, s.outer, s.n, s.inner, log);
    b.grad(0, gx);
  });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) { return softmax_forward("softmax", self, dim, dtype, false); }
Tensor& softmax_out(Tensor& out, const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) {
  return out_from("softmax", out, {self}, [&] { return wick::softmax(self, dim, dtype); });
}
Tensor log_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) { return softmax_forward("log_softmax", self, dim, dtype, true); }
Tensor& log_softmax_out(Tensor& out, const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) {
  return out_from("log_softmax", out, {self}, [&] { return wick::log_softmax(self, dim, dtype); });
}

}  // namespace wick::inline v1
