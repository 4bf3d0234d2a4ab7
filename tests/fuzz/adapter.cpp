// Folders of adapters: inputs that begin with a brace are configurations, with whole weights beside them; others are weights, with a whole configuration.
#include <sys/stat.h>

#include <wick/adapt.h>
#include <wick/nn.h>

#include "fuzz.h"

static const std::string kGolden = std::string(WICK_GOLDEN) + "/adapt/attention/";

static void write(const std::string& path, const void* data, size_t size) {
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (!f || std::fwrite(data, 1, size, f) != size || std::fclose(f) != 0) std::abort();
}
static const std::string& folder() {
  static const std::string& path = *new std::string([] {  // what runs at the end needs it, too
    std::string p = "/tmp/wick_fuzz_adapter_XXXXXX";
    if (!mkdtemp(p.data())) std::abort();
    std::atexit([] {
      for (const char* name : {"adapter_config.json", "adapter_model.safetensors"}) unlink((folder() + "/" + name).c_str());
      rmdir(folder().c_str());
    });
    return p;
  }());
  return path;
}

struct Net : wick::nn::Module {
  Net() {
    using namespace wick::nn;
    register_module("conv", Conv2d(3, 4, 3));
    register_module("bn", BatchNorm2d(4));
    register_module("fc", Linear(4, 8));
    register_module("att", MultiheadAttention(8, 2));
    register_module("head", Linear(8, 3));
  }
};

std::vector<std::string> fuzz_seeds() {
  return {fuzz::read_file(kGolden + "adapter_config.json"), fuzz::read_file(kGolden + "adapter_model.safetensors"),
          R"({"peft_type": "LORA", "lora_alpha": 1e300, "alpha_pattern": {"fc": 2, "a": -1}, "modules_to_save": ["head", "bn", 3]})", R"({"peft_type": "LORA", "use_rslora": true, "lora_dropout": 0.5})"};
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const bool config = size && data[0] == '{';
  const std::string other = fuzz::read_file(kGolden + (config ? "adapter_model.safetensors" : "adapter_config.json"));
  write(folder() + (config ? "/adapter_config.json" : "/adapter_model.safetensors"), data, size);
  write(folder() + (config ? "/adapter_model.safetensors" : "/adapter_config.json"), other.data(), other.size());
  const auto net = std::make_shared<Net>();
  const size_t keys = net->state_dict().size();
  std::string text = fuzz::outcome(size + other.size(), 64, [&] {
    try {
      wick::adapt::load_lora(*net, folder());
    } catch (...) {
      if (net->state_dict().size() != keys) std::abort();  // half changed
      throw;
    }
    for (const auto& p : net->parameters())
      if (p.defined()) fuzz::use(p);
  });
  for (size_t at; (at = text.find(folder())) != std::string::npos;) text.erase(at, folder().size());
  return text;
}
