#include <wick/train/tensorboard.h>

#include <chrono>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/log/summary_writer.h>
#include <wick/log/system_monitor.h>

namespace wick::train::inline v1 {
namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

bool has_events(const std::string& folder) {
  std::error_code error;
  for (const auto& e : std::filesystem::directory_iterator(folder, error))
    if (e.path().filename().string().find("tfevents") != std::string::npos) return true;
  return false;
}

}  // namespace

TensorBoard::TensorBoard(std::string folder) : folder_(std::move(folder)) {}
TensorBoard::~TensorBoard() = default;

logging::SummaryWriter& TensorBoard::writer() {
  WICK_CHECK(writer_, "TensorBoard: there is no writer before a fit, nor on other ranks than 0");
  return *writer_;
}

void TensorBoard::on_fit_begin(TrainerBase& trainer) {
  if (trainer.rank() > 0) return;
  step_ = trainer.step();
  if (!writer_) {
    logging::SummaryWriterOptions o;
    if (has_events(folder_)) o.purge_step(trainer.step() == 0 ? 0 : trainer.step() + 1);
    writer_ = std::make_unique<logging::SummaryWriter>(folder_, o);
  }
  if (system_seconds_ > 0) monitor_ = std::make_unique<logging::SystemMonitor>(*writer_, logging::SystemMonitorOptions().interval(system_seconds_).step([this] { return step_.load(); }));
}
void TensorBoard::on_fit_end(TrainerBase&) {
  monitor_ = nullptr;
  if (writer_) writer_->flush();
}
void TensorBoard::on_error() noexcept {
  monitor_ = nullptr;
  if (writer_) writer_->flush();
}
void TensorBoard::on_epoch_begin(TrainerBase& trainer) {
  before_ = done_ = trainer.examples();
  began_ = ended_ = seconds();
}

void TensorBoard::rates(TrainerBase& trainer) {
  const auto& groups = trainer.optimizer().param_groups();
  for (size_t k = 0; k < groups.size(); ++k) writer_->add_scalar(k == 0 ? "lr" : str("lr_", k), groups[k].options().get_lr(), trainer.step());
}

void TensorBoard::on_step_end(TrainerBase& trainer) {
  done_ = trainer.examples();
  step_ = trainer.step();
  if (!writer_) return;
  ended_ = seconds();
  if (every_steps_ <= 0 || trainer.step() % every_steps_ != 0) return;
  for (const auto& [name, value] : trainer.logged_last()) writer_->add_scalar("step/" + name, value, trainer.step());
  rates(trainer);
}

void TensorBoard::on_epoch_end(TrainerBase& trainer) {
  const Logged values = trainer.logged();
  if (!writer_) return;
  bool told = false;  // by another callback
  for (const auto& [name, value] : values) {
    writer_->add_scalar("epoch/" + name, value, trainer.step());
    told |= name == "per_second";
  }
  if (every_steps_ <= 0) rates(trainer);
  if (!told && ended_ > began_) writer_->add_scalar("epoch/examples_per_second", static_cast<double>(done_ - before_) * trainer.ranks() / (ended_ - began_), trainer.step());
  if (histogram_epochs_ <= 0 || trainer.epoch() % histogram_epochs_ != 0) return;
  const auto histogram = [&](const char* what, const std::string& name, const Tensor& t) {
    try {
      if (t.defined() && t.numel() > 0 && !t.is_complex() && !t.is_sparse()) writer_->add_histogram(what + name, t, trainer.step());
    } catch (const ValueError&) {  // nothing but infinities
    }
  };
  for (const auto& p : trainer.model().named_parameters()) {
    histogram("parameters/", p.key(), p.value());
    if (gradients_) histogram("gradients/", p.key(), p.value().grad());
  }
}

}  // namespace wick::train::inline v1
