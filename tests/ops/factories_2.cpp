// Op table: factories, part 2.
#include "harness.h"

namespace {

AREA("factories")

template <class T> static std::string str(const T& x) { std::ostringstream o; o << x; return o.str(); }

CASE("full_like", torch::full_like(a, 2.5))
CASE("full_like.int", torch::full_like(i, 7))
CASE("full_like.dt", torch::full_like(i, 2.5, torch::kDouble))
CASE("full_like.bool", torch::full_like(m, 1))
CASE("rand_like.shape", torch::rand_like(a).sizes().vec())
CASE("randn_like", torch::randn_like(a.to(torch::kDouble)))
CASE("randint_like", torch::randint_like(i, 10))
CASE("randint_like.lo", torch::randint_like(a, 3, 10))
CASE("new_zeros", a.new_zeros({2, 2}))
CASE("new_zeros.i", i.new_zeros({2, 2}))
CASE("new_ones", hf.new_ones({2}))
CASE("new_ones.dt", hf.new_ones({2}, torch::kInt))
CASE("new_full", i.new_full({2}, 3))
CASE("new_full.f", u.new_full({2}, 7))
CASE("new_empty", sq.new_empty({3, 2}).scalar_type())
CASE("new_empty_strided", a.new_empty_strided({2, 3}, {1, 2}).strides().vec())
CASE("tensor.f", torch::tensor({1.5, 2.5}))
CASE("tensor.i", torch::tensor({1, 2, 3}))
CASE("tensor.i.dt", torch::tensor({1, 2, 3}).scalar_type())
CASE("tensor.d.dt", torch::tensor({1.0, 2.0}).scalar_type())
CASE("tensor.f.dt", torch::tensor({1.0f, 2.0f}).scalar_type())
CASE("tensor.b", torch::tensor({true, false}))
CASE("tensor.nested", torch::tensor({{1, 2}, {3, 4}}))
CASE("tensor.nested3", torch::tensor({{{1.0, 2.0}}, {{3.0, 4.0}}}))
CASE("tensor.scalar", torch::tensor(5))
CASE("tensor.scalar.f", torch::tensor(5.5))
CASE("tensor.scalar.b", torch::tensor(true))
CASE("tensor.single", torch::tensor({7}))
CASE("tensor.vec", torch::tensor(std::vector<float>{1, 2, 3}))
CASE("tensor.veci", torch::tensor(std::vector<int64_t>{1, 2, 3}))
CASE("tensor.vecd", torch::tensor(std::vector<double>{1, 2, 3}).scalar_type())
CASE("tensor.vecu8", torch::tensor(std::vector<uint8_t>{1, 2, 255}))
CASE("tensor.veci32.dt", torch::tensor(std::vector<int>{1, 2}).scalar_type())
CASE("tensor.opts", torch::tensor({1, 2}, torch::kDouble))
CASE("tensor.opts2", torch::tensor({1.5, 2.5}, torch::dtype(torch::kInt)))
CASE("tensor.rg", torch::tensor({1.5, 2.5}, torch::requires_grad()).requires_grad())
CASE("tensor.arrayref", torch::tensor(at::ArrayRef<int64_t>({4, 5, 6})))
CASE("tensor.emptylist", torch::tensor(std::vector<float>{}))
CASE("tensor.half", torch::tensor({1.1, 2.2, 65504.0, 70000.0}, torch::kHalf))
CASE("tensor.bf16", torch::tensor({1.1, 2.2, 3.14159, 1e38}, torch::kBFloat16))
CASE("tensor.braces0", torch::tensor({}).sizes().vec())
CASE("tensor.u8.wrap", torch::tensor({255, 1, 0}, torch::kByte))
CASE("tensor.i8", torch::tensor({-128, 127}, torch::kChar))
CASE_ERROR("err.tensor.ragged", torch::tensor({{1, 2}, {3}}))
CASE("from_blob", [] {
  float x[6] = {1, 2, 3, 4, 5, 6};
  return torch::from_blob(x, {2, 3}).clone();
})
CASE("from_blob.strides", [] {
  float x[6] = {1, 2, 3, 4, 5, 6};
  return torch::from_blob(x, {3, 2}, {1, 3}).clone();
})
CASE("from_blob.int", [] {
  int32_t x[4] = {1, 2, 3, 4};
  return torch::from_blob(x, {4}, torch::kInt).clone() + 1;
})
CASE("from_blob.deleter", [] {
  int n = 0; static double x[3] = {1, 2, 3};
  { auto t = torch::from_blob(x, {3}, [&](void*) { n++; }, torch::kDouble); auto t2 = t.view({3, 1}); }
  return n;
})
CASE("from_blob.write", [] {
  std::vector<int64_t> x(4, 1); auto t = torch::from_blob(x.data(), {2, 2}, torch::kLong); t.mul_(5); t[0][1] = 9;
  return x;
})
CASE("from_blob.rg", torch::from_blob(img.data_ptr(), {4}, torch::requires_grad()).requires_grad())
CASE("tril_indices", torch::tril_indices(3, 3))
CASE("tril_indices.off", torch::tril_indices(3, 4, 1))
CASE("triu_indices", torch::triu_indices(3, 3))
CASE("triu_indices.off", torch::triu_indices(4, 3, -1))
CASE("hann", torch::hann_window(6))
CASE("hann.np", torch::hann_window(6, false))
CASE("hamming", torch::hamming_window(6))
CASE("hamming.ab", torch::hamming_window(6, true, 0.5, 0.5))
CASE("blackman", torch::blackman_window(7))
CASE("bartlett", torch::bartlett_window(7))
CASE("complex", torch::complex(a, b))
CASE("complex.d", torch::complex(sq, sq).scalar_type())
CASE("polar", torch::polar(a.abs(), b))
CASE("vander", torch::vander(torch::tensor({1.0, 2.0, 3.0})))
CASE("vander.inc", torch::vander(torch::tensor({1, 2, 3}), 4, true))
CASE("cartesian_prod", torch::cartesian_prod({torch::tensor({1, 2}), torch::tensor({3, 4, 5})}))
CASE("combinations", torch::combinations(torch::arange(4), 2))
CASE("combinations.rep", torch::combinations(torch::arange(3), 2, true))
CASE("meshgrid", torch::meshgrid({torch::arange(2), torch::arange(3)}, "ij"))
CASE("meshgrid.xy", torch::meshgrid({torch::arange(2), torch::arange(3)}, "xy"))
CASE("block_diag", torch::block_diag({torch::ones({2, 2}), torch::full({1, 3}, 2.0), torch::tensor(5.0)}))
CASE("zeros_out", [] {
  auto o = torch::empty({0}); torch::zeros_out(o, {2, 2}); return o;
})
CASE("ones_out", [] {
  auto o = torch::empty({3}, torch::kInt); torch::ones_out(o, {3}); return o;
})
CASE("arange_out", [] {
  auto o = torch::empty({0}); torch::arange_out(o, 1, 7, 2); return o;
})
CASE("full_out", [] {
  auto o = torch::empty({2}); torch::full_out(o, {2}, 9.5); return o;
})
CASE("eye_out", [] {
  auto o = torch::empty({0}); torch::eye_out(o, 3, 2); return o;
})
CASE("linspace_out", [] {
  auto o = torch::empty({0}); torch::linspace_out(o, 0, 1, 3); return o;
})
CASE("normal.mean", torch::normal(0.0, 1.0, {3}).sizes().vec())
CASE("fill_", torch::empty({2, 3}).fill_(2.5))
CASE("fill_.t", torch::empty({2, 3}).fill_(s))
CASE("fill_.int", torch::empty({2, 3}, torch::kInt).fill_(3))
CASE("zero_", a.zero_())
CASE("fill_diagonal", torch::zeros({3, 3}).fill_diagonal_(5))
CASE("fill_diagonal.wrap", torch::zeros({7, 3}).fill_diagonal_(5, true))
CASE_ERROR("err.fill.dim", a.fill_(b))
CASE_ERROR("err.full_like.undefined", torch::full_like(torch::Tensor(), 1))
CASE("print.opts", str(torch::TensorOptions().dtype(torch::kDouble).requires_grad(true)))
CASE("print.opts.default", str(torch::TensorOptions()))
CASE("print.opts.of", str(a.options()))
CASE("print.opts.half", str(hf.options().layout(torch::kStrided)))

}  // namespace
