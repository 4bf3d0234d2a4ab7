#include "core/reserved.h"

#include <sys/mman.h>

#include <wick/core/error.h>
#include <wick/core/str.h>

namespace wick::memory {

Reserved::Reserved(size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  constexpr size_t kHuge = size_t{2} << 20, kPage = 4096;
  const size_t align = bytes >= kHuge ? kHuge : kPage;
  mapped_ = (bytes + align - 1) / align * align + (align > kPage ? align : 0);
  void* p = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) throw OutOfMemoryError(str("out of memory: no addresses for ", bytes, " bytes"));
  raw_ = static_cast<char*>(p);
  data_ = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(raw_) + align - 1) & ~(align - 1));
  if (align == kHuge) madvise(data_, bytes, MADV_HUGEPAGE);
}
Reserved::~Reserved() {
  if (held_) uncount_bytes(bytes_);
  if (raw_) munmap(raw_, mapped_);
}
void Reserved::take() {
  if (held_) return;
  count_bytes(bytes_);
  held_ = true;
}
void Reserved::give() noexcept {
  if (!held_) return;
  held_ = false;
  if (raw_) madvise(data_, static_cast<size_t>(raw_ + mapped_ - data_), MADV_DONTNEED);
  uncount_bytes(bytes_);
}

}  // namespace wick::memory
