// The points of a tag, kept in little memory: sealed blocks of 256, in which steps at equal distances cost nothing, times 4 bytes and values 4; and the last ones as they are, until `pack`.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace wick::logging {

class ScalarColumn {
 public:
  static constexpr size_t kBlock = 256;
  size_t size() const { return steps_.empty() && !blocks_.empty() ? (blocks_.size() - 1) * kBlock + blocks_.back().count : blocks_.size() * kBlock + steps_.size(); }
  void add(int64_t step, double time, double value) {
    if (steps_.empty() && !blocks_.empty()) {
      if (blocks_.back().count < kBlock) open();
      reserve();
    }
    steps_.push_back(step);
    times_.push_back(time);
    values_.push_back(value);
    if (steps_.size() == kBlock) seal();
  }
  int64_t step(size_t i) const { return i / kBlock < blocks_.size() ? blocks_[i / kBlock].step(i % kBlock) : steps_[i % kBlock]; }
  double time(size_t i) const { return i / kBlock < blocks_.size() ? blocks_[i / kBlock].time(i % kBlock) : times_[i % kBlock]; }
  double value(size_t i) const { return i / kBlock < blocks_.size() ? blocks_[i / kBlock].value(i % kBlock) : values_[i % kBlock]; }
  void truncate(size_t n) {
    if (n >= size()) return;
    while (n < blocks_.size() * kBlock) open();  // the block in which it ends
    n -= blocks_.size() * kBlock;
    steps_.resize(n);
    times_.resize(n);
    values_.resize(n);
  }
  // f(step, time, value) for points [begin, end).
  template <class F> void each(size_t begin, size_t end, F&& f) const {
    for (size_t i = begin, stop; i < end; i = stop) {
      const size_t block = i / kBlock;
      stop = std::min(end, (block + 1) * kBlock);
      for (size_t k = i % kBlock; k < stop - block * kBlock; ++k) {
        if (block < blocks_.size()) f(blocks_[block].step(k), blocks_[block].time(k), blocks_[block].value(k));
        else f(steps_[k], times_[k], values_[k]);
      }
    }
  }
  // Seals the last points too: they are opened when more come.
  void pack() {
    if (steps_.empty()) return;
    if (blocks_.capacity() == blocks_.size()) blocks_.reserve(blocks_.size() + 1);
    seal();
  }
  // Bytes of memory, nearly: each allocation has some of its own.
  size_t memory() const {
    size_t n = blocks_.capacity() * sizeof(Block) + steps_.capacity() * 24;
    for (const Block& b : blocks_) n += b.bytes() + 16;
    return n;
  }

 private:
  // Each part is small, or as it was when that would change it.
  struct Block {
    int64_t first_step, stride;
    double first_time;
    uint16_t count;                                  // kBlock, but in the last one
    uint8_t small_steps, small_times, small_values;  // 2: at equal distances
    std::unique_ptr<uint8_t[]> data;

    size_t width(int part) const {
      const uint8_t s = part == 0 ? small_steps : part == 1 ? small_times : small_values;
      return s == 2 ? 0 : s == 1 ? 4 : 8;
    }
    size_t bytes() const { return count * (width(0) + width(1) + width(2)); }
    size_t begin(int part) const { return count * ((part > 0 ? width(0) : 0) + (part > 1 ? width(1) : 0)); }
    template <class T> T get(int part, size_t i) const {
      T v;
      std::memcpy(&v, data.get() + begin(part) + i * sizeof(T), sizeof(T));
      return v;
    }
    int64_t step(size_t i) const {
      const auto plus = [&](int64_t off) { return static_cast<int64_t>(static_cast<uint64_t>(first_step) + static_cast<uint64_t>(off)); };
      return small_steps == 2 ? plus(static_cast<int64_t>(i) * stride) : small_steps == 1 ? plus(get<int32_t>(0, i)) : get<int64_t>(0, i);
    }
    double time(size_t i) const { return small_times ? first_time + get<uint32_t>(1, i) * kTick : get<double>(1, i); }
    double value(size_t i) const { return small_values ? get<float>(2, i) : get<double>(2, i); }
  };
  static constexpr double kTick = 1.0 / (1 << 22);  // between two float64 of about 1.7e9

  static int64_t minus(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b)); }
  void reserve() {
    steps_.reserve(kBlock);
    times_.reserve(kBlock);
    values_.reserve(kBlock);
  }
  void open() {
    const Block b = std::move(blocks_.back());
    blocks_.pop_back();
    steps_.resize(b.count);
    times_.resize(b.count);
    values_.resize(b.count);
    for (size_t i = 0; i < b.count; ++i) steps_[i] = b.step(i), times_[i] = b.time(i), values_[i] = b.value(i);
  }
  void seal() {
    const size_t n = steps_.size();
    Block b{steps_[0], n > 1 ? minus(steps_[1], steps_[0]) : 0, times_[0], static_cast<uint16_t>(n), 0, 1, 1, nullptr};
    bool equal = true, fit = true;
    for (size_t i = 0; i < n; ++i) {
      const int64_t off = minus(steps_[i], steps_[0]);
      fit &= off == static_cast<int32_t>(off);
      equal &= fit && off == static_cast<int64_t>(i) * b.stride;
      const double ticks = (times_[i] - b.first_time) / kTick;
      if (!(ticks >= 0 && ticks < 4294967296.0 && b.first_time + static_cast<uint32_t>(ticks) * kTick == times_[i])) b.small_times = 0;
      if (static_cast<double>(static_cast<float>(values_[i])) != values_[i] && !std::isnan(values_[i])) b.small_values = 0;
    }
    b.small_steps = equal ? 2 : fit ? 1 : 0;
    b.data.reset(new uint8_t[b.bytes()]);
    const auto put = [&](int part, size_t i, auto v) { std::memcpy(b.data.get() + b.begin(part) + i * sizeof v, &v, sizeof v); };
    for (size_t i = 0; i < n; ++i) {
      if (b.small_steps == 1) put(0, i, static_cast<int32_t>(minus(steps_[i], steps_[0])));
      else if (b.small_steps == 0) put(0, i, steps_[i]);
      if (b.small_times) put(1, i, static_cast<uint32_t>((times_[i] - b.first_time) / kTick));
      else put(1, i, times_[i]);
      if (b.small_values) put(2, i, static_cast<float>(values_[i]));
      else put(2, i, values_[i]);
    }
    blocks_.push_back(std::move(b));
    std::vector<int64_t>().swap(steps_);  // with their memory: of many tags it would be more than all blocks
    std::vector<double>().swap(times_);
    std::vector<double>().swap(values_);
  }

  std::vector<Block> blocks_;
  std::vector<int64_t> steps_;
  std::vector<double> times_, values_;
};

// Where the content of a point is: a file of the run, a place in it, a size.
struct Place {
  uint64_t at : 48, file : 16;
  uint32_t size;
};
class PlaceColumn {
 public:
  size_t size() const { return points_.size(); }
  size_t memory() const { return points_.capacity() * sizeof(Point); }
  void add(int64_t step, double time, Place place) { points_.push_back({step, time, place}); }
  int64_t step(size_t i) const { return points_[i].step; }
  double time(size_t i) const { return points_[i].time; }
  Place place(size_t i) const { return points_[i].place; }
  void truncate(size_t n) { points_.erase(points_.begin() + static_cast<std::ptrdiff_t>(n), points_.end()); }

 private:
  struct Point { int64_t step; double time; Place place; };
  std::vector<Point> points_;
};

}  // namespace wick::logging
