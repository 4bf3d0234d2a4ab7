#include <wick/debug/shape_trace.h>

#include <algorithm>
#include <deque>

#include <wick/core/str.h>

#include "debug/op_text.h"

namespace wick::debug::inline v1 {

class ShapeTrace::Eye final : public watch::Watcher {
 public:
  explicit Eye(int64_t keep) : keep_(static_cast<size_t>(std::max<int64_t>(keep, 1))) {}
  void begin(const watch::Event& e) override {
    // A new run of the outermost module.
    if (e.kind != watch::Kind::module) return;
    const auto& events = watch::under_way();
    if (std::count_if(events.begin(), events.end(), [](const watch::Event& x) { return x.kind == watch::Kind::module; }) <= 1) lines_.clear();
  }
  void end(const watch::Event& e, const watch::Outcome& o) override {
    if (!is_op(e.kind) || Origins::step()) return;
    std::string to;
    if (o.failed) to = "failed";
    else for (const Tensor* t : o.results->list) to += (to.empty() ? "" : ", ") + (t->defined() ? str(t->sizes()) : std::string("none"));
    const std::string path = module_path();
    lines_.push_back((path.empty() ? "" : path + ": ") + name_of(e) + " " + shapes_text(shapes_of(e.inputs)) + " -> " + to);
    if (lines_.size() > keep_) lines_.pop_front();
  }
  std::string story() const override {
    std::string s;
    for (const std::string& line : lines_) s += (s.empty() ? "  shapes until then:\n    " : "\n    ") + line;
    return s;
  }

 private:
  const size_t keep_;
  std::deque<std::string> lines_;
};

ShapeTrace::ShapeTrace(int64_t keep) : eye_(std::make_shared<Eye>(keep)) { watch::add(eye_); }
ShapeTrace::~ShapeTrace() { watch::remove(eye_.get()); }
std::string ShapeTrace::text() const { return eye_->story(); }

}  // namespace wick::debug::inline v1
