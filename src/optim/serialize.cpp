// The layout of optimizers in archives is libtorch's; parameters are called by their number, so that files repeat.
#include <wick/optim/serialize.h>

#include <unordered_map>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::optim::inline v1 {

void serialize(serialize::OutputArchive& archive, const std::string& key, const int64_t& value) { archive.write(key, tensor(value)); }
void serialize(serialize::InputArchive& archive, const std::string& key, int64_t& value) {
  Tensor t;
  archive.read(key, t);
  value = t.item<int64_t>();
}
void serialize(serialize::OutputArchive& archive, const std::string& key, const std::vector<int64_t>& values) {
  std::vector<Tensor> tensors;
  for (int64_t v : values) tensors.push_back(tensor(v));
  serialize(archive, key, tensors);
}
void serialize(serialize::InputArchive& archive, const std::string& key, std::vector<int64_t>& values) {
  std::vector<Tensor> tensors;
  serialize(archive, key, tensors);
  values.clear();
  for (const Tensor& t : tensors) values.push_back(t.item<int64_t>());
}

namespace detail {

void write_optimizer(serialize::OutputArchive& archive, const Optimizer& optimizer) {
  archive.write("pytorch_version", IValue("1.5.0"));
  serialize::OutputArchive states(archive.compilation_unit()), groups(archive.compilation_unit());
  const auto& all = optimizer.param_groups();
  groups.write("param_groups/size", tensor(static_cast<int64_t>(all.size())));
  int64_t number = 0;
  for (size_t g = 0; g < all.size(); ++g) {
    serialize::OutputArchive group(archive.compilation_unit()), options(archive.compilation_unit());
    const auto& params = all[g].params();
    group.write("params/size", tensor(static_cast<int64_t>(params.size())));
    for (size_t i = 0; i < params.size(); ++i) {
      const std::string name = std::to_string(number++);
      group.write("params/" + std::to_string(i), IValue(name));
      const auto found = optimizer.state().find(params[i].unsafeGetTensorImpl());
      if (found == optimizer.state().end()) continue;
      serialize::OutputArchive state(archive.compilation_unit());
      static_cast<const OptimizerParamState&>(*found->second).serialize(state);
      states.write(name, state);
    }
    all[g].options().serialize(options);
    group.write("options", options);
    if (all[g].initial_lr()) group.write("initial_lr", IValue(*all[g].initial_lr()));
    groups.write("param_groups/" + std::to_string(g), group);
  }
  archive.write("state", states);
  archive.write("param_groups", groups);
}

// Everything is read before anything is changed.
void read_optimizer(serialize::InputArchive& archive, Optimizer& optimizer, std::unique_ptr<OptimizerParamState> (*make_state)(),
                    void (*check)(const OptimizerParamState&, const Tensor&, size_t, size_t), void (*check_options)(const OptimizerOptions&)) {
  IValue version;
  archive.read("pytorch_version", version);
  WICK_CHECK(version.toStringRef() == "1.5.0", "load: an optimizer's archive of version ", version.toStringRef(), ", expected 1.5.0");
  serialize::InputArchive states, groups;
  archive.read("state", states);
  archive.read("param_groups", groups);
  auto& all = optimizer.param_groups();
  int64_t n = 0;
  serialize(groups, "param_groups/size", n);
  WICK_CHECK(n == static_cast<int64_t>(all.size()), "loaded state dict has a different number of parameter groups (", n, ", the optimizer has ", all.size(), ")");
  std::vector<std::pair<void*, std::unique_ptr<OptimizerParamState>>> new_states;
  std::vector<std::unique_ptr<OptimizerOptions>> new_options;
  std::vector<std::optional<double>> new_rates(all.size());
  for (size_t g = 0; g < all.size(); ++g) {
    serialize::InputArchive group, options;
    groups.read("param_groups/" + std::to_string(g), group);
    const auto& params = all[g].params();
    int64_t count = 0;
    serialize(group, "params/size", count);
    WICK_CHECK(count == static_cast<int64_t>(params.size()), "loaded state dict contains a parameter group that has a different size than the optimizer's parameter group (group ", g, ": ",
               count, " and ", params.size(), " parameters)");
    for (size_t i = 0; i < params.size(); ++i) {
      IValue name;
      group.read("params/" + std::to_string(i), name);
      serialize::InputArchive state;
      if (!states.try_read(name.toStringRef(), state)) continue;
      new_states.emplace_back(params[i].unsafeGetTensorImpl(), make_state());
      new_states.back().second->serialize(state);
      if (check) check(*new_states.back().second, params[i], g, i);
    }
    group.read("options", options);
    new_options.push_back(all[g].options().clone());
    new_options.back()->serialize(options);
    if (check_options) check_options(*new_options.back());
    IValue rate;
    if (group.try_read("initial_lr", rate)) new_rates[g] = rate.toDouble();
  }
  for (auto& s : new_states) optimizer.state()[s.first] = std::move(s.second);
  for (size_t g = 0; g < all.size(); ++g) {
    all[g].set_options(std::move(new_options[g]));
    if (new_rates[g]) all[g].initial_lr() = new_rates[g];
  }
}

}  // namespace detail

serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Optimizer& optimizer) {
  optimizer.save(archive);
  return archive;
}
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Optimizer& optimizer) {
  optimizer.load(archive);
  return archive;
}

}  // namespace wick::optim::inline v1
