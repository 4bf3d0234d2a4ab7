// Tensor and what it is made of, under ATen's names.
#pragma once

#include <c10/core/ScalarType.h>
#include <c10/util/MaybeOwned.h>
#include <c10/util/Optional.h>
#include <c10/util/SmallVector.h>
#include <wick/tensor.h>

namespace at {
using ITensorListRef = TensorList;
}  // namespace at
