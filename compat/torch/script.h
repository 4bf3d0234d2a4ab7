// What TorchScript programs include. Wick has the tensors, modules and autograd behind it, and no TorchScript.
#pragma once

#include <torch/all.h>
