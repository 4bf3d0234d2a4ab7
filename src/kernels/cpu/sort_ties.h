// Which of several equal elements a selection names. PyTorch answers with what its algorithms happen to leave in
// place; programs see it in the indices, so rows with ties go through the same steps here.
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/cpu/sort_packed.h"

namespace wick::kernels::cpu {

template <class T, class P = PackedOf<T>>
std::vector<P> keyed_row(const T* x, int64_t n, bool descending) {
  std::vector<P> row(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) row[static_cast<size_t>(i)] = P::make(unsigned_key(x[i], descending), i);
  return row;
}

// How many elements of a row have this key.
template <class T>
int64_t count_key(const T* x, int64_t n, typename PackedOf<T>::Key key, bool descending) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += unsigned_key(x[i], descending) == key;
  return count;
}

// The first k of a row, in order, by the standard library's partial algorithms.
template <class T, class P = PackedOf<T>>
void topk_with_ties(const T* x, int64_t n, int64_t k, bool descending, P* best) {
  auto row = keyed_row(x, n, descending);
  const auto before = [](const P& a, const P& b) { return a.key() < b.key(); };
  if (k * 64 <= n) {
    std::partial_sort(row.begin(), row.begin() + k, row.end(), before);
  } else {
    std::nth_element(row.begin(), row.begin() + k - 1, row.end(), before);
    std::sort(row.begin(), row.begin() + k - 1, before);
  }
  std::copy(row.begin(), row.begin() + k, best);
}

// Quickselect with the median of three as pivot.
template <class T>
int64_t kth_with_ties(const T* x, int64_t n, int64_t k) {
  auto row = keyed_row(x, n, false);
  const auto a = [&](int64_t i) -> auto& { return row[static_cast<size_t>(i)]; };
  const auto order = [&](int64_t i, int64_t j) { if (a(i).key() > a(j).key()) std::swap(a(i), a(j)); };
  int64_t low = 0, high = n - 1;
  while (high > low) {
    if (high == low + 1) {
      order(low, high);
      break;
    }
    std::swap(a(low + (high - low) / 2), a(low + 1));
    order(low + 1, high);
    order(low, high);
    order(low + 1, low);
    int64_t i = low + 1, j = high;
    const auto pivot = a(low).key();
    for (;;) {
      do ++i; while (pivot > a(i).key());
      do --j; while (a(j).key() > pivot);
      if (j < i) break;
      std::swap(a(i), a(j));
    }
    std::swap(a(low), a(j));
    if (j <= k) low = i;
    if (j >= k) high = j - 1;
  }
  return a(k).index();
}

}  // namespace wick::kernels::cpu
