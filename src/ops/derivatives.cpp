// Derivatives as functions, made of the ops' own derivatives (those of activations, pooling and convolution stand with them).
#include <wick/ops/nn_backward.h>

#include "ops/matmul.h"
#include "ops/sparse.h"
#include "ops/vjp.h"

namespace wick::ops {
namespace {

// What a resampling op hands back to an input of the size given.
template <class F>
Tensor resampled_gradient(const Tensor& g, IntArrayRef input_size, F&& f) {
  check_defined("upsample_backward", {g});
  return gradient_of(g, zeros(input_size, g.options().requires_grad(false)), f);
}

// x normalised over `over`, with the statistics that the forward pass saved. When this is recorded they are made anew
// from x, the epsilon that they hold included, so that it differentiates.
struct Standard { Tensor xhat, rstd; };
Standard standardised(const Tensor& x, IntArrayRef over, const Tensor& mean, const Tensor& rstd) {
  if (!autograd::recording({x})) return {(x - mean) * rstd, rstd};
  const Tensor centred = x - x.mean(over, true), var = (centred * centred).mean(over, true), r = (var + (rstd.pow(-2) - var).detach()).rsqrt();
  return {centred * r, r};
}
Tensor through(const Tensor& gh, const Standard& s, IntArrayRef over) { return s.rstd * (gh - gh.mean(over, true) - s.xhat * (gh * s.xhat).mean(over, true)); }
// A sum over no dimension is the tensor itself here.
Tensor summed(const Tensor& t, IntArrayRef over) { return over.empty() ? t : t.sum(over); }

// out= forms: what was not asked for stays as it is.
template <class... T>
std::tuple<T&...> store_defined(const char* op, TensorRefs inputs, const std::tuple<T...>& results, T&... outs) {
  check_outs(op, {outs...}, inputs);
  std::apply([&](const auto&... r) { ((r.defined() ? store_out(op, outs, r) : void()), ...); }, results);
  return {outs...};
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// Losses
Tensor mse_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction) { return gradient_of(grad_output, self, [&](const Tensor& x) { return mse_loss(x, target, reduction); }); }
Tensor& mse_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction) { return out_from("mse_loss_backward", grad_input, {grad_output, self, target}, [&] { return mse_loss_backward(grad_output, self, target, reduction); }); }
Tensor smooth_l1_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, double beta) { return gradient_of(grad_output, self, [&](const Tensor& x) { return smooth_l1_loss(x, target, reduction, beta); }); }
Tensor& smooth_l1_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, double beta) { return out_from("smooth_l1_loss_backward", grad_input, {grad_output, self, target}, [&] { return smooth_l1_loss_backward(grad_output, self, target, reduction, beta); }); }
Tensor huber_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, double delta) { return gradient_of(grad_output, self, [&](const Tensor& x) { return huber_loss(x, target, reduction, delta); }); }
Tensor& huber_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, double delta) { return out_from("huber_loss_backward", grad_input, {grad_output, self, target}, [&] { return huber_loss_backward(grad_output, self, target, reduction, delta); }); }
Tensor soft_margin_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction) { return gradient_of(grad_output, self, [&](const Tensor& x) { return soft_margin_loss(x, target, reduction); }); }
Tensor& soft_margin_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction) { return out_from("soft_margin_loss_backward", grad_input, {grad_output, self, target}, [&] { return soft_margin_loss_backward(grad_output, self, target, reduction); }); }
Tensor binary_cross_entropy_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction) { return gradient_of(grad_output, self, [&](const Tensor& x) { return binary_cross_entropy(x, target, weight, reduction); }); }
Tensor& binary_cross_entropy_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction) { return out_from("binary_cross_entropy_backward", grad_input, {grad_output, self, target}, [&] { return binary_cross_entropy_backward(grad_output, self, target, weight, reduction); }); }
Tensor multi_margin_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, const Scalar& p, const Scalar& margin, const std::optional<Tensor>& weight, int64_t reduction) { return gradient_of(grad_output, self, [&](const Tensor& x) { return multi_margin_loss(x, target, p, margin, weight, reduction); }); }
Tensor& multi_margin_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, const Scalar& p, const Scalar& margin, const std::optional<Tensor>& weight, int64_t reduction) { return out_from("multi_margin_loss_backward", grad_input, {grad_output, self, target}, [&] { return multi_margin_loss_backward(grad_output, self, target, p, margin, weight, reduction); }); }
Tensor multilabel_margin_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, const Tensor&) { return gradient_of(grad_output, self, [&](const Tensor& x) { return multilabel_margin_loss(x, target, reduction); }); }
Tensor& multilabel_margin_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, int64_t reduction, const Tensor& is_target) { return out_from("multilabel_margin_loss_backward", grad_input, {grad_output, self, target, is_target}, [&] { return multilabel_margin_loss_backward(grad_output, self, target, reduction, is_target); }); }
Tensor nll_loss_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index, const Tensor&) { return gradient_of(grad_output, self, [&](const Tensor& x) { return nll_loss(x, target, weight, reduction, ignore_index); }); }
Tensor& nll_loss_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index, const Tensor& total_weight) { return out_from("nll_loss_backward", grad_input, {grad_output, self, target, total_weight}, [&] { return nll_loss_backward(grad_output, self, target, weight, reduction, ignore_index, total_weight); }); }
Tensor nll_loss2d_backward(const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index, const Tensor&) { return gradient_of(grad_output, self, [&](const Tensor& x) { return nll_loss2d(x, target, weight, reduction, ignore_index); }); }
Tensor& nll_loss2d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index, const Tensor& total_weight) { return out_from("nll_loss2d_backward", grad_input, {grad_output, self, target, total_weight}, [&] { return nll_loss2d_backward(grad_output, self, target, weight, reduction, ignore_index, total_weight); }); }

// Padding and resampling
Tensor reflection_pad1d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return reflection_pad1d(x, padding); }); }
Tensor& reflection_pad1d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("reflection_pad1d_backward", grad_input, {grad_output, self}, [&] { return reflection_pad1d_backward(grad_output, self, padding); }); }
Tensor reflection_pad2d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return reflection_pad2d(x, padding); }); }
Tensor& reflection_pad2d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("reflection_pad2d_backward", grad_input, {grad_output, self}, [&] { return reflection_pad2d_backward(grad_output, self, padding); }); }
Tensor reflection_pad3d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return reflection_pad3d(x, padding); }); }
Tensor& reflection_pad3d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("reflection_pad3d_backward", grad_input, {grad_output, self}, [&] { return reflection_pad3d_backward(grad_output, self, padding); }); }
Tensor replication_pad1d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return replication_pad1d(x, padding); }); }
Tensor& replication_pad1d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("replication_pad1d_backward", grad_input, {grad_output, self}, [&] { return replication_pad1d_backward(grad_output, self, padding); }); }
Tensor replication_pad2d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return replication_pad2d(x, padding); }); }
Tensor& replication_pad2d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("replication_pad2d_backward", grad_input, {grad_output, self}, [&] { return replication_pad2d_backward(grad_output, self, padding); }); }
Tensor replication_pad3d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return gradient_of(grad_output, self, [&](const Tensor& x) { return replication_pad3d(x, padding); }); }
Tensor& replication_pad3d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef padding) { return out_from("replication_pad3d_backward", grad_input, {grad_output, self}, [&] { return replication_pad3d_backward(grad_output, self, padding); }); }
Tensor upsample_nearest1d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_nearest1d(x, output_size, scales); }); }
Tensor& upsample_nearest1d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales) { return out_from("upsample_nearest1d_backward", grad_input, {grad_output}, [&] { return upsample_nearest1d_backward(grad_output, output_size, input_size, scales); }); }
Tensor upsample_nearest2d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales_h, std::optional<double> scales_w) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_nearest2d(x, output_size, scales_h, scales_w); }); }
Tensor& upsample_nearest2d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales_h, std::optional<double> scales_w) { return out_from("upsample_nearest2d_backward", grad_input, {grad_output}, [&] { return upsample_nearest2d_backward(grad_output, output_size, input_size, scales_h, scales_w); }); }
Tensor upsample_nearest3d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales_d, std::optional<double> scales_h, std::optional<double> scales_w) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_nearest3d(x, output_size, scales_d, scales_h, scales_w); }); }
Tensor& upsample_nearest3d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, std::optional<double> scales_d, std::optional<double> scales_h, std::optional<double> scales_w) { return out_from("upsample_nearest3d_backward", grad_input, {grad_output}, [&] { return upsample_nearest3d_backward(grad_output, output_size, input_size, scales_d, scales_h, scales_w); }); }
Tensor upsample_linear1d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_linear1d(x, output_size, align_corners, scales); }); }
Tensor& upsample_linear1d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales) { return out_from("upsample_linear1d_backward", grad_input, {grad_output}, [&] { return upsample_linear1d_backward(grad_output, output_size, input_size, align_corners, scales); }); }
Tensor upsample_bilinear2d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_h, std::optional<double> scales_w) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_bilinear2d(x, output_size, align_corners, scales_h, scales_w); }); }
Tensor& upsample_bilinear2d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_h, std::optional<double> scales_w) { return out_from("upsample_bilinear2d_backward", grad_input, {grad_output}, [&] { return upsample_bilinear2d_backward(grad_output, output_size, input_size, align_corners, scales_h, scales_w); }); }
Tensor upsample_bicubic2d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_h, std::optional<double> scales_w) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_bicubic2d(x, output_size, align_corners, scales_h, scales_w); }); }
Tensor& upsample_bicubic2d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_h, std::optional<double> scales_w) { return out_from("upsample_bicubic2d_backward", grad_input, {grad_output}, [&] { return upsample_bicubic2d_backward(grad_output, output_size, input_size, align_corners, scales_h, scales_w); }); }
Tensor upsample_trilinear3d_backward(const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_d, std::optional<double> scales_h, std::optional<double> scales_w) { return resampled_gradient(grad_output, input_size, [&](const Tensor& x) { return upsample_trilinear3d(x, output_size, align_corners, scales_d, scales_h, scales_w); }); }
Tensor& upsample_trilinear3d_backward_out(Tensor& grad_input, const Tensor& grad_output, IntArrayRef output_size, IntArrayRef input_size, bool align_corners, std::optional<double> scales_d, std::optional<double> scales_h, std::optional<double> scales_w) { return out_from("upsample_trilinear3d_backward", grad_input, {grad_output}, [&] { return upsample_trilinear3d_backward(grad_output, output_size, input_size, align_corners, scales_d, scales_h, scales_w); }); }

// Indexing
Tensor select_backward(const Tensor& grad_output, IntArrayRef input_sizes, int64_t dim, int64_t index) { return zeros(input_sizes, grad_output.options()).select_scatter(grad_output, dim, index); }
Tensor& select_backward_out(Tensor& out, const Tensor& grad_output, IntArrayRef input_sizes, int64_t dim, int64_t index) { return out_from("select_backward", out, {grad_output}, [&] { return select_backward(grad_output, input_sizes, dim, index); }); }
Tensor slice_backward(const Tensor& grad_output, IntArrayRef input_sizes, int64_t dim, int64_t start, int64_t end, int64_t step) { return zeros(input_sizes, grad_output.options()).slice_scatter(grad_output, dim, start, end, step); }
Tensor& slice_backward_out(Tensor& out, const Tensor& grad_output, IntArrayRef input_sizes, int64_t dim, int64_t start, int64_t end, int64_t step) { return out_from("slice_backward", out, {grad_output}, [&] { return slice_backward(grad_output, input_sizes, dim, start, end, step); }); }
Tensor diagonal_backward(const Tensor& grad_output, IntArrayRef input_sizes, int64_t offset, int64_t dim1, int64_t dim2) { return zeros(input_sizes, grad_output.options()).diagonal_scatter(grad_output, offset, dim1, dim2); }
Tensor& diagonal_backward_out(Tensor& out, const Tensor& grad_output, IntArrayRef input_sizes, int64_t offset, int64_t dim1, int64_t dim2) { return out_from("diagonal_backward", out, {grad_output}, [&] { return diagonal_backward(grad_output, input_sizes, offset, dim1, dim2); }); }
Tensor trace_backward(const Tensor& grad, IntArrayRef sizes) {
  WICK_CHECK(sizes.size() == 2, "expected matrix input, got sizes ", sizes);
  return grad * eye(sizes[0], sizes[1], grad.options());
}
Tensor unfold_backward(const Tensor& grad_in, IntArrayRef input_sizes, int64_t dim, int64_t size, int64_t step) { return gradient_of(grad_in, zeros(input_sizes, grad_in.options()), [&](const Tensor& x) { return x.unfold(dim, size, step); }); }
Tensor& unfold_backward_out(Tensor& out, const Tensor& grad_in, IntArrayRef input_sizes, int64_t dim, int64_t size, int64_t step) { return out_from("unfold_backward", out, {grad_in}, [&] { return unfold_backward(grad_in, input_sizes, dim, size, step); }); }
Tensor index_select_backward(const Tensor& grad, IntArrayRef self_sizes, int64_t dim, const Tensor& index) { return zeros(self_sizes, grad.options()).index_add(dim, index, grad); }
Tensor gather_backward(const Tensor& grad, const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad) {
  if (sparse_grad) return sparse_scatter(grad, self.sizes(), wrap_dim(dim, self.dim(), "gather"), index);
  return zeros(self.sizes(), grad.options()).scatter_add(dim, index, grad);
}
Tensor masked_select_backward(const Tensor& grad, const Tensor& input, const Tensor& mask) {
  const auto shape = broadcast_shape("masked_select_backward", input.sizes(), mask.sizes());
  return zeros(shape, grad.options()).masked_scatter(mask, grad).sum_to_size(input.sizes());
}
Tensor masked_scatter_backward(const Tensor& grad_output, const Tensor& mask, IntArrayRef sizes) {
  const Tensor taken = grad_output.masked_select(mask);
  const int64_t n = count(sizes);
  return (taken.numel() < n ? cat({taken, zeros({n - taken.numel()}, taken.options())}) : taken.slice(0, 0, n)).reshape(sizes);
}
Tensor value_selecting_reduction_backward(const Tensor& grad, int64_t dim, const Tensor& indices, IntArrayRef sizes, bool keepdim) {
  const bool lift = !keepdim && !sizes.empty();
  return zeros(sizes, grad.options()).scatter(dim, lift ? indices.unsqueeze(dim) : indices, lift ? grad.unsqueeze(dim) : grad);
}

// Running products and extremes, softmax
Tensor cumprod_backward(const Tensor& grad, const Tensor& input, int64_t dim, const Tensor&) { return gradient_of(grad, input, [&](const Tensor& x) { return x.cumprod(dim); }); }
Tensor cummaxmin_backward(const Tensor& grad, const Tensor& input, const Tensor& indices, int64_t dim) { return zeros(input.sizes(), grad.options()).scatter_add(dim, indices, grad); }
Tensor _softmax_backward_data(const Tensor& grad_output, const Tensor& output, int64_t dim, ScalarType input_dtype) { return (output * (grad_output - (output * grad_output).sum(dim, true))).to(input_dtype); }
Tensor& _softmax_backward_data_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& output, int64_t dim, ScalarType input_dtype) { return out_from("_softmax_backward_data", grad_input, {grad_output, output}, [&] { return _softmax_backward_data(grad_output, output, dim, input_dtype); }); }
Tensor _log_softmax_backward_data(const Tensor& grad_output, const Tensor& output, int64_t dim, ScalarType input_dtype) { return (grad_output - output.exp() * grad_output.sum(dim, true)).to(input_dtype); }
Tensor& _log_softmax_backward_data_out(Tensor& out, const Tensor& grad_output, const Tensor& output, int64_t dim, ScalarType input_dtype) { return out_from("_log_softmax_backward_data", out, {grad_output, output}, [&] { return _log_softmax_backward_data(grad_output, output, dim, input_dtype); }); }

// Linear layers and products
std::tuple<Tensor, Tensor, Tensor> linear_backward(const Tensor& self, const Tensor& grad_output, const Tensor& weight, std::array<bool,3> output_mask) {
  const Tensor rows = grad_output.reshape({-1, grad_output.size(-1)});
  return {output_mask[0] ? grad_output.matmul(weight.conj()) : Tensor(), output_mask[1] ? rows.t().matmul(self.conj().reshape({-1, self.size(-1)})) : Tensor(), output_mask[2] ? rows.sum(0) : Tensor()};
}
std::tuple<Tensor&, Tensor&, Tensor&> linear_backward_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, const Tensor& grad_output, const Tensor& weight, std::array<bool,3> output_mask) {
  return store_defined("linear_backward", {self, grad_output, weight}, linear_backward(self, grad_output, weight, output_mask), out0, out1, out2);
}
std::tuple<Tensor, Tensor> matmul_backward(const Tensor& grad, const Tensor& self, const Tensor& other, std::array<bool,2> mask) {
  const auto r = gradients_of<2>(grad, {self, other}, mask, [](const std::array<Tensor, 2>& v) { return wick::matmul(v[0], v[1]); });
  return {r[0], r[1]};
}
std::tuple<Tensor&, Tensor&> matmul_backward_out(Tensor& out0, Tensor& out1, const Tensor& grad, const Tensor& self, const Tensor& other, std::array<bool,2> mask) {
  return store_defined("matmul_backward", {grad, self, other}, matmul_backward(grad, self, other, mask), out0, out1);
}

// Normalisations
std::tuple<Tensor, Tensor, Tensor> native_layer_norm_backward(const Tensor& grad_out, const Tensor& input, IntArrayRef normalized_shape, const Tensor& mean, const Tensor& rstd, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, std::array<bool,3> output_mask) {
  const Tensor &w = tensor_or_none(weight), &b = tensor_or_none(bias);
  DimVec over, lead;
  for (int64_t d = 0; d < input.dim(); ++d) (d < input.dim() - static_cast<int64_t>(normalized_shape.size()) ? lead : over).push_back(d);
  const Standard s = standardised(input, over, mean, rstd);
  Tensor gx, gw, gb;
  if (output_mask[0]) gx = through(w.defined() ? grad_out * w : grad_out, s, over).to(input.scalar_type());
  if (output_mask[1] && w.defined()) gw = summed(grad_out * s.xhat, lead).to(w.scalar_type());
  if (output_mask[2] && b.defined()) gb = summed(grad_out, lead);
  return {gx, gw, gb};
}
std::tuple<Tensor&, Tensor&, Tensor&> native_layer_norm_backward_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& grad_out, const Tensor& input, IntArrayRef normalized_shape, const Tensor& mean, const Tensor& rstd, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, std::array<bool,3> output_mask) {
  return store_defined("native_layer_norm_backward", {grad_out, input, mean, rstd}, native_layer_norm_backward(grad_out, input, normalized_shape, mean, rstd, weight, bias, output_mask), out0, out1, out2);
}
std::tuple<Tensor, Tensor, Tensor> native_group_norm_backward(const Tensor& grad_out, const Tensor& input, const Tensor& mean, const Tensor& rstd, const std::optional<Tensor>& weight, int64_t N, int64_t C, int64_t HxW, int64_t group, std::array<bool,3> output_mask) {
  const Tensor& w = tensor_or_none(weight);
  const Tensor x = input.reshape({N, group, C / group, HxW}), g = grad_out.reshape({N, C, HxW});
  const DimVec over{2, 3};
  const Standard s = standardised(x, over, mean.reshape({N, group, 1, 1}), rstd.reshape({N, group, 1, 1}));
  Tensor gx, gw, gb;
  if (output_mask[0]) gx = through((w.defined() ? g * w.reshape({1, C, 1}) : g).reshape(x.sizes()), s, over).reshape(input.sizes()).to(input.scalar_type());
  if (output_mask[1]) gw = (g * s.xhat.reshape({N, C, HxW})).sum(IntArrayRef{0, 2}).to(grad_out.scalar_type());
  if (output_mask[2]) gb = g.sum(IntArrayRef{0, 2});
  return {gx, gw, gb};
}
std::tuple<Tensor&, Tensor&, Tensor&> native_group_norm_backward_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& grad_out, const Tensor& input, const Tensor& mean, const Tensor& rstd, const std::optional<Tensor>& weight, int64_t N, int64_t C, int64_t HxW, int64_t group, std::array<bool,3> output_mask) {
  return store_defined("native_group_norm_backward", {grad_out, input, mean, rstd}, native_group_norm_backward(grad_out, input, mean, rstd, weight, N, C, HxW, group, output_mask), out0, out1, out2);
}
std::tuple<Tensor, Tensor, Tensor> native_batch_norm_backward(const Tensor& grad_out, const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, const std::optional<Tensor>& save_mean, const std::optional<Tensor>& save_invstd, bool train, double eps, std::array<bool,3> output_mask) {
  const Tensor& w = tensor_or_none(weight);
  DimVec over{0}, view(input.sizes().size(), 1);
  for (int64_t d = 2; d < input.dim(); ++d) over.push_back(d);
  view[1] = input.size(1);
  const Tensor gh = w.defined() ? grad_out * w.reshape(view) : grad_out;
  Tensor gx, gw, gb;
  Standard s;
  if (train) {
    s = standardised(input, over, tensor_or_none(save_mean).reshape(view), tensor_or_none(save_invstd).reshape(view));
    if (output_mask[0]) gx = through(gh, s, over).to(input.scalar_type());
  } else {
    s.rstd = (tensor_or_none(running_var).reshape(view) + eps).rsqrt();
    s.xhat = (input - tensor_or_none(running_mean).reshape(view)) * s.rstd;
    if (output_mask[0]) gx = (gh * s.rstd).to(input.scalar_type());
  }
  if (output_mask[1]) gw = summed(grad_out * s.xhat, over).to(w.defined() ? w.scalar_type() : grad_out.scalar_type());
  if (output_mask[2]) gb = summed(grad_out, over);
  return {gx, gw, gb};
}
std::tuple<Tensor&, Tensor&, Tensor&> native_batch_norm_backward_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& grad_out, const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, const std::optional<Tensor>& save_mean, const std::optional<Tensor>& save_invstd, bool train, double eps, std::array<bool,3> output_mask) {
  return store_defined("native_batch_norm_backward", {grad_out, input}, native_batch_norm_backward(grad_out, input, weight, running_mean, running_var, save_mean, save_invstd, train, eps, output_mask), out0, out1, out2);
}

// Losses with their sums
std::tuple<Tensor, Tensor> nll_loss_forward(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  Tensor loss = nll_loss(self, target, weight, reduction, ignore_index);
  if (reduction == Reduction::None) return {loss, zeros({}, self.options())};
  const Tensor kept = target != ignore_index, &w = tensor_or_none(weight);
  if (!w.defined()) return {loss, kept.sum().to(self.scalar_type())};
  return {loss, (w.index_select(0, where(kept, target, zeros_like(target)).reshape({-1})) * kept.reshape({-1})).sum()};
}
std::tuple<Tensor&, Tensor&> nll_loss_forward_out(Tensor& output, Tensor& total_weight, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  return store_defined("nll_loss_forward", {self, target}, nll_loss_forward(self, target, weight, reduction, ignore_index), output, total_weight);
}
std::tuple<Tensor, Tensor> nll_loss2d_forward(const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  Tensor loss = nll_loss2d(self, target, weight, reduction, ignore_index);
  if (reduction == Reduction::None) return {loss, zeros({}, self.options())};
  const Tensor kept = target != ignore_index, &w = tensor_or_none(weight);
  if (!w.defined()) return {loss, kept.sum().to(self.scalar_type())};
  return {loss, (w.index_select(0, where(kept, target, zeros_like(target)).reshape({-1})) * kept.reshape({-1})).sum()};
}
std::tuple<Tensor&, Tensor&> nll_loss2d_forward_out(Tensor& output, Tensor& total_weight, const Tensor& self, const Tensor& target, const std::optional<Tensor>& weight, int64_t reduction, int64_t ignore_index) {
  return store_defined("nll_loss2d_forward", {self, target}, nll_loss2d_forward(self, target, weight, reduction, ignore_index), output, total_weight);
}
std::tuple<Tensor, Tensor> multilabel_margin_loss_forward(const Tensor& self, const Tensor& target, int64_t reduction) {
  Tensor loss = multilabel_margin_loss(self, target, reduction);
  const Tensor valid = (target >= 0).to(kLong).cumprod(-1);
  return {loss, (zeros_like(valid).scatter_add(-1, clamp_min(target, 0), valid) > 0).to(self.scalar_type())};
}
std::tuple<Tensor&, Tensor&> multilabel_margin_loss_forward_out(Tensor& output, Tensor& is_target, const Tensor& self, const Tensor& target, int64_t reduction) {
  return store_defined("multilabel_margin_loss_forward", {self, target}, multilabel_margin_loss_forward(self, target, reduction), output, is_target);
}

}  // namespace wick::inline v1
