// The idx format of MNIST and its kin, plain or gzip-compressed.
#pragma once

#include <string>

#include <wick/tensor.h>

namespace wick {
namespace data {
inline namespace v1 {

/// The array in the idx file `path` (a `.gz` one is unpacked on the way): uint8, int8, int16, int32, float32
/// or float64, in the machine's byte order. Errors name the file, what was expected and what was found:
/// missing file, wrong magic number, more than 8 dimensions, sizes that overflow, too few or too many bytes.
/// (https://yann.lecun.com/exdb/mnist)
Tensor read_idx(const std::string& path);

}  // namespace v1
}  // namespace data
}  // namespace wick
