// check_module on layers that are right, and on modules each broken in one way.
#include <wick/nn.h>
#include <wick/nn/testing.h>

#include <sstream>

#include "support.h"

namespace wick::test {
namespace {

using nn::testing::Check;
using nn::testing::check_module;
using nn::testing::CheckOptions;
using nn::testing::CheckReport;

std::string failures(const CheckReport& r) {
  std::string s;
  for (const Check& c : r.checks)
    if (c.status == Check::Status::failed) s += (s.empty() ? "" : "; ") + c.name;
  return s;
}
template <class M>
nn::ModuleHolder<M> make() { return nn::ModuleHolder<M>(std::make_shared<M>()); }

TEST(CheckModule, LayersPass) {
  manual_seed(1);
  const auto pass = [](const CheckReport& r) { EXPECT_TRUE(r.ok()) << r; };
  pass(check_module(nn::Linear(4, 3), randn({5, 4})));
  pass(check_module(nn::Conv2d(nn::Conv2dOptions(2, 3, 3)), randn({2, 2, 5, 5})));
  pass(check_module(nn::LayerNorm(nn::LayerNormOptions({4})), randn({3, 4})));
  pass(check_module(nn::BatchNorm1d(4), randn({5, 4})));
  pass(check_module(nn::Dropout(0.4), randn({5, 4})));
  pass(check_module(nn::GRU(nn::GRUOptions(3, 4).batch_first(true)), CheckOptions().skip({"batch independence"}), randn({2, 5, 3})));
  pass(check_module(nn::LSTM(3, 4), CheckOptions().batch_dim(1), randn({5, 2, 3}), std::optional<std::tuple<Tensor, Tensor>>(std::make_tuple(randn({1, 2, 4}), randn({1, 2, 4})))));
  pass(check_module(nn::MultiheadAttention(8, 2), CheckOptions().batch_dim(1), randn({3, 2, 8}), randn({4, 2, 8}), randn({4, 2, 8})));
  pass(check_module(nn::TransformerEncoderLayer(nn::TransformerEncoderLayerOptions(8, 2).dim_feedforward(16)), CheckOptions().batch_dim(1), randn({3, 2, 8})));
  pass(check_module(nn::Embedding(9, 4), randint(9, {2, 3})));
  pass(check_module(nn::Bilinear(2, 3, 4), randn({5, 2}), randn({5, 3})));
  pass(check_module(nn::Sequential(nn::Linear(4, 8), nn::Tanh(), nn::Linear(8, 2)), randn({3, 4})));
}

TEST(CheckModule, LeavesTheModuleAsItWas) {
  nn::Sequential model(nn::Linear(4, 4), nn::BatchNorm1d(4));
  model->ptr(1)->eval();
  Tensor weight = model->parameters()[0];
  weight.mutable_grad() = ones({4, 4});
  const void* data = weight.data_ptr();
  const Tensor values = weight.detach().clone();
  manual_seed(3);
  const Tensor next = rand({4});
  manual_seed(3);
  EXPECT_TRUE(check_module(model, ones({2, 4}).mul(tensor({1.f, 2.f, 3.f, 4.f}))).ok());
  EXPECT_TRUE(same_bits(rand({4}), next));
  EXPECT_EQ(weight.data_ptr(), data);
  EXPECT_TRUE(same_bits(weight.detach(), values));
  EXPECT_TRUE(same_bits(weight.grad(), ones({4, 4})));
  EXPECT_FALSE(model->parameters()[1].grad().defined());
  EXPECT_TRUE(model->is_training());
  EXPECT_FALSE(model->ptr(1)->is_training());
  EXPECT_TRUE(same_bits(model->get_buffer("1.running_mean"), zeros({4})));
}

// --- Each check can fail ------------------------------------------------------------------------------------------

struct Nan : nn::Cloneable<Nan> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return (x - x.amax() - 1).log(); }
};
TEST(CheckModule, Forward) {
  const auto r = check_module(make<Nan>(), randn({3, 2}));
  EXPECT_EQ(r["forward (train)"].status, Check::Status::failed);
  EXPECT_EQ(r["forward (eval)"].detail, "result 0 holds NaN or infinity");
}

struct WrongSquare : autograd::Function<WrongSquare> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return x * x;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list g) { return {g[0] * ctx->get_saved_variables()[0]}; }
};
struct WrongInputGradient : nn::Cloneable<WrongInputGradient> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return WrongSquare::apply(x); }
};
struct WrongParameterGradient : nn::Cloneable<WrongParameterGradient> {
  WrongParameterGradient() { reset(); }
  void reset() override { scale = register_parameter("scale", full({2}, 3.0)); }
  Tensor forward(const Tensor& x) { return is_training() ? x * scale + x * scale.detach() : x * scale; }
  Tensor scale;
};
TEST(CheckModule, Gradients) {
  const auto r = check_module(make<WrongInputGradient>(), randn({3, 2}));
  EXPECT_EQ(failures(r), "gradients (train); gradients (eval)");
  EXPECT_TRUE(contains(r["gradients (eval)"].detail, "input 0 [3, 2] element 0: backward gives "));
  const auto p = check_module(make<WrongParameterGradient>(), randn({3, 2}));
  EXPECT_EQ(failures(p), "gradients (train)");
  EXPECT_TRUE(contains(p["gradients (train)"].detail, "parameter scale [2] element 0"));
}

struct Unused : nn::Cloneable<Unused> {
  Unused() { reset(); }
  void reset() override { used = register_parameter("used", ones({2})); unused = register_parameter("unused", ones({2})); }
  Tensor forward(const Tensor& x) { return x * used; }
  Tensor used, unused;
};
TEST(CheckModule, ParametersUsed) {
  const auto r = check_module(make<Unused>(), randn({3, 2}));
  EXPECT_EQ(failures(r), "parameters used");
  EXPECT_EQ(r["parameters used"].detail, "no gradient reaches parameter unused");
}

// A tensor that is drawn anew in each copy.
struct Unregistered : nn::Cloneable<Unregistered> {
  Unregistered() { reset(); }
  void reset() override { hidden = randn({2}); }
  Tensor forward(const Tensor& x) { return x * hidden.to(x.scalar_type()); }
  Tensor hidden;
};
// A copy that shares all tensors.
struct Shallow : nn::Module {
  Shallow() { scale = register_parameter("scale", ones({2})); }
  std::shared_ptr<nn::Module> clone(const std::optional<Device>& = std::nullopt) const override { return std::make_shared<Shallow>(*this); }
  Tensor forward(const Tensor& x) { return x * scale; }
  Tensor scale;
};
TEST(CheckModule, Clone) {
  const auto r = check_module(make<Unregistered>(), randn({3, 2}));
  EXPECT_EQ(failures(r), "clone");
  EXPECT_EQ(r["clone"].detail, "the copy gives other results: a tensor that matters is not registered");
  EXPECT_EQ(check_module(make<Shallow>(), randn({3, 2}))["clone"].detail, "scale of the copy shares memory with the original");
}

struct Forgetful : nn::Module {
  Forgetful() { scale = register_parameter("scale", ones({2})); }
  void save(serialize::OutputArchive&) const override {}
  void load(serialize::InputArchive&) override {}
  Tensor forward(const Tensor& x) { return x * scale; }
  Tensor scale;
};
TEST(CheckModule, SaveAndLoad) {
  const auto r = check_module(make<Forgetful>(), randn({3, 2}));
  EXPECT_EQ(failures(r), "save and load");
  EXPECT_EQ(r["save and load"].detail, "scale does not come back from save and load");
  EXPECT_EQ(r["clone"].status, Check::Status::skipped);
}

struct FloatInside : nn::Cloneable<FloatInside> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x.to(kFloat) * 2; }
};
struct FloatConstant : nn::Cloneable<FloatConstant> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x * constant; }
  Tensor constant = tensor({1.0f, 2.0f});
};
// Loses everything to cancellation in float32.
struct Cancels : nn::Cloneable<Cancels> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return (x + 1e7) - 1e7; }
};
TEST(CheckModule, Types) {
  EXPECT_EQ(check_module(make<FloatInside>(), CheckOptions().skip({"gradients (train)", "gradients (eval)"}), randn({3, 2}))["float64"].status, Check::Status::failed);
  const auto r = check_module(make<FloatConstant>(), randn({3, 2}));
  EXPECT_EQ(failures(r), "bfloat16");
  EXPECT_EQ(r["bfloat16"].detail, "result 0 is Float for inputs and parameters of BFloat16 (is a tensor not registered?)");
  EXPECT_TRUE(contains(check_module(make<Cancels>(), CheckOptions().rtol(1), randn({3, 2}))["float32"].detail, "result 0 is off by"));
}

struct Mixes : nn::Cloneable<Mixes> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x - x.mean(IntArrayRef({0}), true); }
};
TEST(CheckModule, BatchIndependence) {
  EXPECT_EQ(failures(check_module(make<Mixes>(), randn({3, 2}))), "batch independence");
  EXPECT_TRUE(check_module(make<Mixes>(), CheckOptions().batch_dim(-1), randn({3, 2})).ok());
  EXPECT_TRUE(check_module(make<Mixes>(), CheckOptions().batch_dim(1), randn({3, 2})).ok());
  EXPECT_EQ(check_module(make<Mixes>(), randn({1, 2}))["batch independence"].status, Check::Status::skipped);
}

struct AlwaysDrops : nn::Cloneable<AlwaysDrops> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return wick::dropout(x, 0.5, true); }
};
struct Counts : nn::Cloneable<Counts> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x * (is_training() ? ++calls : 1); }
  int calls = 0;
};
TEST(CheckModule, Determinism) {
  EXPECT_TRUE(contains(check_module(make<AlwaysDrops>(), CheckOptions().batch_dim(-1), randn({3, 8}))["determinism"].detail, "two runs in evaluation mode differ"));
  EXPECT_TRUE(contains(check_module(make<Counts>(), randn({3, 2}))["determinism"].detail, "two runs with the same seed differ, in training"));
}

struct Writes : nn::Cloneable<Writes> {
  void reset() override {}
  Tensor forward(Tensor x) { return x.requires_grad() ? x * 2 : x.mul_(2); }
};
TEST(CheckModule, InputsUnchanged) {
  const auto r = check_module(make<Writes>(), randn({3, 2}));
  EXPECT_EQ(r["inputs unchanged"].status, Check::Status::failed);
  EXPECT_EQ(r["inputs unchanged"].detail, "forward changes input 0 in training");
}

struct LearnsInEvaluation : nn::Cloneable<LearnsInEvaluation> {
  LearnsInEvaluation() { reset(); }
  void reset() override { seen = register_buffer("seen", zeros({1}, kLong)); }
  Tensor forward(const Tensor& x) { seen += 1; return x * 2; }
  Tensor seen;
};
TEST(CheckModule, EvaluationChangesNothing) {
  const auto r = check_module(make<LearnsInEvaluation>(), randn({3, 2}));
  EXPECT_EQ(r["evaluation changes nothing"].status, Check::Status::failed);
  EXPECT_EQ(r["evaluation changes nothing"].detail, "seen changes");
}

struct Throws : nn::Cloneable<Throws> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x.matmul(x); }
};
TEST(CheckModule, Reports) {
  const auto r = check_module(make<Unused>(), CheckOptions().skip({"clone"}), randn({3, 2}));
  std::ostringstream text;
  text << r;
  EXPECT_TRUE(contains(text.str(), "Unused\n  forward (train)             ok\n"));
  EXPECT_TRUE(contains(text.str(), "\n  parameters used             FAILED   no gradient reaches parameter unused\n"));
  EXPECT_TRUE(contains(text.str(), "\n  clone                       skipped  as asked\n"));
  EXPECT_EQ(error_of([&] { r.throw_if_failed(); }), "check_module: Unused fails\n  parameters used: no gradient reaches parameter unused");
  check_module(nn::Tanh(), randn({3, 2})).throw_if_failed();
  EXPECT_FALSE(check_module(make<Throws>(), randn({3, 2})).ok());
  EXPECT_TRUE(contains(error_of<ValueError>([] { check_module(nn::Tanh(), CheckOptions().skip({"clones"}), randn({3, 2})); }), "there is no check 'clones' to skip"));
}

}  // namespace
}  // namespace wick::test
