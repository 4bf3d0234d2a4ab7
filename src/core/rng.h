// Random numbers: PyTorch's CPU generator and its fills, number for number, on raw contiguous buffers.
//
// No function here takes the generator's mutex: an op locks `GeneratorState::mutex` around all it draws, so
// that one op's numbers are consecutive. Results do not depend on the number of threads. All arguments are
// checked before the first draw: after a throw, generator and buffers are unchanged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>

#include <wick/core/dtype.h>

namespace wick {
inline namespace v1 {
namespace rng {

/// Words in the state of mt19937.
constexpr int kStateWords = 624;
/// Bytes of a packed state, PyTorch's format.
constexpr size_t kPackedBytes = 5056;

/// The stream behind a Generator: mt19937 and the normals kept for the next call.
struct GeneratorState {
  /// The seed's low 32 bits start the twister; the whole is remembered.
  explicit GeneratorState(uint64_t seed) { reseed(seed); }
  /// A copy in the same state, with a mutex of its own.
  GeneratorState(const GeneratorState& o) { *this = o; }
  GeneratorState& operator=(const GeneratorState& o);

  /// Starts the stream of `seed`.
  void reseed(uint64_t seed);
  /// The next 32 or 64 bits (the first word is the high half), or double in [0, 1).
  uint32_t random();
  uint64_t random64();
  double unit();
  /// The next standard normal in double: of a pair, the sine is kept for the next call.
  double normal();

  std::mutex mutex;
  uint64_t seed = 0;
  // PyTorch's counters, since they stand in packed states: the next word is words[next], and left - 1 words
  // are unread.
  int32_t left = 1;
  uint32_t next = 0;
  std::array<uint32_t, kStateWords> words{};
  std::optional<float> next_float_normal;
  std::optional<double> next_double_normal;
};

/// The state in the bytes of `torch.get_rng_state()`, and back. Errors: bytes that are no state.
std::array<uint8_t, kPackedBytes> pack_state(const GeneratorState& state);
void unpack_state(GeneratorState& state, const uint8_t* bytes);

/// A seed from the system: 53 bits, which a double holds exactly.
uint64_t nondeterministic_seed();

/// uniform_: values of [from, to). Floating and complex types.
void uniform(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double from, double to);

/// normal_ on a contiguous tensor. Floating and complex types (whose parts get std / sqrt 2).
void normal(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std);
/// normal_ on a tensor that is not contiguous, in iteration order: another sequence from 16 elements up.
void normal_strided(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std);

/// random_(from, to): integers of [from, to); without `to`, from `from` up to the type's largest. Bool,
/// integral and floating types; a floating type shifts bounds that it cannot hold.
void random_from_to(GeneratorState& state, ScalarType dtype, void* out, int64_t n, int64_t from,
                    std::optional<int64_t> to);
/// random_(): [0, largest] of an integral type, [0, 2^mantissa] of a floating one.
void random_full(GeneratorState& state, ScalarType dtype, void* out, int64_t n);
/// random_(INT64_MIN, None): all 64-bit integers. Long, Double, Float and BFloat16.
void random_full_64(GeneratorState& state, ScalarType dtype, void* out, int64_t n);

/// bernoulli_(p): 0 or 1 in any real type; dropout's mask is bernoulli(1 - p) in the input's type.
void bernoulli(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double p);
/// bernoulli_(p) with a probability per element; `p` has the floating type `p_dtype`.
void bernoulli_tensor(GeneratorState& state, ScalarType dtype, void* out, ScalarType p_dtype, const void* p,
                      int64_t n);

/// A random permutation of 0 … n-1. Integral and floating types.
void randperm(GeneratorState& state, ScalarType dtype, void* out, int64_t n);

/// exponential_, cauchy_ and log_normal_ in floating types; geometric_ in all real types but bool.
void exponential(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double lambda);
void cauchy(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double median, double sigma);
void log_normal(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std);
void geometric(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double p);

/// multinomial: `samples` column numbers for each row of `probs`, a contiguous [rows, cols] matrix.
void multinomial(GeneratorState& state, ScalarType dtype, const void* probs, int64_t rows, int64_t cols,
                 int64_t samples, bool replacement, int64_t* out);

/// Samplers by parameter tensors of the output's type: Float or Double, and for poisson Half and BFloat16.
void poisson(GeneratorState& state, ScalarType dtype, const void* rate, void* out, int64_t n);
void binomial(GeneratorState& state, ScalarType dtype, const void* count, const void* prob, void* out, int64_t n);
void standard_gamma(GeneratorState& state, ScalarType dtype, const void* alpha, void* out, int64_t n);
/// Dirichlet samples, one for each row of `alpha`.
void dirichlet(GeneratorState& state, ScalarType dtype, const void* alpha, void* out, int64_t rows, int64_t cols);

}  // namespace rng
}  // namespace v1
}  // namespace wick
