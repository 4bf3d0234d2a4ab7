// Random number generators: PyTorch's CPU generator, number for number.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include <wick/core/device.h>

namespace wick {
inline namespace v1 {

class Tensor;
namespace rng { struct GeneratorState; }

/// A handle on a Mersenne-Twister stream (mt19937). Copies share the stream; `clone` forks it. The same
/// seed gives the numbers PyTorch gives on the CPU.
/// (https://pytorch.org/docs/stable/generated/torch.Generator.html)
class Generator {
 public:
  /// An undefined generator (ops then use the default one), or a new one.
  Generator() = default;
  explicit Generator(std::shared_ptr<rng::GeneratorState> state) : state_(std::move(state)) {}
  bool defined() const { return state_ != nullptr; }

  /// Seeding: `set_current_seed` restarts the stream; `seed` takes a seed from the system and returns it.
  void set_current_seed(uint64_t seed);
  uint64_t current_seed() const;
  uint64_t seed();

  /// The whole state as a tensor of 5,056 bytes, in PyTorch's format. Errors: wrong dtype, size or content.
  Tensor get_state() const;
  void set_state(const Tensor& state);

  /// A new generator in the same state.
  Generator clone() const;
  Device device() const { return Device(DeviceType::CPU); }
  /// Held by every op that draws; hold it to draw several values undisturbed.
  std::mutex& mutex() const;

  /// Whether both share one stream.
  bool operator==(const Generator& o) const { return state_ == o.state_; }
  bool operator!=(const Generator& o) const { return state_ != o.state_; }
  /// The stream itself; for implementations.
  rng::GeneratorState& state() const { return *state_; }

 private:
  std::shared_ptr<rng::GeneratorState> state_;
};

/// The generator ops use when none is given.
const Generator& default_generator();
/// A new CPU generator. The seed defaults to PyTorch's, 67280421310721.
Generator make_generator(uint64_t seed = 67280421310721ULL);
/// Seeds the default generator.
Generator manual_seed(uint64_t seed);
/// Seeds the default generator from the system and returns the seed.
uint64_t seed();
uint64_t initial_seed();

}  // namespace v1
}  // namespace wick
