// A browser without a window, driven over its debugging port (a WebSocket, in which JSON goes both ways).
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "../unit/board/http_client.h"

namespace wick::test {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// Text frames; what is sent is masked with zeros, which the protocol allows.
class WebSocket {
 public:
  WebSocket(int port, const std::string& path) : connection_(port) {
    connection_.send("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                     "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    while (in_.find("\r\n\r\n") == std::string::npos)
      if (!more(10)) throw std::runtime_error("the browser does not answer");
    in_.erase(0, in_.find("\r\n\r\n") + 4);
  }
  void send(const std::string& text) {
    std::string f = "\x81";
    if (text.size() < 126) f += static_cast<char>(0x80 | text.size());
    else {
      f += static_cast<char>(0xff);
      for (int k = 7; k >= 0; --k) f += static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * k) & 255);
    }
    connection_.send(f + std::string(4, '\0') + text);
  }
  // False after `seconds` without a whole message.
  bool receive(std::string& text, double seconds) {
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    text.clear();
    for (;;) {
      while (in_.size() >= 2) {
        size_t at = 2, size = static_cast<uint8_t>(in_[1]) & 127;
        const int digits = size == 126 ? 2 : size == 127 ? 8 : 0;
        if (in_.size() < at + static_cast<size_t>(digits)) break;
        if (digits) size = 0;
        for (int k = 0; k < digits; ++k) size = size << 8 | static_cast<uint8_t>(in_[at++]);
        if (in_.size() < at + size) break;
        const bool last = in_[0] & 0x80, data = (in_[0] & 15) <= 2;
        if (data) text.append(in_, at, size);
        in_.erase(0, at + size);
        if (data && last) return true;
      }
      const double left = std::chrono::duration<double>(until - Clock::now()).count();
      if (left <= 0 || !more(left)) return false;
    }
  }

 private:
  bool more(double seconds) {
    pollfd p{connection_.descriptor(), POLLIN, 0};
    if (poll(&p, 1, static_cast<int>(seconds * 1000) + 1) <= 0) return false;
    char block[65536];
    const ssize_t n = ::recv(p.fd, block, sizeof block, 0);
    if (n <= 0) throw std::runtime_error("the browser went away");
    in_.append(block, static_cast<size_t>(n));
    return true;
  }
  Connection connection_;
  std::string in_;
};

class Browser {
 public:
  Browser(const std::string& program, const std::string& folder) {
    int err[2];
    if (pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    pid_ = fork();
    if (pid_ == 0) {
      setpgid(0, 0);
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(err[1], 2);
      dup2(::open("/dev/null", O_WRONLY), 1);
      const std::string data = "--user-data-dir=" + folder;
      execlp(program.c_str(), program.c_str(), "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions", "--disable-background-networking",
             "--remote-debugging-port=0", data.c_str(), "about:blank", nullptr);
      _exit(127);
    }
    close(err[1]);
    err_ = err[0];
    const int port = find_port(folder);
    const Json list = Json::parse(get(port, "/json").body);
    for (const Json& t : list)
      if (t["type"] == "page") {
        const std::string url = t["webSocketDebuggerUrl"];
        socket_ = std::make_unique<WebSocket>(port, url.substr(url.find('/', 5 + 2)));
      }
    if (!socket_) throw std::runtime_error("no page in the browser");
    for (const char* domain : {"Runtime", "Log", "Page"}) call(std::string(domain) + ".enable");
  }
  ~Browser() {
    socket_ = nullptr;
    kill(-pid_, SIGTERM);
    for (int k = 0; k < 50 && waitpid(pid_, nullptr, WNOHANG) == 0; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    kill(-pid_, SIGKILL);
    waitpid(pid_, nullptr, WNOHANG);
    close(err_);
  }
  Json call(const std::string& method, const Json& parameters = Json::object()) {
    const int id = ++last_;
    socket_->send(Json({{"id", id}, {"method", method}, {"params", parameters}}).dump());
    for (std::string text; socket_->receive(text, 60);) {
      const Json m = Json::parse(text);
      if (m.value("id", 0) == id) return m.value("result", m);
      note(m);
    }
    throw std::runtime_error("no answer to " + method);
  }
  // The value of an expression; of a promise, what it comes to.
  Json evaluate(const std::string& expression) {
    const Json r = call("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
    if (r.contains("exceptionDetails")) throw std::runtime_error(expression + ": " + r["exceptionDetails"].dump().substr(0, 500));
    return r["result"].value("value", Json());
  }
  // Whether an expression becomes true within `seconds`.
  bool becomes(const std::string& expression, double seconds = 20) {
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    do {
      if (evaluate("!!(" + expression + ")") == true) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(60));
    } while (Clock::now() < until);
    return false;
  }
  void window(int width, int height, bool dark) {
    call("Emulation.setDeviceMetricsOverride", {{"width", width}, {"height", height}, {"deviceScaleFactor", 1}, {"mobile", width < 600}});
    call("Emulation.setEmulatedMedia", {{"features", {{{"name", "prefers-color-scheme"}, {"value", dark ? "dark" : "light"}}}}});
  }
  void open(const std::string& url) {
    call("Page.navigate", {{"url", "about:blank"}});
    call("Page.navigate", {{"url", url}});
  }
  void key(const std::string& k) {
    call("Input.dispatchKeyEvent", {{"type", "keyDown"}, {"key", k}, {"text", k.size() == 1 ? k : ""}});
    call("Input.dispatchKeyEvent", {{"type", "keyUp"}, {"key", k}});
  }
  void mouse(const std::string& type, double x, double y, int buttons = 0) {
    call("Input.dispatchMouseEvent", {{"type", type}, {"x", x}, {"y", y}, {"button", type == "mouseMoved" && !buttons ? "none" : "left"}, {"buttons", buttons}, {"clickCount", type == "mouseMoved" ? 0 : 1}});
  }
  std::string screenshot() { return call("Page.captureScreenshot")["data"]; }  // base64
  std::vector<std::string> complaints;  // errors of scripts and policies, warnings

 private:
  void note(const Json& m) {
    const std::string method = m.value("method", "");
    if (method == "Runtime.exceptionThrown" || method == "Log.entryAdded" || (method == "Runtime.consoleAPICalled" && m["params"]["type"] != "log")) complaints.push_back(m["params"].dump().substr(0, 800));
  }
  int find_port(const std::string& folder) const {
    for (int k = 0; k < 300; ++k) {
      std::ifstream f(folder + "/DevToolsActivePort");
      int port = 0;
      std::string path;
      if (f >> port >> path) return port;
      if (waitpid(pid_, nullptr, WNOHANG) != 0) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("the browser does not start");
  }
  pid_t pid_ = -1;
  int err_ = -1, last_ = 0;
  std::unique_ptr<WebSocket> socket_;
};

}  // namespace wick::test
