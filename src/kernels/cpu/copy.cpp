#include "kernels/cpu/choose_target.h"
#include "kernels/cpu/copy.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/simd.h"

#ifndef WICK_COPY_TYPES_  // this file is compiled once per target; these are shared
#define WICK_COPY_TYPES_
namespace wick::kernels::cpu {
namespace {
constexpr int kMaxDims = 16;
// A transpose moves blocks of kBlock x kBlock elements: each side's lines are then used whole while in L1.
struct alignas(8) Bytes16 { uint64_t lo, hi; };
}  // namespace
}  // namespace wick::kernels::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/copy.cpp"
#include <hwy/foreach_target.h>
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#undef WICK_HAVE_8X8
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
// 8 x 8 elements of 4 bytes: dst[j * ds + i] = src[i * ss + j]. Within 128-bit halves first, then across them, where
// loading the halves of rows i and i + 4 together saves the cross-lane step.
HWY_INLINE void Transpose8x8(const uint32_t* src, int64_t ss, uint32_t* dst, int64_t ds) {
  const hn::Full128<uint32_t> h;
  const hn::Full256<uint32_t> d;
  const hn::Repartition<uint64_t, decltype(d)> q;
  const auto load = [&](int64_t i, int64_t j) HWY_ATTR {
    return hn::Combine(d, hn::LoadU(h, src + (i + 4) * ss + j), hn::LoadU(h, src + i * ss + j));
  };
  for (int64_t j = 0; j < 8; j += 4) {
    const auto r0 = load(0, j), r1 = load(1, j), r2 = load(2, j), r3 = load(3, j);
    const auto a = hn::BitCast(q, hn::InterleaveLower(d, r0, r1)), b = hn::BitCast(q, hn::InterleaveLower(d, r2, r3));
    const auto c = hn::BitCast(q, hn::InterleaveUpper(d, r0, r1)), e = hn::BitCast(q, hn::InterleaveUpper(d, r2, r3));
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(q, a, b)), d, dst + (j + 0) * ds);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(q, a, b)), d, dst + (j + 1) * ds);
    hn::StoreU(hn::BitCast(d, hn::InterleaveLower(q, c, e)), d, dst + (j + 2) * ds);
    hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(q, c, e)), d, dst + (j + 3) * ds);
  }
}

// The same for blocks of L x L elements of which 16 bytes hold L: log2(L) perfect shuffles of all rows transpose them.
template <class E>
HWY_INLINE void TransposeSquare(const E* src, int64_t ss, E* dst, int64_t ds) {
  constexpr int L = 16 / sizeof(E);
  const hn::Full128<E> d;
  hn::Vec<hn::Full128<E>> v[L], w[L];
#pragma GCC unroll 16
  for (int i = 0; i < L; ++i) v[i] = hn::LoadU(d, src + i * ss);
#pragma GCC unroll 4
  for (int n = 1; n < L; n *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < L / 2; ++i) {
      w[2 * i] = hn::InterleaveLower(d, v[i], v[i + L / 2]);
      w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + L / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < L; ++i) v[i] = w[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < L; ++i) hn::StoreU(v[i], d, dst + i * ds);
}
#define WICK_HAVE_8X8 1
#else
#define WICK_HAVE_8X8 0
#endif

template <class E>
void TransposeScalar(const E* src, int64_t ss, E* dst, int64_t ds, int64_t rows, int64_t cols) {
  for (int64_t j = 0; j < cols; ++j)
    for (int64_t i = 0; i < rows; ++i) dst[j * ds + i] = src[i * ss + j];
}

template <class E>
void TransposeBlock(const E* src, int64_t ss, E* dst, int64_t ds, int64_t rows, int64_t cols) {
#if WICK_HAVE_8X8
  if constexpr (sizeof(E) <= 8) {
    constexpr int64_t L = sizeof(E) == 4 ? 8 : 16 / sizeof(E);
    const int64_t r8 = rows & ~(L - 1), c8 = cols & ~(L - 1);
    for (int64_t j = 0; j < c8; j += L)
      for (int64_t i = 0; i < r8; i += L) {
        if constexpr (sizeof(E) == 4) Transpose8x8(src + i * ss + j, ss, dst + j * ds + i, ds);
        else TransposeSquare(src + i * ss + j, ss, dst + j * ds + i, ds);
      }
    if (c8 < cols) TransposeScalar(src + c8, ss, dst + c8 * ds, ds, rows, cols - c8);
    if (r8 < rows) TransposeScalar(src + r8 * ss, ss, dst + r8, ds, rows - r8, c8);
    return;
  }
#endif
  TransposeScalar(src, ss, dst, ds, rows, cols);
}

// Copies `cols` source columns, all `rows`, in blocks: dst[j * ds + i] = src[i * ss + j]. A block is gathered in L1
// first where strides are large: 4 KB strides would otherwise fight for the same few ways of the cache, and then each
// destination run is written as whole lines, past the cache when `stream`.
template <class E>
void Transpose2d(const E* src, int64_t ss, E* dst, int64_t ds, int64_t rows, int64_t cols, bool stream) {
  constexpr int64_t kBlock = sizeof(E) >= 8 ? 32 : 64;
  HWY_ALIGN E buf[kBlock * kBlock];
  for (int64_t j = 0; j < cols; j += kBlock) {
    const int64_t nj = std::min(kBlock, cols - j);
    for (int64_t i = 0; i < rows; i += kBlock) {
      const int64_t ni = std::min(kBlock, rows - i);
      if (!stream) {
        TransposeBlock(src + i * ss + j, ss, dst + j * ds + i, ds, ni, nj);
        continue;
      }
      TransposeBlock(src + i * ss + j, ss, buf, kBlock, ni, nj);
      const hn::ScalableTag<uint8_t> d;
      const size_t lanes = hn::Lanes(d), bytes = static_cast<size_t>(ni) * sizeof(E);
      for (int64_t c = 0; c < nj; ++c) {
        uint8_t* to = reinterpret_cast<uint8_t*>(dst + (j + c) * ds + i);
        const uint8_t* from = reinterpret_cast<const uint8_t*>(buf + c * kBlock);
        if (reinterpret_cast<uintptr_t>(to) % 64 != 0) {
          std::memcpy(to, from, bytes);
          continue;
        }
        size_t b = 0;
        for (; b + lanes <= bytes; b += lanes) hn::Stream(hn::LoadU(d, from + b), d, to + b);
        std::memcpy(to + b, from + b, bytes - b);
      }
    }
  }
  if (stream) hwy::FlushStream();
}

// One run along the innermost dimension.
template <class E>
void CopyRow(E* dst, int64_t ds, const E* src, int64_t ss, int64_t n) {
  if (ds == 1 && ss == 1) {
    std::memcpy(dst, src, static_cast<size_t>(n) * sizeof(E));
  } else if (ds == 1 && ss == 0) {
    const E v = *src;
#pragma omp simd
    for (int64_t i = 0; i < n; ++i) dst[i] = v;
  } else {
    for (int64_t i = 0; i < n; ++i) dst[i * ds] = src[i * ss];
  }
}

#define WICK_BY_SIZE(size, call)            \
  switch (size) {                           \
    case 1: call(uint8_t); break;           \
    case 2: call(uint16_t); break;          \
    case 4: call(uint32_t); break;          \
    case 8: call(uint64_t); break;          \
    default: call(Bytes16); break;          \
  }
void RowTask(size_t size, void* dst, int64_t ds, const void* src, int64_t ss, int64_t n) {
#define CALL(E) CopyRow(static_cast<E*>(dst), ds, static_cast<const E*>(src), ss, n)
  WICK_BY_SIZE(size, CALL)
#undef CALL
}
void TransposeTask(size_t size, const void* src, int64_t ss, void* dst, int64_t ds, int64_t rows, int64_t cols,
                   bool stream) {
#define CALL(E) Transpose2d(static_cast<const E*>(src), ss, static_cast<E*>(dst), ds, rows, cols, stream)
  WICK_BY_SIZE(size, CALL)
#undef CALL
}
// Past the cache; dst is aligned to 64 bytes.
void StreamTask(void* dst, const void* src, size_t bytes) {
  const hn::ScalableTag<uint8_t> d;
  const size_t lanes = hn::Lanes(d);
  uint8_t* to = static_cast<uint8_t*>(dst);
  const uint8_t* from = static_cast<const uint8_t*>(src);
  size_t b = 0;
  for (; b + 4 * lanes <= bytes; b += 4 * lanes) {
    const auto v0 = hn::LoadU(d, from + b), v1 = hn::LoadU(d, from + b + lanes);
    const auto v2 = hn::LoadU(d, from + b + 2 * lanes), v3 = hn::LoadU(d, from + b + 3 * lanes);
    hn::Stream(v0, d, to + b);
    hn::Stream(v1, d, to + b + lanes);
    hn::Stream(v2, d, to + b + 2 * lanes);
    hn::Stream(v3, d, to + b + 3 * lanes);
  }
  hwy::FlushStream();
  std::memcpy(to + b, from + b, bytes - b);
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {

void choose_target() {
  static const bool once = (hwy::GetChosenTarget().Update(hwy::SupportedTargets()), true);
  static_cast<void>(once);
}

namespace {
HWY_EXPORT(RowTask);
HWY_EXPORT(TransposeTask);
HWY_EXPORT(StreamTask);

// Results larger than this leave the caches anyway: stores that bypass them save reading the lines first.
constexpr size_t kStreamBytes = size_t{8} << 20;

struct Dim {
  int64_t n, dst, src;
};

int64_t magnitude(int64_t s) { return s < 0 ? -s : s; }

// Drops sizes of one, orders by destination stride (innermost first) and merges neighbours that run on. Negative
// destination strides are turned round. Returns the number of dimensions left, -1 for nothing to do.
int normalize(int ndim, const int64_t* sizes, const int64_t* dst_strides, const int64_t* src_strides, Dim* dims,
              int64_t* dst_offset, int64_t* src_offset) {
  int n = 0;
  for (int k = 0; k < ndim; ++k) {
    if (sizes[k] == 0) return -1;
    if (sizes[k] == 1) continue;
    Dim d{sizes[k], dst_strides[k], src_strides[k]};
    if (d.dst < 0) {
      *dst_offset += (d.n - 1) * d.dst;
      *src_offset += (d.n - 1) * d.src;
      d.dst = -d.dst;
      d.src = -d.src;
    }
    dims[n++] = d;
  }
  std::stable_sort(dims, dims + n, [](const Dim& a, const Dim& b) {
    return a.dst != b.dst ? a.dst < b.dst : magnitude(a.src) < magnitude(b.src);
  });
  int m = 0;
  for (int k = 0; k < n; ++k) {
    Dim& last = dims[m > 0 ? m - 1 : 0];
    if (m > 0 && dims[k].dst == last.dst * last.n && dims[k].src == last.src * last.n) last.n *= dims[k].n;
    else dims[m++] = dims[k];
  }
  return m;
}

// Offsets of the `index`-th combination of `count` outer dimensions.
void offsets(const Dim* dims, int count, int64_t index, int64_t* dst, int64_t* src) {
  for (int k = 0; k < count; ++k) {
    const int64_t i = index % dims[k].n;
    index /= dims[k].n;
    *dst += i * dims[k].dst;
    *src += i * dims[k].src;
  }
}

struct Layout {
  size_t size;  // of an element
  char* dst;
  const char* src;
  Dim dims[kMaxDims];
  int ndim;
  int64_t total;

  char* to(int64_t at) const { return dst + at * static_cast<int64_t>(size); }
  const char* from(int64_t at) const { return src + at * static_cast<int64_t>(size); }
};

// dims[0] runs along the destination, dims[1] along the source.
void copy_transposed(const Layout& l) {
  const Dim a = l.dims[0], b = l.dims[1];
  // strips of source columns (runs of b), so that each task writes rows of its own
  constexpr int64_t kStrip = 64;
  int64_t batch = 1;
  for (int k = 2; k < l.ndim; ++k) batch *= l.dims[k].n;
  const int64_t strips = (b.n + kStrip - 1) / kStrip;
  const bool stream = static_cast<size_t>(l.total) * l.size >= kStreamBytes && a.n >= 64;
  const auto fn = WICK_KERNEL_POINTER(TransposeTask);
  parallel_tasks(batch * strips, static_cast<double>(l.total) / static_cast<double>(batch * strips), [&](int64_t t) {
    const int64_t j = t % strips * kStrip;
    int64_t d = j * b.dst, s = j * b.src;
    offsets(l.dims + 2, l.ndim - 2, t / strips, &d, &s);
    fn(l.size, l.from(s), a.src, l.to(d), b.dst, a.n, std::min(kStrip, b.n - j), stream);
  });
}

void copy_rows(const Layout& l) {
  const Dim row = l.dims[0];
  const int64_t count = l.total / row.n;
  const auto fn = WICK_KERNEL_POINTER(RowTask);
  if (count == 1) {
    parallel_ranges(row.n, 1, 64, [&](int64_t b, int64_t e) {
      fn(l.size, l.to(b * row.dst), row.dst, l.from(b * row.src), row.src, e - b);
    });
    return;
  }
  parallel_ranges(count, static_cast<double>(row.n), 1, [&](int64_t begin, int64_t end) {
    // dims[1] as a plain loop, the others by division
    const Dim mid = l.dims[1];
    for (int64_t r = begin; r < end;) {
      int64_t d = 0, s = 0;
      offsets(l.dims + 1, l.ndim - 1, r, &d, &s);
      const int64_t run = std::min(end - r, mid.n - r % mid.n);
      for (int64_t k = 0; k < run; ++k)
        fn(l.size, l.to(d + k * mid.dst), row.dst, l.from(s + k * mid.src), row.src, row.n);
      r += run;
    }
  });
}
}  // namespace

void copy_strided(size_t element_size, int ndim, const int64_t* sizes, void* dst, const int64_t* dst_strides,
                  const void* src, const int64_t* src_strides) {
  Layout l{element_size, static_cast<char*>(dst), static_cast<const char*>(src), {}, 0, 1};
  int64_t dst_offset = 0, src_offset = 0;
  l.ndim = normalize(ndim, sizes, dst_strides, src_strides, l.dims, &dst_offset, &src_offset);
  if (l.ndim < 0) return;
  l.dst = l.to(dst_offset);
  l.src = l.from(src_offset);
  for (int k = 0; k < l.ndim; ++k) l.total *= l.dims[k].n;
  if (l.ndim == 0) {
    std::memcpy(l.dst, l.src, element_size);
    return;
  }
  if (l.ndim == 1 && l.dims[0].dst == 1 && l.dims[0].src == 1) {
    copy_bytes(l.dst, l.src, static_cast<size_t>(l.total) * element_size);
    return;
  }
  if (l.dims[0].dst == 1 && l.dims[0].src != 1 && l.dims[0].src != 0) {
    for (int k = 1; k < l.ndim; ++k) {
      if (l.dims[k].src != 1 || l.dims[k].n < 4) continue;
      std::rotate(l.dims + 1, l.dims + k, l.dims + k + 1);
      copy_transposed(l);
      return;
    }
  }
  copy_rows(l);
}

void copy_bytes(void* dst, const void* src, size_t bytes) {
  char* to = static_cast<char*>(dst);
  const char* from = static_cast<const char*>(src);
  const bool stream = bytes >= kStreamBytes;
  const auto fn = WICK_KERNEL_POINTER(StreamTask);
  const size_t head = stream ? (64 - reinterpret_cast<uintptr_t>(to) % 64) % 64 : 0;
  if (head) std::memcpy(to, from, head);
  to += head, from += head;
  parallel_ranges(static_cast<int64_t>(bytes - head), 0.25, 4096, [&](int64_t b, int64_t e) {
    if (stream) fn(to + b, from + b, static_cast<size_t>(e - b));
    else std::memcpy(to + b, from + b, static_cast<size_t>(e - b));
  });
}

void fill(size_t element_size, void* dst, int64_t n, const void* value) {
  char* to = static_cast<char*>(dst);
  const unsigned char* v = static_cast<const unsigned char*>(value);
  const bool bytes = std::all_of(v, v + element_size, [&](unsigned char c) { return c == v[0]; });
  const auto fn = WICK_KERNEL_POINTER(RowTask);
  parallel_ranges(n, 1, 64, [&](int64_t b, int64_t e) {
    char* at = to + b * static_cast<int64_t>(element_size);
    if (bytes) std::memset(at, v[0], static_cast<size_t>(e - b) * element_size);
    else fn(element_size, at, 1, value, 0, e - b);
  });
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
