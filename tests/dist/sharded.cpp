// FullyShardedDataParallel against one process with the whole batch.
#include "check.h"
#include "gpt.h"

using namespace wick;
using namespace gpt;
using distributed::fsdp::FullyShardedDataParallel;
using distributed::fsdp::FullyShardedOptions;
using distributed::fsdp::MixedPrecision;
using distributed::fsdp::ShardingStrategy;
namespace fsdp = distributed::fsdp;

namespace {

int me, n;
bool brief_run = false;  // over connections, where each operation takes milliseconds
constexpr int64_t kShare = 2;
std::vector<ShardingStrategy> kinds = {ShardingStrategy::FULL_SHARD, ShardingStrategy::SHARD_GRAD_OP, ShardingStrategy::NO_SHARD};

Tensor all_ids(int step, const Sizes& s = {}) { manual_seed(100 + step); return randint(s.vocabulary, {n * kShare, s.length + 1}, kLong); }
Tensor share(const Tensor& x) { return x.narrow(0, me * kShare, kShare); }
template <class M>
Tensor loss_of(M& model, const Tensor& ids, bool autocast = false) {
  const int64_t t = ids.size(1) - 1;
  Tensor y;
  {
    const amp::autocast casts(DeviceType::CPU, kBFloat16, autocast);
    y = model(ids.narrow(1, 0, t));
  }
  if (y.scalar_type() == kBFloat16) y = y.to(kFloat);
  return nn::functional::cross_entropy(y.reshape({-1, y.size(2)}), ids.narrow(1, 1, t).reshape({-1}));
}
GPT make(const Sizes& s, int64_t seed = 1) {
  manual_seed(seed);
  return GPT(s);
}
FullyShardedOptions by_class(ShardingStrategy how = ShardingStrategy::FULL_SHARD) { return FullyShardedOptions().sharding_strategy(how).auto_wrap_policy(fsdp::module_wrap_policy<BlockImpl>()); }

// The largest difference between what the ranks have together and a plain model.
double distance(FullyShardedDataParallel<GPT>& many, const nn::Module& one) {
  double most = 0;
  const fsdp::SummonFullParams whole(many.sharder());
  const auto a = many.module()->named_parameters();
  for (const auto& p : one.named_parameters()) {
    CHECK(a[p.key()].sizes() == p.value().sizes(), p.key());
    most = std::max(most, (a[p.key()] - p.value()).abs().max().item<double>());
  }
  return most;
}

struct Run {
  int steps = 20, accumulate = 1;
  bool no_sync = true;
  double clip = 0, tolerance = 1e-9;
  bool autocast = false;
  ScalarType dtype = kDouble;  // in float, Adam makes much of gradients that are rounding alone
  void (*change)(GPT&) = nullptr;  // before wrapping
};
template <class O, class Options>
void same_as_one(const char* what, const Sizes& s, const FullyShardedOptions& options, const Options& o, const Run& run = {}) {
  GPT single = make(s), net = make(s, 1 + me);  // rank 0's numbers count
  single->to(run.dtype);
  net->to(run.dtype);
  if (run.change) run.change(single), run.change(net);
  FullyShardedDataParallel<GPT> model(net, options);
  O one(single->parameters(), o), many(model.parameters(), o);
  const int steps = brief_run ? std::min(run.steps, 3) : run.steps;
  for (int step = 0; step < steps; ++step) {
    one.zero_grad();
    many.zero_grad();
    for (int k = 0; k < run.accumulate; ++k) {
      const Tensor ids = all_ids(10 * step + k, s);
      loss_of(single, ids, run.autocast).backward();
      std::optional<fsdp::NoSync> off;
      if (run.no_sync && k + 1 < run.accumulate) off.emplace(model.sharder());
      loss_of(model, share(ids), run.autocast).backward();
    }
    if (run.clip > 0) {
      const double a = nn::utils::clip_grad_norm_(single->parameters(), run.clip), b = model.clip_grad_norm_(run.clip);
      CHECK(a > run.clip && std::abs(a - b) <= 1e-5 * a, what, ": norms ", a, " ", b);
    }
    one.step();
    many.step();
    if (step % 5 == 4 || step + 1 == steps) {
      const double d = distance(model, *single);
      CHECK(d <= run.tolerance, what, ", step ", step, ": ", d);
      if (d > run.tolerance) return;
    }
  }
}

void equality() {
  const Sizes usual;
  Run floats;
  floats.dtype = kFloat;
  floats.tolerance = 1e-6;
  for (const auto how : kinds) {
    same_as_one<optim::SGD>("SGD", usual, by_class(how), optim::SGDOptions(0.1).momentum(0.9), floats);
    same_as_one<optim::Adam>("Adam", usual, by_class(how), optim::AdamOptions(1e-3).eps(1e-4), floats);
    same_as_one<optim::AdamW>("AdamW", usual, by_class(how), optim::AdamWOptions(1e-3).eps(1e-4), floats);
    same_as_one<optim::AdamW>("AdamW in double", usual, by_class(how), optim::AdamWOptions(1e-3));
  }
  Sizes tied, norm, checkpoint;
  tied.tied = true;
  norm.norm = true;
  checkpoint.checkpoint = true;
  Run brief, accumulate, clip, frozen;
  brief.steps = accumulate.steps = clip.steps = frozen.steps = 5;
  accumulate.accumulate = 3;
  clip.clip = 0.1;
  frozen.change = [](GPT& m) {
    m->blocks[0]->freeze();
    m->tokens->weight.requires_grad_(false);
    m->blocks[1]->up->weight.requires_grad_(false);
    m->blocks[1]->a->weight.requires_grad_(false);
    m->places.requires_grad_(false);
  };
  const optim::AdamOptions adam(1e-3);
  for (const auto how : kinds) {
    const FullyShardedOptions o = by_class(how);
    same_as_one<optim::Adam>("tied", tied, o, adam, brief);
    if (how != ShardingStrategy::NO_SHARD) same_as_one<optim::Adam>("checkpoint", checkpoint, o, adam, brief);
    same_as_one<optim::Adam>("accumulated", usual, o, adam, accumulate);
    same_as_one<optim::SGD>("clipped", usual, o, optim::SGDOptions(0.5), clip);
    same_as_one<optim::Adam>("frozen", usual, o, adam, frozen);
  }
  accumulate.no_sync = false;
  same_as_one<optim::Adam>("accumulated in shards", usual, by_class(), adam, accumulate);
  // Units of other sizes, one for all, and without prefetching.
  const auto policy = [](fsdp::WrapPolicy p) { return FullyShardedOptions().auto_wrap_policy(std::move(p)); };
  same_as_one<optim::Adam>("one unit", usual, {}, adam, brief);
  same_as_one<optim::Adam>("units by path", checkpoint, policy(fsdp::path_wrap_policy({"blocks.*", "tokens", "head"})), adam, brief);
  same_as_one<optim::Adam>("every module a unit", usual, policy([](const std::string&, const nn::Module& m, int64_t) { return !m.as<nn::ModuleList>(); }), adam, brief);
  same_as_one<optim::Adam>("units by size", usual, policy(fsdp::size_based_auto_wrap_policy(1000)).forward_prefetch(false).backward_prefetch(false), adam, brief);
  Run rough = floats;
  rough.steps = 5;
  rough.tolerance = 2e-4;
  same_as_one<optim::SGD>("bfloat16", usual, by_class().mixed_precision(MixedPrecision().param_dtype(kBFloat16).reduce_dtype(kFloat)), optim::SGDOptions(0.01), rough);
  Run cast = rough;
  cast.autocast = true;
  same_as_one<optim::SGD>("autocast", checkpoint, by_class(), optim::SGDOptions(0.01), cast);
  same_as_one<optim::SGD>("bfloat16 on the way", usual, by_class().mixed_precision(MixedPrecision().reduce_dtype(kBFloat16)), optim::SGDOptions(0.01), rough);
}

struct SpareImpl : nn::Module {
  nn::Linear a{reg("a", nn::Linear(6, 6))}, spare{reg("spare", nn::Linear(6, 6))}, b{reg("b", nn::Linear(6, 2))};
  Tensor forward(Tensor x, bool all = false) { return b((all ? spare(a(x)) : a(x)).tanh()); }
};
WICK_MODULE(Spare);

// Layers that share their parameters, each call computed again in backward: gradients of a unit come after it was thought to be done.
struct RepeatedImpl : nn::Module {
  explicit RepeatedImpl(const Sizes& s) : block(s) { reg("block", block); }
  Tensor forward(Tensor x) {
    for (int i = 0; i < 3; ++i) x = autograd::checkpoint([this](const Tensor& t) { return block(t); }, x);
    return x;
  }
  Block block;
};
WICK_MODULE(Repeated);
void repeated_layers() {
  const Sizes s;
  manual_seed(1);
  Repeated single(s), net(s);
  net->load_state_dict(single->state_dict());
  FullyShardedDataParallel<Repeated> model(net, by_class());
  optim::SGD one(single->parameters(), 0.1), many(model.parameters(), 0.1);
  for (int step = 0; step < 3; ++step) {
    manual_seed(400 + step);
    const Tensor x = randn({n * kShare, s.length, s.width}).requires_grad_();
    one.zero_grad(), many.zero_grad();
    single(x).square().mean().backward();
    model(share(x)).square().mean().backward();
    one.step(), many.step();
    const fsdp::SummonFullParams whole(model.sharder());
    for (const auto& p : single->named_parameters()) CHECK((p.value() - net->named_parameters()[p.key()]).abs().max().item<double>() <= 1e-6, p.key());
  }
}

// Parameters that backward does not reach, a unit called twice, two graphs, a graph that is used twice, gradients of inputs.
void graphs_of_all_kinds() {
  for (const bool units : {false, true}) {
    manual_seed(1);
    Spare single, net;
    net->load_state_dict(single->state_dict());
    FullyShardedOptions o;
    if (units) o.auto_wrap_policy(fsdp::module_wrap_policy<nn::LinearImpl>());
    FullyShardedDataParallel<Spare> model(net, o);
    optim::AdamW one(single->parameters(), optim::AdamWOptions(1e-2)), many(model.parameters(), optim::AdamWOptions(1e-2));
    const auto compare = [&](const char* what) {
      one.step();
      many.step();
      const fsdp::SummonFullParams whole(model.sharder());
      for (const auto& p : single->named_parameters()) {
        const double d = (p.value() - net->named_parameters()[p.key()]).abs().max().item<double>();
        CHECK(d <= 1e-6, what, ", ", p.key(), ": ", d);
      }
    };
    const auto x_of = [](int step) { manual_seed(300 + step); return randn({n * kShare, 6}); };
    const auto loss = [](auto& m, const Tensor& x, bool all = false) { return m(x, all).square().mean(); };
    loss(single, x_of(0)).backward();
    loss(model, share(x_of(0))).backward();
    CHECK(!net->spare->weight.grad().defined() && !net->spare->bias.grad().defined());
    compare("not reached");
    one.zero_grad(), many.zero_grad();
    (loss(single, x_of(1)) + loss(single, x_of(2), true)).backward();
    (loss(model, share(x_of(1))) + loss(model, share(x_of(2)), true)).backward();
    compare("twice in one graph");
    one.zero_grad(), many.zero_grad();
    Tensor a1 = loss(single, x_of(3)), a2 = loss(single, x_of(4), true), b1 = loss(model, share(x_of(3))), b2 = loss(model, share(x_of(4)), true);
    a2.backward(), a1.backward(), b2.backward(), b1.backward();
    compare("two graphs");
    one.zero_grad(), many.zero_grad();
    a1 = loss(single, x_of(5)), b1 = loss(model, share(x_of(5)));
    a1.backward({}, true), a1.backward(), b1.backward({}, true), b1.backward();
    compare("one graph twice");
    if (!units) {  // changed parameters are not those that a graph has kept; all ranks have some of the unit's
      b1 = loss(model, share(x_of(6)));
      b1.backward({}, true);
      many.step();
      loss(model, share(x_of(6)));
      const std::string what = error_of<Error>([&] { b1.backward(); });
      CHECK(has(what, "modified by an inplace operation"), what);
    }
    Tensor x = share(x_of(7)).requires_grad_(), y = x.detach().requires_grad_();
    {
      const fsdp::SummonFullParams whole(model.sharder());
      single->load_state_dict(net->state_dict());
    }
    const Tensor g1 = autograd::grad({loss(model, x)}, {x})[0], g2 = autograd::grad({loss(single, y)}, {y})[0];
    CHECK((g1 - g2).abs().max().item<double>() <= 1e-6);
    const int64_t before = memory_stats().current_bytes;
    many.zero_grad();
    loss(model, share(x_of(8))).backward();
    CHECK(memory_stats().current_bytes - before <= 8192, "units are freed after backward: ", memory_stats().current_bytes - before);
  }
}

}  // namespace

void sharded(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  if (const char* pages = std::getenv("WICK_DIST_SHARED_PAGES"); pages && *pages == '0') {
    brief_run = true;
    kinds.resize(1);
  }
  equality();
  graphs_of_all_kinds();
  repeated_layers();
  distributed::destroy_process_group();
}
