// Graphs that are not plain: unused, shared and frozen parameters, checkpoints, several forwards, mixed dtypes; gradients as views or not; memory.
#include "ddp.h"

using namespace ddp;
using nn::parallel::DistributedDataParallel;
using nn::parallel::DistributedDataParallelOptions;

namespace {

struct PartsImpl : nn::Module {
  nn::Linear a{reg("a", nn::Linear(8, 8))}, b{reg("b", nn::Linear(8, 8))}, spare{reg("spare", nn::Linear(8, 8))};
  // 0: all; 1: without spare; 2: checkpoints that share a; 3: a more often.
  Tensor forward(const Tensor& x, int way = 0) {
    if (way == 1) return b(tanh(a(x)));
    if (way == 3) return b(tanh(a(tanh(a(x))))) + spare(x);
    if (way == 2) {
      const auto part = [this](const Tensor& t) { return tanh(a(t)); };
      return b(autograd::checkpoint(part, autograd::checkpoint(part, x.clone().requires_grad_()))) + spare(x);
    }
    return b(tanh(a(x))) + spare(x);
  }
};
WICK_MODULE(Parts);

Tensor whole(int step) { return batch(4 * n, static_cast<uint64_t>(step)); }
Tensor share(int step) { return whole(step).narrow(0, 4 * me, 4); }

// Some passes with the same way, against one process.
void check_way(int way, const DistributedDataParallelOptions& options, const std::function<void(Parts&, DistributedDataParallel<Parts>*, int)>& pass) {
  manual_seed(1);
  Parts single;
  manual_seed(1);
  Parts net;
  DistributedDataParallel<Parts> model(net, options);
  optim::SGD o1(single->parameters(), optim::SGDOptions(0.1)), o2(net->parameters(), optim::SGDOptions(0.1));
  for (int step = 0; step < 4; ++step) {
    o1.zero_grad();
    o2.zero_grad();
    pass(single, nullptr, step);
    pass(net, &model, step);
    for (size_t i = 0; i < 6; ++i) {
      const Tensor g = single->parameters()[i].grad(), h = net->parameters()[i].grad();
      CHECK(g.defined() == h.defined(), "way ", way, " step ", step, " parameter ", i);
      if (g.defined() && h.defined()) CHECK((g - h).abs().max().item<double>() <= 1e-6, "way ", way, " step ", step, " parameter ", i, ": ", (g - h).abs().max());
    }
    o1.step();
    o2.step();
  }
  check_bits_equal(*net);
}
void check_way(int way, const DistributedDataParallelOptions& options) {
  check_way(way, options, [&](Parts& net, auto* model, int step) { loss_of(model ? (*model)(share(step), way) : net->forward(whole(step), way)).backward(); });
}

void ways() {
  DistributedDataParallelOptions plain, many;
  many.first_bucket_mb(0.0001).bucket_cap_mb(0.0003);
  for (const bool views : {true, false})
    for (DistributedDataParallelOptions o : {plain, many}) {
      o.gradient_as_bucket_view(views);
      check_way(0, o);
      check_way(3, o);
      check_way(1, DistributedDataParallelOptions(o).find_unused_parameters(true));
      o.static_graph(true);
      for (const int way : {0, 1, 2, 3}) check_way(way, o);
      // Two forwards, then one backward; two backwards through one forward.
      o.static_graph(false);
      check_way(0, o, [&](Parts& net, auto* model, int step) {
        const auto run = [&](int s) { return loss_of(model ? (*model)(share(s)) : net->forward(whole(s))); };
        const Tensor first = run(step), second = run(step + 7);
        (first + second).backward();
      });
      check_way(0, o, [&](Parts& net, auto* model, int step) {
        const Tensor loss = loss_of(model ? (*model)(share(step)) : net->forward(whole(step)));
        loss.backward({}, true);
        loss.backward();
      });
    }
  // A static graph overlaps from the second pass on.
  Parts net;
  DistributedDataParallel<Parts> model(net, many.static_graph(true));
  loss_of(model(share(0), 2)).backward();
  CHECK(model.reducer().sent_during_backward() == 0);
  loss_of(model(share(1), 2)).backward();
  CHECK(model.reducer().sent_during_backward() == static_cast<int64_t>(model.reducer().bucket_sizes().size()), model.reducer().sent_during_backward());
  std::string what = error_of<Error>([&] { loss_of(model(share(2), 1)).backward(); });
  CHECK(has(what, "other parameters than in the first pass, which static_graph(true) excludes: a.weight, a.bias, spare.weight, spare.bias"), what);
  // Without it, shared checkpoints are told apart from what can be averaged.
  Parts other;
  DistributedDataParallel<Parts> dynamic(other);
  what = error_of<Error>([&] { loss_of(dynamic(share(2), 2)).backward(); });
  CHECK(has(what, "came 2 times, as it does when checkpointed parts share the parameter; use static_graph(true)"), what);
  other->zero_grad();
  loss_of(dynamic(share(2))).backward();  // and the model can go on
  for (const Tensor& p : other->parameters()) check_bits_equal("gradient", p.grad());
}

// Frozen later; thawed later; nothing to average; shared tensors; mixed dtypes.
void parameters() {
  {
    manual_seed(1);
    Parts net;
    DistributedDataParallel<Parts> model(net);
    optim::SGD o(net->parameters(), optim::SGDOptions(0.1).weight_decay(0.1));
    for (int step = 0; step < 4; ++step) {
      if (step == 1) for (Tensor& p : net->a->parameters()) p.set_requires_grad(false), p.mutable_grad() = Tensor();
      const Tensor before = net->a->weight.detach().clone();
      loss_of(model(share(step))).backward();
      o.step();
      o.zero_grad();
      CHECK(equal(before, net->a->weight.detach()) == (step > 0), step);
    }
    check_bits_equal(*net);
    net->a->weight.set_requires_grad(true);
    loss_of(model(share(9))).backward();
    check_bits_equal("gradient", net->a->weight.grad());
  }
  {
    Parts net;
    net->spare->weight.set_requires_grad(false);
    DistributedDataParallel<Parts> model(net);
    loss_of(model(share(0))).backward();
    net->spare->weight.set_requires_grad(true);
    const std::string what = error_of<Error>([&] { model(share(0)); });
    CHECK(has(what, "spare.weight requires grad now and did not when the model was wrapped"), what);
    for (Tensor& p : net->parameters()) p.set_requires_grad(false);
    CHECK(has(error_of<Error>([&] { DistributedDataParallel<Parts> none(net); }), "no parameter of the module requires grad"));
  }
  struct MixedImpl : nn::Module {
    nn::Linear a{reg("a", nn::Linear(8, 8))}, b{reg("b", nn::Linear(8, 8))}, c{reg("c", nn::Linear(8, 8))};
    Tensor forward(const Tensor& x) {
      const Tensor y = tanh(a(x)), z = b(y.to(kDouble)).to(kFloat);
      return c(z) + linear(x, c->weight);  // c.weight twice
    }
  };
  manual_seed(1);
  auto single = std::make_shared<MixedImpl>(), net = std::make_shared<MixedImpl>();
  for (const auto& m : {single, net}) m->b->to(kDouble);
  for (size_t i = 0; i < 6; ++i) {
    NoGradGuard off;
    net->parameters()[i].copy_(single->parameters()[i]);
  }
  DistributedDataParallel<std::shared_ptr<MixedImpl>> model(net);
  for (int step = 0; step < 3; ++step) {
    single->zero_grad();
    net->zero_grad();
    loss_of(single->forward(whole(step))).backward();
    loss_of(model(share(step))).backward();
    for (size_t i = 0; i < 6; ++i) CHECK((single->parameters()[i].grad() - net->parameters()[i].grad()).abs().max().item<double>() <= 1e-6, i);
  }
  CHECK(model.reducer().bucket_sizes().size() == 2);  // one a dtype, although they alternate
}

// Gradients that a program keeps: views change with the next pass, copies do not.
void kept() {
  for (const bool views : {true, false}) {
    Mlp net;
    DistributedDataParallel<Mlp> model(net, DistributedDataParallelOptions().gradient_as_bucket_view(views));
    for (int step = 0; step < 2; ++step) {  // past the new order of buckets
      net->zero_grad();
      loss_of(model(share(step))).backward();
    }
    const Tensor kept = net->a->weight.grad(), values = kept.clone();
    CHECK(kept.is_view() == (views && in_buckets()));
    net->zero_grad();
    loss_of(model(share(2))).backward();
    CHECK(equal(kept, values) == !(views && in_buckets()));
    check_bits_equal("gradient", net->a->weight.grad());
  }
}

// Data parallelism holds each gradient once, and one that is on its way into its bucket.
void memory() {
  constexpr int64_t kWidth = 512;
  const auto peak = [&](bool parallel) {
    nn::Sequential net(nn::Linear(kWidth, kWidth), nn::Tanh(), nn::Linear(kWidth, kWidth), nn::Tanh(), nn::Linear(kWidth, kWidth));
    std::optional<DistributedDataParallel<nn::Sequential>> model;
    if (parallel) model.emplace(net);
    int64_t most = 0;
    for (int step = 0; step < 4; ++step) {
      net->zero_grad();
      const Tensor x = randn({4, kWidth});
      reset_peak_memory_stats();
      const Tensor y = parallel ? (*model)(x) : net->forward(x);
      y.sum().backward();
      if (step) most = std::max(most, memory_stats().peak_bytes);
    }
    return most;
  };
  const int64_t gradients = 3 * (kWidth * kWidth + kWidth) * 4, alone = peak(false), parallel = peak(true);
  if (me == 0) std::printf("memory: peak %.2f MB alone, %.2f MB with DistributedDataParallel; gradients %.2f MB\n", alone / 1e6, parallel / 1e6, gradients / 1e6);
  CHECK(parallel <= alone + gradients / 2, parallel, " ", alone);
}

}  // namespace

void graphs(const std::string& engine) {
  begin(engine);
  ways();
  parameters();
  kept();
  memory();
  distributed::destroy_process_group();
}
