// All ops, under ATen's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <wick/ops.h>
