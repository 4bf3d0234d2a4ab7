// Reductions and copies between the processes of one machine, over pages that they share. Data go through the slots in pieces that stay in the caches.
#include <algorithm>
#include <cstring>

#include "dist/reduce.h"
#include "dist/shared_pages.h"

namespace wick::distributed {
namespace {

constexpr size_t kSmall = 4096;   // bytes that all ranks reduce themselves, to meet once less
constexpr size_t kBlock = 16384;  // bytes reduced at a time: the first cache

// The sum that gradients need, with the widest registers of this processor.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // whose run-time is not there yet when functions are chosen
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void sum_f32(void* c_, const void* a_, const void* b_, size_t n) {
  float* c = static_cast<float*>(c_);
  const float *a = static_cast<const float*>(a_), *b = static_cast<const float*>(b_);
  for (size_t i = 0; i < n; ++i) c[i] = a[i] + b[i];
}
// Exact for powers of two only.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // whose run-time is not there yet when functions are chosen
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
void scale_f32(void* c_, size_t n, int by) {
  float* c = static_cast<float*>(c_);
  const float factor = 1 / static_cast<float>(by);
  for (size_t i = 0; i < n; ++i) c[i] *= factor;
}

// Parts as one buffer, walked from its beginning.
struct Runs {
  const std::vector<Part>& parts;
  size_t bytes() const {
    size_t n = 0;
    for (const Part& p : parts) n += p.bytes;
    return n;
  }
  // Calls f(data, bytes since `from`, how many) for what lies in [from, from + bytes).
  template <class F>
  void each(size_t from, size_t bytes, const F& f) {
    if (from < start) start = index = 0;
    while (index < parts.size() && start + parts[index].bytes <= from) start += parts[index++].bytes;
    size_t place = start;
    for (size_t i = index; i < parts.size() && place < from + bytes; place += parts[i++].bytes) {
      const size_t a = std::max(place, from), b = std::min(place + parts[i].bytes, from + bytes);
      if (a < b) f(parts[i].data + (a - place), a - from, b - a);
    }
  }
  size_t index = 0, start = 0;  // a part, and where it begins
};

struct Shared : Engine {
  Shared(std::unique_ptr<Engine> under_, std::unique_ptr<SharedPages> pages_) : under(std::move(under_)), pages(std::move(pages_)) {
    rank = under->rank;
    size = under->size;
    marks = true;
    marks_messages = under->marks_messages;
  }
  bool has_mean(ScalarType t) const override { return divide_function(t) != nullptr; }

  // Calls f(first byte, bytes) for pieces of at most `most` bytes, each in a round of its own.
  template <class F>
  void pieces(size_t bytes, size_t most, const F& f) {
    for (size_t at = 0; at < bytes; at += most, ++round) f(at, std::min(most, bytes - at));
  }
  char* slot(int r) const { return pages->slot(r, round); }

  // out = the reduction of `from(0)`, `from(1)`, … in this order, block by block through `out`, which may be one of the first two; then also in `copy`.
  template <class From>
  void combine(char* out, char* copy, size_t bytes, ScalarType t, Reduction op, const From& from) const {
    const bool mean = op == Reduction::mean, sums = mean || op == Reduction::sum;
    const ReduceFunction f = t == kFloat && sums ? sum_f32 : reduce_function(t, mean ? Reduction::sum : op);
    const DivideFunction divide = !mean ? nullptr : t == kFloat && (size & (size - 1)) == 0 ? scale_f32 : divide_function(t);
    const size_t each = element_size(t);
    for (size_t at = 0; at < bytes; at += kBlock) {
      const size_t n = std::min(kBlock, bytes - at) / each;
      f(out + at, from(0) + at, from(1) + at, n);
      for (int r = 2; r < size; ++r) f(out + at, out + at, from(r) + at, n);
      if (divide) divide(out + at, n, size);
      if (copy) std::memcpy(copy + at, out + at, n * each);
    }
  }
  // The place of rank r's share of a piece, on cache lines.
  size_t share(size_t bytes, int r) const { return r == size ? bytes : bytes * static_cast<size_t>(r) / static_cast<size_t>(size) / 64 * 64; }

  bool takes_parts() const override { return true; }
  void all_reduce(void* data, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    all_reduce_parts({{static_cast<char*>(data), n * element_size(t)}}, t, op, limit);
  }
  void all_reduce_parts(const std::vector<Part>& parts, ScalarType t, Reduction op, const Limit& limit) override {
    Runs runs{parts};
    pieces(runs.bytes(), SharedPages::kSlot, [&](size_t at, size_t bytes) {
      if (bytes <= kSmall) {
        runs.each(at, bytes, [&](char* data, size_t i, size_t many) { std::memcpy(slot(rank) + i, data, many); });
        pages->meet(limit);
        runs.each(at, bytes, [&](char* data, size_t i, size_t many) { combine(data, nullptr, many, t, op, [&](int r) { return slot(r) + i; }); });
        return;
      }
      // Each rank reduces its share, in its own slot, from where the others fetch it.
      const auto of_others = [&](const auto& f) {
        for (int r = 0; r < size; ++r)
          if (const size_t from = share(bytes, r); r != rank)
            runs.each(at + from, share(bytes, r + 1) - from, [&](char* data, size_t i, size_t many) { f(data, slot(r) + from + i, slot(rank) + from + i, many); });
      };
      of_others([&](char* data, char*, char* own, size_t many) { std::memcpy(own, data, many); });
      pages->meet(limit);
      const size_t from = share(bytes, rank);
      runs.each(at + from, share(bytes, rank + 1) - from, [&](char* data, size_t i, size_t many) {
        combine(slot(rank) + from + i, data, many, t, op, [&](int r) { return r == rank ? data : slot(r) + from + i; });
      });
      pages->meet(limit);
      of_others([&](char* data, char* theirs, char*, size_t many) { std::memcpy(data, theirs, many); });
    });
  }
  void reduce(void* data_, size_t n, ScalarType t, Reduction op, int root, const Limit& limit) override {
    pieces(n * element_size(t), SharedPages::kSlot, [&](size_t at, size_t bytes) {
      char* data = static_cast<char*>(data_) + at;
      std::memcpy(slot(rank), data, bytes);
      pages->meet(limit);
      if (rank == root) combine(data, nullptr, bytes, t, op, [&](int r) { return slot(r); });
    });
  }
  // Bytes of one rank's part in a piece of all ranks' parts.
  size_t part() const { return SharedPages::kSlot / static_cast<size_t>(size) / 64 * 64; }
  bool keeps_input() const override { return true; }
  void reduce_scatter(void* in, void* out, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    const size_t whole = n * element_size(t);
    pieces(whole, part(), [&](size_t at, size_t bytes) {
      const auto input = [&](int r) { return static_cast<char*>(in) + whole * static_cast<size_t>(r) + at; };
      for (int r = 0; r < size; ++r) std::memcpy(slot(rank) + part() * static_cast<size_t>(r), input(r), bytes);
      pages->meet(limit);
      combine(static_cast<char*>(out) + at, nullptr, bytes, t, op, [&](int r) { return slot(r) + part() * static_cast<size_t>(rank); });
    });
  }
  void broadcast(void* data, size_t bytes_, int root, const Limit& limit) override {
    pieces(bytes_, SharedPages::kSlot, [&](size_t at, size_t bytes) {
      if (rank == root) std::memcpy(slot(rank), static_cast<char*>(data) + at, bytes);
      pages->meet(limit);
      if (rank != root) std::memcpy(static_cast<char*>(data) + at, slot(root), bytes);
    });
  }
  void all_gather(const void* in, void* out, size_t whole, const Limit& limit) override {
    pieces(whole, SharedPages::kSlot, [&](size_t at, size_t bytes) {
      std::memcpy(slot(rank), static_cast<const char*>(in) + at, bytes);
      pages->meet(limit);
      for (int r = 0; r < size; ++r) std::memcpy(static_cast<char*>(out) + whole * static_cast<size_t>(r) + at, slot(r), bytes);
    });
  }
  void gather(const void* in, void* out, size_t whole, int root, const Limit& limit) override {
    pieces(whole, SharedPages::kSlot, [&](size_t at, size_t bytes) {
      std::memcpy(slot(rank), static_cast<const char*>(in) + at, bytes);
      pages->meet(limit);
      for (int r = 0; r < size && rank == root; ++r) std::memcpy(static_cast<char*>(out) + whole * static_cast<size_t>(r) + at, slot(r), bytes);
    });
  }
  void scatter(const void* in, void* out, size_t whole, int root, const Limit& limit) override {
    pieces(whole, part(), [&](size_t at, size_t bytes) {
      for (int r = 0; r < size && rank == root; ++r)
        std::memcpy(slot(rank) + part() * static_cast<size_t>(r), static_cast<const char*>(in) + whole * static_cast<size_t>(r) + at, bytes);
      pages->meet(limit);
      std::memcpy(static_cast<char*>(out) + at, slot(root) + part() * static_cast<size_t>(rank), bytes);
    });
  }
  void all_to_all(const void* in, void* out, size_t whole, const Limit& limit) override {
    pieces(whole, part(), [&](size_t at, size_t bytes) {
      for (int r = 0; r < size; ++r)
        std::memcpy(slot(rank) + part() * static_cast<size_t>(r), static_cast<const char*>(in) + whole * static_cast<size_t>(r) + at, bytes);
      pages->meet(limit);
      for (int r = 0; r < size; ++r)
        std::memcpy(static_cast<char*>(out) + whole * static_cast<size_t>(r) + at, slot(r) + part() * static_cast<size_t>(rank), bytes);
    });
  }
  void barrier(const Limit& limit) override {
    pages->meet(limit);
    ++round;
  }
  std::unique_ptr<Transfer> send(const void* data, size_t bytes, int to, int tag) override { return under->send(data, bytes, to, tag); }
  std::unique_ptr<Transfer> recv(void* data, size_t bytes, int from, int tag) override { return under->recv(data, bytes, from, tag); }
  std::unique_ptr<Engine> split(const std::vector<int>& ranks, const std::string& name) override {
    return with_shared_pages(under->split(ranks, name), Limit{std::chrono::seconds(60), nullptr});
  }
  void abort() override {
    pages->abort();
    under->abort();
  }

  std::unique_ptr<Engine> under;
  std::unique_ptr<SharedPages> pages;
  uint32_t round = 0;
};

}  // namespace

std::unique_ptr<Engine> with_shared_pages(std::unique_ptr<Engine> engine, const Limit& limit) {
  auto pages = SharedPages::make(*engine, limit);
  if (!pages) return engine;
  return std::make_unique<Shared>(std::move(engine), std::move(pages));
}

}  // namespace wick::distributed
