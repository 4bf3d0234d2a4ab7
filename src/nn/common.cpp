#include "nn/common.h"

#include <cstdio>
#include <mutex>
#include <set>

namespace wick::nn {

void warn_once(const std::string& text) {
  static std::mutex mutex;
  static auto* seen = new std::set<std::string>;
  std::lock_guard<std::mutex> lock(mutex);
  if (seen->insert(text).second) std::fprintf(stderr, "wick: warning: %s\n", text.c_str());
}

}  // namespace wick::nn
