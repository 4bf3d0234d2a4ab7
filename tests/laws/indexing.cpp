// Gathering and scattering.
#include "laws.h"

namespace wick::laws {

#define CALL(...) [](const variable_list& x) { return variable_list{__VA_ARGS__}; }
#define X x[0]
#define Y x[1]
#define Z x[2]

void add_indexing() {
  const Tensor rows = tensor({2, 0, 2}), m = normal({3, 4});
  const Tensor places = tensor({{0, 3, 1}, {2, 2, 0}});
  const Tensor many = randint(0, 500, {3000});
  add("index_select", CALL(index_select(X, 0, Y))).sample({m, rows}).with_complex().with_integers().large({normal({500, 97}), many}).out_form([](Tensor& o, const variable_list& x) { index_select_out(o, X, 0, Y); });
  add("index", CALL(X.index({Y}))).sample({m, rows}).with_complex().with_integers().large({normal({500, 97}), many});
  add("index.two", CALL(X.index({Y, Z}))).sample({m, rows, tensor({1, 3, 0})}).with_complex().with_integers();
  add("index.mask", CALL(X.index({Y}))).sample({m, m > 0}).with_complex().with_integers();
  add("gather", CALL(gather(X, 1, Y))).sample({m, places}).with_complex().with_integers().out_form([](Tensor& o, const variable_list& x) { gather_out(o, X, 1, Y); });
  add("take", CALL(take(X, Y))).sample({m, tensor({0, 11, 5, 5})}).with_complex().with_integers();
  add("take_along_dim", CALL(take_along_dim(X, Y, 1))).sample({m, places.narrow(0, 0, 1).expand({3, 3})}).with_integers();
  add("masked_select", CALL(masked_select(X, Y))).sample({m, m > 0}).with_complex().with_integers();
  add("masked_fill", CALL(masked_fill(X, Y, 2))).sample({m, m > 0}).with_complex().with_integers().large({normal({500, 297}), normal({500, 297}) > 0}).in_place_form([](Tensor t, const variable_list& x) { return t.masked_fill_(Y, 2); });
  add("masked_scatter", CALL(masked_scatter(X, Y, Z))).sample({m, m > 0, normal({12})});
  add("scatter", CALL(scatter(X, 1, Y, Z))).sample({m, tensor({{0, 3, 1}, {2, 1, 0}}), normal({2, 3})}).with_complex().with_integers().in_place_form([](Tensor t, const variable_list& x) { return t.scatter_(1, Y, Z); });
  add("scatter_add", CALL(scatter_add(X, 1, Y, Z))).sample({m, places, normal({2, 3})}).with_complex().with_integers().in_place_form([](Tensor t, const variable_list& x) { return t.scatter_add_(1, Y, Z); });
  add("index_add", CALL(index_add(X, 0, Y, Z))).sample({m, rows, normal({3, 4})}).with_complex().with_integers().large({normal({500, 97}), many, normal({3000, 97})}).in_place_form([](Tensor t, const variable_list& x) { return t.index_add_(0, Y, Z); });
  add("index_copy", CALL(index_copy(X, 0, Y, Z))).sample({m, tensor({2, 0}), normal({2, 4})}).with_complex().with_integers().in_place_form([](Tensor t, const variable_list& x) { return t.index_copy_(0, Y, Z); });
  add("index_fill", CALL(index_fill(X, 0, Y, 3))).sample({m, rows}).with_integers().in_place_form([](Tensor t, const variable_list& x) { return t.index_fill_(0, Y, 3); });
  add("index_put", CALL(X.index_put({Y}, Z))).sample({m, tensor({2, 0}), normal({2, 4})}).with_complex().with_integers();
  add("index_put.accumulate", CALL(X.index_put({Y}, Z, true))).sample({m, rows, normal({3, 4})}).with_complex().with_integers();
  add("scatter_reduce.sum", CALL(scatter_reduce(X, 1, Y, Z, "sum"))).sample({m, places, normal({2, 3})});
  add("scatter_reduce.amax", CALL(scatter_reduce(X, 1, Y, Z, "amax"))).sample({distinct({3, 4}), places, distinct({2, 3}) + 0.11});
  add("scatter_reduce.mean", CALL(scatter_reduce(X, 1, Y, Z, "mean"))).sample({m, places, normal({2, 3})});
  add("embedding", CALL(embedding(X, Y))).sample({m, rows}).large({normal({500, 97}), many});
  add("nonzero", CALL(nonzero(X > 0))).sample({m}).no_derivative();
  add("searchsorted", CALL(searchsorted(X, Y))).sample({tensor({1.0, 2.0, 4.0}, kDouble), tensor({0.5, 2.0, 9.0}, kDouble)}).no_derivative();
}

}  // namespace wick::laws
