#include <wick/core/generator.h>

#include "core/rng.h"

namespace wick {
inline namespace v1 {

void Generator::set_current_seed(uint64_t seed) { state_->reseed(seed); }

uint64_t Generator::current_seed() const { return state_->seed; }

uint64_t Generator::seed() {
  const uint64_t s = rng::nondeterministic_seed();
  set_current_seed(s);
  return s;
}

Generator Generator::clone() const { return Generator(std::make_shared<rng::GeneratorState>(*state_)); }

std::mutex& Generator::mutex() const { return state_->mutex; }

const Generator& default_generator() {
  // Never destroyed: static destructors elsewhere may still draw.
  static const Generator& g = *new Generator(make_generator(rng::nondeterministic_seed()));
  return g;
}

Generator make_generator(uint64_t seed) { return Generator(std::make_shared<rng::GeneratorState>(seed)); }

Generator manual_seed(uint64_t seed) {
  Generator g = default_generator();
  std::lock_guard lock(g.mutex());
  g.set_current_seed(seed);
  return g;
}

uint64_t seed() {
  Generator g = default_generator();
  std::lock_guard lock(g.mutex());
  return g.seed();
}

uint64_t initial_seed() { return default_generator().current_seed(); }

}  // namespace v1
}  // namespace wick
