// Matrix products and linear algebra.
#include "laws.h"

namespace wick::laws {
namespace {

#define CALL(expression) [](const variable_list& x) { return variable_list{expression}; }
#define X x[0]
#define Y x[1]
#define Z x[2]

Tensor positive_definite(IntArrayRef batch, int64_t n) {
  std::vector<int64_t> sizes = batch.vec();
  sizes.push_back(n);
  sizes.push_back(n);
  const Tensor a = normal(sizes);
  return a.matmul(a.mT()) + 3 * eye(n, kDouble);
}
Tensor symmetric(const Tensor& a) { return (a + a.mT()) / 2; }

void add_products() {
  add("mm", CALL(mm(X, Y))).sample({normal({3, 4}), normal({4, 2})}).sample({normal({1, 4}), normal({4, 1})}).large({normal({150, 170}), normal({170, 130})}).with_complex().with_integers()
      .out_form([](Tensor& o, const variable_list& x) { mm_out(o, X, Y); });
  add("mv", CALL(mv(X, Y))).sample({normal({3, 4}), normal({4})}).large({normal({900, 310}), normal({310})}).with_complex().with_integers();
  add("dot", CALL(dot(X, Y))).sample({normal({5}), normal({5})}).large({normal({70001}), normal({70001})}).with_integers();
  add("outer", CALL(outer(X, Y))).sample({normal({3}), normal({4})}).large({normal({300}), normal({400})}).with_complex().with_integers();
  add("bmm", CALL(bmm(X, Y))).sample({normal({2, 3, 4}), normal({2, 4, 2})}).large({normal({40, 33, 45}), normal({40, 45, 37})}).with_complex().with_integers()
      .out_form([](Tensor& o, const variable_list& x) { bmm_out(o, X, Y); });
  for (auto& [name, a, b] : std::vector<std::tuple<const char*, Tensor, Tensor>>{{"matmul.22", normal({3, 4}), normal({4, 2})}, {"matmul.12", normal({4}), normal({4, 2})}, {"matmul.21", normal({3, 4}), normal({4})},
           {"matmul.11", normal({4}), normal({4})}, {"matmul.32", normal({2, 3, 4}), normal({4, 2})}, {"matmul.23", normal({3, 4}), normal({2, 4, 2})}, {"matmul.broadcast", normal({2, 1, 3, 4}), normal({3, 4, 2})}, {"matmul.13", normal({4}), normal({2, 4, 2})}})
    add(name, CALL(matmul(X, Y))).sample({a, b}).with_complex().with_integers();
  add("addmm", CALL(addmm(X, Y, Z, 0.5, 0.7))).sample({normal({3, 2}), normal({3, 4}), normal({4, 2})}).sample({normal({2}), normal({3, 4}), normal({4, 2})}).large({normal({130}), normal({150, 170}), normal({170, 130})})
      .out_form([](Tensor& o, const variable_list& x) { addmm_out(o, X, Y, Z, 0.5, 0.7); });
  add("addmv", CALL(addmv(X, Y, Z))).sample({normal({3}), normal({3, 4}), normal({4})});
  add("addr", CALL(addr(X, Y, Z))).sample({normal({3, 4}), normal({3}), normal({4})});
  add("baddbmm", CALL(baddbmm(X, Y, Z, 0.5, 0.7))).sample({normal({2, 3, 2}), normal({2, 3, 4}), normal({2, 4, 2})});
  add("addbmm", CALL(addbmm(X, Y, Z))).sample({normal({3, 2}), normal({2, 3, 4}), normal({2, 4, 2})});
  add("linear", CALL(linear(X, Y, Z))).sample({normal({3, 4}), normal({5, 4}), normal({5})}).sample({normal({2, 3, 4}), normal({5, 4}), normal({5})}).large({normal({300, 120}), normal({90, 120}), normal({90})});
  add("bilinear", CALL(bilinear(X, Y, Z))).sample({normal({3, 4}), normal({3, 5}), normal({2, 4, 5})});
  add("einsum", CALL(einsum("bij,bjk->bik", {X, Y}))).sample({normal({2, 3, 4}), normal({2, 4, 2})}).with_complex();
  add("einsum.ii", CALL(einsum("ii->i", {X}))).sample({normal({4, 4})});
  add("tensordot", CALL(tensordot(X, Y, {1}, {0}))).sample({normal({3, 4}), normal({4, 2})}).with_complex();
  add("kron", CALL(kron(X, Y))).sample({normal({2, 3}), normal({3, 2})}).with_complex();
  add("inner", CALL(inner(X, Y))).sample({normal({2, 3}), normal({4, 3})}).with_complex();
  add("cdist", CALL(cdist(X, Y))).sample({normal({3, 4}), normal({2, 4})}).floats_only().first_order();
  add("cross", CALL(cross(X, Y, -1))).sample({normal({2, 3}), normal({2, 3})}).with_complex();
}

void add_factorisations() {
  const Tensor a = positive_definite({2}, 3);
  add("det", CALL(det(X))).sample({positive_definite({}, 3)}).sample({a}).floats_only().with_complex();
  add("logdet", CALL(logdet(X))).sample({positive_definite({}, 3)}).floats_only();
  add("inverse", CALL(inverse(X))).sample({a}).floats_only().with_complex();
  add("cholesky", CALL(linalg_cholesky(symmetric(X)))).sample({a}).floats_only();
  add("solve", CALL(linalg_solve(X, Y))).sample({a, normal({2, 3, 2})}).floats_only();
  add("eigvalsh", CALL(linalg_eigvalsh(symmetric(X)))).sample({a}).floats_only();
  add("svdvals", CALL(linalg_svdvals(X))).sample({normal({3, 4})}).floats_only();
  add("qr.r", [](const variable_list& x) { return variable_list{std::get<1>(linalg_qr(X))}; }).sample({positive_definite({}, 3)}).floats_only();
  add("matrix_exp", CALL(matrix_exp(X * 0.3))).sample({normal({3, 3})}).floats_only();
  add("matrix_power", CALL(matrix_power(X, 3))).sample({normal({3, 3})}).floats_only();
  add("pinverse", CALL(pinverse(X))).sample({normal({4, 3})}).floats_only().first_order();
  add("vector_norm", CALL(linalg_vector_norm(X, 3))).sample({normal({3, 4})}).floats_only();
  add("triangular_solve", CALL(linalg_solve_triangular(X.triu(), Y, true))).sample({positive_definite({}, 3), normal({3, 2})}).floats_only();
}

}  // namespace

void add_matrices() {
  add_products();
  add_factorisations();
}

}  // namespace wick::laws
