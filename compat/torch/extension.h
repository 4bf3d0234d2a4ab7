// What extensions include. The Python bindings are not part of Wick.
#pragma once

#include <torch/all.h>
