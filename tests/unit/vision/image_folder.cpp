// Pictures in class folders: order, loading, damaged files, splits.
#include <algorithm>
#include <set>

#include <wick/data.h>
#include <wick/vision.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using vision::ImageFolder;
using vision::ImageFolderOptions;
using Names = std::vector<std::string>;

Tensor picture(int64_t value, int64_t channels = 3, int64_t side = 8) { return full({channels, side, side}, value, kByte); }
void put(const TempDir& dir, const std::string& name, int64_t value, int64_t channels = 3) {
  std::filesystem::create_directories(std::filesystem::path(dir / name).parent_path());
  if (name.find(".png") != std::string::npos) vision::write_png(picture(value, channels), dir / name);
  else vision::write_jpeg(picture(value, channels), dir / name, 95);
}
Names names_of(const ImageFolder& set, const TempDir& dir) {
  Names r;
  for (const auto& s : set.samples()) r.push_back(s.path.substr(dir.path().size() + 1));
  return r;
}

TEST(ImageFolder, ClassesAndPicturesInOrder) {
  const TempDir dir;
  put(dir, "dog/b.png", 20);
  put(dir, "dog/a.JPG", 21);
  put(dir, "dog/a/z.png", 22);
  put(dir, "dog/a/.hidden.png", 0);
  put(dir, "dog/.checkpoints/c.png", 0);
  put(dir, "cat/1.jpeg", 10, 1);
  put(dir, "Zebra/x.png", 30);
  put(dir, ".cache/x.png", 1);
  write_file(dir / "dog/notes.txt", "no picture");
  write_file(dir / "dog/jpg", "no picture");
  write_file(dir / "readme.md", "no class");
  ImageFolder set(dir.path());
  EXPECT_EQ(set.classes(), (Names{"Zebra", "cat", "dog"}));
  EXPECT_EQ(names_of(set, dir), (Names{"Zebra/x.png", "cat/1.jpeg", "dog/a.JPG", "dog/b.png", "dog/a/z.png"}));
  ASSERT_EQ(set.size(), 5u);
  const std::vector<int64_t> values{30, 10, 21, 20, 22}, classes{0, 1, 2, 2, 2};
  for (size_t i = 0; i < 5; ++i) {
    const auto e = set.get(i);
    EXPECT_EQ(e.data.sizes(), IntArrayRef({3, 8, 8})) << "grey ones become RGB";
    EXPECT_EQ(e.data.scalar_type(), kByte);
    EXPECT_NEAR(e.data[1][4][4].item<double>(), static_cast<double>(values[i]), 1);
    EXPECT_EQ(e.target.item<int64_t>(), classes[i]);
    EXPECT_EQ(set.samples()[i].target, classes[i]);
  }
  EXPECT_TRUE(set.bad().empty());
  EXPECT_THROW(set.get(5), IndexError);
  EXPECT_EQ(*ImageFolder(dir.path(), ImageFolderOptions().extensions({"png"}).allow_empty(true)).size(), 3u);
  EXPECT_EQ(ImageFolder(dir.path(), ImageFolderOptions().decode(vision::DecodeOptions(vision::ImageReadMode::GRAY))).get(0).data.size(0), 1);
}

TEST(ImageFolder, TransformsAndLoader) {
  const TempDir dir;
  for (int i = 0; i < 6; ++i) put(dir, std::string(i % 2 ? "odd/" : "even/") + std::to_string(i) + ".png", 10 * i);
  const ImageFolder set(dir.path(), ImageFolderOptions().transform(vision::transforms::Resize({4, 5})));
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(ImageFolder(set).map(data::transforms::Stack<>()), data::DataLoaderOptions(6).workers(2));
  const auto batch = *loader->begin();
  EXPECT_EQ(batch.data.sizes(), IntArrayRef({6, 3, 4, 5}));
  EXPECT_TRUE(batch.target.equal(tensor({0, 0, 0, 1, 1, 1})));
  EXPECT_TRUE(batch.data.select(1, 0).select(1, 0).select(1, 0).to(kLong).equal(tensor({0, 20, 40, 10, 30, 50})));
  ImageFolder other = set.with_transform([](const Tensor& x) { return x.to(kFloat); });
  EXPECT_EQ(other.get(0).data.scalar_type(), kFloat);
  EXPECT_EQ(ImageFolder(set).get(0).data.sizes(), IntArrayRef({3, 4, 5}));
  ImageFolder failing = set.with_transform([](const Tensor&) -> Tensor { throw ValueError("no"); });
  EXPECT_TRUE(contains(error_of<ValueError>([&] { failing.get(3); }), "odd/1.png"));
}

TEST(ImageFolder, FoldersThatDoNotFit) {
  const TempDir dir;
  EXPECT_TRUE(contains(error_of([&] { ImageFolder set(dir / "none"); }), dir / "none"));
  write_file(dir / "a.jpg", "x");
  EXPECT_TRUE(contains(error_of([&] { ImageFolder set(dir / "a.jpg"); }), "a.jpg: cannot list"));
  const std::string text = error_of([&] { ImageFolder set(dir.path()); });
  EXPECT_TRUE(contains(text, "no class folders in " + dir.path() + ": it has 1 file and no sub-folders"));
  EXPECT_TRUE(contains(text, "/<class>/<image>.jpg"));
  std::filesystem::create_directories(dir / "empty");
  std::filesystem::create_directories(dir / "void");
  EXPECT_TRUE(contains(error_of([&] { ImageFolder set(dir.path(), ImageFolderOptions().allow_empty(true)); }), "no pictures (jpg, jpeg, png)"));
  put(dir, "full/a.png", 1);
  EXPECT_TRUE(contains(error_of([&] { ImageFolder set(dir.path()); }), "class folders without pictures (jpg, jpeg, png) in " + dir.path() + ": empty, void"));
  const ImageFolder set(dir.path(), ImageFolderOptions().allow_empty(true));
  EXPECT_EQ(set.classes(), (Names{"empty", "full", "void"}));
  EXPECT_EQ(set.samples()[0].target, 1);
}

TEST(ImageFolder, DamagedPictures) {
  const TempDir dir;
  vision::write_file(dir / "whole.jpg", vision::encode_jpeg(randint(0, 256, {3, 64, 64}, kByte), 90));
  const std::string whole = read_file(dir / "whole.jpg");
  for (int i = 0; i < 3; ++i) put(dir, "a/" + std::to_string(i) + ".png", i);
  put(dir, "b/0.png", 5);
  write_file(dir / "a/1b.jpg", whole.substr(0, whole.size() * 2 / 3));
  write_file(dir / "b/text.png", "<html>");
  write_file(dir / "b/empty.jpg", "");
  std::filesystem::create_symlink(dir / "nowhere", dir / "b/link.jpg");
  ImageFolder all(dir.path());
  ASSERT_EQ(all.size(), 8u);
  EXPECT_TRUE(contains(error_of([&] { all.get(2); }), dir / "a/1b.jpg"));
  EXPECT_TRUE(contains(error_of([&] { all.get(6); }), dir / "b/link.jpg"));
  ImageFolder good(dir.path(), ImageFolderOptions().skip_bad(true));
  EXPECT_EQ(names_of(good, dir), (Names{"a/0.png", "a/1.png", "a/2.png", "b/0.png"}));
  ASSERT_EQ(good.bad().size(), 4u);
  const Names bad{"a/1b.jpg", "b/empty.jpg", "b/link.jpg", "b/text.png"};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(good.bad()[i].path, dir / bad[i]);
    EXPECT_TRUE(contains(good.bad()[i].reason, bad[i]));
  }
  EXPECT_TRUE(contains(good.bad()[3].reason, "HTML"));
  for (size_t i = 0; i < 4; ++i) EXPECT_NO_THROW(good.get(i));
  std::filesystem::remove(dir / "b/0.png");
  EXPECT_TRUE(contains(error_of([&] { ImageFolder set(dir.path(), ImageFolderOptions().skip_bad(true)); }), "b; 4 could not be decoded, the first: "));
}

TEST(ImageFolder, Splits) {
  const TempDir dir;
  for (int i = 0; i < 10; ++i) put(dir, "many/" + std::to_string(i) + ".png", i);
  for (int i = 0; i < 5; ++i) put(dir, "some/" + std::to_string(i) + ".png", i);
  put(dir, "one/0.png", 0);
  const ImageFolder set(dir.path());
  const auto [train, validation] = set.split(0.4, 1);
  const auto count = [](const ImageFolder& s, int64_t c) { return std::count_if(s.samples().begin(), s.samples().end(), [&](const auto& x) { return x.target == c; }); };
  EXPECT_EQ(count(validation, 0), 4);
  EXPECT_EQ(count(validation, 1), 0);
  EXPECT_EQ(count(validation, 2), 2);
  EXPECT_EQ(train.samples().size(), 10u);
  std::set<std::string> paths;
  for (const auto* part : {&train, &validation})
    for (const auto& s : part->samples()) paths.insert(s.path);
  EXPECT_EQ(paths.size(), 16u);
  EXPECT_EQ(names_of(set.split(0.4, 1).second, dir), names_of(validation, dir));
  EXPECT_NE(names_of(set.split(0.4, 2).second, dir), names_of(validation, dir));
  EXPECT_EQ(validation.classes(), set.classes());
  EXPECT_EQ(count(set.split(0.95).first, 1), 1) << "the only picture of a class is for training";
  EXPECT_EQ(count(set.split(0.95).first, 0), 1);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { set.split(1); }), "between 0 and 1, got 1"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { set.split(0.01); }), "too few"));
}

}  // namespace
}  // namespace wick::test
