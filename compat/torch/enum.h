// Named choices that options take: torch::kMean, torch::kReflect, ...
#pragma once

#include <variant>

#include <c10/util/Exception.h>
#include <wick/nn/enum.h>

namespace torch {
namespace enumtype {

// Programs keep choices of their own in a std::variant.
using ::wick::enumtype::v1::get_enum_name;
using ::wick::enumtype::v1::reduction_get_enum;
template <class... A>
std::string get_enum_name(const std::variant<A...>& v) {
  return std::visit([](auto choice) { return ::wick::enumtype::name_of(choice.id); }, v);
}
template <class... A>
::wick::Reduction::Reduction reduction_get_enum(const std::variant<A...>& v) {
  return std::visit([](auto choice) { return ::wick::enumtype::reduction_of(choice.id); }, v);
}

}  // namespace enumtype
}  // namespace torch
