#include "cli/launch_hosts.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <wick/core/str.h>
#include <wick/dist/store.h>

#include "dist/socket.h"

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;
using distributed::put;

constexpr const char* kHello = "wick launch agent, port ";
constexpr auto kSilence = std::chrono::seconds(15);  // then the first machine is gone

std::string quoted(const std::string& s) {
  std::string out = "'";
  for (const char c : s) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}
void put_all(std::string& out, const std::vector<std::string>& texts) {
  put(out, uint64_t{texts.size()});
  for (const auto& t : texts) put(out, t);
}
std::vector<std::string> take_all(distributed::Reader& r) {
  std::vector<std::string> texts;
  for (uint64_t n = r.number(); n > 0 && r.good; --n) texts.push_back(r.text());
  return texts;
}
bool write_all(int fd, const std::string& bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const ssize_t n = write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}
bool read_all(int fd, char* to, size_t n) {
  while (n > 0) {
    const ssize_t got = read(fd, to, n);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    n -= static_cast<size_t>(got);
  }
  return true;
}

}  // namespace

std::string free_port() {
  distributed::TCPStoreOptions o;
  o.is_server = true;
  o.port = 0;
  return std::to_string(distributed::TCPStore(o).port());
}

std::vector<Host> read_hosts(const std::string& path) {
  std::ifstream file(path);
  WICK_CHECK_TYPE(ValueError, file, "launch: cannot open ", path);
  const std::string here = distributed::host_name();
  const bool all_remote = std::getenv("WICK_LAUNCH_RSH") != nullptr;
  std::vector<Host> hosts;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    std::istringstream words(line.substr(0, line.find('#')));
    Host h;
    if (!(words >> h.name)) continue;
    h.address = h.name;
    for (std::string word; words >> word;) {
      char* end = nullptr;
      if (word.rfind("slots=", 0) == 0) h.slots = static_cast<int>(std::strtol(word.c_str() + 6, &end, 10));
      else if (word.rfind("address=", 0) == 0 && word.size() > 8) h.address = word.substr(8);
      else h.slots = 0;
      WICK_CHECK_TYPE(ValueError, h.slots >= 1 && h.slots <= 4096 && (!end || !*end), "launch: ", path, ":", number, ": expected 'HOST slots=N address=ADDR', got '", line, "'");
    }
    WICK_CHECK_TYPE(ValueError, h.name[0] != '-', "launch: ", path, ":", number, ": '", h.name, "' is no host");
    h.local = !all_remote && (h.name == "localhost" || h.name == "127.0.0.1" || h.name == here);
    hosts.push_back(std::move(h));
  }
  WICK_CHECK_TYPE(ValueError, !hosts.empty(), "launch: no host in ", path, "; expected lines 'HOST slots=N'");
  return hosts;
}

Remote reach(const Host& host) {
  const char* rsh = std::getenv("WICK_LAUNCH_RSH");
  std::istringstream words(rsh && *rsh ? rsh : "ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=2");
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  const char* there = std::getenv("WICK_LAUNCH_REMOTE");
  arguments.push_back(host.name);
  arguments.push_back(quoted(there && *there ? there : std::filesystem::read_symlink("/proc/self/exe").string()) + " launch --agent");
  Remote r;
  r.child = start({arguments, {}, {}}, true);
  r.child.name = "host " + host.name;
  r.child.remote = true;
  fcntl(r.child.in, F_SETFL, O_NONBLOCK);  // a machine that is gone reads nothing
  return r;
}

std::string await_hello(Child& c, int milliseconds) {
  const auto end = Clock::now() + std::chrono::milliseconds(milliseconds);
  std::string& line = c.lines[0];
  while (true) {
    if (const size_t n = line.find('\n'); n != std::string::npos) {
      const std::string first = line.substr(0, n);
      line.erase(0, n + 1);
      if (first.rfind(kHello, 0) == 0) return first.substr(std::strlen(kHello));
      std::printf("%s\n", first.c_str());  // a shell's own words
      continue;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd p[2] = {{c.out, POLLIN, 0}, {c.err, POLLIN, 0}};
    if (left <= 0 || poll(p, 2, static_cast<int>(left)) <= 0) return {};
    if (p[1].revents && c.err >= 0) pass_on(c, true);
    if (!p[0].revents) continue;
    char bytes[512];
    const ssize_t n = read(c.out, bytes, sizeof bytes);
    if (n <= 0) return {};
    line.append(bytes, static_cast<size_t>(n));
  }
}

bool send_job(Child& c, const LocalJob& job) {
  std::string body;
  put_all(body, job.program);
  put_all(body, job.environment);
  for (const auto* s : {&job.folder, &job.address, &job.port, &job.secret}) put(body, *s);
  for (const int n : {job.first, job.ranks, job.world, job.host, job.restart, job.grace, static_cast<int>(job.plain)}) put(body, static_cast<uint64_t>(n));
  std::string frame;
  put(frame, body);
  fcntl(c.in, F_SETFL, 0);
  const bool sent = write_all(c.in, frame);
  fcntl(c.in, F_SETFL, O_NONBLOCK);
  return sent;
}

int run_agent() {
  std::printf("%s%s\n", kHello, free_port().c_str());
  std::fflush(stdout);
  uint64_t n = 0;
  if (!read_all(0, reinterpret_cast<char*>(&n), 8) || n > (64u << 20)) return 1;
  std::string body(n, '\0');
  if (!read_all(0, body.data(), n)) return 1;
  distributed::Reader r{body};
  LocalJob job;
  job.program = take_all(r);
  job.environment = take_all(r);
  for (auto* s : {&job.folder, &job.address, &job.port, &job.secret}) *s = r.text();
  for (int* i : {&job.first, &job.ranks, &job.world, &job.host, &job.restart, &job.grace}) *i = static_cast<int>(r.number());
  job.plain = r.number() != 0;
  WICK_CHECK(r.good && !job.program.empty(), "launch: what came was no job");
  std::vector<Child> children;
  for (int i = 0; i < job.ranks; ++i) {
    children.push_back(start_rank(job, i));
    children.back().name += " (" + distributed::host_name() + ")";
  }
  auto heard = Clock::now();
  bool ending = false;
  fcntl(0, F_SETFL, O_NONBLOCK);
  return follow(children, job.grace, [&]() -> int {
    char bytes[64];
    const ssize_t got = read(0, bytes, sizeof bytes);
    if (got > 0) {
      heard = Clock::now();
      for (ssize_t i = 0; i < got; ++i)
        if (bytes[i] != '.') return SIGTERM;
    } else if (!ending && (got == 0 || (errno != EAGAIN && errno != EINTR) || Clock::now() - heard > kSilence)) {
      ending = true;
      return SIGTERM;
    }
    return 0;
  }).code;
}

}  // namespace wick::cli
