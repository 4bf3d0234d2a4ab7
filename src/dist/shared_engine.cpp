// Reductions and copies between the processes of one machine, over pages that they share. Data go through the slots in pieces that stay in the caches.
#include <algorithm>
#include <cstring>

#include "dist/reduce.h"
#include "dist/shared_pages.h"

namespace wick::distributed {
namespace {

constexpr size_t kSmall = 4096;   // bytes that all ranks reduce themselves, to meet once less
constexpr size_t kBlock = 16384;  // bytes reduced at a time: the first cache

struct Shared : Engine {
  Shared(std::unique_ptr<Engine> under_, std::unique_ptr<SharedPages> pages_) : under(std::move(under_)), pages(std::move(pages_)) {
    rank = under->rank;
    size = under->size;
  }
  bool has_mean(ScalarType t) const override { return divide_function(t) != nullptr; }

  // Calls f(first byte, bytes) for pieces of at most `most` bytes, each in a round of its own.
  template <class F>
  void pieces(size_t bytes, size_t most, const F& f) {
    for (size_t at = 0; at < bytes; at += most, ++round) f(at, std::min(most, bytes - at));
  }
  char* slot(int r) const { return pages->slot(r, round); }

  // out = the reduction of `from(0)`, `from(1)`, … in this order, block by block through `out`, which may be one of the first two.
  template <class From>
  void combine(char* out, size_t bytes, ScalarType t, Reduction op, const From& from) const {
    const ReduceFunction f = reduce_function(t, op == Reduction::mean ? Reduction::sum : op);
    const size_t each = element_size(t);
    for (size_t at = 0; at < bytes; at += kBlock) {
      const size_t n = std::min(kBlock, bytes - at) / each;
      f(out + at, from(0) + at, from(1) + at, n);
      for (int r = 2; r < size; ++r) f(out + at, out + at, from(r) + at, n);
      if (op == Reduction::mean) divide_function(t)(out + at, n, size);
    }
  }
  // The place of rank r's share of a piece, on cache lines.
  size_t share(size_t bytes, int r) const { return r == size ? bytes : bytes * static_cast<size_t>(r) / static_cast<size_t>(size) / 64 * 64; }

  void all_reduce(void* data_, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    pieces(n * element_size(t), SharedPages::kSlot, [&](size_t at, size_t bytes) {
      char* data = static_cast<char*>(data_) + at;
      if (bytes <= kSmall) {
        std::memcpy(slot(rank), data, bytes);
        pages->meet(limit);
        combine(data, bytes, t, op, [&](int r) { return slot(r); });
        return;
      }
      // Each rank reduces its share, in its own slot, from where the others fetch it.
      const auto others = [&](const auto& f) { for (int r = 0; r < size; ++r) if (r != rank) f(r, share(bytes, r), share(bytes, r + 1) - share(bytes, r)); };
      others([&](int, size_t from, size_t many) { std::memcpy(slot(rank) + from, data + from, many); });
      pages->meet(limit);
      const size_t from = share(bytes, rank), many = share(bytes, rank + 1) - from;
      combine(slot(rank) + from, many, t, op, [&](int r) { return (r == rank ? data : slot(r)) + from; });
      pages->meet(limit);
      std::memcpy(data + from, slot(rank) + from, many);
      others([&](int r, size_t start, size_t count) { std::memcpy(data + start, slot(r) + start, count); });
    });
  }
  void reduce(void* data_, size_t n, ScalarType t, Reduction op, int root, const Limit& limit) override {
    pieces(n * element_size(t), SharedPages::kSlot, [&](size_t at, size_t bytes) {
      char* data = static_cast<char*>(data_) + at;
      std::memcpy(slot(rank), data, bytes);
      pages->meet(limit);
      if (rank == root) combine(data, bytes, t, op, [&](int r) { return slot(r); });
    });
  }
  // Bytes of one rank's part in a piece of all ranks' parts.
  size_t part() const { return SharedPages::kSlot / static_cast<size_t>(size) / 64 * 64; }
  void reduce_scatter(void* in, void* out, size_t n, ScalarType t, Reduction op, const Limit& limit) override {
    const size_t whole = n * element_size(t);
    pieces(whole, part(), [&](size_t at, size_t bytes) {
      const auto input = [&](int r) { return static_cast<char*>(in) + whole * static_cast<size_t>(r) + at; };
      for (int r = 0; r < size; ++r) std::memcpy(slot(rank) + part() * static_cast<size_t>(r), input(r), bytes);
      pages->meet(limit);
      combine(static_cast<char*>(out) + at, bytes, t, op, [&](int r) { return slot(r) + part() * static_cast<size_t>(rank); });
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
