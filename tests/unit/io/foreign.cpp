// Files of others: those that PyTorch and NumPy made (tests/golden/files.py), published checkpoints where they are, and hostile ones.
#include <sys/stat.h>

#include <array>
#include <fstream>

#include <nlohmann/json.hpp>

#include <wick/nn/load.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using Json = nlohmann::json;

// SHA-256 (FIPS 180-4), for comparison with what other programs found in the files.
std::string sha256(const void* data, size_t size) {
  static const auto constants = [] {  // the first bits of the cube roots of the first 64 primes
    std::array<uint32_t, 64> k{};
    for (int n = 2, i = 0; i < 64; ++n) {
      bool prime = true;
      for (int d = 2; d * d <= n; ++d) prime = prime && n % d;
      if (prime) {
        const long double root = cbrtl(n);
        k[static_cast<size_t>(i++)] = static_cast<uint32_t>((root - floorl(root)) * 4294967296.0L);
      }
    }
    return k;
  }();
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::string m(static_cast<const char*>(data), size);
  m += '\x80';
  m.append((120 - m.size() % 64) % 64, '\0');
  for (int i = 7; i >= 0; --i) m += static_cast<char>(uint64_t{size} * 8 >> (8 * i));
  const auto rotate = [](uint32_t x, int n) { return x >> n | x << (32 - n); };
  for (size_t at = 0; at < m.size(); at += 64) {
    uint32_t w[64], v[8];
    for (size_t i = 0; i < 16; ++i) w[i] = 0;
    for (size_t i = 0; i < 64; ++i) w[i / 4] = i % 4 ? w[i / 4] << 8 | static_cast<uint8_t>(m[at + i]) : static_cast<uint8_t>(m[at + i]);
    for (int i = 16; i < 64; ++i)
      w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3) + w[i - 7] + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10);
    std::copy(h, h + 8, v);
    for (size_t i = 0; i < 64; ++i) {
      const uint32_t a = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) + constants[i] + w[i];
      const uint32_t b = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
      std::copy_backward(v, v + 7, v + 8);
      v[4] += a;
      v[0] = a + b;
    }
    for (int i = 0; i < 8; ++i) h[i] += v[i];
  }
  char text[65];
  for (int i = 0; i < 8; ++i) std::snprintf(text + 8 * i, 9, "%08x", h[i]);
  return text;
}
std::string hash_of(const Tensor& t) {
  const Tensor c = t.detach().contiguous();
  return sha256(c.data_ptr(), c.nbytes());
}

std::string golden(const std::string& name) { return std::string(WICK_GOLDEN) + "/files/" + name; }
Json json_of(const std::string& path) { return Json::parse(read_file(path)); }
bool exists(const std::string& path) {
  struct stat s;
  return stat(path.c_str(), &s) == 0;
}

std::string python_name(ScalarType t) {
  static const std::map<ScalarType, std::string> names = {{kFloat, "float32"}, {kDouble, "float64"}, {kHalf, "float16"}, {kBFloat16, "bfloat16"}, {kLong, "int64"}, {kInt, "int32"},
                                                          {kShort, "int16"}, {kChar, "int8"}, {kByte, "uint8"}, {kBool, "bool"}, {kComplexFloat, "complex64"}, {kComplexDouble, "complex128"}};
  return names.at(t);
}

void expect_as(const io::NamedTensors& got, const Json& want, const std::string& file) {
  EXPECT_EQ(got.size(), want.size()) << file;
  for (const auto& [name, t] : got) {
    ASSERT_TRUE(want.contains(name)) << file << ": " << name;
    const Json& w = want[name];
    EXPECT_EQ(python_name(t.scalar_type()), w["dtype"].get<std::string>()) << file << ": " << name;
    EXPECT_EQ(t.sizes().vec(), w["shape"].get<std::vector<int64_t>>()) << file << ": " << name;
    if (t.numel() > 0) {
      EXPECT_EQ(t.strides().vec(), w["stride"].get<std::vector<int64_t>>()) << file << ": " << name;
    }
    EXPECT_EQ(hash_of(t), w["sha256"].get<std::string>()) << file << ": " << name;
  }
}

TEST(Foreign, HashesAreSha256) { EXPECT_EQ(sha256("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); }

TEST(Foreign, GoldenFiles) {
  const Json all = json_of(golden("expected.json"));
  for (const auto& [file, want] : all.items())
    for (const bool map : {true, false}) expect_as(io::read_contents(golden(file), io::LoadOptions().map(map)).tensors, want, file);
}

void expect_values(const IValue& v) {
  const auto d = v.toGenericDict();
  EXPECT_EQ(d.at("epoch").toInt(), 7);
  EXPECT_EQ(d.at("big").toInt(), int64_t{1} << 40);
  EXPECT_EQ(d.at("negative").toInt(), -3);
  EXPECT_EQ(d.at("lr").toDouble(), 0.125);
  EXPECT_EQ(d.at("name").toStringRef(), "run \xc3\xa9");
  EXPECT_EQ(d.at("raw").toStringRef(), std::string("\0\xff\x80" "A", 4));
  EXPECT_TRUE(d.at("none").isNone());
  EXPECT_TRUE(d.at("yes").toBool());
  EXPECT_EQ(d.at("list").toListRef()[2].toListRef()[1].toStringRef(), "x");
  EXPECT_EQ(d.at("pair").toTupleRef().values[1].toStringRef(), "y");
  EXPECT_EQ(d.at("shape").to<std::vector<int64_t>>(), (std::vector<int64_t>{2, 3}));
  EXPECT_TRUE(d.at("device").toDevice().is_cpu());
  EXPECT_EQ(d.at("dtype").toScalarType(), kBFloat16);
  EXPECT_EQ(d.at("z").toComplexDouble(), std::complex<double>(1, 2));
  EXPECT_EQ(d.at("set").toListRef()[0].toInt(), 5);
  EXPECT_EQ(d.at("nested").toGenericDict().at("a").toGenericDict().at("b").toGenericDict().at(3).toTensor().sum().item<int64_t>(), 18);
  const auto state = d.at("state_dict").toGenericDict();
  const auto tensor = [&](const char* key) { return state.at(key).toTensor(); };
  EXPECT_TRUE(tensor("conv.bias").requires_grad());
  EXPECT_TRUE(tensor("tied").storage().is_alias_of(tensor("conv.weight").storage()));
  EXPECT_TRUE(tensor("column").storage().is_alias_of(tensor("transposed").storage()));
  tensor("column").fill_(100);  // shared memory is shared
  EXPECT_EQ(tensor("transposed")[2][3].item<float>(), 100);
  EXPECT_FALSE(tensor("scalar").storage().is_alias_of(tensor("conv.weight").storage()));
}
TEST(Foreign, ValuesOfBothContainers) {
  for (const char* file : {"nested.pth", "legacy.pth", "big_endian.pth"}) expect_values(io::load_pth(golden(file)));
  const auto old = io::load_pth(golden("python2.pth")).toGenericDict();
  EXPECT_EQ(old.at("a").toInt(), 5);
  EXPECT_EQ(old.at("b").toStringRef(), "x");
  const auto numbers = io::load_pth(golden("numpy_scalars.pt")).toGenericDict();
  EXPECT_EQ(numbers.at("accuracy").toDouble(), 0.5);
  EXPECT_EQ(numbers.at("step").toInt(), 3);
  const Tensor sparse = io::load_pth(golden("sparse.pt")).toTensor();
  EXPECT_TRUE(sparse.is_sparse() && sparse.is_coalesced());
  EXPECT_TRUE(equal(sparse.to_dense(), tensor({0.f, 0.f, 3.f, 4.f, 0.f, 5.f}).view({2, 3})));
}

TEST(Foreign, LibtorchReadsStreamsToo) {
  serialize::InputArchive a, state;
  a.load_from(golden("legacy.pth"));
  a.read("state_dict", state);
  Tensor t;
  state.read("scalar", t);
  EXPECT_EQ(t.item<float>(), 2.5f);
}

TEST(Foreign, ValuesThroughLibtorchsNames) {
  const TempDir dir;
  IValue v;
  for (const char* file : {"nested.pth", "legacy.pth"}) {
    load(v, golden(file));
    expect_values(v);
    const std::string bytes = read_file(golden(file));
    expect_values(pickle_load({bytes.begin(), bytes.end()}));
  }
  save(v, dir / "x.pt");
  load(v, dir / "x.pt");
  EXPECT_EQ(v.toGenericDict().at("epoch").toInt(), 7);
  const std::vector<char> bytes = pickle_save(v);
  EXPECT_EQ(pickle_load(bytes).toGenericDict().at("raw").toStringRef(), std::string("\0\xff\x80" "A", 4));
}

TEST(Foreign, WhatNoTensorCanHold) {
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_pth(golden("foreign.pt")); }), "torch.uint16"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_pth(golden("quantised.pt")); }), "quantised"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_tensors(golden("float8.safetensors")); }), "F8_E5M2"));
  const std::string module = error_of<TypeError>([] { io::load_pth(golden("module.pt")); });
  EXPECT_TRUE(contains(module, "module.pt: data.pkl, byte "));
  EXPECT_TRUE(contains(module, "torch.nn.modules.linear.Linear is not allowed"));
  const auto bytes = io::load_pth(golden("foreign.pt"), io::LoadOptions().unknown_as_bytes(true)).toGenericDict();
  EXPECT_TRUE(equal(bytes.at("a").toTensor(), tensor({1, 0, 255, 255}).to(kByte).view({2, 2})));
  EXPECT_TRUE(equal(bytes.at("b").toTensor(), tensor({0x38, 0xC0, 0x30, 0x50}).to(kByte)));
  for (const auto& [name, t] : io::load_tensors(golden("float8.safetensors"), io::LoadOptions().unknown_as_bytes(true)))
    EXPECT_TRUE(name == "v" || equal(t, tensor({0x3C, 0xC0}).to(kByte)));
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_npy(golden("text.npy")); }), "'<U1' is not read"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_npy(golden("structured.npy")); }), "structured"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { io::load_npy(golden("objects.npy")); }), "Python objects"));
}

TEST(Foreign, MappedTensorsAreTheirOwn) {
  const TempDir dir;
  const Tensor a = randn({100, 3}), b = arange(7);
  for (const char* ending : {".safetensors", ".pt", ".npz"}) {
    const std::string path = dir / (std::string("x") + ending);
    io::save_tensors(path, {{"a", a}, {"b", b}, {"none", empty({0, 2})}});
    const std::string before = read_file(path);
    Tensor first;
    {
      const auto loaded = io::load_state_dict(path);
      first = loaded["a"];
      EXPECT_FALSE(first.storage().is_alias_of(loaded["b"].storage()));
      EXPECT_EQ(first.storage().nbytes(), a.nbytes());
    }
    EXPECT_TRUE(same_bits(first, a));  // after all others are gone
    first.mul_(2);
    EXPECT_TRUE(same_bits(first, a * 2));
    EXPECT_TRUE(same_bits(io::load_state_dict(path)["a"], a));  // what is in memory is not in the file
    EXPECT_EQ(read_file(path), before);
    std::filesystem::remove(path);
    EXPECT_TRUE(same_bits(first, a * 2));
  }
}

TEST(Foreign, WrittenAndReadAgain) {
  const TempDir dir;
  io::NamedTensors all;
  for (ScalarType t : {kBool, kByte, kChar, kShort, kInt, kLong, kHalf, kFloat, kDouble, kComplexFloat, kComplexDouble}) all.emplace_back(python_name(t), randn({3, 4}).mul(3).to(t));
  all.emplace_back("scalar", tensor(2.5));
  all.emplace_back("empty", empty({0, 7}));
  all.emplace_back("transposed", randn({3, 5}).t());
  const auto same = [&](const io::NamedTensors& got) {
    ASSERT_EQ(got.size(), all.size());
    for (size_t i = 0; i < all.size(); ++i) EXPECT_TRUE(got[i].first == all[i].first && same_bits(got[i].second, all[i].second)) << all[i].first;
  };
  io::save_npz(dir / "a.npz", all, true);
  io::save_tensors(dir / "b.npz", all);
  io::save_tensors(dir / "c.pth", all);
  for (const char* name : {"a.npz", "b.npz", "c.pth"})
    for (const bool map : {true, false}) same(io::load_tensors(dir / name, io::LoadOptions().map(map)));
  io::save_npy(dir / "d.npy", all[7].second);
  EXPECT_TRUE(same_bits(io::load_npy(dir / "d.npy"), all[7].second));
  EXPECT_EQ(io::load_tensors(dir / "d.npy")[0].first, "tensor");
  io::save_pth(dir / "e.pt", io::load_pth(golden("nested.pth")));
  expect_values(io::load_pth(dir / "e.pt"));
  io::save_pth(dir / "f.pt", io::load_pth(golden("sparse.pt")));
  EXPECT_TRUE(io::load_pth(dir / "f.pt").toTensor().is_coalesced());
  EXPECT_TRUE(contains(error_of<TypeError>([&] { io::save_npy(dir / "g.npy", ones({1}, kBFloat16)); }), "no dtype"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_tensors(dir / "g.xyz", all); }), "ending"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_tensors(dir / "g.npy", all); }), "one tensor"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_tensors(dir / "g.pt", {{"a", ones({1})}, {"a", ones({1})}}); }), "twice"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_npz(dir / "g.npz", {{"a", ones({1})}, {"a", ones({1})}}); }), "twice"));
}

// More records than the directory of an ordinary zip container can count.
TEST(Foreign, ManyRecords) {
  const TempDir dir;
  io::NamedTensors all;
  for (int i = 0; i < 66'000; ++i) all.emplace_back(std::to_string(i), tensor(i));
  io::save_tensors(dir / "many.pt", all);
  const auto got = io::load_tensors(dir / "many.pt");
  ASSERT_EQ(got.size(), all.size());
  EXPECT_EQ(got[65'999].second.item<int64_t>(), 65'999);
}

TEST(KeyMap, Rules) {
  const auto map = io::KeyMap().strip_prefix("module.").rename("head.", "fc.").replace("layer([0-9]+)_([a-z]+)", "layer.\\1.$2").drop("^aux").add_prefix("net.");
  EXPECT_EQ(map("module.head.weight"), "net.fc.weight");
  EXPECT_EQ(map("module.layer3_conv.layer4_bn"), "net.layer.3.conv.layer.4.bn");
  EXPECT_EQ(map("aux.bias"), std::nullopt);
  EXPECT_EQ(map("submodule.x"), "net.submodule.x");
  EXPECT_EQ(io::KeyMap()("same"), "same");
  EXPECT_EQ(io::KeyMap().keep("^a")("b"), std::nullopt);
  EXPECT_EQ(io::KeyMap().replace("^x", "y")("xxx"), "yxx");
  EXPECT_EQ(io::KeyMap().replace("z*", "-")("ab"), "-a-b-");
  EXPECT_TRUE(contains(error_of<ValueError>([] { io::KeyMap().replace("(", ""); }), "\"(\" is no POSIX extended regular expression"));
}

struct Net : nn::Module {
  Net() {
    register_module("conv", conv);
    register_module("fc", fc);
  }
  nn::Conv2d conv{nn::Conv2dOptions(1, 2, 3)};
  nn::Linear fc{4, 3};
};

TEST(LoadInto, FindsTheStateAndMapsNames) {
  const TempDir dir;
  auto from = std::make_shared<Net>(), to = std::make_shared<Net>();
  Dict<IValue, IValue> state, whole;
  for (const auto& item : from->state_dict()) state.insert("module." + item.key(), item.value());
  whole.insert("epoch", 3);
  whole.insert("state_dict", state);
  io::save_pth(dir / "c.pth", whole);
  EXPECT_TRUE(contains(error_of([&] { io::load_into(*to, dir / "c.pth"); }), "strip_prefix(\"module.\")"));
  const auto keys = io::load_into(*to, dir / "c.pth", io::LoadOptions().keys(io::KeyMap().strip_prefix("module.")));
  EXPECT_TRUE(keys.missing_keys.empty() && keys.unexpected_keys.empty());
  for (const auto& item : from->state_dict()) EXPECT_TRUE(same_bits(item.value(), to->state_dict()[item.key()])) << item.key();
  EXPECT_EQ(io::load_tensors(dir / "c.pth", io::LoadOptions().entry("state_dict"))[0].first, "module.conv.weight");
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::load_tensors(dir / "c.pth", io::LoadOptions().entry("state")); }), "it has: epoch, state_dict"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::load_tensors(dir / "c.pth", io::LoadOptions().keys(io::KeyMap().replace("^.*$", "same"))); }), "both become \"same\""));
}

TEST(LoadInto, OneReportAndNothingChanged) {
  const TempDir dir;
  auto net = std::make_shared<Net>();
  const Tensor before = net->conv->weight.detach().clone();
  const std::string path = dir / "model.safetensors";
  io::save_tensors(path, {{"conv.weight", zeros({2, 3, 3, 3})}, {"conv.bias", zeros({2})}, {"head.weight", zeros({3, 4})}, {"head.bias", zeros({3})}});
  EXPECT_EQ(error_of([&] { io::load_into(*net, path); }),
            "load: model.safetensors does not fit Net: 2 keys missing, 2 unexpected, 1 of another shape\n"
            "  missing      fc.weight [3, 4]   fc.bias [3]\n"
            "  unexpected   head.weight [3, 4]   head.bias [3]\n"
            "  shape        conv.weight  file [2, 3, 3, 3]  model [2, 1, 3, 3]\n"
            "  hint: keys(KeyMap().rename(\"head.\", \"fc.\")) fits the names, or build the model with the given shapes, or take those keys out and load with strict = false");
  EXPECT_TRUE(same_bits(net->conv->weight, before));
  const auto left = io::load_into(*net, path, io::LoadOptions().strict(false).keys(io::KeyMap().drop("conv.weight")));
  EXPECT_EQ(left.missing_keys, (std::vector<std::string>{"conv.weight", "fc.weight", "fc.bias"}));
  EXPECT_EQ(left.unexpected_keys, (std::vector<std::string>{"head.weight", "head.bias"}));
}

// --- Hostile ------------------------------------------------------------------------------------------------------

std::string refusal(const std::string& bytes, const std::string& name = "x") {
  const TempDir dir;
  write_file(dir / name, bytes);
  const std::string text = error_of([&] { io::read_contents(dir / name); });
  return text.find(dir.path()) == 0 || text == "(no error)" ? text : "(no file named) " + text;
}

// Every beginning of a file is refused with an error that names it, and a changed byte never does worse.
TEST(Hostile, TruncatedAndDamaged) {
  for (const char* name : {"lone.pt", "python2.pth", "f8_fortran.npy", "sharded/model-00001-of-00002.safetensors"}) {
    const std::string whole = read_file(golden(name));
    for (size_t n = 0; n < whole.size(); n += 1 + n / 64) {
      const std::string text = refusal(whole.substr(0, n));
      EXPECT_TRUE(text[0] != '(' ) << name << " " << n << ": " << text;
    }
    for (size_t at = 0; at < whole.size(); at += 3) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0xFF);
      const std::string text = refusal(changed);
      EXPECT_EQ(text.find("(another type)"), std::string::npos) << name << " " << at << ": " << text;
    }
  }
  const std::string legacy = read_file(golden("legacy.pth"));
  for (size_t n = legacy.size() - 200; n < legacy.size(); n += 7) EXPECT_TRUE(contains(refusal(legacy.substr(0, n)), "the file ends at")) << n;
}

TEST(Hostile, NoWeights) {
  EXPECT_TRUE(contains(refusal(""), "empty"));
  EXPECT_TRUE(contains(refusal("version https://git-lfs.github.com/spec/v1\noid sha256:0\n"), "Git LFS pointer"));
  EXPECT_TRUE(contains(refusal("<!DOCTYPE html>"), "web page"));
  EXPECT_TRUE(contains(refusal("GGUF...."), "47 47 55 46"));
  EXPECT_TRUE(contains(refusal(std::string(257, '\0') + "ustar" + std::string(300, '\0')), "tar archive"));
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { io::read_contents(dir.path()); }), "no weights in this folder"));
  EXPECT_TRUE(contains(error_of([&] { io::read_contents(dir / "none"); }), "cannot open"));
  write_file(dir / "a.pth", "x");
  write_file(dir / "b.pth", "x");
  EXPECT_TRUE(contains(error_of([&] { io::read_contents(dir.path()); }), "2 files may hold the weights"));
}

std::string index_refusal(const std::string& json) { return refusal(json, "model.safetensors.index.json"); }
TEST(Hostile, Indices) {
  EXPECT_TRUE(contains(index_refusal("{"), "no index of shards"));
  EXPECT_TRUE(contains(index_refusal(R"({"weight_map": []})"), "no index of shards"));
  EXPECT_TRUE(contains(index_refusal(R"({"weight_map": {"a": 1}})"), "is no text"));
  for (const char* name : {"../secret", "/etc/passwd", "..", "", "a\\u0000b"}) EXPECT_TRUE(contains(index_refusal(std::string(R"({"weight_map": {"a": ")") + name + "\"}}"), "no plain file name")) << name;
  EXPECT_TRUE(contains(index_refusal(R"({"weight_map": {"a": "m1", "a": "m2"}})"), "names \"a\" twice"));
  EXPECT_TRUE(contains(index_refusal(R"({"weight_map": {"a": "m1", "b": "m2"}})"), "2 of 2 shards are missing: m1, m2"));
  EXPECT_TRUE(contains(index_refusal("{\"weight_map\": " + std::string(100'000, '[')), "nested too deeply"));
  const TempDir dir;
  io::save_tensors(dir / "1.safetensors", {{"a", ones({1})}});
  io::save_tensors(dir / "2.safetensors", {{"a", ones({1})}});
  const auto with = [&](const std::string& map) {
    write_file(dir / "model.safetensors.index.json", "{\"weight_map\": " + map + "}");
    return error_of([&] { io::read_contents(dir.path()); });
  };
  EXPECT_TRUE(contains(with(R"({"a": "1.safetensors", "b": "2.safetensors"})"), "\"a\" stands in shard 1.safetensors and in 2.safetensors"));
  EXPECT_TRUE(contains(with(R"({"a": "1.safetensors", "b": "1.safetensors"})"), "\"b\" should stand in shard 1.safetensors, it is in none"));
  EXPECT_EQ(with(R"({"a": "1.safetensors"})"), "(no error)");
}
// An index that names itself as its shard, over and over.
TEST(Hostile, AnIndexOfItself) { EXPECT_TRUE(contains(index_refusal(R"({"weight_map": {"a": "model.safetensors.index.json"}})"), "model.safetensors.index.json")); }

std::string npy(const std::string& header, size_t bytes, char version = 1) {
  std::string s("\x93NUMPY", 6);
  s += version;
  s += '\0';
  s += static_cast<char>(header.size() & 255);
  s += static_cast<char>(header.size() >> 8);
  if (version > 1) s += std::string(2, '\0');
  return s + header + std::string(bytes, '\1');
}
TEST(Hostile, Arrays) {
  const auto with = [](const std::string& shape) { return "{'descr': '|u1', 'fortran_order': False, 'shape': " + shape + ", }"; };
  EXPECT_EQ(refusal(npy(with("(4,)"), 4)), "(no error)");
  EXPECT_EQ(refusal(npy(with("(4)"), 4, 2)), "(no error)");
  EXPECT_TRUE(contains(refusal(npy(with("(4,)"), 4, 9)), "version 9"));
  EXPECT_TRUE(contains(refusal(npy(with("(4,)"), 5)), "needs 4 bytes, 5 follow"));
  EXPECT_TRUE(contains(refusal(npy(with("(4294967296, 4294967296, 4294967296)"), 5)), "overflow"));
  EXPECT_TRUE(contains(refusal(npy(with("(0, 4294967296, 4294967296)"), 0)), "overflow"));
  EXPECT_TRUE(contains(refusal(npy(with("(99999999999999999999,)"), 5)), "beyond 64 bits"));
  EXPECT_TRUE(contains(refusal(npy(with("(-1,)"), 5)), "whole numbers"));
  EXPECT_TRUE(contains(refusal(npy(with("(4,"), 5)), "the header, byte "));
  EXPECT_TRUE(contains(refusal(npy(with("__import__('os')"), 5)), "lacks a '('"));
  EXPECT_TRUE(contains(refusal(npy("{'descr': '|u1', 'descr': '|u1'}", 0)), "there twice"));
  EXPECT_TRUE(contains(refusal(npy("{'descr': '|u1'}", 0)), "lacks descr, fortran_order or shape"));
  std::string dims;
  for (int i = 0; i < 70; ++i) dims += "1,";
  EXPECT_TRUE(contains(refusal(npy(with("(" + dims + ")"), 1)), "more than 64 dimensions"));
}

// A record that says it unfolds to more than deflate can do, and two that share their bytes.
TEST(Hostile, Bombs) {
  const TempDir dir;
  io::save_npz(dir / "a.npz", {{"a", zeros({1000})}, {"b", zeros({1000})}}, true);
  const std::string whole = read_file(dir / "a.npz");
  const auto number = [&](size_t at, int n) {
    uint64_t v = 0;
    for (int i = n; i-- > 0;) v = v << 8 | static_cast<uint8_t>(whole[at + static_cast<size_t>(i)]);
    return v;
  };
  const size_t first = number(whole.size() - 6, 4), second = whole.find(std::string("PK\1\2", 4), first + 4);
  std::string huge = whole, shared = whole, more = whole;
  huge.replace(first + 24, 4, std::string("\xff\xff\xff\x7f", 4));
  EXPECT_TRUE(contains(refusal(huge), "cannot have 2147483647 bytes"));
  shared.replace(second + 42, 4, whole.substr(first + 42, 4));
  EXPECT_TRUE(contains(refusal(shared), "overlap"));
  more.replace(first + 24, 4, std::string("\x10\0\0\0", 4));
  EXPECT_TRUE(contains(refusal(more), "unfolds to more than the 16 bytes"));
}

TEST(Hostile, DeepAndCyclicStreams) {
  const std::string head = read_file(golden("python2.pth"));
  const size_t at = head.find("ccollections") - 2;
  const auto with = [&](const std::string& pickle) { return refusal(head.substr(0, at) + pickle + std::string("\x80\2].", 4)); };
  EXPECT_EQ(with("\x80\2K\1."), "(no error)");
  EXPECT_TRUE(contains(with("\x80\2]q" + std::string("\0h\0a.", 5)), "in use already"));
  std::string deep("\x80\2", 2);
  deep += std::string(1000, ']') + std::string(999, 'a') + ".";
  EXPECT_TRUE(contains(with(deep), "deep"));
  const std::string text = with("\x80\2cos\nsystem\nX\2" + std::string("\0\0\0ls\x85R.", 8));
  EXPECT_TRUE(contains(text, "the name os.system is not allowed"));
  EXPECT_TRUE(contains(text, ": byte " + std::to_string(at + 2)));
  EXPECT_TRUE(contains(with(std::string("\x80\2(X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0kX\3\0\0\0cpuJ\xff\xff\xff\x7fNtQ.", 58)), "room for"));
}

// --- Published checkpoints ----------------------------------------------------------------------------------------

TEST(Published, CheckpointsMatchTheirHashes) {
  const char* given = std::getenv("WICK_DATA_DIR");
  std::string folder = given ? given : WICK_SHARED_DATA;
  folder += "/checkpoints/";
  if (!exists(folder + "expected_tensors.json")) GTEST_SKIP() << "no " << folder;
  const std::map<std::string, std::string> types = {{"<f4", "float32"}, {"F32", "float32"}, {"<i8", "int64"}, {"I64", "int64"}, {"<f8", "float64"}, {"|u1", "uint8"}, {"<u4", "int64"}, {"<f2", "float16"},
                                                    {"float32", "float32"}, {"<i4", "int32"}};
  int files = 0;
  for (const Json& e : json_of(folder + "expected_tensors.json")) {
    const std::string file = e["file"];
    ++files;
    for (const bool map : {true, false}) {
      const auto c = io::read_contents(folder + file, io::LoadOptions().map(map));
      EXPECT_EQ(c.tensors.size(), e["n_tensors"].get<size_t>()) << file;
      for (const auto& [name, t] : c.tensors) {
        ASSERT_TRUE(e["tensors"].contains(name)) << file << ": " << name;
        const Json& w = e["tensors"][name];
        const std::string dtype = w["dtype"];
        ASSERT_TRUE(types.count(dtype)) << dtype;
        EXPECT_EQ(python_name(t.scalar_type()), types.at(dtype)) << file << ": " << name;
        EXPECT_EQ(t.sizes().vec(), w["shape"].get<std::vector<int64_t>>()) << file << ": " << name;
        if (w.contains("stride")) {
          EXPECT_EQ(t.strides().vec(), w["stride"].get<std::vector<int64_t>>()) << file << ": " << name;
        }
        EXPECT_EQ(hash_of(t), w["sha256_contiguous_le"].get<std::string>()) << file << ": " << name;
      }
    }
  }
  EXPECT_GE(files, 7);
}

}  // namespace
}  // namespace wick::test
