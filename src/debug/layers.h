// Modules by pattern, and text for tables.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <wick/nn/module.h>

namespace wick::debug {

// Path and module of those that match one of the patterns and that `wanted` accepts, in order. Errors: a pattern that nothing matches.
std::vector<std::pair<std::string, nn::Module*>> find_layers(nn::Module& model, const std::vector<std::string>& patterns, const char* call,
                                                             const std::function<bool(const nn::Module&)>& wanted = {});
// `%.4g`.
std::string number(double v);
// A line of a table: the name in `width` columns, then numbers in 11 each.
std::string row(const std::string& name, size_t width, const std::vector<std::string>& cells);

}  // namespace wick::debug
