// Generators under ATen's names.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/generator.h>

namespace c10::detail {
constexpr uint64_t default_rng_seed_val = 67280421310721ULL;
}
namespace at {
using c10::detail::default_rng_seed_val;

/// Names the kind of generator: `make_generator<CPUGeneratorImpl>(seed)`.
struct CPUGeneratorImpl {};
using ::wick::v1::make_generator;
template <class Impl>
Generator make_generator(uint64_t seed = default_rng_seed_val) { return ::wick::v1::make_generator(seed); }

namespace detail {
inline const Generator& getDefaultCPUGenerator() { return default_generator(); }
inline Generator createCPUGenerator(uint64_t seed = default_rng_seed_val) { return ::wick::v1::make_generator(seed); }
}  // namespace detail

}  // namespace at
