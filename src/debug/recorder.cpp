#include <wick/debug/recorder.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/files.h>
#include <wick/nn/attention.h>
#include <wick/ops.h>

#include "debug/layers.h"

namespace wick::debug::inline v1 {

Statistics statistics(const Tensor& values, int64_t bins) {
  WICK_CHECK_TYPE(ValueError, values.defined() && !values.is_complex() && bins >= 0, "statistics: takes a real tensor and bins of at least 0, got ",
                  values.defined() ? str(values.scalar_type()) : "nothing", " and ", bins);
  const NoGradGuard off;
  Statistics s;
  s.count = values.numel();
  Tensor v = values.detach().reshape({-1}).to(kDouble);
  const Tensor nan = isnan(v);
  s.nans = nan.sum().item<int64_t>();
  if (s.nans) v = v.masked_select(nan.logical_not());
  if (v.numel()) {
    s.mean = v.mean().item<double>();
    s.std = v.std(/*unbiased=*/false).item<double>();
    s.min = v.min().item<double>();
    s.max = v.max().item<double>();
    s.zeros = v.eq(0).to(kDouble).mean().item<double>();
  }
  if (!bins) return s;
  v = v.masked_select(isfinite(v));
  s.histogram = v.numel() ? histc(v, bins).to(kLong) : zeros({bins}, kLong);
  return s;
}

namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& n : names) text += (text.empty() ? "'" : ", '") + n + "'";
  return text;
}

}  // namespace

// --- Activations -------------------------------------------------------------------------------------------------

struct ActivationRecorder::State {
  RecorderOptions options;
  std::vector<std::string> paths;
  std::map<std::string, int64_t> calls;
  std::vector<std::shared_ptr<Activation>> list;
  mutable std::mutex mutex;

  void note(const std::shared_ptr<State>& self, const std::string& path, const std::vector<Tensor>& outputs) {
    const std::lock_guard<std::mutex> lock(mutex);
    const int64_t call = calls[path]++;
    if (options.keep()) std::erase_if(list, [&](const auto& a) { return a->path == path && a->call <= call - options.keep(); });
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Tensor& t = outputs[i];
      if (!t.defined() || t.is_complex()) continue;
      auto a = std::make_shared<Activation>();
      a->path = path;
      a->call = call;
      a->output = static_cast<int64_t>(i);
      a->value_statistics = statistics(t, options.bins());
      if (options.values()) a->value = t.detach().clone();  // what comes next may change it in place
      if (options.gradients() && t.requires_grad() && GradMode::is_enabled())
        t.register_hook([weak = std::weak_ptr<State>(self), at = std::weak_ptr<Activation>(a)](const Tensor& g) {
          const auto state = weak.lock();
          const auto record = at.lock();
          if (state && record) state->gradient(*record, g);
        });
      list.push_back(std::move(a));
    }
  }
  void gradient(Activation& a, const Tensor& g) {
    const std::lock_guard<std::mutex> lock(mutex);
    a.gradient_statistics = statistics(g, options.bins());
    if (options.values()) a.gradient = g.detach().clone();
  }
  Activation last(const std::string& path, const char* call) const {
    const std::lock_guard<std::mutex> lock(mutex);
    WICK_CHECK_TYPE(ValueError, std::find(paths.begin(), paths.end(), path) != paths.end(), "ActivationRecorder: '", path, "' is not recorded; recorded are ", listed(paths));
    for (auto a = list.rbegin(); a != list.rend(); ++a)
      if ((*a)->path == path && (*a)->output == 0) return **a;
    throw Error(str("ActivationRecorder: nothing recorded for ", call, " of '", path, "' yet: call the model as net(x), not net->forward(x)"));
  }
};

ActivationRecorder::ActivationRecorder(nn::Module& model, const std::vector<std::string>& patterns, RecorderOptions options) : state_(std::make_shared<State>()) {
  WICK_CHECK_TYPE(ValueError, options.keep() >= 0 && options.bins() >= 0, "ActivationRecorder: keep and bins are at least 0, got ", options.keep(), " and ", options.bins());
  state_->options = options;
  for (const auto& [path, module] : find_layers(model, patterns, "ActivationRecorder")) {
    state_->paths.push_back(path);
    hooks_.push_back(module->register_forward_hook([state = state_, path = path](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>& out) { state->note(state, path, out); }));
  }
}
ActivationRecorder::~ActivationRecorder() {
  for (auto& h : hooks_) h.remove();
}
const std::vector<std::string>& ActivationRecorder::paths() const { return state_->paths; }
std::vector<Activation> ActivationRecorder::records() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<Activation> all;
  for (const auto& a : state_->list) all.push_back(*a);
  return all;
}
Tensor ActivationRecorder::value(const std::string& path) const { return state_->last(path, "value").value; }
Tensor ActivationRecorder::gradient(const std::string& path) const { return state_->last(path, "gradient").gradient; }
void ActivationRecorder::clear() {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  state_->list.clear();
  state_->calls.clear();
}

namespace {

std::string name_of(const Activation& a, bool single) { return single ? a.path.empty() ? "model" : a.path : str(a.path.empty() ? "model" : a.path, "#", a.call, ".", a.output); }
bool is_single(const Activation& a, const std::vector<Activation>& all) {
  return std::count_if(all.begin(), all.end(), [&](const Activation& b) { return b.path == a.path; }) == 1;
}
std::vector<std::string> cells(const Statistics& s) { return {number(s.mean), number(s.std), number(s.min), number(s.max), number(s.zeros), std::to_string(s.nans)}; }

}  // namespace

std::string ActivationRecorder::table() const {
  const auto all = records();
  size_t width = 12;
  for (const auto& a : all) width = std::max(width, name_of(a, false).size() + 6);
  std::string text = row("layer", width, {"mean", "std", "min", "max", "zeros", "NaN"});
  for (const auto& a : all) {
    const std::string name = name_of(a, is_single(a, all));
    text += row(name, width, cells(a.value_statistics));
    if (a.gradient_statistics.count) text += row(name + ".grad", width, cells(a.gradient_statistics));
  }
  return text;
}
std::string ActivationRecorder::csv() const {
  std::string text = "layer,call,output,of,count,mean,std,min,max,zeros,nans\n";
  for (const auto& a : records())
    for (const auto* s : {&a.value_statistics, &a.gradient_statistics}) {
      if (!s->count) continue;
      text += str(a.path, ",", a.call, ",", a.output, ",", s == &a.value_statistics ? "value" : "gradient", ",", s->count);
      for (const std::string& c : cells(*s)) text += "," + c;
      text += "\n";
    }
  return text;
}
void ActivationRecorder::save(const std::string& path) const {
  const auto all = records();
  io::NamedTensors out;
  for (const auto& a : all) {
    const std::string name = name_of(a, is_single(a, all));
    if (a.value.defined()) out.emplace_back(name, a.value);
    if (a.gradient.defined()) out.emplace_back(name + ".grad", a.gradient);
  }
  io::save_npz(path, out);
}

// --- Units -------------------------------------------------------------------------------------------------------

namespace {

// `ReLU` of torch::nn::ReLUImpl.
std::string kind_of(const nn::Module& m) {
  std::string name = m.name();
  if (const size_t at = name.rfind("::"); at != std::string::npos) name.erase(0, at + 2);
  if (name.ends_with("Impl")) name.resize(name.size() - 4);
  return name;
}
bool squashes(const std::string& kind) { return kind == "Sigmoid" || kind == "Tanh"; }

}  // namespace

struct UnitActivity::State {
  struct Layer { std::string path, kind; Tensor above, edge; int64_t count = 0; };
  UnitActivityOptions options;
  std::vector<Layer> layers;
  std::mutex mutex;

  void note(size_t which, const Tensor& y) {
    const NoGradGuard off;
    const std::lock_guard<std::mutex> lock(mutex);
    Layer& l = layers[which];
    if (!y.numel() || y.dim() == 0) return;
    const Tensor units = y.detach().movedim(y.dim() == 1 ? 0 : options.dim(), 0), v = units.reshape({units.size(0), -1});
    const auto count = [](const Tensor& b) { return b.to(kDouble).sum(1); };
    const Tensor above = count(v.gt(0));
    Tensor edge = zeros_like(above);
    if (l.kind == "Tanh") edge = count(v.abs().gt(options.edge()));
    else if (l.kind == "Sigmoid") edge = count((v - 0.5).abs().gt(options.edge() - 0.5));
    WICK_CHECK_TYPE(ValueError, !l.above.defined() || l.above.sizes() == above.sizes(), "UnitActivity: '", l.path, "' gave ", above.size(0), " units, and ", l.above.size(0), " before");
    l.above = l.above.defined() ? l.above + above : above;
    l.edge = l.edge.defined() ? l.edge + edge : edge;
    l.count += v.size(1);
  }
};

UnitActivity::UnitActivity(nn::Module& model, const std::vector<std::string>& patterns, UnitActivityOptions options) : state_(std::make_shared<State>()) {
  state_->options = options;
  const bool own = !patterns.empty();
  const auto wanted = [&](const nn::Module& m) {
    const std::string kind = kind_of(m);
    return own || kind == "ReLU" || kind == "ReLU6" || squashes(kind);
  };
  for (const auto& [path, module] : find_layers(model, own ? patterns : std::vector<std::string>{"*"}, "UnitActivity", wanted)) {
    const size_t which = state_->layers.size();
    state_->layers.push_back({path, kind_of(*module), {}, {}, 0});
    hooks_.push_back(module->register_forward_hook([state = state_, which](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>& out) {
      if (!out.empty() && out[0].defined()) state->note(which, out[0]);
    }));
  }
}
UnitActivity::~UnitActivity() {
  for (auto& h : hooks_) h.remove();
}
std::vector<LayerActivity> UnitActivity::layers() const {
  const std::lock_guard<std::mutex> lock(state_->mutex);
  std::vector<LayerActivity> all;
  for (const auto& l : state_->layers) {
    if (!l.count) continue;
    LayerActivity a{l.path, l.kind, l.above / l.count, l.edge / l.count, {}, {}};
    for (int64_t i = 0; i < a.active.size(0); ++i) {
      if (!squashes(l.kind) && a.active[i].item<double>() == 0) a.dead_units.push_back(i);
      if (squashes(l.kind) && a.saturated[i].item<double>() > state_->options.share()) a.saturated_units.push_back(i);
    }
    all.push_back(std::move(a));
  }
  return all;
}
std::string UnitActivity::table() const {
  const auto all = layers();
  size_t width = 12;
  for (const auto& l : all) width = std::max(width, l.path.size() + 2);
  std::string text = row("layer", width, {"kind", "units", "dead", "saturated", "active", "at edge"});
  for (const auto& l : all)
    text += row(l.path, width, {l.kind, std::to_string(l.active.numel()), std::to_string(l.dead_units.size()), std::to_string(l.saturated_units.size()),
                                number(l.active.mean().item<double>()), number(l.saturated.mean().item<double>())});
  return text;
}
std::string UnitActivity::csv() const {
  std::string text = "layer,kind,unit,active,saturated\n";
  for (const auto& l : layers())
    for (int64_t i = 0; i < l.active.numel(); ++i)
      text += str(l.path, ",", l.kind, ",", i, ",", number(l.active[i].item<double>()), ",", number(l.saturated[i].item<double>()), "\n");
  return text;
}

// --- Attention ---------------------------------------------------------------------------------------------------

struct AttentionRecorder::State {
  std::vector<std::pair<std::string, Tensor>> weights;
};

AttentionRecorder::AttentionRecorder(nn::Module& model, const std::vector<std::string>& patterns) : state_(std::make_shared<State>()) {
  const auto wanted = [](const nn::Module& m) { return m.as<nn::MultiheadAttention>() != nullptr; };
  for (const auto& [path, module] : find_layers(model, patterns, "AttentionRecorder", wanted)) {
    const size_t which = state_->weights.size();
    state_->weights.emplace_back(path, Tensor());
    hooks_.push_back(module->register_forward_pre_hook([state = state_, which](nn::Module& m, const std::vector<Tensor>& in) {
      if (in.size() < 3) return;
      const NoGradGuard off;
      auto& attention = *m.as<nn::MultiheadAttention>();
      const bool training = m.is_training();
      m.train(false);  // no dropout, and no random numbers taken
      const Tensor padding = in.size() > 3 ? in[3] : Tensor(), mask = in.size() > 4 ? in[4] : Tensor();
      try {
        state->weights[which].second = std::get<1>(attention.forward(in[0], in[1], in[2], padding, true, mask, false));
      } catch (...) {
        m.train(training);
        throw;
      }
      m.train(training);
    }));
  }
}
AttentionRecorder::~AttentionRecorder() {
  for (auto& h : hooks_) h.remove();
}
std::vector<std::string> AttentionRecorder::paths() const {
  std::vector<std::string> all;
  for (const auto& w : state_->weights) all.push_back(w.first);
  return all;
}
Tensor AttentionRecorder::weights(const std::string& path) const {
  for (const auto& [p, w] : state_->weights) {
    if (p != path) continue;
    WICK_CHECK(w.defined(), "AttentionRecorder: '", path, "' was not called yet");
    return w;
  }
  throw ValueError(str("AttentionRecorder: '", path, "' is not recorded; recorded are ", listed(paths())));
}

}  // namespace wick::debug::inline v1
