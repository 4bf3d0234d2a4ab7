// Random fills in place, random factories, and the state of generators.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "core/rng.h"
#include "ops/random.h"
#include "ops/view.h"

namespace wick::ops {

Drawing::Drawing(const std::optional<Generator>& g) : generator(g && g->defined() ? *g : default_generator()), lock(generator.mutex()) {}

namespace {

// Runs f(data, n) on contiguous elements in iteration order: on those of t, or on a copy that goes back.
template <class F>
void fill_elements(const Tensor& t, F f) {
  if (t.is_contiguous()) return f(static_cast<void*>(impl(t)->data), t.numel());
  const Tensor c = make_tensor(t.sizes(), t.scalar_type());
  f(static_cast<void*>(impl(c)->data), c.numel());
  raw_copy(t, c);
}
// PyTorch visits elements in the order they lie in memory: t with the dimensions in the order of the strides of `by`.
Tensor in_memory_order(const Tensor& t, const Tensor& by) {
  SmallVec<size_t, 6> order;
  for (size_t d = 0; d < t.sizes().size(); ++d) order.push_back(d);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return by.strides()[a] > by.strides()[b]; });
  DimVec sizes, strides;
  for (size_t d : order) {
    sizes.push_back(t.sizes()[d]);
    strides.push_back(t.strides()[d]);
  }
  return make_alias(t, sizes, strides, t.storage_offset());
}

template <class F>
Tensor& draw(const char* node, const char* op, const Tensor& self, const std::optional<Generator>& generator, F f) {
  check_defined(op, {self});
  return overwrite(node, self, [&] {
    Drawing d(generator);
    fill_elements(self.is_contiguous() ? self : in_memory_order(self, self), [&](void* p, int64_t n) { f(d.state(), p, n); });
  });
}

void check_real(const char* op, const Tensor& t) {
  check_defined(op, {t});
  WICK_CHECK_TYPE(NotImplementedError, !t.is_complex(), "\"", op, "\" not implemented for '", t.scalar_type(), "'");
}
void check_floating(const char* op, const Tensor& t, bool complex = false) {
  check_defined(op, {t});
  WICK_CHECK_TYPE(NotImplementedError, t.is_floating_point() || (complex && t.is_complex()), "\"", op, "\" not implemented for '", t.scalar_type(), "'");
}

// The integers that a type holds exactly; bounds of random_(from, to).
std::pair<double, double> limits(ScalarType t) {
  switch (t) {
    case kBool: return {0, 1};
    case kByte: return {0, 255};
    case kChar: return {-128, 127};
    case kShort: return {-32768, 32767};
    case kInt: return {-2147483648.0, 2147483647.0};
    case kHalf: return {-65504, 65504};
    case kLong: return {-9223372036854775808.0, 9223372036854775807.0};
    default: return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  }
}
void check_from_to(ScalarType t, int64_t from, int64_t last) {
  const auto [lo, hi] = limits(t);
  WICK_CHECK(static_cast<double>(from) >= lo && static_cast<double>(from) <= hi, "from is out of bounds for ", TypeMeta(t));
  WICK_CHECK(static_cast<double>(last) >= lo && static_cast<double>(last) <= hi, "to - 1 is out of bounds for ", TypeMeta(t));
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- In place ------------------------------------------------------------------------------------------------------------

Tensor& Tensor::uniform_(double from, double to, std::optional<Generator> generator) const {
  check_floating("uniform_", *this, true);
  WICK_CHECK(from <= to, "uniform_ expects to return a [from, to) range, but found from=", from, " > to=", to);
  const ScalarType t = to_real_type(scalar_type());
  const double most = t == kFloat ? std::numeric_limits<float>::max() : t == kHalf ? 65504 : t == kBFloat16 ? static_cast<double>(static_cast<float>(std::numeric_limits<BFloat16>::max())) : std::numeric_limits<double>::max();
  WICK_CHECK(from >= -most && from <= most, "from is out of bounds for ", dtype());
  WICK_CHECK(to >= -most && to <= most, "to is out of bounds for ", dtype());
  WICK_CHECK(to - from <= most, "uniform_ expects to-from <= std::numeric_limits<", scalar_type(), ">::max(), but found to=", to, " and from=", from, " which result in to-from to exceed the limit");
  return draw("UniformBackward0", "uniform_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::uniform(s, scalar_type(), p, n, from, to); });
}

Tensor& Tensor::normal_(double mean, double std, std::optional<Generator> generator) const {
  check_floating("normal_", *this, true);
  WICK_CHECK(std >= 0, "normal expects std >= 0.0, but found std ", std);
  if (is_contiguous()) return draw("NormalBackward0", "normal_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::normal(s, scalar_type(), p, n, mean, std); });
  return draw("NormalBackward0", "normal_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::normal_strided(s, scalar_type(), p, n, mean, std); });
}

Tensor& Tensor::random_(int64_t from, std::optional<int64_t> to, std::optional<Generator> generator) const {
  check_real("random_", *this);
  const ScalarType t = scalar_type();
  if (to) {
    WICK_CHECK(from < *to, "random_ expects 'from' to be less than 'to', but got from=", from, " >= to=", *to);
    check_from_to(t, from, *to - 1);
  } else {
    check_from_to(t, from, from);
  }
  return draw("RandomBackward0", "random_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) {
    if (!to && from == std::numeric_limits<int64_t>::min()) rng::random_full_64(s, t, p, n);
    else rng::random_from_to(s, t, p, n, from, to);
  });
}
Tensor& Tensor::random_(int64_t to, std::optional<Generator> generator) const { return random_(0, std::optional<int64_t>(to), generator); }
Tensor& Tensor::random_(std::optional<Generator> generator) const {
  check_real("random_", *this);
  return draw("RandomBackward2", "random_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::random_full(s, scalar_type(), p, n); });
}

Tensor& Tensor::exponential_(double lambd, std::optional<Generator> generator) const {
  check_floating("exponential_", *this);
  WICK_CHECK(lambd > 0, "exponential_ expects lambda > 0.0, but found lambda=", lambd);
  return draw("ExponentialBackward0", "exponential_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::exponential(s, scalar_type(), p, n, lambd); });
}
Tensor& Tensor::cauchy_(double median, double sigma, std::optional<Generator> generator) const {
  check_floating("cauchy_", *this);
  WICK_CHECK(sigma > 0, "cauchy_ expects sigma > 0.0, but found sigma=", sigma);
  return draw("CauchyBackward0", "cauchy_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::cauchy(s, scalar_type(), p, n, median, sigma); });
}
Tensor& Tensor::log_normal_(double mean, double std, std::optional<Generator> generator) const {
  check_floating("log_normal_", *this);
  WICK_CHECK(std > 0, "log_normal_ expects std > 0.0, but found std=", std);
  return draw("LogNormalBackward0", "log_normal_", *this, generator, [&](rng::GeneratorState& s, void* p, int64_t n) { rng::log_normal(s, scalar_type(), p, n, mean, std); });
}
Tensor& Tensor::geometric_(double p, std::optional<Generator> generator) const {
  check_real("geometric_", *this);
  WICK_CHECK(0 < p && p < 1, "geometric_ expects p to be in (0, 1), but got p=", p);
  WICK_CHECK_TYPE(NotImplementedError, scalar_type() != kBool, "\"geometric_\" not implemented for 'Bool'");
  return draw("GeometricBackward0", "geometric_", *this, generator, [&](rng::GeneratorState& s, void* d, int64_t n) { rng::geometric(s, scalar_type(), d, n, p); });
}
Tensor& Tensor::bernoulli_(double p, std::optional<Generator> generator) const {
  check_real("bernoulli_", *this);
  WICK_CHECK(0 <= p && p <= 1, "bernoulli_ expects p to be in [0, 1], but got p=", p);
  return draw("BernoulliBackward2", "bernoulli_", *this, generator, [&](rng::GeneratorState& s, void* d, int64_t n) { rng::bernoulli(s, scalar_type(), d, n, p); });
}
Tensor& Tensor::bernoulli_(const Tensor& p, std::optional<Generator> generator) const {
  check_defined("bernoulli_", {*this, p});
  check_real("bernoulli_", *this);
  WICK_CHECK_TYPE(NotImplementedError, p.is_floating_point(), "\"bernoulli_tensor_cpu_p_\" not implemented for '", p.scalar_type(), "'");
  const DimVec shape = broadcast_shape("bernoulli_", sizes(), p.sizes());
  WICK_CHECK(IntArrayRef(shape) == sizes(), "bernoulli_: output with shape ", sizes(), " doesn't match the broadcast shape ", IntArrayRef(shape));
  const Tensor all = p.expand(sizes()).detach();
  return overwrite("BernoulliBackward1", *this, [&] {
    const Tensor probs = in_memory_order(all, *this).clone(MemoryFormat::Contiguous);
    Drawing d(generator);
    fill_elements(in_memory_order(*this, *this), [&](void* out, int64_t n) { rng::bernoulli_tensor(d.state(), scalar_type(), out, probs.scalar_type(), impl(probs)->data, n); });
  });
}

// --- Factories -------------------------------------------------------------------------------------------------------------

Tensor rand(IntArrayRef size, TensorOptions options) { return rand(size, std::nullopt, options); }
Tensor rand(IntArrayRef size, std::optional<Generator> generator, TensorOptions options) {
  Tensor t = new_tensor("rand", size, options.memory_format(std::nullopt));
  return finished(t.uniform_(0, 1, generator), options);
}
Tensor randn(IntArrayRef size, TensorOptions options) { return randn(size, std::nullopt, options); }
Tensor randn(IntArrayRef size, std::optional<Generator> generator, TensorOptions options) {
  Tensor t = new_tensor("randn", size, options.memory_format(std::nullopt));
  return finished(t.normal_(0, 1, generator), options);
}
Tensor randint(int64_t high, IntArrayRef size, TensorOptions options) { return randint(0, high, size, std::nullopt, options); }
Tensor randint(int64_t high, IntArrayRef size, std::optional<Generator> generator, TensorOptions options) { return randint(0, high, size, generator, options); }
Tensor randint(int64_t low, int64_t high, IntArrayRef size, TensorOptions options) { return randint(low, high, size, std::nullopt, options); }
Tensor randint(int64_t low, int64_t high, IntArrayRef size, std::optional<Generator> generator, TensorOptions options) {
  Tensor t = new_tensor("randint", size, options.memory_format(std::nullopt));
  return finished(t.random_(low, std::optional<int64_t>(high), generator), options);
}
Tensor randperm(int64_t n, TensorOptions options) { return randperm(n, std::nullopt, options); }
Tensor randperm(int64_t n, std::optional<Generator> generator, TensorOptions options) {
  WICK_CHECK(n >= 0, "n must be non-negative, got", n);
  Tensor t = new_tensor("randperm", {n}, options);
  check_randperm(n, t.scalar_type());
  Drawing d(generator);
  rng::randperm(d.state(), t.scalar_type(), impl(t)->data, n);
  return finished(t, options);
}

Tensor rand_like(const Tensor& self, TensorOptions options, std::optional<MemoryFormat> memory_format) { return rand_like(self, std::nullopt, options, memory_format); }
Tensor rand_like(const Tensor& self, std::optional<Generator> generator, TensorOptions options, std::optional<MemoryFormat> memory_format) {
  Tensor t = empty_like(self, options.requires_grad(std::nullopt), memory_format);
  return finished(t.uniform_(0, 1, generator), options);
}
Tensor randn_like(const Tensor& self, TensorOptions options, std::optional<MemoryFormat> memory_format) { return randn_like(self, std::nullopt, options, memory_format); }
Tensor randn_like(const Tensor& self, std::optional<Generator> generator, TensorOptions options, std::optional<MemoryFormat> memory_format) {
  Tensor t = empty_like(self, options.requires_grad(std::nullopt), memory_format);
  return finished(t.normal_(0, 1, generator), options);
}
Tensor randint_like(const Tensor& self, int64_t low, int64_t high, std::optional<Generator> generator, TensorOptions options, std::optional<MemoryFormat> memory_format) {
  Tensor t = empty_like(self, options.requires_grad(std::nullopt), memory_format);
  return finished(t.random_(low, std::optional<int64_t>(high), generator), options);
}
Tensor randint_like(const Tensor& self, int64_t low, int64_t high, TensorOptions options, std::optional<MemoryFormat> f) { return randint_like(self, low, high, std::nullopt, options, f); }
Tensor randint_like(const Tensor& self, int64_t high, TensorOptions options, std::optional<MemoryFormat> f) { return randint_like(self, 0, high, std::nullopt, options, f); }
Tensor randint_like(const Tensor& self, int64_t high, std::optional<Generator> generator, TensorOptions options, std::optional<MemoryFormat> f) { return randint_like(self, 0, high, generator, options, f); }
Tensor randint_like(const Tensor& self, const Tensor& high, TensorOptions options, std::optional<MemoryFormat> f) { return randint_like(self, high, std::nullopt, options, f); }
Tensor randint_like(const Tensor& self, const Tensor& high, std::optional<Generator> generator, TensorOptions options, std::optional<MemoryFormat> f) {
  WICK_CHECK(high.numel() == 1 && high.dim() == 0, "high must be a scalar tensor and on CPU");
  return randint_like(self, 0, high.item<int64_t>(), generator, options, f);
}

// --- Into an existing tensor, whose dtype decides --------------------------------------------------------------------------

namespace {
template <class F>
Tensor& random_out(const char* op, Tensor& out, IntArrayRef size, std::optional<MemoryFormat> format, F fill) {
  autograd::check_out(op, out, {});
  (void)count(size);
  resize_out(op, out, size, format_strides(size, format.value_or(MemoryFormat::Contiguous)));
  GateScope off(kGradOff);
  fill(out);
  return out;
}
template <class F>
Tensor& random_like_out(const char* op, Tensor& out, const Tensor& self, std::optional<MemoryFormat> format, F fill) {
  check_defined(op, {self});
  autograd::check_out(op, out, {self});
  resize_out(op, out, self.sizes(), strides_for(self, format));
  GateScope off(kGradOff);
  fill(out);
  return out;
}
}  // namespace
using Gen = std::optional<Generator>;
using Format = std::optional<MemoryFormat>;
Tensor& rand_out(Tensor& out, IntArrayRef size) { return rand_out(out, size, std::nullopt); }
Tensor& rand_out(Tensor& out, IntArrayRef size, Gen g) { return random_out("rand", out, size, {}, [&](Tensor& t) { t.uniform_(0, 1, g); }); }
Tensor& randn_out(Tensor& out, IntArrayRef size) { return randn_out(out, size, std::nullopt); }
Tensor& randn_out(Tensor& out, IntArrayRef size, Gen g) { return random_out("randn", out, size, {}, [&](Tensor& t) { t.normal_(0, 1, g); }); }
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef size, Gen g) { return random_out("randint", out, size, {}, [&](Tensor& t) { t.random_(low, std::optional<int64_t>(high), g); }); }
Tensor& randint_out(Tensor& out, int64_t low, int64_t high, IntArrayRef size) { return randint_out(out, low, high, size, Gen()); }
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef size) { return randint_out(out, 0, high, size, Gen()); }
Tensor& randint_out(Tensor& out, int64_t high, IntArrayRef size, Gen g) { return randint_out(out, 0, high, size, g); }
Tensor& randperm_out(Tensor& out, int64_t n) { return randperm_out(out, n, std::nullopt); }
Tensor& randperm_out(Tensor& out, int64_t n, Gen g) { return out_from("randperm", out, {}, [&] { return randperm(n, g, out.scalar_type()); }); }
Tensor& rand_like_out(Tensor& out, const Tensor& self, Format f) { return rand_like_out(out, self, Gen(), f); }
Tensor& rand_like_out(Tensor& out, const Tensor& self, Gen g, Format f) { return random_like_out("rand_like", out, self, f, [&](Tensor& t) { t.uniform_(0, 1, g); }); }
Tensor& randn_like_out(Tensor& out, const Tensor& self, Format f) { return randn_like_out(out, self, Gen(), f); }
Tensor& randn_like_out(Tensor& out, const Tensor& self, Gen g, Format f) { return random_like_out("randn_like", out, self, f, [&](Tensor& t) { t.normal_(0, 1, g); }); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t low, int64_t high, Gen g, Format f) { return random_like_out("randint_like", out, self, f, [&](Tensor& t) { t.random_(low, std::optional<int64_t>(high), g); }); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t low, int64_t high, Format f) { return randint_like_out(out, self, low, high, Gen(), f); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t high, Format f) { return randint_like_out(out, self, 0, high, Gen(), f); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, int64_t high, Gen g, Format f) { return randint_like_out(out, self, 0, high, g, f); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, const Tensor& high, Format f) { return randint_like_out(out, self, high, Gen(), f); }
Tensor& randint_like_out(Tensor& out, const Tensor& self, const Tensor& high, Gen g, Format f) { return randint_like_out(out, self, 0, high.item<int64_t>(), g, f); }

// --- Generators ----------------------------------------------------------------------------------------------------------

Tensor Generator::get_state() const {
  std::lock_guard<std::mutex> hold(mutex());
  const auto bytes = rng::pack_state(*state_);
  Tensor t = make_tensor({static_cast<int64_t>(bytes.size())}, kByte);
  std::memcpy(impl(t)->data, bytes.data(), bytes.size());
  return t;
}
void Generator::set_state(const Tensor& state) {
  WICK_CHECK(state.defined(), "set_state: the tensor is undefined");
  WICK_CHECK_TYPE(TypeError, state.scalar_type() == kByte, "expected a torch.ByteTensor, but got ", state.scalar_type());
  WICK_CHECK(state.is_contiguous(), "RNG state must be a contiguous tensor");
  WICK_CHECK(state.numel() == static_cast<int64_t>(rng::kPackedBytes), "Expected a CPUGeneratorImplState of size ", rng::kPackedBytes, " but found the input RNG state size to be ", state.numel());
  std::lock_guard<std::mutex> hold(mutex());
  rng::unpack_state(*state_, typed<uint8_t>(state));
}

}  // namespace wick::inline v1
