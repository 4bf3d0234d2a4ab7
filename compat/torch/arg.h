// TORCH_ARG: a fluent option.
#pragma once

#include <wick/nn/arg.h>

#define TORCH_ARG(T, name) WICK_ARG(T, name)
