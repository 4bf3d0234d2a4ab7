#include "cli/network.h"

#include <filesystem>

#include <wick/core/str.h>
#include <wick/io/safetensors.h>
#include <wick/models.h>
#include <wick/nn/load.h>

#ifdef WICK_WITH_TEXT
#include "cli/text_train.h"
#endif
#include "train/progress.h"

namespace wick::cli {
namespace {

// Two convolutions and a linear layer, sized to the images: small ones get a narrow net without a hidden layer.
struct ConvNetImpl : nn::Module {
  nn::Sequential features{nullptr}, classifier{nullptr};
  std::string text;

  ConvNetImpl(int64_t height, int64_t width, int64_t classes) {
    const bool small = height * width < 200;
    const int64_t c1 = small ? 16 : 32, c2 = 2 * c1, flat = c2 * (height / 4) * (width / 4);
    features = register_module("features", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, c1, 3).padding(1)), nn::BatchNorm2d(c1), nn::ReLU(), nn::MaxPool2d(2),
                                                          nn::Conv2d(nn::Conv2dOptions(c1, c2, 3).padding(1)), nn::BatchNorm2d(c2), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten()));
    classifier = register_module("classifier", small ? nn::Sequential(nn::Dropout(0.25), nn::Linear(flat, classes))
                                                     : nn::Sequential(nn::Dropout(0.25), nn::Linear(flat, 128), nn::ReLU(), nn::Dropout(0.25), nn::Linear(128, classes)));
    text = str("Conv 1→", c1, " → Conv ", c1, "→", c2, small ? "" : " → Linear 128", " → Linear ", classes);
  }
  Tensor forward(const Tensor& x) { return classifier->forward(features->forward(x)); }
};
WICK_MODULE(ConvNet);

// Rows of a table: numbers as they are, categories as learnt vectors (one more for those not seen in training), then linear layers.
struct RowNetImpl : nn::Module {
  std::vector<int64_t> categories;
  std::vector<nn::Embedding> embeddings;
  nn::Sequential layers{nullptr};
  std::string text;

  RowNetImpl(std::vector<int64_t> columns, const std::vector<int64_t>& hidden, double dropout, int64_t outputs) : categories(std::move(columns)) {
    int64_t width = 0, embedded = 0;
    for (size_t i = 0; i < categories.size(); ++i) {
      if (categories[i] == 0) {
        ++width;
        continue;
      }
      const int64_t size = std::min<int64_t>(50, (categories[i] + 2) / 2);
      embeddings.push_back(register_module(str("embedding", i), nn::Embedding(categories[i] + 1, size)));
      width += size;
      ++embedded;
    }
    text = str(width, " inputs", embedded ? str(" (", embedded, embedded == 1 ? " category" : " categories", " embedded)") : "");
    layers = register_module("layers", nn::Sequential());
    for (const int64_t h : hidden) {
      layers->push_back(nn::Linear(width, h));
      layers->push_back(nn::ReLU());
      if (dropout > 0) layers->push_back(nn::Dropout(dropout));
      text += str(" → Linear ", width = h);
    }
    layers->push_back(nn::Linear(width, outputs));
    text += str(" → Linear ", outputs);
  }
  Tensor forward(const Tensor& x) {
    if (embeddings.empty()) return layers->forward(x);
    std::vector<Tensor> parts;
    size_t next = 0;
    for (size_t i = 0; i < categories.size(); ++i) {
      const Tensor column = x.narrow(1, static_cast<int64_t>(i), 1);
      parts.push_back(categories[i] == 0 ? column : embeddings[next++]->forward(column.squeeze(1).to(kLong)));
    }
    return layers->forward(cat(parts, 1));
  }
};
WICK_MODULE(RowNet);

template <class M>
Network network_of(M m, std::string text) {
  return {m.ptr(), [m](const Tensor& x) mutable { return m->forward(x); }, std::move(text)};
}

// A published model, or one of `wick train images`, whatever its number of classes.
models::Model with_weights(const std::string& name, int64_t outputs, const std::string& file) {
  models::Model m = models::create(name, models::ModelOptions().num_classes(outputs));
  const std::string last = m->classifier_path() + ".weight";
  bool fits = false;  // the last layer
  for (const auto& [key, t] : io::load_tensors(file))
    fits = fits || (key.size() >= last.size() && key.compare(key.size() - last.size(), last.size(), last) == 0 && t.dim() > 0 && t.size(0) == outputs);
  models::load_weights(m, file, fits);
  return m;
}

}  // namespace

int64_t parameter_count(const nn::Module& module) {
  int64_t n = 0;
  for (const Tensor& p : module.parameters()) n += p.numel();
  return n;
}

Network make_network(const Json& settings, const std::string& weights) {
  const Json& n = settings.at("network");
  const std::string kind = n.at("kind");
  const int64_t outputs = n.at("outputs");
  if (kind == "convnet") {
    ConvNet net(n.at("height").get<int64_t>(), n.at("width").get<int64_t>(), outputs);
    return network_of(net, net->text);
  }
  if (kind == "rows") {
    RowNet net(n.at("categories").get<std::vector<int64_t>>(), n.at("hidden").get<std::vector<int64_t>>(), n.at("dropout").get<double>(), outputs);
    return network_of(net, net->text);
  }
#ifdef WICK_WITH_TEXT
  if (kind == "text") return text_network(n, weights);
#endif
  WICK_CHECK(kind == "model", "unknown network \"", kind, "\": the run is of a later version");
  const std::string name = n.at("name");
  return network_of(weights.empty() ? models::create(name, models::ModelOptions().num_classes(outputs)) : with_weights(name, outputs, weights), name);
}

int with_settings(const Saved& run, const std::function<int()>& what) {
  try {
    return what();
  } catch (const nlohmann::json::exception& e) {
    throw Error(str(run.dir, "/model.safetensors: its settings cannot be read: ", e.what()));
  }
}

std::vector<std::string> Saved::classes() const { return settings.at("classes").get<std::vector<std::string>>(); }

Saved load_run(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool folder = fs::is_directory(path, error);
  const std::string file = folder ? path + "/model.safetensors" : path;
  WICK_CHECK(fs::exists(file, error), folder ? "no model.safetensors in " + path : "no run " + path, "\n  expected the folder that wick train wrote (--out), such as runs/images-1");
  Saved run;
  run.dir = folder ? path : fs::path(path).parent_path().string();
  std::map<std::string, std::string> metadata;
  io::load_safetensors(file, &metadata);
  const auto text = metadata.find("settings");
  WICK_CHECK(text != metadata.end(), file, " does not say what it was trained for: it is no model of wick train, or one of an earlier version");
  try {
    run.settings = Json::parse(text->second);
    run.network = make_network(run.settings);
    const int64_t classes = static_cast<int64_t>(run.classes().size()), outputs = run.settings.at("network").at("outputs");
    WICK_CHECK(std::max<int64_t>(1, classes) == outputs, file, ": the network tells ", outputs, " classes apart, and ", classes, " have names");
  } catch (const nlohmann::json::exception& e) {
    throw Error(str(file, ": its settings cannot be read: ", e.what()));
  }
  io::load_into(*run.network.module, file);
  run.network.module->eval();
  return run;
}

void save_run(const std::string& dir, const Json& settings, const nn::Module& module) {
  io::NamedTensors tensors;
  for (const auto& p : module.named_parameters()) tensors.emplace_back(p.key(), p.value());
  for (const auto& b : module.named_buffers()) tensors.emplace_back(b.key(), b.value());
  io::save_safetensors(dir + "/model.safetensors", tensors, {{"format", "wick"}, {"version", "1"}, {"task", settings.at("task")}, {"settings", settings.dump()}});
}

}  // namespace wick::cli
