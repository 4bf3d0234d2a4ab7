// Pictures that are drawn and encoded here.
#include <cmath>

#include "log/canvas.h"
#include "log/picture.h"
#include "support.h"

namespace {

using namespace wick;
using namespace wick::test;
using logging::Figure;
using logging::FigureOptions;
using logging::Picture;

// The frames of a GIF as RGB, and the delay of the first.
std::vector<Picture> decode_gif(const std::string& s, int* delay) {
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(s.at(i))); };
  const auto two = [&](size_t i) { return byte(i) | byte(i + 1) << 8; };
  std::vector<Picture> frames;
  EXPECT_EQ(s.substr(0, 6), "GIF89a");
  size_t at = 13;
  while (s.at(at) != ';') {
    if (s[at] == '\x21') {
      if (s[at + 1] == '\xf9' && frames.empty()) *delay = static_cast<int>(two(at + 4));
      for (at += 2; byte(at) != 0; at += byte(at) + 1) {}
      ++at;
      continue;
    }
    EXPECT_EQ(s[at], ',');
    Picture p(static_cast<int64_t>(two(at + 7)), static_cast<int64_t>(two(at + 5)));
    const size_t palette = at + 10;
    at = palette + 768;
    EXPECT_EQ(byte(at), 8u);
    std::string data;
    for (++at; byte(at) != 0; at += byte(at) + 1) data += s.substr(at + 1, byte(at));
    ++at;
    std::vector<std::vector<uint8_t>> table;
    const auto clear = [&] {
      table.clear();
      for (int i = 0; i < 258; ++i) table.push_back({static_cast<uint8_t>(i)});
    };
    std::vector<uint8_t> pixels, before;
    size_t bit = 0, width = 9;
    for (;;) {
      size_t code = 0;
      for (size_t i = 0; i < width; ++i, ++bit) code |= static_cast<size_t>(static_cast<uint8_t>(data.at(bit / 8)) >> bit % 8 & 1) << i;
      if (code == 257) break;
      if (code == 256) {
        clear();
        before.clear();
        width = 9;
        continue;
      }
      std::vector<uint8_t> now = code < table.size() ? table[code] : before;
      if (code >= table.size()) now.push_back(before.at(0));
      if (!before.empty() && table.size() < 4096) {
        before.push_back(now[0]);
        table.push_back(before);
      }
      if (table.size() == size_t{1} << width && width < 12) ++width;
      pixels.insert(pixels.end(), now.begin(), now.end());
      before = now;
    }
    EXPECT_EQ(pixels.size() * 3, p.bytes.size());
    for (size_t i = 0; i < std::min(pixels.size(), p.bytes.size() / 3); ++i)
      for (size_t k = 0; k < 3; ++k) p.bytes[3 * i + k] = static_cast<uint8_t>(byte(palette + 3 * pixels[i] + k));
    frames.push_back(p);
  }
  return frames;
}

TEST(Gif, FewColoursComeBackAsTheyWere) {
  std::vector<Picture> frames;
  for (int f = 0; f < 3; ++f) {
    Picture p(60, 90);
    for (size_t i = 0; i < p.bytes.size(); ++i) p.bytes[i] = static_cast<uint8_t>((i / 3 * 2654435761u >> (20 + f)) % 6 * 50 + (i % 3 == 0 ? 5 : 0));
    frames.push_back(p);
  }
  frames.emplace_back(300, 300, 3, uint8_t{7});  // long runs of one colour fill the table of codes
  int delay = 0;
  const auto back = decode_gif(logging::encode_gif(frames, 4), &delay);
  EXPECT_EQ(delay, 25);
  ASSERT_EQ(back.size(), 4u);
  for (size_t f = 0; f < 4; ++f) EXPECT_EQ(back[f].bytes, frames[f].bytes) << f;
}

TEST(Gif, ManyColoursComeBackNearly) {
  Picture p(128, 128);
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 128; ++x) p.at(y, x)[0] = static_cast<uint8_t>(2 * x), p.at(y, x)[1] = static_cast<uint8_t>(2 * y), p.at(y, x)[2] = static_cast<uint8_t>((x + y) % 256);
  int delay = 0;
  const auto back = decode_gif(logging::encode_gif({p}, 10), &delay);
  ASSERT_EQ(back.size(), 1u);
  double error = 0;
  for (size_t i = 0; i < p.bytes.size(); ++i) error += std::abs(back[0].bytes[i] - p.bytes[i]);
  EXPECT_LT(error / static_cast<double>(p.bytes.size()), 6);
}

TEST(Video, BatchesBecomeGrids) {
  const TempDir dir;
  {
    logging::SummaryWriter w(dir.path());
    Tensor v = zeros({3, 2, 1, 4, 5}, kByte);
    v[1][0].fill_(200);
    w.add_video("v", v, 1, 5);
  }
  logging::RunLog log(dir.path());
  log.refresh();
  const auto image = log.image(0, 0);
  EXPECT_EQ(image.height, 4);
  EXPECT_EQ(image.width, 20);  // 3 videos, and an empty one
  int delay = 0;
  const auto frames = decode_gif(image.bytes, &delay);
  EXPECT_EQ(delay, 20);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].at(3, 5)[0], 200);
  EXPECT_EQ(frames[0].at(3, 4)[0], 0);
  EXPECT_EQ(frames[1].at(3, 5)[0], 0);
}

int64_t dark(const Tensor& t) { return t.sum(0).lt(500).sum().item<int64_t>(); }

TEST(Figure, DrawsWhatItIsGiven) {
  const Tensor x = arange(100).to(kFloat), y = x.square();
  const Tensor empty = Figure(FigureOptions().width(300).height(200)).render();
  EXPECT_EQ(empty.sizes(), IntArrayRef({3, 200, 300}));
  EXPECT_EQ(empty.scalar_type(), kByte);
  const Tensor line = Figure(FigureOptions().width(300).height(200)).line(x, y).render();
  EXPECT_GT(dark(line), dark(empty) + 200);
  // The curve is where it should be: its colour at the middle of the top half is right of the middle.
  const Tensor blue = line[2].to(kInt).sub(line[0].to(kInt)).gt(100);
  EXPECT_GT(blue.slice(0, 0, 100).nonzero().slice(1, 1, 2).to(kFloat).mean().item<float>(), blue.slice(0, 100).nonzero().slice(1, 1, 2).to(kFloat).mean().item<float>());
  const Tensor titled = Figure(FigureOptions().width(300).height(200).title("title").x_label("x").y_label("y")).line(x, y, "label").render();
  EXPECT_GT(dark(titled), 200);
  const Tensor bars = Figure(FigureOptions().width(300).height(200)).bar({"a", "b", "c"}, wick::tensor({1.0, -2.0, 3.0})).render();
  EXPECT_GT(dark(bars), 5000);
  const Tensor map = Figure().heatmap(arange(6).reshape({2, 3}).to(kFloat), {"r0", "r1"}, {"a", "b", "c"}, true).render();
  EXPECT_EQ(map.sizes(), IntArrayRef({3, 480, 640}));
  EXPECT_EQ(map[2][200][60].item<int>() > map[0][200][60].item<int>(), true);
}

TEST(Figure, AnyNumbers) {
  const double inf = INFINITY, nan = std::nan("");
  for (const bool log : {false, true}) {
    const FigureOptions o = FigureOptions().width(100).height(80).log_x(log).log_y(log);
    for (const Tensor& y : {wick::tensor({nan, 1.0, inf, -inf, 0.0}, kDouble), wick::tensor({1e308, -1e308, 1e300, 0.0, 1.0}, kDouble), wick::tensor({0.0, 0.0, 0.0, 0.0, 0.0}, kDouble), wick::tensor({1e-320, 5e-324, 0.0, 1e-310, 0.0}, kDouble),
                            wick::tensor({1.0, 1.0, 1.0, 1.0, std::nextafter(1.0, 2.0)}, kDouble), wick::tensor({-1.0, -2.0, -3.0, -4.0, -5.0}, kDouble)})
      Figure(o).line(y).scatter(y, y).render(), Figure(o).bar({"a", "b", "c", "d", "e"}, y).render(), Figure(o).heatmap(y.reshape({1, 5})).render();
    Figure(o).line(zeros({0})).render();
    Figure(o).line(wick::tensor({3.0}, kDouble)).render();
  }
  // Many points draw what few would: the lowest and highest of each column.
  Tensor y = zeros({1000000});
  y[500000].fill_(1);
  EXPECT_GT(Figure(FigureOptions().width(200).height(200)).line(y).render()[0].slice(0, 20, 100).lt(200).sum().item<int64_t>(), 80 + 60);
}

TEST(Figure, Errors) {
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure().line(zeros({3}), zeros({4})); }), "3 values of x and 4 of y"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure().line(zeros({3, 1})); }), "[n]"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure().bar({"a"}, zeros({2})); }), "1 names for 2 bars"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure().heatmap(zeros({2, 0})); }), "[2, 0]"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure(FigureOptions().width(3)); }), "64 to 8192"));
}

TEST(Figure, InAnEvent) {
  const TempDir dir;
  {
    logging::SummaryWriter w(dir.path());
    Figure f(FigureOptions().width(100).height(80));
    f.line(arange(10));
    w.add_figure("one", f, 1);
    w.add_figure("several", std::vector<Figure>{f, f, f}, 1);
    w.add_encoded_image("png", logging::encode_png(Picture(5, 7, 4)), 1);
    w.add_image_with_boxes("named", zeros({3, 40, 60}), wick::tensor({5.0, 5.0, 40.0, 30.0}).reshape({1, 4}), 1, {}, 1, "CHW", {"cat"});
  }
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(log.image(0, 0).width, 100);
  EXPECT_EQ(log.image(1, 0).width, 300);
  EXPECT_EQ(log.image(2, 0).width, 7);
  EXPECT_EQ(log.image(2, 0).height, 5);
}

}  // namespace
