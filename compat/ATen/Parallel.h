// One of the names under which libtorch programs include what <torch/types.h> holds.
#pragma once

#include <torch/types.h>
