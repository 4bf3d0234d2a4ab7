// Op table: nn_modules, part 3.
#include "modules.h"

namespace {

AREA("nn_modules")

CASE("bn.eval.notrack", [] {
  nn::BatchNorm1d m(nn::BatchNorm1dOptions(4).track_running_stats(false));
  m->eval();
  return m->forward(a);
})
CASE("bn.double", [] {
  nn::BatchNorm1d m(4);
  m->to(torch::kDouble);
  return fwdgrad(m, p);
})
CASE("bn.half.state", [] {
  nn::BatchNorm1d m(4);
  m->to(torch::kHalf);
  return state(m);
})
CASE_GRAD("bn3.grad", [] {
  nn::BatchNorm1d m(nn::BatchNorm1dOptions(3));
  m->to(torch::kDouble);
  return m->forward(im.reshape({2, 3, 64}));
})
CASE_ERROR("err.bn.dim", nn::BatchNorm2d(3)->forward(a))
CASE_ERROR("err.bn1.dim", nn::BatchNorm1d(3)->forward(img))
CASE_ERROR("err.bn.one", nn::BatchNorm1d(4)->forward(torch::ones({1, 4})))
CASE_ERROR("err.bn.features", nn::BatchNorm1d(3)->forward(a))
CASE("bn.reset", [] {
  nn::BatchNorm1d m(4);
  m->forward(a);
  m->reset_running_stats();
  return state(m);
})
CASE("in.nobatch", [] {
  nn::InstanceNorm2d m(3);
  return m->forward(img[0]);
})
CASE("in.track", [] {
  nn::InstanceNorm1d m(nn::InstanceNorm1dOptions(3).track_running_stats(true).affine(true));
  auto y = m->forward(img.flatten(2));
  m->eval();
  return std::make_tuple(y, m->forward(img.flatten(2)), state(m));
})
CASE("in.grad", [] {
  nn::InstanceNorm2d m(nn::InstanceNorm2dOptions(3).affine(true));
  m->to(torch::kDouble);
  return fwdgrad(m, im);
})
CASE_ERROR("err.in.dim", nn::InstanceNorm2d(3)->forward(a))
CASE("ln.grad", [] {
  nn::LayerNorm m(nn::LayerNormOptions({4}));
  m->to(torch::kDouble);
  return fwdgrad(m, p);
})
CASE("ln.half", [] {
  nn::LayerNorm m(nn::LayerNormOptions({4}));
  m->to(torch::kHalf);
  return m->forward(hf);
})
CASE("ln.bf", [] {
  nn::LayerNorm m(nn::LayerNormOptions({4}));
  m->to(torch::kBFloat16);
  return m->forward(bf);
})
CASE("ln.noaffine", nn::LayerNorm(nn::LayerNormOptions({3, 4}).elementwise_affine(false))->forward(a))
CASE_ERROR("err.ln.shape", nn::LayerNorm(nn::LayerNormOptions({5}))->forward(a))
CASE("gn.grad", [] {
  nn::GroupNorm m(nn::GroupNormOptions(3, 3));
  m->to(torch::kDouble);
  return fwdgrad(m, im);
})
CASE("gn.2d", nn::GroupNorm(2, 4)->forward(a))
CASE_ERROR("err.gn.channels", nn::GroupNorm(2, 4)->forward(img))
CASE_ERROR("err.gn.ctor", nn::GroupNorm(3, 4)->forward(a))
CASE("lrn.3d", nn::LocalResponseNorm(2)->forward(img[0]))
CASE("lrn.4d", nn::LocalResponseNorm(nn::LocalResponseNormOptions(3).alpha(0.5).beta(0.6).k(2))->forward(img))
CASE_ERROR("err.lrn.2d", nn::LocalResponseNorm(2)->forward(a))
CASE("cmlrn", nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(3).alpha(0.5).beta(0.6).k(2))->forward(img))
CASE("cmlrn.even", nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(2).alpha(0.5))->forward(img))
CASE("cmlrn.five", nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(5).alpha(0.5))->forward(img))
CASE_GRAD("cmlrn.grad", nn::CrossMapLRN2d(nn::CrossMapLRN2dOptions(3).alpha(0.5))->forward(im))
CASE("dropout.seq", [] {
  nn::Dropout m(0.4);
  auto y = m->forward(torch::ones({3, 7}));
  auto y2 = m->forward(torch::ones({10}));
  m->eval();
  return std::make_tuple(y, y2, m->forward(a));
})
CASE("dropout2.seq", [] {
  nn::Dropout2d m(0.4);
  return std::make_tuple(m->forward(torch::ones({2, 3, 2, 2})), m->forward(torch::ones({3, 2, 2})));
})
CASE("dropout3.seq", [] {
  nn::Dropout3d m(0.4);
  return std::make_tuple(m->forward(torch::ones({2, 3, 2, 2, 1})), m->forward(torch::ones({3, 2, 2, 1})));
})
CASE("adropout.seq", [] {
  nn::AlphaDropout m(0.4);
  return std::make_tuple(m->forward(a), m->forward(b));
})
CASE("fadropout.seq", [] {
  nn::FeatureAlphaDropout m(0.4);
  return std::make_tuple(m->forward(img.slice(2, 0, 2).slice(3, 0, 2)), m->forward(a));
})
CASE("dropout.p1", nn::Dropout(1.0)->forward(a))
CASE("dropout.p0", nn::Dropout(0.0)->forward(a))
CASE("dropout.half", nn::Dropout(0.5)->forward(hf))
CASE_GRAD("dropout.double", nn::Dropout(0.5)->forward(p))
CASE_ERROR("err.dropout.p", nn::Dropout(1.5)->forward(a))
CASE("rrelu.train", nn::RReLU()->forward(a))
CASE("rrelu.eval", [] {
  nn::RReLU m;
  m->eval();
  return m->forward(a);
})
CASE("emb.fwd", [] {
  nn::Embedding m(nn::EmbeddingOptions(5, 3).padding_idx(2));
  m->to(torch::kDouble);
  return fwdgrad(m, torch::tensor({{1, 2, 2}, {4, 1, 0}}));
})
CASE("emb.freq", [] {
  nn::Embedding m(nn::EmbeddingOptions(5, 3).scale_grad_by_freq(true));
  return fwdgrad(m, torch::tensor({{1, 2, 2}, {4, 1, 1}}));
})
CASE("emb.norm", [] {
  nn::Embedding m(nn::EmbeddingOptions(5, 3).max_norm(1.));
  return std::make_tuple(m->forward(torch::tensor({1, 2, 2})), m->weight);
})
CASE("emb.norm3", [] {
  nn::Embedding m(nn::EmbeddingOptions(5, 3).max_norm(0.5).norm_type(1));
  return std::make_tuple(m->forward(torch::tensor({1, 3})), m->weight);
})
CASE("emb.pre", [] {
  auto m = nn::Embedding::from_pretrained(c);
  return std::make_tuple(m->forward(torch::tensor({1, 3})), m->weight.requires_grad());
})
CASE("emb.pre.nofreeze", [] {
  auto m = nn::Embedding::from_pretrained(c, nn::EmbeddingFromPretrainedOptions().freeze(false));
  return m->weight.requires_grad();
})
CASE("emb.int32", nn::Embedding(5, 3)->forward(torch::tensor({1, 3}, torch::kInt)))
CASE("emb.0d", nn::Embedding(5, 3)->forward(torch::tensor(3)))
CASE("emb.empty", nn::Embedding(5, 3)->forward(torch::empty({0, 2}, torch::kLong)))
CASE_ERROR("err.emb.range", nn::Embedding(5, 3)->forward(torch::tensor({5})))
CASE_ERROR("err.emb.neg", nn::Embedding(5, 3)->forward(torch::tensor({-1})))
CASE_ERROR("err.emb.float", nn::Embedding(5, 3)->forward(a))
CASE_ERROR("err.emb.pad", nn::Embedding(nn::EmbeddingOptions(5, 3).padding_idx(5))->forward(j))
CASE_ERROR("err.emb.weight", nn::Embedding(nn::EmbeddingOptions(5, 3)._weight(a))->forward(j))
CASE_ERROR("err.emb.pre", nn::Embedding::from_pretrained(img)->forward(j))
CASE("bag.mean", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3));
  return fwdgrad(m, torch::tensor({1, 2, 4, 2, 0, 1}), torch::tensor({0, 2, 2, 5}));
})
CASE("bag.sum", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).mode(torch::kSum));
  m->to(torch::kDouble);
  return fwdgrad(m, torch::tensor({1, 2, 4, 2, 0, 1}), torch::tensor({0, 2, 2, 5}));
})
CASE("bag.sum.w", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).mode(torch::kSum));
  auto w = torch::rand({6}, torch::requires_grad());
  auto r = fwdgrad(m, torch::tensor({1, 2, 4, 2, 0, 1}), torch::tensor({0, 2, 2, 5}), w);
  return std::make_tuple(r, w.grad());
})
CASE("bag.max", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).mode(torch::kMax));
  return fwdgrad(m, torch::tensor({1, 2, 4, 2, 0, 1}), torch::tensor({0, 2, 2, 5}));
})
CASE("bag.2d", [] {
  nn::EmbeddingBag m(5, 3);
  return fwdgrad(m, torch::tensor({{1, 2, 4}, {2, 0, 1}}));
})
CASE("bag.2d.sum.w", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).mode(torch::kSum).padding_idx(2));
  auto w = torch::rand({2, 3}, torch::requires_grad());
  auto r = fwdgrad(m, torch::tensor({{1, 2, 4}, {2, 0, 1}}), torch::Tensor(), w);
  return std::make_tuple(r, w.grad());
})
CASE("bag.pad", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).padding_idx(2));
  return fwdgrad(m, torch::tensor({{1, 2, 4}, {2, 2, 2}}));
})
CASE("bag.pad.max", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).padding_idx(2).mode(torch::kMax));
  return fwdgrad(m, torch::tensor({{1, 2, 4}, {2, 2, 2}}));
})
CASE("bag.norm", [] {
  nn::EmbeddingBag m(nn::EmbeddingBagOptions(5, 3).max_norm(0.8));
  return std::make_tuple(m->forward(torch::tensor({1, 2, 4}), torch::tensor({0, 2})), m->weight);
})
CASE("bag.int32", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4}, torch::kInt), torch::tensor({0, 2}, torch::kInt)))
CASE("bag.mixed", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4}, torch::kInt), torch::tensor({0, 2})))
CASE("bag.pre", nn::EmbeddingBag::from_pretrained(c, nn::EmbeddingBagFromPretrainedOptions().mode(torch::kSum))->forward(torch::tensor({{1, 2}})))
CASE("bag.op.sum", torch::embedding_bag(c, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1})))
CASE("bag.op.mean", torch::embedding_bag(c, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1}), false, 1))
CASE("bag.op.max", torch::embedding_bag(c, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1}), false, 2))
CASE("bag.op.pad", torch::embedding_bag(c, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1}), false, 1, false, {}, false, 2))

}  // namespace
