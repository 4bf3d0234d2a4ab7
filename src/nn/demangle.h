// Type names for messages.
#pragma once

#include <string>
#include <typeinfo>

namespace wick::nn {
std::string demangle(const std::type_info& type);
}
