// Switches of the calling thread: recording of gradients, inference mode.
#pragma once

#include <cstdint>

#include <wick/core/config.h>

namespace wick {
inline namespace v1 {

/// Whether operations are recorded for backward in this thread.
/// (https://pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation)
struct GradMode {
  static bool is_enabled();
  static void set_enabled(bool enabled);
};

/// Sets GradMode for a scope.
class AutoGradMode {
 public:
  explicit AutoGradMode(bool enabled) : before_(GradMode::is_enabled()) { GradMode::set_enabled(enabled); }
  ~AutoGradMode() { GradMode::set_enabled(before_); }
  AutoGradMode(const AutoGradMode&) = delete;
  AutoGradMode& operator=(const AutoGradMode&) = delete;

 private:
  bool before_;
};

/// No recording in this scope.
struct NoGradGuard : AutoGradMode {
  NoGradGuard() : AutoGradMode(false) {}
};

/// Inference mode in this scope (or normal mode, with `false`): nothing is recorded, and tensors made here
/// keep no version and may never take part in recording. (https://pytorch.org/cppdocs/notes/inference_mode.html)
class InferenceMode {
 public:
  explicit InferenceMode(bool enabled = true);
  ~InferenceMode();
  InferenceMode(const InferenceMode&) = delete;
  InferenceMode& operator=(const InferenceMode&) = delete;
  static bool is_enabled();

 private:
  uint32_t before_;
};

}  // namespace v1
}  // namespace wick
