// LMDB's format, version 1: pages of a B+ tree of keys, values in the leaves or, when they are long, in pages of their own.
#include <wick/data/lmdb.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::data::inline v1 {
namespace {

constexpr uint32_t kMagic = 0xBEEFC0DE, kVersion = 1;
constexpr size_t kHeader = 16;  // number u64, unused u16, flags u16, end of the table of nodes u16, begin of the nodes u16
constexpr uint64_t kNone = ~uint64_t{0};
enum PageFlags : uint16_t { kBranch = 1, kLeaf = 2, kOverflow = 4, kMeta = 8 };
enum NodeFlags : uint16_t { kLong = 1, kDatabase = 2, kSeveral = 4 };

template <class T>
T number(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}

}  // namespace

struct LmdbReader::Impl {
  struct Entry { std::string key; uint64_t offset, size; };
  std::string path;
  int file = -1;
  uint64_t bytes = 0, page_size = 0, pages = 0, visited = 0;
  std::vector<Entry> entries;

  explicit Impl(const std::string& at);
  ~Impl() {
    if (file >= 0) close(file);
  }
  Impl(const Impl&) = delete;

  [[noreturn]] void damaged(const std::string& what) const { throw Error(str(path, ": damaged LMDB file of ", bytes, " bytes: ", what)); }
  void read(uint64_t offset, void* to, size_t n) const {
    for (size_t done = 0; done < n;) {
      const ssize_t k = pread(file, static_cast<char*>(to) + done, n - done, static_cast<off_t>(offset + done));
      if (k < 0 && errno == EINTR) continue;
      WICK_CHECK(k >= 0, path, ": cannot read: ", std::strerror(errno));
      if (k == 0) damaged(str("it ends before byte ", offset + n));
      done += static_cast<size_t>(k);
    }
  }
  struct Meta { uint64_t transaction = 0, entries = 0, root = kNone, page_size = 0; uint16_t flags = 0, depth = 0; };
  std::optional<Meta> meta(uint64_t offset) const;
  std::vector<uint8_t> page(uint64_t n, uint16_t kind);
  void walk(uint64_t n, uint16_t depth);
  void leaf(const std::vector<uint8_t>& page, size_t nodes);
  const uint8_t* node(const std::vector<uint8_t>& page, size_t i) const;
};

std::optional<LmdbReader::Impl::Meta> LmdbReader::Impl::meta(uint64_t offset) const {
  uint8_t b[kHeader + 24 + 2 * 48 + 16];
  if (offset + sizeof b > bytes) return std::nullopt;
  read(offset, b, sizeof b);
  const uint8_t* m = b + kHeader;
  if (!(number<uint16_t>(b + 10) & kMeta) || number<uint32_t>(m) != kMagic || number<uint32_t>(m + 4) != kVersion) return std::nullopt;
  const uint8_t *free = m + 24, *main = free + 48;
  Meta r;
  r.page_size = number<uint32_t>(free);
  r.flags = number<uint16_t>(main + 4);
  r.depth = number<uint16_t>(main + 6);
  r.entries = number<uint64_t>(main + 32);
  r.root = number<uint64_t>(main + 40);
  r.transaction = number<uint64_t>(main + 56);
  return r;
}

LmdbReader::Impl::Impl(const std::string& at) : path(at) {
  struct stat s{};
  if (stat(path.c_str(), &s) == 0 && S_ISDIR(s.st_mode)) path += "/data.mdb";
  file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  WICK_CHECK(file >= 0, path, ": cannot open: ", std::strerror(errno));
  WICK_CHECK(fstat(file, &s) == 0 && S_ISREG(s.st_mode), path, ": no regular file");
  bytes = static_cast<uint64_t>(s.st_size);
  const auto first = meta(0);
  WICK_CHECK(first, path, ": ", bytes, " bytes that are no LMDB file (version ", kVersion, ", of a machine with this byte order)");
  page_size = first->page_size;
  if (page_size < 256 || page_size > 65536 || (page_size & (page_size - 1))) damaged(str("pages of ", page_size, " bytes"));
  const auto second = meta(page_size);
  const Meta m = second && second->transaction > first->transaction && second->page_size == page_size ? *second : *first;
  WICK_CHECK_TYPE(NotImplementedError, m.flags == 0, path, ": an LMDB file with several values for a key, or with keys in another order");
  pages = bytes / page_size;
  if (m.depth > 64) damaged(str("a tree of ", m.depth, " levels"));
  if (m.root != kNone) walk(m.root, m.depth);
  if (entries.size() != m.entries) damaged(str(entries.size(), " entries instead of ", m.entries));
}

std::vector<uint8_t> LmdbReader::Impl::page(uint64_t n, uint16_t kind) {
  if (n < 2 || n >= pages) damaged(str("page ", n, " of ", pages));
  if (++visited > pages) damaged("pages that lead in a circle");
  std::vector<uint8_t> b(page_size);
  read(n * page_size, b.data(), b.size());
  if (number<uint64_t>(b.data()) != n || (number<uint16_t>(b.data() + 10) & (kBranch | kLeaf | kOverflow | kMeta)) != kind) damaged(str("page ", n, " is of another kind"));
  return b;
}

const uint8_t* LmdbReader::Impl::node(const std::vector<uint8_t>& page, size_t i) const {
  const size_t at = number<uint16_t>(page.data() + kHeader + 2 * i);
  if (at < kHeader || at + 8 > page.size() || at + 8 + number<uint16_t>(page.data() + at + 6) > page.size()) damaged("an entry outside of its page");
  return page.data() + at;
}

void LmdbReader::Impl::walk(uint64_t n, uint16_t depth) {
  if (depth == 0) damaged("a tree deeper than it says");
  const std::vector<uint8_t> b = page(n, depth == 1 ? kLeaf : kBranch);
  const size_t end = number<uint16_t>(b.data() + 12);
  if (end < kHeader || end > b.size()) damaged("a table outside of its page");
  const size_t nodes = (end - kHeader) / 2;
  if (depth == 1) return leaf(b, nodes);
  for (size_t i = 0; i < nodes; ++i) {
    const uint8_t* p = node(b, i);
    walk(number<uint16_t>(p) | uint64_t{number<uint16_t>(p + 2)} << 16 | uint64_t{number<uint16_t>(p + 4)} << 32, static_cast<uint16_t>(depth - 1));
  }
}

void LmdbReader::Impl::leaf(const std::vector<uint8_t>& b, size_t nodes) {
  const uint64_t number_of_page = number<uint64_t>(b.data());
  size_t used = kHeader;  // entries that share bytes would make much of a small file
  for (size_t i = 0; i < nodes; ++i) {
    const uint8_t* p = node(b, i);
    const uint64_t size = number<uint16_t>(p) | uint64_t{number<uint16_t>(p + 2)} << 16;
    const uint16_t flags = number<uint16_t>(p + 4), key_size = number<uint16_t>(p + 6);
    WICK_CHECK_TYPE(NotImplementedError, !(flags & (kDatabase | kSeveral)), path, ": an LMDB file with named databases in it");
    const auto at = static_cast<size_t>(p - b.data()) + 8 + key_size;
    uint64_t offset = number_of_page * page_size + at;
    if (flags & kLong) {
      if (at + 8 > b.size()) damaged("an entry outside of its page");
      const uint64_t first = number<uint64_t>(b.data() + at);
      if (first < 2 || first >= pages || size > bytes - first * page_size - kHeader) damaged(str("a value of ", size, " bytes at page ", first, " of ", pages));
      offset = first * page_size + kHeader;
    } else if (at + size > b.size()) {
      damaged("a value outside of its page");
    }
    used += 10 + key_size + (flags & kLong ? 8 : size);
    if (used > b.size()) damaged(str("page ", number_of_page, " has more entries than room"));
    std::string key(reinterpret_cast<const char*>(p) + 8, key_size);
    entries.push_back({std::move(key), offset, size});
  }
}

LmdbReader::LmdbReader(const std::string& path) : impl_(std::make_shared<const Impl>(path)) {}
size_t LmdbReader::size() const { return impl_->entries.size(); }
const std::string& LmdbReader::key(size_t index) const {
  WICK_CHECK_TYPE(IndexError, index < size(), impl_->path, ": no entry ", index, ", there are ", size());
  return impl_->entries[index].key;
}
Tensor LmdbReader::value(size_t index) const {
  key(index);
  const auto& e = impl_->entries[index];
  const Tensor t = empty({static_cast<int64_t>(e.size)}, kByte);
  impl_->read(e.offset, t.data_ptr(), e.size);
  return t;
}
std::optional<size_t> LmdbReader::find(const std::string& key) const {
  const auto& all = impl_->entries;
  const auto at = std::lower_bound(all.begin(), all.end(), key, [](const Impl::Entry& e, const std::string& k) { return e.key < k; });
  if (at != all.end() && at->key == key) return static_cast<size_t>(at - all.begin());
  return std::nullopt;
}

}  // namespace wick::data::inline v1
