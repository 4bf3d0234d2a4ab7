// CRC-32C, the checksum of event files' records.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wick::logging {

// By the processor's instruction and ISA-L where the machine has them, by tables otherwise (or when `tables_only`, for tests).
uint32_t crc32c(const void* data, size_t size, bool tables_only = false);
// As records keep it: turned and shifted, so that a checksum over data with checksums in it is no trivial one.
inline uint32_t masked_crc32c(const void* data, size_t size) {
  const uint32_t c = crc32c(data, size);
  return ((c >> 15) | (c << 17)) + 0xa282ead8u;
}

}  // namespace wick::logging
