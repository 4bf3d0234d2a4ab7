// nn::parallel on CPU devices: the numbers of one device, on workers.
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <wick/core/memory.h>
#include <wick/core/parallel.h>
#include <wick/nn.h>
#include <wick/optim.h>

#include "support.h"

namespace wick::test {
namespace {

const std::vector<Device> kTwo{"cpu:0", "cpu:1"};

struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    fc = register_module("fc", nn::Linear(4, 3));
    out = register_module("out", nn::Linear(3, 2));
  }
  Tensor forward(const Tensor& x) { return out(fc(x).tanh()); }
  nn::Linear fc = nullptr, out = nullptr;
};
WICK_MODULE(Net);

std::vector<Tensor> gradients(const nn::Module& m) {
  std::vector<Tensor> r;
  for (const Tensor& p : m.parameters()) r.push_back(p.grad().defined() ? p.grad().clone() : Tensor());
  return r;
}
void expect_same_gradients(const std::vector<Tensor>& got, const std::vector<Tensor>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].defined(), want[i].defined()) << i;
    if (!got[i].defined()) continue;
    EXPECT_LE((got[i] - want[i]).abs().max().item<double>(), 1e-6 * std::max(1.0, want[i].abs().max().item<double>())) << i;
  }
}
// Forward and backward of `f` must be those of the module alone.
template <class M, class F>
void expect_same(M module, const Tensor& x, const F& f, double tolerance = 1e-6) {
  const Tensor a = x.clone().set_requires_grad(true), b = x.clone().set_requires_grad(true);
  const Tensor whole = module(a);
  (whole * whole).sum().backward();
  const auto want = gradients(*module);
  module->zero_grad();
  const Tensor y = f(b);
  ASSERT_EQ(y.sizes(), whole.sizes());
  EXPECT_LE((y - whole).abs().max().item<double>(), tolerance);
  (y * y).sum().backward();
  expect_same_gradients(gradients(*module), want);
  EXPECT_LE((a.grad() - b.grad()).abs().max().item<double>(), tolerance);
  module->zero_grad();
}

TEST(DataParallel, PiecesGiveTheWholeAndItsGradients) {
  manual_seed(3);
  Net net;
  const Tensor x = randn({5, 4});
  for (const auto& devices : {std::vector<Device>(3, Device(kCPU)), kTwo, {"cpu:0", "cpu:0"}, {"cpu:7", "cpu:0", "cpu:7"}, {"cpu:1"}})
    expect_same(net, x, [&](const Tensor& in) { return nn::parallel::data_parallel(net, in, devices); });
  expect_same(net, x, [&](const Tensor& in) { return nn::parallel::data_parallel(net.ptr(), in, kTwo, Device("cpu:1")); });
  nn::DataParallel<Net> model(net, kTwo);
  expect_same(net, x, [&](const Tensor& in) { return model(in); });
  nn::DataParallel<Net> alone(net);
  expect_same(net, x, [&](const Tensor& in) { return alone(in); });
  EXPECT_TRUE(model.named_parameters().contains("module.fc.weight"));
}

TEST(DataParallel, LayersOfMoreThanOneKind) {
  manual_seed(1);
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(3, 8, 3).padding(1)), nn::BatchNorm2d(8), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(8 * 16, 5));
  net->eval();
  expect_same(net, randn({6, 3, 8, 8}), [&](const Tensor& in) { return nn::parallel::data_parallel(net, in, std::vector<Device>{"cpu:0", "cpu:1", "cpu:2"}); }, 1e-5);
  // Along another dimension.
  nn::Conv1d conv(nn::Conv1dOptions(2, 3, 1));
  expect_same(conv, randn({2, 2, 9}), [&](const Tensor& in) { return nn::parallel::data_parallel(conv, in, kTwo, std::nullopt, 2); });
  // No parameters.
  nn::Tanh tanh;
  const Tensor x = randn({3, 2});
  EXPECT_TRUE(equal(nn::parallel::data_parallel(tanh, x, kTwo), x.tanh()));
}

struct RecurrentImpl : nn::Cloneable<RecurrentImpl> {
  RecurrentImpl() { reset(); }
  void reset() override {
    lstm = register_module("lstm", nn::LSTM(nn::LSTMOptions(3, 5).num_layers(2).batch_first(true)));
    norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({5})));
    out = register_module("out", nn::Linear(5, 2));
  }
  Tensor forward(const Tensor& x) { return out(norm(std::get<0>(lstm(x)))); }
  nn::LSTM lstm = nullptr;
  nn::LayerNorm norm = nullptr;
  nn::Linear out = nullptr;
};
WICK_MODULE(Recurrent);

TEST(DataParallel, RecurrentAndComputedParameters) {
  manual_seed(11);
  Recurrent net;
  expect_same(net, randn({5, 7, 3}), [&](const Tensor& in) { return nn::parallel::data_parallel(net, in, kTwo); });
  nn::utils::parametrizations::weight_norm(net->out);
  expect_same(net, randn({5, 7, 3}), [&](const Tensor& in) { return nn::parallel::data_parallel(net, in, kTwo); });
  nn::Embedding table(9, 4);
  const Tensor words = randint(9, {6, 3});
  nn::parallel::data_parallel(table, words, kTwo).sum().backward();
  const Tensor got = table->weight.grad().clone();
  table->zero_grad();
  table(words).sum().backward();
  EXPECT_TRUE(equal(got, table->weight.grad()));
}

TEST(DataParallel, ABatchSmallerThanTheDevices) {
  Net net;
  const Tensor x = randn({2, 4});
  EXPECT_TRUE(allclose(nn::parallel::data_parallel(net, x, std::vector<Device>(4, Device(kCPU))), net(x)));
  EXPECT_TRUE(allclose(nn::parallel::data_parallel(net, x), net(x)));
  EXPECT_EQ(nn::parallel::data_parallel(net, zeros({0, 4}), kTwo).sizes(), IntArrayRef({0, 2}));
  nn::DataParallel<Net> model(net, kTwo);
  EXPECT_TRUE(allclose(model(x[0].unsqueeze(0)), net(x[0].unsqueeze(0))));
}

TEST(DataParallel, TrainsAsOneDeviceDoes) {
  manual_seed(2);
  Net a;
  Net b(std::dynamic_pointer_cast<NetImpl>(a->clone()));
  nn::DataParallel<Net> model(b, kTwo);
  optim::SGD oa(a->parameters(), optim::SGDOptions(0.1).momentum(0.9)), ob(model.parameters(), optim::SGDOptions(0.1).momentum(0.9));
  for (int step = 0; step < 20; ++step) {
    const Tensor x = randn({7, 4}), y = randn({7, 2});
    oa.zero_grad();
    ob.zero_grad();
    mse_loss(a(x), y).backward();
    mse_loss(model(x), y).backward();
    oa.step();
    ob.step();
  }
  for (size_t i = 0; i < a->parameters().size(); ++i) EXPECT_LE((a->parameters()[i] - b->parameters()[i]).abs().max().item<double>(), 1e-6);
}

TEST(DataParallel, DerivativesOfDerivatives) {
  manual_seed(4);
  Net net;
  const Tensor x = randn({4, 4});
  const auto second = [&](const std::function<Tensor(const Tensor&)>& f) {
    const Tensor in = x.clone().set_requires_grad(true);
    const Tensor g = autograd::grad({f(in).tanh().sum()}, {in}, {}, std::nullopt, true)[0];
    net->zero_grad();
    (g * g).sum().backward();
    return gradients(*net);
  };
  expect_same_gradients(second([&](const Tensor& in) { return nn::parallel::data_parallel(net, in, kTwo); }), second([&](const Tensor& in) { return net(in); }));
}

TEST(DataParallel, BackwardTwice) {
  Net net;
  const Tensor loss = nn::parallel::data_parallel(net, randn({4, 4}), kTwo).sum();
  loss.backward({}, true);
  const auto once = gradients(*net);
  loss.backward();
  for (size_t i = 0; i < once.size(); ++i) EXPECT_TRUE(allclose(net->parameters()[i].grad(), once[i] * 2));
  EXPECT_TRUE(contains(error_of<Error>([&] { loss.backward(); }), "second time"));
  // What changes between forward and backward is seen.
  const Tensor other = nn::parallel::data_parallel(net, randn({4, 4}), kTwo).sum();
  {
    NoGradGuard off;
    net->out->weight.add_(1);
  }
  EXPECT_TRUE(contains(error_of<Error>([&] { other.backward(); }), "modified by an inplace operation"));
}

// Hooks on the original's parameters see the sum, once; the graph in front of the pieces is used; frozen parameters stay so.
TEST(DataParallel, TheGraphAround) {
  manual_seed(5);
  Net net;
  net->fc->bias.set_requires_grad(false);
  std::atomic<int> calls{0};
  const unsigned hook = net->fc->weight.register_hook([&](const Tensor& g) { return ++calls, g * 2; });
  const Tensor w = randn({4, 4}).set_requires_grad(true), x = randn({6, 4});
  const auto run = [&](const std::function<Tensor(const Tensor&)>& f) {
    net->zero_grad();
    calls = 0;
    const Tensor y = f(x.matmul(w));
    (y * y).sum().backward();
    EXPECT_EQ(calls, 1);
    auto all = gradients(*net);
    all.push_back(w.grad().clone());
    w.mutable_grad() = Tensor();
    return all;
  };
  const auto want = run([&](const Tensor& in) { return net(in); });
  expect_same_gradients(run([&](const Tensor& in) { return nn::parallel::data_parallel(net, in, kTwo); }), want);
  EXPECT_FALSE(want[1].defined());
  net->fc->weight.remove_hook(hook);
  NoGradGuard off;
  EXPECT_FALSE(nn::parallel::data_parallel(net, x, kTwo).requires_grad());
}

struct StructureImpl : nn::Cloneable<StructureImpl> {
  using Map = std::map<std::string, Tensor>;
  StructureImpl() { reset(); }
  void reset() override { fc = register_module("fc", nn::Linear(4, 4)); }
  std::tuple<Tensor, std::vector<Tensor>, Map, std::pair<Tensor, Tensor>> forward(const Tensor& x, const std::vector<Tensor>& list, const Map& map, double factor, std::optional<Tensor> more) {
    const Tensor y = fc(x) * factor;
    return {y + list[0], {y * 2, list[1]}, {{"a", map.at("a") + y}, {"n", full({1}, static_cast<double>(x.size(0)))}}, {y.sum(), more ? y + *more : y}};
  }
  nn::Linear fc = nullptr;
};
WICK_MODULE(Structure);

TEST(DataParallel, Structures) {
  manual_seed(6);
  Structure net;
  nn::DataParallel<Structure> model(net, kTwo);
  const Tensor x = randn({5, 4}), u = randn({5, 4}), v = randn({5, 2}), z = randn({5, 4});
  const std::vector<Tensor> list{u, v};
  const StructureImpl::Map map{{"a", z}};
  const auto [a, b, c, d] = model(x, list, map, 0.5, std::optional<Tensor>(z));
  const auto [e, f, g, h] = net(x, list, map, 0.5, std::optional<Tensor>(z));
  EXPECT_TRUE(allclose(a, e) && allclose(b[0], f[0]) && equal(b[1], v) && allclose(c.at("a"), g.at("a")) && allclose(d.second, h.second));
  EXPECT_TRUE(equal(c.at("n"), tensor({3.0f, 2.0f})));
  EXPECT_EQ(d.first.sizes(), IntArrayRef({2}));  // elements of a vector
  EXPECT_TRUE(allclose(d.first.sum(), h.first));
  (a.sum() + b[0].sum() + c.at("a").sum() + d.first.sum() + d.second.sum()).backward();
  const auto got = gradients(*net);
  net->zero_grad();
  (e.sum() + f[0].sum() + g.at("a").sum() + h.first.sum() + h.second.sum()).backward();
  expect_same_gradients(got, gradients(*net));

  const auto parts = nn::parallel::scatter(std::make_tuple(x, std::vector<Tensor>{u, v}, std::string("as it is"), OrderedDict<std::string, Tensor>({{"k", z}})), kTwo);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_TRUE(equal(std::get<0>(parts[1]), x.narrow(0, 3, 2)) && equal(std::get<1>(parts[0])[1], v.narrow(0, 0, 3)) && equal(std::get<3>(parts[1])["k"], z.narrow(0, 3, 2)));
  EXPECT_EQ(std::get<2>(parts[1]), "as it is");
  EXPECT_EQ(nn::parallel::scatter(std::vector<Tensor>(), kTwo).size(), 2u);
  EXPECT_TRUE(equal(nn::parallel::gather(std::vector<std::array<Tensor, 1>>{{x}, {u}}, kCPU)[0], cat({x, u})));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::gather(std::vector<std::vector<Tensor>>{{x}, {x, u}}); }), "same elements, got 1 and 2"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::gather(std::vector<StructureImpl::Map>{{{"a", x}}, {{"b", x}}}); }), "same elements"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::gather(std::vector<Tensor>()); }), "got none"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::scatter(x.sum(), kTwo); }), "without dimensions cannot be cut"));
}

TEST(DataParallel, BuffersOfTheFirstCopyAreKept) {
  nn::BatchNorm1d norm(3), other(3);
  const Tensor x = randn({8, 3});
  nn::parallel::data_parallel(norm, x, kTwo);
  other(x.narrow(0, 0, 4));
  EXPECT_TRUE(equal(norm->running_mean, other->running_mean) && equal(norm->running_var, other->running_var));
  EXPECT_EQ(norm->num_batches_tracked.item<int64_t>(), 1);
}

TEST(DataParallel, RandomNumbersFollowFromTheSeedAlone) {
  nn::Sequential net(nn::Dropout(0.5), nn::Linear(4, 4));
  const Tensor x = ones({64, 4});
  const auto run = [&] {
    manual_seed(9);
    const Tensor y = nn::parallel::data_parallel(net, x, kTwo);
    return std::make_pair(y, std::make_pair(nn::parallel::data_parallel(net, x, kTwo), rand({3})));
  };
  const auto a = run(), b = run();
  EXPECT_TRUE(equal(a.first, b.first) && equal(a.second.first, b.second.first) && equal(a.second.second, b.second.second));
  EXPECT_FALSE(equal(a.first, a.second.first));
  EXPECT_FALSE(equal(a.first.narrow(0, 0, 32), a.first.narrow(0, 32, 32)));
  // Nothing is taken from the generator where nothing is drawn, copies included.
  manual_seed(9);
  const Tensor want = rand({3});
  manual_seed(9);
  Net plain(std::dynamic_pointer_cast<NetImpl>(Net()->clone()));
  manual_seed(9);
  nn::parallel::data_parallel(plain, randn({4, 4}, make_generator(1)), kTwo).sum().backward();
  EXPECT_TRUE(equal(rand({3}), want));
}

// Where copies run.
struct PlaceImpl : nn::Cloneable<PlaceImpl> {
  struct Seen {
    std::mutex mutex;
    std::vector<std::pair<std::thread::id, int>> calls;
    std::string fails;
  };
  explicit PlaceImpl(std::shared_ptr<Seen> s) : seen(std::move(s)) { reset(); }
  void reset() override {}
  Tensor forward(const Tensor& x) {
    std::lock_guard<std::mutex> lock(seen->mutex);
    seen->calls.emplace_back(std::this_thread::get_id(), get_num_threads());
    const bool second = x.flatten()[0].item<float>() > 0;
    if (seen->fails == "value" && second) throw ValueError("of the model");
    if (seen->fails == "std" && second) throw std::runtime_error("of its library");
    return x;
  }
  std::shared_ptr<Seen> seen;
};
WICK_MODULE(Place);

TEST(DataParallel, EachDeviceHasAThreadAndItsShare) {
  const auto seen = std::make_shared<PlaceImpl::Seen>();
  Place net(seen);
  const int before = get_num_threads();
  set_num_threads(5);
  const Tensor x = arange(4).to(kFloat);
  nn::parallel::data_parallel(net, x, std::vector<Device>{"cpu:0", "cpu:1", "cpu:0"});
  std::set<std::thread::id> threads;
  std::multiset<int> shares;
  for (const auto& [id, n] : seen->calls) threads.insert(id), shares.insert(n);
  EXPECT_EQ(threads.size(), 2u);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0u);
  EXPECT_EQ(get_num_threads(), 5);
  EXPECT_TRUE(shares == std::multiset<int>({3, 2}) || shares == std::multiset<int>({3, 3, 2})) << shares.size();
  seen->calls.clear();
  nn::parallel::data_parallel(net, x, std::vector<Device>{"cpu:3"});
  ASSERT_EQ(seen->calls.size(), 1u);
  EXPECT_EQ(seen->calls[0].first, std::this_thread::get_id());
  set_num_threads(before);
}

TEST(DataParallel, ErrorsNameTheCopy) {
  const auto seen = std::make_shared<PlaceImpl::Seen>();
  Place net(seen);
  const Tensor x = tensor({0.0f, 1.0f});
  seen->fails = "value";
  const std::string what = error_of<ValueError>([&] { nn::parallel::data_parallel(net, x, kTwo); });
  EXPECT_TRUE(contains(what, "of the model") && contains(what, "\n  in replica 1 on device cpu:1")) << what;
  seen->fails = "std";
  EXPECT_TRUE(contains(error_of<Error>([&] { nn::parallel::data_parallel(net, x, kTwo); }), "of its library\n  in replica 1 on device cpu:1"));
  seen->fails = "";
  EXPECT_TRUE(equal(nn::parallel::data_parallel(net, x, kTwo), x));
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { nn::parallel::data_parallel(net, x, std::vector<Device>{"cpu:0", "cuda:1"}); }), "device cuda:1 is not available"));
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { nn::parallel::data_parallel(net, x, kTwo, Device("cuda:0")); }), "device cuda:0 is not available"));
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { nn::DataParallel<Place> model(net, {"cuda:0"}); }), "DataParallel: device cuda:0"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::data_parallel(net, x, std::vector<Device>()); }), "at least one device"));
  struct PlainImpl : nn::Module {
    Tensor forward(const Tensor& t) { return t; }
  };
  EXPECT_TRUE(contains(error_of<Error>([&] { nn::parallel::data_parallel(std::make_shared<PlainImpl>(), x, kTwo); }), "clone"));
}

// A model in a model, autocast and inference mode on the workers.
struct OuterImpl : nn::Cloneable<OuterImpl> {
  OuterImpl() { reset(); }
  void reset() override { net = register_module("net", Net()); }
  Tensor forward(const Tensor& x) { return nn::parallel::data_parallel(net, x, kTwo); }
  Net net = nullptr;
};
WICK_MODULE(Outer);

TEST(DataParallel, SettingsOfTheCaller) {
  manual_seed(7);
  Outer outer;
  expect_same(outer, randn({8, 4}), [&](const Tensor& in) { return nn::parallel::data_parallel(outer, in, kTwo); });
  const Tensor x = randn({4, 4});
  Net net;
  {
    amp::autocast on;
    EXPECT_EQ(nn::parallel::data_parallel(net, x, kTwo).scalar_type(), kBFloat16);
  }
  EXPECT_EQ(nn::parallel::data_parallel(net, x, kTwo).scalar_type(), kFloat);
  InferenceMode on;
  EXPECT_TRUE(nn::parallel::data_parallel(net, x, kTwo).is_inference());
}

TEST(DataParallel, FromManyThreadsAtOnce) {
  manual_seed(8);
  Net net;
  const Tensor x = randn({6, 4}), want = net(x).detach();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) good += allclose(nn::parallel::data_parallel(net, x, kTwo), want);
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 20);
}

TEST(DataParallel, ReplicasAreNoLeavesAndShareMemory) {
  Net net;
  const auto replicas = nn::parallel::replicate(net, {Device(kCPU), Device(kCPU)});
  ASSERT_EQ(replicas.size(), 2u);
  for (const auto& r : replicas)
    for (const auto& p : r->named_parameters()) {
      EXPECT_FALSE(p->is_leaf());
      EXPECT_EQ(p->data_ptr(), net->named_parameters()[p.key()].data_ptr());
    }
  EXPECT_EQ(replicas[0]->fc->weight.data_ptr(), net->fc->weight.data_ptr());
  // A plain copy has memory of its own, on whatever device.
  for (const std::optional<Device>& d : {std::optional<Device>(), std::optional<Device>("cpu:1")}) {
    const auto copy = std::dynamic_pointer_cast<NetImpl>(net->clone(d));
    EXPECT_NE(copy->fc->weight.data_ptr(), net->fc->weight.data_ptr());
    EXPECT_TRUE(copy->fc->weight.is_leaf() && equal(copy->fc->weight, net->fc->weight));
  }
}

TEST(ParallelApply, NumbersMustMatch) {
  std::vector<Net> nets(2);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::parallel_apply(nets, {randn({1, 4})}); }), "as many inputs as modules"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::parallel_apply(nets, {randn({1, 4}), randn({1, 4})}, std::vector<Device>{Device(kCPU)}); }), "as many devices"));
  const Tensor x = randn({1, 4});
  const auto out = nn::parallel::parallel_apply(nets, {x, x});
  EXPECT_TRUE(allclose(out[0], nets[0](x)) && allclose(out[1], nets[1](x)));
  (out[0].sum() + out[1].sum()).backward();
  for (const auto& net : nets) EXPECT_TRUE(net->fc->weight.grad().defined());
}

}  // namespace
}  // namespace wick::test
