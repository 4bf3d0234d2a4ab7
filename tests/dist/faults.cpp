// What goes wrong between processes: each ends in time with a line that says what to do.
#include <chrono>
#include <thread>

#include <csignal>
#include <unistd.h>

#include "check.h"

using namespace wick;
using std::chrono::milliseconds;

namespace {

double since(std::chrono::steady_clock::time_point start) { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }

}  // namespace

// Different calls are told apart before anything is sent, and the group stays usable.
void mismatch(const std::string& engine) {
  setenv("WICK_DIST_CHECK", "1", 1);
  distributed::init_process_group(engine);
  const int me = distributed::get_rank();
  Tensor x = ones({3, 4});
  std::string what = error_of<DistError>([&] { me == 1 ? distributed::broadcast(x, 0) : distributed::all_reduce(x); });
  CHECK(has(what, "operation #1: ranks differ") && has(what, "all_reduce of float32 [3, 4], sum") && has(what, "broadcast of float32 [3, 4], root 0"), what);
  what = error_of<DistError>([&] { distributed::all_reduce(me == 2 ? x.slice(0, 0, 2) : x); });
  CHECK(has(what, "rank 2") && has(what, "[2, 4]") && has(what, "[3, 4]"), what);
  what = error_of<DistError>([&] { distributed::all_reduce(me == 2 ? x.to(kDouble) : x); });
  CHECK(has(what, "float64"), what);
  what = error_of<DistError>([&] { distributed::broadcast(x, me == 0 ? 0 : 1); });
  CHECK(has(what, "root 1"), what);
  distributed::all_reduce(x);
  CHECK(equal(x, full({3, 4}, 3.0f)), x);
  distributed::destroy_process_group();
}

// A rank that does not call what the others call: they end at the limit, and say where each stands.
void hang(const std::string& engine) {
  distributed::InitOptions options;
  options.timeout = milliseconds(1500);
  const auto group = distributed::init_process_group(engine, options);
  Tensor x = ones({3});
  distributed::all_reduce(x);
  const auto start = std::chrono::steady_clock::now();
  if (distributed::get_rank() != 1) {
    const std::string what = error_of<DistError>([&] { distributed::all_reduce(x); });
    CHECK(has(what, "all_reduce of float32 [3], sum (#2) failed on rank") && since(start) < 8, what);
    CHECK(has(error_of<DistError>([&] { distributed::barrier(); }), "cannot be used any more"));
  }
  if (!failures) std::puts("as expected");
  std::fflush(nullptr);
  std::this_thread::sleep_until(start + std::chrono::seconds(6));  // mpirun ends all when the first leaves
  std::_Exit(failures ? 1 : 0);  // no orderly end is possible
}

void killed(const std::string& engine) {
  distributed::init_process_group(engine);
  const int me = distributed::get_rank();
  Tensor x = ones({100000});
  distributed::barrier();
  const auto start = std::chrono::steady_clock::now();
  if (me == 2) {
    std::thread([] {
      std::this_thread::sleep_for(milliseconds(300));
      std::_Exit(0);  // without a goodbye, as a kill is; the test's shell sees no failure
    }).detach();
  }
  const std::string what = error_of<DistError>([&] { while (true) distributed::all_reduce(x, distributed::ReduceOp::MAX); });
  CHECK(has(what, "rank 2 (") && has(what, "is gone") && has(what, "all_reduce of float32 [100000], max") && since(start) < 10, what);
  CHECK(has(error_of<DistError>([&] { distributed::barrier(); }), "rank 2 ("));
}

// Starts that cannot work.
void start(const std::string& engine) {
  const int me = std::atoi(std::getenv("RANK"));
  distributed::InitOptions options;
  options.timeout = milliseconds(2000);
  options.world_size = me == 3 ? 5 : 4;
  std::string what = error_of<Error>([&] { distributed::init_process_group(engine, options); });
  // Rank 3 is told so, or is the first to say 5 and all others are.
  CHECK(has(what, "world size of") || has(what, "have not come") || has(what, "no answer") || has(what, "is gone"), what);
}

void alone(const std::string& folder) {
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) unsetenv(name);
  // The stores.
  distributed::TCPStoreOptions o;
  o.is_server = true;
  o.port = 0;
  o.secret = "a";
  auto server = std::make_shared<distributed::TCPStore>(o);
  distributed::TCPStoreOptions c = o;
  c.is_server = false;
  c.port = server->port();
  const std::string path = folder + "/store." + std::to_string(getpid());
  std::vector<std::pair<std::shared_ptr<distributed::Store>, std::shared_ptr<distributed::Store>>> stores;
  stores.emplace_back(server, std::make_shared<distributed::TCPStore>(c));
  stores.emplace_back(std::make_shared<distributed::FileStore>(path), std::make_shared<distributed::FileStore>(path));
  stores.emplace_back(std::make_shared<distributed::PrefixStore>("p", server), std::make_shared<distributed::PrefixStore>("p", stores[0].second));
  for (auto& [a, b] : stores) {
    a->set("key", std::string("v\0x", 3));
    CHECK(b->get("key") == std::string("v\0x", 3));
    CHECK(b->check({"key"}) && !b->check({"key", "none"}));
    CHECK(a->add("n", 3) == 3 && b->add("n", -5) == -2 && a->get("n") == "-2");
    CHECK(a->compare_set("c", "", "1") == "1" && b->compare_set("c", "", "2") == "1" && b->compare_set("c", "1", "3") == "3" && a->get("c") == "3");
    CHECK(b->delete_key("c") && !b->delete_key("c") && !a->check({"c"}));
    const auto begin = std::chrono::steady_clock::now();
    CHECK(has(error_of<TimeoutError>([&, s = b] { s->wait({"never"}, milliseconds(200)); }), "never'") && since(begin) < 5);
    std::thread later([s = a] {
      std::this_thread::sleep_for(milliseconds(50));
      s->set("late", "yes");
    });
    CHECK(b->get("late") == "yes");
    later.join();
  }
  unlink(path.c_str());
  // Counting from many threads at once loses nothing.
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { for (int k = 0; k < 50; ++k) stores[k % 2].second->add("all", 1); });
  for (auto& t : threads) t.join();
  CHECK(server->add("all", 0) == 100 && stores[1].first->add("all", 0) == 100);
  // Another secret, another program's port, a port in use, no such host.
  c.secret = "b";
  c.timeout = milliseconds(500);
  CHECK(has(error_of<DistError>([&] { distributed::TCPStore s(c); }), "does not accept"));
  distributed::TCPStoreOptions twice = o;
  twice.port = server->port();
  CHECK(has(error_of<DistError>([&] { distributed::TCPStore s(twice); }), "is in use"));
  c.host = "no-such-host.invalid";
  CHECK(has(error_of<DistError>([&] { distributed::TCPStore s(c); }), "does not resolve"));
  server.reset();
  stores.clear();
  c.host = "127.0.0.1";
  CHECK(has(error_of<DistError>([&] { distributed::TCPStore s(c); }), "no answer from 127.0.0.1"));

  // Starts.
  CHECK(has(error_of<ValueError>([] { distributed::init_process_group("nccl2"); }), "no backend 'nccl2'"));
  if (!distributed::is_gloo_available()) return;
  const auto message = [](const distributed::InitOptions& options) { return error_of<ValueError>([&] { distributed::init_process_group("gloo", options); }); };
  distributed::InitOptions options;
  options.timeout = milliseconds(400);
  CHECK(has(message(options), "RANK is not set"));
  setenv("RANK", "x", 1);
  CHECK(has(message(options), "RANK must be a number, got 'x'"));
  setenv("RANK", "0", 1);
  CHECK(has(message(options), "WORLD_SIZE is not set"));
  setenv("WORLD_SIZE", "2", 1);
  CHECK(has(message(options), "MASTER_ADDR is not set"));
  setenv("MASTER_ADDR", "127.0.0.1", 1);
  CHECK(has(message(options), "MASTER_PORT is not set"));
  options.rank = 2;
  CHECK(has(message(options), "rank 2 is not below the world size of 2"));
  options.rank = 0;
  options.init_method = "tcp://127.0.0.1:0";
  CHECK(has(error_of<TimeoutError>([&] { distributed::init_process_group("gloo", options); }), "of 2 ranks these have not come within 0.4 s: 1"));
  // One process is a group, too; and another after it.
  options.world_size = 1;
  options.timeout = std::chrono::seconds(10);
  for (int i = 0; i < 2; ++i) {
    options.init_method = i ? "file://" + path : "tcp://127.0.0.1:0";
    distributed::init_process_group("gloo", options);
    Tensor x = ones({2});
    distributed::all_reduce(x);
    std::vector<Tensor> got{zeros({2})};
    distributed::all_gather(got, x);
    distributed::barrier();
    CHECK(equal(got[0], ones({2})));
    distributed::destroy_process_group();
  }
  unlink(path.c_str());
}
