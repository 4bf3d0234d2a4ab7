// The parts of a product that memory bounds: matrix times vector, and what follows a tile.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_vector.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/gemm.h"
#include "kernels/cpu/gemm_packed.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// f32 exp for arguments <= 0, within 2 ulp; below -87 it reaches 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_negative(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = hn::Max(x, hn::Set(d, -104.0f));
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504f)));
  V r = hn::MulAdd(n, hn::Set(d, -0.693145752f), x);
  r = hn::MulAdd(n, hn::Set(d, -1.42860677e-6f), r);
  V p = hn::Set(d, 1.0f / 5040);
  for (float c : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f}) p = hn::MulAdd(p, r, hn::Set(d, c));
  // 2^n in two steps: n reaches -150, beyond what one normal float holds.
  const auto e = hn::ConvertTo(di, n);
  const auto h = hn::ShiftRight<1>(e), g = hn::Sub(e, h);
  const auto pow2 = [&](decltype(e) i) { return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(i, hn::Set(di, 127)))); };
  return hn::Mul(hn::Mul(p, pow2(h)), pow2(g));
}

// x * Phi(x), Phi from erfc(z) = exp(-z^2) t Q(t), t = 1 / (1 + 0.4 z): a fit of our own, 2e-7 relative in float, so
// that the far negative side keeps its digits (0.5 x (1 + erf) loses them).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  const V z = hn::Mul(hn::Abs(x), hn::Set(d, 0.707106781f));
  const V t = hn::Div(hn::Set(d, 1.0f), hn::MulAdd(z, hn::Set(d, 0.4f), hn::Set(d, 1.0f)));
  V q = hn::Set(d, -0.029594333842396736f);
  for (float c : {0.19801320135593414f, -0.4988114535808563f, 0.5474354028701782f, -0.284366637468338f,
                  0.272066205739975f, 0.1296796053647995f, 0.2149191051721573f, 0.22495202720165253f,
                  0.22570690512657166f})
    q = hn::MulAdd(q, t, hn::Set(d, c));
  const V half = hn::Mul(hn::Mul(hn::Set(d, 0.5f), hn::Mul(q, t)), exp_negative(d, hn::Neg(hn::Mul(z, z))));
  const V phi = hn::IfThenElse(hn::Ge(x, hn::Zero(d)), hn::Sub(hn::Set(d, 1.0f), half), half);
  // -inf * 0 would be NaN; the limit is -0.
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, -15.0f)), hn::Set(d, -0.0f), hn::Mul(x, phi));
}

// x * sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715 x^3): the tanh form without its cancellation.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_tanh(D d, V x) {
  const V u2 = hn::Mul(hn::Mul(hn::Set(d, 1.59576912f), x),
                       hn::MulAdd(hn::Mul(x, x), hn::Set(d, 0.044715f), hn::Set(d, 1.0f)));
  const V e = exp_negative(d, hn::Neg(hn::Abs(u2)));
  const V s = hn::Div(hn::Set(d, 1.0f), hn::Add(hn::Set(d, 1.0f), e));
  const V sig = hn::IfThenElse(hn::Ge(x, hn::Zero(d)), s, hn::Mul(e, s));
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, -15.0f)), hn::Set(d, -0.0f), hn::Mul(x, sig));
}

template <class D>
HWY_INLINE void epilogue_at(D d, float* row, const float* bias, Activation act) {
  auto v = hn::LoadU(d, row);
  if (bias) v = hn::Add(v, hn::LoadU(d, bias));
  // Written so that NaN stays NaN.
  if (act == Activation::relu) v = hn::IfThenElse(hn::Lt(v, hn::Zero(d)), hn::Zero(d), v);
  else if (act == Activation::gelu) v = hn::IfThenElse(hn::IsNaN(v), v, gelu(d, v));
  else if (act == Activation::gelu_tanh) v = hn::IfThenElse(hn::IsNaN(v), v, gelu_tanh(d, v));
  hn::StoreU(v, d, row);
}

void epilogue_f32(int64_t n, float* HWY_RESTRICT row, const float* HWY_RESTRICT bias, int act) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  const auto a = static_cast<Activation>(act);
  int64_t j = 0;
  for (; j + L <= n; j += L) epilogue_at(d, row + j, bias ? bias + j : nullptr, a);
  for (; j < n; ++j) epilogue_at(d1, row + j, bias ? bias + j : nullptr, a);
}

template <class T>
void affine(int64_t n, T* HWY_RESTRICT row, T alpha, T beta, const T* HWY_RESTRICT old) {
  const hn::ScalableTag<T> d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  const hn::CappedTag<T, 1> d1;
  int64_t j = 0;
  const auto step = [&](auto tag) {
    const auto v = hn::Mul(hn::Set(tag, alpha), hn::LoadU(tag, row + j));
    hn::StoreU(hn::MulAdd(hn::Set(tag, beta), hn::LoadU(tag, old + j), v), tag, row + j);
  };
  for (; j + L <= n; j += L) step(d);
  for (; j < n; ++j) step(d1);
}
void affine_f32(int64_t n, float* row, float alpha, float beta, const float* old) { affine(n, row, alpha, beta, old); }
void affine_f64(int64_t n, double* row, double alpha, double beta, const double* old) {
  affine(n, row, alpha, beta, old);
}

// Elements of the matrix as the vector's type; f16 and bf16 widen on the way.
template <class T>
struct Same {
  const T* p;
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const { return hn::LoadU(d, p + i); }
};
struct Wide16 {  // bf16
  const uint16_t* p;
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    const hn::RebindToUnsigned<D> du;
    const hn::Rebind<uint16_t, D> dh;
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(dh, p + i))));
  }
};
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
struct WideHalf {
  const hwy::float16_t* p;
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    const hn::Rebind<hwy::float16_t, D> dh;
    return hn::PromoteTo(d, hn::LoadU(dh, p + i));
  }
};
#else
struct WideHalf {
  const Half* p;
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, int64_t i) const {
    HWY_ALIGN float t[HWY_MAX_BYTES / 4];
    for (size_t j = 0; j < hn::Lanes(d); ++j) t[j] = p[i + static_cast<int64_t>(j)];
    return hn::Load(d, t);
  }
};
#endif

// Rows contiguous: one dot product each, four chains deep.
template <class T, class S>
T dot(int64_t k, const S m, int64_t at, const T* HWY_RESTRICT x) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t p = 0;
  for (; p + 4 * L <= k; p += 4 * L) {
    s0 = hn::MulAdd(m.load(d, at + p), hn::LoadU(d, x + p), s0);
    s1 = hn::MulAdd(m.load(d, at + p + L), hn::LoadU(d, x + p + L), s1);
    s2 = hn::MulAdd(m.load(d, at + p + 2 * L), hn::LoadU(d, x + p + 2 * L), s2);
    s3 = hn::MulAdd(m.load(d, at + p + 3 * L), hn::LoadU(d, x + p + 3 * L), s3);
  }
  for (; p + L <= k; p += L) s0 = hn::MulAdd(m.load(d, at + p), hn::LoadU(d, x + p), s0);
  T r = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; p < k; ++p) r += hn::GetLane(m.load(d1, at + p)) * x[p];
  return r;
}

// Columns contiguous: y gathers scaled columns, four at a time, a block of y staying in L1.
template <class T, class S>
void gather(int64_t rows, int64_t k, const S m, int64_t cs, const T* HWY_RESTRICT x, T* HWY_RESTRICT y) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> d1;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  constexpr int64_t kBlock = 2048;
  for (int64_t b = 0; b < rows; b += kBlock) {
    const int64_t end = std::min(rows, b + kBlock);
    std::fill(y + b, y + end, T(0));
    for (int64_t p = 0; p < k; p += 4) {
      const int64_t q = std::min<int64_t>(4, k - p);
      const auto step = [&](auto tag, int64_t i) {
        auto s = hn::LoadU(tag, y + i);
        s = hn::MulAdd(m.load(tag, i + p * cs), hn::Set(tag, x[p]), s);
        if (q > 1) s = hn::MulAdd(m.load(tag, i + (p + 1) * cs), hn::Set(tag, x[p + 1]), s);
        if (q > 2) s = hn::MulAdd(m.load(tag, i + (p + 2) * cs), hn::Set(tag, x[p + 2]), s);
        if (q > 3) s = hn::MulAdd(m.load(tag, i + (p + 3) * cs), hn::Set(tag, x[p + 3]), s);
        hn::StoreU(s, tag, y + i);
      };
      int64_t i = b;
      for (; i + L <= end; i += L) step(d, i);
      for (; i < end; ++i) step(d1, i);
    }
  }
}

template <class T, class S>
void gemv(int64_t rows, int64_t k, const S m, int64_t rs, int64_t cs, const T* x, T* y) {
  if (cs == 1)
    for (int64_t i = 0; i < rows; ++i) y[i] = dot<T>(k, m, i * rs, x);
  else
    gather<T>(rows, k, m, cs, x, y);
}

void gemv_f32(int64_t rows, int64_t k, const Operand& m, const float* x, float* y) {
  if (m.type == kHalf) gemv<float>(rows, k, WideHalf{static_cast<decltype(WideHalf::p)>(m.data)}, m.rs, m.cs, x, y);
  else if (m.type == kBFloat16) gemv<float>(rows, k, Wide16{static_cast<const uint16_t*>(m.data)}, m.rs, m.cs, x, y);
  else gemv<float>(rows, k, Same<float>{static_cast<const float*>(m.data)}, m.rs, m.cs, x, y);
}
void gemv_f64(int64_t rows, int64_t k, const Operand& m, const double* x, double* y) {
  gemv<double>(rows, k, Same<double>{static_cast<const double*>(m.data)}, m.rs, m.cs, x, y);
}

// Plain loops, vectorised by the compiler for each target. W: the width sums are kept in (at least int, unsigned).
template <class U, class W>
void integers(int64_t m, int64_t n, int64_t k, W alpha, const Operand& a, const Operand& b, W beta, U* c, int64_t ldc) {
  constexpr int64_t kCols = 256, kSteps = 64;
  const U* pa = static_cast<const U*>(a.data);
  const U* pb = static_cast<const U*>(b.data);
  U block[kSteps * kCols];
  for (int64_t j = 0; j < n; j += kCols) {
    const int64_t nn = std::min(kCols, n - j);
    for (int64_t p = 0; p < k || p == 0; p += kSteps) {
      const int64_t kk = std::min(kSteps, k - p);
      for (int64_t q = 0; q < kk; ++q)
        for (int64_t i = 0; i < nn; ++i) block[q * kCols + i] = pb[(p + q) * b.rs + (j + i) * b.cs];
      for (int64_t i = 0; i < m; ++i) {
        W sum[kCols] = {};
        for (int64_t q = 0; q < kk; ++q) {
          const W s = pa[i * a.rs + (p + q) * a.cs];
          const U* HWY_RESTRICT row = block + q * kCols;
#pragma omp simd
          for (int64_t t = 0; t < nn; ++t) sum[t] = static_cast<W>(sum[t] + s * row[t]);
        }
        U* out = c + i * ldc + j;
        const W scale = p == 0 ? beta : W(1);
        if (scale == W(0))
          for (int64_t t = 0; t < nn; ++t) out[t] = static_cast<U>(alpha * sum[t]);
        else
          for (int64_t t = 0; t < nn; ++t) out[t] = static_cast<U>(alpha * sum[t] + scale * out[t]);
      }
    }
  }
}

void integer_gemm(size_t size, int64_t m, int64_t n, int64_t k, int64_t alpha, const Operand& a, const Operand& b,
                  int64_t beta, void* c, int64_t ldc) {
  const auto al = static_cast<uint32_t>(alpha), be = static_cast<uint32_t>(beta);
  if (size == 1) integers<uint8_t, uint32_t>(m, n, k, al, a, b, be, static_cast<uint8_t*>(c), ldc);
  else if (size == 2) integers<uint16_t, uint32_t>(m, n, k, al, a, b, be, static_cast<uint16_t*>(c), ldc);
  else if (size == 4) integers<uint32_t, uint32_t>(m, n, k, al, a, b, be, static_cast<uint32_t*>(c), ldc);
  else integers<uint64_t, uint64_t>(m, n, k, static_cast<uint64_t>(alpha), a, b, static_cast<uint64_t>(beta),
                                    static_cast<uint64_t*>(c), ldc);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(epilogue_f32);
HWY_EXPORT(affine_f32);
HWY_EXPORT(affine_f64);
HWY_EXPORT(gemv_f32);
HWY_EXPORT(gemv_f64);
HWY_EXPORT(integer_gemm);

void epilogue_f32(int64_t n, float* row, const float* bias, int act) {
  HWY_DYNAMIC_DISPATCH(epilogue_f32)(n, row, bias, act);
}
// f64 serves checks of gradients: the library's functions, at their accuracy.
void epilogue_f64(int64_t n, double* row, const double* bias, int act) {
  for (int64_t j = 0; j < n; ++j) {
    double v = bias ? row[j] + bias[j] : row[j];
    const auto a = static_cast<Activation>(act);
    if (a == Activation::relu) v = v < 0 ? 0 : v;
    else if (a == Activation::gelu) v = v == -HUGE_VAL ? -0.0 : 0.5 * v * std::erfc(-v * 0.70710678118654752);
    else if (a == Activation::gelu_tanh)
      v = v == -HUGE_VAL ? -0.0 : v / (1 + std::exp(-1.5957691216057308 * v * (1 + 0.044715 * v * v)));
    row[j] = v;
  }
}
void affine_f32(int64_t n, float* row, float alpha, float beta, const float* old) {
  HWY_DYNAMIC_DISPATCH(affine_f32)(n, row, alpha, beta, old);
}
void affine_f64(int64_t n, double* row, double alpha, double beta, const double* old) {
  HWY_DYNAMIC_DISPATCH(affine_f64)(n, row, alpha, beta, old);
}
void gemv_f32(int64_t rows, int64_t k, const Operand& m, const float* x, float* y) {
  HWY_DYNAMIC_DISPATCH(gemv_f32)(rows, k, m, x, y);
}
void gemv_f64(int64_t rows, int64_t k, const Operand& m, const double* x, double* y) {
  HWY_DYNAMIC_DISPATCH(gemv_f64)(rows, k, m, x, y);
}
void integer_gemm(size_t size, int64_t m, int64_t n, int64_t k, int64_t alpha, const Operand& a, const Operand& b,
                  int64_t beta, void* c, int64_t ldc) {
  HWY_DYNAMIC_DISPATCH(integer_gemm)(size, m, n, k, alpha, a, b, beta, c, ldc);
}
}  // namespace wick::kernels::cpu
#endif
