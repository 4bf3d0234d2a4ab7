// Models from folders as published, and into such.
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/io/files.h>
#include <wick/ops.h>
#include <wick/text/model.h>

#include "io/atomic_file.h"
#include "text/json.h"

namespace wick::text {
namespace {

bool there(const std::string& path) {
  struct stat s {};
  return stat(path.c_str(), &s) == 0 && S_ISREG(s.st_mode);
}
std::string weights_of(const std::string& folder) {
  for (const char* name : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"})
    if (there(folder + "/" + name)) return folder + "/" + name;
  throw Error(folder + ": no weights in the folder: neither model.safetensors, nor pytorch_model.bin, nor an index of either");
}
bool starts_with(const std::string& s, std::string_view with) { return s.compare(0, with.size(), with) == 0; }
bool ends_with(const std::string& s, std::string_view with) { return s.size() >= with.size() && s.compare(s.size() - with.size(), with.size(), with) == 0; }

// The names of TensorFlow's layers, which old files have.
std::string new_name(std::string name) {
  if (ends_with(name, "LayerNorm.gamma")) name.replace(name.size() - 5, 5, "weight");
  if (ends_with(name, "LayerNorm.beta")) name.replace(name.size() - 4, 4, "bias");
  return name;
}

}  // namespace

inline namespace v1 {

class Loader {
 public:
  static void load(ModelImpl& m, const std::string& path) {
    std::unordered_map<std::string, Tensor> own;
    for (const auto& p : m.named_parameters()) own.emplace(p.key(), p.value());
    const std::string base = m.config_.model_type == "gpt2" ? "transformer." : m.config_.model_type + ".";
    std::unordered_map<std::string, Tensor> found;
    for (auto& [file_name, tensor] : io::load_tensors(path)) {
      std::string name = new_name(file_name);
      if (!own.count(name)) name = starts_with(name, base) ? name.substr(base.size()) : base + name;
      const auto o = own.find(name);
      if (o == own.end()) continue;  // another head, or a buffer that older versions had
      const bool body = m.task_ == Task::features || starts_with(name, base);
      if (o->second.sizes() != tensor.sizes() && !body) continue;  // a head for other classes
      found.insert_or_assign(name, std::move(tensor));
    }
    NoGradGuard off;
    std::vector<std::pair<std::string, Tensor>> state;
    for (const auto& p : m.named_parameters()) {
      const std::string& name = p.key();
      if (const auto f = found.find(name); f != found.end()) {
        Tensor own_value = p.value();
        // As they lie in the file, where they can: nothing is copied.
        if (f->second.sizes() == own_value.sizes() && f->second.scalar_type() == own_value.scalar_type() && f->second.is_contiguous()) own_value.set_data(f->second);
        else state.emplace_back(name, f->second);
        continue;
      }
      const bool body = (m.task_ == Task::features || starts_with(name, base)) && name.find("pooler.") == std::string::npos;
      if (body) throw Error(file_name(path) + ": \"" + name + "\" is missing, and there are " + std::to_string(found.size()) + " of the " + std::to_string(own.size()) + " tensors of " + m.config_.model_type);
      m.initialised_.push_back(name);
      const Tensor t = p.value();
      if (ends_with(name, "bias")) t.zero_();
      else if (name.find("norm") != std::string::npos || name.find("Norm") != std::string::npos) t.fill_(1);
      else t.normal_(0, m.config_.initializer_range);
    }
    m.load_state_dict(state, false);
    m.eval();
  }
};

Model from_pretrained(const std::string& folder, std::optional<Task> task, const PretrainedOptions& options) {
  if (!there(folder + "/config.json")) throw Error(folder + ": no model in the folder: there is no config.json");
  Config c = Config::from_file(folder + "/config.json");
  if (!options.labels().empty()) c.labels = options.labels();
  if (options.pad_token_id()) c.pad_token_id = *options.pad_token_id();
  Model m(c, task ? *task : c.task.value_or(Task::features), false);
  Loader::load(*m, weights_of(folder));
  return m;
}

void save_pretrained(Model model, const std::string& folder, const std::string& tokenizer_folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) throw Error(folder + ": the folder cannot be made: " + failed.message());
  io::NamedTensors tensors;
  for (const auto& p : model->named_parameters()) tensors.emplace_back(p.key(), p.value().detach());
  const std::string config = model->config().json(model->task());
  io::save_tensors(folder + "/model.safetensors", tensors, {{"format", "pt"}});
  io::write_atomically(folder + "/config.json", {{config.data(), config.size()}});
  if (tokenizer_folder.empty()) return;
  for (const char* name : {"tokenizer.json", "vocab.txt", "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"})
    if (there(tokenizer_folder + "/" + name)) {
      std::filesystem::copy_file(tokenizer_folder + "/" + name, folder + "/" + name, std::filesystem::copy_options::overwrite_existing, failed);
      if (failed) throw Error(folder + "/" + name + ": the file cannot be written: " + failed.message());
    }
}

}  // namespace v1
}  // namespace wick::text
