// Named choices that options take: torch::kMean, torch::kReflect, ...
#pragma once

#include <c10/util/Exception.h>
#include <wick/nn/enum.h>
