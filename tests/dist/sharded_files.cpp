// States of sharded models: as those of plain ones, and in files that any number of ranks reads. And what else surrounds training with shards.
#include <unistd.h>

#include <filesystem>

#include "check.h"
#include "gpt.h"

using namespace wick;
using namespace gpt;
using distributed::Group;
using distributed::fsdp::FullyShardedDataParallel;
using distributed::fsdp::FullyShardedOptions;
using distributed::fsdp::ShardingStrategy;
namespace fsdp = distributed::fsdp;
namespace fs = std::filesystem;

namespace {

int me, n;
constexpr int64_t kRows = 8;  // of each batch, over all ranks
std::string folder;

Sizes sizes() {
  Sizes s;
  s.norm = true;
  return s;
}
Tensor loss_of(const Tensor& y, const Tensor& ids) { return nn::functional::cross_entropy(y.reshape({-1, y.size(2)}), ids.narrow(1, 1, ids.size(1) - 1).reshape({-1})); }
Tensor ids_of(int step) { manual_seed(200 + step); return randint(sizes().vocabulary, {kRows, sizes().length + 1}, kLong); }
GPT make(int64_t seed = 1) {
  manual_seed(seed);
  GPT m(sizes());
  m->bn->eval();  // its statistics would be those of a share
  m->bn->running_mean.fill_(0.1);
  m->to(kDouble);
  return m;
}
optim::AdamWOptions adam() { return optim::AdamWOptions(1e-2).amsgrad(true); }

// A model on some of the ranks, and its optimizer.
struct Party {
  explicit Party(const Group& group, ShardingStrategy how = ShardingStrategy::FULL_SHARD, const fsdp::WrapPolicy& policy = fsdp::module_wrap_policy<BlockImpl>(), int64_t seed = 77)
      : group(group), model(make(seed), FullyShardedOptions().process_group(group).sharding_strategy(how).auto_wrap_policy(policy)), optimizer(model.parameters(), adam().lr(1)) {}
  void step(int number) {
    const int64_t rows = kRows / group->size();
    const Tensor ids = ids_of(number).narrow(0, group->rank() * rows, rows);
    optimizer.zero_grad();
    loss_of(model(ids.narrow(1, 0, ids.size(1) - 1)), ids).backward();
    optimizer.step();
  }
  void save(const std::string& to, serialize::OutputArchive* extra = nullptr) { fsdp::save_sharded(to, model.sharder(), &optimizer, extra); }
  void load(const std::string& from, serialize::InputArchive* extra = nullptr) { fsdp::load_sharded(from, model.sharder(), &optimizer, extra); }
  Group group;
  FullyShardedDataParallel<GPT> model;
  optim::AdamW optimizer;
};
struct Alone {
  Alone() : model(make(1)), optimizer(model->parameters(), adam()) {}
  void step(int number) {
    const Tensor ids = ids_of(number);
    optimizer.zero_grad();
    loss_of(model(ids.narrow(1, 0, ids.size(1) - 1)), ids).backward();
    optimizer.step();
  }
  GPT model;
  optim::AdamW optimizer;
};
double distance(const nn::Module& a, const nn::Module& b) {
  double most = 0;
  const auto x = a.named_parameters(), y = b.named_parameters();
  for (const auto& p : x) most = std::max(most, (p.value() - y[p.key()]).abs().max().item<double>());
  return most;
}
double distance(Party& many, const nn::Module& one) {
  const fsdp::SummonFullParams whole(many.model.sharder());
  return distance(*many.model.module(), one);
}

// Files of as many ranks as there are, read by half of them, by one, and by all again, each going on.
void round_trip() {
  const Group all = distributed::default_group();
  std::vector<int> half;
  for (int r = 0; r < n / 2; ++r) half.push_back(r);
  const Group some = distributed::new_group(half), one = distributed::new_group({0});
  Alone alone;
  int number = 0;
  std::optional<Party> party;
  party.emplace(all, ShardingStrategy::FULL_SHARD, fsdp::module_wrap_policy<BlockImpl>(), 1);
  party->optimizer.param_groups()[0].set_options(adam().clone());
  const auto go_on = [&](const Group& group, const char* what) {
    for (int k = 0; k < 2; ++k, ++number) {
      alone.step(number);
      if (group) party->step(number);
    }
    if (group) {
      const double d = distance(*party, *alone.model);
      CHECK(d <= 1e-9, what, ": ", d);
      serialize::OutputArchive extra;
      extra.write("number", IValue(static_cast<int64_t>(number)));
      party->save(folder, &extra);
    }
    party.reset();
    distributed::barrier();
  };
  const auto again = [&](const Group& group, ShardingStrategy how, const fsdp::WrapPolicy& policy = fsdp::module_wrap_policy<BlockImpl>()) {
    if (!group) return;
    party.emplace(group, how, policy);
    serialize::InputArchive extra;
    party->load(folder, &extra);
    IValue v;
    extra.read("number", v);
    CHECK(v.toInt() == number && party->optimizer.param_groups()[0].options().get_lr() == 1e-2);
    CHECK(std::abs(party->model.module()->bn->running_mean[0].item<double>() - 0.1) < 1e-7);
  };
  go_on(all, "at first");
  again(some, ShardingStrategy::FULL_SHARD);
  go_on(some, "on half of the ranks");
  again(one, ShardingStrategy::FULL_SHARD);
  go_on(one, "on one rank");
  again(all, ShardingStrategy::SHARD_GRAD_OP, fsdp::path_wrap_policy({"blocks.1", "head"}));
  go_on(all, "on all ranks, other units");
  again(all, ShardingStrategy::NO_SHARD);
  go_on(all, "whole on all ranks");
  again(all, ShardingStrategy::FULL_SHARD);
  go_on(all, "in shards again");
  // One archive of the plain model, made without ranks.
  if (me == 0) {
    fsdp::consolidate_sharded(folder, folder + "/whole.safetensors");
    serialize::InputArchive archive, model, optimizer;
    archive.load_from(folder + "/whole.safetensors");
    Alone fresh;
    archive.read("model", model);
    std::vector<std::pair<std::string, Tensor>> state;
    for (const std::string& key : model.keys()) model.read(key, state.emplace_back(key, Tensor()).second);
    fresh.model->load_state_dict(state);
    CHECK(state.size() == alone.model->state_dict().size());
    for (size_t i = 0; i < state.size(); ++i) CHECK(state[i].first == alone.model->state_dict().keys()[i]);
    archive.read("optimizer", optimizer);
    fresh.optimizer.load(optimizer);
    fresh.step(number);
    alone.step(number);
    CHECK(distance(*fresh.model, *alone.model) <= 1e-9);
  }
  distributed::barrier();
}

// State of the plain model and its optimizer on one rank, and back.
void full_states() {
  Alone alone;
  Party many(distributed::default_group(), ShardingStrategy::FULL_SHARD, fsdp::module_wrap_policy<BlockImpl>(), 1);
  many.optimizer.param_groups()[0].set_options(adam().clone());
  for (int k = 0; k < 3; ++k) alone.step(k), many.step(k);
  const int last = n - 1;
  const auto state = many.model.full_state_dict(last);
  CHECK(state.size() == (me == last ? alone.model->state_dict().size() : 0));
  serialize::OutputArchive archive;
  many.model.sharder().save_full_optimizer(archive, many.optimizer, last);
  if (me == last) {
    Alone plain;
    plain.model->load_state_dict(state);
    serialize::OutputArchive same;
    alone.optimizer.save(same);
    std::string bytes;
    archive.save_to([&](const void* p, size_t size) { return bytes.append(static_cast<const char*>(p), size), size; });
    serialize::InputArchive in;
    in.load_from(bytes.data(), bytes.size());
    plain.optimizer.load(in);
    plain.step(3);
    Alone next;
    alone.step(3);
    CHECK(distance(*plain.model, *alone.model) <= 1e-9);
  } else {
    alone.step(3);
  }
  // From the plain ones, which every rank has.
  Party fresh(distributed::default_group());
  fresh.model.load_full_state_dict(alone.model->state_dict());
  std::string bytes;
  wick::save(alone.optimizer, [&](const void* p, size_t size) { return bytes.append(static_cast<const char*>(p), size), size; });
  serialize::InputArchive in;
  in.load_from(bytes.data(), bytes.size());
  fresh.model.sharder().load_full_optimizer(in, fresh.optimizer);
  alone.step(4);
  fresh.step(4);
  CHECK(distance(fresh, *alone.model) <= 1e-9);
  auto wrong = alone.model->state_dict();
  OrderedDict<std::string, Tensor> other;
  for (const auto& item : wrong)
    if (item.key() != "head.weight") other.insert(item.key(), item.key() == "places" ? ones({2, 2}) : item.value());
  other.insert("nose", ones({1}));
  const std::string what = error_of<Error>([&] { fresh.model.load_full_state_dict(other); });
  CHECK(has(what, "missing      head.weight") && has(what, "unexpected   nose") && has(what, "places  given [2, 2]  model [8, 16]"), what);
  CHECK(distance(fresh, *alone.model) <= 1e-9);
  optim::SGD stranger(std::vector<Tensor>{ones({2}, requires_grad())}, 0.1);
  CHECK(has(error_of<ValueError>([&] { many.model.sharder().save_full_optimizer(archive, stranger); }), "number 0, [2], is none of the sharded model's"));
}

void bad_files() {
  const auto error = [](Party& p) { return error_of<Error>([&] { p.load(folder); }); };
  Party p(distributed::default_group());
  p.step(0);
  const auto file_of_rank = [&](int rank) {
    for (const auto& e : fs::directory_iterator(folder))
      if (has(e.path().filename().string(), wick::str("-0000", rank + 1, "-of-"))) return e.path().string();
    return std::string("nothing");
  };
  const auto on_rank_0 = [](const auto& f) {
    distributed::barrier();
    if (me == 0) f();
    distributed::barrier();
  };
  p.save(folder);
  if (me == 0) {
    int files = 0;
    for (const auto& e : fs::directory_iterator(folder)) files += has(e.path().filename().string(), "shard-");
    CHECK(files == n, "the files of the saves before are gone: ", files);
  }
  distributed::barrier();
  // Of another run.
  on_rank_0([&] { fs::create_directories(folder + "/kept"), fs::copy(file_of_rank(1), folder + "/kept/old"); });
  p.step(1);
  p.save(folder);
  std::string moved, what;
  on_rank_0([&] {
    moved = file_of_rank(1);
    fs::rename(moved, folder + "/kept/new");
    fs::copy(folder + "/kept/old", moved);
  });
  what = error(p);
  CHECK(has(what, "is of rank 1 of " + std::to_string(n) + " in the run ") && has(what, "where the index has rank 1"), what);
  // Cut off; damaged; missing.
  on_rank_0([&] { fs::copy_file(folder + "/kept/new", moved, fs::copy_options::overwrite_existing), fs::resize_file(moved, fs::file_size(moved) - 8); });
  what = error(p);
  CHECK(has(what, "-00002-of-"), what);
  on_rank_0([&] {
    fs::copy_file(folder + "/kept/new", moved, fs::copy_options::overwrite_existing);
    std::FILE* f = std::fopen(moved.c_str(), "r+b");
    std::fseek(f, -5, SEEK_END);
    std::fputc(0x55, f);
    std::fclose(f);
  });
  what = error(p);
  CHECK(has(what, "damaged"), what);
  on_rank_0([&] { fs::remove(moved); });
  what = error(p);
  CHECK(has(what, "the file of rank 1 of " + std::to_string(n) + " is missing: ") && (me == 1) == !has(what, "rank 1 cannot go on"), what);
  on_rank_0([&] { fs::copy(folder + "/kept/new", moved); });
  // Another model; no optimizer; nothing.
  {
    manual_seed(1);
    FullyShardedDataParallel<nn::Linear> other(nn::Linear(3, 2));
    what = error_of<Error>([&] { fsdp::load_sharded(folder, other.sharder()); });
    CHECK(has(what, "missing      weight") && has(what, "unexpected   head.weight"), what);
    Sizes s = sizes();
    s.vocabulary = 16;
    FullyShardedDataParallel<GPT> smaller((GPT(s)));
    what = error_of<Error>([&] { fsdp::load_sharded(folder, smaller.sharder()); });
    CHECK(has(what, "shape        head.weight  files [32, 16]  model [16, 16]"), what);
  }
  what = error_of<Error>([&] { fsdp::load_sharded(folder + "/none", p.model.sharder()); });
  CHECK(has(what, "has no index.safetensors"), what);
  // None of these changed anything.
  GPT now = make();
  {
    const fsdp::SummonFullParams whole(p.model.sharder());
    now->load_state_dict(p.model.module()->state_dict());
  }
  p.load(folder);
  CHECK(distance(p, *now) == 0);
  fsdp::save_sharded(folder, p.model.sharder());
  CHECK(has(error(p), "has no optimizer"));
}

// Evaluation, summoned parameters, scaled losses, a backward that fails, models that cannot be spread.
void surroundings() {
  Party p(distributed::default_group(), ShardingStrategy::FULL_SHARD, fsdp::module_wrap_policy<BlockImpl>(), 1);
  Alone alone;
  const Tensor ids = ids_of(0).narrow(1, 0, sizes().length);
  {
    const int64_t before = memory_stats().current_bytes;
    NoGradGuard off;
    CHECK((p.model(ids) - alone.model(ids)).abs().max().item<double>() <= 1e-9);
    CHECK(memory_stats().current_bytes == before, "units are freed after forward");
  }
  CHECK(has(error_of<Error>([&] {
    serialize::OutputArchive archive;
    p.model.save(archive);
  }), "spread over"));
  p.model(ids);  // without backward
  CHECK(error_of<Error>([&] { p.model(ids.to(kFloat)); }) != "no error");
  const Tensor y = p.model(ids);
  y.register_hook([](const Tensor&) -> Tensor { throw Error("on purpose"); });
  CHECK(has(error_of<Error>([&] { y.sum().backward(); }), "on purpose"));
  {
    const Tensor z = p.model(ids);
    p.model.module()->tokens->weight.register_hook([](const Tensor&) -> Tensor { throw Error("at the end"); });
    CHECK(has(error_of<Error>([&] { z.sum().backward(); }), "at the end"));
    p.model.module()->tokens->weight.remove_hook(0);
  }
  p.optimizer.zero_grad();
  p.optimizer.param_groups()[0].set_options(adam().clone());
  p.step(0);
  alone.step(0);
  CHECK(distance(p, *alone.model) <= 1e-9, distance(p, *alone.model));
  {
    NoGradGuard off;
    const fsdp::SummonFullParams whole(p.model.sharder());
    p.model.module()->head->weight.mul_(2);
    alone.model->head->weight.mul_(2);
    CHECK((p.model(ids) - alone.model(ids)).abs().max().item<double>() <= 1e-9);
    CHECK(has(error_of<Error>([&] { p.model.clip_grad_norm_(1); }), "SummonFullParams"));
  }
  p.step(1);
  alone.step(1);
  CHECK(distance(p, *alone.model) <= 1e-9);
  // One rank's gradient is infinite.
  fsdp::ShardedGradScaler scaler(amp::GradScalerOptions(8));
  for (const bool broken : {false, true}) {
    const int64_t rows = kRows / n;
    const Tensor mine = ids_of(2).narrow(0, me * rows, rows);
    p.optimizer.zero_grad();
    scaler.scale(loss_of(p.model(mine.narrow(1, 0, sizes().length)), mine)).backward();
    if (broken && me == n - 1)
      for (const Tensor& t : p.model.parameters()) if (t.grad().defined()) t.grad()[0] = INFINITY;
    scaler.step(p.optimizer);
    scaler.update();
    if (!broken) alone.step(2);
    CHECK(scaler.get_scale() == (broken ? 4 : 8));
    CHECK(distance(p, *alone.model) <= 1e-9, broken);
  }
  const auto refused = [](const auto& change) {
    manual_seed(1);
    nn::Linear m(4, 4);
    change(m);
    return error_of<Error>([&] { FullyShardedDataParallel<nn::Linear> model(m); });
  };
  CHECK(has(refused([](nn::Linear& m) { m->weight.mutable_grad() = ones({4, 4}); }), "weight already has a gradient"));
  CHECK(has(refused([](nn::Linear& m) { m = nn::Linear(4, me == 1 ? 5 : 4); }), "the ranks differ: rank 1 does not have what rank 0 has as number 1; rank"));
}

}  // namespace

void sharded_files(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  Tensor pid = tensor(static_cast<int64_t>(getpid()));
  distributed::broadcast(pid, 0);
  folder = wick::str("/tmp/wick_shards_", engine, "_", n, "_", pid.item<int64_t>());
  round_trip();
  full_states();
  bad_files();
  surroundings();
  distributed::barrier();
  if (me == 0) fs::remove_all(folder);
  distributed::destroy_process_group();
}
