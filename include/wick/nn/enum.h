// Named choices that options take: `kMean`, `kReflect`, `kReLU`, ...
#pragma once

#include <string>
#include <type_traits>

#include <wick/ops/nn.h>

#define WICK_FORALL_ENUMS(_)                                                                                          \
  _(Linear) _(Conv1D) _(Conv2D) _(Conv3D) _(ConvTranspose1D) _(ConvTranspose2D) _(ConvTranspose3D) _(Sigmoid) _(Tanh)  \
  _(ReLU) _(GELU) _(SiLU) _(Mish) _(LeakyReLU) _(FanIn) _(FanOut) _(Constant) _(Reflect) _(Replicate) _(Circular)      \
  _(Nearest) _(Bilinear) _(Bicubic) _(Trilinear) _(Area) _(NearestExact) _(Sum) _(Mean) _(Max) _(None) _(BatchMean)    \
  _(Zeros) _(Border) _(Reflection) _(RNN_TANH) _(RNN_RELU) _(LSTM) _(GRU) _(Valid) _(Same) _(SELU)

namespace wick {
namespace enumtype {
inline namespace v1 {

/// The choices as numbers.
enum class Id : unsigned char {
#define WICK_ENUM(x) x,
  WICK_FORALL_ENUMS(WICK_ENUM)
#undef WICK_ENUM
};

/// One type for each choice, so that an option takes only those that make sense for it.
#define WICK_ENUM(x) struct k##x { static constexpr Id id = Id::x; };
WICK_FORALL_ENUMS(WICK_ENUM)
#undef WICK_ENUM

/// `kReflect` for the choice of that name.
std::string name_of(Id id);

/// One of the choices `Allowed`.
template <class... Allowed>
class OneOf {
 public:
  template <class T, class = std::enable_if_t<(std::is_same<T, Allowed>::value || ...)>>
  OneOf(T) : id_(T::id) {}
  template <class T> bool is() const { return id_ == T::id; }
  Id id() const { return id_; }
  bool operator==(const OneOf& o) const { return id_ == o.id_; }
  bool operator!=(const OneOf& o) const { return id_ != o.id_; }

 private:
  Id id_;
};

/// How a loss is reduced: `kNone`, `kMean`, `kSum`.
using LossReduction = OneOf<kNone, kMean, kSum>;

/// Name of a choice, and a reduction as ops take it.
template <class... A>
std::string get_enum_name(const OneOf<A...>& v) { return name_of(v.id()); }
::wick::Reduction::Reduction reduction_of(Id id);
template <class... A>
::wick::Reduction::Reduction reduction_get_enum(const OneOf<A...>& v) { return reduction_of(v.id()); }

}  // namespace v1
}  // namespace enumtype

inline namespace v1 {
#define WICK_ENUM(x) constexpr enumtype::k##x k##x{};
WICK_FORALL_ENUMS(WICK_ENUM)
#undef WICK_ENUM
}  // namespace v1
}  // namespace wick

#undef WICK_FORALL_ENUMS
