#include <wick/train/state.h>

#include <algorithm>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/safetensors.h"
#include "train/snapshot.h"

namespace wick::train::inline v1 {

State::State() { add("rng", default_generator()); }

State& State::add(const std::string& name, Save save, Load load) {
  WICK_CHECK_TYPE(ValueError, !name.empty() && !has(name), "State: the name \"", name, "\" is empty or taken");
  parts_.push_back({name, std::move(save), std::move(load)});
  return *this;
}
State& State::add(const std::string& name, nn::Module& module) {
  return add(name,
             [&module](serialize::OutputArchive& a) {
               for (const auto& e : module.state_dict()) a.write(e.key(), e.value());
             },
             [&module](serialize::InputArchive& a) {
               std::vector<std::pair<std::string, Tensor>> state;
               for (const std::string& key : a.keys()) a.read(key, state.emplace_back(key, Tensor()).second);
               module.load_state_dict(state);
             });
}
State& State::add(const std::string& name, Generator generator) {
  return add(name, [generator](serialize::OutputArchive& a) { a.write("state", generator.get_state(), true); },
             [generator](serialize::InputArchive& a) mutable {
               Tensor state;
               a.read("state", state, true);
               generator.set_state(state);
             });
}
State& State::add(const std::string& name, std::string& text) {
  return add(name, [&text](serialize::OutputArchive& a) { a.write("value", IValue(text)); },
             [&text](serialize::InputArchive& a) {
               IValue v;
               a.read("value", v);
               text = v.toStringRef();
             });
}
State& State::add(const std::string& name, Tensor& tensor) {
  return add(name, [&tensor](serialize::OutputArchive& a) { a.write("value", tensor, true); },
             [&tensor](serialize::InputArchive& a) {
               Tensor t;
               a.try_read("value", t, true);  // an undefined one is not there
               tensor = t;
             });
}

void State::remove(const std::string& name) {
  parts_.erase(std::remove_if(parts_.begin(), parts_.end(), [&](const Part& p) { return p.name == name; }), parts_.end());
}
bool State::has(const std::string& name) const {
  return std::any_of(parts_.begin(), parts_.end(), [&](const Part& p) { return p.name == name; });
}

void State::save(serialize::OutputArchive& archive) const {
  for (const Part& p : parts_) {
    serialize::OutputArchive part;
    p.save(part);
    archive.write(p.name, part);
  }
}

void State::load_parts(serialize::InputArchive& archive) {
  // Random numbers last: parts may draw some while they are loaded.
  const auto load = [&](const Part& p) {
    serialize::InputArchive part;
    archive.read(p.name, part);
    try {
      p.load(part);
    } catch (Error& e) {
      e.add_context("in the part \"" + p.name + "\" of the state");
      throw;
    }
  };
  for (size_t i = 1; i < parts_.size(); ++i) load(parts_[i]);
  load(parts_[0]);
}

void State::load(serialize::InputArchive& archive) {
  std::string missing, unexpected;
  const std::vector<std::string> keys = archive.keys();
  for (const Part& p : parts_)
    if (std::find(keys.begin(), keys.end(), p.name) == keys.end()) missing += " " + p.name;
  for (const std::string& key : keys)
    if (!has(key)) unexpected += " " + key;
  WICK_CHECK(missing.empty() && unexpected.empty(), "State: the saved parts are not those of this run;", missing.empty() ? "" : " missing:", missing, unexpected.empty() ? "" : " unexpected:",
             unexpected);
  serialize::OutputArchive now;
  save(now);
  io::PackedArchive before = snapshot(now);
  try {
    load_parts(archive);
  } catch (...) {
    serialize::InputArchive back = io::Access::input(io::unpack_archive("the state before", std::move(before)));
    load_parts(back);
    throw;
  }
}

}  // namespace wick::train::inline v1

namespace wick::train {

io::PackedArchive snapshot(const serialize::OutputArchive& archive) {
  NoGradGuard off;
  io::PackedArchive p = io::pack_archive(io::Access::node(archive));
  for (auto& t : p.tensors) t.second = t.second.clone();
  return p;
}

}  // namespace wick::train
