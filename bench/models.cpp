// Training steps (AdamW) and inference of known networks, with random weights and inputs.
#include "networks.h"

#include <ATen/autocast_mode.h>

struct BagNetImpl : nn::Module {
  BagNetImpl() : bag(nn::EmbeddingBagOptions(100000, 64).mode(torch::kMean)), hidden(64, 128), out(128, 4) {
    register_module("bag", bag);
    register_module("hidden", hidden);
    register_module("out", out);
  }
  Tensor forward(const Tensor& x) { return out(torch::relu(hidden(bag(x)))); }
  nn::EmbeddingBag bag;
  nn::Linear hidden, out;
};
TORCH_MODULE(BagNet);

template <class Model>
void measure(const std::string& name, Model model, const Tensor& x, const Tensor& y, bool lower = false) {
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-4));
  model->train();
  bench::line(name + ", training", 1e3 * bench::seconds([&] {
    optimizer.zero_grad();
    F::cross_entropy(model->forward(x), y).backward();
    optimizer.step();
  }, 5, 0.05), "ms");
  if (lower) {
    bench::line(name + ", training, bf16 autocast", 1e3 * bench::seconds([&] {
      optimizer.zero_grad();
      at::autocast::set_autocast_enabled(at::kCPU, true);
      at::autocast::increment_nesting();
      const Tensor loss = F::cross_entropy(model->forward(x), y);
      if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(at::kCPU, false);
      loss.backward();
      optimizer.step();
    }, 5, 0.05), "ms");
  }
  model->eval();
  torch::NoGradGuard off;
  bench::line(name + ", inference", 1e3 * bench::seconds([&] { model->forward(x); }, 5, 0.05), "ms");
}

int main(int argc, char** argv) {
  const auto wanted = [&](const char* name) {  // names on the command line choose
    if (argc < 2) return true;
    for (int k = 1; k < argc; ++k)
      if (std::string(name).find(argv[k]) != std::string::npos) return true;
    return false;
  };
  const auto classes = [](int64_t n, int64_t batch) { return torch::randint(n, {batch}, torch::kLong); };
  torch::manual_seed(1);
  if (wanted("cifar")) measure("ResNet-18 for CIFAR, batch 32", ResNet18(true), torch::randn({32, 3, 32, 32}), classes(10, 32), true);
  if (wanted("imagenet")) measure("ResNet-18 at 224, batch 8", ResNet18(false), torch::randn({8, 3, 224, 224}), classes(1000, 8), true);
  if (wanted("depthwise")) measure("depthwise blocks at 56, batch 16", DepthwiseNet(), torch::randn({16, 3, 56, 56}), classes(10, 16));
  if (wanted("lstm")) measure("LSTM 2x256, length 128, batch 32", LstmNet(), torch::randint(1000, {32, 128}, torch::kLong), classes(10, 32));
  if (wanted("gpt")) measure("GPT 6 layers, d 384, context 256, batch 8", Transformer(65, 256, 384, 6, 6, true, 0.0), torch::randint(65, {8, 256}, torch::kLong), classes(65, 8 * 256), true);
  if (wanted("bert")) measure("BERT-base, length 128, batch 8", Transformer(30522, 512, 768, 12, 12, false, 0.1), torch::randint(30522, {8, 128}, torch::kLong), classes(2, 8), true);
  if (wanted("bag")) measure("embedding bag 100,000x64, batch 512", BagNet(), torch::randint(100000, {512, 32}, torch::kLong), classes(4, 512));
}
