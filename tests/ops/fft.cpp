#include "harness.h"

namespace {

AREA("fft")

[[maybe_unused]] torch::Tensor X(at::IntArrayRef s) { torch::manual_seed(5); return torch::randn(s, torch::kDouble); }
[[maybe_unused]] torch::Tensor C(at::IntArrayRef s) { torch::manual_seed(6); return torch::complex(torch::randn(s, torch::kDouble), torch::randn(s, torch::kDouble)); }
[[maybe_unused]] std::string S(const torch::Tensor& t) { std::ostringstream o; o << t.strides(); return o.str(); }

CASE("c.1", torch::fft::fft(C({2, 1})))
CASE("ci.1", torch::fft::ifft(C({1, 3}), {}, 0))
CASE("r.1", torch::fft::rfft(X({3, 1})))
CASE("ir.1", torch::fft::irfft(C({2, 1}), 1))
CASE("c.2", torch::fft::fft(C({2, 2})))
CASE("ci.2", torch::fft::ifft(C({2, 3}), {}, 0))
CASE("r.2", torch::fft::rfft(X({3, 2})))
CASE("ir.2", torch::fft::irfft(C({2, 2}), 2))
CASE("c.4", torch::fft::fft(C({2, 4})))
CASE("ci.4", torch::fft::ifft(C({4, 3}), {}, 0))
CASE("r.4", torch::fft::rfft(X({3, 4})))
CASE("ir.4", torch::fft::irfft(C({2, 3}), 4))
CASE("c.5", torch::fft::fft(C({2, 5})))
CASE("ci.5", torch::fft::ifft(C({5, 3}), {}, 0))
CASE("r.5", torch::fft::rfft(X({3, 5})))
CASE("ir.5", torch::fft::irfft(C({2, 3}), 5))
CASE("c.7", torch::fft::fft(C({2, 7})))
CASE("ci.7", torch::fft::ifft(C({7, 3}), {}, 0))
CASE("r.7", torch::fft::rfft(X({3, 7})))
CASE("ir.7", torch::fft::irfft(C({2, 4}), 7))
CASE("c.8", torch::fft::fft(C({2, 8})))
CASE("ci.8", torch::fft::ifft(C({8, 3}), {}, 0))
CASE("r.8", torch::fft::rfft(X({3, 8})))
CASE("ir.8", torch::fft::irfft(C({2, 5}), 8))
CASE("c.11", torch::fft::fft(C({2, 11})))
CASE("ci.11", torch::fft::ifft(C({11, 3}), {}, 0))
CASE("r.11", torch::fft::rfft(X({3, 11})))
CASE("ir.11", torch::fft::irfft(C({2, 6}), 11))
CASE("c.12", torch::fft::fft(C({2, 12})))
CASE("ci.12", torch::fft::ifft(C({12, 3}), {}, 0))
CASE("r.12", torch::fft::rfft(X({3, 12})))
CASE("ir.12", torch::fft::irfft(C({2, 7}), 12))
CASE("c.16", torch::fft::fft(C({2, 16})))
CASE("ci.16", torch::fft::ifft(C({16, 3}), {}, 0))
CASE("r.16", torch::fft::rfft(X({3, 16})))
CASE("ir.16", torch::fft::irfft(C({2, 9}), 16))
CASE("c.31", torch::fft::fft(C({2, 31})))
CASE("ci.31", torch::fft::ifft(C({31, 3}), {}, 0))
CASE("r.31", torch::fft::rfft(X({3, 31})))
CASE("ir.31", torch::fft::irfft(C({2, 16}), 31))
CASE("c.37", torch::fft::fft(C({2, 37})))
CASE("ci.37", torch::fft::ifft(C({37, 3}), {}, 0))
CASE("r.37", torch::fft::rfft(X({3, 37})))
CASE("ir.37", torch::fft::irfft(C({2, 19}), 37))
CASE("c.49", torch::fft::fft(C({2, 49})))
CASE("ci.49", torch::fft::ifft(C({49, 3}), {}, 0))
CASE("r.49", torch::fft::rfft(X({3, 49})))
CASE("ir.49", torch::fft::irfft(C({2, 25}), 49))
CASE("c.64", torch::fft::fft(C({2, 64})))
CASE("ci.64", torch::fft::ifft(C({64, 3}), {}, 0))
CASE("r.64", torch::fft::rfft(X({3, 64})))
CASE("ir.64", torch::fft::irfft(C({2, 33}), 64))
CASE("c.97", torch::fft::fft(C({2, 97})))
CASE("ci.97", torch::fft::ifft(C({97, 3}), {}, 0))
CASE("r.97", torch::fft::rfft(X({3, 97})))
CASE("ir.97", torch::fft::irfft(C({2, 49}), 97))
CASE("c.128", torch::fft::fft(C({2, 128})))
CASE("ci.128", torch::fft::ifft(C({128, 3}), {}, 0))
CASE("r.128", torch::fft::rfft(X({3, 128})))
CASE("ir.128", torch::fft::irfft(C({2, 65}), 128))
CASE("c.210", torch::fft::fft(C({2, 210})))
CASE("ci.210", torch::fft::ifft(C({210, 3}), {}, 0))
CASE("r.210", torch::fft::rfft(X({3, 210})))
CASE("ir.210", torch::fft::irfft(C({2, 106}), 210))
CASE("c.1009", torch::fft::fft(C({2, 1009})))
CASE("ci.1009", torch::fft::ifft(C({1009, 3}), {}, 0))
CASE("r.1009", torch::fft::rfft(X({3, 1009})))
CASE("ir.1009", torch::fft::irfft(C({2, 505}), 1009))
CASE("h.4", torch::fft::hfft(C({2, 3}), 4))
CASE("ih.4", torch::fft::ihfft(X({2, 4})))
CASE("rfull.4", torch::fft::fft(X({2, 4})))
CASE("n.ortho.4", std::make_tuple(torch::fft::fft(C({2, 4}), {}, -1, "ortho"), torch::fft::ifft(C({2, 4}), {}, -1, "ortho"), torch::fft::rfft(X({2, 4}), {}, -1, "ortho"), torch::fft::irfft(C({2, 4}), {}, -1, "ortho"), torch::fft::hfft(C({2, 4}), {}, -1, "ortho"), torch::fft::ihfft(X({2, 4}), {}, -1, "ortho")))
CASE("n.forward.4", std::make_tuple(torch::fft::fft(C({2, 4}), {}, -1, "forward"), torch::fft::ifft(C({2, 4}), {}, -1, "forward"), torch::fft::rfft(X({2, 4}), {}, -1, "forward"), torch::fft::irfft(C({2, 4}), {}, -1, "forward"), torch::fft::hfft(C({2, 4}), {}, -1, "forward"), torch::fft::ihfft(X({2, 4}), {}, -1, "forward")))
CASE("n.backward.4", std::make_tuple(torch::fft::fft(C({2, 4}), {}, -1, "backward"), torch::fft::ifft(C({2, 4}), {}, -1, "backward"), torch::fft::rfft(X({2, 4}), {}, -1, "backward"), torch::fft::irfft(C({2, 4}), {}, -1, "backward"), torch::fft::hfft(C({2, 4}), {}, -1, "backward"), torch::fft::ihfft(X({2, 4}), {}, -1, "backward")))
CASE("h.7", torch::fft::hfft(C({2, 4}), 7))
CASE("ih.7", torch::fft::ihfft(X({2, 7})))
CASE("rfull.7", torch::fft::fft(X({2, 7})))
CASE("n.ortho.7", std::make_tuple(torch::fft::fft(C({2, 7}), {}, -1, "ortho"), torch::fft::ifft(C({2, 7}), {}, -1, "ortho"), torch::fft::rfft(X({2, 7}), {}, -1, "ortho"), torch::fft::irfft(C({2, 7}), {}, -1, "ortho"), torch::fft::hfft(C({2, 7}), {}, -1, "ortho"), torch::fft::ihfft(X({2, 7}), {}, -1, "ortho")))
CASE("n.forward.7", std::make_tuple(torch::fft::fft(C({2, 7}), {}, -1, "forward"), torch::fft::ifft(C({2, 7}), {}, -1, "forward"), torch::fft::rfft(X({2, 7}), {}, -1, "forward"), torch::fft::irfft(C({2, 7}), {}, -1, "forward"), torch::fft::hfft(C({2, 7}), {}, -1, "forward"), torch::fft::ihfft(X({2, 7}), {}, -1, "forward")))
CASE("n.backward.7", std::make_tuple(torch::fft::fft(C({2, 7}), {}, -1, "backward"), torch::fft::ifft(C({2, 7}), {}, -1, "backward"), torch::fft::rfft(X({2, 7}), {}, -1, "backward"), torch::fft::irfft(C({2, 7}), {}, -1, "backward"), torch::fft::hfft(C({2, 7}), {}, -1, "backward"), torch::fft::ihfft(X({2, 7}), {}, -1, "backward")))
CASE("h.12", torch::fft::hfft(C({2, 7}), 12))
CASE("ih.12", torch::fft::ihfft(X({2, 12})))
CASE("rfull.12", torch::fft::fft(X({2, 12})))
CASE("n.ortho.12", std::make_tuple(torch::fft::fft(C({2, 12}), {}, -1, "ortho"), torch::fft::ifft(C({2, 12}), {}, -1, "ortho"), torch::fft::rfft(X({2, 12}), {}, -1, "ortho"), torch::fft::irfft(C({2, 12}), {}, -1, "ortho"), torch::fft::hfft(C({2, 12}), {}, -1, "ortho"), torch::fft::ihfft(X({2, 12}), {}, -1, "ortho")))
CASE("n.forward.12", std::make_tuple(torch::fft::fft(C({2, 12}), {}, -1, "forward"), torch::fft::ifft(C({2, 12}), {}, -1, "forward"), torch::fft::rfft(X({2, 12}), {}, -1, "forward"), torch::fft::irfft(C({2, 12}), {}, -1, "forward"), torch::fft::hfft(C({2, 12}), {}, -1, "forward"), torch::fft::ihfft(X({2, 12}), {}, -1, "forward")))
CASE("n.backward.12", std::make_tuple(torch::fft::fft(C({2, 12}), {}, -1, "backward"), torch::fft::ifft(C({2, 12}), {}, -1, "backward"), torch::fft::rfft(X({2, 12}), {}, -1, "backward"), torch::fft::irfft(C({2, 12}), {}, -1, "backward"), torch::fft::hfft(C({2, 12}), {}, -1, "backward"), torch::fft::ihfft(X({2, 12}), {}, -1, "backward")))
CASE("h.37", torch::fft::hfft(C({2, 19}), 37))
CASE("ih.37", torch::fft::ihfft(X({2, 37})))
CASE("rfull.37", torch::fft::fft(X({2, 37})))
CASE("n.ortho.37", std::make_tuple(torch::fft::fft(C({2, 37}), {}, -1, "ortho"), torch::fft::ifft(C({2, 37}), {}, -1, "ortho"), torch::fft::rfft(X({2, 37}), {}, -1, "ortho"), torch::fft::irfft(C({2, 37}), {}, -1, "ortho"), torch::fft::hfft(C({2, 37}), {}, -1, "ortho"), torch::fft::ihfft(X({2, 37}), {}, -1, "ortho")))
CASE("n.forward.37", std::make_tuple(torch::fft::fft(C({2, 37}), {}, -1, "forward"), torch::fft::ifft(C({2, 37}), {}, -1, "forward"), torch::fft::rfft(X({2, 37}), {}, -1, "forward"), torch::fft::irfft(C({2, 37}), {}, -1, "forward"), torch::fft::hfft(C({2, 37}), {}, -1, "forward"), torch::fft::ihfft(X({2, 37}), {}, -1, "forward")))
CASE("n.backward.37", std::make_tuple(torch::fft::fft(C({2, 37}), {}, -1, "backward"), torch::fft::ifft(C({2, 37}), {}, -1, "backward"), torch::fft::rfft(X({2, 37}), {}, -1, "backward"), torch::fft::irfft(C({2, 37}), {}, -1, "backward"), torch::fft::hfft(C({2, 37}), {}, -1, "backward"), torch::fft::ihfft(X({2, 37}), {}, -1, "backward")))
CASE("s.0", S(torch::fft::fft(X({2, 3, 4, 5}), {}, 0)) + S(torch::fft::rfft(X({2, 3, 4, 5}), {}, 0)) + S(torch::fft::irfft(C({2, 3, 4, 5}), {}, 0)) + S(torch::fft::fft(C({2, 3, 4, 5}).permute({3, 1, 0, 2}), {}, 0)))
CASE("s.1", S(torch::fft::fft(X({2, 3, 4, 5}), {}, 1)) + S(torch::fft::rfft(X({2, 3, 4, 5}), {}, 1)) + S(torch::fft::irfft(C({2, 3, 4, 5}), {}, 1)) + S(torch::fft::fft(C({2, 3, 4, 5}).permute({3, 1, 0, 2}), {}, 1)))
CASE("s.2", S(torch::fft::fft(X({2, 3, 4, 5}), {}, 2)) + S(torch::fft::rfft(X({2, 3, 4, 5}), {}, 2)) + S(torch::fft::irfft(C({2, 3, 4, 5}), {}, 2)) + S(torch::fft::fft(C({2, 3, 4, 5}).permute({3, 1, 0, 2}), {}, 2)))
CASE("s.3", S(torch::fft::fft(X({2, 3, 4, 5}), {}, 3)) + S(torch::fft::rfft(X({2, 3, 4, 5}), {}, 3)) + S(torch::fft::irfft(C({2, 3, 4, 5}), {}, 3)) + S(torch::fft::fft(C({2, 3, 4, 5}).permute({3, 1, 0, 2}), {}, 3)))
CASE("s.n", S(torch::fft::fftn(X({2, 3, 4, 5}))) + S(torch::fft::fftn(X({2, 3, 4, 5}), {}, {{0, 2}})) + S(torch::fft::rfftn(X({2, 3, 4, 5}), {}, {{0, 2}})) + S(torch::fft::rfftn(X({2, 3, 4, 5}), {}, {{2, 0}})) + S(torch::fft::irfftn(C({2, 3, 4, 5}), {}, {{0, 2}})) + S(torch::fft::irfftn(C({2, 3, 4, 5}), {}, {{2, 0}})) + S(torch::fft::ihfft2(X({2, 3, 4, 5}))) + S(torch::fft::hfft2(C({2, 3, 4, 5}))))
CASE("fft.n.pad", torch::fft::fft(C({2, 5}), 8))
CASE("fft.n.cut", torch::fft::fft(C({2, 5}), 3))
CASE("rfft.n.pad", torch::fft::rfft(X({2, 5}), 8))
CASE("rfft.n.cut", torch::fft::rfft(X({2, 5}), 3))
CASE("irfft.n", torch::fft::irfft(C({2, 5}), 13))
CASE("irfft.default", torch::fft::irfft(C({2, 5})))
CASE("fft.f32", torch::fft::fft(a))
CASE("rfft.f32", torch::fft::rfft(big))
CASE("irfft.f32", torch::fft::irfft(cx))
CASE("fft.int", torch::fft::fft(i))
CASE("fft.bool", torch::fft::fft(m))
CASE("fft.cx", torch::fft::fft(cx, {}, 0))
CASE("fft.noncontig", torch::fft::fft(big.t()))
CASE("fft.slice", torch::fft::rfft(big.slice(1, 1, 30, 2)))
CASE("fft2", torch::fft::fft2(C({2, 3, 4})))
CASE("fft2.s", torch::fft::fft2(C({2, 3, 4}), {{5, 2}}))
CASE("fft2.dim", torch::fft::fft2(X({2, 3, 4}), {}, {0, 1}))
CASE("ifft2", torch::fft::ifft2(C({2, 3, 4})))
CASE("rfft2", torch::fft::rfft2(X({2, 3, 4})))
CASE("rfft2.s", torch::fft::rfft2(X({2, 3, 4}), {{4, 5}}))
CASE("irfft2", torch::fft::irfft2(C({2, 3, 4})))
CASE("irfft2.s", torch::fft::irfft2(C({2, 3, 4}), {{4, 5}}))
CASE("hfft2", torch::fft::hfft2(C({2, 3, 4})))
CASE("ihfft2", torch::fft::ihfft2(X({2, 3, 4})))
CASE("fftn", torch::fft::fftn(C({2, 3, 4})))
CASE("fftn.s", torch::fft::fftn(C({2, 3, 4}), {{3, 3}}))
CASE("fftn.s1", torch::fft::fftn(C({2, 3, 4}), {{-1, 3}}))
CASE("fftn.ortho", torch::fft::fftn(C({2, 3, 4}), {}, {}, "ortho"))
CASE("ifftn", torch::fft::ifftn(C({2, 3, 4}), {}, {{0, 2}}))
CASE("rfftn", torch::fft::rfftn(X({2, 3, 4})))
CASE("rfftn.dim", torch::fft::rfftn(X({2, 3, 4}), {}, {{2, 0}}, "ortho"))
CASE("irfftn", torch::fft::irfftn(C({2, 3, 4})))
CASE("irfftn.s", torch::fft::irfftn(C({2, 3, 4}), {{4, 7}}, {{2, 1}}, "forward"))
CASE("hfftn", torch::fft::hfftn(C({2, 3, 4}), {}, {0, 1, 2}))
CASE("ihfftn", torch::fft::ihfftn(X({2, 3, 4}), {}, {0, 1, 2}, "ortho"))
CASE("fftn.0d", torch::fft_fftn(s))
CASE("fftfreq", std::make_tuple(torch::fft::fftfreq(5), torch::fft::fftfreq(6, 0.5), torch::fft::fftfreq(1), torch::fft::fftfreq(4, torch::kDouble)))
CASE("rfftfreq", std::make_tuple(torch::fft::rfftfreq(5, torch::kFloat), torch::fft::rfftfreq(6, 0.5, torch::kDouble), torch::fft::rfftfreq(1, torch::kFloat)))
CASE("shift", std::make_tuple(torch::fft::fftshift(a), torch::fft::ifftshift(a), torch::fft::fftshift(a, {{1}}), torch::fft::ifftshift(a, {{0}})))
CASE_ERROR("err.0d", torch::fft::fft(s))
CASE_ERROR("err.half", torch::fft::fft(hf))
CASE_ERROR("err.bf", torch::fft::rfft(bf))
CASE_ERROR("err.n0", torch::fft::fft(a, 0))
CASE_ERROR("err.empty", torch::fft::fft(torch::empty({0})))
CASE_ERROR("err.norm", torch::fft::fft(a, {}, -1, "bad"))
CASE_ERROR("err.rfft.cx", torch::fft::rfft(cx))
CASE_ERROR("err.irfft.1", torch::fft::irfft(torch::ones({1}, torch::kComplexFloat)))
CASE_ERROR("err.unique", torch::fft::fftn(a, {}, {{1, 1}}))
CASE_ERROR("err.len", torch::fft::fftn(a, {{1, 2}}, {{1}}))
CASE_ERROR("err.rfftn0", torch::fft::rfftn(s))
CASE_ERROR("err.long", torch::fft::fftn(a, {{1, 2, 3}}))
CASE_ERROR("err.dim", torch::fft::fft(a, {}, 2))
CASE_ERROR("err.freq.dtype", torch::fft::fftfreq(4, torch::kLong))
CASE_ERROR("err.out.dtype", [] { auto o = torch::empty({4}); torch::fft_fft_out(o, torch::ones({4})); return o; })
CASE("out", [] {
  auto o = torch::empty({0}, torch::kComplexFloat);
  torch::fft_fft_out(o, a);
  auto r = torch::empty({0});
  torch::fft_irfft_out(r, cx, {}, 0);
  return std::make_tuple(o, r);
})
CASE_GRAD("fft.grad", torch::real(torch::fft::fft(p) * torch::fft::fft(q)))
CASE_GRAD("fft.grad.n", torch::view_as_real(torch::fft::fft(p, 6, 0)))
CASE_GRAD("rfft.grad", torch::view_as_real(torch::fft::rfft(p)))
CASE_GRAD("rfft.grad.odd", torch::view_as_real(torch::fft::rfft(p, {}, 0)))
CASE_GRAD("rfft.grad.n", torch::view_as_real(torch::fft::rfft(p, 7)))
CASE_GRAD("irfft.grad", torch::fft::irfft(torch::complex(p, q)))
CASE_GRAD("irfft.grad.odd", torch::fft::irfft(torch::complex(p, q), 5))
CASE_GRAD("irfft.grad.n", torch::fft::irfft(torch::complex(p, q), 9, 0))
CASE_GRAD("hfft.grad", torch::fft::hfft(torch::complex(p, q)))
CASE_GRAD("ihfft.grad", torch::view_as_real(torch::fft::ihfft(p).resolve_conj()))
CASE_GRAD("fft2.grad", torch::view_as_real(torch::fft::fft2(p)))
CASE_GRAD("rfft2.grad", torch::view_as_real(torch::fft::rfft2(im)))
CASE_GRAD("irfft2.grad", torch::fft::irfft2(torch::complex(p, q)))
CASE_GRAD("fftn.grad", torch::view_as_real(torch::fft::ifftn(p, {}, {}, "ortho")))
CASE("fft.dbl", [] {
  auto y = torch::fft::rfft(p);
  auto l = torch::view_as_real(y).pow(3).sum();
  auto g = torch::autograd::grad({l}, {p}, {}, true, true)[0];
  return torch::autograd::grad({g.pow(2).sum()}, {p})[0];
})
CASE("irfft.dbl", [] {
  auto y = torch::fft::irfft(torch::complex(p, q));
  auto l = y.pow(3).sum();
  auto g = torch::autograd::grad({l}, {p}, {}, true, true)[0];
  return torch::autograd::grad({g.pow(2).sum()}, {p})[0];
})
CASE("stft", torch::stft(X({50}), 16, {}, {}, torch::hann_window(16, torch::kDouble), true, "reflect", false, {}, true))
CASE("stft.b", torch::stft(X({2, 50}), 16, 5, 12, torch::hann_window(12, torch::kDouble), true, "reflect", false, {}, true))
CASE("stft.nocenter", torch::stft(X({2, 50}), 16, 5, 12, torch::hann_window(12, torch::kDouble), false, "reflect", true, {}, true))
CASE("stft.nowin", torch::stft(X({2, 50}), 16, 5, {}, {}, false, "reflect", true, false, true))
CASE("stft.nowin.win", torch::stft(X({2, 50}), 16, 5, 10, {}, false, "reflect", true, false, true))
CASE("stft.real", torch::stft(X({2, 50}), 16, 5, {}, torch::hann_window(16, torch::kDouble), true, "constant", false, {}, false))
CASE("stft.cx", torch::stft(C({2, 50}), 16, 5, {}, torch::hann_window(16, torch::kDouble)))
CASE("stft.repl", torch::stft(X({50}), 16, {}, {}, torch::hann_window(16, torch::kDouble), true, "replicate", false, {}, true))
CASE("stft.old", torch::stft(X({50}), 16, 4, 16, torch::hann_window(16, torch::kDouble), false, true, true))
CASE("stft.align", torch::stft(X({50}), 16, 4, 10, torch::hann_window(10, torch::kDouble), false, "reflect", false, true, true, true))
CASE("stft.strides", S(torch::stft(X({2, 50}), 16, 5, {}, torch::hann_window(16, torch::kDouble), true, "reflect", false, {}, true)))
CASE_ERROR("err.stft.rc", torch::stft(X({50}), 16))
CASE_ERROR("err.stft.n", torch::stft(X({50}), 160, {}, {}, {}, false, "reflect", false, {}, true))
CASE_ERROR("err.stft.hop", torch::stft(X({50}), 16, 0, {}, {}, false, "reflect", false, {}, true))
CASE_ERROR("err.stft.win", torch::stft(X({50}), 16, 4, 17, {}, false, "reflect", false, {}, true))
CASE_ERROR("err.stft.window", torch::stft(X({50}), 16, 4, 16, torch::ones({15}, torch::kDouble), false, "reflect", false, {}, true))
CASE_ERROR("err.stft.dim", torch::stft(X({5, 5, 50}), 16, 4, 16, {}, false, "reflect", false, {}, true))
CASE_ERROR("err.stft.int", torch::stft(torch::arange(50), 16, 4, 16, {}, false, "reflect", false, {}, true))
CASE_ERROR("err.stft.onesided", torch::stft(C({50}), 16, 4, 16, {}, false, "reflect", false, true, true))
CASE("istft", [] {
  auto w = torch::hann_window(16, torch::kDouble);
  auto y = torch::stft(X({2, 50}), 16, 4, {}, w, true, "reflect", false, {}, true);
  return torch::istft(y, 16, 4, {}, w);
})
CASE("istft.len", [] {
  auto w = torch::hann_window(16, torch::kDouble);
  auto y = torch::stft(X({50}), 16, 4, {}, w, true, "reflect", true, {}, true);
  return torch::istft(y, 16, 4, {}, w, true, true, {}, 50);
})
CASE("istft.long", [] {
  auto w = torch::hann_window(16, torch::kDouble) + 0.1;
  auto y = torch::stft(X({50}), 16, 4, {}, w, true, "reflect", true, {}, true);
  return torch::istft(y, 16, 4, {}, w, true, true, {}, 70);
})
CASE("istft.two", [] {
  auto w = torch::hann_window(12, torch::kDouble) + 0.1;
  auto y = torch::stft(X({50}), 16, 4, 12, w, false, "reflect", false, false, true);
  return torch::istft(y, 16, 4, 12, w, true, false, false);
})
CASE("istft.cx", [] {
  auto w = torch::hann_window(16, torch::kDouble);
  auto y = torch::stft(C({2, 50}), 16, 4, {}, w);
  return torch::istft(y, 16, 4, {}, w, true, false, false, {}, true);
})
CASE("istft.nowin", [] { auto y = torch::stft(X({2, 50}), 16, 4, {}, {}, true, "reflect", false, {}, true); return torch::istft(y, 16, 4); })
CASE_GRAD("istft.grad", [] {
  auto w = torch::hann_window(8, torch::kDouble);
  auto y = torch::stft(im.view({6, 64}), 8, 2, {}, w, true, "reflect", false, {}, true);
  return torch::istft(y * 2, 8, 2, {}, w);
})
CASE_GRAD("stft.grad", [] { auto w = torch::hann_window(8, torch::kDouble); return torch::stft(im.view({6, 64}), 8, 2, {}, w, true, "reflect", false, {}, true).abs(); })
CASE_ERROR("err.istft.real", torch::istft(X({9, 5}), 16))
CASE_ERROR("err.istft.rows", torch::istft(C({8, 5}), 16))
CASE_ERROR("err.istft.zero", [] { auto w = torch::zeros(16, torch::kDouble); return torch::istft(C({9, 5}), 16, 4, {}, w); })

}  // namespace
