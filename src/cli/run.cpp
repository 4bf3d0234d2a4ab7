#include "cli/run.h"

#include <sys/stat.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <numbers>

#include <wick/adapt/finetune.h>
#include <wick/autograd/autocast.h>
#include <wick/core/str.h>
#include <wick/train.h>

#include "cli/data_check.h"
#include "cli/events.h"
#include "cli/ranks.h"
#include "cli/report.h"
#include "cli/scores.h"
#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {

Source in_memory(Tensor x, Tensor y) {
  const auto n = static_cast<size_t>(x.size(0));
  return Source(n, [x = std::move(x), y = std::move(y)](ArrayRef<size_t> request) -> Batch {
    const Tensor pick = empty({static_cast<int64_t>(request.size())}, kLong);
    std::copy(request.begin(), request.end(), pick.data_ptr<int64_t>());
    return {x.index_select(0, pick), y.index_select(0, pick)};
  });
}

Busy::Busy(const RunOptions& o, const std::string& text) : shown(!o.quiet && !o.json && train::is_terminal()) {
  if (shown) std::printf("%s …", text.c_str());
  if (shown) std::fflush(stdout);
}
Busy::~Busy() {
  if (shown) std::printf("\r\033[K");
}

namespace {

using train::duration;
using train::thousands;

// Ctrl-C, and the SIGTERM that schedulers of machines send: once finishes the step and saves, twice leaves at once.
std::atomic<int> interrupts{0}, signal_number{0};
void on_interrupt(int number) {
  signal_number = number;
  if (++interrupts > 1) std::_Exit(128 + number);
}

data::DataLoaderOptions loading(size_t batch, size_t workers) { return data::DataLoaderOptions(batch).workers(workers); }
auto in_order(const Source& s, size_t batch, size_t workers) { return data::make_data_loader(s, data::samplers::SequentialSampler(s.n), loading(batch, workers)); }
double share_right(const Tensor& scores, const Tensor& labels) { return scores.argmax(1).eq(labels).sum().item<double>() / static_cast<double>(labels.numel()); }

// Each process's share of the batches of all, in the order in which one process would have them.
using Share = data::samplers::RankSampler<data::samplers::BatchSampler<data::samplers::RandomSampler>>;
class TrainingLoader : public data::StatelessDataLoader<Source, Share> {
 public:
  // A last batch of one example has no variance to normalise by.
  static std::unique_ptr<TrainingLoader> make(const Source& source, const Job& job, size_t workers) {
    const size_t n = source.n, ranks = static_cast<size_t>(job.ranks), batch = static_cast<size_t>(job.batch()), whole = batch * ranks;
    const bool drop = n > whole && n % whole == 1;
    Share share(data::samplers::BatchSampler<data::samplers::RandomSampler>(data::samplers::RandomSampler(static_cast<int64_t>(n)), whole, drop), ranks, static_cast<size_t>(job.rank), ranks > 1 ? std::min<size_t>(2, batch) : 0);
    return std::make_unique<TrainingLoader>(numbered(job.first() ? source : apart(source, job.rank)), std::move(share), loading(batch, workers), (n + (drop ? 0 : whole - 1)) / whole);
  }
  TrainingLoader(Source source, Share share, data::DataLoaderOptions options, size_t batches) : StatelessDataLoader(std::move(source), std::move(share), options), batches_(batches) {}
  std::optional<size_t> size() const { return batches_; }

 private:
  // A batch is augmented with numbers of its own: those of other ranks' batches would be the same.
  static Source apart(const Source& source, int rank) {
    return Source(source.n, [batch = source.batch, rank](ArrayRef<size_t> request) {
      Generator g = default_generator();
      g.set_current_seed(g.current_seed() ^ (static_cast<uint64_t>(rank) * 0x9e3779b97f4a7c15u));
      return batch(request);
    });
  }
  static Source numbered(const Source& source) {
    return Source(source.n, [batch = source.batch](ArrayRef<size_t> request) {
      Batch b = batch(request);
      b.index.assign(request.begin(), request.end());
      return b;
    });
  }
  size_t batches_;
};

class Learner : public train::Trainer<Batch> {
 public:
  Learner(const Task& task, const RunOptions& o, const Job& job, Network& net, optim::Optimizer& optimizer, int64_t steps)
      : Trainer(*net.module, optimizer, options_of(task, o)), task_(task), o_(o), job_(job), net_(net), steps_(steps), held_(task.held_out.name) {
    criterion_.label_smoothing(o.label_smoothing);
    if (task.class_weights.defined()) criterion_.weight(task.class_weights);
    // What is said of mixtures is said of no example.
    const auto classes = static_cast<int64_t>(task.classes.size()), n = static_cast<int64_t>(task.training.n);
    if (classes > 1 && !task.mix && n * classes <= kMostWatched) watch_.emplace(n, classes);
    for (const auto& group : optimizer.param_groups()) rates_.push_back(group.options().get_lr());
  }
  std::optional<train::LabelWatch>& watch() { return watch_; }
  // Batches of one pass after the other, as training has them.
  optim::LRRangeTest lr_range(TrainingLoader& loader) {
    watch_.reset();
    model().train();
    auto at = loader.begin();
    const auto step = [&] {
      if (at == loader.end()) at = loader.begin();
      Batch b = *at;
      ++at;
      optimizer().zero_grad();
      const Tensor loss = training_step(b);
      backward(loss);
      return loss.detach();
    };
    return optim::lr_range_test(optimizer(), step, optim::LRRangeTestOptions().start_lr(1e-6).restore(model().buffers()));
  }

 protected:
  Tensor training_step(Batch& b) override {
    if (!o_.lr_range) set_lr();
    if (task_.mix && !o_.check) task_.mix(b);  // an example would depend on others
    Tensor out = forward(b.data);
    weight_ = weight_of(b.target);
    if (task_.classes.empty()) {
      log("train_mae", (out.detach() * task_.target_deviation + task_.target_mean - b.target).abs().mean());
      return out.sub((b.target - task_.target_mean) / task_.target_deviation).square().mean();
    }
    if (watch_ && !o_.check && epoch() < kWatched) watch_->update(from_blob(b.index.data(), {static_cast<int64_t>(b.index.size())}, kLong), out.detach(), b.target);
    log("train_accuracy", share_right(out.detach(), b.target.dim() > 1 ? b.target.argmax(1) : b.target));
    const Tensor loss = nn::functional::cross_entropy(out, b.target, criterion_);
    if (job_.ranks > 1) log("loss", loss, weight_ * static_cast<double>(all_) / job_.ranks);  // a share's weight in the mean of all
    return loss;
  }
  void backward(const Tensor& loss) override { Trainer::backward(weight_ == 1 ? loss : loss * weight_); }
  // The last batch of an epoch: what a rank was given beyond its share does not count.
  int64_t batch_size(const Batch& b) override {
    if (!model().is_training() || job_.ranks == 1) return b.data.size(0);
    const int64_t n = static_cast<int64_t>(task_.training.n), whole = job_.batch() * job_.ranks;
    all_ = std::min(whole, n - batch() * whole);
    return own_ = all_ * (job_.rank + 1) / job_.ranks - all_ * job_.rank / job_.ranks;
  }
  void validation_step(Batch& b) override {
    const Tensor out = forward(b.data);
    if (task_.classes.empty()) {
      log(held_ + "_loss", out.sub((b.target - task_.target_mean) / task_.target_deviation).square().mean());
      log(held_ + "_mae", (out * task_.target_deviation + task_.target_mean - b.target).abs().mean());
    } else {
      log(held_ + "_loss", nn::functional::cross_entropy(out, b.target));
      log(held_ + "_accuracy", share_right(out, b.target));
    }
  }

 private:
  Tensor forward(const Tensor& x) {
    if (!o_.bf16) return net_.forward(x);
    const amp::autocast on;
    return net_.forward(x).to(kFloat);
  }
  static train::TrainerOptions options_of(const Task& task, const RunOptions& o) {
    const std::string name = task.settings["network"].value("name", "");
    return train::TrainerOptions().epochs(o.epochs).find_unused_parameters(name == "googlenet" || name.rfind("inception", 0) == 0);  // their other heads are not used
  }
  // Means of unequal parts become the mean of all when they are weighted by them: by their examples, or by the weights of their classes.
  double weight_of(const Tensor& target) const {
    if (job_.ranks == 1) return 1;
    if (!task_.class_weights.defined() || target.dim() > 1) return static_cast<double>(own_ * job_.ranks) / static_cast<double>(all_);
    const Tensor own = task_.class_weights.index_select(0, target.narrow(0, 0, own_)).to(kDouble).sum(), all = own.clone();
    distributed::all_reduce(all);
    return own.item<double>() * job_.ranks / all.item<double>();
  }
  // A short rise, then half a cosine down to nothing.
  void set_lr() {
    const double total = static_cast<double>(steps_), warm = std::max<double>(1, o_.warmup * total), t = static_cast<double>(epoch() * batches() + batch() - 1);
    const double f = t < warm ? (t + 1) / warm : 0.5 * (1 + std::cos(std::numbers::pi * (t - warm) / std::max(1.0, total - warm)));
    for (size_t g = 0; g < rates_.size(); ++g) optimizer().param_groups()[g].options().set_lr(rates_[g] * f);
  }
  static constexpr int64_t kMostWatched = 1 << 25, kWatched = 8;  // numbers that are kept; epochs
  std::optional<train::LabelWatch> watch_;
  const Task& task_;
  const RunOptions& o_;
  const Job& job_;
  Network& net_;
  int64_t steps_, own_ = 1, all_ = 1;
  double weight_ = 1;
  std::vector<double> rates_;
  std::string held_;
  nn::functional::CrossEntropyFuncOptions criterion_;
};

// What a person sees, and Ctrl-C.
class Screen : public train::Callback {
 public:
  Screen(const Task& task, const RunOptions& o, bool speaks) : task_(task), o_(o), speaks_(speaks), measure_(task.classes.empty() ? "mae" : "accuracy"), held_(task.held_out.name) {}
  std::string name() const override { return "report"; }
  int priority() const override { return 1; }  // its values go to the log
  void on_epoch_begin(train::TrainerBase& t) override {
    char label[32];
    std::snprintf(label, sizeof label, "epoch %2lld/%d", static_cast<long long>(t.epoch() + 1), o_.epochs);
    before_ = done_ = t.examples();
    progress_.emplace(label, static_cast<int64_t>(task_.training.n), speaks_ && !o_.quiet && !o_.json && train::is_terminal(), task_.unit);
    if (interrupts) t.stop();
  }
  void on_step_end(train::TrainerBase& t) override {
    done_ = t.examples();
    seconds_ = progress_->seconds();
    progress_->update(done_, str("loss ", number_text(t.logged("loss")), "  ", measure(t.logged("train_" + measure_))));
    if (interrupts) t.stop();
  }
  void on_epoch_end(train::TrainerBase& t) override {
    progress_->clear();
    const double rate = seconds_ > 0 ? static_cast<double>(done_ - before_) / seconds_ : 0, held = t.logged(held_ + "_" + measure_);
    const bool best = !best_ || (task_.classes.empty() ? held < *best_ : held > *best_);
    if (best) best_ = held;
    t.log("lr", t.optimizer().param_groups().back().options().get_lr(), 1);
    t.log("per_second", std::round(rate), 1);
    t.log("seconds", seconds_, 1);
    if (!speaks_) {
    } else if (o_.json) {
      Json j{{"epoch", t.epoch()}};
      for (const auto& [key, value] : t.logged()) j[key] = value;
      std::printf("%s\n", j.dump().c_str());
    } else if (!o_.quiet) {
      std::printf("epoch %2lld/%d  loss %s  %s  %s %s  %8s %s/s  %s%s\n", static_cast<long long>(t.epoch()), o_.epochs, number_text(t.logged("loss")).c_str(),
                  measure(t.logged("train_" + measure_)).c_str(), held_.c_str(), plain(held).c_str(), thousands(static_cast<int64_t>(rate)).c_str(), task_.unit.c_str(), duration(seconds_).c_str(),
                  best ? "  ← best" : "");
    }
    std::fflush(stdout);
    if (interrupts) t.stop();
  }
  void on_fit_end(train::TrainerBase&) override { on_error(); }
  void on_error() noexcept override {
    if (progress_) progress_->clear();
  }
  void save(serialize::OutputArchive& archive) const override { archive.write("best", IValue(best_)); }
  void load(serialize::InputArchive& archive) override {
    IValue v;
    archive.read("best", v);
    best_ = v.toOptional<double>();
  }

 private:
  std::string plain(double v) const {
    if (task_.classes.empty()) return number_text(v);
    char buf[32];
    std::snprintf(buf, sizeof buf, "%5.1f %%", 100 * v);
    return buf;
  }
  std::string measure(double v) const { return (task_.classes.empty() ? "MAE " : "acc ") + plain(v); }
  const Task& task_;
  const RunOptions& o_;
  bool speaks_;
  std::string measure_, held_;
  int64_t before_ = 0, done_ = 0;
  double seconds_ = 0;
  std::optional<double> best_;
  std::optional<train::Progress> progress_;
};

// The weights of the epoch with the lowest loss on what is held out.
class Best : public train::Callback {
 public:
  Best(nn::Module& module, std::string monitor) : monitor_(std::move(monitor)) {
    for (const auto& p : module.named_parameters()) live_.push_back(p.value());
    for (const auto& b : module.named_buffers()) live_.push_back(b.value());
  }
  std::string name() const override { return "best"; }
  void on_epoch_end(train::TrainerBase& t) override {
    const double loss = t.logged(monitor_);
    if (epoch_ > 0 && !(loss < loss_)) return;
    loss_ = loss;
    epoch_ = t.epoch();
    kept_.clear();
    for (const Tensor& x : live_) kept_.push_back(x.detach().clone());
  }
  void restore() {
    const NoGradGuard off;
    for (size_t i = 0; i < kept_.size(); ++i) live_[i].detach().copy_(kept_[i]);
  }
  int64_t epoch() const { return epoch_; }
  void save(serialize::OutputArchive& a) const override {
    a.write("loss", IValue(loss_));
    a.write("epoch", IValue(epoch_));
    for (size_t i = 0; i < kept_.size(); ++i) a.write(std::to_string(i), kept_[i]);
  }
  void load(serialize::InputArchive& a) override {
    IValue loss, epoch;
    a.read("loss", loss);
    a.read("epoch", epoch);
    loss_ = loss.toDouble();
    epoch_ = epoch.toInt();
    kept_.clear();
    for (size_t i = 0; epoch_ > 0 && i < live_.size(); ++i) a.read(std::to_string(i), kept_.emplace_back());
  }

 private:
  std::string monitor_;
  std::vector<Tensor> live_, kept_;
  double loss_ = 0;
  int64_t epoch_ = 0;
};

class Run {
 public:
  Run(Task task, const RunOptions& o) : o_(o), job_(o), task_(std::move(task)), dir_(o.check || o.lr_range ? "" : job_.from_first(job_.first() ? folder() : "")) {
    loader_ = TrainingLoader::make(task_.training, job_, o.workers);  // before the seed: it draws numbers
    held_ = in_order(job_.part(task_.held_out.source), task_.evaluation_batch, o.workers);
    manual_seed(o.seed);
    net_ = make_network(task_.settings, task_.weights);
    if (task_.prepare) task_.prepare(net_);
    if (o.sync_bn && job_.group) nn::SyncBatchNormImpl::convert_sync_batchnorm(net_.module);
    const double lr = o.lr * job_.rate();
    const auto decoupled = optim::AdamWOptions(lr).weight_decay(task_.weight_decay);
    if (task_.depth_decay != 1) optimizer_ = std::make_unique<optim::AdamW>(adapt::layer_wise_groups(*net_.module, decoupled, task_.depth_decay, adapt::stages(*net_.module)));
    else if (task_.decoupled) optimizer_ = std::make_unique<optim::AdamW>(net_.module->parameters(), decoupled);
    else optimizer_ = std::make_unique<optim::Adam>(net_.module->parameters(), optim::AdamOptions(lr).weight_decay(task_.weight_decay));
    trainer_ = std::make_unique<Learner>(task_, o_, job_, net_, *optimizer_, o.epochs * static_cast<int64_t>(*loader_->size()));
    if (!o.check && !o.lr_range) add_callbacks();
  }

  // The checks alone; nothing is written.
  int check() {
    WICK_CHECK_TYPE(ValueError, !job_.group && !task_.fit, "--check looks at training in epochs, by one process");
    if (!o_.quiet && !o_.json) say_what();
    const train::PreflightReport r = train::preflight(*trainer_, *loader_);
    static const char* const words[] = {"pass", "warn", "fail", "skip"};
    if (o_.json) {
      Json j{{"ok", r.ok()}, {"seconds", r.seconds}, {"checks", Json::array()}};
      for (const auto& c : r.checks) j["checks"].push_back({{"id", c.id}, {"verdict", words[static_cast<int>(c.verdict)]}, {"what", c.what}, {"try", c.remedies}});
      std::printf("%s\n", j.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    } else if (o_.quiet) {
      for (const auto& c : r.checks)
        if (c.verdict == train::Verdict::warn || c.verdict == train::Verdict::fail) std::printf("%s %s\n", words[static_cast<int>(c.verdict)], c.id.c_str());
    } else {
      std::printf("\n%s", r.text().c_str());
    }
    return r.ok() ? 0 : 1;
  }

  int lr_range() {
    WICK_CHECK_TYPE(ValueError, !job_.group && !task_.fit, "--lr-range looks at training in epochs, by one process");
    if (!o_.quiet && !o_.json) say_what();
    return show_lr_range(trainer_->lr_range(*loader_), o_);
  }

  int go() {
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, on_interrupt);
    if (task_.fit) fit_at_once();
    else trainer_->fit(*loader_, *held_);
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, SIG_DFL);
    if (best_ && !task_.fit) best_->restore();
    signal_ = static_cast<int>(job_.highest(interrupts ? signal_number.load() : 0));
    job_.same(*net_.module);
    if (task_.finished && job_.first()) task_.finished(net_, dir_);
    finish();
    return signal_ ? 128 + signal_ : 0;
  }

 private:
  void add_callbacks() {
    const RunOptions& o = o_;
    trainer_->state().add("options", [this](serialize::OutputArchive& a) { a.write("text", IValue(fixed_options())); }, [this](serialize::InputArchive& a) { check_options(a); });
    checkpoints_ = std::make_shared<train::Checkpoints>(dir_);
    checkpoints_->every_steps(o.checkpoint_every).resume(o.resume);
    trainer_->add(checkpoints_);
    trainer_->add(std::make_shared<Screen>(task_, o_, job_.first()));
    const std::string held = task_.held_out.name, measure = task_.classes.empty() ? "mae" : "accuracy";
    trainer_->add(std::make_shared<train::CSVLog>(dir_ + "/log.csv", std::vector<std::string>{"epoch", "loss", "train_" + measure, held + "_loss", held + "_" + measure, "lr", "per_second", "seconds"}));
    if (o.early_stop > 0) {
      trainer_->add(best_ = std::make_shared<Best>(*net_.module, held + "_loss"));
      trainer_->add(early_ = std::make_shared<train::EarlyStopping>(held + "_loss", o.early_stop));
    }
    trainer_->add(std::make_shared<Header>(*this));
    trainer_->add(doctor_ = std::make_shared<train::Doctor>(dir_));
    if (job_.first() && task_.look.check) trainer_->add(data_watch(task_, o_, *doctor_));
    events_ = std::make_unique<Events>(dir_, task_, o_, net_);
    if (events_->callback()) trainer_->add(events_->callback());
    trainer_->add(ranks_ = std::make_shared<train::RankReport>(!o.quiet && !o.json));
    if (job_.first()) io::remove_left_behind(dir_, "");  // of a run that was killed while it saved
  }
  void fit_at_once() {
    if (!job_.first()) return;
    std::filesystem::create_directories(dir_);
    std::filesystem::remove(dir_ + "/log.csv");
    std::filesystem::remove(dir_ + "/doctor.json");
    header();
    task_.fit(net_, dir_);
  }
  std::string folder() const {
    std::string dir = o_.out;
    if (dir.empty()) {
      mkdir("runs", 0777);
      struct stat s;
      const auto numbered = [&](int k) { return "runs/" + task_.name + "-" + std::to_string(k); };
      int k = 1;
      while (stat(numbered(k).c_str(), &s) == 0) ++k;
      const char* restart = std::getenv("WICK_RESTART");  // then the run before goes on
      dir = numbered(restart && std::atoi(restart) > 0 && k > 1 ? k - 1 : k);
    }
    return dir;
  }
  // What a run that is gone on with must have been started with.
  std::string fixed_options() const { return str(command(), task_.mark, " (", task_.training.n, " for training)"); }
  std::string command() const {
    std::string text = str("wick train ", task_.name, " --batch-size ", o_.batch_size, " --lr ", o_.lr, " --seed ", o_.seed);
    if (o_.label_smoothing > 0) text += str(" --label-smoothing ", o_.label_smoothing);
    if (o_.early_stop > 0) text += str(" --early-stop ", o_.early_stop);
    if (o_.bf16) text += " --bf16";
    if (o_.global_batch) text += " --global-batch";
    if (o_.scale_lr != "none") text += " --scale-lr " + o_.scale_lr;
    if (o_.warmup != 0.05) text += str(" --warmup ", o_.warmup);
    return text + task_.fixed;
  }
  void check_options(serialize::InputArchive& archive) const {
    IValue was;
    archive.read("text", was);
    WICK_CHECK_TYPE(ValueError, was.toStringRef() == fixed_options(), "--resume: the run in ", dir_, " was started otherwise\n  then  ", was.toStringRef(), "\n  now   ", fixed_options());
  }

  struct Header : train::Callback {
    explicit Header(const Run& r) : run(r) {}
    void on_fit_begin(train::TrainerBase&) override { run.header(); }
    const Run& run;
  };
  void header() const {
    if (o_.quiet || o_.json || !job_.first()) return;
    say_what();
    if (job_.group) std::printf("ranks    %s\n", job_.text().c_str());
    if (checkpoints_->resumed()) std::printf("resumed  after step %s, epoch %lld of %d\n", thousands(trainer_->step()).c_str(), static_cast<long long>(std::min<int64_t>(trainer_->epoch() + 1, o_.epochs)), o_.epochs);
    else if (checkpoints_->removed() > 0) std::printf("note     the checkpoints of an earlier run in %s were removed; --resume would have gone on with it\n", dir_.c_str());
    else if (o_.resume) std::printf("resumed  nothing: there is no checkpoint in %s\n", dir_.c_str());
    std::fflush(stdout);
  }
  void say_what() const {
    for (size_t i = 0; i < task_.header.size(); ++i) std::printf("%-8s %s\n", i == 0 ? task_.name.c_str() : "", task_.header[i].c_str());
    int64_t learning = 0;
    for (const Tensor& p : net_.module->parameters()) learning += p.requires_grad() ? p.numel() : 0;
    const int64_t all = parameter_count(*net_.module);
    std::printf("model    %s    %s parameters%s%s\n", net_.text.c_str(), thousands(all).c_str(), learning < all ? str(", ", thousands(learning), " of them learn").c_str() : "", task_.weights.empty() ? "" : (", from " + task_.weights).c_str());
    if (o_.verbose) std::printf("%s\n", str(*net_.module).c_str());
    std::printf("device   CPU, %d thread%s%s\n", get_num_threads(), get_num_threads() == 1 ? "" : "s", o_.bf16 ? ", bf16" : "");
  }

  std::pair<Tensor, Tensor> outputs(const Source& s) const {
    const bool shared = job_.group && s.n >= static_cast<size_t>(job_.ranks);
    const auto [out, y] = outputs_of(net_, shared ? job_.part(s) : s, o_.workers, !task_.classes.empty(), task_.target_mean, task_.target_deviation);
    return shared ? std::pair(job_.gathered(out), job_.gathered(y)) : std::pair(out, y);
  }

  void finish() {
    const bool classes = !task_.classes.empty();
    if (job_.first()) save_run(dir_, task_.settings, *net_.module);
    const auto [out, y] = outputs(task_.held_out.source);
    const Scores held = score(out, y, classes);
    if (task_.extra && job_.first()) task_.extra(dir_, out, y);
    Json j = to_json(held, classes);
    if (classes) j[task_.held_out.name + "_accuracy"] = held.accuracy;
    std::optional<Scores> test;
    if (task_.test) {
      const auto [test_out, test_y] = outputs(task_.test->source);
      test = score(test_out, test_y, classes);
      j[task_.test->name] = to_json(*test, classes);
    }
    if (classes && !task_.fit) look_at_labels(out, y);
    write_report(out, y, held, test);
    if (!job_.first()) return;
    events_->finish(held);
    if (best_ && !task_.fit) j["best_epoch"] = best_->epoch();
    if (!task_.fit) j["epochs"] = trainer_->epoch();
    j["out"] = dir_;
    j["interrupted"] = signal_ > 0;
    if (job_.group) {
      j["ranks"] = Json::array();
      for (const auto& t : ranks_->times()) j["ranks"].push_back(to_json(t));
    }
    if (o_.json) std::printf("%s\n", j.dump().c_str());
    else say(held, test);
  }

  void look_at_labels(const Tensor& out, const Tensor& y) {
    auto& watch = trainer_->watch();
    if (watch && job_.group) watch->merge();
    if (!job_.first()) return;
    const auto found = suspects_of(task_, watch ? watch->rank() : train::Mislabelled(), train::rank_mislabelled(out.exp(), y), dir_);
    if (found) doctor_->add({*found});
    if (found && found->count > 0 && !o_.quiet && !o_.json) std::printf("note     %s labels may be wrong: %s/suspects.csv, wick doctor %s\n", thousands(found->count).c_str(), dir_.c_str(), dir_.c_str());
  }

  void write_report(const Tensor& out, const Tensor& y, const Scores& held, const std::optional<Scores>& test) {
    Report r;
    r.task = task_.name;
    r.dir = dir_;
    r.command = command();
    r.classes = task_.classes;
    r.units = task_.units;
    r.held_out = &task_.held_out;
    r.outputs = out;
    r.targets = y;
    r.held = held;
    r.test = test;
    // The model as it is, on what it learnt from, as it would see it in use.
    const size_t some = std::min<size_t>(task_.plain_training.n, 2000);
    const Source sample(some, [s = task_.plain_training, some](ArrayRef<size_t> request) mutable {
      std::vector<size_t> spread;
      for (const size_t i : request) spread.push_back(i * s.n / some);
      return s.get_batch(spread);
    });
    const auto [train_out, train_y] = outputs(sample);
    if (!job_.first()) return;
    r.training = score(train_out, train_y, !task_.classes.empty());
    if (!task_.classes.empty()) doctor_->score(r.training.accuracy, held.accuracy, held.total);
    r.ranks = ranks_->times();
    r.facts = task_.facts;
    const auto add = [&](const char* name, const std::string& text) { r.settings.emplace_back(name, text); };
    add("model", str(net_.text, ", ", thousands(parameter_count(*net_.module)), " parameters"));
    if (!task_.weights.empty()) add("weights", task_.weights);
    for (const auto& [key, text] : task_.how) r.settings.emplace_back(key, text);
    if (!task_.fit) add("epochs", str(trainer_->epoch(), " of ", o_.epochs, best_ ? str(", kept: epoch ", best_->epoch()) : std::string()));
    if (!task_.fit) add("batch", job_.group ? str(job_.batch(), " on each of ", job_.ranks, " ranks: ", job_.batch() * job_.ranks) : str(o_.batch_size));
    if (!task_.fit) add("learning rate", str(o_.lr * job_.rate(), ", ", task_.decoupled ? "AdamW" : "Adam", ", cosine"));
    if (o_.label_smoothing > 0) add("label smoothing", str(o_.label_smoothing));
    add("seed", str(o_.seed));
    if (o_.bf16) add("arithmetic", "bfloat16 where it gains");
    r.interrupted = signal_ > 0;
    r.write();
  }

  void say(const Scores& held, const std::optional<Scores>& test) const {
    const bool classes = !task_.classes.empty();
    if (signal_) std::printf("interrupted: the model as it is now was saved; the same command with --out %s --resume goes on\n", dir_.c_str());
    if (o_.quiet) {
      std::printf("%.4f\n", classes ? held.accuracy : held.mae);
      return;
    }
    if (early_ && early_->ended()) std::printf("stopped early: no better for %d epochs\n", o_.early_stop);
    if (best_ && best_->epoch() > 0) std::printf("kept     epoch %lld, the one with the lowest %s loss\n", static_cast<long long>(best_->epoch()), task_.held_out.name.c_str());
    std::printf("\n%s\n", summary_line(task_.held_out.name, held, classes, task_.units).c_str());
    if (test) std::printf("%s\n", summary_line(task_.test->name, *test, classes, task_.units).c_str());
    if (classes) std::printf("%s", confusion_table(task_.classes, test ? test->confusion : held.confusion).c_str());
    std::string files;
    for (const std::string& f : task_.extra_files) files += "  " + f;
    std::printf("saved %s/   model.safetensors  report.html%s%s\n", dir_.c_str(), task_.fit ? "" : "  log.csv", files.c_str());
    std::printf("next   wick predict %s %s    wick eval %s    wick train %s --help\n", dir_.c_str(), task_.unit == "img" ? "IMAGE…" : "FILE.csv", dir_.c_str(), task_.name.c_str());
  }

  const RunOptions& o_;
  const Job job_;
  Task task_;
  std::string dir_;
  std::unique_ptr<TrainingLoader> loader_;
  std::unique_ptr<data::StatelessDataLoader<Source, data::samplers::SequentialSampler>> held_;
  Network net_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  std::unique_ptr<Learner> trainer_;
  std::shared_ptr<train::Checkpoints> checkpoints_;
  std::shared_ptr<Best> best_;
  std::shared_ptr<train::Doctor> doctor_;
  std::shared_ptr<train::EarlyStopping> early_;
  std::shared_ptr<train::RankReport> ranks_;
  std::unique_ptr<Events> events_;
  int signal_ = 0;
};

}  // namespace

std::pair<Tensor, Tensor> outputs_of(const Network& network, const Source& source, size_t workers, bool classes, double mean, double deviation) {
  const NoGradGuard off;
  network.module->eval();
  std::vector<Tensor> out, y;
  const auto loader = in_order(source, 100, workers);
  for (Batch& b : *loader) {
    const Tensor x = network.forward(b.data).to(kFloat);
    out.push_back(classes ? x.log_softmax(1) : x * deviation + mean);
    y.push_back(b.target);
  }
  return {cat(out), cat(y)};
}

int run(Task task, const RunOptions& options) {
  if (options.faults) return check_data(task, options);
  Run r(std::move(task), options);
  return options.check ? r.check() : options.lr_range ? r.lr_range() : r.go();
}

}  // namespace wick::cli
