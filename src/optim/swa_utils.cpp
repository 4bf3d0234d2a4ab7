#include <wick/optim/swa_utils.h>

#include <algorithm>
#include <cmath>
#include <map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::optim::swa_utils::inline v1 {
namespace {

void check_decay(double decay) { WICK_CHECK_TYPE(ValueError, decay >= 0 && decay <= 1, "Invalid decay value ", decay, " provided. Please provide a value in [0,1] range."); }
bool fraction(const Tensor& t) { return t.is_floating_point() || t.is_complex(); }

void average(std::vector<Tensor>& averaged, const std::vector<Tensor>& current, double weight) {
  for (size_t i = 0; i < averaged.size(); ++i) {
    if (fraction(averaged[i])) averaged[i].lerp_(current[i], weight);
    else averaged[i].copy_(averaged[i] * (1 - weight) + current[i] * weight);
  }
}

std::vector<Tensor> detached(const std::vector<Tensor>& a, const std::vector<Tensor>& b = {}) {
  std::vector<Tensor> r;
  for (const auto* list : {&a, &b})
    for (const Tensor& t : *list) r.push_back(t.detach());
  return r;
}
void check_same(const std::vector<Tensor>& mine, const std::vector<Tensor>& theirs, const char* what) {
  WICK_CHECK_TYPE(ValueError, mine.size() == theirs.size(), "AveragedModel: the model has ", theirs.size(), " ", what, ", expected ", mine.size());
  for (size_t i = 0; i < mine.size(); ++i)
    WICK_CHECK_TYPE(ValueError, mine[i].sizes() == theirs[i].sizes(), "AveragedModel: number ", i, " of the model's ", what, " is of size ", theirs[i].sizes(), ", expected ", mine[i].sizes());
}

}  // namespace

AvgFn get_ema_avg_fn(double decay) {
  check_decay(decay);
  return [decay](const Tensor& averaged, const Tensor& current, int64_t) { return decay * averaged + (1 - decay) * current; };
}
AvgFn get_swa_avg_fn() {
  return [](const Tensor& averaged, const Tensor& current, int64_t n) { return averaged + (current - averaged) / (n + 1); };
}
MultiAvgFn get_ema_multi_avg_fn(double decay) {
  check_decay(decay);
  return [decay](std::vector<Tensor>& averaged, const std::vector<Tensor>& current, int64_t) { average(averaged, current, 1 - decay); };
}
MultiAvgFn get_swa_multi_avg_fn() {
  return [](std::vector<Tensor>& averaged, const std::vector<Tensor>& current, int64_t n) { average(averaged, current, 1 / static_cast<double>(n + 1)); };
}

AveragedModelBase::AveragedModelBase(const nn::Module& model, AvgFn avg_fn, MultiAvgFn multi_avg_fn, bool use_buffers)
    : nn::Module("AveragedModel"), copy_(model.clone()), avg_fn_(std::move(avg_fn)), multi_avg_fn_(std::move(multi_avg_fn)), use_buffers_(use_buffers) {
  register_module("module", copy_);
  n_averaged = register_buffer("n_averaged", zeros({}, kLong));
  if (!avg_fn_ && !multi_avg_fn_) multi_avg_fn_ = get_swa_multi_avg_fn();
}

void AveragedModelBase::update_parameters(const nn::Module& model) {
  NoGradGuard off;
  const auto my_buffers = detached(copy_->buffers()), buffers = detached(model.buffers());
  auto mine = use_buffers_ ? detached(copy_->parameters(), copy_->buffers()) : detached(copy_->parameters());
  const auto theirs = use_buffers_ ? detached(model.parameters(), model.buffers()) : detached(model.parameters());
  check_same(mine, theirs, use_buffers_ ? "parameters and buffers" : "parameters");
  check_same(my_buffers, buffers, "buffers");
  const int64_t n = n_averaged.item<int64_t>();
  if (n == 0) {
    for (size_t i = 0; i < mine.size(); ++i) mine[i].copy_(theirs[i]);
  } else if (avg_fn_) {
    for (size_t i = 0; i < mine.size(); ++i) mine[i].copy_(avg_fn_(mine[i], theirs[i], n));
  } else {
    std::map<ScalarType, std::pair<std::vector<Tensor>, std::vector<Tensor>>> by_type;
    for (size_t i = 0; i < mine.size(); ++i) {
      auto& [averaged, current] = by_type[mine[i].scalar_type()];
      averaged.push_back(mine[i]);
      current.push_back(theirs[i]);
    }
    for (auto& [type, lists] : by_type) multi_avg_fn_(lists.first, lists.second, n);
  }
  if (!use_buffers_)
    for (size_t i = 0; i < buffers.size(); ++i) Tensor(my_buffers[i]).copy_(buffers[i]);
  n_averaged.add_(1);
}

namespace detail {
namespace {
std::optional<double>* reset(nn::Module& m) {
  const auto fresh = [](auto* norm) {
    norm->reset_running_stats();
    return &norm->options.momentum();
  };
  if (auto* n = m.as<nn::BatchNorm1dImpl>()) return fresh(n);
  if (auto* n = m.as<nn::BatchNorm2dImpl>()) return fresh(n);
  if (auto* n = m.as<nn::BatchNorm3dImpl>()) return fresh(n);
  if (auto* n = m.as<nn::SyncBatchNormImpl>()) return fresh(n);
  return nullptr;
}
}  // namespace

FreshStatistics::FreshStatistics(nn::Module& model) : model_(model), was_training_(model.is_training()) {
  model.apply([&](nn::Module& m) {
    if (auto* momentum = reset(m)) momenta_.emplace_back(momentum, *momentum);
  });
  for (auto& [momentum, value] : momenta_) *momentum = std::nullopt;
  model.train();
}
FreshStatistics::~FreshStatistics() {
  for (auto& [momentum, value] : momenta_) *momentum = value;
  model_.train(was_training_);
}
}  // namespace detail

SWALR::SWALR(Optimizer& optimizer, const lr_scheduler::PerGroup& swa_lr, int64_t anneal_epochs, const std::string& anneal_strategy, int64_t last_epoch)
    : LRScheduler(optimizer, last_epoch), swa_lrs_(swa_lr.of(optimizer, "swa_lr")), anneal_epochs_(anneal_epochs), cos_(anneal_strategy == "cos") {
  WICK_CHECK_TYPE(ValueError, cos_ || anneal_strategy == "linear", "anneal_strategy must be one of 'cos' or 'linear', instead got ", anneal_strategy);
  WICK_CHECK_TYPE(ValueError, anneal_epochs >= 0, "anneal_epochs must be equal or greater than 0, got ", anneal_epochs);
  start();
}
std::vector<double> SWALR::get_lr() {
  const double steps = static_cast<double>(step_count_) - 1, step = anneal_epochs_ == 0 ? std::max(1., steps) : steps;
  const auto weight = [&](double at) {
    const double t = std::max(0., std::min(1., at / static_cast<double>(std::max<int64_t>(1, anneal_epochs_))));
    return cos_ ? (1 - std::cos(3.14159265358979323846 * t)) / 2 : t;
  };
  const double before = weight(step - 1), now = weight(step);
  std::vector<double> lrs = get_current_lrs();
  for (size_t i = 0; i < lrs.size(); ++i) {
    const double first = before == 1 ? swa_lrs_[i] : (lrs[i] - before * swa_lrs_[i]) / (1 - before);
    lrs[i] = swa_lrs_[i] * now + first * (1 - now);
  }
  return lrs;
}
void SWALR::fields(lr_scheduler::Fields& f) {
  LRScheduler::fields(f);
  f("swa_lrs", swa_lrs_, swa_lrs_.size());
  f("anneal_epochs", anneal_epochs_);
  f("cos", cos_);
}

}  // namespace wick::optim::swa_utils::inline v1
