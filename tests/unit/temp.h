// Folders for tests.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace wick::test {

// A folder that goes away with the test.
class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / ("wick_" + std::to_string(getpid()) + "_" + std::to_string(count_++))) { std::filesystem::create_directories(path_); }
  ~TempDir() { std::error_code ignored; std::filesystem::remove_all(path_, ignored); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  std::string path() const { return path_.string(); }
  size_t files() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {})); }

 private:
  static inline int count_ = 0;
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  std::ifstream f(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(f), std::istreambuf_iterator<char>()};
}
inline void write_file(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

}  // namespace wick::test
