// Op table: nn_functional, part 6.
#include "harness.h"

namespace {

AREA("nn_functional")

CASE("bn.f", [] {
  auto rm = torch::zeros({4}), rv = torch::ones({4});
  auto y = F::batch_norm(a, rm, rv, F::BatchNormFuncOptions().training(true).momentum(0.3).weight(h[0]).bias(h[1]));
  return std::make_tuple(y, rm, rv);
})
CASE_GRAD("bn.f.eval", F::batch_norm(p, torch::zeros({4}, torch::kDouble), torch::ones({4}, torch::kDouble) * 2, F::BatchNormFuncOptions().eps(1e-2)))
CASE_GRAD("bn.f.nostats", F::batch_norm(p, {}, {}, F::BatchNormFuncOptions().training(true)))
CASE_ERROR("err.bn.f.nostats", F::batch_norm(a, {}, {}))
CASE_GRAD("in.f", F::instance_norm(im, F::InstanceNormFuncOptions().weight(torch::rand({3}, torch::kDouble)).bias(torch::rand({3}, torch::kDouble))))
CASE("in.f.stats", F::instance_norm(img, F::InstanceNormFuncOptions().use_input_stats(false).running_mean(torch::zeros({3})).running_var(torch::ones({3}))))
CASE_GRAD("ln.f", F::layer_norm(p, F::LayerNormFuncOptions({4}).weight(torch::rand({4}, torch::kDouble)).eps(0.1)))
CASE_GRAD("gn.f", F::group_norm(im, F::GroupNormFuncOptions(3).bias(torch::rand({3}, torch::kDouble))))
CASE("lstm", [] {
  nn::LSTM m(nn::LSTMOptions(6, 4).num_layers(2).bidirectional(true));
  return m->forward(seq);
})
CASE("lstm.proj", [] {
  nn::LSTM m(nn::LSTMOptions(6, 4).num_layers(2).proj_size(2).batch_first(true));
  return m->forward(seq);
})
CASE("lstm.state", [] {
  nn::LSTM m(6, 4);
  return m->forward(seq, std::make_tuple(torch::ones({1, 2, 4}), torch::ones({1, 2, 4}) * 0.5));
})
CASE("lstm.drop", [] {
  nn::LSTM m(nn::LSTMOptions(6, 4).num_layers(3).dropout(0.5));
  return m->forward(seq);
})
CASE("lstm.grad", [] {
  nn::LSTM m(6, 3);
  m->to(torch::kDouble);
  auto y = m->forward(seq.to(torch::kDouble));
  (std::get<0>(y) * 0.7).sum().backward();
  std::vector<torch::Tensor> g; for (auto& x : m->parameters()) g.push_back(x.grad());
  return g;
})
CASE("gru", [] {
  nn::GRU m(nn::GRUOptions(6, 4).num_layers(2).bidirectional(true));
  return m->forward(seq);
})
CASE("gru.state", [] {
  nn::GRU m(nn::GRUOptions(6, 4).bias(false));
  return m->forward(seq, torch::ones({1, 2, 4}));
})
CASE("gru.grad", [] {
  nn::GRU m(6, 3);
  m->to(torch::kDouble);
  auto y = m->forward(seq.to(torch::kDouble));
  (std::get<0>(y) * 0.7).sum().backward();
  std::vector<torch::Tensor> g; for (auto& x : m->parameters()) g.push_back(x.grad());
  return g;
})
CASE("rnn", [] {
  nn::RNN m(nn::RNNOptions(6, 4).num_layers(2).nonlinearity(torch::kReLU));
  return m->forward(seq);
})
CASE("rnn.half", [] {
  nn::RNN m(6, 4);
  m->to(torch::kBFloat16);
  return m->forward(seq.to(torch::kBFloat16));
})
CASE_ERROR("err.rnn.size", nn::RNN(5, 4)->forward(seq))
CASE_ERROR("err.rnn.dim", nn::RNN(6, 4)->forward(img))
CASE_ERROR("err.rnn.hx", nn::RNN(6, 4)->forward(seq, torch::ones({1, 3, 4})))
CASE_ERROR("err.rnn.empty", nn::RNN(6, 4)->forward(torch::ones({0, 2, 6})))
CASE_ERROR("err.lstm.proj", nn::LSTM(nn::LSTMOptions(6, 4).proj_size(4))->forward(seq))
CASE_ERROR("err.rnn.dropout", nn::RNN(nn::RNNOptions(6, 4).dropout(1.5))->forward(seq))
CASE("packed.lstm", [] {
  nn::LSTM m(nn::LSTMOptions(6, 4).bidirectional(true));
  auto r = m->forward_with_packed_input(nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({3, 5}), false, false));
  auto u2 = nn::utils::rnn::pad_packed_sequence(std::get<0>(r));
  return std::make_tuple(u2, std::get<1>(r), std::get<0>(r).data(), std::get<0>(r).batch_sizes());
})
CASE("packed.gru", [] {
  nn::GRU m(nn::GRUOptions(6, 4).num_layers(2));
  auto r = m->forward_with_packed_input(nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({5, 2})));
  return std::make_tuple(nn::utils::rnn::pad_packed_sequence(std::get<0>(r), true, -1.0, 7), std::get<1>(r));
})
CASE("packed.rnn", [] {
  nn::RNN m(6, 4);
  auto r = m->forward_with_packed_input(nn::utils::rnn::pack_sequence({seq.select(1, 0), seq.select(1, 1).slice(0, 0, 2)}));
  return std::make_tuple(std::get<0>(r).data(), std::get<1>(r));
})
CASE("pack.indices", [] {
  auto k = nn::utils::rnn::pack_padded_sequence(seq.transpose(0, 1), torch::tensor({2, 5}), true, false);
  return std::make_tuple(k.data(), k.batch_sizes(), k.sorted_indices(), k.unsorted_indices());
})
CASE("pad.seq", std::vector<torch::Tensor>{nn::utils::rnn::pad_sequence({a[0], a[1].slice(0, 0, 2)}), nn::utils::rnn::pad_sequence({a, b.slice(0, 0, 2)}, true, 7), nn::utils::rnn::pad_sequence({a, b.slice(0, 0, 2)}, true, 7, "left")})
CASE_ERROR("err.pack.order", nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({2, 5})).data())
CASE_ERROR("err.pack.zero", nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({5, 0})).data())
CASE_ERROR("err.pack.count", nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({5})).data())
CASE_ERROR("err.padpacked.total", nn::utils::rnn::pad_packed_sequence(nn::utils::rnn::pack_padded_sequence(seq, torch::tensor({5, 2})), false, 0., 3))
CASE("cell.lstm", nn::LSTMCell(6, 4)->forward(seq[0]))
CASE("cell.gru.1d", nn::GRUCell(6, 4)->forward(seq[0][0], torch::ones({4})))
CASE("cell.rnn", nn::RNNCell(nn::RNNCellOptions(6, 4).nonlinearity(torch::kReLU))->forward(seq[0], torch::ones({2, 4})))
CASE_ERROR("err.cell.size", nn::RNNCell(5, 4)->forward(seq[0]))
CASE_ERROR("err.cell.hidden", nn::GRUCell(6, 4)->forward(seq[0], torch::ones({3, 4})))
CASE_ERROR("err.cell.dim", nn::GRUCell(6, 4)->forward(seq))
CASE("mha", [] {
  nn::MultiheadAttention m(6, 2);
  return m->forward(seq, seq, seq);
})
CASE("mha.bias", [] {
  nn::MultiheadAttention m(nn::MultiheadAttentionOptions(6, 3).add_bias_kv(true).add_zero_attn(true));
  return m->forward(seq, seq, seq, {}, true, torch::full({5, 5}, -INFINITY).triu(1), false);
})
CASE("mha.noweights", [] {
  nn::MultiheadAttention m(nn::MultiheadAttentionOptions(6, 3).dropout(0.2));
  return std::get<0>(m->forward(seq, seq, seq, {}, false));
})
CASE("tel", [] {
  nn::TransformerEncoderLayer m(nn::TransformerEncoderLayerOptions(6, 2).dim_feedforward(8).activation(torch::kGELU));
  return m->forward(seq);
})
CASE("tdl.eval", [] {
  nn::TransformerDecoderLayer m(nn::TransformerDecoderLayerOptions(6, 2).dim_feedforward(8));
  m->eval();
  return m->forward(seq, seq * 0.5);
})
CASE("transformer", [] {
  nn::Transformer m(nn::TransformerOptions(6, 2, 2, 2).dim_feedforward(8));
  return m->forward(seq, seq.slice(0, 0, 3), {}, nn::TransformerImpl::generate_square_subsequent_mask(3));
})
CASE_ERROR("err.mha.heads", std::get<0>(nn::MultiheadAttention(6, 4)->forward(seq, seq, seq)))
CASE_ERROR("err.transformer.batch", nn::Transformer(nn::TransformerOptions(6, 2, 1, 1))->forward(seq, seq.slice(1, 0, 1)))
CASE("asm.fwd", [] {
  nn::AdaptiveLogSoftmaxWithLoss m(nn::AdaptiveLogSoftmaxWithLossOptions(6, 12, {3, 7}).div_value(2.));
  auto x = seq.reshape({10, 6});
  auto r = m(x, torch::tensor({0, 11, 3, 7, 2, 1, 6, 9, 4, 5}));
  return std::make_tuple(r.output, r.loss, m->log_prob(x), m->predict(x));
})
CASE_ERROR("err.asm.range", nn::AdaptiveLogSoftmaxWithLoss(6, 12, std::vector<int64_t>{3, 7})->forward(seq[0], torch::tensor({1, 12})).output)
CASE_ERROR("err.asm.cut", nn::AdaptiveLogSoftmaxWithLoss(6, 12, std::vector<int64_t>{7, 3})->predict(seq[0]))
CASE_ERROR("err.asm.cut2", nn::AdaptiveLogSoftmaxWithLoss(6, 12, std::vector<int64_t>{3, 13})->predict(seq[0]))
CASE_ERROR("err.asm.dim", nn::AdaptiveLogSoftmaxWithLoss(6, 12, std::vector<int64_t>{3})->forward(seq, torch::tensor({1, 2})).output)
CASE("clip", [] {
  auto x = torch::ones({3}, torch::requires_grad()), y = torch::ones({2}, torch::requires_grad());
  (x.sum() * 3 + (y * y).sum() * 4).backward();
  auto n = nn::utils::clip_grad_norm_({x, y}, 2.0, 3.0);
  return std::make_tuple(n, x.grad(), y.grad());
})
CASE("clip.inf", [] {
  auto x = torch::ones({3}, torch::requires_grad());
  (x * torch::tensor({1., 2., 5.})).sum().backward();
  auto n = nn::utils::clip_grad_norm_(x, 2.0, INFINITY);
  nn::utils::clip_grad_value_(x, 1.5);
  return std::make_tuple(n, x.grad());
})
CASE("p2v", [] {
  nn::Linear m(3, 2);
  auto t = nn::utils::parameters_to_vector(m->parameters());
  nn::utils::vector_to_parameters(t * 2, m->parameters());
  return std::make_tuple(t, m->weight, m->bias);
})

}  // namespace
