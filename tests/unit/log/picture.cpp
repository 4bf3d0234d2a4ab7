// Pictures that are drawn and encoded here.
#include <cctype>
#include <cmath>
#include <fstream>
#include <map>

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

// Whether the elements of an XML text are closed in the right order, its attributes quoted and its markup escaped; counts elements by name.
std::map<std::string, int> elements(const std::string& xml) {
  std::map<std::string, int> count;
  std::vector<std::string> open;
  for (size_t i = 0; i < xml.size();) {
    if (xml[i] != '<') {
      EXPECT_TRUE(xml[i] != '&' || xml.compare(i, 5, "&amp;") == 0 || xml.compare(i, 4, "&lt;") == 0 || xml.compare(i, 4, "&gt;") == 0) << xml.substr(i, 20);
      ++i;
      continue;
    }
    const bool end = xml[i + 1] == '/';
    size_t at = i + 1 + end;
    const size_t from = at;
    while (at < xml.size() && std::isalnum(static_cast<unsigned char>(xml[at]))) ++at;
    const std::string name = xml.substr(from, at - from);
    EXPECT_FALSE(name.empty()) << xml.substr(i, 20);
    for (; at < xml.size() && xml[at] != '>'; ++at)
      if (xml[at] == '\'') at = xml.find('\'', at + 1);
    if (at >= xml.size()) return ADD_FAILURE() << "not closed", count;
    if (end) {
      EXPECT_EQ(open.empty() ? "" : open.back(), name);
      if (!open.empty()) open.pop_back();
    } else {
      ++count[name];
      if (xml[at - 1] != '/') open.push_back(name);
    }
    i = at + 1;
  }
  EXPECT_TRUE(open.empty());
  return count;
}

TEST(Figure, AsSvg) {
  const Tensor x = wick::tensor({1.0, 2.0, std::nan(""), 4.0, 5.0}, kDouble);
  Figure f(FigureOptions().title("a < b & \"c\" > 'd'").x_label("Zeit \xc3\xa4").y_label("bad \xff\xc3 \x01\xed\xa0\x80").dashes(true));
  f.line(x, x, "one").line(x, x * 2, "<script>").scatter(x, x, "one");
  const std::string svg = f.svg();
  auto count = elements(svg);
  EXPECT_EQ(count["path"], 5);  // two lines and points, two names
  EXPECT_EQ(count["script"], 0);
  EXPECT_TRUE(contains(svg, "a &lt; b &amp; \"c\" &gt; 'd'</text>"));
  EXPECT_TRUE(contains(svg, "Zeit \xc3\xa4</text>"));
  EXPECT_TRUE(contains(svg, "bad \?\? \?\?</text>"));
  EXPECT_TRUE(contains(svg, "stroke-dasharray='7 3'"));
  EXPECT_TRUE(contains(svg, "prefers-color-scheme:dark"));
  // A gap where a value is missing: two pieces of two points.
  const size_t d = svg.find(" d='") + 4;
  const std::string path = svg.substr(d, svg.find('\'', d) - d);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(std::count(path.begin(), path.end(), 'L'), 2);
  // Whatever the numbers, the text is one of finite numbers.
  const double inf = INFINITY;
  for (const bool log : {false, true})
    for (const Tensor& y : {wick::tensor({std::nan(""), 1.0, inf, -inf, 0.0}, kDouble), wick::tensor({1e308, -1e308, 1e300, 0.0, 1.0}, kDouble), zeros({5}, kDouble), wick::tensor({1e-320, 5e-324, 0.0, 1e-310, 0.0}, kDouble)}) {
      const FigureOptions o = FigureOptions().width(100).height(80).log_x(log).log_y(log);
      for (const Figure& g : {Figure(o).line(y, "y").scatter(y, y), Figure(o).bar({"a", "b", "c", "d", "e"}, y), Figure(o).heatmap(y.reshape({1, 5}), {}, {}, true)}) {
        const std::string s = g.svg(), body = s.substr(s.find("</style>"));
        elements(s);
        EXPECT_TRUE(!contains(body, "='nan") && !contains(body, "inf'") && !contains(body, "='inf") && !contains(body, "Mnan")) << body;
      }
    }
  // Many points give a short file.
  EXPECT_LT(Figure().line(randn({1000000})).svg().size(), 100000u);
  elements(logging::svg({f, Figure().heatmap(zeros({3, 4})), Figure().image(full({3, 5, 7}, 200, kByte))}));
}

TEST(Figure, PixelsInSvgArePng) {
  const Tensor picture = arange(3 * 5 * 7).reshape({3, 5, 7}).to(kByte);
  const Figure f = Figure(FigureOptions().width(120).height(100)).image(picture);
  const std::string svg = f.svg(), head = "data:image/png;base64,";
  const size_t at = svg.find(head) + head.size();
  ASSERT_LT(at, svg.size());
  std::string bytes;
  uint32_t v = 0, bits = 0;
  for (const char c : svg.substr(at, svg.find('\'', at) - at)) {
    const size_t k = std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    if (k == std::string::npos) break;
    v = v << 6 | static_cast<uint32_t>(k);
    if ((bits += 6) >= 8) bytes += static_cast<char>(v >> (bits -= 8) & 255);
  }
  EXPECT_EQ(bytes, logging::encode_png(logging::to_picture(picture, "")));
  // In pixels each value is a block: 16 of them fit beside each other.
  const Tensor drawn = f.render();
  EXPECT_EQ(drawn[0][50 - 8][60].item<int>(), 2 * 7 + 3);
  EXPECT_EQ(drawn[0][50 - 2 * 16][60 - 3 * 14].item<int>(), 0);
}

TEST(Figure, TablesAndFiles) {
  const TempDir dir;
  const Tensor x = wick::tensor({0.1, 1e-5}, kDouble);
  const Figure lines = Figure(FigureOptions().title("loss, \"both\"")).line(x, x, "a,b").scatter(x, x * 2);
  EXPECT_EQ(lines.csv(), "series,x,y\n\"a,b\",0.1,0.1\n\"a,b\",1e-5,1e-5\n1,0.1,0.2\n1,1e-5,2e-5\n");
  EXPECT_EQ(Figure().bar({"u", "v"}, x, "h").csv(), "series,x,y\nh,u,0.1\nh,v,1e-5\n");
  EXPECT_EQ(Figure().heatmap(x.reshape({1, 2}), {}, {"p", "q"}).csv(), "row,column,value\n0,p,0.1\n0,q,1e-5\n");
  EXPECT_EQ(logging::csv({Figure(FigureOptions().title("t")).line(x, x)}), "figure,series,x,y\nt,0,0.1,0.1\nt,0,1e-5,1e-5\n");
  EXPECT_TRUE(contains(error_of<ValueError>([&] { logging::csv({lines, Figure().heatmap(zeros({2, 2}))}); }), "one table"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { Figure().image(zeros({2, 2})).csv(); }), "no table"));
  const auto text = [&](const char* name) {
    std::ifstream in(dir / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  lines.save(dir / "f.svg");
  EXPECT_EQ(text("f.svg"), lines.svg());
  lines.save(dir / "f.csv");
  EXPECT_EQ(text("f.csv"), lines.csv());
  logging::save({lines, Figure(FigureOptions().width(100).height(80))}, dir / "f.png");
  EXPECT_EQ(text("f.png").substr(1, 3), "PNG");
  EXPECT_EQ(logging::render({lines, Figure(FigureOptions().width(100).height(80))}).sizes(), IntArrayRef({3, 560, 640}));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { lines.save(dir / "f.pdf"); }), ".svg, .png or .csv"));
  EXPECT_TRUE(contains(error_of<Error>([&] { lines.save(dir / "no/f.svg"); }), "folder"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure(FigureOptions().y_range({2, 1})); }), "y_range"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { Figure(FigureOptions().log_x(true).x_range({0, 1})); }), "x_range"));
}

TEST(Figure, NamesStandAboveThePlot) {
  // As many rows as leave room; what does not fit is left out, and the plot is never gone.
  Figure f(FigureOptions().width(200).height(120));
  const Tensor x = arange(10).to(kFloat);
  for (int i = 0; i < 30; ++i) f.line(x, x * i, "a rather long name " + std::to_string(i));
  const std::string svg = f.svg();
  EXPECT_TRUE(contains(svg, "name 0<"));
  EXPECT_FALSE(contains(svg, "name 29<"));
  // A range cuts off what is beyond it, and keeps the numbers at the axis.
  const std::string cut = Figure(FigureOptions().y_range({0, 40})).line(x, x * 10).svg();
  EXPECT_TRUE(contains(cut, ">40<"));
  EXPECT_FALSE(contains(cut, ">60<"));
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
