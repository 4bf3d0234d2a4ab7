// Pruning against Python's numbers: masks, training, state, copies.
#include "nn/training.h"

namespace wick::test {
namespace {

using golden::steps;
namespace prune = nn::utils::prune;

template <class M>
void expect_pruned(const std::string& name, const std::function<M()>& make, const std::function<void(nn::Module&)>& prune, std::vector<int64_t> x) {
  SCOPED_TRACE(name);
  manual_seed(11);
  M m = make();
  prune(*m);
  EXPECT_TRUE(prune::is_pruned(*m));
  const Tensor in = randn(x);
  golden::expect("prune", name, steps(m, in));
  const M copy(std::dynamic_pointer_cast<typename M::ContainedType>(m->clone()));
  const Tensor y = golden::first(m(in));
  EXPECT_TRUE(same_bits(y, golden::first(M(copy)(in)))) << "copied";
  M another = make();
  prune(*another);
  another->load_state_dict(m->state_dict());
  EXPECT_TRUE(same_bits(y, golden::first(another(in)))) << "written and read";
}

TEST(Prune, Elements) {
  const auto make = [] { return nn::Linear(4, 3); };
  expect_pruned<nn::Linear>("l1", make, [](nn::Module& m) { prune::l1_unstructured(m, "weight", 0.4); }, {2, 4});
  expect_pruned<nn::Linear>("l1.again", make, [](nn::Module& m) { prune::l1_unstructured(m, "weight", 3); prune::l1_unstructured(m, "weight", 0.5); }, {2, 4});
  expect_pruned<nn::Linear>("l1.scores", make, [](nn::Module& m) { prune::l1_unstructured(m, "weight", 5, arange(12.0).view({3, 4})); }, {2, 4});
  expect_pruned<nn::Linear>("random", make, [](nn::Module& m) { prune::random_unstructured(m, "weight", 0.3); prune::random_unstructured(m, "bias", 1); }, {2, 4});
  expect_pruned<nn::Linear>("mask", make, [](nn::Module& m) { prune::custom_from_mask(m, "weight", (arange(12) % 3 == 1).view({3, 4})); prune::identity(m, "bias"); }, {2, 4});
  expect_pruned<nn::LSTM>("lstm", [] { return nn::LSTM(2, 2); }, [](nn::Module& m) { prune::l1_unstructured(m, "weight_ih_l0", 0.5); }, {2, 1, 2});
}

TEST(Prune, Channels) {
  const auto make = [] { return nn::Conv2d(2, 4, 2); };
  expect_pruned<nn::Conv2d>("ln", make, [](nn::Module& m) { prune::ln_structured(m, "weight", 0.5, 2, 0); }, {1, 2, 3, 3});
  expect_pruned<nn::Conv2d>("ln.again", make, [](nn::Module& m) { prune::ln_structured(m, "weight", 1, INFINITY, -3); prune::ln_structured(m, "weight", 1, 1, 0); }, {1, 2, 3, 3});
  expect_pruned<nn::Linear>("random_channels", [] { return nn::Linear(4, 3); },
                            [](nn::Module& m) { prune::random_structured(m, "weight", 2, 1); prune::l1_unstructured(m, "weight", 2); }, {2, 4});
}

TEST(Prune, SeveralTogether) {
  manual_seed(11);
  nn::Sequential m;
  m->push_back(nn::Linear(4, 3));
  m->push_back(nn::Tanh());
  m->push_back(nn::Linear(3, 2));
  prune::l1_unstructured(*m->ptr(0), "weight", 2);
  prune::global_unstructured({{m->ptr(0), "weight"}, {m->ptr(2), "weight"}}, *prune::L1Unstructured(0.5));
  golden::expect("prune", "global", steps(m, randn({2, 4})));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { prune::global_unstructured({{m->ptr(0), "weight"}}, *prune::LnStructured(1, 2, 0)); }), "only unstructured"));
}

TEST(Prune, Remove) {
  manual_seed(11);
  nn::Linear m(4, 3);
  prune::l1_unstructured(*m, "weight", 0.5);
  EXPECT_EQ(m->state_dict().keys(), (std::vector<std::string>{"bias", "weight_orig", "weight_mask"}));
  prune::remove(*m, "weight");
  EXPECT_FALSE(prune::is_pruned(*m));
  EXPECT_EQ(m->state_dict().keys(), (std::vector<std::string>{"bias", "weight"}));
  golden::expect("prune", "remove", steps(m, randn({2, 4})));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::remove(*m, "weight"); }), "has to be pruned before"));
}

TEST(Prune, Errors) {
  nn::Linear m(4, 3);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::l1_unstructured(*m, "weight", 13); }), "amount=13 should be smaller than the number of parameters to prune=12"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::l1_unstructured(*m, "weight", 1.5); }), "amount=1.5"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::ln_structured(*m, "bias", 1, 2, 0); }), "multidimensional tensors, found a tensor of shape [3]"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { prune::random_structured(*m, "weight", 1, 2); }), "invalid index 2"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::custom_from_mask(*m, "weight", ones({2, 2})); }), "[3, 4], got [2, 2]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { prune::l1_unstructured(*m, "gain", 1); }), "with name 'gain'"));
  EXPECT_EQ(m->named_parameters().keys(), (std::vector<std::string>{"weight", "bias"})) << "nothing changed";
  EXPECT_FALSE(prune::is_pruned(*m));
}

// A method of one's own: every third element.
struct EveryThird : prune::BasePruningMethod {
  EveryThird() : BasePruningMethod(unstructured) {}
  Tensor compute_mask(const Tensor& t, const Tensor& mask) const override { return mask * (arange(t.numel()) % 3 != 0).view(t.sizes()).to(mask.scalar_type()); }
};

TEST(Prune, OnesOwnMethod) {
  nn::Linear m(4, 3);
  prune::apply(*m, "weight", EveryThird());
  EXPECT_EQ((m->weight == 0).sum().item<int64_t>(), 4);
  prune::apply(*m, "weight", EveryThird());
  EXPECT_EQ((m->weight == 0).sum().item<int64_t>(), 4 + 3) << "of the 8 that were left";
}

}  // namespace
}  // namespace wick::test
