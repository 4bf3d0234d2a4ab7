// The facts that the checks before training judge, and how all is put back.
#include "train/preflight.h"

#include <algorithm>
#include <cstring>
#include <ostream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn.h>
#include <wick/ops.h>
#include <wick/optim.h>

#include "autograd/record.h"
#include "train/snapshot.h"

namespace wick::train {
namespace {

bool starts(const char* name, const char* with) { return std::strncmp(name, with, std::strlen(with)) == 0; }
bool is_op(watch::Kind k) { return k <= watch::Kind::function; }

// Ops that compare outputs with targets; of the others' arguments the one that comes from the batch's target tells.
constexpr struct { const char* name; LossKind kind; } kLosses[] = {
    {"NllLoss", LossKind::classes},   {"BinaryCrossEntropyWithLogits", LossKind::logits}, {"BinaryCrossEntropyBackward", LossKind::probabilities}, {"MseLoss", LossKind::numbers},
    {"SmoothL1Loss", LossKind::numbers}, {"HuberLoss", LossKind::numbers},               {"SubBackward", LossKind::numbers},                    {"MulBackward", LossKind::soft_classes}};

// Looks on for a scope.
struct Looking {
  std::shared_ptr<Look> look;
  explicit Looking(std::shared_ptr<Look> l) : look(std::move(l)) { watch::add(look); }
  ~Looking() { watch::remove(look.get()); }
};

io::PackedArchive packed(const State::Save& save) {
  serialize::OutputArchive archive;
  save(archive);
  return snapshot(archive);
}

}  // namespace

Kept::Kept(detail::Subject& s) : s_(s) {
  if (s.optimizer) {
    serialize::OutputArchive archive;
    s.optimizer->save(archive);
    steps_ = !io::Access::node(archive).entries.empty();  // those that save nothing cannot be put back
    if (!s.trainer && steps_) own_.add("optimizer", *s.optimizer);
  }
  if (s.state && !s.trainer) own_.add("state", [st = s.state](serialize::OutputArchive& a) { st->save(a); }, [st = s.state](serialize::InputArchive& a) { st->load(a); });
  State& state = s.trainer ? *s.state : own_;
  state_ = packed([&](serialize::OutputArchive& a) { state.save(a); });
  if (s.save_loader) loader_ = packed(s.save_loader);
  const NoGradGuard off;
  for (const auto& all : {s.model.named_parameters(), s.model.named_buffers()})
    for (const auto& e : all)
      if (e.value().defined()) values_.emplace_back(e.value(), e.value().detach().clone());
  if (s.trainer) {
    place_ = detail::TrainerAccess::place(*s.trainer);
    modes_ = std::make_unique<nn::detail::EvalScope>(s.model);
    s.model.train();
  }
  for (const Tensor& p : s.model.parameters()) {
    gradients_.emplace_back(p, p.grad());
    p.mutable_grad() = Tensor();
  }
}
Kept::~Kept() {
  try {
    finish();
  } catch (...) {  // on the way out of another error
  }
}

void Kept::load(const io::PackedArchive& kept, const State::Load& load) {
  io::PackedArchive copy = kept;
  for (auto& t : copy.tensors) t.second = t.second.clone();  // what is loaded may be kept, and changed
  serialize::InputArchive archive = io::Access::input(io::unpack_archive("the state before", std::move(copy)));
  load(archive);
}
void Kept::restore_values() {
  const NoGradGuard off;
  for (auto& [live, copy] : values_) live.detach().copy_(copy);
  for (auto& [p, g] : gradients_) p.mutable_grad() = Tensor();
}
void Kept::restore() {
  State& state = s_.trainer ? *s_.state : own_;
  if (s_.optimizer && steps_) s_.optimizer->state().clear();  // loading leaves what the archive does not name
  load(state_, [&](serialize::InputArchive& a) { state.load(a); });
  restore_values();
}
void Kept::finish() {
  if (std::exchange(done_, true)) return;
  if (s_.load_loader) load(loader_, s_.load_loader);
  restore();
  for (auto& [p, g] : gradients_) p.mutable_grad() = g;
  if (place_) detail::TrainerAccess::set(*s_.trainer, *place_);
  modes_.reset();
}

Look::Look(const nn::Module& model, const detail::Subject& s) : s_(s), training_(GradMode::is_enabled()) {
  for (const Tensor& p : model.parameters()) parameters_.insert(p.unsafeGetTensorImpl());
}
void Look::begin(const watch::Event& e) {
  if (!is_op(e.kind) || depth_++ > 0) return;
  derives_ = compares_ = false;
  if (!e.inputs) return;
  bool others = false;
  for (size_t i = 0; i < e.inputs->size(); ++i) {
    const Tensor& t = (*e.inputs)[i];
    if (!t.defined()) continue;
    if (from_target(t)) derives_ = true;
    else if (t.dim() > 0 || t.requires_grad()) others = true;
    if (input.defined() || e.kind == watch::Kind::inplace || parameters_.count(t.unsafeGetTensorImpl()) == 0) continue;
    for (size_t k = 0; k < e.inputs->size(); ++k) {
      const Tensor& x = (*e.inputs)[k];
      if (x.defined() && x.is_floating_point() && x.dim() > 0 && parameters_.count(x.unsafeGetTensorImpl()) == 0 && !from_target(x)) input = x.detach(), layer = e.name;
    }
  }
  if (pictures.empty() && starts(e.name, "Convolution") && e.inputs->size() > 0) pictures = (*e.inputs)[0].sizes().vec();
  if (kind == LossKind::unknown) compare(e);
  derives_ = derives_ && !others;
}
void Look::compare(const watch::Event& e) {
  for (const auto& loss : kLosses) {
    if (!starts(e.name, loss.name)) continue;
    const size_t n = e.inputs->size();
    size_t at = 0, of_target = 1;
    if (loss.kind != LossKind::classes) {
      if (n < 2 || !(*e.inputs)[0].defined() || !(*e.inputs)[1].defined()) return;
      if (from_target((*e.inputs)[0])) std::swap(at, of_target);
      else if (!from_target((*e.inputs)[1]) && (loss.kind == LossKind::soft_classes || e.name[0] == 'S')) return;
      target = (*e.inputs)[of_target].detach();
      if (!target.is_floating_point() || from_target((*e.inputs)[at]) || ((*e.inputs)[at].dim() == 0 && target.dim() > 0)) return target = Tensor(), void();
    }
    Tensor got = (*e.inputs)[at];
    if (training_ && !got.requires_grad() && !parameters_.empty()) return target = Tensor(), void();  // a measure beside the loss
    if (loss.kind == LossKind::soft_classes) {
      const auto made = std::find_if(softmaxes_.begin(), softmaxes_.end(), [&](const auto& s) { return s.first.unsafeGetTensorImpl() == got.unsafeGetTensorImpl(); });
      if (made == softmaxes_.end()) return target = Tensor(), void();
      got = made->second;
    }
    kind = loss.kind;
    output = got.detach();
    if (got.grad_fn()) made_by = got.grad_fn()->name();
    compares_ = true;
    return;
  }
}
void Look::end(const watch::Event& e, const watch::Outcome& o) {
  if (!is_op(e.kind) || --depth_ > 0 || !o.results) return;
  for (const Tensor* t : o.results->list) {
    if (!t->defined()) continue;
    if (derives_ || starts(e.name, "LogSoftmax")) held_.push_back(*t);
    if (derives_) derived_.insert(t->unsafeGetTensorImpl());
    if (starts(e.name, "LogSoftmax") && e.inputs) softmaxes_.emplace_back(*t, (*e.inputs)[0]);
    if (compares_) value = t->detach();
    else if (kind == LossKind::unknown && t->requires_grad() && t->dim() > 0) last = t->detach();
  }
}

double rate_of(const optim::OptimizerParamGroup& group) {
  try {
    const double now = group.options().get_lr();
    return now > 0 ? now : group.initial_lr().value_or(now);
  } catch (const Error&) {
    return NAN;
  }
}

int64_t Facts::examples() const {
  if (s.target.defined() && s.target.dim() > 0) return s.target.size(0);
  return s.data.defined() && s.data.dim() > 0 ? s.data.size(0) : 0;
}
int64_t Facts::classes() const {
  if (!look) return 0;
  const Tensor& out = look->output.defined() ? look->output : look->last;  // of a loss that threw
  const bool known = look->kind == LossKind::classes || look->kind == LossKind::soft_classes || (look->kind == LossKind::unknown && !error.empty() && hard_labels());
  return known && out.defined() && out.dim() >= 2 && (look->output.defined() || out.size(0) == examples()) ? out.size(1) : 0;
}

void Facts::first_step() {
  look = std::make_shared<Look>(s.model, s);
  try {
    Tensor l;
    {
      const Looking here(look);
      l = s.loss({});
    }
    if (!l.defined()) return;
    loss = l.detach();
    has_gradient = l.requires_grad();
    if (loss.numel() != 1) return;
    first = loss.item<double>();
    if (!has_gradient || !std::isfinite(first)) return;
    s.backward(l);
    note_gradients();
  } catch (const std::exception& e) {
    error = e.what();
  }
}
void Facts::note_gradients() {
  const NoGradGuard off;
  for (Watched& w : parameters) {
    Tensor g = w.value.grad();
    if (!g.defined()) continue;
    w.reached = true;
    if (g.is_sparse()) g = g.coalesce()._values();
    if (g.numel() == 0 || !g.is_floating_point()) continue;
    const double most = g.abs().amax().item<double>();  // NaN stays one
    w.finite = w.finite && std::isfinite(most);
    w.nonzero = w.nonzero || most != 0;
  }
}

// The loss of one who always says the same.
void Facts::guess() {
  if (const int64_t c = classes(); c > 1 && look->kind != LossKind::unknown) base = std::log(static_cast<double>(c));
  else if (look->kind == LossKind::logits || look->kind == LossKind::probabilities) base = std::log(2.0);
  else if (look->kind == LossKind::numbers && look->target.numel() > 1)
    if (const double variance = look->target.to(kDouble).var(false).item<double>(); variance > 0) base = variance;
}

// The losses of steps on the one batch, by its own optimizer at the rates that it has now, or another.
std::vector<double> Facts::attempt(optim::Optimizer* other) {
  std::vector<double> rates, all;
  if (!other)
    for (const auto& g : s.optimizer->param_groups()) rates.push_back(rate_of(g)), rate = std::max(rate, rates.back());
  for (int64_t i = 0; i <= o.steps(); ++i) {
    const Tensor l = s.loss({});
    all.push_back(l.item<double>());
    if (!std::isfinite(all.back())) break;
    const double start = std::isnan(base) ? first : std::min(first, base);
    if (all.size() > 3 && *std::max_element(all.end() - 3, all.end()) < 0.1 * start) break;
    if (i == o.steps() || (late = seconds() > 0.5 * o.seconds())) break;
    if (other) {
      l.backward();
      other->step();
      other->zero_grad();
      continue;
    }
    s.backward(l);
    note_gradients();
    for (size_t g = 0; g < rates.size(); ++g)
      if (!std::isnan(rates[g])) s.optimizer->param_groups()[g].options().set_lr(rates[g]);
    s.step();
  }
  return all;
}
void Facts::learn_by_heart() {
  kept.restore();
  own_optimizer = s.optimizer && kept.steps();
  try {
    if (own_optimizer) losses = attempt(nullptr);
    const double start = std::isnan(base) ? first : std::min(first, base);
    const bool finite = losses.empty() || std::isfinite(losses.back());
    if (own_optimizer && (late || (finite && *std::min_element(losses.begin(), losses.end()) < 0.5 * start))) return;
    kept.restore();
    std::vector<Tensor> learn;
    for (const Watched& w : parameters) learn.push_back(w.value);
    optim::Adam adam(learn, optim::AdamOptions(3e-3));
    others = attempt(&adam);
  } catch (const std::exception& e) {
    broke = e.what();
  }
}

Tensor Facts::output_of(const Tensor& data) {
  const auto l = std::make_shared<Look>(s.model, s);
  const Looking here(l);
  s.evaluated(data);
  return l->output.defined() ? l->output.clone() : Tensor();
}
// Outputs in evaluation mode, twice with other random numbers, and with another example in the place of one.
void Facts::evaluate() {
  kept.restore();
  const nn::detail::EvalScope mode(s.model);
  const NoGradGuard off;
  try {
    Generator g = default_generator();
    once = output_of({});
    g.set_current_seed(g.current_seed() + 1);
    again = output_of({});
    evaluates = once.defined();
    repeats = evaluates && once.sizes() == again.sizes() && once.allclose(again, 0, 0, true);
    if (!evaluates) no_evaluation = "the loss is of a kind that is not known";
    const int64_t n = examples();
    if (!evaluates || !s.data.defined() || n < 2) return;
    while (dim < s.data.dim() && s.data.size(dim) != n) ++dim;
    if (dim == s.data.dim()) return;
    example = n / 2;
    for (from = 0; from < n; ++from)
      if (from != example && !s.data.select(dim, from).equal(s.data.select(dim, example))) break;
    if (from == n) return;
    const Tensor other = s.data.clone();
    other.select(dim, example).copy_(s.data.select(dim, from));
    kept.restore();  // the numbers of `once`
    changed = output_of(other);
  } catch (const std::exception& e) {
    no_evaluation = e.what();
    evaluates = false;
  }
}

void Facts::find() {
  for (const auto& p : s.model.named_parameters())
    if (p.value().defined() && p.value().requires_grad() && p.value().is_leaf()) parameters.push_back({p.key(), p.value()});
  if (!no_batch.empty()) return;
  kept.restore();
  first_step();
  if (error.empty()) guess();
  if (error.empty() && std::isfinite(first) && has_gradient && !parameters.empty()) learn_by_heart();
  evaluate();
}

}  // namespace wick::train

namespace wick::train::inline v1 {

namespace detail {

PreflightReport preflight(Subject& s, const PreflightOptions& o, const std::function<bool()>& read) {
  const std::vector<std::string> known = preflight_checks();
  for (const std::string& name : o.skip()) WICK_CHECK_TYPE(ValueError, std::find(known.begin(), known.end(), name) != known.end(), "preflight: there is no check \"", name, "\"");
  WICK_CHECK_TYPE(ValueError, !s.trainer || s.trainer->ranks() == 1, "preflight: it looks at one process; this trainer is one of ", s.trainer->ranks());
  WICK_CHECK_TYPE(ValueError, o.steps() > 0 && o.batches() > 0, "preflight: steps and batches must be positive, got ", o.steps(), " and ", o.batches());
  Kept kept(s);
  if (s.trainer) {
    s.backward = [&s](const Tensor& loss) { TrainerAccess::backward(*s.trainer, loss); };
    s.step = [&s] { TrainerAccess::step(*s.trainer); };
  } else {
    s.backward = [](const Tensor& loss) { loss.backward(); };
    s.step = [&s] {
      s.optimizer->step(dynamic_cast<optim::LBFGS*>(s.optimizer) ? optim::Optimizer::LossClosure([&s] {
        s.optimizer->zero_grad();
        const Tensor l = s.loss({});
        l.backward();
        return l;
      }) : nullptr);
      s.optimizer->zero_grad();
    };
  }
  Facts facts(s, o, kept);
  try {
    if (!read()) facts.no_batch = "the loader gives no batch";
    else if (s.data.defined() && (s.data.dim() == 0 || s.data.numel() == 0)) facts.no_batch = str("the batch is empty: ", s.data.sizes());
  } catch (const std::exception& e) {
    facts.no_batch = str("no batch could be read: ", e.what());
  }
  facts.find();
  PreflightReport r;
  for (const auto& [id, check] : all_checks()) {
    if (std::find(o.skip().begin(), o.skip().end(), id) != o.skip().end()) continue;
    CheckResult c;
    try {
      c = check(facts);
    } catch (const std::exception& e) {
      c = {id, Verdict::fail, e.what(), {}};
    }
    c.id = id;
    r.checks.push_back(std::move(c));
  }
  kept.finish();
  r.seconds = facts.seconds();
  return r;
}

}  // namespace detail

std::vector<std::string> preflight_checks() {
  std::vector<std::string> ids;
  for (const auto& [id, check] : all_checks()) ids.push_back(id);
  return ids;
}
bool PreflightReport::ok() const {
  return std::none_of(checks.begin(), checks.end(), [](const CheckResult& c) { return c.verdict == Verdict::fail; });
}
bool PreflightReport::clean() const {
  return std::none_of(checks.begin(), checks.end(), [](const CheckResult& c) { return c.verdict == Verdict::fail || c.verdict == Verdict::warn; });
}
const CheckResult& PreflightReport::operator[](const std::string& id) const {
  for (const CheckResult& c : checks)
    if (c.id == id) return c;
  throw ValueError(str("PreflightReport: there is no check \"", id, "\""));
}
std::string PreflightReport::text() const {
  static const char* const words[] = {"PASS", "WARN", "FAIL", " -  "};
  std::string r;
  int count[4] = {};
  for (const CheckResult& c : checks) {
    ++count[static_cast<int>(c.verdict)];
    std::string what = c.what;
    for (size_t at = 0; (at = what.find('\n', at)) != std::string::npos; at += 23) what.replace(at, 1, "\n" + std::string(22, ' '));
    r += str(words[static_cast<int>(c.verdict)], "  ", c.id, std::string(16 - std::min<size_t>(15, c.id.size()), ' '), what, "\n");
    for (size_t i = 0; i < c.remedies.size(); ++i) r += std::string(22, ' ') + (i == 0 ? "try  " : "     ") + c.remedies[i] + "\n";
  }
  char time[32];
  std::snprintf(time, sizeof time, "%.2g s", seconds);
  return r + str(count[0], " passed, ", count[1], count[1] == 1 ? " warning, " : " warnings, ", count[2], " failed, ", count[3], " skipped   ", time, "\n");
}
std::ostream& operator<<(std::ostream& stream, const PreflightReport& report) { return stream << report.text(); }

}  // namespace wick::train::inline v1
