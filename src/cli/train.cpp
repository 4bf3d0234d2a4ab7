#include "cli/train.h"

#include <sys/stat.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <numbers>

#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/io/safetensors.h>

#include "cli/progress.h"

namespace wick::cli {
namespace {

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

std::atomic<int> interrupts{0};
void on_interrupt(int) {
  if (++interrupts > 1) std::_Exit(130);
}

struct Epoch { double loss = 0, train = 0, test = 0, rate = 0, seconds = 0; };

// What a model says of a whole set: log-probabilities, in batches that keep memory small.
Tensor evaluate(ConvNet& model, const Tensor& images) {
  NoGradGuard off;
  model->eval();
  std::vector<Tensor> parts;
  for (const Tensor& x : images.split(1000)) parts.push_back(model->forward(x).log_softmax(1));
  return cat(parts);
}
double accuracy(const Tensor& log_probabilities, const Tensor& labels) {
  return log_probabilities.argmax(1).eq(labels).sum().item<double>() / static_cast<double>(labels.numel());
}

class Run {
 public:
  Run(const TrainOptions& o, Images data) : o_(o), data_(std::move(data)), dir_(folder(o)) {
    if (o.threads > 0) set_num_threads(o.threads);
    manual_seed(o.seed);
    model_ = ConvNet(data_.train_x.size(2), data_.train_x.size(3), static_cast<int64_t>(data_.classes.size()));
    optimizer_ = std::make_unique<optim::Adam>(model_->parameters(), optim::AdamOptions(o.lr).weight_decay(1e-4));
    log_.open(dir_ + "/log.csv");
    WICK_CHECK(log_, "cannot write ", dir_, "/log.csv");
    log_ << "epoch,loss,train_accuracy,test_accuracy,images_per_second,seconds\n";
  }

  int go() {
    header();
    std::signal(SIGINT, on_interrupt);
    double best = 0;
    for (int e = 1; e <= o_.epochs && !interrupts; ++e) {
      const Epoch r = epoch(e);
      if (interrupts) break;
      const bool is_best = r.test > best;
      best = std::max(best, r.test);
      report(e, r, is_best);
    }
    std::signal(SIGINT, SIG_DFL);
    finish();
    return interrupts ? 130 : 0;
  }

 private:
  static std::string folder(const TrainOptions& o) {
    std::string dir = o.out;
    if (dir.empty()) {
      mkdir("runs", 0777);
      struct stat s;
      for (int k = 1; dir.empty() || stat(dir.c_str(), &s) == 0; ++k) dir = "runs/" + o.task + "-" + std::to_string(k);
    }
    for (size_t at = dir.find('/', 1);; at = dir.find('/', at + 1)) {
      const std::string part = dir.substr(0, at);
      WICK_CHECK(mkdir(part.c_str(), 0777) == 0 || errno == EEXIST, "cannot make the folder ", part, ": ", std::strerror(errno));
      if (at == std::string::npos) break;
    }
    return dir;
  }

  bool talks() const { return !o_.quiet && !o_.json; }

  void header() const {
    if (!talks()) return;
    int64_t parameters = 0;
    for (const Tensor& p : model_->parameters()) parameters += p.numel();
    std::printf("%-8s %s images %lldx%lld, %zu classes (%s train, %s test), %s\n", data_.name.c_str(), thousands(data_.train_x.size(0) + data_.test_x.size(0)).c_str(),
                static_cast<long long>(data_.train_x.size(2)), static_cast<long long>(data_.train_x.size(3)), data_.classes.size(),
                thousands(data_.train_x.size(0)).c_str(), thousands(data_.test_x.size(0)).c_str(), data_.origin.c_str());
    std::printf("model    %s    %s parameters\n", model_->text.c_str(), thousands(parameters).c_str());
    std::printf("device   CPU, %d thread%s\n", get_num_threads(), get_num_threads() == 1 ? "" : "s");
    std::fflush(stdout);
  }

  // A short rise, then half a cosine down to nothing.
  void set_lr(int64_t step, int64_t total) {
    const double warm = std::max<double>(1, 0.05 * static_cast<double>(total)), t = static_cast<double>(step);
    const double f = t < warm ? (t + 1) / warm : 0.5 * (1 + std::cos(std::numbers::pi * (t - warm) / std::max(1.0, static_cast<double>(total) - warm)));
    for (auto& group : optimizer_->param_groups()) group.options().set_lr(o_.lr * f);
  }

  Epoch epoch(int number) {
    const int64_t n = data_.train_x.size(0), steps = (n + o_.batch_size - 1) / o_.batch_size;
    char label[32];
    std::snprintf(label, sizeof label, "epoch %2d/%d", number, o_.epochs);
    Progress progress(label, n, talks() && is_terminal());
    model_->train();
    const Tensor order = randperm(n);
    Tensor loss_sum = zeros({}), right = zeros({}, kLong);
    Epoch r;
    int64_t done = 0;
    for (int64_t s = 0; s < steps && !interrupts; ++s) {
      const Tensor pick = order.slice(0, s * o_.batch_size, std::min(n, (s + 1) * o_.batch_size));
      const Tensor x = data_.train_x.index_select(0, pick), y = data_.train_y.index_select(0, pick);
      set_lr((number - 1) * steps + s, o_.epochs * steps);
      optimizer_->zero_grad();
      const Tensor logits = model_->forward(x), loss = nn::functional::cross_entropy(logits, y);
      loss.backward();
      optimizer_->step();
      NoGradGuard off;
      loss_sum += loss.detach() * static_cast<double>(pick.numel());
      right += logits.argmax(1).eq(y).sum();
      done += pick.numel();
      r.loss = loss_sum.item<double>() / static_cast<double>(done);
      r.train = right.item<double>() / static_cast<double>(done);
      char detail[64];
      std::snprintf(detail, sizeof detail, "loss %.3f  acc %.1f %%", r.loss, 100 * r.train);
      progress.update(done, detail);
    }
    r.seconds = progress.seconds();
    r.rate = static_cast<double>(done) / r.seconds;
    progress.clear();
    if (!interrupts) r.test = accuracy(evaluate(model_, data_.test_x), data_.test_y);
    return r;
  }

  void report(int e, const Epoch& r, bool best) {
    char line[160];
    std::snprintf(line, sizeof line, "%d,%.6f,%.6f,%.6f,%.0f,%.3f\n", e, r.loss, r.train, r.test, r.rate, r.seconds);
    log_ << line << std::flush;
    if (o_.json) {
      std::printf("%s\n", nlohmann::json({{"epoch", e}, {"loss", r.loss}, {"train_accuracy", r.train}, {"test_accuracy", r.test}, {"images_per_second", std::round(r.rate)}}).dump().c_str());
    } else if (talks()) {
      std::printf("epoch %2d/%d  loss %.3f  acc %5.1f %%  test %5.1f %%  %9s img/s  %s%s\n", e, o_.epochs, r.loss, 100 * r.train, 100 * r.test,
                  thousands(static_cast<int64_t>(r.rate)).c_str(), duration(r.seconds).c_str(), best ? "  ← best" : "");
    }
    std::fflush(stdout);
  }

  void finish() {
    io::NamedTensors tensors;
    for (const auto& p : model_->named_parameters()) tensors.emplace_back(p.key(), p.value());
    for (const auto& b : model_->named_buffers()) tensors.emplace_back(b.key(), b.value());
    io::save_safetensors(dir_ + "/model.safetensors", tensors, {{"format", "wick"}, {"version", "1"}, {"task", data_.name}});
    const Tensor log_p = evaluate(model_, data_.test_x), answers = log_p.argmax(1);
    const int64_t right = answers.eq(data_.test_y).sum().item<int64_t>(), total = data_.test_y.numel();
    const int64_t wrong = write_mistakes(dir_ + "/mistakes.png", data_.test_x, data_.test_y, log_p);
    const double share = static_cast<double>(right) / static_cast<double>(total);
    if (o_.json) {
      std::printf("%s\n", nlohmann::json({{"test_accuracy", share}, {"right", right}, {"total", total}, {"out", dir_}, {"interrupted", interrupts > 0}}).dump().c_str());
      return;
    }
    if (interrupts) std::printf("interrupted: the model as it is now was saved\n");
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
  ConvNet model_{nullptr};
  std::unique_ptr<optim::Adam> optimizer_;
  std::ofstream log_;
};

}  // namespace

int train(const TrainOptions& o) { return Run(o, load_images(o)).go(); }

}  // namespace wick::cli
