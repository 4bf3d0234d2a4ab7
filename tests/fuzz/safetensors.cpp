// Safetensors files, plain and as Wick's archives.
#include <wick/io/safetensors.h>
#include <wick/io/serialize.h>

#include "fuzz.h"

static const std::string kChecked = R"({"__metadata__":{"crc32":")";

std::vector<std::string> fuzz_seeds() {
  using namespace wick;
  std::vector<std::string> seeds;
  const std::string path = "/tmp/wick_fuzz_" + std::to_string(getpid()) + ".safetensors";
  const auto take = [&] {
    seeds.push_back(fuzz::read_file(path));
    unlink(path.c_str());
  };
  io::save_safetensors(path, {{"a.weight", ones({2, 3})}, {"a.bias", ones({3}, kHalf)}, {"n", tensor({1}).to(kLong)}, {"flag", ones({2}, kBool)}, {"empty", zeros({0, 4})}}, {{"format", "pt"}, {"k", "\"v\"\n"}});
  take();
  io::save_safetensors(path, {});
  take();
  serialize::OutputArchive a, inner;
  Dict<std::string, Tensor> dict;
  dict.insert("k", zeros({3}));
  inner.write("y", ones({1}, kComplexDouble));
  a.write("x", ones({2}));
  a.write("n", IValue(-7));
  a.write("d", IValue(0.25));
  a.write("s", IValue("text"));
  a.write("bytes", IValue(std::string("\xff\0", 2)));
  a.write("ints", IValue(std::vector<int64_t>{1, 2}));
  a.write("tensors", IValue(std::vector<Tensor>{ones({1}), Tensor()}));
  a.write("dict", IValue(dict));
  a.write("pair", IValue(std::make_tuple(1.5, true)));
  a.write("device", IValue(Device("cpu")));
  a.write("inner", inner);
  a.save_to(path);
  take();
  save(std::vector<Tensor>{ones({2}), zeros({1}, kLong)}, path);
  take();
  return seeds;
}

static std::string load(std::string bytes) {
  // A checksum that is right lets changes through to what is behind it.
  const size_t digits = 8 + kChecked.size();
  if (bytes.size() > digits + 8 && bytes.compare(8, kChecked.size(), kChecked) == 0) {
    bytes.replace(digits, 8, 8, '0');
    char hex[9];
    std::snprintf(hex, sizeof hex, "%08x", fuzz::crc(bytes.substr(8)));
    bytes.replace(digits, 8, hex);
  }
  const fuzz::File file(bytes.data(), bytes.size());
  const std::string plain = fuzz::outcome(bytes.size(), 1, [&] {
    std::map<std::string, std::string> metadata;
    for (const auto& t : wick::io::load_safetensors(file.path(), &metadata)) fuzz::use(t.second);
  });
  if (!plain.empty()) return plain;
  return fuzz::outcome(bytes.size(), 1, [&] {
    wick::serialize::InputArchive a;
    a.load_from(file.path());
    for (const std::string& key : a.keys()) {
      wick::Tensor t;
      if (a.try_read(key, t)) fuzz::use(t);
    }
  });
}

// The input as it is, and with a header that ends with its last brace.
std::string fuzz_one(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string text = load(bytes);
  const size_t brace = bytes.rfind('}');
  if (text.empty() || brace == std::string::npos || brace < 8) return text;
  return load(bytes.replace(0, 8, fuzz::little(brace - 7, 8)));
}
