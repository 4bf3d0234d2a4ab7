// Op table: matmul, part 2.
#include "harness.h"

namespace {

AREA("matmul")

static torch::Tensor D(at::IntArrayRef sz) { return torch::randn(sz, torch::kDouble); }

CASE("einsum.bmm", torch::einsum("bij,bjk->bik", {torch::stack({a, b}), torch::stack({c, c})}))
CASE("einsum.ell", torch::einsum("...ij,...jk->...ik", {torch::stack({a, b}), c}))
CASE("einsum.3", torch::einsum("ij,jk,kl->il", {a, c, c.t()}))
CASE("einsum.had", torch::einsum("ij,ij->ij", {a, b}))
CASE("einsum.spaces", torch::einsum(" i j , j k -> i k ", {a, c}))
CASE("einsum.upper", torch::einsum("aB,Bc->ac", {a, c}))
CASE_GRAD("einsum.grad", torch::einsum("ij,jk,il->kl", {p, w, q}))
CASE_ERROR("err.einsum.dim", torch::einsum("ij,jk->ik", {a, b}))
CASE_ERROR("err.einsum.sub", torch::einsum("ijk->i", {a}))
CASE_ERROR("err.einsum.out", torch::einsum("ij->k", {a}))
CASE("tensordot", torch::tensordot(a, b, {0, 1}, {0, 1}))
CASE("tensordot.1", torch::tensordot(a, c, {1}, {0}))
CASE_GRAD("tensordot.grad", torch::tensordot(p, q, {0}, {0}))
CASE_ERROR("err.tensordot", torch::tensordot(a, c, {0}, {0}))
CASE("kron", torch::kron(torch::eye(2), a))
CASE("kron.1d", torch::kron(torch::arange(3), torch::arange(2)))
CASE_GRAD("kron.grad", torch::kron(p, q))
CASE("cross", torch::cross(a.slice(1, 0, 3), b.slice(1, 0, 3), 1))
CASE("cross.default", torch::cross(a, b))
CASE("linalg.cross", torch::linalg_cross(torch::tensor({1.0, 0.0, 0.0}), torch::tensor({0.0, 1.0, 0.0})))
CASE_GRAD("cross.grad", torch::cross(p, q, 0))
CASE_ERROR("err.cross", torch::linalg_cross(a, b))
CASE("chain_matmul", torch::chain_matmul({a, c, c.t()}))
CASE("multi_dot", torch::linalg_multi_dot({a, c, c.t()}))
CASE("matrix_power", torch::matrix_power(sq, 3))
CASE("matrix_power.neg", torch::linalg_matrix_power(spd, -2))
CASE("matrix_power.0", torch::linalg_matrix_power(sq, 0))
CASE("trapz.mm", torch::mm(a.slice(1, 0, 4, 2), b.slice(1, 0, 4, 2).t()))
CASE("block.mm", torch::mm(big.slice(0, 0, 64, 2), big.slice(0, 1, 64, 2).t()).sum(1))
CASE("expand.mm", torch::mm(torch::ones({1, 4}).expand({3, 4}), c))
CASE("vecdot", torch::linalg_vecdot(a, b))

}  // namespace
