// Readers of foreign files: what was written comes back, and nothing hostile gets through.
#include <unistd.h>
#include <zlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include <wick/data/idx.h>
#include <wick/io/safetensors.h>

#include "support.h"

namespace wick::test {
namespace {

namespace fs = std::filesystem;

// A file that goes away with the test.
class TempFile {
 public:
  explicit TempFile(const std::string& bytes = "") : path_((fs::temp_directory_path() / ("wick_io_" + std::to_string(getpid()) + "_" + std::to_string(count_++))).string()) {
    write(bytes);
  }
  ~TempFile() { std::error_code ignored; fs::remove(path_, ignored); }
  void write(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
  std::string read() const {
    std::ifstream f(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(f), std::istreambuf_iterator<char>()};
  }
  const std::string& path() const { return path_; }

 private:
  static inline int count_ = 0;
  std::string path_;
};

std::string safetensors(const std::string& header, size_t data_bytes, uint64_t claimed = 0) {
  const uint64_t length = claimed ? claimed : header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + std::string(data_bytes, '\1');
}

std::string refusal(const std::string& bytes) {
  const TempFile f(bytes);
  return error_of([&] { io::load_safetensors(f.path()); });
}

TEST(Safetensors, RoundTrip) {
  const TempFile f;
  io::NamedTensors saved;
  for (ScalarType t : {kBool, kByte, kChar, kShort, kInt, kLong, kHalf, kBFloat16, kFloat, kDouble, kComplexFloat})
    saved.emplace_back(std::string("t.") + to_string(t), randn({3, 4}).mul(3).to(t));
  saved.emplace_back("zero-dim \"quoted\" \xc3\xa9", tensor(2.5));
  saved.emplace_back("empty", empty({0, 7}));
  saved.emplace_back("transposed", randn({3, 5}).t());
  io::save_safetensors(f.path(), saved, {{"format", "pt"}});
  std::map<std::string, std::string> metadata;
  const auto loaded = io::load_safetensors(f.path(), &metadata);
  EXPECT_EQ(metadata.at("format"), "pt");
  ASSERT_EQ(loaded.size(), saved.size());
  for (const auto& [name, want] : saved) {
    bool found = false;
    for (const auto& [other, got] : loaded)
      if (other == name) { found = true; EXPECT_TRUE(same_bits(want, got)) << name; }
    EXPECT_TRUE(found) << name;
  }
}

TEST(Safetensors, WritesWhatItReads) {
  const std::string good = safetensors(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", 4);
  const TempFile f(good);
  EXPECT_TRUE(equal(io::load_safetensors(f.path())[0].second, ones({4}, kByte)));
}

TEST(Safetensors, RefusesNamesTwiceAndKeepsTheOldFile) {
  const TempFile f("old");
  EXPECT_THROW(io::save_safetensors(f.path(), {{"a", ones({1})}, {"a", ones({1})}}), ValueError);
  EXPECT_THROW(io::save_safetensors(f.path(), {{"a", ones({1}, kComplexDouble)}}), Error);
  EXPECT_EQ(f.read(), "old");
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const TempFile f;
  io::save_safetensors(f.path(), {{"a", ones({2, 3})}, {"b", ones({5}, kByte)}});
  const std::string whole = f.read();
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_NE(refusal(whole.substr(0, n)), "(no error)") << n << " bytes";
  EXPECT_NE(refusal(whole + "x"), "(no error)");
}

TEST(Safetensors, HostileHeaders) {
  const auto one = [](const std::string& shape, const std::string& offsets, const std::string& dtype = "\"U8\"") {
    return "{\"a\":{\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
  };
  EXPECT_EQ(refusal(safetensors(one("[4]", "[0,4]"), 4)), "(no error)");
  EXPECT_TRUE(contains(refusal(safetensors("{}", 0, ~0ull)), "header of 18446744073709551615 bytes"));
  EXPECT_TRUE(contains(refusal(safetensors("{}", 0, 200'000'000)), "header of 200000000 bytes"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[4294967296,4294967296,4294967296]", "[0,4]"), 4)), "overflow"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[9223372036854775808,0]", "[0,0]"), 0)), "overflow"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[0,4294967296,4294967296]", "[0,0]"), 0)), "overflow"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[5]", "[0,4]"), 4)), "needs 5"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[4]", "[4,0]"), 4)), "lies at 4 to 0"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[8]", "[0,8]"), 4)), "of 4 bytes"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[4]", "[1,5]"), 5)), "starts at 1"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[4]", "[0,4]", "\"F8_E5M2\""), 4)), "which no tensor of Wick's has"));
  EXPECT_TRUE(contains(refusal(safetensors(one("[4]", "[0,4]", "\"I128\""), 4)), "unknown dtype"));
  for (const auto& [shape, offsets, dtype] : {std::tuple<const char*, const char*, const char*>{"[-4]", "[0,4]", "\"U8\""}, {"[4.0]", "[0,4]", "\"U8\""},
                                              {"[\"4\"]", "[0,4]", "\"U8\""}, {"4", "[0,4]", "\"U8\""}, {"[4]", "[0]", "\"U8\""}, {"[4]", "[-1,4]", "\"U8\""},
                                              {"[4]", "null", "\"U8\""}, {"[4]", "[0,4]", "3"}, {"[[4]]", "[0,4]", "\"U8\""}, {"[1e400]", "[0,4]", "\"U8\""}})
    EXPECT_FALSE(contains(refusal(safetensors(one(shape, offsets, dtype), 4)), "(")) << shape << offsets << dtype;
}

TEST(Safetensors, HostileStructure) {
  const std::string a = R"("a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]})";
  EXPECT_TRUE(contains(refusal(safetensors("{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})", 6)), "starts at 2"));
  EXPECT_TRUE(contains(refusal(safetensors("{" + a + "," + a + "}", 4)), "twice"));
  for (const std::string& header : {std::string(""), std::string("[]"), std::string("nul"), std::string("{\"a\":1}"), "{" + a, "{" + a + "}}", std::string("{\"\xff\":{}}"),
                                    std::string("{\"__metadata__\":{\"k\":1}," + a + "}"), std::string(1'000'000, '['), "{\"a\":" + std::string(1'000'000, '[') + "}"}) {
    const std::string text = refusal(safetensors(header, 4));
    EXPECT_NE(text, "(no error)") << header.substr(0, 60);
    EXPECT_EQ(text.find("(another type)"), std::string::npos) << text;
  }
  EXPECT_TRUE(contains(error_of([] { io::load_safetensors("/nonexistent/file"); }), "cannot open"));
  EXPECT_TRUE(contains(error_of([] { io::load_safetensors("/"); }), "/"));
}

std::string idx(uint8_t type, std::initializer_list<uint32_t> sizes, size_t data_bytes) {
  std::string s{'\0', '\0', static_cast<char>(type), static_cast<char>(sizes.size())};
  for (uint32_t n : sizes)
    for (int shift : {24, 16, 8, 0}) s += static_cast<char>(n >> shift);
  for (size_t k = 0; k < data_bytes; ++k) s += static_cast<char>(k);
  return s;
}
std::string idx_refusal(const std::string& bytes) {
  const TempFile f(bytes);
  return error_of([&] { data::read_idx(f.path()); });
}

TEST(Idx, ReadsBigEndianNumbers) {
  const TempFile bytes(idx(8, {2, 3}, 6)), shorts(idx(0x0B, {2}, 4)), floats(idx(0x0D, {1}, 0) + std::string("\x3f\x80\0\0", 4));
  EXPECT_TRUE(equal(data::read_idx(bytes.path()), arange(6).to(kByte).view({2, 3})));
  EXPECT_TRUE(equal(data::read_idx(shorts.path()), tensor({1, 0x203}).to(kShort)));
  EXPECT_EQ(data::read_idx(floats.path()).item<float>(), 1.f);
}

TEST(Idx, ReadsGzip) {
  const TempFile f;
  const std::string plain = idx(8, {100, 10}, 1000);
  gzFile z = gzopen(f.path().c_str(), "wb");
  gzwrite(z, plain.data(), static_cast<unsigned>(plain.size()));
  gzclose(z);
  EXPECT_TRUE(equal(data::read_idx(f.path()).view({-1}), arange(1000).remainder(256).to(kByte)));
  const std::string packed = f.read();
  for (size_t n : {packed.size() - 1, packed.size() - 6, packed.size() / 2, size_t{12}}) EXPECT_NE(idx_refusal(packed.substr(0, n)), "(no error)") << n;
  std::string damaged = packed;
  damaged[packed.size() - 6] ^= 1;  // the checksum
  EXPECT_NE(idx_refusal(damaged), "(no error)");
}

TEST(Idx, HostileFiles) {
  const std::string whole = idx(8, {2, 3}, 6);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_NE(idx_refusal(whole.substr(0, n)), "(no error)") << n << " bytes";
  EXPECT_TRUE(contains(idx_refusal(whole + "x"), "more data"));
  EXPECT_TRUE(contains(idx_refusal("\x89PNG\r\n\x1a\n"), "not an idx file"));
  EXPECT_TRUE(contains(idx_refusal(idx(7, {2}, 2)), "no element type 7"));
  EXPECT_TRUE(contains(idx_refusal(idx(8, {}, 1)), "0 dimensions"));
  EXPECT_TRUE(contains(idx_refusal(idx(8, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1)), "9 dimensions"));
  EXPECT_TRUE(contains(idx_refusal(idx(14, {~0u, ~0u, ~0u}, 8)), "beyond all memory"));
  EXPECT_TRUE(contains(idx_refusal(idx(14, {0, ~0u, ~0u, ~0u}, 0)), "beyond all memory"));
  EXPECT_TRUE(contains(idx_refusal(idx(8, {~0u, 200}, 8)), "8 bytes of data"));
  EXPECT_TRUE(contains(error_of([] { data::read_idx("/nonexistent/file"); }), "cannot open"));
}

}  // namespace
}  // namespace wick::test
