// Golden numbers of tests/golden/nn.py, and what its cases and the tests of the same names share.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support.h"

namespace golden {

using wick::Tensor;
using Tensors = std::vector<Tensor>;

// The tensors of all cases of one area, as doubles, by `name index`.
inline const std::map<std::string, Tensor>& numbers(const std::string& area) {
  static std::map<std::string, std::map<std::string, Tensor>> areas;
  auto& cases = areas[area];
  if (!cases.empty()) return cases;
  std::ifstream file(std::string(WICK_GOLDEN) + "/nn/" + area + ".txt");
  std::string name, sizes, values;
  while (std::getline(file, name, ':') && std::getline(file, sizes, ':') && std::getline(file, values)) {
    std::vector<int64_t> shape;
    std::vector<double> numbers;
    std::istringstream s(sizes), v(values);
    for (int64_t n; s >> n;) shape.push_back(n);
    for (std::string word; v >> word;) numbers.push_back(std::stod(word));
    cases[name] = wick::tensor(numbers, wick::kDouble).view(shape);
  }
  return cases;
}

// Holds a case's results, made after `manual_seed(11)`, against its numbers.
inline void expect(const std::string& area, const std::string& name, const Tensors& results, double tolerance = 1e-5) {
  SCOPED_TRACE(area + "/" + name);
  const auto& all = numbers(area);
  ASSERT_EQ(all.count(name + " " + std::to_string(results.size())), 0u) << "a tensor is missing";
  for (size_t i = 0; i < results.size(); ++i) {
    const auto found = all.find(name + " " + std::to_string(i));
    ASSERT_NE(found, all.end()) << "no number " << i;
    ASSERT_TRUE(results[i].defined()) << "tensor " << i << " is undefined";
    ASSERT_EQ(results[i].sizes(), found->second.sizes()) << "tensor " << i;
    EXPECT_TRUE(wick::allclose(results[i].detach().to(wick::kDouble), found->second, tolerance, tolerance, true))
        << "tensor " << i << "\n" << results[i] << "\nexpected\n" << found->second;
  }
}

// The result and the gradients of the leaves, each element of the result weighted differently.
inline Tensors graded(const Tensor& y, const Tensors& leaves) {
  (y * wick::arange(y.numel(), y.scalar_type()).mul(0.37).sin().view(y.sizes())).sum().backward();
  Tensors r{y};
  for (const Tensor& t : leaves) r.push_back(t.grad());
  return r;
}
template <class M>
Tensors graded(const Tensor& y, Tensors leaves, const M& module) {
  for (const Tensor& p : module->parameters()) leaves.push_back(p);
  return graded(y, leaves);
}

inline Tensor leaf(std::vector<int64_t> sizes, wick::ScalarType type = wick::kFloat) { return wick::randn(sizes, type).requires_grad_(); }

}  // namespace golden
