// Tensors and modules for the debugger to look at.
#include <wick/wick.h>

struct NetImpl : wick::nn::Module {
  wick::nn::Linear in{reg("in", wick::nn::Linear(3, 4))};
  wick::nn::Sequential rest{reg("rest", wick::nn::Sequential(wick::nn::ReLU(), wick::nn::BatchNorm1d(4)))};
  wick::Tensor scale = register_parameter("scale", wick::ones({2, 5}));
};
WICK_MODULE(Net);

static void look(const wick::Tensor& a, const wick::Tensor& turned, const wick::Tensor& half, const wick::Tensor& none, const wick::Tensor& weight, const std::vector<wick::Tensor>& list) {
  (void)a, (void)turned, (void)half, (void)none, (void)weight, (void)list;  // the debugger stops here
}
static void look_at_module(const Net& net, const wick::nn::Module& module, const NetImpl& inside, const wick::nn::Linear& empty) {
  (void)net, (void)module, (void)inside, (void)empty;
}

int main() {
  const wick::Tensor a = wick::arange(6, wick::kFloat).view({2, 3});
  look(a, a.t(), wick::full({20}, 1.5, wick::kBFloat16), {}, wick::full({1, 2}, 0.5, wick::requires_grad()), {a.t(), wick::tensor(int64_t{7})});
  Net net;
  look_at_module(net, *net.ptr(), *net, nullptr);
}
