#include "core/rng_simd.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#endif

// Function-level targets rather than build flags: one object file serves every machine. O3 is for the
// vectoriser, whose limits at O2 leave these loops scalar; contraction is off so that variants agree.
#pragma GCC optimize("O3", "fp-contract=off", "no-trapping-math")

namespace wick {
inline namespace v1 {
namespace rng::simd {

#define WICK_RNG_TABLE                                                                        \
  constexpr Kernels table{extend,   temper_all,  uniform_f32, uniform_f64, join_u64, unit_f64, \
                          to_bfloat16, to_half, mod_u32, normal_f32};

namespace {
namespace base {
// Written with intrinsics where they exist: sqrtf in a loop keeps its errno branch and is not vectorised.
inline void sqrt_all(float* x, int n) {
#if defined(__x86_64__) && defined(__GNUC__)
  for (int i = 0; i < n; i += 4) _mm_storeu_ps(x + i, _mm_sqrt_ps(_mm_loadu_ps(x + i)));
#else
  for (int i = 0; i < n; ++i) x[i] = __builtin_sqrtf(x[i]);
#endif
}
#include "core/rng_lanes.inc"
WICK_RNG_TABLE
}  // namespace base
}  // namespace

#if defined(__x86_64__) && defined(__GNUC__)
#pragma GCC push_options
#pragma GCC target("avx2,fma,bmi2")
namespace {
namespace avx2 {
inline void sqrt_all(float* x, int n) {
  for (int i = 0; i < n; i += 8) _mm256_storeu_ps(x + i, _mm256_sqrt_ps(_mm256_loadu_ps(x + i)));
}
#include "core/rng_lanes.inc"
WICK_RNG_TABLE
}  // namespace avx2
}  // namespace
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi2,prefer-vector-width=512")
namespace {
namespace avx512 {
inline void sqrt_all(float* x, int n) {
  for (int i = 0; i < n; i += 8) _mm256_storeu_ps(x + i, _mm256_sqrt_ps(_mm256_loadu_ps(x + i)));
}
#include "core/rng_lanes.inc"
WICK_RNG_TABLE
}  // namespace avx512
}  // namespace
#pragma GCC pop_options
#endif

const Kernels& kernels() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const Kernels& best =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
          ? avx512::table
      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2::table
                                                                         : base::table;
  return best;
#else
  return base::table;
#endif
}

}  // namespace rng::simd
}  // namespace v1
}  // namespace wick
