// Modules by path, their state as a dictionary, what is frozen, and where errors say they happened.
#include <wick/nn.h>

#include <cstdio>
#include <sstream>

#include <wick/io/safetensors.h>
#include <wick/io/serialize.h>

#include "support.h"

namespace wick::test {
namespace {

struct BlockImpl : nn::Cloneable<BlockImpl> {
  BlockImpl() { reset(); }
  void reset() override {
    conv = register_module("conv", nn::Conv2d(nn::Conv2dOptions(2, 2, 1)));
    bn = register_module("bn", nn::BatchNorm2d(2));
  }
  Tensor forward(const Tensor& x) { return bn(conv(x)).relu(); }
  nn::Conv2d conv = nullptr;
  nn::BatchNorm2d bn = nullptr;
};
WICK_MODULE(Block);

struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    layers = register_module("layers", nn::Sequential(Block(), nn::Dropout(0.5), Block()));
    list = register_module("list", nn::ModuleList(nn::Linear(2, 3), nn::Linear(3, 4)));
    scale = register_parameter("scale", ones({4}));
    mean = register_buffer("mean", zeros({2}));
    cache = register_buffer("cache", ones({1}), false);
  }
  Tensor forward(const Tensor& x) {
    Tensor y = layers(x).mean({2, 3});
    for (const auto& m : *list) y = nn::Linear(std::dynamic_pointer_cast<nn::LinearImpl>(m))(y);
    return y * scale;
  }
  nn::Sequential layers = nullptr;
  nn::ModuleList list = nullptr;
  Tensor scale, mean, cache;
};
WICK_MODULE(Net);

TEST(State, KeysAreThoseOfPython) {
  Net net;
  const auto keys = net->state_dict().keys();
  // What torch.nn.Module.state_dict() of the same model lists.
  const std::vector<std::string> expected{"scale", "mean", "layers.0.conv.weight", "layers.0.conv.bias", "layers.0.bn.weight", "layers.0.bn.bias", "layers.0.bn.running_mean",
                                          "layers.0.bn.running_var", "layers.0.bn.num_batches_tracked", "layers.2.conv.weight", "layers.2.conv.bias", "layers.2.bn.weight",
                                          "layers.2.bn.bias", "layers.2.bn.running_mean", "layers.2.bn.running_var", "layers.2.bn.num_batches_tracked", "list.0.weight", "list.0.bias",
                                          "list.1.weight", "list.1.bias"};
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(net->state_dict("net").keys()[2], "net.layers.0.conv.weight");
  EXPECT_FALSE(net->state_dict()["scale"].requires_grad());
  net->state_dict()["scale"].fill_(7);
  EXPECT_EQ(net->scale.sum().item<float>(), 28) << "the dictionary shares memory with the module";
  EXPECT_TRUE(net->named_buffers().contains("cache"));
}

TEST(State, LoadsWhatItGave) {
  Net a, b;
  { NoGradGuard off; for (auto& p : a->parameters()) p.uniform_(); }
  a->mean.fill_(3);
  const auto keys = b->load_state_dict(a->state_dict());
  EXPECT_TRUE(keys.missing_keys.empty() && keys.unexpected_keys.empty());
  for (const auto& item : a->state_dict()) EXPECT_TRUE(same_bits(item.value(), b->state_dict()[item.key()])) << item.key();
  EXPECT_TRUE(b->scale.requires_grad() && b->scale.is_leaf());
  const std::string path = testing::TempDir() + "wick_state.safetensors";
  { NoGradGuard off; for (auto& p : b->parameters()) p.zero_(); }
  io::save_safetensors(path, a->state_dict().pairs());
  b->load_state_dict(io::load_safetensors(path));
  EXPECT_TRUE(same_bits(a->scale.detach(), b->scale.detach()));
  std::remove(path.c_str());
}

TEST(State, OneErrorListsAllThatDoesNotFitAndNothingChanges) {
  nn::Sequential model(nn::Linear(2, 3), nn::Linear(3, 1));
  const Tensor before = model->parameters()[3].detach().clone();
  OrderedDict<std::string, Tensor> state;
  state.insert("0.weight", ones({4, 2}));
  state.insert("1.bias", ones({1}));
  state.insert("1.weight", ones({1, 3}));
  state.insert("head.weight", ones({2, 2}));
  const std::string e = error_of([&] { model->load_state_dict(state); });
  EXPECT_EQ(e, "load_state_dict: the state does not fit Sequential: 1 key missing, 1 unexpected, 1 of another shape\n"
               "  missing      0.bias [3]\n"
               "  unexpected   head.weight [2, 2]\n"
               "  shape        0.weight  given [4, 2]  model [3, 2]\n"
               "  hint: build the model with the given shapes, or take those keys out and load with strict = false");
  EXPECT_TRUE(same_bits(model->parameters()[3].detach(), before));
  EXPECT_TRUE(contains(error_of([&] { model->load_state_dict(state, false); }), "1 of another shape\n  shape"));
  EXPECT_TRUE(same_bits(model->parameters()[3].detach(), before));
  state.erase("0.weight");
  const nn::IncompatibleKeys keys = model->load_state_dict(state, false);
  EXPECT_EQ(keys.missing_keys, (std::vector<std::string>{"0.weight", "0.bias"}));
  EXPECT_EQ(keys.unexpected_keys, std::vector<std::string>{"head.weight"});
  EXPECT_EQ(model->parameters()[3].item<float>(), 1);
}

TEST(State, OldFilesAndOtherTypes) {
  nn::BatchNorm1d bn(2);
  auto state = bn->state_dict();
  state.erase("num_batches_tracked");
  for (auto& item : state) item.value() = item.value().to(kDouble) + 1;
  bn->load_state_dict(state);
  EXPECT_EQ(bn->weight.scalar_type(), kFloat);
  EXPECT_EQ(bn->running_var[0].item<float>(), 2);
  state.insert("num_batches_tracked", full({1}, 5, kLong));  // one element in one dimension
  bn->load_state_dict(state);
  EXPECT_EQ(bn->num_batches_tracked.item<int64_t>(), 5);
}

TEST(State, BuffersThatAreNotPersistentAreNotSaved) {
  Net a, b;
  a->cache.fill_(9);
  a->mean.fill_(9);
  std::stringstream file;
  save(a, file);
  load(b, file);
  EXPECT_EQ(b->mean[0].item<float>(), 9);
  EXPECT_EQ(b->cache[0].item<float>(), 1);
  auto copy = std::dynamic_pointer_cast<NetImpl>(a->clone());
  EXPECT_EQ(copy->cache[0].item<float>(), 9);
  EXPECT_FALSE(copy->state_dict().contains("cache"));
}

TEST(Paths, GetWhatIsThere) {
  Net net;
  EXPECT_EQ(net->get_submodule("layers.2.conv").get(), std::dynamic_pointer_cast<BlockImpl>(net->layers->ptr(2))->conv.get());
  EXPECT_EQ(net->get_submodule("").get(), net.get());
  EXPECT_TRUE(net->get_parameter("list.1.bias").is_same(net->list->at<nn::LinearImpl>(1).bias));
  EXPECT_TRUE(net->get_parameter("scale").is_same(net->scale));
  EXPECT_EQ(net->get_buffer("layers.0.bn.running_var").sizes(), IntArrayRef({2}));
  EXPECT_EQ(error_of([&] { net->get_submodule("layers.0.conf"); }), "get_submodule(\"layers.0.conf\"): Net.layers.0 has no submodule 'conf' (it has: conv, bn)");
  EXPECT_EQ(error_of([&] { net->get_parameter("layers.0.conv.w"); }), "get_parameter(\"layers.0.conv.w\"): Conv2d has no parameter 'w' (it has: weight, bias)");
  EXPECT_TRUE(contains(error_of([&] { net->get_buffer("scale"); }), "has no buffer 'scale' (it has: mean, cache)"));
}

TEST(Paths, ReplacedModulesRun) {
  nn::Sequential model(nn::Sequential(nn::Identity{}, nn::Tanh{}), nn::ReLU{});
  model->set_submodule("0.1", nn::Functional([](Tensor x) { return x - 100; }));
  model->set_submodule("1", nn::Identity());
  EXPECT_EQ(model(ones({1})).item<float>(), -99);
  EXPECT_EQ(model->get_submodule("1")->name(), "torch::nn::IdentityImpl");
  model->set_submodule("0", nn::Sequential(nn::Functional([](Tensor x) { return x * 5; })));
  EXPECT_EQ(model(ones({1})).item<float>(), 5);
  EXPECT_TRUE(contains(error_of([&] { model->set_submodule("2", nn::Tanh()); }), "Sequential has no submodule '2' (it has: 0, 1)"));
  std::shared_ptr<nn::Module> untyped = std::make_shared<nn::TanhImpl>();
  EXPECT_TRUE(contains(error_of([&] { model->set_submodule("1", untyped); }), "pass the holder or a shared_ptr of its own type"));
  EXPECT_EQ(model(ones({1})).item<float>(), 5) << "nothing changed";

  nn::ModuleList list(nn::Tanh{}, nn::Tanh{});
  list->set_submodule("1", nn::ReLU());
  EXPECT_NE(list->ptr(1)->as<nn::ReLU>(), nullptr);
  list->insert(0, nn::ELU());
  EXPECT_NE(list->ptr(2)->as<nn::ReLU>(), nullptr);
  EXPECT_NE(list->get_submodule("2")->as<nn::ReLU>(), nullptr);
  nn::ModuleDict dict;
  dict->insert("act", std::make_shared<nn::TanhImpl>());
  dict->set_submodule("act", nn::ReLU());
  EXPECT_NE((*dict)["act"]->as<nn::ReLU>(), nullptr);
}

TEST(Names, PrefixesAndNumbers) {
  Net net;
  EXPECT_EQ(net->named_parameters("net", false).keys(), std::vector<std::string>{"net.scale"});
  EXPECT_EQ(net->named_parameters(std::string("net"))[1].key(), "net.layers.0.conv.weight");
  EXPECT_EQ(net->named_parameters(false).size(), 1u);
  EXPECT_EQ(net->named_buffers("b")[0].key(), "b.mean");
  EXPECT_EQ(net->num_parameters(), 4 + 2 * (4 + 2 + 2 + 2) + 9 + 16);
  net->list->ptr(0)->requires_grad_(false);
  EXPECT_EQ(net->num_parameters(true), net->num_parameters() - 9);
  nn::Linear tied(2, 2);
  nn::Sequential twice(tied, nn::Tanh{});
  twice->add_module("again", tied);
  EXPECT_EQ(twice->num_parameters(), 6);
}

TEST(Freeze, StaysInEvaluationMode) {
  Net net;
  net->list->ptr(1)->requires_grad_(false);
  net->layers->freeze();
  net->list->freeze();
  net->train();
  EXPECT_TRUE(net->is_training());
  EXPECT_FALSE(net->layers->is_training() || net->layers->ptr(0)->is_training() || net->layers->ptr(1)->is_training());
  EXPECT_TRUE(net->layers->is_frozen());
  EXPECT_EQ(net->num_parameters(true), 4);
  const Tensor x = randn({3, 2, 4, 4});
  const auto before = net->state_dict();
  const Tensor mean = before["layers.0.bn.running_mean"].clone();
  const Tensor first = net(x), second = net(x);
  EXPECT_TRUE(same_bits(first.detach(), second.detach())) << "dropout is off";
  first.sum().backward();
  EXPECT_TRUE(same_bits(net->get_buffer("layers.0.bn.running_mean"), mean));
  EXPECT_FALSE(net->get_parameter("layers.0.conv.weight").grad().defined());
  EXPECT_TRUE(net->scale.grad().defined());

  auto copy = std::dynamic_pointer_cast<NetImpl>(net->clone());
  EXPECT_EQ(copy->num_parameters(true), 4);
  copy->train();
  EXPECT_FALSE(copy->layers->ptr(1)->is_training());
  EXPECT_FALSE(copy->get_submodule("layers.0.bn")->is_training());

  net->layers->unfreeze();
  net->list->unfreeze();
  EXPECT_TRUE(net->layers->ptr(1)->is_training());
  EXPECT_FALSE(net->list->at<nn::LinearImpl>(1).weight.requires_grad()) << "what did not require grad before does not after";
  EXPECT_TRUE(net->list->at<nn::LinearImpl>(0).weight.requires_grad());
  net(x);
  EXPECT_FALSE(same_bits(net->get_buffer("layers.0.bn.running_mean"), mean));
}

TEST(Types, OnlyFloatingPointIsConverted) {
  Net net;
  net->half();
  EXPECT_EQ(net->get_parameter("layers.0.conv.weight").scalar_type(), kHalf);
  EXPECT_EQ(net->get_buffer("layers.0.bn.running_mean").scalar_type(), kHalf);
  EXPECT_EQ(net->get_buffer("layers.0.bn.num_batches_tracked").scalar_type(), kLong);
  EXPECT_EQ(net->bfloat16().parameters()[0].scalar_type(), kBFloat16);
  EXPECT_EQ(net->double_().parameters()[0].scalar_type(), kDouble);
  EXPECT_EQ(net->float_().parameters()[0].scalar_type(), kFloat);
  EXPECT_TRUE(net->scale.requires_grad());
}

TEST(Errors, SayWhereInTheModel) {
  nn::Sequential model(nn::Sequential(nn::Linear(2, 3), nn::Linear(4, 1)), nn::Tanh{});
  EXPECT_TRUE(contains(error_of([&] { model(ones({1, 2})); }), "\nin module Sequential.0.1 (torch::nn::Linear(in_features=4"));
  Net net;
  net->list->set_submodule("1", nn::Linear(5, 4));
  EXPECT_TRUE(contains(error_of([&] { net(ones({1, 2, 2, 2})); }), "\nin module Net.list.1 (torch::nn::Linear(in_features=5"));
  net->layers->ptr(2)->as<BlockImpl>()->conv = nn::Conv2d(nn::Conv2dOptions(7, 2, 1));
  net->layers->ptr(2)->replace_module("conv", net->layers->ptr(2)->as<BlockImpl>()->conv);
  const std::string e = error_of([&] { net(ones({1, 2, 2, 2})); });
  EXPECT_TRUE(contains(e, "\nin module Net.layers.2.conv (torch::nn::Conv2d(7, 2"));
  EXPECT_EQ(e.find("in module", e.find("in module") + 1), std::string::npos) << e;
  nn::Linear shared(2, 2);
  nn::ModuleDict dict;
  dict->insert("first", shared.ptr());
  dict->insert("second", shared.ptr());
  struct HolderImpl : nn::Module {
    explicit HolderImpl(nn::ModuleDict d) : dict(register_module("dict", std::move(d))) {}
    Tensor forward(const Tensor& x) { return nn::Linear(std::dynamic_pointer_cast<nn::LinearImpl>((*dict)["second"]))(x); }
    nn::ModuleDict dict;
  };
  nn::ModuleHolder<HolderImpl> holder(dict);
  EXPECT_TRUE(contains(error_of([&] { holder(ones({1, 5})); }), "in module Holder.dict.first (torch::nn::Linear"));
  nn::Sequential empty;
  EXPECT_TRUE(contains(error_of([&] { nn::AnyModule(empty).forward(ones({1})); }), "empty Sequential"));
}

}  // namespace
}  // namespace wick::test
