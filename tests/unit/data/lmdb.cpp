// LMDB files and the store of pictures over them.
#include <algorithm>
#include <cstring>
#include <map>

#include <wick/data.h>
#include <wick/vision.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::LmdbReader;
using data::LmdbWriter;

// What stands in golden/data/small.mdb: short values in several leaves, and long ones in pages of their own.
std::map<std::string, std::string> contents() {
  std::map<std::string, std::string> r;
  for (int i = 0; i < 300; ++i) r["key " + std::to_string(i)] = std::string(static_cast<size_t>(i % 40), static_cast<char>('a' + i % 26));
  r["long"] = std::string(9000, 'x') + "end";
  r["longer"] = std::string(4080, 'y');
  r[std::string("\xff\0odd", 5)] = std::string("\0\1", 2);
  return r;
}
std::string text(const Tensor& bytes) { return {static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel())}; }
const std::string golden = std::string(WICK_GOLDEN) + "/data/small.mdb";

void expect_contents(const LmdbReader& reader) {
  const auto want = contents();
  ASSERT_EQ(reader.size(), want.size());
  size_t i = 0;
  for (const auto& [key, value] : want) {
    EXPECT_EQ(reader.key(i), key);
    EXPECT_EQ(text(reader.value(i)), value) << key;
    EXPECT_EQ(reader.find(key), std::optional<size_t>(i));
    ++i;
  }
  EXPECT_FALSE(reader.find("key"));
  EXPECT_FALSE(reader.find("zzz"));
  EXPECT_THROW(reader.value(want.size()), IndexError);
  EXPECT_THROW(reader.key(want.size()), IndexError);
}

TEST(Lmdb, ReadsWhatTheLibraryWrote) {
  expect_contents(LmdbReader(golden));
  const TempDir dir;
  std::filesystem::copy_file(golden, dir / "data.mdb");
  expect_contents(LmdbReader(dir.path()));
}

TEST(Lmdb, WritesAndAdds) {
  if (!data::has_lmdb()) GTEST_SKIP() << "no liblmdb";
  const TempDir dir;
  const auto all = contents();
  {
    LmdbWriter writer(dir / "x.mdb");
    EXPECT_EQ(LmdbReader(dir / "x.mdb").size(), 0u);
    size_t n = 0;
    for (const auto& [key, value] : all) {
      writer.put(key, value.data(), value.size());
      if (++n == 100) writer.commit();
    }
    EXPECT_EQ(LmdbReader(dir / "x.mdb").size(), 100u) << "the rest is not committed";
    EXPECT_TRUE(contains(error_of<ValueError>([&] { writer.put("key 7", "", 0); }), "key 7"));
    EXPECT_TRUE(contains(error_of<ValueError>([&] { writer.put("", "", 0); }), "1 to 511"));
    EXPECT_TRUE(contains(error_of<ValueError>([&] { writer.put(std::string(512, 'k'), "", 0); }), "512"));
    EXPECT_THROW(writer.put("t", ones({2})), TypeError);
    writer.commit();
    writer.commit();
  }
  expect_contents(LmdbReader(dir / "x.mdb"));
  {
    LmdbWriter more(dir / "x.mdb");
    more.put("zz", tensor({1, 2, 3}).to(kByte));
    more.commit();
    more.put("lost", "x", 1);
  }
  const LmdbReader reader(dir / "x.mdb");
  EXPECT_EQ(reader.size(), all.size() + 1);
  EXPECT_TRUE(equal(reader.value(*reader.find("zz")), tensor({1, 2, 3}).to(kByte)));
  EXPECT_TRUE(contains(error_of([&] { LmdbWriter(dir / "no/such/folder.mdb"); }), "no/such/folder.mdb"));
  write_file(dir / "text.mdb", std::string(5000, 't'));
  EXPECT_TRUE(contains(error_of([&] { LmdbWriter w(dir / "text.mdb"); }), "text.mdb"));
  LmdbWriter small(dir / "small.mdb", 1 << 16);
  const std::string much(1 << 17, 'm');
  EXPECT_TRUE(contains(error_of([&] { small.put("m", much.data(), much.size()); }), "small.mdb"));
}

TEST(Lmdb, DamagedFilesAreRefused) {
  const TempDir dir;
  const std::string good = read_file(golden);
  const auto refused = [&](const std::string& bytes, const std::string& why) {
    write_file(dir / "bad.mdb", bytes);
    const std::string said = error_of([&] {
      const LmdbReader reader(dir / "bad.mdb");
      for (size_t i = 0; i < reader.size(); ++i) reader.value(i);
    });
    EXPECT_TRUE(contains(said, why));
    EXPECT_TRUE(contains(said, "bad.mdb"));
  };
  EXPECT_TRUE(contains(error_of([&] { LmdbReader(dir / "none.mdb"); }), "none.mdb: cannot open"));
  EXPECT_TRUE(contains(error_of([&] { LmdbReader(dir.path()); }), "data.mdb: cannot open"));
  refused("", "0 bytes that are no LMDB file");
  refused(std::string(9000, '\0'), "no LMDB file");
  refused(good.substr(0, 100), "no LMDB file");
  refused(good.substr(0, 3 * 4096), "page");
  refused(good.substr(0, good.size() - 4096), "page");
  const auto with = [&](size_t at, uint64_t v, size_t bytes) {
    std::string s = good;
    for (const size_t page : {size_t{0}, size_t{4096}}) std::memcpy(s.data() + page + at, &v, bytes);
    return s;
  };
  refused(with(16, 0xBEEFC0DF, 4), "no LMDB file");
  refused(with(20, 2, 4), "no LMDB file");
  refused(with(40, 4095, 4), "pages of 4095 bytes");
  refused(with(88 + 4, 4, 2), "several values");
  refused(with(88 + 6, 65, 2), "65 levels");
  refused(with(88 + 6, 1, 2), "another kind");
  refused(with(88 + 32, 7, 8), "entries instead of 7");
  refused(with(88 + 40, 1000, 8), "page 1000 of");
  refused(with(88 + 40, 1, 8), "page 1 of");
  // Every byte of the tree's pages, changed: read or refused, nothing else.
  size_t fine = 0, bad = 0;
  for (size_t at = 0; at < good.size(); at += at % 4096 < 200 ? 5 : 211) {
    std::string s = good;
    s[at] = static_cast<char>(s[at] ^ 0x55);
    write_file(dir / "changed.mdb", s);
    try {
      const LmdbReader reader(dir / "changed.mdb");
      for (size_t i = 0; i < reader.size(); ++i) reader.value(i);
      ++fine;
    } catch (const Error&) { ++bad; }
  }
  EXPECT_GT(fine, 40u);
  EXPECT_GT(bad, 40u);
}

TEST(Lmdb, AFileThatShrinksIsAnError) {
  const TempDir dir;
  std::filesystem::copy_file(golden, dir / "x.mdb");
  const LmdbReader reader(dir / "x.mdb");
  std::filesystem::permissions(dir / "x.mdb", std::filesystem::perms::owner_all);
  std::filesystem::resize_file(dir / "x.mdb", 2 * 4096);
  EXPECT_TRUE(contains(error_of([&] { reader.value(3); }), "ends before"));
}

TEST(ImageStore, HoldsAFolder) {
  if (!data::has_lmdb() || !vision::has_png()) GTEST_SKIP() << "no liblmdb or libpng";
  const TempDir dir;
  for (const char* c : {"cat", "dog"}) std::filesystem::create_directories(dir / "p" + "/" + c);
  for (int i = 0; i < 7; ++i) vision::write_png(full({3, 6, 5 + i}, i * 30, kByte), (dir / "p") + (i % 2 ? "/dog/" : "/cat/") + std::to_string(i) + ".png");
  vision::ImageFolder folder(dir / "p");
  vision::write_image_store(dir / "p.mdb", folder);
  vision::ImageStore store(dir / "p.mdb");
  ASSERT_EQ(store.size(), folder.size());
  EXPECT_EQ(store.classes(), folder.classes());
  for (size_t i = 0; i < 7; ++i) {
    const auto a = folder.get(i), b = store.get(i);
    EXPECT_TRUE(same_bits(a.data, b.data));
    EXPECT_TRUE(equal(a.target, b.target));
  }
  EXPECT_THROW(store.get(7), IndexError);
  EXPECT_TRUE(contains(error_of([&] { vision::write_image_store(dir / "p.mdb", folder); }), "exists"));
  vision::ImageStore sized(dir / "p.mdb", [](const Tensor& x) { return vision::functional::resize(x, {4, 4}); });
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(sized.map(vision::transforms::StackImages()), data::DataLoaderOptions(3).workers(2));
  int64_t n = 0;
  for (auto& b : *loader) n += b.data.size(0);
  EXPECT_EQ(n, 7);
  vision::ImageStore failing(dir / "p.mdb", [](const Tensor&) -> Tensor { throw ValueError("no"); });
  EXPECT_TRUE(contains(error_of<ValueError>([&] { failing.get(2); }), "picture 2"));

  const auto store_of = [&](const std::string& name, const std::vector<std::pair<std::string, std::string>>& entries) {
    LmdbWriter w(dir / name);
    for (const auto& [k, v] : entries) w.put(k, v.data(), v.size());
    w.commit();
    return dir / name;
  };
  const std::string zero(8, '\0');
  EXPECT_TRUE(contains(error_of([&] { vision::ImageStore s(golden); }), "the key \"classes\" is missing"));
  EXPECT_TRUE(contains(error_of([&] { vision::ImageStore s(store_of("gap.mdb", {{"0000000001", zero}, {"classes", "a\n"}})); }), "entry 0 has the key \"0000000001\""));
  vision::ImageStore bad(store_of("bad.mdb", {{"0000000000", "abc"}, {"0000000001", std::string("\5") + std::string(7, '\0') + "x"}, {"0000000002", zero + "no picture"}, {"classes", "a\n"}}));
  EXPECT_TRUE(contains(error_of([&] { bad.get(0); }), "picture 0: 3 bytes"));
  EXPECT_TRUE(contains(error_of([&] { bad.get(1); }), "picture 1 is of class 5"));
  EXPECT_TRUE(contains(error_of([&] { bad.get(2); }), "bad.mdb, picture 2: expected a JPEG or PNG"));
}

}  // namespace
}  // namespace wick::test
