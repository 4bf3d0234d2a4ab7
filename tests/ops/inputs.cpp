// The inputs of the op table's cases and the printing of results.
#include <cmath>
#include <cstdio>
#include <limits>

#include "harness.h"

namespace ops {

torch::Tensor a, b, c, h, s, e, z, big, img, seq;
torch::Tensor i, j, u, m, tgt;
torch::Tensor sq, spd, d, cx, bf, hf;
torch::Tensor p, q, w, v, im;

namespace {

constexpr int64_t kShown = 96;  // numbers shown of a tensor; its sum covers the rest

std::string number(double x) {
  if (std::isnan(x)) return " nan";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, " %.7g", x);
  return buffer;
}

torch::Tensor leaf(const torch::Tensor& t) { return t.requires_grad_(); }

}  // namespace

// The order of the draws matters: it decides every number in the golden files.
void make_inputs() {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  torch::manual_seed(7);
  a = torch::randn({3, 4});
  b = torch::randn({3, 4});
  c = torch::rand({4, 5}) + 0.5;
  s = torch::tensor(1.5);
  e = torch::empty({0, 4});
  i = torch::arange(12).view({3, 4});
  j = torch::tensor({2, 0, 1}, torch::kLong);
  m = a > 0;
  z = torch::tensor({0.0, -0.0, 1.0, -1.0, 0.5, inf, -inf, nan, 1e-30, 1e30, 100.0, -100.0});
  h = torch::rand({3, 4});
  big = torch::randn({64, 33});
  sq = torch::randn({4, 4}, torch::kDouble);
  spd = sq.matmul(sq.t()) + 4 * torch::eye(4, torch::kDouble);
  const auto imaginary = torch::randn({3, 4}), real = torch::randn({3, 4});
  cx = torch::complex(real, imaginary);
  p = leaf(torch::randn({3, 4}, torch::kDouble));
  q = leaf(torch::randn({3, 4}, torch::kDouble));
  w = leaf(torch::randn({4, 5}, torch::kDouble));
  v = leaf(torch::rand({6}, torch::kDouble).add(0.1));
  im = leaf(torch::randn({2, 3, 8, 8}, torch::kDouble));
  img = torch::randn({2, 3, 9, 9});
  seq = torch::randn({5, 2, 6});
  tgt = torch::tensor({1, 0, 3}, torch::kLong);
  d = torch::randn({5}, torch::kDouble);
  u = torch::arange(200, 212).to(torch::kByte).view({3, 4});
  bf = a.to(torch::kBFloat16);
  hf = a.to(torch::kHalf);
}

// Element type, shape, up to kShown evenly spaced numbers, and the sum of all finite ones.
void Result::show(const torch::Tensor& original) {
  if (!original.defined()) return word("<undefined>");
  word(c10::toString(original.scalar_type()));
  text += '[';
  for (int64_t k = 0; k < original.dim(); ++k) text += (k ? "," : "") + std::to_string(original.size(k));
  text += ']';
  torch::Tensor t = original.detach();
  if (t.is_sparse()) t = t.to_dense();
  if (t.is_complex()) t = torch::view_as_real(t.resolve_conj());
  t = t.to(torch::kDouble).contiguous().view({-1});
  const int64_t n = t.numel(), step = n > kShown ? n / kShown : 1;
  const double* values = t.data_ptr<double>();
  double sum = 0;
  for (int64_t k = 0; k < n; ++k) {
    if (k % step == 0) text += number(values[k]);
    if (std::isfinite(values[k])) sum += values[k];
  }
  text += " ;" + number(sum);
}

void Result::show(double x) { text += number(x); }

void Result::show(const std::string& x) {
  text += " \"";
  for (char ch : x) ch == '\n' ? text += "\\n" : text += ch;
  text += '"';
}

void Result::show_sizes(c10::IntArrayRef x) {
  word("(");
  for (int64_t size : x) word(std::to_string(size));
  word(")");
}

// Every element gets a weight of its own, so that no two gradients can be exchanged unnoticed.
void Result::gather(const torch::Tensor& t) {
  if (!t.defined() || !t.requires_grad()) return;
  auto x = (t.is_complex() ? torch::view_as_real(t.resolve_conj()) : t).to(torch::kDouble);
  auto weights = torch::arange(x.numel(), torch::kDouble).mul(0.37).add(0.5).sin().view(x.sizes());
  auto part = (x * weights).sum();
  loss_ = loss_.defined() ? loss_ + part : part;
}

void Result::backward() {
  if (!loss_.defined()) { text += " | no grad"; return; }
  loss_.backward();
  text += " | grads";
  for (const auto* t : {&p, &q, &w, &v, &im})
    if (t->grad().defined()) show(t->grad());
}

}  // namespace ops
