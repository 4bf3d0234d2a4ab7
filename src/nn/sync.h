// What SyncBatchNorm asks of wick::dist, which stands above this room: the normalisation over the batches of all processes. Null in a single process.
#pragma once

#include <atomic>

#include <wick/tensor.h>

namespace wick::nn::inline v1::detail {

using SyncNorm = Tensor(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& running_mean, const Tensor& running_var, double momentum, double eps);
extern std::atomic<SyncNorm*> sync_norm;

}  // namespace wick::nn::inline v1::detail
