// Optimizers and learning-rate schedules.
#pragma once

#include <torch/arg.h>
#include <torch/types.h>
#include <torch/optim/serialize.h>
