// All ops, under ATen's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <wick/ops.h>
#include <wick/ops/nn_backward.h>
#include <wick/ops/sequence.h>
#include <wick/ops/vision.h>
