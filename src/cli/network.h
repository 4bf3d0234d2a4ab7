// The networks that `wick train` makes and `wick predict` finds again by what a run's model.safetensors says.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <wick/wick.h>

namespace wick::cli {

using Json = nlohmann::ordered_json;

// A module, how it is called, and a line about it for people.
struct Network {
  std::shared_ptr<nn::Module> module;
  std::function<Tensor(const Tensor&)> forward;
  std::string text;
};

// The network that `settings["network"]` describes:
//   {"kind": "convnet", "height", "width", "outputs"}        two convolutions, for grey pictures of one size
//   {"kind": "model", "name", "outputs"}                     one of models::list()
//   {"kind": "rows", "categories": [0, 3, ...], "hidden": [64, 64], "dropout", "outputs"}   for each column how many categories it has, 0 for numbers
// With a file of weights (images only) they are loaded, and a last layer for another number of classes is replaced.
Network make_network(const Json& settings, const std::string& weights = {});
int64_t parameter_count(const nn::Module& module);

// A run as it was saved.
struct Saved {
  std::string dir;
  Json settings;  // task, network, classes, and what the data need
  Network network;
  std::vector<std::string> classes() const;
};
// Runs what reads a run's settings; those that are not as they should be are an Error that names the run.
int with_settings(const Saved& run, const std::function<int()>& what);
// Takes the folder of a run, or its model.safetensors. Errors: no such file, one that no `wick train` wrote, weights that do not fit.
Saved load_run(const std::string& path);
void save_run(const std::string& dir, const Json& settings, const nn::Module& module);

}  // namespace wick::cli
