// Example: one sample, or one batch, of data with its target.
#pragma once

#include <wick/tensor.h>

namespace wick {
namespace data {
inline namespace v1 {

/// Data and target; `Example<Tensor, example::NoTarget>` (TensorExample) has data only and converts to it.
template <class Data = Tensor, class Target = Tensor>
struct Example {
  using DataType = Data;
  using TargetType = Target;
  Example() = default;
  Example(Data data, Target target) : data(std::move(data)), target(std::move(target)) {}
  Data data;
  Target target;
};

namespace example {
/// Stands for no target.
using NoTarget = void;
}

/// Data without a target.
template <class Data>
struct Example<Data, example::NoTarget> {
  using DataType = Data;
  using TargetType = example::NoTarget;
  Example() = default;
  Example(Data data) : data(std::move(data)) {}
  operator Data&() { return data; }
  operator const Data&() const { return data; }
  Data data;
};
using TensorExample = Example<Tensor, example::NoTarget>;

namespace detail {
// For handlers of exceptions: the one under way came from the example at this position of a batch of so many. Workers name it by that.
void failed_at(size_t position, size_t batch_size);
}  // namespace detail

}  // namespace v1
}  // namespace data
}  // namespace wick
