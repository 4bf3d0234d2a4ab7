// JPEG and PNG: Pillow's pixels, what was written comes back, and nothing hostile gets through.
#include <wick/core/memory.h>

#include "../temp.h"
#include "golden.h"

namespace wick::test {
namespace {

using namespace vision;
using golden::get;
using golden::near;
using golden::path;

std::string bytes_of(const std::string& name) { return read_file(path(name)); }
Tensor decode(const std::string& bytes, const DecodeOptions& options = {}) { return decode_image(bytes.data(), bytes.size(), options, "it.jpg"); }
bool rows_first(const Tensor& x) { return x.permute({1, 2, 0}).is_contiguous(); }

TEST(Decode, EveryKindOfFileGivesPillowsPixels) {
  const std::map<std::string, ImageReadMode> modes{{"unchanged", ImageReadMode::UNCHANGED}, {"grey", ImageReadMode::GRAY}, {"rgb", ImageReadMode::RGB}, {"rgba", ImageReadMode::RGB_ALPHA}};
  int n = 0;
  for (const auto& [key, expected] : golden::all("decoding")) {
    const std::string file = key.substr(0, key.find(':')), mode = key.substr(key.find(':') + 1);
    if (!modes.count(mode)) continue;
    const Tensor got = decode_image(path(file), modes.at(mode));
    EXPECT_TRUE(near(got, expected, file.find(".png") != std::string::npos ? 0 : file == "ycck.jpg" || file == "cmyk.jpg" ? 2 : 1)) << key;
    EXPECT_TRUE(rows_first(got)) << key;
    ++n;
  }
  EXPECT_GT(n, 60);
}

TEST(Decode, GreyWithOpacity) {
  for (const char* file : {"rgb.jpg", "cmyk.jpg", "rgb.png", "rgba.png", "grey.png", "grey_alpha.png", "palette_transparent.png", "rgb16.png"}) {
    const Tensor both = decode_image(path(file), ImageReadMode::GRAY_ALPHA), grey = decode_image(path(file), ImageReadMode::GRAY), rgba = decode_image(path(file), ImageReadMode::RGB_ALPHA);
    EXPECT_EQ(both.sizes(), IntArrayRef({2, grey.size(1), grey.size(2)})) << file;
    EXPECT_TRUE(same_bits(both[0], grey[0])) << file;
    EXPECT_TRUE(same_bits(both[1], rgba[3])) << file;
  }
}

TEST(Decode, SixteenBits) {
  for (const char* file : {"grey16.png", "rgb16.png"}) {
    EXPECT_TRUE(near(decode_image(path(file), DecodeOptions().sixteen_bits(true)), get("decoding", std::string(file) + ":sixteen"), 0)) << file;
    const Tensor rgba = decode_image(path(file), DecodeOptions(ImageReadMode::RGB_ALPHA).sixteen_bits(true));
    EXPECT_EQ(rgba[3].min().item<int>(), 65535);
  }
  EXPECT_EQ(decode_image(path("rgb.png"), DecodeOptions().sixteen_bits(true)).scalar_type(), kByte);
  const Tensor wide = decode_image(path("rgb16.png"), DecodeOptions(ImageReadMode::GRAY).sixteen_bits(true)), narrow = decode_image(path("rgb16.png"), ImageReadMode::GRAY);
  EXPECT_TRUE(near(wide.div(257.0), narrow.to(kFloat), 1.5));
}

TEST(Decode, Orientation) {
  for (const char* file : {"exif1.jpg", "exif2.jpg", "exif3.jpg", "exif4.jpg", "exif5.jpg", "exif6.jpg", "exif7.jpg", "exif8.jpg", "exif5.png"}) {
    const Tensor turned = decode_image(path(file), DecodeOptions().apply_exif_orientation(true));
    EXPECT_TRUE(near(turned, get("decoding", std::string(file) + ":turned"), 1)) << file;
    EXPECT_TRUE(rows_first(turned)) << file;
  }
}

TEST(Decode, ReducedWhenThatIsEnough) {
  for (int k : {2, 4, 8}) EXPECT_TRUE(near(decode_image(path("large.jpg"), DecodeOptions().enough_height(120 / k).enough_width(161 / k)), get("decoding", str("large.jpg:1/", k)), 1)) << k;
  const auto height = [](int64_t h, int64_t w) { return decode_image(path("large.jpg"), DecodeOptions().enough_height(h).enough_width(w)).size(1); };
  EXPECT_EQ(height(61, 20), 120);
  EXPECT_EQ(height(60, 82), 120);
  EXPECT_EQ(height(60, 0), 60);
  EXPECT_EQ(height(16, 0), 30);
  EXPECT_EQ(height(1, 1), 15);
}

TEST(Encode, ComesBack) {
  const Tensor rgb = decode_image(path("rgb.png")), planes = rgb.contiguous();
  for (int64_t channels : {1, 2, 3, 4}) {
    const Tensor x = randint(0, 256, {channels, 13, 17}, kByte);
    EXPECT_TRUE(same_bits(decode_png(encode_png(x)), x)) << channels;
    EXPECT_TRUE(same_bits(decode_png(encode_png(x.flip({2}), 0)), x.flip({2}))) << channels;
  }
  EXPECT_TRUE(same_bits(encode_png(rgb), encode_png(planes)));
  EXPECT_TRUE(same_bits(encode_jpeg(rgb, 90), encode_jpeg(planes, 90)));
  const Tensor smooth = arange(0, 40).mul(3).view({1, 1, 40}).expand({3, 30, 40}).to(kByte);
  EXPECT_TRUE(near(decode_jpeg(encode_jpeg(smooth, 95)), smooth, 3));
  EXPECT_TRUE(near(decode_jpeg(encode_jpeg(smooth.slice(0, 0, 1), 95)), smooth.slice(0, 0, 1), 3));
  EXPECT_LT(encode_jpeg(rgb, 10).numel(), encode_jpeg(rgb, 95).numel());
  const TempDir dir;
  write_png(rgb, dir / "a.png");
  write_jpeg(rgb, dir / "a.jpg", 90);
  EXPECT_TRUE(same_bits(read_image(dir / "a.png"), rgb));
  EXPECT_TRUE(same_bits(read_image(dir / "a.jpg"), decode_image(encode_jpeg(rgb, 90))));
  EXPECT_TRUE(same_bits(vision::read_file(dir / "a.png"), encode_png(rgb)));
}

TEST(Encode, Refuses) {
  const Tensor x = zeros({3, 4, 4}, kByte);
  EXPECT_TRUE(contains(error_of<TypeError>([&] { encode_jpeg(x.to(kFloat)); }), "uint8, got Float"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { encode_png(Tensor()); }), "uint8"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { encode_jpeg(x.slice(0, 0, 2)); }), "1 or 3 channels, got [2, 4, 4]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { encode_png(zeros({5, 4, 4}, kByte)); }), "1 to 4 channels"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { encode_png(zeros({3, 0, 4}, kByte)); }), "height and width"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { encode_jpeg(x, 0); }), "1 to 100, got 0"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { encode_png(x, 10); }), "0 to 9, got 10"));
  EXPECT_TRUE(contains(error_of([&] { write_png(x, "/nowhere/at/all.png"); }), "/nowhere/at/all.png"));
}

TEST(Decode, SaysWhatItFound) {
  const TempDir dir;
  const auto refused = [&](const std::string& name, const std::string& content) {
    write_file(dir / name, content);
    const std::string text = error_of([&] { decode_image(dir / name); });
    EXPECT_TRUE(contains(text, dir / name));
    return text;
  };
  EXPECT_TRUE(contains(refused("empty.jpg", ""), "an empty file"));
  EXPECT_TRUE(contains(refused("a.jpg", "GIF89a......"), "found a GIF"));
  EXPECT_TRUE(contains(refused("b.png", std::string("RIFF\1\0\0\0WEBPVP8 ", 16)), "found a WebP"));
  EXPECT_TRUE(contains(refused("c.png", "<!DOCTYPE html>"), "HTML"));
  EXPECT_TRUE(contains(refused("d.jpg", "\x01\x02"), "2 bytes that begin with 01 02"));
  EXPECT_TRUE(contains(error_of([&] { decode_image(dir / "none.jpg"); }), "none.jpg: cannot open"));
  EXPECT_TRUE(contains(error_of([&] { decode_image(dir.path()); }), "not a regular file"));
  EXPECT_TRUE(contains(error_of([&] { decode_png(vision::read_file(path("rgb.jpg"))); }), "expected a PNG, found a JPEG"));
  EXPECT_TRUE(contains(error_of([&] { decode_jpeg(vision::read_file(path("rgb.png"))); }), "expected a JPEG, found a PNG"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { decode_image(zeros({4})); }), "uint8 tensor [n], got Float"));
  // A name says nothing: the content does.
  write_file(dir / "really.jpg", bytes_of("rgb.png"));
  EXPECT_TRUE(same_bits(decode_image(dir / "really.jpg"), decode_image(path("rgb.png"))));
}

TEST(Decode, CutOffOrDamaged) {
  for (const char* file : {"rgb.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "rgb.png", "interlaced.png", "palette.png", "rgb16.png"}) {
    const std::string whole = bytes_of(file);
    for (size_t n = 3; n < whole.size() - 2; n += 1 + whole.size() / 97) {
      const std::string text = error_of([&] { decode(whole.substr(0, n)); });
      EXPECT_TRUE(contains(text, "it.jpg: ")) << file << " " << n;
    }
    EXPECT_TRUE(contains(error_of([&] { decode(whole.substr(0, whole.size() * 3 / 4)); }), "damaged or cut-off")) << file;
    const Tensor part = decode(whole.substr(0, whole.size() * 3 / 4), DecodeOptions().allow_truncated(true)), all = decode(whole);
    EXPECT_EQ(part.sizes(), all.sizes()) << file;
    EXPECT_FALSE(same_bits(part, all)) << file;
    if (std::string(file) != "interlaced.png" && std::string(file) != "progressive.jpg") {
      EXPECT_TRUE(same_bits(part.select(1, 0), all.select(1, 0))) << file;
    }
  }
  std::string wrong = bytes_of("rgb.png");
  wrong[wrong.find("IDAT") + 20] ^= 1;
  EXPECT_TRUE(contains(error_of([&] { decode(wrong); }), "damaged or cut-off PNG"));
}

TEST(Decode, SizesAreBoundedBeforeMemoryIsTaken) {
  std::string huge = bytes_of("rgb.jpg");
  const size_t sof = huge.find("\xff\xc0");
  for (size_t i = 5; i < 9; ++i) huge[sof + i] = '\xff';
  reset_peak_memory_stats();
  const int64_t before = memory_stats().current_bytes;
  EXPECT_TRUE(contains(error_of([&] { decode(huge); }), "it.jpg: "));
  EXPECT_TRUE(contains(error_of([&] { decode(bytes_of("rgb.png"), DecodeOptions().max_pixels(19 * 23 - 1)); }), "23 x 19 pixels are more than max_pixels, 436"));
  EXPECT_TRUE(contains(error_of([&] { decode(bytes_of("rgb.jpg"), DecodeOptions().max_pixels(100)); }), "43 x 37 pixels are more than max_pixels, 100"));
  EXPECT_LT(memory_stats().peak_bytes - before, 1 << 20);
  EXPECT_EQ(decode(bytes_of("rgb.png"), DecodeOptions().max_pixels(19 * 23)).numel(), 3 * 19 * 23);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { decode(bytes_of("rgb.png"), DecodeOptions().max_pixels(-1)); }), "max_pixels -1"));
}

}  // namespace
}  // namespace wick::test
