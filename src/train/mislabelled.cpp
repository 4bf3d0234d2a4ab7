#include <wick/train/mislabelled.h>

#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/dist/process_group.h>
#include <wick/ops.h>

namespace wick::train::inline v1 {

std::vector<Suspect> rank_mislabelled(const Tensor& probabilities, const Tensor& labels) {
  WICK_CHECK_TYPE(ValueError, probabilities.defined() && probabilities.dim() == 2 && labels.defined() && labels.dim() == 1 && probabilities.size(0) == labels.size(0),
                  "rank_mislabelled: expected probabilities [n, classes] and labels [n], got ", probabilities.defined() ? str(probabilities.sizes()) : "nothing", " and ", labels.defined() ? str(labels.sizes()) : "nothing");
  WICK_CHECK_TYPE(TypeError, probabilities.is_floating_point() && labels.scalar_type() == kLong, "rank_mislabelled: probabilities are floating and labels Long, got ", probabilities.scalar_type(), " and ", labels.scalar_type());
  const NoGradGuard off;
  const Tensor p = probabilities.to(kFloat).contiguous(), own = labels.contiguous();
  const int64_t n = p.size(0), classes = p.size(1);
  const float* all = p.data_ptr<float>();
  const int64_t* y = own.data_ptr<int64_t>();
  std::vector<double> threshold(static_cast<size_t>(classes)), members(static_cast<size_t>(classes));
  std::vector<bool> whole(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) {
    WICK_CHECK_TYPE(IndexError, y[i] >= 0 && y[i] < classes, "rank_mislabelled: label ", y[i], " of example ", i, " with ", classes, " classes");
    const float* row = all + i * classes;
    if (!(whole[static_cast<size_t>(i)] = std::all_of(row, row + classes, [](float v) { return std::isfinite(v); }))) continue;
    threshold[static_cast<size_t>(y[i])] += row[y[i]];
    ++members[static_cast<size_t>(y[i])];
  }
  for (size_t c = 0; c < threshold.size(); ++c) threshold[c] = members[c] > 0 ? threshold[c] / members[c] : INFINITY;
  std::vector<Suspect> r;
  for (int64_t i = 0; i < n; ++i) {
    if (!whole[static_cast<size_t>(i)]) continue;
    const float* row = all + i * classes;
    int64_t best = -1;
    for (int64_t c = 0; c < classes; ++c)
      if (row[c] >= threshold[static_cast<size_t>(c)] && (best < 0 || row[c] > row[best])) best = c;
    if (best < 0 || best == y[i] || row[best] <= row[y[i]]) continue;
    r.push_back({i, y[i], best, static_cast<double>(row[best]) - row[y[i]], -std::log(std::max(static_cast<double>(row[y[i]]), 1e-38))});
  }
  std::stable_sort(r.begin(), r.end(), [](const Suspect& a, const Suspect& b) { return a.score > b.score; });
  return r;
}

LabelWatch::LabelWatch(int64_t examples, int64_t classes) {
  WICK_CHECK_TYPE(ValueError, examples >= 0 && classes >= 1, "LabelWatch: ", examples, " examples of ", classes, " classes");
  sums_ = zeros({examples, classes}, kFloat);
  margins_ = zeros({examples}, kFloat);
  seen_ = zeros({examples}, kLong);
  labels_ = full({examples}, -1, kLong);
}

void LabelWatch::update(const Tensor& index, const Tensor& logits, const Tensor& labels) {
  const int64_t n = sums_.size(0), classes = sums_.size(1), b = index.numel();
  WICK_CHECK_TYPE(ValueError, index.dim() == 1 && labels.dim() == 1 && labels.size(0) == b && logits.dim() == 2 && logits.size(0) == b && logits.size(1) == classes, "LabelWatch: expected places [b], outputs [b, ", classes,
                  "] and labels [b], got ", index.sizes(), ", ", logits.sizes(), " and ", labels.sizes());
  const NoGradGuard off;
  const Tensor p = logits.detach().to(kFloat).softmax(1).contiguous(), raw = logits.detach().to(kFloat).contiguous(), at = index.to(kLong).contiguous(), y = labels.to(kLong).contiguous();
  const int64_t *place = at.data_ptr<int64_t>(), *label = y.data_ptr<int64_t>();
  for (int64_t k = 0; k < b; ++k)
    WICK_CHECK_TYPE(IndexError, place[k] >= 0 && place[k] < n && label[k] >= 0 && label[k] < classes, "LabelWatch: example ", place[k], " of ", n, " with the label ", label[k], " of ", classes);
  for (int64_t k = 0; k < b; ++k) {
    const float *from = p.data_ptr<float>() + k * classes, *out = raw.data_ptr<float>() + k * classes;
    if (!std::all_of(from, from + classes, [](float v) { return std::isfinite(v); })) continue;
    float other = -INFINITY;
    for (int64_t c = 0; c < classes; ++c) {
      sums_.data_ptr<float>()[place[k] * classes + c] += from[c];
      if (c != label[k]) other = std::max(other, out[c]);
    }
    margins_.data_ptr<float>()[place[k]] += out[label[k]] - (classes > 1 ? other : 0);
    ++seen_.data_ptr<int64_t>()[place[k]];
    labels_.data_ptr<int64_t>()[place[k]] = label[k];
  }
}

Tensor LabelWatch::probabilities() const { return sums_ / seen_.to(kFloat).unsqueeze(1); }  // 0 / 0 is NaN
Tensor LabelWatch::margins() const { return margins_ / seen_.to(kFloat); }

std::vector<Suspect> LabelWatch::suspects() const {
  const Tensor some = seen_.gt(0).nonzero().flatten().contiguous();
  if (some.numel() == 0) return {};
  auto r = rank_mislabelled(probabilities().index_select(0, some), labels_.index_select(0, some));
  for (Suspect& s : r) s.index = some.data_ptr<int64_t>()[s.index];
  return r;
}

void LabelWatch::merge() {
  for (const Tensor* t : {&sums_, &margins_, &seen_}) distributed::all_reduce(*t);
  distributed::all_reduce(labels_, distributed::ReduceOp::MAX);
}

}  // namespace wick::train::inline v1
