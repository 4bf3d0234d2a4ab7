// Tensor: an n-dimensional array with gradients. Its methods are declared here; what each computes stands
// with the function of the same name in <wick/ops/...>.
#pragma once

#include <string_view>
#include <tuple>

#include <wick/core/generator.h>
#include <wick/core/tensor_base.h>

namespace wick {
namespace indexing {
inline namespace v1 {
class TensorIndex;
}
}  // namespace indexing
inline namespace v1 {

class DeprecatedTypeProperties;
template <class T> class MaybeOwned;

/// A list of tensors that somebody else owns.
using TensorList = ArrayRef<Tensor>;

/// An n-dimensional array of one element type, and a node of the autograd graph. Methods that end in `_`
/// change the tensor and return it; being a handle, a const Tensor may be changed, too.
class Tensor : public TensorBase {
 public:
  /// Handles; a Tensor is made by the functions in <wick/ops/factories.h>.
  Tensor() = default;
  using TensorBase::TensorBase;
  explicit Tensor(const TensorBase& base) : TensorBase(base) {}
  explicit Tensor(TensorBase&& base) noexcept : TensorBase(std::move(base)) {}
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(const Tensor& o) & noexcept = default;
  Tensor& operator=(Tensor&& o) & noexcept = default;
  /// `x[0] = v` writes into x: assignment to a temporary copies the elements.
  Tensor& operator=(const Tensor& o) && { return assign(o); }
  Tensor& operator=(Tensor&& o) && { return assign(o); }
  Tensor& operator=(const Scalar& v) &&;

  /// The one element as a number, with the checks of Scalar's conversions. Errors: more than one element.
  Scalar item() const;
  template <class T> T item() const { return item().to<T>(); }

  /// Arithmetic in place and element selection: `x += y`, `x[i]`, `x[i][j]`.
  Tensor& operator+=(const Tensor& o) { return add_(o); }
  Tensor& operator+=(const Scalar& o) { return add_(o); }
  Tensor& operator-=(const Tensor& o) { return sub_(o); }
  Tensor& operator-=(const Scalar& o) { return sub_(o); }
  Tensor& operator*=(const Tensor& o) { return mul_(o); }
  Tensor& operator*=(const Scalar& o) { return mul_(o); }
  Tensor& operator/=(const Tensor& o) { return div_(o); }
  Tensor& operator/=(const Scalar& o) { return div_(o); }
  Tensor& operator&=(const Tensor& o) { return bitwise_and_(o); }
  Tensor& operator|=(const Tensor& o) { return bitwise_or_(o); }
  Tensor& operator^=(const Tensor& o) { return bitwise_xor_(o); }
  Tensor operator~() const { return bitwise_not(); } Tensor operator-() const { return neg(); }
  template <class F, class... Args> decltype(auto) m(F f, Args&&... args) const { return f(*this, static_cast<Args&&>(args)...); }
  Tensor operator[](const Scalar& index) const;
  Tensor operator[](const Tensor& index) const;
  Tensor operator[](int64_t index) const;

  /// Indexing with integers, slices, None, Ellipsis, booleans and tensors, and assignment through it; see
  /// <wick/indexing.h>.
  Tensor index(ArrayRef<indexing::TensorIndex> indices) const;
  Tensor index(std::initializer_list<indexing::TensorIndex> indices) const;
  Tensor& index_put_(ArrayRef<indexing::TensorIndex> indices, const Tensor& values);
  Tensor& index_put_(ArrayRef<indexing::TensorIndex> indices, const Scalar& value);
  Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, const Tensor& values);
  Tensor& index_put_(std::initializer_list<indexing::TensorIndex> indices, const Scalar& value);

  /// The gradient that backward accumulated; undefined before. `mutable_grad` can be assigned.
  const Tensor& grad() const;
  Tensor& mutable_grad() const;

  /// Computes the gradients of this tensor with respect to the graph's leaves (or `inputs`) and adds them
  /// to their `grad()`. `gradient` is needed unless this has one element. `retain_graph` (default:
  /// `create_graph`) keeps the saved tensors for another pass; `create_graph` makes gradients
  /// differentiable. (https://pytorch.org/docs/stable/generated/torch.Tensor.backward.html)
  void backward(const Tensor& gradient = {}, std::optional<bool> retain_graph = std::nullopt, bool create_graph = false,
                std::optional<TensorList> inputs = std::nullopt) const;

  /// Gradient wishes: on leaves only. `retain_grad` keeps the gradient of a non-leaf, too.
  const Tensor& set_requires_grad(bool requires_grad) const;
  Tensor& requires_grad_(bool requires_grad = true) const;
  void retain_grad() const;

  /// The same elements outside the graph: `detach` as a view that shares versions, `variable_data` and
  /// `data` with a version of their own. `set_data` makes this tensor show another one's elements.
  Tensor& detach_() const;
  Tensor variable_data() const;
  Tensor tensor_data() const;
  Tensor data() const { return variable_data(); }
  void set_data(const Tensor& new_data) const;
  const Tensor& _base() const;

  /// Copies on other devices.
  Tensor cpu() const { return to(DeviceType::CPU); }
  Tensor cuda() const { return to(DeviceType::CUDA); }
  /// This tensor with the elements converted or moved; itself when nothing changes and `copy` is false.
  Tensor to(TensorOptions options = {}, bool non_blocking = false, bool copy = false, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  Tensor to(Device device, ScalarType dtype, bool non_blocking = false, bool copy = false, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  Tensor to(ScalarType dtype, bool non_blocking = false, bool copy = false, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  Tensor to(TypeMeta dtype, bool non_blocking = false, bool copy = false) const { return to(dtype.toScalarType(), non_blocking, copy); }
  Tensor to(Device device, TypeMeta dtype, bool non_blocking = false, bool copy = false) const { return to(device, dtype.toScalarType(), non_blocking, copy); }
  Tensor to(const Tensor& other, bool non_blocking = false, bool copy = false, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  /// This tensor with its elements in the order of `format` and no gaps; itself when they lie so already.
  Tensor contiguous(MemoryFormat format = MemoryFormat::Contiguous) const;
  Tensor toType(ScalarType t) const { return to(t); }
  /// This tensor, or a contiguous copy; include <wick/core/maybe_owned.h>. For old programs: the dtype and device as one.
  inline MaybeOwned<Tensor> expect_contiguous(MemoryFormat format = MemoryFormat::Contiguous) const&;
  inline DeprecatedTypeProperties& type() const;
  /// Whether both show the same elements in the same geometry; page-locked memory (needs a GPU: an Error without); memory
  /// that forked processes share, for a tensor that is alone on its storage.
  bool is_set_to(const Tensor& o) const;
  Tensor pin_memory(std::optional<Device> device = std::nullopt) const;
  Tensor& share_memory_() const;

  /// Sparse tensors (see <wick/ops/sparse.h>). To and from strided ones; one entry for each place, in order; the parts
  /// (`indices` and `values` of a coalesced tensor only, with gradients; `_indices` and `_values` of any); how many
  /// entries, sparse and dense dimensions. `sparse_mask` takes the elements at the places of `mask`.
  Tensor to_dense(std::optional<ScalarType> dtype = std::nullopt, std::optional<bool> masked_grad = std::nullopt) const;
  Tensor to_sparse() const;
  Tensor to_sparse(int64_t sparse_dim) const;
  Tensor coalesce() const;
  bool is_coalesced() const;
  Tensor& _coalesced_(bool coalesced) const;
  Tensor indices() const; Tensor values() const; Tensor _indices() const; Tensor _values() const;
  int64_t _nnz() const; int64_t sparse_dim() const; int64_t dense_dim() const;
  int64_t _dimI() const { return sparse_dim(); } int64_t _dimV() const { return dense_dim(); }
  Tensor sparse_mask(const Tensor& mask) const;
  const Tensor& sparse_resize_(IntArrayRef size, int64_t sparse_dim, int64_t dense_dim) const;
  const Tensor& sparse_resize_and_clear_(IntArrayRef size, int64_t sparse_dim, int64_t dense_dim) const;

  /// Prints the tensor to standard output; the name of its type such as `CPUFloatType`.
  void print() const;
  std::string toString() const;

  /// Filling, resizing and drawing random numbers in place; new tensors like this one.
  Tensor chalf(std::optional<MemoryFormat> memory_format = std::nullopt) const;
  std::vector<Tensor> unsafe_chunk(int64_t chunks, int64_t dim = 0) const;
  Tensor& copy_(const Tensor& src, bool non_blocking = false) const;
  Tensor& fill_diagonal_(const Scalar& fill_value, bool wrap = false) const;
  Tensor new_empty(IntArrayRef size, TensorOptions options = {}) const;
  Tensor new_empty_strided(IntArrayRef size, IntArrayRef stride, TensorOptions options = {}) const;
  Tensor new_full(IntArrayRef size, const Scalar& fill_value, TensorOptions options = {}) const;
  Tensor new_zeros(IntArrayRef size, TensorOptions options = {}) const;
  Tensor new_ones(IntArrayRef size, TensorOptions options = {}) const;
  const Tensor& resize_(IntArrayRef size, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  Tensor narrow_copy(int64_t dim, int64_t start, int64_t length) const;
  Tensor detach() const;
  std::vector<Tensor> unsafe_split(int64_t split_size, int64_t dim = 0) const;
  std::vector<Tensor> unsafe_split_with_sizes(IntArrayRef split_sizes, int64_t dim = 0) const;
  const Tensor& resize_as_(const Tensor& the_template, std::optional<MemoryFormat> memory_format = std::nullopt) const;
  Tensor& set_(const Tensor& source, int64_t storage_offset, IntArrayRef size, IntArrayRef stride = {}) const;
  Tensor& set_(const Tensor& source) const;
  Tensor& set_(Storage source, int64_t storage_offset, IntArrayRef size, IntArrayRef stride = {}) const;
  Tensor& set_(Storage source) const;
  Tensor& set_() const;
  Tensor __and__(const Scalar& other) const;
  Tensor __and__(const Tensor& other) const;
  Tensor& __iand__(const Scalar& other) const; Tensor& __iand__(const Tensor& other) const;
  Tensor __or__(const Scalar& other) const;
  Tensor __or__(const Tensor& other) const;
  Tensor& __ior__(const Scalar& other) const; Tensor& __ior__(const Tensor& other) const;
  Tensor __xor__(const Scalar& other) const;
  Tensor __xor__(const Tensor& other) const;
  Tensor& __ixor__(const Scalar& other) const; Tensor& __ixor__(const Tensor& other) const;
  Tensor __lshift__(const Scalar& other) const;
  Tensor __lshift__(const Tensor& other) const;
  Tensor& __ilshift__(const Scalar& other) const; Tensor& __ilshift__(const Tensor& other) const;
  Tensor __rshift__(const Scalar& other) const;
  Tensor __rshift__(const Tensor& other) const;
  Tensor& __irshift__(const Scalar& other) const; Tensor& __irshift__(const Tensor& other) const;
  Tensor& random_(int64_t from, std::optional<int64_t> to, std::optional<Generator> generator = std::nullopt) const;
  Tensor& random_(int64_t to, std::optional<Generator> generator = std::nullopt) const;
  Tensor& random_(std::optional<Generator> generator = std::nullopt) const;
  Tensor& uniform_(double from = 0, double to = 1, std::optional<Generator> generator = std::nullopt) const;
  Tensor& cauchy_(double median = 0, double sigma = 1, std::optional<Generator> generator = std::nullopt) const;
  Tensor& log_normal_(double mean = 1, double std = 2, std::optional<Generator> generator = std::nullopt) const;
  Tensor& exponential_(double lambd = 1, std::optional<Generator> generator = std::nullopt) const;
  Tensor& geometric_(double p, std::optional<Generator> generator = std::nullopt) const;

  /// Random: as the functions of the same name in <wick/ops/random.h>, with this tensor first.
  Tensor bernoulli(std::optional<Generator> generator = std::nullopt) const;
  Tensor bernoulli(double p, std::optional<Generator> generator = std::nullopt) const;
  Tensor& bernoulli_(const Tensor& p, std::optional<Generator> generator = std::nullopt) const;
  Tensor& bernoulli_(double p = 0.5, std::optional<Generator> generator = std::nullopt) const;
  Tensor multinomial(int64_t num_samples, bool replacement = false, std::optional<Generator> generator = std::nullopt) const;
  Tensor& normal_(double mean = 0, double std = 1, std::optional<Generator> generator = std::nullopt) const;

  /// Elementwise functions of one tensor: as the functions of the same name in <wick/ops/pointwise.h>, with this tensor first.
  Tensor abs() const;
  Tensor& abs_() const;
  Tensor absolute() const;
  Tensor& absolute_() const;
  Tensor angle() const;
  Tensor sgn() const;
  Tensor& sgn_() const;
  Tensor conj() const;
  Tensor conj_physical() const;
  Tensor& conj_physical_() const;
  Tensor resolve_conj() const;
  Tensor resolve_neg() const;
  Tensor acos() const;
  Tensor& acos_() const;
  Tensor arccos() const;
  Tensor& arccos_() const;
  Tensor acosh() const;
  Tensor& acosh_() const;
  Tensor arccosh() const;
  Tensor& arccosh_() const;
  Tensor asinh() const;
  Tensor& asinh_() const;
  Tensor arcsinh() const;
  Tensor& arcsinh_() const;
  Tensor atanh() const;
  Tensor& atanh_() const;
  Tensor arctanh() const;
  Tensor& arctanh_() const;
  Tensor asin() const;
  Tensor& asin_() const;
  Tensor arcsin() const;
  Tensor& arcsin_() const;
  Tensor atan() const;
  Tensor& atan_() const;
  Tensor arctan() const;
  Tensor& arctan_() const;
  Tensor bitwise_not() const;
  Tensor& bitwise_not_() const;
  Tensor logical_not() const;
  Tensor& logical_not_() const;
  Tensor ceil() const;
  Tensor& ceil_() const;
  Tensor cos() const;
  Tensor& cos_() const;
  Tensor cosh() const;
  Tensor& cosh_() const;
  Tensor erf() const;
  Tensor& erf_() const;
  Tensor erfc() const;
  Tensor& erfc_() const;
  Tensor exp() const;
  Tensor& exp_() const;
  Tensor exp2() const;
  Tensor& exp2_() const;
  Tensor expm1() const;
  Tensor& expm1_() const;
  Tensor floor() const;
  Tensor& floor_() const;
  Tensor frac() const;
  Tensor& frac_() const;
  Tensor isnan() const;
  Tensor isreal() const;
  bool is_nonzero() const;
  bool is_same_size(const Tensor& other) const;
  Tensor nan_to_num(std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt) const;
  Tensor& nan_to_num_(std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt) const;
  Tensor log() const;
  Tensor& log_() const;
  Tensor log10() const;
  Tensor& log10_() const;
  Tensor log1p() const;
  Tensor& log1p_() const;
  Tensor log2() const;
  Tensor& log2_() const;
  Tensor mvlgamma(int64_t p) const;
  Tensor& mvlgamma_(int64_t p) const;
  Tensor rad2deg() const;
  Tensor& rad2deg_() const;
  Tensor deg2rad() const;
  Tensor& deg2rad_() const;
  Tensor reciprocal() const;
  Tensor& reciprocal_() const;
  Tensor neg() const;
  Tensor& neg_() const;
  Tensor negative() const;
  Tensor& negative_() const;
  Tensor round() const;
  Tensor round(int64_t decimals) const;
  Tensor& round_() const;
  Tensor& round_(int64_t decimals) const;
  Tensor rsqrt() const;
  Tensor& rsqrt_() const;
  Tensor sigmoid() const;
  Tensor& sigmoid_() const;
  Tensor logit(std::optional<double> eps = std::nullopt) const;
  Tensor& logit_(std::optional<double> eps = std::nullopt) const;
  Tensor sin() const;
  Tensor& sin_() const;
  Tensor sinc() const;
  Tensor& sinc_() const;
  Tensor sinh() const;
  Tensor& sinh_() const;
  Tensor sqrt() const;
  Tensor& sqrt_() const;
  Tensor square() const;
  Tensor& square_() const;
  Tensor tan() const;
  Tensor& tan_() const;
  Tensor tanh() const;
  Tensor& tanh_() const;
  Tensor trunc() const;
  Tensor& trunc_() const;
  Tensor fix() const;
  Tensor& fix_() const;
  std::tuple<Tensor,Tensor> frexp() const;
  Tensor positive() const;
  Tensor& zero_() const;
  Tensor& digamma_() const;
  Tensor& lgamma_() const;
  Tensor lgamma() const;
  Tensor digamma() const;
  Tensor polygamma(int64_t n) const;
  Tensor& polygamma_(int64_t n) const;
  Tensor erfinv() const;
  Tensor& erfinv_() const;
  Tensor i0() const;
  Tensor& i0_() const;
  Tensor sign() const;
  Tensor& sign_() const;
  Tensor signbit() const;
  Tensor isfinite() const;
  Tensor isinf() const;
  Tensor isposinf() const;
  Tensor isneginf() const;

  /// Elementwise functions of two and three tensors: as the functions of the same name in <wick/ops/arithmetic.h>, with this tensor first.
  Tensor add(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor add(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& add_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& add_(const Scalar& other, const Scalar& alpha = 1) const;
  bool allclose(const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) const;
  Tensor copysign(const Tensor& other) const;
  Tensor copysign(const Scalar& other) const;
  Tensor& copysign_(const Tensor& other) const; Tensor& copysign_(const Scalar& other) const;
  Tensor logical_xor(const Tensor& other) const;
  Tensor& logical_xor_(const Tensor& other) const;
  Tensor logical_and(const Tensor& other) const;
  Tensor& logical_and_(const Tensor& other) const;
  Tensor logical_or(const Tensor& other) const;
  Tensor& logical_or_(const Tensor& other) const;
  Tensor clamp(const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt) const;
  Tensor clamp(const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {}) const;
  Tensor& clamp_(const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt) const;
  Tensor& clamp_(const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {}) const;
  Tensor clamp_max(const Scalar& max) const;
  Tensor clamp_max(const Tensor& max) const;
  Tensor& clamp_max_(const Scalar& max) const;
  Tensor& clamp_max_(const Tensor& max) const;
  Tensor clamp_min(const Scalar& min) const;
  Tensor clamp_min(const Tensor& min) const;
  Tensor& clamp_min_(const Scalar& min) const;
  Tensor& clamp_min_(const Tensor& min) const;
  Tensor clip(const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt) const;
  Tensor clip(const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {}) const;
  Tensor& clip_(const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt) const;
  Tensor& clip_(const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {}) const;
  Tensor div(const Tensor& other) const;
  Tensor div(const Tensor& other, std::optional<std::string_view> rounding_mode) const;
  Tensor div(const Scalar& other) const;
  Tensor div(const Scalar& other, std::optional<std::string_view> rounding_mode) const;
  Tensor& div_(const Tensor& other) const;
  Tensor& div_(const Tensor& other, std::optional<std::string_view> rounding_mode) const;
  Tensor& div_(const Scalar& other) const;
  Tensor& div_(const Scalar& other, std::optional<std::string_view> rounding_mode) const;
  Tensor divide(const Tensor& other) const;
  Tensor divide(const Scalar& other) const;
  Tensor divide(const Tensor& other, std::optional<std::string_view> rounding_mode) const;
  Tensor divide(const Scalar& other, std::optional<std::string_view> rounding_mode) const;
  Tensor& divide_(const Tensor& other) const; Tensor& divide_(const Scalar& other) const;
  Tensor& divide_(const Tensor& other, std::optional<std::string_view> rounding_mode) const;
  Tensor& divide_(const Scalar& other, std::optional<std::string_view> rounding_mode) const;
  Tensor true_divide(const Tensor& other) const;
  Tensor true_divide(const Scalar& other) const;
  Tensor& true_divide_(const Tensor& other) const; Tensor& true_divide_(const Scalar& other) const;
  Tensor floor_divide(const Tensor& other) const;
  Tensor floor_divide(const Scalar& other) const;
  Tensor& floor_divide_(const Tensor& other) const; Tensor& floor_divide_(const Scalar& other) const;
  Tensor gcd(const Tensor& other) const;
  Tensor& gcd_(const Tensor& other) const;
  Tensor lcm(const Tensor& other) const;
  Tensor& lcm_(const Tensor& other) const;
  Tensor isclose(const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) const;
  Tensor ldexp(const Tensor& other) const;
  Tensor& ldexp_(const Tensor& other) const;
  Tensor logaddexp(const Tensor& other) const;
  Tensor logaddexp2(const Tensor& other) const;
  Tensor xlogy(const Tensor& other) const;
  Tensor xlogy(const Scalar& other) const;
  Tensor& xlogy_(const Tensor& other) const; Tensor& xlogy_(const Scalar& other) const;
  Tensor mul(const Tensor& other) const;
  Tensor mul(const Scalar& other) const;
  Tensor& mul_(const Tensor& other) const; Tensor& mul_(const Scalar& other) const;
  Tensor multiply(const Tensor& other) const;
  Tensor multiply(const Scalar& other) const;
  Tensor& multiply_(const Tensor& other) const; Tensor& multiply_(const Scalar& other) const;
  Tensor where(const Tensor& condition, const Tensor& other) const;
  Tensor where(const Tensor& condition, const Scalar& other) const;
  Tensor sub(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor sub(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& sub_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor subtract(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor subtract(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor& subtract_(const Tensor& other, const Scalar& alpha = 1) const;
  Tensor& subtract_(const Scalar& other, const Scalar& alpha = 1) const;
  Tensor heaviside(const Tensor& values) const;
  Tensor& heaviside_(const Tensor& values) const;
  Tensor& eq_(const Scalar& other) const; Tensor& eq_(const Tensor& other) const;
  Tensor bitwise_and(const Scalar& other) const;
  Tensor bitwise_and(const Tensor& other) const;
  Tensor& bitwise_and_(const Scalar& other) const; Tensor& bitwise_and_(const Tensor& other) const;
  Tensor bitwise_or(const Scalar& other) const;
  Tensor bitwise_or(const Tensor& other) const;
  Tensor& bitwise_or_(const Scalar& other) const; Tensor& bitwise_or_(const Tensor& other) const;
  Tensor bitwise_xor(const Scalar& other) const;
  Tensor bitwise_xor(const Tensor& other) const;
  Tensor& bitwise_xor_(const Scalar& other) const; Tensor& bitwise_xor_(const Tensor& other) const;
  Tensor bitwise_left_shift(const Tensor& other) const;
  Tensor bitwise_left_shift(const Scalar& other) const;
  Tensor& bitwise_left_shift_(const Tensor& other) const; Tensor& bitwise_left_shift_(const Scalar& other) const;
  Tensor bitwise_right_shift(const Tensor& other) const;
  Tensor bitwise_right_shift(const Scalar& other) const;
  Tensor& bitwise_right_shift_(const Tensor& other) const; Tensor& bitwise_right_shift_(const Scalar& other) const;
  Tensor& lerp_(const Tensor& end, const Scalar& weight) const;
  Tensor& lerp_(const Tensor& end, const Tensor& weight) const;
  Tensor ne(const Scalar& other) const;
  Tensor ne(const Tensor& other) const;
  Tensor& ne_(const Scalar& other) const; Tensor& ne_(const Tensor& other) const;
  Tensor not_equal(const Scalar& other) const;
  Tensor not_equal(const Tensor& other) const;
  Tensor& not_equal_(const Scalar& other) const; Tensor& not_equal_(const Tensor& other) const;
  Tensor eq(const Scalar& other) const;
  Tensor eq(const Tensor& other) const;
  Tensor ge(const Scalar& other) const;
  Tensor ge(const Tensor& other) const;
  Tensor& ge_(const Scalar& other) const; Tensor& ge_(const Tensor& other) const;
  Tensor greater_equal(const Scalar& other) const;
  Tensor greater_equal(const Tensor& other) const;
  Tensor& greater_equal_(const Scalar& other) const; Tensor& greater_equal_(const Tensor& other) const;
  Tensor le(const Scalar& other) const;
  Tensor le(const Tensor& other) const;
  Tensor& le_(const Scalar& other) const; Tensor& le_(const Tensor& other) const;
  Tensor less_equal(const Scalar& other) const;
  Tensor less_equal(const Tensor& other) const;
  Tensor& less_equal_(const Scalar& other) const; Tensor& less_equal_(const Tensor& other) const;
  Tensor gt(const Scalar& other) const;
  Tensor gt(const Tensor& other) const;
  Tensor& gt_(const Scalar& other) const; Tensor& gt_(const Tensor& other) const;
  Tensor greater(const Scalar& other) const;
  Tensor greater(const Tensor& other) const;
  Tensor& greater_(const Scalar& other) const; Tensor& greater_(const Tensor& other) const;
  Tensor lt(const Scalar& other) const;
  Tensor lt(const Tensor& other) const;
  Tensor& lt_(const Scalar& other) const; Tensor& lt_(const Tensor& other) const;
  Tensor less(const Scalar& other) const;
  Tensor less(const Tensor& other) const;
  Tensor& less_(const Scalar& other) const; Tensor& less_(const Tensor& other) const;
  Tensor addcmul(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1) const;
  Tensor& addcmul_(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1) const;
  Tensor addcdiv(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1) const;
  Tensor& addcdiv_(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1) const;
  Tensor& atan2_(const Tensor& other) const;
  Tensor atan2(const Tensor& other) const;
  Tensor arctan2(const Tensor& other) const;
  Tensor& arctan2_(const Tensor& other) const;
  Tensor lerp(const Tensor& end, const Scalar& weight) const;
  Tensor lerp(const Tensor& end, const Tensor& weight) const;
  Tensor fmod(const Scalar& other) const;
  Tensor fmod(const Tensor& other) const;
  Tensor& fmod_(const Scalar& other) const; Tensor& fmod_(const Tensor& other) const;
  Tensor hypot(const Tensor& other) const;
  Tensor& hypot_(const Tensor& other) const;
  Tensor igamma(const Tensor& other) const;
  Tensor& igamma_(const Tensor& other) const;
  Tensor igammac(const Tensor& other) const;
  Tensor& igammac_(const Tensor& other) const;
  Tensor nextafter(const Tensor& other) const;
  Tensor& nextafter_(const Tensor& other) const;
  Tensor remainder(const Scalar& other) const;
  Tensor remainder(const Tensor& other) const;
  Tensor& remainder_(const Scalar& other) const; Tensor& remainder_(const Tensor& other) const;
  Tensor fmin(const Tensor& other) const;
  Tensor fmax(const Tensor& other) const;
  Tensor maximum(const Tensor& other) const;
  Tensor minimum(const Tensor& other) const;
  bool equal(const Tensor& other) const;
  Tensor pow(const Tensor& exponent) const;
  Tensor pow(const Scalar& exponent) const;
  Tensor& pow_(const Scalar& exponent) const;
  Tensor& pow_(const Tensor& exponent) const;
  Tensor float_power(const Tensor& exponent) const;
  Tensor float_power(const Scalar& exponent) const;
  Tensor& float_power_(const Scalar& exponent) const;
  Tensor& float_power_(const Tensor& exponent) const;

  /// Reductions and scans: as the functions of the same name in <wick/ops/reduce.h>, with this tensor first.
  Tensor all(int64_t dim, bool keepdim = false) const;
  Tensor all(OptionalIntArrayRef dim, bool keepdim = false) const;
  Tensor all() const;
  Tensor any(int64_t dim, bool keepdim = false) const;
  Tensor any(OptionalIntArrayRef dim, bool keepdim = false) const;
  Tensor any() const;
  Tensor argmax(std::optional<int64_t> dim = std::nullopt, bool keepdim = false) const;
  Tensor argmin(std::optional<int64_t> dim = std::nullopt, bool keepdim = false) const;
  Tensor bincount(const std::optional<Tensor>& weights = {}, int64_t minlength = 0) const;
  Tensor count_nonzero(IntArrayRef dim) const;
  Tensor count_nonzero(std::optional<int64_t> dim = std::nullopt) const;
  Tensor cov(int64_t correction = 1, const std::optional<Tensor>& fweights = {}, const std::optional<Tensor>& aweights = {}) const;
  Tensor corrcoef() const;
  std::tuple<Tensor,Tensor> cummax(int64_t dim) const;
  std::tuple<Tensor,Tensor> cummin(int64_t dim) const;
  Tensor cumprod(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor& cumprod_(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor cumsum(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor& cumsum_(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor diff(int64_t n = 1, int64_t dim = -1, const std::optional<Tensor>& prepend = {}, const std::optional<Tensor>& append = {}) const;
  Tensor log_softmax(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor logcumsumexp(int64_t dim) const;
  Tensor logsumexp(IntArrayRef dim, bool keepdim = false) const;
  std::tuple<Tensor,Tensor> aminmax(std::optional<int64_t> dim = std::nullopt, bool keepdim = false) const;
  std::tuple<Tensor,Tensor> max(int64_t dim, bool keepdim = false) const;
  Tensor max() const;
  Tensor max(const Tensor& other) const;
  Tensor amax(IntArrayRef dim = {}, bool keepdim = false) const;
  Tensor mean(std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor mean(OptionalIntArrayRef dim, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor nanmean(OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor median() const;
  std::tuple<Tensor,Tensor> median(int64_t dim, bool keepdim = false) const;
  Tensor nanmedian() const;
  std::tuple<Tensor,Tensor> nanmedian(int64_t dim, bool keepdim = false) const;
  std::tuple<Tensor,Tensor> min(int64_t dim, bool keepdim = false) const;
  Tensor min() const;
  Tensor min(const Tensor& other) const;
  Tensor amin(IntArrayRef dim = {}, bool keepdim = false) const;
  std::tuple<Tensor,Tensor> mode(int64_t dim = -1, bool keepdim = false) const;
  Tensor softmax(int64_t dim, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor sum(std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor sum(OptionalIntArrayRef dim, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor nansum(OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor sum_to_size(IntArrayRef size) const;
  Tensor std(bool unbiased) const;
  Tensor std(int dim) const;
  Tensor std(OptionalIntArrayRef dim, bool unbiased, bool keepdim = false) const;
  Tensor std(OptionalIntArrayRef dim = std::nullopt, const std::optional<Scalar>& correction = std::nullopt, bool keepdim = false) const;
  Tensor prod(std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor prod(int64_t dim, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) const;
  Tensor var(bool unbiased) const;
  Tensor var(int dim) const;
  Tensor var(OptionalIntArrayRef dim, bool unbiased, bool keepdim = false) const;
  Tensor var(OptionalIntArrayRef dim = std::nullopt, const std::optional<Scalar>& correction = std::nullopt, bool keepdim = false) const;
  Tensor norm(const std::optional<Scalar>& p, ScalarType dtype) const;
  Tensor norm(const Scalar& p = 2) const;
  Tensor norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) const;
  Tensor norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim = false) const;
  Tensor trace() const;
  Tensor dist(const Tensor& other, const Scalar& p = 2) const;
  Tensor histc(int64_t bins = 100, const Scalar& min = 0, const Scalar& max = 0) const;
  Tensor quantile(const Tensor& q, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, std::string_view interpolation = "linear") const;
  Tensor quantile(double q, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, std::string_view interpolation = "linear") const;
  Tensor nanquantile(const Tensor& q, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, std::string_view interpolation = "linear") const;
  Tensor nanquantile(double q, std::optional<int64_t> dim = std::nullopt, bool keepdim = false, std::string_view interpolation = "linear") const;
  Tensor renorm(const Scalar& p, int64_t dim, const Scalar& maxnorm) const;
  Tensor& renorm_(const Scalar& p, int64_t dim, const Scalar& maxnorm) const;

  /// Products of matrices and linear algebra: as the functions of the same name in <wick/ops/linalg.h>, with this tensor first.
  Tensor addmv(const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor& addmv_(const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor addr(const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor& addr_(const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor baddbmm(const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor& baddbmm_(const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor bmm(const Tensor& mat2) const;
  Tensor dot(const Tensor& tensor) const;
  Tensor vdot(const Tensor& other) const;
  Tensor kron(const Tensor& other) const;
  Tensor matmul(const Tensor& other) const;
  Tensor matrix_power(int64_t n) const;
  Tensor matrix_exp() const;
  Tensor mm(const Tensor& mat2) const;
  Tensor mv(const Tensor& vec) const;
  Tensor pinverse(double rcond = 1e-15) const;
  Tensor addmm(const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor& addmm_(const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor& addbmm_(const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor addbmm(const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1) const;
  Tensor cross(const Tensor& other, std::optional<int64_t> dim = std::nullopt) const;
  std::tuple<Tensor,Tensor> triangular_solve(const Tensor& A, bool upper = true, bool transpose = false, bool unitriangular = false) const;
  std::tuple<Tensor,Tensor,Tensor> svd(bool some = true, bool compute_uv = true) const;
  Tensor cholesky(bool upper = false) const;
  Tensor cholesky_solve(const Tensor& input2, bool upper = false) const;
  Tensor cholesky_inverse(bool upper = false) const;
  std::tuple<Tensor,Tensor> qr(bool some = true) const;
  Tensor lu_solve(const Tensor& LU_data, const Tensor& LU_pivots) const;
  Tensor det() const;
  std::tuple<Tensor,Tensor> slogdet() const;
  Tensor logdet() const;
  Tensor inverse() const;
  Tensor inner(const Tensor& other) const;
  Tensor outer(const Tensor& vec2) const;
  Tensor ger(const Tensor& vec2) const;
  std::tuple<Tensor,Tensor> geqrf() const;
  Tensor orgqr(const Tensor& tau) const;
  Tensor ormqr(const Tensor& tau, const Tensor& other, bool left = true, bool transpose = false) const;

  /// Shapes, views, joining and splitting: as the functions of the same name in <wick/ops/shape.h>, with this tensor first.
  Tensor as_strided(IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt) const;
  const Tensor& as_strided_(IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt) const;
  Tensor broadcast_to(IntArrayRef size) const;
  std::vector<Tensor> chunk(int64_t chunks, int64_t dim = 0) const;
  std::vector<Tensor> tensor_split(int64_t sections, int64_t dim = 0) const;
  std::vector<Tensor> tensor_split(IntArrayRef indices, int64_t dim = 0) const;
  std::vector<Tensor> tensor_split(const Tensor& tensor_indices_or_sections, int64_t dim = 0) const;
  Tensor diag_embed(int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1) const;
  Tensor diagflat(int64_t offset = 0) const;
  Tensor diagonal(int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1) const;
  Tensor expand(IntArrayRef size, bool implicit = false) const;
  Tensor expand_as(const Tensor& other) const;
  Tensor flatten(int64_t start_dim = 0, int64_t end_dim = -1) const;
  Tensor unflatten(int64_t dim, IntArrayRef sizes) const;
  Tensor& fill_(const Scalar& value) const;
  Tensor& fill_(const Tensor& value) const;
  Tensor narrow(int64_t dim, int64_t start, int64_t length) const;
  Tensor narrow(int64_t dim, const Tensor& start, int64_t length) const;
  Tensor permute(IntArrayRef dims) const;
  Tensor movedim(IntArrayRef source, IntArrayRef destination) const;
  Tensor movedim(int64_t source, int64_t destination) const;
  Tensor moveaxis(IntArrayRef source, IntArrayRef destination) const;
  Tensor moveaxis(int64_t source, int64_t destination) const;
  Tensor numpy_T() const;
  Tensor matrix_H() const;
  Tensor mT() const;
  Tensor mH() const;
  Tensor adjoint() const;
  Tensor ravel() const;
  Tensor repeat(IntArrayRef repeats) const;
  Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt) const;
  Tensor repeat_interleave(int64_t repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt) const;
  Tensor reshape(IntArrayRef shape) const;
  Tensor reshape_as(const Tensor& other) const;
  Tensor select(int64_t dim, int64_t index) const;
  Tensor slice(int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1) const;
  Tensor slice_scatter(const Tensor& src, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1) const;
  Tensor select_scatter(const Tensor& src, int64_t dim, int64_t index) const;
  Tensor diagonal_scatter(const Tensor& src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1) const;
  Tensor as_strided_scatter(const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt) const;
  std::vector<Tensor> split(int64_t split_size, int64_t dim = 0) const;
  std::vector<Tensor> split(IntArrayRef split_size, int64_t dim = 0) const;
  std::vector<Tensor> split_with_sizes(IntArrayRef split_sizes, int64_t dim = 0) const;
  std::vector<Tensor> hsplit(int64_t sections) const;
  std::vector<Tensor> hsplit(IntArrayRef indices) const;
  std::vector<Tensor> vsplit(int64_t sections) const;
  std::vector<Tensor> vsplit(IntArrayRef indices) const;
  std::vector<Tensor> dsplit(int64_t sections) const;
  std::vector<Tensor> dsplit(IntArrayRef indices) const;
  Tensor squeeze() const;
  Tensor squeeze(int64_t dim) const;
  Tensor squeeze(IntArrayRef dim) const;
  Tensor& squeeze_() const;
  Tensor& squeeze_(int64_t dim) const;
  Tensor& squeeze_(IntArrayRef dim) const;
  Tensor t() const;
  Tensor& t_() const;
  Tensor tile(IntArrayRef dims) const;
  Tensor transpose(int64_t dim0, int64_t dim1) const;
  Tensor& transpose_(int64_t dim0, int64_t dim1) const;
  Tensor flip(IntArrayRef dims) const;
  Tensor fliplr() const;
  Tensor flipud() const;
  Tensor roll(IntArrayRef shifts, IntArrayRef dims = {}) const;
  Tensor rot90(int64_t k = 1, IntArrayRef dims = {0,1}) const;
  Tensor type_as(const Tensor& other) const;
  Tensor unsqueeze(int64_t dim) const;
  Tensor& unsqueeze_(int64_t dim) const;
  Tensor view_as(const Tensor& other) const;
  Tensor clone(std::optional<MemoryFormat> memory_format = std::nullopt) const;
  std::vector<Tensor> unbind(int64_t dim = 0) const;
  Tensor view(IntArrayRef size) const;
  Tensor view(ScalarType dtype) const;
  Tensor& tril_(int64_t diagonal = 0) const;
  Tensor& triu_(int64_t diagonal = 0) const;
  Tensor diag(int64_t diagonal = 0) const;
  Tensor triu(int64_t diagonal = 0) const;
  Tensor tril(int64_t diagonal = 0) const;
  Tensor swapaxes(int64_t axis0, int64_t axis1) const;
  Tensor& swapaxes_(int64_t axis0, int64_t axis1) const;
  Tensor swapdims(int64_t dim0, int64_t dim1) const;
  Tensor& swapdims_(int64_t dim0, int64_t dim1) const;
  Tensor unfold(int64_t dimension, int64_t size, int64_t step) const;
  Tensor alias() const;

  /// Indexing, gathering, sorting and searching: as the functions of the same name in <wick/ops/index.h>, with this tensor first.
  Tensor index(const std::vector<std::optional<Tensor>>& indices) const;
  Tensor& index_copy_(int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor index_copy(int64_t dim, const Tensor& index, const Tensor& source) const;
  Tensor& index_put_(const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false) const;
  Tensor index_put(const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false) const;
  std::tuple<Tensor,Tensor> kthvalue(int64_t k, int64_t dim = -1, bool keepdim = false) const;
  Tensor& masked_fill_(const Tensor& mask, const Scalar& value) const;
  Tensor& masked_fill_(const Tensor& mask, const Tensor& value) const;
  Tensor masked_fill(const Tensor& mask, const Scalar& value) const;
  Tensor masked_fill(const Tensor& mask, const Tensor& value) const;
  Tensor& masked_scatter_(const Tensor& mask, const Tensor& source) const;
  Tensor masked_scatter(const Tensor& mask, const Tensor& source) const;
  Tensor& put_(const Tensor& index, const Tensor& source, bool accumulate = false) const;
  Tensor put(const Tensor& index, const Tensor& source, bool accumulate = false) const;
  Tensor& index_add_(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1) const;
  Tensor index_add(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1) const;
  Tensor& index_reduce_(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true) const;
  Tensor index_reduce(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true) const;
  Tensor& index_fill_(int64_t dim, const Tensor& index, const Scalar& value) const;
  Tensor& index_fill_(int64_t dim, const Tensor& index, const Tensor& value) const;
  Tensor index_fill(int64_t dim, const Tensor& index, const Scalar& value) const;
  Tensor index_fill(int64_t dim, const Tensor& index, const Tensor& value) const;
  Tensor scatter(int64_t dim, const Tensor& index, const Tensor& src) const;
  Tensor scatter(int64_t dim, const Tensor& index, const Scalar& value) const;
  Tensor scatter(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce) const;
  Tensor scatter(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const;
  Tensor& scatter_(int64_t dim, const Tensor& index, const Tensor& src) const;
  Tensor& scatter_(int64_t dim, const Tensor& index, const Scalar& value) const;
  Tensor& scatter_(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce) const;
  Tensor& scatter_(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const;
  Tensor scatter_add(int64_t dim, const Tensor& index, const Tensor& src) const;
  Tensor& scatter_add_(int64_t dim, const Tensor& index, const Tensor& src) const;
  Tensor scatter_reduce(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true) const;
  Tensor& scatter_reduce_(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true) const;
  Tensor take(const Tensor& index) const;
  Tensor take_along_dim(const Tensor& indices, std::optional<int64_t> dim = std::nullopt) const;
  Tensor index_select(int64_t dim, const Tensor& index) const;
  Tensor masked_select(const Tensor& mask) const;
  Tensor nonzero() const;
  std::vector<Tensor> nonzero_numpy() const;
  Tensor nonzero_static(int64_t size, int64_t fill_value = -1) const;
  Tensor stft(int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool normalized, std::optional<bool> onesided = std::nullopt, std::optional<bool> return_complex = std::nullopt, std::optional<bool> align_to_window = std::nullopt) const;
  Tensor stft(int64_t n_fft, std::optional<int64_t> hop_length = std::nullopt, std::optional<int64_t> win_length = std::nullopt, const std::optional<Tensor>& window = {}, bool center = true, std::string_view pad_mode = "reflect", bool normalized = false, std::optional<bool> onesided = std::nullopt, std::optional<bool> return_complex = std::nullopt, std::optional<bool> align_to_window = std::nullopt) const;
  Tensor istft(int64_t n_fft, std::optional<int64_t> hop_length = std::nullopt, std::optional<int64_t> win_length = std::nullopt, const std::optional<Tensor>& window = {}, bool center = true, bool normalized = false, std::optional<bool> onesided = std::nullopt, std::optional<int64_t> length = std::nullopt, bool return_complex = false) const;
  Tensor argwhere() const;
  Tensor gather(int64_t dim, const Tensor& index, bool sparse_grad = false) const;
  std::tuple<Tensor,Tensor> sort(int64_t dim = -1, bool descending = false) const;
  std::tuple<Tensor,Tensor> sort(std::optional<bool> stable, int64_t dim = -1, bool descending = false) const;
  Tensor msort() const;
  Tensor argsort(int64_t dim = -1, bool descending = false) const;
  Tensor argsort(bool stable, int64_t dim = -1, bool descending = false) const;
  std::tuple<Tensor,Tensor> topk(int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true) const;

  /// Functions that layers are made of: as the functions of the same name in <wick/ops/nn.h>, with this tensor first.
  Tensor relu() const;
  Tensor& relu_() const;
  Tensor prelu(const Tensor& weight) const;
  Tensor hardshrink(const Scalar& lambd = 0.5) const;
 private:
  Tensor& assign(const Tensor& o) { copy_(o); return *this; }
};

// Definitions.
template <class F>
unsigned TensorBase::register_hook(F&& hook) const {
  if constexpr (std::is_void<decltype(hook(std::declval<Tensor>()))>::value)
    return add_hook([h = std::forward<F>(hook)](const Tensor& g) mutable { h(g); return Tensor(); });
  else
    return add_hook([h = std::forward<F>(hook)](const Tensor& g) mutable { return Tensor(h(g)); });
}

/// Prints the elements as PyTorch's C++ frontend does, and the type and shape below them.
std::ostream& operator<<(std::ostream& out, const Tensor& t);
std::ostream& print(std::ostream& out, const Tensor& t, int64_t linesize);
void print(const Tensor& t, int64_t linesize = 80);

/// Lists of tensors, as functions return and take them.
using tensor_list = std::vector<Tensor>;

}  // namespace v1
}  // namespace wick

#include <wick/operators.h>
