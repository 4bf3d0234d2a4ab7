// What the checks before training look at.
#pragma once

#include <wick/train/preflight.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/watch.h"
#include "io/safetensors.h"
#include "nn/table.h"

namespace wick::train {

// All that a step changes, put back as often as needed, and at the end.
class Kept {
 public:
  explicit Kept(detail::Subject& subject);
  ~Kept();
  Kept(const Kept&) = delete;
  // Parameters and buffers only; everything, but for gradients, of which there are none then; everything.
  void restore_values();
  void restore();
  void finish();
  bool steps() const { return steps_; }  // whether the optimizer can be put back

 private:
  void load(const io::PackedArchive& packed, const State::Load& load);
  detail::Subject& s_;
  State own_;
  io::PackedArchive state_, loader_;
  std::vector<std::pair<Tensor, Tensor>> values_;
  std::vector<std::pair<Tensor, Tensor>> gradients_;
  std::optional<detail::TrainerAccess::Place> place_;
  std::unique_ptr<nn::detail::EvalScope> modes_;
  bool steps_ = false, done_ = false;
};

// What kind of a loss it is, by the op that compares outputs with targets.
enum class LossKind { unknown, classes, soft_classes, logits, probabilities, numbers };

// Looks on while a loss is computed.
class Look : public watch::Watcher {
 public:
  Look(const nn::Module& model, const detail::Subject& subject);
  void begin(const watch::Event& e) override;
  void end(const watch::Event& e, const watch::Outcome& o) override;

  LossKind kind = LossKind::unknown;
  Tensor output, target, value;  // what the loss got, and what its op gave
  std::string made_by;           // the node that made the output
  Tensor input, last;            // of the first layer; the newest result
  std::string layer;             // its op
  std::vector<int64_t> pictures;  // shape of the first convolution's input

 private:
  bool from_target(const Tensor& t) const { return t.unsafeGetTensorImpl() == s_.target_now.unsafeGetTensorImpl() || derived_.count(t.unsafeGetTensorImpl()) > 0; }
  void compare(const watch::Event& e);
  const detail::Subject& s_;
  const bool training_;
  std::set<const void*> parameters_, derived_;
  std::vector<Tensor> held_;                         // so that no address is used again
  std::vector<std::pair<Tensor, Tensor>> softmaxes_;  // log_softmax: result and input
  int depth_ = 0;
  bool derives_ = false, compares_ = false;
};

struct Watched {
  std::string name;
  Tensor value;
  bool reached = false, nonzero = false, finite = true;
};

// The facts, found once, that the checks judge.
struct Facts {
  Facts(detail::Subject& subject, const PreflightOptions& options, Kept& k) : s(subject), o(options), kept(k) {}
  detail::Subject& s;
  const PreflightOptions& o;
  Kept& kept;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();

  std::string no_batch;                  // why there is none
  std::shared_ptr<Look> look;            // at the first loss
  Tensor loss;                           // without history
  bool has_gradient = false;
  std::string error;                     // that ended the first step
  double first = NAN, base = NAN;        // its value; what a guess would have
  double rate = 0;                       // the highest, at which one batch was learnt
  std::vector<Watched> parameters;       // those that learn
  std::vector<double> losses, others;    // of the steps on one batch; and with another optimizer
  std::string broke;                     // that attempt
  bool own_optimizer = false;            // it was made with `optimizer`
  bool late = false;                     // it was ended by the clock
  bool evaluates = false, repeats = false;  // outputs in evaluation mode: twice, and with another example
  std::string no_evaluation;
  Tensor once, again, changed;
  int64_t example = 0, from = 0, dim = 0;

  void find();
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
  int64_t examples() const;
  int64_t classes() const;
  bool hard_labels() const { return s.target.defined() && !s.target.is_floating_point(); }

 private:
  void first_step();
  void guess();
  void learn_by_heart();
  std::vector<double> attempt(optim::Optimizer* other);
  void note_gradients();
  void evaluate();
  Tensor output_of(const Tensor& data);
};

// The rate of a group, that its schedule starts from where it is 0 now; NaN for options that have none.
double rate_of(const optim::OptimizerParamGroup& group);

std::vector<std::pair<const char*, CheckResult (*)(Facts&)>> all_checks();

}  // namespace wick::train
