// The shape is the usual one (Goto, van de Geijn: Anatomy of High-Performance Matrix Multiplication, 2008): a block of
// b is packed into slivers as wide as three vectors, which stay in L1 while rows of a stream past. Rows of a are read
// in place, by broadcast, where they are contiguous; otherwise they are packed (and converted) too.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/gemm_packed.cpp"
// Accumulators live in arrays' place as named variables of sized type; x86 below AVX2 takes the portable path.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/transpose-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX2
#define WICK_ROWS(X) X(0) X(1) X(2) X(3)
constexpr int kRows = 4;  // 12 sums, three of b, one of a: all 16 registers
#else
#define WICK_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
constexpr int kRows = 8;
#endif

// A panel of a (eight rows x this) stays in L1 while a sliver of b (three vectors x this) streams past from L2.
constexpr int64_t kDepth = 256;

template <class T>
using Tag = hn::ScalableTag<T>;

template <class T>
HWY_INLINE int64_t lanes() { return static_cast<int64_t>(hn::Lanes(Tag<T>())); }

void load_f32(int64_t n, float* HWY_RESTRICT out, const void* in, ScalarType type) {
  const hn::ScalableTag<float> df;
  const int64_t L = static_cast<int64_t>(hn::Lanes(df));
  int64_t i = 0;
  if (type == kHalf) {
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    const hn::Rebind<hwy::float16_t, decltype(df)> dh;
    for (; i + L <= n; i += L)
      hn::StoreU(hn::PromoteTo(df, hn::LoadU(dh, static_cast<const hwy::float16_t*>(in) + i)), df, out + i);
#endif
    for (; i < n; ++i) out[i] = static_cast<const Half*>(in)[i];
  } else if (type == kBFloat16) {
    const hn::RebindToUnsigned<decltype(df)> du;
    const hn::Rebind<uint16_t, decltype(df)> dh;
    for (; i + L <= n; i += L) {
      const auto u = hn::PromoteTo(du, hn::LoadU(dh, static_cast<const uint16_t*>(in) + i));
      hn::StoreU(hn::BitCast(df, hn::ShiftLeft<16>(u)), df, out + i);
    }
    for (; i < n; ++i) out[i] = static_cast<const BFloat16*>(in)[i];
  } else {
    std::memcpy(out, in, static_cast<size_t>(n) * sizeof(float));
  }
}

void store_f32(int64_t n, void* out, ScalarType type, const float* HWY_RESTRICT in) {
  const hn::ScalableTag<float> df;
  const int64_t L = static_cast<int64_t>(hn::Lanes(df));
  int64_t i = 0;
  if (type == kHalf) {
#if HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128
    const hn::Rebind<hwy::float16_t, decltype(df)> dh;
    for (; i + L <= n; i += L)
      hn::StoreU(hn::DemoteTo(dh, hn::LoadU(df, in + i)), dh, static_cast<hwy::float16_t*>(out) + i);
#endif
    for (; i < n; ++i) static_cast<Half*>(out)[i] = in[i];
  } else if (type == kBFloat16) {
    const hn::RebindToUnsigned<decltype(df)> du;
    const hn::Rebind<uint16_t, decltype(df)> dh;
    for (; i + L <= n; i += L) {
      const auto f = hn::LoadU(df, in + i);
      const auto u = hn::BitCast(du, f);
      const auto odd = hn::And(hn::ShiftRight<16>(u), hn::Set(du, 1));
      auto r = hn::ShiftRight<16>(hn::Add(hn::Add(u, hn::Set(du, 0x7fff)), odd));
      r = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(f)), hn::Set(du, 0x7fc0), r);
      const hn::RebindToSigned<decltype(du)> di;
      hn::StoreU(hn::DemoteTo(dh, hn::BitCast(di, r)), dh, static_cast<uint16_t*>(out) + i);
    }
    for (; i < n; ++i) static_cast<BFloat16*>(out)[i] = in[i];
  } else {
    std::memcpy(out, in, static_cast<size_t>(n) * sizeof(float));
  }
}

// Where a microkernel puts its result: the whole of kRows rows, or a corner of `rows` x `cols`.
template <class T>
struct Target {
  T* c;
  int64_t ldc, rows, cols;
  T alpha, beta;
  const T* bias;  // of the first column, or null
};

// Vector v of row i, or what of it a narrower tag holds.
template <class T, class D, class V>
HWY_INLINE void put(D d, const Target<T>& t, int64_t i, int64_t j, V sum) {
  T* const c = t.c + i * t.ldc + j;
  V r = hn::Mul(sum, hn::Set(d, t.alpha));
  if (t.beta != T(0)) r = hn::MulAdd(hn::Set(d, t.beta), hn::LoadU(d, c), r);
  if (t.bias) r = hn::Add(r, hn::LoadU(d, t.bias + j));
  hn::StoreU(r, d, c);
}

// kRows x NV vectors of c. Row i of a starts at a[i * rs] and steps by cs; b is packed, NV vectors to a step. Rows
// beyond t.rows repeat the last one: their sums are dropped.
template <class T, int NV>
HWY_NOINLINE void micro(int64_t k, const T* HWY_RESTRICT a, int64_t rs, int64_t cs, const T* HWY_RESTRICT b,
                        const Target<T>& t) {
  const Tag<T> d;
  const int64_t L = lanes<T>();
  using V = hn::Vec<Tag<T>>;
#define X(i)                                              \
  V x##i = hn::Zero(d), y##i = hn::Zero(d), z##i = hn::Zero(d); \
  const T* a##i = a + std::min<int64_t>(i, t.rows - 1) * rs;
  WICK_ROWS(X)
#undef X
  for (int64_t p = 0; p < k; ++p) {
    const V bx = hn::Load(d, b);
    V by = bx, bz = bx;
    if constexpr (NV > 1) by = hn::Load(d, b + L);
    if constexpr (NV > 2) bz = hn::Load(d, b + 2 * L);
    b += NV * L;
#define X(i)                                                \
  {                                                         \
    const V s = hn::Set(d, *a##i);                          \
    a##i += cs;                                             \
    x##i = hn::MulAdd(s, bx, x##i);                         \
    if constexpr (NV > 1) y##i = hn::MulAdd(s, by, y##i);   \
    if constexpr (NV > 2) z##i = hn::MulAdd(s, bz, z##i);   \
  }
    WICK_ROWS(X)
#undef X
  }
  if (t.rows == kRows && t.cols == NV * L) {
#define X(i)                                          \
  put(d, t, i, 0, x##i);                              \
  if constexpr (NV > 1) put(d, t, i, L, y##i);        \
  if constexpr (NV > 2) put(d, t, i, 2 * L, z##i);
    WICK_ROWS(X)
#undef X
    return;
  }
  HWY_ALIGN T sums[kRows * NV * HWY_MAX_BYTES / sizeof(T)];
#define X(i)                                                              \
  hn::Store(x##i, d, sums + i * NV * L);                                  \
  if constexpr (NV > 1) hn::Store(y##i, d, sums + (i * NV + 1) * L);      \
  if constexpr (NV > 2) hn::Store(z##i, d, sums + (i * NV + 2) * L);
  WICK_ROWS(X)
#undef X
  for (int64_t i = 0; i < t.rows; ++i) {
    const T* s = sums + i * NV * L;
    int64_t j = 0;
    for (; j + L <= t.cols; j += L) put(d, t, i, j, hn::Load(d, s + j));
    // hn::MulAdd rounds once, and so must the tail, or results would depend on where a tile ends.
    const hn::CappedTag<T, 1> d1;
    for (; j < t.cols; ++j) put(d1, t, i, j, hn::Set(d1, s[j]));
  }
}

// R rows against NS full slivers at once: with few rows it is the sums that keep the multipliers busy. Each is added up as
// micro does it.
template <class T, int R, int NS>
HWY_NOINLINE void micro_few(int64_t k, const T* HWY_RESTRICT a, int64_t rs, int64_t cs, const T* HWY_RESTRICT b, const Target<T>& t) {
  const Tag<T> d;
  const int64_t L = lanes<T>();
  using V = hn::Vec<Tag<T>>;
  V sum[R][NS * 3];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < NS * 3; ++v) sum[r][v] = hn::Zero(d);
  for (int64_t p = 0; p < k; ++p, a += cs)
    for (int n = 0; n < NS; ++n)
      for (int v = 0; v < 3; ++v) {
        const V x = hn::Load(d, b + n * 3 * L * k + (p * 3 + v) * L);
        for (int r = 0; r < R; ++r) sum[r][n * 3 + v] = hn::MulAdd(hn::Set(d, a[r * rs]), x, sum[r][n * 3 + v]);
      }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < NS * 3; ++v) put(d, t, r, v * L, sum[r][v]);
}

// The rows of a product of one or two rows, from column j on, as far as four (or two) slivers go at once; returns where they end.
template <class T>
int64_t few_rows(int64_t m, int64_t j, int64_t n, int64_t k, const T* a, int64_t row, int64_t cs, const T* b, const Target<T>& t) {
  const int64_t wide = 3 * lanes<T>();
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  constexpr int kOne = 4, kTwo = 4;
#elif HWY_TARGET == HWY_AVX2
  constexpr int kOne = 4, kTwo = 2;
#else
  constexpr int kOne = 0, kTwo = 0;
#endif
  if constexpr (kOne != 0) {
    const int64_t step = (m == 1 ? kOne : kTwo) * wide;
    for (; m <= 2 && j + step <= n; j += step) {
      Target<T> at = t;
      at.c += j;
      if (at.bias) at.bias += j;
      if (m == 1) micro_few<T, 1, kOne>(k, a, row, cs, b + j * k, at);
      else micro_few<T, 2, kTwo>(k, a, row, cs, b + j * k, at);
    }
  }
  return j;
}

// A run of `n` elements of a source as T: in place where no conversion is needed.
template <class T>
HWY_INLINE const T* fetch(const Operand& o, int64_t offset, int64_t n, T* buffer) {
  const char* p = static_cast<const char*>(o.data) + offset * static_cast<int64_t>(element_size(o.type));
  if constexpr (sizeof(T) == 4) {
    if (o.type != kFloat) {
      load_f32(n, buffer, p, o.type);
      return buffer;
    }
  }
  return reinterpret_cast<const T*>(p);
}

// dst[p * width + j] = o(p0 + p, j0 + j) for p < k, j < n; columns n to width become 0.
template <class T>
void pack(const Operand& o, int64_t p0, int64_t j0, int64_t k, int64_t n, int64_t width, T* HWY_RESTRICT dst) {
  T buffer[kDepth];
  if (o.cs == 1) {
    for (int64_t p = 0; p < k; ++p) {
      const T* s = fetch(o, (p0 + p) * o.rs + j0, n, buffer);
      T* q = dst + p * width;
      if (n == kRows && width == kRows) {  // a constant size is no call
        std::memcpy(q, s, kRows * sizeof(T));
        continue;
      }
      for (int64_t j = 0; j < n; ++j) q[j] = s[j];
      for (int64_t j = n; j < width; ++j) q[j] = T(0);
    }
  } else if (o.rs == 1) {
    int64_t j = 0;
    // Four columns at once: each touched line of dst is written four elements at a time.
    T more[3][kDepth];
    for (; j + 4 <= n; j += 4) {
      const T* s0 = fetch(o, p0 + (j0 + j) * o.cs, k, buffer);
      const T* s1 = fetch(o, p0 + (j0 + j + 1) * o.cs, k, more[0]);
      const T* s2 = fetch(o, p0 + (j0 + j + 2) * o.cs, k, more[1]);
      const T* s3 = fetch(o, p0 + (j0 + j + 3) * o.cs, k, more[2]);
      T* q = dst + j;
      int64_t p = 0;
      if constexpr (sizeof(T) == 4) {
        const T* const from[4] = {s0, s1, s2, s3};
        for (; p + 4 <= k; p += 4, q += 4 * width) transpose_4x4(from, p, q, width);
      }
      for (; p < k; ++p, q += width) {
        q[0] = s0[p];
        q[1] = s1[p];
        q[2] = s2[p];
        q[3] = s3[p];
      }
    }
    for (; j < n; ++j) {
      const T* s = fetch(o, p0 + (j0 + j) * o.cs, k, buffer);
      for (int64_t p = 0; p < k; ++p) dst[p * width + j] = s[p];
    }
    for (; j < width; ++j)
      for (int64_t p = 0; p < k; ++p) dst[p * width + j] = T(0);
  } else {
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < width; ++j)
        dst[p * width + j] = j < n ? *fetch(o, (p0 + p) * o.rs + (j0 + j) * o.cs, 1, buffer) : T(0);
  }
}

// All slivers of a block of b, `wide` columns each (the last as many vectors as it needs), one behind the other. Rows
// that are contiguous are read whole: memory and its pages are walked in order.
template <class T>
void pack_slivers(const Operand& o, int64_t p0, int64_t k, int64_t n, int64_t wide, T* HWY_RESTRICT dst) {
  const Tag<T> d;
  const int64_t L = lanes<T>();
  const auto width = [&](int64_t j) { return (std::min(wide, n - j) + L - 1) / L * L; };
  constexpr int64_t kRun = 1024;
  if (o.cs != 1) {
    for (int64_t j = 0; j < n; j += wide) pack(o, p0, j, k, std::min(wide, n - j), width(j), dst + j * k);
    return;
  }
  T buffer[kRun];
  const int64_t run = kRun / wide * wide;
  for (int64_t first = 0; first < n; first += run) {
    const int64_t end = std::min(n, first + run);
    for (int64_t p = 0; p < k; ++p) {
      const T* s = fetch(o, (p0 + p) * o.rs + first, end - first, buffer);
      // Rows far apart lie in pages of their own, where the hardware's prefetcher starts anew each time.
      const int64_t ahead = s != buffer && p + 2 < k ? 2 * o.rs : 0;
      for (int64_t j = first; j < end; j += wide, s += wide) {
        const int64_t cols = std::min(wide, n - j), to = width(j);
        T* q = dst + j * k + p * to;
        int64_t x = 0;
        for (; x + L <= cols; x += L) {
          if (ahead) hwy::Prefetch(s + ahead + x);
          hn::StoreU(hn::LoadU(d, s + x), d, q + x);
        }
        for (; x < cols; ++x) q[x] = s[x];
        for (; x < to; ++x) q[x] = T(0);
      }
    }
  }
}

// The panels of a transposed a, kRows rows each: o is its transpose. Eight panels at once where its lines lie in order, so that
// each line of memory is read once.
template <class T>
void pack_panels(const Operand& o, int64_t p0, int64_t k, int64_t m, T* HWY_RESTRICT dst) {
  constexpr int64_t kTogether = 8 * kRows;
  int64_t i = 0;
  if (o.cs == 1 && element_size(o.type) == sizeof(T))
    for (; i + kTogether <= m; i += kTogether) {
      const T* s = static_cast<const T*>(o.data) + p0 * o.rs + i;
      for (int64_t p = 0; p < k; ++p, s += o.rs) {
        if (p + 4 < k)
          for (int64_t x = 0; x < kTogether; x += 64 / static_cast<int64_t>(sizeof(T))) hwy::Prefetch(s + 4 * o.rs + x);
        for (int64_t x = 0; x < kTogether; x += kRows) std::memcpy(dst + (i + x) * k + p * kRows, s + x, kRows * sizeof(T));
      }
    }
  for (; i < m; i += kRows) pack(o, p0, i, k, std::min<int64_t>(kRows, m - i), kRows, dst + i * k);
}

template <class T>
void scale_only(int64_t m, int64_t n, T beta, T* c, int64_t ldc, const T* bias) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) c[i * ldc + j] = (beta == T(0) ? T(0) : beta * c[i * ldc + j]) + (bias ? bias[j] : T(0));
}

// Columns first to n of one block of b, packed, against all rows of a.
template <class T>
void multiply_block(int64_t m, int64_t first, int64_t n, int64_t k, T alpha, const T* a, int64_t row, int64_t rs, int64_t cs,
                    const T* b, T beta, T* c, int64_t ldc, const T* bias) {
  const int64_t L = lanes<T>(), wide = 3 * L;
  const int64_t done = few_rows<T>(m, first, n, k, a, row, cs, b, {c - first, ldc, m, 0, alpha, beta, bias ? bias - first : nullptr});
  for (int64_t j = done; j < n; j += wide) {
    const int64_t cols = std::min(wide, n - j), vectors = (cols + L - 1) / L;
    const T* bj = b + j * k;
    for (int64_t i = 0; i < m; i += kRows) {
      const Target<T> t{c + i * ldc + j - first, ldc, std::min<int64_t>(kRows, m - i), cols, alpha, beta, bias ? bias + j - first : nullptr};
      const T* ai = a + i * row;
      if (vectors == 3) micro<T, 3>(k, ai, rs, cs, bj, t);
      else if (vectors == 2) micro<T, 2>(k, ai, rs, cs, bj, t);
      else micro<T, 1>(k, ai, rs, cs, bj, t);
    }
  }
}

template <class T>
void product(int64_t m, int64_t n, int64_t k, T alpha, const Operand& a, const Operand& b, T beta, T* c, int64_t ldc, const T* bias) {
  if (k == 0) return scale_only(m, n, beta, c, ldc, bias);
  const int64_t L = lanes<T>(), wide = 3 * L;
  const bool pack_a = a.cs != 1 || element_size(a.type) != sizeof(T);
  const int64_t depth = std::min(k, kDepth), slivers = (n + wide - 1) / wide;
  const size_t b_bytes = static_cast<size_t>(slivers * wide * depth) * sizeof(T);
  const int64_t panels = (m + kRows - 1) / kRows;
  const size_t a_bytes = pack_a ? static_cast<size_t>(panels * kRows * depth) * sizeof(T) : 0;
  // Tiny products pack onto the stack: no lock, no second cold line.
  constexpr size_t kStack = 16384;
  alignas(64) char stack[kStack];
  alignas(Scratch) char holder[sizeof(Scratch)];
  Scratch* scratch = nullptr;
  char* memory = stack;
  if (a_bytes + b_bytes > kStack) {
    scratch = new (holder) Scratch(a_bytes + b_bytes);
    memory = scratch->as<char>();
  }
  T* bp = reinterpret_cast<T*>(memory);
  T* ap = reinterpret_cast<T*>(memory + b_bytes);
  for (int64_t p = 0; p < k; p += kDepth) {
    const int64_t kk = std::min(kDepth, k - p);
    pack_slivers(b, p, kk, n, wide, bp);
    // The packed a is `kRows` wide in the other direction: pack its transpose.
    const Operand at{a.data, a.cs, a.rs, a.type};
    if (pack_a) pack_panels(at, p, kk, m, ap);
    const T scale = p == 0 ? beta : T(1);
    const T* const last = p + kk == k ? bias : nullptr;
    if (pack_a) multiply_block<T>(m, 0, n, kk, alpha, ap, kk, 1, kRows, bp, scale, c, ldc, last);
    else multiply_block<T>(m, 0, n, kk, alpha, static_cast<const T*>(a.data) + p, a.rs, a.rs, 1, bp, scale, c, ldc, last);
  }
  if (scratch) scratch->~Scratch();
}

// Columns of b in whole vectors, as the slivers hold them.
int64_t packed_width(int64_t n) { return (n + lanes<float>() - 1) / lanes<float>() * lanes<float>(); }
PackedLayout layout(int64_t n, int64_t k) { return {n, k, 3 * lanes<float>(), kDepth}; }
void pack_all(int64_t n, int64_t k, const Operand& b, float* dst) {
  for (int64_t p = 0; p < k; p += kDepth)
    pack_slivers(b, p, std::min(kDepth, k - p), n, 3 * lanes<float>(), dst + p * packed_width(n));
}
void multiply_all(int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* b, float beta, float* c,
                  int64_t ldc, int64_t first, int64_t count) {
  if (k == 0) return scale_only<float>(m, count, beta, c, ldc, nullptr);
  for (int64_t p = 0; p < k; p += kDepth)
    multiply_block<float>(m, first, first + count, std::min(kDepth, k - p), alpha, a + p, lda, lda, 1, b + p * packed_width(n), p == 0 ? beta : 1.0f, c, ldc, nullptr);
}

void product_f32(int64_t m, int64_t n, int64_t k, float alpha, const Operand& a, const Operand& b, float beta, float* c,
                 int64_t ldc, const float* bias) {
  product<float>(m, n, k, alpha, a, b, beta, c, ldc, bias);
}
void product_f64(int64_t m, int64_t n, int64_t k, double alpha, const Operand& a, const Operand& b, double beta,
                 double* c, int64_t ldc, const double* bias) {
  product<double>(m, n, k, alpha, a, b, beta, c, ldc, bias);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(load_f32);
HWY_EXPORT(store_f32);
HWY_EXPORT(product_f32);
HWY_EXPORT(product_f64);
HWY_EXPORT(packed_width);
HWY_EXPORT(pack_all);
HWY_EXPORT(layout);
HWY_EXPORT(multiply_all);

int64_t packed_floats(int64_t n, int64_t k) { return HWY_DYNAMIC_DISPATCH(packed_width)(n) * k; }
PackedLayout packed_layout(int64_t n, int64_t k) { return HWY_DYNAMIC_DISPATCH(layout)(n, k); }
void pack_f32(int64_t n, int64_t k, const Operand& b, float* dst) { HWY_DYNAMIC_DISPATCH(pack_all)(n, k, b, dst); }
void multiply_packed_f32(int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* packed,
                         float beta, float* c, int64_t ldc, int64_t first, int64_t count) {
  HWY_DYNAMIC_DISPATCH(multiply_all)(m, n, k, alpha, a, lda, packed, beta, c, ldc, first, count);
}
void multiply_packed_f32(int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* packed,
                         float beta, float* c, int64_t ldc) {
  multiply_packed_f32(m, n, k, alpha, a, lda, packed, beta, c, ldc, 0, n);
}

void load_f32(int64_t n, float* out, const void* in, ScalarType type) { HWY_DYNAMIC_DISPATCH(load_f32)(n, out, in, type); }
void store_f32(int64_t n, void* out, ScalarType type, const float* in) {
  HWY_DYNAMIC_DISPATCH(store_f32)(n, out, type, in);
}
void packed_gemm_f32(int64_t m, int64_t n, int64_t k, float alpha, const Operand& a, const Operand& b, float beta,
                     float* c, int64_t ldc, const float* bias) {
  HWY_DYNAMIC_DISPATCH(product_f32)(m, n, k, alpha, a, b, beta, c, ldc, bias);
}
void packed_gemm_f64(int64_t m, int64_t n, int64_t k, double alpha, const Operand& a, const Operand& b, double beta,
                     double* c, int64_t ldc, const double* bias) {
  HWY_DYNAMIC_DISPATCH(product_f64)(m, n, k, alpha, a, b, beta, c, ldc, bias);
}
}  // namespace wick::kernels::cpu
#endif
