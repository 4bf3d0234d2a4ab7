// The projector's files: vectors, their labels and pictures, and the list of all of them.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>

#include "io/atomic_file.h"
#include "log/summary.h"

namespace wick::logging {
namespace {

void write(const std::string& path, const std::string& text) { io::write_atomically(path, {{text.data(), text.size()}}); }

// A number as Python's str() writes it: the fewest digits that give it back, of a float32 those of the double that it is.
void add_number(std::string& s, double x, bool integer) {
  char text[40];
  if (integer) {
    s.append(text, std::to_chars(text, text + sizeof text, static_cast<int64_t>(x)).ptr);
    return;
  }
  if (std::isnan(x)) { s += "nan"; return; }
  if (std::isinf(x)) { s += x > 0 ? "inf" : "-inf"; return; }
  const double size = std::abs(x);
  const bool plain = size == 0 || (size >= 1e-4 && size < 1e16);
  const char* end = std::to_chars(text, text + sizeof text, x, plain ? std::chars_format::fixed : std::chars_format::scientific).ptr;
  const std::string_view v(text, static_cast<size_t>(end - text));
  s += v;
  if (plain && v.find('.') == std::string_view::npos) s += ".0";
}

std::string vectors_text(const Tensor& t) {
  const bool integer = !t.is_floating_point();
  const Tensor v = t.to(kDouble).contiguous();
  const double* p = v.data_ptr<double>();
  std::string s;
  for (int64_t i = 0; i < v.size(0); ++i) {
    for (int64_t k = 0; k < v.size(1); ++k) {
      if (k > 0) s += '\t';
      add_number(s, *p++, integer);
    }
    s += '\n';
  }
  return s;
}

std::string metadata_text(const Embedding& e) {
  std::string s;
  const auto line = [&](const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) (s += i > 0 ? "\t" : "") += fields[i];
    s += '\n';
  };
  if (!e.header.empty()) line(e.header);
  for (const auto& fields : e.metadata) line(fields);
  return s;
}

// All pictures in one, square.
std::string sprite(const Tensor& images) {
  const auto columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(images.size(0)))));
  const Picture p = to_picture(grid(images, columns, "add_embedding"), "add_embedding");
  Picture square(p.width, p.width);
  WICK_CHECK_TYPE(ValueError, p.height <= p.width, "add_embedding: pictures for labels are not higher than wide, got ", images.sizes());
  std::copy(p.bytes.begin(), p.bytes.end(), square.bytes.begin());
  return encode_png(square);
}

std::string quoted(const std::string& s) {
  std::string r = "\"";
  for (const char c : s) {
    const auto u = static_cast<uint8_t>(c);
    char octal[8];
    std::snprintf(octal, sizeof octal, "\\%03o", u);
    if (c == '"' || c == '\\' || c == '\'') (r += '\\') += c;
    else if (c == '\n') r += "\\n";
    else if (c == '\r') r += "\\r";
    else if (c == '\t') r += "\\t";
    else if (u < 32 || u >= 127) r += octal;
    else r += c;
  }
  return r + "\"";
}

std::string in_path(const std::string& tag) {
  std::string r;
  for (const char c : tag) {
    if (c == '%' || c == '/' || c == '\\') {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02x", static_cast<unsigned>(c));
      r += code;
    } else {
      r += c;
    }
  }
  return r;
}

}  // namespace

std::string write_embedding(const Embedding& e, const std::string& log_dir, const std::string& tag, int64_t step) {
  const NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, e.vectors.defined() && e.vectors.dim() == 2 && !e.vectors.is_complex(), "add_embedding: vectors have the shape [n, d], got ", e.vectors.defined() ? str(e.vectors.sizes()) : "nothing");
  const auto n = static_cast<size_t>(e.vectors.size(0));
  WICK_CHECK_TYPE(ValueError, e.metadata.empty() || e.metadata.size() == n, "add_embedding: ", e.metadata.size(), " labels for ", n, " vectors");
  for (const auto& m : e.metadata)
    WICK_CHECK_TYPE(ValueError, e.header.empty() ? m.size() == 1 : m.size() == e.header.size(), "add_embedding: a label of ", m.size(), " fields under ", e.header.size(), " headers");
  WICK_CHECK_TYPE(ValueError, !e.label_img.defined() || (e.label_img.dim() == 4 && e.label_img.size(0) == e.vectors.size(0)), "add_embedding: pictures ", e.label_img.defined() ? str(e.label_img.sizes()) : "",
                  " for ", n, " vectors");
  char number[24];
  std::snprintf(number, sizeof number, "%05lld", static_cast<long long>(step));
  const std::string folder = str(number, "/", in_path(tag)), path = log_dir + "/" + folder;
  const std::string image = e.label_img.defined() ? sprite(e.label_img) : "";
  if (std::filesystem::exists(path)) warn(str("add_embedding: ", path, " exists and is written anew; another global_step keeps both"));
  std::error_code error;
  std::filesystem::create_directories(path, error);
  WICK_CHECK(!error, "add_embedding: cannot make ", path, ": ", error.message());
  if (!e.metadata.empty()) write(path + "/metadata.tsv", metadata_text(e));
  if (!image.empty()) write(path + "/sprite.png", image);
  write(path + "/tensors.tsv", vectors_text(e.vectors.detach()));
  std::string info = str("embeddings {\n  tensor_name: ", quoted(str(tag, ":", number)), "\n");
  if (!e.metadata.empty()) info += str("  metadata_path: ", quoted(folder + "/metadata.tsv"), "\n");
  if (!image.empty()) info += str("  sprite {\n    image_path: ", quoted(folder + "/sprite.png"), "\n    single_image_dim: ", e.label_img.size(3), "\n    single_image_dim: ", e.label_img.size(2), "\n  }\n");
  return info + str("  tensor_path: ", quoted(folder + "/tensors.tsv"), "\n}\n");
}

}  // namespace wick::logging
