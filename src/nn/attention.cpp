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
  WICK_CHECK_TYPE(ValueError, e > 0 && options.num_heads() > 0, "embed_dim and num_heads must be greater than 0, got embed_dim=", e, " and num_heads=", options.num_heads(), " instead");
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
                                                           const Tensor& attn_mask, bool average_attn_weights, bool is_causal) {
  refresh_tensors();
  out_proj->refresh_tensors();
  functional::MultiheadAttentionForwardFuncOptions o(options.embed_dim(), options.num_heads(), in_proj_weight, in_proj_bias, bias_k, bias_v, options.add_zero_attn(),
                                                     options.dropout(), out_proj->weight, out_proj->bias);
  o.training(is_training()).key_padding_mask(key_padding_mask).need_weights(need_weights).attn_mask(attn_mask).average_attn_weights(average_attn_weights).is_causal(is_causal);
  if (!_qkv_same_embed_dim) o.use_separate_proj_weight(true).q_proj_weight(q_proj_weight).k_proj_weight(k_proj_weight).v_proj_weight(v_proj_weight);
  if (!options.batch_first() || query.dim() != 3) return functional::multi_head_attention_forward(query, key, value, o);
  WICK_CHECK_TYPE(ValueError, key.dim() == 3 && value.dim() == 3, "MultiheadAttention: for a batched query, key and value must have three dimensions, got ", key.sizes(), " and ", value.sizes());
  // The same tensor stays the same, so that it is projected once.
  const Tensor q = query.transpose(0, 1), k = key.is_same(query) ? q : key.transpose(0, 1), v = value.is_same(key) ? k : value.transpose(0, 1);
  const auto [output, weights] = functional::multi_head_attention_forward(q, k, v, o);
  return {output.transpose(0, 1), weights};
}
DefaultArguments MultiheadAttentionImpl::_forward_default_args() const {
  return {{3, AnyValue(Tensor())}, {4, AnyValue(true)}, {5, AnyValue(Tensor())}, {6, AnyValue(true)}, {7, AnyValue(false)}};
}

Tensor activation_t::operator()(const Tensor& x) const {
  if (id_ == enumtype::Id::ReLU) return x.relu();
  return id_ == enumtype::Id::GELU ? wick::gelu(x) : function_(x);
}

namespace {

// The parts of a layer, as its options want them.
template <class O>
MultiheadAttention attention(const O& o) { return MultiheadAttention(MultiheadAttentionOptions(o.d_model(), o.nhead()).dropout(o.dropout()).bias(o.bias()).batch_first(o.batch_first())); }
template <class O>
LayerNorm norm(const O& o) { return LayerNorm(LayerNormOptions({o.d_model()}).eps(o.layer_norm_eps()).bias(o.bias())); }
template <class O>
Linear linear(const O& o, bool widen) {
  return Linear(LinearOptions(widen ? o.d_model() : o.dim_feedforward(), widen ? o.dim_feedforward() : o.d_model()).bias(o.bias()));
}

}  // namespace

// --- Encoder -----------------------------------------------------------------------------------------------------

TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(int64_t d_model, int64_t nhead) : TransformerEncoderLayerImpl(TransformerEncoderLayerOptions(d_model, nhead)) {}
TransformerEncoderLayerImpl::TransformerEncoderLayerImpl(TransformerEncoderLayerOptions options_) : options(std::move(options_)) { TransformerEncoderLayerImpl::reset(); }

void TransformerEncoderLayerImpl::reset() {
  self_attn = register_module("self_attn", attention(options));
  linear1 = register_module("linear1", linear(options, true));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", linear(options, false));
  norm1 = register_module("norm1", norm(options));
  norm2 = register_module("norm2", norm(options));
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
Tensor TransformerEncoderLayerImpl::attend(const Tensor& x, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal) {
  return dropout1(std::get<0>(self_attn(x, x, x, key_padding_mask, false, mask, true, is_causal)));
}
Tensor TransformerEncoderLayerImpl::feed_forward(const Tensor& x) { return dropout2(linear2(dropout(options.activation()(linear1(x))))); }
Tensor TransformerEncoderLayerImpl::forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask, bool is_causal) {
  if (options.norm_first()) {
    const Tensor x = src + attend(norm1(src), src_mask, src_key_padding_mask, is_causal);
    return x + feed_forward(norm2(x));
  }
  const Tensor x = norm1(src + attend(src, src_mask, src_key_padding_mask, is_causal));
  return norm2(x + feed_forward(x));
}
DefaultArguments TransformerEncoderLayerImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}, {2, AnyValue(Tensor())}, {3, AnyValue(false)}}; }

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
Tensor TransformerEncoderImpl::forward(const Tensor& src, const Tensor& src_mask, const Tensor& src_key_padding_mask, std::optional<bool> is_causal) {
  WICK_CHECK(!layers->is_empty(), "TransformerEncoder should have at least one encoder layer.");
  Tensor x = src;
  for (const auto& layer : *layers) x = TransformerEncoderLayer(std::static_pointer_cast<TransformerEncoderLayerImpl>(layer))(x, src_mask, src_key_padding_mask, is_causal.value_or(false));
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}
DefaultArguments TransformerEncoderImpl::_forward_default_args() const { return {{1, AnyValue(Tensor())}, {2, AnyValue(Tensor())}, {3, AnyValue(std::optional<bool>())}}; }

// --- Decoder -----------------------------------------------------------------------------------------------------

TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(int64_t d_model, int64_t nhead) : TransformerDecoderLayerImpl(TransformerDecoderLayerOptions(d_model, nhead)) {}
TransformerDecoderLayerImpl::TransformerDecoderLayerImpl(TransformerDecoderLayerOptions options_) : options(std::move(options_)) { TransformerDecoderLayerImpl::reset(); }

void TransformerDecoderLayerImpl::reset() {
  self_attn = register_module("self_attn", attention(options));
  multihead_attn = register_module("multihead_attn", attention(options));
  linear1 = register_module("linear1", linear(options, true));
  dropout = register_module("dropout", Dropout(options.dropout()));
  linear2 = register_module("linear2", linear(options, false));
  norm1 = register_module("norm1", norm(options));
  norm2 = register_module("norm2", norm(options));
  norm3 = register_module("norm3", norm(options));
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
Tensor TransformerDecoderLayerImpl::attend(const Tensor& x, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal) {
  return dropout1(std::get<0>(self_attn(x, x, x, key_padding_mask, false, mask, true, is_causal)));
}
Tensor TransformerDecoderLayerImpl::attend_memory(const Tensor& x, const Tensor& memory, const Tensor& mask, const Tensor& key_padding_mask, bool is_causal) {
  return dropout2(std::get<0>(multihead_attn(x, memory, memory, key_padding_mask, false, mask, true, is_causal)));
}
Tensor TransformerDecoderLayerImpl::feed_forward(const Tensor& x) { return dropout3(linear2(dropout(options.activation()(linear1(x))))); }
Tensor TransformerDecoderLayerImpl::forward(Tensor tgt, const Tensor& memory, const Tensor& tgt_mask, const Tensor& memory_mask, const Tensor& tgt_key_padding_mask,
                                            const Tensor& memory_key_padding_mask, bool tgt_is_causal, bool memory_is_causal) {
  if (options.norm_first()) {
    tgt = tgt + attend(norm1(tgt), tgt_mask, tgt_key_padding_mask, tgt_is_causal);
    tgt = tgt + attend_memory(norm2(tgt), memory, memory_mask, memory_key_padding_mask, memory_is_causal);
    return tgt + feed_forward(norm3(tgt));
  }
  tgt = norm1(tgt + attend(tgt, tgt_mask, tgt_key_padding_mask, tgt_is_causal));
  tgt = norm2(tgt + attend_memory(tgt, memory, memory_mask, memory_key_padding_mask, memory_is_causal));
  return norm3(tgt + feed_forward(tgt));
}
DefaultArguments TransformerDecoderLayerImpl::_forward_default_args() const {
  return {{2, AnyValue(Tensor())}, {3, AnyValue(Tensor())}, {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())}, {6, AnyValue(false)}, {7, AnyValue(false)}};
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
                                       const Tensor& memory_key_padding_mask, std::optional<bool> tgt_is_causal, bool memory_is_causal) {
  WICK_CHECK(!layers->is_empty(), "TransformerDecoder should have at least one decoder layer.");
  Tensor x = tgt;
  for (const auto& layer : *layers)
    x = TransformerDecoderLayer(std::static_pointer_cast<TransformerDecoderLayerImpl>(layer))(x, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask,
                                                                                              tgt_is_causal.value_or(false), memory_is_causal);
  return norm.is_empty() ? x : norm.forward<Tensor>(x);
}
DefaultArguments TransformerDecoderImpl::_forward_default_args() const {
  return {{2, AnyValue(Tensor())}, {3, AnyValue(Tensor())}, {4, AnyValue(Tensor())}, {5, AnyValue(Tensor())}, {6, AnyValue(std::optional<bool>())}, {7, AnyValue(false)}};
}

// --- Transformer -------------------------------------------------------------------------------------------------

TransformerImpl::TransformerImpl(TransformerOptions options_) : options(std::move(options_)) { TransformerImpl::reset(); }
namespace {

template <class Layer>
Layer layer_options(const TransformerOptions& o) {
  return Layer(o.d_model(), o.nhead()).dim_feedforward(o.dim_feedforward()).dropout(o.dropout()).activation(o.activation())
      .layer_norm_eps(o.layer_norm_eps()).batch_first(o.batch_first()).norm_first(o.norm_first()).bias(o.bias());
}

}  // namespace

void TransformerImpl::reset() {
  if (options.custom_encoder().is_empty()) {
    const TransformerEncoderLayer layer(layer_options<TransformerEncoderLayerOptions>(options));
    encoder = AnyModule(TransformerEncoder(TransformerEncoderOptions(layer, options.num_encoder_layers()).norm(AnyModule(norm(options)))));
  } else {
    encoder = options.custom_encoder().clone();
  }
  register_module("encoder", encoder.ptr());
  if (options.custom_decoder().is_empty()) {
    const TransformerDecoderLayer layer(layer_options<TransformerDecoderLayerOptions>(options));
    decoder = AnyModule(TransformerDecoder(TransformerDecoderOptions(layer, options.num_decoder_layers()).norm(AnyModule(norm(options)))));
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
                                const Tensor& tgt_key_padding_mask, const Tensor& memory_key_padding_mask, std::optional<bool> src_is_causal, std::optional<bool> tgt_is_causal,
                                bool memory_is_causal) {
  const int64_t d = src.dim(), batch = options.batch_first() ? 0 : 1;
  WICK_CHECK_TYPE(ValueError, (d == 3 || d == 2) && tgt.dim() == d, "src and tgt should have 3 dimensions (or 2, without a batch), but got ", d, " and ", tgt.dim());
  WICK_CHECK_TYPE(ValueError, d == 2 || src.size(batch) == tgt.size(batch), "src and tgt should have equal batch size (at dim ", batch, "), but got ", d == 3 ? src.size(batch) : 0, " and ",
                  d == 3 ? tgt.size(batch) : 0);
  WICK_CHECK_TYPE(ValueError, src.size(-1) == options.d_model() && tgt.size(-1) == options.d_model(), "src and tgt should have same feature size as d_model (at dim ", d - 1, "), but got ",
                  src.size(-1), " and ", tgt.size(-1), " while d_model is ", options.d_model());
  // A custom encoder or decoder need not know of the hints.
  const Tensor memory = src_is_causal ? encoder.forward<Tensor>(src, src_mask, src_key_padding_mask, src_is_causal) : encoder.forward<Tensor>(src, src_mask, src_key_padding_mask);
  if (!tgt_is_causal && !memory_is_causal) return decoder.forward<Tensor>(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask);
  return decoder.forward<Tensor>(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal);
}
DefaultArguments TransformerImpl::_forward_default_args() const {
  DefaultArguments r;
  for (unsigned i = 2; i < 8; ++i) r.emplace_back(i, AnyValue(Tensor()));
  for (unsigned i = 8; i < 10; ++i) r.emplace_back(i, AnyValue(std::optional<bool>()));
  r.emplace_back(10, AnyValue(false));
  return r;
}
Tensor TransformerImpl::generate_square_subsequent_mask(int64_t sz, const TensorOptions& options) {
  WICK_CHECK_TYPE(ValueError, sz >= 0, "Input size must be non-negative to generate a valid square subsequent mask, but got ", sz);
  return wick::full({sz, sz}, -std::numeric_limits<double>::infinity(), options).triu(1);
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

namespace {

// What hides keys, in the forms that the function knows.
struct Masks {
  Tensor attention;  // [1 or batch * heads, steps, source], added to the scores
  Tensor padding;    // [batch, source], boolean or added
  bool causal;       // in the place of `attention`
};

void check_mask_type(const char* name, const Tensor& mask) {
  WICK_CHECK_TYPE(TypeError, !mask.defined() || mask.scalar_type() == kBool || mask.scalar_type() == kByte || mask.is_floating_point(), "multi_head_attention_forward: only bool and floating types of ",
                  name, " are supported, got ", mask.scalar_type());
}

Masks masks_of(const Options& o, ScalarType type, int64_t steps, int64_t source, int64_t batch_heads) {
  Masks m{o.attn_mask(), o.key_padding_mask(), o.is_causal() && !o.key_padding_mask().defined() && !o.need_weights()};
  check_mask_type("key_padding_mask", m.padding);
  WICK_CHECK(!o.is_causal() || m.attention.defined(), "multi_head_attention_forward: need attn_mask if specifying the is_causal hint; Transformer::generate_square_subsequent_mask makes one");
  if (m.causal) m.attention = Tensor();
  if (!m.attention.defined()) return m;
  Tensor& a = m.attention;
  WICK_CHECK_TYPE(ValueError, a.dim() == 2 || a.dim() == 3, "multi_head_attention_forward: attn_mask's dimension ", a.dim(), " is not supported");
  if (a.dim() == 2) {
    WICK_CHECK_TYPE(ValueError, a.size(0) == steps || a.size(0) == 1, "The size of the 2D attn_mask is not correct: ", a.sizes(), ", but should be [", steps, ", ", source, "]");
    WICK_CHECK_TYPE(ValueError, a.size(1) == source, "The size of the 2D attn_mask is not correct: ", a.sizes(), ", but should be [", steps, ", ", source, "]");
    a = a.unsqueeze(0);
  } else {
    WICK_CHECK_TYPE(ValueError, a.sizes() == IntArrayRef({batch_heads, steps, source}), "The size of the 3D attn_mask is not correct: ", a.sizes(), ", but should be [", batch_heads, ", ", steps, ", ",
                    source, "]");
  }
  a = additive(a, type);
  return m;
}

void check_padding(const Tensor& padding, int64_t batch, int64_t source) {
  WICK_CHECK_TYPE(ValueError, padding.sizes() == IntArrayRef({batch, source}), "expecting key_padding_mask shape of [", batch, ", ", source, "], but got ", padding.sizes());
}

// Scores with what is hidden at -inf.
Tensor hidden(Tensor scores, const Masks& m, int64_t batch) {
  const double none = -std::numeric_limits<double>::infinity();
  const int64_t steps = scores.size(1), source = scores.size(2);
  if (m.causal) scores = scores.masked_fill(wick::ones({steps, source}, kBool).tril().logical_not(), none);
  if (m.attention.defined()) scores = scores + m.attention;
  if (!m.padding.defined()) return scores;
  check_padding(m.padding, batch, source);
  const Tensor padding = m.padding.unsqueeze(1).unsqueeze(2), split = scores.view({batch, -1, steps, source});
  return (m.padding.is_floating_point() ? split + padding : split.masked_fill(padding.to(kBool), none)).view(scores.sizes());
}

// One mask to add, [batch, heads, steps, source] or what broadcasts to it.
Tensor joined(const Masks& m, ScalarType type, int64_t batch, int64_t heads, int64_t source) {
  const Tensor& a = m.attention;
  Tensor mask;
  if (a.defined()) mask = a.size(0) == 1 ? a.unsqueeze(0) : a.view({batch, heads, a.size(1), source});
  if (!m.padding.defined()) return mask;
  check_padding(m.padding, batch, source);
  const Tensor padding = additive(m.padding, type).view({batch, 1, 1, source});
  return mask.defined() ? mask + padding : padding;
}

std::tuple<Tensor, Tensor> unbatched(const Tensor& query, const Tensor& key, const Tensor& value, Options o) {
  WICK_CHECK_TYPE(ValueError, key.dim() == 2 && value.dim() == 2, "multi_head_attention_forward: for an unbatched query ", query.sizes(), ", key and value must have two dimensions, got ", key.sizes(),
                  " and ", value.sizes());
  if (o.key_padding_mask().defined()) {
    WICK_CHECK_TYPE(ValueError, o.key_padding_mask().dim() == 1, "multi_head_attention_forward: for an unbatched query, key_padding_mask must have one dimension, got ", o.key_padding_mask().sizes());
    o.key_padding_mask(o.key_padding_mask().unsqueeze(0));
  }
  const Tensor q = query.unsqueeze(1), k = key.is_same(query) ? q : key.unsqueeze(1), v = value.is_same(key) ? k : value.unsqueeze(1);
  const auto [output, weights] = multi_head_attention_forward(q, k, v, o);
  return {output.squeeze(1), weights.defined() ? weights.squeeze(0) : weights};
}

}  // namespace

std::tuple<Tensor, Tensor> multi_head_attention_forward(const Tensor& query, const Tensor& key, const Tensor& value, const Options& o) {
  if (query.dim() == 2) return unbatched(query, key, value, o);
  WICK_CHECK_TYPE(ValueError, query.dim() == 3 && key.dim() == 3 && value.dim() == 3, "multi_head_attention_forward: query, key and value must be [steps, batch, features] or [steps, features], got ", query.sizes(), ", ",
                  key.sizes(), " and ", value.sizes());
  const int64_t steps = query.size(0), batch = query.size(1), e = query.size(2), heads = o.num_heads(), d = e / heads;
  WICK_CHECK_TYPE(ValueError, e == o.embed_dim_to_check(), "was expecting embedding dimension of ", o.embed_dim_to_check(), ", but got ", e);
  WICK_CHECK_TYPE(ValueError, key.size(0) == value.size(0) && key.size(1) == value.size(1) && key.size(1) == batch, "key's sequence and batch dims ", key.sizes(), " do not match value's ", value.sizes());
  WICK_CHECK_TYPE(ValueError, d * heads == e, "embed_dim must be divisible by num_heads (", e, " by ", heads, ")");
  auto [q, k, v] = project(query, key, value, e, o);
  q = q * (1 / std::sqrt(static_cast<double>(d)));
  Masks m = masks_of(o, q.scalar_type(), steps, o.static_k().defined() ? o.static_k().size(1) : key.size(0), batch * heads);
  WICK_CHECK_TYPE(ValueError, o.bias_k().defined() == o.bias_v().defined(), "multi_head_attention_forward: bias_k and bias_v come together");
  if (o.bias_k().defined()) {
    WICK_CHECK_TYPE(ValueError, !o.static_k().defined() && !o.static_v().defined(), "bias cannot be added to static key or value.");
    k = wick::cat({k, o.bias_k().repeat({1, batch, 1})});
    v = wick::cat({v, o.bias_v().repeat({1, batch, 1})});
    m.attention = widen(m.attention);
    m.padding = widen(m.padding);
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
    m.attention = widen(m.attention);
    m.padding = widen(m.padding);
  }
  const int64_t source = k.size(1);
  const double dropped = o.training() ? o.dropout_p() : 0;
  if (!o.need_weights()) {  // weights that stay inside need not exist as a whole; a row that sees nothing gives 0
    const auto split = [&](const Tensor& t) { return t.view({batch, heads, t.size(1), d}); };
    const Tensor mask = joined(m, q.scalar_type(), batch, heads, source);
    const Tensor y = wick::scaled_dot_product_attention(split(q), split(k), split(v), mask.defined() ? std::optional<Tensor>(mask) : std::nullopt, dropped, m.causal, 1.0);
    return {linear(y.permute({2, 0, 1, 3}).reshape({steps, batch, e}), o.out_proj_weight(), o.out_proj_bias()), Tensor()};
  }
  // Weights that are asked for are nan in a row that sees nothing.
  Tensor weights = wick::softmax(hidden(wick::bmm(q, k.transpose(1, 2)), m, batch), -1);
  if (dropped > 0) weights = wick::dropout(weights, dropped, true);
  const Tensor out = linear(wick::bmm(weights, v).transpose(0, 1).contiguous().view({steps, batch, e}), o.out_proj_weight(), o.out_proj_bias());
  weights = weights.view({batch, heads, steps, source});
  return {out, o.average_attn_weights() ? weights.sum(1) / heads : weights};
}

}  // namespace functional::inline v1
}  // namespace wick::nn
