#include "log/event_decode.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include <protozero/pbf_reader.hpp>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "log/event_parse.h"

namespace wick::logging {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// The fields of a message, as they come; damaged bytes are an error of ours.
template <class F>
void each_field(std::string_view bytes, const F& f) {
  try {
    for (pbf_reader r(bytes.data(), bytes.size()); r.next();) {
      if (!f(r)) r.skip();
    }
  } catch (const protozero::exception&) {
    throw Error(str("RunLog: a damaged message of ", bytes.size(), " bytes"));
  }
}
bool is_bytes(const pbf_reader& r) { return r.wire_type() == pbf_wire_type::length_delimited; }
bool is_varint(const pbf_reader& r) { return r.wire_type() == pbf_wire_type::varint; }
bool is_double(const pbf_reader& r) { return r.wire_type() == pbf_wire_type::fixed64; }
bool is_float(const pbf_reader& r) { return r.wire_type() == pbf_wire_type::fixed32; }

// Repeated numbers, packed or one by one. They take no more memory than 8 times the bytes.
template <class T, class To>
bool take_fixed(pbf_reader& r, std::vector<To>& to) {
  T x;
  if (is_bytes(r)) {
    const std::string_view b = view(r.get_view());
    for (size_t i = 0; i + sizeof(T) <= b.size(); i += sizeof(T)) {
      std::memcpy(&x, b.data() + i, sizeof x);
      to.push_back(static_cast<To>(x));
    }
    return true;
  }
  if (sizeof(T) == 8 && is_double(r)) return to.push_back(static_cast<To>(r.get_double())), true;
  if (sizeof(T) == 4 && is_float(r)) return to.push_back(static_cast<To>(r.get_float())), true;
  return false;
}
bool take_varints(pbf_reader& r, std::vector<int64_t>& to) {
  if (is_varint(r)) return to.push_back(r.get_int64()), true;
  if (!is_bytes(r)) return false;
  const std::string_view b = view(r.get_view());
  for (const char *p = b.data(), *end = p + b.size(); p < end;) to.push_back(static_cast<int64_t>(protozero::decode_varint(&p, end)));
  return true;
}

std::vector<int64_t> decode_shape(std::string_view bytes) {
  std::vector<int64_t> dims;
  bool unknown = false;
  each_field(bytes, [&](pbf_reader& r) {
    if (r.tag() == 3 && is_varint(r)) return unknown = r.get_bool(), true;
    if (r.tag() != 2 || !is_bytes(r)) return false;
    int64_t size = 0;
    each_field(view(r.get_view()), [&](pbf_reader& d) { return d.tag() == 1 && is_varint(d) && (size = d.get_int64(), true); });
    dims.push_back(size);
    return true;
  });
  return unknown ? std::vector<int64_t>{-1} : dims;
}

struct TensorParts {
  int64_t type = 0;
  std::vector<int64_t> shape, integers;
  std::vector<double> reals;
  std::vector<std::string_view> texts;
  std::string_view raw;
  bool has_type = false;
};
TensorParts parse_tensor(std::string_view bytes) {
  TensorParts t;
  each_field(bytes, [&](pbf_reader& r) {
    switch (r.tag()) {
      case 1: return is_varint(r) && (t.type = r.get_int64(), t.has_type = true);
      case 2: return is_bytes(r) && (t.shape = decode_shape(view(r.get_view())), true);
      case 4: return is_bytes(r) && (t.raw = view(r.get_view()), true);
      case 5:
      case 9: return take_fixed<float>(r, t.reals);
      case 6:
      case 12: return take_fixed<double>(r, t.reals);
      case 8: return is_bytes(r) && (t.texts.push_back(view(r.get_view())), true);
      case 7:
      case 10:
      case 11:
      case 13:
      case 16:
      case 17: return take_varints(r, t.integers);
      default: return false;
    }
  });
  return t;
}

struct TypeOf { int64_t number; ScalarType type, raw; };
constexpr TypeOf kTypes[] = {{1, kFloat, kFloat}, {2, kDouble, kDouble}, {3, kInt, kInt}, {4, kByte, kByte}, {5, kShort, kShort}, {6, kChar, kChar}, {8, kComplexFloat, kComplexFloat},
                             {9, kLong, kLong}, {10, kBool, kBool}, {14, kBFloat16, kBFloat16}, {18, kComplexDouble, kComplexDouble}, {19, kHalf, kHalf}, {22, kLong, kInt}, {23, kLong, kLong}};

// The k-th text of a tensor of texts, if the message is such a tensor: what TensorFlow 2 writes for pictures, sounds and texts.
bool text_tensor(const std::string& message, size_t k, std::string& text, TensorParts& t) {
  t = parse_tensor(message);
  if (t.texts.empty()) return false;
  WICK_CHECK_TYPE(IndexError, k < t.texts.size(), "RunLog: number ", k, " of ", t.texts.size(), " texts");
  text = t.texts[k];
  return true;
}
int64_t number(std::string_view s) {
  int64_t n = 0;
  for (const char c : s.substr(0, 9))
    if (c >= '0' && c <= '9') n = 10 * n + (c - '0');
  return n;
}

}  // namespace

std::string read_place(const std::string& path, uint64_t at, uint32_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat s;
  std::string r;
  size_t done = 0;
  if (fd >= 0 && fstat(fd, &s) == 0 && at + size <= static_cast<uint64_t>(s.st_size)) {
    r.resize(size);
    for (ssize_t n; done < size && (n = pread(fd, r.data() + done, size - done, static_cast<off_t>(at + done))) > 0;) done += static_cast<size_t>(n);
  }
  if (fd >= 0) close(fd);
  WICK_CHECK(fd >= 0 && done == size && (size == 0 || !r.empty()), "RunLog: ", path, " was removed or became shorter");
  return r;
}

ImageData decode_image(const std::string& message, size_t k) {
  ImageData image;
  TensorParts t;
  if (text_tensor(message, k + 2, image.bytes, t)) {  // after width and height
    image.width = number(t.texts[0]);
    image.height = number(t.texts[1]);
    return image;
  }
  WICK_CHECK_TYPE(IndexError, k == 0, "RunLog: number ", k, " of 1 picture");
  each_field(message, [&](pbf_reader& r) {
    if (r.tag() == 1 && is_varint(r)) return image.height = r.get_int64(), true;
    if (r.tag() == 2 && is_varint(r)) return image.width = r.get_int64(), true;
    return r.tag() == 4 && is_bytes(r) && (image.bytes = view(r.get_view()), true);
  });
  return image;
}

AudioData decode_audio(const std::string& message, size_t k) {
  AudioData audio;
  TensorParts t;
  if (text_tensor(message, 0, audio.bytes, t)) {  // pairs of a sound and its label, or sounds alone
    const size_t step = t.shape.size() == 2 && t.shape[1] == 2 ? 2 : 1;
    WICK_CHECK_TYPE(IndexError, k * step < t.texts.size(), "RunLog: number ", k, " of ", t.texts.size() / step, " sounds");
    audio.bytes = t.texts[k * step];
    audio.type = "audio/wav";
    return audio;
  }
  WICK_CHECK_TYPE(IndexError, k == 0, "RunLog: number ", k, " of 1 sound");
  each_field(message, [&](pbf_reader& r) {
    if (r.tag() == 1 && is_float(r)) return audio.sample_rate = r.get_float(), true;
    if (r.tag() == 3 && is_varint(r)) return audio.frames = r.get_int64(), true;
    if (r.tag() == 4 && is_bytes(r)) return audio.bytes = view(r.get_view()), true;
    return r.tag() == 5 && is_bytes(r) && (audio.type = view(r.get_view()), true);
  });
  return audio;
}

HistogramData decode_histogram(const std::string& message) {
  HistogramData h;
  TensorParts t = parse_tensor(message);
  if (t.has_type) {  // [n, 3]: left edge, right edge, count
    const Tensor x = decode_tensor(message).to(kDouble).contiguous();
    WICK_CHECK(x.dim() == 2 && x.size(1) == 3, "RunLog: a histogram of the shape ", x.sizes());
    const double* p = x.data_ptr<double>();
    for (int64_t i = 0; i < x.size(0); ++i, p += 3) {
      if (i == 0) h.edges.push_back(p[0]);
      h.edges.push_back(p[1]);
      h.counts.push_back(p[2]);
      h.num += p[2];
    }
    h.sum = h.sum_squares = std::numeric_limits<double>::quiet_NaN();
    if (!h.edges.empty()) h.min = h.edges.front(), h.max = h.edges.back();
    return h;
  }
  std::vector<double> limits;
  each_field(message, [&](pbf_reader& r) {
    double* const to[] = {nullptr, &h.min, &h.max, &h.num, &h.sum, &h.sum_squares};
    const auto field = r.tag();  // a reader that checks itself has none once the value is taken
    if (field >= 1 && field <= 5 && is_double(r)) return *to[field] = r.get_double(), true;
    if (r.tag() == 6) return take_fixed<double>(r, limits);
    return r.tag() == 7 && take_fixed<double>(r, h.counts);
  });
  const size_t n = std::min(limits.size(), h.counts.size());
  limits.resize(n);
  h.counts.resize(n);
  if (n == 0) return h;
  // Limits are right edges. An empty first bucket only tells the left edge of the second; TensorFlow's last edge is the largest number.
  if (n > 1 && h.counts[0] == 0) h.counts.erase(h.counts.begin());
  else limits.insert(limits.begin(), std::min(h.min, limits[0]));
  if (limits.back() > 1e300) limits.back() = std::max(h.max, limits[limits.size() - 2]);
  h.edges = std::move(limits);
  return h;
}

std::vector<std::string> decode_texts(const std::string& message) {
  const TensorParts t = parse_tensor(message);
  return {t.texts.begin(), t.texts.end()};
}

Tensor decode_tensor(const std::string& message) {
  const TensorParts t = parse_tensor(message);
  const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeOf& k) { return k.number == t.type; });
  WICK_CHECK_TYPE(NotImplementedError, type != std::end(kTypes), "RunLog: a tensor of TensorFlow's type ", t.type);
  int64_t n = 1;
  for (const int64_t d : t.shape) WICK_CHECK(d >= 0 && !__builtin_mul_overflow(n, d, &n), "RunLog: a tensor with a size of ", d);
  if (!t.raw.empty()) {
    Tensor r = empty(t.shape.empty() ? std::vector<int64_t>{} : std::vector<int64_t>{0}, type->raw);
    const auto item = static_cast<int64_t>(r.element_size());
    WICK_CHECK(n <= (int64_t{1} << 40) && n * item == static_cast<int64_t>(t.raw.size()), "RunLog: ", t.raw.size(), " bytes for a tensor of ", n, " values");
    r = empty(t.shape, type->raw);
    std::memcpy(r.data_ptr(), t.raw.data(), t.raw.size());
    return r.to(type->type);
  }
  const bool pairs = type->type == kComplexFloat || type->type == kComplexDouble, half = type->type == kHalf || type->type == kBFloat16;
  const auto have = static_cast<int64_t>(std::max(t.reals.size(), t.integers.size())) / (pairs ? 2 : 1);
  // One value may stand for all of them.
  WICK_CHECK(have == n || (have == 1 && n <= (int64_t{1} << 20)), "RunLog: ", have, " values for a tensor of ", n);
  Tensor v;
  if (!t.reals.empty() || n == 0) {
    v = empty({static_cast<int64_t>(t.reals.size())}, kDouble);
    std::copy(t.reals.begin(), t.reals.end(), v.data_ptr<double>());
  } else if (half) {  // 16 bits, or float32's as PyTorch writes them
    v = empty({have}, kFloat);
    for (int64_t i = 0; i < have; ++i) {
      const auto bits = static_cast<uint32_t>(t.integers[static_cast<size_t>(i)]);
      const auto small = static_cast<uint16_t>(bits);
      if (bits > 0xffff) std::memcpy(v.data_ptr<float>() + i, &bits, 4);
      else if (type->type == kHalf) v.data_ptr<float>()[i] = static_cast<float>(__builtin_bit_cast(Half, small));
      else v.data_ptr<float>()[i] = static_cast<float>(__builtin_bit_cast(BFloat16, small));
    }
  } else {
    v = empty({have}, kLong);
    std::copy(t.integers.begin(), t.integers.begin() + have, v.data_ptr<int64_t>());
  }
  if (pairs) v = view_as_complex(v.reshape({have, 2}));
  v = v.to(type->type);
  return have == n ? v.reshape(t.shape) : v.expand({n}).reshape(t.shape);
}

std::vector<GraphNode> decode_graph(const std::string& message) {
  std::vector<GraphNode> nodes;
  each_field(message, [&](pbf_reader& g) {
    if (g.tag() != 1 || !is_bytes(g)) return false;
    GraphNode& node = nodes.emplace_back();
    each_field(view(g.get_view()), [&](pbf_reader& r) {
      if (!is_bytes(r) || r.tag() > 5 || r.tag() == 4) return false;
      const auto field = r.tag();
      const std::string_view s = view(r.get_view());
      if (field == 1) node.name = s;
      if (field == 2) node.op = s;
      if (field == 3) node.inputs.emplace_back(s);
      if (field != 5) return true;
      std::string_view key, value;
      each_field(s, [&](pbf_reader& a) {
        if (!is_bytes(a)) return false;
        std::string_view& part = a.tag() == 1 ? key : value;
        part = view(a.get_view());
        return true;
      });
      each_field(value, [&](pbf_reader& a) {
        if (!is_bytes(a)) return false;
        const auto kind = a.tag();
        const std::string_view v = view(a.get_view());
        if (kind == 2 && key == "attr") node.attributes = v;
        if (kind == 1 && key == "_output_shapes") each_field(v, [&](pbf_reader& l) { return l.tag() == 7 && is_bytes(l) && (node.shapes.push_back(decode_shape(view(l.get_view()))), true); });
        return true;
      });
      return true;
    });
    return true;
  });
  return nodes;
}

}  // namespace wick::logging
