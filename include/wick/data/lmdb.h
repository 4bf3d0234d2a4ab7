// LMDB files: many small records in one, by key. (http://www.lmdb.tech/doc)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace data {
inline namespace v1 {

/// Reads an LMDB file (a folder with `data.mdb`, or the file itself) of any program on machines of this kind: keys and values of its main database, in the
/// order of keys. The keys are read when it is opened, values when they are asked for, by any number of threads; copies share both. Nobody may
/// write the file meanwhile. It does not trust the file (and needs no liblmdb): every place is checked. Errors name the file: it is missing, no LMDB
/// file, cut off, damaged; named databases or several values for a key in it (NotImplementedError).
class LmdbReader {
 public:
  explicit LmdbReader(const std::string& path);
  size_t size() const;
  /// The i-th key; its value as uint8 [n]; the number of a key. Errors: IndexError, a file that is shorter than when it was opened.
  const std::string& key(size_t index) const;
  Tensor value(size_t index) const;
  std::optional<size_t> find(const std::string& key) const;

 private:
  struct Impl;
  std::shared_ptr<const Impl> impl_;
};

/// Writes an LMDB file, `path` itself and no folder, by liblmdb; what was put is there after `commit`, which may be called many times. A file that
/// exists is added to. Errors name the file: NotImplementedError without liblmdb (Debian's liblmdb0), a key that exists or has no or more than 511 bytes,
/// what the system says. The file takes no more room than `max_bytes`.
class LmdbWriter {
 public:
  explicit LmdbWriter(const std::string& path, uint64_t max_bytes = uint64_t{1} << 40);
  ~LmdbWriter();
  LmdbWriter(LmdbWriter&&) noexcept;
  LmdbWriter& operator=(LmdbWriter&&) noexcept;
  void put(const std::string& key, const void* data, size_t size);
  void put(const std::string& key, const Tensor& bytes);
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Whether this build, on this machine, writes LMDB files.
bool has_lmdb();

}  // namespace v1
}  // namespace data
}  // namespace wick
