#include <torch/torch.h>
#include <iostream>

struct Net : torch::nn::Module {
  Net() {
    fc1 = register_module("fc1", torch::nn::Linear(3, 8));
    fc2 = register_module("fc2", torch::nn::Linear(8, 1));
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(fc1->forward(x));
    return torch::log_softmax(fc2->forward(x), /*dim=*/1);
  }
  torch::nn::Linear fc1{nullptr}, fc2{nullptr};
};

int main() {
  torch::Tensor tensor = torch::rand({2, 3});
  auto net = std::make_shared<Net>();
  torch::optim::SGD optimizer(net->parameters(), /*lr=*/0.01);
  auto loss = net->forward(tensor).mean();
  loss.backward();
  optimizer.step();
  std::cout << tensor.size(0) << " " << tensor.size(1) << std::endl;
}
