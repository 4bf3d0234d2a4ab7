#include "cli/train.h"

#include <sys/stat.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <numbers>

#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/data.h>
#include <wick/io/safetensors.h>
#include <wick/train.h>

#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::duration;
using train::thousands;
using Batch = data::Example<>;

// Two convolutions and a linear layer, sized to the images: small ones get a narrow net without a hidden layer.
struct ConvNetImpl : nn::Module {
  nn::Sequential features{nullptr}, classifier{nullptr};
  std::string text;

  ConvNetImpl(int64_t height, int64_t width, int64_t classes) {
    const bool small = height * width < 200;
    const int64_t c1 = small ? 16 : 32, c2 = 2 * c1, flat = c2 * (height / 4) * (width / 4);
    features = register_module("features", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, c1, 3).padding(1)), nn::BatchNorm2d(c1), nn::ReLU(), nn::MaxPool2d(2),
                                                          nn::Conv2d(nn::Conv2dOptions(c1, c2, 3).padding(1)), nn::BatchNorm2d(c2), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten()));
    classifier = register_module("classifier", small ? nn::Sequential(nn::Dropout(0.25), nn::Linear(flat, classes))
                                                     : nn::Sequential(nn::Dropout(0.25), nn::Linear(flat, 128), nn::ReLU(), nn::Dropout(0.25), nn::Linear(128, classes)));
    text = str("Conv 1→", c1, " → Conv ", c1, "→", c2, small ? "" : " → Linear 128", " → Linear ", classes);
  }
  Tensor forward(const Tensor& x) { return classifier->forward(features->forward(x)); }
};
WICK_MODULE(ConvNet);

// Ctrl-C, and the SIGTERM that schedulers of machines send: once finishes the step and saves, twice leaves at once.
std::atomic<int> interrupts{0}, signal_number{0};
void on_interrupt(int number) {
  signal_number = number;
  if (++interrupts > 1) std::_Exit(128 + number);
}

// Images by their numbers, a whole batch at once.
struct Pictures : data::datasets::BatchDataset<Pictures, Batch> {
  Pictures(Tensor images, Tensor labels) : x(std::move(images)), y(std::move(labels)) {}
  Batch get_batch(ArrayRef<size_t> request) override {
    const Tensor pick = empty({static_cast<int64_t>(request.size())}, kLong);
    std::copy(request.begin(), request.end(), pick.data_ptr<int64_t>());
    return {x.index_select(0, pick), y.index_select(0, pick)};
  }
  std::optional<size_t> size() const override { return static_cast<size_t>(x.size(0)); }
  Tensor x, y;
};

// Batches in order, large enough to be quick and small enough for memory.
std::vector<Batch> in_order(const Tensor& images, const Tensor& labels) {
  std::vector<Batch> r;
  const std::vector<Tensor> x = images.split(1000), y = labels.split(1000);
  for (size_t i = 0; i < x.size(); ++i) r.emplace_back(x[i], y[i]);
  return r;
}
double share_right(const Tensor& scores, const Tensor& labels) { return scores.argmax(1).eq(labels).sum().item<double>() / static_cast<double>(labels.numel()); }

class Classifier : public train::Trainer<Batch> {
 public:
  Classifier(ConvNet net, optim::Optimizer& optimizer, double lr, int64_t steps, train::TrainerOptions options) : Trainer(*net, optimizer, options), net_(net), lr_(lr), steps_(steps) {}

 protected:
  Tensor training_step(Batch& b) override {
    set_lr();
    const Tensor logits = net_->forward(b.data);
    log("loss", last_loss_ = nn::functional::cross_entropy(logits, b.target));
    log("train_accuracy", share_right(logits.detach(), b.target));
    return last_loss_;
  }
  void validation_step(Batch& b) override { log("test_accuracy", share_right(net_->forward(b.data), b.target)); }
  Tensor predict_step(Batch& b) override { return net_->forward(b.data).log_softmax(1); }

 private:
  // A short rise, then half a cosine down to nothing.
  void set_lr() {
    const double total = static_cast<double>(steps_), warm = std::max<double>(1, 0.05 * total), t = static_cast<double>(step());
    const double f = t < warm ? (t + 1) / warm : 0.5 * (1 + std::cos(std::numbers::pi * (t - warm) / std::max(1.0, total - warm)));
    for (auto& group : optimizer().param_groups()) group.options().set_lr(lr_ * f);
  }
  ConvNet net_;
  double lr_;
  int64_t steps_;
  Tensor last_loss_;
};

// What a person sees, and Ctrl-C.
class Report : public train::Callback {
 public:
  Report(const TrainOptions& o, int64_t images) : o_(o), images_(images) {}
  std::string name() const override { return "report"; }
  int priority() const override { return 1; }  // its values go to the log
  void on_epoch_begin(train::TrainerBase& t) override {
    char label[32];
    std::snprintf(label, sizeof label, "epoch %2lld/%d", static_cast<long long>(t.epoch() + 1), o_.epochs);
    before_ = done_ = t.examples();
    progress_.emplace(label, images_, !o_.quiet && !o_.json && train::is_terminal(), "img");
    if (interrupts) t.stop();
  }
  void on_step_end(train::TrainerBase& t) override {
    done_ = t.examples();
    seconds_ = progress_->seconds();
    char detail[64];
    std::snprintf(detail, sizeof detail, "loss %.3f  acc %.1f %%", t.logged("loss"), 100 * t.logged("train_accuracy"));
    progress_->update(done_, detail);
    if (interrupts) t.stop();
  }
  void on_epoch_end(train::TrainerBase& t) override {
    progress_->clear();
    const double rate = seconds_ > 0 ? static_cast<double>(done_ - before_) / seconds_ : 0, test = t.logged("test_accuracy");
    const bool best = test > best_;
    best_ = std::max(best_, test);
    t.log("images_per_second", std::round(rate), 1);
    t.log("seconds", seconds_, 1);
    if (o_.json) {
      std::printf("%s\n", nlohmann::json({{"epoch", t.epoch()}, {"loss", t.logged("loss")}, {"train_accuracy", t.logged("train_accuracy")}, {"test_accuracy", test}, {"images_per_second", std::round(rate)}}).dump().c_str());
    } else if (!o_.quiet) {
      std::printf("epoch %2lld/%d  loss %.3f  acc %5.1f %%  test %5.1f %%  %9s img/s  %s%s\n", static_cast<long long>(t.epoch()), o_.epochs, t.logged("loss"), 100 * t.logged("train_accuracy"), 100 * test,
                  thousands(static_cast<int64_t>(rate)).c_str(), duration(seconds_).c_str(), best ? "  ← best" : "");
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
    best_ = v.toDouble();
  }

 private:
  const TrainOptions& o_;
  int64_t images_, before_ = 0, done_ = 0;
  double best_ = 0, seconds_ = 0;
  std::optional<train::Progress> progress_;
};

class Run {
 public:
  Run(const TrainOptions& o, Images data) : o_(o), data_(std::move(data)), dir_(folder(o)), loader_(data::make_data_loader(Pictures(data_.train_x, data_.train_y), data::DataLoaderOptions(static_cast<size_t>(o.batch_size)))) {
    if (o.threads > 0) set_num_threads(o.threads);
    manual_seed(o.seed);
    model_ = ConvNet(data_.train_x.size(2), data_.train_x.size(3), static_cast<int64_t>(data_.classes.size()));
    optimizer_ = std::make_unique<optim::Adam>(model_->parameters(), optim::AdamOptions(o.lr).weight_decay(1e-4));
    const int64_t images = data_.train_x.size(0);
    trainer_ = std::make_unique<Classifier>(model_, *optimizer_, o.lr, o.epochs * static_cast<int64_t>(*loader_->size()), train::TrainerOptions().epochs(o.epochs));
    trainer_->state().add("options", [this](serialize::OutputArchive& a) { a.write("text", IValue(fixed_options())); }, [this](serialize::InputArchive& a) { check_options(a); });
    checkpoints_ = std::make_shared<train::Checkpoints>(dir_);
    checkpoints_->every_steps(o.checkpoint_every).resume(o.resume);
    trainer_->add(checkpoints_);
    trainer_->add(std::make_shared<Report>(o, images));
    trainer_->add(std::make_shared<train::CSVLog>(dir_ + "/log.csv", std::vector<std::string>{"epoch", "loss", "train_accuracy", "test_accuracy", "images_per_second", "seconds"}));
    trainer_->add(std::make_shared<Header>(*this));
    io::remove_left_behind(dir_, "model.safetensors");
  }

  int go() {
    std::vector<Batch> test = in_order(data_.test_x, data_.test_y);
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, on_interrupt);
    trainer_->fit(*loader_, test);
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, SIG_DFL);
    finish(cat(trainer_->predict(test)));
    return interrupts ? 128 + signal_number : 0;
  }

 private:
  static std::string folder(const TrainOptions& o) {
    std::string dir = o.out;
    if (dir.empty()) {
      mkdir("runs", 0777);
      struct stat s;
      for (int k = 1; dir.empty() || stat(dir.c_str(), &s) == 0; ++k) dir = "runs/" + o.task + "-" + std::to_string(k);
    }
    return dir;
  }

  // What a run that is gone on with must have been started with.
  std::string fixed_options() const { return str("wick train ", o_.task, " --batch-size ", o_.batch_size, " --lr ", o_.lr, " --seed ", o_.seed, " (", data_.train_x.size(0), " training images)"); }
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
    if (o_.quiet || o_.json) return;
    int64_t parameters = 0;
    for (const Tensor& p : model_->parameters()) parameters += p.numel();
    std::printf("%-8s %s images %lldx%lld, %zu classes (%s train, %s test), %s\n", data_.name.c_str(), thousands(data_.train_x.size(0) + data_.test_x.size(0)).c_str(),
                static_cast<long long>(data_.train_x.size(2)), static_cast<long long>(data_.train_x.size(3)), data_.classes.size(),
                thousands(data_.train_x.size(0)).c_str(), thousands(data_.test_x.size(0)).c_str(), data_.origin.c_str());
    std::printf("model    %s    %s parameters\n", model_->text.c_str(), thousands(parameters).c_str());
    std::printf("device   CPU, %d thread%s\n", get_num_threads(), get_num_threads() == 1 ? "" : "s");
    if (checkpoints_->resumed()) std::printf("resumed  after step %s, epoch %lld of %d\n", thousands(trainer_->step()).c_str(), static_cast<long long>(std::min<int64_t>(trainer_->epoch() + 1, o_.epochs)), o_.epochs);
    else if (checkpoints_->removed() > 0) std::printf("note     the checkpoints of an earlier run in %s were removed; --resume would have gone on with it\n", dir_.c_str());
    else if (o_.resume) std::printf("resumed  nothing: there is no checkpoint in %s\n", dir_.c_str());
    std::fflush(stdout);
  }

  void finish(const Tensor& log_p) {
    io::NamedTensors tensors;
    for (const auto& p : model_->named_parameters()) tensors.emplace_back(p.key(), p.value());
    for (const auto& b : model_->named_buffers()) tensors.emplace_back(b.key(), b.value());
    io::save_safetensors(dir_ + "/model.safetensors", tensors, {{"format", "wick"}, {"version", "1"}, {"task", data_.name}});
    const Tensor answers = log_p.argmax(1);
    const int64_t right = answers.eq(data_.test_y).sum().item<int64_t>(), total = data_.test_y.numel();
    const int64_t wrong = write_mistakes(dir_ + "/mistakes.png", data_.test_x, data_.test_y, log_p);
    const double share = static_cast<double>(right) / static_cast<double>(total);
    if (o_.json) {
      std::printf("%s\n", nlohmann::json({{"test_accuracy", share}, {"right", right}, {"total", total}, {"out", dir_}, {"interrupted", interrupts > 0}}).dump().c_str());
      return;
    }
    if (interrupts) std::printf("interrupted: the model as it is now was saved; wick train %s --out %s --resume goes on\n", data_.name.c_str(), dir_.c_str());
    if (o_.quiet) {
      std::printf("%.4f\n", share);
      return;
    }
    std::printf("\ntest accuracy %.1f %% (%s of %s)\n%s", 100 * share, thousands(right).c_str(), thousands(total).c_str(), confusion_table(data_.classes, data_.test_y, answers).c_str());
    std::printf("saved %s/   model.safetensors  mistakes.png (%lld wrong among those shown)  log.csv\n", dir_.c_str(), static_cast<long long>(wrong));
    std::printf("next   wick train %s --help\n", data_.name.c_str());
  }

  const TrainOptions& o_;
  Images data_;
  std::string dir_;
  std::unique_ptr<data::StatelessDataLoader<Pictures, data::samplers::RandomSampler>> loader_;  // before the seed: it draws numbers
  ConvNet model_{nullptr};
  std::unique_ptr<optim::Adam> optimizer_;
  std::unique_ptr<Classifier> trainer_;
  std::shared_ptr<train::Checkpoints> checkpoints_;
};

}  // namespace

int train(const TrainOptions& o) { return Run(o, load_images(o)).go(); }

}  // namespace wick::cli
