// Warnings: where they go.
#pragma once

#include <functional>
#include <string>

#include <wick/core/config.h>

namespace wick {
inline namespace v1 {

/// Hands `text` to the warning handler.
void warn(const std::string& text);
/// Replaces the handler of all threads, standard error at first, and returns the one before; empty for that one.
std::function<void(const std::string&)> set_warning_handler(std::function<void(const std::string&)> handler);

}  // namespace v1
}  // namespace wick
