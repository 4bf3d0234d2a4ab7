// Guards with which extensions switch recording off around their own kernels.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/core/grad_mode.h>

namespace at {

struct AutoDispatchBelowAutograd : NoGradGuard {};
struct AutoDispatchBelowADInplaceOrView : NoGradGuard {};
class AutoNonVariableTypeMode {
 public:
  explicit AutoNonVariableTypeMode(bool enabled = true) : mode_(!enabled && GradMode::is_enabled()) {}

 private:
  AutoGradMode mode_;
};

}  // namespace at
