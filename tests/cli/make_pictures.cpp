// make_pictures DIR [CLASSES [EACH]]: DIR/<class>/<n>.png, coloured shapes on noise; every fifth is a JPEG where the build writes them.
#include <cstdlib>
#include <filesystem>

#include <wick/core/str.h>
#include <wick/vision.h>
#include <wick/wick.h>

int main(int argc, char** argv) {
  const char* const names[] = {"disc", "square", "stripes"};
  const std::string dir = argc > 1 ? argv[1] : ".";
  const int classes = argc > 2 ? std::atoi(argv[2]) : 3, each = argc > 3 ? std::atoi(argv[3]) : 30;
  wick::manual_seed(7);
  for (int c = 0; c < classes; ++c) {
    std::filesystem::create_directories(dir + "/" + names[c]);
    for (int k = 0; k < each; ++k) {
      const int64_t h = 24 + k % 3 * 4, w = 24 + k % 4 * 4;
      const wick::Tensor y = wick::arange(h).unsqueeze(1).to(wick::kFloat) - static_cast<double>(h) / 2, x = wick::arange(w).unsqueeze(0).to(wick::kFloat) - static_cast<double>(w) / 2;
      const double r = 6 + k % 4;
      const wick::Tensor shape = c == 0 ? (x * x + y * y).lt(r * r) : c == 1 ? x.abs().lt(r).logical_and(y.abs().lt(r)) : (x + y * 0).remainder(6).lt(3);
      const wick::Tensor picture = (wick::rand({3, h, w}) * 90 + shape.to(wick::kFloat) * wick::rand({3, 1, 1}).mul(60).add(100)).clamp(0, 255).to(wick::kByte).contiguous();
      const std::string name = wick::str(dir, "/", names[c], "/", k);
      if (k % 5 == 4 && wick::vision::has_jpeg()) wick::vision::write_jpeg(picture, name + ".jpg");
      else wick::vision::write_png(picture, name + ".png");
    }
  }
}
