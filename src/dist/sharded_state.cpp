// The states of sharded models and their optimizers as those of plain ones.
#include <algorithm>
#include <unordered_map>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

#include "dist/sharder.h"

namespace wick::distributed::fsdp::inline v1 {

OrderedDict<std::string, Tensor> Sharder::full_state_dict(int to) {
  State& s = *state_;
  WICK_CHECK_TYPE(ValueError, to >= 0 && to < s.group->size(), "full_state_dict: rank ", to, " is not in the group of ", s.group->size());
  const bool mine = s.group->rank() == to;
  OrderedDict<std::string, Tensor> state;
  NoGradGuard off;
  if (!s.reducer) s.must_be_at_rest("full_state_dict");
  std::unordered_map<std::string, Tensor> wholes;
  for (const ShardedUnit& u : s.units)
    for (const FlatShard& f : u.flats) {
      std::vector<Tensor> parts;
      for (int r = 0; mine && r < s.group->size(); ++r) parts.push_back(wick::empty({f.part}, f.dtype));
      distributed::gather(f.shard, parts, to, s.group);
      if (!mine) continue;
      const Tensor all = wick::cat(parts);
      for (const ShardedParam& p : f.params) {
        const Tensor t = all.narrow(0, p.start, p.whole.numel).view(p.whole.sizes).clone();
        for (const std::string& name : p.names) wholes[name] = t;
      }
    }
  if (!mine) return state;
  for (const auto& item : s.module->state_dict()) {
    const auto at = wholes.find(item.key());
    state.insert(item.key(), at == wholes.end() ? item.value().clone() : at->second);
  }
  return state;
}

void Sharder::load_full_state_dict(const OrderedDict<std::string, Tensor>& state) {
  State& s = *state_;
  NoGradGuard off;
  if (s.reducer) {
    s.module->load_state_dict(state);
    return;
  }
  s.must_be_at_rest("load_full_state_dict");
  struct Target { FlatShard* flat; const ShardedParam* param; Tensor buffer; };
  std::unordered_map<std::string, Target> targets;
  for (const auto& item : s.module->state_dict()) targets[item.key()] = {nullptr, nullptr, item.value()};
  for (ShardedUnit& u : s.units)
    for (FlatShard& f : u.flats)
      for (const ShardedParam& p : f.params)
        for (const std::string& name : p.names) targets[name] = {&f, &p, {}};
  std::string wrong;
  for (const auto& [name, t] : targets)
    if (!state.contains(name)) wrong += "\n  missing      " + name;
  for (const auto& item : state) {
    const auto at = targets.find(item.key());
    if (at == targets.end()) {
      wrong += "\n  unexpected   " + item.key();
      continue;
    }
    const IntArrayRef sizes = at->second.param ? IntArrayRef(at->second.param->whole.sizes) : at->second.buffer.sizes();
    if (item.value().sizes() != sizes) wrong += wick::str("\n  shape        ", item.key(), "  given ", item.value().sizes(), "  model ", sizes);
  }
  WICK_CHECK(wrong.empty(), "load_full_state_dict: the state does not fit the model:", wrong);
  for (const auto& item : state) {
    const Target& t = targets[item.key()];
    if (!t.flat) {
      t.buffer.copy_(item.value());
    } else if (t.param->begin < t.param->end) {
      const Tensor whole = item.value().contiguous();
      t.flat->elements(*t.param, t.flat->shard, s.group->rank()).copy_(flat_view(whole, t.param->begin, t.param->end));
    }
  }
}

namespace {

struct Place { const FlatShard* flat; const ShardedParam* param; };
// Where the optimizer's parameters are in the model.
std::vector<Place> places_of(const Sharder::State& s, const optim::Optimizer& optimizer) {
  std::unordered_map<const void*, Place> all;
  for (const ShardedUnit& u : s.units)
    for (const FlatShard& f : u.flats)
      for (const ShardedParam& p : f.params) all[p.tensor.unsafeGetTensorImpl()] = {&f, &p};
  std::vector<Place> places;
  for (const auto& g : optimizer.param_groups())
    for (const Tensor& p : g.params()) {
      const auto at = all.find(p.unsafeGetTensorImpl());
      WICK_CHECK_TYPE(ValueError, at != all.end(), "the optimizer's parameter number ", places.size(), ", ", p.sizes(), ", is none of the sharded model's");
      places.push_back(at->second);
    }
  return places;
}
std::vector<Whole> wholes_of(const std::vector<Place>& places) {
  std::vector<Whole> wholes;
  for (const Place& p : places) wholes.push_back(p.param->whole);
  return wholes;
}
Pieces pieces_of(const std::vector<Place>& places, int rank) {
  Pieces pieces;
  for (const Place& p : places) pieces.push_back(p.flat->piece(*p.param, pieces.size(), rank));
  return pieces;
}

}  // namespace

void Sharder::save_full_optimizer(serialize::OutputArchive& archive, const optim::Optimizer& optimizer, int to) {
  State& s = *state_;
  WICK_CHECK_TYPE(ValueError, to >= 0 && to < s.group->size(), "save_full_optimizer: rank ", to, " is not in the group of ", s.group->size());
  if (s.reducer) {
    if (s.group->rank() == to) optimizer.save(archive);
    return;
  }
  s.must_be_at_rest("save_full_optimizer");
  const auto places = places_of(s, optimizer);
  NamedStates states = collect(optimizer, [&](int rank) { return pieces_of(places, rank); }, wholes_of(places), to, s.group);
  if (s.group->rank() != to) return;
  Shadow whole(optimizer);
  for (size_t i = 0; i < places.size(); ++i)
    if (states[i]) whole.state()[places[i].param->tensor.unsafeGetTensorImpl()] = std::move(states[i]);
  optim::detail::write_optimizer(archive, whole);
}
void Sharder::load_full_optimizer(serialize::InputArchive& archive, optim::Optimizer& optimizer) {
  State& s = *state_;
  if (s.reducer) return optimizer.load(archive);
  s.must_be_at_rest("load_full_optimizer");
  const auto places = places_of(s, optimizer);
  load_parts(archive, optimizer, optimizer, pieces_of(places, s.group->rank()), wholes_of(places));
}

}  // namespace wick::distributed::fsdp::inline v1
