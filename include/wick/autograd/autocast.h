// Automatic mixed precision: operations that gain from it run in bfloat16 or float16, those that need it in float32.
// (https://pytorch.org/docs/stable/amp.html)
#pragma once

#include <wick/core/device.h>
#include <wick/core/dtype.h>

namespace wick {
namespace amp {
inline namespace v1 {

/// While one lives, this thread casts the arguments of operations: of products and convolutions to `dtype` (bfloat16
/// unless set otherwise), of losses, decompositions, Fourier transforms and the like to float32, and of `cat` and `stack` to
/// the widest type among them, as PyTorch does on the CPU; float64 is left alone. Gradients flow to the tensors as they were,
/// so parameters stay float32. A parameter is cast once; the copy is dropped when the outermost scope ends, or when the
/// parameter changes. Scopes nest; `enabled = false` switches the casts off inside one. Use it around the forward pass and
/// the loss, not around `backward()`.
///
///     { amp::autocast on;  loss = cross_entropy(model(x), y); }
///     loss.backward();
///
/// A device that the build does not have casts nothing, with a warning. Errors: a dtype other than bfloat16 and float16.
/// (https://pytorch.org/docs/stable/amp.html#torch.autocast)
class autocast {
 public:
  explicit autocast(bool enabled = true);
  explicit autocast(DeviceType device, std::optional<ScalarType> dtype = std::nullopt, bool enabled = true, std::optional<bool> cache_enabled = std::nullopt);
  ~autocast();
  autocast(const autocast&) = delete;
  autocast& operator=(const autocast&) = delete;

 private:
  bool enabled_before_, cache_before_;
  ScalarType dtype_before_;
};

/// The state of this thread, and ways to change it without a scope.
bool is_autocast_enabled(DeviceType device = DeviceType::CPU);
void set_autocast_enabled(DeviceType device, bool enabled);
ScalarType get_autocast_dtype(DeviceType device = DeviceType::CPU);
void set_autocast_dtype(DeviceType device, ScalarType dtype);
bool is_autocast_cache_enabled();
void set_autocast_cache_enabled(bool enabled);
/// Drops the copies of parameters; the depth of nested scopes, after the change.
void clear_autocast_cache();
int increment_autocast_nesting();
int decrement_autocast_nesting();

}  // namespace v1
}  // namespace amp
}  // namespace wick
