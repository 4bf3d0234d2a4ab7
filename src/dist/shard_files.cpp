// Sharded models in files: one a rank, with its elements of each parameter and its optimizer, and an index that says who has which.
#include <filesystem>
#include <random>
#include <unordered_map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

#include "dist/sharder.h"
#include "io/node.h"
#include "io/safetensors.h"
#include "io/source.h"

namespace wick::distributed::fsdp::inline v1 {
namespace {

namespace fs = std::filesystem;
using serialize::InputArchive;
using serialize::OutputArchive;
using serialize::detail::Access;

constexpr int64_t kVersion = 1;

// What of a parameter is where: of a file that is read, or in the model of this process.
struct Part {
  std::vector<std::string> names;
  std::vector<int64_t> sizes;
  ScalarType dtype = ScalarType::Undefined;
  std::vector<int64_t> begins, ends;  // of each rank
  Tensor mine;                        // the elements of this rank, in one dimension
  Tensor plain;                       // NO_SHARD: the parameter instead
  const void* identity = nullptr;
};

std::vector<Part> parts_of(const Sharder::State& s) {
  std::vector<Part> parts;
  if (s.reducer) {
    for (const auto& item : s.module->named_parameters()) {
      const Tensor& t = item.value();
      parts.push_back({{item.key()}, t.sizes().vec(), t.scalar_type(), {0}, {t.numel()}, {}, t, t.unsafeGetTensorImpl()});
    }
    return parts;
  }
  for (const ShardedUnit& u : s.units)
    for (const FlatShard& f : u.flats)
      for (const ShardedParam& p : f.params) {
        Part part{p.names, p.whole.sizes, f.dtype, {}, {}, f.elements(p, f.shard, s.group->rank()), {}, p.tensor.unsafeGetTensorImpl()};
        for (int r = 0; r < s.group->size(); ++r) {
          const Piece piece = f.piece(p, 0, r);
          part.begins.push_back(piece.begin);
          part.ends.push_back(piece.end);
        }
        parts.push_back(std::move(part));
      }
  return parts;
}
// The names of the optimizer's parameters, in its order.
std::vector<const Part*> order_of(const std::vector<Part>& parts, const optim::Optimizer& optimizer) {
  std::vector<const Part*> order;
  for (const auto& g : optimizer.param_groups())
    for (const Tensor& p : g.params()) {
      const auto at = std::find_if(parts.begin(), parts.end(), [&](const Part& part) { return part.identity == p.unsafeGetTensorImpl(); });
      WICK_CHECK_TYPE(ValueError, at != parts.end(), "the optimizer's parameter number ", order.size(), ", ", p.sizes(), ", is none of the sharded model's");
      order.push_back(&*at);
    }
  return order;
}

std::string file_of(const std::string& run, int64_t rank, int64_t world) {
  const auto number = [](int64_t n) { const std::string s = std::to_string(n); return std::string(s.size() < 5 ? 5 - s.size() : 0, '0') + s; };
  return wick::str("shard-", run, "-", number(rank + 1), "-of-", number(world), ".safetensors");
}
// The same on all ranks.
std::string draw_run(const Group& group) {
  std::random_device random;
  Tensor seed = wick::tensor(static_cast<int64_t>((static_cast<uint64_t>(random()) << 32 | random()) >> 1), kLong);
  broadcast(seed, 0, group);
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(seed.item<int64_t>()));
  return text;
}
// Runs f on all ranks; when it fails on one, all throw.
template <class F>
void together(const char* what, const Group& group, const F& f) {
  constexpr int64_t kText = 1024;
  Tensor told = wick::zeros({kText}, kByte), all = wick::zeros({group->size(), kText}, kByte);
  std::exception_ptr error;
  try {
    f();
  } catch (const std::exception& e) {
    error = std::current_exception();
    const std::string text = std::string(e.what()).substr(0, kText - 1);
    std::copy(text.begin(), text.end(), told.data_ptr<uint8_t>());
    told.data_ptr<uint8_t>()[0] |= text.empty();
  }
  all_gather_into_tensor(all, told, group);
  if (error) std::rethrow_exception(error);
  for (int64_t r = 0; r < group->size(); ++r) {
    const auto* text = reinterpret_cast<const char*>(all.data_ptr<uint8_t>() + r * kText);
    WICK_CHECK_TYPE(DistError, !*text, what, ": rank ", r, " cannot go on: ", text);
  }
}

InputArchive open_archive(const std::string& path) {
  const auto source = io::open_file(path);
  io::PackedArchive packed;
  packed.tensors = io::read_safetensors(*source, &packed.metadata, true);
  return Access::input(io::unpack_archive(path, std::move(packed)));
}
template <class T>
T value_of(InputArchive& archive, const char* key) {
  IValue v;
  archive.read(key, v);
  return v.to<T>();
}

// A folder that is read: its index, and the files as they are needed.
class Folder {
 public:
  explicit Folder(const std::string& path) : path_(path) {
    const std::string file = path + "/index.safetensors";
    WICK_CHECK(fs::exists(file), "load_sharded: ", path, " has no index.safetensors: no sharded model was saved there, or not to the end");
    index_ = open_archive(file);
    const auto version = value_of<int64_t>(index_, "version");
    WICK_CHECK(version == kVersion, "load_sharded: ", file, " is of version ", version, ", this Wick knows version ", kVersion);
    run_ = value_of<std::string>(index_, "run");
    world_ = value_of<int64_t>(index_, "world");
    WICK_CHECK(world_ > 0 && world_ < (1 << 20), "load_sharded: ", file, " says that there were ", world_, " ranks");
    InputArchive all;
    index_.read("parameters", all);
    for (const std::string& number : all.keys()) {
      InputArchive a;
      all.read(number, a);
      Part p;
      p.names = value_of<std::vector<std::string>>(a, "names");
      p.sizes = value_of<std::vector<int64_t>>(a, "sizes");
      p.begins = value_of<std::vector<int64_t>>(a, "begins");
      p.ends = value_of<std::vector<int64_t>>(a, "ends");
      WICK_CHECK(!p.names.empty() && p.begins.size() == static_cast<size_t>(world_) && p.ends.size() == p.begins.size(), "load_sharded: ", file, " is not consistent about parameter ", number);
      for (const std::string& name : p.names) numbers_[name] = parts_.size();
      parts_.push_back(std::move(p));
    }
    shards_.resize(static_cast<size_t>(world_));
  }
  InputArchive& index() { return index_; }
  int64_t world() const { return world_; }
  const std::vector<Part>& parts() const { return parts_; }
  const Part* find(const std::vector<std::string>& names) const {
    for (const std::string& name : names)
      if (const auto at = numbers_.find(name); at != numbers_.end()) return &parts_[at->second];
    return nullptr;
  }
  InputArchive& shard(int64_t rank) {
    auto& slot = shards_.at(static_cast<size_t>(rank));
    if (slot) return *slot;
    const std::string file = path_ + "/" + file_of(run_, rank, world_);
    WICK_CHECK(fs::exists(file), "load_sharded: the file of rank ", rank, " of ", world_, " is missing: ", file);
    InputArchive a = open_archive(file);
    const auto run = value_of<std::string>(a, "run");
    const auto r = value_of<int64_t>(a, "rank"), w = value_of<int64_t>(a, "world");
    WICK_CHECK(run == run_ && r == rank && w == world_, "load_sharded: ", file, " is of rank ", r, " of ", w, " in the run ", run, ", where the index has rank ", rank, " of ", world_, " in the run ", run_);
    return *(slot = std::make_unique<InputArchive>(std::move(a)));
  }
  std::string file(int64_t rank) const { return path_ + "/" + file_of(run_, rank, world_); }

  // Calls f(rank, begin, end) for where elements of `part` between two others lie.
  template <class F>
  static void each_overlap(const Part& part, int64_t begin, int64_t end, F f) {
    for (size_t r = 0; r < part.begins.size(); ++r) {
      const int64_t from = std::max(begin, part.begins[r]), to = std::min(end, part.ends[r]);
      if (from < to) f(static_cast<int64_t>(r), from, to);
    }
  }
  // Elements of a parameter, in one dimension.
  Tensor elements(const Part& part, int64_t begin, int64_t end, ScalarType dtype) {
    Tensor out = wick::empty({end - begin}, dtype);
    int64_t done = 0;
    each_overlap(part, begin, end, [&](int64_t r, int64_t from, int64_t to) {
      InputArchive model;
      shard(r).read("model", model);
      Tensor t;
      WICK_CHECK(model.try_read(part.names[0], t), "load_sharded: ", file(r), " lacks ", part.names[0]);
      const auto at = static_cast<size_t>(r);
      WICK_CHECK(t.numel() == part.ends[at] - part.begins[at], "load_sharded: ", file(r), " has ", t.numel(), " elements of ", part.names[0], ", the index says ", part.ends[at] - part.begins[at]);
      out.narrow(0, from - begin, to - from).copy_(t.reshape({-1}).narrow(0, from - part.begins[at], to - from));
      done += to - from;
    });
    WICK_CHECK(done == end - begin, "load_sharded: the files have ", done, " of the elements ", begin, " to ", end, " of ", part.names[0]);
    return out;
  }
  bool has_optimizer() const { return has("optimizer"); }
  bool has(const std::string& key) const {
    const auto keys = index_.keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  }
  // The number of the optimizer's parameter with one of these names.
  int64_t number_in_optimizer(const Part& part) {
    if (order_.empty()) order_ = value_of<std::vector<std::string>>(index_, "optimizer");
    for (size_t i = 0; i < order_.size(); ++i)
      if (order_[i] == part.names[0]) return static_cast<int64_t>(i);
    return -1;
  }
  // An optimizer's state of elements of a parameter, in one dimension, or null when it has none.
  std::unique_ptr<NamedState> state(const Part& part, int64_t begin, int64_t end) {
    const int64_t number = number_in_optimizer(part);
    std::unique_ptr<NamedState> all;
    if (number < 0) return all;
    each_overlap(part, begin, end, [&](int64_t r, int64_t from, int64_t to) {
      InputArchive optimizer, states, one;
      shard(r).read("optimizer", optimizer);
      optimizer.read("state", states);
      const bool there = states.try_read(std::to_string(number), one);
      WICK_CHECK(there == (all != nullptr) || from == begin, "load_sharded: some files have a state of ", part.names[0], ", others do not: ", file(r));
      if (!there) return;
      NamedState s;
      s.serialize(one);
      if (!all) all = std::make_unique<NamedState>();
      const auto at = static_cast<size_t>(r);
      for (const auto& [key, value] : s.values) {
        const bool flat = value.isTensor() && value.toTensor().dim() > 0 && value.toTensor().numel() == part.ends[at] - part.begins[at];
        auto to_value = std::find_if(all->values.begin(), all->values.end(), [&](const auto& v) { return v.first == key; });
        if (to_value == all->values.end()) {
          all->values.emplace_back(key, flat ? IValue(wick::zeros({end - begin}, value.toTensor().scalar_type())) : value);
          to_value = all->values.end() - 1;
        }
        if (flat) to_value->second.toTensor().narrow(0, from - begin, to - from).copy_(value.toTensor().reshape({-1}).narrow(0, from - part.begins[at], to - from));
      }
    });
    return all;
  }

 private:
  std::string path_, run_;
  int64_t world_ = 0;
  InputArchive index_;
  std::vector<Part> parts_;
  std::unordered_map<std::string, size_t> numbers_;
  std::vector<std::string> order_;
  std::vector<std::unique_ptr<InputArchive>> shards_;
};

// State tensors in the shape of the whole.
void reshape(NamedState& state, const std::vector<int64_t>& sizes, int64_t numel) {
  for (auto& [key, value] : state.values)
    if (value.isTensor() && value.toTensor().dim() == 1 && value.toTensor().numel() == numel) value = value.toTensor().view(sizes);
}

}  // namespace

void save_sharded(const std::string& folder, Sharder& model, const optim::Optimizer* optimizer, OutputArchive* extra) {
  Sharder::State& s = *model.state();
  NoGradGuard off;
  if (!s.reducer) s.must_be_at_rest("save_sharded");
  const int64_t rank = s.group->rank(), world = s.reducer ? 1 : s.group->size();
  const std::vector<Part> parts = parts_of(s);
  std::vector<const Part*> order;
  if (optimizer) order = order_of(parts, *optimizer);
  const std::string run = draw_run(s.group);
  together("save_sharded", s.group, [&] {
    if (rank >= world) return;
    fs::create_directories(folder);
    OutputArchive file, values;
    file.write("run", IValue(run));
    file.write("rank", IValue(rank));
    file.write("world", IValue(world));
    for (const Part& p : parts)
      if (p.plain.defined() || p.mine.numel()) values.write(p.names[0], p.plain.defined() ? p.plain.detach().contiguous().view({-1}) : p.mine, true);
    file.write("model", values);
    OutputArchive state;
    if (optimizer) {
      optimizer->save(state);
      file.write("optimizer", state);
    }
    file.save_to(folder + "/" + file_of(run, rank, world));
  });
  together("save_sharded", s.group, [&] {
    if (rank != 0) return;
    OutputArchive index, all, buffers;
    index.write("version", IValue(kVersion));
    index.write("run", IValue(run));
    index.write("world", IValue(world));
    for (size_t i = 0; i < parts.size(); ++i) {
      OutputArchive one;
      one.write("names", IValue(parts[i].names));
      one.write("sizes", IValue(parts[i].sizes));
      one.write("begins", IValue(parts[i].begins));
      one.write("ends", IValue(parts[i].ends));
      all.write(std::to_string(i), one);
    }
    index.write("parameters", all);
    const auto named = s.module->named_parameters();
    std::vector<std::string> keys;  // in the order of the plain model's state
    for (const auto& item : s.module->state_dict()) {
      keys.push_back(item.key());
      if (std::none_of(parts.begin(), parts.end(), [&](const Part& p) { return std::find(p.names.begin(), p.names.end(), item.key()) != p.names.end(); })) buffers.write(item.key(), item.value(), true);
    }
    index.write("keys", IValue(keys));
    index.write("buffers", buffers);
    if (optimizer) {
      std::vector<std::string> names;
      for (const Part* p : order) names.push_back(p->names[0]);
      index.write("optimizer", IValue(names));
    }
    if (extra) index.write("extra", *extra);
    index.save_to(folder + "/index.safetensors");
    for (const auto& e : fs::directory_iterator(folder)) {  // of the save before, and of one that was killed
      const std::string name = e.path().filename().string();
      if (name.rfind("shard-", 0) == 0 && name.rfind("shard-" + run, 0) != 0) fs::remove(e.path());
    }
  });
}

void load_sharded(const std::string& folder, Sharder& model, optim::Optimizer* optimizer, InputArchive* extra) {
  Sharder::State& s = *model.state();
  NoGradGuard off;
  if (!s.reducer) s.must_be_at_rest("load_sharded");
  const auto rank = static_cast<size_t>(s.reducer ? 0 : s.group->rank());
  const std::vector<Part> parts = parts_of(s);
  std::vector<const Part*> order;
  if (optimizer) order = order_of(parts, *optimizer);
  std::vector<Tensor> values;
  std::vector<std::pair<Tensor, Tensor>> buffers;
  OutputArchive states;
  InputArchive more;
  together("load_sharded", s.group, [&] {
    Folder from(folder);
    std::string wrong;
    size_t known = 0;
    for (const Part& p : parts) {
      const Part* q = from.find(p.names);
      if (!q) wrong += "\n  missing      " + p.names[0];
      else if (q->sizes != p.sizes) wrong += wick::str("\n  shape        ", p.names[0], "  files ", IntArrayRef(q->sizes), "  model ", IntArrayRef(p.sizes));
      known += q != nullptr;
    }
    if (known < from.parts().size())
      for (const Part& q : from.parts())
        if (std::none_of(parts.begin(), parts.end(), [&](const Part& p) { return from.find(p.names) == &q; })) wrong += "\n  unexpected   " + q.names[0];
    InputArchive saved;
    from.index().read("buffers", saved);
    for (const auto& item : s.module->state_dict()) {
      if (std::any_of(parts.begin(), parts.end(), [&](const Part& p) { return std::find(p.names.begin(), p.names.end(), item.key()) != p.names.end(); })) continue;
      Tensor t;
      if (!saved.try_read(item.key(), t, true)) wrong += "\n  missing      " + item.key();
      else if (t.sizes() != item.value().sizes()) wrong += wick::str("\n  shape        ", item.key(), "  files ", t.sizes(), "  model ", item.value().sizes());
      else buffers.emplace_back(item.value(), t);
    }
    WICK_CHECK(wrong.empty(), "load_sharded: what ", folder, " has does not fit the model:", wrong);
    for (const Part& p : parts) values.push_back(from.elements(*from.find(p.names), p.begins[rank], p.ends[rank], p.dtype));
    if (optimizer) {
      WICK_CHECK(from.has_optimizer(), "load_sharded: ", folder, " has no optimizer");
      Shadow options(*optimizer), mine(*optimizer);
      InputArchive any;
      from.shard(0).read("optimizer", any);
      optim::detail::read_optimizer(any, options, [] { return std::unique_ptr<optim::OptimizerParamState>(new NamedState()); });
      for (size_t g = 0; g < options.param_groups().size(); ++g) {
        mine.param_groups()[g].set_options(options.param_groups()[g].options().clone());
        mine.param_groups()[g].initial_lr() = options.param_groups()[g].initial_lr();
      }
      size_t number = 0;
      for (const auto& g : optimizer->param_groups())
        for (const Tensor& p : g.params()) {
          const Part& part = *order[number++];
          auto state = from.state(*from.find(part.names), part.begins[rank], part.ends[rank]);
          if (!state) continue;
          if (s.reducer) reshape(*state, part.sizes, part.ends[0]);
          mine.state()[p.unsafeGetTensorImpl()] = std::move(state);
        }
      optim::detail::write_optimizer(states, mine);
    }
    if (extra) from.index().read("extra", more);
  });
  if (optimizer) {
    InputArchive in = Access::input(states);
    together("load_sharded", s.group, [&] { optimizer->load(in); });
  }
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].plain.defined()) parts[i].plain.detach().copy_(values[i].view(parts[i].sizes));
    else parts[i].mine.copy_(values[i]);
  }
  for (const auto& [to, t] : buffers) to.detach().copy_(t);
  if (extra) *extra = std::move(more);
}

void consolidate_sharded(const std::string& folder, const std::string& file) {
  NoGradGuard off;
  Folder from(folder);
  OutputArchive all, model, optimizer;
  InputArchive buffers;
  from.index().read("buffers", buffers);
  std::unordered_map<const Part*, Tensor> wholes;
  const auto numel = [](const Part& p) { int64_t n = 1; for (const int64_t d : p.sizes) n *= d; return n; };
  for (const std::string& key : value_of<std::vector<std::string>>(from.index(), "keys")) {
    const Part* p = from.find({key});
    Tensor t;
    if (!p) {
      buffers.read(key, t, true);
    } else if (Tensor& whole = wholes[p]; whole.defined()) {
      t = whole;
    } else {
      InputArchive values;
      Tensor some;
      for (int64_t r = 0; r < from.world() && !some.defined(); ++r)
        if (p->begins[static_cast<size_t>(r)] < p->ends[static_cast<size_t>(r)]) from.shard(r).read("model", values), values.read(p->names[0], some);
      t = whole = some.defined() ? from.elements(*p, 0, numel(*p), some.scalar_type()).view(p->sizes) : wick::zeros(p->sizes);
    }
    model.write(key, t);
  }
  all.write("model", model);
  if (from.has_optimizer()) {
    // The archive of rank 0 with the states of all.
    InputArchive first, states, groups;
    from.shard(0).read("optimizer", first);
    OutputArchive whole, put;
    IValue version;
    first.read("pytorch_version", version);
    whole.write("pytorch_version", version);
    for (const Part& p : from.parts()) {
      const int64_t number = from.number_in_optimizer(p);
      auto state = from.state(p, 0, numel(p));
      if (!state) continue;
      reshape(*state, p.sizes, numel(p));
      OutputArchive one;
      static_cast<const NamedState&>(*state).serialize(one);
      put.write(std::to_string(number), one);
    }
    whole.write("state", put);
    first.read("param_groups", groups);
    OutputArchive same = Access::output(groups);
    whole.write("param_groups", same);
    all.write("optimizer", whole);
  }
  if (from.has("extra")) {
    InputArchive extra;
    from.index().read("extra", extra);
    OutputArchive same = Access::output(extra);
    all.write("extra", same);
  }
  all.save_to(file);
}

bool ShardedGradScaler::agree(bool found_inf) const {
  Tensor found = wick::tensor(static_cast<int64_t>(found_inf));
  all_reduce(found, ReduceOp::MAX, group_);
  return found.item<int64_t>() != 0;
}

}  // namespace wick::distributed::fsdp::inline v1
