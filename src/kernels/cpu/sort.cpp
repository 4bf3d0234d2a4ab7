#include "kernels/cpu/sort.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/sort_packed.h"

namespace wick::kernels::cpu {
namespace {

constexpr int64_t kRadixFrom = 384;       // shorter rows: comparison sort
constexpr int64_t kParallelFrom = 65536;  // longer rows: all threads on one row
constexpr int kDigitBits = 8;             // 256 open destinations: more would miss in the TLB and L1
constexpr int kDigits = 1 << kDigitBits;

// One stable counting pass by the digit at `shift`; false if all digits are equal, and nothing moved.
template <class P>
bool radix_pass(const P* from, P* to, int64_t n, int shift) {
  const auto digit = [shift](const P& p) { return static_cast<size_t>(p.key() >> shift) & (kDigits - 1); };
  int64_t count[kDigits] = {};
  for (int64_t i = 0; i < n; ++i) ++count[digit(from[i])];
  int64_t at = 0;
  for (int64_t& c : count) {
    if (c == n) return false;
    at += std::exchange(c, at);
  }
  for (int64_t i = 0; i < n; ++i) to[count[digit(from[i])]++] = from[i];
  return true;
}

// Sorts a[0, n); the result is in `a` or in `b`, which is returned.
template <class P>
const P* sort_packed(P* a, P* b, int64_t n, int key_bits) {
  if (n < kRadixFrom || (key_bits == 64 && n < 4 * kRadixFrom)) {
    std::sort(a, a + n);
    return a;
  }
  for (int shift = 0; shift < key_bits; shift += kDigitBits)
    if (radix_pass(a, b, n, shift)) std::swap(a, b);
  return a;
}

// Moves a[0, n) to b in `parts` ranges, each below the next, of about equal sizes; begin[p] is where a range starts. All
// elements differ, so a sample divides them well whatever the keys.
template <class P>
void split_ranges(const P* a, P* b, int64_t n, int parts, std::vector<int64_t>& begin) {
  constexpr int64_t kSample = 512;  // per range
  const int64_t m = kSample * parts;
  std::vector<P> sample(static_cast<size_t>(m));
  for (int64_t i = 0; i < m; ++i) sample[static_cast<size_t>(i)] = a[n / m * i + (i * 7919) % (n / m)];
  std::sort(sample.begin(), sample.end());
  const auto part_of = [&](const P& x) {
    int p = 0;
    for (int k = 1; k < parts; ++k) p += !(x < sample[static_cast<size_t>(k * kSample)]);
    return p;
  };
  std::vector<int64_t> place(static_cast<size_t>(parts) * static_cast<size_t>(parts));  // [range][thread]
  const auto slot = [parts](int p, int t) { return static_cast<size_t>(p * parts + t); };
#pragma omp parallel num_threads(parts)
  {
    std::vector<int64_t> mine(static_cast<size_t>(parts));
#pragma omp for schedule(static)
    for (int t = 0; t < parts; ++t) {
      for (int64_t i = n * t / parts; i < n * (t + 1) / parts; ++i) ++mine[static_cast<size_t>(part_of(a[i]))];
      for (int p = 0; p < parts; ++p) place[slot(p, t)] = mine[static_cast<size_t>(p)];
    }
#pragma omp single
    {
      int64_t at = 0;
      for (int p = 0; p < parts; ++p) {
        begin[static_cast<size_t>(p)] = at;
        for (int t = 0; t < parts; ++t) at += std::exchange(place[slot(p, t)], at);
      }
      begin[static_cast<size_t>(parts)] = at;
    }
#pragma omp for schedule(static)
    for (int t = 0; t < parts; ++t) {
      for (int p = 0; p < parts; ++p) mine[static_cast<size_t>(p)] = place[slot(p, t)];
      for (int64_t i = n * t / parts; i < n * (t + 1) / parts; ++i) b[mine[static_cast<size_t>(part_of(a[i]))]++] = a[i];
    }
  }
}

// Where a row is read from and written to, and room for its pairs.
template <class T>
struct Row {
  const T* in;
  T* values;
  int64_t* indices;
  PackedOf<T>*a, *b;
  T* copy;  // of the elements, where values overwrite them
  bool descending;

  void pack(int64_t begin, int64_t end) const {
    for (int64_t i = begin; i < end; ++i) a[i] = PackedOf<T>::make(unsigned_key(in[i], descending), i);
    if (values == in) std::memcpy(static_cast<void*>(copy + begin), in + begin, static_cast<size_t>(end - begin) * sizeof(T));
  }
  // Sorts what `from` holds from `begin` to `end`, and writes it out there.
  void finish(PackedOf<T>* from, PackedOf<T>* other, int64_t begin, int64_t end) const {
    const PackedOf<T>* s = sort_packed(from + begin, other + begin, end - begin, kKeyBits<T>) - begin;
    const T* source = values == in ? copy : in;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t k = s[i].index();
      if (values) values[i] = source[k];
      if (indices) indices[i] = k;
    }
  }
};

// All threads on one row.
template <class T>
void sort_long(const Row<T>& row, int64_t n, int parts) {
  std::vector<int64_t> begin(static_cast<size_t>(parts) + 1);
#pragma omp parallel for schedule(static) num_threads(parts)
  for (int t = 0; t < parts; ++t) row.pack(n * t / parts, n * (t + 1) / parts);
  split_ranges(row.a, row.b, n, parts, begin);
#pragma omp parallel for schedule(static) num_threads(parts)
  for (int t = 0; t < parts; ++t) row.finish(row.b, row.a, begin[static_cast<size_t>(t)], begin[static_cast<size_t>(t) + 1]);
}

template <class T>
void sort_rows(const T* in, T* values, int64_t* indices, int64_t rows, int64_t n, bool descending) {
  using P = PackedOf<T>;
  const bool long_rows = n >= kParallelFrom;
  const int parts = long_rows ? task_threads(n / 4096, 4096) : 1;
  const int workers = long_rows ? 1 : task_threads(rows, 4.0 * static_cast<double>(n));
  // per worker: two arrays of pairs, and a copy of the row
  const size_t pair_bytes = static_cast<size_t>(n) * sizeof(P);
  const size_t each = (2 * pair_bytes + static_cast<size_t>(n) * sizeof(T) + 63) / 64 * 64;
  Scratch scratch(each * static_cast<size_t>(workers));
  const auto work = [&](int w) {
    char* mine = scratch.as<char>() + each * static_cast<size_t>(w);
    P *a = reinterpret_cast<P*>(mine), *b = reinterpret_cast<P*>(mine + pair_bytes);
    for (int64_t r = rows * w / workers; r < rows * (w + 1) / workers; ++r) {
      const Row<T> row{in + r * n, values ? values + r * n : nullptr, indices ? indices + r * n : nullptr, a, b, reinterpret_cast<T*>(mine + 2 * pair_bytes), descending};
      if (parts > 1) {
        sort_long(row, n, parts);
      } else {
        row.pack(0, n);
        row.finish(a, b, 0, n);
      }
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
