// Histograms: the quick ways to count against the plain one.
#include <cmath>

#include "log/histogram.h"
#include "support.h"

namespace {

using namespace wick;
using logging::Histogram;
using logging::make_histogram;

void expect_same(const Histogram& a, const Histogram& b) {
  EXPECT_EQ(a.limits, b.limits);
  EXPECT_EQ(a.counts, b.counts);
  EXPECT_EQ(a.min, b.min);
  EXPECT_EQ(a.max, b.max);
  EXPECT_EQ(a.sum, b.sum);
  EXPECT_EQ(a.sum_squares, b.sum_squares);
}

// At each edge, and the two numbers beside it.
template <class T>
Tensor around_edges(ScalarType type) {
  std::vector<double> v;
  for (const double e : logging::default_edges()) {
    const T x = static_cast<T>(e);
    for (const T y : {std::nextafter(x, -std::numeric_limits<T>::infinity()), x, std::nextafter(x, std::numeric_limits<T>::infinity())}) v.push_back(y);
  }
  for (const T y : {std::numeric_limits<T>::denorm_min(), -std::numeric_limits<T>::denorm_min(), T(0), T(-0.0), T(3)}) v.push_back(y);
  return wick::tensor(v, kDouble).to(type);
}

TEST(Histogram, KeysCountAsASearchAmongTheEdges) {
  for (const Tensor& values : {around_edges<float>(kFloat), around_edges<double>(kDouble)}) {
    const Tensor inside = values.masked_select(values.abs().lt(9e19));
    expect_same(make_histogram(inside, std::string("tensorflow"), {}), make_histogram(inside, logging::default_edges(), {}));
  }
}

TEST(Histogram, ThreadsChangeNothing) {
  manual_seed(3);
  for (const ScalarType type : {kFloat, kDouble, kBFloat16}) {
    // Not a whole number of pieces, nor of lines of a cache.
    const Tensor x = (randn({300'011}, kDouble) * (randn({300'011}, kDouble) * 3).exp()).to(type);
    const int threads = get_num_threads();
    set_num_threads(1);
    const Histogram one = make_histogram(x, std::string("tensorflow"), {});
    set_num_threads(3);
    expect_same(one, make_histogram(x, std::string("tensorflow"), {}));
    set_num_threads(threads);
    double sum = 0;
    for (const double c : one.counts) sum += c;
    EXPECT_EQ(sum, 300'011);
  }
}

}  // namespace
