// functional_call: other tensors for one call.
#include "nn/golden.h"

namespace wick::test {
namespace {

using nn::utils::functional_call;

TEST(FunctionalCall, GradientsFlowToTheGivenTensors) {
  nn::Sequential m(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2));
  const Tensor x = randn({5, 3}), own = m(x).detach();
  nn::Sequential other(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2));
  OrderedDict<std::string, Tensor> given;
  for (const auto& p : other->named_parameters()) given.insert(p.key(), p.value() * 1);  // not leaves
  const Tensor y = functional_call(m, given, x);
  EXPECT_TRUE(same_bits(y.detach(), other(x).detach()));
  y.sum().backward();
  EXPECT_TRUE(other->parameters()[0].grad().defined());
  EXPECT_FALSE(m->parameters()[0].grad().defined());
  EXPECT_TRUE(same_bits(m(x).detach(), own)) << "afterwards the module is as before";
}

TEST(FunctionalCall, SomeTensorsAndBuffers) {
  nn::BatchNorm1d m(3);
  const Tensor x = randn({4, 3}), mean = zeros({3});
  functional_call(m, {{"running_mean", mean}}, x);
  EXPECT_GT(mean.abs().sum().item<float>(), 0) << "in-place changes go to the given tensor";
  EXPECT_EQ(m->running_mean.abs().sum().item<float>(), 0);
  EXPECT_EQ(m->num_batches_tracked.item<int64_t>(), 1) << "what is not given is the module's own";
  nn::LSTM lstm(3, 2);
  const Tensor w = zeros({8, 3}).requires_grad_();
  std::get<0>(functional_call(lstm, {{"weight_ih_l0", w}}, x.unsqueeze(1))).sum().backward();
  EXPECT_TRUE(w.grad().defined());
}

struct SharedImpl : nn::Module {
  SharedImpl() {
    register_module("a", a);
    register_module("b", a);
  }
  nn::Linear a{2, 2};
  Tensor forward(const Tensor& x) { return a(a(x)); }
};
WICK_MODULE(Shared);

TEST(FunctionalCall, Names) {
  nn::Linear m(2, 2);
  const Tensor x = ones({1, 2}), before = m->weight;
  EXPECT_TRUE(contains(error_of<ValueError>([&] { functional_call(m, {{"weight", zeros({2, 2})}, {"wait", x}}, x); }), "with name 'wait'"));
  EXPECT_TRUE(m->weight.is_same(before)) << "nothing is half changed";
  Shared shared;
  const Tensor one = eye(2), two = 2 * eye(2);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { functional_call(shared, {{"a.weight", one}, {"b.weight", two}}, x); }), "'a.weight' and 'b.weight', which are the same tensor"));
  EXPECT_TRUE(equal(functional_call(shared, {{"b.weight", two}, {"a.bias", zeros({2})}}, x), full({1, 2}, 4.0)));
}

}  // namespace
}  // namespace wick::test
