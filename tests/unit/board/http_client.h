// A connection to a port of this machine, byte by byte: tests say exactly what goes over it.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>
#include <thread>

namespace wick::test {

class Connection {
 public:
  explicit Connection(int port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
    timeval limit{20, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(static_cast<uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  bool connected() const { return connected_; }
  int descriptor() const { return fd_; }
  bool send(const std::string& bytes) {
    for (size_t done = 0; done < bytes.size();) {
      const ssize_t n = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
      if (n <= 0) return false;
      done += static_cast<size_t>(n);
    }
    return true;
  }
  // Until the other side closes.
  std::string rest() {
    std::string r;
    char block[8192];
    for (ssize_t n; (n = ::recv(fd_, block, sizeof block, 0)) > 0;) r.append(block, static_cast<size_t>(n));
    return r;
  }

 private:
  int fd_;
  bool connected_ = false;
};

struct Answer {
  int status = 0;
  std::string head, body;
  std::string header(const std::string& name) const {
    const size_t at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const size_t begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
  }
};
inline Answer parse_answer(const std::string& all) {
  Answer a;
  const size_t end = all.find("\r\n\r\n");
  if (all.compare(0, 9, "HTTP/1.1 ") == 0) a.status = std::atoi(all.c_str() + 9);
  a.head = all.substr(0, end == std::string::npos ? all.size() : end + 2);
  if (end != std::string::npos) a.body = all.substr(end + 4);
  return a;
}
// A request as a browser on this machine makes it, but for what `headers` say.
inline Answer get(int port, const std::string& target, const std::string& headers = "", const std::string& method = "GET", const std::string& host = "") {
  Connection c(port);
  c.send(method + " " + target + " HTTP/1.1\r\nHost: " + (host.empty() ? "127.0.0.1:" + std::to_string(port) : host) + "\r\nConnection: close\r\n" + headers + "\r\n");
  return parse_answer(c.rest());
}

}  // namespace wick::test
