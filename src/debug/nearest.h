// The nearest neighbours of points, exactly.
#pragma once

#include <wick/tensor.h>

namespace wick::debug {

// Of each of the points, double [n, d], the `k` others that are nearest, nearest first: squared distances double [n, k], numbers int64 [n, k].
struct Nearest { Tensor squared, which; };
Nearest nearest(const Tensor& points, int64_t k);
// The points of `call` as double [n, d], in one piece. Errors: `ValueError` for other shapes, points that are not finite.
Tensor embeddable(const Tensor& points, const char* call);
// The first two principal components (0 where there are none) of centred points, double [n, 2].
Tensor first_components(const Tensor& centred);

}  // namespace wick::debug
