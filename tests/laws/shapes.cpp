// Views, joining, splitting, padding.
#include "laws.h"

namespace wick::laws {

#define CALL(...) [](const variable_list& x) { return variable_list{__VA_ARGS__}; }
#define X x[0]
#define Y x[1]

void add_shapes() {
  const Tensor m = normal({3, 4}), c = normal({2, 3, 4});
  const auto one = [](const char* name, Op::Call call, const Tensor& t) -> Op& { return add(name, std::move(call)).sample({t}).with_complex().with_integers(); };
  one("reshape", CALL(X.reshape({2, 6})), m);
  one("flatten", CALL(X.flatten(1)), c);
  one("unflatten", CALL(X.unflatten(1, {2, 2})), m);
  one("transpose", CALL(X.transpose(0, 1)), c);
  one("permute", CALL(X.permute({2, 0, 1})), c);
  one("squeeze", CALL(X.unsqueeze(1).squeeze()), m);
  one("expand", CALL(X.unsqueeze(0).expand({2, 3, 4})), m);
  one("repeat", CALL(X.repeat({2, 1, 3})), m);
  one("tile", CALL(X.tile({2, 2})), m);
  one("repeat_interleave", CALL(X.repeat_interleave(2, 1)), m);
  one("narrow", CALL(X.narrow(1, 1, 2)), m);
  one("select", CALL(X.select(1, -1)), m);
  one("slice", CALL(X.slice(1, 0, 4, 2)), m);
  one("diagonal", CALL(X.diagonal(1)), m);
  one("diag_embed", CALL(X.diag_embed()), m);
  one("diag", CALL(X.diag(1)), m);
  one("tril", CALL(X.tril(1)), m);
  one("triu", CALL(X.triu()), m);
  one("flip", CALL(X.flip({0, 1})), m);
  one("roll", CALL(X.roll({1, 2}, {0, 1})), m);
  one("rot90", CALL(X.rot90()), m);
  one("unfold", CALL(X.unfold(1, 2, 1)), m);
  one("movedim", CALL(X.movedim(0, 2)), c);
  one("chunk", [](const variable_list& x) { return X.chunk(2, 1); }, m);
  one("split", [](const variable_list& x) { return X.split(std::vector<int64_t>{1, 3}, 1); }, m);
  one("unbind", [](const variable_list& x) { return X.unbind(1); }, m);
  one("tensor_split", [](const variable_list& x) { return X.tensor_split(3, 1); }, m);
  one("clone", CALL(X.clone()), m);
  one("contiguous", CALL(X.t().contiguous()), m);
  one("as_strided", CALL(X.contiguous().as_strided({2, 2}, {1, 4}, 1)), m);
  one("constant_pad", CALL(constant_pad_nd(X, {1, 2}, 0)), m);
  one("broadcast_to", CALL(X.broadcast_to({2, 3, 4})), m);
  add("cat", CALL(cat({X, Y}, 1))).sample({normal({3, 2}), normal({3, 4})}).with_complex().with_integers().large({normal({500, 200}), normal({500, 133})}).out_form([](Tensor& o, const variable_list& x) { cat_out(o, {X, Y}, 1); });
  add("stack", CALL(stack({X, Y}, 1))).sample({normal({3, 2}), normal({3, 2})}).with_complex().with_integers().large({normal({300, 233}), normal({300, 233})});
  add("hstack", CALL(hstack({X, Y}))).sample({normal({3, 2}), normal({3, 1})}).with_integers();
  add("block_diag", CALL(block_diag({X, Y}))).sample({normal({3, 2}), normal({2, 1})}).with_integers();
  add("cartesian_prod", CALL(cartesian_prod({X, Y}))).sample({normal({3}), normal({2})});
  add("meshgrid", [](const variable_list& x) { return meshgrid({X, Y}, "ij"); }).sample({normal({3}), normal({2})});
  add("slice_scatter", CALL(slice_scatter(X, Y, 1, 1, 3))).sample({normal({3, 4}), normal({3, 2})}).with_complex();
  add("select_scatter", CALL(select_scatter(X, Y, 1, 2))).sample({normal({3, 4}), normal({3})}).with_complex();
  add("diagonal_scatter", CALL(diagonal_scatter(X, Y))).sample({normal({3, 4}), normal({3})});
  add("reflection_pad2d", CALL(reflection_pad2d(X, {1, 2, 1, 0}))).sample({normal({1, 2, 3, 4})});
  add("replication_pad2d", CALL(replication_pad2d(X, {1, 2, 1, 0}))).sample({normal({1, 2, 3, 4})});
  add("pixel_shuffle", CALL(pixel_shuffle(X, 2))).sample({normal({1, 4, 2, 3})});
  add("im2col", CALL(im2col(X, {2, 2}, {1, 1}, {1, 0}, {1, 1}))).sample({normal({2, 2, 3, 4})}).floats_only();
  add("complex", CALL(complex(X, Y))).sample({normal({3}), normal({3})}).floats_only();
  add("real.view", CALL(view_as_real(complex(X, Y)))).sample({normal({3}), normal({3})}).floats_only();
  add("polar", CALL(polar(X, Y))).sample({uniform({3}, 0.5, 2), normal({3})}).floats_only();
}

}  // namespace wick::laws
