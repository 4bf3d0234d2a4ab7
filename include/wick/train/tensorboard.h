// What a trainer logs, in event files for TensorBoard.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include <wick/train/trainer.h>

namespace wick {
namespace logging {
inline namespace v1 {
class SummaryWriter;
class SystemMonitor;
}
}  // namespace logging
namespace train {
inline namespace v1 {

/// Writes event files into a folder: of every `every_steps` steps (0: none) what was logged, as `step/loss` and so on, and the learning rate of each group, `lr`;
/// of every epoch the means, as `epoch/loss` and so on, and how many examples a second were trained on; of every `histogram_epochs` epochs (0: none) how the parameters
/// are distributed, as `parameters/conv1.weight`, and with `gradients` what their gradients are then, if they were not dropped. All of it at the number of steps of the
/// optimizer, so that a fit which goes on from a checkpoint hides what came after that. With several processes rank 0 writes. Nothing here ends a fit:
/// files that cannot be written are warned of once. Every `system_seconds` seconds (0: never) what the process and its machine use, as `system/…` (logging::SystemMonitor).
///
///     auto board = std::make_shared<train::TensorBoard>("runs/1");
///     trainer.add(board);
///     trainer.fit(*training, *validation);
///     board->writer().add_text("note", "after the fit");
class TensorBoard : public Callback {
 public:
  explicit TensorBoard(std::string folder);
  ~TensorBoard() override;
  WICK_ARG(int64_t, every_steps) = 1;
  WICK_ARG(int64_t, histogram_epochs) = 1;
  WICK_ARG(bool, gradients) = false;
  WICK_ARG(double, system_seconds) = 0;

 public:
  /// The writer, for events of one's own, from the beginning of the first fit on. Errors: before, and on other ranks than 0 (`writes` tells).
  logging::SummaryWriter& writer();
  bool writes() const { return writer_ != nullptr; }
  int priority() const override { return -5; }
  void on_fit_begin(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase&) override;
  void on_error() noexcept override;
  void on_epoch_begin(TrainerBase& trainer) override;
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;

 private:
  void rates(TrainerBase& trainer);
  std::string folder_;
  std::unique_ptr<logging::SummaryWriter> writer_;
  std::atomic<int64_t> step_{0};  // for the monitor's thread
  std::unique_ptr<logging::SystemMonitor> monitor_;
  double began_ = 0, ended_ = 0;
  int64_t before_ = 0, done_ = 0;
};

}  // namespace v1
}  // namespace train
}  // namespace wick
