// An activation of one's own, with a derivative of one's own: Snake, x + sin²(a x) / a with an `a` that is learned for each
// feature. It fits what repeats, and goes on repeating outside of what it was trained on.
// (L. Ziyin, T. Hartwig, M. Ueda: Neural Networks Fail to Learn Periodic Functions and How to Fix It, NeurIPS 2020)
#include "common.h"

using namespace wick;

struct SnakeFunction : autograd::Function<SnakeFunction> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x, const Tensor& a) {
    ctx->save_for_backward({x, a});
    return x + (a * x).sin().square() / a;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &g = grads[0], &x = saved[0], &a = saved[1];
    const Tensor s = (2 * a * x).sin();
    Tensor to_a;
    if (ctx->needs_input_grad(1)) to_a = (g * (x * s / a - (a * x).sin().square() / a.square())).sum_to_size(a.sizes());
    return {g * (1 + s), to_a};
  }
};

struct SnakeImpl : nn::Cloneable<SnakeImpl> {
  explicit SnakeImpl(int64_t features) : features(features) { reset(); }
  void reset() override { a = register_parameter("a", full({features}, 1.0)); }
  void pretty_print(std::ostream& stream) const override { stream << "Snake(" << features << ")"; }
  Tensor forward(const Tensor& x) { return SnakeFunction::apply(x, a); }

  int64_t features;
  Tensor a;
};
WICK_MODULE(Snake);

// Mean squared errors inside and outside of the stretch it was trained on.
std::pair<double, double> errors(const std::function<nn::AnyModule()>& activation) {
  manual_seed(1);
  nn::Sequential net(nn::Linear(1, 32), activation(), nn::Linear(32, 32), activation(), nn::Linear(32, 1));
  const auto target = [](const Tensor& x) { return x.sin() + x / 10; };
  const Tensor inside = linspace(-8, 8, 256).unsqueeze(1), outside = linspace(8, 16, 128).unsqueeze(1);
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(1e-2).weight_decay(1e-2));
  for (int step = 0; step < 800; ++step) {
    optimizer.zero_grad();
    mse_loss(net(inside), target(inside)).backward();
    optimizer.step();
  }
  NoGradGuard off;
  return {mse_loss(net(inside), target(inside)).item<double>(), mse_loss(net(outside), target(outside)).item<double>()};
}

int main() {
  example::expect_ok(nn::testing::check_module(Snake(3), randn({5, 3})));
  std::printf("sin(x) + x/10, trained on [-8, 8]     error inside   on [8, 16]\n");
  const auto line = [](const char* name, std::pair<double, double> e) { std::printf("%-37s %12.5f %12.5f\n", name, e.first, e.second); };
  const auto snake = errors([] { return nn::AnyModule(Snake(32)); });
  const auto relu = errors([] { return nn::AnyModule(nn::ReLU()); });
  line("Snake", snake);
  line("ReLU", relu);
  line("Tanh", errors([] { return nn::AnyModule(nn::Tanh()); }));
  return snake.second < relu.second ? 0 : 1;
}
