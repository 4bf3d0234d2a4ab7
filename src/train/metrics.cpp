#include <wick/train/metrics.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/archive.h>
#include <wick/nn/functional.h>
#include <wick/ops.h>

namespace wick::train::metrics::inline v1 {
namespace {

// Classes [n] out of scores [n, c] or classes [n], and targets that go with them.
std::pair<Tensor, Tensor> classes_of(const char* name, const Tensor& predictions, const Tensor& targets) {
  WICK_CHECK_TYPE(ValueError, targets.dim() == 1 && (predictions.dim() == 1 || predictions.dim() == 2) && predictions.size(0) == targets.size(0), name,
                  ": predictions must be [n, c] or [n] and targets [n], got ", predictions.sizes(), " and ", targets.sizes());
  WICK_CHECK_TYPE(TypeError, isIntegralType(targets.scalar_type(), true) && (predictions.dim() == 2 || isIntegralType(predictions.scalar_type(), true)), name, ": classes must be integers, got ",
                  predictions.scalar_type(), " ", predictions.sizes(), " and ", targets.scalar_type(), " ", targets.sizes());
  return {(predictions.dim() == 2 ? predictions.argmax(1) : predictions).to(kLong).contiguous(), targets.to(kLong).contiguous()};
}

void write(serialize::OutputArchive& a, const char* key, int64_t v) { a.write(key, IValue(v)); }
void write(serialize::OutputArchive& a, const char* key, double v) { a.write(key, IValue(v)); }
void read(serialize::InputArchive& a, const char* key, int64_t& v) {
  IValue i;
  a.read(key, i);
  v = i.toInt();
}
void read(serialize::InputArchive& a, const char* key, double& v) {
  IValue i;
  a.read(key, i);
  v = i.toDouble();
}
// Numbers as one tensor.
template <class T>
void write(serialize::OutputArchive& a, const char* key, const std::vector<T>& v) {
  const Tensor t = empty({static_cast<int64_t>(v.size())}, std::is_same_v<T, double> ? kDouble : kLong);
  std::copy(v.begin(), v.end(), t.data_ptr<T>());
  a.write(key, t, true);
}
template <class T>
void read(serialize::InputArchive& a, const char* key, std::vector<T>& v) {
  Tensor t;
  a.read(key, t, true);
  t = t.contiguous();
  v.assign(t.data_ptr<T>(), t.data_ptr<T>() + t.numel());
}

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

}  // namespace

void Metric::merge(serialize::InputArchive&) { throw NotImplementedError("Metric::merge: this metric does not say how what several processes gathered becomes one; override merge"); }
void Metric::require_data(const char* name) const { WICK_CHECK_TYPE(ValueError, count_ > 0, name, ": compute needs at least one update with examples"); }

Accuracy::Accuracy(int64_t top_k) : top_k_(top_k) { WICK_CHECK_TYPE(ValueError, top_k >= 1, "Accuracy: top_k must be at least 1, got ", top_k); }
void Accuracy::update(const Tensor& predictions, const Tensor& targets) {
  NoGradGuard off;
  const auto [classes, wanted] = classes_of("Accuracy", predictions, targets);
  if (top_k_ == 1) {
    right_ += classes.eq(wanted).sum().item<int64_t>();
  } else {
    WICK_CHECK_TYPE(ValueError, predictions.dim() == 2 && predictions.size(1) >= top_k_, "Accuracy: top ", top_k_, " needs scores [n, c] of that many classes, got ", predictions.sizes());
    right_ += std::get<1>(predictions.topk(top_k_, 1)).eq(wanted.unsqueeze(1)).sum().item<int64_t>();
  }
  count_ += wanted.numel();
}
double Accuracy::value() const {
  require_data("Accuracy");
  return static_cast<double>(right_) / static_cast<double>(count_);
}
void Accuracy::save(serialize::OutputArchive& a) const { write(a, "right", right_), write(a, "count", count_); }
void Accuracy::load(serialize::InputArchive& a) { read(a, "right", right_), read(a, "count", count_); }
void Accuracy::merge(serialize::InputArchive& a) {
  Accuracy o(top_k_);
  o.load(a);
  right_ += o.right_, count_ += o.count_;
}

ConfusionMatrix::ConfusionMatrix(int64_t classes) : classes_(classes) {
  WICK_CHECK_TYPE(ValueError, classes >= 1, "ConfusionMatrix: classes must be at least 1, got ", classes);
  ConfusionMatrix::reset();
}
void ConfusionMatrix::reset() {
  counts_.assign(static_cast<size_t>(classes_ * classes_), 0);
  count_ = 0;
}
void ConfusionMatrix::update(const Tensor& predictions, const Tensor& targets) {
  NoGradGuard off;
  const auto [classes, wanted] = classes_of("ConfusionMatrix", predictions, targets);
  const int64_t *p = classes.data_ptr<int64_t>(), *t = wanted.data_ptr<int64_t>(), n = wanted.numel();
  for (int64_t i = 0; i < n; ++i)
    WICK_CHECK_TYPE(IndexError, p[i] >= 0 && p[i] < classes_ && t[i] >= 0 && t[i] < classes_, "ConfusionMatrix: example ", i, " is of class ", t[i], ", predicted ", p[i], "; there are ", classes_, " classes");
  for (int64_t i = 0; i < n; ++i) ++counts_[static_cast<size_t>(t[i] * classes_ + p[i])];
  count_ += n;
}
Tensor ConfusionMatrix::compute() const {
  require_data("ConfusionMatrix");
  const Tensor r = empty({classes_, classes_}, kLong);
  std::copy(counts_.begin(), counts_.end(), r.data_ptr<int64_t>());
  return r;
}
double ConfusionMatrix::value() const {
  require_data("ConfusionMatrix");
  int64_t right = 0;
  for (int64_t c = 0; c < classes_; ++c) right += counts_[static_cast<size_t>(c * classes_ + c)];
  return static_cast<double>(right) / static_cast<double>(count_);
}
void ConfusionMatrix::save(serialize::OutputArchive& a) const { write(a, "counts", counts_), write(a, "count", count_); }
void ConfusionMatrix::load(serialize::InputArchive& a) {
  std::vector<int64_t> counts;
  read(a, "counts", counts);
  WICK_CHECK(counts.size() == counts_.size(), "ConfusionMatrix: the saved one has ", counts.size(), " counts, this one ", counts_.size());
  read(a, "count", count_);
  counts_ = std::move(counts);
}
void ConfusionMatrix::merge(serialize::InputArchive& a) {
  ConfusionMatrix o(classes_);
  o.load(a);
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += o.counts_[i];
  count_ += o.count_;
}

ClassificationMetric::ClassificationMetric(int64_t classes, Average average) : ConfusionMatrix(classes), average_(average) {
  WICK_CHECK_TYPE(ValueError, average != Average::binary || classes == 2, "Average::binary needs 2 classes, got ", classes);
}
Tensor ClassificationMetric::per_class() const {
  const Tensor m = ConfusionMatrix::compute().to(kDouble), said = m.sum(0), are = m.sum(1), r = empty({classes_}, kDouble);
  for (int64_t c = 0; c < classes_; ++c) r.data_ptr<double>()[c] = of(m[c][c].item<double>(), said[c].item<double>(), are[c].item<double>());
  return r;
}
double ClassificationMetric::value() const {
  const Tensor m = ConfusionMatrix::compute().to(kDouble), each = per_class(), said = m.sum(0), are = m.sum(1);
  switch (average_) {
    case Average::binary: return each[1].item<double>();
    case Average::micro: return of(m.trace().item<double>(), m.sum().item<double>(), m.sum().item<double>());
    case Average::weighted: return (each * are).sum().item<double>() / are.sum().item<double>();
    case Average::macro: break;
  }
  const Tensor occurs = (said + are).gt(0).to(kDouble);
  return (each * occurs).sum().item<double>() / occurs.sum().item<double>();
}
double Precision::of(double right, double said, double) const { return ratio(right, said); }
double Recall::of(double right, double, double are) const { return ratio(right, are); }
double F1::of(double right, double said, double are) const { return ratio(2 * right, said + are); }

void AUROC::update(const Tensor& scores, const Tensor& targets) {
  NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, targets.dim() == 1 && (scores.dim() == 1 || scores.dim() == 2) && scores.size(0) == targets.size(0), "AUROC: scores must be [n] or [n, c] and targets [n], got ", scores.sizes(), " and ",
                  targets.sizes());
  const int64_t columns = scores.dim() == 1 ? 1 : scores.size(1), classes = columns == 1 ? 2 : columns;
  WICK_CHECK_TYPE(ValueError, columns_ == 0 || columns == columns_, "AUROC: scores of ", columns, " classes after some of ", columns_);
  const Tensor s = scores.detach().to(kDouble).contiguous(), t = targets.to(kLong).contiguous();
  const double* p = s.data_ptr<double>();
  const int64_t* q = t.data_ptr<int64_t>();
  for (int64_t i = 0; i < t.numel(); ++i) WICK_CHECK_TYPE(IndexError, q[i] >= 0 && q[i] < classes, "AUROC: example ", i, " is of class ", q[i], "; there are ", classes);
  for (int64_t i = 0; i < s.numel(); ++i) WICK_CHECK_TYPE(ValueError, !std::isnan(p[i]), "AUROC: the score of example ", i / columns, " is NaN");
  columns_ = columns;
  scores_.insert(scores_.end(), p, p + s.numel());
  targets_.insert(targets_.end(), q, q + t.numel());
  count_ += t.numel();
}
double AUROC::value() const {
  require_data("AUROC");
  const size_t n = targets_.size(), columns = static_cast<size_t>(columns_);
  double sum = 0;
  std::vector<size_t> order(n);
  for (size_t c = 0; c < columns; ++c) {
    const int64_t wanted = columns == 1 ? 1 : static_cast<int64_t>(c);
    const auto score = [&](size_t i) { return scores_[order[i] * columns + c]; };
    std::iota(order.begin(), order.end(), size_t{0});
    std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return scores_[a * columns + c] < scores_[b * columns + c]; });
    // The sum of the ranks of the class, equal scores sharing the mean of theirs.
    double ranks = 0, positives = 0;
    for (size_t i = 0, j; i < n; i = j) {
      double in_group = 0;
      for (j = i; j < n && score(j) == score(i); ++j) in_group += targets_[order[j]] == wanted;
      ranks += in_group * (static_cast<double>(i + j + 1) / 2);
      positives += in_group;
    }
    const double negatives = static_cast<double>(n) - positives;
    WICK_CHECK_TYPE(ValueError, positives > 0 && negatives > 0, "AUROC: class ", wanted, " has ", positives, " examples and ", negatives, " others; both are needed");
    sum += (ranks - positives * (positives + 1) / 2) / (positives * negatives);
  }
  return sum / static_cast<double>(columns);
}
void AUROC::reset() {
  scores_.clear();
  targets_.clear();
  columns_ = count_ = 0;
}
void AUROC::save(serialize::OutputArchive& a) const { write(a, "scores", scores_), write(a, "targets", targets_), write(a, "columns", columns_); }
void AUROC::load(serialize::InputArchive& a) {
  std::vector<double> scores;
  std::vector<int64_t> targets;
  int64_t columns = 0;
  read(a, "scores", scores), read(a, "targets", targets), read(a, "columns", columns);
  WICK_CHECK(columns >= 0 && scores.size() == targets.size() * static_cast<size_t>(columns), "AUROC: ", scores.size(), " saved scores for ", targets.size(), " examples of ", columns, " classes");
  scores_ = std::move(scores);
  targets_ = std::move(targets);
  columns_ = columns;
  count_ = static_cast<int64_t>(targets_.size());
}
void AUROC::merge(serialize::InputArchive& a) {
  AUROC o;
  o.load(a);
  if (o.count_ == 0) return;
  WICK_CHECK_TYPE(ValueError, columns_ == 0 || columns_ == o.columns_, "AUROC: scores of ", o.columns_, " classes after some of ", columns_);
  columns_ = o.columns_;
  scores_.insert(scores_.end(), o.scores_.begin(), o.scores_.end());
  targets_.insert(targets_.end(), o.targets_.begin(), o.targets_.end());
  count_ += o.count_;
}

void Perplexity::update(const Tensor& logits, const Tensor& targets) {
  NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, logits.dim() == targets.dim() + 1 && logits.sizes().slice(0, logits.dim() - 1) == targets.sizes(), "Perplexity: logits must be [..., c] and targets [...], got ", logits.sizes(), " and ",
                  targets.sizes());
  namespace F = nn::functional;
  const auto options = F::CrossEntropyFuncOptions().ignore_index(ignore_index_).reduction(kSum);
  const Tensor flat = logits.detach().reshape({-1, logits.size(-1)});
  sum_ += F::cross_entropy(flat.scalar_type() == kDouble ? flat : flat.to(kFloat), targets.reshape({-1}), options).item<double>();
  count_ += targets.ne(ignore_index_).sum().item<int64_t>();
}
double Perplexity::value() const {
  require_data("Perplexity");
  return std::exp(sum_ / static_cast<double>(count_));
}
void Perplexity::save(serialize::OutputArchive& a) const { write(a, "sum", sum_), write(a, "count", count_); }
void Perplexity::load(serialize::InputArchive& a) { read(a, "sum", sum_), read(a, "count", count_); }
void Perplexity::merge(serialize::InputArchive& a) {
  Perplexity o(ignore_index_);
  o.load(a);
  sum_ += o.sum_, count_ += o.count_;
}

void MeanAbsoluteError::update(const Tensor& predictions, const Tensor& targets) {
  NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, predictions.sizes() == targets.sizes(), "MeanAbsoluteError: predictions are ", predictions.sizes(), ", targets ", targets.sizes());
  sum_ += (predictions.to(kDouble) - targets.to(kDouble)).abs().sum().item<double>();
  count_ += targets.numel();
}
double MeanAbsoluteError::value() const {
  require_data("MeanAbsoluteError");
  return sum_ / static_cast<double>(count_);
}
void MeanAbsoluteError::save(serialize::OutputArchive& a) const { write(a, "sum", sum_), write(a, "count", count_); }
void MeanAbsoluteError::load(serialize::InputArchive& a) { read(a, "sum", sum_), read(a, "count", count_); }
void MeanAbsoluteError::merge(serialize::InputArchive& a) {
  MeanAbsoluteError o;
  o.load(a);
  sum_ += o.sum_, count_ += o.count_;
}

}  // namespace wick::train::metrics::inline v1
