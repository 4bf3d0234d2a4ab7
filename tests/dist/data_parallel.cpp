// DistributedDataParallel against one process with the whole batch.
#include <wick/debug.h>

#include "check.h"

using namespace wick;
using nn::parallel::DistributedDataParallel;
using nn::parallel::DistributedDataParallelOptions;

namespace {

struct NetImpl : nn::Module {
  explicit NetImpl(bool norm = false) {
    if (norm) bn = reg("bn", nn::BatchNorm1d(16));
  }
  nn::Linear a{reg("a", nn::Linear(8, 16))}, b{reg("b", nn::Linear(16, 16))}, c{reg("c", nn::Linear(16, 3))}, spare{reg("spare", nn::Linear(16, 16))};
  nn::BatchNorm1d bn{nullptr};
  Tensor forward(Tensor x, bool with_spare = true) {
    x = relu(a(x));
    if (bn) x = children_norm(x);
    x = tanh(b(x));
    if (with_spare) x = x + spare(x);
    return c(x);
  }
  Tensor children_norm(const Tensor& x) {
    auto at = named_children()["bn"];
    if (auto* sync = at->as<nn::SyncBatchNormImpl>()) return sync->forward(x);
    return bn(x);
  }
};
WICK_MODULE(Net);

int me, n;
constexpr int64_t kShare = 6;

Tensor all_x(int step) { manual_seed(100 + step); return randn({n * kShare, 8}); }
Tensor share(const Tensor& x) { return x.narrow(0, me * kShare, kShare); }
Tensor loss_of(const Tensor& y) { return y.mul(y).mean() + y.sin().mean(); }
double distance(const nn::Module& a, const nn::Module& b) {
  double most = 0;
  const auto pa = a.parameters(), pb = b.parameters();
  for (size_t i = 0; i < pa.size(); ++i) most = std::max(most, (pa[i] - pb[i]).abs().max().item<double>());
  return most;
}
void check_bits_equal(const nn::Module& m) {
  for (const auto& p : m.named_parameters()) {
    std::vector<Tensor> all;
    for (int r = 0; r < n; ++r) all.push_back(empty_like(p.value()));
    distributed::all_gather(all, p.value().detach());
    for (int r = 1; r < n; ++r) CHECK(std::memcmp(all[0].data_ptr(), all[r].data_ptr(), all[0].nbytes()) == 0, p.key(), " differs on rank ", r);
  }
}

// Steps with a share of the batch each, and the same alone.
void train(const DistributedDataParallelOptions& options, int accumulate, double tolerance, bool zero_late = false) {
  manual_seed(1);
  Net single;
  manual_seed(1 + me);  // other numbers on each rank: rank 0's count
  Net net;
  DistributedDataParallel<Net> model(net, options);
  CHECK(distance(*single, *net) == 0);
  optim::SGD o1(single->parameters(), optim::SGDOptions(0.1).momentum(0.9)), o2(model.parameters(), optim::SGDOptions(0.1).momentum(0.9));
  for (int step = 0; step < 4; ++step) {
    o1.zero_grad();
    if (!zero_late) o2.zero_grad();
    for (int k = 0; k < accumulate; ++k) {
      const Tensor x = all_x(10 * step + k);
      loss_of(single->forward(x)).backward();
      std::optional<nn::parallel::NoSync> off;
      if (k + 1 < accumulate) off.emplace(model.reducer());
      const Tensor loss = loss_of(model(share(x)));
      if (zero_late) o2.zero_grad();
      loss.backward();
    }
    for (const Tensor& p : net->parameters()) CHECK(p.grad().is_view() || !in_buckets());
    o1.step();
    o2.step();
    CHECK(distance(*single, *net) <= tolerance, "step ", step, ": ", distance(*single, *net));
  }
  check_bits_equal(*net);
}

}  // namespace

void data_parallel(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  DistributedDataParallelOptions few, many;
  many.first_bucket_mb(0.0001).bucket_cap_mb(0.0005);
  train(few, 1, 1e-6);
  train(many, 1, 1e-6);
  train(many, 3, 1e-6);
  train(few, 1, 1e-6, true);
  DistributedDataParallelOptions small;
  train(small.reduce_dtype(kBFloat16), 1, 5e-3);
  train(small.reduce_dtype(kHalf), 1, 1e-3);

  // The profiler sees what is reduced, also by the group's own thread.
  {
    Net net;
    DistributedDataParallel<Net> model(net, many);
    profiler::profile profile;
    profile.start();
    loss_of(model(share(all_x(0)))).backward();
    profile.stop();
    int64_t reductions = 0;
    for (const auto& e : profile.events()) reductions += has(e.name, "all_reduce");
    CHECK(reductions >= static_cast<int64_t>(model.reducer().bucket_sizes().size()), reductions);
  }
  // Buckets follow the order of arrival after the first pass, and most are under way before backward's end.
  {
    Net net;
    DistributedDataParallel<Net> model(net, many);
    for (int i = 0; i < 3; ++i) loss_of(model(share(all_x(i)))).backward();
    const auto sizes = model.reducer().bucket_sizes();
    CHECK(sizes.size() > 3 && sizes[0] == 4 * 48, sizes.size(), " ", sizes[0]);  // c.weight comes first, though it was registered before others
    CHECK(model.reducer().sent_during_backward() == static_cast<int64_t>(sizes.size()));
    CHECK(model.named_parameters().contains("module.a.weight"));
  }
  // Parameters that a pass does not reach: named; or, if that is meant, without a gradient where no rank reaches them.
  {
    Net net;
    DistributedDataParallel<Net> model(net);
    const std::string what = error_of<Error>([&] { loss_of(model(share(all_x(0)), false)).backward(); });
    CHECK(has(what, "has not reached 2 of 8 parameters: spare.weight, spare.bias; if that is meant, use find_unused_parameters(true)"), what);
    model(share(all_x(0)));
  }
  {
    DistributedDataParallelOptions o = many;
    Net net;
    DistributedDataParallel<Net> model(net, o.find_unused_parameters(true));
    loss_of(model(share(all_x(0)), false)).backward();
    CHECK(!net->spare->weight.grad().defined() && net->a->weight.grad().defined());
    net->zero_grad();
    loss_of(model(share(all_x(1)), me == 0)).backward();  // rank 0 alone uses them
    const Tensor g = net->spare->weight.grad();
    CHECK(g.defined() && g.abs().sum().item<float>() > 0);
    check_bits_equal(*net);
    Tensor sum = g.clone();
    distributed::all_reduce(sum, distributed::ReduceOp::MAX);
    CHECK(equal(sum, g));
  }
  // Models that differ.
  {
    nn::Linear other(8, me == 1 ? 4 : 3);
    const std::string what = error_of<Error>([&] { DistributedDataParallel<nn::Linear> model(other); });
    CHECK(has(what, "differ: rank 1 has parameter weight float32 [4, 8] where rank 0 has parameter weight float32 [3, 8]"), what);
  }
  // Batch statistics of all ranks: as one process with the whole batch; buffers alike.
  {
    manual_seed(1);
    Net single(true), net(true);
    distributed::broadcast(net->a->weight, 0);
    net->load_state_dict(single->state_dict());
    nn::SyncBatchNorm::ContainedType::convert_sync_batchnorm(net.ptr());
    DistributedDataParallel<Net> model(net);
    for (int step = 0; step < 3; ++step) {
      const Tensor x = all_x(step);
      single->zero_grad();
      net->zero_grad();
      loss_of(single->forward(x)).backward();
      loss_of(model(share(x))).backward();
      const auto p1 = single->named_parameters(), p2 = net->named_parameters();
      for (const auto& p : p1) CHECK((p.value().grad() - p2[p.key()].grad()).abs().max().item<double>() <= 1e-6, p.key());
      for (const auto& b : single->named_buffers()) CHECK((b.value() - net->named_buffers()[b.key()]).abs().max().item<double>() <= 1e-6, b.key());
    }
  }
  // A plain BatchNorm's running statistics are rank 0's before each forward.
  {
    Net net(true);
    DistributedDataParallel<Net> model(net);
    model(share(all_x(0)));
    Tensor first = net->bn->running_mean.clone(), most = first.clone();
    distributed::broadcast(first, 0);
    distributed::all_reduce(most, distributed::ReduceOp::MAX);
    CHECK(!equal(first, most));
    const Tensor before = net->bn->running_mean.clone(), x = all_x(1);
    model(share(x));
    net->bn->running_mean.sub_(first.mul(0.9)).div_(0.1);
    CHECK((net->bn->running_mean - relu(net->a(share(x))).mean(IntArrayRef({0}))).abs().max().item<float>() < 1e-5);
  }
  distributed::destroy_process_group();
}
