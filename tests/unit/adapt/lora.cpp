// LoRA and DoRA: what learns, merging, copies, and the files of the peft package.
#include <cmath>
#include <numeric>

#include <wick/adapt.h>
#include <wick/models.h>
#include <wick/nn/load.h>
#include <wick/optim.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using adapt::LoraOptions;

// As GPT-2's layer of that name: the weight is [in, out].
struct Conv1DImpl : nn::Cloneable<Conv1DImpl> {
  Conv1DImpl(int64_t in, int64_t out) : in(in), out(out) { reset(); }
  void reset() override {
    weight = register_parameter("weight", randn({in, out}));
    bias = register_parameter("bias", zeros({out}));
  }
  Tensor forward(const Tensor& x) { return x.matmul(weight) + bias; }
  WICK_MEMBERS(weight, bias)
  int64_t in, out;
  Tensor weight, bias;
};
WICK_MODULE(Conv1D);

// As tests/golden/adapt.py has it.
struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    conv = register_module("conv", nn::Conv2d(nn::Conv2dOptions(3, 4, 3).padding(1)));
    bn = register_module("bn", nn::BatchNorm2d(4));
    fc = register_module("fc", nn::Linear(4, 8));
    c1 = register_module("c1", Conv1D(8, 8));
    att = register_module("att", nn::MultiheadAttention(8, 2));
    head = register_module("head", nn::Linear(8, 3));
  }
  Tensor forward(const Tensor& input) {
    const Tensor x = c1(fc(bn(conv(input)).flatten(2).permute({2, 0, 1})));
    return head(std::get<0>(att(x, x, x, Tensor(), false)).mean(IntArrayRef({0})));
  }
  nn::Conv2d conv{nullptr};
  nn::BatchNorm2d bn{nullptr};
  nn::Linear fc{nullptr}, head{nullptr};
  Conv1D c1{nullptr};
  nn::MultiheadAttention att{nullptr};
};
WICK_MODULE(Net);

const std::string kGolden = WICK_GOLDEN "/adapt/";

Net base() {
  Net net;
  io::load_into(net, kGolden + "base.safetensors");
  net->eval();
  return net;
}
double difference(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }
Tensor named(const io::NamedTensors& all, const std::string& name) {
  for (const auto& item : all)
    if (item.first == name) return item.second;
  return {};
}
void disturb(nn::Module& model) {
  NoGradGuard off;
  for (const Tensor& p : model.parameters())
    if (p.requires_grad()) p.add_(randn_like(p).mul(0.3));
}

class OfKind : public testing::TestWithParam<bool> {
 protected:
  LoraOptions options() const { return LoraOptions().r(3).alpha(6).dora(GetParam()).modules_to_save({"head"}); }
};
INSTANTIATE_TEST_SUITE_P(Lora, OfKind, testing::Values(false, true), [](const auto& i) { return i.param ? "dora" : "lora"; });

TEST_P(OfKind, ChangesNothingAtFirst) {
  manual_seed(3);
  Net net = base();
  const Tensor x = randn({2, 3, 4, 4}), before = net(x);
  const auto paths = adapt::add_lora(net, options());
  EXPECT_EQ(paths, (std::vector<std::string>{"conv.weight", "fc.weight", "c1.weight", "att.in_proj_weight", "att.out_proj.weight"}));
  EXPECT_LE(difference(net(x), before), 1e-6);
}

TEST_P(OfKind, OnlyAdaptersAndSavedModulesLearn) {
  manual_seed(3);
  Net net = base();
  net->train();
  adapt::add_lora(net, options());
  std::vector<std::pair<std::string, Tensor>> before;
  for (const auto& item : net->state_dict()) before.emplace_back(item.key(), item.value().clone());
  optim::SGD optimizer(net->parameters(), optim::SGDOptions(0.5).weight_decay(0.1));
  for (int i = 0; i < 3; ++i) {
    optimizer.zero_grad();
    nn::functional::cross_entropy(net(randn({4, 3, 4, 4})), tensor({0, 1, 2, 0}, kLong)).backward();
    optimizer.step();
  }
  const auto after = net->state_dict();
  for (const auto& [key, value] : before) {
    const bool learns = key.find("lora_") != std::string::npos || key.compare(0, 5, "head.") == 0;
    EXPECT_EQ(!equal(after[key], value), learns) << key;
  }
}

TEST_P(OfKind, MergedEqualsUnmerged) {
  manual_seed(4);
  Net net = base();
  const Tensor x = randn({5, 3, 4, 4});
  const Tensor plain = net(x), weight = net->fc->weight.detach().clone();
  adapt::add_lora(net, options());
  disturb(*net);
  net->eval();
  const Tensor apart = net(x);
  EXPECT_GT(difference(apart, plain), 0.05);  // it does something
  EXPECT_EQ(adapt::merge_lora(*net), 5);
  EXPECT_LE(difference(net(x), apart), 1e-6);
  EXPECT_EQ(adapt::merge_lora(*net), 5);  // once is enough
  EXPECT_LE(difference(net(x), apart), 1e-6);
  net->train();
  EXPECT_TRUE(contains(error_of([&] { net(x); }), "unmerge_lora"));
  net->eval();
  adapt::unmerge_lora(*net);
  EXPECT_LE(difference(net(x), apart), 1e-6);

  Net copy(std::dynamic_pointer_cast<NetImpl>(net->clone()));
  EXPECT_LE(difference(copy(x), apart), 1e-6);
  adapt::remove_lora(*copy);
  EXPECT_LE(difference(copy(x), apart), 1e-6);
  EXPECT_EQ(copy->state_dict().size(), base()->state_dict().size());
  for (const auto& item : base()->state_dict()) EXPECT_TRUE(copy->state_dict().contains(item.key())) << item.key();
  EXPECT_LE(difference(net(x), apart), 1e-6);  // the copy has its own
  adapt::remove_lora(*net, false);
  EXPECT_LE(difference(net->fc->weight, weight), 1e-6);
}

TEST_P(OfKind, GradientsAreRight) {
  manual_seed(5);
  const Tensor w = randn({4, 6}, kDouble);
  adapt::Lora lora(w, LoraOptions().r(2).alpha(3).dora(GetParam()));
  lora->eval();
  const std::vector<Tensor> inputs = lora->parameters();
  disturb(*lora);
  const auto f = [&](const autograd::variable_list&) { return autograd::variable_list{lora->forward(w).sin()}; };
  if (!GetParam()) {
    EXPECT_TRUE(autograd::gradcheck(f, {inputs[0], inputs[1]}));
  } else {  // the norm counts as a constant, so that only the lengths have the derivative of the function
    EXPECT_TRUE(autograd::gradcheck(f, {inputs[2]}));
    const Tensor sum = w + lora->delta(), norm = sum.norm(2, {1}, true);
    const Tensor expected = (lora->lora_magnitude_vector.unsqueeze(1) / norm * (w + mm(lora->lora_B, lora->lora_A) * 1.5)).sum();
    const Tensor by_hand = autograd::grad({expected}, {lora->lora_A})[0], got = autograd::grad({lora->forward(w).sum()}, {lora->lora_A})[0];
    EXPECT_LE(difference(by_hand, got), 1e-12);
  }
}

TEST(Lora, DropoutActsInTrainingOnly) {
  manual_seed(6);
  const Tensor w = randn({4, 50});
  adapt::Lora lora(w, LoraOptions().dropout(0.5));
  disturb(*lora);
  lora->eval();
  const Tensor plain = lora->forward(w);
  EXPECT_TRUE(equal(plain, lora->forward(w)));
  lora->train();
  const Tensor dropped = lora->forward(w);
  // Whole input features are left out, the others are doubled.
  const Tensor ratio = ((dropped - w) / (plain - w)).detach();
  EXPECT_LE(difference(ratio, ratio.slice(0, 0, 1).expand({4, 50}).round()), 1e-3);
  const double share = ratio.slice(0, 0, 1).round().mul(0.5).mean().item<double>();
  EXPECT_GT(share, 0.2);
  EXPECT_LT(share, 0.8);
}

TEST(Lora, PublishedModels) {
  manual_seed(7);
  models::Model net = models::create("resnet18", models::ModelOptions().num_classes(5));
  const auto paths = adapt::add_lora(net, LoraOptions({"layer3*conv1", "layer4.1*"}).modules_to_save({"fc"}).r(4));
  EXPECT_EQ(paths, (std::vector<std::string>{"layer3.0.conv1.weight", "layer3.1.conv1.weight", "layer4.1.conv1.weight", "layer4.1.conv2.weight"}));
  // 4 * (in * 9 + out) each, and the classifier.
  EXPECT_EQ(net->num_parameters(true), 4 * (128 * 9 + 256) + 4 * (256 * 9 + 256) + 2 * 4 * (512 * 9 + 512) + 512 * 5 + 5);
}

TEST(Lora, RefusesWhatDoesNotFit) {
  Net net = base();
  const auto keys = net->state_dict().keys();
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::add_lora(net, LoraOptions({"fc", "fcc"})); }), "no layer matches 'fcc'; those that can have an adapter are conv, fc, c1, att, att.out_proj, head"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::add_lora(net, LoraOptions({"bn"})); }), "no layer matches 'bn'"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::add_lora(net, LoraOptions().modules_to_save({"no"})); }), "no module matches 'no'"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::add_lora(net, LoraOptions().r(0)); }), "rank must be positive"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::save_lora(*net, "/nowhere"); }), "no adapters"));
  EXPECT_EQ(net->state_dict().keys(), keys);
  EXPECT_TRUE(net->fc->weight.requires_grad());
  adapt::add_lora(net, LoraOptions({"fc"}));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::add_lora(net, LoraOptions({"f*"})); }), "fc has an adapter already"));
}

// --- Files -----------------------------------------------------------------------------------------------------------

class Peft : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Lora, Peft, testing::Values("lora", "attention", "rslora", "dora"), [](const auto& i) { return i.param; });

TEST_P(Peft, FilesAreReadAndWritten) {
  const std::string folder = kGolden + GetParam();
  Net net = base();
  adapt::load_lora(*net, folder);
  const auto results = io::load_safetensors(folder + "/results.safetensors");
  const Tensor x = named(results, "x"), y = named(results, "y");
  EXPECT_LE(difference(net(x), y), 1e-5);
  EXPECT_EQ(net->num_parameters(true), 0);

  TempDir dir;
  const std::string out = dir / GetParam();
  adapt::save_lora(*net, out);
  // Name by name what peft wrote.
  const auto theirs = io::load_safetensors(folder + "/adapter_model.safetensors"), ours = io::load_safetensors(out + "/adapter_model.safetensors");
  EXPECT_EQ(theirs.size(), ours.size());
  for (const auto& [name, value] : theirs) {
    const Tensor own = named(ours, name);
    ASSERT_TRUE(own.defined()) << name;
    EXPECT_TRUE(same_bits(own, value)) << name;
  }
  const std::string config = read_file(out + "/adapter_config.json");
  for (const char* part : {"\"peft_type\": \"LORA\"", "\"r\": 2", "\"lora_alpha\": 6.0", "\"modules_to_save\": ["}) EXPECT_TRUE(contains(config, part));
  if (const char* keep = std::getenv("WICK_KEEP_ADAPTERS")) adapt::save_lora(*net, std::string(keep) + "/" + GetParam());  // for adapt.py --check

  Net again = base();
  adapt::load_lora(*again, out, true);
  EXPECT_LE(difference(again(x), y), 1e-5);
  EXPECT_GT(again->num_parameters(true), 0);
  disturb(*again);
  EXPECT_GT(difference(again(x), y), 1e-2);
  adapt::load_lora(*again, folder);  // over the adapters that are there
  EXPECT_LE(difference(again(x), y), 1e-5);
  adapt::remove_lora(*again);
  EXPECT_LE(difference(again(x), y), 1e-5);
}

TEST(Lora, BrokenFilesChangeNothing) {
  TempDir dir;
  const std::string folder = dir / "a", config_file = folder + "/adapter_config.json", weights_file = folder + "/adapter_model.safetensors";
  std::filesystem::create_directories(folder);
  const std::string config = read_file(kGolden + "lora/adapter_config.json"), weights = read_file(kGolden + "lora/adapter_model.safetensors");
  Net net = base();
  const auto keys = net->state_dict().keys();
  const auto outcome = [&](const std::string& c, const std::string& w) {
    write_file(config_file, c);
    write_file(weights_file, w);
    const std::string text = error_of([&] { adapt::load_lora(*net, folder); });
    EXPECT_EQ(net->state_dict().keys(), keys);
    EXPECT_TRUE(net->fc->weight.requires_grad());
    return text;
  };
  for (size_t cut = 0; cut < config.size(); cut += 97) EXPECT_TRUE(contains(outcome(config.substr(0, cut), weights), "adapter_config.json")) << cut;
  for (size_t cut = 0; cut < weights.size(); cut += 211) EXPECT_TRUE(contains(outcome(config, weights.substr(0, cut)), "adapter_model.safetensors")) << cut;
  EXPECT_TRUE(contains(outcome(std::string(100000, '['), weights), "adapter_config.json"));
  EXPECT_TRUE(contains(outcome("[]", weights), "adapter_config.json"));
  EXPECT_TRUE(contains(outcome("{\"peft_type\": \"IA3\"}", weights), "IA3"));
  EXPECT_TRUE(contains(outcome("{\"peft_type\": \"LORA\", \"bias\": \"all\"}", weights), "without biases"));
  EXPECT_TRUE(contains(outcome("{\"peft_type\": \"LORA\", \"use_dora\": true}", weights), "lora_magnitude_vector"));
  EXPECT_TRUE(contains(outcome("{\"peft_type\": \"LORA\", \"alpha_pattern\": {\"a.*\": 2}}", weights), "regular expression"));

  const auto with = [&](const std::string& name, const Tensor& value) {
    auto all = io::load_safetensors(kGolden + "lora/adapter_model.safetensors");
    bool there = false;
    for (auto& item : all)
      if (item.first == name) item.second = value, there = true;
    if (!there) all.emplace_back(name, value);
    io::save_safetensors(dir / "b", all);
    return outcome(config, read_file(dir / "b"));
  };
  EXPECT_TRUE(contains(with("base_model.model.fc.lora_A.weight", ones({2, 5})), "fc.lora_A is [2, 5] in the file"));
  EXPECT_TRUE(contains(with("base_model.model.fc.lora_B.weight", ones({8, 3})), "lora_B [8, 3]"));
  EXPECT_TRUE(contains(with("base_model.model.fc.lora_A.weight", ones({0, 4})), "does not fit"));
  EXPECT_TRUE(contains(with("base_model.model.gone.lora_A.weight", ones({2, 4})), "no layer 'gone'"));
  EXPECT_TRUE(contains(with("base_model.model.head.weight", ones({4, 8})), "head.weight is [4, 8] in the file and [3, 8] in the model"));
  EXPECT_TRUE(contains(with("base_model.model.wte.lora_embedding_A", ones({2, 4})), "embeddings"));
}

}  // namespace
}  // namespace wick::test
