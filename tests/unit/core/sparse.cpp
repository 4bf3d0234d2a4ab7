// Sparse tensors: what has no sparse form must say so and leave everything as it was; entries out of place are refused.
#include <gtest/gtest.h>

#include <functional>

#include <wick/wick.h>

namespace {

using namespace wick;

Tensor matrix() { return sparse_coo_tensor(tensor({{0, 1, 1}, {2, 0, 2}}), tensor({3.0f, 4.0f, 5.0f}), {2, 3}); }

TEST(Sparse, RefusesWhatItHasNoFormFor) {
  const Tensor s = matrix(), d = ones({2, 3});
  const std::vector<std::pair<const char*, std::function<void()>>> calls = {
      {"exp", [&] { (void)s.exp(); }},
      {"softmax", [&] { (void)softmax(s, 1); }},
      {"sort", [&] { (void)s.sort(); }},
      {"topk", [&] { (void)s.topk(1); }},
      {"argmax", [&] { (void)s.argmax(); }},
      {"cumsum", [&] { (void)s.cumsum(0); }},
      {"var", [&] { (void)s.var(); }},
      {"slice", [&] { (void)s.slice(0, 0, 1); }},
      {"narrow", [&] { (void)s.narrow(0, 0, 1); }},
      {"view", [&] { (void)s.view({6}); }},
      {"as_strided", [&] { (void)s.as_strided({2}, {1}); }},
      {"gather", [&] { (void)s.gather(0, zeros({1, 3}, kLong)); }},
      {"scatter_", [&] { (void)s.clone().scatter_(0, zeros({1, 3}, kLong), 1); }},
      {"masked_select", [&] { (void)s.masked_select(d > 0); }},
      {"nonzero", [&] { (void)s.nonzero(); }},
      {"where", [&] { (void)where(d > 0, s, d); }},
      {"lerp", [&] { (void)s.lerp(d, 0.5); }},
      {"addcmul", [&] { (void)addcmul(s, d, d); }},
      {"conv", [&] { (void)conv1d(s.unsqueeze(0), ones({1, 2, 1})); }},
      {"layer_norm", [&] { (void)layer_norm(s, {3}); }},
      {"linear", [&] { (void)linear(s, ones({4, 3}), ones({4})); }},
      {"embedding", [&] { (void)embedding(s, zeros({1}, kLong)); }},
      {"out=", [&] { Tensor o = s.clone(); (void)exp_out(o, d); }},
      {"fill_", [&] { (void)s.clone().fill_(1); }},
      {"uniform_", [&] { (void)s.clone().uniform_(); }},
      {"dropout", [&] { (void)dropout(s, 0.5, true); }},
      {"fft", [&] { (void)fft_fft(s); }},
      {"svd", [&] { (void)linalg_svd(s); }},
      {"set_", [&] { (void)ones({2}).set_(s); }},
      {"resize_", [&] { (void)s.clone().resize_({1}); }},
      {"data_ptr", [&] { (void)s.data_ptr<float>(); }},
      {"accessor", [&] { (void)s.accessor<float, 2>(); }},
      {"strides", [&] { (void)s.strides(); }},
      {"item", [&] { (void)s[0][2].exp().exp(); (void)s.item(); }},
      {"bernoulli", [&] { (void)bernoulli(s); }},
      {"repeat", [&] { (void)s.repeat({2, 1}); }},
      {"flip", [&] { (void)s.flip(0); }},
      {"index_put_", [&] { (void)s.clone().index_put_({0}, 1); }},
      {"mul to dense out", [&] { (void)ones({2, 3}).mul_(s); }},
      {"copy to dense", [&] { (void)ones({2, 3}).copy_(s); }},
      {"histc", [&] { (void)histc(s); }},
      {"mse_loss", [&] { (void)mse_loss(s, d); }},
      {"einsum", [&] { (void)einsum("ij->j", {s}); }},
      {"interpolate", [&] { (void)upsample_nearest1d(s.unsqueeze(0), {6}); }},
  };
  for (const auto& [name, call] : calls) EXPECT_THROW(call(), Error) << name;
  EXPECT_TRUE(s.to_dense().equal(tensor({{0.0f, 0.0f, 3.0f}, {4.0f, 0.0f, 5.0f}})));
}

TEST(Sparse, RefusesEntriesOutOfPlace) {
  const Tensor v = ones({2});
  EXPECT_THROW(sparse_coo_tensor(tensor({{0, 2}}), v, {2}), Error);
  EXPECT_THROW(sparse_coo_tensor(tensor({{0, -1}}), v, {2}), Error);
  EXPECT_THROW(sparse_coo_tensor(tensor({{0, -1}}), v), Error);
  // Unchecked ones are looked at before they are used.
  const Tensor wild = _sparse_coo_tensor_unsafe(tensor({{0, 7}, {0, 7}}), v, {2, 2});
  EXPECT_THROW((void)wild.to_dense(), Error);
  EXPECT_THROW((void)wild.mm(ones({2, 2})), Error);
  EXPECT_THROW((void)(ones({2, 2}) + wild), Error);
  EXPECT_THROW((void)ones({2, 2}).sparse_mask(wild), Error);
}

TEST(Sparse, EmptyAndZeroDimensional) {
  EXPECT_EQ(sparse_coo_tensor({0, 3}).to_dense().sizes(), IntArrayRef({0, 3}));
  EXPECT_EQ(sparse_coo_tensor({2, 3}).coalesce()._nnz(), 0);
  EXPECT_TRUE((ones({2, 3}) + sparse_coo_tensor({2, 3})).equal(ones({2, 3})));
  EXPECT_EQ(matrix().mm(ones({3, 0})).sizes(), IntArrayRef({2, 0}));
  const Tensor scalar = tensor(2.0f).to_sparse();
  EXPECT_EQ(scalar.to_dense().item<float>(), 2.0f);
  EXPECT_EQ((scalar + scalar).to_dense().item<float>(), 4.0f);
  EXPECT_EQ((tensor(1.0f) + scalar).item<float>(), 3.0f);
}

TEST(Sparse, GradientsOfGradients) {
  const Tensor places = tensor({{0, 1, 1}, {2, 0, 2}});
  const Tensor v = rand({3}, kDouble).requires_grad_(), x = rand({3, 2}, kDouble).requires_grad_();
  const auto f = [&](const autograd::variable_list& in) -> autograd::variable_list {
    return {_sparse_mm(sparse_coo_tensor(places, in[0] * in[0], {2, 3}), in[1]), sparse_coo_tensor(places, in[0], {2, 3}).to_dense().pow(3)};
  };
  EXPECT_TRUE(autograd::gradcheck(f, {v, x}));
  EXPECT_TRUE(autograd::gradgradcheck(f, {v, x}));
}

TEST(Sparse, InPlaceChangesCount) {
  const Tensor s = matrix();
  const int64_t before = s._version();
  s.mul_(2);
  EXPECT_EQ(s._version(), before + 1);
  EXPECT_EQ(s.to_dense().sum().item<float>(), 24.0f);
  const Tensor leaf = matrix().requires_grad_();
  EXPECT_THROW(leaf.mul_(2), Error);
  EXPECT_EQ(leaf.detach().to_dense().sum().item<float>(), 12.0f);
}

}  // namespace
