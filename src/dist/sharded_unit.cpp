#include "dist/sharded_unit.h"

#include <algorithm>
#include <functional>
#include <map>

#include <wick/autograd.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"

namespace wick::distributed {
namespace {

// Makes t show other memory; what is recorded of it stays valid if the same is shown again.
void show(const Tensor& t, const Tensor& memory, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  TensorImpl *p = impl(t), *from = impl(memory);
  from->storage->retain();
  p->set_storage(from->storage);
  p->sizes.assign(sizes);
  p->strides.assign(strides);
  p->offset = from->offset + offset;
  p->dtype = from->dtype;
  p->update();
}

}  // namespace

void FlatShard::build(const Group& group, const fsdp::MixedPrecision& mixed, bool sync) {
  const auto dtype_or = [](ScalarType t, ScalarType otherwise) { return t == ScalarType::Undefined ? otherwise : t; };
  compute = dtype_or(mixed.param_dtype(), dtype);
  reduce = dtype_or(mixed.reduce_dtype(), compute);
  constexpr int64_t kRow = 16;  // elements of a cache line
  const int64_t size = group->size(), rank = group->rank();
  part = ((total + size - 1) / size + kRow - 1) / kRow * kRow;
  {
    Tensor flat = wick::zeros({part * size}, dtype);
    for (const ShardedParam& p : params) flat.narrow(0, p.start, p.whole.numel).view(p.whole.sizes).copy_(p.tensor.detach());
    if (sync) broadcast(flat, 0, group);
    shard = flat.narrow(0, rank * part, part).clone();
  }
  memory = std::make_shared<memory::Reserved>(static_cast<size_t>(part * size) * element_size(compute));
  full = wick::from_blob(memory->data(), {part * size}, [keep = memory](void*) {}, TensorOptions(compute));
  raw = full.variable_data();
  for (ShardedParam& p : params) {
    p.begin = std::clamp(rank * part, p.start, p.start + p.whole.numel) - p.start;
    p.end = std::clamp((rank + 1) * part, p.start, p.start + p.whole.numel) - p.start;
    show(p.tensor, full, p.whole.sizes, p.whole.strides, p.start);
    if (trains) p.accumulator = autograd::gradient_edge(p.tensor).function;  // it knows the whole's shape
  }
  show_shard();
}
std::shared_ptr<Work> FlatShard::gather(const Group& group) {
  memory->take();
  if (const uint32_t now = impl(shard)->current_version(); now != seen) {
    seen = now;
    impl(full)->bump_version();
  }
  return all_gather_into_tensor(raw, compute == dtype ? shard : shard.to(compute), group, true);
}
Tensor FlatShard::gathered_copy(const Group& group) const {
  Tensor all = wick::empty({part * group->size()}, dtype);
  all_gather_into_tensor(all, shard, group);
  return all;
}
void FlatShard::show_whole(const Tensor& memory) {
  for (ShardedParam& p : params) show(p.tensor, memory, p.whole.sizes, p.whole.strides, p.start);
}
void FlatShard::show_shard() {
  constexpr int64_t kOne = 1;
  for (ShardedParam& p : params) {
    const int64_t n = p.end - p.begin;
    show(p.tensor, shard, IntArrayRef(&n, 1), IntArrayRef(&kOne, 1), n ? (p.start + p.begin) % part : 0);
  }
}
Tensor FlatShard::elements(const ShardedParam& p, const Tensor& like_shard, int rank) const {
  return flat_view(like_shard, p.start + p.begin - rank * part, p.start + p.end - rank * part);
}
Piece FlatShard::piece(const ShardedParam& p, size_t number, int rank) const {
  const int64_t stop = p.start + p.whole.numel;
  return {number, true, std::clamp(rank * part, p.start, stop) - p.start, std::clamp((rank + 1) * part, p.start, stop) - p.start};
}
void FlatShard::fill(ShardedParam& p, const Tensor& grad, int64_t elements) {
  if (!grads.defined()) grads = wick::empty({elements}, reduce);
  const Tensor place = grads.narrow(0, p.start, p.whole.numel).view(p.whole.sizes);
  if (p.filled) place.add_(grad);
  else place.copy_(grad);
  p.filled = true;
}
void FlatShard::zero_gaps() {
  for (ShardedParam& p : params)
    if (!p.filled) grads.narrow(0, p.start, p.whole.numel).zero_();
  grads.narrow(0, total, grads.numel() - total).zero_();
}

void ShardedUnit::fetch(const Group& group) {
  if (place != away) return;
  place = coming;
  for (FlatShard& f : flats) works.push_back(f.gather(group));
}
void ShardedUnit::bring(const Group& group) {
  if (place == here) return;
  fetch(group);
  for (const auto& w : works) w->wait();
  works.clear();
  place = here;
  for (FlatShard& f : flats) f.show_whole(f.full);
}
void ShardedUnit::leave() {
  if (place == away) return;
  for (const auto& w : works) w->wait();
  works.clear();
  place = away;
  for (FlatShard& f : flats) {
    f.show_shard();
    f.memory->give();
  }
}

std::vector<ShardedUnit> plan_units(nn::Module& module, const fsdp::WrapPolicy& policy) {
  struct Seen { std::string path; nn::Module* module; };
  std::vector<Seen> all;  // parents first
  module.apply([&](const std::string& path, nn::Module& m) {
    if (std::none_of(all.begin(), all.end(), [&](const Seen& s) { return s.module == &m; })) all.push_back({path, &m});
  }, std::string());
  const auto below = [](const std::string& path, const std::string& parent) { return parent.empty() || path == parent || path.rfind(parent + ".", 0) == 0; };

  std::vector<ShardedUnit> units;
  const auto unit_of = [&](const std::string& path) {  // the innermost
    size_t best = units.size();
    for (size_t u = 0; u < units.size(); ++u)
      if (below(path, units[u].path) && (best == units.size() || units[u].path.size() > units[best].path.size())) best = u;
    return best;
  };
  if (policy)
    for (size_t i = all.size(); i-- > 1;) {
      int64_t numel = 0;
      for (size_t k = i; k < all.size(); ++k)
        if (below(all[k].path, all[i].path) && unit_of(all[k].path) == units.size())
          for (const Tensor& p : all[k].module->parameters(false)) numel += p.numel();
      if (!policy(all[i].path, *all[i].module, numel)) continue;
      units.emplace_back();
      units.back().module = all[i].module;
      units.back().path = all[i].path;
    }
  std::reverse(units.begin(), units.end());
  units.emplace_back();
  units.back().module = &module;

  // Each parameter with all its names and the innermost unit around them.
  struct Found { std::vector<std::string> names; Tensor tensor; std::string around; };
  std::vector<Found> found;
  std::map<const void*, size_t> number;
  for (const Seen& s : all)
    for (const auto& item : s.module->named_parameters(false)) {
      const Tensor& t = item.value();
      if (!t.defined()) continue;
      const std::string name = s.path.empty() ? item.key() : s.path + "." + item.key();
      const auto [at, fresh] = number.emplace(t.unsafeGetTensorImpl(), found.size());
      if (fresh) {
        found.push_back({{name}, t, s.path});
        continue;
      }
      Found& f = found[at->second];
      f.names.push_back(name);
      while (!below(s.path, f.around)) f.around = f.around.substr(0, f.around.find('.') == std::string::npos ? 0 : f.around.rfind('.'));
    }
  for (const Found& f : found) {
    WICK_CHECK(!f.tensor.is_view() && f.tensor.is_leaf() && !f.tensor.is_sparse(), "FullyShardedDataParallel: the parameter ", f.names[0], " is a view or no leaf, and cannot be spread over ranks");
    WICK_CHECK(!f.tensor.grad().defined(), "FullyShardedDataParallel: the parameter ", f.names[0], " already has a gradient; wrap the model first, or drop it with zero_grad()");
    ShardedUnit& u = units[unit_of(f.around)];
    const bool trains = f.tensor.requires_grad();
    auto flat = std::find_if(u.flats.begin(), u.flats.end(), [&](const FlatShard& s) { return s.dtype == f.tensor.scalar_type() && s.trains == trains; });
    if (flat == u.flats.end()) {
      flat = u.flats.emplace(flat);
      flat->dtype = f.tensor.scalar_type();
      flat->trains = trains;
    }
    ShardedParam p;
    p.names = f.names;
    p.tensor = f.tensor;
    const DimVec strides = contiguous_strides(f.tensor.sizes());
    p.whole = {f.tensor.sizes().vec(), std::vector<int64_t>(strides.begin(), strides.end()), f.tensor.numel()};
    p.start = flat->total;
    flat->total += p.whole.numel;
    flat->params.push_back(std::move(p));
    u.trainable += trains;
    u.frozen |= !trains;
  }
  return units;
}

void check_alike(const char* what, const std::vector<std::string>& lines, const Group& group) {
  constexpr int64_t kNone = -1;
  Tensor count = wick::tensor(static_cast<int64_t>(lines.size())), most = count.clone();
  all_reduce(most, ReduceOp::MAX, group);
  const int64_t n = most.item<int64_t>();
  Tensor mine = wick::full({n}, kNone, kLong), all = wick::empty({group->size(), n}, kLong);
  for (size_t i = 0; i < lines.size(); ++i) mine.data_ptr<int64_t>()[i] = static_cast<int64_t>(std::hash<std::string>()(lines[i]) >> 1);
  all_gather_into_tensor(all, mine, group);
  const int64_t* h = all.data_ptr<int64_t>();
  for (int64_t rank = 1; rank < group->size(); ++rank)
    for (int64_t i = 0; i < n; ++i)
      WICK_CHECK_TYPE(ValueError, h[rank * n + i] == h[i], what, ": the ranks differ: rank ", rank, " does not have what rank 0 has as number ", i, "; rank ", group->rank(), " has there ",
                      i < static_cast<int64_t>(lines.size()) ? lines[static_cast<size_t>(i)] : std::string("nothing"));
}

}  // namespace wick::distributed
