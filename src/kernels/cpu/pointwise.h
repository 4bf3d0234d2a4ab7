// The elementwise kernels that ops.def names: contiguous arrays of one compute type, any length.
#pragma once

#include <complex>
#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels {

// Numbers an op takes beside its tensors; which is which stands in ops.def.
struct Params {
  double d[4] = {};
  int64_t i[4] = {};
};

// out[k] = f(in[0][k], in[1][k], ...) for k < n. `out` may be one of the inputs exactly, never overlap otherwise.
// Pointers are aligned to the element only. Nothing is read or written beyond n elements.
using PointwiseFn = void (*)(int64_t n, void* out, const void* const* in, const Params& p);

// The kernels of one op by compute type; null where it has none.
struct Pointwise {
  const char* name;
  int arity;
  PointwiseFn f32, f64, i64, c128;
  bool boolean;  // the output is bool instead of the compute type
};

namespace cpu {
#define WICK_K(name, t) void name##_##t(int64_t n, void* out, const void* const* in, const Params& p);
#define WICK_K_F(name) WICK_K(name, f32) WICK_K(name, f64)
#define WICK_K_I(name) WICK_K(name, i64)
#define WICK_K_C(name) WICK_K(name, c128)
#define WICK_K_FI(name) WICK_K_F(name) WICK_K_I(name)
#define WICK_K_FC(name) WICK_K_F(name) WICK_K_C(name)
#define WICK_K_FIC(name) WICK_K_F(name) WICK_K_I(name) WICK_K_C(name)
#define UNARY(name, types, result) WICK_K_##types(name)
#define BINARY(name, types, result) WICK_K_##types(name)
#define TERNARY(name, types, result) WICK_K_##types(name)
#include "ops/ops.def"

#define WICK_T_F(name) name##_f32, name##_f64, nullptr, nullptr
#define WICK_T_I(name) nullptr, nullptr, name##_i64, nullptr
#define WICK_T_C(name) nullptr, nullptr, nullptr, name##_c128
#define WICK_T_FI(name) name##_f32, name##_f64, name##_i64, nullptr
#define WICK_T_FC(name) name##_f32, name##_f64, nullptr, name##_c128
#define WICK_T_FIC(name) name##_f32, name##_f64, name##_i64, name##_c128
#define WICK_R_same false
#define WICK_R_boolean true
namespace table {
#define UNARY(name, types, result) inline constexpr Pointwise name{#name, 1, WICK_T_##types(name), WICK_R_##result};
#define BINARY(name, types, result) inline constexpr Pointwise name{#name, 2, WICK_T_##types(name), WICK_R_##result};
#define TERNARY(name, types, result) inline constexpr Pointwise name{#name, 3, WICK_T_##types(name), WICK_R_##result};
#include "ops/ops.def"
}  // namespace table

// Converts n contiguous elements between any two element types, with C++'s casts (to bool: x != 0; complex to real
// drops the imaginary part; floating to integral truncates as x86 does, to uint8 by way of int64).
void convert(int64_t n, void* out, ScalarType out_type, const void* in, ScalarType in_type);

}  // namespace cpu
}  // namespace wick::kernels
