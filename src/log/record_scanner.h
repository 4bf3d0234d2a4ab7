// Records of an event file, one after the other, as long as they are whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <wick/log/event_reader.h>

namespace wick::logging {

class RecordScanner {
 public:
  RecordScanner(std::string path, const ReadOptions& options) : path_(std::move(path)), options_(options) {}
  ~RecordScanner();
  RecordScanner(RecordScanner&&) noexcept;

  // The next record, valid until the next call; false at the end of what is whole. Reading again goes on there.
  bool next(std::string_view& message);
  // Where that message is in the file, and where the next record is looked for.
  uint64_t at() const { return at_; }
  uint64_t position() const { return position_; }
  int64_t damaged() const { return damaged_; }
  const std::string& path() const { return path_; }
  bool open();        // false: it cannot be
  bool grown();       // whether there are bytes that were not looked at; opens no file
  void close();       // drops file and buffer until the next call
  void count_damage() { ++damaged_; }

 private:
  size_t have() const { return filled_ - begin_; }
  void resize(size_t room);
  bool fill(size_t n);  // at least n bytes in the buffer
  void skip(uint64_t n);
  bool find_record();

  std::string path_;
  ReadOptions options_;
  int fd_ = -1;
  uint64_t position_ = 0, at_ = 0, size_ = 0;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0, begin_ = 0, filled_ = 0;
  bool lost_ = false;  // in a damaged place
  int64_t damaged_ = 0;
};

}  // namespace wick::logging
