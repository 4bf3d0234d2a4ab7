// One of the names under which libtorch programs include what <torch/torch.h> holds.
#pragma once

#include <torch/torch.h>
