// Datasets in memory give whole batches at once: the same ones, and only where nothing of a program's own would be left out.
#include <wick/data.h>
#include <wick/vision.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using namespace data;            // NOLINT
using namespace data::datasets;  // NOLINT
using Indices = std::vector<size_t>;

std::string number(uint32_t n) {
  std::string s;
  for (const int shift : {24, 16, 8, 0}) s += static_cast<char>(n >> shift);
  return s;
}
// Ten digits whose bytes tell them apart.
struct Files {
  TempDir dir;
  Files() {
    std::string pixels, labels;
    for (uint32_t i = 0; i < 10 * 784; ++i) pixels += static_cast<char>(i * 7 % 251);
    for (int i = 0; i < 10; ++i) labels += static_cast<char>(9 - i);
    write_file(dir / "train-images-idx3-ubyte", std::string("\0\0\x8\3", 4) + number(10) + number(28) + number(28) + pixels);
    write_file(dir / "train-labels-idx1-ubyte", std::string("\0\0\x8\1", 4) + number(10) + labels);
  }
};
const Indices some{7, 0, 3, 3};

TEST(Stacked, EqualsStackOfExamples) {
  const Files files;
  MNIST set(files.dir.path());
  const Example<> want = transforms::Stack<>()(set.get_batch(some)), got = set.map(transforms::Stack<>()).get_batch(some);
  EXPECT_TRUE(same_bits(got.data, want.data));
  EXPECT_TRUE(same_bits(got.target, want.target));
  EXPECT_EQ(got.data.strides(), want.data.strides());
  static_assert(datasets::detail::only_stacks<MNIST, transforms::Stack<>>());

  const transforms::Normalize<> normalize(0.13, 0.31);
  auto normalized = set.map(normalize);
  const Example<> slow = transforms::Stack<>()(normalized.get_batch(some)), fast = normalized.map(transforms::Stack<>()).get_batch(some);
  EXPECT_TRUE(same_bits(fast.data, slow.data));
  EXPECT_FALSE(same_bits(fast.data, want.data));
  static_assert(datasets::detail::only_stacks<decltype(normalized), transforms::Stack<>>());

  TensorDataset tensors(set.images());
  EXPECT_TRUE(same_bits(tensors.map(transforms::Stack<TensorExample>()).get_batch(some).data, want.data));
  Subset<MNIST> part(set, {9, 8, 7, 6});
  EXPECT_TRUE(same_bits(part.map(transforms::Stack<>()).get_batch(Indices{2, 0}).data, set.images().index_select(0, tensor({7, 9}))));
  EXPECT_THROW(part.map(transforms::Stack<>()).get_batch(Indices{4}), IndexError);
  EXPECT_THROW(set.map(transforms::Stack<>()).get_batch(Indices{10}), IndexError);
}

TEST(Stacked, ProgramsOwnExamplesAndStacksAreKept) {
  const Files files;
  struct Marked : MNIST {
    using MNIST::MNIST;
    Example<> get(size_t) override { return {full({1}, 5.f), full({}, int64_t{1})}; }
  };
  auto marked = datasets::map(Marked(files.dir.path()), transforms::Stack<>());
  EXPECT_TRUE(equal(marked.get_batch(some).data, full({4, 1}, 5.f)));
  struct Doubles : transforms::Stack<> {
    Example<> apply_batch(std::vector<Example<>> e) override {
      Example<> r = Stack<>::apply_batch(std::move(e));
      return {r.data.mul(2), r.target};
    }
  };
  MNIST set(files.dir.path());
  EXPECT_TRUE(equal(set.map(Doubles()).get_batch(some).data, set.map(transforms::Stack<>()).get_batch(some).data * 2));
  struct Halves : transforms::Normalize<> {
    using Normalize<>::Normalize;
    Tensor operator()(Tensor x) override { return x / 2; }
  };
  EXPECT_TRUE(equal(set.map(Halves(0.1, 0.2)).map(transforms::Stack<>()).get_batch(some).data, set.map(transforms::Stack<>()).get_batch(some).data / 2));
}

TEST(StackImages, ChannelsLastAndNormalized) {
  for (const int64_t channels : {1, 3, 4, 5}) {
    SCOPED_TRACE(channels);
    std::vector<Example<>> rows, planes;
    std::vector<double> mean, std;
    for (int64_t c = 0; c < channels; ++c) mean.push_back(0.1 * static_cast<double>(c + 1)), std.push_back(0.2 + 0.1 * static_cast<double>(c));
    for (int64_t i = 0; i < 3; ++i) {
      const Tensor hwc = arange(9 * 13 * channels).mul(7).add(i).remainder(256).to(kByte).view({9, 13, channels}), x = hwc.permute({2, 0, 1});
      rows.emplace_back(x, full({}, i));
      planes.emplace_back(x.contiguous(), full({}, i));
    }
    for (const auto& examples : {rows, planes}) {
      const Example<> plain = vision::transforms::StackImages().apply_batch(examples), floats = vision::transforms::StackImages(mean, std).apply_batch(examples);
      EXPECT_TRUE(equal(plain.target, arange(3)));
      for (const Example<>& b : {plain, floats}) {
        EXPECT_EQ(b.data.sizes(), IntArrayRef({3, channels, 9, 13}));
        EXPECT_TRUE(b.data.is_contiguous(MemoryFormat::ChannelsLast));
      }
      for (int64_t i = 0; i < 3; ++i) {
        EXPECT_TRUE(equal(plain.data[i], rows[static_cast<size_t>(i)].data));
        EXPECT_TRUE(allclose(floats.data[i], vision::functional::normalize(rows[static_cast<size_t>(i)].data, mean, std), 1e-5, 1e-6));
      }
    }
  }
  // Crops and mirrors need no copy before.
  const Tensor picture = arange(20 * 20 * 3).remainder(256).to(kByte).view({20, 20, 3}).permute({2, 0, 1}), part = vision::functional::crop(picture, 3, 4, 10, 11);
  EXPECT_TRUE(allclose(vision::transforms::StackImages({0.5}, {0.25}).apply_batch({{part, full({}, 1)}}).data[0], vision::functional::normalize(part, {0.5}, {0.25}), 1e-5, 1e-6));
  EXPECT_TRUE(equal(vision::transforms::StackImages().apply_batch({{part.to(kFloat), Tensor()}}).data[0], part.to(kFloat)));
}

TEST(StackImages, Errors) {
  const vision::transforms::StackImages plain, normalizing({0.5}, {0.5});
  const auto text = [](vision::transforms::StackImages t, const std::vector<Tensor>& pictures) {
    return error_of([&] {
      std::vector<Example<>> e;
      for (const Tensor& p : pictures) e.emplace_back(p, full({}, 0));
      t.apply_batch(e);
    });
  };
  EXPECT_TRUE(contains(text(plain, {zeros({3, 4, 4}), zeros({3, 4, 5})}), "picture 1 of the batch is Float [3, 4, 5], picture 0 is Float [3, 4, 4]"));
  EXPECT_TRUE(contains(text(plain, {zeros({3, 4, 4}), zeros({3, 4, 4}, kByte)}), "picture 1"));
  EXPECT_TRUE(contains(text(plain, {zeros({2, 3, 4, 4})}), "[C, H, W]"));
  EXPECT_TRUE(contains(text(plain, {}), "no pictures"));
  EXPECT_TRUE(contains(text(normalizing, {zeros({3, 4, 4})}), "uint8"));
  EXPECT_TRUE(contains(text(vision::transforms::StackImages({0.5, 0.1}, {0.5}), {zeros({3, 4, 4}, kByte)}), "for 3 channels"));
  EXPECT_TRUE(contains(text(vision::transforms::StackImages({0.5}, {0.0}), {zeros({3, 4, 4}, kByte)}), "std has a 0"));
}

}  // namespace
}  // namespace wick::test
