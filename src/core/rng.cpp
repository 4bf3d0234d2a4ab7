#include "core/rng.h"

#include <cmath>
#include <random>

#include "core/rng_stream.h"

namespace wick {
inline namespace v1 {
namespace rng {
namespace {

uint32_t temper(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

// Replaces the block at hand by the next one.
void advance_block(std::array<uint32_t, kStateWords>& words) {
  uint32_t y[2 * kStateWords];
  std::memcpy(y, words.data(), sizeof words);
  simd::kernels().extend(y, kStateWords, 2 * kStateWords);
  std::memcpy(words.data(), y + kStateWords, sizeof words);
}

// PyTorch's packed state: the layout of a C struct from Torch 7, with two fields appended.
struct Packed {
  uint64_t seed;
  int32_t left, seeded;
  uint64_t next;
  uint64_t words[kStateWords];
  double normal_x, normal_y, normal_rho;  // only y is in use
  int32_t normal_valid, pad0;
  float float_normal;
  uint8_t float_normal_valid, pad1[3];
};
static_assert(sizeof(Packed) == kPackedBytes);

}  // namespace

GeneratorState& GeneratorState::operator=(const GeneratorState& o) {
  seed = o.seed;
  left = o.left;
  next = o.next;
  words = o.words;
  next_float_normal = o.next_float_normal;
  next_double_normal = o.next_double_normal;
  return *this;
}

void GeneratorState::reseed(uint64_t s) {
  seed = s;
  words[0] = static_cast<uint32_t>(s);
  for (uint32_t j = 1; j < kStateWords; ++j) words[j] = 1812433253u * (words[j - 1] ^ (words[j - 1] >> 30)) + j;
  left = 1;
  next = 0;
  next_float_normal.reset();
  next_double_normal.reset();
}

uint32_t GeneratorState::random() {
  if (--left == 0) {
    advance_block(words);
    left = kStateWords;
    next = 0;
  }
  return temper(words[next++]);
}

uint64_t GeneratorState::random64() {
  const uint64_t hi = random();
  return hi << 32 | random();
}

double GeneratorState::unit() { return static_cast<double>(random64() & ((1ull << 53) - 1)) * 0x1p-53; }

double GeneratorState::normal() {
  if (next_double_normal) {
    const double kept = *next_double_normal;
    next_double_normal.reset();
    return kept;
  }
  const double u1 = unit(), u2 = unit();
  const double r = std::sqrt(-2.0 * std::log1p(-u2)), theta = 2.0 * M_PI * u1;
  next_double_normal = r * std::sin(theta);
  return r * std::cos(theta);
}

std::array<uint8_t, kPackedBytes> pack_state(const GeneratorState& state) {
  Packed p{};
  p.seed = state.seed;
  p.left = state.left;
  p.seeded = 1;
  p.next = state.next;
  std::copy(state.words.begin(), state.words.end(), p.words);
  p.normal_valid = state.next_double_normal.has_value();
  p.normal_y = state.next_double_normal.value_or(0.0);
  p.float_normal_valid = state.next_float_normal.has_value();
  p.float_normal = state.next_float_normal.value_or(0.0f);
  std::array<uint8_t, kPackedBytes> bytes;
  std::memcpy(bytes.data(), &p, sizeof p);
  return bytes;
}

void unpack_state(GeneratorState& state, const uint8_t* bytes) {
  Packed p;
  std::memcpy(&p, bytes, sizeof p);
  // An unread block that reaches past the end of the words would be read out of bounds.
  const bool valid = p.seeded == 1 && p.left > 0 && p.left <= kStateWords && p.next <= kStateWords &&
                     (p.left == 1 || p.next + static_cast<uint64_t>(p.left) == kStateWords + 1);
  if (!valid)
    throw Error("set_state: not the state of a CPU generator: seeded=" + std::to_string(p.seeded) +
                ", left=" + std::to_string(p.left) + ", next=" + std::to_string(p.next) +
                " (want seeded=1 and next + left = 625)");
  state.seed = p.seed;
  state.left = p.left;
  state.next = static_cast<uint32_t>(p.next);
  for (int i = 0; i < kStateWords; ++i) state.words[i] = static_cast<uint32_t>(p.words[i]);
  state.next_double_normal.reset();
  state.next_float_normal.reset();
  if (p.normal_valid) state.next_double_normal = p.normal_y;
  if (p.float_normal_valid) state.next_float_normal = p.float_normal;
}

uint64_t nondeterministic_seed() {
  std::random_device device;
  const uint64_t hi = device();
  return (hi << 32 | device()) & ((1ull << 53) - 1);
}

namespace detail {

uint32_t* scratch(int64_t count) {
  thread_local std::unique_ptr<uint32_t[]> kept;
  thread_local int64_t size = 0;
  if (size < count) {
    kept.reset(new uint32_t[static_cast<size_t>(count)]);
    size = count;
  }
  return kept.get();
}

Window open_window(const GeneratorState& state, uint32_t* buffer, int64_t count) {
  std::memcpy(buffer, state.words.data(), sizeof state.words);
  const int64_t first = kStateWords - (state.left - 1), last = first + count;
  if (last > kStateWords) simd::kernels().extend(buffer, kStateWords, last);
  return {buffer, first, last, first};
}

Window next_window(const Window& previous, uint32_t* buffer, int64_t count) {
  // Source and target overlap when one buffer serves all windows.
  std::memmove(buffer, previous.base + previous.last - kStateWords, kStateWords * sizeof(uint32_t));
  simd::kernels().extend(buffer, kStateWords, kStateWords + count);
  return {buffer, kStateWords, kStateWords + count,
          (previous.phase + previous.last - previous.first) % kStateWords};
}

void close_window(GeneratorState& state, const Window& w) {
  // Words of the last block that are read, 1 … 624.
  const int64_t end = w.phase + (w.last - w.first), used = (end - 1) % kStateWords + 1;
  const int64_t start = w.last - used;
  simd::kernels().extend(w.base, w.last, start + kStateWords);
  std::memcpy(state.words.data(), w.base + start, sizeof state.words);
  state.next = static_cast<uint32_t>(used);
  state.left = static_cast<int32_t>(kStateWords + 1 - used);
}

void throw_dtype(const char* op, ScalarType dtype) {
  throw NotImplementedError(std::string(op) + ": not implemented for dtype " + dtype_name(dtype));
}

}  // namespace detail
}  // namespace rng
}  // namespace v1
}  // namespace wick
