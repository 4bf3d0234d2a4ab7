// Found here for programs that include it by this name.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/core/dict.h>
#include <wick/core/ivalue.h>

namespace c10 {
namespace impl {
using GenericDict = wick::Dict<wick::IValue, wick::IValue>;
using GenericList = wick::List<wick::IValue>;
}  // namespace impl
}  // namespace c10
