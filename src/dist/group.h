// What is behind a ProcessGroup: an engine, a queue of calls and the thread that makes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include <wick/dist/process_group.h>

#include "core/watch.h"
#include "dist/engine.h"
#include "dist/recorder.h"
#include "dist/traffic.h"

namespace wick::distributed::inline v1 {

struct Call : What {
  std::function<void(Engine&, const Limit&)> body;
};

struct Work::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::exception_ptr error;
  uint64_t number = 0, record = 0;
  uint32_t mark = 0;
  std::shared_ptr<Counters> counters;  // of its group
  void finish(std::exception_ptr e);
};

struct ProcessGroup::Impl {
  Impl(std::string backend, std::string name, std::vector<int> ranks, std::unique_ptr<Engine> engine, std::shared_ptr<Store> store, std::chrono::milliseconds timeout);
  ~Impl();
  // Runs a call in the caller when nothing is under way, else after what is.
  std::shared_ptr<Work> run(Call call, bool async);
  // A message: begun here, waited for by `async` on a thread of its own.
  std::shared_ptr<Work> transfer(What call, const Group& self, bool async, const std::function<std::unique_ptr<Transfer>(Engine&, int tag)>& begin, std::function<void()> end);
  // A process is gone: ends what is under way; or, if it has only left, says so when something fails.
  void lost(int rank, const std::string& what, bool left);
  void check_alive(const What& call);
  Limit limit(uint32_t mark = 0) const { return {timeout, &stop, mark}; }

  std::string backend, name;
  std::vector<int> ranks;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Store> store;
  std::chrono::milliseconds timeout;
  std::atomic<bool> stop{false};
  const std::shared_ptr<Counters> counters = std::make_shared<Counters>();

 private:
  struct Item {
    Call call;
    std::shared_ptr<Work::State> state;
    std::shared_ptr<watch::Handoff> watchers;  // of the caller, for the group's thread
  };
  void serve();
  void execute(Item& item);
  void guard(const What& call, const Work::State& state, const std::function<void()>& f);
  void compare(const What& call, uint64_t number);
  void compare_chain();
  std::string others();
  std::string first_difference();

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;
  bool busy = false, quit = false;
  uint64_t number = 0;
  std::map<std::pair<int, int>, uint64_t> messages;  // sent to and received from (negative) a rank with a tag
  uint64_t chain = 0, unchecked = 0;  // of the calls' marks, where the engine does not keep them apart
  std::string cause;   // why the group cannot be used any more
  std::string left;    // a process that has left
  std::thread thread;  // begun with the first asynchronous call
};

// reduce_scatter_tensor, after which `input` holds nothing of use; it must be contiguous.
std::shared_ptr<Work> reduce_scatter_spending(const Tensor& output, const Tensor& input, ReduceOp op, const Group& group, bool async_op);

// Makes an engine of the plugin for `backend`. Errors: there is none, or it cannot be loaded.
std::unique_ptr<Engine> open_engine(const std::string& backend, const EngineStart& start);
// Live groups, told when a process is lost.
void enlist(ProcessGroup::Impl* group, bool in);
void lose_all(int rank, const std::string& what, bool left);

}  // namespace wick::distributed::inline v1
