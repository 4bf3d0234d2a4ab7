// libtorch's umbrella header over Wick: existing programs build unchanged.
#pragma once

#include <wick/wick.h>

// Each level pulls in the inline namespace of Wick's level only, so that names never meet twice. Users may reopen all of them.
namespace torch {
using namespace ::wick::v1;
namespace indexing {
using namespace ::wick::indexing::v1;
}
namespace autograd {
using namespace ::wick::autograd::v1;
}
}  // namespace torch
namespace at {
using namespace ::wick::v1;
namespace indexing {
using namespace ::wick::indexing::v1;
}
}  // namespace at
namespace c10 {
using namespace ::wick::v1;
}
