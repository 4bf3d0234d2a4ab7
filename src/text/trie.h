// A trie of bytes.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace wick::text {

class Trie {
 public:
  static constexpr uint32_t kRoot = 1;  // 0 is no node
  void add(std::string_view s, int32_t value) {
    uint32_t node = kRoot;
    for (const char c : s) {
      uint32_t next = step(node, c);
      if (!next) {
        if (2 * values_.size() >= table_.size()) grow();
        next = static_cast<uint32_t>(values_.size());
        values_.push_back(-1);
        *slot(key(node, c)) = {key(node, c), next};
      }
      node = next;
    }
    values_[node] = value;
  }
  uint32_t step(uint32_t node, char c) const { return table_.empty() ? 0 : slot(key(node, c))->node; }
  int32_t value(uint32_t node) const { return values_[node]; }  // -1: none ends here
  bool empty() const { return values_.size() <= 2; }

 private:
  struct Slot { uint64_t key = 0; uint32_t node = 0; };
  static uint64_t key(uint32_t node, char c) { return static_cast<uint64_t>(node) << 8 | static_cast<unsigned char>(c); }
  Slot* slot(uint64_t k) const {
    size_t i = static_cast<size_t>((k * 0x9E3779B97F4A7C15ULL) >> 20) & (table_.size() - 1);
    while (table_[i].node && table_[i].key != k) i = (i + 1) & (table_.size() - 1);
    return const_cast<Slot*>(&table_[i]);
  }
  void grow() {
    std::vector<Slot> old = std::move(table_);
    table_.assign(old.empty() ? 64 : old.size() * 2, {});
    for (const Slot& s : old)
      if (s.node) *slot(s.key) = s;
  }
  std::vector<Slot> table_;
  std::vector<int32_t> values_ = {-1, -1};
};

}  // namespace wick::text
