#include <wick/debug/memory_snapshot.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <ostream>
#include <unordered_map>

#include <wick/core/error.h>
#include <wick/core/memory.h>
#include <wick/core/str.h>

#include "core/backtrace.h"
#include "debug/memory_hub.h"
#include "debug/op_text.h"
#include "debug/profile_state.h"

namespace wick::debug::inline v1 {
namespace {

using Key = std::tuple<std::string, std::string, bool, std::string>;
std::map<Key, MemorySite> by_site(const std::vector<MemoryBlock>& blocks) {
  std::map<Key, MemorySite> sites;
  for (const MemoryBlock& b : blocks) {
    MemorySite& s = sites[{b.op, b.module, b.backward, b.stack}];
    s.op = b.op;
    s.module = b.module;
    s.backward = b.backward;
    s.stack = b.stack;
    s.bytes += b.bytes;
    ++s.blocks;
  }
  return sites;
}
std::vector<MemorySite> sorted(std::vector<MemorySite> sites) {
  std::stable_sort(sites.begin(), sites.end(), [](const MemorySite& a, const MemorySite& b) { return a.bytes > b.bytes; });
  return sites;
}
std::string table_of(const std::vector<MemorySite>& sites, int64_t row_limit) {
  std::vector<std::vector<std::string>> rows;
  for (const MemorySite& s : sites) {
    if (static_cast<int64_t>(rows.size()) >= row_limit && row_limit >= 0) break;
    rows.push_back({s.op.empty() ? "outside of ops" : s.op, bytes_text(static_cast<double>(s.bytes)), std::to_string(s.blocks), s.backward ? "backward" : "forward", s.module.empty() ? "--" : s.module});
    if (!s.stack.empty()) rows.back().push_back(s.stack);
    else rows.back().push_back("");
  }
  return aligned({"Made by", "Bytes", "Blocks", "Pass", "Module", "From"}, rows);
}

}  // namespace

class MemoryWatch::Eye final : public watch::Watcher, public MemoryListener {
 public:
  explicit Eye(bool stacks) : stacks_(stacks) {}
  void begin(const watch::Event&) override {}
  void end(const watch::Event& e, const watch::Outcome& o) override {
    if (!o.node || !is_op(e.kind)) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    origins_.note(o.node);
  }
  void allocated(void* p, size_t bytes) override {
    MemoryBlock b;
    b.address = reinterpret_cast<uint64_t>(p);
    b.bytes = static_cast<int64_t>(bytes);
    const auto& events = watch::under_way();
    if (!events.empty()) {
      const watch::Event& e = events.back();
      b.op = debug::is_op(e.kind) ? name_of(e) : e.kind == watch::Kind::optimizer ? "Optimizer.step#" + std::string(e.name) : e.kind == watch::Kind::module ? std::string() : e.name;
      b.backward = Origins::step() != nullptr;
    }
    if (stacks_) b.stack = callers(/*places=*/false);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!events.empty()) b.module = origins_.module_here();
    b.number = count_++;
    b.mark = static_cast<int64_t>(marks_.size());
    blocks_[b.address] = std::move(b);
  }
  void freed(void* p, size_t) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    blocks_.erase(reinterpret_cast<uint64_t>(p));
  }

  std::vector<MemoryBlock> blocks() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<MemoryBlock> all;
    for (const auto& [address, b] : blocks_) all.push_back(b);
    std::sort(all.begin(), all.end(), [](const MemoryBlock& a, const MemoryBlock& b) { return a.number < b.number; });
    return all;
  }
  void mark() {
    auto sites = by_site(blocks());
    const std::lock_guard<std::mutex> lock(mutex_);
    marks_.push_back(std::move(sites));
  }
  const std::vector<std::map<Key, MemorySite>>& marks() const { return marks_; }

 private:
  const bool stacks_;
  int64_t count_ = 0;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, MemoryBlock> blocks_;
  std::vector<std::map<Key, MemorySite>> marks_;
  Origins origins_;
};

MemoryWatch::MemoryWatch(bool stacks) : eye_(std::make_shared<Eye>(stacks)) {
  watch::add(eye_);
  listen(eye_.get());
}
MemoryWatch::~MemoryWatch() {
  unlisten(eye_.get());
  watch::remove(eye_.get());
}
MemorySnapshot MemoryWatch::snapshot() const {
  MemorySnapshot s;
  s.blocks = eye_->blocks();
  for (const MemoryBlock& b : s.blocks) s.bytes += b.bytes;
  s.other_bytes = std::max<int64_t>(memory_stats().current_bytes - s.bytes, 0);
  return s;
}
void MemoryWatch::mark() { eye_->mark(); }

std::vector<MemorySite> MemoryWatch::leaks(int64_t steps) const {
  const auto& marks = eye_->marks();
  WICK_CHECK_TYPE(ValueError, steps >= 2 && static_cast<int64_t>(marks.size()) >= steps, "leaks: needs at least 2 marks and as many as the steps, got ", marks.size(), " marks and ", steps, " steps");
  const size_t from = marks.size() - static_cast<size_t>(steps);
  std::vector<MemorySite> out;
  for (const auto& [key, last] : marks.back()) {
    bool grows = true;
    int64_t bytes = 0, blocks = 0, first_bytes = 0, first_blocks = 0;
    for (size_t m = from; m < marks.size() && grows; ++m) {
      const auto at = marks[m].find(key);
      const int64_t now = at == marks[m].end() ? 0 : at->second.bytes, n = at == marks[m].end() ? 0 : at->second.blocks;
      if (m == from) { first_bytes = now; first_blocks = n; }
      else grows = now > bytes;
      bytes = now;
      blocks = n;
    }
    if (!grows) continue;
    MemorySite s = last;
    s.bytes = bytes - first_bytes;
    s.blocks = blocks - first_blocks;
    out.push_back(std::move(s));
  }
  return sorted(std::move(out));
}
std::string MemoryWatch::leaks_text(int64_t steps) const {
  const auto list = leaks(steps);
  if (list.empty()) return str("no memory grew in each of the last ", steps, " steps\n");
  return str("grew in each of the last ", steps, " steps:\n") + table_of(list, 20);
}

std::vector<MemorySite> MemorySnapshot::sites() const {
  std::vector<MemorySite> list;
  for (auto& [key, s] : by_site(blocks)) list.push_back(s);
  return sorted(std::move(list));
}
MemorySnapshot MemorySnapshot::since(const MemorySnapshot& earlier) const {
  MemorySnapshot d;
  std::vector<int64_t> known;
  for (const MemoryBlock& b : earlier.blocks) known.push_back(b.number);
  for (const MemoryBlock& b : blocks) {
    if (std::binary_search(known.begin(), known.end(), b.number)) continue;
    d.blocks.push_back(b);
    d.bytes += b.bytes;
  }
  return d;
}
std::string MemorySnapshot::table(int64_t row_limit) const {
  return table_of(sites(), row_limit) + str(blocks.size(), " blocks, ", bytes_text(static_cast<double>(bytes)), other_bytes ? "; made before: " + bytes_text(static_cast<double>(other_bytes)) : std::string(), "\n");
}
std::string MemorySnapshot::json() const {
  std::string s = str("{\"bytes\":", bytes, ",\"other_bytes\":", other_bytes, ",\"blocks\":[");
  for (size_t i = 0; i < blocks.size(); ++i) {
    const MemoryBlock& b = blocks[i];
    s += str(i ? ",\n" : "\n", "{\"address\":", b.address, ",\"bytes\":", b.bytes, ",\"number\":", b.number, ",\"mark\":", b.mark, ",\"op\":\"", json_text(b.op), "\",\"module\":\"", json_text(b.module), "\",\"backward\":",
             b.backward ? "true" : "false", ",\"stack\":\"", json_text(b.stack), "\"}");
  }
  return s + "\n]}\n";
}
std::ostream& operator<<(std::ostream& stream, const MemorySnapshot& snapshot) { return stream << snapshot.table(); }

}  // namespace wick::debug::inline v1
