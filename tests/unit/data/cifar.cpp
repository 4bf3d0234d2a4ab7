// CIFAR's binary files and Fashion-MNIST's: made here, read back, and what is wrong with them said.
#include <algorithm>
#include <array>

#include <wick/data.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using namespace data::datasets;  // NOLINT

// A picture's record: its labels, then bytes that tell pictures, channels, rows and columns apart.
std::string record(std::initializer_list<int> labels, int picture) {
  std::string s;
  for (const int l : labels) s += static_cast<char>(l);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < 32; ++y)
      for (int x = 0; x < 32; ++x) s += static_cast<char>((picture * 7 + c * 80 + y * 2 + x) % 256);
  return s;
}
int64_t pixel(int picture, int c, int y, int x) { return (picture * 7 + c * 80 + y * 2 + x) % 256; }

TEST(Cifar10, BytesAndNumbers) {
  const TempDir dir;
  for (int b = 1; b <= 5; ++b) write_file(dir / ("data_batch_" + std::to_string(b) + ".bin"), record({b}, 2 * b) + record({9 - b}, 2 * b + 1));
  write_file(dir / "test_batch.bin", record({9}, 99));
  CIFAR10 train(dir.path(), CIFAR10::Mode::kTrain, CIFAR10Options().dtype(kByte));
  ASSERT_EQ(train.size(), 10u);
  EXPECT_TRUE(train.is_train());
  EXPECT_EQ(train.images().sizes(), IntArrayRef({10, 3, 32, 32}));
  EXPECT_EQ(train.images().scalar_type(), kByte);
  EXPECT_TRUE(train.targets().equal(tensor({1, 8, 2, 7, 3, 6, 4, 5, 5, 4})));
  const auto e = train.get(7);
  EXPECT_EQ(e.target.item<int64_t>(), 5);
  using At = std::array<int, 3>;
  for (const auto& [c, y, x] : {At{0, 0, 0}, At{0, 0, 31}, At{0, 31, 0}, At{2, 30, 7}, At{1, 5, 9}}) EXPECT_EQ(e.data[c][y][x].item<int64_t>(), pixel(9, c, y, x));
  const CIFAR10 numbers(dir.path());
  EXPECT_TRUE(same_bits(numbers.images(), train.images().to(kFloat).div(255)));
  const CIFAR10 test(dir.path(), CIFAR10::Mode::kTest);
  EXPECT_EQ(test.size(), 1u);
  EXPECT_FALSE(test.is_train());
  EXPECT_THROW(train.get(10), IndexError);
  EXPECT_EQ(CIFAR10::classes().size(), 10u);
  auto loader = data::make_data_loader<data::samplers::SequentialSampler>(train.map(data::transforms::Stack<>()), 4);
  EXPECT_EQ(loader->begin()->data.sizes(), IntArrayRef({4, 3, 32, 32}));
}

TEST(Cifar10, SomeBatchesAndTheFolderOfTheArchive) {
  const TempDir dir;
  std::filesystem::create_directories(dir / "cifar-10-batches-bin");
  for (const int b : {2, 4}) write_file(dir / ("cifar-10-batches-bin/data_batch_" + std::to_string(b) + ".bin"), record({b}, b));
  EXPECT_TRUE(CIFAR10(dir.path(), CIFAR10::Mode::kTrain, CIFAR10Options().batches({4, 2})).targets().equal(tensor({4, 2})));
  const std::string text = error_of([&] { CIFAR10 all(dir.path()); });
  for (const char* part : {"data_batch_1.bin", "cifar-10-binary.tar.gz", "cifar-10-batches-bin", "CIFAR10Options().batches({1})"}) EXPECT_TRUE(contains(text, part));
  EXPECT_TRUE(contains(error_of([&] { CIFAR10 test(dir.path(), CIFAR10::Mode::kTest); }), dir / "test_batch.bin"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { CIFAR10 x(dir.path(), CIFAR10::Mode::kTrain, CIFAR10Options().batches({6})); }), "not 6"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { CIFAR10 x(dir.path(), CIFAR10::Mode::kTrain, CIFAR10Options().batches({})); }), "no batches"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { CIFAR10 x(dir.path(), CIFAR10::Mode::kTest, CIFAR10Options().dtype(kDouble)); }), "Double"));
}

TEST(Cifar10, DamagedFiles) {
  const TempDir dir;
  const auto refused = [&](const std::string& bytes) {
    write_file(dir / "test_batch.bin", bytes);
    const std::string text = error_of([&] { CIFAR10 test(dir.path(), CIFAR10::Mode::kTest); });
    EXPECT_TRUE(contains(text, dir / "test_batch.bin"));
    return text;
  };
  EXPECT_TRUE(contains(refused(""), "0 bytes"));
  EXPECT_TRUE(contains(refused(record({1}, 1) + "x"), "3074 bytes are no whole number of CIFAR10's pictures, 3073 bytes each"));
  EXPECT_TRUE(contains(refused(record({1}, 1) + record({10}, 1)), "picture 1 is of class 10, expected 0 to 9"));
}

TEST(Cifar100, ClassesAndGroups) {
  const TempDir dir;
  write_file(dir / "train.bin", record({19, 99}, 1) + record({0, 3}, 2));
  CIFAR100 train(dir.path(), CIFAR100::Mode::kTrain, kByte);
  ASSERT_EQ(train.size(), 2u);
  EXPECT_TRUE(train.targets().equal(tensor({99, 3})));
  EXPECT_TRUE(train.coarse_targets().equal(tensor({19, 0})));
  EXPECT_EQ(train.get(1).data[2][31][31].item<int64_t>(), pixel(2, 2, 31, 31));
  EXPECT_EQ(train.get(0).target.item<int64_t>(), 99);
  EXPECT_TRUE(contains(error_of([&] { CIFAR100 test(dir.path(), CIFAR100::Mode::kTest); }), "cifar-100-binary.tar.gz"));
  write_file(dir / "test.bin", record({20, 1}, 1));
  EXPECT_TRUE(contains(error_of([&] { CIFAR100 test(dir.path(), CIFAR100::Mode::kTest); }), "class 20, expected 0 to 19"));
  write_file(dir / "test.bin", record({1, 100}, 1));
  EXPECT_TRUE(contains(error_of([&] { CIFAR100 test(dir.path(), CIFAR100::Mode::kTest); }), "class 100, expected 0 to 99"));
  const auto& names = CIFAR100::classes();
  EXPECT_EQ(names.size(), 100u);
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(FashionMnist, ReadsIdxFiles) {
  const TempDir dir;
  const std::string two("\0\0\0\2", 4), side("\0\0\0\x1c", 4);
  std::string pixels(2 * 28 * 28, '\0');
  pixels[28 * 28 + 1] = static_cast<char>(255);
  write_file(dir / "t10k-images-idx3-ubyte", std::string("\0\0\x8\3", 4) + two + side + side + pixels);
  write_file(dir / "t10k-labels-idx1-ubyte", std::string("\0\0\x8\1", 4) + two + "\x9\x2");
  FashionMNIST test(dir.path(), FashionMNIST::Mode::kTest);
  ASSERT_EQ(test.size(), 2u);
  EXPECT_EQ(test.get(1).data[0][0][1].item<float>(), 1);
  EXPECT_EQ(FashionMNIST::classes().at(static_cast<size_t>(test.get(0).target.item<int64_t>())), "Ankle boot");
  EXPECT_TRUE(contains(error_of([&] { FashionMNIST train(dir.path()); }), dir / "train-images-idx3-ubyte"));
}

TEST(Split, PartsOfPythonsSizes) {
  const auto sizes = [](size_t n, const std::vector<double>& lengths) {
    std::vector<size_t> r;
    for (const auto& part : data::random_split(n, lengths)) r.push_back(part.size());
    return r;
  };
  using Sizes = std::vector<size_t>;
  EXPECT_EQ(sizes(10, {7, 3}), (Sizes{7, 3}));
  EXPECT_EQ(sizes(10, {0.5, 0.25, 0.25}), (Sizes{6, 2, 2}));
  EXPECT_EQ(sizes(11, {0.33, 0.33, 0.34}), (Sizes{4, 4, 3}));
  EXPECT_EQ(sizes(5, {1, 0}), (Sizes{5, 0}));
  EXPECT_EQ(sizes(0, {0.5, 0.5}), (Sizes{0, 0}));
  EXPECT_TRUE(contains(error_of<ValueError>([] { data::random_split(10, {7, 4}); }), "11 examples together, the dataset 10"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { data::random_split(10, {11, -1}); }), "-1 examples"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { data::random_split(10, {2.5, 7.5}); }), "2.5 examples"));
}

TEST(Split, PartsOfADataset) {
  TensorDataset set(arange(20));
  auto parts = data::random_split(set, {0.75, 0.25}, make_generator(3)), again = data::random_split(set, {0.75, 0.25}, make_generator(3));
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[1].size(), 5u);
  EXPECT_EQ(parts[1].indices(), again[1].indices());
  EXPECT_EQ(parts[0].indices()[0], static_cast<size_t>(randperm(20, make_generator(3))[0].item<int64_t>()));
  std::vector<int64_t> seen;
  for (auto& part : parts)
    for (size_t i = 0; i < *part.size(); ++i) seen.push_back(part.get(i).data.item<int64_t>());
  std::sort(seen.begin(), seen.end());
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
  EXPECT_THROW(parts[1].get(5), IndexError);
}

}  // namespace
}  // namespace wick::test
