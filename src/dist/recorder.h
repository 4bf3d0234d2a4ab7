// The last operations of this process, of all groups: what is said, compared and written when something goes wrong. Nothing is allocated while operations run.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>

#include <wick/core/array_ref.h>
#include <wick/core/dtype.h>

namespace wick::distributed::inline v1 {

// An operation, as it is described and compared between ranks.
struct What {
  static constexpr int kMostDims = 8;
  const char* name = "";
  ScalarType dtype = ScalarType::Undefined;
  int dims = 0;
  int64_t shape[kMostDims] = {};  // of more dimensions: the last ones, the others multiplied
  int root = -1;                  // messages: the other rank
  int op = -1;
  int tag = -1;                   // messages only
  void set_shape(IntArrayRef sizes);
  int64_t count() const;
  std::string describe() const;
  uint32_t fingerprint() const;  // the same on ranks whose calls fit each other
};

class Recorder {
 public:
  static constexpr size_t kMost = 1000;
  enum State : uint8_t { queued, running, done, failed };
  struct Record {
    uint64_t id = 0;  // 0: none
    What what;
    char group[16] = {};
    int rank = 0;         // in the group
    uint64_t number = 0;  // of the group's collectives, or of the messages of its kind
    uint32_t mark = 0;
    State state = queued;
    int64_t asked = 0, start = 0, end = 0;  // microseconds since 1970
    // The same on all ranks that take part, of all operations of a job.
    std::string key() const;
    std::string describe() const;
  };
  static Recorder& get();
  void identify(int rank, int size);
  uint64_t add(const std::string& group, int rank, uint64_t number, const What& what, uint32_t mark);
  void begin(uint64_t id);
  void end(uint64_t id, bool well);

  // Operations that this process has been in for long, each with those before it: a list of key, mark, description, as `put` writes it. Empty: none.
  std::string waits(double seconds);
  // Where this process stands in a group.
  std::string stands(const std::string& group);
  // The last collectives of a group, as `waits` lists them.
  std::string recent(const std::string& group);
  // Writes them as JSON, once for each process: the file's name, empty if there is none.
  std::string write(const std::string& cause);

 private:
  std::string json(const std::string& cause) const;
  std::mutex mutex_;
  Record ring_[kMost];
  uint64_t last_ = 0;
  int rank_ = 0, size_ = 1;
  bool written_ = false;
};

}  // namespace wick::distributed::inline v1
