// What stands between the brackets of `x.index({...})`: integers, slices, None, Ellipsis, booleans and tensors.
#pragma once

#include <wick/tensor.h>

namespace wick {
namespace indexing {
inline namespace v1 {

/// Largest and smallest bound: those that an omitted start or stop stands for (PyTorch's numbers, as it prints them).
constexpr int64_t INDEX_MAX = (int64_t{1} << 62) - 1;
constexpr int64_t INDEX_MIN = -INDEX_MAX - 1;

/// Kinds of index.
enum class TensorIndexType { None, Ellipsis, SymInt, Boolean, Slice, Tensor };

/// A new dimension of size 1.
constexpr std::nullopt_t None = std::nullopt;

/// All dimensions that the other indices leave: `x.index({Ellipsis, 0})`.
struct EllipsisIndexType final {
  EllipsisIndexType() = default;
};
inline const EllipsisIndexType Ellipsis = EllipsisIndexType();

/// An integer of a slice; converts to one.
class Bound {
 public:
  constexpr Bound(int64_t v) : v_(v) {}
  constexpr operator int64_t() const { return v_; }
  constexpr int64_t expect_int() const { return v_; }

 private:
  int64_t v_;
};

/// `start:stop:step` as in Python; each may be left out or None. Negative bounds count from the end.
/// Errors: ValueError for step 0.
struct Slice final {
 public:
  Slice(std::optional<int64_t> start = std::nullopt, std::optional<int64_t> stop = std::nullopt, std::optional<int64_t> step = std::nullopt);

  /// The three numbers, with the defaults filled in.
  Bound start() const { return start_; }
  Bound stop() const { return stop_; }
  Bound step() const { return step_; }

 private:
  int64_t start_, stop_, step_;
};

/// One index of any kind, made implicitly from what it is.
/// Errors: ValueError for a string other than "...".
class TensorIndex final {
 public:
  TensorIndex(std::nullopt_t) : type_(TensorIndexType::None) {}
  TensorIndex(EllipsisIndexType) : type_(TensorIndexType::Ellipsis) {}
  TensorIndex(const char* text);
  TensorIndex(int64_t integer) : type_(TensorIndexType::SymInt), integer_(integer) {}
  TensorIndex(int integer) : TensorIndex(static_cast<int64_t>(integer)) {}
  TensorIndex(long long integer) : TensorIndex(static_cast<int64_t>(integer)) {}
  template <class T, class = std::enable_if_t<std::is_same<bool, T>::value>>
  TensorIndex(T boolean) : type_(TensorIndexType::Boolean), integer_(boolean) {}
  TensorIndex(Slice slice) : type_(TensorIndexType::Slice), slice_(slice) {}
  TensorIndex(Tensor tensor) : type_(TensorIndexType::Tensor), tensor_(std::move(tensor)) {}

  /// Which kind it is, and the value of that kind.
  bool is_none() const { return type_ == TensorIndexType::None; }
  bool is_ellipsis() const { return type_ == TensorIndexType::Ellipsis; }
  bool is_integer() const { return type_ == TensorIndexType::SymInt; }
  bool is_boolean() const { return type_ == TensorIndexType::Boolean; }
  bool is_slice() const { return type_ == TensorIndexType::Slice; }
  bool is_tensor() const { return type_ == TensorIndexType::Tensor; }
  Bound integer() const { return integer_; }
  bool boolean() const { return integer_ != 0; }
  const Slice& slice() const { return slice_; }
  const Tensor& tensor() const { return tensor_; }

 private:
  TensorIndexType type_;
  int64_t integer_ = 0;
  Slice slice_;
  Tensor tensor_;
};

/// Prints `0:5:2`; an index; and a list of them as `(1, 0:5:2, None, ...)`.
std::ostream& operator<<(std::ostream& out, const Slice& slice);
std::ostream& operator<<(std::ostream& out, const TensorIndex& index);
std::ostream& operator<<(std::ostream& out, const std::vector<TensorIndex>& indices);

}  // namespace v1
}  // namespace indexing
}  // namespace wick
