// Optimizers in archives, and the macros with which optimizers outside of the library write and read their fields.
#pragma once

#include <ATen/core/ivalue.h>
#include <torch/serialize.h>
#include <wick/optim.h>

// A field of `self`, or all of an optimizer with options and states of the usual names.
#define _TORCH_OPTIM_SERIALIZE(name) torch::optim::serialize(archive, #name, self.name)
#define _TORCH_OPTIM_SERIALIZE_WITH_TEMPLATE_ARG(OptimizerName) torch::optim::serialize<OptimizerName##ParamState, OptimizerName##Options>(archive, self)

// A TORCH_ARG, as member functions `serialize` write it (undefined tensors are left out) and read it (if it is there).
#define _TORCH_OPTIM_SERIALIZE_TORCH_ARG(name)                                                    \
  {                                                                                               \
    const torch::IValue ivalue = torch::IValue(name());                                           \
    if (!ivalue.isTensor() || ivalue.toTensor().defined()) archive.write(#name, ivalue);          \
  }
#define _TORCH_OPTIM_SERIALIZE_TORCH_ARG_DEQUE(name) archive.write(#name, torch::IValue(torch::optim::deque_to_list(name())));
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG(T, name)                    \
  {                                                                    \
    torch::IValue ivalue;                                              \
    if (archive.try_read(#name, ivalue)) name(ivalue.to<T>());         \
  }
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_OPTIONAL(T, name)           \
  {                                                                    \
    torch::IValue ivalue;                                              \
    if (archive.try_read(#name, ivalue)) name(ivalue.toOptional<T>()); \
  }
#define _TORCH_OPTIM_DESERIALIZE_TORCH_ARG_DEQUE(T, name)                                                       \
  {                                                                                                             \
    torch::IValue ivalue;                                                                                       \
    if (archive.try_read(#name, ivalue)) name(torch::optim::list_to_deque(ivalue.to<c10::List<T::value_type>>())); \
  }
