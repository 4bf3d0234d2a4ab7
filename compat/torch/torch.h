// libtorch's umbrella header over Wick: existing programs build unchanged.
#pragma once

#include <chrono>
#include <fstream>
#include <iomanip>
#include <random>
#include <thread>

#include <torch/types.h>

#include <wick/wick.h>

namespace wick {
namespace nn { inline namespace v1 {} namespace functional { inline namespace v1 {} } namespace init { inline namespace v1 {} } namespace utils { inline namespace v1 {} } }
namespace enumtype { inline namespace v1 {} }
namespace optim { inline namespace v1 {} }
namespace data { inline namespace v1 {} namespace datasets { inline namespace v1 {} } namespace samplers { inline namespace v1 {} } namespace transforms { inline namespace v1 {} } }
}  // namespace wick

namespace torch {
namespace enumtype {
using namespace ::wick::enumtype::v1;
}
namespace nn {
using namespace ::wick::nn::v1;
namespace functional { using namespace ::wick::nn::functional::v1; }
namespace init { using namespace ::wick::nn::init::v1; }
namespace utils { using namespace ::wick::nn::utils::v1; }
}  // namespace nn
namespace optim {
using namespace ::wick::optim::v1;
}
namespace data {
using namespace ::wick::data::v1;
namespace datasets { using namespace ::wick::data::datasets::v1; }
namespace samplers { using namespace ::wick::data::samplers::v1; }
namespace transforms { using namespace ::wick::data::transforms::v1; }
}  // namespace data
}  // namespace torch

#define TORCH_MODULE(Name) WICK_MODULE(Name)
#define TORCH_MODULE_IMPL(Name, Impl) class Name : public ::wick::nn::ModuleHolder<Impl> { public: using ::wick::nn::ModuleHolder<Impl>::ModuleHolder; using Impl##Type [[maybe_unused]] = Impl; }
#define TORCH_ARG(T, name) WICK_ARG(T, name)
