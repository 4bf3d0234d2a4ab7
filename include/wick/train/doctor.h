// What a run's signals say: plateaus, overfitting, gradients that vanish, dead units and more, with evidence and what to try.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/train/trainer.h>

namespace wick {
namespace train {
inline namespace v1 {

/// What a run showed. `curves` have a value for each epoch (NaN where there is none), under the names that were logged and, from a Doctor, `loss_noise` (how much the
/// loss differs from step to step, without its trend), `gradient` and `update` (norms of all gradients and of a step's change, relative to that of the weights), `data`
/// and `compute` (seconds). What is unknown is NaN, or empty.
struct Signals {
  /// One parameter in the last epoch: norms of gradient and of the step's change, relative to its own.
  struct Parameter {
    std::string name;
    int64_t values = 0, dims = 0, samples = 0, without_gradient = 0;
    bool trains = true, in_optimizer = true;
    double weight = NAN, gradient = NAN, update = NAN;
  };
  /// One layer in the last epoch. `dead`: the share of a ReLU's units that gave nothing but zeros; `saturated`: of outputs of tanh or sigmoid near their ends; `batch`: the
  /// largest number of examples that a batch norm saw.
  struct Layer {
    std::string name, kind;
    double dead = NAN, saturated = NAN;
    int64_t units = 0, batch = 0;
  };
  /// Faults of the data: "leakage", "conflicting_labels", "duplicates", "target_leakage" or "mislabelled". Of how many examples (`of`: among how many; `near`: of these
  /// only nearly), by a number (how many are so by chance; what a column explains; how sure the network was, on average), and some of them, in words.
  struct Fault {
    std::string kind;
    int64_t count = 0, of = 0, near = 0;
    double number = NAN;
    std::vector<std::string> examples;
  };
  std::vector<std::pair<std::string, std::vector<double>>> curves;
  std::vector<Parameter> parameters;
  std::vector<Layer> layers;
  std::vector<int64_t> labels;  // how often each class was seen
  std::vector<double> steps;    // the losses of the first 1,000 steps
  double first_loss = NAN, input_mean = NAN, input_std = NAN, input_max = NAN;
  int64_t non_finite = 0;       // batches with such a loss
  std::string broken;           // the first parameter with a value that is not finite
  bool normalises_input = false, unused_expected = false;
  // Shares of the examples that the final network, as it is used, gets right; how many are held out. Where they are not known the curves stand for them.
  double right = NAN, right_held_out = NAN;
  int64_t held_out_examples = 0;
  std::vector<Fault> faults;

  /// Where another run of the same settings parts from this one: the first step whose loss differs, or the first curve and epoch; `unlike` says in what they were not begun
  /// alike. How many steps and epochs were compared.
  struct Again {
    int64_t steps = 0, epochs = 0, step = 0, epoch = 0;
    double here = NAN, there = NAN;
    std::string curve, unlike;
  };
  std::optional<Again> again;
  /// Compares with another run, number for number, but for times. Errors: `ValueError` where there is nothing to compare.
  void compare(const Signals& other);

  /// A curve, empty if there is none; the mean loss and a measure (accuracy) of what is held out.
  const std::vector<double>& curve(const std::string& name) const;
  const std::vector<double>& held_out(const std::string& measure = "loss") const;
  /// As a JSON object.
  std::string json() const;
};

/// How sure a finding is.
enum class Confidence { low, medium, high };

/// Something that is wrong, in a sentence; how sure that is, by which number; what speaks for it, and what to try.
struct Finding {
  std::string id, what;
  Confidence confidence = Confidence::low;
  double number = NAN;
  std::vector<std::string> evidence, remedies;
  int64_t epoch = 0;  // in which it began; 0: not known
  /// As lines of text.
  std::string text() const;
};

/// All that the signals speak for, the surest first.
std::vector<Finding> diagnose(const Signals& signals);
/// The ids of all diagnoses.
std::vector<std::string> diagnoses();

/// Records the signals of a fit, cheaply: the loss of each step, and in every `every_steps` steps (0: two of an epoch, at least every fiftieth) gradients, changes and
/// outputs of layers, by hooks that are there only then. With a folder they are in its `doctor.json`, whole at every moment, for `wick doctor`; rank 0 writes it. After a
/// checkpoint is gone on from they are those since then. Numbers of training are not touched.
///     auto doctor = std::make_shared<train::Doctor>();
///     trainer.add(doctor);
///     trainer.fit(*loader, *held_out);
///     for (const auto& finding : doctor->findings()) std::cout << finding.text();
class Doctor : public Callback {
 public:
  explicit Doctor(std::string folder = {});
  ~Doctor() override;
  WICK_ARG(int64_t, every_steps) = 0;

 public:
  int priority() const override { return -30; }
  const Signals& signals() const;
  /// Adds what the final network gets right.
  void score(double right, double right_held_out, int64_t held_out_examples);
  /// Adds what is known of the data (DataReport::faults), in the place of what was known of these kinds.
  void add(const std::vector<Signals::Fault>& faults);
  std::vector<Finding> findings() const { return diagnose(signals()); }
  void on_fit_begin(TrainerBase& trainer) override;
  void on_epoch_begin(TrainerBase& trainer) override;
  void on_gradients(TrainerBase& trainer) override;
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase& trainer) override;
  void on_error() noexcept override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace train
}  // namespace wick
