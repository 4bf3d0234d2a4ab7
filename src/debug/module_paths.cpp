#include "debug/module_paths.h"

#include <wick/nn/module.h>

#include "core/watch.h"
#include "nn/extras.h"

namespace wick::debug {
namespace {

std::string below(const nn::Module& above, const nn::Module& module) {
  std::string found;
  above.apply([&](const std::string& name, const nn::Module& m) { if (found.empty() && &m == &module) found = name; });
  return found;
}

}  // namespace

std::string path_of(const nn::Module* above, const std::string& above_path, const nn::Module& module) {
  if (!above) return nn::short_name(module);
  if (above == &module) return above_path;
  const std::string name = below(*above, module);
  return above_path + "." + (name.empty() ? nn::short_name(module) : name);
}

int ModulePaths::add(int parent, const void* what) {
  const auto& module = *static_cast<const nn::Module*>(what);
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& [number, name] = known_[{parent, what}];
  if (number != 0 && name == module.name()) return number;
  const Place& above = places_[static_cast<size_t>(parent)];
  std::string path = path_of(above.module, above.path, module);
  name = module.name();
  number = static_cast<int>(places_.size());
  places_.push_back({std::move(path), &module});
  return number;
}
const std::string& ModulePaths::operator[](int number) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return places_[static_cast<size_t>(number)].path;
}

std::string module_path() {
  std::string path;
  const nn::Module* above = nullptr;
  for (const watch::Event& e : watch::under_way()) {
    if (e.kind != watch::Kind::module) continue;
    const auto* m = static_cast<const nn::Module*>(e.what);
    path = path_of(above, path, *m);
    above = m;
  }
  return path;
}

}  // namespace wick::debug
