#include <wick/dist/store.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wick/core/str.h>

#include "dist/socket.h"

namespace wick::distributed::inline v1 {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

enum Command : uint64_t { kSet, kAdd, kCompareSet, kCheck, kWait, kGet, kDelete, kWatch, kBeat, kGoodbye };
constexpr uint64_t kEnd = ~0ull;  // instead of a rank in a notice: the server ends in order

std::string list(const std::vector<std::string>& keys) {
  std::string all;
  for (const auto& key : keys) all += (all.empty() ? "'" : ", '") + key + "'";
  return all;
}
double seconds(milliseconds t) { return static_cast<double>(t.count()) / 1000; }

}  // namespace

// One thread answers all connections; nothing a client sends or omits makes it wait.
struct TCPStore::Server {
  struct Peer {
    Socket socket;
    uint64_t nonce;
    std::string in;
    bool known = false;                     // has shown that it knows the secret
    int64_t rank = -1;                      // of a watched process
    std::string host;
    milliseconds silence{0};
    Clock::time_point heard = Clock::now();
    std::vector<std::string> wanted;        // keys it waits for
    bool wants_value = false;
    Clock::time_point until;
  };

  Server(const TCPStoreOptions& options) : secret(options.secret), listener(listen_on(options.port, port)), wake(eventfd(0, EFD_CLOEXEC)), thread([this] { run(); }) {}
  ~Server() {
    end = true;
    nudge();
    thread.join();
  }
  void nudge() const {
    const uint64_t one = 1;
    if (write(wake.fd(), &one, 8) != 8) return;
  }

  void run() {
    std::random_device random;
    while (!end) {
      std::vector<pollfd> polled{{wake.fd(), POLLIN, 0}, {listener.fd(), POLLIN, 0}};
      for (const auto& p : peers) polled.push_back({p->socket.fd(), POLLIN, 0});
      poll(polled.data(), polled.size(), 100);
      const size_t n = peers.size();
      std::vector<char> gone(n, 0);
      for (size_t i = 0; i < n; ++i)
        if (polled[i + 2].revents && !read(*peers[i])) gone[i] = 1;
      if (polled[1].revents & POLLIN) welcome(random);
      const auto now = Clock::now();
      for (size_t i = 0; i < n; ++i) {
        Peer& p = *peers[i];
        if (gone[i] && p.rank >= 0) lose(p, "its process has ended");
        else if (p.rank >= 0 && p.silence.count() > 0 && now - p.heard > p.silence) lose(p, wick::str("it has been silent for ", seconds(p.silence), " s"));
        if (!gone[i] && !p.wanted.empty() && now > p.until) answer(p, false);
      }
      for (size_t i = n; i-- > 0;)
        if (gone[i]) peers.erase(peers.begin() + static_cast<std::ptrdiff_t>(i));
      size_t watched_now = 0;
      for (const auto& p : peers) watched_now += p->rank >= 0;
      std::lock_guard<std::mutex> lock(mutex);
      watched = watched_now;
      changed.notify_all();
    }
    std::string notice;
    put(notice, kEnd);
    put(notice, std::string());
    for (const auto& p : peers)
      if (p->rank >= 0) p->socket.send_frame(notice);
  }
  void welcome(std::random_device& random) {
    Socket s(accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!s) return;
    const timeval limit{2, 0};
    setsockopt(s.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    auto p = std::make_unique<Peer>();
    p->nonce = uint64_t{random()} << 32 | random();
    p->socket = std::move(s);
    std::string hello;
    put(hello, p->nonce);
    if (p->socket.send(hello)) peers.push_back(std::move(p));
  }
  bool read(Peer& p) {
    char bytes[65536];
    const ssize_t got = recv(p.socket.fd(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    p.heard = Clock::now();
    p.in.append(bytes, static_cast<size_t>(got));
    while (p.in.size() >= 4) {
      uint32_t n = 0;
      p.in.copy(reinterpret_cast<char*>(&n), 4);
      if (n > (p.known ? kMostFrame : 8u)) return false;
      if (p.in.size() - 4 < n) break;
      const std::string body = p.in.substr(4, n);
      p.in.erase(0, 4 + size_t{n});
      if (!handle(p, body)) return false;
    }
    return true;
  }
  bool handle(Peer& p, const std::string& body) {
    Reader r{body};
    if (!p.known) return p.known = r.number() == keyed_hash(secret, p.nonce) && r.good;
    const uint64_t command = r.number();
    std::string reply;
    switch (command) {
      case kSet: {
        const std::string key = r.text();
        data[key] = r.text();
        break;
      }
      case kAdd: {
        const std::string key = r.text();
        std::string& value = data[key];
        const int64_t sum = std::strtoll(value.c_str(), nullptr, 10) + static_cast<int64_t>(r.number());
        value = std::to_string(sum);
        put(reply, static_cast<uint64_t>(sum));
        break;
      }
      case kCompareSet: {
        const std::string key = r.text(), expected = r.text(), desired = r.text();
        const auto at = data.find(key);
        if (at == data.end() ? expected.empty() : at->second == expected) data[key] = desired;
        put(reply, data.count(key) ? data[key] : expected);
        break;
      }
      case kCheck: {
        const auto keys = texts(r);
        put(reply, static_cast<uint64_t>(there(keys)));
        break;
      }
      case kWait: case kGet: {
        p.until = Clock::now() + milliseconds(r.number());
        p.wanted = texts(r);
        p.wants_value = command == kGet;
        if (!r.good || p.wanted.empty()) return false;
        if (there(p.wanted)) answer(p, true);
        return true;
      }
      case kDelete: put(reply, static_cast<uint64_t>(data.erase(r.text()))); break;
      case kWatch:
        p.rank = static_cast<int64_t>(r.number());
        p.host = r.text();
        p.silence = milliseconds(r.number());
        if (!lost.empty()) p.socket.send_frame(lost);
        return r.good;
      case kBeat: return true;
      case kGoodbye: p.rank = -1; return true;
      default: return false;
    }
    if (!r.good) return false;
    if (command <= kCompareSet)
      for (const auto& other : peers)
        if (!other->wanted.empty() && there(other->wanted)) answer(*other, true);
    return p.socket.send_frame(reply);
  }
  static std::vector<std::string> texts(Reader& r) {
    std::vector<std::string> all;
    for (uint64_t n = r.number(); n > 0 && r.good; --n) all.push_back(r.text());
    return all;
  }
  bool there(const std::vector<std::string>& keys) const {
    for (const auto& key : keys)
      if (!data.count(key)) return false;
    return true;
  }
  void answer(Peer& p, bool found) {
    std::string reply;
    put(reply, static_cast<uint64_t>(found));
    if (found && p.wants_value) put(reply, data[p.wanted[0]]);
    p.wanted.clear();
    p.socket.send_frame(reply);
  }
  void lose(Peer& p, const std::string& how) {
    if (lost.empty()) {
      put(lost, static_cast<uint64_t>(p.rank));
      put(lost, wick::str("rank ", p.rank, " (", p.host, ") is gone: ", how));
      for (const auto& other : peers)
        if (other->rank >= 0 && other.get() != &p) other->socket.send_frame(lost);
    }
    p.rank = -1;
  }

  std::string secret;
  uint16_t port = 0;
  Socket listener, wake;
  std::map<std::string, std::string> data;
  std::vector<std::unique_ptr<Peer>> peers;
  std::string lost;  // the notice of the first process that is gone
  std::atomic<bool> end{false};
  std::mutex mutex;
  std::condition_variable changed;
  size_t watched = 0;
  std::thread thread;  // last: uses all others
};

struct TCPStore::Client {
  explicit Client(const TCPStoreOptions& options) : options(options), socket(open()) {}
  ~Client() { stop(false); }

  Socket open() const {
    Socket s = connect_to(options.host, options.port, options.timeout);
    std::string body;
    uint64_t nonce = 0;
    WICK_CHECK_TYPE(DistError, s.recv(&nonce, 8, options.timeout), "TCPStore: ", options.host, ":", options.port, " does not answer as a store does; is MASTER_PORT another program's?");
    put(body, keyed_hash(options.secret, nonce));
    s.send_frame(body);
    return s;
  }
  std::string ask(const std::string& body, milliseconds patience = milliseconds(0)) {
    std::lock_guard<std::mutex> lock(mutex);
    std::string reply;
    WICK_CHECK_TYPE(DistError, socket.send_frame(body) && socket.recv_frame(reply, patience + milliseconds(10000)), "TCPStore: the store at ", options.host, ":",
                    options.port, " is gone, or does not accept this process (another job's, or another WICK_DIST_SECRET)");
    return reply;
  }
  void watch(int rank, std::function<void(int, const std::string&)> lost) {
    watcher = open();
    std::string body;
    put(body, kWatch);
    put(body, static_cast<uint64_t>(rank));
    put(body, host_name());
    put(body, static_cast<uint64_t>(options.silence.count()));
    watcher.send_frame(body);
    thread = std::thread([this, lost = std::move(lost)] {
      std::string beat, notice;
      put(beat, kBeat);
      while (!ended) {
        pollfd p{watcher.fd(), POLLIN, 0};
        if (poll(&p, 1, 1000) == 0) {
          watcher.send_frame(beat);
          continue;
        }
        if (ended) return;
        const bool told = watcher.recv_frame(notice, milliseconds(2000));
        Reader r{notice};
        const uint64_t who = told ? r.number() : 0;
        if (ended || who == kEnd) return;
        return lost(static_cast<int>(who), told ? r.text() : wick::str("rank 0 (", options.host, ") is gone: its process has ended"));
      }
    });
  }
  void stop(bool in_order) {
    if (!thread.joinable()) return;
    ended = true;
    std::string bye;
    put(bye, kGoodbye);
    if (in_order) watcher.send_frame(bye);
    shutdown(watcher.fd(), SHUT_RD);
    if (thread.get_id() == std::this_thread::get_id()) thread.detach();
    else thread.join();
  }

  TCPStoreOptions options;
  Socket socket, watcher;
  std::mutex mutex;
  std::atomic<bool> ended{false};
  std::thread thread;
};

TCPStore::TCPStore(const TCPStoreOptions& options) {
  timeout_ = options.timeout;
  TCPStoreOptions to = options;
  if (options.is_server) {
    server_ = std::make_unique<Server>(options);
    to.port = server_->port;
  }
  client_ = std::make_unique<Client>(to);
  check({"-"});  // whether the secret was right
}
TCPStore::~TCPStore() = default;

void TCPStore::set(const std::string& key, const std::string& value) {
  std::string body;
  put(body, kSet);
  put(body, key);
  put(body, value);
  client_->ask(body);
}
static std::string with_keys(uint64_t command, const std::vector<std::string>& keys, milliseconds timeout = milliseconds(-1)) {
  std::string body;
  put(body, command);
  if (timeout.count() >= 0) put(body, static_cast<uint64_t>(timeout.count()));
  put(body, static_cast<uint64_t>(keys.size()));
  for (const auto& key : keys) put(body, key);
  return body;
}
static void late(const std::vector<std::string>& keys, milliseconds timeout) {
  throw TimeoutError(wick::str("store: nobody has set ", list(keys), " within ", seconds(timeout), " s; have all ranks started?"));
}
std::string TCPStore::get(const std::string& key) {
  const std::string reply = client_->ask(with_keys(kGet, {key}, timeout_), timeout_);
  Reader r{reply};
  if (!r.number()) late({key}, timeout_);
  return r.text();
}
int64_t TCPStore::add(const std::string& key, int64_t amount) {
  std::string body;
  put(body, kAdd);
  put(body, key);
  put(body, static_cast<uint64_t>(amount));
  const std::string reply = client_->ask(body);
  return static_cast<int64_t>(Reader{reply}.number());
}
std::string TCPStore::compare_set(const std::string& key, const std::string& expected, const std::string& desired) {
  std::string body;
  put(body, kCompareSet);
  for (const auto* s : {&key, &expected, &desired}) put(body, *s);
  const std::string reply = client_->ask(body);
  return Reader{reply}.text();
}
bool TCPStore::check(const std::vector<std::string>& keys) {
  const std::string reply = client_->ask(with_keys(kCheck, keys));
  return Reader{reply}.number() != 0;
}
void TCPStore::wait(const std::vector<std::string>& keys, milliseconds timeout) {
  if (keys.empty()) return;
  const std::string reply = client_->ask(with_keys(kWait, keys, timeout), timeout);
  if (!Reader{reply}.number()) late(keys, timeout);
}
bool TCPStore::delete_key(const std::string& key) {
  std::string body;
  put(body, kDelete);
  put(body, key);
  const std::string reply = client_->ask(body);
  return Reader{reply}.number() != 0;
}
uint16_t TCPStore::port() const { return client_->options.port; }
std::string TCPStore::local_address() const { return address_of(client_->socket); }
void TCPStore::watch(int rank, std::function<void(int, const std::string&)> lost) { client_->watch(rank, std::move(lost)); }
void TCPStore::goodbye(milliseconds patience) {
  client_->stop(true);
  if (!server_) return;
  std::this_thread::sleep_for(milliseconds(1));
  std::unique_lock<std::mutex> lock(server_->mutex);
  server_->watched = 1;  // counted anew before it is believed
  server_->nudge();
  server_->changed.wait_for(lock, patience, [&] { return server_->watched == 0; });
}

}  // namespace wick::distributed::inline v1
