// ConvNeXt, ViT, Swin v1 and v2.
#include <cmath>

#include <wick/nn/attention.h>

#include "models/build.h"

namespace wick::models {
namespace {

// --- ConvNeXt --------------------------------------------------------------------------------------------------------

Tensor run_convnext_block(BlockImpl& m, const Tensor& x) { return m.call(1, m.tensor(0).mul(m.call(0, x))).add_(x); }
Tensor run_chain(BlockImpl& m, const Tensor& x) { return m.call(0, m.size(), x); }

// Numbers: first width, layers of the third stage, stochastic depth.
void build_convnext(BlockImpl& m, const ModelOptions& o, const double* n) {
  const int64_t layers[] = {3, 3, integer(n[1]), 3}, total = 9 + layers[2];
  const double drop = o.stochastic_depth().value_or(n[2]);
  int64_t width = integer(n[0]), id = 0;
  nn::Sequential features;
  features->push_back(chain({conv(o.in_channels(), width, 4, 4, 1, true, 0), any(LayerNorm2d(width))}));
  for (int stage = 0; stage < 4; ++stage) {
    nn::Sequential blocks;
    for (int64_t i = 0; i < layers[stage]; ++i, ++id) {
      Block b = block("CNBlock", run_convnext_block, {{"block", chain({conv(width, width, 7, 1, width, true), any(Permute({0, 2, 3, 1})), layer_norm(width, 1e-6), linear(width, 4 * width),
                                                                       activation_layer(Activation::gelu), linear(4 * width, width), any(Permute({0, 3, 1, 2}))})},
                                                      {"stochastic_depth", drop_path(drop * static_cast<double>(id) / static_cast<double>(total - 1))}});
      b->add_parameter("layer_scale", wick::full({width, 1, 1}, 1e-6));
      blocks->push_back(any(b));
    }
    features->push_back(any(blocks));
    if (stage == 3) break;
    features->push_back(chain({any(LayerNorm2d(width)), conv(width, 2 * width, 2, 2, 1, true, 0)}));
    width *= 2;
  }
  m.add({{"features", any(features)}, {"avgpool", avg_pool()}, {"classifier", chain({any(LayerNorm2d(width)), flatten(), linear(width, *o.num_classes())})}});
  initialise(m, [](nn::Conv2dImpl& c) {
    nn::init::trunc_normal_(c.weight, 0, 0.02);
    zero_bias(c.bias);
  }, [](nn::LinearImpl& l) {
    nn::init::trunc_normal_(l.weight, 0, 0.02);
    zero_bias(l.bias);
  });
}

// --- ViT -------------------------------------------------------------------------------------------------------------

nn::AnyModule mlp(int64_t width, int64_t hidden, double dropout) {
  MLP layers(width, {hidden, width}, Activation::gelu, dropout);
  initialise(*layers, nullptr, [](nn::LinearImpl& l) {
    nn::init::xavier_uniform_(l.weight);
    nn::init::normal_(l.bias, 0, 1e-6);
  });
  return any(layers);
}
Tensor run_encoder_block(BlockImpl& m, const Tensor& input) {
  const Tensor y = m.call(0, input);
  const Tensor x = m.call(2, std::get<0>(m.child(1).get<nn::MultiheadAttention>()(y, y, y, Tensor(), false))).add(input);
  return x.add(m.call(3, 5, x));
}
Tensor run_encoder(BlockImpl& m, const Tensor& x) { return m.call(0, 3, x.add(m.tensor(0))); }
Tensor run_vit(BlockImpl& m, const Tensor& x) {
  const int64_t n = x.size(0), side = integer(m.number(0));
  WICK_CHECK_TYPE(ValueError, x.size(2) == side && x.size(3) == side, "ViT: the pictures are ", x.size(2), " x ", x.size(3), ", the model was made for ", side, " x ", side,
                  " (ModelOptions().image_size(...))");
  const Tensor patches = m.call(0, x).flatten(2).transpose(1, 2);
  return m.call(2, m.call(1, wick::cat({m.tensor(0).expand({n, -1, -1}), patches}, 1)).select(1, 0));
}

// Numbers: side of a patch, layers, heads, width, width within the MLPs.
void build_vit(BlockImpl& m, const ModelOptions& o, const double* n) {
  const int64_t patch = integer(n[0]), width = integer(n[3]), side = o.image_size();
  const double drop = o.dropout().value_or(0);
  WICK_CHECK_TYPE(ValueError, side > 0 && side % patch == 0, "ViT: image_size ", side, " is not a multiple of the patches' side ", patch);
  const nn::AnyModule patches = conv(o.in_channels(), width, patch, patch, 1, true, 0);
  m.add("conv_proj", patches).add_parameter("class_token", wick::zeros({1, 1, width}));
  Block encoder = block("Encoder", run_encoder, {{"dropout", dropout(drop)}});
  Tensor positions = wick::empty({1, side / patch * (side / patch) + 1, width});
  encoder->add_parameter("pos_embedding", nn::init::normal_(positions, 0, 0.02));
  nn::Sequential layers;
  for (int64_t i = 0; i < integer(n[1]); ++i) {
    const nn::AnyModule attention(nn::MultiheadAttention(nn::MultiheadAttentionOptions(width, integer(n[2])).dropout(o.attention_dropout().value_or(0)).batch_first(true)));
    layers->push_back("encoder_layer_" + std::to_string(i),
                      any(block("EncoderBlock", run_encoder_block, {{"ln_1", layer_norm(width, 1e-6)}, {"self_attention", attention}, {"dropout", dropout(drop)},
                                                                    {"ln_2", layer_norm(width, 1e-6)}, {"mlp", mlp(width, integer(n[4]), drop)}})));
  }
  encoder->add({{"layers", any(layers)}, {"ln", layer_norm(width, 1e-6)}});
  const nn::AnyModule head = linear(width, *o.num_classes());
  nn::Sequential heads;
  heads->push_back("head", head);
  m.add({{"encoder", any(encoder)}, {"heads", any(heads)}}).with({static_cast<double>(side)});
  const auto& patch_layer = patches.get<nn::Conv2dImpl>();
  nn::init::trunc_normal_(patch_layer.weight, 0, std::sqrt(1.0 / static_cast<double>(o.in_channels() * patch * patch)));
  zero_bias(patch_layer.bias);
  nn::init::zeros_(head.get<nn::LinearImpl>().weight);
  zero_bias(head.get<nn::LinearImpl>().bias);
}

// --- Swin ------------------------------------------------------------------------------------------------------------

// Windows [batch * windows, side * side, channels] of [batch, h, w, channels], and back.
Tensor to_windows(const Tensor& x, int64_t side) {
  const int64_t b = x.size(0), h = x.size(1), w = x.size(2), c = x.size(3);
  return x.view({b, h / side, side, w / side, side, c}).permute({0, 1, 3, 2, 4, 5}).reshape({-1, side * side, c});
}
Tensor from_windows(const Tensor& x, int64_t side, int64_t b, int64_t h, int64_t w) {
  return x.view({b, h / side, w / side, side, side, -1}).permute({0, 1, 3, 2, 4, 5}).reshape({b, h, w, -1});
}
// What hides pixels from those that are not their neighbours but for the shift: [windows, side^2, side^2], 0 or -100.
Tensor shift_mask(const TensorOptions& options, int64_t side, int64_t h, int64_t w, int64_t shift_h, int64_t shift_w) {
  const auto bands = [&](int64_t size, int64_t shift) {
    const Tensor at = wick::arange(size, options);
    return at.ge(size - side).to(options.dtype()).add(shift ? at.ge(size - shift).to(options.dtype()) : wick::zeros({size}, options));
  };
  const Tensor region = bands(h, shift_h).unsqueeze(1).mul(3).add(bands(w, shift_w)).view({1, h, w, 1});
  const Tensor ids = to_windows(region, side).squeeze(2);
  return ids.unsqueeze(1).ne(ids.unsqueeze(2)).to(options.dtype()).mul(-100);
}

// Children: qkv, proj and, in v2, the MLP of the bias. Tensors: v1 the table of biases and the index; v2 the table of coordinates, the index and the
// scale of the logits. Numbers: side of a window, shift, heads, dropout in the attention and behind it.
Tensor run_window_attention(BlockImpl& m, const Tensor& input) {
  const bool v2 = m.size() > 2;
  const int64_t side = integer(m.number(0)), heads = integer(m.number(2)), area = side * side;
  const int64_t b = input.size(0), h = input.size(1), w = input.size(2), c = input.size(3);
  const int64_t pad_w = (side - w % side) % side, pad_h = (side - h % side) % side, full_h = h + pad_h, full_w = w + pad_w;
  const int64_t shift_h = side >= full_h ? 0 : integer(m.number(1)), shift_w = side >= full_w ? 0 : integer(m.number(1));
  auto qkv_layer = m.child(0).get<nn::Linear>(), proj = m.child(1).get<nn::Linear>();

  Tensor x = pad_w || pad_h ? wick::pad(input, {0, 0, 0, pad_w, 0, pad_h}) : input;
  if (shift_h + shift_w > 0) x = wick::roll(x, {-shift_h, -shift_w}, {1, 2});
  const Tensor windows = to_windows(x.contiguous(), side);
  Tensor qkv_bias = qkv_layer->bias;
  if (v2) {  // keys have no bias
    const Tensor keep = wick::ones({3, 1}, qkv_bias.options());
    keep.select(0, 1).zero_();
    qkv_bias = qkv_bias.view({3, -1}).mul(keep).view({-1});
  }
  const Tensor qkv = nn::functional::linear(windows, qkv_layer->weight, qkv_bias).reshape({-1, area, 3, heads, c / heads}).permute({2, 0, 3, 1, 4});
  const Tensor q = qkv.select(0, 0), k = qkv.select(0, 1), v = qkv.select(0, 2);
  Tensor attention, bias;
  if (v2) {
    const auto unit = [](const Tensor& t) { return nn::functional::normalize(t, nn::functional::NormalizeFuncOptions().dim(-1)); };
    attention = unit(q).matmul(unit(k).transpose(-2, -1)).mul(m.tensor(2).clamp(std::nullopt, std::log(100.0)).exp());
    bias = m.call(2, m.tensor(0)).view({-1, heads});
  } else {
    attention = q.mul(std::pow(static_cast<double>(c / heads), -0.5)).matmul(k.transpose(-2, -1));
    bias = m.tensor(0);
  }
  bias = bias.index_select(0, m.tensor(1)).view({area, area, -1}).permute({2, 0, 1}).contiguous().unsqueeze(0);
  if (v2) bias = bias.sigmoid().mul(16);
  attention = attention.add(bias);
  if (shift_h + shift_w > 0) {
    const Tensor mask = shift_mask(x.options(), side, full_h, full_w, shift_h, shift_w);
    attention = attention.view({b, mask.size(0), heads, area, area}).add(mask.unsqueeze(1).unsqueeze(0)).view({-1, heads, area, area});
  }
  const auto drop = [&](const Tensor& t, size_t which) { return nn::functional::dropout(t, nn::functional::DropoutFuncOptions().p(m.number(which)).training(m.is_training())); };
  attention = drop(attention.softmax(-1), 3);
  x = attention.matmul(v).transpose(1, 2).reshape({-1, area, c});
  x = from_windows(drop(nn::functional::linear(x, proj->weight, proj->bias), 4), side, b, full_h, full_w);
  if (shift_h + shift_w > 0) x = wick::roll(x, {shift_h, shift_w}, {1, 2});
  return pad_w || pad_h ? x.slice(1, 0, h).slice(2, 0, w).contiguous() : x;
}

nn::AnyModule window_attention(bool v2, int64_t width, int64_t heads, int64_t side, int64_t shift, const ModelOptions& o) {
  Block b = block(v2 ? "ShiftedWindowAttentionV2" : "ShiftedWindowAttention", run_window_attention, {{"qkv", linear(width, 3 * width)}, {"proj", linear(width, width)}});
  const Tensor at = wick::arange(side), row = at.repeat_interleave(side), column = at.repeat({side});
  const auto apart = [&](const Tensor& t) { return t.unsqueeze(1).sub(t.unsqueeze(0)).add(side - 1); };
  const Tensor index = apart(row).mul(2 * side - 1).add(apart(column)).flatten();
  if (v2) {
    const Tensor line = wick::arange(1 - side, side, kFloat).div(static_cast<double>(side - 1));
    Tensor table = wick::stack(wick::meshgrid({line, line}, "ij"), -1).unsqueeze(0).mul(8);
    table = table.sign().mul(wick::log2(table.abs().add(1.0))).div(3.0);
    b->add_buffer("relative_coords_table", table).add_buffer("relative_position_index", index).add_parameter("logit_scale", wick::log(wick::full({heads, 1, 1}, 10.0)));
  } else {
    Tensor table = wick::zeros({(2 * side - 1) * (2 * side - 1), heads});
    b->add_parameter("relative_position_bias_table", nn::init::trunc_normal_(table, 0, 0.02)).add_buffer("relative_position_index", index);
  }
  if (v2) b->add("cpb_mlp", chain({linear(2, 512), relu(), linear(512, heads, false)}));
  b->with({static_cast<double>(side), static_cast<double>(shift), static_cast<double>(heads), o.attention_dropout().value_or(0), o.dropout().value_or(0)});
  return any(b);
}

Tensor run_swin_block(BlockImpl& m, const Tensor& input) {
  const Tensor x = input.add(m.call(2, m.call(1, m.call(0, input))));
  return x.add(m.call(2, m.call(3, 5, x)));
}
Tensor run_swin_block_v2(BlockImpl& m, const Tensor& input) {
  const Tensor x = input.add(m.call(2, m.call(0, m.call(1, input))));
  return x.add(m.call(2, m.call(3, m.call(4, x))));
}

// Four neighbours in one; v1 normalises before the layer.
Tensor neighbours(const Tensor& input) {
  const int64_t odd_h = input.size(1) % 2, odd_w = input.size(2) % 2;
  const Tensor x = odd_h || odd_w ? wick::pad(input, {0, 0, 0, odd_w, 0, odd_h}) : input;
  const auto part = [&](int64_t i, int64_t j) { return x.slice(1, i, std::nullopt, 2).slice(2, j, std::nullopt, 2); };
  return wick::cat({part(0, 0), part(1, 0), part(0, 1), part(1, 1)}, -1);
}
Tensor run_merge(BlockImpl& m, const Tensor& x) { return m.call(0, m.call(1, neighbours(x))); }
Tensor run_merge_v2(BlockImpl& m, const Tensor& x) { return m.call(0, 2, neighbours(x)); }

// Numbers: version, first width, layers of the third stage, heads of the first, stochastic depth.
void build_swin(BlockImpl& m, const ModelOptions& o, const double* n) {
  const bool v2 = n[0] == 2;
  const int64_t layers[] = {2, 2, integer(n[2]), 2}, total = 6 + layers[2], side = v2 ? 8 : 7;
  const double drop = o.stochastic_depth().value_or(n[4]);
  int64_t width = integer(n[1]), heads = integer(n[3]), id = 0;
  nn::Sequential features;
  features->push_back(chain({conv(o.in_channels(), width, 4, 4, 1, true, 0), any(Permute({0, 2, 3, 1})), layer_norm(width, 1e-5)}));
  for (int stage = 0; stage < 4; ++stage, width *= 2, heads *= 2) {
    nn::Sequential blocks;
    for (int64_t i = 0; i < layers[stage]; ++i, ++id) {
      blocks->push_back(any(block(v2 ? "SwinTransformerBlockV2" : "SwinTransformerBlock", v2 ? run_swin_block_v2 : run_swin_block,
                                  {{"norm1", layer_norm(width, 1e-5)}, {"attn", window_attention(v2, width, heads, side, i % 2 ? side / 2 : 0, o)},
                                   {"stochastic_depth", drop_path(drop * static_cast<double>(id) / static_cast<double>(total - 1))},
                                   {"norm2", layer_norm(width, 1e-5)}, {"mlp", mlp(width, 4 * width, o.dropout().value_or(0))}})));
    }
    features->push_back(any(blocks));
    if (stage == 3) break;
    features->push_back(any(block(v2 ? "PatchMergingV2" : "PatchMerging", v2 ? run_merge_v2 : run_merge,
                                  {{"reduction", linear(4 * width, 2 * width, false)}, {"norm", layer_norm(v2 ? 2 * width : 4 * width, 1e-5)}})));
  }
  width = integer(n[1]) * 8;
  m.add({{"features", any(features)}, {"norm", layer_norm(width, 1e-5)}, {"permute", any(Permute({0, 3, 1, 2}))}, {"avgpool", avg_pool()}, {"flatten", flatten()},
         {"head", linear(width, *o.num_classes())}});
  initialise(m, nullptr, [](nn::LinearImpl& l) {
    nn::init::trunc_normal_(l.weight, 0, 0.02);
    zero_bias(l.bias);
  });
}

}  // namespace

const Family convnext{"ConvNeXt", run_chain, build_convnext, "features.0.0", {"classifier.2"}};
const Family vision_transformer{"VisionTransformer", run_vit, build_vit, "conv_proj", {"heads.head"}};
const Family swin_transformer{"SwinTransformer", run_chain, build_swin, "features.0.0", {"head"}};

}  // namespace wick::models
