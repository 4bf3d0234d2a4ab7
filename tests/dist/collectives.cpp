// Every operation against what it must give, for every dtype.
#include "check.h"

using namespace wick;

namespace {

constexpr ScalarType kTypes[] = {kByte, kChar, kShort, kInt, kLong, kHalf, kBFloat16, kFloat, kDouble, kComplexFloat, kComplexDouble, kBool};
int me, n;
int64_t many = 7;  // elements

// Small numbers, different in each place and on each rank; exact in every type.
Tensor values(int rank, ScalarType t) { return t == kBool ? (arange(many).add(rank) % 3 == 0) : (arange(many).add(rank) % 5 + 1).to(t); }

void check_equal(const char* what, const Tensor& got, const Tensor& want) {
  CHECK(got.scalar_type() == want.scalar_type() && got.sizes() == want.sizes() && equal(got, want), what, " ", got.scalar_type(), "\n", got.slice(0, 0, 10), "\nexpected\n", want.slice(0, 0, 10));
}
Tensor reduced(distributed::ReduceOp op, ScalarType t) {
  Tensor r = values(0, t);
  const bool truth = t == kBool;
  for (int i = 1; i < n; ++i) {
    const Tensor v = values(i, t);
    switch (op) {
      case distributed::ReduceOp::SUM: case distributed::ReduceOp::AVG: r = truth ? r | v : r + v; break;
      case distributed::ReduceOp::PRODUCT: r = truth ? r & v : r * v; break;
      case distributed::ReduceOp::MIN: r = truth ? r & v : minimum(r, v); break;
      case distributed::ReduceOp::MAX: r = truth ? r | v : maximum(r, v); break;
    }
  }
  if (op == distributed::ReduceOp::AVG) r = is_integral_type(t, false) ? div(r, n, "trunc") : r / n;
  return r.to(t);
}

void reductions(ScalarType t) {
  for (const auto op : {distributed::ReduceOp::SUM, distributed::ReduceOp::AVG, distributed::ReduceOp::PRODUCT, distributed::ReduceOp::MIN, distributed::ReduceOp::MAX}) {
    const bool ordered = op == distributed::ReduceOp::MIN || op == distributed::ReduceOp::MAX;
    Tensor x = values(me, t);
    if ((is_complex_type(t) && ordered) || (t == kBool && op == distributed::ReduceOp::AVG)) {
      CHECK(has(error_of<TypeError>([&] { distributed::all_reduce(x, op); }), "all_reduce: "));
      continue;
    }
    distributed::all_reduce(x, op);
    check_equal("all_reduce", x, reduced(op, t));
    // Several at once: parts of all sizes, one in strides, one empty.
    std::vector<Tensor> xs{values(me, t).slice(0, 0, 3), empty({0}, t), values(me, t), stack({values(me, t), values(me, t)}).t()};
    distributed::all_reduce_coalesced(xs, op);
    for (size_t i : {size_t{0}, size_t{2}}) check_equal("all_reduce_coalesced", xs[i], reduced(op, t).slice(0, 0, xs[i].size(0)));
    check_equal("all_reduce_coalesced", xs[3], stack({reduced(op, t), reduced(op, t)}).t());
    x = values(me, t);
    distributed::reduce(x, n - 1, op);
    check_equal("reduce", x, me == n - 1 ? reduced(op, t) : values(me, t));
    // Part r of every rank is its values times one (the same numbers), so that each gets the reduction.
    std::vector<Tensor> parts;
    for (int r = 0; r < n; ++r) parts.push_back(values(me, t));
    Tensor out = zeros({many}, t);
    distributed::reduce_scatter(out, parts, op);
    check_equal("reduce_scatter", out, reduced(op, t));
  }
}
void moves(ScalarType t) {
  Tensor x = values(me, t);
  distributed::broadcast(x, 1);
  check_equal("broadcast", x, values(1, t));
  std::vector<Tensor> all;
  for (int r = 0; r < n; ++r) all.push_back(zeros({many}, t));
  distributed::all_gather(all, values(me, t));
  for (int r = 0; r < n; ++r) check_equal("all_gather", all[r], values(r, t));
  Tensor flat = zeros({many * n}, t);
  distributed::all_gather_into_tensor(flat, values(me, t));
  check_equal("all_gather_into_tensor", flat, cat(all));
  for (auto& a : all) a = zeros({many}, t);
  distributed::gather(values(me, t), me == 1 ? all : std::vector<Tensor>(), 1);
  for (int r = 0; r < n; ++r) check_equal("gather", all[r], me == 1 ? values(r, t) : zeros({many}, t));
  std::vector<Tensor> parts;
  for (int r = 0; r < n; ++r) parts.push_back(values(10 * me + r, t));
  distributed::scatter(x, me == 0 ? parts : std::vector<Tensor>(), 0);
  check_equal("scatter", x, values(me, t));
  std::vector<Tensor> got(all.size());
  for (auto& g : got) g = zeros({many}, t);
  distributed::all_to_all(got, parts);
  for (int r = 0; r < n; ++r) check_equal("all_to_all", got[r], values(10 * r + me, t));
  flat.zero_();
  distributed::all_to_all_single(flat, cat(parts));
  check_equal("all_to_all_single", flat, cat(got));
}

}  // namespace

void collectives(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  for (const ScalarType t : kTypes) {
    reductions(t);
    moves(t);
  }
  many = 300001;  // more than goes through at once
  for (const ScalarType t : {kByte, kBFloat16, kFloat, kComplexDouble}) {
    reductions(t);
    moves(t);
  }
  // Each part of reduce_scatter goes to its own rank.
  Tensor mine = zeros({2});
  distributed::reduce_scatter_tensor(mine, arange(2 * n).to(kFloat).mul(me + 1));
  check_equal("reduce_scatter_tensor", mine, arange(2 * me, 2 * me + 2).to(kFloat).mul(n * (n + 1) / 2));

  // Any strides, no elements, one element, many.
  Tensor t = ones({3, 4}).mul(me).t();
  distributed::all_reduce(t);
  check_equal("transposed", t, full({4, 3}, n * (n - 1) / 2.0f));
  Tensor every = zeros({10});
  distributed::all_reduce(every.slice(0, 0, 10, 3).add_(1));
  check_equal("strided", every, tensor({n, 0, 0, n, 0, 0, n, 0, 0, n}).to(kFloat));
  distributed::all_reduce(empty({0, 3}));
  Tensor scalar = tensor(me + 1.5);
  distributed::all_reduce(scalar, distributed::ReduceOp::MAX);
  CHECK(scalar.item<double>() == n + 0.5, scalar);
  Tensor big = full({3000001}, me + 1.0f);
  distributed::all_reduce(big, distributed::ReduceOp::AVG);
  CHECK(big.min().item<float>() == (n + 1) / 2.0f && big.max().item<float>() == (n + 1) / 2.0f);
  // A change is seen by backward.
  Tensor w = ones({2}, TensorOptions().requires_grad(true)), y = w.exp();
  const Tensor loss = y.sum();
  distributed::all_reduce(y);
  CHECK(has(error_of<Error>([&] { loss.backward(); y.sum().backward(); }), "modified by an inplace operation"));

  // Many under way at once end in order, and mix with others.
  std::vector<Tensor> xs;
  std::vector<std::shared_ptr<distributed::Work>> works;
  for (int i = 0; i < 50; ++i) {
    xs.push_back(full({1000}, static_cast<float>(i + me)));
    works.push_back(distributed::all_reduce(xs.back(), distributed::ReduceOp::SUM, nullptr, true));
  }
  distributed::barrier();
  for (int i = 0; i < 50; ++i) {
    CHECK(works[i]->is_completed() && works[i]->wait() && works[i]->is_success());
    CHECK(xs[i].min().item<float>() == i * n + n * (n - 1) / 2 && xs[i].max().item<float>() == xs[i].min().item<float>(), i);
  }

  // Messages: both ways at once, large ones too, and by tag.
  const int next = (me + 1) % n, before = (me + n - 1) % n;
  Tensor out = full({300000}, static_cast<float>(me)), in = zeros({300000}), small = zeros({2}, kLong);
  auto r1 = distributed::irecv(small, before, nullptr, 7), r2 = distributed::irecv(in, before, nullptr, 3);
  auto s1 = distributed::isend(out, next, nullptr, 3), s2 = distributed::isend(tensor({int64_t{5}, int64_t{me}}), next, nullptr, 7);
  for (auto& w2 : {r1, r2, s1, s2}) w2->wait();
  check_equal("irecv", in, full({300000}, static_cast<float>(before)));
  check_equal("irecv", small, tensor({int64_t{5}, int64_t{before}}));
  if (me == 0) distributed::send(tensor({1.0, 2.0}).to(kDouble), 1);
  if (me == 1) {
    Tensor x = zeros({2}, kDouble);
    distributed::recv(x, 0);
    check_equal("recv", x, tensor({1.0, 2.0}).to(kDouble));
  }

  CHECK(has(error_of<ValueError>([&] { distributed::broadcast(in, n); }), wick::str("rank ", n, " is not in the group of ", n)));
  CHECK(has(error_of<ValueError>([&] { distributed::all_gather({in}, in); }), wick::str("expected a list of ", n)));
  CHECK(has(error_of<TypeError>([&] { distributed::all_reduce(ones({2, 2}).to_sparse()); }), "dense"));
  CHECK(has(error_of<ValueError>([&] { distributed::isend(in, me); }), "itself"));
  distributed::destroy_process_group();
  CHECK(!distributed::is_initialized());
  CHECK(has(error_of<DistError>([&] { distributed::all_reduce(in); }), "call distributed::init_process_group first"));
}

void groups(const std::string& engine) {
  const auto world = distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  CHECK(world->backend() == engine && world->size() == n);
  CHECK(has(error_of<DistError>([&] { distributed::init_process_group(engine); }), "started before"));
  const auto last = distributed::new_group({n - 1}), pair = distributed::new_group({n - 1, 0}), all = distributed::new_group(world->ranks());
  CHECK((last != nullptr) == (me == n - 1));
  CHECK((pair != nullptr) == (me == 0 || me == n - 1));
  Tensor x = full({5}, me + 1.0f);
  if (pair) {
    CHECK(distributed::get_rank(pair) == (me == 0 ? 0 : 1) && distributed::get_world_size(pair) == 2);
    distributed::all_reduce(x, distributed::ReduceOp::SUM, pair);
    check_equal("pair", x, full({5}, n + 1.0f));
  }
  if (last) distributed::all_reduce(x, distributed::ReduceOp::PRODUCT, last);
  // Two groups at once, on their own threads.
  Tensor a = ones({100000}), b = ones({100000});
  const auto wa = distributed::all_reduce(a, distributed::ReduceOp::SUM, nullptr, true), wb = distributed::all_reduce(b, distributed::ReduceOp::SUM, all, true);
  wb->wait();
  wa->wait();
  check_equal("two groups", a + b, full({100000}, 2.0f * n));
  CHECK(has(error_of<ValueError>([&] { distributed::new_group({0, n}); }), "new_group: expected different ranks"));
  distributed::destroy_process_group();
}
