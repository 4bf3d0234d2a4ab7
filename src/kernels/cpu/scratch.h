// Reused working memory for kernels: per thread, aligned, growing, in huge pages when large.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wick::kernels::cpu {

// A block of this thread's working memory, given back (not freed) when the object dies. Blocks nest: an inner one
// never overlaps an outer one. The contents are undefined. Must die on the thread that made it, last made first.
// Errors: OutOfMemoryError naming the request.
class Scratch {
 public:
  explicit Scratch(size_t bytes);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  void* data() const { return data_; }
  template <class T>
  T* as() const { return static_cast<T*>(data_); }

  // Frees what no live Scratch uses, on every thread.
  static void release_all();
  // Bytes held by all threads.
  static size_t held();

 private:
  void* data_;
};

}  // namespace wick::kernels::cpu
