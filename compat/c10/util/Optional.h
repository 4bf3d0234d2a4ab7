// optional, variant and string_view under c10's names: the standard ones.
#pragma once

#include <c10/macros/Macros.h>

#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

namespace c10 {
using std::bad_optional_access;
using std::get;
using std::get_if;
using std::holds_alternative;
using std::in_place;
using std::in_place_t;
using std::make_optional;
using std::monostate;
using std::nullopt;
using std::nullopt_t;
using std::optional;
using std::variant;
using std::visit;
using string_view = std::string_view;

/// `*value`, or the result of `make()` when there is none.
template <class T, class F>
T value_or_else(const optional<T>& value, F&& make) { return value ? *value : make(); }
}  // namespace c10

namespace torch {
using std::nullopt;
using std::optional;
}  // namespace torch
