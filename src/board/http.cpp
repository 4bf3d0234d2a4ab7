#include "board/http.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <atomic>
#include <chrono>
#include <cerrno>
#include <cmath>
#include <cstring>

#include <httplib.h>

#include <wick/core/error.h>
#include <wick/core/str.h>

namespace wick::board {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kRequestBytes = 48 * 1024;  // a request's line and headers, all together
constexpr auto kRequestTime = std::chrono::seconds(10);
constexpr auto kIdleTime = std::chrono::seconds(30);
constexpr int kThreads = 16, kRequestsPerConnection = 10000;

thread_local bool end_connection = false;

// A connection, whose requests have a number of bytes and a time to come in.
class BoundedStream final : public httplib::Stream {
 public:
  BoundedStream(int fd, const std::atomic<bool>& stopping) : fd_(fd), stopping_(stopping) {}

  // Until the first byte of a request is there; no longer than that while others wait for a thread.
  bool wait_for_request(const std::atomic<int>& others) {
    const auto until = Clock::now() + kIdleTime;
    while (at_ == filled_) {
      if (stopping_ || Clock::now() > until) return false;
      if (ready(POLLIN, 50)) return fill();
      if (others > 0) return false;
    }
    return true;
  }
  void begin() {
    left_ = kRequestBytes;
    deadline_ = Clock::now() + kRequestTime;
  }

  bool is_readable() const override { return at_ < filled_ || ready(POLLIN, 0); }
  bool is_writable() const override { return ready(POLLOUT, 5000); }
  ssize_t read(char* to, size_t size) override {
    if (left_ == 0) return -1;
    while (at_ == filled_) {
      if (stopping_ || Clock::now() > deadline_) return -1;
      if (ready(POLLIN, 100) && !fill()) return -1;
    }
    const size_t n = std::min({size, filled_ - at_, left_});
    std::memcpy(to, buffer_ + at_, n);
    at_ += n;
    left_ -= n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, size_t size) override {
    size_t done = 0;
    for (auto until = Clock::now() + kIdleTime; done < size;) {
      if (stopping_ || Clock::now() > until) return -1;
      if (!ready(POLLOUT, 200)) continue;
      const ssize_t n = ::send(fd_, from + done, size - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return -1;
      if (n > 0) done += static_cast<size_t>(n), until = Clock::now() + kIdleTime;
    }
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return fd_; }
  // Asked for by newer versions of the library.
  time_t duration() const { return 0; }
  bool wait_readable() const { return ready(POLLIN, 5000); }
  bool wait_writable() const { return is_writable(); }
  bool is_peer_alive() const { return true; }

 private:
  bool ready(short what, int milliseconds) const {
    pollfd p{fd_, what, 0};
    return poll(&p, 1, milliseconds) > 0;
  }
  bool fill() {
    const ssize_t n = recv(fd_, buffer_, sizeof buffer_, 0);
    at_ = 0;
    filled_ = n > 0 ? static_cast<size_t>(n) : 0;
    return n > 0;
  }

  int fd_;
  const std::atomic<bool>& stopping_;
  char buffer_[4096];
  size_t at_ = 0, filled_ = 0, left_ = 0;
  Clock::time_point deadline_;
};

class Pool final : public httplib::TaskQueue {
 public:
  explicit Pool(std::atomic<int>& waiting) : waiting_(waiting), threads_(kThreads) {}
  // Newer versions of the library want to be told whether it was taken.
  template <class R = decltype(std::declval<httplib::TaskQueue>().enqueue({}))> R take(std::function<void()> job) {
    ++waiting_;
    auto counted = [this, job = std::move(job)] {
      --waiting_;
      job();
    };
    if constexpr (std::is_void_v<R>) threads_.enqueue(counted);
    else return threads_.enqueue(counted);
  }
  decltype(std::declval<httplib::TaskQueue>().enqueue({})) enqueue(std::function<void()> job) override { return take(std::move(job)); }
  void shutdown() override { threads_.shutdown(); }

 private:
  std::atomic<int>& waiting_;
  httplib::ThreadPool threads_;
};

class Engine final : public httplib::Server {
 public:
  std::atomic<bool> stopping{false};
  std::atomic<int> waiting{0};

 private:
  template <class S> static bool one(S* self, httplib::Stream& stream, bool last, bool& closed) {
    if constexpr (requires { self->process_request(stream, last, closed, nullptr); }) return self->process_request(stream, last, closed, nullptr);
    else return self->process_request(stream, std::string(), 0, std::string(), 0, last, closed, nullptr);
  }
  bool process_and_close_socket(socket_t fd) override {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    BoundedStream stream(fd, stopping);
    for (int k = 1; k <= kRequestsPerConnection && stream.wait_for_request(waiting); ++k) {
      stream.begin();
      bool closed = false;
      end_connection = false;
      if (!one(this, stream, k == kRequestsPerConnection, closed) || closed || end_connection) break;
    }
    ::shutdown(fd, SHUT_RDWR);
    return ::close(fd) == 0;
  }
};

std::string inflate(const std::string& packed) {
  z_stream z{};
  WICK_CHECK(inflateInit2(&z, 15 + 16) == Z_OK, "board: zlib does not start");
  std::string out;
  char block[16384];
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  z.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK) {
    z.next_out = reinterpret_cast<Bytef*>(block);
    z.avail_out = sizeof block;
    state = ::inflate(&z, Z_NO_FLUSH);
    out.append(block, sizeof block - z.avail_out);
  }
  inflateEnd(&z);
  return out;
}

const char* const kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

void set_common_headers(httplib::Response& r) {
  r.set_header("Content-Security-Policy", kPolicy);
  r.set_header("X-Content-Type-Options", "nosniff");
  r.set_header("X-Frame-Options", "DENY");
  r.set_header("Referrer-Policy", "no-referrer");
  r.set_header("Cross-Origin-Resource-Policy", "same-origin");
  r.set_header("Cross-Origin-Opener-Policy", "same-origin");
}

void refuse(httplib::Response& r, int status, const std::string& why) {
  r.status = status;
  r.set_content(why + "\n", "text/plain; charset=utf-8");
  set_common_headers(r);
  r.set_header("Cache-Control", "no-store");
  if (status == 405) r.set_header("Allow", "GET, HEAD");
}

void send(const httplib::Request& q, httplib::Response& r, Reply reply) {
  set_common_headers(r);
  r.set_header("Cache-Control", reply.forever ? "private, max-age=604800, immutable" : "no-cache");
  if (!reply.etag.empty()) {
    r.set_header("ETag", "\"" + reply.etag + "\"");
    if (q.get_header_value("If-None-Match") == "\"" + reply.etag + "\"") {
      r.status = 304;
      return;
    }
  }
  if (!reply.file_name.empty()) r.set_header("Content-Disposition", "attachment; filename=\"" + reply.file_name + "\"");
  if (reply.gzip) {
    r.set_header("Vary", "Accept-Encoding");
    if (q.get_header_value("Accept-Encoding").find("gzip") != std::string::npos) r.set_header("Content-Encoding", "gzip");
    else reply.body = inflate(reply.body);
  }
  if (reply.status != 200) r.status = reply.status;  // else 206 of a part
  r.set_content(std::move(reply.body), reply.type.c_str());
}

// Why a port of the host cannot be had (0: it can).
int why_not(const std::string& host, int port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  const int resolved = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  WICK_CHECK_TYPE(ValueError, resolved == 0, "board: ", host, " is no address: ", gai_strerror(resolved));
  int why = EADDRNOTAVAIL;
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    why = ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 && ::listen(fd, 1) == 0 ? 0 : errno;
    ::close(fd);
  }
  freeaddrinfo(found);
  return why;
}
int next_free_port(const std::string& host, int port) {
  for (int p = port + 1; p < port + 100 && p < 65536; ++p)
    if (why_not(host, p) == 0) return p;
  return 0;
}

}  // namespace

bool Query::has(const char* name) const {
  for (const auto& [n, v] : params)
    if (n == name) return true;
  return false;
}
std::string Query::text(const char* name, const std::string& missing) const {
  for (const auto& [n, v] : params)
    if (n == name) return v;
  return missing;
}
double Query::number(const char* name, double missing, double lowest, double highest) const {
  const std::string t = text(name);
  if (t.empty()) return missing;
  char* end = nullptr;
  const double v = std::strtod(t.c_str(), &end);
  WICK_CHECK_TYPE(ValueError, *end == 0 && v >= lowest && v <= highest, "board: ", name, " is ", t.substr(0, 40), ", not between ", lowest, " and ", highest);
  return v;
}
int64_t Query::integer(const char* name, int64_t missing, int64_t lowest, int64_t highest) const {
  return static_cast<int64_t>(std::floor(number(name, static_cast<double>(missing), static_cast<double>(lowest), static_cast<double>(highest))));
}
std::vector<size_t> Query::numbers(const char* name, size_t most) const {
  const std::string t = text(name);
  std::vector<size_t> r;
  const char* p = t.c_str();
  const auto take = [&] {
    size_t v = 0;
    const char* const begin = p;
    for (; *p >= '0' && *p <= '9' && p - begin < 9; ++p) v = v * 10 + static_cast<size_t>(*p - '0');
    WICK_CHECK_TYPE(ValueError, p > begin, "board: ", name, " is a list of numbers like 0-7,12");
    return v;
  };
  while (*p) {
    const size_t first = take(), last = *p == '-' ? (++p, take()) : first;
    WICK_CHECK_TYPE(ValueError, last >= first && last - first < most && r.size() + (last - first) < most && (!*p || (*p == ',' && p[1])), "board: ", name, " is a list of at most ", most, " numbers like 0-7,12");
    for (size_t v = first; v <= last; ++v) r.push_back(v);
    if (*p) ++p;
  }
  return r;
}

struct HttpServer::Impl {
  Engine engine;
  Guard guard;
  Handler handler;

  httplib::Server::HandlerResponse receive(const httplib::Request& q, httplib::Response& r) const {
    const auto header = [&](const char* name) { return q.get_header_value(name); };
    const std::string host = header("Host"), origin = header("Origin"), site = header("Sec-Fetch-Site"), mode = header("Sec-Fetch-Mode"), cookie = header("Cookie");
    const std::string token = q.has_param("token") ? q.get_param_value("token") : std::string();
    Guard::Ask ask{q.method, host, origin, site, mode, cookie, token, q.get_header_value_count("Host"), false};
    ask.body = q.has_header("Transfer-Encoding") || (q.has_header("Content-Length") && header("Content-Length") != "0");
    Guard::Verdict verdict = guard.check(ask);
    if (verdict.status == 0 && header("Range").find(',') != std::string::npos) verdict = {400, "one range at a time"};
    if (verdict.status != 0) {
      end_connection = true;  // a body may follow that nobody reads
      refuse(r, verdict.status, verdict.why);
      return httplib::Server::HandlerResponse::Handled;
    }
    if (verdict.set_cookie) {
      r.set_header("Set-Cookie", guard.cookie_name() + "=" + guard.token + "; HttpOnly; SameSite=Strict; Path=/");
      if (q.path == "/") {  // the token leaves the address bar
        set_common_headers(r);
        r.set_header("Cache-Control", "no-store");
        r.set_redirect("/", 303);
        return httplib::Server::HandlerResponse::Handled;
      }
    }
    answer(q, r);
    return httplib::Server::HandlerResponse::Handled;
  }

  void answer(const httplib::Request& q, httplib::Response& r) const {
    Query query;
    query.path = q.path;
    query.head = q.method == "HEAD";
    query.params.assign(q.params.begin(), q.params.end());
    try {
      send(q, r, handler(query));
    } catch (const IndexError& e) {
      refuse(r, 404, e.what());
    } catch (const ValueError& e) {
      refuse(r, 400, e.what());
    } catch (const std::exception& e) {
      refuse(r, 500, e.what());
    }
  }
};

HttpServer::HttpServer(std::string host, int port, bool next_free, Handler handler) : impl_(std::make_unique<Impl>()) {
  Impl& s = *impl_;
  s.handler = std::move(handler);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  s.engine.new_task_queue = [&s]() -> httplib::TaskQueue* { return new Pool(s.engine.waiting); };
  s.engine.set_payload_max_length(0);
  s.engine.set_keep_alive_max_count(kRequestsPerConnection);
  s.engine.set_keep_alive_timeout(kIdleTime.count());
  s.engine.set_pre_routing_handler([&s](const httplib::Request& q, httplib::Response& r) { return s.receive(q, r); });
  s.engine.set_expect_100_continue_handler([](const httplib::Request&, httplib::Response&) { return 417; });
  s.engine.set_error_handler([](const httplib::Request&, httplib::Response& r) {  // what the library refuses by itself
    end_connection = true;
    if (r.body.empty()) refuse(r, r.status, r.status == 414 ? "the address is too long" : "not a request that can be answered");
  });
  int listening = -1;
  s.engine.set_socket_options([&listening](socket_t fd) {  // the library's own let two programs share a port
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    listening = fd;
  });
  int why = why_not(host, port);
  if (why == EADDRINUSE && next_free) {
    if (const int free = next_free_port(host, port)) port = free, why = 0;
  }
  if (why == EADDRINUSE) {
    const int free = next_free_port(host, port);
    throw Error(str("board: port ", port, " of ", host, " is in use", free ? str("; ", free, " is free: --port ", free) : std::string()));
  }
  WICK_CHECK(why == 0, "board: cannot listen at ", host, " port ", port, ": ", std::strerror(why), why == EACCES ? "; ports from 1024 on need no rights" : "");
  if (port == 0) port = s.engine.bind_to_any_port(host);
  else if (!s.engine.bind_to_port(host, port)) port = -1;
  WICK_CHECK(port > 0, "board: cannot listen at ", host);
  ::listen(listening, 128);  // the library lets five wait; a sixth connection of a page would come a second late
  s.engine.set_socket_options(nullptr);
  s.guard.host = std::move(host);
  s.guard.port = port;
}

HttpServer::~HttpServer() { stop(); }
Guard& HttpServer::guard() { return impl_->guard; }
int HttpServer::port() const { return impl_->guard.port; }
void HttpServer::serve() {
  if (!impl_->engine.stopping) impl_->engine.listen_after_bind();
}
void HttpServer::stop() {
  impl_->engine.stopping = true;
  impl_->engine.stop();
}

}  // namespace wick::board
