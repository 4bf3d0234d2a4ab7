#include <wick/vision/io.h>

#include <cstring>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/atomic_file.h"
#include "io/read_file.h"
#include "vision/codec.h"

namespace wick::vision {

Kind kind_of(const uint8_t* p, size_t n) {
  if (n >= 3 && std::memcmp(p, "\xff\xd8\xff", 3) == 0) return Kind::Jpeg;
  if (n >= 8 && std::memcmp(p, "\x89PNG\r\n\x1a\n", 8) == 0) return Kind::Png;
  return Kind::Other;
}

namespace {

// What a file looks like that is neither.
std::string description(const uint8_t* p, size_t n) {
  if (n == 0) return "an empty file";
  const auto at = [&](size_t offset, const char* s) { return n >= offset + std::strlen(s) && std::memcmp(p + offset, s, std::strlen(s)) == 0; };
  if (kind_of(p, n) == Kind::Jpeg) return "a JPEG";
  if (kind_of(p, n) == Kind::Png) return "a PNG";
  if (at(0, "GIF8")) return "a GIF";
  if (at(0, "BM")) return "a BMP";
  if (at(0, "RIFF") && at(8, "WEBP")) return "a WebP";
  if (at(4, "ftypavif")) return "an AVIF";
  if (at(4, "ftyp")) return "an ISO media file (HEIC or a film)";
  if (at(0, "II*") || at(0, "MM")) return "a TIFF";
  if (at(0, "%PDF")) return "a PDF";
  if (at(0, "PK\x03\x04")) return "a zip archive";
  if (at(0, "\x1f\x8b")) return "a gzip file";
  if (at(0, "<")) return "HTML, SVG or other text";
  std::string bytes;
  for (size_t i = 0; i < n && i < 8; ++i) {
    char hex[4];
    std::snprintf(hex, sizeof hex, " %02x", p[i]);
    bytes += hex;
  }
  return str(n, " bytes that begin with", bytes);
}

Input input_of(const Tensor& bytes, const char* who) {
  WICK_CHECK_TYPE(TypeError, bytes.defined() && bytes.scalar_type() == kByte && bytes.dim() == 1 && bytes.is_contiguous(), who,
                  ": the file's bytes must be a contiguous uint8 tensor [n]", bytes.defined() ? str(", got ", bytes.scalar_type(), " ", bytes.sizes()) : "");
  return {static_cast<const uint8_t*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel()), who};
}

void check_options(const DecodeOptions& o, const std::string& name) {
  WICK_CHECK_TYPE(ValueError, o.mode() >= ImageReadMode::UNCHANGED && o.mode() <= ImageReadMode::RGB_ALPHA, name, ": no such mode: ", static_cast<int>(o.mode()));
  WICK_CHECK_TYPE(ValueError, o.enough_height() >= 0 && o.enough_width() >= 0 && o.max_pixels() >= 0, name, ": negative sizes: enough_height ",
                  o.enough_height(), ", enough_width ", o.enough_width(), ", max_pixels ", o.max_pixels());
}

Tensor decode(const Input& in, const DecodeOptions& options) {
  check_options(options, in.name);
  switch (kind_of(in.data, in.size)) {
    case Kind::Jpeg: return read_jpeg(in, options);
    case Kind::Png: return read_png(in, options);
    default: throw Error(str(in.name, ": expected a JPEG or PNG, found ", description(in.data, in.size)));
  }
}
Tensor decode_as(Kind kind, const char* what, const Tensor& bytes, const DecodeOptions& options, const char* who) {
  const Input in = input_of(bytes, who);
  WICK_CHECK(kind_of(in.data, in.size) == kind, in.name, ": expected a ", what, ", found ", description(in.data, in.size));
  return decode(in, options);
}

uint32_t number(const uint8_t* p, int bytes, bool big) {
  uint32_t v = 0;
  for (int i = 0; i < bytes; ++i) v |= uint32_t{p[i]} << (8 * (big ? bytes - 1 - i : i));
  return v;
}

}  // namespace

Tensor new_image(int64_t height, int64_t width, int64_t channels, ScalarType type) {
  return empty({height, width, channels}, type).permute({2, 0, 1});
}

Tensor rows_of(const Tensor& image, const char* who, int64_t max_channels) {
  WICK_CHECK_TYPE(TypeError, image.defined() && image.scalar_type() == kByte, who, ": the picture must be uint8", image.defined() ? str(", got ", image.scalar_type()) : "");
  WICK_CHECK_TYPE(ValueError, image.dim() == 3 && image.size(0) >= 1 && image.size(0) <= max_channels && (max_channels == 4 || image.size(0) != 2), who,
                  ": the picture must be [C, H, W] with ", max_channels == 4 ? "1 to 4" : "1 or 3", " channels, got ", image.sizes());
  WICK_CHECK_TYPE(ValueError, image.size(1) >= 1 && image.size(2) >= 1 && image.size(1) <= 65500 && image.size(2) <= 65500, who,
                  ": height and width must be 1 to 65500, got ", image.sizes());
  return image.permute({1, 2, 0}).contiguous();
}

void check_pixels(const Input& in, int64_t height, int64_t width, const DecodeOptions& options) {
  WICK_CHECK(height > 0 && width > 0, in.name, ": a picture of ", width, " x ", height, " pixels");
  WICK_CHECK(height <= options.max_pixels() / width, in.name, ": ", width, " x ", height, " pixels are more than max_pixels, ", options.max_pixels());
}

int exif_orientation(const uint8_t* p, size_t n) {
  if (n < 8) return 1;
  const bool big = p[0] == 'M' && p[1] == 'M';
  if (!big && !(p[0] == 'I' && p[1] == 'I')) return 1;
  const size_t at = number(p + 4, 4, big);
  if (number(p + 2, 2, big) != 42 || at > n - 2) return 1;
  const size_t entries = number(p + at, 2, big);
  for (size_t i = 0; i < entries && at + 2 + 12 * (i + 1) <= n; ++i) {
    const uint8_t* entry = p + at + 2 + 12 * i;
    if (number(entry, 2, big) != 0x0112 || number(entry + 2, 2, big) != 3) continue;
    const uint32_t v = number(entry + 8, 2, big);
    return v >= 1 && v <= 8 ? static_cast<int>(v) : 1;
  }
  return 1;
}

Tensor oriented(const Tensor& image, int orientation) {
  if (orientation == 1) return image;
  Tensor x = image;
  if (orientation >= 5) x = x.transpose(1, 2);
  const bool rows = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const bool columns = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  if (rows) x = x.flip({1});
  if (columns) x = x.flip({2});
  return x.permute({1, 2, 0}).contiguous().permute({2, 0, 1});
}

inline namespace v1 {

Tensor read_file(const std::string& path) { return io::read_file(path); }
void write_file(const std::string& path, const Tensor& data) {
  const Input in = input_of(data, "write_file");
  io::write_atomically(path, {{in.data, in.size}});
}

Tensor decode_image(const std::string& path, const DecodeOptions& options) {
  const Tensor bytes = read_file(path);
  return decode({static_cast<const uint8_t*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel()), path}, options);
}
Tensor decode_image(const char* path, const DecodeOptions& options) { return decode_image(std::string(path), options); }
Tensor decode_image(const Tensor& bytes, const DecodeOptions& options) { return decode(input_of(bytes, "decode_image"), options); }
Tensor decode_image(const void* data, size_t size, const DecodeOptions& options, const std::string& name) {
  return decode({static_cast<const uint8_t*>(data), size, name}, options);
}
Tensor decode_jpeg(const Tensor& bytes, const DecodeOptions& options) { return decode_as(Kind::Jpeg, "JPEG", bytes, options, "decode_jpeg"); }
Tensor decode_png(const Tensor& bytes, const DecodeOptions& options) { return decode_as(Kind::Png, "PNG", bytes, options, "decode_png"); }
Tensor read_image(const std::string& path, const DecodeOptions& options) { return decode_image(path, options); }

void write_jpeg(const Tensor& image, const std::string& path, int quality) { write_file(path, encode_jpeg(image, quality)); }
void write_png(const Tensor& image, const std::string& path, int compression_level) { write_file(path, encode_png(image, compression_level)); }

}  // namespace v1
}  // namespace wick::vision
