// What onednn*.cpp share: engine, version switch, per-thread primitive cache. Includes dnnl.hpp; for them alone.
#pragma once

#include <atomic>
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>

#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/scratch.h"

#if DNNL_VERSION_MAJOR >= 3
#define WICK_ONEDNN_3 1
#else
#define WICK_ONEDNN_3 0
#endif

namespace wick::kernels::cpu::onednn {

inline dnnl::engine& engine() { static auto* e = new dnnl::engine(dnnl::engine::kind::cpu, 0); return *e; }
inline dnnl::stream& stream() { thread_local dnnl::stream s(engine()); return s; }
inline std::atomic<uint64_t>& generation() { static std::atomic<uint64_t> g{0}; return g; }

inline dnnl::memory::data_type data_type(ScalarType t) {
  return t == kBFloat16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}

// The working memory of a primitive comes from Scratch at each call, so that primitives can be shared and stay small.
inline dnnl::primitive_attr user_scratch() {
  dnnl::primitive_attr a;
  a.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return a;
}

// Primitive descriptors, whichever way this version of oneDNN makes them.
template <class P, class... Args>
typename P::primitive_desc describe(const dnnl::primitive_attr& attr, Args&&... args) {
#if WICK_ONEDNN_3
  return typename P::primitive_desc(engine(), std::forward<Args>(args)..., attr);
#else
  return typename P::primitive_desc(typename P::desc(std::forward<Args>(args)...), attr, engine());
#endif
}

// The same for backward passes, which name the forward one they belong to.
template <class P, class Hint, class... Args>
typename P::primitive_desc describe_backward(const dnnl::primitive_attr& attr, const Hint& hint, Args&&... args) {
#if WICK_ONEDNN_3
  return typename P::primitive_desc(engine(), std::forward<Args>(args)..., hint, attr);
#else
  return typename P::primitive_desc(typename P::desc(std::forward<Args>(args)...), attr, engine(), hint);
#endif
}

// Least recently used goes first. One per thread and kind: no locks on the way to a kernel.
template <class Entry, size_t N>
class Cache {
 public:
  using Key = std::array<int64_t, N>;
  explicit Cache(size_t capacity) : capacity_(capacity) {}

  // The entry of a key, made by `make` (which returns a unique_ptr, null for "refused": that is remembered too).
  template <class Make>
  Entry* get(const Key& key, Make&& make) {
    const uint64_t now = generation().load(std::memory_order_relaxed);
    if (now != generation_) {
      map_.clear();
      order_.clear();
      generation_ = now;
    }
    if (!order_.empty() && order_.front().first == key) return order_.front().second.get();
    auto it = map_.find(key);
    if (it != map_.end()) {
      order_.splice(order_.begin(), order_, it->second);
      return it->second->second.get();
    }
    order_.emplace_front(key, make());
    map_[key] = order_.begin();
    if (map_.size() > capacity_) {
      map_.erase(order_.back().first);
      order_.pop_back();
    }
    return order_.front().second.get();
  }

 private:
  struct Hash {
    size_t operator()(const Key& k) const {
      uint64_t h = 0x9e3779b97f4a7c15u;
      for (int64_t v : k) h = (h ^ static_cast<uint64_t>(v)) * 0xff51afd7ed558ccdu, h ^= h >> 32;
      return h;
    }
  };
  size_t capacity_;
  uint64_t generation_ = 0;
  std::list<std::pair<Key, std::unique_ptr<Entry>>> order_;
  std::unordered_map<Key, typename decltype(order_)::iterator, Hash> map_;
};

// Whether a kernel is generated code; oneDNN's reference loops are slower than ours.
inline bool is_fast(const char* name) {
  for (const char* p = name; *p; ++p)
    if (p[0] == 'r' && p[1] == 'e' && p[2] == 'f') return false;
  return true;
}

}  // namespace wick::kernels::cpu::onednn
