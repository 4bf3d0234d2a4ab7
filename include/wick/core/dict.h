// Dict: a map in the order of insertion, whose copies share their entries.
#pragma once

#include <list>
#include <memory>
#include <stdexcept>
#include <unordered_map>
#include <utility>

namespace wick {
inline namespace v1 {

/// Keys with values, in the order of insertion. Copies are handles on the same entries, and a const handle may change them.
template <class Key, class Value>
class Dict final {
 public:
  using key_type = Key;
  using mapped_type = Value;
  class Entry {
   public:
    Entry(Key key, Value value) : key_(std::move(key)), value_(std::move(value)) {}
    const Key& key() const { return key_; }
    Value& value() const { return value_; }
    void setValue(Value value) const { value_ = std::move(value); }

   private:
    Key key_;
    mutable Value value_;
  };
  using iterator = typename std::list<Entry>::iterator;

  /// An empty dictionary; iteration and size.
  Dict() : d_(std::make_shared<Data>()) {}
  iterator begin() const { return d_->entries.begin(); }
  iterator end() const { return d_->entries.end(); }
  bool empty() const { return d_->entries.empty(); }
  size_t size() const { return d_->entries.size(); }
  void reserve(size_t n) const { d_->index.reserve(n); }
  void clear() const { d_->entries.clear(); d_->index.clear(); }

  /// The entry of a key, or the end.
  iterator find(const Key& key) const {
    auto it = d_->index.find(key);
    return it == d_->index.end() ? end() : it->second;
  }
  bool contains(const Key& key) const { return find(key) != end(); }
  /// Errors: std::out_of_range.
  Value at(const Key& key) const {
    auto it = find(key);
    if (it == end()) throw std::out_of_range("Argument passed to at() was not in the map.");
    return it->value();
  }

  /// `insert` keeps an entry that exists; both return the entry and whether it is new.
  std::pair<iterator, bool> insert(Key key, Value value) const {
    auto it = find(key);
    if (it != end()) return {it, false};
    it = d_->entries.emplace(end(), key, std::move(value));
    d_->index.emplace(std::move(key), it);
    return {it, true};
  }
  std::pair<iterator, bool> insert_or_assign(Key key, Value value) const {
    auto it = find(key);
    if (it == end()) return insert(std::move(key), std::move(value));
    it->setValue(std::move(value));
    return {it, false};
  }
  /// Removes a key: the number of entries that went.
  size_t erase(const Key& key) const {
    auto it = find(key);
    if (it == end()) return 0;
    d_->index.erase(key);
    d_->entries.erase(it);
    return 1;
  }
  /// A dictionary of its own with the same entries; whether two share their entries.
  Dict copy() const {
    Dict r;
    for (const Entry& e : *this) r.insert(e.key(), e.value());
    return r;
  }
  bool is(const Dict& o) const { return d_ == o.d_; }

 private:
  struct Data {
    std::list<Entry> entries;
    std::unordered_map<Key, iterator> index;
  };
  std::shared_ptr<Data> d_;
};

}  // namespace v1
}  // namespace wick
