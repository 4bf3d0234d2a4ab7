// What must not come in: clients of the store that know no secret or send nonsense, servers that are none, and connections to Gloo's ports from outside of the job.
#include <chrono>
#include <thread>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "dist/socket.h"

using namespace wick;
using distributed::put;
using distributed::Socket;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

const std::string kSecret = "of the job";

double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }
Socket connect(uint16_t port) { return distributed::connect_to("127.0.0.1", port, milliseconds(2000)); }
// Whether the server closes the connection, within a second.
bool closed(const Socket& s) {
  char bytes[256];
  timeval limit{1, 0};
  setsockopt(s.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ssize_t n;
  while ((n = recv(s.fd(), bytes, sizeof bytes, 0)) > 0) {}
  return n == 0 || errno == ECONNRESET;
}
// A client that has answered the challenge.
Socket known(uint16_t port) {
  Socket s = connect(port);
  uint64_t nonce = 0;
  CHECK(s.recv(&nonce, 8, milliseconds(2000)));
  std::string proof;
  put(proof, distributed::keyed_hash(kSecret, nonce));
  s.send_frame(proof);
  return s;
}
std::string words(std::initializer_list<uint64_t> numbers) {
  std::string s;
  for (const uint64_t n : numbers) put(s, n);
  return s;
}
uint16_t listens(Socket& s) {
  uint16_t port = 0;
  s = distributed::listen_on(0, port);
  return port;
}

void hostile_clients() {
  distributed::TCPStoreOptions o;
  o.is_server = true;
  o.port = 0;
  o.secret = kSecret;
  distributed::TCPStore store(o);
  const uint16_t port = store.port();
  const auto alive = [&](const char* after) {
    const auto start = Clock::now();
    distributed::TCPStoreOptions c = o;
    c.is_server = false;
    c.port = port;
    c.timeout = milliseconds(3000);
    const std::string what = error_of<Error>([&] { distributed::TCPStore(c).set("a", after); });
    CHECK(what == "no error" && store.get("a") == after && since(start) < 3, after, ": ", what, ", ", since(start), " s");
  };
  alive("the start");
  {
    const Socket s = connect(port);
    s.send(std::string(5000, '\x55'));
    CHECK(closed(s), "garbage");
    alive("garbage");
  }
  for (const uint64_t answer : {uint64_t{0}, ~uint64_t{0}}) {
    const Socket s = connect(port);
    s.send_frame(words({answer}));
    CHECK(closed(s), "a wrong answer");
  }
  {  // another's answer, again
    const Socket a = connect(port), b = connect(port);
    uint64_t nonce = 0, other = 0;
    CHECK(a.recv(&nonce, 8, milliseconds(2000)) && b.recv(&other, 8, milliseconds(2000)) && nonce != other);
    b.send_frame(words({distributed::keyed_hash(kSecret, nonce)}));
    CHECK(closed(b), "a replay");
  }
  {
    const Socket s = connect(port);
    s.send("\xff\xff\xff\xff");
    CHECK(closed(s), "an oversized frame of a stranger");
    const Socket k = known(port);
    k.send("\xff\xff\xff\xff");
    CHECK(closed(k), "an oversized frame");
    alive("oversized frames");
  }
  // Connections that say little or nothing: as many as one likes; those who know the secret get in all the same.
  {
    std::vector<Socket> slow;
    for (int i = 0; i < 300; ++i) {
      slow.push_back(connect(port));
      if (i % 2) slow.back().send("\x08");
    }
    alive("three hundred slow ones");
    CHECK(closed(slow[0]) && closed(slow[1]), "the oldest are let go");
  }
  // Frames that do not hold what they say; commands that there are not.
  const std::string frames[] = {"", "abc", words({99}), words({~uint64_t{0}}), words({0}), words({0, ~uint64_t{0}}), words({0, 3}) + "key", words({3, uint64_t{1} << 60}), words({3, 1, 1000}) + "k",
                                words({4, 5}), words({4, 5, 0}), words({5, 5, 2, 1}) + "k", words({7, 1}), words({11, 1, 50}), words({12, 3}) + "abc", words({13, 9}), words({14, 1}) + "k", words({2, 1}) + "k"};
  for (const std::string& f : frames) {
    const Socket s = known(port);
    s.send_frame(f);
    CHECK(closed(s), "a frame of ", f.size(), " bytes");
  }
  alive("nonsense");
  {  // half a frame, then nothing
    const Socket s = known(port);
    s.send(std::string("\x40\0\0\0half", 8));
    alive("half a frame");
  }
  manual_seed(1);
  for (int i = 0; i < 200; ++i) {
    const Socket s = known(port);
    const Tensor noise = randint(0, 256, {1 + i * 7 % 300}).to(kByte);
    std::string body(reinterpret_cast<const char*>(noise.data_ptr<uint8_t>()), static_cast<size_t>(noise.numel()));
    if (body.size() >= 8) body.replace(0, 8, words({static_cast<uint64_t>(i % 16)}));
    s.send_frame(body);
  }
  alive("noise");
}

void false_servers() {
  distributed::TCPStoreOptions c;
  c.timeout = milliseconds(1500);
  for (const char* words : {"", "SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n"}) {
    Socket listener;
    c.port = listens(listener);
    std::thread server([&] {
      const Socket s(accept(listener.fd(), nullptr, nullptr));
      if (*words) s.send(words);
      std::this_thread::sleep_for(milliseconds(*words ? 300 : 2500));
    });
    const auto start = Clock::now();
    const std::string what = error_of<DistError>([&] { distributed::TCPStore s(c); });
    CHECK((has(what, "does not answer as a store does") || has(what, "does not accept this process")) && since(start) < 5, what, " ", since(start));
    server.join();
  }
}

// A rank whose key is another, as that of a process which has only seen the addresses.
struct OtherKey : distributed::PrefixStore {
  using PrefixStore::PrefixStore;
  std::string compare_set(const std::string& key, const std::string& expected, const std::string& desired) override {
    const std::string value = PrefixStore::compare_set(key, expected, desired);
    return key == "mesh" ? value + "x" : value;
  }
};
void strange_peers(const std::string& path) {
  const auto at = [&](int rank, std::shared_ptr<distributed::Store> store) {
    distributed::InitOptions o;
    o.rank = rank;
    o.world_size = 2;
    o.timeout = milliseconds(3000);
    o.store = std::move(store);
    return error_of<DistError>([&] { distributed::init_process_group("gloo", o); });
  };
  for (const bool speaks : {true, false}) {
    unlink(path.c_str());
    const pid_t child = fork();
    auto file = std::make_shared<distributed::FileStore>(path, milliseconds(3000));
    if (child == 0) {
      if (speaks) {
        const std::string what = at(1, std::make_shared<OtherKey>("p", file));
        std::_Exit(has(what, "does not belong to this job") ? 0 : 1);
      }
      // Only connects, and publishes an address that rank 0 waits for.
      const auto store = std::make_shared<distributed::PrefixStore>("p", file);
      store->compare_set("size", "", "2");
      store->add("rank/1", 1);
      store->set("gloo/rank_1", "x");
      std::string address = store->get("gloo/0");
      sockaddr_in to{};
      address.copy(reinterpret_cast<char*>(&to), sizeof to);
      const Socket s = connect(ntohs(to.sin_port));
      to.sin_port = 0xffff;  // the larger one listens
      address.replace(0, sizeof to, reinterpret_cast<const char*>(&to), sizeof to);
      store->set("gloo/1", address);
      std::this_thread::sleep_for(milliseconds(6000));
      std::_Exit(0);
    }
    const auto start = Clock::now();
    const std::string what = at(0, std::make_shared<distributed::PrefixStore>("p", file));
    CHECK(has(what, speaks ? "rank 1 does not belong to this job" : "rank 1 has not shown that it belongs to this job") && since(start) < 8, what, " ", since(start));
    if (!speaks) kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(!speaks || status == 0, "the other rank is told, too: ", status);
  }
  unlink(path.c_str());
}

}  // namespace

void strangers(const std::string& folder) {
  signal(SIGPIPE, SIG_IGN);
  if (distributed::is_gloo_available()) strange_peers(folder + "/strangers." + std::to_string(getpid()));
  hostile_clients();
  false_servers();
}

// A job whose processes find each other through another launcher's variables, or not at all.
void found(const std::string& engine) {
  const char* k = std::getenv("WICK_TEST_KIND");
  const std::string kind = k ? k : "";
  distributed::InitOptions o;
  o.timeout = milliseconds(kind == "fewer" || kind == "twice" ? 2000 : 20000);
  if (kind == "fewer" || kind == "twice") {
    const auto start = Clock::now();
    const std::string what = error_of<Error>([&] { distributed::init_process_group(engine, o); });
    CHECK(has(what, kind == "fewer" ? "of 5 ranks these have not come within 2 s: 3, 4" : "two processes have rank 1; each needs a RANK of its own") || has(what, "within 2 s: 2") || has(what, "is gone") ||
              has(what, "no answer from"), what);
    CHECK(since(start) < 8, since(start));
    std::puts(what.c_str());
    std::fflush(nullptr);
    std::_Exit(failures ? 1 : 0);
  }
  distributed::init_process_group(engine, o);
  CHECK(distributed::get_world_size() == 3 && distributed::get_local_rank() == distributed::get_rank());
  Tensor x = tensor({distributed::get_rank() + 1.0});
  distributed::all_reduce(x);
  CHECK(x.item<double>() == 6, x);
  distributed::destroy_process_group();
}
