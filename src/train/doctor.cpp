// What the Doctor records.
#include <wick/train/doctor.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/dist/meter.h>
#include <wick/nn.h>
#include <wick/ops.h>

#include "io/atomic_file.h"
#include "train/doctor_data.h"

namespace wick::train::inline v1 {
namespace {

constexpr int64_t kSampled = 1 << 14;  // values of a parameter whose change is looked at
constexpr int64_t kMostClasses = 100000;
constexpr size_t kSteps = 1000;

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double norm_of(const Tensor& t) { return t.norm().to(kDouble).item<double>(); }

// Some values of a parameter, evenly spread.
Tensor some_of(const Tensor& parameter) {
  const Tensor flat = parameter.detach().flatten();
  return flat.slice(0, 0, flat.numel(), std::max<int64_t>(1, flat.numel() / kSampled));
}

const char* kind_of(nn::Module& m) {
  if (m.as<nn::ReLU>() || m.as<nn::ReLU6>()) return "relu";
  if (m.as<nn::Tanh>()) return "tanh";
  if (m.as<nn::Sigmoid>()) return "sigmoid";
  if (m.as<nn::BatchNorm1d>() || m.as<nn::BatchNorm2d>() || m.as<nn::BatchNorm3d>()) return "batch_norm";
  return nullptr;
}

// Sums of an epoch's samples.
struct Watched {
  Tensor value, before;
  double weight = 0, gradient = 0, update = 0;
  int64_t changes = 0, gradients = 0;
};
struct Outputs {
  std::vector<std::pair<std::vector<int64_t>, Tensor>> alive;  // by shape: which units have given something
  double saturated = 0;
  int64_t samples = 0;
};

}  // namespace

struct Doctor::Impl {
  std::string folder;
  TrainerBase* trainer = nullptr;  // since a fit began
  Signals s;
  std::vector<Watched> parameters;
  std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>> leaves;
  std::vector<Outputs> outputs;
  std::vector<nn::RemovableHandle> hooks;
  bool first = true, sampling = false;
  int64_t every = 1, epochs = 0, inputs = 0, epoch_start = 0, pairs = 0, samples = 0;
  double last_loss = NAN, differences = 0, gradient = 0, update = 0, input_mean = 0, input_square = 0, data = 0, compute = 0, written = 0;
  int64_t updates = 0;

  void begin(TrainerBase& t) {
    auto faults = std::move(s.faults);
    s = Signals();
    s.faults = std::move(faults);
    parameters.clear();
    leaves.clear();
    outputs.clear();
    first = t.rank() == 0;
    epochs = inputs = 0;
    data = compute = input_mean = input_square = 0;
    s.unused_expected = t.options().find_unused_parameters();
    std::set<const void*> optimized;
    for (const auto& g : t.optimizer().param_groups())
      for (const Tensor& p : g.params()) optimized.insert(p.unsafeGetTensorImpl());
    for (const auto& p : t.model().named_parameters()) {
      Signals::Parameter& q = s.parameters.emplace_back();
      q.name = p.key();
      q.values = p.value().numel();
      q.dims = p.value().dim();
      q.trains = p.value().requires_grad();
      q.in_optimizer = optimized.count(p.value().unsafeGetTensorImpl()) > 0;
      parameters.emplace_back().value = p.value();
    }
    for (const auto& m : t.model().named_modules("", false))
      if (m.value()->children().empty()) {
        leaves.emplace_back(m.key(), m.value());
        const char* kind = kind_of(*m.value());
        Signals::Layer& layer = s.layers.emplace_back();
        layer.name = m.key();
        layer.kind = kind ? kind : "";
      }
    outputs.resize(leaves.size());
    s.normalises_input = !s.layers.empty() && s.layers[0].kind == "batch_norm";
  }

  void reset() {
    for (Watched& w : parameters) {
      const Tensor value = w.value;
      w = Watched();
      w.value = value;
    }
    for (auto& q : s.parameters) q.samples = q.without_gradient = 0;
    for (Outputs& o : outputs) o = {};
    for (auto& l : s.layers) l.batch = 0;
    last_loss = NAN;
    differences = gradient = update = 0;
    pairs = samples = updates = 0;
  }

  // Before the forward pass of a step that is looked at.
  void watch() {
    unwatch();
    sampling = true;
    for (size_t i = 0; i < leaves.size(); ++i) {
      nn::Module& m = *leaves[i].second;
      if (i == 0 && inputs < 4) hooks.push_back(m.register_forward_pre_hook([this](nn::Module& l, const std::vector<Tensor>& in) { if (l.is_training() && !in.empty()) input(in[0]); }));
      if (s.layers[i].kind.empty()) continue;
      hooks.push_back(m.register_forward_hook([this, i](nn::Module& l, const std::vector<Tensor>& in, const std::vector<Tensor>& out) {
        if (l.is_training() && GradMode::is_enabled() && !in.empty() && !out.empty()) look(i, in[0].detach(), out[0].detach());
      }));
    }
  }
  void unwatch() {
    for (auto& h : hooks) h.remove();
    hooks.clear();
    sampling = false;
  }

  void input(const Tensor& x) {
    if (!x.is_floating_point() || x.numel() == 0 || inputs >= 4) return;
    const NoGradGuard off;
    const Tensor v = x.detach().to(kFloat);
    input_mean += v.mean().item<double>();
    input_square += v.square().mean().item<double>();
    ++inputs;
    const double n = static_cast<double>(inputs), largest = v.abs().amax().item<double>();
    s.input_mean = input_mean / n;
    s.input_std = std::sqrt(std::max(0.0, input_square / n - s.input_mean * s.input_mean));
    s.input_max = std::isnan(s.input_max) ? largest : std::max(s.input_max, largest);
  }
  void look(size_t i, const Tensor& in, const Tensor& out) {
    const NoGradGuard off;
    Outputs& o = outputs[i];
    const std::string& kind = s.layers[i].kind;
    if (kind == "batch_norm") s.layers[i].batch = std::max<int64_t>(s.layers[i].batch, in.size(0));
    else if (out.numel() == 0) return;
    else if (kind != "relu") o.saturated += (kind == "tanh" ? out.abs().gt(0.97) : out.sub(0.5).abs().gt(0.47)).to(kFloat).mean().item<double>();
    else if (out.dim() >= 2) {
      std::vector<int64_t> shape = out.sizes().vec(), others;
      for (int64_t d = 0; d < out.dim(); ++d)
        if (d != 1) others.push_back(d);
      shape[0] = 0;
      const Tensor some = out.amax(others).gt(0);
      const auto at = std::find_if(o.alive.begin(), o.alive.end(), [&](const auto& a) { return a.first == shape; });
      if (at == o.alive.end()) o.alive.emplace_back(shape, some);
      else at->second = at->second.logical_or(some);
    }
    ++o.samples;
  }

  void gradients() {
    const NoGradGuard off;
    double all = 0, weights = 0;
    for (size_t i = 0; i < parameters.size(); ++i) {
      Watched& w = parameters[i];
      Signals::Parameter& q = s.parameters[i];
      ++q.samples;
      q.trains = w.value.requires_grad();
      const Tensor g = w.value.grad();
      if (!g.defined()) {
        ++q.without_gradient;
        continue;
      }
      if (g.is_sparse() || g.is_complex() || w.value.numel() == 0) continue;
      const double size = norm_of(w.value.detach()), slope = norm_of(g);
      w.weight += size;
      w.gradient += slope;
      ++w.gradients;
      w.before = some_of(w.value).clone();
      all += slope * slope;
      weights += size * size;
    }
    if (weights > 0) gradient += std::sqrt(all / weights), ++samples;
  }
  void changes() {
    const NoGradGuard off;
    double all = 0, weights = 0;
    for (Watched& w : parameters) {
      if (!w.before.defined()) continue;
      const double size = norm_of(w.before), change = norm_of(some_of(w.value).sub(w.before));
      w.before = Tensor();
      if (size > 0) w.update += change / size, ++w.changes;
      const double share = static_cast<double>(w.value.numel()) / static_cast<double>(std::min(w.value.numel(), 2 * kSampled));
      all += change * change * share;
      weights += size * size * share;
    }
    if (weights > 0) update += std::sqrt(all / weights), ++updates;
  }

  void count(const Tensor& labels) {
    if (!labels.defined() || labels.dim() != 1 || labels.scalar_type() != kLong || labels.numel() == 0) return;
    const Tensor own = labels.contiguous();
    const int64_t* p = own.data_ptr<int64_t>();
    for (int64_t i = 0; i < own.numel(); ++i) {
      if (p[i] < 0 || p[i] >= kMostClasses) continue;
      if (static_cast<size_t>(p[i]) >= s.labels.size()) s.labels.resize(static_cast<size_t>(p[i]) + 1);
      ++s.labels[static_cast<size_t>(p[i])];
    }
  }

  void note(const std::string& name, double value) {
    for (auto& [key, values] : s.curves)
      if (key == name) {
        values.resize(static_cast<size_t>(epochs), NAN);
        values.back() = value;
        return;
      }
    s.curves.emplace_back(name, std::vector<double>(static_cast<size_t>(epochs), NAN));
    s.curves.back().second.back() = value;
  }
  void settle(TrainerBase& t) {
    for (size_t i = 0; i < parameters.size(); ++i) {
      const Watched& w = parameters[i];
      const double n = static_cast<double>(w.gradients);
      s.parameters[i].weight = n > 0 ? w.weight / n : NAN;
      s.parameters[i].gradient = w.weight > 0 ? w.gradient / w.weight : NAN;
      s.parameters[i].update = w.changes > 0 ? w.update / static_cast<double>(w.changes) : NAN;
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
      const Outputs& o = outputs[i];
      Signals::Layer& l = s.layers[i];
      l.dead = l.saturated = NAN;
      l.units = 0;
      if (l.kind == "relu") {
        int64_t dead = 0;
        for (const auto& [shape, alive] : o.alive) l.units += alive.numel(), dead += alive.numel() - alive.sum().item<int64_t>();
        if (l.units > 0) l.dead = static_cast<double>(dead) / static_cast<double>(l.units);
      } else if (!l.kind.empty() && l.kind != "batch_norm" && o.samples > 0) {
        l.saturated = o.saturated / static_cast<double>(o.samples);
      }
    }
    s.non_finite = t.non_finite_losses();
  }
  void end_epoch(TrainerBase& t) {
    ++epochs;
    for (const auto& [name, value] : t.logged()) note(name, value);
    end_steps(t);
    const distributed::RankTimes now = distributed::meter().read();
    note("data", now.data - data);
    note("compute", now.compute - compute);
    data = now.data;
    compute = now.compute;
    settle(t);
    if (seconds() - written > 1) write();  // short epochs need not each wait for the disk
  }
  // What the steps of this epoch, or of a part of it, have shown.
  void end_steps(TrainerBase& t) {
    if (!t.optimizer().param_groups().empty() && s.curve("lr").size() != static_cast<size_t>(epochs)) note("lr", t.optimizer().param_groups()[0].options().get_lr());
    note("loss_noise", pairs > 0 ? std::sqrt(differences / (2 * static_cast<double>(pairs))) : NAN);
    note("gradient", samples > 0 ? gradient / static_cast<double>(samples) : NAN);
    note("update", updates > 0 ? update / static_cast<double>(updates) : NAN);
  }
  void find_broken() {
    const NoGradGuard off;
    for (size_t i = 0; i < parameters.size() && s.broken.empty(); ++i)
      if (parameters[i].value.is_floating_point() && !parameters[i].value.detach().isfinite().all().item<bool>()) s.broken = s.parameters[i].name;
  }
  void write() {
    if (folder.empty() || !first) return;
    std::filesystem::create_directories(folder);
    std::string text = s.json();
    text.insert(text.rfind('}'), ",\n\"findings\":" + findings_json(diagnose(s)));  // for the board, which knows no diagnoses
    io::write_atomically(folder + "/doctor.json", {{text.data(), text.size()}});
    written = seconds();
  }
};

Doctor::Doctor(std::string folder) : impl_(std::make_unique<Impl>()) { impl_->folder = std::move(folder); }
Doctor::~Doctor() { impl_->unwatch(); }
const Signals& Doctor::signals() const { return impl_->s; }

void Doctor::on_fit_begin(TrainerBase& trainer) {
  impl_->trainer = &trainer;
  impl_->begin(trainer);
}
void Doctor::on_epoch_begin(TrainerBase& trainer) {
  Impl& m = *impl_;
  m.reset();
  m.epoch_start = trainer.step();
  const int64_t steps = trainer.batches() / trainer.options().accumulate();
  m.every = every_steps_ > 0 ? every_steps_ : std::clamp<int64_t>(steps / 2, 1, 50);
  m.watch();
}
void Doctor::on_gradients(TrainerBase&) {
  if (impl_->sampling) impl_->gradients();
}
void Doctor::on_step_end(TrainerBase& trainer) {
  Impl& m = *impl_;
  if (m.sampling) m.changes();
  m.unwatch();
  if (m.epochs == 0) m.count(trainer.target());
  for (const auto& [name, value] : trainer.logged_last())
    if (name == "loss") {
      if (trainer.step() == 1) m.s.first_loss = value;
      if (m.s.steps.size() < kSteps && trainer.step() == static_cast<int64_t>(m.s.steps.size()) + 1) m.s.steps.push_back(value);
      if (!std::isnan(m.last_loss)) m.differences += (value - m.last_loss) * (value - m.last_loss), ++m.pairs;
      m.last_loss = value;
    }
  const bool ends = trainer.batches() > 0 && trainer.batch() >= trainer.batches();
  if (!ends && (trainer.step() - m.epoch_start) % m.every == 0) m.watch();
}
void Doctor::score(double right, double right_held_out, int64_t held_out_examples) {
  impl_->s.right = right;
  impl_->s.right_held_out = right_held_out;
  impl_->s.held_out_examples = held_out_examples;
  impl_->write();
}
void Doctor::add(const std::vector<Signals::Fault>& faults) {
  auto& all = impl_->s.faults;
  for (const auto& f : faults) all.erase(std::remove_if(all.begin(), all.end(), [&](const auto& g) { return g.kind == f.kind; }), all.end());
  all.insert(all.end(), faults.begin(), faults.end());
  if (impl_->trainer) impl_->write();
}
void Doctor::on_epoch_end(TrainerBase& trainer) {
  impl_->unwatch();
  impl_->end_epoch(trainer);
}
void Doctor::on_fit_end(TrainerBase& trainer) {
  impl_->unwatch();
  impl_->s.non_finite = trainer.non_finite_losses();
  impl_->find_broken();
  impl_->write();
}
void Doctor::on_error() noexcept {
  try {
    impl_->unwatch();
    if (!impl_->trainer) return;
    ++impl_->epochs;
    impl_->end_steps(*impl_->trainer);
    impl_->settle(*impl_->trainer);
    impl_->find_broken();
    impl_->write();
  } catch (...) {  // the error that ended the fit is the one to be told
  }
}

}  // namespace wick::train::inline v1
