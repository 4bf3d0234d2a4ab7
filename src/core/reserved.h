// Addresses that stay, with memory that comes and goes.
#pragma once

#include <cstddef>

namespace wick::memory {

// Counts bytes that did not come from `allocate` as tensors' memory, and no longer. Throws OutOfMemoryError beyond the limit.
void count_bytes(size_t bytes);
void uncount_bytes(size_t bytes) noexcept;

// While it is held (`take`), its memory counts as tensors'; `give` hands it back to the system. Tensors over it keep their addresses and read zeros meanwhile.
class Reserved {
 public:
  explicit Reserved(size_t bytes);
  ~Reserved();
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;
  void* data() const { return data_; }
  bool held() const { return held_; }
  void take();
  void give() noexcept;

 private:
  char *raw_ = nullptr, *data_ = nullptr;
  size_t bytes_ = 0, mapped_ = 0;
  bool held_ = false;
};

}  // namespace wick::memory
