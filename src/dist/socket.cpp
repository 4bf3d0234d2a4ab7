#include "dist/socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <wick/core/str.h>
#include <wick/dist/store.h>

namespace wick::distributed {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

Socket::~Socket() { if (fd_ >= 0) close(fd_); }

bool Socket::send(const std::string& bytes) const {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}
bool Socket::recv(void* bytes, size_t n, milliseconds timeout) const {
  const auto end = Clock::now() + timeout;
  for (size_t at = 0; at < n;) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
    pollfd p{fd_, POLLIN, 0};
    const int ready = poll(&p, 1, static_cast<int>(std::min<int64_t>(std::max<int64_t>(left, 0), 1 << 30)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::recv(fd_, static_cast<char*>(bytes) + at, n - at, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return false;
    at += static_cast<size_t>(got);
  }
  return true;
}
bool Socket::send_frame(const std::string& body) const {
  const uint32_t n = static_cast<uint32_t>(body.size());
  return send(std::string(reinterpret_cast<const char*>(&n), 4) + body);
}
bool Socket::recv_frame(std::string& body, milliseconds timeout) const {
  uint32_t n = 0;
  if (!recv(&n, 4, timeout) || n > kMostFrame) return false;
  body.resize(n);
  return recv(body.data(), n, timeout);
}

static void settle(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Socket listen_on(uint16_t port, uint16_t& bound) {
  // Both families where there is IPv6.
  for (const int family : {AF_INET6, AF_INET}) {
    Socket s(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!s) continue;
    const int on = 1, off = 0;
    setsockopt(s.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_storage storage{};
    socklen_t size = family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    storage.ss_family = static_cast<sa_family_t>(family);
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    if (family == AF_INET6) {
      setsockopt(s.fd(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
      v6->sin6_port = htons(port);
    } else {
      v4->sin_port = htons(port);
    }
    if (bind(s.fd(), reinterpret_cast<sockaddr*>(&storage), size) != 0) {
      WICK_CHECK_TYPE(DistError, errno != EADDRINUSE, "TCPStore: port ", port, " is in use on ", host_name(), "; set MASTER_PORT to another one");
      if (family == AF_INET6) continue;
      throw DistError(wick::str("TCPStore: cannot listen on port ", port, ": ", std::strerror(errno)));
    }
    WICK_CHECK_TYPE(DistError, listen(s.fd(), 1024) == 0, "TCPStore: cannot listen on port ", port, ": ", std::strerror(errno));
    getsockname(s.fd(), reinterpret_cast<sockaddr*>(&storage), &size);
    bound = ntohs(family == AF_INET6 ? v6->sin6_port : v4->sin_port);
    return s;
  }
  throw DistError("TCPStore: this machine has no TCP");
}

Socket connect_to(const std::string& host, uint16_t port, milliseconds timeout) {
  const auto end = Clock::now() + timeout;
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  WICK_CHECK_TYPE(DistError, code == 0, "TCPStore: host '", host, "' does not resolve (", gai_strerror(code), "); MASTER_ADDR must name rank 0's machine");
  struct Free { addrinfo* a; ~Free() { freeaddrinfo(a); } } hold{found};
  int error = 0;
  do {  // the server may start later
    for (const addrinfo* a = found; a; a = a->ai_next) {
      Socket s(socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol));
      if (!s) continue;
      settle(s.fd());
      if (connect(s.fd(), a->ai_addr, a->ai_addrlen) != 0) {
        error = errno;
        if (error != EINPROGRESS) continue;
        pollfd p{s.fd(), POLLOUT, 0};
        const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
        socklen_t n = sizeof error;
        error = ETIMEDOUT;
        if (poll(&p, 1, static_cast<int>(std::min<int64_t>(std::max<int64_t>(left, 0), 5000))) <= 0) continue;
        getsockopt(s.fd(), SOL_SOCKET, SO_ERROR, &error, &n);
        if (error) continue;
      }
      sockaddr_storage mine{}, other{};  // a free local port may connect to itself
      socklen_t m = sizeof mine, o = sizeof other;
      getsockname(s.fd(), reinterpret_cast<sockaddr*>(&mine), &m);
      getpeername(s.fd(), reinterpret_cast<sockaddr*>(&other), &o);
      if (m == o && std::memcmp(&mine, &other, m) == 0) continue;
      fcntl(s.fd(), F_SETFL, fcntl(s.fd(), F_GETFL) & ~O_NONBLOCK);
      return s;
    }
    std::this_thread::sleep_for(milliseconds(50));
  } while (Clock::now() < end);
  throw TimeoutError(wick::str("TCPStore: no answer from ", host, ":", port, " within ", static_cast<double>(timeout.count()) / 1000, " s (", std::strerror(error),
                               "); is rank 0 running there?"));
}

std::string address_of(const Socket& s) {
  sockaddr_storage a{};
  socklen_t n = sizeof a;
  char text[NI_MAXHOST];
  if (getsockname(s.fd(), reinterpret_cast<sockaddr*>(&a), &n) != 0) return {};
  if (getnameinfo(reinterpret_cast<sockaddr*>(&a), n, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  const std::string address = text;
  return address.rfind("::ffff:", 0) == 0 ? address.substr(7) : address;
}
std::string host_name() {
  char text[256] = "?";
  gethostname(text, sizeof text - 1);
  return text;
}

uint64_t keyed_hash(const std::string& secret, uint64_t number) {
  // The key: two FNV-like sums of the secret; then SipHash-2-4 over the number's eight bytes.
  uint64_t k[2] = {0xcbf29ce484222325ull, 0x84222325cbf29ce4ull};
  for (const unsigned char c : secret)
    for (auto& part : k) part = (part ^ c ^ (&part == k ? 0u : 0x5cu)) * 0x100000001b3ull;
  uint64_t v[4] = {k[0] ^ 0x736f6d6570736575ull, k[1] ^ 0x646f72616e646f6dull, k[0] ^ 0x6c7967656e657261ull, k[1] ^ 0x7465646279746573ull};
  const auto rotl = [](uint64_t x, int b) { return (x << b) | (x >> (64 - b)); };
  const auto rounds = [&](int n) {
    while (n-- > 0) {
      v[0] += v[1]; v[1] = rotl(v[1], 13) ^ v[0]; v[0] = rotl(v[0], 32);
      v[2] += v[3]; v[3] = rotl(v[3], 16) ^ v[2];
      v[0] += v[3]; v[3] = rotl(v[3], 21) ^ v[0];
      v[2] += v[1]; v[1] = rotl(v[1], 17) ^ v[2]; v[2] = rotl(v[2], 32);
    }
  };
  for (const uint64_t m : {number, uint64_t{8} << 56}) {
    v[3] ^= m;
    rounds(2);
    v[0] ^= m;
  }
  v[2] ^= 0xff;
  rounds(4);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

}  // namespace wick::distributed
