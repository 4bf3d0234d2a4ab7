#include "text/vocabulary.h"

#include <algorithm>

namespace wick::text {

void Vocabulary::reserve(size_t n) {
  size_t size = 16;
  while (size < 2 * n) size *= 2;
  if (size <= table_.size()) return;
  table_.assign(size, 0);
  for (size_t id = 0; id < places_.size(); ++id) {
    if (places_[id].end == kNone) continue;
    size_t i = hash_of(text(static_cast<int64_t>(id))) & (size - 1);
    while (table_[i]) i = (i + 1) & (size - 1);
    table_[i] = static_cast<uint32_t>(id) + 1;
  }
}

bool Vocabulary::add(std::string_view s, int64_t id) {
  if (const int32_t there = find(s); there >= 0) return there == id;
  if (has(id)) return false;
  reserve(count_ + 1);
  if (static_cast<size_t>(id) >= places_.size()) places_.resize(static_cast<size_t>(id) + 1, {0, kNone});
  places_[static_cast<size_t>(id)] = {static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(texts_.size() + s.size())};
  texts_.append(s);
  size_t i = hash_of(s) & (table_.size() - 1);
  while (table_[i]) i = (i + 1) & (table_.size() - 1);
  table_[i] = static_cast<uint32_t>(id) + 1;
  ++count_;
  return true;
}

int32_t Vocabulary::find(std::string_view s) const {
  if (table_.empty()) return -1;
  for (size_t i = hash_of(s) & (table_.size() - 1); table_[i]; i = (i + 1) & (table_.size() - 1))
    if (text(table_[i] - 1) == s) return static_cast<int32_t>(table_[i] - 1);
  return -1;
}

}  // namespace wick::text
