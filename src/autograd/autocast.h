// Mixed precision: an op that takes part says so in its first line,
//   WICK_AUTOCAST(lower, linear, input, weight, bias);
// which, inside of an autocast scope, calls the op again with its arguments cast and the scope switched off.
#pragma once

#include <optional>
#include <vector>

#include <wick/tensor.h>

#include "core/tls.h"

namespace wick::autograd {

// To the scope's low precision, to float32, or to the widest type among the arguments.
enum class Cast { lower, full, widest };

ScalarType autocast_dtype();
bool autocast_eligible(const Tensor& t);
Tensor autocast_to(const Tensor& t, ScalarType dtype);

inline void widen(ScalarType& widest, const Tensor& t) {
  if (autocast_eligible(t) && t.scalar_type() == kFloat) widest = kFloat;
}
inline void widen(ScalarType& widest, const ArrayRef<Tensor>& list) {
  for (const Tensor& t : list) widen(widest, t);
}
template <class T> void widen(ScalarType&, const T&) {}

inline Tensor cast_argument(const Tensor& t, ScalarType dtype) { return autocast_to(t, dtype); }
inline std::optional<Tensor> cast_argument(const std::optional<Tensor>& t, ScalarType dtype) { return t ? std::optional<Tensor>(autocast_to(*t, dtype)) : std::nullopt; }
inline std::vector<Tensor> cast_argument(const ArrayRef<Tensor>& list, ScalarType dtype) {
  std::vector<Tensor> r;
  for (const Tensor& t : list) r.push_back(autocast_to(t, dtype));
  return r;
}
template <class T> const T& cast_argument(const T& x, ScalarType) { return x; }

// Calls f with the arguments cast, outside of the scope.
template <class F, class... A>
auto autocast_call(Cast cast, F&& f, const A&... a) {
  GateScope off(0, kAutocast);
  ScalarType to = cast == Cast::full ? kFloat : autocast_dtype();
  if (cast == Cast::widest) (widen(to, a), ...);
  return f(cast_argument(a, to)...);
}

}  // namespace wick::autograd

#define WICK_AUTOCAST(cast, f, ...) \
  if (__builtin_expect(gate & kAutocast, 0)) return ::wick::autograd::autocast_call(::wick::autograd::Cast::cast, [](const auto&... a) { return f(a...); }, __VA_ARGS__)
