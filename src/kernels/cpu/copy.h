// Copies between strided layouts, and fills. Elements are bytes here: sizes 1, 2, 4, 8 and 16, no conversion.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wick::kernels::cpu {

// dst[i . dst_strides] = src[i . src_strides] for every index i below `sizes`. ndim <= 16; strides count elements and
// may be zero (src: broadcast) or negative. The two must not overlap. 0 dimensions is one element. Dimensions are
// merged and reordered first, so any permutation of a contiguous layout runs as memcpy, and the rest as rows or as
// blocked transposes.
void copy_strided(size_t element_size, int ndim, const int64_t* sizes, void* dst, const int64_t* dst_strides,
                  const void* src, const int64_t* src_strides);

// memcpy by several threads, past the cache where the block is larger than it.
void copy_bytes(void* dst, const void* src, size_t bytes);

// n elements of `element_size` bytes, each a copy of *value.
void fill(size_t element_size, void* dst, int64_t n, const void* value);

}  // namespace wick::kernels::cpu
