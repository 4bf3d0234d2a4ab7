#include <wick/train/trainer.h>

#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/utils.h>
#include <wick/ops.h>
#include <wick/train/metrics.h>

#include "io/node.h"
#include "train/ranks.h"

namespace wick::train::inline v1 {

struct TrainerBase::Mean {
  std::string name;
  double sum = 0, weight = 0, last = 0;
  int64_t batch = 0;  // in which it was noted last
  double value() const { return weight > 0 ? sum / weight : 0; }
};
struct TrainerBase::Tracked {
  std::string name;
  metrics::Metric* metric;
};

// Evaluation mode and no gradients for a scope.
class TrainerBase::Evaluation {
 public:
  explicit Evaluation(nn::Module& model) : model_(model), trained_(model.is_training()) { model_.eval(); }
  ~Evaluation() { if (trained_) model_.train(); }

 private:
  nn::Module& model_;
  bool trained_;
  NoGradGuard off_;
};

TrainerBase::TrainerBase(nn::Module& model, optim::Optimizer& optimizer, TrainerOptions options) : model_(model), optimizer_(optimizer), options_(options) {
  WICK_CHECK_TYPE(ValueError, options.accumulate() >= 1, "Trainer: accumulate must be at least 1, got ", options.accumulate());
  if (options.distributed() && distributed::is_initialized() && distributed::get_world_size() > 1) ranks_ = std::make_unique<Ranks>(model, options);
  // Files hold the model itself, not what averages its gradients.
  state_.add("model", ranks_ && !ranks_->reducer ? *model_.named_children()["module"] : model_).add("optimizer", optimizer_);
  state_.add("trainer", [this](serialize::OutputArchive& a) { save_place(a); }, [this](serialize::InputArchive& a) { load_place(a); });
}
TrainerBase::~TrainerBase() = default;

int TrainerBase::rank() const { return ranks_ ? ranks_->group->rank() : 0; }
int TrainerBase::ranks() const { return ranks_ ? ranks_->group->size() : 1; }
distributed::Group TrainerBase::group() const { return ranks_ ? ranks_->group : nullptr; }
void TrainerBase::gather_state() {
  if (ranks_) ranks_->gather_numbers();
}

void TrainerBase::add(std::shared_ptr<Callback> callback) {
  WICK_CHECK(callback, "Trainer::add: the callback is null");
  if (!callback->name().empty()) state_.add("callback " + callback->name(), *callback);
  const auto at = std::find_if(callbacks_.begin(), callbacks_.end(), [&](const auto& c) { return c->priority() < callback->priority(); });
  callbacks_.insert(at, std::move(callback));
}
void TrainerBase::each_callback(void (Callback::*what)(TrainerBase&)) {
  for (const auto& c : callbacks_) (*c.*what)(*this);
}

TrainerBase::Mean* TrainerBase::find(const std::string& name) {
  const auto i = std::find_if(means_.begin(), means_.end(), [&](const Mean& m) { return m.name == name; });
  return i == means_.end() ? nullptr : &*i;
}
void TrainerBase::log(const std::string& name, double value, std::optional<double> weight) {
  Mean* m = find(name);
  if (!m) m = &means_.emplace_back(Mean{name});
  const double w = weight.value_or(static_cast<double>(size_));
  m->sum += value * w;
  m->weight += w;
  m->last = value;
  m->batch = batch_;
}
void TrainerBase::track(const std::string& name, metrics::Metric& metric) {
  state_.add("metric " + name, metric);
  tracked_.push_back({name, &metric});
}
Logged TrainerBase::logged() const {
  Logged r;
  for (const Mean& m : means_) r.emplace_back(m.name, m.value());
  return r;
}
Logged TrainerBase::logged_last() const {
  Logged r;
  for (const Mean& m : means_) r.emplace_back(m.name, m.last);
  return r;
}
double TrainerBase::logged(const std::string& name) const {
  std::string names;
  for (const Mean& m : means_) {
    if (m.name == name) return m.value();
    names += " " + m.name;
  }
  throw ValueError(str("Trainer: \"", name, "\" was not logged in this epoch; logged:", names.empty() ? " nothing" : names));
}

void TrainerBase::reset_logs() {
  means_.clear();
  for (const Tracked& t : tracked_) t.metric->reset();
}
void TrainerBase::log_metrics() {
  for (const Tracked& t : tracked_)
    if (t.metric->updated()) log(t.name, t.metric->value(), 1);
}

// What all ranks gathered, on each of them, in the order of the ranks.
void TrainerBase::merge_metrics() {
  if (!ranks_) return;
  for (const Tracked& t : tracked_) {
    serialize::OutputArchive own;
    t.metric->save(own);
    std::string bytes;
    own.save_to([&](const void* data, size_t n) { return bytes.append(static_cast<const char*>(data), n), n; });
    t.metric->reset();
    for (const std::string& theirs : gather_texts(bytes, ranks_->group)) {
      serialize::InputArchive archive;
      archive.load_from(theirs.data(), theirs.size());
      t.metric->merge(archive);
    }
  }
}
// Ranks may have logged different names, if one had nothing to validate.
void TrainerBase::merge_means() {
  if (!ranks_) return;
  std::string own;
  for (const Mean& m : means_) {
    char numbers[96];
    std::snprintf(numbers, sizeof numbers, "%.17g %.17g %.17g ", m.sum, m.weight, m.last);
    own.append(numbers).append(m.name).append("\n");
  }
  const std::vector<std::string> all = gather_texts(own, ranks_->group);
  means_.clear();
  for (const std::string& text : all)
    for (size_t at = 0, end; at < text.size(); at = end + 1) {
      end = text.find('\n', at);
      double sum = 0, weight = 0, last = 0;
      int n = 0;
      std::sscanf(text.c_str() + at, "%lg %lg %lg %n", &sum, &weight, &last, &n);
      const std::string name = text.substr(at + static_cast<size_t>(n), end - at - static_cast<size_t>(n));
      Mean* m = find(name);
      if (!m) m = &means_.emplace_back(Mean{name, 0, 0, last, 0});
      m->sum += sum;
      m->weight += weight;
    }
}

void TrainerBase::backward(const Tensor& loss) { loss.backward(); }

void TrainerBase::optimizer_step() {
  std::vector<Tensor> parameters;
  if (options_.clip_norm() || options_.clip_value())
    for (const auto& group : optimizer_.param_groups()) parameters.insert(parameters.end(), group.params().begin(), group.params().end());
  if (options_.clip_value()) nn::utils::clip_grad_value_(parameters, *options_.clip_value());
  if (options_.clip_norm()) log("grad_norm", nn::utils::clip_grad_norm_(parameters, *options_.clip_norm()), 1);
  optimizer_.step();
  optimizer_.zero_grad();
}

void TrainerBase::non_finite_loss(double loss) {
  throw Error(str("Trainer: the loss of epoch ", epoch_ + 1, ", batch ", batch_, " (after ", step_, " steps) is ", loss, "; the one before was ", last_loss_,
                  "\n  hint: a lower learning rate, clip_norm, or AnomalyMode to find the operation; override non_finite_loss to leave such batches out"));
}

void TrainerBase::take_step() {
  if (ranks_ && pending_ < options_.accumulate()) ranks_->average(optimizer_);  // the end of the data came before the last backward was known to be that
  pending_ = 0;
  each_callback(&Callback::on_gradients);
  optimizer_step();
  ++step_;
  if (ranks_) stop_ = ranks_->agree_later(asked_) || stop_;
  if (options_.max_steps() > 0 && step_ >= options_.max_steps()) stop_ = true;
  each_callback(&Callback::on_step_end);
}

void TrainerBase::run_batch(void* batch) {
  size_ = run_size(batch);
  ++batch_;
  examples_ += size_ * ranks();
  if (ranks_) ranks_->prepare(pending_ + 1 == options_.accumulate());
  target_ = run_target(batch);
  const Tensor loss = run_training_step(batch);
  WICK_CHECK(loss.defined() && loss.numel() == 1, "Trainer: training_step must give a loss of one number, got ", loss.defined() ? str(loss.sizes()) : "an undefined tensor");
  const double value = loss.item<double>();
  if (!std::isfinite(value)) return ++non_finite_, non_finite_loss(value);
  last_loss_ = value;
  if (const Mean* m = find("loss"); !m || m->batch != batch_) log("loss", value);
  backward(options_.accumulate() > 1 ? loss / options_.accumulate() : loss);
  if (++pending_ == options_.accumulate()) take_step();
}

void TrainerBase::run_epoch(const Pass& training) {
  int64_t skip = training.load ? 0 : batch_;  // loaders that cannot go on in the middle are read from their beginning
  bool ended = true, fresh = ranks_ && batch_ == 0;
  if (fresh) ranks_->same_numbers();
  if (training.set_epoch) training.set_epoch(static_cast<size_t>(epoch_));
  auto& meter = distributed::meter();
  meter.resume();
  training.each([&](void* batch) {
    if (skip > 0) return --skip, true;
    if (fresh) ranks_->own_numbers();
    fresh = false;
    run_batch(batch);
    meter.step(size_);
    return ended = !stop_ || pending_ > 0;
  });
  meter.pause();
  target_ = Tensor();
  passed_ = ended;
  if (passed_ && pending_ > 0) take_step();
}

void TrainerBase::run_validation(const Pass& validation) {
  const Evaluation scope(model_);
  if (ranks_) ranks_->same_buffers(model_);
  validation.each([&](void* batch) {
    size_ = run_size(batch);
    run_validation_step(batch);
    return true;
  });
}

void TrainerBase::set_up(const Pass& training) {
  stop_ = asked_ = false;
  pending_ = 0;
  batches_ = training.batches;
  batch_size_ = training.batch_size;
  optimizer_.zero_grad();
  each_callback(&Callback::on_setup);
  if (place_ && training.load) {
    serialize::InputArchive place = io::Access::input(*place_);
    training.load(place);
  }
  place_.reset();
  save_loader_ = training.save;
  if (ranks_) ranks_->restore_numbers();
  distributed::meter().begin();
}

// The loader may be gone after the fit: its place is kept here.
void TrainerBase::finish(const Pass& training) {
  if (training.save) {
    place_ = std::make_unique<serialize::OutputArchive>();
    training.save(*place_);
  }
  save_loader_ = nullptr;
}

void TrainerBase::fit_epochs(const Pass& training, const Pass* validation) {
  for (;;) {
    if (ranks_) stop_ = ranks_->agree(stop_ || asked_);
    if (done() || stop_) return;
    model_.train();
    if (batch_ == 0) reset_logs();
    each_callback(&Callback::on_epoch_begin);
    if (!passed_) run_epoch(training);
    if (!passed_) return;
    if (validation) run_validation(*validation);
    merge_metrics();
    log_metrics();
    merge_means();
    ++epoch_;
    batch_ = examples_ = 0;
    passed_ = false;
    each_callback(&Callback::on_epoch_end);
  }
}

void TrainerBase::run_fit(const Pass& training, const Pass* validation) {
  set_up(training);
  try {
    each_callback(&Callback::on_fit_begin);
    fit_epochs(training, validation);
    each_callback(&Callback::on_fit_end);
  } catch (...) {
    distributed::meter().tell();
    for (const auto& c : callbacks_) c->on_error();
    save_loader_ = nullptr;
    throw;
  }
  finish(training);
}

Logged TrainerBase::run_evaluate(const Pass& validation) {
  std::vector<Mean> before;
  std::swap(before, means_);
  struct Restore {
    std::vector<Mean>&means, &before;
    ~Restore() { std::swap(means, before); }
  } restore{means_, before};
  reset_logs();
  run_validation(validation);
  merge_metrics();
  log_metrics();
  merge_means();
  return logged();
}

void TrainerBase::run_predict(const Pass& pass, const std::function<void(void*)>& step) {
  const Evaluation scope(model_);
  pass.each([&](void* batch) {
    step(batch);
    return true;
  });
}

void TrainerBase::save_place(serialize::OutputArchive& a) const {
  a.write("epoch", IValue(epoch_));
  a.write("step", IValue(step_));
  a.write("batch", IValue(batch_));
  a.write("examples", IValue(examples_));
  a.write("passed", IValue(passed_));
  a.write("last_loss", IValue(last_loss_));
  if (ranks_) ranks_->save(a);
  if (ranks_ && batch_size_ > 0) a.write("global_batch", IValue(batch_size_ * ranks()));
  std::vector<std::string> names;
  std::vector<double> values;
  for (const Mean& m : means_) {
    names.push_back(m.name);
    values.insert(values.end(), {m.sum, m.weight, m.last});
  }
  a.write("logged", IValue(names));
  a.write("means", IValue(values));
  serialize::OutputArchive loader;
  if (save_loader_) save_loader_(loader);
  else if (place_) loader = io::Access::share(*place_);
  a.write("loader", loader);
}

void TrainerBase::load_place(serialize::InputArchive& a) {
  const auto read = [&](const char* key) {
    IValue v;
    a.read(key, v);
    return v;
  };
  const std::vector<std::string> names = read("logged").to<std::vector<std::string>>();
  const std::vector<double> values = read("means").toDoubleVector();
  WICK_CHECK(values.size() == 3 * names.size(), "Trainer: ", names.size(), " names with ", values.size(), " numbers");
  epoch_ = read("epoch").toInt();
  step_ = read("step").toInt();
  batch_ = read("batch").toInt();
  examples_ = read("examples").toInt();
  passed_ = read("passed").toBool();
  last_loss_ = read("last_loss").toDouble();
  // Written by another number of ranks: as many examples are so many batches here.
  IValue saved_ranks(int64_t{1}), saved_batch(int64_t{0});
  a.try_read("ranks", saved_ranks);
  a.try_read("global_batch", saved_batch);
  int64_t before = std::max<int64_t>(1, saved_ranks.toInt()), now = ranks();
  const bool others = before != now;
  if (ranks_) {
    ranks_->saved_ranks = before;
    ranks_->load(a);
  }
  serialize::InputArchive loader;
  a.read("loader", loader);
  IValue taken, size(int64_t{0});
  if (others) {
    loader.try_read("batch_size", size);
    if (const int64_t whole = saved_batch.toInt() > 0 ? saved_batch.toInt() : size.toInt() * before; whole > 0 && batch_size_ > 0) before = whole, now = batch_size_ * ranks();
    batch_ = batch_ * before / now;
  }
  means_.clear();
  for (size_t i = 0; i < names.size(); ++i) means_.push_back({names[i], values[3 * i], values[3 * i + 1], values[3 * i + 2]});
  place_.reset();
  if (loader.keys().empty()) return;
  place_ = std::make_unique<serialize::OutputArchive>(io::Access::output(loader));
  if (!others || !loader.try_read("taken", taken)) return;
  place_->write("taken", IValue(taken.toInt() * before / now));
  if (batch_size_ > 0) place_->write("batch_size", IValue(batch_size_));
}

}  // namespace wick::train::inline v1
