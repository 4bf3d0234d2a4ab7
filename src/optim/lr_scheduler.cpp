// Python's schedules. The formulas and their order are those of torch.optim.lr_scheduler, so that the numbers are.
#include <wick/optim/lr_scheduler.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wick/core/str.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

namespace wick::optim::lr_scheduler::inline v1 {
namespace {

constexpr double pi = 3.14159265358979323846;

template <class F>
std::vector<double> each(const std::vector<double>& lrs, F f) {
  std::vector<double> r;
  for (double lr : lrs) r.push_back(f(lr));
  return r;
}
std::vector<double> times(const std::vector<double>& lrs, double factor) {
  return each(lrs, [&](double lr) { return lr * factor; });
}
void check_factor(const char* name, double factor, bool good, const char* range) { WICK_CHECK_TYPE(ValueError, good, name, " must be ", range, ", got ", factor); }

std::vector<LambdaLR::Lambda> one_each(const Optimizer& optimizer, LambdaLR::Lambda f) { return std::vector<LambdaLR::Lambda>(optimizer.param_groups().size(), std::move(f)); }
void check_lambdas(const std::vector<LambdaLR::Lambda>& lambdas, const Optimizer& optimizer) {
  WICK_CHECK_TYPE(ValueError, lambdas.size() == optimizer.param_groups().size(), "Expected ", optimizer.param_groups().size(), " lr_lambdas, but got ", lambdas.size());
  for (const auto& f : lambdas) WICK_CHECK_TYPE(TypeError, f, "lr_lambda should be a function, but is empty");
}

// The momenta of all groups; beta1 where there are betas.
void check_momentum(const char* name, const Optimizer& optimizer) {
  try {
    optimizer.defaults().get_momentum();
  } catch (const NotImplementedError&) {
    throw ValueError(str(name, ": optimizer must support momentum or beta1 with `cycle_momentum` option enabled"));
  }
}
void set_momentum(Optimizer& optimizer, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) optimizer.param_groups()[i].options().set_momentum(values[i]);
}

}  // namespace

// --- States -------------------------------------------------------------------------------------------------------------

void Fields::operator()(const std::string& name, std::vector<double>& values, std::optional<size_t> size) {
  const std::string key = prefix_ + name;
  if (saving_) {
    state_[key] = values;
    return;
  }
  const auto found = state_.find(key);
  WICK_CHECK_TYPE(ValueError, found != state_.end(), "load_state_dict: the schedule's state lacks '", key, "'");
  WICK_CHECK_TYPE(ValueError, !size || found->second.size() == *size, "load_state_dict: '", key, "' holds ", found->second.size(), " numbers, expected ", size.value_or(0));
  values = found->second;
}
void Fields::operator()(const std::string& name, std::vector<int64_t>& values, std::optional<size_t> size) {
  std::vector<double> v(values.begin(), values.end());
  (*this)(name, v, size);
  for (double x : v) WICK_CHECK_TYPE(ValueError, std::abs(x) <= 0x1p53 && x == std::floor(x), "load_state_dict: '", prefix_, name, "' must be a whole number, got ", x);
  values.assign(v.begin(), v.end());
}
void Fields::operator()(const std::string& name, double& value) {
  std::vector<double> v{value};
  (*this)(name, v, 1);
  value = v[0];
}
void Fields::operator()(const std::string& name, int64_t& value) {
  std::vector<int64_t> v{value};
  (*this)(name, v, 1);
  value = v[0];
}
void Fields::operator()(const std::string& name, unsigned& value) {
  int64_t v = value;
  (*this)(name, v);
  value = static_cast<unsigned>(v);
}
void Fields::operator()(const std::string& name, bool& value) {
  int64_t v = value;
  (*this)(name, v);
  value = v != 0;
}
void Fields::positive(const std::string& name, int64_t& value) {
  (*this)(name, value);
  WICK_CHECK_TYPE(ValueError, value > 0, "load_state_dict: '", prefix_, name, "' must be positive, got ", value);
}

State Resumable::state_dict() const {
  State state;
  Fields f(state, true);
  const_cast<Resumable*>(this)->fields(f);  // saving only reads
  return state;
}
void Resumable::load_state_dict(const State& state) {
  State now = state, before = state_dict();
  Fields restore(now, false), undo(before, false);
  try {
    fields(restore);
    restored();
  } catch (...) {
    fields(undo);
    throw;
  }
}
void Resumable::save(serialize::OutputArchive& archive) const {
  for (const auto& [name, values] : state_dict()) archive.write(name, tensor(values, kDouble));
}
void Resumable::load(serialize::InputArchive& archive) {
  State state;
  for (const auto& [name, now] : state_dict()) {
    Tensor t;
    if (!archive.try_read(name, t)) continue;  // load_state_dict says what is missing
    t = t.to(kDouble).contiguous().reshape(-1);
    state[name].assign(t.data_ptr<double>(), t.data_ptr<double>() + t.numel());
  }
  load_state_dict(state);
}
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Resumable& schedule) {
  schedule.save(archive);
  return archive;
}
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Resumable& schedule) {
  schedule.load(archive);
  return archive;
}

std::vector<double> PerGroup::of(const Optimizer& optimizer, const char* name) const {
  const size_t groups = optimizer.param_groups().size();
  if (one_) return std::vector<double>(groups, values_[0]);
  WICK_CHECK_TYPE(ValueError, values_.size() == groups, name, " must have the same length as optimizer.param_groups: ", name, " has ", values_.size(), " values, param_groups has ", groups);
  return values_;
}

// --- The base -----------------------------------------------------------------------------------------------------------

LRScheduler::LRScheduler(Optimizer& optimizer, int64_t last_epoch) : optim::LRScheduler(optimizer), last_epoch_(last_epoch) {
  auto& groups = optimizer.param_groups();
  for (size_t i = 0; i < groups.size(); ++i) {
    auto& initial = groups[i].initial_lr();
    WICK_CHECK_TYPE(ValueError, initial || last_epoch == -1, "a schedule that goes on after epoch ", last_epoch, " needs the first rate of parameter group ", i,
                    ": load the optimizer's archive first, or set param_groups()[", i, "].initial_lr()");
  }
  for (const auto& g : groups) base_lrs_.push_back(g.initial_lr().value_or(g.options().get_lr()));
}
void LRScheduler::start() {
  for (size_t i = 0; i < base_lrs_.size(); ++i)
    if (auto& initial = optimizer_.param_groups()[i].initial_lr(); !initial) initial = base_lrs_[i];
  step_count_ = 0;
  initial_ = true;
  step();
  initial_ = false;
}
void LRScheduler::undo() { --last_epoch_; }
void LRScheduler::step() {
  ++step_count_;
  update(std::nullopt);
}
void LRScheduler::step(int64_t epoch) {
  ++step_count_;
  update(epoch);
}
void LRScheduler::update(std::optional<int64_t> epoch) {
  last_epoch_ = epoch.value_or(last_epoch_ + 1);
  set_lrs(epoch ? closed_form_lr() : get_lr());
  last_lr_ = get_current_lrs();
}
void LRScheduler::fields(Fields& f) {
  const size_t groups = optimizer_.param_groups().size();
  f("base_lrs", base_lrs_, groups);
  f("last_epoch", last_epoch_);
  f("step_count", step_count_);
  f("last_lr", last_lr_, groups);
}
void LRScheduler::restored() { set_lrs(last_lr_); }

// --- One formula each ---------------------------------------------------------------------------------------------------

LambdaLR::LambdaLR(Optimizer& optimizer, Lambda lr_lambda, int64_t last_epoch) : LambdaLR(optimizer, one_each(optimizer, std::move(lr_lambda)), last_epoch) {}
LambdaLR::LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambda, int64_t last_epoch) : LRScheduler(optimizer, last_epoch), lambdas_(std::move(lr_lambda)) {
  check_lambdas(lambdas_, optimizer);
  start();
}
std::vector<double> LambdaLR::get_lr() {
  std::vector<double> r;
  for (size_t i = 0; i < base_lrs_.size(); ++i) r.push_back(base_lrs_[i] * lambdas_[i](last_epoch_));
  return r;
}

MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, Lambda lr_lambda, int64_t last_epoch) : MultiplicativeLR(optimizer, one_each(optimizer, std::move(lr_lambda)), last_epoch) {}
MultiplicativeLR::MultiplicativeLR(Optimizer& optimizer, std::vector<Lambda> lr_lambda, int64_t last_epoch) : LRScheduler(optimizer, last_epoch), lambdas_(std::move(lr_lambda)) {
  check_lambdas(lambdas_, optimizer);
  start();
}
std::vector<double> MultiplicativeLR::get_lr() {
  std::vector<double> r = get_current_lrs();
  if (!initial_)
    for (size_t i = 0; i < lambdas_.size(); ++i) r[i] *= lambdas_[i](last_epoch_);
  return r;
}

StepLR::StepLR(Optimizer& optimizer, int64_t step_size, double gamma, int64_t last_epoch) : LRScheduler(optimizer, last_epoch), step_size_(step_size), gamma_(gamma) {
  WICK_CHECK_TYPE(ValueError, step_size > 0, "StepLR: step_size must be positive, got ", step_size);
  start();
}
std::vector<double> StepLR::get_lr() {
  const auto now = get_current_lrs();
  return last_epoch_ == 0 || last_epoch_ % step_size_ != 0 ? now : times(now, gamma_);
}
std::vector<double> StepLR::closed_form_lr() { return times(base_lrs_, std::pow(gamma_, static_cast<double>(last_epoch_ / step_size_))); }
void StepLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f.positive("step_size", step_size_);
  f("gamma", gamma_);
}

MultiStepLR::MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), milestones_(std::move(milestones)), gamma_(gamma) {
  std::sort(milestones_.begin(), milestones_.end());
  start();
}
std::vector<double> MultiStepLR::get_lr() {
  const auto n = std::count(milestones_.begin(), milestones_.end(), last_epoch_);
  return n ? times(get_current_lrs(), std::pow(gamma_, static_cast<double>(n))) : get_current_lrs();
}
std::vector<double> MultiStepLR::closed_form_lr() {
  return times(base_lrs_, std::pow(gamma_, static_cast<double>(std::upper_bound(milestones_.begin(), milestones_.end(), last_epoch_) - milestones_.begin())));
}
void MultiStepLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("milestones", milestones_);
  f("gamma", gamma_);
}

ConstantLR::ConstantLR(Optimizer& optimizer, double factor, int64_t total_iters, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), factor_(factor), total_iters_(total_iters) {
  check_factor("ConstantLR: factor", factor, factor >= 0 && factor <= 1, "between 0 and 1");
  start();
}
std::vector<double> ConstantLR::get_lr() {
  const auto now = get_current_lrs();
  if (last_epoch_ == 0) return times(now, factor_);
  return last_epoch_ != total_iters_ ? now : times(now, 1 / factor_);
}
std::vector<double> ConstantLR::closed_form_lr() { return times(base_lrs_, factor_ + (last_epoch_ >= total_iters_ ? 1 - factor_ : 0)); }
void ConstantLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("factor", factor_);
  f("total_iters", total_iters_);
}

LinearLR::LinearLR(Optimizer& optimizer, double start_factor, double end_factor, int64_t total_iters, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), start_factor_(start_factor), end_factor_(end_factor), total_iters_(total_iters) {
  check_factor("LinearLR: start_factor", start_factor, start_factor > 0 && start_factor <= 1, "greater than 0 and at most 1");
  check_factor("LinearLR: end_factor", end_factor, end_factor >= 0 && end_factor <= 1, "between 0 and 1");
  start();
}
std::vector<double> LinearLR::get_lr() {
  const auto now = get_current_lrs();
  if (last_epoch_ == 0) return times(now, start_factor_);
  if (initial_ || last_epoch_ > total_iters_) return now;
  const double rise = end_factor_ - start_factor_;
  return times(now, 1 + rise / (static_cast<double>(total_iters_) * start_factor_ + static_cast<double>(last_epoch_ - 1) * rise));
}
std::vector<double> LinearLR::closed_form_lr() {
  const double n = static_cast<double>(total_iters_);
  return times(base_lrs_, start_factor_ + (end_factor_ - start_factor_) * std::min(n, static_cast<double>(last_epoch_)) / n);
}
void LinearLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("start_factor", start_factor_);
  f("end_factor", end_factor_);
  f("total_iters", total_iters_);
}

ExponentialLR::ExponentialLR(Optimizer& optimizer, double gamma, int64_t last_epoch) : LRScheduler(optimizer, last_epoch), gamma_(gamma) { start(); }
std::vector<double> ExponentialLR::get_lr() { return initial_ ? get_current_lrs() : times(get_current_lrs(), gamma_); }
std::vector<double> ExponentialLR::closed_form_lr() { return times(base_lrs_, std::pow(gamma_, static_cast<double>(last_epoch_))); }
void ExponentialLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("gamma", gamma_);
}

PolynomialLR::PolynomialLR(Optimizer& optimizer, int64_t total_iters, double power, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), total_iters_(total_iters), power_(power) {
  start();
}
std::vector<double> PolynomialLR::get_lr() {
  if (initial_ || last_epoch_ > total_iters_) return get_current_lrs();
  const double n = static_cast<double>(total_iters_), e = static_cast<double>(last_epoch_);
  return times(get_current_lrs(), std::pow((1 - e / n) / (1 - (e - 1) / n), power_));
}
std::vector<double> PolynomialLR::closed_form_lr() {
  const double n = static_cast<double>(total_iters_);
  return times(base_lrs_, std::pow(1 - std::min(n, static_cast<double>(last_epoch_)) / n, power_));
}
void PolynomialLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("total_iters", total_iters_);
  f("power", power_);
}

CosineAnnealingLR::CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min, int64_t last_epoch) : LRScheduler(optimizer, last_epoch), T_max_(T_max), eta_min_(eta_min) {
  WICK_CHECK_TYPE(ValueError, T_max > 0, "CosineAnnealingLR: T_max must be positive, got ", T_max);
  start();
}
std::vector<double> CosineAnnealingLR::get_lr() {
  std::vector<double> now = get_current_lrs();
  if (initial_) return now;
  const double n = static_cast<double>(T_max_), e = static_cast<double>(last_epoch_);
  if (step_count_ == 1 && last_epoch_ > 0) return closed_form_lr();
  if ((last_epoch_ - 1 - T_max_) % (2 * T_max_) == 0) {  // the formula below would divide by 0
    for (size_t i = 0; i < now.size(); ++i) now[i] += (base_lrs_[i] - eta_min_) * (1 - std::cos(pi / n)) / 2;
    return now;
  }
  return each(now, [&](double lr) { return (1 + std::cos(pi * e / n)) / (1 + std::cos(pi * (e - 1) / n)) * (lr - eta_min_) + eta_min_; });
}
std::vector<double> CosineAnnealingLR::closed_form_lr() {
  const double half = (1 + std::cos(pi * static_cast<double>(last_epoch_) / static_cast<double>(T_max_)));
  return each(base_lrs_, [&](double lr) { return eta_min_ + (lr - eta_min_) * half / 2; });
}
void CosineAnnealingLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f.positive("T_max", T_max_);
  f("eta_min", eta_min_);
}

CosineAnnealingWarmRestarts::CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t T_0, int64_t T_mult, double eta_min, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), T_0_(T_0), T_mult_(T_mult), eta_min_(eta_min), T_i_(static_cast<double>(T_0)), T_cur_(static_cast<double>(last_epoch)) {
  WICK_CHECK_TYPE(ValueError, T_0 > 0, "Expected positive integer T_0, but got ", T_0);
  WICK_CHECK_TYPE(ValueError, T_mult >= 1, "Expected integer T_mult >= 1, but got ", T_mult);
  start();
}
std::vector<double> CosineAnnealingWarmRestarts::get_lr() {
  return each(base_lrs_, [&](double lr) { return eta_min_ + (lr - eta_min_) * (1 + std::cos(pi * T_cur_ / T_i_)) / 2; });
}
void CosineAnnealingWarmRestarts::update(std::optional<int64_t> epoch) {
  if (epoch || last_epoch_ < 0) return step(static_cast<double>(epoch.value_or(0)));
  T_cur_ += 1;
  if (T_cur_ >= T_i_) {
    T_cur_ = std::fmod(T_cur_, T_i_);
    T_i_ *= static_cast<double>(T_mult_);
  }
  ++last_epoch_;
  set_lrs(get_lr());
  last_lr_ = get_current_lrs();
}
void CosineAnnealingWarmRestarts::step(double epoch) {
  WICK_CHECK_TYPE(ValueError, epoch >= 0, "Expected non-negative epoch, but got ", epoch);
  const double first = static_cast<double>(T_0_), mult = static_cast<double>(T_mult_);
  T_i_ = first;
  T_cur_ = epoch;
  if (epoch >= first && T_mult_ == 1) T_cur_ = std::fmod(epoch, first);
  if (epoch >= first && T_mult_ > 1) {
    const double n = std::floor(std::log(epoch / first * (mult - 1) + 1) / std::log(mult)), all = std::pow(mult, n);
    T_cur_ = epoch - first * (all - 1) / (mult - 1);
    T_i_ = first * all;
  }
  last_epoch_ = static_cast<int64_t>(std::floor(epoch));
  set_lrs(get_lr());
  last_lr_ = get_current_lrs();
}
void CosineAnnealingWarmRestarts::fields(Fields& f) {
  LRScheduler::fields(f);
  f.positive("T_0", T_0_);
  f.positive("T_mult", T_mult_);
  f("eta_min", eta_min_);
  f("T_i", T_i_);
  f("T_cur", T_cur_);
}

// --- Cycles -------------------------------------------------------------------------------------------------------------

CyclicLR::CyclicLR(Optimizer& optimizer, const PerGroup& base_lr, const PerGroup& max_lr, CyclicLROptions options)
    : LRScheduler(optimizer, options.last_epoch()), options_(std::move(options)), max_lrs_(max_lr.of(optimizer, "max_lr")) {
  const auto first = base_lr.of(optimizer, "base_lr");
  const auto& mode = options_.mode();
  WICK_CHECK_TYPE(ValueError, options_.scale_fn() || mode == "triangular" || mode == "triangular2" || mode == "exp_range", "CyclicLR: mode '", mode, "' is invalid and scale_fn is empty");
  const double up = static_cast<double>(options_.step_size_up()), down = static_cast<double>(options_.step_size_down().value_or(options_.step_size_up()));
  WICK_CHECK_TYPE(ValueError, up > 0 && down > 0, "CyclicLR: step sizes must be positive, got ", up, " and ", down);
  total_size_ = up + down;
  step_ratio_ = up / total_size_;
  if (!options_.scale_fn()) options_.scale_mode(mode == "exp_range" ? "iterations" : "cycle");
  if (options_.cycle_momentum()) {
    check_momentum("CyclicLR", optimizer);
    base_momentums_ = options_.base_momentum().of(optimizer, "base_momentum");
    max_momentums_ = options_.max_momentum().of(optimizer, "max_momentum");
    if (options_.last_epoch() == -1) set_momentum(optimizer, max_momentums_);
  }
  if (options_.last_epoch() == -1) {
    set_lrs(first);
    for (size_t i = 0; i < first.size(); ++i)
      if (!optimizer.param_groups()[i].initial_lr()) base_lrs_[i] = first[i];
  }
  start();
  base_lrs_ = first;  // only now: the first step looks at the groups' first rates, as Python's does
}
std::vector<double> CyclicLR::get_lr() {
  const double e = static_cast<double>(last_epoch_), cycle = std::floor(1 + e / total_size_), x = 1 + e / total_size_ - cycle;
  const double height = x <= step_ratio_ ? x / step_ratio_ : (x - 1) / (step_ratio_ - 1);
  const double at = options_.scale_mode() == "cycle" ? cycle : e;
  double scale = 1;
  if (options_.scale_fn()) scale = options_.scale_fn()(at);
  else if (options_.mode() == "triangular2") scale = 1 / std::pow(2., at - 1);
  else if (options_.mode() == "exp_range") scale = std::pow(options_.gamma(), at);
  std::vector<double> lrs, momentums;
  for (size_t i = 0; i < max_lrs_.size(); ++i) lrs.push_back(base_lrs_[i] + (max_lrs_[i] - base_lrs_[i]) * height * scale);
  for (size_t i = 0; i < max_momentums_.size(); ++i) momentums.push_back(max_momentums_[i] - (max_momentums_[i] - base_momentums_[i]) * height * scale);
  set_momentum(optimizer_, momentums);
  return lrs;
}
void CyclicLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("max_lrs", max_lrs_, base_lrs_.size());
  f("total_size", total_size_);
  f("step_ratio", step_ratio_);
  f("gamma", options_.gamma());
  f("base_momentums", base_momentums_, base_momentums_.size());
  f("max_momentums", max_momentums_, base_momentums_.size());
}
void CyclicLR::restored() {
  get_lr();  // the momenta
  LRScheduler::restored();
}

static int64_t steps_of(const OneCycleLROptions& o) {
  const bool both = o.epochs() && o.steps_per_epoch();
  WICK_CHECK_TYPE(ValueError, o.total_steps() || both, "OneCycleLR: You must define either total_steps OR (epochs AND steps_per_epoch)");
  const int64_t n = o.total_steps() ? *o.total_steps() : *o.epochs() * *o.steps_per_epoch();
  WICK_CHECK_TYPE(ValueError, n > 0 && (o.total_steps() || *o.epochs() > 0), "OneCycleLR: Expected positive integer total_steps, or epochs and steps_per_epoch, but got ", n);
  return n;
}
OneCycleLR::OneCycleLR(Optimizer& optimizer, const PerGroup& max_lr, OneCycleLROptions options)
    : LRScheduler(optimizer, options.last_epoch()), options_(std::move(options)), total_steps_(steps_of(options_)), max_lrs_(max_lr.of(optimizer, "max_lr")) {
  const auto& o = options_;
  WICK_CHECK_TYPE(ValueError, o.pct_start() >= 0 && o.pct_start() <= 1, "OneCycleLR: Expected float between 0 and 1 pct_start, but got ", o.pct_start());
  WICK_CHECK_TYPE(ValueError, o.anneal_strategy() == "cos" || o.anneal_strategy() == "linear", "OneCycleLR: anneal_strategy must be one of 'cos' or 'linear', instead got ", o.anneal_strategy());
  if (o.cycle_momentum()) {
    check_momentum("OneCycleLR", optimizer);
    base_momentums_ = o.base_momentum().of(optimizer, "base_momentum");
    max_momentums_ = o.max_momentum().of(optimizer, "max_momentum");
    if (o.last_epoch() == -1) set_momentum(optimizer, max_momentums_);
  }
  for (size_t i = 0; o.last_epoch() == -1 && i < max_lrs_.size(); ++i) optimizer.param_groups()[i].initial_lr() = base_lrs_[i] = max_lrs_[i] / o.div_factor();
  start();
}
double OneCycleLR::anneal(double from, double to, double part) const {
  return options_.anneal_strategy() == "cos" ? to + (from - to) / 2 * (std::cos(pi * part) + 1) : (to - from) * part + from;
}
std::vector<double> OneCycleLR::get_lr() {
  WICK_CHECK_TYPE(ValueError, last_epoch_ <= total_steps_, "OneCycleLR: Tried to step ", last_epoch_, " times. The specified number of total steps is ", total_steps_);
  // Which rate a phase begins and ends with: the first, the largest, the last.
  struct Phase { double end; int from, to; };
  const double n = static_cast<double>(total_steps_), up = options_.pct_start() * n, e = static_cast<double>(last_epoch_);
  const std::vector<Phase> phases = options_.three_phase() ? std::vector<Phase>{{up - 1, 0, 1}, {2 * up - 2, 1, 0}, {n - 1, 0, 2}} : std::vector<Phase>{{up - 1, 0, 1}, {n - 1, 1, 2}};
  double start = 0;
  size_t k = 0;
  for (; k + 1 < phases.size() && e > phases[k].end; ++k) start = phases[k].end;
  const Phase& phase = phases[k];
  const double part = (e - start) / (phase.end - start);
  std::vector<double> lrs, momentums;
  for (size_t i = 0; i < max_lrs_.size(); ++i) {
    const double rates[] = {base_lrs_[i], max_lrs_[i], base_lrs_[i] / options_.final_div_factor()};
    lrs.push_back(anneal(rates[phase.from], rates[phase.to], part));
  }
  for (size_t i = 0; i < max_momentums_.size(); ++i) {
    const double momenta[] = {max_momentums_[i], base_momentums_[i], max_momentums_[i]};
    momentums.push_back(anneal(momenta[phase.from], momenta[phase.to], part));
  }
  set_momentum(optimizer_, momentums);
  return lrs;
}
void OneCycleLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f.positive("total_steps", total_steps_);
  f("max_lrs", max_lrs_, base_lrs_.size());
  f("base_momentums", base_momentums_, base_momentums_.size());
  f("max_momentums", max_momentums_, base_momentums_.size());
  f("pct_start", options_.pct_start());
  f("final_div_factor", options_.final_div_factor());
  f("three_phase", options_.three_phase());
}
void OneCycleLR::restored() {
  get_lr();  // the momenta
  LRScheduler::restored();
}

// --- Schedules of schedules ---------------------------------------------------------------------------------------------

static Optimizer& check_schedulers(const char* name, const std::vector<std::shared_ptr<LRScheduler>>& all, Optimizer* optimizer) {
  WICK_CHECK_TYPE(ValueError, !all.empty(), name, " expects at least one scheduler, but got no scheduler.");
  for (size_t i = 0; i < all.size(); ++i) {
    WICK_CHECK_TYPE(ValueError, all[i], name, ": scheduler ", i, " is empty");
    if (!optimizer) optimizer = const_cast<Optimizer*>(&all[0]->optimizer());
    WICK_CHECK_TYPE(ValueError, &all[i]->optimizer() == optimizer, name, " expects all schedulers to belong to the same optimizer, but scheduler ", i, " has another one");
  }
  return *optimizer;
}

SequentialLR::SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers, std::vector<int64_t> milestones, int64_t last_epoch)
    : LRScheduler(check_schedulers("SequentialLR", schedulers, &optimizer)), schedulers_(std::move(schedulers)), milestones_(std::move(milestones)) {
  WICK_CHECK_TYPE(ValueError, milestones_.size() + 1 == schedulers_.size(), "SequentialLR expects one scheduler more than milestones, got ", schedulers_.size(), " schedulers and ",
                  milestones_.size(), " milestones");
  last_epoch_ = last_epoch + 1;
  set_lrs(base_lrs_);
  undo();
  const size_t first = static_cast<size_t>(std::upper_bound(milestones_.begin(), milestones_.end(), 0) - milestones_.begin());
  schedulers_[first]->start();
  last_lr_ = get_current_lrs();
}
void SequentialLR::undo() {
  for (auto& s : schedulers_) s->undo();
}
size_t SequentialLR::index() const { return static_cast<size_t>(std::upper_bound(milestones_.begin(), milestones_.end(), last_epoch_) - milestones_.begin()); }
void SequentialLR::step() {
  ++last_epoch_;
  const size_t i = index();
  if (i > 0 && milestones_[i - 1] == last_epoch_) schedulers_[i]->update(0);
  else schedulers_[i]->step();
  last_lr_ = schedulers_[i]->get_last_lr();
}
void SequentialLR::update(std::optional<int64_t> epoch) {
  last_epoch_ = epoch.value_or(last_epoch_ + 1);
  const size_t i = index();
  schedulers_[i]->update(last_epoch_ - (i > 0 ? milestones_[i - 1] : 0));
  last_lr_ = schedulers_[i]->get_last_lr();
}
void SequentialLR::fields(Fields& f) {
  LRScheduler::fields(f);
  f("milestones", milestones_, schedulers_.size() - 1);
  for (size_t i = 0; i < schedulers_.size(); ++i) f.within(std::to_string(i), [&](Fields& inner) { schedulers_[i]->fields(inner); });
}
void SequentialLR::restored() {
  schedulers_[index()]->restored();
  LRScheduler::restored();
}

ChainedScheduler::ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers)
    : LRScheduler(check_schedulers("ChainedScheduler", schedulers, nullptr)), schedulers_(std::move(schedulers)) {
  last_lr_ = get_current_lrs();
}
void ChainedScheduler::undo() {
  for (auto& s : schedulers_) s->undo();
}
void ChainedScheduler::step() {
  for (auto& s : schedulers_) s->step();
  last_lr_ = get_current_lrs();
}
void ChainedScheduler::update(std::optional<int64_t> epoch) {
  for (auto& s : schedulers_) s->update(epoch);
  last_lr_ = get_current_lrs();
}
void ChainedScheduler::fields(Fields& f) {
  LRScheduler::fields(f);
  for (size_t i = 0; i < schedulers_.size(); ++i) f.within(std::to_string(i), [&](Fields& inner) { schedulers_[i]->fields(inner); });
}
void ChainedScheduler::restored() {
  for (auto& s : schedulers_) s->restored();
  LRScheduler::restored();
}

std::shared_ptr<SequentialLR> with_warmup(Optimizer& optimizer, int64_t steps, std::shared_ptr<LRScheduler> after, double start_factor) {
  WICK_CHECK_TYPE(ValueError, steps > 0, "with_warmup: the number of steps must be positive, got ", steps);
  auto warmup = std::make_shared<LinearLR>(optimizer, start_factor, 1., steps);
  return std::make_shared<SequentialLR>(optimizer, std::vector<std::shared_ptr<LRScheduler>>{std::move(warmup), std::move(after)}, std::vector<int64_t>{steps});
}

// --- By a metric --------------------------------------------------------------------------------------------------------

ReduceLROnPlateau::ReduceLROnPlateau(Optimizer& optimizer, const std::string& mode, double factor, int64_t patience, double threshold, const std::string& threshold_mode,
                                     int64_t cooldown, const PerGroup& min_lr, double eps)
    : optimizer_(optimizer), max_(mode == "max"), relative_(threshold_mode == "rel"), factor_(factor), threshold_(threshold), eps_(eps),
      best_(max_ ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity()), patience_(patience), cooldown_(cooldown), min_lr_(min_lr) {
  WICK_CHECK_TYPE(ValueError, factor < 1.0, "Factor should be < 1.0.");
  WICK_CHECK_TYPE(ValueError, max_ || mode == "min", "ReduceLROnPlateau: mode ", mode, " is unknown, expected min or max");
  WICK_CHECK_TYPE(ValueError, relative_ || threshold_mode == "abs", "ReduceLROnPlateau: threshold mode ", threshold_mode, " is unknown, expected rel or abs");
  min_lr_.of(optimizer, "min_lr");
  for (const auto& g : optimizer.param_groups()) last_lr_.push_back(g.options().get_lr());
}
void ReduceLROnPlateau::step(double metrics) {
  ++last_epoch_;
  if (is_better(metrics)) {
    best_ = metrics;
    num_bad_epochs_ = 0;
  } else {
    ++num_bad_epochs_;
  }
  if (in_cooldown()) {
    --cooldown_counter_;
    num_bad_epochs_ = 0;
  }
  const auto least = min_lr_.of(optimizer_, "min_lr");
  auto& groups = optimizer_.param_groups();
  if (num_bad_epochs_ > patience_) {
    for (size_t i = 0; i < groups.size(); ++i) {
      const double old_lr = groups[i].options().get_lr(), new_lr = std::max(old_lr * factor_, least[i]);
      if (old_lr - new_lr <= eps_) continue;
      groups[i].options().set_lr(new_lr);
      reduced(i, new_lr);
    }
    cooldown_counter_ = cooldown_;
    num_bad_epochs_ = 0;
  }
  last_lr_.clear();
  for (const auto& g : groups) last_lr_.push_back(g.options().get_lr());
}
bool ReduceLROnPlateau::is_better(double a) const {
  if (relative_) return max_ ? a > best_ * (threshold_ + 1) : a < best_ * (1 - threshold_);
  return max_ ? a > best_ + threshold_ : a < best_ - threshold_;
}
void ReduceLROnPlateau::fields(Fields& f) {
  f("max", max_);
  f("relative", relative_);
  f("factor", factor_);
  f("threshold", threshold_);
  f("eps", eps_);
  f("best", best_);
  f("patience", patience_);
  f("cooldown", cooldown_);
  f("cooldown_counter", cooldown_counter_);
  f("num_bad_epochs", num_bad_epochs_);
  f("last_epoch", last_epoch_);
  f("last_lr", last_lr_, optimizer_.param_groups().size());
}
void ReduceLROnPlateau::restored() {
  for (size_t i = 0; i < last_lr_.size(); ++i) optimizer_.param_groups()[i].options().set_lr(last_lr_[i]);
}

}  // namespace wick::optim::lr_scheduler::inline v1
