// Modules, their options and functions.
#pragma once

#include <torch/arg.h>
#include <torch/autograd.h>
#include <torch/enum.h>
#include <wick/nn.h>

/// Makes `Name` the holder of `NameImpl`.
#define TORCH_MODULE_IMPL(Name, ImplType) WICK_MODULE_IMPL(Name, ImplType)
#define TORCH_MODULE(Name) WICK_MODULE(Name)
#define FORWARD_HAS_DEFAULT_ARGS(...) WICK_FORWARD_HAS_DEFAULT_ARGS(__VA_ARGS__)
