// Pictures in files: JPEG and PNG, read and written.
#pragma once

#include <cstddef>
#include <string>

#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace vision {
inline namespace v1 {

/// Which channels a decoded picture has: those of the file, or 1 (grey), 2 (grey and opacity), 3 (RGB), 4 (RGB and opacity).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.io.ImageReadMode.html)
enum class ImageReadMode { UNCHANGED = 0, GRAY = 1, GRAY_ALPHA = 2, RGB = 3, RGB_ALPHA = 4 };

/// How pictures are decoded.
struct DecodeOptions {
  DecodeOptions() = default;
  DecodeOptions(ImageReadMode mode) : mode_(mode) {}
  /// The channels of the result. Grey from colours is Pillow's: 0.299 R + 0.587 G + 0.114 B; opacity is dropped, or 255 where there is none.
  WICK_ARG(ImageReadMode, mode) = ImageReadMode::UNCHANGED;
  /// Whether the picture is turned as its EXIF data say.
  WICK_ARG(bool, apply_exif_orientation) = false;
  /// Height and width that are enough, 0 for all there is: a JPEG is decoded at 1/2, 1/4 or 1/8 when that still gives as many rows and columns
  /// (of the file, before it is turned).
  WICK_ARG(int64_t, enough_height) = 0;
  WICK_ARG(int64_t, enough_width) = 0;
  /// Whether a PNG of 16 bits a channel comes as int32 of 0 to 65535; otherwise its values are scaled to uint8.
  WICK_ARG(bool, sixteen_bits) = false;
  /// Whether a file that is cut off or damaged in the middle gives what could be read, with the rest grey or 0, instead of an error.
  WICK_ARG(bool, allow_truncated) = false;
  /// More pixels than this are refused before any memory is taken. (Pillow's limit.)
  WICK_ARG(int64_t, max_pixels) = 178956970;
};

/// The bytes of a file as a uint8 tensor [n]. (https://docs.pytorch.org/vision/stable/generated/torchvision.io.read_file.html)
Tensor read_file(const std::string& path);
/// Writes uint8 bytes [n] into a file, which appears whole or not at all.
void write_file(const std::string& path, const Tensor& data);

/// A JPEG or PNG as a uint8 tensor [C, H, W] whose memory is in the order H, W, C. Takes a path, or the file's bytes as a uint8 tensor [n] or in
/// memory. Palettes become colours, CMYK and YCCK become RGB, 1, 2 and 4 bits become 8. Errors name the file and what was found: other kinds of
/// files, damaged or cut-off ones, too many pixels, what the build lacks (NotImplementedError).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.io.decode_image.html)
Tensor decode_image(const std::string& path, const DecodeOptions& options = {});
Tensor decode_image(const char* path, const DecodeOptions& options = {});
Tensor decode_image(const Tensor& bytes, const DecodeOptions& options = {});
Tensor decode_image(const void* data, size_t size, const DecodeOptions& options = {}, const std::string& name = "decode_image");

/// The same for a file of one kind; another kind is an error. `read_image` is `decode_image` of a path.
Tensor decode_jpeg(const Tensor& bytes, const DecodeOptions& options = {});
Tensor decode_png(const Tensor& bytes, const DecodeOptions& options = {});
Tensor read_image(const std::string& path, const DecodeOptions& options = {});

/// A picture, uint8 [C, H, W] in any memory order, as the bytes of a JPEG (C 1 or 3; quality 1 to 100) or PNG (C 1 to 4; compression 0 to 9).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.io.encode_jpeg.html)
Tensor encode_jpeg(const Tensor& image, int quality = 75);
Tensor encode_png(const Tensor& image, int compression_level = 6);
/// The same into a file, which appears whole or not at all.
void write_jpeg(const Tensor& image, const std::string& path, int quality = 75);
void write_png(const Tensor& image, const std::string& path, int compression_level = 6);

/// Whether this build reads and writes JPEG, and PNG.
bool has_jpeg();
bool has_png();

}  // namespace v1
}  // namespace vision
}  // namespace wick
