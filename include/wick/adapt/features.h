// Features that a trained model gives, computed once, and what is trained on them: a linear layer or nearest neighbours.
#pragma once

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/data/example.h>
#include <wick/nn/arg.h>
#include <wick/nn/linear.h>

namespace wick {
namespace adapt {
inline namespace v1 {

/// Where features come from, and where they are kept.
struct FeatureOptions {
  /// Path of the module whose result they are; empty: the model's own result. Results [n, c, h, w] become means over the pixels, [n, c]; others [n, -1].
  WICK_ARG(std::string, path);
  /// Folder in which they are kept, made if it is not there; empty: nowhere. A file there is used when weights, `path`, `preprocessing`, `files` and some examples are
  /// as they were; what is damaged is computed anew, with a warning.
  WICK_ARG(std::string, cache);
  /// What is done to the data before, as a text.
  WICK_ARG(std::string, preprocessing);
  /// Files that the data are read from: their sizes and times of change count. Those of an ImageFolder are added.
  WICK_ARG(std::vector<std::string>, files);
  WICK_ARG(int64_t, batch_size) = 64;
};

/// Features [n, d] of float32 and targets [n]; whether they came from a file, and its name.
struct Features {
  Tensor x, y;
  bool cached = false;
  std::string file;
};

namespace detail {
struct Source {
  size_t size = 0;
  std::function<data::Example<>(size_t)> get;
};
Features extract(nn::Module& model, const std::function<Tensor(const Tensor&)>& call, const Source& source, FeatureOptions options);
template <class D> auto files_of(D& d, int) -> decltype(d.samples()[0].path, std::vector<std::string>()) {
  std::vector<std::string> files;
  for (const auto& s : d.samples()) files.push_back(s.path);
  return files;
}
template <class D> std::vector<std::string> files_of(D&, long) { return {}; }
}  // namespace detail

/// The features of all examples of a dataset (`get(i)` gives a tensor and a class, `size()` how many), in their order; in evaluation mode, without gradients.
/// Errors: `ValueError` for a path that the model lacks or that does not run; whatever reading fails with.
template <class M, class Dataset>
Features extract_features(const nn::ModuleHolder<M>& model, Dataset&& dataset, FeatureOptions options = {}) {
  for (auto& f : detail::files_of(dataset, 0)) options.files().push_back(std::move(f));
  const detail::Source source{dataset.size().value(), [&dataset](size_t i) -> data::Example<> { return dataset.get(i); }};
  return detail::extract(*model.ptr(), [module = model.ptr()](const Tensor& x) -> Tensor { return nn::ModuleHolder<M>(module)(x); }, source, std::move(options));
}

/// How fit_linear fits.
struct LinearOptions {
  /// The decays to choose from, of standardised features: by accuracy on validation data, or, without any, by cross-validation in `folds` parts; then by the loss.
  WICK_ARG(std::vector<double>, weight_decays) = {1e-4, 1e-3, 1e-2, 1e-1, 1};
  WICK_ARG(int64_t, folds) = 5;
  /// Whether all classes weigh the same, however many examples they have.
  WICK_ARG(bool, balanced) = false;
  WICK_ARG(int64_t, max_iter) = 100;
};
/// A layer that takes features as they are and gives logits; the decay that was chosen, and the accuracy it was chosen by.
struct LinearHead {
  nn::Linear layer{nullptr};
  double weight_decay = 0, accuracy = 0;
};
/// Multinomial logistic regression by L-BFGS, in float64. Features [n, d], classes [n] from 0 to `classes` - 1. Errors: `ValueError` for shapes that do not fit,
/// classes out of range, no decays.
LinearHead fit_linear(const Tensor& x, const Tensor& y, int64_t classes, const LinearOptions& options = {}, const Tensor& validation_x = {}, const Tensor& validation_y = {});

/// The k nearest examples by cosine, which vote with their similarity.
class KnnHead {
 public:
  /// Features [n, d], classes [n]. Errors: `ValueError` for shapes that do not fit, classes out of range, a k that is not in [1, n].
  KnnHead(const Tensor& x, const Tensor& y, int64_t classes, int64_t k = 5);
  /// The shares of the votes [m, classes].
  Tensor operator()(const Tensor& x) const;

 private:
  Tensor x_, y_;
  int64_t classes_, k_;
};

}  // namespace v1
}  // namespace adapt
}  // namespace wick
