#include "cli/scores.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>
#include <wick/train/metrics.h>

#include "train/progress.h"

namespace wick::cli {

using train::thousands;

std::string number_text(double v) {
  char buf[64];
  const double size = std::abs(v);
  if (size >= 1e4 && size < 1e12) return thousands(std::llround(v));
  std::snprintf(buf, sizeof buf, size != 0 && (size < 1e-3 || size >= 1e12) ? "%.3g" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f", v);
  return buf;
}

Scores score_classes(const Tensor& log_p, const Tensor& labels) {
  const int64_t classes = log_p.size(1);
  Scores s;
  s.total = labels.numel();
  s.right = log_p.argmax(1).eq(labels).sum().item<int64_t>();
  s.accuracy = static_cast<double>(s.right) / static_cast<double>(s.total);
  s.loss = -log_p.gather(1, labels.unsqueeze(1)).mean().item<double>();
  train::metrics::ConfusionMatrix confusion(classes);
  confusion.update(log_p, labels);
  s.confusion = confusion.compute().contiguous();
  train::metrics::F1 f1(classes);
  f1.update(log_p, labels);
  s.f1 = f1.compute();
  train::metrics::Precision precision(classes);
  precision.update(log_p, labels);
  train::metrics::Recall recall(classes);
  recall.update(log_p, labels);
  const Tensor p = precision.per_class().contiguous(), r = recall.per_class().contiguous();
  s.precision.assign(p.data_ptr<double>(), p.data_ptr<double>() + classes);
  s.recall.assign(r.data_ptr<double>(), r.data_ptr<double>() + classes);
  try {
    train::metrics::AUROC auroc;
    auroc.update(classes == 2 ? log_p.select(1, 1).exp() : log_p.exp(), labels);
    s.auroc = auroc.compute();
  } catch (const Error&) {  // a class does not occur
  }
  return s;
}

Scores score_numbers(const Tensor& numbers, const Tensor& targets) {
  Scores s;
  s.total = targets.numel();
  const Tensor y = targets.to(kDouble).flatten(), e = numbers.to(kDouble).flatten() - y;
  s.mae = e.abs().mean().item<double>();
  const double squares = e.square().sum().item<double>(), spread = (y - y.mean()).square().sum().item<double>();
  s.rmse = std::sqrt(squares / static_cast<double>(s.total));
  s.r2 = spread > 0 ? 1 - squares / spread : 0;
  return s;
}

Scores score(const Tensor& outputs, const Tensor& targets, bool classes) { return classes ? score_classes(outputs, targets) : score_numbers(outputs, targets); }

std::string summary_line(const std::string& part, const Scores& s, bool classes, const std::string& units) {
  char buf[256];
  if (!classes) {
    std::snprintf(buf, sizeof buf, "%s MAE %s  RMSE %s  R2 %.3f (%s rows)%s", part.c_str(), number_text(s.mae).c_str(), number_text(s.rmse).c_str(), s.r2, thousands(s.total).c_str(),
                  units.empty() ? "" : (" of " + units).c_str());
    return buf;
  }
  std::snprintf(buf, sizeof buf, "%s accuracy %.1f %% (%s of %s)", part.c_str(), 100 * s.accuracy, thousands(s.right).c_str(), thousands(s.total).c_str());
  std::string text = buf;
  std::snprintf(buf, sizeof buf, "  F1 %.3f", s.f1);
  text += buf;
  if (s.auroc >= 0) {
    std::snprintf(buf, sizeof buf, "  AUROC %.3f", s.auroc);
    text += buf;
  }
  return text;
}

Json to_json(const Scores& s, bool classes) {
  if (!classes) return {{"mae", s.mae}, {"rmse", s.rmse}, {"r2", s.r2}, {"total", s.total}};
  Json j{{"accuracy", s.accuracy}, {"right", s.right}, {"total", s.total}, {"loss", s.loss}, {"f1", s.f1}};
  if (s.auroc >= 0) j["auroc"] = s.auroc;
  return j;
}

namespace {

std::string most_confused(const std::vector<std::string>& classes, const int64_t* counts, int64_t n) {
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < n * n; ++i)
    if (i / n != i % n && counts[i] > 0) pairs.emplace_back(-counts[i], i);
  std::sort(pairs.begin(), pairs.end());
  std::string text = pairs.empty() ? "" : "most confused\n";
  for (size_t k = 0; k < std::min<size_t>(10, pairs.size()); ++k)
    text += str("  ", -pairs[k].first, "  ", classes[static_cast<size_t>(pairs[k].second / n)], " taken for ", classes[static_cast<size_t>(pairs[k].second % n)], "\n");
  return text;
}

}  // namespace

std::string confusion_table(const std::vector<std::string>& classes, const Tensor& confusion) {
  const auto n = static_cast<int64_t>(classes.size());
  const auto* counts = confusion.data_ptr<int64_t>();
  if (n > 20) return most_confused(classes, counts, n);
  int width = 3;
  for (int64_t i = 0; i < n * n; ++i) width = std::max(width, static_cast<int>(std::to_string(counts[i]).size()) + 1);
  char buf[64];
  std::string text = "            predicted\n            ";
  for (int64_t c = 0; c < n; ++c) {
    std::snprintf(buf, sizeof buf, "%*s", width, std::to_string(c).c_str());
    text += buf;
  }
  for (int64_t r = 0; r < n; ++r) {
    std::snprintf(buf, sizeof buf, "\n  %s %2lld ", r == 0 ? "actual" : "      ", static_cast<long long>(r));
    text += buf;
    for (int64_t c = 0; c < n; ++c) {
      const int64_t k = counts[r * n + c];
      if (k) std::snprintf(buf, sizeof buf, "%*lld", width, static_cast<long long>(k));
      else std::snprintf(buf, sizeof buf, "%*s", width + 1, "·");  // two bytes, one column
      text += buf;
    }
    if (classes[static_cast<size_t>(r)] != std::to_string(r)) text += "  " + classes[static_cast<size_t>(r)];
  }
  return text + "\n";
}

}  // namespace wick::cli
