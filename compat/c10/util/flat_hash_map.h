// Found here for programs that include it by this name.
#pragma once

#include <c10/macros/Macros.h>

#include <unordered_map>

/// ska's map is the standard one.
namespace ska {
template <class K, class V, class... Rest>
using flat_hash_map = std::unordered_map<K, V, Rest...>;
}  // namespace ska
