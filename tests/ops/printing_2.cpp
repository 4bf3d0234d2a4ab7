// Op table: printing, part 2.
#include "harness.h"
#include <iomanip>

namespace {

AREA("printing")

template <class T> static std::string S(const T& x) { std::ostringstream o; o << x; return o.str(); }

CASE("print.79", S(torch::ones({2}, torch::requires_grad())))
CASE("print.80", S(torch::full({2, 3}, 1e-40)))
CASE("print.81", S(torch::full({2, 3}, 3.0)))
CASE("print.82", S(torch::full({2, 3}, 3.00001)))
CASE("print.83", S(torch::eye(4) * 0.1))
CASE("print.84", S(torch::rand({12})))
CASE("print.85", S(torch::randn({25})))
CASE("print.86", S(torch::randn({30, 2})))
CASE("print.87", S(torch::linspace(0, 1, 11)))
CASE("print.88", S(torch::logspace(-5, 5, 11)))
CASE("print.89", S(torch::arange(0, 100000, 9999)))
CASE("print.90", S(torch::arange(8).view({2, 2, 2})))
CASE("print.91", S(torch::arange(8.0).view({2, 1, 2, 2}) / 3))
CASE("print.92", S(m.view({2, 6})))
CASE("print.93", S(m[0]))
CASE("print.94", S(torch::zeros({2, 0})))
CASE("print.95", S(torch::zeros({1, 2}).t()))
CASE("print.96", S(torch::randn({3, 25}, torch::kDouble) * 100))
CASE("print.97", S(torch::arange(50).view({1, 50}) * 12345))
CASE("print.98", S(c10::IntArrayRef({1, 2, 3})))
CASE("print.99", S(c10::IntArrayRef({})))
CASE("print.100", S(a.sizes()))
CASE("print.101", S(img.strides()))
CASE("print.102", S(a.dtype()))
CASE("print.103", S(a.device()))
CASE("print.104", S(a.options()))
CASE("print.105", S(i.options()))
CASE("print.106", S(p.options()))
CASE("print.107", S(torch::TensorOptions()))
CASE("print.108", S(torch::dtype(torch::kHalf).requires_grad(true)))
CASE("print.109", S(torch::TensorOptions().layout(torch::kSparse)))
CASE("print.110", S(torch::TensorOptions().memory_format(torch::MemoryFormat::ChannelsLast)))
CASE("print.111", S(torch::TensorOptions().pinned_memory(false)))
CASE("print.112", S(torch::Device("cpu")))
CASE("print.113", S(torch::Device("cuda:1")))
CASE("print.114", S(torch::Device(torch::kCUDA, 0)))
CASE("print.115", S(torch::Device(torch::kCPU)))
CASE("print.116", S(torch::kCPU))
CASE("print.117", S(torch::kCUDA))
CASE("print.118", S(torch::kFloat))
CASE("print.119", S(torch::kLong))
CASE("print.120", S(torch::kBFloat16))
CASE("print.121", S(torch::kComplexDouble))
CASE("print.122", S(torch::kStrided))
CASE("print.123", S(torch::kSparse))
CASE("print.124", S(torch::MemoryFormat::ChannelsLast))
CASE("print.125", S(torch::MemoryFormat::Contiguous))
CASE("print.126", S(torch::MemoryFormat::Preserve))
CASE("print.127", S(torch::Scalar(1.5)))
CASE("print.128", S(torch::Scalar(3)))
CASE("print.129", S(torch::Scalar(true)))
CASE("print.130", S(torch::Scalar(2.0)))
CASE("print.132", S(c10::Half(1.5)))
CASE("print.133", S(c10::BFloat16(2.5)))
CASE("print.138", S(torch::TensorList({torch::ones({1}), torch::tensor(3)})))
CASE("print.140", S(torch::ArrayRef<double>({1.5, 2.5})))
CASE("print.143", S(a.toString()))
CASE("print.144", S(i.toString()))
CASE("print.145", S(a.scalar_type()))
CASE("print.147", S(a.layout()))
CASE("print.148", S(torch::indexing::Slice(1, 2)))
CASE("print.149", S(a.name()))
CASE("print.precision", [] {
  std::ostringstream o;
  o << std::setprecision(2) << torch::tensor({1.23456, 2.5}) << std::setprecision(8) << torch::tensor(1.23456789, torch::kDouble) << 1.23456789;
  return o.str();
})
CASE("print.flags", [] {
  std::ostringstream o;
  o << std::scientific << torch::tensor({1.5, 2.5}) << 1.5 << std::fixed << torch::tensor({1.5}) << 1.5;
  return o.str();
})
CASE("print.after", [] {
  std::ostringstream o;
  o << torch::tensor({1e-8, 1.5}) << "|" << 1.23456789 << "|" << 42 << "|" << std::setw(6) << 7;
  return o.str();
})
CASE("print.linesize", [] {
  std::ostringstream o; at::print(o, torch::arange(30).view({2, 15}), 40); return o.str();
})
CASE("print.endl", [] {
  std::ostringstream o; o << "x = " << a << std::endl << "y" << '\n'; return o.str();
})
CASE("print.toString", std::make_tuple(a.toString(), p.toString(), torch::toString(torch::kHalf)))

}  // namespace
