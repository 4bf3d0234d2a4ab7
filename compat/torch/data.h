// Datasets, samplers, transforms, loaders.
#pragma once

#include <torch/types.h>
#if __has_include(<wick/data.h>)
#include <wick/data.h>

#include <torch/data/detail/data_shuttle.h>
#include <torch/data/detail/sequencers.h>

namespace torch::data::detail {
// Programs of libtorch compare the texts of workers' errors: the number of the example is in WorkerException::index only.
inline const bool plain_errors = ::wick::data::detail::say_only_what_workers_said();
}  // namespace torch::data::detail

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
