// The models against torchvision's numbers, of tests/golden/models.py.
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include <wick/autograd.h>
#include <wick/core/generator.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/models.h>
#include <wick/ops.h>

#include "support.h"

namespace {

using namespace wick;
// One thread: on a busy machine several wait for each other longer than these small nets run.
struct OneThread : testing::Environment {
  void SetUp() override { set_num_threads(1); }
};
[[maybe_unused]] const auto* const one_thread = testing::AddGlobalTestEnvironment(new OneThread);

using Numbers = std::vector<double>;
using Line = std::pair<std::string, std::vector<std::string>>;  // name of a model, what follows

std::vector<Line> lines(const std::string& kind) {
  std::ifstream file(std::string(WICK_GOLDEN) + "/models.txt");
  std::vector<Line> found;
  for (std::string text; std::getline(file, text);) {
    std::istringstream s(text);
    std::string word, name;
    s >> word >> name;
    if (word != kind) continue;
    found.push_back({name, {}});
    while (s >> word) found.back().second.push_back(word);
  }
  EXPECT_FALSE(found.empty()) << kind;
  return found;
}
Numbers numbers(const Line& line, size_t from) {
  Numbers n;
  for (size_t i = from; i < line.second.size(); ++i) n.push_back(std::stod(line.second[i]));
  return n;
}

Tensor picture(int64_t n, int64_t size, int64_t channels = 3) {
  const Tensor i = arange(n * channels * size * size, kDouble);
  return i.mul(0.37).sin().add(i.mul(0.011).cos().mul(0.5)).view({n, channels, size, size}).to(kFloat);
}

// Sum, sum of magnitudes, and one in which the place counts.
Numbers checks(const std::vector<Tensor>& tensors) {
  Numbers n(3);
  for (size_t k = 0; k < tensors.size(); ++k) {
    const Tensor t = tensors[k].detach().contiguous().to(kDouble).contiguous();
    const double* p = t.data_ptr<double>();
    for (int64_t i = 0; i < t.numel(); ++i) {
      n[0] += p[i];
      n[1] += std::abs(p[i]);
      n[2] += p[i] * static_cast<double>(i % 17 + static_cast<int64_t>(k % 5));
    }
  }
  return n;
}
// Sums of magnitude `scale` or their own.
void expect_near(const Numbers& got, const Numbers& expected, double tolerance, const char* what) {
  ASSERT_EQ(got.size(), expected.size()) << what;
  for (size_t i = 0; i < got.size(); ++i) {
    const size_t group = i / 3 * 3;  // checks come in threes: the sum of magnitudes tells what the others can be
    const double scale = std::max({1.0, std::abs(expected[i]), std::abs(expected[std::min(group + 1, expected.size() - 1)])});
    EXPECT_NEAR(got[i], expected[i], tolerance * scale) << what << " " << i;
  }
}

uint64_t key_hash(const nn::Module& m) {
  uint64_t h = 0xCBF29CE484222325;
  for (const auto& item : m.state_dict()) {
    std::string text = item.key() + "[";
    for (int64_t i = 0; i < item.value().dim(); ++i) text += (i ? "," : "") + std::to_string(item.value().size(i));
    for (const char c : text + "]") h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  }
  return h;
}

void stir(nn::Module& m) {
  NoGradGuard off;
  size_t i = 0;
  const auto ends = [](const std::string& s, const std::string& end) { return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0; };
  for (const auto& list : {m.named_parameters(), m.named_buffers()}) {
    for (const auto& item : list) {
      Tensor t = item.value();
      const auto wave = [&] { return arange(t.numel(), kDouble).mul(0.7).add(static_cast<double>(i)).sin().view(t.sizes()); };
      if (ends(item.key(), "running_mean")) t.copy_(wave().mul(0.05));
      else if (ends(item.key(), "running_var")) t.copy_(wave().mul(0.3).add(1));
      else if (ends(item.key(), "heads.head.weight")) t.copy_(wave().mul(0.05));
      else if (ends(item.key(), "layer_scale")) t.copy_(wave().mul(0.1).add(0.5));
      ++i;
    }
  }
}

TEST(Golden, NamesShapesAndCountsOfAll) {
  const auto all = lines("keys");
  EXPECT_EQ(all.size(), models::list().size());
  for (const auto& line : all) {
    const models::Model m = models::create(line.first, models::ModelOptions().init_weights(false));
    EXPECT_EQ(std::to_string(m->num_parameters()), line.second[0]) << line.first;
    EXPECT_EQ(std::to_string(m->state_dict().size()), line.second[1]) << line.first;
    EXPECT_EQ(std::to_string(key_hash(*m)), line.second[2]) << line.first;
    // Published without auxiliary heads for GoogLeNet, with them for Inception.
    if (line.first != "googlenet") {
      EXPECT_EQ(m->num_parameters(), models::info(line.first).parameters) << line.first;
    }
  }
  EXPECT_EQ(models::create("googlenet", models::ModelOptions().init_weights(false).aux_logits(false))->num_parameters(), models::info("googlenet").parameters);
}

class GoldenLogits : public testing::TestWithParam<Line> {};
TEST_P(GoldenLogits, StartAndEvaluation) {
  const Line& line = GetParam();
  manual_seed(7);
  models::Model m = models::create(line.first);
  m->eval();
  for (const Line& start : lines("start"))
    if (start.first == line.first) expect_near(checks(m->parameters()), numbers(start, 0), 2e-7, "initial numbers");
  stir(*m);
  NoGradGuard off;
  const Tensor y = m(picture(1, std::stoll(line.second[0]))).flatten();
  const Numbers expected = numbers(line, 1);
  for (int64_t i = 0; i < 8; ++i) EXPECT_NEAR(y[i].item<double>(), expected[static_cast<size_t>(i)], 1e-4 * std::max(1.0, std::abs(expected[static_cast<size_t>(i)])));
  expect_near(checks({y}), Numbers(expected.begin() + 8, expected.end()), 1e-4, "logits");
}
INSTANTIATE_TEST_SUITE_P(Models, GoldenLogits, testing::ValuesIn(lines("logits")), [](const auto& i) { return i.param.first; });

class GoldenTraining : public testing::TestWithParam<Line> {};
TEST_P(GoldenTraining, Step) {
  const Line& line = GetParam();
  const int64_t size = std::stoll(line.second[0]);
  const bool small = size < 299;
  manual_seed(7);
  models::Model m = models::create(line.first);
  if (small) m->double_();
  manual_seed(3);
  const std::vector<Tensor> out = m->outputs(picture(small ? 3 : 2, size).to(small ? kDouble : kFloat));
  Tensor loss;
  Numbers got;
  const auto note = [&got](const std::vector<Tensor>& tensors) {
    const Numbers n = checks(tensors);
    got.insert(got.end(), n.begin(), n.end());
  };
  for (const Tensor& t : out) {
    const Tensor part = t.mul(arange(t.numel(), t.scalar_type()).view(t.sizes()).sin()).sum();
    loss = loss.defined() ? loss.add(part) : part;
    note({t});
  }
  if (small) {
    loss.div(static_cast<double>(out.size())).backward();
    std::vector<Tensor> gradients;
    for (const auto& p : m->named_parameters()) {
      ASSERT_TRUE(p.value().grad().defined()) << p.key();
      gradients.push_back(p.value().grad());
    }
    note(gradients);
  }
  note(m->buffers());
  expect_near(got, numbers(line, 1), small ? 1e-7 : 5e-4, "step");
}
INSTANTIATE_TEST_SUITE_P(Models, GoldenTraining, testing::ValuesIn(lines("train")), [](const auto& i) { return i.param.first; });

}  // namespace
