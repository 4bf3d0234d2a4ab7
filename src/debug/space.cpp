#include <wick/debug/space.h>

#include <algorithm>
#include <cmath>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::debug::inline v1 {
namespace {

// Puts parameters and buffers back.
struct Kept {
  explicit Kept(const nn::Module& m) : list(m.parameters()) {
    for (const Tensor& b : m.buffers()) list.push_back(b);
    std::erase_if(list, [](const Tensor& t) { return !t.defined(); });
    for (const Tensor& t : list) values.push_back(t.detach().clone());
  }
  ~Kept() {
    const NoGradGuard off;
    for (size_t i = 0; i < list.size(); ++i) list[i].detach().copy_(values[i]);
  }
  std::vector<Tensor> list, values;
};

std::vector<Tensor> parameters_of(const nn::Module& m) {
  auto list = m.parameters();
  std::erase_if(list, [](const Tensor& t) { return !t.defined(); });
  return list;
}

void check_direction(const char* call, const std::vector<Tensor>& parameters, const std::vector<Tensor>& d) {
  WICK_CHECK_TYPE(ValueError, d.size() == parameters.size(), call, ": a direction of ", d.size(), " tensors for ", parameters.size(), " parameters");
  for (size_t i = 0; i < d.size(); ++i)
    WICK_CHECK_TYPE(ValueError, d[i].defined() && d[i].sizes() == parameters[i].sizes(), call, ": direction ", i, " has another shape than its parameter, ", parameters[i].sizes());
}

LossSlice slice(const char* call, nn::Module& model, const std::function<double()>& loss, const LossSliceOptions& o, std::vector<std::vector<Tensor>> directions) {
  WICK_CHECK_TYPE(ValueError, o.steps() >= 2 && o.range() > 0, call, ": takes at least 2 steps and a range above 0, got ", o.steps(), " and ", o.range());
  const auto parameters = parameters_of(model);
  for (auto& d : directions) {
    if (d.empty()) d = filter_normalised_direction(model);
    check_direction(call, parameters, d);
  }
  const Kept kept(model);
  const int64_t n = o.steps(), rows = directions.size() > 1 ? n : 1;
  LossSlice r{linspace(-o.range(), o.range(), n, kDouble), empty({rows, n}, kDouble)};
  for (int64_t i = 0; i < rows * n; ++i) {
    for (size_t k = 0; k < kept.list.size(); ++k) {
      const NoGradGuard off;
      Tensor t = kept.list[k].detach();
      t.copy_(kept.values[k]);
      if (k >= parameters.size()) continue;  // a buffer
      t.add_(directions[0][k], r.at[i % n].item<double>());
      if (rows > 1) t.add_(directions[1][k], r.at[i / n].item<double>());
    }
    r.loss.data_ptr<double>()[i] = loss();
  }
  if (rows == 1) r.loss = r.loss[0];
  return r;
}

}  // namespace

std::vector<Tensor> filter_normalised_direction(const nn::Module& model, std::optional<Generator> generator) {
  const NoGradGuard off;
  std::vector<Tensor> all;
  for (const Tensor& p : parameters_of(model)) {
    Tensor d = zeros_like(p).detach();
    if (p.dim() > 1) {
      d.normal_(0, 1, generator);
      std::vector<int64_t> each(static_cast<size_t>(p.dim()), 1);
      each[0] = p.size(0);
      const auto lengths = [&](const Tensor& t) { return t.detach().reshape({t.size(0), -1}).norm(2, 1).reshape(each); };
      d.mul_(lengths(p) / (lengths(d) + 1e-10));
    }
    all.push_back(std::move(d));
  }
  return all;
}
LossSlice loss_line(nn::Module& model, const std::function<double()>& loss, LossSliceOptions options, std::vector<Tensor> direction) {
  return slice("loss_line", model, loss, options, {std::move(direction)});
}
LossSlice loss_plane(nn::Module& model, const std::function<double()>& loss, LossSliceOptions options, std::vector<Tensor> first, std::vector<Tensor> second) {
  return slice("loss_plane", model, loss, options, {std::move(first), std::move(second)});
}

Pca pca(const Tensor& points, int64_t k) {
  WICK_CHECK_TYPE(ValueError, points.defined() && points.dim() == 2 && points.size(0) > 1 && !points.is_complex(), "pca: takes real points [n, d] with n of at least 2, got ",
                  points.defined() ? str(points.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, k >= 1 && k <= std::min(points.size(0), points.size(1)), "pca: k = ", k, " for points ", points.sizes(), ", which have 1 to ", std::min(points.size(0), points.size(1)));
  const NoGradGuard off;
  const Tensor x = points.detach().to(kDouble), mean = x.mean(0);
  const auto [u, s, vh] = linalg_svd(x - mean, /*full_matrices=*/false);
  Tensor components = vh.slice(0, 0, k);
  const Tensor largest = components.abs().argmax(1, /*keepdim=*/true);
  components = components * components.gather(1, largest).sign();
  const auto like = [&](const Tensor& t) { return points.is_floating_point() ? t.to(points.scalar_type()) : t; };
  return {like(matmul(x - mean, components.t())), like(components), like(s.slice(0, 0, k).square() / (x.size(0) - 1)), like(mean)};
}

Calibration calibration(const Tensor& probabilities, const Tensor& target, int64_t bins) {
  WICK_CHECK_TYPE(ValueError, probabilities.defined() && probabilities.dim() == 2 && probabilities.numel() > 0 && target.defined() && target.dim() == 1 && target.size(0) == probabilities.size(0) && bins > 0,
                  "calibration: takes probabilities [n, classes], classes [n] and at least 1 bin");
  const NoGradGuard off;
  const auto [top, predicted] = probabilities.detach().to(kDouble).max(1);
  WICK_CHECK_TYPE(ValueError, top.ge(0).all().item<bool>() && top.le(1 + 1e-6).all().item<bool>(), "calibration: probabilities are from 0 to 1; apply softmax to scores first");
  const Tensor right = predicted.eq(target).to(kDouble);
  const Tensor bin = (top * bins).ceil().sub(1).clamp(0, bins - 1).to(kLong);
  Calibration c;
  c.count = bincount(bin, {}, bins);
  const Tensor n = c.count.to(kDouble);
  c.confidence = bincount(bin, top, bins) / n;
  c.accuracy = bincount(bin, right, bins) / n;
  const Tensor gap = (c.confidence - c.accuracy).abs().nan_to_num(0);
  c.ece = (gap * n).sum().item<double>() / static_cast<double>(top.size(0));
  c.mce = gap.max().item<double>();
  return c;
}

}  // namespace wick::debug::inline v1
