// What is behind a ProcessGroup: an engine, a queue of calls and the thread that makes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <wick/dist/process_group.h>

#include "dist/engine.h"

namespace wick::distributed::inline v1 {

// A call of a collective, as it is described and compared between ranks.
struct Call {
  const char* name = "";
  ScalarType dtype = ScalarType::Undefined;
  std::vector<int64_t> shape;
  int root = -1;
  int op = -1;
  std::function<void(Engine&, const Limit&)> body;
  std::string describe() const;
};

struct Work::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
  std::exception_ptr error;
  uint64_t number = 0;
  void finish(std::exception_ptr e);
};

struct ProcessGroup::Impl {
  Impl(std::string backend, std::string name, std::vector<int> ranks, std::unique_ptr<Engine> engine, std::shared_ptr<Store> store, std::chrono::milliseconds timeout);
  ~Impl();
  // Runs a call in the caller when nothing is under way, else after what is.
  std::shared_ptr<Work> run(Call call, bool async);
  // A message: begun here, waited for by `async` on a thread of its own.
  std::shared_ptr<Work> transfer(Call call, const Group& self, bool async, const std::function<std::unique_ptr<Transfer>(Engine&)>& begin, std::function<void()> end);
  void lost(const std::string& what);  // ends what is under way
  void check_alive(const Call& call);
  Limit limit() const { return {timeout, &stop}; }

  std::string backend, name;
  std::vector<int> ranks;
  std::unique_ptr<Engine> engine;
  std::shared_ptr<Store> store;
  std::chrono::milliseconds timeout;
  std::atomic<bool> stop{false};

 private:
  struct Item { Call call; std::shared_ptr<Work::State> state; };
  void serve();
  void execute(Item& item);
  void guard(const Call& call, uint64_t number, const std::function<void()>& f);
  void compare(const Call& call, uint64_t number);
  std::string others(const Call& call, uint64_t number);

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Item> queue;
  bool busy = false, quit = false;
  uint64_t number = 0;
  std::string cause;   // why the group cannot be used any more
  std::thread thread;  // begun with the first asynchronous call
};

// Makes an engine of the plugin for `backend`. Errors: there is none, or it cannot be loaded.
std::unique_ptr<Engine> open_engine(const std::string& backend, const EngineStart& start);
// Live groups, told when a process is lost.
void enlist(ProcessGroup::Impl* group, bool in);
void lose_all(const std::string& what);

}  // namespace wick::distributed::inline v1
