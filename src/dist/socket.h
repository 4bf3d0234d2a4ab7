// TCP connections for the rendezvous store: whole frames with time limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace wick::distributed {

// A file descriptor that is closed.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& o) noexcept : fd_(o.fd_) { o.fd_ = -1; }
  Socket& operator=(Socket&& o) noexcept { std::swap(fd_, o.fd_); return *this; }
  ~Socket();
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

  bool send(const std::string& bytes) const;                                    // false: the other side is gone
  bool recv(void* bytes, size_t n, std::chrono::milliseconds timeout) const;    // false: gone or too late
  bool send_frame(const std::string& body) const;
  bool recv_frame(std::string& body, std::chrono::milliseconds timeout) const;

 private:
  int fd_;
};

constexpr uint32_t kMostFrame = 64u << 20;

Socket listen_on(uint16_t port, uint16_t& bound);  // all interfaces. Errors: the port is in use
Socket connect_to(const std::string& host, uint16_t port, std::chrono::milliseconds timeout);
std::string address_of(const Socket& s);  // this side's
std::string host_name();
// What shows that both sides know the secret: SipHash-2-4 of a number.
uint64_t keyed_hash(const std::string& secret, uint64_t number);

// Numbers and texts in frames.
inline void put(std::string& out, uint64_t v) { out.append(reinterpret_cast<const char*>(&v), 8); }
inline void put(std::string& out, const std::string& s) { put(out, static_cast<uint64_t>(s.size())); out += s; }
struct Reader {
  const std::string& in;
  size_t at = 0;
  bool good = true;
  uint64_t number() {
    uint64_t v = 0;
    if (!(good = good && in.size() - at >= 8)) return 0;
    in.copy(reinterpret_cast<char*>(&v), 8, at);
    at += 8;
    return v;
  }
  std::string text() {
    const uint64_t n = number();
    if (!(good = good && n <= in.size() - at)) return {};
    at += n;
    return in.substr(at - n, n);
  }
};

}  // namespace wick::distributed
