// One word per thread that gates every cross-cutting concern, so that an op's fast path tests it once.
#pragma once

#include <cstdint>

namespace wick {

enum Gate : uint32_t {
  kGradOff = 1,        // recording is switched off
  kInference = 2,      // inference mode
  kAnomaly = 4,        // nodes remember where they were made; backward checks for NaN
  kAutocast = 8,       // casts to lower precision
  kProfiler = 16,      // ops are timed
  kSavedHooks = 32,    // saved tensors go through hooks
};

// Zero when every gate is in its usual state: recording on, all else off.
extern thread_local constinit uint32_t gate __attribute__((tls_model("initial-exec")));

inline bool recording_enabled() { return !(gate & (kGradOff | kInference)); }

// Sets and restores gates for a scope.
struct GateScope {
  uint32_t before;
  explicit GateScope(uint32_t set, uint32_t clear = 0) : before(gate) { gate = (gate & ~clear) | set; }
  ~GateScope() { gate = before; }
  GateScope(const GateScope&) = delete;
  GateScope& operator=(const GateScope&) = delete;
};

}  // namespace wick
