// Datasets, samplers, transforms, loaders.
#pragma once

#include <torch/types.h>
#if __has_include(<wick/data.h>)
#include <wick/data.h>

namespace torch::data::transforms {

using ::wick::data::transforms::v1::BatchLambda;
using ::wick::data::transforms::v1::BatchTransform;
using ::wick::data::transforms::v1::Collate;
using ::wick::data::transforms::v1::Collation;
using ::wick::data::transforms::v1::Lambda;
using ::wick::data::transforms::v1::Normalize;
using ::wick::data::transforms::v1::TensorLambda;
using ::wick::data::transforms::v1::TensorTransform;
using ::wick::data::transforms::v1::Transform;

/// Joins a batch of examples into one; programs specialise it for examples of their own.
template <class T = Example<>>
struct Stack : ::wick::data::transforms::v1::Stack<T> {};

}  // namespace torch::data::transforms
#endif
