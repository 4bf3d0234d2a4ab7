// Metrics over many batches: update, compute, reset.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace train {
namespace metrics {
inline namespace v1 {

/// Base of all metrics: `update` takes a batch in any dtype, without recording gradients; `compute` gives the result for all batches since
/// `reset`, whatever they were split into. Errors of `compute`: nothing was updated.
class Metric {
 public:
  virtual ~Metric() = default;
  /// The result as one number, for logs; forgetting everything; whether there was an update since.
  virtual double value() const = 0;
  virtual void reset() = 0;
  bool updated() const { return count_ > 0; }
  /// What was gathered so far, in checkpoints.
  virtual void save(serialize::OutputArchive& archive) const = 0;
  virtual void load(serialize::InputArchive& archive) = 0;
  /// Adds what another one of this kind, with the same options, gathered and saved: with that of all processes the result is that of all their batches.
  /// The default throws NotImplementedError.
  virtual void merge(serialize::InputArchive& archive);

 protected:
  void require_data(const char* name) const;
  int64_t count_ = 0;  // examples
};

/// The share of examples whose class is among the `top_k` highest scores. Updates: scores [n, c] or, for top 1, classes [n]; targets [n].
class Accuracy : public Metric {
 public:
  explicit Accuracy(int64_t top_k = 1);
  void update(const Tensor& predictions, const Tensor& targets);
  double compute() const { return value(); }
  double value() const override;
  void reset() override { right_ = count_ = 0; }
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  void merge(serialize::InputArchive& archive) override;

 private:
  int64_t top_k_, right_ = 0;
};

/// How often class i (row) was taken for class j (column): int64 [classes, classes]. Its number is the accuracy. Updates: scores [n, c] or
/// classes [n]; targets [n]. Errors: a class out of range.
class ConfusionMatrix : public Metric {
 public:
  explicit ConfusionMatrix(int64_t classes);
  void update(const Tensor& predictions, const Tensor& targets);
  Tensor compute() const;
  double value() const override;
  void reset() override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  void merge(serialize::InputArchive& archive) override;

 protected:
  int64_t classes_;
  std::vector<int64_t> counts_;
};

/// How the results of classes become one: their mean over the classes that occur (macro), weighted by how often the class is the target, all
/// decisions together (micro), or class 1 alone (binary).
enum class Average { macro, micro, weighted, binary };

/// Of what was said to be a class, how much is; of what is, how much was found; their harmonic mean. Where nothing is to be divided, the
/// result is 0. As scikit-learn's precision_recall_fscore_support. Updates as those of ConfusionMatrix.
/// (https://scikit-learn.org/stable/modules/model_evaluation.html#precision-recall-and-f-measures)
class ClassificationMetric : public ConfusionMatrix {
 public:
  explicit ClassificationMetric(int64_t classes, Average average = Average::macro);
  double compute() const { return value(); }
  double value() const override;
  /// The result of each class: float64 [classes].
  Tensor per_class() const;

 protected:
  virtual double of(double right, double said, double are) const = 0;

 private:
  Average average_;
};
class Precision : public ClassificationMetric {
 public:
  using ClassificationMetric::ClassificationMetric;

 private:
  double of(double right, double said, double are) const override;
};
class Recall : public ClassificationMetric {
 public:
  using ClassificationMetric::ClassificationMetric;

 private:
  double of(double right, double said, double are) const override;
};
class F1 : public ClassificationMetric {
 public:
  using ClassificationMetric::ClassificationMetric;

 private:
  double of(double right, double said, double are) const override;
};

/// The area under the ROC curve: how likely an example of the class has a higher score than one of another, ties counting half. All scores
/// are kept. Updates: scores [n] of class 1, or [n, c] for the mean over the classes of each against the others; targets [n].
/// Errors: a class without examples, or without counterexamples.
class AUROC : public Metric {
 public:
  void update(const Tensor& scores, const Tensor& targets);
  double compute() const { return value(); }
  double value() const override;
  void reset() override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  void merge(serialize::InputArchive& archive) override;

 private:
  int64_t columns_ = 0;
  std::vector<double> scores_;
  std::vector<int64_t> targets_;
};

/// The exponential of the mean negative log-likelihood. Updates: logits [..., c], targets [...]; those that are `ignore_index` do not count.
class Perplexity : public Metric {
 public:
  explicit Perplexity(int64_t ignore_index = -100) : ignore_index_(ignore_index) {}
  void update(const Tensor& logits, const Tensor& targets);
  double compute() const { return value(); }
  double value() const override;
  void reset() override { sum_ = 0, count_ = 0; }
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  void merge(serialize::InputArchive& archive) override;

 private:
  int64_t ignore_index_;
  double sum_ = 0;
};

/// The mean of |prediction - target| over all elements.
class MeanAbsoluteError : public Metric {
 public:
  void update(const Tensor& predictions, const Tensor& targets);
  double compute() const { return value(); }
  double value() const override;
  void reset() override { sum_ = 0, count_ = 0; }
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  void merge(serialize::InputArchive& archive) override;

 private:
  double sum_ = 0;
};

}  // namespace v1
}  // namespace metrics
}  // namespace train
}  // namespace wick
