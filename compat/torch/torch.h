// libtorch's umbrella header over Wick: existing programs build unchanged.
#pragma once

#include <cmath>
#include <iostream>
#include <algorithm>
#include <map>
#include <numeric>
#include <unordered_map>

#include <wick/wick.h>

namespace wick {
namespace nn { inline namespace v1 {} namespace functional { inline namespace v1 {} } namespace init { inline namespace v1 {} } namespace utils { inline namespace v1 {} } }
namespace optim { inline namespace v1 {} }
namespace data { inline namespace v1 {} namespace datasets { inline namespace v1 {} } namespace samplers { inline namespace v1 {} } namespace transforms { inline namespace v1 {} } }
}  // namespace wick

// Each level pulls in the inline namespace of Wick's level only, so that names never meet twice. Users may reopen all of them.
namespace torch {
using namespace ::wick::v1;
namespace indexing {
using namespace ::wick::indexing::v1;
}
namespace autograd {
using namespace ::wick::autograd::v1;
}
namespace nn {
using namespace ::wick::nn::v1;
namespace functional { using namespace ::wick::nn::functional::v1; }
namespace init { using namespace ::wick::nn::init::v1; }
namespace utils { using namespace ::wick::nn::utils::v1; }
}  // namespace nn
namespace optim { using namespace ::wick::optim::v1; }
namespace data {
using namespace ::wick::data::v1;
namespace datasets { using namespace ::wick::data::datasets::v1; }
namespace samplers { using namespace ::wick::data::samplers::v1; }
namespace transforms { using namespace ::wick::data::transforms::v1; }
}  // namespace data
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
