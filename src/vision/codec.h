// What the decoders share. They are C libraries that report errors by longjmp: `Guard::run` calls them, and nothing that has a destructor
// may live in the function it is given.
#pragma once

#include <csetjmp>
#include <cstdio>
#include <string>

#include <wick/vision/io.h>

namespace wick::vision {

// A file's bytes and what errors call it.
struct Input {
  const uint8_t* data;
  size_t size;
  std::string name;
};

struct Guard {
  std::jmp_buf jump;
  char text[256] = "";

  void say(const char* message) { std::snprintf(text, sizeof text, "%s", message); }
  // False when the library gave up: `text` says why.
  template <class F>
  __attribute__((noinline)) bool run(F f) {
    if (setjmp(jump)) return false;
    f();
    return true;
  }
};

enum class Kind { Jpeg, Png, Other };
Kind kind_of(const uint8_t* data, size_t size);

// [H, W, C] as [C, H, W].
Tensor new_image(int64_t height, int64_t width, int64_t channels, ScalarType type = kByte);
// The picture's bytes [H, W, C] in order: a copy only where the memory has another order.
Tensor rows_of(const Tensor& image, const char* who, int64_t max_channels);
void check_pixels(const Input& in, int64_t height, int64_t width, const DecodeOptions& options);

// EXIF's orientation, 1 to 8, in a TIFF block; 1 where it says none.
int exif_orientation(const uint8_t* tiff, size_t size);
Tensor oriented(const Tensor& image, int orientation);

Tensor read_jpeg(const Input& in, const DecodeOptions& options);
Tensor read_png(const Input& in, const DecodeOptions& options);

// Pillow's grey.
template <class T>
T grey(T r, T g, T b) {
  return static_cast<T>((int64_t{r} * 19595 + int64_t{g} * 38470 + int64_t{b} * 7471 + 0x8000) >> 16);
}

}  // namespace wick::vision
