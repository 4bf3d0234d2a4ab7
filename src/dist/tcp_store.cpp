#include <wick/dist/store.h>

#include <algorithm>
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

enum Command : uint64_t { kSet, kAdd, kCompareSet, kCheck, kWait, kGet, kDelete, kWatch, kBeat, kGoodbye, kLeave, kTell, kWaits, kAsk, kStands };
// What the server tells a watched process: a kind, a rank and a text. An end is one in order; a pulse is the answer to a beat.
enum Notice : uint64_t { kLost, kLeft, kEnd, kPulse, kWhere };
constexpr size_t kMostStrangers = 64;  // connections that have not yet shown that they know the secret
constexpr auto kPatience = std::chrono::seconds(10);  // with them

std::string notice(Notice kind, int64_t rank = 0, const std::string& text = {}) {
  std::string body;
  put(body, static_cast<uint64_t>(kind));
  put(body, static_cast<uint64_t>(rank));
  put(body, text);
  return body;
}
// A process that was stopped, or a machine that slept, has heard nobody: that says nothing about the others.
struct Stall {
  Clock::time_point last = Clock::now();
  Clock::duration since(milliseconds expected) {
    const auto now = Clock::now();
    const auto gap = now - last;
    last = now;
    return gap > expected + std::chrono::seconds(1) ? gap : Clock::duration(0);
  }
};

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
    Clock::time_point heard = Clock::now(), came = heard;
    struct Op { uint64_t mark; std::string text; };
    std::map<std::string, Op> waits;        // operations that it has waited in for long
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
    Stall stall;
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
      const auto stalled = stall.since(milliseconds(100));
      for (size_t i = 0; i < n; ++i) {
        Peer& p = *peers[i];
        p.heard += stalled;
        if (!p.known && now - p.came > kPatience) gone[i] = 1;
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
    tell_all(notice(kEnd));
  }
  void tell_all(const std::string& body, const Peer* but = nullptr) {
    for (const auto& p : peers)
      if (p->rank >= 0 && p.get() != but) p->socket.send_frame(body);
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
    if (!p->socket.send(hello)) return;
    const auto stranger = [](const auto& other) { return !other->known; };
    if (static_cast<size_t>(std::count_if(peers.begin(), peers.end(), stranger)) >= kMostStrangers) peers.erase(std::find_if(peers.begin(), peers.end(), stranger));  // the oldest
    peers.push_back(std::move(p));
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
        p.until = Clock::now() + duration(r);
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
        p.silence = duration(r);
        p.socket.send_frame(notice(kPulse, 0, host_name()));
        if (!lost.empty()) p.socket.send_frame(lost);
        return r.good;
      case kBeat: return p.socket.send_frame(notice(kPulse));
      case kGoodbye: p.rank = -1; return true;
      case kLeave:
        tell_all(notice(kLeft, p.rank, named(p, " has left: its process has ended without destroy_process_group")), &p);
        p.rank = -1;
        return true;
      case kTell: {
        const auto rank = static_cast<int64_t>(r.number());
        const std::string what = r.text();
        if (r.good) fail(rank, what, nullptr);
        return r.good && p.socket.send_frame(reply);
      }
      case kWaits: return compare(p, r);
      case kAsk: tell_all(notice(kWhere, 0, r.text())); return r.good && p.socket.send_frame(reply);
      case kStands: {
        const std::string key = r.text();
        data[key] = r.text();
        for (const auto& other : peers)
          if (!other->wanted.empty() && there(other->wanted)) answer(*other, true);
        return r.good;
      }
      default: return false;
    }
    if (!r.good) return false;
    if (command <= kCompareSet)
      for (const auto& other : peers)
        if (!other->wanted.empty() && there(other->wanted)) answer(*other, true);
    return p.socket.send_frame(reply);
  }
  static milliseconds duration(Reader& r) { return milliseconds(std::min<uint64_t>(r.number(), 1'000'000'000'000)); }  // a clock's sums must not overflow
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
  static std::string named(const Peer& p, const std::string& rest) { return wick::str("rank ", p.rank, " (", p.host, ")", rest); }
  // The first failure is told; what follows from it is not.
  void fail(int64_t rank, const std::string& what, const Peer* but) {
    if (!lost.empty()) return;
    lost = notice(kLost, rank, what);
    tell_all(lost, but);
    for (const auto& p : peers)
      if (!p->wanted.empty()) answer(*p, false);  // nobody will set it
  }
  void lose(Peer& p, const std::string& how) {
    fail(p.rank, named(p, " is gone: " + how), &p);
    p.rank = -1;
  }
  // Ranks that wait in calls of one number which are not one call will do so for ever.
  bool compare(Peer& p, Reader& r) {
    p.waits.clear();
    while (r.good && r.at < r.in.size()) {
      const std::string key = r.text();
      const uint64_t mark = r.number();
      p.waits[key] = {mark, r.text()};
    }
    if (!r.good) return false;
    for (const auto& [key, op] : p.waits)
      for (const auto& other : peers) {
        const auto at = other->rank >= 0 ? other->waits.find(key) : other->waits.end();
        if (at == other->waits.end() || at->second.mark == op.mark) continue;
        std::string text = "ranks differ";
        const char* colon = ": ";
        for (const auto& each : peers)
          if (const auto here = each->waits.find(key); each->rank >= 0 && here != each->waits.end()) text += colon + named(*each, " calls ") + here->second.text, colon = ", ";
        fail(p.rank, text, nullptr);
        return true;
      }
    return true;
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
  ~Client() { stop(kBeat); }

  Socket open() const { return open(options.timeout); }
  Socket open(milliseconds timeout) const {
    Socket s = connect_to(options.host, options.port, timeout);
    std::string body;
    uint64_t nonce = 0;
    WICK_CHECK_TYPE(DistError, s.recv(&nonce, 8, std::min<milliseconds>(timeout, std::chrono::seconds(20))), "TCPStore: ", options.host, ":", options.port, " does not answer as a store does; is MASTER_PORT another program's?");
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
  void watch(int rank_, Watcher w_) {
    rank = rank_;
    w = std::move(w_);
    watcher = open();
    std::string body;
    put(body, kWatch);
    put(body, static_cast<uint64_t>(rank));
    put(body, host_name());
    put(body, static_cast<uint64_t>(options.silence.count()));
    watcher.send_frame(body);
    thread = std::thread([this] { listen(); });
  }
  // Beats, and what the server tells; until it is gone.
  void listen() {
    const bool watches = options.silence.count() > 0;
    const milliseconds every = watches ? std::clamp(options.silence / 4, milliseconds(10), milliseconds(1000)) : milliseconds(1000);
    auto heard = Clock::now(), next = heard + every;
    Stall stall;
    std::string body;
    while (!ended) {
      pollfd p{watcher.fd(), POLLIN, 0};
      const int ready = poll(&p, 1, static_cast<int>(std::clamp<int64_t>(std::chrono::duration_cast<milliseconds>(next - Clock::now()).count() + 1, 0, every.count() + 1)));
      if (ended) return;
      heard += stall.since(every);
      if (ready > 0) {
        if (!watcher.recv_frame(body, milliseconds(2000))) return server_lost("its process has ended");
        heard = Clock::now();
        if (!hear(body)) return;
      }
      if (Clock::now() >= next) {
        next = Clock::now() + every;
        put(body = {}, kBeat);
        send(body);
        report();
      }
      if (watches && Clock::now() - heard > options.silence) return server_lost(wick::str("it has been silent for ", seconds(options.silence), " s"));
    }
  }
  bool hear(const std::string& body) {
    Reader r{body};
    const uint64_t kind = r.number(), rank_lost = r.number();
    const std::string text = r.text();
    if (kind == kEnd) return false;
    if (kind == kPulse && !text.empty()) server_host = text;
    if (kind == kLost || kind == kLeft) w.lost(static_cast<int>(rank_lost), text, kind == kLeft);
    if (kind == kWhere && w.stands) {
      std::string reply;
      put(reply, kStands);
      put(reply, wick::str("stands/", text, "/", rank));
      put(reply, w.stands(text.substr(0, text.rfind('/'))));
      send(reply);
    }
    return true;
  }
  void report() {
    if (!w.waits) return;
    std::string now = w.waits();
    if (now == reported) return;
    std::string body;
    put(body, kWaits);
    send(body + (reported = std::move(now)));
  }
  void send(const std::string& body) {
    std::lock_guard<std::mutex> lock(sending);
    watcher.send_frame(body);
  }
  void server_lost(const std::string& how) {
    if (ended) return;
    shutdown(socket.fd(), SHUT_RDWR);  // whoever waits for its answer
    w.lost(0, wick::str("rank 0 (", server_host, ") is gone: ", how), false);
  }
  void stop(Command last) {
    if (!thread.joinable()) return;
    ended = true;
    std::string bye;
    put(bye, last);
    if (last != kBeat) send(bye);
    shutdown(watcher.fd(), SHUT_RD);
    if (thread.get_id() == std::this_thread::get_id()) thread.detach();
    else thread.join();
  }

  TCPStoreOptions options;
  Socket socket, watcher;
  int rank = -1;
  Watcher w;
  std::string reported, server_host = options.host;
  std::mutex mutex, sending;
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
void TCPStore::watch(int rank, Watcher watcher) { client_->watch(rank, std::move(watcher)); }
void TCPStore::tell(const std::string& what) {
  // Over a connection of its own: others may be waiting on the usual one. Returns when the server has passed it on.
  constexpr milliseconds limit(1500);
  std::string body;
  put(body, kTell);
  put(body, static_cast<uint64_t>(client_->rank));
  put(body, what);
  try {
    const Socket s = client_->open(limit);
    if (s.send_frame(body)) s.recv_frame(body, limit);
  } catch (const Error&) {
  }
}
std::vector<std::string> TCPStore::ask_stands(const std::string& group, const std::vector<int>& ranks, milliseconds patience) {
  const std::string question = group + "/" + std::to_string(add("asked", 1));
  std::string body;
  put(body, kAsk);
  put(body, question);
  client_->ask(body);
  const auto end = Clock::now() + patience;
  std::vector<std::string> texts(ranks.size());
  for (size_t i = 0; i < ranks.size(); ++i) {
    const std::string reply = client_->ask(with_keys(kGet, {wick::str("stands/", question, "/", ranks[i])}, std::max(milliseconds(1), std::chrono::duration_cast<milliseconds>(end - Clock::now()))));
    Reader r{reply};
    if (r.number()) texts[i] = r.text();
  }
  return texts;
}
void TCPStore::goodbye(milliseconds patience, bool in_order) {
  client_->stop(in_order ? kGoodbye : kLeave);
  if (!server_) return;
  std::this_thread::sleep_for(milliseconds(1));
  std::unique_lock<std::mutex> lock(server_->mutex);
  server_->watched = 1;  // counted anew before it is believed
  server_->nudge();
  server_->changed.wait_for(lock, patience, [&] { return server_->watched == 0; });
}

}  // namespace wick::distributed::inline v1
