#include "debug/op_names.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace wick::debug {
namespace {

using autograd::Inputs;
using autograd::Results;

bool upper(char c) { return c >= 'A' && c <= 'Z'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

// `NativeBatchNormBackward0` → native_batch_norm; a word of one letter and a number (2D, C2C) stays with what is before it.
std::string snake(std::string_view s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const bool first = i == 0 || digit(s[i - 1]) || (upper(s[i - 1]) && i + 1 < s.size() && upper(s[i + 1]));
    if (upper(s[i]) && !first) out += '_';
    out += upper(s[i]) ? static_cast<char>(s[i] - 'A' + 'a') : s[i];
  }
  return out;
}
std::string_view stem(std::string_view s) {
  while (!s.empty() && digit(s.back())) s.remove_suffix(1);
  for (std::string_view end : {"Backwards", "Backward"}) {
    if (s.size() <= end.size() || s.substr(s.size() - end.size()) != end) continue;
    s.remove_suffix(end.size());
    return s;
  }
  return {};
}

int64_t product(IntArrayRef s, size_t from = 0) {
  int64_t n = 1;
  for (size_t i = from; i < s.size(); ++i) n *= s[i];
  return n;
}

// Results of a multiplication of matrices: each element sums as many products as the first factor has columns.
int64_t matmul_flops(const Tensor& a, const Tensor& result) { return a.dim() == 0 ? 0 : 2 * result.numel() * a.size(-1); }

// x and y beside the weight w; a transposed one has its positions at x, the other at y.
int64_t conv_flops(const Tensor& x, const Tensor& w, const Tensor& y) {
  const bool could = y.size(1) == w.size(0) && x.size(1) % w.size(1) == 0, could_be_transposed = x.size(1) == w.size(0) && y.size(1) % w.size(1) == 0;
  const int64_t at_x = product(x.sizes(), 2), at_y = product(y.sizes(), 2);
  const int64_t positions = could && could_be_transposed ? std::min(at_x, at_y) : could ? at_y : at_x;
  return 2 * x.size(0) * positions * w.numel();
}
int64_t conv_weight_flops(const Tensor& x, const Tensor& y, const Tensor& w) {
  return 2 * x.size(1) * product(w.sizes(), 2) * y.size(1) * x.size(0) * product(y.sizes(), 2);
}
int64_t attention_flops(const Tensor& q, const Tensor& k, const Tensor& v) {
  return 2 * product(q.sizes().slice(0, q.sizes().size() - 1)) * k.size(-2) * (q.size(-1) + v.size(-1));
}
// Each row of the data through both matrices of the layer.
int64_t rnn_flops(const Inputs& in) { return in.size() < 5 ? 0 : 2 * in[0].size(0) * (in[3].numel() + in[4].numel()); }

}  // namespace

std::string op_name(const char* name, watch::Kind kind, size_t tensors) {
  const std::string_view s = name;
  if (kind == watch::Kind::kernel) return "aten::" + std::string(s);
  if (kind == watch::Kind::function) return std::string(s);
  // Some ops bear the name of what comes last in PyTorch's graph of them.
  if (kind == watch::Kind::op && tensors >= 2 && (s == "ViewBackward0" || s == "UnsafeViewBackward0")) return tensors > 2 ? "aten::linear" : "aten::matmul";
  if (s.find(':') != std::string_view::npos) return op_name(name + s.rfind(':') + 1, kind, tensors);  // torch::autograd::CopyBackwards
  std::string_view base = stem(s);
  if (base.empty()) base = s;
  const std::string_view again = stem(base);
  std::string out = again.empty() ? snake(base) : snake(again) + "_backward";
  if (out == "to_copy") out = "_to_copy";
  if (out == "unsafe_view") out = "_unsafe_view";
  if (kind == watch::Kind::inplace) out += '_';
  return "aten::" + out;
}

namespace {

enum class Rule : uint8_t { none, matmul, addmm, convolution, convolution_backward, attention, rnn };
Rule rule_of(std::string_view s) {
  for (const char* name : {"MmBackward0", "BmmBackward0", "UnsafeViewBackward0", "ViewBackward0", "DotBackward0", "MvBackward0"})
    if (s == name) return Rule::matmul;
  for (const char* name : {"AddmmBackward0", "BaddbmmBackward0", "AddmvBackward0"})
    if (s == name) return Rule::addmm;
  if (s == "ConvolutionBackward0") return Rule::convolution;
  if (s == "ConvolutionBackwardBackward0") return Rule::convolution_backward;
  if (s == "ScaledDotProductFlashAttentionForCpuBackward0") return Rule::attention;
  return s == "RecurrentLayerBackward0" ? Rule::rnn : Rule::none;
}
// Names of ops are the program's own texts, so that their places tell them apart.
Rule remembered_rule(const char* name) {
  struct Known { const char* name; Rule rule; };
  static thread_local constinit Known known[256]{};
  Known& k = known[reinterpret_cast<uint64_t>(name) * 0x9E3779B97F4A7C15u >> 56];
  if (k.name != name) k = {name, rule_of(name)};
  return k.rule;
}

}  // namespace

int64_t op_flops(const char* name, const Inputs& in, const Results& results) {
  const Rule rule = remembered_rule(name);
  if (rule == Rule::none || in.size() < 2 || results.list.empty() || !results.list[0]->defined() || !in[0].defined() || !in[1].defined()) return 0;
  const Tensor& y = *results.list[0];
  switch (rule) {
    case Rule::matmul: return matmul_flops(in[0], y);
    case Rule::addmm:
      if (in.size() != 3) return 0;
      return matmul_flops(in[0].dim() == 2 && in[1].dim() == 2 && in[2].defined() && in[2].dim() == 1 ? in[0] : in[1], y);  // linear, or with what is added first
    case Rule::convolution: return in.size() == 3 && in[0].dim() > 2 && in[1].dim() == in[0].dim() ? conv_flops(in[0], in[1], y) : 0;
    case Rule::convolution_backward: return in[0].dim() <= 2 ? 0 : in.size() == 3 ? conv_flops(in[0], in[1], y) : conv_weight_flops(in[0], in[1], y);
    case Rule::attention: return in.size() == 3 ? attention_flops(in[0], in[1], in[2]) : 0;
    default: return rnn_flops(in);
  }
}
double backward_flops(const char* node) {
  if (!std::strcmp(node, "ScaledDotProductFlashAttentionForCpuBackward0")) return 2.5;
  return std::strcmp(node, "RecurrentLayerBackward0") ? 0 : 2;
}

int64_t bytes_moved(watch::Kind kind, const Inputs& inputs, const Results& results) {
  if (kind == watch::Kind::view) return 0;
  int64_t n = 0;
  const auto add = [&](const Tensor& x) {
    const TensorImpl* t = x.unsafeGetTensorImpl();
    if (t && !t->sparse) n += t->numel * static_cast<int64_t>(t->itemsize());
  };
  for (size_t i = 0; i < inputs.size(); ++i) add(inputs[i]);
  for (const Tensor* t : results.list) add(*t);
  return n;
}

OpClass op_class(const std::string& aten) {
  std::string_view s = aten;
  if (s.substr(0, 6) != "aten::") return OpClass::other;
  s.remove_prefix(6);
  if (s.size() > 1 && s.back() == '_') s.remove_suffix(1);
  const auto one_of = [&](std::initializer_list<std::string_view> list) { return std::find(list.begin(), list.end(), s) != list.end(); };
  if (one_of({"clone", "copy", "_to_copy", "contiguous", "repeat"})) return OpClass::copy;
  if (one_of({"view", "_unsafe_view", "t", "transpose", "permute", "expand", "slice", "select", "unsqueeze", "squeeze", "alias", "as_strided", "diagonal", "unbind", "split", "unfold"})) return OpClass::view;
  if (one_of({"mm", "addmm", "bmm", "baddbmm", "linear", "matmul", "convolution", "convolution_backward", "recurrent_layer", "scaled_dot_product_flash_attention_for_cpu"})) return OpClass::product;
  if (one_of({"add", "sub", "mul", "div", "neg", "exp", "log", "sqrt", "rsqrt", "pow", "abs", "relu", "relu_backward", "sigmoid", "sigmoid_backward", "tanh", "tanh_backward", "gelu", "gelu_backward",
              "silu", "silu_backward", "leaky_relu", "hardtanh", "hardswish", "elu", "softplus", "threshold", "threshold_backward", "where", "clamp", "reciprocal", "sin", "cos", "square", "lerp", "addcmul", "addcdiv", "masked_fill",
              "native_dropout", "native_dropout_backward", "eq", "ne", "gt", "ge", "lt", "le", "maximum", "minimum", "erf", "log1p", "expm1"}))
    return OpClass::elementwise;
  return OpClass::other;
}

}  // namespace wick::debug
