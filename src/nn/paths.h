// Names of modules and parameters by patterns.
#pragma once

#include <string>

namespace wick::nn {

// See adapt::matches.
bool path_matches(const std::string& path, const std::string& pattern);

}  // namespace wick::nn
