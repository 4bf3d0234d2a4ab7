// Indices of shards: the input is the index of a folder with two shards.
#include <wick/io/files.h>

#include "fuzz.h"

#include <sys/stat.h>

static const std::string& folder() {
  static const std::string& path = *new std::string([] {  // what runs at the end needs it, too
    std::string p = "/tmp/wick_fuzz_shards_XXXXXX";
    if (!mkdtemp(p.data())) std::abort();
    for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"}) {
      const std::string bytes = fuzz::read_file(std::string(WICK_GOLDEN) + "/files/sharded/" + name);
      std::FILE* f = std::fopen((p + "/" + name).c_str(), "wb");
      if (!f || std::fwrite(bytes.data(), 1, bytes.size(), f) != bytes.size() || std::fclose(f) != 0) std::abort();
    }
    std::atexit([] {
      for (const char* name : {"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"}) unlink((folder() + "/" + name).c_str());
      rmdir(folder().c_str());
    });
    return p;
  }());
  return path;
}

std::vector<std::string> fuzz_seeds() {
  return {fuzz::read_file(std::string(WICK_GOLDEN) + "/files/sharded/model.safetensors.index.json"), R"({"weight_map": {"b.weight": "model-00002-of-00002.safetensors"}})", R"({"weight_map": {"a": "../x"}})",
          R"({"weight_map": {"a": "model.safetensors.index.json"}})", R"({"weight_map": {}})"};
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  const std::string path = folder() + "/model.safetensors.index.json";
  std::FILE* f = std::fopen(path.c_str(), "wb");
  if (!f || std::fwrite(data, 1, size, f) != size || std::fclose(f) != 0) std::abort();
  std::string text = fuzz::outcome(size, 1, [&] {
    for (const auto& [name, t] : wick::io::load_tensors(folder())) fuzz::use(t);
  });
  // What is said of an index depends on the folder's name, which is another one in each run.
  for (size_t at; (at = text.find(folder())) != std::string::npos;) text.erase(at, folder().size());
  return text;
}
