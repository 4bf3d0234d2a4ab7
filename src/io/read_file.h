// Files read whole.
#pragma once

#include <string>

#include <wick/tensor.h>

namespace wick::io {

// The bytes of a file as a uint8 tensor [n]. Errors name the path: it cannot be opened or read, is no regular file, became shorter meanwhile.
Tensor read_file(const std::string& path);

}  // namespace wick::io
