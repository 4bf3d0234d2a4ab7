// In float32 a recurrent layer runs as one kernel, in float64 step by step: the two must agree.
#include <gtest/gtest.h>

#include <wick/wick.h>

namespace wick {
namespace {

namespace rnn = nn::utils::rnn;

// Output, last state, and the gradients of the input and of all weights, for packed sequences of 6, 4, 4 and 1 steps.
template <class Layer>
std::vector<Tensor> run(Layer layer, const Tensor& x) {
  Tensor leaf = x.detach().clone().requires_grad_();
  auto [sequence, state] = layer->forward_with_packed_input(rnn::pack_padded_sequence(leaf, tensor({6, 4, 4, 1}, kLong), false));
  const Tensor y = sequence.data();
  Tensor last;
  if constexpr (std::is_same_v<decltype(state), Tensor>) last = state;
  else last = std::get<0>(state) + std::get<1>(state);
  (y * arange(y.numel(), y.options()).view(y.sizes()).sin()).sum().add(last.square().sum()).backward();
  std::vector<Tensor> r{y, last, leaf.grad()};
  for (const Tensor& p : layer->parameters()) r.push_back(p.grad());
  return r;
}

template <class Layer, class Options>
void compare(const Options& options) {
  manual_seed(3);
  Layer one(options), two(options);
  two->to(kDouble);
  {
    NoGradGuard off;
    for (size_t i = 0; i < one->parameters().size(); ++i) two->parameters()[i].copy_(one->parameters()[i]);
  }
  const Tensor x = randn({6, 4, 7});
  const auto a = run(one, x), b = run(two, x.to(kDouble));
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(allclose(a[i].to(kDouble), b[i], 1e-4, 1e-5)) << "result " << i << " of " << options.hidden_size();
  for (auto& p : one->parameters()) p.mutable_grad().reset();
  const int before = get_num_threads();
  set_num_threads(2);
  const auto again = run(one, x);
  set_num_threads(1);
  for (auto& p : one->parameters()) p.mutable_grad().reset();
  const auto alone = run(one, x);
  set_num_threads(before);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(equal(again[i], alone[i])) << "threads change result " << i;
}

TEST(Recurrent, OneKernelEqualsSteps) {
  for (int64_t hidden : {5, 33})
    for (bool both : {false, true}) {
      compare<nn::LSTM>(nn::LSTMOptions(7, hidden).num_layers(2).bidirectional(both));
      compare<nn::GRU>(nn::GRUOptions(7, hidden).num_layers(2).bidirectional(both).bias(hidden == 5));
      compare<nn::RNN>(nn::RNNOptions(7, hidden).bidirectional(both).nonlinearity(kTanh));
      compare<nn::RNN>(nn::RNNOptions(7, hidden).bidirectional(both).nonlinearity(kReLU));
    }
}

TEST(Recurrent, SecondDerivativesGoStepByStep) {
  manual_seed(4);
  nn::GRU layer(nn::GRUOptions(3, 4));
  Tensor x = randn({2, 2, 3}).requires_grad_();
  const auto penalty = [&](const Tensor& at) {
    const Tensor y = std::get<0>(layer->forward(at)).square().sum();
    return autograd::grad({y}, {at}, {}, true, true)[0].square().sum();
  };
  const Tensor g = autograd::grad({penalty(x)}, {x})[0];
  const Tensor direction = randn({2, 2, 3});
  const double h = 1e-2;
  const double measured = (penalty(x.detach().add(direction, h).requires_grad_()) - penalty(x.detach().sub(direction, h).requires_grad_())).item<double>() / (2 * h);
  EXPECT_NEAR((g * direction).sum().item<double>(), measured, 2e-3);
}

TEST(Recurrent, WeightsThatDoNotFitAreRefused) {
  const Tensor x = ones({2, 1, 3}), h = zeros({1, 1, 4});
  try {
    gru(x, h, {ones({12, 3}), ones({8, 4})}, false, 1, 0.0, false, false, false);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_NE(std::string(e.what()).find("[8, 4]"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace wick
