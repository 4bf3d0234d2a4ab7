#include <wick/optim/optimizer.h>

#include <unordered_set>

#include <wick/core/warning.h>

#include "optim/recipe.h"

namespace wick::optim {
inline namespace v1 {

std::unique_ptr<OptimizerParamState> OptimizerParamState::clone() const { throw NotImplementedError("clone() has not been implemented for this class of OptimizerParamState: derive it from OptimizerCloneableParamState"); }
void OptimizerParamState::serialize(serialize::InputArchive&) { throw NotImplementedError("serialize(InputArchive&) has not been implemented for this class of OptimizerParamState"); }
void OptimizerParamState::serialize(serialize::OutputArchive&) const { throw NotImplementedError("serialize(OutputArchive&) has not been implemented for this class of OptimizerParamState"); }

std::unique_ptr<OptimizerOptions> OptimizerOptions::clone() const { throw NotImplementedError("clone() has not been implemented for this class of OptimizerOptions: derive it from OptimizerCloneableOptions"); }
void OptimizerOptions::serialize(serialize::InputArchive&) { throw NotImplementedError("serialize(InputArchive&) has not been implemented for this class of OptimizerOptions"); }
void OptimizerOptions::serialize(serialize::OutputArchive&) const { throw NotImplementedError("serialize(OutputArchive&) has not been implemented for this class of OptimizerOptions"); }
double OptimizerOptions::get_lr() const { throw NotImplementedError("get_lr() has not been implemented for this class of OptimizerOptions"); }
void OptimizerOptions::set_lr(double) { throw NotImplementedError("set_lr() has not been implemented for this class of OptimizerOptions"); }
double OptimizerOptions::get_momentum() const { throw NotImplementedError("get_momentum() has not been implemented for this class of OptimizerOptions: it has neither momentum() nor betas()"); }
void OptimizerOptions::set_momentum(double) { throw NotImplementedError("set_momentum() has not been implemented for this class of OptimizerOptions: it has neither momentum() nor betas()"); }
void OptimizerOptions::inherit(const OptimizerOptions&) {}

void Optimizer::save(serialize::OutputArchive&) const {}
void Optimizer::load(serialize::InputArchive&) {}
void Optimizer::check_options(const OptimizerOptions&) const {}

OptimizerOptions& OptimizerParamGroup::options() {
  WICK_CHECK(options_, "the parameter group has no options yet: add it to an optimizer first");
  return *options_;
}
const OptimizerOptions& OptimizerParamGroup::options() const {
  WICK_CHECK(options_, "the parameter group has no options yet: add it to an optimizer first");
  return *options_;
}

Optimizer::Optimizer(std::vector<Tensor> parameters, std::unique_ptr<OptimizerOptions> defaults) : Optimizer(one_group(std::move(parameters)), std::move(defaults)) {}
Optimizer::Optimizer(const std::vector<OptimizerParamGroup>& groups, std::unique_ptr<OptimizerOptions> defaults) : defaults_(std::move(defaults)) {
  for (const auto& g : groups) add_param_group(g);
}

void Optimizer::add_param_group(const OptimizerParamGroup& group) {
  std::unordered_set<void*> seen;
  for (const auto& g : param_groups_)
    for (const Tensor& p : g.params()) seen.insert(p.unsafeGetTensorImpl());
  for (size_t i = 0; i < group.params().size(); ++i) {
    const Tensor& p = group.params()[i];
    WICK_CHECK(p.defined(), "optimizer: parameter ", i, " of group ", param_groups_.size(), " is undefined");
    WICK_CHECK(p.is_leaf(), "can't optimize a non-leaf Tensor (", named(param_groups_.size(), i, p), ")");
    WICK_CHECK(seen.insert(p.unsafeGetTensorImpl()).second, "some parameters appear in more than one parameter group (", named(param_groups_.size(), i, p), ")");
  }
  OptimizerParamGroup copy(group.params());
  copy.set_options(group.has_options() ? group.options().clone() : defaults_->clone());
  if (group.has_options()) copy.options().inherit(*defaults_);
  copy.initial_lr() = group.initial_lr();
  check_options(copy.options());
  param_groups_.push_back(std::move(copy));
}
void Optimizer::add_parameters(const std::vector<Tensor>& parameters) {
  warn("Optimizer::add_parameters() will be removed in PyTorch 1.6");
  WICK_CHECK(!param_groups_.empty(), "add_parameters: the optimizer has no group");
  auto& p = param_groups_[0].params();
  p.insert(p.end(), parameters.begin(), parameters.end());
}

void Optimizer::zero_grad(bool set_to_none) {
  for (auto& g : param_groups_)
    for (Tensor& p : g.params()) {
      Tensor& grad = p.mutable_grad();
      if (!grad.defined()) continue;
      if (set_to_none) grad.reset();
      else zero_gradient(grad);
    }
}

const std::vector<Tensor>& Optimizer::parameters() const {
  warn("Optimizer::parameters() will be removed in PyTorch 1.6");
  WICK_CHECK(!param_groups_.empty(), "parameters: the optimizer has no group");
  return param_groups_[0].params();
}
std::vector<Tensor>& Optimizer::parameters() {
  warn("Optimizer::parameters() will be removed in PyTorch 1.6");
  WICK_CHECK(!param_groups_.empty(), "parameters: the optimizer has no group");
  return param_groups_[0].params();
}
size_t Optimizer::size() const {
  warn("Optimizer::size() will be removed in PyTorch 1.6");
  size_t n = 0;
  for (const auto& g : param_groups_) n += g.params().size();
  return n;
}

}  // namespace v1
}  // namespace wick::optim
