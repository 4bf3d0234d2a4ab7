// functional_call: a module run with other parameters than its own.
#pragma once

#include <wick/nn/module.h>

namespace wick {
namespace nn {
inline namespace v1 {
namespace detail {

// Puts tensors in the place of a module's, by name, until it ends.
class Swapped {
 public:
  Swapped(Module& module, const OrderedDict<std::string, Tensor>& tensors, bool tie_weights, bool strict);
  ~Swapped();
  Swapped(const Swapped&) = delete;

 private:
  void put(Module& module, const std::string& path, const Tensor& value);
  void restore() noexcept;
  std::vector<std::pair<Tensor*, Tensor>> before_;
};

}  // namespace detail
}  // namespace v1

namespace utils {
inline namespace v1 {

/// `module(args...)` with the parameters and buffers given by name, as `named_parameters()` names them, in the place of the module's own: gradients
/// flow to those, in-place changes go there, and afterwards the module is as before. Tensors that the module has under several names are replaced
/// together (`tie_weights`). A module of one's own names its tensors with WICK_MEMBERS. Errors: a name that is not there; different tensors
/// for one that has several names; if `strict`, tensors that are missing. (https://pytorch.org/docs/stable/generated/torch.func.functional_call.html)
template <class M, class... Args>
auto functional_call(M module, const OrderedDict<std::string, Tensor>& parameters_and_buffers, Args&&... args) {
  nn::detail::Swapped scope(*module, parameters_and_buffers, true, false);
  return module(std::forward<Args>(args)...);
}

}  // namespace v1
namespace stateless {
inline namespace v1 {
/// By its older path.
using utils::functional_call;
}
}  // namespace stateless
}  // namespace utils
}  // namespace nn

namespace func {
inline namespace v1 {
/// By the path that Python has it at.
using nn::utils::functional_call;
}
}  // namespace func
}  // namespace wick
