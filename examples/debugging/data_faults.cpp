// Faults of data: digits that are held out and in training, too, brightened, and labels that are wrong, each made here and found again. --plots DIR draws them.
#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>
#include <wick/vision.h>
#include <wick/wick.h>

#include <cstdio>
#include <cstring>
#include <set>

using namespace wick;

// Every 17th label becomes another.
std::set<int64_t> spoil(Tensor& labels) {
  std::set<int64_t> wrong;
  for (int64_t i = 0; i < labels.size(0); i += 17) {
    labels[i].fill_((labels[i].item<int64_t>() + 1 + i % 9) % 10);
    wrong.insert(i);
  }
  return wrong;
}

Tensor shown(const Tensor& digit) { return digit.mul(255).round().clamp(0, 255).to(kByte).expand({3, 8, 8}).repeat_interleave(8, 1).repeat_interleave(8, 2); }

int main(int argc, char** argv) {
  manual_seed(1);
  auto [x, y] = data::datasets::digits(true);
  auto [test_x, test_y] = data::datasets::digits(false);
  for (int64_t i = 0; i < 12; ++i) {
    test_x[i].copy_(x[100 * i] * 0.6 + 0.3);  // darker, and with a veil
    test_y[i].copy_(y[100 * i]);
  }

  train::DataCheck check;
  check.part("train").add(x, y);
  check.part("test").add(test_x, test_y);
  const train::DataReport report = check.report();
  const auto leaks = report.of("leakage");
  for (const auto& pair : leaks)
    std::printf("test %ld is train %ld, alike %.4f\n", static_cast<long>(pair.b), static_cast<long>(pair.a), pair.alike);

  const auto wrong = spoil(y);
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(), nn::Linear(256, 10));
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(5e-3));
  train::LabelWatch watch(x.size(0), 10);
  for (int epoch = 0; epoch < 8; ++epoch) {
    const Tensor order = randperm(x.size(0), kLong);
    for (int64_t i = 0; i < x.size(0); i += 64) {
      const Tensor index = order.slice(0, i, std::min(i + 64, x.size(0))), target = y.index_select(0, index);
      const Tensor logits = net->forward(x.index_select(0, index));
      optimizer.zero_grad();
      nn::functional::cross_entropy(logits, target).backward();
      optimizer.step();
      watch.update(index, logits, target);
    }
  }
  const train::Mislabelled found = watch.rank();
  int64_t right = 0;
  for (const auto& s : found.suspects) right += static_cast<int64_t>(wrong.count(s.index));
  std::printf("%zu suspects, %ld of them among the %zu wrong labels; about %.1f %% of the labels are wrong\n", found.suspects.size(), static_cast<long>(right), wrong.size(), 100 * found.share);

  if (argc > 2 && std::strcmp(argv[1], "--plots") == 0 && vision::has_png()) {
    std::vector<Tensor> above, below;
    for (const auto& pair : leaks) above.push_back(shown(test_x[pair.b])), below.push_back(shown(x[pair.a]));
    if (!above.empty()) vision::write_png(cat({cat(above, 2), cat(below, 2)}, 1).contiguous(), std::string(argv[2]) + "/data_pairs.png");
  }
  return leaks.size() == 12 && right >= 50 ? 0 : 1;
}
