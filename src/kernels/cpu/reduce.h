// Reductions of a dense [outer, n, inner] array over its middle dimension. Raw pointers, no Tensor.
//
// Results are bit-identical for any number of threads: rows are cut into fixed chunks whose partial results are
// combined in a fixed order. Pointers need the element's own alignment only.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// What to compute. "Accumulator" is float for half, bfloat16 and float; double for double; int64 for integers and
// bool; complex<double> for both complex types.
enum class Reduction {
  sum, nansum, mean, prod,    // in the accumulator; nansum skips NaN; mean divides by n (n == 0: NaN; floating, complex)
  min, max,                   // real types and bool; NaN if any element is; n >= 1
  argmin, argmax,             // int64 result: the first index, NaN beats everything; n >= 1
  any, all, count_nonzero,    // x != 0, every type (NaN counts as nonzero)
  norm,                       // p-norm of |x|: p 0, 1, 2, inf, -inf or any other; floating and complex, real result
  logsumexp,                  // floating types; empty: -inf
};

// out[o * inner + i] = op over k of in[(o * n + k) * inner + i]. The result is converted to `out_type` once, at the
// end; any type the accumulator converts to will do (argmin, argmax, count_nonzero give int64, any and all bool,
// norm and logsumexp float or double). n == 0 gives the identity where there is one (sum 0, prod 1, all true,
// norm 0); the caller rejects it for the others. `p` is for norm only.
void reduce(Reduction op, ScalarType in_type, const void* in, ScalarType out_type, void* out, int64_t outer, int64_t n,
            int64_t inner, double p = 2);

// Minimum (or maximum) with the first index that has it; a NaN wins, the first one. Real types and bool; values have
// the input's type. n >= 1.
void min_max_index(bool largest, ScalarType type, const void* in, void* values, int64_t* indices, int64_t outer,
                   int64_t n, int64_t inner);

// Mean and sum of squared deviations M2 / divisor, its root if `root`: pass n - correction (not below 0) for the
// variance, 1 for M2 itself. Two passes over each row while it is in cache, with the rounding of the mean corrected.
// Floating types; `out_type` is the type of both results; `mean` may be null.
void var_mean(ScalarType in_type, const void* in, ScalarType out_type, void* var, void* mean, int64_t outer, int64_t n,
              int64_t inner, double divisor, bool root);

}  // namespace wick::kernels::cpu
