#include "io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>

#include <wick/core/str.h>

namespace wick::io {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr uint64_t kMax32 = 0xFFFFFFFF;
constexpr size_t kAlignment = 64;
constexpr uint64_t kMostUnfolding = 1032;  // what deflate can make of a byte

// Little-endian numbers, one after the other.
struct Bytes {
  std::string s;
  Bytes& u16(uint64_t v) { return put(v, 2); }
  Bytes& u32(uint64_t v) { return put(v, 4); }
  Bytes& u64(uint64_t v) { return put(v, 8); }
  Bytes& text(const std::string& t) { s += t; return *this; }
  Bytes& put(uint64_t v, int n) {
    for (int i = 0; i < n; ++i) s += static_cast<char>(v >> (8 * i));
    return *this;
  }
};
uint64_t number(const char* p, int n) {
  uint64_t v = 0;
  for (int i = 0; i < n; ++i) v |= static_cast<uint64_t>(static_cast<uint8_t>(p[i])) << (8 * i);
  return v;
}

uint32_t add_to_checksum(uint32_t crc, const void* data, size_t size) { return size ? static_cast<uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), size)) : crc; }

// zlib's state, ended with the scope.
struct Deflater : z_stream {
  Deflater() : z_stream{} { WICK_CHECK(deflateInit2(this, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zip: zlib cannot begin"); }
  ~Deflater() { deflateEnd(this); }
};
struct Inflater : z_stream {
  Inflater() : z_stream{} { WICK_CHECK(inflateInit2(this, -15) == Z_OK, "zip: zlib cannot begin"); }
  ~Inflater() { inflateEnd(this); }
};

std::string deflated(const std::vector<Piece>& data) {
  Deflater z;
  std::string out;
  std::vector<char> room(1 << 16);
  for (size_t i = 0; i <= data.size(); ++i) {  // the last turn ends the stream
    const bool last = i == data.size();
    const char* p = last ? nullptr : static_cast<const char*>(data[i].data);
    size_t left = last ? 0 : data[i].size;
    do {
      const size_t n = std::min<size_t>(left, 1u << 30);
      z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(p));
      z.avail_in = static_cast<uInt>(n);
      do {
        z.next_out = reinterpret_cast<Bytef*>(room.data());
        z.avail_out = static_cast<uInt>(room.size());
        deflate(&z, last ? Z_FINISH : Z_NO_FLUSH);
        out.append(room.data(), room.size() - z.avail_out);
      } while (z.avail_out == 0);
      p += n;
      left -= n;
    } while (left > 0);
  }
  return out;
}

}  // namespace

void ZipWriter::append(std::string bytes) {
  owned_.push_back(std::move(bytes));
  pieces_.push_back({owned_.back().data(), owned_.back().size()});
  at_ += owned_.back().size();
}
void ZipWriter::add(const std::string& name, std::string text) {
  owned_.push_back(std::move(text));
  const std::string& kept = owned_.back();
  add(name, kept.data(), kept.size());
}
void ZipWriter::add(const std::string& name, const std::vector<Piece>& data, bool compress) {
  const std::string full = folder_.empty() ? name : folder_ + "/" + name;
  WICK_CHECK_TYPE(ValueError, full.size() <= 0xFFFF, "zip: a record's name has ", full.size(), " bytes, 65535 are allowed");
  Record r{full, at_, 0, 0, 0, compress};
  for (const Piece& p : data) r.size += p.size, r.crc = add_to_checksum(r.crc, p.data, p.size);
  r.stored = r.size;
  std::vector<Piece> body = data;
  if (compress) {
    owned_.push_back(deflated(data));
    body = {{owned_.back().data(), owned_.back().size()}};
    r.stored = body[0].size;
  }
  const bool wide = r.size >= kMax32 || r.stored >= kMax32;
  Bytes extra;
  if (wide) extra.u16(1).u16(16).u64(r.size).u64(r.stored);
  const uint64_t start = at_ + 30 + full.size() + extra.s.size() + 4;
  const uint64_t padding = (kAlignment - start % kAlignment) % kAlignment;
  extra.text("FB").u16(padding).text(std::string(padding, 'Z'));
  Bytes h;
  h.u32(kLocal).u16(wide ? 45 : 20).u16(0x0800).u16(compress ? 8 : 0).u16(0).u16(0x0021).u32(r.crc).u32(wide ? kMax32 : r.stored).u32(wide ? kMax32 : r.size);
  append(h.u16(full.size()).u16(extra.s.size()).text(full).text(extra.s).s);
  for (const Piece& p : body)
    if (p.size) pieces_.push_back(p), at_ += p.size;
  records_.push_back(r);
}

const std::vector<Piece>& ZipWriter::finish() {
  const uint64_t start = at_;
  Bytes d;
  for (const Record& r : records_) {
    Bytes extra;
    if (r.size >= kMax32) extra.u64(r.size);
    if (r.stored >= kMax32) extra.u64(r.stored);
    if (r.offset >= kMax32) extra.u64(r.offset);
    const std::string wide = extra.s.empty() ? "" : Bytes().u16(1).u16(extra.s.size()).text(extra.s).s;
    d.u32(kCentral).u16(45).u16(wide.empty() ? 20 : 45).u16(0x0800).u16(r.deflated ? 8 : 0).u16(0).u16(0x0021).u32(r.crc).u32(std::min(r.stored, kMax32)).u32(std::min(r.size, kMax32));
    d.u16(r.name.size()).u16(wide.size()).u16(0).u16(0).u16(0).u32(0).u32(std::min(r.offset, kMax32)).text(r.name).text(wide);
  }
  const uint64_t size = d.s.size(), n = records_.size(), end = start + size;
  if (n >= 0xFFFF || end >= kMax32) {
    d.u32(kEnd64).u64(44).u16(45).u16(45).u32(0).u32(0).u64(n).u64(n).u64(size).u64(start);
    d.u32(kLocator64).u32(0).u64(end).u32(1);
  }
  const uint64_t n16 = std::min<uint64_t>(n, 0xFFFF);
  d.u32(kEnd).u16(0).u16(0).u16(n16).u16(n16).u32(std::min(size, kMax32)).u32(std::min(start, kMax32)).u16(0);
  append(d.s);
  return pieces_;
}

ZipReader::ZipReader(std::unique_ptr<Source> source, bool foldered) : source_(std::move(source)) { read_directory(foldered); }

const ZipReader::Record& ZipReader::find(const std::string& record) const {
  const auto found = index_.find(record);
  WICK_CHECK(found != index_.end(), name(), ": there is no record ", record);
  return found->second;
}

void ZipReader::read_directory(bool foldered) {
  const uint64_t total = source_->size();
  WICK_CHECK(total >= 22, name(), ": ", total, " bytes are too few for a zip archive");
  // The end record stands before a comment of up to 65535 bytes.
  std::string tail(std::min<uint64_t>(total, 22 + 0xFFFF), '\0');
  source_->exact(total - tail.size(), tail.data(), tail.size(), "the end");
  size_t at = tail.size() - 22;
  while (number(&tail[at], 4) != kEnd || at + 22 + number(&tail[at + 20], 2) != tail.size()) {
    WICK_CHECK(at > 0, name(), ": not a whole zip archive: it has no end record (cut off?)");
    --at;
  }
  uint64_t n = number(&tail[at + 10], 2), size = number(&tail[at + 12], 4), start = number(&tail[at + 16], 4);
  uint64_t end = total - tail.size() + at;
  if (n == 0xFFFF || size == kMax32 || start == kMax32) {
    char locator[20], wide[56];
    WICK_CHECK(end >= 20, name(), ": the zip64 locator is missing");
    source_->exact(end - 20, locator, 20, "the zip64 locator");
    WICK_CHECK(number(locator, 4) == kLocator64, name(), ": the zip64 locator is missing at byte ", end - 20);
    end = number(locator + 8, 8);
    source_->exact(end, wide, 56, "the zip64 end record");
    WICK_CHECK(number(wide, 4) == kEnd64, name(), ": no zip64 end record at byte ", end);
    n = number(wide + 32, 8);
    size = number(wide + 40, 8);
    start = number(wide + 48, 8);
  }
  WICK_CHECK(start <= end && size <= end - start, name(), ": the directory at byte ", start, " with ", size, " bytes reaches beyond its end at ", end);
  WICK_CHECK(n <= size / 46, name(), ": ", n, " records cannot stand in a directory of ", size, " bytes");
  std::string d(size, '\0');
  source_->exact(start, d.data(), d.size(), "the directory");
  end_ = start;
  uint64_t pos = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const auto where = [&] { return str(name(), ": record ", i, " of the directory (byte ", start + pos, ")"); };
    WICK_CHECK(size - pos >= 46 && number(&d[pos], 4) == kCentral, where(), " is damaged");
    const char* h = &d[pos];
    const uint64_t flags = number(h + 8, 2), method = number(h + 10, 2), name_size = number(h + 28, 2), extra_size = number(h + 30, 2), comment = number(h + 32, 2);
    WICK_CHECK(size - pos - 46 >= name_size + extra_size + comment, where(), " reaches beyond the directory");
    std::string full(h + 46, name_size);
    Record r{number(h + 42, 4), number(h + 24, 4), number(h + 20, 4), static_cast<uint32_t>(number(h + 16, 4)), static_cast<uint16_t>(method), (flags & 1) != 0};
    const char* x = h + 46 + name_size;
    for (uint64_t left = extra_size; left >= 4;) {
      const uint64_t id = number(x, 2), len = number(x + 2, 2);
      WICK_CHECK(len <= left - 4, where(), " has a damaged extra field");
      if (id == 1) {
        uint64_t used = 0;
        for (uint64_t* field : {&r.size, &r.stored, &r.header})
          if (*field == kMax32) {
            WICK_CHECK(used + 8 <= len, where(), " has a zip64 field of ", len, " bytes");
            *field = number(x + 4 + used, 8);
            used += 8;
          }
      }
      x += 4 + len;
      left -= 4 + len;
    }
    add(std::move(full), r, foldered, where());
    pos += 46 + name_size + extra_size + comment;
  }
  refuse_overlaps();
}

void ZipReader::add(std::string full, const Record& r, bool foldered, const std::string& where) {
  WICK_CHECK(r.header <= end_ && r.stored <= end_ - r.header, where, ", ", full, ", has ", r.size, " bytes (", r.stored, " stored) at byte ", r.header, " of ", end_);
  WICK_CHECK(r.method == 0 ? r.stored == r.size : r.size / kMostUnfolding <= r.stored, where, ", ", full, ", cannot have ", r.size, " bytes: ", r.stored, " are stored");
  if (foldered) {  // one for all records, whose name is free
    const size_t slash = full.find('/');
    WICK_CHECK(slash != std::string::npos && slash > 0, where, ", ", full, ", is in no folder: not an archive of PyTorch's kind");
    if (folder_.empty()) folder_ = full.substr(0, slash + 1);
    WICK_CHECK(full.compare(0, folder_.size(), folder_) == 0, where, ", ", full, ", is not in the folder ", folder_);
    full.erase(0, folder_.size());
  }
  WICK_CHECK(index_.emplace(full, r).second, where, ", ", full, ", occurs twice");
  names_.push_back(std::move(full));
}

// Records that share bytes make a small file unfold to a huge one.
void ZipReader::refuse_overlaps() const {
  std::vector<std::pair<uint64_t, const std::string*>> order;
  for (const std::string& n : names_) order.emplace_back(find(n).header, &n);
  std::sort(order.begin(), order.end());
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    const uint64_t least = order[i].first + 30 + order[i].second->size() + find(*order[i].second).stored;
    WICK_CHECK(least <= order[i + 1].first, name(), ": records ", *order[i].second, " and ", *order[i + 1].second, " overlap at byte ", order[i + 1].first);
  }
}

uint64_t ZipReader::data_of(const Record& r, const std::string& record) const {
  WICK_CHECK(!r.encrypted && (r.method == 0 || r.method == 8), name(), ": record ", record, r.encrypted ? " is encrypted" : " is compressed by another method than deflate");
  char h[30];
  source_->exact(r.header, h, 30, "a record's header");
  WICK_CHECK(number(h, 4) == kLocal, name(), ": no header of record ", record, " at byte ", r.header);
  const uint64_t start = r.header + 30 + number(h + 26, 2) + number(h + 28, 2);
  WICK_CHECK(start <= end_ && r.stored <= end_ - start, name(), ": record ", record, " at byte ", start, " with ", r.stored, " bytes reaches into the directory at ", end_);
  return start;
}
uint64_t ZipReader::position(const std::string& record) const {
  const Record& r = find(record);
  const uint64_t start = data_of(r, record);
  return r.method == 0 ? start : 0;
}

void ZipReader::inflate(const Record& r, uint64_t start, const std::string& record, char* to) const {
  Inflater z;
  std::vector<char> room(std::min<uint64_t>(r.stored, 1 << 18));
  uint64_t in = 0, out = 0;
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (z.avail_in == 0) {
      const size_t n = std::min<uint64_t>(room.size(), r.stored - in);
      source_->exact(start + in, room.data(), n, "a compressed record");
      in += n;
      z.next_in = reinterpret_cast<Bytef*>(room.data());
      z.avail_in = static_cast<uInt>(n);
    }
    char spare;  // a stream may still have to say that it ends
    const size_t space = std::min<uint64_t>(r.size - out, 1u << 30);
    z.next_out = reinterpret_cast<Bytef*>(space ? to + out : &spare);
    z.avail_out = static_cast<uInt>(std::max<size_t>(space, 1));
    const uInt had = z.avail_out;
    state = ::inflate(&z, Z_NO_FLUSH);
    const size_t made = had - z.avail_out;
    WICK_CHECK(made <= space, name(), ": record ", record, " at byte ", start, " unfolds to more than the ", r.size, " bytes that the directory says");
    WICK_CHECK(state == Z_OK || state == Z_STREAM_END, name(), ": record ", record, " at byte ", start, " is damaged: it does not unfold after ", out, " of ", r.size, " bytes");
    out += made;
  }
  WICK_CHECK(out == r.size, name(), ": record ", record, " at byte ", start, " unfolds to ", out, " bytes where the directory says ", r.size);
}

void ZipReader::read(const std::string& record, void* to) const {
  const Record& r = find(record);
  const uint64_t start = data_of(r, record);
  if (r.method == 0) source_->exact(start, to, r.size, "a record");
  else inflate(r, start, record, static_cast<char*>(to));
  const uint32_t crc = add_to_checksum(0, to, r.size);
  const bool none = r.crc == 0 && !folder_.empty();  // what PyTorch writes after set_crc32_options(False)
  WICK_CHECK(crc == r.crc || none, name(), ": record ", record, " at byte ", start, " is damaged: its checksum is ", crc, " where ", r.crc, " is expected");
}

std::string ZipReader::text(const std::string& record, uint64_t limit) const {
  const uint64_t n = size_of(record);
  WICK_CHECK(n <= limit, name(), ": record ", record, " has ", n, " bytes, more than ", limit);
  std::string s(n, '\0');
  read(record, s.data());
  return s;
}

}  // namespace wick::io
