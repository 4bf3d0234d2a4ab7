// Whether a computation gives the same every time, and if not, which op is the first that does not.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include <wick/core/config.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// What two runs had in common, and where they parted.
struct RunComparison {
  bool same = true;
  int64_t ops = 0;                      // that gave the same
  std::string what;                     // why they differ: `result`, `arguments` (its op is not seen by watches), `op` (another one), `end` (one run was longer)
  std::string op, other_op;             // the first that differs, in the first and in the second run
  std::string module;                   // in which it ran
  bool backward = false;
  int64_t result = -1;                  // which result of it
  std::vector<int64_t> shape;
  std::vector<std::vector<int64_t>> input_shapes;
};
std::ostream& operator<<(std::ostream& stream, const RunComparison& comparison);

/// Runs `f` twice and compares all results of all ops of this thread by checksums of their bits. Both runs begin with the same state of the
/// default random generator; everything else that `f` changes (parameters, running statistics) it must set itself. Memory: 40 bytes an op.
RunComparison compare_runs(const std::function<void()>& f);

}  // namespace v1
}  // namespace debug
}  // namespace wick
