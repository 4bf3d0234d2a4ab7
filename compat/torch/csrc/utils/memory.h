// Found here for programs that include it by this name.
#pragma once

#include <memory>

namespace torch {
using std::make_unique;
}
