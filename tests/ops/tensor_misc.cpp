// Op table: tensor_misc.
#include "harness.h"

namespace {

AREA("tensor_misc")

CASE("meta",
     std::make_tuple(a.dim(), a.ndimension(), a.numel(), (int64_t)a.itemsize(), (int64_t)a.element_size(), (int64_t)a.nbytes(), a.storage_offset(), a.size(-1), a.stride(-2)))
CASE("meta.0d", std::make_tuple(s.dim(), s.numel(), s.sizes().vec(), s.strides().vec(), s.is_contiguous()))
CASE("meta.empty", std::make_tuple(e.dim(), e.numel(), (int64_t)e.nbytes(), e.strides().vec()))
CASE("meta.kind",
     std::make_tuple(a.is_floating_point(), i.is_floating_point(), cx.is_complex(), i.is_signed(), u.is_signed(), m.is_signed(), a.is_sparse(), a.is_cuda(), a.is_cpu(), a.is_quantized()))
CASE("meta.device",
     std::make_tuple(a.device().str(), a.device().type() == torch::kCPU, (int64_t)a.get_device(), a.device() == torch::Device("cpu"), a.device().has_index()))
CASE("meta.layout", a.layout() == torch::kStrided)
CASE("meta.defined",
     std::make_tuple(torch::Tensor().defined(), a.defined(), torch::Tensor().numel(), torch::Tensor().dim()))
CASE_ERROR("err.meta.undefined.dtype", torch::Tensor().sum())
CASE_ERROR("err.meta.undefined.item", torch::Tensor().item<double>())
CASE_ERROR("err.meta.size", a.size(2))
CASE_ERROR("err.meta.size.neg", a.size(-3))
CASE_ERROR("err.meta.stride", a.stride(5))
CASE_ERROR("err.meta.0d.size", s.size(0))
CASE("reset", [] {
  torch::Tensor t = a; t.reset(); return std::make_tuple(t.defined(), a.defined());
})
CASE("use_count", [] {
  torch::Tensor t = a;
  return std::make_tuple((int64_t)torch::ones({1}).use_count(), t.is_same(a), t.is_alias_of(a), a.is_alias_of(a.clone()), a.view({12}).is_alias_of(a));
})
CASE("copy.handle", [] {
  torch::Tensor t = a; t += 1; return torch::equal(t, a);
})
CASE("move.handle", [] {
  torch::Tensor t = a.clone(), k = std::move(t); return std::make_tuple(t.defined(), k);
})
CASE("swap", [] {
  std::swap(a, b); return a;
})
CASE("storage",
     std::make_tuple((int64_t)a.storage().nbytes(), (int64_t)a.select(1, 1).storage().nbytes(), a.select(1, 1).storage_offset(), a.has_storage()))
CASE("data_ptr",
     std::make_tuple(a.data_ptr<float>() == a.data_ptr(), (double)a.data_ptr<float>()[5], (int64_t)(a[1].data_ptr<float>() - a.data_ptr<float>()), (double)a.const_data_ptr<float>()[3], a.mutable_data_ptr<float>() == a.data_ptr()))
CASE("data_ptr.empty", e.data_ptr<float>() == nullptr)
CASE_ERROR("err.data_ptr", (double)*a.data_ptr<int>())
CASE_ERROR("err.data_ptr.long", (double)*i.data_ptr<int>())
CASE("item",
     std::make_tuple(s.item<float>(), s.item<double>(), s.item<int>(), s.item<int64_t>(), s.item<bool>(), s.item().toDouble(), s.item().toFloat()))
CASE("item.int",
     std::make_tuple(i[1][1].item<int>(), i[1][1].item<double>(), i[1][1].item().isIntegral(false), i[1][1].item().toLong()))
CASE("item.neg", torch::tensor(-3.7).item<int>())
CASE("item.bool", std::make_tuple(m[0][0].item<bool>(), m[0][0].item().isBoolean(), m[0][0].item<int>()))
CASE("item.half", (float)hf[0][0].item<c10::Half>())
CASE("item.one", torch::ones({1, 1, 1}).item<double>())
CASE_ERROR("err.item.many", a.item<double>())
CASE_ERROR("err.item.empty", e.item<double>())
CASE_ERROR("err.item.overflow", torch::tensor(300).item<int8_t>())
CASE_ERROR("err.item.overflow.f", torch::tensor(1e20).item<int>())
CASE_ERROR("err.item.cx", cx[0][0].item<double>())
CASE_ERROR("err.item.neg.u8", torch::tensor(-300).item<uint8_t>())
CASE("is_nonzero", std::make_tuple(s.is_nonzero(), torch::tensor(0).is_nonzero(), torch::tensor({1}).is_nonzero()))
CASE_ERROR("err.is_nonzero", a.is_nonzero())
CASE("to.dtype", a.to(torch::kInt))
CASE("to.same", a.to(torch::kFloat).is_same(a))
CASE("to.copy", a.to(torch::kFloat, false, true).is_same(a))
CASE("to.opts", a.to(torch::TensorOptions().dtype(torch::kDouble)))
CASE("to.device", a.to(torch::kCPU).is_same(a))
CASE("to.device.dtype", a.to(torch::Device("cpu"), torch::kHalf))
CASE("to.other", a.to(sq).scalar_type())
CASE("to.memfmt", img.to(torch::kDouble, false, false, torch::MemoryFormat::ChannelsLast).strides().vec())
CASE("to.strides", a.t().to(torch::kDouble).strides().vec())
CASE_GRAD("to.grad", p.to(torch::kFloat).to(torch::kDouble) * q)
CASE("cpu", a.cpu().is_same(a))
CASE("type_as", i.type_as(a))
CASE("toType", a.toType(torch::kLong))
CASE("float.etc",
     std::make_tuple(i.to(torch::kF32), i.to(torch::kF64), i.to(torch::kI32), a.to(torch::kU8, false, true).scalar_type(), a.to(torch::kI16), a.to(torch::kI8)))
CASE("contiguous", std::make_tuple(a.t().contiguous(), a.t().is_contiguous(), a.t().contiguous().is_contiguous()))
CASE("clone", a.t().clone().strides().vec())
CASE("clone.contig", a.t().clone(torch::MemoryFormat::Contiguous).strides().vec())
CASE("clone.expand", torch::ones({3, 1}).expand({3, 4}).clone().strides().vec())
CASE("clone.cl", img.clone(torch::MemoryFormat::ChannelsLast).strides().vec())
CASE("clone.slice", a.slice(1, 0, 4, 2).clone().strides().vec())
CASE_GRAD("clone.grad", p.clone() * 2)
CASE("copy_", a.copy_(b))
CASE("copy_.bcast", a.copy_(b[0]))
CASE("copy_.dtype", i.copy_(a * 10))
CASE("copy_.t", a.copy_(torch::arange(12.0).view({4, 3}).t()))
CASE("copy_.overlap.half", hf.copy_(sq.slice(0, 0, 3)))
CASE_ERROR("err.copy_", a.copy_(c))
CASE_ERROR("err.copy_.expand", b[0].expand({3, 4}).copy_(a))
CASE("set_", [] {
  auto t = torch::zeros({1}); t.set_(a); return std::make_tuple(t, t.is_alias_of(a));
})
CASE("set_.empty", [] {
  a.set_(); return a.sizes().vec();
})
CASE("set_.dtype", [] {
  a.set_(sq); return 0;
})
CASE("resize_.smaller", a.resize_({2, 3}))
CASE("resize_.same.strides", a.t().contiguous().resize_({6, 2}).strides().vec())
CASE("resize_.bigger", a.resize_({5, 4}).slice(0, 0, 3))
CASE("resize_.noncontig", [] {
  auto t = a.t(); t.resize_({3, 4}); return std::make_tuple(t.strides().vec(), t);
})
CASE("resize_as_", a.resize_as_(torch::zeros({2, 2})))
CASE_ERROR("err.resize_.grad", p.resize_({2, 2}))
CASE("equal", std::make_tuple(a.equal(a.clone()), torch::equal(z, z), a.equal(b), a.t().equal(a.t().contiguous())))
CASE("equal.shape", torch::equal(a, c))
CASE("equal.dtype", torch::equal(torch::ones({2}), torch::ones({3})))
CASE("allclose.err", torch::allclose(a, a + 1e-6))
CASE("isclose.inf", torch::isclose(torch::tensor({INFINITY, 1.0f}), torch::tensor({INFINITY, 1.0001f})))
CASE_ERROR("err.isclose.rtol", torch::isclose(a, b, -1))
CASE_ERROR("err.allclose.dtype", torch::allclose(a, sq.slice(0, 0, 3)))
CASE("from_blob.strides", [] {
  double x[6] = {1, 2, 3, 4, 5, 6};
  auto t = torch::from_blob(x, {2, 2}, {1, 2}, torch::kDouble);
  return std::make_tuple(t.clone(), t.is_contiguous());
})
CASE("from_blob.deleter.order", [] {
  std::string r;
  static float x[2] = {1, 2};
  { auto t = torch::from_blob(x, {2}, {1}, [&](void* k) { r += k == x ? "d" : "?"; }, torch::kFloat); auto y = t[0]; t.reset(); r += "r"; } r += "e";
  return r;
})
CASE("from_blob.const_vec", [] {
  std::vector<float> x{3, 1, 2};
  auto t = torch::from_blob(x.data(), {(int64_t)x.size()});
  std::get<0>(t.sort());
  t.add_(1);
  return (double)x[0];
})
CASE("from_blob.opts", [] {
  uint8_t x[4] = {1, 0, 1, 1}; return torch::from_blob(x, {2, 2}, torch::TensorOptions().dtype(torch::kBool)).clone();
})
CASE("from_blob.long", [] {
  int64_t x[2] = {5, -5}; return torch::from_blob(x, 2, torch::kLong).clone();
})
CASE("opts.eq",
     std::make_tuple(a.options().dtype() == torch::kFloat, a.options().device().is_cpu(), a.options().requires_grad(), p.options().requires_grad(), a.options().has_dtype(), torch::TensorOptions().has_dtype(), torch::TensorOptions().dtype(torch::kInt).dtype() == torch::kInt))
CASE("opts.dtype_opt",
     std::make_tuple(torch::TensorOptions().dtype_opt().has_value(), torch::TensorOptions(torch::kInt).dtype_opt().has_value(), c10::typeMetaToScalarType(torch::TensorOptions().dtype())))
CASE("opts.implicit", torch::zeros({2}, a.options().dtype(torch::kInt)).scalar_type())
CASE("opts.merge",
     torch::zeros({1}, torch::device(torch::kCPU).dtype(torch::kDouble).requires_grad(true)).requires_grad())
CASE("opts.pinned", torch::TensorOptions().pinned_memory(true).pinned_memory())
CASE("device.parse",
     std::make_tuple(torch::Device("cuda:3").str(), (int64_t)torch::Device("cuda:3").index(), torch::Device("cuda").has_index(), torch::Device("cpu") == torch::Device(torch::kCPU), torch::Device("cpu") != torch::Device("cuda"), torch::Device("meta").is_meta()))
CASE_ERROR("err.device.bad", torch::Device("foo").str())
CASE_ERROR("err.device.bad2", torch::Device("cuda:x").str())
CASE_ERROR("err.device.empty", torch::Device("").str())
CASE("meta.tensor", [] {
  auto t = torch::empty({2, 3}, torch::device(torch::kMeta));
  return std::make_tuple(t.is_meta(), (t + 1).sizes().vec());
})
CASE("suggest",
     std::make_tuple(a.suggest_memory_format() == torch::MemoryFormat::Contiguous, img.clone(torch::MemoryFormat::ChannelsLast).suggest_memory_format() == torch::MemoryFormat::ChannelsLast))
CASE("nocl.overlap",
     std::make_tuple(a.is_non_overlapping_and_dense(), a.t().is_non_overlapping_and_dense(), a.slice(1, 0, 2).is_non_overlapping_and_dense()))
CASE("squeeze_unsqueeze", a.unsqueeze_(0).squeeze_(0).sizes().vec())
CASE("accessor.sum", [] {
  auto x = sq.accessor<double, 2>(); double r = 0; for (int k = 0; k < 4; ++k) r += x[k][k]; return r;
})
CASE("tensor.bool.op", (bool)(a > 100).any().item<bool>())
CASE("list.ops", [] {
  std::vector<torch::Tensor> x{a, b};
  torch::TensorList l(x);
  return std::make_tuple((int64_t)l.size(), l[1], l.front().is_same(a));
})
CASE("dispatch.lambda", [] {
  auto f = [](const torch::Tensor& x, at::IntArrayRef k) { return x.sum(k); }; return f(img, {1, 2});
})
CASE("print.stream", [] {
  std::stringstream o; o << a.sizes() << a.dtype() << a.device() << a.scalar_type() << a.strides(); return o.str();
})
CASE("num_threads", [] {
  torch::set_num_threads(1); return (int64_t)torch::get_num_threads();
})
CASE("permute.copy.preserve", torch::ones({2, 3, 4}).permute({1, 2, 0}).clone().strides().vec())
CASE("view.version", (int64_t)a.view({12})._version())

}  // namespace
