// PNG by libpng.
#include <wick/core/str.h>
#include <wick/ops.h>

#include "vision/codec.h"

#ifdef WICK_WITH_PNG
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <png.h>

namespace wick::vision {
namespace {

[[noreturn]] void give_up(png_structp p, png_const_charp message) {
  auto* g = static_cast<Guard*>(png_get_error_ptr(p));
  g->say(message);
  std::longjmp(g->jump, 1);
}
void ignore(png_structp, png_const_charp) {}

struct Reader {
  Reader(const Input& input, bool allow) : in(input), allow_truncated(allow), data(input.data), left(input.size) {
    p = png_create_read_struct(PNG_LIBPNG_VER_STRING, &guard, give_up, ignore);
    info = p ? png_create_info_struct(p) : nullptr;
    if (info) return;
    png_destroy_read_struct(&p, nullptr, nullptr);
    throw OutOfMemoryError(str(in.name, ": no memory for libpng"));
  }
  ~Reader() { png_destroy_read_struct(&p, &info, nullptr); }
  Reader(const Reader&) = delete;

  template <class F>
  void call(F f) {
    WICK_CHECK(guard.run(f), in.name, ": damaged or cut-off PNG of ", in.size, " bytes: ", guard.text);
  }

  const Input& in;
  const bool allow_truncated;
  Guard guard;
  const uint8_t* data;
  size_t left;
  png_structp p = nullptr;
  png_infop info = nullptr;
};

void read_bytes(png_structp p, png_bytep to, size_t n) {
  auto* r = static_cast<Reader*>(png_get_io_ptr(p));
  const size_t have = std::min(n, r->left);
  // libpng asks for more than it needs for the next row: the rows that are there come out before it sees the zeros.
  if (have < n && !(r->allow_truncated && have > 0)) png_error(p, "the file ends too early");
  std::memcpy(to, r->data, have);
  std::memset(to + have, 0, n - have);
  r->data += have;
  r->left -= have;
}

// Asks libpng for 8 or 16 bits and the channels wanted, or, for grey from colours, the colours.
void choose_form(png_structp p, png_infop info, ImageReadMode mode, bool sixteen) {
  const int type = png_get_color_type(p, info), depth = png_get_bit_depth(p, info);
  const bool transparent = png_get_valid(p, info, PNG_INFO_tRNS) != 0;
  if (type == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(p);
  if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(p);
  if (transparent) png_set_tRNS_to_alpha(p);
  if (depth == 16 && !sixteen) png_set_scale_16(p);
  if (depth == 16 && sixteen && std::endian::native == std::endian::little) png_set_swap(p);
  const bool has_alpha = transparent || (type & PNG_COLOR_MASK_ALPHA), has_colour = type & PNG_COLOR_MASK_COLOR;
  if (mode == ImageReadMode::UNCHANGED) return;
  const bool alpha = mode == ImageReadMode::GRAY_ALPHA || mode == ImageReadMode::RGB_ALPHA;
  if (has_alpha && !alpha) png_set_strip_alpha(p);
  if (!has_alpha && alpha) png_set_add_alpha(p, depth == 16 && sixteen ? 65535 : 255, PNG_FILLER_AFTER);
  if (!has_colour && mode >= ImageReadMode::RGB) png_set_gray_to_rgb(p);
}

template <class T>
void to_grey(const T* in, T* out, int64_t pixels, int64_t channels) {
  for (int64_t i = 0; i < pixels; ++i, in += channels) {
    *out++ = grey(in[0], in[1], in[2]);
    if (channels == 4) *out++ = in[3];
  }
}

}  // namespace

Tensor read_png(const Input& in, const DecodeOptions& options) {
  Reader r(in, options.allow_truncated());
  png_structp p = r.p;
  r.call([&] {
    png_set_read_fn(p, &r, read_bytes);
    png_set_user_limits(p, 1'000'000, 1'000'000);
    png_set_chunk_cache_max(p, 128);
    png_set_chunk_malloc_max(p, 4 << 20);
    png_read_info(p, r.info);
  });
  const int64_t height = png_get_image_height(p, r.info), width = png_get_image_width(p, r.info);
  check_pixels(in, height, width, options);
  const bool sixteen = options.sixteen_bits() && png_get_bit_depth(p, r.info) == 16;
  int passes = 1;
  r.call([&] {
    choose_form(p, r.info, options.mode(), sixteen);
    passes = png_set_interlace_handling(p);
    png_read_update_info(p, r.info);
  });
  const int64_t channels = png_get_channels(p, r.info), row_bytes = width * channels * (sixteen ? 2 : 1);
  WICK_CHECK(static_cast<int64_t>(png_get_rowbytes(p, r.info)) == row_bytes, in.name, ": rows of ", png_get_rowbytes(p, r.info), " bytes where ", row_bytes, " are expected");
  Tensor image = new_image(height, width, channels, sixteen ? kShort : kByte);
  auto* out = static_cast<uint8_t*>(image.data_ptr());
  if (passes > 1 || options.allow_truncated()) std::memset(out, 0, static_cast<size_t>(height * row_bytes));
  const bool whole = r.guard.run([&] {
    for (int pass = 0; pass < passes; ++pass)
      for (int64_t y = 0; y < height; ++y) png_read_row(p, out + y * row_bytes, nullptr);
    png_read_end(p, r.info);
  });
  WICK_CHECK(whole || options.allow_truncated(), in.name, ": damaged or cut-off PNG of ", in.size, " bytes: ", r.guard.text);
  if (channels >= 3 && (options.mode() == ImageReadMode::GRAY || options.mode() == ImageReadMode::GRAY_ALPHA)) {
    Tensor small = new_image(height, width, channels - 2, image.scalar_type());
    if (sixteen) to_grey(reinterpret_cast<const uint16_t*>(out), static_cast<uint16_t*>(small.data_ptr()), height * width, channels);
    else to_grey(out, static_cast<uint8_t*>(small.data_ptr()), height * width, channels);
    image = small;
  }
  if (sixteen) image = image.to(kInt).bitwise_and_(65535);
  png_bytep exif = nullptr;
  png_uint_32 exif_size = 0;
  if (options.apply_exif_orientation() && png_get_eXIf_1(p, r.info, &exif_size, &exif)) return oriented(image, exif_orientation(exif, exif_size));
  return image;
}

inline namespace v1 {

bool has_png() { return true; }

Tensor encode_png(const Tensor& image, int compression_level) {
  WICK_CHECK_TYPE(ValueError, compression_level >= 0 && compression_level <= 9, "encode_png: compression_level must be 0 to 9, got ", compression_level);
  const Tensor pixels = rows_of(image, "encode_png", 4);
  struct Writer {
    Guard guard;
    png_structp p = nullptr;
    png_infop info = nullptr;
    uint8_t* bytes = nullptr;
    size_t size = 0, room = 0;
    ~Writer() {
      png_destroy_write_struct(&p, &info);
      std::free(bytes);
    }
  } w;
  w.p = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w.guard, give_up, ignore);
  w.info = w.p ? png_create_info_struct(w.p) : nullptr;
  WICK_CHECK_TYPE(OutOfMemoryError, w.info, "encode_png: no memory for libpng");
  const auto write = [](png_structp p, png_bytep data, size_t n) {
    auto* to = static_cast<Writer*>(png_get_io_ptr(p));
    if (to->room - to->size < n) {
      const size_t room = 2 * to->room + n + 4096;
      void* more = std::realloc(to->bytes, room);
      if (!more) png_error(p, "no memory");
      to->bytes = static_cast<uint8_t*>(more);
      to->room = room;
    }
    std::memcpy(to->bytes + to->size, data, n);
    to->size += n;
  };
  const int64_t channels = image.size(0), height = image.size(1), width = image.size(2);
  const int types[] = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA};
  const auto* data = static_cast<const uint8_t*>(pixels.data_ptr());
  const bool done = w.guard.run([&] {
    png_set_write_fn(w.p, &w, write, [](png_structp) {});
    png_set_compression_level(w.p, compression_level);
    png_set_IHDR(w.p, w.info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8, types[channels - 1], PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(w.p, w.info);
    for (int64_t y = 0; y < height; ++y) png_write_row(w.p, data + y * width * channels);
    png_write_end(w.p, w.info);
  });
  WICK_CHECK(done, "encode_png: ", w.guard.text);
  Tensor bytes = empty({static_cast<int64_t>(w.size)}, kByte);
  std::memcpy(bytes.data_ptr(), w.bytes, w.size);
  return bytes;
}

}  // namespace v1
}  // namespace wick::vision

#else

namespace wick::vision {

Tensor read_png(const Input& in, const DecodeOptions&) {
  throw NotImplementedError(str(in.name, ": a PNG, which this build of Wick does not read: it was made without libpng (libpng-dev)"));
}

inline namespace v1 {
bool has_png() { return false; }
Tensor encode_png(const Tensor&, int) { throw NotImplementedError("encode_png: this build of Wick was made without libpng (libpng-dev)"); }
}  // namespace v1
}  // namespace wick::vision

#endif
