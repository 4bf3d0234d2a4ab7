#include <wick/core/generator.h>

#include <utility>

#include "core/rng.h"
#include "core/thread_scope.h"

namespace wick {

static thread_local ThreadGenerator* of_this_thread = nullptr;

ThreadGenerator::ThreadGenerator(std::optional<uint64_t> seed) : seed_(seed) {
  if (seed_) outer_ = std::exchange(of_this_thread, this);
}
ThreadGenerator::~ThreadGenerator() {
  if (seed_) of_this_thread = outer_;
}
const Generator& ThreadGenerator::get() {
  if (!generator_.defined()) generator_ = make_generator(*seed_);
  return generator_;
}

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
  if (of_this_thread) return of_this_thread->get();
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
