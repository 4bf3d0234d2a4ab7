// A dictionary that keeps the order of insertion.
#pragma once

#include <initializer_list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wick/core/error.h>

namespace wick {
inline namespace v1 {

namespace detail {
[[noreturn]] void throw_key(const std::string& description, const std::string& key, const char* problem);
[[noreturn]] void throw_key(const std::string& description, size_t key, const char* problem);
[[noreturn]] void throw_empty_dict(const char* call);
}  // namespace detail

/// Keys with values, in the order they were inserted; found by key or by position. Errors: a key that is not
/// there or is inserted twice. (https://pytorch.org/cppdocs, torch::OrderedDict)
template <class Key, class Value>
class OrderedDict {
 public:
  /// A key with its value; `*item` and `item->` are the value.
  class Item {
   public:
    Item(Key key, Value value) : pair_(std::move(key), std::move(value)) {}
    Value& operator*() { return pair_.second; }
    const Value& operator*() const { return pair_.second; }
    Value* operator->() { return &pair_.second; }
    const Value* operator->() const { return &pair_.second; }
    const Key& key() const noexcept { return pair_.first; }
    Value& value() noexcept { return pair_.second; }
    const Value& value() const noexcept { return pair_.second; }
    const std::pair<Key, Value>& pair() const noexcept { return pair_; }

   private:
    std::pair<Key, Value> pair_;
  };
  using Iterator = typename std::vector<Item>::iterator;
  using ConstIterator = typename std::vector<Item>::const_iterator;

  /// An empty dictionary; errors call its keys `key_description`.
  explicit OrderedDict(std::string key_description = "Key") : key_description_(std::move(key_description)) {}
  OrderedDict(std::initializer_list<Item> items) : OrderedDict("Key") {
    reserve(items.size());
    for (const auto& i : items) insert(i.key(), i.value());
  }
  const std::string& key_description() const noexcept { return key_description_; }

  /// Items by position and values by key.
  Item& front() { if (items_.empty()) detail::throw_empty_dict("front()"); return items_.front(); }
  const Item& front() const { return const_cast<OrderedDict*>(this)->front(); }
  Item& back() { if (items_.empty()) detail::throw_empty_dict("back()"); return items_.back(); }
  const Item& back() const { return const_cast<OrderedDict*>(this)->back(); }
  Item& operator[](size_t index) { return at(index); }
  const Item& operator[](size_t index) const { return const_cast<OrderedDict*>(this)->at(index); }
  Value& operator[](const Key& key) {
    if (Value* v = find(key)) return *v;
    detail::throw_key(key_description_, key, "' is not defined");
  }
  const Value& operator[](const Key& key) const { return const_cast<OrderedDict&>(*this)[key]; }

  /// The value of a key, or a null pointer.
  Value* find(const Key& key) noexcept {
    auto i = index_.find(key);
    return i == index_.end() ? nullptr : &items_[i->second].value();
  }
  const Value* find(const Key& key) const noexcept { return const_cast<OrderedDict*>(this)->find(key); }
  bool contains(const Key& key) const noexcept { return find(key) != nullptr; }

  /// Iteration in order, and size.
  Iterator begin() { return items_.begin(); }
  ConstIterator begin() const { return items_.begin(); }
  Iterator end() { return items_.end(); }
  ConstIterator end() const { return items_.end(); }
  size_t size() const noexcept { return items_.size(); }
  bool is_empty() const noexcept { return items_.empty(); }
  void reserve(size_t n) { items_.reserve(n); index_.reserve(n); }

  /// Adds a new key; `update` adds all of another dictionary.
  Value& insert(Key key, Value value) {
    if (index_.count(key)) detail::throw_key(key_description_, key, "' already defined");
    index_.emplace(key, items_.size());
    items_.emplace_back(std::move(key), std::move(value));
    return items_.back().value();
  }
  void update(const OrderedDict& other) { for (const auto& i : other.items_) insert(i.key(), i.value()); }

  /// Removes one key, or all.
  void erase(const Key& key) {
    auto i = index_.find(key);
    if (i == index_.end()) detail::throw_key("Key", key, "' doesn't exist");
    const size_t at = i->second;
    index_.erase(i);
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(at));
    for (auto& p : index_)
      if (p.second > at) --p.second;
  }
  void clear() { index_.clear(); items_.clear(); }

  /// Everything as a vector.
  const std::vector<Item>& items() const noexcept { return items_; }
  std::vector<Key> keys() const { std::vector<Key> r; for (const auto& i : items_) r.push_back(i.key()); return r; }
  std::vector<Value> values() const { std::vector<Value> r; for (const auto& i : items_) r.push_back(i.value()); return r; }
  std::vector<std::pair<Key, Value>> pairs() const { std::vector<std::pair<Key, Value>> r; for (const auto& i : items_) r.push_back(i.pair()); return r; }

 private:
  Item& at(size_t index) {
    if (index >= items_.size()) detail::throw_key("Index", index, "' is out of bounds");
    return items_[index];
  }
  std::unordered_map<Key, size_t> index_;
  std::vector<Item> items_;
  std::string key_description_;
};

/// Whether both have equal keys and values in the same order.
template <class K, class V>
bool operator==(const OrderedDict<K, V>& a, const OrderedDict<K, V>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (!(a.items()[i].pair() == b.items()[i].pair())) return false;
  return true;
}

}  // namespace v1
}  // namespace wick
