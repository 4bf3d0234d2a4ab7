#include "harness.h"

namespace {

AREA("derivatives")

[[maybe_unused]] torch::Tensor g() { torch::manual_seed(9); return torch::randn({3, 4}); }
[[maybe_unused]] torch::Tensor R(at::IntArrayRef s) { torch::manual_seed(8); return torch::randn(s, torch::kDouble); }
[[maybe_unused]] std::vector<torch::Tensor> W(int64_t gates, int64_t in, int64_t hid, int64_t layers, int64_t dirs, bool bias = true, int64_t proj = 0) { torch::manual_seed(4); std::vector<torch::Tensor> w; for (int64_t l = 0; l < layers; ++l) for (int64_t d = 0; d < dirs; ++d) { int64_t o = proj ? proj : hid; w.push_back(torch::randn({gates * hid, l ? o * dirs : in}) * 0.5); w.push_back(torch::randn({gates * hid, o}) * 0.5); if (bias) { w.push_back(torch::randn({gates * hid})); w.push_back(torch::randn({gates * hid})); } if (proj) w.push_back(torch::randn({proj, hid})); } return w; }

CASE("sigmoid", std::make_tuple(torch::sigmoid_backward(g(), h), torch::tanh_backward(g(), h), torch::sigmoid_backward(cx, cx)))
CASE("silu", std::make_tuple(torch::silu_backward(g(), a), torch::mish_backward(g(), a), torch::gelu_backward(g(), a), torch::gelu_backward(g(), a, "tanh")))
CASE("elu", std::make_tuple(torch::elu_backward(g(), 1.5, 2, 0.5, false, a), torch::elu_backward(g(), 1.5, 2, 0.5, true, a)))
CASE("leaky", std::make_tuple(torch::leaky_relu_backward(g(), a, 0.1, false), torch::leaky_relu_backward(g(), a, 0.1, true), torch::threshold_backward(g(), a, 0.2), torch::hardtanh_backward(g(), a, -0.5, 0.5)))
CASE("hard", std::make_tuple(torch::hardswish_backward(g(), a * 3), torch::hardsigmoid_backward(g(), a * 3), torch::hardshrink_backward(g(), a, 0.5), torch::softshrink_backward(g(), a, 0.5), torch::softplus_backward(g(), a, 2, 1)))
CASE("logs", std::make_tuple(torch::log_sigmoid_backward(g(), a, torch::exp(-a.abs())), torch::logit_backward(g(), h), torch::logit_backward(g(), a, 0.1), torch::glu_backward(g().slice(1, 0, 2), a, 1)))
CASE("act.half", std::make_tuple(torch::silu_backward(g().to(torch::kBFloat16), bf).sizes().vec(), torch::tanh_backward(bf, bf).scalar_type()))
CASE_ERROR("err.elu", torch::elu_backward(g(), -1.5, 2, 0.5, true, a))
CASE("sig.dbl", [] { auto y = p.sigmoid(); auto r = torch::sigmoid_backward(q, y); return torch::autograd::grad({r.sum()}, {p, q}); })
CASE("gelu.dbl", [] { auto r = torch::gelu_backward(q, p); return torch::autograd::grad({r.pow(2).sum()}, {p, q}); })
CASE("rrelu", [] {
  auto n = torch::empty_like(a);
  auto y = torch::rrelu_with_noise(a, n, 0.1, 0.3, true);
  return std::make_tuple(y, n, torch::rrelu_with_noise_backward(g(), a, n, 0.1, 0.3, true, false), torch::rrelu_with_noise_backward(g(), a, n, 0.1, 0.3, false, false));
})
CASE("mse", std::make_tuple(torch::mse_loss_backward(g(), a, b, at::Reduction::None), torch::mse_loss_backward(s, a, b, at::Reduction::Mean), torch::smooth_l1_loss_backward(s, a, b, at::Reduction::Sum, 0.5), torch::huber_loss_backward(s, a, b, at::Reduction::Mean, 0.5)))
CASE("soft", std::make_tuple(torch::soft_margin_loss_backward(s, a, b.sign(), at::Reduction::Mean), torch::binary_cross_entropy_backward(s, h, h.flip(0)), torch::binary_cross_entropy_backward(g(), h, h.flip(0), h + 1, at::Reduction::None)))
CASE("margin", std::make_tuple(torch::multi_margin_loss_backward(s, a, tgt, 1, 1.0), torch::multi_margin_loss_backward(s, a, tgt, 2, 0.5, torch::rand({4}))))
CASE("nll", std::make_tuple(torch::nll_loss_forward(a, tgt, {}, at::Reduction::Mean, -100), torch::nll_loss_forward(a, tgt, torch::rand({4}), at::Reduction::Sum, 1), torch::nll_loss_forward(a, tgt, {}, at::Reduction::None, -100)))
CASE("nll.bw", std::make_tuple(torch::nll_loss_backward(s, a, tgt, {}, at::Reduction::Mean, -100, torch::tensor(3.f)), torch::nll_loss_backward(s, a, tgt, torch::ones({4}), at::Reduction::Sum, 1, torch::tensor(2.f))))
CASE("mse.dbl", [] { auto r = torch::mse_loss_backward(v[0], p, q, at::Reduction::Mean); return torch::autograd::grad({r.pow(2).sum()}, {p, q, v}); })
CASE("avg", std::make_tuple(torch::avg_pool2d_backward(R({2, 3, 4, 4}), im.detach(), 2, 2, 0, false, true, {}), torch::avg_pool2d_backward(R({2, 3, 5, 5}), im.detach(), 2, 2, 1, false, false, {}), torch::avg_pool3d_backward(R({2, 3, 1, 4, 4}), im.detach().unsqueeze(2), {1, 2, 2}, {1, 2, 2}, 0, false, true, 3)))
CASE("max", [] {
  auto [y, at] = torch::max_pool2d_with_indices(im.detach(), 3, 2, 1);
  return torch::max_pool2d_with_indices_backward(y, im.detach(), 3, 2, 1, 1, false, at);
})
CASE("max3", [] {
  auto [y, at] = torch::max_pool3d_with_indices(im.detach(), 2);
  return torch::max_pool3d_with_indices_backward(y, im.detach(), 2, 2, 0, 1, false, at);
})
CASE("adaptive", [] { auto [y, at] = torch::adaptive_max_pool2d(im.detach(), {3, 3}); return torch::adaptive_max_pool2d_backward(y, im.detach(), at); })
CASE("pads", std::make_tuple(torch::reflection_pad1d_backward(R({3, 7}), p.detach(), {1, 2}), torch::replication_pad1d_backward(R({3, 7}), p.detach(), {1, 2}), torch::reflection_pad2d_backward(R({2, 3, 10, 11}), im.detach(), {1, 2, 2, 0}), torch::replication_pad2d_backward(R({2, 3, 10, 11}), im.detach(), {1, 2, 2, 0})))
CASE("ups", std::make_tuple(torch::upsample_nearest2d_backward(R({2, 3, 5, 7}), {5, 7}, {2, 3, 4, 4}), torch::upsample_bilinear2d_backward(R({2, 3, 5, 7}), {5, 7}, {2, 3, 4, 4}, true), torch::upsample_bicubic2d_backward(R({2, 3, 5, 7}), {5, 7}, {2, 3, 4, 4}, false), torch::upsample_linear1d_backward(R({2, 3, 7}), {7}, {2, 3, 4}, false)))
CASE("conv", torch::convolution_backward(R({2, 4, 3, 3}), im.detach(), R({4, 3, 3, 3}), {{4}}, {2, 2}, {0, 0}, {1, 1}, false, {0, 0}, 1, {true, true, true}))
CASE("conv.t", torch::convolution_backward(R({2, 4, 17, 17}), im.detach(), R({3, 4, 3, 3}), {{4}}, {2, 2}, {0, 0}, {1, 1}, true, {0, 0}, 1, {true, true, true}))
CASE("conv.dbl", [] {
  auto [x, w2, b2] = torch::convolution_backward(R({2, 3, 6, 6}), im, R({3, 3, 3, 3}), {{3}}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1, {false, true, false});
  return torch::autograd::grad({w2.pow(2).sum()}, {im})[0];
})
CASE("layer", [] {
  auto [y, m1, r1] = torch::native_layer_norm(p.detach(), {4}, R({4}), R({4}), 1e-5);
  return torch::native_layer_norm_backward(R({3, 4}), p.detach(), {4}, m1, r1, R({4}), R({4}), {true, true, true});
})
CASE("group", [] {
  auto [y, m1, r1] = torch::native_group_norm(im.detach(), R({3}), R({3}), 2, 3, 64, 3, 1e-5);
  return torch::native_group_norm_backward(R({2, 3, 8, 8}), im.detach(), m1, r1, R({3}), 2, 3, 64, 3, {true, true, true});
})
CASE("batch", [] {
  auto [y, m1, r1] = torch::native_batch_norm(im.detach(), R({3}), R({3}), {}, {}, true, 0.1, 1e-5);
  return torch::native_batch_norm_backward(R({2, 3, 8, 8}), im.detach(), R({3}), {}, {}, m1, r1, true, 1e-5, {true, true, true});
})
CASE("batch.eval", torch::native_batch_norm_backward(R({2, 3, 8, 8}), im.detach(), R({3}), R({3}), R({3}).abs() + 1, {}, {}, false, 1e-5, {true, true, true}))
CASE("layer.dbl", [] {
  auto [y, m1, r1] = torch::native_layer_norm(p, {4}, R({4}), R({4}), 1e-5);
  auto [x, ww, bb] = torch::native_layer_norm_backward(q, p, {4}, m1.detach(), r1.detach(), R({4}), R({4}), {true, true, true});
  return torch::autograd::grad({x.pow(2).sum()}, {p, q});
})
CASE("embed", std::make_tuple(torch::embedding_dense_backward(g(), tgt, 5, -1, false), torch::embedding_dense_backward(g(), torch::tensor({1, 1, 0}), 5, 0, true)))
CASE("index", std::make_tuple(torch::select_backward(R({4}), {3, 4}, 0, 1), torch::slice_backward(R({3, 2}), {3, 4}, 1, 0, 4, 2), torch::diagonal_backward(R({3}), {3, 4}, 0, 0, 1), torch::trace_backward(s, {3, 3}), torch::unfold_backward(R({3, 3, 2}), {3, 4}, 1, 2, 1)))
CASE("index2", std::make_tuple(torch::index_select_backward(R({3, 4}), {5, 4}, 0, tgt), torch::gather_backward(g(), a, 1, i % 4, false), torch::value_selecting_reduction_backward(R({3}), 1, tgt, {3, 4}, false), torch::masked_select_backward(torch::ones({m.sum().item<int64_t>()}), a, m)))
CASE("cum", std::make_tuple(torch::cumprod_backward(g(), a, 1, a.cumprod(1)), torch::cummaxmin_backward(g(), a, std::get<1>(a.cummax(1)), 1)))
CASE("softmax", std::make_tuple(torch::_softmax_backward_data(g(), a.softmax(1), 1, torch::kFloat), torch::_log_softmax_backward_data(g(), a.log_softmax(1), 1, torch::kFloat)))
CASE("matmul", std::make_tuple(torch::native_dropout_backward(g(), m, 2.0)))
CASE("renorm", [] { auto t = a.clone(); torch::embedding_renorm_(t, torch::tensor({0, 2, 0}), 1.0, 2.0); return t; })
CASE("renorm.1", [] { auto t = a.clone(); torch::embedding_renorm_(t, torch::tensor({1}), 0.5, 1.0); return t; })
CASE("lstm", [] { auto W1 = W(4, 6, 3, 2, 2); return torch::lstm(seq, {torch::randn({4, 2, 3}), torch::randn({4, 2, 3})}, W1, true, 2, 0.0, false, true, false); })
CASE("lstm.bf", [] {
  auto W1 = W(4, 6, 3, 1, 1, false);
  return torch::lstm(seq, {torch::zeros({1, 5, 3}), torch::zeros({1, 5, 3})}, W1, false, 1, 0.0, false, false, true);
})
CASE("lstm.proj", [] {
  auto W1 = W(4, 6, 3, 1, 1, true, 2);
  return torch::lstm(seq, {torch::zeros({1, 2, 2}), torch::zeros({1, 2, 3})}, W1, true, 1, 0.0, false, false, false);
})
CASE("gru", [] { auto W1 = W(3, 6, 3, 2, 1); return torch::gru(seq, torch::randn({2, 2, 3}), W1, true, 2, 0.0, false, false, false); })
CASE("rnn", [] {
  auto W1 = W(1, 6, 3, 1, 2);
  return std::make_tuple(torch::rnn_tanh(seq, torch::zeros({2, 2, 3}), W1, true, 1, 0.0, false, true, false), torch::rnn_relu(seq, torch::zeros({2, 2, 3}), W1, true, 1, 0.0, false, true, false));
})
CASE("gru.packed", [] {
  auto W1 = W(3, 6, 3, 1, 2);
  return torch::gru(seq.reshape({10, 6}).slice(0, 0, 8), torch::tensor({3, 3, 1, 1}), torch::randn({2, 3, 3}), W1, true, 1, 0.0, false, true);
})
CASE("lstm.packed", [] {
  auto W1 = W(4, 6, 3, 1, 1);
  return torch::lstm(seq.reshape({10, 6}).slice(0, 0, 8), torch::tensor({3, 3, 1, 1}), {torch::randn({1, 3, 3}), torch::randn({1, 3, 3})}, W1, true, 1, 0.0, false, false);
})
CASE("cells", [] {
  auto W1 = W(4, 6, 3, 1, 1), W3 = W(3, 6, 3, 1, 1), W0 = W(1, 6, 3, 1, 1);
  auto h0 = torch::randn({2, 3});
  return std::make_tuple(torch::lstm_cell(seq[0], {h0, h0 + 1}, W1[0], W1[1], W1[2], W1[3]), torch::gru_cell(seq[0], h0, W3[0], W3[1], W3[2], W3[3]), torch::rnn_tanh_cell(seq[0], h0, W0[0], W0[1]), torch::rnn_relu_cell(seq[0], h0, W0[0], W0[1], W0[2], W0[3]));
})
CASE_ERROR("err.lstm.params", [] {
  auto W1 = W(4, 6, 3, 1, 1);
  return torch::lstm(seq, {torch::zeros({1, 2, 3}), torch::zeros({1, 2, 3})}, {W1[0], W1[1]}, true, 1, 0.0, false, false, false);
})
CASE_ERROR("err.lstm.hx", [] { auto W1 = W(4, 6, 3, 1, 1); return torch::lstm(seq, {torch::zeros({1, 2, 3})}, W1, true, 1, 0.0, false, false, false); })
CASE_ERROR("err.cell", [] { auto W1 = W(3, 6, 3, 1, 1); return torch::gru_cell(seq[0], torch::zeros({2, 4}), W1[0], W1[1]); })

}  // namespace
