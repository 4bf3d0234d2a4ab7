// The backward passes of data-parallel models, for programs that count no steps themselves.
#pragma once

namespace wick::distributed::inline v1 {

struct MeterPasses {
  static void prepared();  // before a forward
  static void reduced();   // after a backward
};

}  // namespace wick::distributed::inline v1
