// Batch normalisation over the batches of all processes.
#include "dist/sync_norm.h"

#include <wick/autograd/function.h>
#include <wick/core/str.h>
#include <wick/dist/process_group.h>
#include <wick/ops.h>

#include "nn/sync.h"

namespace wick::distributed {
namespace {

// The sum over all ranks; so is its gradient.
struct SumOfRanks : autograd::Function<SumOfRanks> {
  static Tensor forward(autograd::AutogradContext*, const Tensor& x) {
    Tensor sum = x.clone();
    all_reduce(sum);
    return sum;
  }
  static autograd::variable_list backward(autograd::AutogradContext*, autograd::variable_list g) {
    Tensor sum = g[0].clone();
    all_reduce(sum);
    return {sum};
  }
};

Tensor norm(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& running_mean, const Tensor& running_var, double momentum, double eps) {
  std::vector<int64_t> over, shape(static_cast<size_t>(input.dim()), 1);
  for (int64_t d = 0; d < input.dim(); ++d)
    if (d != 1) over.push_back(d);
  shape[1] = input.size(1);
  const Tensor x = input.to(promote_types(input.scalar_type(), kFloat));
  // Ranks may have batches of other sizes.
  Tensor count = wick::tensor(static_cast<double>(input.numel() / input.size(1))).to(kDouble);
  all_reduce(count);
  const double n = count.item<double>();
  WICK_CHECK_TYPE(ValueError, n > 1, "SyncBatchNorm: expected more than 1 value per channel when training, over all ranks");
  const Tensor mean = SumOfRanks::apply(x.sum(over)).div(n);
  const Tensor centred = x - mean.view(shape);
  const Tensor var = SumOfRanks::apply(centred.mul(centred).sum(over)).div(n);
  if (running_mean.defined()) {
    NoGradGuard off;
    running_mean.mul_(1 - momentum).add_(mean.detach().to(running_mean.scalar_type()), momentum);
    running_var.mul_(1 - momentum).add_(var.detach().mul(n / (n - 1)).to(running_var.scalar_type()), momentum);
  }
  Tensor y = centred * var.add(eps).rsqrt().view(shape);
  if (weight.defined()) y = y * weight.view(shape);
  if (bias.defined()) y = y + bias.view(shape);
  return y.to(input.scalar_type());
}

}  // namespace

void use_sync_norm(bool on) { nn::detail::sync_norm = on ? norm : nullptr; }

}  // namespace wick::distributed
