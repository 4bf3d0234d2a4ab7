// What layers are made of: convolution, pooling, normalisation, losses, attention.
#include "laws.h"

namespace wick::laws {
namespace {

#define CALL(...) [](const variable_list& x) { return variable_list{__VA_ARGS__}; }
#define X x[0]
#define Y x[1]
#define Z x[2]

void add_convolutions() {
  add("conv1d", CALL(conv1d(X, Y, Z, 2, 1))).sample({normal({2, 3, 7}), normal({4, 3, 3}), normal({4})});
  add("conv2d", CALL(conv2d(X, Y, Z))).sample({normal({2, 3, 5, 6}), normal({4, 3, 3, 2}), normal({4})}).large({normal({4, 16, 20, 20}), normal({24, 16, 3, 3}), normal({24})});
  add("conv2d.stride", CALL(conv2d(X, Y, {}, 2, 1))).sample({normal({2, 3, 5, 6}), normal({4, 3, 3, 3})}).large({normal({4, 16, 20, 20}), normal({24, 16, 3, 3})});
  add("conv2d.dilation", CALL(conv2d(X, Y, Z, 1, 2, 2))).sample({normal({1, 2, 5, 5}), normal({3, 2, 3, 3}), normal({3})});
  add("conv2d.groups", CALL(conv2d(X, Y, Z, 1, 1, 1, 2))).sample({normal({1, 4, 4, 4}), normal({6, 2, 3, 3}), normal({6})});
  add("conv2d.depthwise", CALL(conv2d(X, Y, Z, 1, 1, 1, 4))).sample({normal({1, 4, 4, 4}), normal({4, 1, 3, 3}), normal({4})}).large({normal({4, 16, 20, 20}).narrow(1, 0, 4), normal({4, 1, 3, 3}), normal({4})});
  add("conv2d.1x1", CALL(conv2d(X, Y))).sample({normal({2, 3, 4, 4}), normal({5, 3, 1, 1})}).large({normal({4, 16, 20, 20}), normal({24, 16, 1, 1})});
  add("conv3d", CALL(conv3d(X, Y, Z, 1, 1))).sample({normal({1, 2, 3, 4, 3}), normal({2, 2, 2, 3, 2}), normal({2})});
  add("conv_transpose1d", CALL(conv_transpose1d(X, Y, Z, 2, 1, 1))).sample({normal({2, 3, 4}), normal({3, 2, 3}), normal({2})});
  add("conv_transpose2d", CALL(conv_transpose2d(X, Y, Z, 2, 1, 1))).sample({normal({1, 3, 3, 4}), normal({3, 2, 3, 3}), normal({2})}).large({normal({4, 16, 20, 20}), normal({16, 24, 3, 3}), normal({24})});
  add("conv_transpose2d.groups", CALL(conv_transpose2d(X, Y, {}, 2, 0, 0, 2))).sample({normal({1, 4, 3, 3}), normal({4, 2, 2, 2})});
  add("conv_transpose3d", CALL(conv_transpose3d(X, Y, Z))).sample({normal({1, 2, 2, 3, 2}), normal({2, 2, 2, 2, 2}), normal({2})});
}

void add_pools() {
  add("max_pool1d", CALL(max_pool1d(X, 2))).sample({distinct({2, 3, 7})});
  add("max_pool2d", CALL(max_pool2d(X, 2))).sample({distinct({2, 3, 4, 6})}).large({normal({4, 16, 40, 40})});
  add("max_pool2d.overlap", CALL(max_pool2d(X, 3, 2, 1))).sample({distinct({1, 2, 6, 7})}).large({normal({4, 16, 41, 41})});
  add("max_pool3d", CALL(max_pool3d(X, 2))).sample({distinct({1, 2, 4, 4, 4})});
  add("avg_pool1d", CALL(avg_pool1d(X, 2))).sample({normal({2, 3, 7})});
  add("avg_pool2d", CALL(avg_pool2d(X, 3, 2, 1, true, false))).sample({normal({1, 2, 6, 7})}).large({normal({4, 16, 40, 40})});
  add("avg_pool3d", CALL(avg_pool3d(X, 2))).sample({normal({1, 2, 4, 4, 4})});
  add("adaptive_avg_pool2d", CALL(adaptive_avg_pool2d(X, {3, 2}))).sample({normal({1, 2, 5, 7})}).large({normal({4, 16, 40, 40})});
  add("adaptive_max_pool2d", [](const variable_list& x) { return variable_list{std::get<0>(adaptive_max_pool2d(X, {3, 2}))}; }).sample({distinct({1, 2, 5, 7})});
  add("upsample_nearest2d", CALL(upsample_nearest2d(X, {5, 7}))).sample({normal({1, 2, 3, 4})});
  add("upsample_bilinear2d", CALL(upsample_bilinear2d(X, {5, 7}, false))).sample({normal({1, 2, 3, 4})});
  add("upsample_bicubic2d", CALL(upsample_bicubic2d(X, {5, 7}, true))).sample({normal({1, 2, 3, 4})});
  add("upsample_linear1d", CALL(upsample_linear1d(X, {7}, false))).sample({normal({1, 2, 3})});
}

void add_norms() {
  add("layer_norm", CALL(layer_norm(X, {4}, Y, Z))).sample({normal({3, 4}), normal({4}), normal({4})});
  add("layer_norm.wide", CALL(layer_norm(X, {301}, Y, Z))).sample({normal({2, 301}), normal({301}), normal({301})}).large({normal({400, 301}), normal({301}), normal({301})}).no_derivative();
  add("group_norm", CALL(group_norm(X, 2, Y, Z))).sample({normal({2, 4, 3}), normal({4}), normal({4})});
  add("instance_norm", CALL(instance_norm(X, Y, Z, {}, {}, true, 0.1, 1e-5, false))).sample({normal({2, 3, 4}), normal({3}), normal({3})});
  add("batch_norm", CALL(batch_norm(X, Y, Z, {}, {}, true, 0.1, 1e-5, false))).sample({normal({4, 3}), normal({3}), normal({3})}).sample({normal({2, 3, 2, 2}), normal({3}), normal({3})}).large({normal({8, 16, 20, 20}), normal({16}), normal({16})});
  add("batch_norm.eval", CALL(batch_norm(X, Y, Z, ones({3}, X.options().requires_grad(false)), ones({3}, X.options().requires_grad(false)) * 2, false, 0.1, 1e-5, false))).sample({normal({2, 3, 2, 2}), normal({3}), normal({3})}).floats_only();
  add("rms_norm", CALL(rms_norm(X, {4}, Y))).sample({normal({3, 4}), normal({4})});
  add("local_response_norm", CALL(nn::functional::local_response_norm(X, 2))).sample({normal({2, 4, 3})});
}

void add_losses() {
  const Tensor classes = tensor({1, 0, 3});
  add("nll_loss", CALL(nll_loss(X, Y))).sample({normal({3, 4}), classes});
  add("nll_loss2d", CALL(nll_loss_nd(X, Y))).sample({normal({2, 3, 2}), tensor({{1, 0}, {2, 1}})});
  add("cross_entropy", CALL(cross_entropy_loss(X, Y))).sample({normal({3, 4}), classes}).large({normal({3000, 40}), randint(0, 40, {3000})});
  add("cross_entropy.smooth", CALL(cross_entropy_loss(X, Y, {}, Reduction::Mean, -100, 0.1))).sample({normal({3, 4}), classes});
  add("cross_entropy.soft", CALL(cross_entropy_loss(X, Y))).sample({normal({3, 4}), softmax(normal({3, 4}), 1)});
  add("binary_cross_entropy", CALL(binary_cross_entropy(X, Y))).sample({uniform({3, 4}, 0.2, 0.8), Arg::constant(uniform({3, 4}, 0.1, 0.9))}).floats_only();
  add("bce_logits", CALL(binary_cross_entropy_with_logits(X, Y))).sample({normal({3, 4}), Arg::constant(uniform({3, 4}, 0.1, 0.9))}).floats_only();
  add("kl_div", CALL(kl_div(X, Y))).sample({normal({3, 4}), uniform({3, 4}, 0.1, 1)});
  add("l1_loss", CALL(l1_loss(X, Y))).sample({distinct({3, 4}), distinct({3, 4}) + 0.11});
  add("poisson_nll_loss", CALL(poisson_nll_loss(X, Y, true, false, 1e-8, Reduction::Mean))).sample({normal({3, 4}), uniform({3, 4}, 1, 3)});
  add("soft_margin_loss", CALL(soft_margin_loss(X, Y))).sample({normal({3, 4}), Arg::constant(normal({3, 4}).sign())}).floats_only();
  add("hinge_embedding_loss", CALL(hinge_embedding_loss(X, Y))).sample({uniform({4}, 0.1, 0.9), Arg::constant(tensor({1.0, -1.0, 1.0, -1.0}, kDouble))}).floats_only();
  add("margin_ranking_loss", CALL(margin_ranking_loss(X, Y, Z, 0.5))).sample({distinct({4}), distinct({4}) + 0.11, Arg::constant(tensor({1.0, -1.0, 1.0, -1.0}, kDouble))}).floats_only();
  add("cosine_embedding_loss", CALL(cosine_embedding_loss(X, Y, Z))).sample({normal({3, 4}), normal({3, 4}), Arg::constant(tensor({1.0, -1.0, 1.0}, kDouble))}).floats_only();
  add("triplet_margin_loss", CALL(triplet_margin_loss(X, Y, Z))).sample({normal({3, 4}), normal({3, 4}), normal({3, 4})}).floats_only();
  add("multi_margin_loss", CALL(multi_margin_loss(X, Y))).sample({distinct({3, 4}) * 0.1, classes}).floats_only().first_order();
  add("cosine_similarity", CALL(cosine_similarity(X, Y))).sample({normal({3, 4}), normal({3, 4})}).floats_only();
  add("pairwise_distance", CALL(pairwise_distance(X, Y))).sample({normal({3, 4}), normal({3, 4})}).floats_only();
}

void add_others() {
  add("glu", CALL(glu(X, -1))).sample({normal({3, 4})});
  add("prelu", CALL(prelu(X, Y))).sample({distinct({3, 4}) + 0.05, normal({1})}).sample({distinct({3, 4}) + 0.05, normal({4})});
  add("attention", CALL(scaled_dot_product_attention(X, Y, Z))).sample({normal({2, 3, 4}), normal({2, 5, 4}), normal({2, 5, 4})}).large({normal({8, 64, 32}), normal({8, 64, 32}), normal({8, 64, 32})});
  add("attention.causal", CALL(scaled_dot_product_attention(X, Y, Z, {}, 0.0, true))).sample({normal({2, 3, 4}), normal({2, 3, 4}), normal({2, 3, 4})});
}

}  // namespace

void add_layers() {
  add_convolutions();
  add_pools();
  add_norms();
  add_losses();
  add_others();
}

}  // namespace wick::laws
