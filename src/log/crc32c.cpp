#include "log/crc32c.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "io/shared_library.h"

namespace wick::logging {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // Castagnoli's, reflected

// tables[k][b]: what byte b does to the sum when k more bytes follow.
struct Tables {
  std::array<std::array<uint32_t, 256>, 8> t;
  Tables() {
    for (uint32_t b = 0; b < 256; ++b) {
      uint32_t c = b;
      for (int i = 0; i < 8; ++i) c = (c >> 1) ^ (c & 1 ? kPolynomial : 0);
      t[0][b] = c;
    }
    for (size_t k = 1; k < 8; ++k)
      for (uint32_t b = 0; b < 256; ++b) t[k][b] = (t[k - 1][b] >> 8) ^ t[0][t[k - 1][b] & 255];
  }
};

uint32_t by_tables(uint32_t c, const uint8_t* p, size_t n) {
  static const Tables tables;
  const auto& t = tables.t;
  for (; n >= 8; n -= 8, p += 8) {
    uint32_t low, high;
    std::memcpy(&low, p, 4);
    std::memcpy(&high, p + 4, 4);
    low ^= c;
    c = t[7][low & 255] ^ t[6][low >> 8 & 255] ^ t[5][low >> 16 & 255] ^ t[4][low >> 24] ^ t[3][high & 255] ^ t[2][high >> 8 & 255] ^ t[1][high >> 16 & 255] ^ t[0][high >> 24];
  }
  for (; n > 0; --n, ++p) c = (c >> 8) ^ t[0][(c ^ *p) & 255];
  return c;
}

// Short ones by the processor's instruction, 8 bytes at a time: a call of ISA-L takes longer.
constexpr size_t kShort = 256;
#ifdef __x86_64__
__attribute__((target("sse4.2"))) uint32_t by_instruction(uint32_t c, const uint8_t* p, size_t n) {
  uint64_t wide = c, word;
  for (; n >= 8; n -= 8, p += 8) {
    std::memcpy(&word, p, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  c = static_cast<uint32_t>(wide);
  for (; n > 0; --n, ++p) c = __builtin_ia32_crc32qi(c, *p);
  return c;
}
bool has_instruction() { return __builtin_cpu_supports("sse4.2"); }
#else
uint32_t by_instruction(uint32_t c, const uint8_t* p, size_t n) { return by_tables(c, p, n); }
bool has_instruction() { return false; }
#endif

using Function = unsigned(unsigned char*, int, unsigned);
Function* find_isal() {
  Function* f = nullptr;
  if (void* library = io::load_library("libisal.so.2")) io::find_symbol(library, "crc32_iscsi", f);
  return f;
}

}  // namespace

uint32_t crc32c(const void* data, size_t size, bool tables_only) {
  static const bool instruction = has_instruction();
  auto* p = static_cast<uint8_t*>(const_cast<void*>(data));
  uint32_t c = ~0u;
  if (instruction && size < kShort && !tables_only) return ~by_instruction(c, p, size);
  static Function* const isal = find_isal();
  if (!isal || tables_only) return ~by_tables(c, p, size);
  while (size > 0) {
    const size_t n = std::min<size_t>(size, 1 << 30);
    c = isal(p, static_cast<int>(n), c);
    p += n;
    size -= n;
  }
  return ~c;
}

}  // namespace wick::logging
