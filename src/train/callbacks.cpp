#include <wick/train/callbacks.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstdio>
#include <cstring>

#include <wick/core/str.h>
#include <wick/core/warning.h>

#include "io/read_file.h"
#include "train/progress.h"
#include "train/ranks.h"

namespace wick::train::inline v1 {

Checkpoints::Checkpoints(std::string folder, CheckpointerOptions options) : folder_(std::move(folder)), options_(options) {}
Checkpoints::~Checkpoints() = default;

Checkpointer& Checkpoints::checkpointer() {
  WICK_CHECK(checkpointer_, "Checkpoints: there is no checkpointer before a fit, nor on other ranks than 0");
  return *checkpointer_;
}
void Checkpoints::on_setup(TrainerBase& trainer) {
  if (set_up_) return;  // a second fit goes on with what is in memory
  const char* restart = std::getenv("WICK_RESTART");  // of `wick launch`: how often the program was started again
  if (restart && std::atoi(restart) > 0) resume_ = true;
  if (trainer.ranks() > 1) return set_up_ranks(trainer);
  checkpointer_ = std::make_unique<Checkpointer>(folder_, trainer.state(), options_);
  if (resume_) resumed_ = checkpointer_->resume();
  else removed_ = checkpointer_->clear();
  set_up_ = true;
}
// Rank 0 looks; all load the bytes that it found, or fail together.
void Checkpoints::set_up_ranks(TrainerBase& trainer) {
  const auto group = trainer.group();
  std::exception_ptr error;
  std::string word, bytes;
  if (trainer.rank() == 0) try {
      checkpointer_ = std::make_unique<Checkpointer>(folder_, trainer.state(), options_);
      if (!resume_) removed_ = checkpointer_->clear();
      else if ((resumed_ = checkpointer_->resume())) {
        const Tensor file = io::read_file(checkpointer_->path(trainer.step()));
        bytes.assign(reinterpret_cast<const char*>(file.data_ptr<uint8_t>()), static_cast<size_t>(file.numel()));
      }
    } catch (const std::exception& e) {
      error = std::current_exception();
      word = e.what();
    }
  word = text_of_first(word, group);
  if (error) std::rethrow_exception(error);
  WICK_CHECK(word.empty(), "rank 0 could not begin, and says why");
  bytes = text_of_first(bytes, group);
  if (trainer.rank() > 0 && !bytes.empty()) {
    serialize::InputArchive archive;
    archive.load_from(bytes.data(), bytes.size());
    trainer.state().load(archive);
    resumed_ = true;
  }
  set_up_ = true;
}
void Checkpoints::save(TrainerBase& trainer, std::optional<double> metric) {
  trainer.gather_state();
  if (checkpointer_) checkpointer_->save(trainer.step(), metric);
  saved_ = trainer.step();
}
void Checkpoints::on_step_end(TrainerBase& trainer) {
  if (every_steps_ > 0 && trainer.step() % every_steps_ == 0) save(trainer);
}
void Checkpoints::on_epoch_end(TrainerBase& trainer) {
  const bool last = trainer.stopped() || trainer.epoch() >= trainer.options().epochs();
  if (every_epochs_ <= 0 || (trainer.epoch() % every_epochs_ != 0 && !last)) return;
  save(trainer, monitor_.empty() ? std::nullopt : std::optional(trainer.logged(monitor_)));
}
void Checkpoints::on_fit_end(TrainerBase& trainer) {
  if (trainer.stopped() && saved_ != trainer.step()) save(trainer);
  if (checkpointer_) checkpointer_->flush();
}

void RankReport::on_fit_begin(TrainerBase& trainer) { first_ = trainer.ranks() > 1 && trainer.rank() == 0; }
void RankReport::on_fit_end(TrainerBase& trainer) {
  if (trainer.ranks() == 1) return;
  times_ = distributed::meter().gather();
  if (first_ && print_) std::printf("%s", distributed::table(times_).c_str());
}
void RankReport::on_error() noexcept {
  if (!first_ || !print_) return;
  try {
    times_ = distributed::meter().gather(true);
    std::printf("%s", distributed::table(times_).c_str());
    std::fflush(stdout);
  } catch (...) {
  }
}

EarlyStopping::EarlyStopping(std::string monitor, int64_t patience, bool smaller_is_better, double min_delta)
    : monitor_(std::move(monitor)), patience_(patience), smaller_(smaller_is_better), min_delta_(min_delta) {
  WICK_CHECK_TYPE(ValueError, patience >= 1 && min_delta >= 0, "EarlyStopping: patience must be at least 1 and min_delta not negative, got ", patience, " and ", min_delta);
}
void EarlyStopping::on_fit_begin(TrainerBase& trainer) {
  if (ended()) trainer.stop();
}
void EarlyStopping::on_epoch_end(TrainerBase& trainer) {
  const double v = trainer.logged(monitor_);
  const bool better = !std::isnan(v) && (!best_ || (smaller_ ? v < *best_ - min_delta_ : v > *best_ + min_delta_));
  if (better) best_ = v;
  bad_ = better ? 0 : bad_ + 1;
  if (ended()) trainer.stop();
}
void EarlyStopping::save(serialize::OutputArchive& archive) const {
  archive.write("bad", IValue(bad_));
  archive.write("best", IValue(best_));
}
void EarlyStopping::load(serialize::InputArchive& archive) {
  IValue bad, best;
  archive.read("bad", bad);
  archive.read("best", best);
  best_ = best.toOptional<double>();
  bad_ = bad.toInt();
}

void LRMonitor::on_step_end(TrainerBase& trainer) {
  const auto& groups = trainer.optimizer().param_groups();
  for (size_t g = 0; g < groups.size(); ++g) {
    std::string name = "lr";
    if (g > 0) name.append("_").append(std::to_string(g));
    trainer.log(name, groups[g].options().get_lr(), 1);
  }
}

CSVLog::CSVLog(std::string path, std::vector<std::string> columns) : path_(std::move(path)), columns_(std::move(columns)) {}
CSVLog::~CSVLog() { close(); }
void CSVLog::close() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}
void CSVLog::on_fit_begin(TrainerBase& trainer) {
  close();
  if (trainer.rank() > 0) return;
  fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct stat s;
  WICK_CHECK(fd_ >= 0 && fstat(fd_, &s) == 0, "cannot write ", path_, ": ", std::strerror(errno));
  if (s.st_size < size_) {
    warn(str(path_, " has ", s.st_size, " bytes, the checkpoint knows of ", size_, ": rows are missing"));
    size_ = s.st_size;
    header_ = size_ > 0;
  }
  WICK_CHECK(ftruncate(fd_, size_) == 0, "cannot cut off ", path_, " after ", size_, " bytes: ", std::strerror(errno));
}
void CSVLog::write(const std::string& line) {
  for (size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(fd_, line.data() + done, line.size() - done);
    WICK_CHECK(n >= 0 || errno == EINTR, "cannot write ", path_, ": ", std::strerror(errno));
    done += static_cast<size_t>(std::max<ssize_t>(n, 0));
  }
  size_ += static_cast<int64_t>(line.size());
}
void CSVLog::row(TrainerBase& trainer, const Logged& values) {
  if (trainer.rank() > 0) return;
  const auto line = [&](const auto& field) {
    std::string text;
    for (const std::string& c : columns_) text.append(text.empty() ? "" : ",").append(field(c));
    return text + "\n";
  };
  if (columns_.empty()) {
    columns_ = {"epoch", "step"};
    for (const auto& v : values) columns_.push_back(v.first);
  }
  if (!header_) write(line([](const std::string& c) { return c; }));
  header_ = true;
  write(line([&](const std::string& c) -> std::string {
    if (c == "epoch") return std::to_string(trainer.epoch() + (trainer.batch() > 0));
    if (c == "step") return std::to_string(trainer.step());
    const auto found = std::find_if(values.begin(), values.end(), [&](const auto& v) { return v.first == c; });
    if (found == values.end()) return "";
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.7g", found->second);
    return digits;
  }));
}
void CSVLog::on_step_end(TrainerBase& trainer) {
  if (every_steps_ > 0 && trainer.step() % every_steps_ == 0) row(trainer, trainer.logged_last());
}
void CSVLog::on_epoch_end(TrainerBase& trainer) {
  if (every_steps_ <= 0) row(trainer, trainer.logged());
}
void CSVLog::save(serialize::OutputArchive& archive) const {
  archive.write("size", IValue(size_));
  archive.write("header", IValue(header_));
  archive.write("columns", IValue(columns_));
}
void CSVLog::load(serialize::InputArchive& archive) {
  IValue size, header, columns;
  archive.read("size", size);
  archive.read("header", header);
  archive.read("columns", columns);
  WICK_CHECK(size.toInt() >= 0, "CSVLog: a file of ", size.toInt(), " bytes");
  columns_ = columns.to<std::vector<std::string>>();
  header_ = header.toBool();
  size_ = size.toInt();
}

struct ProgressBar::Impl {
  std::optional<Progress> progress;
  int64_t before = 0, examples = 0;
  double seconds = 0;
  std::string label;
};
ProgressBar::ProgressBar() : impl_(new Impl) {}
ProgressBar::~ProgressBar() = default;

static std::string values_text(const Logged& values) {
  std::string text;
  char number[32];
  for (const auto& [name, v] : values) {
    std::snprintf(number, sizeof number, "%.4g", v);
    text.append(text.empty() ? "" : "  ").append(name).append(" ").append(number);
  }
  return text;
}
void ProgressBar::on_epoch_begin(TrainerBase& trainer) {
  if (trainer.rank() > 0) return;
  char label[48];
  const auto width = static_cast<int>(std::to_string(trainer.options().epochs()).size());
  std::snprintf(label, sizeof label, "epoch %*lld/%lld", width, static_cast<long long>(trainer.epoch() + 1), static_cast<long long>(trainer.options().epochs()));
  impl_->label = label;
  // An epoch that is gone on with counts from where it was.
  const int64_t total = trainer.batches() > 0 && trainer.batch() == 0 ? trainer.batches() : 0;
  impl_->before = trainer.examples();
  impl_->examples = 0;
  impl_->progress.emplace(label, total, is_terminal(), total > 0 ? "batches" : "examples");
}
void ProgressBar::on_step_end(TrainerBase& trainer) {
  if (!impl_->progress) return;
  impl_->examples = trainer.examples() - impl_->before;
  impl_->seconds = impl_->progress->seconds();
  impl_->progress->update(trainer.batches() > 0 && impl_->before == 0 ? trainer.batch() : impl_->examples, values_text(trainer.logged()));
}
void ProgressBar::on_epoch_end(TrainerBase& trainer) {
  if (!impl_->progress) return;
  impl_->progress->clear();
  const double rate = impl_->seconds > 0 ? static_cast<double>(impl_->examples) / impl_->seconds : 0;
  std::printf("%s  %s  %s examples/s  %s\n", impl_->label.c_str(), values_text(trainer.logged()).c_str(), thousands(static_cast<int64_t>(rate)).c_str(), duration(impl_->seconds).c_str());
  std::fflush(stdout);
}
void ProgressBar::on_fit_end(TrainerBase&) { on_error(); }
void ProgressBar::on_error() noexcept {
  if (impl_->progress) impl_->progress->clear();
}

}  // namespace wick::train::inline v1
