// Op table: automatic mixed precision.
#include "harness.h"

#include <ATen/autocast_mode.h>

namespace {

AREA("autocast")

struct On {
  explicit On(torch::ScalarType dtype = torch::kBFloat16) {
    at::autocast::set_autocast_dtype(at::kCPU, dtype);
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::increment_nesting();
  }
  ~On() {
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::set_autocast_dtype(at::kCPU, torch::kBFloat16);
  }
};
// The dtypes of f(float32), f(bfloat16) and f(float64).
template <class F>
std::string types(F f, torch::ScalarType dtype = torch::kBFloat16) {
  std::string r;
  for (auto from : {torch::kFloat, torch::kBFloat16, torch::kDouble}) {
    const On on(dtype);
    r += std::string(c10::toString(f([&](torch::Tensor t) { return t.to(from); }).scalar_type())) + " ";
  }
  return r;
}
template <class F>
torch::Tensor value(F f, torch::ScalarType dtype = torch::kBFloat16) {
  const On on(dtype);
  return f([](torch::Tensor t) { return t; });
}
CASE("mm", [] {
  auto f = [](auto T) { return torch::mm(T(a), T(c.slice(1, 0, 4))); }; return std::make_tuple(types(f), value(f));
})
CASE("matmul", [] {
  auto f = [](auto T) { return torch::matmul(T(a), T(c)); }; return std::make_tuple(types(f), value(f));
})
CASE("matmul.vec", [] {
  auto f = [](auto T) { return torch::matmul(T(a), T(c.select(1, 0))); }; return std::make_tuple(types(f), value(f));
})
CASE("matmul.3d", [] {
  auto f = [](auto T) { return torch::matmul(T(seq), T(torch::ones({6, 2}))); }; return std::make_tuple(types(f), value(f));
})
CASE("mv", [] {
  auto f = [](auto T) { return torch::mv(T(a), T(c.select(1, 0))); }; return std::make_tuple(types(f), value(f));
})
CASE("dot", [] {
  auto f = [](auto T) { return torch::dot(T(v.detach()), T(v.detach())); }; return std::make_tuple(types(f), value(f));
})
CASE("addmm", [] {
  auto f = [](auto T) { return torch::addmm(T(a.slice(1, 0, 1)), T(a), T(c)); }; return std::make_tuple(types(f), value(f));
})
CASE("addmv", [] {
  auto f = [](auto T) { return torch::addmv(T(a.select(1, 0)), T(a), T(c.select(1, 0))); }; return std::make_tuple(types(f), value(f));
})
CASE("addr", [] {
  auto f = [](auto T) { return torch::addr(T(a), T(a.select(1, 0)), T(b[0])); }; return std::make_tuple(types(f), value(f));
})
CASE("bmm", [] {
  auto f = [](auto T) { return torch::bmm(T(seq), T(seq.transpose(1, 2))); }; return std::make_tuple(types(f), value(f));
})
CASE("baddbmm", [] {
  auto f = [](auto T) { return torch::baddbmm(T(torch::ones({1})), T(seq), T(seq.transpose(1, 2))); }; return std::make_tuple(types(f), value(f));
})
CASE("addbmm", [] {
  auto f = [](auto T) { return torch::addbmm(T(torch::ones({1})), T(seq), T(seq.transpose(1, 2))); }; return types(f);
})
CASE("einsum", [] {
  auto f = [](auto T) { return torch::einsum("ij,jk->ik", {T(a), T(c)}); }; return std::make_tuple(types(f), value(f));
})
CASE("linear", [] {
  auto f = [](auto T) { return torch::linear(T(a), T(b), T(a.select(1, 0))); }; return std::make_tuple(types(f), value(f));
})
CASE("linear.mixed", [] {
  const On on; return torch::linear(a.to(torch::kHalf), b);
})
CASE("conv1d", [] {
  auto f = [](auto T) { return torch::conv1d(T(seq), T(torch::ones({3, 2, 3}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv2d", [] {
  auto f = [](auto T) { return torch::conv2d(T(img), T(torch::ones({2, 3, 3, 3})), T(torch::ones({2}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv2d.same", [] {
  auto f = [](auto T) { return torch::conv2d(T(img), T(torch::ones({2, 3, 3, 3})), {}, 1, "same"); }; return std::make_tuple(types(f), value(f));
})
CASE("conv3d", [] {
  auto f = [](auto T) { return torch::conv3d(T(img.unsqueeze(1)), T(torch::ones({2, 1, 3, 3, 3}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv_transpose1d", [] {
  auto f = [](auto T) { return torch::conv_transpose1d(T(seq), T(torch::ones({2, 3, 3}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv_transpose2d", [] {
  auto f = [](auto T) { return torch::conv_transpose2d(T(img), T(torch::ones({3, 2, 3, 3}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv_transpose3d", [] {
  auto f = [](auto T) { return torch::conv_transpose3d(T(img.unsqueeze(1)), T(torch::ones({1, 2, 3, 3, 3}))); }; return std::make_tuple(types(f), value(f));
})
CASE("conv_tbc", [] {
  auto f = [](auto T) { return torch::conv_tbc(T(seq), T(torch::ones({3, 6, 2})), T(torch::ones({2}))); }; return types(f);
})
CASE("convolution", [] {
  auto f = [](auto T) { return torch::convolution(T(img), T(torch::ones({2, 3, 3, 3})), {}, {1, 1}, {0, 0}, {1, 1}, false, {0, 0}, 1); }; return std::make_tuple(types(f), value(f));
})
CASE("prelu", [] {
  auto f = [](auto T) { return torch::prelu(T(a), T(torch::ones({1}) * 0.25)); }; return std::make_tuple(types(f), value(f));
})
CASE("sdpa", [] {
  auto f = [](auto T) { return torch::scaled_dot_product_attention(T(seq), T(seq), T(seq)); }; return types(f);
})
CASE("sdpa.4d", [] {
  auto f = [](auto T) { return torch::scaled_dot_product_attention(T(img), T(img), T(img)); }; return types(f);
})
CASE("vecdot", [] {
  auto f = [](auto T) { return torch::linalg_vecdot(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("multi_dot", [] {
  auto f = [](auto T) { return torch::linalg_multi_dot({T(a), T(c), T(c.t())}); }; return std::make_tuple(types(f), value(f));
})
CASE("outer", [] {
  auto f = [](auto T) { return torch::outer(T(a[0]), T(b[0])); }; return std::make_tuple(types(f), value(f));
})
CASE("kron", [] {
  auto f = [](auto T) { return torch::kron(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("tensordot", [] {
  auto f = [](auto T) { return torch::tensordot(T(a), T(c), {1}, {0}); }; return std::make_tuple(types(f), value(f));
})
CASE("bilinear", [] {
  auto f = [](auto T) { return torch::bilinear(T(a), T(b), T(torch::ones({3, 4, 4}))); }; return types(f);
})
CASE("inner", [] {
  auto f = [](auto T) { return torch::inner(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("matrix_power", [] {
  auto f = [](auto T) { return torch::matrix_power(T(c.slice(1, 0, 4)), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("matrix_exp", [] {
  auto f = [](auto T) { return torch::matrix_exp(T(c.slice(1, 0, 4) * 0.1)); }; return std::make_tuple(types(f), value(f));
})
CASE("cov", [] {
  auto f = [](auto T) { return torch::cov(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("softmax", [] {
  auto f = [](auto T) { return torch::softmax(T(a), 1); }; return std::make_tuple(types(f), value(f));
})
CASE("log_softmax", [] {
  auto f = [](auto T) { return torch::log_softmax(T(a), 1); }; return std::make_tuple(types(f), value(f));
})
CASE("sum", [] {
  auto f = [](auto T) { return T(a).sum(); }; return std::make_tuple(types(f), value(f));
})
CASE("exp", [] {
  auto f = [](auto T) { return T(a).exp(); }; return std::make_tuple(types(f), value(f));
})
CASE("pow", [] {
  auto f = [](auto T) { return T(a).pow(2); }; return std::make_tuple(types(f), value(f));
})
CASE("cumsum", [] {
  auto f = [](auto T) { return T(a).cumsum(0); }; return std::make_tuple(types(f), value(f));
})
CASE("layer_norm", [] {
  auto f = [](auto T) { return torch::layer_norm(T(a), {4}); }; return std::make_tuple(types(f), value(f));
})
CASE("layer_norm.w", [] {
  auto f = [](auto T) { return torch::layer_norm(T(a), {4}, T(torch::ones({4})), T(torch::zeros({4}))); }; return std::make_tuple(types(f), value(f));
})
CASE("group_norm", [] {
  auto f = [](auto T) { return torch::group_norm(T(seq), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("batch_norm", [] {
  auto f = [](auto T) { return torch::batch_norm(T(img), {}, {}, {}, {}, true, 0.1, 1e-5, false); }; return std::make_tuple(types(f), value(f));
})
CASE("instance_norm", [] {
  auto f = [](auto T) { return torch::instance_norm(T(img), {}, {}, {}, {}, true, 0.1, 1e-5, false); }; return std::make_tuple(types(f), value(f));
})
CASE("prod", [] {
  auto f = [](auto T) { return T(h).prod(); }; return std::make_tuple(types(f), value(f));
})
CASE("prod.1", [] {
  auto f = [](auto T) { return T(h).prod(1); }; return std::make_tuple(types(f), value(f));
})
CASE("norm", [] {
  auto f = [](auto T) { return T(a).norm(); }; return std::make_tuple(types(f), value(f));
})
CASE("vector_norm", [] {
  auto f = [](auto T) { return torch::linalg_vector_norm(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("logsumexp", [] {
  auto f = [](auto T) { return torch::logsumexp(T(a), 1); }; return std::make_tuple(types(f), value(f));
})
CASE("gelu", [] {
  auto f = [](auto T) { return torch::gelu(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("relu", [] {
  auto f = [](auto T) { return torch::relu(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("glu", [] {
  auto f = [](auto T) { return torch::glu(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("softplus", [] {
  auto f = [](auto T) { return torch::softplus(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("mse_loss", [] {
  auto f = [](auto T) { return torch::mse_loss(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("l1_loss", [] {
  auto f = [](auto T) { return torch::l1_loss(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("smooth_l1", [] {
  auto f = [](auto T) { return torch::smooth_l1_loss(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("huber", [] {
  auto f = [](auto T) { return torch::huber_loss(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("bce", [] {
  auto f = [](auto T) { return torch::binary_cross_entropy(T(h), T(h)); }; return std::make_tuple(types(f), value(f));
})
CASE("bce_logits", [] {
  auto f = [](auto T) { return torch::binary_cross_entropy_with_logits(T(a), T(h)); }; return std::make_tuple(types(f), value(f));
})
CASE("nll", [] {
  auto f = [](auto T) { return torch::nll_loss(T(a), tgt); }; return std::make_tuple(types(f), value(f));
})
CASE("cross_entropy", [] {
  auto f = [](auto T) { return torch::cross_entropy_loss(T(a), tgt); }; return std::make_tuple(types(f), value(f));
})
CASE("F.cross_entropy", [] {
  auto f = [](auto T) { return F::cross_entropy(T(a), tgt); }; return std::make_tuple(types(f), value(f));
})
CASE("F.mse", [] {
  auto f = [](auto T) { return F::mse_loss(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("kl_div", [] {
  auto f = [](auto T) { return torch::kl_div(T(a), T(h)); }; return std::make_tuple(types(f), value(f));
})
CASE("ctc", [] {
  auto f = [](auto T) { return torch::ctc_loss(T(seq).log_softmax(2), torch::ones({2, 2}, torch::kLong), torch::tensor({5, 5}), torch::tensor({2, 2})); }; return std::make_tuple(types(f), value(f));
})
CASE("cosine_embedding", [] {
  auto f = [](auto T) { return torch::cosine_embedding_loss(T(a), T(b), torch::ones({3})); }; return std::make_tuple(types(f), value(f));
})
CASE("hinge", [] {
  auto f = [](auto T) { return torch::hinge_embedding_loss(T(a), torch::ones({3, 4})); }; return std::make_tuple(types(f), value(f));
})
CASE("poisson", [] {
  auto f = [](auto T) { return torch::poisson_nll_loss(T(a), T(h), true, false, 1e-8, 1); }; return std::make_tuple(types(f), value(f));
})
CASE("margin_ranking", [] {
  auto f = [](auto T) { return torch::margin_ranking_loss(T(a), T(b), torch::ones({3, 4})); }; return std::make_tuple(types(f), value(f));
})
CASE("soft_margin", [] {
  auto f = [](auto T) { return torch::soft_margin_loss(T(a), torch::ones({3, 4})); }; return std::make_tuple(types(f), value(f));
})
CASE("triplet", [] {
  auto f = [](auto T) { return torch::triplet_margin_loss(T(a), T(b), T(h)); }; return std::make_tuple(types(f), value(f));
})
CASE("multi_margin", [] {
  auto f = [](auto T) { return torch::multi_margin_loss(T(a), tgt); }; return std::make_tuple(types(f), value(f));
})
CASE("multilabel_margin", [] {
  auto f = [](auto T) { return torch::multilabel_margin_loss(T(a), torch::zeros({3, 4}, torch::kLong)); }; return std::make_tuple(types(f), value(f));
})
CASE("cdist", [] {
  auto f = [](auto T) { return torch::cdist(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("pairwise", [] {
  auto f = [](auto T) { return torch::pairwise_distance(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("cosine_similarity", [] {
  auto f = [](auto T) { return torch::cosine_similarity(T(a), T(b)); }; return std::make_tuple(types(f), value(f));
})
CASE("avg_pool2d", [] {
  auto f = [](auto T) { return torch::avg_pool2d(T(img), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("avg_pool3d", [] {
  auto f = [](auto T) { return torch::avg_pool3d(T(img.unsqueeze(1)), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("max_pool2d", [] {
  auto f = [](auto T) { return torch::max_pool2d(T(img), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("max_pool3d", [] {
  auto f = [](auto T) { return torch::max_pool3d(T(img.unsqueeze(1)), 2); }; return std::make_tuple(types(f), value(f));
})
CASE("adaptive_avg_pool2d", [] {
  auto f = [](auto T) { return torch::adaptive_avg_pool2d(T(img), {2, 2}); }; return std::make_tuple(types(f), value(f));
})
CASE("adaptive_avg_pool3d", [] {
  auto f = [](auto T) { return torch::adaptive_avg_pool3d(T(img.unsqueeze(1)), {2, 2, 2}); }; return std::make_tuple(types(f), value(f));
})
CASE("adaptive_max_pool3d", [] {
  auto f = [](auto T) { return std::get<0>(torch::adaptive_max_pool3d(T(img.unsqueeze(1)), {2, 2, 2})); }; return std::make_tuple(types(f), value(f));
})
CASE("reflection_pad1d", [] {
  auto f = [](auto T) { return torch::reflection_pad1d(T(seq), {1, 1}); }; return std::make_tuple(types(f), value(f));
})
CASE("reflection_pad2d", [] {
  auto f = [](auto T) { return torch::reflection_pad2d(T(img), {1, 1, 1, 1}); }; return std::make_tuple(types(f), value(f));
})
CASE("reflection_pad3d", [] {
  auto f = [](auto T) { return torch::reflection_pad3d(T(img.unsqueeze(1)), {1, 1, 1, 1, 1, 1}); }; return std::make_tuple(types(f), value(f));
})
CASE("replication_pad2d", [] {
  auto f = [](auto T) { return torch::replication_pad2d(T(img), {1, 1, 1, 1}); }; return std::make_tuple(types(f), value(f));
})
CASE("replication_pad3d", [] {
  auto f = [](auto T) { return torch::replication_pad3d(T(img.unsqueeze(1)), {1, 1, 1, 1, 1, 1}); }; return std::make_tuple(types(f), value(f));
})
CASE("grid_sampler", [] {
  auto f = [](auto T) { return torch::grid_sampler(T(img), T(torch::zeros({2, 3, 3, 2})), 0, 0, false); }; return std::make_tuple(types(f), value(f));
})
CASE("upsample", [] {
  auto f = [](auto T) { return torch::upsample_bilinear2d(T(img), {4, 4}, false); }; return std::make_tuple(types(f), value(f));
})
CASE("quantile", [] {
  auto f = [](auto T) { return torch::quantile(T(a), 0.5); }; return std::make_tuple(types(f), value(f));
})
CASE("nanquantile", [] {
  auto f = [](auto T) { return torch::nanquantile(T(a), 0.5); }; return std::make_tuple(types(f), value(f));
})
CASE("trace", [] {
  auto f = [](auto T) { return torch::trace(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("polar", [] {
  auto f = [](auto T) { return torch::polar(T(h), T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("view_as_complex", [] {
  auto f = [](auto T) { return torch::view_as_complex(T(a.view({3, 2, 2}))); }; return std::make_tuple(types(f), value(f));
})
CASE("cholesky", [] {
  auto f = [](auto T) { return torch::linalg_cholesky(T(spd.to(torch::kFloat))); }; return std::make_tuple(types(f), value(f));
})
CASE("inverse", [] {
  auto f = [](auto T) { return torch::inverse(T(spd.to(torch::kFloat))); }; return std::make_tuple(types(f), value(f));
})
CASE("pinverse", [] {
  auto f = [](auto T) { return torch::pinverse(T(spd.to(torch::kFloat))); }; return std::make_tuple(types(f), value(f));
})
CASE("solve", [] {
  auto f = [](auto T) { return torch::linalg_solve(T(spd.to(torch::kFloat)), T(c)); }; return std::make_tuple(types(f), value(f));
})
CASE("svdvals", [] {
  auto f = [](auto T) { return torch::linalg_svdvals(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("eigvalsh", [] {
  auto f = [](auto T) { return torch::linalg_eigvalsh(T(spd.to(torch::kFloat))); }; return std::make_tuple(types(f), value(f));
})
CASE("qr", [] {
  auto f = [](auto T) { return std::get<1>(torch::linalg_qr(T(a))).abs(); }; return std::make_tuple(types(f), value(f));
})
CASE("lstsq", [] {
  auto f = [](auto T) { return std::get<0>(torch::linalg_lstsq(T(spd.to(torch::kFloat)), T(c))); }; return std::make_tuple(types(f), value(f));
})
CASE("matrix_rank", [] {
  auto f = [](auto T) { return torch::linalg_matrix_rank(T(spd.to(torch::kFloat))); }; return std::make_tuple(types(f), value(f));
})
CASE("triangular_solve", [] {
  auto f = [](auto T) { return std::get<0>(torch::triangular_solve(T(c), T(spd.to(torch::kFloat)))); }; return std::make_tuple(types(f), value(f));
})
CASE("fft", [] {
  auto f = [](auto T) { return torch::fft_fft(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("rfft", [] {
  auto f = [](auto T) { return torch::fft_rfft(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("irfft", [] {
  auto f = [](auto T) { return torch::fft_irfft(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("fft2", [] {
  auto f = [](auto T) { return torch::fft_fft2(T(a)); }; return std::make_tuple(types(f), value(f));
})
CASE("cat", [] {
  auto f = [](auto T) { return torch::cat({T(a), T(b)}); }; return std::make_tuple(types(f), value(f));
})
CASE("cat.mixed", [] {
  auto f = [](auto T) { return torch::cat({T(a), b}); }; return std::make_tuple(types(f), value(f));
})
CASE("stack.mixed", [] {
  auto f = [](auto T) { return torch::stack({T(a), b}); }; return std::make_tuple(types(f), value(f));
})
CASE("add.mixed", [] {
  auto f = [](auto T) { return T(a) + b; }; return std::make_tuple(types(f), value(f));
})
CASE("addcmul", [] {
  auto f = [](auto T) { return torch::addcmul(T(a), T(b), T(h)); }; return std::make_tuple(types(f), value(f));
})
CASE("where", [] {
  auto f = [](auto T) { return torch::where(m, T(a), b); }; return std::make_tuple(types(f), value(f));
})
CASE("embedding", [] {
  auto f = [](auto T) { return torch::embedding(T(a), tgt.clamp(0, 2)); }; return std::make_tuple(types(f), value(f));
})
CASE("mean", [] {
  auto f = [](auto T) { return T(a).mean(); }; return std::make_tuple(types(f), value(f));
})
CASE("var", [] {
  auto f = [](auto T) { return T(a).var(); }; return std::make_tuple(types(f), value(f));
})
CASE("lerp", [] {
  auto f = [](auto T) { return torch::lerp(T(a), T(b), 0.5); }; return std::make_tuple(types(f), value(f));
})
CASE("cross", [] {
  auto f = [](auto T) { return torch::linalg_cross(T(a.slice(1, 0, 3)), T(b.slice(1, 0, 3))); }; return std::make_tuple(types(f), value(f));
})
CASE("lstm", [] {
  auto f = [](auto T) { return std::get<0>(torch::lstm(T(seq), {T(torch::zeros({1, 2, 3})), T(torch::zeros({1, 2, 3}))}, {T(torch::ones({12, 6}) * 0.1), T(torch::ones({12, 3}) * 0.1)}, false, 1, 0, false, false, false)); }; return types(f);
})
CASE("gru", [] {
  auto f = [](auto T) { return std::get<0>(torch::gru(T(seq), T(torch::zeros({1, 2, 3})), {T(torch::ones({9, 6}) * 0.1), T(torch::ones({9, 3}) * 0.1)}, false, 1, 0, false, false, false)); }; return types(f);
})
CASE("lstm_cell", [] {
  auto f = [](auto T) { return std::get<0>(torch::lstm_cell(T(seq[0]), {T(torch::zeros({2, 3})), T(torch::zeros({2, 3}))}, T(torch::ones({12, 6}) * 0.1), T(torch::ones({12, 3}) * 0.1))); }; return types(f);
})
CASE("half", [] {
  auto f = [](auto T) { return torch::linear(T(a), T(b)); }; return std::make_tuple(types(f, torch::kHalf), value(f, torch::kHalf));
})
CASE("grad.linear", [] {
  auto w = torch::ones({2, 4}).requires_grad_(), x = torch::ones({3, 4}).requires_grad_();
  {
    const On on; auto y = torch::linear(x, w); auto l = torch::mse_loss(y, torch::zeros({3, 2})); l.backward();
  }
  return std::make_tuple(w.grad(), x.grad());
})
CASE("grad.conv", [] {
  auto w = torch::ones({2, 3, 3, 3}).requires_grad_();
  torch::Tensor l;
  { const On on; l = torch::conv2d(torch::ones({1, 3, 5, 5}), w).sum(); }
  l.backward();
  return std::make_tuple(w.grad(), l.scalar_type() == torch::kBFloat16);
})
CASE("cache.shared", [] {
  auto w = torch::ones({2, 4}).requires_grad_(); const On on;
  auto y = torch::linear(torch::ones({3, 4}), w) + torch::linear(torch::ones({3, 4}) * 2, w); y.sum().backward(); return w.grad();
})
CASE("inplace.is.not.cast", [] {
  const On on; auto x = torch::ones({3, 3}); x.addmm_(torch::ones({3, 4}), torch::ones({4, 3})); return x;
})
CASE("out.is.not.cast", [] {
  const On on; auto x = torch::empty({3, 3}); torch::mm_out(x, torch::ones({3, 4}), torch::ones({4, 3})); return x;
})
CASE("state", [] {
  bool before = at::autocast::is_autocast_enabled(at::kCPU); bool in;
  { const On on; in = at::autocast::is_autocast_enabled(at::kCPU); }
  return std::make_tuple(before, in, at::autocast::is_autocast_enabled(at::kCPU), at::autocast::is_autocast_enabled(at::kCUDA),
                         at::autocast::get_autocast_dtype(at::kCPU) == torch::kBFloat16, at::autocast::get_autocast_dtype(at::kCUDA) == torch::kHalf, at::autocast::is_autocast_cache_enabled());
})
CASE("module", [] {
  torch::manual_seed(3); nn::Sequential net(nn::Linear(4, 8), nn::ReLU(), nn::LayerNorm(nn::LayerNormOptions({8})), nn::Linear(8, 2)); torch::Tensor y, l;
  { const On on; y = net->forward(a); l = F::cross_entropy(y, torch::tensor({0, 1, 1})); }
  l.backward(); std::vector<bool> f; for (auto& p : net->parameters()) f.push_back(p.grad().scalar_type() == torch::kFloat);
  return std::make_tuple(y.scalar_type() == torch::kBFloat16, l.scalar_type() == torch::kFloat, f[0] && f[1] && f[2] && f[3] && f[4] && f[5]);
})
CASE("mha", [] {
  torch::manual_seed(3); nn::MultiheadAttention mha(6, 2); const On on; auto r = mha(seq, seq, seq);
  return std::make_tuple(std::string(c10::toString(std::get<0>(r).scalar_type())), std::string(c10::toString(std::get<1>(r).scalar_type())));
})
CASE("encoder", [] {
  torch::manual_seed(3); nn::TransformerEncoderLayer e(nn::TransformerEncoderLayerOptions(6, 2).dim_feedforward(8)); const On on;
  return std::string(c10::toString(e(seq).scalar_type()));
})

}  // namespace
