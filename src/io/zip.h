// Zip containers: PyTorch's, whose records are stored as they are, each starting at a multiple of 64 bytes, and NumPy's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/atomic_file.h"
#include "io/source.h"

namespace wick::io {

// Gathers records; nothing is copied, so what `data` points to must stay until the pieces are written. `folder` may be none.
class ZipWriter {
 public:
  explicit ZipWriter(std::string folder) : folder_(std::move(folder)) {}
  void add(const std::string& name, const void* data, size_t size) { add(name, {{data, size}}); }
  void add(const std::string& name, const std::vector<Piece>& data, bool compress = false);
  void add(const std::string& name, std::string text);
  // Ends the container: its bytes, in order.
  const std::vector<Piece>& finish();

 private:
  struct Record { std::string name; uint64_t offset, size, stored; uint32_t crc; bool deflated; };
  void append(std::string bytes);
  std::string folder_;
  std::deque<std::string> owned_;
  std::vector<Piece> pieces_;
  std::vector<Record> records_;
  uint64_t at_ = 0;
};

// Finds and reads records, stored or deflated. Every number in the container is checked against its size before use: records do not
// overlap, and none claims to unfold to more than deflate can do.
class ZipReader {
 public:
  // With `foldered`, all records must lie in one folder, as PyTorch has it; names are without it.
  explicit ZipReader(std::unique_ptr<Source> source, bool foldered = true);
  bool has(const std::string& name) const { return index_.count(name) != 0; }
  uint64_t size_of(const std::string& name) const { return find(name).size; }
  // The record's bytes into `to`, which has room for all of them. Checks the checksum.
  void read(const std::string& name, void* to) const;
  std::string text(const std::string& name, uint64_t limit) const;
  // Where the bytes of a record begin, checked; 0 if they are compressed.
  uint64_t position(const std::string& name) const;
  const std::string& name() const { return source_->name; }
  const Source& source() const { return *source_; }
  // Names in the order of the directory, and the folder ("" for none).
  const std::vector<std::string>& names() const { return names_; }
  const std::string& folder() const { return folder_; }

 private:
  struct Record { uint64_t header, size, stored; uint32_t crc; uint16_t method; bool encrypted; };
  const Record& find(const std::string& name) const;
  uint64_t data_of(const Record& r, const std::string& name) const;
  void inflate(const Record& r, uint64_t start, const std::string& name, char* to) const;
  void read_directory(bool foldered);
  void add(std::string full, const Record& r, bool foldered, const std::string& where);
  void refuse_overlaps() const;
  std::unique_ptr<Source> source_;
  std::unordered_map<std::string, Record> index_;
  std::vector<std::string> names_;
  std::string folder_;
  uint64_t end_ = 0;  // of the records: where the directory begins
};

}  // namespace wick::io
