// torch::CustomClassHolder.
#pragma once

#include <c10/util/intrusive_ptr.h>
#include <torch/torch.h>
