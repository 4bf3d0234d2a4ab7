// Conversion between any two element types.
//
// Every source is first widened, block by block, to one of three types that hold it exactly (int64 for integers and
// bool, float for float, half and bfloat16, double), then narrowed: 12 + 36 small loops instead of 144. A complex
// source is its real part for that, except where the imaginary one counts. The frequent pairs have vector code.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/convert.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/pointwise.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
using namespace hwy::HWY_NAMESPACE;

// Runs f over whole vectors, then over the rest in a padded copy, so that values do not depend on their position.
template <class D, class Out, class In, class F>
HWY_INLINE void stream(D d, int64_t n, Out* out, const In* in, F f) {
  const int64_t lanes = static_cast<int64_t>(Lanes(d)), full = n / lanes * lanes, rest = n - full;
  for (int64_t k = 0; k < full; k += lanes) f(d, in + k, out + k);
  if (rest == 0) return;
  HWY_ALIGN In from[HWY_MAX_BYTES / 2] = {};
  HWY_ALIGN Out to[HWY_MAX_BYTES / 2];
  std::memcpy(from, in + full, static_cast<size_t>(rest) * sizeof(In));
  f(d, from, to);
  std::memcpy(out + full, to, static_cast<size_t>(rest) * sizeof(Out));
}

struct FromBFloat16 {
  template <class D>
  HWY_INLINE void operator()(D d, const uint16_t* in, float* out) const {
    const Rebind<uint16_t, D> d16;
    const Rebind<uint32_t, D> d32;
    StoreU(BitCast(d, ShiftLeft<16>(PromoteTo(d32, LoadU(d16, in)))), d, out);
  }
};
struct ToBFloat16 {
  template <class D>
  HWY_INLINE void operator()(D d, const float* in, uint16_t* out) const {
    const Rebind<uint16_t, D> d16;
    const Rebind<uint32_t, D> d32;
    const auto x = LoadU(d, in);
    const auto bits = BitCast(d32, x);
    // To nearest, ties to even; the carry may run into the exponent, up to infinity.
    const auto odd = And(ShiftRight<16>(bits), Set(d32, 1));
    const auto rounded = ShiftRight<16>(Add(bits, Add(odd, Set(d32, 0x7fff))));
    StoreU(TruncateTo(d16, IfThenElse(RebindMask(d32, IsNaN(x)), Set(d32, 0x7fc0), rounded)), d16, out);
  }
};
struct FromHalf {
  template <class D>
  HWY_INLINE void operator()(D d, const uint16_t* in, float* out) const {
    const Rebind<hwy::float16_t, D> d16;
    const Rebind<uint16_t, D> du;
    StoreU(PromoteTo(d, BitCast(d16, LoadU(du, in))), d, out);
  }
};
struct ToHalf {
  template <class D>
  HWY_INLINE void operator()(D d, const float* in, uint16_t* out) const {
    const Rebind<hwy::float16_t, D> d16;
    const Rebind<uint16_t, D> du;
    StoreU(BitCast(du, DemoteTo(d16, LoadU(d, in))), du, out);
  }
};
struct Widen {
  template <class D>
  HWY_INLINE void operator()(D d, const float* in, double* out) const {
    StoreU(PromoteTo(d, LoadU(Rebind<float, D>(), in)), d, out);
  }
};
struct Narrow {
  template <class D>
  [[maybe_unused]] HWY_INLINE void operator()(D d, const double* in, float* out) const {
    const Rebind<float, D> df;
    StoreU(DemoteTo(df, LoadU(d, in)), df, out);
  }
};
struct FromInt32 {
  template <class D>
  HWY_INLINE void operator()(D d, const int32_t* in, float* out) const {
    StoreU(ConvertTo(d, LoadU(Rebind<int32_t, D>(), in)), d, out);
  }
};

void bfloat16_to_float(int64_t n, float* out, const uint16_t* in) {
  stream(ScalableTag<float>(), n, out, in, FromBFloat16());
}
void float_to_bfloat16(int64_t n, uint16_t* out, const float* in) {
  stream(ScalableTag<float>(), n, out, in, ToBFloat16());
}
void half_to_float(int64_t n, float* out, const uint16_t* in) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128  // Highway's emulation is slow and flushes denormals
  for (int64_t k = 0; k < n; ++k) out[k] = detail::half_bits_to_float(in[k]);
#else
  stream(ScalableTag<float>(), n, out, in, FromHalf());
#endif
}
void float_to_half(int64_t n, uint16_t* out, const float* in) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  for (int64_t k = 0; k < n; ++k) out[k] = detail::float_to_half_bits(in[k]);
#else
  stream(ScalableTag<float>(), n, out, in, ToHalf());
#endif
}
void float_to_double(int64_t n, double* out, const float* in) { stream(ScalableTag<double>(), n, out, in, Widen()); }
void double_to_float(int64_t n, float* out, const double* in) {
#if HWY_TARGET == HWY_SCALAR  // Highway's would saturate
  for (int64_t k = 0; k < n; ++k) out[k] = static_cast<float>(in[k]);
#else
  stream(ScalableTag<double>(), n, out, in, Narrow());
#endif
}
void int32_to_float(int64_t n, float* out, const int32_t* in) {
  stream(ScalableTag<float>(), n, out, in, FromInt32());
}
void int64_to_float(int64_t n, float* out, const int64_t* in) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
  // One instruction of AVX-512; through double it would round twice.
  int64_t k = 0;
  for (; k + 8 <= n; k += 8) _mm256_storeu_ps(out + k, _mm512_cvtepi64_ps(_mm512_loadu_si512(in + k)));
  for (; k < n; ++k) out[k] = static_cast<float>(in[k]);
#else
  for (int64_t k = 0; k < n; ++k) out[k] = static_cast<float>(in[k]);
#endif
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
namespace {

HWY_EXPORT(bfloat16_to_float);
HWY_EXPORT(float_to_bfloat16);
HWY_EXPORT(half_to_float);
HWY_EXPORT(float_to_half);
HWY_EXPORT(float_to_double);
HWY_EXPORT(double_to_float);
HWY_EXPORT(int32_to_float);
HWY_EXPORT(int64_to_float);

constexpr int64_t kBlock = 512;

// A real number to an integer as x86 does it: the smallest number where the value does not fit. Types narrower than
// 32 bits take the low bits of an int32, uint8 those of an int64.
template <class Out, class In>
Out truncate(In x) {
  using Wide = std::conditional_t<std::is_same_v<Out, int64_t> || std::is_same_v<Out, uint8_t>, int64_t, int32_t>;
  constexpr In kLimit = sizeof(Wide) == 8 ? In(9223372036854775808.0) : In(2147483648.0);
  // A double just below -2^31 still truncates to it.
  constexpr bool kFraction = sizeof(Wide) == 4 && sizeof(In) == 8;
  const bool fits = x < kLimit && (kFraction ? x > -kLimit - 1 : x >= -kLimit);
  return static_cast<Out>(fits ? static_cast<Wide>(x) : std::numeric_limits<Wide>::min());
}
template <class Out, class In>
Out cast(In x) {
  if constexpr (std::is_same_v<Out, bool>) return x != In(0);
  else if constexpr (std::is_same_v<Out, Half> || std::is_same_v<Out, BFloat16>) return Out(static_cast<float>(x));
  else if constexpr (std::is_integral_v<Out> && std::is_floating_point_v<In>) return truncate<Out>(x);
  else return static_cast<Out>(x);
}

// out[k * step] = in[k * in_step]; the steps make real parts of complex arrays.
template <class Out, class In>
void cast_loop(int64_t n, Out* out, int64_t step, const In* in, int64_t in_step) {
  if (step == 1 && in_step == 1) {
    for (int64_t k = 0; k < n; ++k) out[k] = cast<Out>(in[k]);
  } else {
    for (int64_t k = 0; k < n; ++k) out[k * step] = cast<Out>(in[k * in_step]);
  }
}

// One of the wide types to any real type.
template <class Wide>
void narrow(int64_t n, void* out, ScalarType type, int64_t step, const Wide* in) {
  switch (type) {
    case kByte: return cast_loop(n, static_cast<uint8_t*>(out), step, in, 1);
    case kChar: return cast_loop(n, static_cast<int8_t*>(out), step, in, 1);
    case kShort: return cast_loop(n, static_cast<int16_t*>(out), step, in, 1);
    case kInt: return cast_loop(n, static_cast<int32_t*>(out), step, in, 1);
    case kLong: return cast_loop(n, static_cast<int64_t*>(out), step, in, 1);
    case kHalf: return cast_loop(n, static_cast<Half*>(out), step, in, 1);
    case kBFloat16: return cast_loop(n, static_cast<BFloat16*>(out), step, in, 1);
    case kFloat: return cast_loop(n, static_cast<float*>(out), step, in, 1);
    case kDouble: return cast_loop(n, static_cast<double*>(out), step, in, 1);
    case kBool: return cast_loop(n, static_cast<bool*>(out), step, in, 1);
    default: return;
  }
}

// Any real array (every in_step-th element) to a real type, through a block of a wide one.
template <class Wide, class In>
void two_steps(int64_t n, char* out, ScalarType type, int64_t step, const In* in, int64_t in_step) {
  alignas(64) Wide block[kBlock];
  const int64_t bytes = static_cast<int64_t>(element_size(type)) * step;
  for (int64_t k = 0; k < n; k += kBlock) {
    const int64_t m = std::min(kBlock, n - k);
    const Wide* from = block;
    if constexpr (std::is_same_v<Wide, In>) {
      if (in_step == 1) from = in + k;
      else cast_loop(m, block, 1, in + k * in_step, in_step);
    } else if constexpr (std::is_same_v<In, Half>) {
      HWY_DYNAMIC_DISPATCH(half_to_float)(m, block, reinterpret_cast<const uint16_t*>(in + k));
    } else if constexpr (std::is_same_v<In, BFloat16>) {
      HWY_DYNAMIC_DISPATCH(bfloat16_to_float)(m, block, reinterpret_cast<const uint16_t*>(in + k));
    } else {
      cast_loop(m, block, 1, in + k, in_step);
    }
    narrow(m, out + k * bytes, type, step, from);
  }
}
void real_to_real(int64_t n, void* out_ptr, ScalarType out_type, int64_t step, const void* in, ScalarType in_type,
                  int64_t in_step) {
  char* out = static_cast<char*>(out_ptr);
  switch (in_type) {
    case kByte: return two_steps<int64_t>(n, out, out_type, step, static_cast<const uint8_t*>(in), in_step);
    case kChar: return two_steps<int64_t>(n, out, out_type, step, static_cast<const int8_t*>(in), in_step);
    case kShort: return two_steps<int64_t>(n, out, out_type, step, static_cast<const int16_t*>(in), in_step);
    case kInt: return two_steps<int64_t>(n, out, out_type, step, static_cast<const int32_t*>(in), in_step);
    case kLong: return two_steps<int64_t>(n, out, out_type, step, static_cast<const int64_t*>(in), in_step);
    case kBool: return two_steps<int64_t>(n, out, out_type, step, static_cast<const bool*>(in), in_step);
    case kHalf: return two_steps<float>(n, out, out_type, step, static_cast<const Half*>(in), in_step);
    case kBFloat16: return two_steps<float>(n, out, out_type, step, static_cast<const BFloat16*>(in), in_step);
    case kFloat: return two_steps<float>(n, out, out_type, step, static_cast<const float*>(in), in_step);
    case kDouble: return two_steps<double>(n, out, out_type, step, static_cast<const double*>(in), in_step);
    default: return;
  }
}

// The pairs worth vector code; false for the others.
bool convert_fast(int64_t n, void* out, ScalarType to, const void* in, ScalarType from) {
  const auto pair = [&](ScalarType a, ScalarType b) { return from == a && to == b; };
  const auto* bits = static_cast<const uint16_t*>(in);
  const auto* floats = static_cast<const float*>(in);
  if (pair(kBFloat16, kFloat)) HWY_DYNAMIC_DISPATCH(bfloat16_to_float)(n, static_cast<float*>(out), bits);
  else if (pair(kFloat, kBFloat16)) HWY_DYNAMIC_DISPATCH(float_to_bfloat16)(n, static_cast<uint16_t*>(out), floats);
  else if (pair(kHalf, kFloat)) HWY_DYNAMIC_DISPATCH(half_to_float)(n, static_cast<float*>(out), bits);
  else if (pair(kFloat, kHalf)) HWY_DYNAMIC_DISPATCH(float_to_half)(n, static_cast<uint16_t*>(out), floats);
  else if (pair(kFloat, kDouble)) HWY_DYNAMIC_DISPATCH(float_to_double)(n, static_cast<double*>(out), floats);
  else if (pair(kDouble, kFloat))
    HWY_DYNAMIC_DISPATCH(double_to_float)(n, static_cast<float*>(out), static_cast<const double*>(in));
  else if (pair(kInt, kFloat))
    HWY_DYNAMIC_DISPATCH(int32_to_float)(n, static_cast<float*>(out), static_cast<const int32_t*>(in));
  else if (pair(kLong, kFloat))
    HWY_DYNAMIC_DISPATCH(int64_to_float)(n, static_cast<float*>(out), static_cast<const int64_t*>(in));
  else return false;
  return true;
}

template <class T>
void complex_to_bool(int64_t n, bool* out, const T* in) {
  for (int64_t k = 0; k < n; ++k) out[k] = (in[2 * k] != T(0)) | (in[2 * k + 1] != T(0));
}

}  // namespace

void convert(int64_t n, void* out, ScalarType out_type, const void* in, ScalarType in_type) {
  if (n <= 0) return;
  if (out_type == in_type) {
    if (out != in) std::memmove(out, in, static_cast<size_t>(n) * element_size(in_type));
    return;
  }
  const ScalarType real_in = to_real_type(in_type), real_out = to_real_type(out_type);
  const bool from_complex = is_complex_type(in_type), to_complex = is_complex_type(out_type);
  if (from_complex && out_type == kBool) {
    if (real_in == kFloat) return complex_to_bool(n, static_cast<bool*>(out), static_cast<const float*>(in));
    return complex_to_bool(n, static_cast<bool*>(out), static_cast<const double*>(in));
  }
  if (from_complex && to_complex) return convert(2 * n, out, real_out, in, real_in);
  if (!from_complex && !to_complex && convert_fast(n, out, out_type, in, in_type)) return;
  if (to_complex) std::memset(out, 0, static_cast<size_t>(n) * element_size(out_type));
  real_to_real(n, out, real_out, to_complex ? 2 : 1, in, real_in, from_complex ? 2 : 1);
}

}  // namespace wick::kernels::cpu
#endif
