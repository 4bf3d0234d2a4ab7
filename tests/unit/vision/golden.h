// Golden pictures and numbers of tests/golden/vision.py.
#pragma once

#include <map>
#include <string>

#include <wick/core/str.h>
#include <wick/io/safetensors.h>
#include <wick/vision.h>

#include "support.h"

namespace golden {

using wick::Tensor;

inline std::string path(const std::string& name) { return std::string(WICK_GOLDEN) + "/vision/" + name; }

inline const std::map<std::string, Tensor>& all(const std::string& area) {
  static std::map<std::string, std::map<std::string, Tensor>> areas;
  auto& tensors = areas[area];
  if (tensors.empty())
    for (const auto& [name, value] : wick::io::load_safetensors(path(area + ".safetensors"))) tensors.emplace(name, value);
  return tensors;
}
inline const Tensor& get(const std::string& area, const std::string& name) {
  const auto found = all(area).find(name);
  if (found == all(area).end()) throw wick::Error("no golden numbers " + area + "/" + name);
  return found->second;
}

// The same type and shape, and nowhere further apart than `tolerance`.
inline testing::AssertionResult near(const Tensor& got, const Tensor& expected, double tolerance) {
  if (got.scalar_type() != expected.scalar_type() || got.sizes() != expected.sizes())
    return testing::AssertionFailure() << wick::str(got.scalar_type(), got.sizes(), " where ", expected.scalar_type(), expected.sizes(), " is expected");
  if (got.numel() == 0) return testing::AssertionSuccess();
  const Tensor apart = got.to(wick::kDouble).sub(expected.to(wick::kDouble)).abs();
  const double most = apart.max().item<double>();
  if (most <= tolerance) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "apart by " << most << ", on average " << apart.mean().item<double>();
}

}  // namespace golden
