// Functions on sequences: the loss of alignments, and recurrent layers without modules.
#pragma once

#include <wick/ops/nn.h>

namespace wick {
inline namespace v1 {

/// Negative log-likelihood of targets under all alignments with log_probs [T, N, C] (or [T, C]). targets is [N, S], or all of them in one row;
/// lengths are [N] numbers. Mean divides each by its target's length. zero_infinity: impossible alignments cost (and teach) nothing.
/// Errors: lengths that do not fit, blank that is no label. The gradient is that of log_probs made by log_softmax.
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths, int64_t blank = 0, int64_t reduction = Reduction::Mean, bool zero_infinity = false);
Tensor ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank = 0, int64_t reduction = Reduction::Mean, bool zero_infinity = false);

/// The losses of the sequences, [N], and the logarithms of the forward variables, [N, T, 2 S + 1].
std::tuple<Tensor,Tensor> _ctc_loss(const Tensor& log_probs, const Tensor& targets, IntArrayRef input_lengths, IntArrayRef target_lengths, int64_t blank = 0, bool zero_infinity = false);
std::tuple<Tensor,Tensor> _ctc_loss(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths, const Tensor& target_lengths, int64_t blank = 0, bool zero_infinity = false);

/// Recurrent layers on input [T, N, features] (or [N, T, features] with batch_first), or on packed data [sum of batch_sizes, features] whose step t has batch_sizes[t] sequences,
/// longest first. hx (and cx for lstm) are [num_layers * directions, N, hidden]. params holds per layer and direction w_ih, w_hh, b_ih, b_hh (without biases when has_biases is false;
/// w_hr behind them for an lstm with projection). dropout acts between layers when train. Result: the outputs and the last states. Errors: too few parameters or states, sizes that differ.
std::tuple<Tensor,Tensor,Tensor> lstm(const Tensor& input, TensorList hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first);
std::tuple<Tensor,Tensor,Tensor> lstm(const Tensor& data, const Tensor& batch_sizes, TensorList hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional);
std::tuple<Tensor,Tensor> gru(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first);
std::tuple<Tensor,Tensor> gru(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional);
std::tuple<Tensor,Tensor> rnn_tanh(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first);
std::tuple<Tensor,Tensor> rnn_tanh(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional);
std::tuple<Tensor,Tensor> rnn_relu(const Tensor& input, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional, bool batch_first);
std::tuple<Tensor,Tensor> rnn_relu(const Tensor& data, const Tensor& batch_sizes, const Tensor& hx, TensorList params, bool has_biases, int64_t num_layers, double dropout, bool train, bool bidirectional);

/// One step of a recurrent layer: input [N, features] (or [features]), states [N, hidden] (or [hidden]). Errors: sizes that do not fit.
std::tuple<Tensor,Tensor> lstm_cell(const Tensor& input, TensorList hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih = {}, const std::optional<Tensor>& b_hh = {});
Tensor gru_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih = {}, const std::optional<Tensor>& b_hh = {});
Tensor rnn_tanh_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih = {}, const std::optional<Tensor>& b_hh = {});
Tensor rnn_relu_cell(const Tensor& input, const Tensor& hx, const Tensor& w_ih, const Tensor& w_hh, const std::optional<Tensor>& b_ih = {}, const std::optional<Tensor>& b_hh = {});

/// Scales the rows of a table that indices name down to max_norm where their norm is larger, in place.
Tensor& embedding_renorm_(Tensor& self, const Tensor& indices, double max_norm, double norm_type);
Tensor embedding_renorm(const Tensor& self, const Tensor& indices, double max_norm, double norm_type);
Tensor& embedding_renorm_out(Tensor& out, const Tensor& self, const Tensor& indices, double max_norm, double norm_type);

/// Sums (mode 0), means (1) or maxima (2) of the rows of weight that each bag of indices names; offsets [B] are where the bags begin (with
/// include_last_offset the last offset begins none), or indices is [B, N]. per_sample_weights scales rows (sums only); padding_idx counts as absent. Results: [B, dim], the
/// bag of each index, the bags' sizes and, for maxima, the rows they came from.
std::tuple<Tensor,Tensor,Tensor,Tensor> embedding_bag(const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq = false, int64_t mode = 0, bool sparse = false, const std::optional<Tensor>& per_sample_weights = {}, bool include_last_offset = false);
std::tuple<Tensor,Tensor,Tensor,Tensor> embedding_bag(const Tensor& weight, const Tensor& indices, const Tensor& offsets, bool scale_grad_by_freq, int64_t mode, bool sparse, const std::optional<Tensor>& per_sample_weights, bool include_last_offset, std::optional<int64_t> padding_idx);

}  // namespace v1
}  // namespace wick
