// The loss around a model, inputs and features as points in a plane, and how far confidences can be trusted.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <wick/core/generator.h>
#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/tensor.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// Losses double [n] at `at` (n steps along one direction), or [n, n]: rows along the second, columns along the first.
struct LossSlice {
  Tensor at, loss;
};
/// How far and how finely the loss is looked at: from -range to range, in `steps` values, an odd number to have the model itself among them.
struct LossSliceOptions {
  WICK_ARG(double, range) = 1;
  WICK_ARG(int64_t, steps) = 21;
};

/// A random direction for each parameter, scaled so that each filter (row of dimension 0) is as long as that of the model; 0 for parameters of one dimension (biases,
/// normalisation). (H. Li and others, Visualizing the Loss Landscape of Neural Nets, 2018, https://arxiv.org/abs/1712.09913)
std::vector<Tensor> filter_normalised_direction(const nn::Module& model, std::optional<Generator> generator = {});

/// `loss()` at the model's parameters plus steps along one direction, or two (given, or random ones). Parameters and buffers are as before when it returns or
/// throws. Put the model into the mode that is meant first. Errors: `ValueError` for directions of other shapes than the parameters', fewer than 2 steps.
LossSlice loss_line(nn::Module& model, const std::function<double()>& loss, LossSliceOptions options = {}, std::vector<Tensor> direction = {});
LossSlice loss_plane(nn::Module& model, const std::function<double()>& loss, LossSliceOptions options = {}, std::vector<Tensor> first = {}, std::vector<Tensor> second = {});

/// Principal components of points [n, d]: `projected` [n, k], `components` [k, d] (orthonormal rows; the entry of largest size is positive), `variance` [k]
/// (divided by n - 1), `mean` [d].
struct Pca {
  Tensor projected, components, variance, mean;
};
/// By a singular value decomposition in double precision. Errors: `ValueError` for other shapes, fewer than 2 points, k not in 1 to min(n, d).
/// (K. Pearson, 1901, doi:10.1080/14786440109462720)
Pca pca(const Tensor& points, int64_t k = 2);

/// Options of t-SNE; a rate of 0 is max(n / exaggeration / 4, 50). `exaggeration` is that of the first 250 iterations.
struct TsneOptions {
  WICK_ARG(double, perplexity) = 30;
  WICK_ARG(int64_t, iterations) = 750;
  WICK_ARG(double, lr) = 0;
  WICK_ARG(double, exaggeration) = 12;
};
/// Points [n, d] in a plane, float [n, 2], neighbours near each other: similarities of the 3 * perplexity nearest, repulsion between all pairs (exact: seconds for
/// 2,000 points, minutes for 5,000), from the first two principal components; the same every time. Errors: `ValueError` for other shapes, a perplexity
/// that is not in [1, (n - 1) / 3].
/// (L. van der Maaten and G. Hinton, 2008, https://www.jmlr.org/papers/v9/vandermaaten08a.html; the sparse similarities: L. van der Maaten, 2014,
/// https://jmlr.org/papers/v15/vandermaaten14a.html)
Tensor tsne(const Tensor& points, TsneOptions options = {});

/// Options of UMAP: how many neighbours make up a point's surroundings (itself counted, as umap-learn does), how near points may come to each other and on what scale they
/// spread; `epochs` 0: 500, of more than 10,000 points 200; `repulsions`: points that push, for each neighbour that pulls.
struct UmapOptions {
  WICK_ARG(int64_t, neighbours) = 15;
  WICK_ARG(double, min_distance) = 0.1;
  WICK_ARG(double, spread) = 1;
  WICK_ARG(int64_t, epochs) = 0;
  WICK_ARG(double, lr) = 1;
  WICK_ARG(int64_t, repulsions) = 5;
  WICK_ARG(uint64_t, seed) = 42;
};
/// Points [n, d] in a plane, float [n, 2]: neighbours near each other, and groups farther from each other than those of `tsne`. Exact nearest neighbours, from the first two principal
/// components; the same every time. A second for 2,000 points, half a minute for 20,000. Errors: `ValueError` for other shapes, neighbours not in 2 to n, a distance above the spread.
/// (L. McInnes, J. Healy and J. Melville, 2018, https://arxiv.org/abs/1802.03426)
Tensor umap(const Tensor& points, UmapOptions options = {});

/// How well an embedding [n, 2 or more] keeps neighbours: 1 less the mean excess rank, in the points [n, d], of each point's `k` nearest in the embedding; 1 when all are
/// true ones, about 0.5 by chance. Errors: `ValueError` for other shapes, k not in 1 to n / 2. (J. Venna and S. Kaski, 2001, doi:10.1007/3-540-44668-0_68)
double trustworthiness(const Tensor& points, const Tensor& embedded, int64_t k = 5);

/// Bins of confidence of equal widths: mean confidence and accuracy of each (NaN where it is empty) and how many fell into it; the expected and the
/// largest calibration error.
struct Calibration {
  Tensor confidence, accuracy, count;  // double, double, int64 [bins]
  double ece = 0, mce = 0;
};
/// Of probabilities [n, classes] (after softmax) and classes int64 [n]; bins are open below and closed above. Errors: `ValueError` for other shapes, values that are no
/// probabilities. (C. Guo and others, 2017, https://arxiv.org/abs/1706.04599)
Calibration calibration(const Tensor& probabilities, const Tensor& target, int64_t bins = 15);

}  // namespace v1
}  // namespace debug
}  // namespace wick
