// Op table: nn_modules, part 4.
#include "modules.h"

namespace {

AREA("nn_modules")

CASE("bag.op.last.max", torch::embedding_bag(c, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 3}), false, 2, false, {}, true))
CASE("bag.op.half", torch::embedding_bag(c.to(torch::kHalf), torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1}), false, 1))
CASE_GRAD("bag.op.double.grad", std::get<0>(torch::embedding_bag(w, torch::tensor({1, 2, 3, 0}), torch::tensor({0, 1, 1}), false, 2)))
CASE("bag.empty", torch::embedding_bag(c, torch::empty({0}, torch::kLong), torch::tensor({0, 0}), false, 1))
CASE_ERROR("err.bag.offset0", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4}), torch::tensor({1, 2})))
CASE_ERROR("err.bag.offsetn", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4}), torch::tensor({0, 4})))
CASE_ERROR("err.bag.w", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4}), torch::tensor({0, 2}), torch::ones({3})))
CASE_ERROR("err.bag.3d", nn::EmbeddingBag(5, 3)->forward(torch::ones({1, 2, 3}, torch::kLong)))
CASE_ERROR("err.bag.nooff", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 2, 4})))
CASE_ERROR("err.bag.2doff", nn::EmbeddingBag(5, 3)->forward(torch::tensor({{1, 2, 4}}), torch::tensor({0})))
CASE_ERROR("err.bag.range", nn::EmbeddingBag(5, 3)->forward(torch::tensor({1, 7, 4}), torch::tensor({0})))
CASE("conv.same", nn::Conv2d(nn::Conv2dOptions(3, 2, 3).padding(torch::kSame))->forward(img))
CASE("conv.circular", nn::Conv2d(nn::Conv2dOptions(3, 2, 3).padding({1, 2}).padding_mode(torch::kCircular))->forward(img))
CASE("conv.reflect", nn::Conv2d(nn::Conv2dOptions(3, 2, 3).padding(2).padding_mode(torch::kReflect))->forward(img))
CASE("conv.replicate.same", nn::Conv2d(nn::Conv2dOptions(3, 2, 4).padding(torch::kSame).padding_mode(torch::kReplicate))->forward(img))
CASE("conv.nobatch", nn::Conv2d(3, 2, 3)->forward(img[0]))
CASE("conv.grad", [] {
  nn::Conv2d m(nn::Conv2dOptions(3, 2, 3).stride(2).padding(1));
  m->to(torch::kDouble);
  return fwdgrad(m, im);
})
CASE("convt.outsize", [] {
  nn::ConvTranspose2d m(nn::ConvTranspose2dOptions(3, 2, 3).stride(2));
  std::vector<int64_t> s{20, 19};
  return m->forward(img, at::IntArrayRef(s));
})
CASE_ERROR("err.convt.outsize", [] {
  nn::ConvTranspose2d m(nn::ConvTranspose2dOptions(3, 2, 3).stride(2));
  std::vector<int64_t> s{22, 19};
  return m->forward(img, at::IntArrayRef(s));
})
CASE_ERROR("err.convt.mode", nn::ConvTranspose2d(nn::ConvTranspose2dOptions(3, 2, 3).padding_mode(torch::kReflect))->forward(img))
CASE_ERROR("err.conv.groups", nn::Conv2d(nn::Conv2dOptions(3, 2, 3).groups(2))->forward(img))
CASE_ERROR("err.conv.channels", nn::Conv2d(4, 2, 3)->forward(img))
CASE_ERROR("err.conv.dim", nn::Conv2d(3, 2, 3)->forward(a))
CASE_ERROR("err.conv.same.stride", nn::Conv2d(nn::Conv2dOptions(3, 2, 3).stride(2).padding(torch::kSame))->forward(img))
CASE_ERROR("err.conv.small", nn::Conv2d(3, 2, 11)->forward(img))
CASE_ERROR("err.conv.zerochan", nn::Conv2d(0, 2, 3)->forward(img))
CASE_ERROR("err.linear.shape", nn::Linear(5, 2)->forward(a))
CASE("linear.double", [] {
  nn::Linear m(4, 2);
  m->to(torch::kDouble);
  return fwdgrad(m, p);
})
CASE("linear.half", [] {
  nn::Linear m(4, 2);
  m->to(torch::kHalf);
  return m->forward(hf);
})
CASE("linear.1d", nn::Linear(4, 2)->forward(a[0]))
CASE("linear.3d", nn::Linear(6, 2)->forward(seq))
CASE("linear.0", nn::Linear(4, 2)->forward(e))
CASE_ERROR("err.linear.dtype", nn::Linear(4, 2)->forward(p))
CASE("bilinear.fwd", [] {
  nn::Bilinear m(4, 4, 3);
  m->to(torch::kDouble);
  return fwdgrad(m, p, q);
})
CASE("bilinear.nobias", nn::Bilinear(nn::BilinearOptions(4, 4, 2).bias(false))->forward(a, b))
CASE_ERROR("err.bilinear", nn::Bilinear(4, 3, 2)->forward(a, b))
CASE("flatten", nn::Flatten()->forward(img))
CASE("flatten.opt", nn::Flatten(nn::FlattenOptions().start_dim(0).end_dim(2))->forward(img))
CASE("unflatten", nn::Unflatten(nn::UnflattenOptions(1, {2, 2}))->forward(a))
CASE("identity", nn::Identity()->forward(a))
CASE("clone.lstm", [] {
  nn::LSTM m(3, 4);
  auto k = std::dynamic_pointer_cast<nn::LSTMImpl>(m->clone());
  return state(k);
})
CASE("clone.seq", [] {
  nn::Sequential m(nn::Linear(2, 3), nn::BatchNorm1d(3));
  auto k = std::dynamic_pointer_cast<nn::SequentialImpl>(m->clone());
  m->parameters()[0].data().zero_();
  return std::make_tuple(state(k), k->is_training());
})
CASE("clone.eval", [] {
  nn::Linear m(2, 3);
  m->eval();
  return m->clone()->is_training();
})
CASE("to.double", [] {
  nn::BatchNorm1d m(3);
  m->to(torch::kDouble);
  return state(m);
})
CASE("zero_grad", [] {
  nn::Linear m(4, 2);
  m->forward(a).sum().backward();
  m->zero_grad();
  return m->weight.grad().defined();
})
CASE("zero_grad.false", [] {
  nn::Linear m(4, 2);
  m->forward(a).sum().backward();
  m->zero_grad(false);
  return m->weight.grad();
})
CASE("names.nested", [] {
  nn::ModuleList m(nn::Linear(2, 3), nn::ModuleList(nn::BatchNorm1d(3), nn::LSTM(3, 2)));
  return std::make_tuple(m->named_parameters().keys(), m->named_buffers().keys(), m->named_modules().keys(), m->named_children().keys());
})
CASE("seq.run", [] {
  nn::Sequential m(nn::Linear(4, 3), nn::Functional(torch::tanh), nn::Linear(3, 1));
  return m->forward(a);
})
CASE("seq.ops", [] {
  nn::Sequential m(nn::Linear(4, 3));
  m->push_back("act", nn::ReLU());
  m->push_back(nn::Linear(3, 2));
  nn::Sequential k;
  k->extend(*m);
  return std::make_tuple(k->size(), k->named_children().keys(), m->named_children().keys(), k->forward(a));
})
CASE_ERROR("err.seq.empty", nn::Sequential()->forward(a))
CASE_ERROR("err.seq.type", nn::Sequential(nn::Linear(4, 3))->forward(3))
CASE_ERROR("err.seq.at", nn::Sequential(nn::Linear(4, 3))->at<nn::ReLUImpl>(0).is_training())
CASE_ERROR("err.seq.index", nn::Sequential(nn::Linear(4, 3))->ptr(1)->is_training())
CASE("seq.default", [] {
  nn::Sequential m(nn::MultiheadAttention(4, 2));
  return std::get<0>(m->forward<std::tuple<torch::Tensor, torch::Tensor>>(a.unsqueeze(1), a.unsqueeze(1), a.unsqueeze(1)));
})
CASE("any.forward", [] {
  nn::AnyModule m(nn::Linear(4, 2));
  return m.forward(a);
})
CASE_ERROR("err.any.count", [] {
  nn::AnyModule m(nn::Linear(4, 2));
  return m.forward(a, b);
})
CASE("mlist", [] {
  nn::ModuleList l(nn::Linear(2, 3), nn::ReLU());
  l->insert(1, nn::Tanh());
  l->extend(*nn::ModuleList(nn::Sigmoid()));
  return std::make_tuple(l->size(), show(l), l->named_children().keys());
})
CASE("plist", [] {
  nn::ParameterList l(torch::ones({2}), torch::zeros({1, 2}));
  return std::make_tuple(l->size(), l->named_parameters().keys(), l->at(1));
})

}  // namespace
