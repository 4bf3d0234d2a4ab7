#include "laws.h"

#include <gtest/gtest.h>

#include <cstring>

namespace wick::laws {

std::vector<Op>& table() {
  static std::vector<Op> ops;
  return ops;
}
Op& add(std::string name, Op::Call call) {
  table().reserve(2000);  // references that `add` gave stay valid
  return table().emplace_back(std::move(name), std::move(call));
}

Tensor normal(IntArrayRef sizes) { return randn(sizes, kDouble); }
Tensor uniform(IntArrayRef sizes, double low, double high) { return rand(sizes, kDouble) * (high - low) + low; }
Tensor distinct(IntArrayRef sizes) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return (randperm(n).to(kDouble) * 0.37 - 1.5).reshape(sizes);
}

namespace {

variable_list arguments(const Sample& s, ScalarType type, bool grad = false) {
  variable_list x;
  for (const Arg& a : s) {
    x.push_back(a.fixed || !a.value.defined() ? a.value : a.value.to(type, false, true));
    if (grad && a.differentiable && a.value.defined()) x.back().requires_grad_();
  }
  return x;
}

// Complex arguments: an imaginary part that is a shifted copy of the real one.
variable_list complex_arguments(const Sample& s) {
  variable_list x;
  for (const Arg& a : s) {
    if (a.fixed) { x.push_back(a.value); continue; }
    x.push_back(complex(a.value, a.value.flatten().roll(1).view(a.value.sizes()) * 0.7 + 0.1).requires_grad_(a.differentiable));
  }
  return x;
}

// What a gradient check can vary: the floating arguments; the others are bound.
autograd::variable_list varied(const variable_list& x) {
  variable_list v;
  for (const Tensor& t : x) if (t.defined() && t.requires_grad()) v.push_back(t);
  return v;
}
Op::Call bound(const Op& op, const variable_list& x) {
  return [&op, x](const variable_list& v) {
    variable_list all = x, results;
    size_t k = 0;
    for (Tensor& t : all) if (t.defined() && t.requires_grad()) t = v[k++];
    for (const Tensor& r : op.call(all)) if (r.is_floating_point() || r.is_complex()) results.push_back(r);
    return results;
  };
}

testing::AssertionResult same(const Tensor& want, const Tensor& got, double tolerance) {
  if (want.scalar_type() != got.scalar_type()) return testing::AssertionFailure() << "type " << got.scalar_type() << ", not " << want.scalar_type();
  if (want.sizes() != got.sizes()) return testing::AssertionFailure() << "shape " << got.sizes() << ", not " << want.sizes();
  if (allclose(want.to(want.is_complex() ? kComplexDouble : kDouble), got.to(got.is_complex() ? kComplexDouble : kDouble), tolerance, tolerance, true)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\n" << got << "\nis not\n" << want;
}
testing::AssertionResult same_bits(const Tensor& x, const Tensor& y) {
  const Tensor l = x.contiguous(), r = y.contiguous();
  if (l.scalar_type() == r.scalar_type() && l.sizes() == r.sizes() && (l.numel() == 0 || std::memcmp(l.data_ptr(), r.data_ptr(), l.nbytes()) == 0)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "the bits differ; largest difference " << (l.to(kDouble) - r.to(kDouble)).abs().max().item<double>();
}

void first_derivative(const Op& op) {
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kDouble, true);
    EXPECT_TRUE(autograd::gradcheck(bound(op, x), varied(x)));
    if (op.complex) {
      const variable_list z = complex_arguments(s);
      EXPECT_TRUE(autograd::gradcheck(bound(op, z), varied(z)));
    }
  }
}
void second_derivative(const Op& op) {
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kDouble, true);
    EXPECT_TRUE(autograd::gradgradcheck(bound(op, x), varied(x)));
  }
}

// The same values with other strides: first and last dimension swapped in memory; every second element of a larger tensor.
Tensor swapped(const Tensor& t) { return t.dim() < 2 ? t : t.transpose(0, -1).contiguous().transpose(0, -1); }
Tensor spread(const Tensor& t) {
  if (t.dim() == 0) return t;
  std::vector<int64_t> sizes = t.sizes().vec();
  sizes.back() = 2 * sizes.back() + 1;
  Tensor wide = zeros(sizes, t.options());
  Tensor part = wide.slice(-1, 1, std::nullopt, 2);
  part.copy_(t);
  return part;
}
void layouts(const Op& op) {
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kDouble), want = op.call(x);
    for (auto* other : {swapped, spread}) {
      variable_list y;
      for (const Tensor& t : x) y.push_back(t.defined() ? other(t) : t);
      const variable_list got = op.call(y);
      ASSERT_EQ(want.size(), got.size());
      for (size_t i = 0; i < want.size(); ++i) EXPECT_TRUE(same(want[i], got[i], 1e-12)) << (other == swapped ? "swapped" : "spread");
    }
  }
}

void narrow_types(const Op& op) {
  for (const Sample& s : op.samples)
    for (const ScalarType type : {kHalf, kBFloat16}) {
      variable_list x = arguments(s, type), wide = x;
      for (size_t i = 0; i < x.size(); ++i) if (!s[i].fixed && x[i].defined()) wide[i] = x[i].to(kFloat);
      const variable_list want = op.call(wide), got = op.call(x);
      for (size_t i = 0; i < want.size(); ++i) {
        if (want[i].scalar_type() == kFloat) EXPECT_TRUE(same(want[i].to(type), got[i], type == kHalf ? 4e-3 : 3e-2)) << type;
        else if (want[i].scalar_type() != kLong) EXPECT_TRUE(same(want[i], got[i], 0)) << type;
      }
    }
}

void single_precision(const Op& op) {
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kFloat);
    variable_list wide = x;
    for (size_t i = 0; i < x.size(); ++i) if (!s[i].fixed && x[i].defined()) wide[i] = x[i].to(kDouble);
    const variable_list want = op.call(wide), got = op.call(x);
    for (size_t i = 0; i < want.size(); ++i)
      if (want[i].scalar_type() == kDouble) EXPECT_TRUE(same(want[i].to(kFloat), got[i], 2e-5));
  }
}

void integer_types(const Op& op) {
  for (const Sample& s : op.samples)
    for (const ScalarType type : {kInt, kLong, kShort, kChar}) {
      variable_list x = arguments(s, type), real = x;
      for (size_t i = 0; i < x.size(); ++i) if (!s[i].fixed) real[i] = x[i].to(kDouble);
      const variable_list want = op.call(real), got = op.call(x);
      for (size_t i = 0; i < want.size(); ++i) EXPECT_TRUE(same(want[i].to(kDouble), got[i].to(kDouble), 0)) << type;
    }
}

// A tensor in the middle of memory that is watched on both sides.
struct Guarded {
  Guarded(IntArrayRef sizes, ScalarType type) {
    int64_t n = 1;
    for (int64_t k : sizes) n *= k;
    memory = full({n + 2 * kMargin}, 77, type);
    tensor = memory.narrow(0, kMargin, n).view(sizes);
    before = memory.clone();
  }
  testing::AssertionResult untouched() const {
    const int64_t n = memory.numel() - kMargin;
    if (equal(memory.narrow(0, 0, kMargin), before.narrow(0, 0, kMargin)) && equal(memory.narrow(0, n, kMargin), before.narrow(0, n, kMargin))) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "memory beside the result was written";
  }
  static constexpr int64_t kMargin = 64;
  Tensor memory, tensor, before;
};

void out_form(const Op& op) {
  NoGradGuard off;
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kFloat);
    const Tensor want = op.call(x)[0];
    Guarded g(want.sizes(), want.scalar_type());
    op.out(g.tensor, x);
    EXPECT_TRUE(same(want, g.tensor, 1e-6));
    EXPECT_TRUE(g.untouched());
    Tensor none = empty({0}, want.options());
    op.out(none, x);
    EXPECT_TRUE(same(want, none, 1e-6)) << "into an empty tensor";
    Tensor strided = spread(zeros_like(want));
    op.out(strided, x);
    EXPECT_TRUE(same(want, strided, 1e-6)) << "into a strided tensor";
    if (op.typed_out && want.scalar_type() == kFloat) {
      Tensor wrong = full(want.sizes(), 5, kLong);
      EXPECT_THROW(op.out(wrong, x), Error);
      EXPECT_TRUE(wrong.eq(5).all().item<bool>()) << "changed although it threw";
    }
  }
  Tensor leaf = zeros({}).requires_grad_();
  variable_list x = arguments(op.samples[0], kFloat, true);
  if (!varied(x).empty()) {
    AutoGradMode on(true);
    EXPECT_THROW(op.out(leaf, x), Error) << "out= with gradients";
  }
}

void in_place_form(const Op& op) {
  for (const Sample& s : op.samples) {
    const variable_list x = arguments(s, kFloat);
    const Tensor want = op.call(x)[0];
    if (want.sizes() != x[0].sizes() || want.scalar_type() != x[0].scalar_type()) continue;
    Guarded g(x[0].sizes(), kFloat);
    g.tensor.copy_(x[0]);
    const int64_t version = g.tensor._version();
    variable_list y = x;
    y[0] = g.tensor;
    const Tensor r = op.in_place(g.tensor, y);
    EXPECT_TRUE(r.is_same(g.tensor));
    EXPECT_EQ(g.tensor._version(), version + 1);
    EXPECT_TRUE(same(want, g.tensor, 1e-6));
    EXPECT_TRUE(g.untouched());
    Tensor strided = spread(x[0]);
    y[0] = strided;
    op.in_place(strided, y);
    EXPECT_TRUE(same(want, strided, 1e-6)) << "strided";
    if (op.derivative) {
      Tensor leaf = x[0].clone().requires_grad_();
      y[0] = leaf;
      EXPECT_THROW(op.in_place(leaf, y), Error) << "a leaf that requires grad";
      EXPECT_TRUE(equal(leaf, x[0]));
      // Recorded: the gradient is that of the functional form.
      variable_list a = arguments(s, kDouble, true), b = arguments(s, kDouble, true);
      op.call(a)[0].sum().backward();
      variable_list changed = b;
      changed[0] = b[0] * 1;
      op.in_place(changed[0], changed).sum().backward();
      for (size_t i = 0; i < a.size(); ++i)
        if (a[i].defined() && a[i].requires_grad() && a[i].grad().defined()) EXPECT_TRUE(same(a[i].grad(), b[i].grad(), 1e-9)) << "gradient " << i;
    }
  }
}

void threads(const Op& op) {
  const int before = get_num_threads();
  const variable_list x = arguments(op.big, kFloat);
  set_num_threads(1);
  const variable_list one = op.call(x);
  for (int n : {2, 3}) {
    set_num_threads(n);
    const variable_list many = op.call(x);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(same_bits(one[i], many[i])) << n << " threads";
  }
  // And the values, in double precision.
  variable_list wide;
  for (size_t i = 0; i < x.size(); ++i) wide.push_back(op.big[i].fixed || !x[i].defined() ? x[i] : x[i].to(kDouble));
  const variable_list exact = op.call(wide);
  for (size_t i = 0; i < one.size(); ++i)
    if (one[i].scalar_type() == kFloat) EXPECT_LE((one[i].to(kDouble) - exact[i]).abs().max().item<double>(), 1e-4 * (1 + exact[i].abs().max().item<double>()));
  set_num_threads(before);
}

void undefined(const Op& op) {
  const Sample& s = op.samples[0];
  for (size_t i = 0; i < s.size(); ++i) {
    variable_list x = arguments(s, kFloat);
    if (!x[i].defined()) continue;
    x[i] = Tensor();
    try {
      op.call(x);  // fine for an optional argument
      EXPECT_GT(i, 0u) << "the first argument is never optional";
    } catch (const Error& e) {
      EXPECT_FALSE(std::string(e.what()).empty());
    }
  }
}

struct Law : testing::Test {
  Law(const Op& o, void (*c)(const Op&)) : op(o), check(c) {}
  void TestBody() override {
    manual_seed(1);
    check(op);
  }
  const Op& op;
  void (*check)(const Op&);
};

void enter(const char* law, const Op& op, void (*check)(const Op&)) {
  testing::RegisterTest(law, op.name.c_str(), nullptr, nullptr, __FILE__, __LINE__, [&op, check]() -> testing::Test* { return new Law(op, check); });
}

}  // namespace
}  // namespace wick::laws

int main(int argc, char** argv) {
  using namespace wick::laws;
  wick::manual_seed(3);
  add_pointwise();
  add_reductions();
  add_matrices();
  add_shapes();
  add_indexing();
  add_layers();
  for (const Op& op : table()) {
    if (op.derivative) enter("derivative", op, first_derivative);
    if (op.second) enter("second_derivative", op, second_derivative);
    if (op.any_layout) enter("layouts", op, layouts);
    if (op.narrow) enter("narrow_types", op, narrow_types);
    if (op.integers) enter("integer_types", op, integer_types);
    if (op.out) enter("out", op, out_form);
    if (op.in_place) enter("in_place", op, in_place_form);
    if (!op.big.empty()) enter("threads", op, threads);
    enter("single_precision", op, single_precision);
    enter("undefined", op, undefined);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
