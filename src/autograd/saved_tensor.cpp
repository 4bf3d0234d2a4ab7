#include "autograd/saved_tensor.h"

#include <wick/core/str.h>

namespace wick::autograd {

SavedTensor::SavedTensor(const Tensor& t, bool is_output, bool) {
  if (!t.defined()) return;
  WICK_CHECK(!t.is_inference(), "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or use NoGradGuard instead of InferenceMode.");
  is_output_ = is_output;
  version_ = any_impl(t)->current_version();
  // The tensor itself, unless its grad_fn is the very node that keeps it.
  if (!is_output || !t.grad_fn()) {
    data_ = t;
    return;
  }
  original_ = false;
  requires_grad_ = t.requires_grad();
  output_nr_ = static_cast<uint32_t>(t.output_nr());
  data_ = make_alias(t);
}

Tensor SavedTensor::unpack(const std::shared_ptr<Node>& saved_for, const char* name) const {
  if (!data_.defined()) {
    WICK_CHECK(!released_, "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
               "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
               "backward through the graph a second time or if you need to access saved tensors after calling backward.");
    return {};
  }
  const uint32_t now = any_impl(data_)->current_version();
  if (now != version_) {
    const std::string maker = is_output_ ? name : data_.grad_fn() ? data_.grad_fn()->name() : "";
    throw Error(str("one of the variables needed for gradient computation has been modified by an inplace operation: [", data_.toString(), " ",
                    data_.sizes(), "]", maker.empty() ? std::string() : str(", which is output ", is_output_ ? output_nr_ : data_.output_nr(), " of ", maker, ","),
                    " is at version ", now, "; expected version ", version_, " instead (needed by ", name,
                    "). Hint: change a copy (x = x.add(...) instead of x.add_(...)), or enable anomaly detection to find the operation that failed to compute its gradient, with AnomalyMode::set_enabled(true)."));
  }
  if (original_) return data_;
  Tensor t = make_alias(data_);
  any_impl(t)->requires_grad = requires_grad_;
  AutogradMeta& m = meta(t);
  m.grad_fn = saved_for;
  m.output_nr = output_nr_;
  return t;
}

}  // namespace wick::autograd
