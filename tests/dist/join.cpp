// Uneven inputs against one process that adds up what each rank would have.
#include "ddp.h"

using namespace ddp;
using distributed::algorithms::Join;
using distributed::algorithms::JoinHook;
using distributed::algorithms::JoinOptions;
using nn::parallel::DistributedDataParallel;
using nn::parallel::DistributedDataParallelOptions;

namespace {

// Batches of each rank, and one more or fewer rows in some.
Tensor input(int rank, int step) { return batch(4 + rank % 2, static_cast<uint64_t>(1000 + 50 * rank + step)); }
struct Setup {
  JoinOptions join;
  DistributedDataParallelOptions ddp;
  int accumulate = 1;
  bool hook = false, twice = false;
};

void check_uneven(const std::vector<int>& counts, const Setup& how = {}) {
  const std::string what = wick::str("counts ", IntArrayRef(std::vector<int64_t>(counts.begin(), counts.end())), " accumulate ", how.accumulate, " hook ", how.hook);
  manual_seed(1);
  Mlp single;
  manual_seed(5 + me);
  Mlp net;
  DistributedDataParallel<Mlp> model(net, how.ddp);
  if (how.hook) model.register_comm_hook(nullptr, distributed::algorithms::allreduce_hook);
  {
    NoGradGuard off;
    for (size_t i = 0; i < net->parameters().size(); ++i) net->parameters()[i].copy_(single->parameters()[i]);
  }
  optim::SGD o1(single->parameters(), optim::SGDOptions(0.1).momentum(0.9)), o2(net->parameters(), optim::SGDOptions(0.1).momentum(0.9));
  const int most = *std::max_element(counts.begin(), counts.end());
  for (int step = 0; step < most; ++step) {
    o1.zero_grad();
    double active = 0;
    for (const int c : counts) active += c > step;
    for (int r = 0; r < n; ++r)
      for (int k = 0; k < how.accumulate && counts[r] > step; ++k)
        loss_of(single->forward(input(r, 10 * step + k))).div(how.join.divide_by_initial_world_size() ? n : active).backward();
    o1.step();
  }
  {
    auto context = model.join(how.join);
    for (int step = 0; step < counts[me]; ++step) {
      o2.zero_grad();
      for (int k = 0; k < how.accumulate; ++k) {
        std::optional<nn::parallel::NoSync> off;
        if (k + 1 < how.accumulate) off.emplace(model.reducer());
        if (how.twice) model(input(me, 999));  // a forward without a backward
        loss_of(model(input(me, 10 * step + k))).backward();
      }
      o2.step();
      NoGradGuard none;
      model(input(me, 0));  // on this rank alone
    }
  }
  CHECK(distance(*single, *net) <= 1e-6, what, ": ", distance(*single, *net));
  check_bits_equal(*net);
  CHECK(model.reducer().joined() == nullptr);
  // Training goes on as before.
  o2.zero_grad();
  loss_of(model(input(me, 0))).backward();
  for (const Tensor& p : net->parameters()) check_bits_equal("gradient", p.grad());
}

// Something else that communicates: the sum of how many ranks took part.
struct Counter : distributed::algorithms::Joinable {
  distributed::Group group = distributed::default_group();
  int64_t sum = 0, shadows = 0, last = -1;
  struct Hook : JoinHook {
    explicit Hook(Counter& c) : c(c) {}
    void main_hook() override { c.add(0), ++c.shadows; }
    void post_hook(bool is_last_joiner) override { c.last = is_last_joiner; }
    Counter& c;
  };
  void add(int64_t mine) {
    Tensor t = tensor(mine);
    distributed::all_reduce(t, distributed::ReduceOp::SUM, group);
    sum += mine ? t.item<int64_t>() : 0;
  }
  void step() {
    Join::notify_join_context(*this);
    add(1);
  }
  std::unique_ptr<JoinHook> join_hook(const JoinOptions&) override { return std::make_unique<Hook>(*this); }
  distributed::Group join_process_group() const override { return group; }
};

}  // namespace

void join(const std::string& engine) {
  begin(engine);
  std::vector<int> even(n, 2), none_on_0(n, 3), none_on_last(n, 3), steps(n), one(n, 0), nothing(n, 0);
  none_on_0[0] = 0;
  none_on_last[n - 1] = 0;
  one[n - 1] = 4;
  for (int r = 0; r < n; ++r) steps[r] = 1 + 2 * ((r + 1) % n);
  Setup initial, current;
  current.join.divide_by_initial_world_size(false);
  for (const auto& counts : {even, none_on_0, none_on_last, steps, one, nothing}) {
    check_uneven(counts, initial);
    check_uneven(counts, current);
  }
  // Small buckets, which are laid out anew after the first pass, also where rank 0 has seen none.
  Setup s;
  s.ddp.first_bucket_mb(0.0001).bucket_cap_mb(0.0005);
  for (const auto& counts : {none_on_0, steps}) {
    check_uneven(counts, s);
    if (n > 2 && counts == none_on_0) continue;  // the rest with one of them
    for (const bool graph : {false, true}) {
      Setup other = s;
      if (graph) other.ddp.static_graph(true);
      else other.ddp.find_unused_parameters(true);
      check_uneven(counts, other);
    }
    Setup several = s;
    several.accumulate = 3;
    check_uneven(counts, several);
    several.join.divide_by_initial_world_size(false);
    check_uneven(counts, several);
    Setup hooked = s;
    hooked.hook = hooked.twice = true;
    check_uneven(counts, hooked);
    Setup copies = s;
    copies.ddp.gradient_as_bucket_view(false);
    check_uneven(counts, copies);
  }

  // Running statistics are those of the highest rank with inputs.
  {
    manual_seed(3);
    nn::BatchNorm1d norm(8);
    DistributedDataParallel<nn::BatchNorm1d> model(norm);
    {
      auto context = model.join();
      for (int step = 0; step < steps[me]; ++step) model(input(me, step)).sum().backward();
    }
    check_bits_equal(*norm);
    CHECK(norm->num_batches_tracked.item<int64_t>() == *std::max_element(steps.begin(), steps.end()), norm->num_batches_tracked);
  }
  // All are stopped when one has no more.
  {
    Mlp net;
    DistributedDataParallel<Mlp> model(net);
    int done = 0;
    const std::string what = error_of<Error>([&] {
      auto context = model.join(JoinOptions().throw_on_early_termination(true));
      for (int step = 0; step < (me == 0 ? 2 : 5); ++step, ++done) loss_of(model(input(me, step))).backward();
    });
    CHECK(done == 2 && has(what, me == 0 ? wick::str("rank 0 exhausted all inputs while ", n - 1, " of ", n, " ranks go on") : wick::str("1 of ", n, " ranks exhausted all inputs")), done, " ", what);
    auto context = model.join(JoinOptions().throw_on_early_termination(true));  // even inputs end well
    for (int step = 0; step < 2; ++step) loss_of(model(input(me, step))).backward();
    context.finish();
  }
  // Two at once, in the order of their calls.
  {
    Mlp net;
    DistributedDataParallel<Mlp> model(net);
    Counter counter;
    {
      Join context({model, counter});
      for (int step = 0; step < steps[me]; ++step) {
        loss_of(model(input(me, step))).backward();
        counter.step();
      }
    }
    int64_t sum = 0;
    const int most = *std::max_element(steps.begin(), steps.end());
    for (int step = 0; step < steps[me]; ++step)
      for (const int c : steps) sum += c > step;
    CHECK(counter.sum == sum && counter.shadows == most - steps[me] && counter.last == (steps[me] == most), counter.sum, " ", counter.shadows, " ", counter.last);
    check_bits_equal(*net);
  }
  // Spread states: every rank goes on updating its share, so that all states are those of one process.
  for (const auto partition : {distributed::ZeroPartition::elements, distributed::ZeroPartition::parameters}) {
    manual_seed(1);
    Mlp single;
    manual_seed(1);
    Mlp net;
    DistributedDataParallel<Mlp> model(net);
    const optim::SGDOptions options = optim::SGDOptions(0.1).momentum(0.9);
    optim::SGD o1(single->parameters(), options);
    distributed::ZeroRedundancyOptimizer<optim::SGD> o2(net->parameters(), options, distributed::ZeroOptions().partition(partition));
    const int most = *std::max_element(steps.begin(), steps.end());
    for (int step = 0; step < most + 2; ++step) {
      o1.zero_grad();
      for (int r = 0; r < n; ++r)
        if (step >= most || steps[r] > step) loss_of(single->forward(input(r, step))).div(n).backward();
      o1.step();
    }
    const auto pass = [&](int step) {
      o2.zero_grad();
      loss_of(model(input(me, step))).backward();
      o2.step();
    };
    {
      Join context({model, o2});
      for (int step = 0; step < steps[me]; ++step) pass(step);
    }
    check_bits_equal(*net);
    for (int step = most; step < most + 2; ++step) pass(step);
    CHECK(distance(*single, *net) <= 1e-6, distance(*single, *net));
  }
  // Off; and what cannot be.
  {
    Mlp net;
    DistributedDataParallel<Mlp> model(net);
    auto off = model.join(JoinOptions().enable(false));
    loss_of(model(input(me, 0))).backward();
    CHECK(!model.reducer().joined());
    {
      auto context = model.join();
      CHECK(model.reducer().joined() == &context);
      CHECK(has(error_of<ValueError>([&] { auto twice = model.join(); }), "in a join context already"));
      CHECK(has(error_of<Error>([&] {
        Mlp other;
        DistributedDataParallel<Mlp> second(other);
        auto third = second.join();
        throw Error("of the loop");  // not held up
      }), "of the loop"));
    }
    CHECK(has(error_of<ValueError>([] { Join nobody({}); }), "at least one joinable"));
    model.register_comm_hook(nullptr, distributed::algorithms::allreduce_hook);
    CHECK(has(error_of<ValueError>([&] { auto context = model.join(JoinOptions().divide_by_initial_world_size(false)); }), "divides by the number of ranks itself"));
    CHECK(!model.reducer().joined());
    auto context = model.join();
  }
  distributed::destroy_process_group();
}
