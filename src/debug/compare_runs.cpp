#include <wick/debug/compare_runs.h>

#include <algorithm>
#include <cstring>
#include <ostream>

#include <wick/core/generator.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>

#include "core/tensor_impl.h"
#include "debug/op_text.h"

namespace wick::debug::inline v1 {
namespace {

uint64_t mixed(uint64_t h, uint64_t v) {
  h = (h ^ v) * 0x9E3779B97F4A7C15u;
  return h ^ (h >> 29);
}
uint64_t checksum(const Tensor& t0) {
  if (!t0.defined() || t0.is_sparse()) return 0;
  const Tensor t = t0.detach().contiguous();
  uint64_t h = mixed(1, static_cast<uint64_t>(t.numel()));
  const char* p = static_cast<const char*>(t.data_ptr());
  size_t n = t.nbytes();
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t v;
    std::memcpy(&v, p, 8);
    h = mixed(h, v);
  }
  uint64_t rest = 0;
  if (n) std::memcpy(&rest, p, n);
  return mixed(h, rest);
}

// What an op gave, in the order of the run: its name, and a sum over arguments and for each result.
struct Seen { const char* name; watch::Kind kind; uint64_t arguments; SmallVec<uint64_t, 2> results; };

// What overwrites its first argument without reading it: that may be memory that nobody has written yet.
bool overwrites(const watch::Event& e) {
  if (e.kind != watch::Kind::inplace) return false;
  const std::string name = name_of(e);
  for (const char* op : {"uniform_", "normal_", "zero_", "fill_", "copy_", "random_", "bernoulli_", "exponential_", "geometric_", "cauchy_", "log_normal_"})
    if (name == std::string("aten::") + op) return true;
  return false;
}

class Recorder final : public watch::Watcher {
 public:
  explicit Recorder(std::vector<Seen>* first) : first_(first) {}
  void begin(const watch::Event& e) override {
    if (!is_op(e.kind)) return;
    uint64_t h = 7;
    for (size_t i = overwrites(e); e.inputs && i < e.inputs->size(); ++i) h = mixed(h, checksum((*e.inputs)[i]));
    arguments_.push_back(h);
  }
  void end(const watch::Event& e, const watch::Outcome& o) override {
    if (!is_op(e.kind) || arguments_.empty()) return;
    const uint64_t arguments = arguments_.back();
    arguments_.pop_back();
    if (!o.results) return;
    const NoGradGuard off;
    if (o.node) origins_.note(o.node);
    Seen s{e.kind == watch::Kind::function ? "custom function" : e.name, e.kind, arguments, {}};
    for (const Tensor* t : o.results->list) s.results.push_back(is_unwritten(e) ? 0 : checksum(*t));
    if (!first_) return seen.push_back(std::move(s));
    if (comparison.same) compare(e, o, s);
  }
  std::vector<Seen> seen;
  RunComparison comparison;
  size_t at = 0;

 private:
  void compare(const watch::Event& e, const watch::Outcome& o, const Seen& now) {
    RunComparison& c = comparison;
    const Seen* before = at < first_->size() ? &(*first_)[at] : nullptr;
    ++at;
    if (!before) c.what = "end";
    else if (std::strcmp(before->name, now.name) != 0 || before->results.size() != now.results.size()) c.what = "op";
    else if (before->arguments != now.arguments) c.what = "arguments";
    else {
      const auto [a, b] = std::mismatch(before->results.begin(), before->results.end(), now.results.begin());
      (void)b;
      if (a != before->results.end()) {
        c.what = "result";
        c.result = a - before->results.begin();
        if (o.results->list[static_cast<size_t>(c.result)]->defined()) c.shape = o.results->list[static_cast<size_t>(c.result)]->sizes().vec();
      }
    }
    if (c.what.empty()) {
      ++c.ops;
      return;
    }
    c.same = false;
    const size_t tensors = e.inputs ? e.inputs->size() : 0;
    c.other_op = name_of(e);
    if (before) c.op = before->kind == watch::Kind::function ? before->name : op_name(before->name, before->kind, tensors);
    c.module = origins_.module_here();
    c.backward = Origins::step() != nullptr;
    c.input_shapes = shapes_of(e.inputs);
  }
  std::vector<Seen>* first_;
  std::vector<uint64_t> arguments_;
  Origins origins_;
};

struct Looking {
  std::shared_ptr<Recorder> recorder;
  explicit Looking(std::shared_ptr<Recorder> r) : recorder(std::move(r)) { watch::add(recorder); }
  ~Looking() { watch::remove(recorder.get()); }
};

}  // namespace

RunComparison compare_runs(const std::function<void()>& f) {
  const Tensor numbers = default_generator().get_state();
  const auto first = std::make_shared<Recorder>(nullptr);
  {
    const Looking here(first);
    f();
  }
  auto generator = default_generator();
  generator.set_state(numbers);
  const auto second = std::make_shared<Recorder>(&first->seen);
  {
    const Looking here(second);
    f();
  }
  RunComparison& c = second->comparison;
  if (c.same && second->at < first->seen.size()) {
    c.same = false;
    c.what = "end";
    const Seen& s = first->seen[second->at];
    c.op = op_name(s.name, s.kind, 0);
  }
  return c;
}

std::ostream& operator<<(std::ostream& stream, const RunComparison& c) {
  if (c.same) return stream << "both runs gave the same, bit for bit: " << c.ops << " ops\n";
  stream << "the runs differ after " << c.ops << " ops: ";
  if (c.what == "result") stream << c.op << " gave another result " << c.result << " " << IntArrayRef(c.shape) << " from the same arguments";
  else if (c.what == "arguments") stream << "the arguments of " << c.op << " differ, though no op before gave another result: something else changed them";
  else if (c.what == "op") stream << "the first ran " << c.op << ", the second " << c.other_op;
  else stream << (c.op.empty() ? "the second went on with " + c.other_op : "the first went on with " + c.op);
  return stream << "\n  in module " << (c.module.empty() ? "none" : c.module) << (c.backward ? ", in backward" : ", in forward") << "; arguments " << shapes_text(c.input_shapes) << "\n";
}

}  // namespace wick::debug::inline v1
