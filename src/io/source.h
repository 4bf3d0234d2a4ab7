// Bytes that can be read at any place: files, memory, functions; and tensors over parts of a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <wick/tensor.h>

namespace wick::io {

// A file in memory, privately: changes do not reach the file. Who cuts the file short meanwhile makes the access fail (SIGBUS), so
// writers should put a new file in its place, as write_atomically does.
struct Mapping {
  char* data = nullptr;
  size_t size = 0;
  Mapping(char* d, size_t n) : data(d), size(n) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping();
};

class Source {
 public:
  virtual ~Source() = default;
  virtual uint64_t size() const = 0;
  virtual size_t read(uint64_t position, void* to, size_t n) const = 0;  // how many bytes were read
  virtual std::shared_ptr<Mapping> map() const { return nullptr; }       // null where there is nothing to map
  std::string name = "archive";                                         // for errors

  // n bytes at `position`, which errors call `what`.
  void exact(uint64_t position, void* to, uint64_t n, const char* what) const;
};
std::unique_ptr<Source> open_file(const std::string& path);
std::unique_ptr<Source> memory_source(const char* data, size_t size);

// All bytes of a source, and what keeps them.
struct Whole {
  std::shared_ptr<void> keep;
  std::string_view bytes;
};
Whole whole(const Source& source);

// A contiguous tensor of the elements at `position`: over the mapping if there is one and they are aligned, else a copy. The bytes must be there
// (the caller has checked). Booleans come as 0 or 1.
Tensor tensor_at(const Source& source, const std::shared_ptr<Mapping>& mapping, uint64_t position, IntArrayRef sizes, ScalarType type);

// Elements of a contiguous boolean tensor from a file as they must be: 0 or 1.
void make_valid(const Tensor& t);
// Elements the other way round: big-endian numbers, the halves of complex ones each. `width` is what is turned.
void swap_bytes(void* data, size_t bytes, size_t width);
inline size_t swap_width(ScalarType t) { return element_size(to_real_type(t)); }

}  // namespace wick::io
