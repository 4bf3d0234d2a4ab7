// nn::utils::prune: parameters with some of their elements held at zero by a mask.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace utils {
namespace prune {
inline namespace v1 {

/// How much is pruned: a number of elements (or channels), or a part of them. Errors: below 0, a part above 1.
class Amount {
 public:
  Amount(int count) : Amount(static_cast<int64_t>(count)) {}
  Amount(int64_t count);
  Amount(double part);
  /// The number of `n`. Errors: more than there are.
  int64_t of(int64_t n) const;

 private:
  double value_;
  bool part_;
};

/// Base of methods of one's own: a mask of zeros and ones for a tensor. Pruned again, a tensor's mask only loses ones: `unstructured` methods get
/// the elements, as a vector, that the mask kept, `structured` ones the channels (of dimension `dim`) that it kept, `global` ones everything.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.prune.BasePruningMethod.html)
class BasePruningMethod {
 public:
  enum Type { unstructured, structured, global };
  explicit BasePruningMethod(Type type, int64_t dim = -1) : type_(type), dim_(dim) {}
  virtual ~BasePruningMethod();
  /// The mask for `t` (its importance), with zeros where `default_mask` has them.
  virtual Tensor compute_mask(const Tensor& t, const Tensor& default_mask) const = 0;
  Type type() const { return type_; }
  int64_t dim() const { return dim_; }

 private:
  Type type_;
  int64_t dim_;
};

/// Methods: nothing; at random; the elements of least value; channels at random; the channels of least norm; a mask that is given.
/// Errors: an amount that is more than there is, channels of a tensor of one dimension.
std::shared_ptr<BasePruningMethod> Identity();
std::shared_ptr<BasePruningMethod> RandomUnstructured(Amount amount);
std::shared_ptr<BasePruningMethod> L1Unstructured(Amount amount);
std::shared_ptr<BasePruningMethod> RandomStructured(Amount amount, int64_t dim = -1);
std::shared_ptr<BasePruningMethod> LnStructured(Amount amount, double n, int64_t dim = -1);
std::shared_ptr<BasePruningMethod> CustomFromMask(Tensor mask);

/// Prunes the parameter `name` of a module: it becomes `<name>_orig`, the mask the buffer `<name>_mask`, and the module computes the product in each
/// forward, as it does with parametrizations (see parametrize.h). Elements of small `importance_scores` go first, by default those of small value.
/// Pruned again, what was left is pruned further. Errors: no such parameter, scores of another shape.
/// (https://pytorch.org/tutorials/intermediate/pruning_tutorial.html)
void apply(Module& module, const std::string& name, const BasePruningMethod& method, const Tensor& importance_scores = {});
void identity(Module& module, const std::string& name);
void random_unstructured(Module& module, const std::string& name, Amount amount);
void l1_unstructured(Module& module, const std::string& name, Amount amount, const Tensor& importance_scores = {});
void random_structured(Module& module, const std::string& name, Amount amount, int64_t dim);
void ln_structured(Module& module, const std::string& name, Amount amount, double n, int64_t dim, const Tensor& importance_scores = {});
void custom_from_mask(Module& module, const std::string& name, const Tensor& mask);

/// Prunes several parameters together, as if they were one. Errors: a method that is not unstructured.
void global_unstructured(const std::vector<std::pair<std::shared_ptr<Module>, std::string>>& parameters, const BasePruningMethod& method);

/// Makes the pruned parameter a plain one again, zeros and all; whether a module, or one below it, is pruned. Errors: it is not pruned.
void remove(Module& module, const std::string& name);
bool is_pruned(const Module& module);

}  // namespace v1
}  // namespace prune
}  // namespace utils
}  // namespace nn
}  // namespace wick
