// nn::utils: gradient clipping, parameters as one vector, padded and packed sequences.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace nn {
namespace utils {
inline namespace v1 {

/// Scales all gradients together so that their norm is at most `max_norm`; returns the norm before. Errors: a
/// norm that is not finite, when `error_if_nonfinite`.
double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type = 2.0, bool error_if_nonfinite = false);
double clip_grad_norm_(std::initializer_list<Tensor> parameters, double max_norm, double norm_type = 2.0, bool error_if_nonfinite = false);
double clip_grad_norm_(Tensor parameter, double max_norm, double norm_type = 2.0, bool error_if_nonfinite = false);

/// The norm of several tensors taken as one vector (the norm of their norms), and the scaling that clip_grad_norm_ does when it is known: in two
/// steps, to look at the norm or to combine it with that of parameters elsewhere. Errors: as above.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html)
Tensor get_total_norm(const std::vector<Tensor>& tensors, double norm_type = 2.0, bool error_if_nonfinite = false);
void clip_grads_with_norm_(const std::vector<Tensor>& parameters, double max_norm, const Tensor& total_norm);

/// Limits each element of the gradients to [-clip_value, clip_value].
void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value);
void clip_grad_value_(std::initializer_list<Tensor> parameters, double clip_value);
void clip_grad_value_(Tensor parameter, double clip_value);

/// All parameters one after the other, and back. Errors: a vector of another length.
Tensor parameters_to_vector(const std::vector<Tensor>& parameters);
void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters);

}  // namespace v1

namespace rnn {
inline namespace v1 {

/// Sequences of several lengths, longest first, step by step: `data` holds the elements of step 0 of all
/// sequences, then those of step 1, ...; `batch_sizes` tells how many there are in each step.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html)
class PackedSequence {
 public:
  explicit PackedSequence(Tensor data, Tensor batch_sizes, Tensor sorted_indices = {}, Tensor unsorted_indices = {});
  const Tensor& data() const { return data_; }
  const Tensor& batch_sizes() const { return batch_sizes_; }
  const Tensor& sorted_indices() const { return sorted_indices_; }
  const Tensor& unsorted_indices() const { return unsorted_indices_; }
  PackedSequence to(TensorOptions options) const;
  PackedSequence cuda() const { return to(DeviceType::CUDA); }
  PackedSequence cpu() const { return to(DeviceType::CPU); }
  bool is_cuda() const { return data_.is_cuda(); }
  bool is_pinned() const { return data_.is_pinned(); }

 private:
  Tensor data_, batch_sizes_, sorted_indices_, unsorted_indices_;
};

/// The permutation that undoes one.
Tensor invert_permutation(const Tensor& permutation);

/// Packs a padded batch; unless `enforce_sorted`, the sequences may come in any order. Errors: lengths that are
/// not positive or not sorted.
PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first = false, bool enforce_sorted = true);
/// The padded batch and the lengths of a packed one.
std::tuple<Tensor, Tensor> pad_packed_sequence(const PackedSequence& sequence, bool batch_first = false, double padding_value = 0.0, std::optional<int64_t> total_length = std::nullopt);
/// One tensor of sequences of several lengths, filled up on the right or the left.
Tensor pad_sequence(ArrayRef<Tensor> sequences, bool batch_first = false, double padding_value = 0, std::string_view padding_side = "right");
/// The sequences of a padded batch, without the padding on the right.
std::vector<Tensor> unpad_sequence(const Tensor& padded_sequences, const Tensor& lengths, bool batch_first = false);
/// Packs a list of sequences; and the list of a packed one.
PackedSequence pack_sequence(ArrayRef<Tensor> sequences, bool enforce_sorted = true);
std::vector<Tensor> unpack_sequence(const PackedSequence& packed_sequences);

}  // namespace v1
}  // namespace rnn
}  // namespace utils
}  // namespace nn
}  // namespace wick
