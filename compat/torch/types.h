// Tensors and ops in namespace torch.
#pragma once

#include <ATen/ATen.h>
#include <wick/autograd.h>

#include <torch/detail/TensorDataContainer.h>
