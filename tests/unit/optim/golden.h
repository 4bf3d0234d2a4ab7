// Golden numbers of tests/golden/optim.py.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support.h"

namespace golden {

using wick::Tensor;

// The vectors of one file by `name index`.
inline const std::vector<double>& numbers(const std::string& area, const std::string& name) {
  static std::map<std::string, std::map<std::string, std::vector<double>>> areas;
  auto& cases = areas[area];
  if (cases.empty()) {
    std::ifstream file(std::string(WICK_GOLDEN) + "/optim/" + area + ".txt");
    std::string key, sizes, values;
    while (std::getline(file, key, ':') && std::getline(file, sizes, ':') && std::getline(file, values)) {
      std::istringstream v(values);
      for (std::string word; v >> word;) cases[key].push_back(std::stod(word));
    }
  }
  const auto found = cases.find(name);
  if (found == cases.end()) throw wick::Error("no golden numbers " + area + "/" + name);
  return found->second;
}

// |x - expected| <= tolerance * max(1, |expected|) everywhere.
inline void expect_near(const std::vector<double>& got, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], tolerance * std::max(1., std::abs(expected[i]))) << "number " << i;
}

}  // namespace golden
