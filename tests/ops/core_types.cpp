// Op table: core_types. Devices, layouts, element types, options, undefined tensors, at::tensor, DLPack.
#include <ATen/DLConvertor.h>

#include "harness.h"

namespace {

AREA("core_types")

std::string text(const torch::TensorOptions& o) { return c10::str(o); }

CASE("options.default", text(torch::TensorOptions()))
CASE("options.device.args", text(torch::TensorOptions({torch::kCUDA, 1})))
CASE("options.device.text", text(torch::TensorOptions("cuda:3")))
CASE("options.device.kind", text(torch::TensorOptions(torch::kCPU)))
CASE("options.all",
     text(torch::dtype(torch::kHalf).device(torch::kCPU).requires_grad(true).layout(torch::kStrided)))
CASE("options.merge", text(torch::dtype(torch::kBool).merge_in(torch::TensorOptions(torch::kFloat).requires_grad(true))))
CASE("to.options.args", a.to({torch::kCPU, 0}).is_same(a))
CASE("to.typemeta", a.to(i.dtype()))
CASE("to.device.typemeta", a.to(torch::kCPU, i.dtype()))

CASE("device.names", [] {
  std::string s;
  for (const char* t : {"cpu", "cuda:7", "mkldnn", "opengl", "opencl", "ideep", "hip:3", "fpga", "maia", "xla", "vulkan", "xpu:1", "mps", "meta", "hpu:2", "ve", "lazy", "ipu", "mtia", "privateuseone"})
    s += c10::str(torch::Device(t), " ", static_cast<int>(torch::Device(t).type()), ";");
  return s;
})
CASE("device.upper", c10::DeviceTypeName(torch::kCUDA) + c10::DeviceTypeName(torch::kMPS) + c10::DeviceTypeName(torch::kXPU))
CASE_ERROR("err.device.kind", torch::Device("tpu:4").str())
CASE_ERROR("err.device.index", torch::Device("cuda:").str())
CASE_ERROR("err.device.zero", torch::Device("cuda:01").str())
CASE("layouts", c10::str(torch::kStrided, torch::kSparse, torch::kSparseCsr, torch::kMkldnn, torch::kSparseCsc, torch::kSparseBsr, torch::kSparseBsc))
CASE("dtypes.named", c10::str(torch::kQInt8, torch::kQUInt8, torch::kQInt32, torch::kFloat8_e5m2, torch::kFloat8_e4m3fn, torch::kUInt16, torch::kUInt32, torch::kUInt64))

CASE("type", a.type().toString() + " " + i.type().toString() + " " + m.type().toString())
CASE("type.options", torch::ones({2}, at::CPU(torch::kInt)))
CASE("type.scalar", at::CPU(torch::kInt).toScalarType(torch::kDouble).toString())
CASE("backend", c10::str(at::getDeprecatedTypeProperties(c10::Backend::SparseCPU, torch::kFloat).layout(), a.type().backend()))

CASE("undefined", [] {
  const torch::Tensor x;
  return std::make_tuple(x.sizes().vec(), x.numel(), x.requires_grad(), x.is_cpu(), x.is_cuda(), x.storage_offset(), x.is_floating_point(), x.is_complex(), x.is_inference(), x.toString());
})
CASE("undefined.dtype", c10::str(torch::Tensor().dtype(), " ", torch::Tensor().scalar_type(), " ", torch::Tensor().layout()))
CASE_ERROR("err.undefined.strides", torch::Tensor().strides())
CASE_ERROR("err.undefined.add", torch::Tensor() + a)

CASE("at_tensor.scalar", at::tensor(123))
CASE("at_tensor.double", at::tensor(1.5))
CASE("at_tensor.list", at::tensor({1, 2, 3}))
CASE("at_tensor.vector", at::tensor(std::vector<double>{1, 2}))
CASE("at_tensor.dtype", at::tensor({1.5, 2.5}, at::kComplexFloat))
CASE_ERROR("err.at_tensor.complex", at::tensor({c10::complex<float>(1, 2)}, at::kFloat))

CASE("var.int", p.var(0))
CASE("std.int", p.std(1))
CASE("m", a.m([](const torch::Tensor& t, int n) { return t * n; }, 3))
CASE("is_set_to", std::make_tuple(a.is_set_to(a), a.is_set_to(a.view({3, 4})), a.is_set_to(a.t()), a.is_set_to(a.clone())))
CASE("unique", std::make_tuple(torch::ones({2}).is_uniquely_owned(), [] { auto t = a; return t.is_uniquely_owned(); }()))
CASE("expect_contiguous", std::make_tuple(a.expect_contiguous().unsafeIsBorrowed(), [] { auto t = a.t(); return t.expect_contiguous().unsafeIsBorrowed(); }()))
CASE("set_.storage", [] { auto t = torch::zeros({0}); t.set_(a.storage(), 2, {2, 2}, {4, 1}); return t; })
CASE("set_.storage.all", [] { auto t = torch::zeros({0}); t.set_(a.storage()); return t; })
CASE_ERROR("err.pin_memory", a.pin_memory())
CASE("storage.context", [] { static float d[2] = {1, 2}; return torch::from_blob(d, {2}).storage().data_ptr().get_context() == nullptr; }())
CASE("scalar.equal",
     std::make_tuple(at::Scalar(true).equal(1.0), at::Scalar(1.0).equal(true), at::Scalar(true).equal(true), at::Scalar(2).equal(c10::complex<double>(2, 0)), at::Scalar(c10::complex<double>(2, 5)).equal(c10::complex<double>(2, 5))))
CASE("scalar_to_tensor", at::scalar_to_tensor(at::Scalar(2.5)))
CASE("literals", [] { using namespace c10::complex_literals; return c10::str(2.5_if, 1.5_id); }())
CASE_ERROR("err.index.none", a.index({}))

CASE("dlpack", [] { return at::fromDLPack(at::toDLPack(a.t())); })
CASE("dlpack.half", [] { return at::fromDLPack(at::toDLPack(hf)); })
CASE("dlpack.bool", [] { return at::fromDLPack(at::toDLPack(m)); })
CASE("dlpack.shared", [] { auto t = a.clone(); auto r = at::fromDLPack(at::toDLPack(t)); t.fill_(3); return r; })
CASE("dlpack.versioned", [] { return at::fromDLPackVersioned(at::toDLPackVersioned(cx)); })

}  // namespace
