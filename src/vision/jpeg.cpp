// JPEG by libjpeg-turbo.
#include <wick/core/str.h>
#include <wick/ops.h>

#include "vision/codec.h"

#ifdef WICK_WITH_JPEG
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <jpeglib.h>
#include <jerror.h>

namespace wick::vision {
namespace {

struct Errors : jpeg_error_mgr, Guard {
  bool allow_truncated = false;

  Errors() {
    jpeg_std_error(this);
    error_exit = [](j_common_ptr c) {
      auto* e = static_cast<Errors*>(c->err);
      char message[JMSG_LENGTH_MAX];
      e->format_message(c, message);
      e->say(message);
      std::longjmp(e->jump, 1);
    };
    output_message = [](j_common_ptr) {};
    emit_message = [](j_common_ptr c, int level) {
      auto* e = static_cast<Errors*>(c->err);
      if (level >= 0) return;
      ++e->num_warnings;
      switch (e->msg_code) {  // the others, such as bytes between segments, lose nothing of the picture
        case JWRN_JPEG_EOF: case JWRN_HIT_MARKER: case JWRN_HUFF_BAD_CODE: case JWRN_MUST_RESYNC: case JWRN_ARITH_BAD_CODE:
          if (!e->allow_truncated) e->error_exit(c);
      }
    };
  }
};

// A progressive file may repeat scans of a large picture without end.
constexpr int kMaxScans = 200;
void count_scans(j_common_ptr c) {
  auto* d = reinterpret_cast<j_decompress_ptr>(c);
  if (d->input_scan_number <= kMaxScans) return;
  auto* e = static_cast<Errors*>(c->err);
  e->say("more than 200 scans");
  std::longjmp(e->jump, 1);
}

class Reader {
 public:
  explicit Reader(const Input& in, bool allow_truncated) : in_(in) {
    errors_.allow_truncated = allow_truncated;
    c.err = &errors_;
    progress_.progress_monitor = count_scans;
    call([&] {
      jpeg_create_decompress(&c);
      c.progress = &progress_;
    });
  }
  ~Reader() { jpeg_destroy_decompress(&c); }
  Reader(const Reader&) = delete;

  template <class F>
  bool try_call(F f) { return errors_.run(f); }
  template <class F>
  void call(F f) {
    WICK_CHECK(errors_.run(f), in_.name, ": damaged or cut-off JPEG of ", in_.size, " bytes: ", errors_.text);
  }

  jpeg_decompress_struct c{};

 private:
  const Input& in_;
  Errors errors_;
  jpeg_progress_mgr progress_{};
};

int orientation_of(const jpeg_decompress_struct& c) {
  for (const jpeg_marker_struct* m = c.marker_list; m; m = m->next)
    if (m->marker == JPEG_APP0 + 1 && m->data_length >= 6 && std::memcmp(m->data, "Exif\0", 6) == 0) return exif_orientation(m->data + 6, m->data_length - 6);
  return 1;
}

// Adobe's files hold the inverse of the inks.
void cmyk_to_rgb(const uint8_t* in, uint8_t* out, int64_t n, bool inverted) {
  for (int64_t i = 0; i < n; ++i, in += 4, out += 3) {
    const int white = inverted ? in[3] : 255 - in[3];
    for (int k = 0; k < 3; ++k) {
      const int ink = (inverted ? 255 - in[k] : in[k]) * white + 128;
      out[k] = static_cast<uint8_t>(std::max(0, white - (((ink >> 8) + ink) >> 8)));
    }
  }
}

// What rows need after libjpeg has made them: the channels it gives, those wanted, and how.
struct Rows {
  int64_t from, to;
  bool inks, inverted;

  bool direct() const { return !inks && from == to; }
  // `rgb` has room for a row of 3 channels.
  void convert(const uint8_t* row, uint8_t* out, int64_t width, uint8_t* rgb) const {
    if (inks) {
      cmyk_to_rgb(row, to == 3 ? out : rgb, width, inverted);
      if (to == 3) return;
      row = rgb;
    }
    const int64_t step = inks ? 3 : from;
    for (int64_t i = 0; i < width; ++i, row += step, out += to) {
      if (to >= 3) std::memcpy(out, row, 3);
      else out[0] = step == 1 ? row[0] : grey(row[0], row[1], row[2]);
      if (to == 2 || to == 4) out[to - 1] = 255;
    }
  }
};

Rows choose_colours(jpeg_decompress_struct& c, ImageReadMode mode) {
  const bool inks = c.jpeg_color_space == JCS_CMYK || c.jpeg_color_space == JCS_YCCK;
  const bool inverted = c.saw_Adobe_marker;
  int64_t to = static_cast<int64_t>(mode);
  if (mode == ImageReadMode::UNCHANGED) to = c.num_components == 1 ? 1 : 3;
  if (inks) {
    c.out_color_space = JCS_CMYK;
    return {4, to, true, inverted};
  }
  if (to >= 3) {
    c.out_color_space = to == 3 ? JCS_RGB : JCS_EXT_RGBA;
    return {to, to, false, false};
  }
  c.out_color_space = JCS_GRAYSCALE;
  return {1, to, false, false};
}

// The smallest of 1, 1/2, 1/4, 1/8 that is enough.
void choose_scale(jpeg_decompress_struct& c, const DecodeOptions& o) {
  c.scale_num = c.scale_denom = 1;
  if (o.enough_height() == 0 && o.enough_width() == 0) return;
  for (unsigned d = 8; d > 1; d /= 2) {
    if ((int64_t{c.image_height} + d - 1) / d < o.enough_height() || (int64_t{c.image_width} + d - 1) / d < o.enough_width()) continue;
    c.scale_denom = d;
    return;
  }
}

}  // namespace

Tensor read_jpeg(const Input& in, const DecodeOptions& options) {
  Reader r(in, options.allow_truncated());
  jpeg_decompress_struct& c = r.c;
  r.call([&] {
    jpeg_mem_src(&c, in.data, in.size);
    if (options.apply_exif_orientation()) jpeg_save_markers(&c, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&c, TRUE);
  });
  check_pixels(in, c.image_height, c.image_width, options);
  const Rows rows = choose_colours(c, options.mode());
  choose_scale(c, options);
  const int orientation = options.apply_exif_orientation() ? orientation_of(c) : 1;  // the end of decompression frees the markers
  r.call([&] { jpeg_start_decompress(&c); });
  const int64_t height = c.output_height, width = c.output_width;
  Tensor image = new_image(height, width, rows.to);
  auto* out = static_cast<uint8_t*>(image.data_ptr());
  const auto scratch = std::make_unique<uint8_t[]>(rows.direct() ? 1 : static_cast<size_t>(width * 7));
  uint8_t *const row = scratch.get(), *const rgb = row + 4 * width;
  r.call([&] {
    while (c.output_scanline < c.output_height) {
      const int64_t y = c.output_scanline;
      uint8_t* const to = out + y * width * rows.to;
      if (rows.direct()) {
        JSAMPROW lines[8];
        JDIMENSION n = 0;
        for (; n < 8 && y + n < height; ++n) lines[n] = to + n * width * rows.to;
        jpeg_read_scanlines(&c, lines, n);
      } else {
        JSAMPROW line = row;
        if (jpeg_read_scanlines(&c, &line, 1) == 1) rows.convert(row, to, width, rgb);
      }
    }
    jpeg_finish_decompress(&c);
  });
  return oriented(image, orientation);
}

inline namespace v1 {

bool has_jpeg() { return true; }

Tensor encode_jpeg(const Tensor& image, int quality) {
  WICK_CHECK_TYPE(ValueError, quality >= 1 && quality <= 100, "encode_jpeg: quality must be 1 to 100, got ", quality);
  const Tensor pixels = rows_of(image, "encode_jpeg", 3);
  struct Writer {
    jpeg_compress_struct c{};
    Errors errors;
    unsigned char* bytes = nullptr;
    unsigned long size = 0;
    ~Writer() {
      jpeg_destroy_compress(&c);
      std::free(bytes);
    }
  } w;
  w.c.err = &w.errors;
  const auto channels = static_cast<int>(image.size(0));
  const auto height = static_cast<JDIMENSION>(image.size(1)), width = static_cast<JDIMENSION>(image.size(2));
  auto* const data = static_cast<uint8_t*>(pixels.data_ptr());
  const bool done = w.errors.run([&] {
    jpeg_create_compress(&w.c);
    jpeg_mem_dest(&w.c, &w.bytes, &w.size);
    w.c.image_width = width;
    w.c.image_height = height;
    w.c.input_components = channels;
    w.c.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&w.c);
    jpeg_set_quality(&w.c, quality, TRUE);
    jpeg_start_compress(&w.c, TRUE);
    while (w.c.next_scanline < height) {
      JSAMPROW line = data + size_t{w.c.next_scanline} * width * static_cast<size_t>(channels);
      jpeg_write_scanlines(&w.c, &line, 1);
    }
    jpeg_finish_compress(&w.c);
  });
  WICK_CHECK(done, "encode_jpeg: ", w.errors.text);
  Tensor bytes = empty({static_cast<int64_t>(w.size)}, kByte);
  std::memcpy(bytes.data_ptr(), w.bytes, w.size);
  return bytes;
}

}  // namespace v1
}  // namespace wick::vision

#else

namespace wick::vision {

Tensor read_jpeg(const Input& in, const DecodeOptions&) {
  throw NotImplementedError(str(in.name, ": a JPEG, which this build of Wick does not read: it was made without libjpeg (libjpeg62-turbo-dev)"));
}

inline namespace v1 {
bool has_jpeg() { return false; }
Tensor encode_jpeg(const Tensor&, int) { throw NotImplementedError("encode_jpeg: this build of Wick was made without libjpeg (libjpeg62-turbo-dev)"); }
}  // namespace v1
}  // namespace wick::vision

#endif
