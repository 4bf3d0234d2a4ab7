// Twenty lines with the umbrella header: what they cost to compile and to start.
#include <torch/torch.h>

#include <iostream>

struct NetImpl : torch::nn::Module {
  NetImpl() : a(register_module("a", torch::nn::Linear(64, 32))), b(register_module("b", torch::nn::Linear(32, 10))) {}
  torch::Tensor forward(torch::Tensor x) { return b(torch::relu(a(x))); }
  torch::nn::Linear a, b;
};
TORCH_MODULE(Net);

int main() {
  Net net;
  torch::optim::SGD optimizer(net->parameters(), 0.1);
  auto loss = net(torch::rand({4, 64})).square().mean();
  loss.backward();
  optimizer.step();
  std::cout << loss.item<float>() << "\n";
}
