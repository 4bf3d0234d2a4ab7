#include <wick/nn/attention.h>

#include <cmath>
#include <limits>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {

MultiheadAttentionImpl::MultiheadAttentionImpl(int64_t embed_dim, int64_t num_heads) : MultiheadAttentionImpl(MultiheadAttentionOptions(embed_dim, num_heads)) {}
MultiheadAttentionImpl::MultiheadAttentionImpl(const MultiheadAttentionOptions& options_) : Cloneable("torch::nn::MultiheadAttention"), options(options_) { MultiheadAttentionImpl::reset(); }

void MultiheadAttentionImpl::reset() {
  const int64_t e = options.embed_dim();
  _qkv_same_embed_dim = options.kdim() == e && options.vdim() == e;
  head_dim = e / options.num_heads();
  WICK_CHECK_TYPE(ValueError, head_dim * options.num_heads() == e, "embed_dim must be divisible by num_heads (", e, " by ", options.num_heads(), ")");
  if (_qkv_same_embed_dim) {
    in_proj_weight = register_parameter("in_proj_weight", wick::empty({3 * e, e}));
    for (const char* name : {"q_proj_weight", "k_proj_weight", "v_proj_weight"}) register_parameter(name, {}, false);
  } else {
    q_proj_weight = register_parameter("q_proj_weight", wick::empty({e, e}));
    k_proj_weight = register_parameter("k_proj_weight", wick::empty({e, options.kdim()}));
    v_proj_weight = register_parameter("v_proj_weight", wick::empty({e, options.vdim()}));
    register_parameter("in_proj_weight", {}, false);
  }
  in_proj_bias = register_parameter("in_proj_bias", options.bias() ? wick::empty({3 * e}) : Tensor(), options.bias());
  out_proj = register_module("out_proj", Linear(LinearOptions(e, e).bias(options.bias())));
  if (options.add_bias_kv()) {
    bias_k = register_parameter("bias_k", wick::empty({1, 1, e}));
    bias_v = register_parameter("bias_v", wick::empty({1, 1, e}));
  } else {
    bias_k = bias_v = Tensor();
  }
  _reset_parameters();
}

void MultiheadAttentionImpl::_reset_parameters() {
  for (const Tensor& w : {in_proj_weight, q_proj_weight, k_proj_weight, v_proj_weight})
    if (w.defined()) init::xavier_uniform_(w);
  if (in_proj_bias.defined()) {
    init::constant_(in_proj_bias, 0.);
    init::constant_(out_proj->bias, 0.);
  }
  if (bias_k.defined()) init::xavier_normal_(bias_k);
  if (bias_v.defined()) init::xavier_normal_(bias_v);
}

std::tuple<Tensor, Tensor> MultiheadAttentionImpl::forward(const Tensor& query, const Tensor& key, const Tensor& value, const Tensor& key_padding_mask, bool need_weights,
                                                           const Tensor& attn_mask, bool average_attn_weights) {
  functional::MultiheadAttentionForwardFuncOptions o(options.embed_dim(), options.num_heads(), in_proj_weight, in_proj_bias, bias_k, bias_v, options.add_zero_attn(),
                                                     options.dropout(), out_proj->weight, out_proj->bias);
  o.training(is_training()).key_padding_mask(key_padding_mask).need_weights(need_weights).attn_mask(attn_mask).average_attn_weights(average_attn_weights);
  if (!_qkv_same_embed_dim) o.use_separate_proj_weight(true).q_proj_weight(q_proj_weight).k_proj_weight(k_proj_weight).v_proj_weight(v_proj_weight);
  return functional::multi_head_attention_forward(query, key, value, o);
}
DefaultArguments MultiheadAttentionImpl::_forward_default_args() const {
  return {{3, AnyValue(Tensor())}, {4, AnyValue(true)}, {5, AnyValue(Tensor())}, {6, AnyValue(true)}};
}

Tensor activation_t::operator()(const Tensor& x) const {
  if (id_ == enumtype::Id::ReLU) return x.relu();
  return id_ == enumtype::Id::GELU ? wick::gelu(x) : function_(x);
}

// --- Encoder -----------------------------------------------------------------------------------------------------

TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead) : TransformerEncoderLayerImpl(TransformerEncoderLayerOptions(d_model, nhead)) {}
TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(TransformerEncoderLayerOptions options_) : options(std::move(options_)) { TransformerEncoderLayerImpl::reset(); }

void TransformerEncoderLayerImpl::reset() {
  const int64_t d = options.d_model();
  self_attn = register_module("self_attn", MultiheadAttention(MultiheadAttentionOptions(d, options.nhead()).dropout(options.dropout())));
  linear1 = register_module("linear1", Linear(d, options.dim_feedforward()));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(options.dim_feedforward(), d));
  norm1 = register_module("norm1", LayerNorm(LayerNormOptions({d})));
  norm2 = register_module("norm2", LayerNorm(LayerNormOptions({d})));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
}
void TransformerEncoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm1->reset_parameters();
  norm2->reset_parameters();
}
Tensor TransformerEncoderLayerImpl::forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask) {
  const Tensor x = norm1(src + dropout1(std::get<0>(self_attn(src, src, src, src_key_padding_mask, false, src_mask))));
  return norm2(x + dropout2(linear2(dropout(options.activation()(linear1(x))))));
}
DefaultArguments TransformerEncoderLayerImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}, {2, AnyValue(Tensor())}}; }

TransformerEncoderImpl::TransformerEncoderImpl(TransformerEncoderLayer layer, int64_t num_layers) : TransformerEncoderImpl(TransformerEncoderOptions(std::move(layer), num_layers)) {}
TransformerEncoderImpl::TransformerEncoderImpl(TransformerEncoderOptions options_) : options(std::move(options_)) { TransformerEncoderImpl::reset(); }
void TransformerEncoderImpl::reset() {
  layers = register_module("layers", ModuleList());
  for (int64_t i = 0; i < options.num_layers(); ++i) layers->push_back(options.encoder_layer()->clone());
  if (options.norm().is_empty()) return;
  norm = options.norm().clone();
  register_module("norm", norm.ptr());
}
void TransformerEncoderImpl::reset_parameters() {
  WICK_CHECK(!layers->is_empty(), "TransformerEncoder should have at least one encoder layer.");
  for (const auto& layer : *layers) layer->as<TransformerEncoderLayer>()->reset_parameters();
}
Tensor TransformerEncoderImpl::forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask) {
  WICK_CHECK(!layers->is_empty(), "TransformerEncoder should have at least one encoder layer.");
  Tensor x = src;
  for (const auto& layer : *layers) x = TransformerEncoderLayer(std::static_pointer_cast<TransformerEncoderLayerImpl>(layer))(x, src_mask, src_key_padding_mask);
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}
DefaultArguments TransformerEncoderImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}, {2, AnyValue(Tensor())}}; }

// --- Decoder -----------------------------------------------------------------------------------------------------

TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead) : TransformerDecoderLayerImpl(TransformerDecoderLayerOptions(d_model, nhead)) {}
TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(TransformerDecoderLayerOptions options_) : options(std::move(options_)) { TransformerDecoderLayerImpl::reset(); }

void TransformerDecoderLayerImpl::reset() {
  const int64_t d = options.d_model();
  const auto attention = [&] { return MultiheadAttention(MultiheadAttentionOptions(d, options.nhead()).dropout(options.dropout())); };
  self_attn = register_module("self_attn", attention());
  multihead_attn = register_module("multihead_attn", attention());
  linear1 = register_module("linear1", Linear(d, options.dim_feedforward()));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", Linear(options.dim_feedforward(), d));
  norm1 = register_module("norm1", LayerNorm(LayerNormOptions({d})));
  norm2 = register_module("norm2", LayerNorm(LayerNormOptions({d})));
  norm3 = register_module("norm3", LayerNorm(LayerNormOptions({d})));
  dropout1 = register_module("dropout1", Dropout(options.dropout()));
  dropout2 = register_module("dropout2", Dropout(options.dropout()));
  dropout3 = register_module("dropout3", Dropout(options.dropout()));
}
void TransformerDecoderLayerImpl::reset_parameters() {
  self_attn->_reset_parameters();
  norm1->reset_parameters();
  multihead_attn->_reset_parameters();
  norm2->reset_parameters();
  linear1->reset_parameters();
  linear2->reset_parameters();
  norm3->reset_parameters();
}
Tensor TransformerDecoderLayerImpl::forward(Tensor tgt, const Tensor& memory, const Tensor& tgt_mask, const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
                                            const Tensor& memory_key_padding_mask) {
  tgt = norm1(tgt + dropout1(std::get<0>(self_attn(tgt, tgt, tgt, tgt_key_padding_mask, false, tgt_mask))));
  tgt = norm2(tgt + dropout2(std::get<0>(multihead_attn(tgt, memory, memory, memory_key_padding_mask, false, memory_mask))));
  return norm3(tgt + dropout3(linear2(dropout(options.activation()(linear1(tgt))))));
}
DefaultArguments TransformerDecoderLayerImpl::_forward_default_args() const {
  return {{2, AnyValue(Tensor())}, {3, AnyValue(Tensor())}, {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())}};
}

TransformerDecoderImpl::TransformerDecoderImpl(TransformerDecoderLayer layer, int64_t num_layers) : TransformerDecoderImpl(TransformerDecoderOptions(std::move(layer), num_layers)) {}
TransformerDecoderImpl::TransformerDecoderImpl(TransformerDecoderOptions options_) : options(std::move(options_)) { TransformerDecoderImpl::reset(); }
void TransformerDecoderImpl::reset() {
  layers = register_module("layers", ModuleList());
  for (int64_t i = 0; i < options.num_layers(); ++i) layers->push_back(options.decoder_layer()->clone());
  if (options.norm().is_empty()) return;
  norm = options.norm().clone();
  register_module("norm", norm.ptr());
}
void TransformerDecoderImpl::reset_parameters() {
  WICK_CHECK(!layers->is_empty(), "TransformerDecoder should have at least one decoder layer.");
  for (const auto& layer : *layers) layer->as<TransformerDecoderLayer>()->reset_parameters();
}
Tensor TransformerDecoderImpl::forward(const Tensor& tgt, const Tensor& memory, const Tensor& tgt_mask, const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
                                       const Tensor& memory_key_padding_mask) {
  WICK_CHECK(!layers->is_empty(), "TransformerDecoder should have at least one decoder layer.");
  Tensor x = tgt;
  for (const auto& layer : *layers)
    x = TransformerDecoderLayer(std::static_pointer_cast<TransformerDecoderLayerImpl>(layer))(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}
DefaultArguments TransformerDecoderImpl::_forward_default_args() const {
  return {{2, AnyValue(Tensor())}, {3, AnyValue(Tensor())}, {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())}};
}

// --- Transformer -------------------------------------------------------------------------------------------------

TransformerImpl::TransformerImpl(TransformerOptions options_) : options(std::move(options_)) { TransformerImpl::reset(); }
void TransformerImpl::reset() {
  const int64_t d = options.d_model();
  if (options.custom_encoder().is_empty()) {
    LayerNorm norm(LayerNormOptions({d}));
    const auto layer = TransformerEncoderLayerOptions(d, options.nhead()).dim_feedforward(options.dim_feedforward()).dropout(options.dropout()).activation(options.activation());
    encoder = AnyModule(TransformerEncoder(TransformerEncoderOptions(layer, options.num_encoder_layers()).norm(AnyModule(norm))));
  } else {
    encoder = options.custom_encoder().clone();
  }
  register_module("encoder", encoder.ptr());
  if (options.custom_decoder().is_empty()) {
    LayerNorm norm(LayerNormOptions({d}));
    const auto layer = TransformerDecoderLayerOptions(d, options.nhead()).dim_feedforward(options.dim_feedforward()).dropout(options.dropout()).activation(options.activation());
    decoder = AnyModule(TransformerDecoder(TransformerDecoderOptions(layer, options.num_decoder_layers()).norm(AnyModule(norm))));
  } else {
    decoder = options.custom_decoder().clone();
  }
  register_module("decoder", decoder.ptr());
  reset_parameters();
}
void TransformerImpl::reset_parameters() {
  for (const Tensor& p : parameters())
    if (p.dim() > 1) init::xavier_uniform_(p);
}
Tensor TransformerImpl::forward(const Tensor& src, const Tensor& tgt, const Tensor& src_mask, const Tensor& tgt_mask, const Tensor& memory_mask, const Tensor& src_key_padding_mask,
                                const Tensor& tgt_key_padding_mask, const Tensor& memory_key_padding_mask) {
  WICK_CHECK_TYPE(ValueError, src.dim() == 3 && tgt.dim() == 3, "src and tgt should have 3 dimensions, but got ", src.dim(), " and ", tgt.dim());
  WICK_CHECK_TYPE(ValueError, src.size(1) == tgt.size(1), "src and tgt should have equal batch size (at dim 1), but got ", src.size(1), " and ", tgt.size(1));
  WICK_CHECK_TYPE(ValueError, src.size(2) == options.d_model() && tgt.size(2) == options.d_model(), "src and tgt should have same feature size as d_model (at dim 2), but got ",
                  src.size(2), " and ", tgt.size(2), " while d_model is ", options.d_model());
  const Tensor memory = encoder.forward<Tensor>(src, src_mask, src_key_padding_mask);
  return decoder.forward<Tensor>(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
}
DefaultArguments TransformerImpl::_forward_default_args() const {
  DefaultArguments r;
  for (unsigned i = 2; i < 8; ++i) r.emplace_back(i, AnyValue(Tensor()));
  return r;
}
Tensor TransformerImpl::generate_square_subsequent_mask(int64_t sz) {
  WICK_CHECK_TYPE(ValueError, sz >= 0, "Input size must be non-negative to generate a valid square subsequent mask, but got ", sz);
  return wick::full({sz, sz}, -std::numeric_limits<double>::infinity()).triu(1);
}

}  // namespace v1

// --- The function --------------------------------------------------------------------------------------------------

namespace functional::inline v1 {

MultiheadAttentionForwardFuncOptions::MultiheadAttentionForwardFuncOptions(int64_t embed_dim_to_check, int64_t num_heads, Tensor in_proj_weight, Tensor in_proj_bias, Tensor bias_k,
                                                                           Tensor bias_v, bool add_zero_attn, double dropout_p, Tensor out_proj_weight, Tensor out_proj_bias)
    : embed_dim_to_check_(embed_dim_to_check), num_heads_(num_heads), in_proj_weight_(std::move(in_proj_weight)), in_proj_bias_(std::move(in_proj_bias)), bias_k_(std::move(bias_k)),
      bias_v_(std::move(bias_v)), add_zero_attn_(add_zero_attn), dropout_p_(dropout_p), out_proj_weight_(std::move(out_proj_weight)), out_proj_bias_(std::move(out_proj_bias)) {}

namespace {

using Options = MultiheadAttentionForwardFuncOptions;

Tensor part(const Tensor& t, int64_t from, int64_t to) { return t.defined() ? t.slice(0, from, to) : t; }

// Queries, keys and values, in one product where the inputs are the same tensor.
std::tuple<Tensor, Tensor, Tensor> project(const Tensor& query, const Tensor& key, const Tensor& value, int64_t e, const Options& o) {
  if (o.use_separate_proj_weight()) {
    WICK_CHECK_TYPE(ValueError, o.q_proj_weight().size(1) == query.size(-1) && o.k_proj_weight().size(1) == key.size(-1) && o.v_proj_weight().size(1) == value.size(-1),
                    "multi_head_attention_forward: query, key and value have ", query.size(-1), ", ", key.size(-1), " and ", value.size(-1), " features, the projections expect ",
                    o.q_proj_weight().size(1), ", ", o.k_proj_weight().size(1), " and ", o.v_proj_weight().size(1));
    return {linear(query, o.q_proj_weight(), part(o.in_proj_bias(), 0, e)), linear(key, o.k_proj_weight(), part(o.in_proj_bias(), e, 2 * e)),
            linear(value, o.v_proj_weight(), part(o.in_proj_bias(), 2 * e, 3 * e))};
  }
  const Tensor &w = o.in_proj_weight(), &b = o.in_proj_bias();
  if (query.is_same(key) && key.is_same(value)) {
    const auto c = linear(query, w, b).chunk(3, -1);
    return {c[0], c[1], c[2]};
  }
  const Tensor q = linear(query, w.slice(0, 0, e), part(b, 0, e));
  if (key.is_same(value)) {
    const auto c = linear(key, w.slice(0, e), part(b, e, 3 * e)).chunk(2, -1);
    return {q, c[0], c[1]};
  }
  return {q, linear(key, w.slice(0, e, 2 * e), part(b, e, 2 * e)), linear(value, w.slice(0, 2 * e), part(b, 2 * e, 3 * e))};
}

// One more key for everybody to look at: masks let it through.
Tensor widen(const Tensor& mask) {
  return mask.defined() ? wick::constant_pad_nd(mask, {0, 1}, 0) : mask;
}
// A boolean mask as one that is added.
Tensor additive(const Tensor& mask, ScalarType type) {
  if (mask.scalar_type() != kBool && mask.scalar_type() != kByte) return mask;
  return wick::zeros(mask.sizes(), type).masked_fill(mask.to(kBool), -std::numeric_limits<double>::infinity());
}

}  // namespace

std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query, const Tensor& key, const Tensor& value, const Options& o) {
  WICK_CHECK_TYPE(ValueError, query.dim() == 3 && key.dim() == 3 && value.dim() == 3, "multi_head_attention_forward: query, key and value must be [steps, batch, features], got ", query.sizes(), ", ",
                  key.sizes(), " and ", value.sizes());
  const int64_t steps = query.size(0), batch = query.size(1), e = query.size(2), heads = o.num_heads(), d = e / heads;
  WICK_CHECK_TYPE(ValueError, e == o.embed_dim_to_check(), "was expecting embedding dimension of ", o.embed_dim_to_check(), ", but got ", e);
  WICK_CHECK_TYPE(ValueError, key.size(0) == value.size(0) && key.size(1) == value.size(1) && key.size(1) == batch, "key's sequence and batch dims ", key.sizes(), " do not match value's ", value.sizes());
  WICK_CHECK_TYPE(ValueError, d * heads == e, "embed_dim must be divisible by num_heads (", e, " by ", heads, ")");
  auto [q, k, v] = project(query, key, value, e, o);
  q = q * (1 / std::sqrt(static_cast<double>(d)));
  Tensor mask = o.attn_mask(), padding = o.key_padding_mask();
  WICK_CHECK_TYPE(ValueError, o.bias_k().defined() == o.bias_v().defined(), "multi_head_attention_forward: bias_k and bias_v come together");
  if (o.bias_k().defined()) {
    WICK_CHECK_TYPE(ValueError, !o.static_k().defined() && !o.static_v().defined(), "bias cannot be added to static key or value.");
    k = wick::cat({k, o.bias_k().repeat({1, batch, 1})});
    v = wick::cat({v, o.bias_v().repeat({1, batch, 1})});
    mask = widen(mask);
    padding = widen(padding);
  }
  const auto by_head = [&](const Tensor& t) { return t.contiguous().view({t.size(0), batch * heads, d}).transpose(0, 1); };
  q = by_head(q);
  k = o.static_k().defined() ? o.static_k() : by_head(k);
  v = o.static_v().defined() ? o.static_v() : by_head(v);
  WICK_CHECK_TYPE(ValueError, k.size(0) == batch * heads && k.size(2) == d && v.size(0) == batch * heads && v.size(2) == d, "multi_head_attention_forward: static keys and values must be [",
                  batch * heads, ", steps, ", d, "], got ", k.sizes(), " and ", v.sizes());
  if (o.add_zero_attn()) {
    k = wick::cat({k, wick::zeros({batch * heads, 1, d}, k.options().requires_grad(false))}, 1);
    v = wick::cat({v, wick::zeros({batch * heads, 1, d}, v.options().requires_grad(false))}, 1);
    mask = widen(mask);
    padding = widen(padding);
  }
  const int64_t source = k.size(1);
  Tensor scores = wick::bmm(q, k.transpose(1, 2));
  if (mask.defined()) scores = scores + additive(mask.dim() == 2 ? mask.unsqueeze(0) : mask, scores.scalar_type());
  if (padding.defined()) {
    WICK_CHECK_TYPE(ValueError, padding.sizes() == IntArrayRef({batch, source}), "expecting key_padding_mask shape of [", batch, ", ", source, "], but got ", padding.sizes());
    scores = scores.view({batch, heads, steps, source}).masked_fill(padding.to(kBool).unsqueeze(1).unsqueeze(2), -std::numeric_limits<double>::infinity()).view({batch * heads, steps, source});
  }
  Tensor weights = wick::softmax(scores, -1);
  if (o.dropout_p() > 0 && o.training()) weights = wick::dropout(weights, o.dropout_p(), true);
  const Tensor out = linear(wick::bmm(weights, v).transpose(0, 1).contiguous().view({steps, batch, e}), o.out_proj_weight(), o.out_proj_bias());
  if (!o.need_weights()) return {out, Tensor()};
  weights = weights.view({batch, heads, steps, source});
  return {out, o.average_attn_weights() ? weights.sum(1) / heads : weights};
}

}  // namespace functional::inline v1
}  // namespace wick::nn
