// What a model computed before it failed.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <wick/core/config.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// While it lives, an Error that leaves a module of this thread tells the shapes that led to it: the last `keep` ops of the forward with
/// the modules they ran in, in the lines after its message. (Errors in models name the module's path at any time.)
class ShapeTrace {
 public:
  explicit ShapeTrace(int64_t keep = 12);
  ~ShapeTrace();
  ShapeTrace(const ShapeTrace&) = delete;
  ShapeTrace& operator=(const ShapeTrace&) = delete;
  /// The lines so far.
  std::string text() const;

 private:
  class Eye;
  std::shared_ptr<Eye> eye_;
};

}  // namespace v1
}  // namespace debug
}  // namespace wick
