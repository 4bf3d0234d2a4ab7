#include <wick/debug/nan_watch.h>

#include <algorithm>
#include <cmath>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "debug/op_text.h"

namespace wick::debug::inline v1 {
namespace {

bool numbers(const Tensor& t) { return t.defined() && !t.is_sparse() && (t.is_floating_point() || t.is_complex()) && t.numel() > 0; }

// The place of the first bad element in the order of the shape, or -1.
int64_t first_bad(const Tensor& t0, bool nan, bool inf) {
  if (!numbers(t0)) return -1;
  Tensor t = t0.detach();
  if (t.is_complex()) t = wick::view_as_real(t);
  const Tensor bad = nan && inf ? isfinite(t).logical_not() : nan ? isnan(t) : isinf(t);
  if (!bad.any().item<bool>()) return -1;
  const int64_t at = bad.reshape({-1}).to(kByte).argmax().item<int64_t>();
  return t0.is_complex() ? at / 2 : at;
}
double value_at(const Tensor& t0, int64_t at) {
  Tensor t = t0.detach().reshape({-1})[at];
  if (!t.is_complex()) return t.to(kDouble).item<double>();
  const Tensor parts = wick::view_as_real(t).to(kDouble);
  const double re = parts[0].item<double>();
  return std::isfinite(re) ? parts[1].item<double>() : re;
}
std::vector<int64_t> index_at(IntArrayRef shape, int64_t at) {
  std::vector<int64_t> index(shape.size());
  for (size_t d = shape.size(); d-- > 0; at /= shape[d]) index[d] = at % shape[d];
  return index;
}
std::string value_text(double v) { return std::isnan(v) ? "nan" : std::isinf(v) ? v > 0 ? "inf" : "-inf" : str(v); }

// Whose parameter or buffer it is, among the modules under way.
std::string name_of(const Tensor& t) {
  const void* wanted = t.unsafeGetTensorImpl();
  for (const watch::Event& e : watch::under_way()) {
    if (e.kind != watch::Kind::module) continue;
    const auto& module = *static_cast<const nn::Module*>(e.what);
    const std::string path = path_of(nullptr, "", module);
    for (const auto& p : module.named_parameters())
      if (p.value().unsafeGetTensorImpl() == wanted) return "parameter " + p.key() + " of " + path;
    for (const auto& b : module.named_buffers())
      if (b.value().unsafeGetTensorImpl() == wanted) return "buffer " + b.key() + " of " + path;
  }
  return {};
}

}  // namespace

std::string BadValue::text() const {
  std::string s = str(op, " gave ", value_text(value), " at ", IntArrayRef(index), " of its result", result ? str(" ", result) : "", " ", IntArrayRef(shape), backward ? ", in backward" : ", in forward");
  if (!step.empty()) s += " (" + step + ")";
  s += "\n  in module " + (module.empty() ? "none" : module) + "; arguments " + (input_shapes.empty() ? "none" : shapes_text(input_shapes));
  if (input >= 0) s += str("\n  argument ", input, " held such a value already", input_name.empty() ? "" : ": the " + input_name);
  else if (!input_values.empty()) {
    s += "\n  made from";
    for (const double v : input_values) s += " " + value_text(v);
  }
  return s;
}

class NanWatch::Eye final : public watch::Watcher {
 public:
  explicit Eye(NanWatchOptions o) : options(std::move(o)) {
    for (const char* name : {"aten::fill_", "aten::masked_fill_", "aten::masked_fill", "aten::full", "aten::where", "aten::isinf", "aten::isnan"}) may_.push_back(name);
  }
  void begin(const watch::Event&) override {}
  void end(const watch::Event& e, const watch::Outcome& o) override {
    if (o.failed || !o.results || e.kind == watch::Kind::view || is_unwritten(e)) return;
    if (o.node && is_op(e.kind)) origins_.note(o.node);
    const NoGradGuard off;
    for (size_t i = 0; i < o.results->list.size(); ++i) {
      const Tensor& t = *o.results->list[i];
      const int64_t at = first_bad(t, options.nan(), options.inf());
      if (at >= 0) return tell(e, static_cast<int64_t>(i), t, at);
    }
  }

  const NanWatchOptions options;
  std::vector<BadValue> found;

 private:
  void tell(const watch::Event& e, int64_t result, const Tensor& t, int64_t at) {
    BadValue b;
    b.op = is_op(e.kind) ? debug::name_of(e) : e.name;
    b.value = value_at(t, at);
    const auto listed = [&](const std::vector<std::string>& list) { return std::find(list.begin(), list.end(), b.op) != list.end(); };
    if (listed(options.ignore()) || (std::isinf(b.value) && listed(may_))) return;
    b.module = origins_.module_here();
    if (const watch::Event* step = Origins::step()) {
      b.backward = true;
      b.step = step->name;
      if (e.kind == watch::Kind::node && !found.empty() && found.back().backward) return;  // one of its ops was told of
    }
    b.result = result;
    b.index = index_at(t.sizes(), at);
    b.shape = t.sizes().vec();
    b.input_shapes = shapes_of(e.inputs);
    for (size_t i = 0; e.inputs && i < e.inputs->size(); ++i) {
      const Tensor& in = (*e.inputs)[i];
      if (!numbers(in) || in.is_same(t)) continue;
      if (b.input < 0 && first_bad(in, options.nan(), options.inf()) >= 0) {
        b.input = static_cast<int64_t>(i);
        b.input_name = name_of(in);
      }
      if (in.sizes() == t.sizes() || in.numel() == 1) b.input_values.push_back(value_at(in, in.numel() == 1 ? 0 : at));
    }
    if (b.input >= 0) b.input_values.clear();
    if (!found.empty() && b.input >= 0 && b.input_name.empty()) return;  // a consequence
    found.push_back(b);
    if (options.throws()) throw Error("NanWatch: " + b.text());
  }
  Origins origins_;
  std::vector<std::string> may_;
};

NanWatch::NanWatch(NanWatchOptions options) : eye_(std::make_shared<Eye>(std::move(options))) { watch::add(eye_); }
NanWatch::~NanWatch() { watch::remove(eye_.get()); }
const std::vector<BadValue>& NanWatch::found() const { return eye_->found; }

std::vector<std::string> bad_values(const nn::Module& module) {
  const NoGradGuard off;
  std::vector<std::string> lines;
  const auto look = [&](const std::string& name, const Tensor& t) {
    const int64_t at = first_bad(t, true, true);
    if (at >= 0) lines.push_back(str(name, ": ", value_text(value_at(t, at)), " at ", IntArrayRef(index_at(t.sizes(), at)), " of ", t.sizes()));
  };
  for (const auto& p : module.named_parameters()) {
    look(p.key(), p.value());
    look(p.key() + ".grad", p.value().grad());
  }
  for (const auto& b : module.named_buffers()) look(b.key(), b.value());
  return lines;
}

}  // namespace wick::debug::inline v1
