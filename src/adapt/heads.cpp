// What is trained on features.
#include <algorithm>
#include <cmath>
#include <limits>

#include <wick/adapt/features.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/init.h>
#include <wick/ops.h>
#include <wick/optim/lbfgs.h>

namespace wick::adapt::inline v1 {
namespace {

void check(const char* op, const Tensor& x, const Tensor& y, int64_t classes) {
  WICK_CHECK_TYPE(ValueError, x.defined() && y.defined() && x.dim() == 2 && y.dim() == 1 && x.size(0) == y.size(0) && x.size(0) > 0, op, ": features must be [n, d] and classes [n], got ",
                  x.defined() ? str(x.sizes()) : "nothing", " and ", y.defined() ? str(y.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, y.scalar_type() == kLong && y.min().item<int64_t>() >= 0 && y.max().item<int64_t>() < classes, op, ": classes must be int64 from 0 to ", classes - 1);
}

struct Fit { Tensor weight, bias; };
struct Problem { Tensor x, y, weights; };  // float64, standardised

Fit solve(const Problem& p, int64_t classes, double decay, int64_t max_iter) {
  const AutoGradMode on(true);
  const auto real = wick::TensorOptions(kDouble).requires_grad(true);
  Fit f{wick::zeros({classes, p.x.size(1)}, real), wick::zeros({classes}, real)};
  optim::LBFGS optimizer({f.weight, f.bias}, optim::LBFGSOptions(1).max_iter(max_iter).tolerance_grad(1e-6).history_size(10).line_search_fn("strong_wolfe"));
  optimizer.step([&] {
    optimizer.zero_grad();
    const Tensor logits = wick::addmm(f.bias, p.x, f.weight.t());
    Tensor loss = wick::cross_entropy_loss(logits, p.y, p.weights) + f.weight.mul(f.weight).sum().mul(0.5 * decay);
    loss.backward();
    return loss;
  });
  return {f.weight.detach(), f.bias.detach()};
}

struct Score { double right = 0, loss = 0; };
Score score(const Fit& f, const Problem& p) {
  const Tensor logits = wick::addmm(f.bias, p.x, f.weight.t());
  return {logits.argmax(1).eq(p.y).sum().item<double>(), wick::cross_entropy_loss(logits, p.y).item<double>() * static_cast<double>(p.y.size(0))};
}

Tensor class_weights(const Tensor& y, int64_t classes) {
  const Tensor n = wick::bincount(y, {}, classes).to(kDouble);
  return wick::where(n > 0, static_cast<double>(y.size(0)) / static_cast<double>(classes) / n.clamp_min(1), wick::zeros_like(n));
}

// The examples of each class dealt out in turn.
std::vector<int64_t> deal(const Tensor& y, int64_t classes, int64_t folds) {
  std::vector<int64_t> next(static_cast<size_t>(classes)), fold(static_cast<size_t>(y.size(0)));
  const Tensor labels = y.contiguous();
  for (size_t i = 0; i < fold.size(); ++i) fold[i] = next[static_cast<size_t>(labels.data_ptr<int64_t>()[i])]++ % folds;
  return fold;
}
Problem part(const Problem& p, const std::vector<int64_t>& fold, int64_t which, bool inside, bool balanced, int64_t classes) {
  std::vector<int64_t> chosen;
  for (size_t i = 0; i < fold.size(); ++i)
    if ((fold[i] == which) == inside) chosen.push_back(static_cast<int64_t>(i));
  const Tensor at = wick::tensor(chosen);
  Problem r{p.x.index_select(0, at), p.y.index_select(0, at), {}};
  if (balanced) r.weights = class_weights(r.y, classes);
  return r;
}

}  // namespace

LinearHead fit_linear(const Tensor& x, const Tensor& y, int64_t classes, const LinearOptions& o, const Tensor& validation_x, const Tensor& validation_y) {
  check("fit_linear", x, y, classes);
  WICK_CHECK_TYPE(ValueError, !o.weight_decays().empty() && o.max_iter() > 0, "fit_linear: needs weight_decays and max_iter");
  const bool validated = validation_x.defined();
  if (validated) check("fit_linear", validation_x, validation_y, classes);
  WICK_CHECK_TYPE(ValueError, !validated || validation_x.size(1) == x.size(1), "fit_linear: validation features are ", validated ? validation_x.size(1) : 0, " wide, those to train on ", x.size(1));
  NoGradGuard off;
  const Tensor raw = x.to(kDouble), mean = raw.mean(IntArrayRef({0}), true);
  const Tensor deviation = (raw - mean).pow(2).mean(IntArrayRef({0}), true).sqrt(), scale = wick::where(deviation > 1e-8, deviation, wick::ones_like(deviation));
  Problem all{(raw - mean) / scale, y, {}};
  if (o.balanced()) all.weights = class_weights(y, classes);

  const int64_t folds = std::min(o.folds(), y.size(0));
  double best_right = -1, best_loss = 0, best_decay = o.weight_decays()[0], out_of = 1;
  if (o.weight_decays().size() > 1 && (validated || folds > 1)) {
    const auto fold = deal(y, classes, std::max<int64_t>(1, folds));
    const Problem held = validated ? Problem{(validation_x.to(kDouble) - mean) / scale, validation_y, {}} : Problem{};
    out_of = static_cast<double>(validated ? validation_y.size(0) : y.size(0));
    for (const double decay : o.weight_decays()) {
      Score s;
      if (validated) s = score(solve(all, classes, decay, o.max_iter()), held);
      for (int64_t k = 0; !validated && k < folds; ++k) {
        const Problem inside = part(all, fold, k, false, o.balanced(), classes), outside = part(all, fold, k, true, false, classes);
        if (outside.y.numel() == 0 || inside.y.numel() == 0) continue;
        const Score one = score(solve(inside, classes, decay, o.max_iter()), outside);
        s.right += one.right, s.loss += one.loss;
      }
      if (s.right > best_right || (s.right == best_right && s.loss < best_loss)) best_right = s.right, best_loss = s.loss, best_decay = decay;
    }
  }
  const Fit f = solve(all, classes, best_decay, o.max_iter());
  LinearHead head;
  head.layer = nn::Linear(x.size(1), classes);
  const Tensor weight = f.weight / scale;
  head.layer->weight.copy_(weight);
  head.layer->bias.copy_(f.bias - weight.mul(mean).sum(1));
  head.weight_decay = best_decay;
  head.accuracy = std::max(0.0, best_right) / out_of;
  return head;
}

KnnHead::KnnHead(const Tensor& x, const Tensor& y, int64_t classes, int64_t k) : y_(y), classes_(classes), k_(k) {
  check("KnnHead", x, y, classes);
  WICK_CHECK_TYPE(ValueError, k >= 1 && k <= x.size(0), "KnnHead: k must be from 1 to the number of examples, ", x.size(0), ", got ", k);
  NoGradGuard off;
  x_ = x / x.norm(2, {1}, true).clamp_min(1e-12);
}
Tensor KnnHead::operator()(const Tensor& x) const {
  WICK_CHECK_TYPE(ValueError, x.dim() == 2 && x.size(1) == x_.size(1), "KnnHead: features must be [n, ", x_.size(1), "], got ", x.sizes());
  NoGradGuard off;
  std::vector<Tensor> parts;
  for (int64_t at = 0; at < x.size(0); at += 1024) {  // no matrix of all pairs at once
    const Tensor rows = x.slice(0, at, std::min(x.size(0), at + 1024));
    const auto [near, which] = wick::topk(wick::mm(rows, x_.t()), k_, 1);
    const Tensor length = rows.norm(2, {1}, true).clamp_min(1e-12), votes = (near / length).clamp_min(1e-6);
    const Tensor sums = wick::zeros({rows.size(0), classes_}, x_.options()).scatter_add(1, y_.index_select(0, which.flatten()).view(which.sizes()), votes);
    parts.push_back(sums / sums.sum(IntArrayRef({1}), true));
  }
  return parts.empty() ? wick::zeros({0, classes_}, x_.options()) : wick::cat(parts);
}

}  // namespace wick::adapt::inline v1
