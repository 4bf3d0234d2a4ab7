#include "debug/layers.h"

#include <cstdio>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "nn/paths.h"

namespace wick::debug {

std::vector<std::pair<std::string, nn::Module*>> find_layers(nn::Module& model, const std::vector<std::string>& patterns, const char* call,
                                                             const std::function<bool(const nn::Module&)>& wanted) {
  std::vector<std::pair<std::string, nn::Module*>> found;
  std::vector<bool> used(patterns.size());
  std::string all;
  model.apply([&](const std::string& path, nn::Module& m) {
    if (wanted && !wanted(m)) return;
    if (all.size() < 400) all += (all.empty() ? "'" : ", '") + path + "'";
    bool fits = false;
    for (size_t i = 0; i < patterns.size(); ++i)
      if (nn::path_matches(path, patterns[i])) used[i] = fits = true;
    if (fits) found.emplace_back(path, &m);
  });
  for (size_t i = 0; i < patterns.size(); ++i)
    WICK_CHECK_TYPE(ValueError, used[i], call, ": no module matches '", patterns[i], "'; there are ", all.empty() ? "none" : all);
  return found;
}

std::string number(double v) {
  char s[32];
  std::snprintf(s, sizeof s, "%.4g", v);
  return s;
}

std::string row(const std::string& name, size_t width, const std::vector<std::string>& cells) {
  std::string line = name;
  if (line.size() < width) line.append(width - line.size(), ' ');
  for (const std::string& c : cells) line += std::string(c.size() < 11 ? 11 - c.size() : 1, ' ') + c;
  return line + "\n";
}

}  // namespace wick::debug
