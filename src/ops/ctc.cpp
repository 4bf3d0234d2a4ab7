// The loss of alignments (connectionist temporal classification).
#include "autograd/autocast.h"
#include "kernels/cpu/ctc.h"

#include <limits>

#include <wick/ops/sequence.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

// The arguments checked and at rest; the kernel's view of them is made anew for each call.
struct CtcCase {
  Tensor targets;   // int64, contiguous
  std::vector<int64_t> starts, input_lengths, target_lengths;
  int64_t blank, width;
  bool zero_infinity;
};
kernels::cpu::Ctc kernel_case(const CtcCase& c, const Tensor& lp) {
  return {lp.scalar_type(), lp.size(0), lp.size(1), lp.size(2), c.width, c.blank, typed<int64_t>(c.targets), c.starts.data(), c.input_lengths.data(), c.target_lengths.data()};
}

CtcCase ctc_case(const Tensor& lp, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths, int64_t blank, bool zero_infinity) {
  check_defined("ctc_loss", {lp, targets});
  WICK_CHECK(lp.dim() == 3, "Expected 3-dimensional tensor, but got ", lp.dim(), "-dimensional tensor for log_probs (while checking arguments for ctc_loss)");
  WICK_CHECK(lp.numel() > 0, "log_probs tensor must not be empty");
  WICK_CHECK_TYPE(NotImplementedError, lp.scalar_type() == kFloat || lp.scalar_type() == kDouble, "\"ctc_loss_cpu\" not implemented for '", lp.scalar_type(), "'");
  WICK_CHECK(targets.dim() == 1 || targets.dim() == 2, "Expected 1 or 2-dimensional tensor, but got ", targets.dim(), "-dimensional tensor for targets (while checking arguments for ctc_loss)");
  const int64_t steps = lp.size(0), batch = lp.size(1), labels = lp.size(2);
  WICK_CHECK(blank >= 0 && blank < labels, "blank must be in label range: got ", blank, " for ", labels, " labels");
  WICK_CHECK(static_cast<int64_t>(input_lengths.size()) == batch, "input_lengths must be of size batch_size: got ", input_lengths.size(), " for ", batch);
  WICK_CHECK(static_cast<int64_t>(target_lengths.size()) == batch, "target_lengths must be of size batch_size: got ", target_lengths.size(), " for ", batch);
  CtcCase c{raw_contiguous(targets, kLong), {}, input_lengths.vec(), target_lengths.vec(), blank, 1, zero_infinity};
  int64_t longest = 0, total = 0;
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t n = target_lengths[static_cast<size_t>(b)], t = input_lengths[static_cast<size_t>(b)];
    WICK_CHECK(n >= 0, "Expected target_lengths to have value at least 0, but got value ", n, " (while checking arguments for ctc_loss)");
    WICK_CHECK(t >= 0, "Expected input_lengths to have value at least 0, but got value ", t, " (while checking arguments for ctc_loss)");
    WICK_CHECK(t <= steps, "Expected input_lengths to have value at most ", steps, ", but got value ", t, " (while checking arguments for ctc_loss)");
    c.starts.push_back(targets.dim() == 1 ? total : b * targets.size(1));
    total += n;
    longest = std::max(longest, n);
  }
  if (targets.dim() == 1) {
    WICK_CHECK(targets.size(0) == total, "Expected tensor to have size ", total, " at dimension 0, but got size ", targets.size(0), " for targets (while checking arguments for ctc_loss)");
  } else {
    WICK_CHECK(targets.size(0) == batch, "Expected tensor to have size ", batch, " at dimension 0, but got size ", targets.size(0), " for targets (while checking arguments for ctc_loss)");
    WICK_CHECK(targets.size(1) >= longest, "Expected tensor to have size at least ", longest, " at dimension 1, but got size ", targets.sizes(), " for targets (while checking arguments for ctc_loss)");
  }
  const int64_t* label = typed<int64_t>(c.targets);
  for (size_t b = 0; b < c.starts.size(); ++b)
    for (int64_t i = 0; i < c.target_lengths[b]; ++i) {
      const int64_t v = label[c.starts[b] + i];
      WICK_CHECK_TYPE(IndexError, v >= 0 && v < labels, "ctc_loss: target ", v, " is no label: there are ", labels);
    }
  c.width = 2 * longest + 1;
  return c;
}

Tensor ctc_gradient(const CtcCase& c, const Tensor& g, const Tensor& lp0, const Tensor& alpha, const Tensor& loss) {
  return record("CtcLossBackwardBackward0", {g, lp0}, {},
                [&] {
                  const Tensor gy = raw_contiguous(g), lp = raw_contiguous(lp0);
                  Tensor grad = make_tensor(lp.sizes(), lp.scalar_type());
                  kernels::cpu::ctc_backward(kernel_case(c, lp), typed<char>(gy), typed<char>(lp), typed<char>(alpha), typed<char>(loss), c.zero_infinity, typed<char>(grad));
                  return grad;
                },
                [](Backward&) { throw NotImplementedError("derivative for aten::_ctc_loss_backward is not implemented"); });
}

std::vector<int64_t> numbers(const char* name, const Tensor& t) {
  WICK_CHECK(is_integral_type(t.scalar_type(), false), name, " must be integral, got ", t.scalar_type());
  const Tensor n = raw_contiguous(t, kLong);
  return {typed<int64_t>(n), typed<int64_t>(n) + n.numel()};
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor, Tensor> _ctc_loss(const Tensor& log_probs, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths, int64_t blank, bool zero_infinity) {
  const CtcCase c = ctc_case(log_probs, targets, input_lengths, target_lengths, blank, zero_infinity);
  return record("CtcLossBackward0", {log_probs}, in(0) | out(0) | out(1),
                [&] {
                  const Tensor lp = raw_contiguous(log_probs);
                  Tensor loss = make_tensor({lp.size(1)}, lp.scalar_type()), alpha = make_tensor({lp.size(1), lp.size(0), c.width}, lp.scalar_type());
                  kernels::cpu::ctc_forward(kernel_case(c, lp), typed<char>(lp), typed<char>(alpha), typed<char>(loss));
                  return std::tuple<Tensor, Tensor>(loss, alpha);
                },
                [c](Backward& b) { b.grad(0, ctc_gradient(c, b.g_or_zeros(0), b.in(0), b.out(1), b.out(0))); });
}
std::tuple<Tensor, Tensor> _ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank, bool zero_infinity) {
  return _ctc_loss(log_probs, targets, numbers("input_lengths", input_lengths), numbers("target_lengths", target_lengths), blank, zero_infinity);
}

Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths, int64_t blank, int64_t reduction, bool zero_infinity) {
  WICK_AUTOCAST(full, ctc_loss, log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity);
  check_defined("ctc_loss", {log_probs, targets});
  const bool batched = log_probs.dim() == 3;
  Tensor losses = std::get<0>(_ctc_loss(batched ? log_probs : log_probs.unsqueeze(1), targets, input_lengths, target_lengths, blank, zero_infinity));
  if (zero_infinity) losses = where(losses == std::numeric_limits<double>::infinity(), zeros({}, losses.options()), losses);
  if (reduction == Reduction::Mean) return (losses / tensor(target_lengths).clamp_min(1).to(losses.scalar_type())).mean();
  if (reduction == Reduction::Sum) return losses.sum();
  return batched ? losses : losses.squeeze(0);
}
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank, int64_t reduction, bool zero_infinity) {
  WICK_AUTOCAST(full, ctc_loss, log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity);
  check_defined("ctc_loss", {log_probs, targets, input_lengths, target_lengths});
  return ctc_loss(log_probs, targets, numbers("input_lengths", input_lengths), numbers("target_lengths", target_lengths), blank, reduction, zero_infinity);
}

}  // namespace wick::inline v1
