#include "kernels/cpu/sort.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/sort_packed.h"

namespace wick::kernels::cpu {
namespace {

constexpr int64_t kRadixFrom = 384;       // shorter rows: comparison sort
constexpr int64_t kParallelFrom = 65536;  // longer rows: all threads on one row
constexpr int kDigitBits = 8;             // 256 open destinations: more would miss in the TLB and L1
constexpr int kDigits = 1 << kDigitBits;

// One stable counting pass by the digit at `shift` over [0, n) cut into `parts`; false if all digits are equal, and
// nothing moved. `count` holds parts * kDigits numbers.
template <class P>
bool radix_pass(const P* from, P* to, int64_t n, int shift, int parts, int64_t* count) {
  const auto digit = [shift](const P& p) { return static_cast<size_t>(p.key() >> shift) & (kDigits - 1); };
  const auto each_part = [&](const auto& f) {
    if (parts == 1) return f(0);
#pragma omp parallel for schedule(static) num_threads(parts)
    for (int t = 0; t < parts; ++t) f(t);
  };
  const auto bound = [&](int t) { return n * t / parts; };
  each_part([&](int t) {
    int64_t* c = count + t * kDigits;
    std::fill_n(c, kDigits, 0);
    for (int64_t i = bound(t); i < bound(t + 1); ++i) ++c[digit(from[i])];
  });
  int64_t at = 0;
  for (int d = 0; d < kDigits; ++d) {
    int64_t all = 0;
    for (int t = 0; t < parts; ++t) {
      const int64_t c = count[t * kDigits + d];
      count[t * kDigits + d] = at + all;
      all += c;
    }
    if (all == n) return false;
    at += all;
  }
  each_part([&](int t) {
    int64_t* c = count + t * kDigits;
    for (int64_t i = bound(t); i < bound(t + 1); ++i) to[c[digit(from[i])]++] = from[i];
  });
  return true;
}

// Sorts a[0, n); the result is in `a` or in `b`, which is returned.
template <class P>
P* sort_packed(P* a, P* b, int64_t n, int key_bits, int parts, int64_t* count) {
  if (n < kRadixFrom || (key_bits == 64 && n < 4 * kRadixFrom)) {
    std::sort(a, a + n);
    return a;
  }
  for (int shift = 0; shift < key_bits; shift += kDigitBits)
    if (radix_pass(a, b, n, shift, parts, count)) std::swap(a, b);
  return a;
}

template <class T>
void sort_rows(const T* in, T* values, int64_t* indices, int64_t rows, int64_t n, bool descending) {
  using P = PackedOf<T>;
  const bool long_rows = n >= kParallelFrom;
  const int parts = long_rows ? task_threads(n / 4096, 4096) : 1;
  const int workers = long_rows ? 1 : task_threads(rows, 4.0 * static_cast<double>(n));
  // per worker: two arrays of pairs, a copy of the row where values overwrite it, counters
  const size_t pair_bytes = static_cast<size_t>(n) * sizeof(P);
  const size_t row_bytes = (static_cast<size_t>(n) * sizeof(T) + 63) / 64 * 64;
  const size_t count_bytes = static_cast<size_t>(parts) * kDigits * sizeof(int64_t);
  const size_t each = (2 * pair_bytes + row_bytes + count_bytes + 63) / 64 * 64;
  Scratch scratch(each * static_cast<size_t>(workers));
  const auto spread = [&](const auto& f) {  // over the row, by `parts`
    if (parts == 1) return f(int64_t{0}, n);
#pragma omp parallel for schedule(static) num_threads(parts)
    for (int t = 0; t < parts; ++t) f(n * t / parts, n * (t + 1) / parts);
  };
  const auto work = [&](int w) {
    char* mine = scratch.as<char>() + each * static_cast<size_t>(w);
    P *a = reinterpret_cast<P*>(mine), *b = reinterpret_cast<P*>(mine + pair_bytes);
    T* copy = reinterpret_cast<T*>(mine + 2 * pair_bytes);
    int64_t* count = reinterpret_cast<int64_t*>(mine + 2 * pair_bytes + row_bytes);
    for (int64_t r = rows * w / workers; r < rows * (w + 1) / workers; ++r) {
      const T* x = in + r * n;
      spread([&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) a[i] = P::make(unsigned_key(x[i], descending), i);
        if (values == in) std::memcpy(static_cast<void*>(copy + begin), x + begin, static_cast<size_t>(end - begin) * sizeof(T));
      });
      const P* s = sort_packed(a, b, n, kKeyBits<T>, parts, count);
      const T* source = values == in ? copy : x;
      spread([&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          const int64_t k = s[i].index();
          if (values) values[r * n + i] = source[k];
          if (indices) indices[r * n + i] = k;
        }
      });
    }
  };
  if (workers == 1) return work(0);
#pragma omp parallel for schedule(static) num_threads(workers)
  for (int w = 0; w < workers; ++w) work(w);
}

}  // namespace

void sort(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, bool descending) {
  if (rows == 0 || n == 0) return;
#define CALL(T) sort_rows(static_cast<const T*>(in), static_cast<T*>(values), indices, rows, n, descending)
  WICK_REAL_TYPES(type, CALL)
#undef CALL
}

}  // namespace wick::kernels::cpu
