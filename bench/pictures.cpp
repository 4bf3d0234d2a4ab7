// Pictures a second on one thread: decoding, and what training makes of each. Wick only: libtorch has no pictures.
//   g++ -O2 -std=c++17 -Iinclude bench/pictures.cpp build/release/libwick_{core,vision}.so -Wl,-rpath,build/release -o pictures && ./pictures FILE.jpg…
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include <wick/core/parallel.h>
#include <wick/vision.h>

using namespace wick;
namespace T = vision::transforms;

template <class F>
void rate(const char* what, size_t pictures, const F& f) {
  std::vector<double> rates;
  for (int round = 0; round < 7; ++round) {
    const auto start = std::chrono::steady_clock::now();
    f();
    rates.push_back(static_cast<double>(pictures) / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%-50s %8.0f pictures/s (best %.0f)\n", what, rates[rates.size() / 2], rates.back());
}

int main(int argc, char** argv) {
  set_num_threads(1);
  std::vector<Tensor> files, pictures;
  for (int i = 1; i < argc; ++i) files.push_back(vision::read_file(argv[i]));
  for (const Tensor& f : files) pictures.push_back(vision::decode_image(f, vision::ImageReadMode::RGB));
  const T::RandomResizedCrop crop(224);
  const T::RandomHorizontalFlip flip;
  const T::Normalize normalize({0.485, 0.456, 0.406}, {0.229, 0.224, 0.225});
  const T::Compose all({crop, flip, normalize});
  const size_t n = files.size();
  rate("decode", n, [&] { for (const Tensor& f : files) vision::decode_image(f, vision::ImageReadMode::RGB); });
  rate("decode at 1/2", n, [&] { for (const Tensor& f : files) vision::decode_image(f, vision::DecodeOptions(vision::ImageReadMode::RGB).enough_height(100).enough_width(100)); });
  rate("RandomResizedCrop(224)", n, [&] { for (const Tensor& p : pictures) crop(p); });
  rate("resize to 224 x 224", n, [&] { for (const Tensor& p : pictures) vision::functional::resize(p, {224, 224}); });
  rate("flip", n, [&] { for (const Tensor& p : pictures) vision::functional::horizontal_flip(p); });
  rate("normalize", n, [&] { for (const Tensor& p : pictures) normalize(p); });
  rate("decode, RandomResizedCrop(224), flip, normalize", n, [&] { for (const Tensor& f : files) all(vision::decode_image(f, vision::ImageReadMode::RGB)); });
}
