// Fine-tuning: what learns, how fast, and from when on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wick/nn/module.h>
#include <wick/optim/optimizer.h>
#include <wick/train/trainer.h>

namespace wick {
namespace adapt {
inline namespace v1 {

/// Whether a pattern fits a path such as `layer1.0.conv2`: the whole path, or what follows one of its dots, in which `*` stands for any text.
/// `conv2` and `layer1*` fit it, `layer1` and `0` do not.
bool matches(const std::string& path, const std::string& pattern);

/// Freezes the modules that match a pattern, with all that is in them and their batch statistics (Module::freeze), or undoes it. Returns their paths. Errors:
/// `ValueError` for a pattern that nothing matches, with the model's parts.
std::vector<std::string> freeze(nn::Module& model, const std::vector<std::string>& patterns);
std::vector<std::string> unfreeze(nn::Module& model, const std::vector<std::string>& patterns);

/// A part of a model between input and output: modules by path, and parameters that belong to a module that is spread over several parts.
struct Stage {
  std::vector<std::string> modules, parameters;
};

/// The parts of a model in the order in which its modules are registered, the last one the classifier. The part with the most parameters is replaced by its
/// children as long as it has more than half of them all; normalisations join the part before them, tensors of a module that was replaced the first
/// part. A ResNet-18 gives conv1 with bn1, layer1 to layer3, layer4.0, layer4.1, fc; a BERT its embeddings, each layer, pooler, classifier.
std::vector<Stage> stages(const nn::Module& model);
template <class M>
std::vector<Stage> stages(const nn::ModuleHolder<M>& model) { return stages(*model.ptr()); }

/// The parameters of a stage; freezing it, or undoing that. Errors: a path that the model lacks.
std::vector<Tensor> parameters(const nn::Module& model, const Stage& stage);
void set_frozen(nn::Module& model, const Stage& stage, bool frozen);

/// A group of parameters for each stage: the last one with the rate of `options`, each one before with `decay` times the rate of the one behind it. Schedules
/// start from these rates. `optim::AdamW optimizer(adapt::layer_wise_groups(model, optim::AdamWOptions(1e-3), 0.7))`. Frozen parameters are in the groups, too,
/// so that they can be unfrozen later. Errors: `ValueError` for a decay that is not in (0, 1].
std::vector<optim::OptimizerParamGroup> layer_wise_groups(const nn::Module& model, const optim::OptimizerOptions& options, double decay, const std::vector<Stage>& parts);
template <class M>
std::vector<optim::OptimizerParamGroup> layer_wise_groups(const nn::ModuleHolder<M>& model, const optim::OptimizerOptions& options, double decay) {
  return layer_wise_groups(*model.ptr(), options, decay, stages(*model.ptr()));
}

/// Factors for optim::LambdaLR, one for each of `groups` groups: up from 0 in `warmup` steps, then down to 0 at `total` in a line (slanted triangles). The last
/// group begins at once, each one before it `delay` steps later than the one behind it. Errors: steps that do not fit in `total`.
/// (J. Howard and S. Ruder, 2018, https://arxiv.org/abs/1801.06146)
std::vector<std::function<double(int64_t)>> slanted_triangles(size_t groups, int64_t total, int64_t warmup, int64_t delay = 0);

/// Trains the last stage alone at first and one more, from the output to the input, every `epochs` epochs. It follows the trainer's epoch, also when a fit goes on
/// from a checkpoint. The model must outlive it. Errors: `ValueError` for no stages, less than one epoch.
class GradualUnfreezing : public train::Callback {
 public:
  GradualUnfreezing(nn::Module& model, std::vector<Stage> stages, int64_t epochs = 1);
  int priority() const override { return 20; }
  void on_epoch_begin(train::TrainerBase& trainer) override;
  /// How many stages learn in an epoch.
  size_t active(int64_t epoch) const;

 private:
  nn::Module& model_;
  std::vector<Stage> stages_;
  int64_t epochs_;
};

/// The squared distance of the parameters that learn from where they were when this was made, times alpha / 2, as a term of the loss; those of modules that match
/// `fresh`, such as a new classifier, are drawn to zero by beta instead.
/// (X. Li and others, 2018, https://arxiv.org/abs/1802.01483)
class L2SP {
 public:
  L2SP(const nn::Module& model, double alpha, const std::vector<std::string>& fresh = {}, double beta = 0);
  Tensor operator()() const;

 private:
  struct Item {
    Tensor parameter, start;  // no start: zero
    double factor;
  };
  std::vector<Item> items_;
};

}  // namespace v1
}  // namespace adapt
}  // namespace wick
