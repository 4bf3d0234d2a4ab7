// .npy: a magic number, a version, a header that is the text of a Python dictionary, the elements. .npz: a zip of such files.
#include "io/npy.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_set>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/atomic_file.h"

namespace wick::io {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr uint64_t kMaxHeader = 1 << 20;

// `type` is what the bytes are read as; unsigned numbers that Wick lacks are then made wider.
struct NumpyType { const char* name; ScalarType type, result; };
constexpr NumpyType kTypes[] = {
    {"b1", kBool, kBool}, {"i1", kChar, kChar}, {"i2", kShort, kShort}, {"i4", kInt, kInt}, {"i8", kLong, kLong}, {"u1", kByte, kByte}, {"f2", kHalf, kHalf}, {"f4", kFloat, kFloat},
    {"f8", kDouble, kDouble}, {"c8", kComplexFloat, kComplexFloat}, {"c16", kComplexDouble, kComplexDouble}, {"u2", kShort, kInt}, {"u4", kInt, kLong}, {"u8", kLong, kLong}};

struct Header {
  std::string descr;
  bool fortran = false;
  std::vector<int64_t> shape;
};

// Reads {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } and nothing else.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& what, uint64_t first) : s_(text), what_(what), first_(first) {}
  Header parse() {
    Header h;
    unsigned seen = 0;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      const unsigned bit = key == "descr" ? 1 : key == "fortran_order" ? 2 : key == "shape" ? 4 : 0;
      if (!bit || seen & bit) fail("has a key '" + key.substr(0, 40) + "' that is unknown or there twice");
      seen |= bit;
      if (bit == 1) h.descr = descr();
      else if (bit == 2) h.fortran = boolean();
      else h.shape = shape();
      if (!accept(',') && peek() != '}') fail("lacks a comma");
    }
    if (peek() != '\0') fail("goes on after its end");
    if (seen != 7) fail("lacks descr, fortran_order or shape");
    return h;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw Error(str(what_, ": the header, byte ", first_ + at_, ", ", why)); }
  char peek() {
    while (at_ < s_.size() && (s_[at_] == ' ' || s_[at_] == '\n')) ++at_;
    return at_ < s_.size() ? s_[at_] : '\0';
  }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(str("lacks a '", c, "'"));
  }
  std::string quoted() {
    const char q = peek();
    const size_t end = q == '\'' || q == '"' ? s_.find(q, at_ + 1) : std::string_view::npos;
    if (end == std::string_view::npos) fail("lacks a text");
    std::string r(s_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return r;
  }
  std::string descr() {
    if (peek() == '[' || peek() == '(') throw TypeError(what_ + ": a structured array is not read: save its fields one by one");
    return quoted();
  }
  bool boolean() {
    peek();
    for (const bool v : {true, false}) {
      const std::string_view word = v ? "True" : "False";
      if (s_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return v;
    }
    fail("lacks True or False");
  }
  std::vector<int64_t> shape() {
    std::vector<int64_t> r;
    expect('(');
    while (!accept(')')) {
      if (peek() < '0' || peek() > '9') fail("has a shape of something else than whole numbers from 0");
      int64_t n = 0;
      for (; at_ < s_.size() && s_[at_] >= '0' && s_[at_] <= '9'; ++at_)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, s_[at_] - '0', &n)) fail("has a size beyond 64 bits");
      if (at_ < s_.size() && s_[at_] == 'L') ++at_;  // Python 2
      r.push_back(n);
      if (r.size() > 64) fail("has more than 64 dimensions");
      if (!accept(',') && peek() != ')') fail("lacks a comma in the shape");
    }
    return r;
  }
  const std::string_view s_;
  const std::string& what_;
  const uint64_t first_;
  size_t at_ = 0;
};

const NumpyType& type_of(const std::string& descr, const std::string& what, bool& swap) {
  const size_t mark = !descr.empty() && std::strchr("<>=|", descr[0]) ? 1 : 0;
  swap = mark && descr[0] == '>';
  for (const NumpyType& t : kTypes)
    if (descr.compare(mark, std::string::npos, t.name) == 0) return t;
  throw TypeError(str(what, ": an array of dtype '", descr.substr(0, 40), descr.find('O') == mark ? "' holds Python objects and is not read" : "' is not read: no tensor of Wick's has it"));
}

// Unsigned numbers, read as signed ones of their size.
Tensor widened(const Tensor& t, const NumpyType& type, const std::string& what) {
  if (type.name[0] != 'u' || type.type == kByte) return t;
  if (type.type != kLong) return t.to(type.result).bitwise_and_(type.type == kShort ? 0xFFFF : 0xFFFFFFFF);
  WICK_CHECK_TYPE(ValueError, t.numel() == 0 || t.min().item<int64_t>() >= 0, what, ": an array of uint64 has values beyond int64's, which no tensor of Wick's can hold");
  return t;
}

std::string header_of(const Tensor& t) {
  std::string descr;
  for (const NumpyType& n : kTypes)
    if (n.result == t.scalar_type() && n.type == n.result && n.name[0] != (t.scalar_type() == kByte ? 'i' : 'u')) descr = n.name;
  if (t.scalar_type() == kByte) descr = "u1";
  WICK_CHECK_TYPE(TypeError, !descr.empty(), "save_npy: NumPy has no dtype ", t.scalar_type(), "; to(kFloat) has the same values");
  std::string text = "{'descr': '" + std::string(element_size(t.scalar_type()) == 1 ? "|" : "<") + descr + "', 'fortran_order': False, 'shape': (";
  for (const int64_t n : t.sizes()) text += std::to_string(n) + (t.dim() == 1 ? "," : ", ");
  if (t.dim() > 1) text.resize(text.size() - 2);
  text += "), }";
  text.append(64 - (10 + text.size() + 1) % 64, ' ');  // elements begin at a multiple of 64
  text += '\n';
  std::string head = std::string(kMagic) + '\x01' + '\0';
  head += static_cast<char>(text.size() & 255);
  head += static_cast<char>(text.size() >> 8);
  return head + text;
}

Tensor dense(const Tensor& t, const char* call, const std::string& name) {
  WICK_CHECK(t.defined(), call, ": tensor \"", name, "\" is undefined");
  return t.detach().cpu().contiguous().resolve_conj();
}

}  // namespace

bool is_npy(const Source& source) {
  char head[6] = {};
  return source.read(0, head, 6) == 6 && std::string_view(head, 6) == kMagic;
}

Tensor read_npy(const Source& source, const std::shared_ptr<Mapping>& mapping, uint64_t begin, uint64_t size, const std::string& what) {
  uint8_t head[12] = {};
  const size_t got = source.read(begin, head, std::min<uint64_t>(size, 12));
  WICK_CHECK(got >= 10 && std::memcmp(head, kMagic.data(), 6) == 0, what, ": not an array of NumPy's: it does not begin with its magic number");
  WICK_CHECK(head[6] >= 1 && head[6] <= 3, what, ": version ", int{head[6]}, " of the format, 1 to 3 are known");
  const uint64_t first = head[6] == 1 ? 10 : 12;
  uint64_t length = head[8] | uint64_t{head[9]} << 8;
  if (first == 12) length |= uint64_t{head[10]} << 16 | uint64_t{head[11]} << 24;
  WICK_CHECK(got >= first && length <= kMaxHeader && length <= size - first, what, ": a header of ", length, " bytes in ", size, " (at most ", kMaxHeader, ")");
  std::string text(length, '\0');
  source.exact(begin + first, text.data(), length, "the header");
  const Header h = HeaderParser(text, what, begin + first).parse();
  bool swap = false;
  const NumpyType& type = type_of(h.descr, what, swap);

  const uint64_t data = begin + first + length, bytes = size - first - length;
  int64_t reach = static_cast<int64_t>(element_size(type.type));  // as if no size were 0: strides are made of that
  uint64_t want = static_cast<uint64_t>(reach);
  for (const int64_t n : h.shape) {
    WICK_CHECK(!__builtin_mul_overflow(reach, std::max<int64_t>(n, 1), &reach), what, ": the bytes of shape ", IntArrayRef(h.shape), " overflow");
    want *= static_cast<uint64_t>(n);
  }
  WICK_CHECK(want == bytes, what, ": shape ", IntArrayRef(h.shape), " of '", h.descr, "' needs ", want, " bytes, ", bytes, " follow the header at byte ", data);
  std::vector<int64_t> sizes = h.shape, order;
  if (h.fortran) std::reverse(sizes.begin(), sizes.end());
  Tensor t = tensor_at(source, mapping, data, sizes, type.type);
  if (swap) swap_bytes(t.data_ptr(), t.nbytes(), swap_width(type.type));
  t = widened(t, type, what);
  if (!h.fortran || sizes.size() < 2) return t;
  for (size_t d = sizes.size(); d-- > 0;) order.push_back(static_cast<int64_t>(d));
  return t.permute(order);
}

NamedTensors read_npz(const ZipReader& zip, bool map) {
  NamedTensors r;
  const std::shared_ptr<Mapping> mapping = map ? zip.source().map() : nullptr;
  for (const std::string& record : zip.names()) {
    constexpr std::string_view ending = ".npy";
    const bool array = record.size() > ending.size() && record.compare(record.size() - ending.size(), ending.size(), ending) == 0;
    if (!array && !record.empty() && record.back() == '/') continue;  // a folder
    WICK_CHECK(array, zip.name(), ": record ", record, " is no .npy");
    const std::string what = zip.name() + ": record " + record, name = record.substr(0, record.size() - ending.size());
    const uint64_t at = mapping ? zip.position(record) : 0, size = zip.size_of(record);
    if (at) {
      r.emplace_back(name, read_npy(zip.source(), mapping, at, size, what));
      continue;
    }
    std::string bytes(size, '\0');
    zip.read(record, bytes.data());
    r.emplace_back(name, read_npy(*memory_source(bytes.data(), size), nullptr, 0, size, what));
  }
  return r;
}

inline namespace v1 {

Tensor load_npy(const std::string& path, const LoadOptions& options) {
  NoGradGuard off;
  const auto source = open_file(path);
  return read_npy(*source, options.map() ? source->map() : nullptr, 0, source->size(), path);
}
void save_npy(const std::string& path, const Tensor& tensor) {
  NoGradGuard off;
  const Tensor t = dense(tensor, "save_npy", path);
  const std::string head = header_of(t);
  write_atomically(path, {{head.data(), head.size()}, {t.data_ptr(), t.nbytes()}});
}
NamedTensors load_npz(const std::string& path, const LoadOptions& options) {
  NoGradGuard off;
  return read_npz(ZipReader(open_file(path), false), options.map());
}
void save_npz(const std::string& path, const NamedTensors& tensors, bool compress) {
  NoGradGuard off;
  ZipWriter zip("");
  std::vector<Tensor> keep;
  std::deque<std::string> heads;
  std::unordered_set<std::string> names;
  for (const auto& [name, t] : tensors) {
    WICK_CHECK_TYPE(ValueError, names.insert(name).second, "save_npz: the name \"", name, "\" occurs twice");
    keep.push_back(dense(t, "save_npz", name));
    heads.push_back(header_of(keep.back()));
    zip.add(name + ".npy", {{heads.back().data(), heads.back().size()}, {keep.back().data_ptr(), keep.back().nbytes()}}, compress);
  }
  write_atomically(path, zip.finish());
}

}  // namespace v1
}  // namespace wick::io
