// Which tensors' memory lives, and who made it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <string>
#include <vector>

#include <wick/core/config.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// A block of memory that lives: how many bytes, the op and the module that asked for it (`backward`: in a backward pass), when (a count of
/// blocks), in which span between marks, and, if it was asked for, from where in the program.
struct MemoryBlock {
  uint64_t address = 0;
  int64_t bytes = 0, number = 0, mark = 0;
  std::string op, module;
  bool backward = false;
  std::string stack;
};
/// Blocks of one origin taken together.
struct MemorySite {
  std::string op, module, stack;
  bool backward = false;
  int64_t bytes = 0, blocks = 0;
};

/// What lived at a moment. (as https://pytorch.org/docs/stable/torch_cuda_memory.html)
struct MemorySnapshot {
  std::vector<MemoryBlock> blocks;   // in the order of their making
  int64_t bytes = 0;                 // of these
  int64_t other_bytes = 0;           // of tensors made before somebody looked
  /// By origin, the largest first; and what is in this snapshot and not in an earlier one of the same watch.
  std::vector<MemorySite> sites() const;
  MemorySnapshot since(const MemorySnapshot& earlier) const;
  /// A table by origin, and all blocks as JSON.
  std::string table(int64_t row_limit = 20) const;
  std::string json() const;
};
std::ostream& operator<<(std::ostream& stream, const MemorySnapshot& snapshot);

/// While it lives, notes who makes the memory of tensors: in this thread by op and module, in others without. With `stacks` also from where in
/// the program (names of functions that the program exports: link with -rdynamic), for about ten microseconds a block.
/// `debug::MemoryWatch watch; for (...) { train_step(); watch.mark(); } std::cout << watch.leaks_text();`
class MemoryWatch {
 public:
  explicit MemoryWatch(bool stacks = false);
  ~MemoryWatch();
  MemoryWatch(const MemoryWatch&) = delete;
  MemoryWatch& operator=(const MemoryWatch&) = delete;
  /// What lives now of what was made since.
  MemorySnapshot snapshot() const;
  /// A step ends here.
  void mark();
  /// Origins whose bytes grew from each mark to the next, over the last `steps` marks at least: what a program that goes on will run out of.
  /// Bytes are those of the growth. Errors: fewer than `steps` marks, or fewer than 2.
  std::vector<MemorySite> leaks(int64_t steps = 3) const;
  std::string leaks_text(int64_t steps = 3) const;

 private:
  class Eye;
  std::shared_ptr<Eye> eye_;
};

}  // namespace v1
}  // namespace debug
}  // namespace wick
