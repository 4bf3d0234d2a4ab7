#include "dist/states.h"

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/serialize.h>

#include "core/tensor_impl.h"
#include "io/node.h"

namespace wick::distributed {

void NamedState::serialize(serialize::InputArchive& archive) {
  values.clear();
  for (const std::string& key : archive.keys()) {
    IValue v;
    archive.read(key, v);
    values.emplace_back(key, v);
  }
}
void NamedState::serialize(serialize::OutputArchive& archive) const {
  for (const auto& [key, v] : values) archive.write(key, v);
}

Whole whole_of(const Tensor& t) { return {t.sizes().vec(), t.strides().vec(), t.numel()}; }
Tensor flat_view(const Tensor& t, int64_t begin, int64_t end) {
  constexpr int64_t kOne = 1;
  const int64_t n = end - begin;
  return make_alias(t, IntArrayRef(&n, 1), IntArrayRef(&kOne, 1), t.storage_offset() + begin);
}

namespace {

Tensor in_layout_of(const Tensor& t, const Whole& whole) {
  if (t.strides() == IntArrayRef(whole.strides)) return t;
  Tensor r = wick::empty_strided(whole.sizes, whole.strides, t.options());
  return r.copy_(t), r;
}
void place(NamedState& state, const std::string& key, const IValue& value, const Piece& piece, const Whole& whole) {
  auto at = std::find_if(state.values.begin(), state.values.end(), [&](const auto& v) { return v.first == key; });
  const bool part = piece.flat && value.isTensor() && value.toTensor().dim() == 1;
  if (at == state.values.end()) {
    state.values.emplace_back(key, part ? IValue(wick::empty_strided(whole.sizes, whole.strides, value.toTensor().options()).zero_()) : value);
    at = state.values.end() - 1;
  }
  if (!part) return;
  const Tensor from = value.toTensor();
  WICK_CHECK(from.numel() == piece.end - piece.begin, "optimizer: the state ", key, " of parameter ", piece.parameter, " has ", from.numel(), " elements, expected ", piece.end - piece.begin);
  flat_view(at->second.toTensor(), piece.begin, piece.end).copy_(from);
}

// An archive as bytes from one rank to another.
void send_archive(serialize::OutputArchive& archive, int to, const Group& group) {
  std::string bytes;
  archive.save_to([&](const void* p, size_t n) { return bytes.append(static_cast<const char*>(p), n), n; });
  send(wick::tensor(static_cast<int64_t>(bytes.size())), to, group);
  send(wick::from_blob(bytes.data(), {static_cast<int64_t>(bytes.size())}, kByte), to, group);
}
serialize::InputArchive recv_archive(int from, const Group& group) {
  Tensor size = wick::zeros({}, kLong);
  recv(size, from, group);
  Tensor bytes = wick::empty({size.item<int64_t>()}, kByte);
  recv(bytes, from, group);
  serialize::InputArchive archive;
  archive.load_from(reinterpret_cast<const char*>(bytes.data_ptr<uint8_t>()), static_cast<size_t>(bytes.numel()));
  return archive;
}

}  // namespace

void merge(NamedStates& into, serialize::InputArchive& archive, const Pieces& pieces, const std::vector<Whole>& wholes) {
  into.resize(wholes.size());
  serialize::InputArchive states;
  archive.read("state", states);
  for (size_t i = 0; i < pieces.size(); ++i) {
    serialize::InputArchive one;
    if ((pieces[i].flat && pieces[i].begin == pieces[i].end) || !states.try_read(std::to_string(i), one)) continue;
    NamedState part;
    part.serialize(one);
    const size_t n = pieces[i].parameter;
    if (!into[n]) into[n] = std::make_unique<NamedState>();
    for (const auto& [key, value] : part.values) place(*into[n], key, value, pieces[i], wholes[n]);
  }
}

NamedState part_of(const NamedState& state, const Piece& piece, const Whole& whole) {
  NamedState part;
  for (const auto& [key, value] : state.values) {
    if (!piece.flat || !value.isTensor() || value.toTensor().dim() == 0) {
      part.values.emplace_back(key, value);
      continue;
    }
    const Tensor t = value.toTensor();
    WICK_CHECK_TYPE(ValueError, t.sizes() == IntArrayRef(whole.sizes), "optimizer: parameter ", piece.parameter, " has the state ", key, " of size ", t.sizes(), ", expected ", IntArrayRef(whole.sizes));
    part.values.emplace_back(key, flat_view(in_layout_of(t, whole), piece.begin, piece.end).clone());
  }
  return part;
}

NamedStates collect(const optim::Optimizer& mine, const std::function<Pieces(int rank)>& pieces, const std::vector<Whole>& wholes, int to, const Group& group) {
  NoGradGuard off;
  serialize::OutputArchive archive;
  mine.save(archive);
  NamedStates all;
  if (group->rank() != to) return send_archive(archive, to, group), std::move(all);
  for (int rank = 0; rank < group->size(); ++rank) {
    serialize::InputArchive theirs = rank == to ? serialize::detail::Access::input(archive) : recv_archive(rank, group);
    merge(all, theirs, pieces(rank), wholes);
  }
  return all;
}

void load_parts(serialize::InputArchive& archive, optim::Optimizer& whole, optim::Optimizer& mine, const Pieces& pieces, const std::vector<Whole>& wholes) {
  NoGradGuard off;
  Shadow all(whole);
  optim::detail::read_optimizer(archive, all, [] { return std::unique_ptr<optim::OptimizerParamState>(new NamedState()); });
  std::vector<const NamedState*> states;
  for (const auto& g : all.param_groups())
    for (const Tensor& p : g.params()) {
      const auto found = all.state().find(p.unsafeGetTensorImpl());
      states.push_back(found == all.state().end() ? nullptr : static_cast<const NamedState*>(found->second.get()));
    }
  Shadow part(mine);
  size_t number = 0;
  for (size_t g = 0; g < all.param_groups().size(); ++g) {
    auto& to = part.param_groups()[g];
    to.set_options(all.param_groups()[g].options().clone());
    to.initial_lr() = all.param_groups()[g].initial_lr();
    for (const Tensor& p : to.params()) {
      const Piece& piece = pieces[number++];
      if (piece.flat && piece.begin == piece.end) continue;
      if (const NamedState* s = states[piece.parameter]) part.state()[p.unsafeGetTensorImpl()] = std::make_unique<NamedState>(part_of(*s, piece, wholes[piece.parameter]));
    }
  }
  serialize::OutputArchive local;
  optim::detail::write_optimizer(local, part);
  serialize::InputArchive in = serialize::detail::Access::input(local);
  mine.load(in);
  whole.param_groups() = std::move(all.param_groups());
}

}  // namespace wick::distributed
