// Zip containers as PyTorch writes them: records stored as they are, each starting at a multiple of 64 bytes.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/atomic_file.h"

namespace wick::io {

// Gathers records; nothing is copied, so what `data` points to must stay until the pieces are written.
class ZipWriter {
 public:
  explicit ZipWriter(std::string folder) : folder_(std::move(folder)) {}
  void add(const std::string& name, const void* data, size_t size);
  void add(const std::string& name, std::string text);
  // Ends the container: its bytes, in order.
  const std::vector<Piece>& finish();

 private:
  struct Record { std::string name; uint64_t offset, size; uint32_t crc; };
  void append(std::string bytes);
  std::string folder_;
  std::deque<std::string> owned_;
  std::vector<Piece> pieces_;
  std::vector<Record> records_;
  uint64_t at_ = 0;
};

// Bytes that can be read at any place.
class Source {
 public:
  virtual ~Source() = default;
  virtual uint64_t size() const = 0;
  virtual size_t read(uint64_t position, void* to, size_t n) const = 0;  // how many bytes were read
  std::string name = "archive";  // for errors
};
std::unique_ptr<Source> open_file(const std::string& path);
std::unique_ptr<Source> memory_source(const char* data, size_t size);

// Finds and reads records. Every number in the container is checked against its size before use.
class ZipReader {
 public:
  explicit ZipReader(std::unique_ptr<Source> source);
  bool has(const std::string& name) const { return records_.count(name) != 0; }
  uint64_t size_of(const std::string& name) const { return find(name).size; }
  // The record's bytes into `to`, which has room for all of them. Checks the checksum.
  void read(const std::string& name, void* to) const;
  std::string text(const std::string& name, uint64_t limit) const;
  const std::string& name() const { return source_->name; }

 private:
  struct Record { uint64_t header, size; uint32_t crc; bool stored; };
  const Record& find(const std::string& name) const;
  void exact(uint64_t position, void* to, size_t n, const char* what) const;
  void read_directory();
  std::unique_ptr<Source> source_;
  std::unordered_map<std::string, Record> records_;  // without the folder that all share
};

}  // namespace wick::io
