// The runs below some folders: found at once, read when somebody looks at them, followed from then on. The indices of those looked at last stay in memory, up to a bound;
// of the others the tags stay, and what else is asked for is read again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <wick/log/event_reader.h>

namespace wick::board {

// What is known of a run whose index was dropped.
struct RunTags {
  std::vector<logging::TagInfo> tags;
  logging::ReadStats stats;
};

struct RunView {
  size_t id = 0;
  std::string name, folder;
  uint64_t bytes = 0;       // of its event files
  double changed = 0;       // when they were written to last, seconds since 1970
  uint64_t version = 0;     // of the store when something of it changed
  enum State { listed, waiting, loaded } state = listed;
  bool gone = false;
  size_t tags = 0;          // how many, when it was read last
  std::shared_ptr<logging::RunLog> log;    // null until wanted, and when dropped
  std::shared_ptr<const RunTags> dropped;  // null unless dropped
  uint64_t used = 0, memory = 0;  // when it was asked for last; what its index takes

  // Of one that was read; perhaps older than its files.
  bool known() const { return log || dropped; }
  std::vector<logging::TagInfo> all_tags() const { return log ? log->tags() : dropped->tags; }
  logging::ReadStats stats() const { return log ? log->stats() : dropped->stats; }
};

class RunStore {
 public:
  RunStore(std::vector<std::string> roots, double interval, uint64_t memory);
  ~RunStore();
  void stop();

  // Those asked for are read soon, in this order; waits for them, at most so long.
  void want(const std::vector<size_t>& ids, double seconds);
  std::vector<RunView> runs() const;
  // Errors: no such run, or it is gone (IndexError).
  RunView run(size_t id) const;
  // Of one whose number is known to be good; perhaps it is gone. Who goes through many runs asks for one at a time: a view keeps the index.
  RunView look_at(size_t id) const;
  // The index of a run, read first if need be. Null after so many seconds without it, and if it is gone.
  std::shared_ptr<logging::RunLog> open(size_t id, double seconds);
  // The same. Errors: it takes too long.
  std::shared_ptr<logging::RunLog> log(size_t id);
  uint64_t version() const { return version_; }
  const std::vector<std::string>& roots() const { return roots_; }
  // Tells apart servers that were started at other times, whose numbers of runs mean something else.
  const std::string& epoch() const { return epoch_; }

 private:
  // Somebody waits for an index: it is handed over even when there is no room to keep it.
  struct Waiting { std::shared_ptr<logging::RunLog> log; };
  void look();
  void note_question();
  void hold(RunView& r, uint64_t memory);
  void drop_some(size_t but);
  void find_runs();
  void follow();
  bool load_next();

  const std::vector<std::string> roots_;
  const double interval_;
  const uint64_t memory_;
  std::string epoch_;
  mutable std::mutex mutex_;
  std::condition_variable changed_, wanted_;
  std::deque<RunView> runs_;               // by id
  std::map<std::string, size_t> ids_;      // by folder
  std::deque<size_t> queue_;
  std::multimap<size_t, Waiting*> waiting_;
  uint64_t turn_ = 0, held_ = 0;
  std::atomic<uint64_t> version_{1};
  std::atomic<double> asked_{0};           // when somebody asked last
  bool stopping_ = false, look_now_ = false;
  std::thread thread_;
};

// Whether a path, links followed, is within a folder, links followed.
bool is_within(const std::string& path, const std::string& folder);

}  // namespace wick::board
