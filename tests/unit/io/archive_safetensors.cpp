// Archives in safetensors files: everything comes back, damage is found, nothing hostile gets through.
#include <sys/stat.h>
#include <zlib.h>

#include <cmath>

#include <wick/io/safetensors.h>
#include <wick/io/serialize.h>
#include <wick/nn.h>
#include <wick/optim.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

serialize::OutputArchive everything() {
  serialize::OutputArchive a, inner, empty;
  a.write("x", arange(6, kFloat).view({2, 3}).t());
  a.write("half", ones({2}, kHalf), true);
  a.write("c", full({2}, Scalar(std::complex<double>(1, -2)), kComplexDouble));
  a.write("none", IValue());
  a.write("undefined", Tensor());
  a.write("n", IValue(-(int64_t{1} << 62)));
  a.write("yes", IValue(true));
  a.write("whole double", IValue(3.0));
  a.write("tenth", IValue(0.1));
  a.write("tiny", IValue(4.9e-324));
  a.write("nan", IValue(std::nan("")));
  a.write("inf", IValue(-HUGE_VAL));
  a.write("text", IValue("line\n\"quote\" é"));
  a.write("bytes", IValue(std::string("\xff\x00z", 3)));
  a.write("device", IValue(Device("cpu")));
  a.write("complex", IValue(std::complex<double>(1, HUGE_VAL)));
  a.write("ints", IValue(std::vector<int64_t>{1, -2, 70000}));
  a.write("doubles", IValue(std::vector<double>{1, 2.5, -HUGE_VAL}));
  a.write("tensors", IValue(std::vector<Tensor>{ones({1}), Tensor()}));
  a.write("pair", IValue(std::make_tuple(1.5, true, "s")));
  Dict<std::string, Tensor> dict;
  dict.insert("k.l", zeros({3}));
  a.write("dict", IValue(dict));
  inner.write("y", full({1}, 4), true);
  a.write("inner", inner);
  a.write("inner.y", full({1}, 5));  // the same path as the one inside
  a.write("empty", empty);
  a.write("params/0", zeros({0, 4}, kLong));
  return a;
}

TEST(ArchiveSafetensors, EverythingComesBack) {
  const TempDir dir;
  const std::string path = dir / "a.safetensors";
  serialize::OutputArchive a = everything();
  a.save_to(path);
  serialize::InputArchive b, inner;
  b.load_from(path);
  EXPECT_EQ(b.keys().front(), "x");
  EXPECT_EQ(b.keys().back(), "params/0");
  EXPECT_EQ(b.keys().size(), 25u);
  const auto at = [&](const char* key) { IValue v; b.read(key, v); return v; };
  EXPECT_TRUE(same_bits(at("x").toTensor(), arange(6, kFloat).view({2, 3}).t()));
  EXPECT_EQ(at("half").toTensor().scalar_type(), kHalf);
  EXPECT_TRUE(equal(at("c").toTensor(), full({2}, Scalar(std::complex<double>(1, -2)), kComplexDouble)));
  EXPECT_TRUE(at("none").isNone());
  EXPECT_FALSE(at("undefined").toTensor().defined());
  EXPECT_EQ(at("n").toInt(), -(int64_t{1} << 62));
  EXPECT_TRUE(at("yes").toBool());
  EXPECT_EQ(at("whole double").toDouble(), 3.0);
  EXPECT_EQ(at("tenth").toDouble(), 0.1);
  EXPECT_EQ(at("tiny").toDouble(), 4.9e-324);
  EXPECT_TRUE(std::isnan(at("nan").toDouble()));
  EXPECT_EQ(at("inf").toDouble(), -HUGE_VAL);
  EXPECT_EQ(at("text").toStringRef(), "line\n\"quote\" é");
  EXPECT_EQ(at("bytes").toStringRef(), std::string("\xff\x00z", 3));
  EXPECT_EQ(at("device").toDevice(), Device("cpu"));
  EXPECT_EQ(at("complex").toComplexDouble(), std::complex<double>(1, HUGE_VAL));
  EXPECT_EQ(at("ints").toIntVector(), (std::vector<int64_t>{1, -2, 70000}));
  EXPECT_EQ(at("doubles").toDoubleVector(), (std::vector<double>{1, 2.5, -HUGE_VAL}));
  EXPECT_TRUE(at("tensors").isTensorList());
  EXPECT_FALSE(at("tensors").toTensorVector()[1].defined());
  EXPECT_EQ((at("pair").to<std::tuple<double, bool, std::string>>()), std::make_tuple(1.5, true, std::string("s")));
  EXPECT_EQ(at("dict").toGenericDict().at("k.l").toTensor().numel(), 3);
  EXPECT_EQ(at("inner.y").toTensor().item<int64_t>(), 5);
  EXPECT_EQ(at("params/0").toTensor().sizes(), (IntArrayRef{0, 4}));
  b.read("inner", inner);
  Tensor y;
  inner.read("y", y);
  EXPECT_EQ(y.item<int64_t>(), 4);

  const std::string bytes = read_file(path);
  a.save_to(path);
  EXPECT_EQ(bytes, read_file(path));
  // Any reader of the format finds the tensors under their paths.
  std::map<std::string, std::string> metadata;
  bool found = false;
  for (const auto& [name, t] : io::load_safetensors(path, &metadata)) found |= name == "dict.k.l" && t.numel() == 3;
  EXPECT_TRUE(found);
  EXPECT_EQ(metadata["version"], "1");
  EXPECT_EQ(metadata.count("crc32"), 0u);
}

TEST(ArchiveSafetensors, ModulesOptimizersTensorsAndForeignFiles) {
  const TempDir dir;
  struct Net : nn::Module {
    nn::Linear fc = register_module("fc", nn::Linear(3, 2));
    nn::BatchNorm1d bn = register_module("bn", nn::BatchNorm1d(2));
  };
  const auto a = std::make_shared<Net>(), b = std::make_shared<Net>(), c = std::make_shared<Net>();
  optim::Adam adam(a->parameters(), optim::AdamOptions(0.25)), other(b->parameters(), optim::AdamOptions(1));
  a->bn->forward(a->fc->forward(randn({4, 3}))).pow(2).sum().backward();
  adam.step();
  save(a, dir / "net.safetensors");
  load(b, dir / "net.safetensors");
  save(adam, dir / "adam.safetensors");
  load(other, dir / "adam.safetensors");
  EXPECT_TRUE(same_bits(a->fc->weight, b->fc->weight));
  EXPECT_TRUE(same_bits(a->bn->running_mean, b->bn->running_mean));
  EXPECT_EQ(other.param_groups()[0].options().get_lr(), 0.25);
  EXPECT_EQ(other.state().size(), 4u);

  io::NamedTensors plain;
  for (const auto& e : a->state_dict()) plain.emplace_back(e.key(), e.value());
  io::save_safetensors(dir / "plain.safetensors", plain);  // as other programs write them
  load(c, dir / "plain.safetensors");
  EXPECT_TRUE(same_bits(a->bn->running_var, c->bn->running_var));

  save(arange(3), dir / "t.safetensors");
  save(std::vector<Tensor>{arange(3), ones({2})}, dir / "v.safetensors");
  Tensor t;
  std::vector<Tensor> v;
  load(t, dir / "t.safetensors");
  load(v, dir / "v.safetensors");
  EXPECT_TRUE(equal(t, arange(3)));
  ASSERT_EQ(v.size(), 2u);
  EXPECT_TRUE(equal(v[1], ones({2})));
}

TEST(ArchiveSafetensors, EveryDamageIsFound) {
  const TempDir dir;
  const std::string path = dir / "a.safetensors";
  serialize::OutputArchive a, inner;
  inner.write("n", IValue(7));
  a.write("x", arange(5, kFloat));
  a.write("inner", inner);
  a.save_to(path);
  const std::string whole = read_file(path);
  const auto refusal = [&](const std::string& bytes) {
    write_file(path, bytes);
    return error_of([&] { serialize::InputArchive b; b.load_from(path); });
  };
  EXPECT_EQ(refusal(whole), "(no error)");
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_TRUE(contains(refusal(whole.substr(0, n)), path)) << n;
  for (size_t at = 0; at < whole.size(); ++at)
    for (int bit : {0, 4}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      EXPECT_TRUE(contains(refusal(bytes), path)) << "byte " << at << " bit " << bit;
    }
  EXPECT_TRUE(contains(refusal(std::string(whole).replace(whole.size() - 3, 1, "!")), "checksum"));
}

std::string with_archive(const std::string& json, const std::string& version = "1") {
  std::string escaped;
  for (char c : json) escaped += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  std::string header = R"({"__metadata__":{"crc32":"00000000","archive":")" + escaped + R"(","version":")" + version + R"("},"t":{"dtype":"F64","shape":[2],"data_offsets":[0,16]}})";
  const std::string all = header + std::string(16, '\1');
  char digits[9];
  std::snprintf(digits, sizeof digits, "%08lx", crc32_z(0, reinterpret_cast<const Bytef*>(all.data()), all.size()));
  header.replace(header.find("00000000"), 8, digits);
  const uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(16, '\1');
}

TEST(ArchiveSafetensors, HostileTrees) {
  const TempDir dir;
  const std::string path = dir / "a.safetensors";
  const auto refusal = [&](const std::string& json, const std::string& version = "1") {
    write_file(path, with_archive(json, version));
    return error_of([&] { serialize::InputArchive b; b.load_from(path); });
  };
  EXPECT_EQ(refusal(R"({"node":[["a",{"tensor":"t"}],["b",{"complex tensor":"t"}]]})"), "(no error)");
  EXPECT_TRUE(contains(refusal("{}", "2"), "version \"2\""));
  EXPECT_TRUE(contains(refusal("{\"node\":"), "no JSON"));
  EXPECT_TRUE(contains(refusal("[]"), "no archive"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"tensor":"u"}]]})"), "\"u\", which the file lacks"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"tensor":1}]]})"), "lacks"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a"]]})"), "not [key, value]"));
  EXPECT_TRUE(contains(refusal(R"({"node":{"a":1}})"), "no list"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",18446744073709551615]]})"), "beyond 64 bits"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",1e999]]})"), "no JSON"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"ints":[1,2.5]}]]})"), "holds a Double"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"dict":[[1]]}]]})"), "not [key, value]"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"dict":[[null,1]]}]]})"), "key that is a None"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"bytes":"0g"}]]})"), "hexadecimal"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"run":[1]}]]})"), "unknown kind"));
  EXPECT_TRUE(contains(refusal(R"({"node":[["a",{"device":"abacus"}]]})"), "abacus"));
  std::string deep = R"({"node":[["a",)", many = R"({"node":[["a",{"list":[)";
  for (int k = 0; k < 100'000; ++k) deep += R"({"list":[)", many += "[],";
  EXPECT_TRUE(contains(refusal(deep), "deep"));
  EXPECT_TRUE(contains(refusal(many), "too many"));
}

TEST(Safetensors, BooleansAreZeroOrOne) {
  const TempDir dir;
  const std::string header = R"({"a":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}})";
  const uint64_t length = header.size();
  write_file(dir / "b", std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string("\x02\x00\xff", 3));
  EXPECT_TRUE(same_bits(io::load_safetensors(dir / "b")[0].second, tensor({1, 0, 1}).to(kBool)));
}

TEST(Safetensors, ManyNamesTakeLinearTime) {
  const TempDir dir;
  std::string header = "{";
  const int n = 200'000;
  for (int k = 0; k < n; ++k) header += (k ? ",\"" : "\"") + std::to_string(k) + R"(":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
  header += "}";
  const uint64_t length = header.size();
  write_file(dir / "b", std::string(reinterpret_cast<const char*>(&length), 8) + header);
  const io::NamedTensors all = io::load_safetensors(dir / "b");
  ASSERT_EQ(all.size(), static_cast<size_t>(n));
  EXPECT_EQ(all[7].first, "7");
  io::save_safetensors(dir / "c", all);
}

TEST(Safetensors, NamesThatAreNoTextAreRefused) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_safetensors(dir / "x", {{"\xff", ones({1})}}); }), "not UTF-8"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { io::save_safetensors(dir / "x", {}, {{"k", "\xff"}}); }), "not UTF-8"));
  EXPECT_EQ(dir.files(), 0u);
}

TEST(Safetensors, APipeDoesNotBlock) {
  const TempDir dir;
  ASSERT_EQ(mkfifo((dir / "pipe").c_str(), 0600), 0);
  EXPECT_TRUE(contains(error_of([&] { io::load_safetensors(dir / "pipe"); }), "not a regular file"));
  serialize::InputArchive a;
  EXPECT_TRUE(contains(error_of([&] { a.load_from(dir / "pipe"); }), "not a regular file"));
}

}  // namespace
}  // namespace wick::test
