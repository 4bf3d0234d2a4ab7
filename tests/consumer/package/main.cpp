// A program of one's own over an installed Wick: a module, a step of an optimizer.
#include <wick/wick.h>

#include <iostream>

struct NetImpl : wick::nn::Module {
  wick::nn::Linear a{register_module("a", wick::nn::Linear(3, 4))};
  wick::Tensor forward(wick::Tensor x) { return relu(a(x)); }
};
WICK_MODULE(Net);

int main() {
  Net net;
  wick::optim::SGD optimizer(net->parameters(), 0.1);
  auto loss = net(wick::ones({2, 3})).sum();
  loss.backward();
  optimizer.step();
  auto x = wick::zeros({2, 3});
  std::cout << x.size(0) << " " << x.size(1) << "\n";
}
