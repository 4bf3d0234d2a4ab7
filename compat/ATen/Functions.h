// All ops, under ATen's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <wick/ops.h>
#include <wick/ops/extra.h>
#include <wick/ops/factories_positional.h>
#include <wick/ops/fft.h>
#include <wick/ops/linalg_factor.h>
#include <wick/ops/nn_backward.h>
#include <wick/ops/sequence.h>
#include <wick/ops/sparse.h>
#include <wick/ops/special.h>
#include <wick/ops/vision.h>
