// The runs below some folders: found at once, read when somebody looks at them, followed from then on.
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

struct RunView {
  size_t id = 0;
  std::string name, folder;
  uint64_t bytes = 0;       // of its event files
  double changed = 0;       // when they were written to last, seconds since 1970
  uint64_t version = 0;     // of the store when something of it changed
  enum State { listed, waiting, loaded } state = listed;
  bool gone = false;
  size_t tags = 0;          // how many, when it was read last
  std::shared_ptr<logging::RunLog> log;  // null until wanted
};

class RunStore {
 public:
  RunStore(std::vector<std::string> roots, double interval);
  ~RunStore();
  void stop();

  // Those asked for are read soon, in this order; waits for them, at most so long.
  void want(const std::vector<size_t>& ids, double seconds);
  std::vector<RunView> runs() const;
  // Errors: no such run, or it is gone (IndexError).
  RunView run(size_t id) const;
  std::shared_ptr<logging::RunLog> log(size_t id) { return (want({id}, 10), loaded(id)); }
  uint64_t version() const { return version_; }
  const std::vector<std::string>& roots() const { return roots_; }
  // Tells apart servers that were started at other times, whose numbers of runs mean something else.
  const std::string& epoch() const { return epoch_; }

 private:
  std::shared_ptr<logging::RunLog> loaded(size_t id) const;
  void look();
  void find_runs();
  void follow();
  bool load_next();

  const std::vector<std::string> roots_;
  const double interval_;
  std::string epoch_;
  mutable std::mutex mutex_;
  std::condition_variable changed_, wanted_;
  std::deque<RunView> runs_;               // by id
  std::map<std::string, size_t> ids_;      // by folder
  std::deque<size_t> queue_;
  std::atomic<uint64_t> version_{1};
  std::atomic<double> asked_{0};           // when somebody asked last
  bool stopping_ = false, look_now_ = false;
  std::thread thread_;
};

// Whether a path, links followed, is within a folder, links followed.
bool is_within(const std::string& path, const std::string& folder);

}  // namespace wick::board
