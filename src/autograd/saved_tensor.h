// A tensor kept for backward: checks on return that nobody changed it in place, and owns no cycle.
#pragma once

#include "autograd/meta.h"

namespace wick::autograd {

class SavedTensor {
 public:
  SavedTensor() = default;
  // `is_output`: the tensor is a result of the node that keeps it, so its grad_fn is that node.
  SavedTensor(const Tensor& t, bool is_output, bool is_inplace_output = false);
  Tensor unpack(const std::shared_ptr<Node>& saved_for, const char* name) const;
  bool defined() const { return data_.defined(); }
  void reset() { data_.reset(); grad_fn_.reset(); released_ = true; }

 private:
  Tensor data_;
  std::shared_ptr<Node> grad_fn_;
  uint32_t version_ = 0, output_nr_ = 0;
  bool original_ = true, is_output_ = false, requires_grad_ = false, released_ = false;
};

}  // namespace wick::autograd
