// Op table: indexing, part 2.
#include "harness.h"

namespace {

AREA("indexing")

CASE_ERROR("err.op.0d", s[0])
CASE_ERROR("err.op.float", a[c10::Scalar(1.5)])
CASE("op.assign", [] {
  a[0] = 7; a[1][1] = -3.5; a[2] = b[0]; return a;
})
CASE("op.assign.bcast", [] {
  a[0] = torch::tensor(4.0); return a;
})
CASE("op.compound", [] {
  a[0] += 1; a[1] *= b[1]; a[2][0] -= 5; return a;
})
CASE("op.assign.handle", [] {
  auto t = a[0]; t = b[0]; return a;
})
CASE("put.int", a.index_put_({1}, 5))
CASE("put.int2", a.index_put_({1, 2}, 5.5))
CASE("put.slice", a.index_put_({Slice(0, 2)}, 0))
CASE("put.slice.t", a.index_put_({Slice(0, 2)}, b.index({Slice(1, 3)})))
CASE("put.slice.bcast", a.index_put_({Slice(), 1}, torch::tensor({1.0, 2.0, 3.0})))
CASE("put.bcast.row", a.index_put_({Slice()}, torch::tensor({1.0, 2.0, 3.0, 4.0})))
CASE("put.ell", img.index_put_({Ellipsis, 0}, 1.0).sum())
CASE("put.none", a.index_put_({None, 0}, 3.0))
CASE("put.true", a.index_put_({true}, 3.0))
CASE("put.false", a.index_put_({false}, 3.0))
CASE("put.mask", a.index_put_({m}, 0))
CASE("put.mask.t", a.index_put_({m}, torch::arange(12.0).index({m.view({12})})))
CASE("put.mask.scalar_t", a.index_put_({m}, s))
CASE("put.t", a.index_put_({j}, b))
CASE("put.t.scalar", a.index_put_({torch::tensor({0, 2})}, -1))
CASE("put.t.pair", a.index_put_({torch::tensor({0, 1}), torch::tensor({2, 3})}, torch::tensor({8.0, 9.0})))
CASE("put.t.slice", a.index_put_({Slice(), torch::tensor({0, 3})}, 0.0))
CASE("put.acc", torch::zeros({4}).index_put_({torch::tensor({1, 1, 3})}, torch::tensor({1.0, 2.0, 3.0}), true))
CASE("put.acc2", a.index_put({torch::tensor({0, 0}), torch::tensor({1, 1})}, torch::ones({2}), true))
CASE_ERROR("err.put.shape", a.index_put_({Slice(0, 2)}, torch::ones({3})))
CASE_ERROR("err.put.range", a.index_put_({torch::tensor({7})}, 1.0))
CASE_ERROR("err.put.dtype", a.index_put_({j}, torch::ones({3, 4}, torch::kDouble)))
CASE("put.slice.dtype", i.index_put_({0}, torch::tensor({1.9, -1.9, 2.5, 3.5})))
CASE("put.int.trunc", i.index_put_({0, 0}, 3.7))
CASE("put.bool", m.index_put_({0}, true))
CASE("put.half", hf.index_put_({Slice(), 0}, 0.1))
CASE_GRAD("put.grad", [] {
  auto t = p.clone(); t.index_put_({1}, q.index({0})); t.index_put_({Slice(), 2}, 0); return t;
})
CASE_GRAD("put.grad.acc", [] {
  auto t = p * 1; t.index_put_({torch::tensor({0, 0, 1})}, q, true); return t;
})
CASE_GRAD("put.grad.mask", (p * 1).index_put_({p > 0}, q.sum()))
CASE("put.self.overlap", [] {
  a.index_put_({Slice(1, 3)}, a.index({Slice(0, 2)}).clone()); return a;
})
CASE("put.0d", s.index_put_({Ellipsis}, 4.0))
CASE("put.noncontig", a.t().index_put_({0}, torch::tensor({1.0, 2.0, 3.0})))
CASE("put_", a.put_(torch::tensor({0, 5, 11}), torch::tensor({1.0, 2.0, 3.0})))
CASE("put_.acc", a.put_(torch::tensor({0, 0}), torch::tensor({1.0, 2.0}), true))
CASE("put.oop", torch::put(a, torch::tensor({0}), torch::tensor({1.0})))
CASE("take", torch::take(a, torch::tensor({0, 5, -1})))
CASE("take.2d", a.take(torch::tensor({{0, 1}, {2, 3}})))
CASE_GRAD("take.grad", p.take(torch::tensor({0, 0, 7})))
CASE_ERROR("err.take", a.take(torch::tensor({12})))
CASE("take_along_dim", torch::take_along_dim(a, a.argsort(1, false), 1))
CASE("accessor", [] {
  auto x = a.accessor<float, 2>();
  double r = 0;
  for (int64_t k = 0; k < x.size(0); ++k) for (int64_t l = 0; l < x.size(1); ++l) r += x[k][l] * (k + 2 * l);
  return r;
})
CASE("accessor.write", [] {
  auto x = a.accessor<float, 2>(); x[1][2] = 9; x[0][0] = -1; return a;
})
CASE("accessor.row", [] {
  auto x = a.accessor<float, 2>();
  auto y = x[1];
  return std::make_tuple((double)y[2], (int64_t)y.size(0), (int64_t)y.stride(0));
})
CASE("accessor.strides", [] {
  auto t = a.t();
  auto x = t.accessor<float, 2>();
  return std::make_tuple((int64_t)x.stride(0), (int64_t)x.stride(1), (double)x[3][1], x.sizes().vec(), x.strides().vec());
})
CASE("accessor.int", [] {
  auto x = j.accessor<int64_t, 1>(); int64_t r = 0; for (int64_t k = 0; k < 3; ++k) r = r * 10 + x[k]; return r;
})
CASE("accessor.bool", [] {
  auto x = m.accessor<bool, 2>(); int r = 0; for (int k = 0; k < 3; ++k) r += x[k][k]; return r;
})
CASE("accessor.half", [] {
  auto x = hf.accessor<c10::Half, 2>(); return (double)static_cast<float>(x[1][1]);
})
CASE("accessor.data", [] {
  auto x = a.accessor<float, 2>(); return x.data() == a.data_ptr<float>();
})
CASE("accessor.4d", [] {
  auto x = img.accessor<float, 4>(); return (double)x[1][2][3][4];
})
CASE("packed", [] {
  auto x = a.packed_accessor64<float, 2>(); return (double)x[2][3];
})
CASE_ERROR("err.accessor.dim", a.accessor<float, 3>().size(0))
CASE_ERROR("err.accessor.type", a.accessor<double, 2>().size(0))
CASE_ERROR("err.data_ptr.type", (int64_t)(*a.data_ptr<double>()))
CASE("tindex.print", [] {
  std::ostringstream o;
  o << torch::indexing::TensorIndex(Slice(1, 5, 2)) << " " << torch::indexing::TensorIndex(None) << " " << torch::indexing::TensorIndex(Ellipsis) << " " << torch::indexing::TensorIndex(3) << " " << torch::indexing::TensorIndex(true);
  return o.str();
})
CASE("tindex.print.vec", [] {
  std::ostringstream o; std::vector<torch::indexing::TensorIndex> x{1, Slice(), None, "..."}; o << x; return o.str();
})
CASE("tindex.query",
     std::make_tuple(torch::indexing::TensorIndex(None).is_none(), torch::indexing::TensorIndex("...").is_ellipsis(), torch::indexing::TensorIndex(3).is_integer(), torch::indexing::TensorIndex(true).is_boolean(), torch::indexing::TensorIndex(Slice()).is_slice(), torch::indexing::TensorIndex(j).is_tensor()))
CASE("slice.query",
     std::make_tuple(Slice(1, 5, 2).start().expect_int(), Slice(1, 5, 2).stop().expect_int(), Slice(1, 5, 2).step().expect_int()))
CASE("slice.print", [] {
  std::ostringstream o;
  o << Slice() << Slice(1) << Slice(1, 2) << Slice(None, 2) << Slice(None, None, 3);
  return o.str();
})
CASE("argwhere", torch::argwhere(m))
CASE("nonzero.idx", a.index({torch::nonzero(m).select(1, 0)}).sizes().vec())
CASE("loop.rows", [] {
  double r = 0; for (int64_t k = 0; k < a.size(0); ++k) r += a[k].sum().item<double>() * k; return r;
})
CASE("copy.sub", [] {
  a.select(0, 0).copy_(b.select(0, 1)); a.slice(0, 1, 2).copy_(torch::zeros({1, 1})); return a;
})
CASE("index.empty.t", e.index({Slice(), 1}).sizes().vec())
CASE("index.neg.cx", cx.index({1, Slice(None, None, 2)}))

}  // namespace
