// Finds the op that made the first NaN or infinity.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// A value that is no number, or infinite, in the result of an op.
struct BadValue {
  std::string op;                                  // `aten::log`
  std::string module;                              // path of the module it ran in; in backward that of its forward
  std::string step;                                // in backward: the step it is part of, `LogBackward0`
  bool backward = false;
  double value = 0;                                // NaN or an infinity
  int64_t result = 0;                              // number of the result
  std::vector<int64_t> index, shape;               // where in it, and its shape
  std::vector<std::vector<int64_t>> input_shapes;
  int64_t input = -1;                              // the argument that held such a value already, or -1: the op made it
  std::string input_name;                          // of that argument, when it is a parameter or a buffer of a module under way: `Net.bn: running_var`
  std::vector<double> input_values;                // else what elementwise arguments held there
  /// All of it, in a few lines.
  std::string text() const;
};

/// What is looked for, and what happens then: an Error with the text (`throws`), or the value is kept and the program goes on. Of an op
/// whose argument is bad already, nothing is told after the first. Filling and masking with infinities is no fault; `ignore` lists more ops.
struct NanWatchOptions {
  WICK_ARG(bool, nan) = true;
  WICK_ARG(bool, inf) = true;
  WICK_ARG(bool, throws) = true;
  WICK_ARG(std::vector<std::string>, ignore);
};

/// While it lives, looks at every result of every op of this thread, forward and backward. Costs a pass over each result; nothing when there
/// is none. `debug::NanWatch watch; train_step(batch);`
class NanWatch {
 public:
  explicit NanWatch(NanWatchOptions options = {});
  ~NanWatch();
  NanWatch(const NanWatch&) = delete;
  NanWatch& operator=(const NanWatch&) = delete;
  /// What was found so far.
  const std::vector<BadValue>& found() const;

 private:
  class Eye;
  std::shared_ptr<Eye> eye_;
};

/// Parameters, buffers and gradients of a model that hold a NaN or an infinity, as lines such as `bn.running_var: nan at [3]`.
std::vector<std::string> bad_values(const nn::Module& module);

}  // namespace v1
}  // namespace debug
}  // namespace wick
