// Tensors for the debugger to look at.
#include <wick/wick.h>

static void look(const wick::Tensor& a, const wick::Tensor& turned, const wick::Tensor& half, const wick::Tensor& none, const wick::Tensor& weight, const std::vector<wick::Tensor>& list) {
  (void)a, (void)turned, (void)half, (void)none, (void)weight, (void)list;  // the debugger stops here
}

int main() {
  const wick::Tensor a = wick::arange(6, wick::kFloat).view({2, 3});
  look(a, a.t(), wick::full({20}, 1.5, wick::kBFloat16), {}, wick::full({1, 2}, 0.5, wick::requires_grad()), {a.t(), wick::tensor(int64_t{7})});
}
