#include "autograd/autocast.h"

#include <unordered_map>

#include <wick/autograd/autocast.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"

namespace wick::autograd {
namespace {

// A parameter in low precision. It holds for the version that was cast, and for calls that record as that one did.
struct Copy {
  Tensor parameter, cast;
  uint32_t version;
  bool recorded;
};

struct State {
  ScalarType dtype = kBFloat16;
  std::unordered_map<int, std::pair<bool, ScalarType>> others;  // devices that this build does not have: remembered, without effect
  bool cache = true;
  int depth = 0;
  std::unordered_map<const void*, Copy> copies;
};
State& state() {
  static thread_local State s;
  return s;
}

Tensor cached(const Tensor& t, ScalarType dtype) {
  Copy& c = state().copies[t.unsafeGetTensorImpl()];
  const uint32_t version = any_impl(t)->current_version();
  if (!c.cast.defined() || c.version != version || c.recorded != recording_enabled() || c.cast.scalar_type() != dtype) c = {t, t.to(dtype), version, recording_enabled()};
  return c.cast;
}

std::pair<bool, ScalarType>& other(DeviceType device) { return state().others.try_emplace(static_cast<int>(device), false, kHalf).first->second; }

}  // namespace

ScalarType autocast_dtype() { return state().dtype; }
bool autocast_eligible(const Tensor& t) { return t.defined() && t.is_floating_point() && t.scalar_type() != kDouble; }
Tensor autocast_to(const Tensor& t, ScalarType dtype) {
  if (!autocast_eligible(t) || t.scalar_type() == dtype) return t;
  const bool parameter = dtype == state().dtype && t.scalar_type() == kFloat && t.requires_grad() && t.is_leaf() && !t.is_view();
  return parameter && state().cache && state().depth > 0 && !(gate & kInference) ? cached(t, dtype) : t.to(dtype);
}

}  // namespace wick::autograd

namespace wick::amp::inline v1 {
using wick::autograd::other;
using wick::autograd::state;

bool is_autocast_enabled(DeviceType device) { return device == DeviceType::CPU ? (gate & kAutocast) != 0 : other(device).first; }
void set_autocast_enabled(DeviceType device, bool enabled) {
  if (device != DeviceType::CPU) other(device).first = enabled;
  else gate = enabled ? gate | kAutocast : gate & ~kAutocast;
}
ScalarType get_autocast_dtype(DeviceType device) { return device == DeviceType::CPU ? state().dtype : other(device).second; }
void set_autocast_dtype(DeviceType device, ScalarType dtype) {
  WICK_CHECK_TYPE(TypeError, is_reduced_floating_type(dtype), "autocast: the dtype must be bfloat16 or float16, got ", dtype);
  (device == DeviceType::CPU ? state().dtype : other(device).second) = dtype;
}
bool is_autocast_cache_enabled() { return state().cache; }
void set_autocast_cache_enabled(bool enabled) { state().cache = enabled; }
void clear_autocast_cache() { state().copies.clear(); }
int increment_autocast_nesting() { return ++state().depth; }
int decrement_autocast_nesting() { return --state().depth; }

autocast::autocast(bool enabled) : autocast(DeviceType::CPU, std::nullopt, enabled) {}
autocast::autocast(DeviceType device, std::optional<ScalarType> dtype, bool enabled, std::optional<bool> cache_enabled)
    : enabled_before_(is_autocast_enabled()), cache_before_(is_autocast_cache_enabled()), dtype_before_(get_autocast_dtype()) {
  if (device == DeviceType::CPU) {
    set_autocast_dtype(device, dtype.value_or(dtype_before_));
    set_autocast_enabled(device, enabled);
  } else if (enabled) {
    warn(str("autocast: device ", device, " is not available in this build; nothing is cast"));
  }
  set_autocast_cache_enabled(cache_enabled.value_or(cache_before_));
  increment_autocast_nesting();
}
autocast::~autocast() {
  if (decrement_autocast_nesting() == 0) clear_autocast_cache();
  gate = enabled_before_ ? gate | kAutocast : gate & ~kAutocast;
  state().dtype = dtype_before_;
  state().cache = cache_before_;
}

}  // namespace wick::amp::inline v1
