#include <wick/nn/utils.h>

#include <algorithm>
#include <cmath>

#include "nn/common.h"

namespace wick::nn::utils {
namespace {

std::vector<Tensor> gradients(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> r;
  for (const Tensor& p : parameters)
    if (p.defined() && p.grad().defined()) r.push_back(p.grad().detach());
  return r;
}

double total_norm(const std::vector<Tensor>& grads, double p) {
  std::vector<Tensor> norms;
  for (const Tensor& g : grads) norms.push_back(std::isinf(p) && p > 0 ? g.abs().max() : g.norm(p));
  if (norms.size() == 1) return norms[0].item<double>();
  const Tensor all = wick::stack(norms);
  return (std::isinf(p) && p > 0 ? all.max() : all.norm(p)).item<double>();
}

void check_finite(double norm, double norm_type) {
  WICK_CHECK(std::isfinite(norm), "The total norm of order ", norm_type, " for gradients from `parameters` is non-finite, so it cannot be clipped. "
             "To disable this error and scale the gradients with the non-finite norm anyway, set `error_if_nonfinite=false`");
}

}  // namespace

inline namespace v1 {

double clip_grad_norm_(const std::vector<Tensor>& parameters, double max_norm, double norm_type, bool error_if_nonfinite) {
  NoGradGuard off;
  const std::vector<Tensor> grads = gradients(parameters);
  if (grads.empty()) return 0;
  const double norm = norm_type == 0 ? static_cast<double>(grads.size()) : total_norm(grads, norm_type);
  if (error_if_nonfinite) check_finite(norm, norm_type);
  // In the dtype of the norm, as a tensor of it would be.
  const double scale = grads[0].scalar_type() == kDouble ? max_norm / (norm + 1e-6) : static_cast<float>(max_norm) / (static_cast<float>(norm) + 1e-6f);
  if (!(scale >= 1))
    for (Tensor g : grads) g.mul_(scale);
  return norm;
}
double clip_grad_norm_(std::initializer_list<Tensor> parameters, double max_norm, double norm_type, bool error_if_nonfinite) {
  return clip_grad_norm_(std::vector<Tensor>(parameters), max_norm, norm_type, error_if_nonfinite);
}
double clip_grad_norm_(Tensor parameter, double max_norm, double norm_type, bool error_if_nonfinite) {
  return clip_grad_norm_(std::vector<Tensor>{std::move(parameter)}, max_norm, norm_type, error_if_nonfinite);
}

Tensor get_total_norm(const std::vector<Tensor>& tensors, double norm_type, bool error_if_nonfinite) {
  NoGradGuard off;
  if (tensors.empty()) return wick::zeros({});
  std::vector<Tensor> norms;
  for (const Tensor& t : tensors) norms.push_back(wick::linalg_vector_norm(t.detach(), norm_type));
  const Tensor total = wick::linalg_vector_norm(wick::stack(norms), norm_type);
  if (error_if_nonfinite) check_finite(total.item<double>(), norm_type);
  return total;
}

void clip_grads_with_norm_(const std::vector<Tensor>& parameters, double max_norm, const Tensor& total_norm) {
  NoGradGuard off;
  const Tensor scale = (max_norm / (total_norm.detach() + 1e-6)).clamp_max(1.0);
  for (Tensor g : gradients(parameters)) g.mul_(scale.to(g.device()));
}

void clip_grad_value_(const std::vector<Tensor>& parameters, double clip_value) {
  NoGradGuard off;
  for (Tensor g : gradients(parameters)) g.clamp_(-clip_value, clip_value);
}
void clip_grad_value_(std::initializer_list<Tensor> parameters, double clip_value) { clip_grad_value_(std::vector<Tensor>(parameters), clip_value); }
void clip_grad_value_(Tensor parameter, double clip_value) { clip_grad_value_(std::vector<Tensor>{std::move(parameter)}, clip_value); }

Tensor parameters_to_vector(const std::vector<Tensor>& parameters) {
  std::vector<Tensor> flat;
  for (const Tensor& p : parameters) flat.push_back(p.reshape({-1}));
  return wick::cat(flat);
}
void vector_to_parameters(const Tensor& vec, const std::vector<Tensor>& parameters) {
  int64_t n = 0, at = 0;
  for (const Tensor& p : parameters) n += p.numel();
  WICK_CHECK_TYPE(ValueError, vec.dim() == 1 && vec.numel() >= n, "vector_to_parameters: the parameters have ", n, " elements, the vector is ", vec.sizes());
  for (const Tensor& p : parameters) {
    p.set_data(vec.slice(0, at, at + p.numel()).view_as(p).data());
    at += p.numel();
  }
}

}  // namespace v1

namespace rnn::inline v1 {

Tensor invert_permutation(const Tensor& permutation) {
  if (!permutation.defined()) return {};
  Tensor r = wick::empty_like(permutation);
  return r.scatter_(0, permutation, wick::arange(permutation.numel(), kLong));
}

PackedSequence::PackedSequence(Tensor data, Tensor batch_sizes, Tensor sorted_indices, Tensor unsorted_indices)
    : data_(std::move(data)), batch_sizes_(std::move(batch_sizes)), sorted_indices_(std::move(sorted_indices)), unsorted_indices_(std::move(unsorted_indices)) {
  if (!unsorted_indices_.defined()) unsorted_indices_ = invert_permutation(sorted_indices_);
  WICK_CHECK(batch_sizes_.device().is_cpu(), "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually; pack_sequence and pack_padded_sequence make them.");
}
PackedSequence PackedSequence::to(TensorOptions options) const {
  const Tensor data = data_.to(options);
  if (data.is_same(data_)) return *this;
  const auto moved = [&](const Tensor& t) { return t.defined() ? t.to(data.device()) : t; };
  return PackedSequence(data, batch_sizes_, moved(sorted_indices_), moved(unsorted_indices_));
}

PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first, bool enforce_sorted) {
  WICK_CHECK_TYPE(ValueError, input.numel() > 0, "Cannot pack empty tensors.");
  lengths = lengths.to(kLong).contiguous();
  Tensor order;
  if (!enforce_sorted) {
    std::tie(lengths, order) = wick::sort(lengths, -1, true);
    input = input.index_select(batch_first ? 0 : 1, order);
  }
  if (batch_first) input = input.transpose(0, 1);
  const int64_t batch = input.size(1);
  WICK_CHECK_TYPE(ValueError, lengths.numel() == batch && batch > 0, "Expected `len(lengths)` to be equal to batch_size, but got ", lengths.numel(), " (batch_size=", batch, ")");
  const int64_t* n = lengths.data_ptr<int64_t>();
  for (int64_t b = 0; b < batch; ++b) {
    WICK_CHECK_TYPE(ValueError, n[b] > 0, "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0");
    WICK_CHECK_TYPE(ValueError, n[b] <= input.size(0), "pack_padded_sequence: length ", n[b], " is beyond the ", input.size(0), " steps of the input");
    WICK_CHECK_TYPE(ValueError, b == 0 || n[b] <= n[b - 1], "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass `enforce_sorted=False` "
                    "to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not need ONNX exportability.");
  }
  Tensor sizes = wick::empty({n[0]}, kLong);
  std::vector<Tensor> steps;
  int64_t live = batch;
  for (int64_t t = 0; t < n[0]; ++t) {
    while (n[live - 1] <= t) --live;
    sizes.data_ptr<int64_t>()[t] = live;
    steps.push_back(input.select(0, t).slice(0, 0, live));
  }
  return PackedSequence(wick::cat(steps), sizes, order);
}

std::tuple<Tensor, Tensor> pad_packed_sequence(const PackedSequence& sequence, bool batch_first, double padding_value, std::optional<int64_t> total_length) {
  const Tensor sizes = sequence.batch_sizes().contiguous();
  const int64_t steps = sizes.numel(), batch = steps ? sizes.data_ptr<int64_t>()[0] : 0, total = total_length.value_or(steps);
  WICK_CHECK_TYPE(ValueError, total >= steps, "Expected total_length to be at least the length of the longest sequence in input, but got total_length=", total,
                  " and max sequence length being ", steps);
  Tensor lengths = wick::zeros({batch}, kLong);
  std::vector<Tensor> rows;
  std::vector<int64_t> fill = sequence.data().sizes().vec();
  int64_t at = 0;
  for (int64_t t = 0; t < total; ++t) {
    const int64_t live = t < steps ? sizes.data_ptr<int64_t>()[t] : 0;
    for (int64_t b = 0; b < live; ++b) lengths.data_ptr<int64_t>()[b] = t + 1;
    fill[0] = batch - live;
    Tensor row = sequence.data().slice(0, at, at + live);
    if (live < batch) row = wick::cat({row, wick::full(fill, padding_value, sequence.data().options().requires_grad(false))});
    rows.push_back(row);
    at += live;
  }
  Tensor padded = wick::stack(rows, batch_first ? 1 : 0);
  if (!sequence.unsorted_indices().defined()) return {padded, lengths};
  return {padded.index_select(batch_first ? 0 : 1, sequence.unsorted_indices()), lengths.index_select(0, sequence.unsorted_indices())};
}

Tensor pad_sequence(ArrayRef<Tensor> sequences, bool batch_first, double padding_value, std::string_view padding_side) {
  WICK_CHECK_TYPE(ValueError, !sequences.empty(), "received an empty list of sequences");
  WICK_CHECK_TYPE(ValueError, padding_side == "right" || padding_side == "left", "Expected padding_side to be one of left or right, but got ", std::string(padding_side), ".");
  int64_t longest = 0;
  for (const Tensor& s : sequences) {
    WICK_CHECK_TYPE(ValueError, s.dim() > 0, "pad_sequence: sequences must have at least one dimension");
    longest = std::max(longest, s.size(0));
  }
  std::vector<Tensor> rows;
  for (const Tensor& s : sequences) {
    std::vector<int64_t> pad(static_cast<size_t>(2 * s.dim()), 0);
    pad[padding_side == "right" ? pad.size() - 1 : pad.size() - 2] = longest - s.size(0);
    rows.push_back(wick::constant_pad_nd(s, pad, padding_value));
  }
  return wick::stack(rows, batch_first ? 0 : 1);
}

std::vector<Tensor> unpad_sequence(const Tensor& padded, const Tensor& lengths, bool batch_first) {
  WICK_CHECK_TYPE(ValueError, padded.dim() >= 2, "unpad_sequence: a padded batch has at least two dimensions, got ", padded.sizes());
  const Tensor rows = batch_first ? padded : padded.transpose(0, 1), n = lengths.to(kLong).contiguous();
  WICK_CHECK_TYPE(ValueError, n.dim() == 1 && n.size(0) == rows.size(0), "unpad_sequence: lengths must have one number for each of ", rows.size(0), " sequences, got ", lengths.sizes());
  std::vector<Tensor> sequences;
  for (int64_t b = 0; b < rows.size(0); ++b) {
    const int64_t steps = n.data_ptr<int64_t>()[b];
    WICK_CHECK_TYPE(ValueError, steps >= 0 && steps <= rows.size(1), "unpad_sequence: length ", steps, " of sequence ", b, " is not within the ", rows.size(1), " steps of the batch");
    sequences.push_back(rows.select(0, b).slice(0, 0, steps));
  }
  return sequences;
}

PackedSequence pack_sequence(ArrayRef<Tensor> sequences, bool enforce_sorted) {
  Tensor lengths = wick::empty({static_cast<int64_t>(sequences.size())}, kLong);
  for (size_t i = 0; i < sequences.size(); ++i) lengths.data_ptr<int64_t>()[i] = sequences[i].size(0);
  return pack_padded_sequence(pad_sequence(sequences), lengths, false, enforce_sorted);
}
std::vector<Tensor> unpack_sequence(const PackedSequence& packed) {
  const auto [padded, lengths] = pad_packed_sequence(packed, true);
  return unpad_sequence(padded, lengths, true);
}

}  // namespace rnn::inline v1
}  // namespace wick::nn::utils
