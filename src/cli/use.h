// `wick eval` and `wick predict`: what a saved run is good for.
#pragma once

#include <string>
#include <vector>

#include <cstdint>

namespace wick::cli {

struct UseOptions {
  std::string run, part;
  std::vector<std::string> files;  // eval takes one at most
  int64_t top = 3;
  int threads = 0;
  bool skip_bad = false, quiet = false, verbose = false, json = false;
};
int evaluate(const UseOptions& options);
int predict(const UseOptions& options);

}  // namespace wick::cli
