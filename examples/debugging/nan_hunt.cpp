// A loss that becomes NaN, because one of the pictures is empty and a layer divides by its length; the same in backward, after a repair that is none; and a repair.
#include "common.h"

using namespace wick;
using namespace example;

namespace {

enum class Length { bare, added, inside };

// Features of length 1.
struct UnitLengthImpl : nn::Module {
  explicit UnitLengthImpl(Length length) : length(length) {}
  Tensor forward(const Tensor& x) {
    const Tensor squares = x.square().sum(1, true);
    if (length == Length::bare) return x / squares.sqrt();
    if (length == Length::added) return x / (squares.sqrt() + 1e-6);
    return x / (squares + 1e-12).sqrt();
  }
  Length length;
};
WICK_MODULE(UnitLength);

struct NetImpl : nn::Module {
  explicit NetImpl(Length length) { unit = reg("unit", UnitLength(length)); }
  nn::Linear in{reg("in", nn::Linear(nn::LinearOptions(64, 32).bias(false)))}, out{reg("out", nn::Linear(32, 10))};
  UnitLength unit = nullptr;
  Tensor forward(const Tensor& x) { return out(unit(in(x.flatten(1)).relu()) * 10); }
};
WICK_MODULE(Net);

// Digits of which the 700th is empty.
Set digits_with_a_gap() {
  auto [x, y] = images("", true);
  x = x.clone();
  x[700].zero_();
  return {x, y};
}

struct Outcome { std::string text; double loss = NAN; };

// One pass over the batches. With a watch, the first value that is no number ends it with an error.
Outcome run(Length length, bool watched) {
  manual_seed(1);
  Net net(length);
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(3e-3));
  const Set set = digits_with_a_gap();
  Outcome r;
  try {
    std::optional<debug::NanWatch> watch;
    if (watched) watch.emplace();
    for (const auto& b : batches(set, 64)) {
      optimizer.zero_grad();
      const Tensor loss = cross_entropy_loss(net(b.data), b.target);
      loss.backward();
      optimizer.step();
      r.loss = loss.item<double>();
    }
  } catch (const Error& error) {
    r.text = error.what();
  }
  return r;
}

void show(const char* of, const Outcome& r, const std::vector<std::string>& words) {
  std::printf("%s\n%s\n\n", of, r.text.c_str());
  for (const auto& word : words) expect(r.text.find(word) != std::string::npos, std::string(of) + ": the report says " + word);
}

}  // namespace

int main() {
  const Outcome blind = run(Length::bare, false), sound = run(Length::inside, true);
  std::printf("loss after an epoch: %g\n\n", std::abs(blind.loss));
  expect(std::isnan(blind.loss), "the loss becomes NaN");
  show("x / sqrt(squares), watched", run(Length::bare, true), {"aten::div", "Net.unit", "in forward"});
  show("x / (sqrt(squares) + 1e-6)", run(Length::added, true), {"SqrtBackward0", "Net.unit", "in backward"});
  std::printf("x / sqrt(squares + 1e-12): loss after an epoch %.3f\n", sound.loss);
  expect(sound.loss < 2, "the repair inside of the root learns");
}
