// Parametrizations, the library's and one's own, against Python's numbers: values, training, state, copies.
#include "nn/training.h"

namespace wick::test {
namespace {

using golden::steps;
namespace P = nn::utils::parametrize;
namespace N = nn::utils::parametrizations;

struct SymmetricImpl : nn::Cloneable<SymmetricImpl> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return x.triu() + x.triu(1).transpose(-1, -2); }
  Tensor right_inverse(const Tensor& a) { return a.triu(); }
};
WICK_MODULE(Symmetric);

struct DoubledImpl : nn::Cloneable<DoubledImpl> {
  void reset() override {}
  Tensor forward(const Tensor& x) { return 2 * x; }
};
WICK_MODULE(Doubled);

// Of two originals.
struct ProductImpl : nn::Cloneable<ProductImpl> {
  void reset() override {}
  Tensor forward(const Tensor& a, const Tensor& b) { return a.matmul(b); }
  std::tuple<Tensor, Tensor> right_inverse(const Tensor& x) { return {x.slice(1, 0, 1).clone(), x.slice(0, 0, 1).clone()}; }
};
WICK_MODULE(Product);

struct WiderImpl : nn::Module {
  Tensor forward(const Tensor& x) { return cat({x, x}, 1); }
};
WICK_MODULE(Wider);

// Same results before and after being written and read, and copied.
template <class M>
void expect_kept(M m, const Tensor& x, const std::function<M()>& make) {
  M another = make();
  std::stringstream stream;
  save(m, stream);
  load(another, stream);
  m->eval();
  another->eval();
  const Tensor y = golden::first(m(x));
  EXPECT_TRUE(same_bits(y, golden::first(another(x)))) << "written and read";
  const M copy(std::dynamic_pointer_cast<typename M::ContainedType>(m->clone()));
  EXPECT_EQ(copy->state_dict().keys(), m->state_dict().keys());
  EXPECT_TRUE(same_bits(y, golden::first(M(copy)(x)))) << "copied";
  for (const auto& p : m->named_parameters()) EXPECT_NE(p.value().data_ptr(), copy->named_parameters()[p.key()].data_ptr()) << p.key();
}

template <class M>
void expect_steps(const std::string& name, const std::function<M()>& make, std::vector<int64_t> x, int count = 2) {
  SCOPED_TRACE(name);
  manual_seed(11);
  M m = make();
  const Tensor in = randn(x);
  golden::expect("parametrize", name, steps(m, in, count), 2e-5);
  expect_kept(m, in, make);
}

template <class M, class... Ps>
M with(M m, const Ps&... parametrizations) {
  (P::register_parametrization(m, "weight", parametrizations), ...);
  return m;
}

TEST(Parametrize, OnesOwn) {
  expect_steps<nn::Linear>("symmetric", [] { return with(nn::Linear(3, 3), Symmetric()); }, {2, 3});
  expect_steps<nn::Linear>("stacked", [] { return with(nn::Linear(3, 3), Symmetric(), Doubled()); }, {2, 3});
  expect_steps<nn::Conv1d>("softplus", [] { return with(nn::Conv1d(2, 3, 2), nn::Softplus()); }, {1, 2, 4});
  expect_steps<nn::Linear>("product", [] { return with(nn::Linear(3, 4), Product()); }, {2, 3});
}

TEST(Parametrize, WeightNorm) {
  expect_steps<nn::Linear>("weight_norm", [] { return N::weight_norm(nn::Linear(3, 4)); }, {2, 3});
  expect_steps<nn::Conv2d>("weight_norm.whole", [] { return N::weight_norm(nn::Conv2d(2, 3, 2), "weight", std::nullopt); }, {1, 2, 3, 3});
  expect_steps<nn::ConvTranspose1d>("weight_norm.dim1", [] { return N::weight_norm(nn::ConvTranspose1d(2, 3, 2), "weight", 1); }, {1, 2, 3});
  expect_steps<nn::LSTM>("weight_norm.lstm", [] { return N::weight_norm(nn::LSTM(2, 3), "weight_hh_l0"); }, {3, 2, 2});
}

TEST(Parametrize, SpectralNorm) {
  expect_steps<nn::Linear>("spectral_norm", [] { return N::spectral_norm(nn::Linear(3, 4)); }, {2, 3}, 3);
  expect_steps<nn::Conv2d>("spectral_norm.conv", [] { return N::spectral_norm(nn::Conv2d(2, 3, 2), "weight", 2); }, {1, 2, 3, 3});
  expect_steps<nn::ConvTranspose2d>("spectral_norm.transposed", [] { return N::spectral_norm(nn::ConvTranspose2d(2, 3, 2)); }, {1, 2, 2, 2});
  expect_steps<nn::LayerNorm>("spectral_norm.vector", [] { return N::spectral_norm(nn::LayerNorm(nn::LayerNormOptions({3}))); }, {2, 3});
  EXPECT_TRUE(contains(error_of<ValueError>([] { N::spectral_norm(nn::Linear(2, 2), "weight", 0); }), "n_power_iterations=0"));
  EXPECT_TRUE(contains(error_of<IndexError>([] { N::spectral_norm(nn::Linear(2, 2), "weight", 1, 1e-12, 2); }), "but got 2"));
}

TEST(Parametrize, Orthogonal) {
  expect_steps<nn::Linear>("orthogonal.square", [] { return N::orthogonal(nn::Linear(3, 3)); }, {2, 3});
  expect_steps<nn::Linear>("orthogonal.tall", [] { return N::orthogonal(nn::Linear(3, 4)); }, {2, 3});
  expect_steps<nn::Linear>("orthogonal.wide", [] { return N::orthogonal(nn::Linear(4, 3), "weight", "cayley"); }, {2, 4});
  expect_steps<nn::Linear>("orthogonal.exp", [] { return N::orthogonal(nn::Linear(2, 4), "weight", "matrix_exp"); }, {2, 2});
  expect_steps<nn::Linear>("orthogonal.plain", [] { return N::orthogonal(nn::Linear(3, 4), "weight", "", false); }, {2, 3});
  EXPECT_TRUE(contains(error_of<ValueError>([] { N::orthogonal(nn::Linear(2, 2), "weight", "qr"); }), "got: qr"));
}

TEST(Parametrize, AsOlderModelsHaveIt) {
  namespace U = nn::utils;
  expect_steps<nn::Linear>("old.weight_norm", [] { return U::weight_norm(nn::Linear(3, 4)); }, {2, 3});
  expect_steps<nn::Conv1d>("old.weight_norm.whole", [] { return U::weight_norm(nn::Conv1d(2, 3, 2), "weight", std::nullopt); }, {1, 2, 4});
  expect_steps<nn::Linear>("old.spectral_norm", [] { return U::spectral_norm(nn::Linear(3, 4), "weight", 2); }, {2, 3});
  expect_steps<nn::ConvTranspose2d>("old.spectral_norm.transposed", [] { return U::spectral_norm(nn::ConvTranspose2d(2, 3, 2)); }, {1, 2, 2, 2});
  manual_seed(11);
  auto m = U::spectral_norm(nn::Linear(3, 4));
  EXPECT_EQ(m->state_dict().keys(), (std::vector<std::string>{"bias", "weight_orig", "weight_u", "weight_v"}));
  U::remove_spectral_norm(*m);
  golden::expect("parametrize", "old.removed", steps(m, randn({2, 3})));
  auto w = U::weight_norm(nn::Linear(3, 4));
  EXPECT_EQ(w->state_dict().keys(), (std::vector<std::string>{"bias", "weight_g", "weight_v"}));
  EXPECT_TRUE(contains(error_of([&] { U::weight_norm(w); }), "cannot register two weight_norm hooks"));
  const Tensor x = randn({2, 3}), y = w(x);
  U::remove_weight_norm(*w);
  EXPECT_TRUE(allclose(w(x), y, 1e-6));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { U::remove_weight_norm(*w); }), "weight_norm of 'weight' not found"));
}

TEST(Parametrize, Names) {
  auto m = N::weight_norm(nn::Linear(3, 4));
  EXPECT_EQ(m->state_dict().keys(), (std::vector<std::string>{"bias", "parametrizations.weight.original0", "parametrizations.weight.original1"}));
  auto s = N::spectral_norm(with(nn::Linear(3, 3), Symmetric()));
  EXPECT_EQ(s->state_dict().keys(), (std::vector<std::string>{"bias", "parametrizations.weight.original", "parametrizations.weight.1._u", "parametrizations.weight.1._v"}));
  EXPECT_TRUE(P::is_parametrized(*s) && P::is_parametrized(*s, "weight") && !P::is_parametrized(*s, "bias"));
  EXPECT_EQ(P::parametrizations_of(*s, "weight")->size(), 2u);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { P::parametrizations_of(*s, "bias"); }), "does not have a parametrization on bias"));
}

TEST(Parametrize, Remove) {
  manual_seed(11);
  auto m = N::weight_norm(nn::Linear(3, 4));
  P::register_parametrization(m, "bias", Doubled());
  EXPECT_TRUE(contains(error_of<ValueError>([&] { P::remove_parametrizations(*m, "weight", false); }), "in terms of several tensors"));
  P::remove_parametrizations(*m, "weight");
  P::remove_parametrizations(*m, "bias", false);
  EXPECT_TRUE(m->named_children().is_empty());
  EXPECT_EQ(m->named_parameters().keys(), (std::vector<std::string>{"weight", "bias"}));
  golden::expect("parametrize", "remove", steps(m, randn({2, 3})));
}

TEST(Parametrize, SetsTheOriginals) {
  auto m = with(nn::Linear(3, 3), Symmetric());
  const Tensor wanted = eye(3) + 1;
  P::parametrizations_of(*m, "weight")->right_inverse(wanted);
  m->refresh_tensors();
  EXPECT_TRUE(equal(m->weight, wanted));
  EXPECT_EQ(m->parameters()[1][1][0].item<float>(), 0) << "the original is triangular";
  auto d = with(nn::Linear(2, 2), Doubled());
  EXPECT_TRUE(contains(error_of([&] { P::parametrizations_of(*d, "weight")->right_inverse(ones({2, 2})); }), "does not implement right_inverse"));
}

TEST(Parametrize, AnOptimizerMadeBeforeGoesOn) {
  nn::Linear m(3, 3);
  optim::SGD optimizer(m->parameters(), 0.5);
  with(m, Symmetric());
  const Tensor before = P::parametrizations_of(*m, "weight")->originals()[0].clone();
  m(ones({1, 3})).sum().backward();
  optimizer.step();
  EXPECT_FALSE(equal(before, P::parametrizations_of(*m, "weight")->originals()[0]));
}

TEST(Parametrize, OfAStepThatRunsOftenAndTheCache) {
  manual_seed(11);
  auto m = N::spectral_norm(nn::GRUCell(2, 3), "weight_hh");
  const Tensor x = randn({3, 2, 2});
  Tensor h = zeros({2, 3});
  for (int t = 0; t < 3; ++t) h = m->forward(x[t], h);  // each with a power iteration, as with m(...)
  (h * arange(6, kFloat).mul(0.37).sin().view({2, 3})).sum().backward();
  golden::Tensors results{h, P::parametrizations_of(*m, "weight_hh")->originals()[0].grad(), m->weight_ih.grad()};
  for (const auto& item : m->state_dict()) results.push_back(item.value());
  golden::expect("parametrize", "cell", results);

  const Tensor u = m->state_dict()["parametrizations.weight_hh.0._u"].clone();
  {
    P::cached once;
    const Tensor first = m(x[0], h);
    const Tensor w = m->weight_hh;
    m(x[1], first);
    EXPECT_TRUE(m->weight_hh.is_same(w));
  }
  const Tensor w = m->weight_hh;
  m(x[0], h);
  EXPECT_FALSE(m->weight_hh.is_same(w));
  EXPECT_FALSE(equal(u, m->state_dict()["parametrizations.weight_hh.0._u"]));
}

TEST(Parametrize, InTransformersToo) {
  nn::MultiheadAttention m(4, 2);
  with(m->out_proj, Symmetric());
  const Tensor x = randn({3, 1, 4});
  std::get<0>(m(x, x, x)).sum().backward();
  EXPECT_TRUE(P::parametrizations_of(*m->out_proj, "weight")->originals()[0].grad().defined());
  const Tensor before = m->out_proj->weight;
  m(x, x, x);
  EXPECT_FALSE(m->out_proj->weight.is_same(before)) << "the attention computes it anew, though it does not call out_proj";
}

// A module of one's own, which says where its tensors are; and one that does not.
struct ScaleImpl : nn::Cloneable<ScaleImpl> {
  ScaleImpl() { reset(); }
  void reset() override {
    scale = register_parameter("scale", ones({2, 2}));
    shift = register_parameter("shift", zeros({2}));
  }
  Tensor forward(const Tensor& x) { return x.matmul(scale) + shift; }
  WICK_MEMBERS(scale, shift)
  Tensor scale, shift;
};
WICK_MODULE(Scale);
struct SilentImpl : nn::Module {
  Tensor scale = reg("scale", ones({2}));
  Tensor forward(const Tensor& x) { return x * scale; }
};
WICK_MODULE(Silent);

TEST(Parametrize, AModuleOfOnesOwn) {
  Scale m;
  P::register_parametrization(m, "scale", Doubled());
  const Tensor x = ones({1, 2});
  EXPECT_TRUE(equal(m(x), full({1, 2}, 4.0)));
  P::parametrizations_of(*m, "scale")->originals()[0].set_data(full({2, 2}, 3.0));
  EXPECT_TRUE(equal(m(x), full({1, 2}, 12.0)));
  const Scale copy(std::dynamic_pointer_cast<ScaleImpl>(m->clone()));
  EXPECT_TRUE(equal(Scale(copy)(x), full({1, 2}, 12.0)));
  nn::Sequential net(m);
  EXPECT_TRUE(equal(net(x), full({1, 2}, 12.0)));
  const auto net_copy = std::dynamic_pointer_cast<nn::SequentialImpl>(net->clone());
  net_copy->parameters()[1].set_data(full({2, 2}, 1.0));
  EXPECT_TRUE(equal(net_copy->forward(x), full({1, 2}, 4.0)));
  EXPECT_TRUE(contains(error_of<ValueError>([] { P::register_parametrization(Silent(), "scale", Doubled()); }), "write WICK_MEMBERS(scale) in its class"));
}

TEST(Parametrize, LoadsWhatOlderModelsSaved) {
  nn::Sequential old(nn::utils::weight_norm(nn::Linear(3, 4))), now(N::weight_norm(nn::Linear(3, 4)));
  const auto state = old->state_dict();
  ASSERT_TRUE(state.contains("0.weight_g") && state.contains("0.weight_v"));
  now->load_state_dict(state);
  const Tensor x = randn({2, 3});
  EXPECT_TRUE(allclose(now->forward(x), old->forward(x), 1e-6, 1e-6));
  EXPECT_THROW(nn::Sequential(nn::Linear(3, 4))->load_state_dict(state), Error);
}

TEST(Parametrize, Transfer) {
  nn::Linear from = N::weight_norm(nn::Linear(3, 4)), to(3, 4), wrong(4, 4);
  P::transfer_parametrizations_and_params(*from, *to);
  EXPECT_TRUE(to->weight.equal(from->weight));
  ASSERT_TRUE(P::is_parametrized(*to, "weight"));
  EXPECT_TRUE(P::parametrizations_of(*to, "weight")->originals()[0].is_same(P::parametrizations_of(*from, "weight")->originals()[0]));
  {
    NoGradGuard off;
    P::parametrizations_of(*from, "weight")->originals()[0].mul_(2);
  }
  const Tensor x = randn({2, 3});
  EXPECT_TRUE(allclose(to->forward(x) - to->bias, from->forward(x) - from->bias, 1e-6, 1e-6));
  EXPECT_THROW(P::transfer_parametrizations_and_params(*from, *wrong), ValueError);
  EXPECT_FALSE(P::is_parametrized(*wrong));
  EXPECT_THROW(P::transfer_parametrizations_and_params(*wrong, *to), ValueError);
}

TEST(Parametrize, WrongOnesChangeNothing) {
  nn::Linear m(3, 3);
  const Tensor weight = m->weight, value = weight.detach().clone();
  EXPECT_TRUE(contains(error_of<ValueError>([&] { P::register_parametrization(m, "weight", Wider()); }), "is [3, 3], got [3, 6]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { P::register_parametrization(m, "wait", Doubled()); }), "with name 'wait'"));
  EXPECT_FALSE(P::is_parametrized(*m));
  EXPECT_TRUE(m->weight.is_same(weight) && equal(weight, value));
  P::register_parametrization(m, "weight", Wider(), true);
  EXPECT_EQ(m->weight.sizes(), IntArrayRef({3, 6}));
}

}  // namespace
}  // namespace wick::test
