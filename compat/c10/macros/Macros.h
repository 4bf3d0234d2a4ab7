// The namespaces of libtorch over Wick's, and c10's compiler macros.
#pragma once

// Wick keeps every public name in an inline namespace of its level (`wick::nn::v1`). A using directive for exactly
// that level makes its names members of libtorch's level without making them meet twice, and leaves `torch`, `at` and
// `c10` real namespaces that programs can reopen. Levels follow libtorch: `torch` sees `at`, `at` sees `c10`.
namespace wick {
inline namespace v1 {}
namespace indexing { inline namespace v1 {} }
namespace enumtype { inline namespace v1 {} }
namespace autograd { inline namespace v1 {} }
namespace nn {
inline namespace v1 {}
namespace functional { inline namespace v1 {} }
namespace init { inline namespace v1 {} }
namespace utils {
inline namespace v1 {}
namespace rnn { inline namespace v1 {} }
namespace parametrize { inline namespace v1 {} }
namespace parametrizations { inline namespace v1 {} }
namespace prune { inline namespace v1 {} }
namespace stateless { inline namespace v1 {} }
}  // namespace utils
namespace parallel { inline namespace v1 {} }
namespace testing { inline namespace v1 {} }
}  // namespace nn
namespace func { inline namespace v1 {} }
namespace optim {
inline namespace v1 {}
namespace lr_scheduler { inline namespace v1 {} }
namespace swa_utils { inline namespace v1 {} }
}  // namespace optim
namespace serialize { inline namespace v1 {} }
namespace jit { inline namespace v1 {} }
namespace data {
inline namespace v1 {}
namespace datasets { inline namespace v1 {} }
namespace samplers { inline namespace v1 {} }
namespace transforms { inline namespace v1 {} }
}  // namespace data
}  // namespace wick

namespace c10 { using namespace ::wick::v1; }

namespace at {
using namespace ::c10;
namespace indexing { using namespace ::wick::indexing::v1; }
}  // namespace at

namespace torch {
using namespace ::at;
namespace autograd { using namespace ::wick::autograd::v1; }
namespace enumtype { using namespace ::wick::enumtype::v1; }
namespace nn {
using namespace ::wick::nn::v1;
namespace functional { using namespace ::wick::nn::functional::v1; }
namespace init { using namespace ::wick::nn::init::v1; }
namespace utils {
using namespace ::wick::nn::utils::v1;
namespace rnn { using namespace ::wick::nn::utils::rnn::v1; }
namespace parametrize { using namespace ::wick::nn::utils::parametrize::v1; }
namespace parametrizations { using namespace ::wick::nn::utils::parametrizations::v1; }
namespace prune { using namespace ::wick::nn::utils::prune::v1; }
namespace stateless { using namespace ::wick::nn::utils::stateless::v1; }
}  // namespace utils
namespace parallel { using namespace ::wick::nn::parallel::v1; }
namespace testing { using namespace ::wick::nn::testing::v1; }
}  // namespace nn
namespace func { using namespace ::wick::func::v1; }
namespace optim {
using namespace ::wick::optim::v1;
namespace lr_scheduler { using namespace ::wick::optim::lr_scheduler::v1; }
namespace swa_utils { using namespace ::wick::optim::swa_utils::v1; }
}  // namespace optim
namespace serialize { using namespace ::wick::serialize::v1; }
namespace jit { using namespace ::wick::v1; using namespace ::wick::jit::v1; }
namespace data {
using namespace ::wick::data::v1;
namespace datasets { using namespace ::wick::data::datasets::v1; }
namespace samplers { using namespace ::wick::data::samplers::v1; }
namespace transforms {}  // name by name in <torch/data.h>: programs specialise Stack
}  // namespace data
}  // namespace torch

namespace caffe2 { using namespace ::c10; }

#define C10_EXPORT __attribute__((__visibility__("default")))
#define C10_HIDDEN __attribute__((__visibility__("hidden")))
#define C10_IMPORT C10_EXPORT
#define C10_API C10_EXPORT
#define C10_API_ENUM
#define TORCH_API C10_EXPORT
#define TORCH_API_ENUM

#define C10_CONCATENATE_IMPL(s1, s2) s1##s2
#define C10_CONCATENATE(s1, s2) C10_CONCATENATE_IMPL(s1, s2)
#define C10_MACRO_EXPAND(args) args
#define C10_STRINGIZE_IMPL(x) #x
#define C10_STRINGIZE(x) C10_STRINGIZE_IMPL(x)
#define C10_UID __COUNTER__
#define C10_ANONYMOUS_VARIABLE(str) C10_CONCATENATE(str, __COUNTER__)
#define C10_EXPAND_MSVC_WORKAROUND(x) x

#define C10_NODISCARD [[nodiscard]]
#define C10_UNUSED [[maybe_unused]]
#define C10_FALLTHROUGH [[fallthrough]]
#define C10_DEPRECATED [[deprecated]]
#define C10_DEPRECATED_MESSAGE(message) [[deprecated(message)]]
#define C10_HAS_CPP_ATTRIBUTE(x) __has_cpp_attribute(x)
#define C10_USED __attribute__((__used__))
#define C10_RESTRICT __restrict
#define C10_NOINLINE __attribute__((noinline))
#define C10_ALWAYS_INLINE __attribute__((__always_inline__)) inline
#define C10_ALWAYS_INLINE_ATTRIBUTE __attribute__((__always_inline__))
#define C10_ATTR_VISIBILITY_HIDDEN C10_HIDDEN
#define C10_ERASE C10_ALWAYS_INLINE C10_HIDDEN
#define C10_LIKELY(expr) (__builtin_expect(static_cast<bool>(expr), 1))
#define C10_UNLIKELY(expr) (__builtin_expect(static_cast<bool>(expr), 0))
#define C10_UNLIKELY_OR_CONST(expr) C10_UNLIKELY(expr)
#define C10_DISABLE_COPY_AND_ASSIGN(classname) \
  classname(const classname&) = delete;        \
  classname& operator=(const classname&) = delete
#define CONSTEXPR_EXCEPT_WIN_CUDA constexpr
#define C10_HOST_CONSTEXPR constexpr
#define CUDA_KERNEL_ASSERT(cond) assert(cond)

#define C10_CLANG_DIAGNOSTIC_PUSH()
#define C10_CLANG_DIAGNOSTIC_POP()
#define C10_CLANG_DIAGNOSTIC_IGNORE(flag)
#define C10_CLANG_HAS_WARNING(flag) 0
#define C10_DIAGNOSTIC_PUSH_AND_IGNORED_IF_DEFINED(warning)
#define C10_DIAGNOSTIC_POP()

#if defined(__CUDACC__) || defined(__HIPCC__)
#define C10_HOST_DEVICE __host__ __device__
#define C10_DEVICE __device__
#define C10_HOST __host__
#else
#define C10_HOST_DEVICE
#define C10_DEVICE
#define C10_HOST
#endif

#ifdef __SANITIZE_ADDRESS__
#define C10_ASAN_ENABLED 1
#else
#define C10_ASAN_ENABLED 0
#endif
