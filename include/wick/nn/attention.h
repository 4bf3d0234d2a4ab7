// MultiheadAttention and Transformer.
#pragma once

#include <functional>

#include <wick/nn/any_module.h>
#include <wick/nn/arg.h>
#include <wick/nn/container.h>
#include <wick/nn/dropout.h>
#include <wick/nn/enum.h>
#include <wick/nn/linear.h>
#include <wick/nn/norm.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// Options of MultiheadAttention; `kdim` and `vdim` default to `embed_dim`.
struct MultiheadAttentionOptions {
  MultiheadAttentionOptions(int64_t embed_dim, int64_t num_heads) : embed_dim_(embed_dim), num_heads_(num_heads), kdim_(embed_dim), vdim_(embed_dim) {}
  WICK_ARG(int64_t, embed_dim);
  WICK_ARG(int64_t, num_heads);
  WICK_ARG(double, dropout) = 0.0;
  WICK_ARG(bool, bias) = true;
  WICK_ARG(bool, add_bias_kv) = false;
  WICK_ARG(bool, add_zero_attn) = false;
  WICK_ARG(int64_t, kdim);
  WICK_ARG(int64_t, vdim);
  WICK_ARG(bool, batch_first) = false;
};

/// Attention of several heads over [steps, batch, embedding] (batch first on demand) or [steps, embedding]: the result and the weights. Masks are
/// boolean (true hides) or added to the scores; `is_causal` says that `attn_mask` hides what comes later, and only that.
/// (https://pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html)
class MultiheadAttentionImpl : public Cloneable<MultiheadAttentionImpl> {
 public:
  MultiheadAttentionImpl(int64_t embed_dim, int64_t num_heads);
  explicit MultiheadAttentionImpl(const MultiheadAttentionOptions& options_);
  std::tuple<Tensor, Tensor> forward(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& key_padding_mask = {}, bool need_weights = true,
                                     const Tensor& attn_mask = {}, bool average_attn_weights = true, bool is_causal = false);
  void reset() override;
  void _reset_parameters();
  DefaultArguments _forward_default_args() const override;
  MultiheadAttentionOptions options;
  bool _qkv_same_embed_dim = true;
  WICK_LAYER_MEMBERS(in_proj_weight, in_proj_bias, bias_k, bias_v, q_proj_weight, k_proj_weight, v_proj_weight)
  Tensor in_proj_weight, in_proj_bias, bias_k, bias_v, q_proj_weight, k_proj_weight, v_proj_weight;
  Linear out_proj = nullptr;
  int64_t head_dim = 0;
};
WICK_MODULE(MultiheadAttention);

/// What stands between the linear layers of a transformer layer: `kReLU`, `kGELU` or any function.
class activation_t {
 public:
  activation_t(enumtype::kReLU) : id_(enumtype::Id::ReLU) {}
  activation_t(enumtype::kGELU) : id_(enumtype::Id::GELU) {}
  template <class F, class = decltype(Tensor(std::declval<F&>()(std::declval<const Tensor&>())))>
  activation_t(F f) : id_(enumtype::Id::None), function_(std::move(f)) {}
  Tensor operator()(const Tensor& x) const;

 private:
  enumtype::Id id_;
  std::function<Tensor(const Tensor&)> function_;
};

/// Options of the transformer's layers; `norm_first` normalises the input of each part, not its result, and `bias` is that of all linear and
/// normalising layers.
struct TransformerEncoderLayerOptions {
  TransformerEncoderLayerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}
  WICK_ARG(int64_t, d_model);
  WICK_ARG(int64_t, nhead);
  WICK_ARG(int64_t, dim_feedforward) = 2048;
  WICK_ARG(double, dropout) = 0.1;
  WICK_ARG(activation_t, activation) = enumtype::kReLU();
  WICK_ARG(double, layer_norm_eps) = 1e-5;
  WICK_ARG(bool, batch_first) = false;
  WICK_ARG(bool, norm_first) = false;
  WICK_ARG(bool, bias) = true;
};
struct TransformerDecoderLayerOptions {
  TransformerDecoderLayerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}
  WICK_ARG(int64_t, d_model);
  WICK_ARG(int64_t, nhead);
  WICK_ARG(int64_t, dim_feedforward) = 2048;
  WICK_ARG(double, dropout) = 0.1;
  WICK_ARG(activation_t, activation) = enumtype::kReLU();
  WICK_ARG(double, layer_norm_eps) = 1e-5;
  WICK_ARG(bool, batch_first) = false;
  WICK_ARG(bool, norm_first) = false;
  WICK_ARG(bool, bias) = true;
};

/// Self-attention and a feed-forward net, each added to its input and normalised.
class TransformerEncoderLayerImpl : public Cloneable<TransformerEncoderLayerImpl> {
 public:
  TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead);
  explicit TransformerEncoderLayerImpl(TransformerEncoderLayerOptions options_);
  Tensor forward(const Tensor& src, const Tensor& src_mask = {}, const Tensor& src_key_padding_mask = {}, bool is_causal = false);
  void reset() override;
  void reset_parameters();
  DefaultArguments _forward_default_args() const override;
  TransformerEncoderLayerOptions options;
  MultiheadAttention self_attn = nullptr;
  Linear linear1 = nullptr, linear2 = nullptr;
  Dropout dropout = nullptr, dropout1 = nullptr, dropout2 = nullptr;
  LayerNorm norm1 = nullptr, norm2 = nullptr;

 private:
  Tensor attend(const Tensor& x, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal);
  Tensor feed_forward(const Tensor& x);
};
WICK_MODULE(TransformerEncoderLayer);

/// The same with attention to the encoder's result in between.
class TransformerDecoderLayerImpl : public Cloneable<TransformerDecoderLayerImpl> {
 public:
  TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead);
  explicit TransformerDecoderLayerImpl(TransformerDecoderLayerOptions options_);
  Tensor forward(Tensor tgt, const Tensor& memory, const Tensor& tgt_mask = {}, const Tensor& memory_mask = {}, const Tensor& tgt_key_padding_mask = {},
                 const Tensor& memory_key_padding_mask = {}, bool tgt_is_causal = false, bool memory_is_causal = false);
  void reset() override;
  void reset_parameters();
  DefaultArguments _forward_default_args() const override;
  TransformerDecoderLayerOptions options;
  MultiheadAttention self_attn = nullptr, multihead_attn = nullptr;
  Dropout dropout = nullptr, dropout1 = nullptr, dropout2 = nullptr, dropout3 = nullptr;
  LayerNorm norm1 = nullptr, norm2 = nullptr, norm3 = nullptr;
  Linear linear1 = nullptr, linear2 = nullptr;

 private:
  Tensor attend(const Tensor& x, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal);
  Tensor attend_memory(const Tensor& x, const Tensor& memory, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal);
  Tensor feed_forward(const Tensor& x);
};
WICK_MODULE(TransformerDecoderLayer);

/// Options of the stacks: the layer that is copied, how often, and what normalises the result.
struct TransformerEncoderOptions {
  TransformerEncoderOptions(TransformerEncoderLayer encoder_layer, int64_t num_layers) : encoder_layer_(std::move(encoder_layer)), num_layers_(num_layers) {}
  TransformerEncoderOptions(const TransformerEncoderLayerOptions& layer, int64_t num_layers) : encoder_layer_(TransformerEncoderLayer(layer)), num_layers_(num_layers) {}
  WICK_ARG(TransformerEncoderLayer, encoder_layer) = nullptr;
  WICK_ARG(int64_t, num_layers);
  WICK_ARG(AnyModule, norm);
};
struct TransformerDecoderOptions {
  TransformerDecoderOptions(TransformerDecoderLayer decoder_layer, int64_t num_layers) : decoder_layer_(std::move(decoder_layer)), num_layers_(num_layers) {}
  TransformerDecoderOptions(const TransformerDecoderLayerOptions& layer, int64_t num_layers) : decoder_layer_(TransformerDecoderLayer(layer)), num_layers_(num_layers) {}
  WICK_ARG(TransformerDecoderLayer, decoder_layer) = nullptr;
  WICK_ARG(int64_t, num_layers);
  WICK_ARG(AnyModule, norm);
};

/// Stacks of layers.
class TransformerEncoderImpl : public Cloneable<TransformerEncoderImpl> {
 public:
  TransformerEncoderImpl(TransformerEncoderLayer encoder_layer, int64_t num_layers);
  explicit TransformerEncoderImpl(TransformerEncoderOptions options_);
  Tensor forward(const Tensor& src, const Tensor& src_mask = {}, const Tensor& src_key_padding_mask = {},
                 std::optional<bool> is_causal = std::nullopt);
  void reset() override;
  void reset_parameters();
  DefaultArguments _forward_default_args() const override;
  TransformerEncoderOptions options;
  ModuleList layers = nullptr;
  AnyModule norm;
};
WICK_MODULE(TransformerEncoder);
class TransformerDecoderImpl : public Cloneable<TransformerDecoderImpl> {
 public:
  TransformerDecoderImpl(TransformerDecoderLayer decoder_layer, int64_t num_layers);
  explicit TransformerDecoderImpl(TransformerDecoderOptions options_);
  Tensor forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask = {}, const Tensor& memory_mask = {}, const Tensor& tgt_key_padding_mask = {},
                 const Tensor& memory_key_padding_mask = {}, std::optional<bool> tgt_is_causal = std::nullopt, bool memory_is_causal = false);
  void reset() override;
  void reset_parameters();
  DefaultArguments _forward_default_args() const override;
  TransformerDecoderOptions options;
  ModuleList layers = nullptr;
  AnyModule norm;
};
WICK_MODULE(TransformerDecoder);

/// Options of Transformer.
struct TransformerOptions {
  TransformerOptions() = default;
  TransformerOptions(int64_t d_model, int64_t nhead) : d_model_(d_model), nhead_(nhead) {}
  TransformerOptions(int64_t d_model, int64_t nhead, int64_t num_encoder_layers, int64_t num_decoder_layers)
      : d_model_(d_model), nhead_(nhead), num_encoder_layers_(num_encoder_layers), num_decoder_layers_(num_decoder_layers) {}
  WICK_ARG(int64_t, d_model) = 512;
  WICK_ARG(int64_t, nhead) = 8;
  WICK_ARG(int64_t, num_encoder_layers) = 6;
  WICK_ARG(int64_t, num_decoder_layers) = 6;
  WICK_ARG(int64_t, dim_feedforward) = 2048;
  WICK_ARG(double, dropout) = 0.1;
  WICK_ARG(activation_t, activation) = enumtype::kReLU();
  WICK_ARG(AnyModule, custom_encoder);
  WICK_ARG(AnyModule, custom_decoder);
  WICK_ARG(double, layer_norm_eps) = 1e-5;
  WICK_ARG(bool, batch_first) = false;
  WICK_ARG(bool, norm_first) = false;
  WICK_ARG(bool, bias) = true;
};

/// Encoder and decoder. (https://pytorch.org/docs/stable/generated/torch.nn.Transformer.html)
class TransformerImpl : public Cloneable<TransformerImpl> {
 public:
  explicit TransformerImpl(TransformerOptions options_);
  Tensor forward(const Tensor& src, const Tensor& tgt, const Tensor& src_mask = {}, const Tensor& tgt_mask = {}, const Tensor& memory_mask = {},
                 const Tensor& src_key_padding_mask = {}, const Tensor& tgt_key_padding_mask = {}, const Tensor& memory_key_padding_mask = {},
                 std::optional<bool> src_is_causal = std::nullopt, std::optional<bool> tgt_is_causal = std::nullopt, bool memory_is_causal = false);
  void reset() override;
  void reset_parameters();
  DefaultArguments _forward_default_args() const override;
  /// -inf above the diagonal: a step sees only those before it.
  static Tensor generate_square_subsequent_mask(int64_t sz, const TensorOptions& options = {});
  TransformerOptions options;
  AnyModule encoder, decoder;
};
WICK_MODULE(Transformer);

}  // namespace v1

namespace functional {
inline namespace v1 {

/// Options of the function: all weights and masks.
struct MultiheadAttentionForwardFuncOptions {
  MultiheadAttentionForwardFuncOptions(int64_t embed_dim_to_check, int64_t num_heads, Tensor in_proj_weight, Tensor in_proj_bias, Tensor bias_k, Tensor bias_v, bool add_zero_attn,
                                       double dropout_p, Tensor out_proj_weight, Tensor out_proj_bias);
  WICK_ARG(int64_t, embed_dim_to_check);
  WICK_ARG(int64_t, num_heads);
  WICK_ARG(Tensor, in_proj_weight);
  WICK_ARG(Tensor, in_proj_bias);
  WICK_ARG(Tensor, bias_k);
  WICK_ARG(Tensor, bias_v);
  WICK_ARG(bool, add_zero_attn);
  WICK_ARG(double, dropout_p);
  WICK_ARG(Tensor, out_proj_weight);
  WICK_ARG(Tensor, out_proj_bias);
  WICK_ARG(bool, training) = true;
  WICK_ARG(Tensor, key_padding_mask);
  WICK_ARG(bool, need_weights) = true;
  WICK_ARG(Tensor, attn_mask);
  WICK_ARG(bool, use_separate_proj_weight) = false;
  WICK_ARG(Tensor, q_proj_weight);
  WICK_ARG(Tensor, k_proj_weight);
  WICK_ARG(Tensor, v_proj_weight);
  WICK_ARG(Tensor, static_k);
  WICK_ARG(Tensor, static_v);
  WICK_ARG(bool, average_attn_weights) = true;
  WICK_ARG(bool, is_causal) = false;
};
/// By the path that Python has it at.
using wick::scaled_dot_product_attention;
/// The function behind MultiheadAttention.
std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query, const Tensor& key, const Tensor& value, const MultiheadAttentionForwardFuncOptions& options);

}  // namespace v1
}  // namespace functional
}  // namespace nn
}  // namespace wick
