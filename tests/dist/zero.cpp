// ZeroRedundancyOptimizer against the optimizer itself in one process with the whole batch.
#include <unistd.h>

#include "check.h"

using namespace wick;
using distributed::ZeroOptions;
using distributed::ZeroPartition;
using distributed::ZeroRedundancyOptimizer;
using nn::parallel::DistributedDataParallel;

namespace {

int me, n;
constexpr int64_t kShare = 6;

nn::Sequential make_net() {
  manual_seed(1);
  return nn::Sequential(nn::Linear(8, 24), nn::Tanh(), nn::Linear(24, 24), nn::Tanh(), nn::Linear(24, 3));
}
Tensor all_x(int step) { manual_seed(100 + step); return randn({n * kShare, 8}); }
Tensor share(const Tensor& x) { return x.narrow(0, me * kShare, kShare); }
Tensor loss_of(const Tensor& y) { return y.mul(y).mean() + y.sin().mean(); }
double distance(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  double most = 0;
  for (size_t i = 0; i < a.size(); ++i) most = std::max(most, (a[i] - b[i]).abs().max().item<double>());
  return most;
}

// `then`: what is done between backward and step, or instead of step.
template <class O, class Then>
void same_as_one(const char* what, const typename ZeroRedundancyOptimizer<O>::Options& o, const ZeroOptions& zero, Then then, int steps = 20, double tolerance = 1e-6) {
  nn::Sequential single = make_net(), net = make_net();
  DistributedDataParallel<nn::Sequential> model(net);
  O one(single->parameters(), o);
  ZeroRedundancyOptimizer<O> many(model.parameters(), o, zero);
  optim::lr_scheduler::StepLR s1(one, 5, 0.5), s2(many, 5, 0.5);
  for (int step = 0; step < steps; ++step) {
    const Tensor x = all_x(step);
    then(one, loss_of(single->forward(x)), single->parameters());
    then(many, loss_of(model(share(x))), net->parameters());
    s1.step();
    s2.step();
    const double d = distance(single->parameters(), net->parameters());
    CHECK(d <= tolerance, what, ", step ", step, ": ", d);
    if (d > tolerance) return;
  }
}
void plain(optim::Optimizer& o, const Tensor& loss, const std::vector<Tensor>&) {
  o.zero_grad();
  loss.backward();
  o.step();
}

// Bytes of states on this rank, in powers of two, so that the allocator rounds nothing.
template <class O>
int64_t bytes_of_states(const ZeroOptions& zero, bool spread) {
  manual_seed(1);
  nn::Sequential net;
  for (int i = 0; i < 4; ++i) net->push_back(nn::Linear(nn::LinearOptions(128, 128).bias(false)));
  std::unique_ptr<optim::Optimizer> o;
  if (spread) o.reset(new ZeroRedundancyOptimizer<O>(net->parameters(), {}, zero));
  else o.reset(new O(net->parameters()));
  net->forward(ones({2, 128})).sum().backward();
  const int64_t before = memory_stats().current_bytes;
  o->step();
  return memory_stats().current_bytes - before;
}

void memory() {
  const int64_t parameters = 4 * 128 * 128 * 4;
  const int64_t whole = bytes_of_states<optim::AdamW>({}, false);
  CHECK(whole == 2 * parameters, whole);
  for (const auto partition : {ZeroPartition::automatic, ZeroPartition::parameters}) {
    const int64_t part = bytes_of_states<optim::AdamW>(ZeroOptions().partition(partition), true);
    CHECK(part * n == whole, part, " of ", whole, " bytes");
  }
  // Buckets cut anywhere.
  CHECK(bytes_of_states<optim::AdamW>(ZeroOptions().bucket_cap_mb(0.1), true) * n == whole);
}

void archives(const std::string& engine) {
  // All states on the last rank: the optimizer itself goes on from them, and so do the ranks.
  nn::Sequential net = make_net();
  DistributedDataParallel<nn::Sequential> model(net);
  ZeroRedundancyOptimizer<optim::AdamW> many(model.parameters(), optim::AdamWOptions(1e-2));
  for (int step = 0; step < 3; ++step) plain(many, loss_of(model(share(all_x(step)))), {});
  serialize::OutputArchive none;
  const std::string what = error_of<Error>([&] { many.save(none); });
  CHECK(has(what, "spread over " + std::to_string(n) + " ranks; call consolidate_state_dict(to) on all of them, then save on rank `to`"), what);
  many.consolidate_state_dict(n - 1);
  const std::string file = "/tmp/wick_zero_" + engine + "_" + std::to_string(n) + "_" + std::to_string(getpid()) + ".safetensors";
  if (me == n - 1) wick::save(many, file);
  else CHECK(has(error_of<Error>([&] { many.save(none); }), "are spread"));
  Tensor name = zeros({256}, kByte);
  if (me == n - 1) std::copy(file.begin(), file.end(), name.data_ptr<uint8_t>());
  distributed::broadcast(name, n - 1);
  const std::string there = reinterpret_cast<const char*>(name.data_ptr<uint8_t>());

  nn::Sequential single = make_net(), again = make_net();
  single->load_state_dict(net->state_dict());
  again->load_state_dict(net->state_dict());
  optim::AdamW one(single->parameters());
  wick::load(one, there);
  CHECK(one.param_groups()[0].options().get_lr() == 1e-2);
  DistributedDataParallel<nn::Sequential> model2(again);
  ZeroRedundancyOptimizer<optim::AdamW> many2(model2.parameters(), {}, ZeroOptions().bucket_cap_mb(0.001));
  wick::load(many2, there);
  ZeroRedundancyOptimizer<optim::AdamW> other(make_net()[0]->parameters());
  CHECK(has(error_of<Error>([&] { wick::load(other, there); }), "different size"));
  for (int step = 3; step < 6; ++step) {
    const Tensor x = all_x(step);
    plain(one, loss_of(single->forward(x)), {});
    plain(many, loss_of(model(share(x))), {});
    plain(many2, loss_of(model2(share(x))), {});
  }
  CHECK(distance(net->parameters(), again->parameters()) <= 1e-6);
  CHECK(distance(net->parameters(), single->parameters()) <= 1e-6);
  // And back: what the optimizer itself wrote.
  std::string bytes;
  wick::save(one, [&](const void* p, size_t size) { return bytes.append(static_cast<const char*>(p), size), size; });
  serialize::InputArchive in;
  in.load_from(bytes.data(), bytes.size());
  many.load(in);
  const Tensor x = all_x(7);
  net->load_state_dict(single->state_dict());
  plain(one, loss_of(single->forward(x)), {});
  plain(many, loss_of(model(share(x))), {});
  CHECK(distance(net->parameters(), single->parameters()) <= 1e-6);
  distributed::barrier();
  if (me == n - 1) std::remove(file.c_str());
}

}  // namespace

void zero(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  const ZeroOptions usual, small = ZeroOptions().bucket_cap_mb(0.001), whole = ZeroOptions().partition(ZeroPartition::parameters);
  same_as_one<optim::SGD>("SGD", optim::SGDOptions(0.05).momentum(0.9), usual, plain);
  same_as_one<optim::Adam>("Adam", optim::AdamOptions(1e-3).amsgrad(true), usual, plain);
  same_as_one<optim::AdamW>("AdamW", optim::AdamWOptions(1e-3), usual, plain);
  same_as_one<optim::AdamW>("AdamW in small buckets", optim::AdamWOptions(1e-3), small, plain, 6);
  same_as_one<optim::AdamW>("AdamW of whole parameters", optim::AdamWOptions(1e-3), whole, plain, 6);
  same_as_one<optim::AdamW>("AdamW of whole parameters in small buckets", optim::AdamWOptions(1e-3), ZeroOptions(whole).bucket_cap_mb(0.001), plain, 6);
  same_as_one<optim::RMSprop>("RMSprop", optim::RMSpropOptions(1e-3), usual, plain, 5);
  same_as_one<optim::LAMB>("LAMB", optim::LAMBOptions(1e-3), usual, plain, 5);
  same_as_one<optim::Adafactor>("Adafactor", optim::AdafactorOptions(1e-2), usual, plain, 5);
  // Clipping before the step, within it, and with gradients left; scaled losses; a closure.
  same_as_one<optim::AdamW>("clip_grad_norm_", {}, usual, [](optim::Optimizer& o, const Tensor& loss, const std::vector<Tensor>& params) {
    o.zero_grad();
    loss.backward();
    nn::utils::clip_grad_norm_(params, 0.05);
    o.step();
  }, 6);
  double norm = 0;
  same_as_one<optim::SGD>("clip_norm", optim::SGDOptions(0.1), small, [&](optim::Optimizer& o, const Tensor& loss, const std::vector<Tensor>& params) {
    o.zero_grad(false);
    loss.backward();
    o.step_options().clip_norm(0.05).clip_value(0.01).zero_grad(true);
    o.step();
    for (const Tensor& p : params) CHECK(p.grad().abs().sum().item<float>() == 0);
    CHECK(o.grad_norm().has_value() && *o.grad_norm() > 0.05);
    if (norm != 0) CHECK(std::abs(*o.grad_norm() - norm) < 1e-5 * norm, *o.grad_norm(), " ", norm);
    norm = norm == 0 ? *o.grad_norm() : 0;
  }, 6);
  amp::GradScaler scalers[2] = {amp::GradScaler(amp::GradScalerOptions(1024)), amp::GradScaler(amp::GradScalerOptions(1024))};
  int turn = 0;
  same_as_one<optim::Adam>("GradScaler", {}, usual, [&](optim::Optimizer& o, const Tensor& loss, const std::vector<Tensor>& params) {
    amp::GradScaler& scaler = scalers[turn % 2];
    const int step = turn++ / 2;
    o.zero_grad();
    scaler.scale(loss).backward();
    if (step == 2) params[0].grad().fill_(INFINITY);  // this step is left out
    scaler.step(o);
    scaler.update();
    CHECK(scaler.get_scale() == (step < 2 ? 1024 : 512), scaler.get_scale());
  }, 6);
  same_as_one<optim::SGD>("closure", {0.1}, usual, [](optim::Optimizer& o, const Tensor& loss, const std::vector<Tensor>&) {
    const Tensor r = o.step([&] { o.zero_grad(); loss.backward(); return loss; });
    CHECK(r.is_same(loss));
  }, 3);

  // Groups of their own options, one of them later.
  {
    nn::Sequential single = make_net(), net = make_net();
    DistributedDataParallel<nn::Sequential> model(net);
    const auto groups = [](const nn::Sequential& m, size_t from, size_t to, double lr) {
      const auto p = m->parameters();
      return optim::OptimizerParamGroup({p.begin() + from, p.begin() + to}, std::make_unique<optim::AdamWOptions>(lr));
    };
    optim::AdamW one({groups(single, 0, 2, 1e-2), groups(single, 2, 3, 1e-3)}, optim::AdamWOptions());
    ZeroRedundancyOptimizer<optim::AdamW> many({groups(net, 0, 2, 1e-2), groups(net, 2, 3, 1e-3)}, optim::AdamWOptions());
    for (int step = 0; step < 6; ++step) {
      if (step == 3) {
        one.add_param_group(groups(single, 3, 6, 1e-4));
        static_cast<optim::Optimizer&>(many).add_param_group(groups(net, 3, 6, 1e-4));
      }
      if (step == 4) one.param_groups()[0].options().set_lr(1e-5), many.param_groups()[0].options().set_lr(1e-5);
      const Tensor x = all_x(step);
      plain(one, loss_of(single->forward(x)), {});
      plain(many, loss_of(model(share(x))), {});
      CHECK(distance(single->parameters(), net->parameters()) <= 1e-6, "groups, step ", step);
    }
    const std::string what = error_of<ValueError>([&] { many.add_param_group({{ones({2}, requires_grad())}, std::make_unique<optim::AdamWOptions>(-1)}); });
    CHECK(has(what, "Invalid learning rate value: -1"), what);
  }
  memory();
  archives(engine);
  // Ranks that differ; optimizers that cannot be cut.
  {
    const std::string what = error_of<ValueError>([&] { ZeroRedundancyOptimizer<optim::SGD> o(std::vector<Tensor>{ones({me == 1 ? 3 : 2}, requires_grad())}); });
    CHECK(has(what, "rank 1 has 1 parameters of 3 values in a group, rank 0 has 1 of 2"), what);
    const std::string lbfgs = error_of<NotImplementedError>([&] {
      distributed::ZeroOptimizer({optim::OptimizerParamGroup(std::vector<Tensor>{ones({2}, requires_grad())})}, optim::LBFGSOptions().clone(),
                                 [](const std::vector<optim::OptimizerParamGroup>& g) { return std::unique_ptr<optim::Optimizer>(new optim::LBFGS(g)); });
    });
    CHECK(has(lbfgs, "LBFGS looks at all parameters"), lbfgs);
  }
  distributed::destroy_process_group();
}
