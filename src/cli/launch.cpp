// wick launch: starts a program as many ranks, on this machine.
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <random>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/dist/store.h>

#include "cli/options.h"

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct LaunchOptions {
  int ranks = 2;
  bool plain = false;                // output without the rank in front of each line
  std::vector<std::string> program;  // and its arguments
};

volatile std::sig_atomic_t interrupted = 0;
void on_signal(int signal) { interrupted = signal; }

struct Rank {
  pid_t pid = -1;
  int out = -1, err = -1;
  std::string lines[2];  // not ended yet: output, errors
  bool running() const { return pid > 0; }
};

std::string free_port() {
  distributed::TCPStoreOptions o;
  o.is_server = true;
  o.port = 0;
  return std::to_string(distributed::TCPStore(o).port());
}

// What a rank finds in its environment.
void set_environment(int rank, int ranks, const std::string& port, const std::string& secret) {
  const std::string r = std::to_string(rank), n = std::to_string(ranks);
  const std::pair<const char*, std::string> values[] = {{"RANK", r}, {"LOCAL_RANK", r}, {"WORLD_SIZE", n}, {"LOCAL_WORLD_SIZE", n}, {"MASTER_ADDR", "127.0.0.1"},
                                                        {"MASTER_PORT", port}, {"WICK_DIST_SECRET", secret}};
  for (const auto& [name, value] : values) setenv(name, value.c_str(), 1);
  // Each its share of the cores, unless the user says otherwise.
  setenv("OMP_NUM_THREADS", std::to_string(std::max(1, get_num_threads() / ranks)).c_str(), 0);
}

Rank begin(int rank, const LaunchOptions& options, const std::string& port, const std::string& secret) {
  int out[2], err[2], told[2];
  WICK_CHECK(pipe2(out, O_CLOEXEC) == 0 && pipe2(err, O_CLOEXEC) == 0 && pipe2(told, O_CLOEXEC) == 0, "launch: cannot make pipes: ", std::strerror(errno));
  std::vector<char*> arguments;
  for (const auto& a : options.program) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid(), pid = fork();
  WICK_CHECK(pid >= 0, "launch: cannot start rank ", rank, ": ", std::strerror(errno));
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) _exit(1);
    set_environment(rank, options.ranks, port, secret);
    dup2(out[1], 1);
    dup2(err[1], 2);
    execvp(arguments[0], arguments.data());
    const int why = errno;
    if (write(told[1], &why, sizeof why) < 0) _exit(126);
    _exit(127);
  }
  for (const int fd : {out[1], err[1], told[1]}) close(fd);
  int why = 0;
  const bool failed = read(told[0], &why, sizeof why) > 0;
  close(told[0]);
  Rank r;
  r.pid = pid;
  r.out = out[0];
  r.err = err[0];
  if (failed) {
    waitpid(pid, nullptr, 0);
    throw Error(str("launch: cannot start ", options.program[0], ": ", std::strerror(why)));
  }
  return r;
}

// Whole lines, each with its rank in front.
void print(const std::string& text, int rank, bool errors, bool plain) {
  std::FILE* to = errors ? stderr : stdout;
  if (!plain) std::fprintf(to, "[%d] ", rank);
  std::fwrite(text.data(), 1, text.size(), to);
  if (text.empty() || text.back() != '\n') std::fputc('\n', to);
  std::fflush(to);
}
bool pass_on(Rank& r, int rank, bool errors, bool plain) {
  int& fd = errors ? r.err : r.out;
  std::string& line = r.lines[errors];
  char bytes[8192];
  const ssize_t n = read(fd, bytes, sizeof bytes);
  if (n < 0 && errno == EINTR) return true;
  if (n > 0) line.append(bytes, static_cast<size_t>(n));
  for (size_t end; (end = line.find('\n')) != std::string::npos; line.erase(0, end + 1)) print(line.substr(0, end + 1), rank, errors, plain);
  if (n > 0) return true;
  if (!line.empty()) print(line, rank, errors, plain);
  line.clear();
  close(fd);
  fd = -1;
  return false;
}

void signal_all(const std::vector<Rank>& ranks, int signal) {
  for (const Rank& r : ranks)
    if (r.running()) kill(-r.pid, signal);
}
std::string how(int status) {
  if (WIFSIGNALED(status)) return str("was ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
  return str("ended with exit code ", WEXITSTATUS(status));
}

int launch(const LaunchOptions& options) {
  std::random_device random;
  const std::string port = free_port(), secret = str(random(), random(), random());
  std::vector<Rank> ranks;
  struct End {
    std::vector<Rank>& ranks;
    ~End() { signal_all(ranks, SIGKILL); }
  } end{ranks};
  for (const int s : {SIGINT, SIGTERM}) std::signal(s, on_signal);
  for (int i = 0; i < options.ranks; ++i) ranks.push_back(begin(i, options, port, secret));

  // After a failure the others have some seconds to say what they saw, and to end in order.
  int code = 0;
  std::optional<Clock::time_point> stop;
  bool terminated = false;
  size_t running = ranks.size();
  while (running > 0) {
    std::vector<pollfd> polled;
    std::vector<std::pair<int, bool>> whose;
    for (int i = 0; i < options.ranks; ++i)
      for (const bool errors : {false, true})
        if (const int fd = errors ? ranks[static_cast<size_t>(i)].err : ranks[static_cast<size_t>(i)].out; fd >= 0) {
          polled.push_back({fd, POLLIN, 0});
          whose.emplace_back(i, errors);
        }
    if (poll(polled.data(), polled.size(), 50) > 0)
      for (size_t k = 0; k < polled.size(); ++k)
        if (polled[k].revents) pass_on(ranks[static_cast<size_t>(whose[k].first)], whose[k].first, whose[k].second, options.plain);
    for (size_t i = 0; i < ranks.size(); ++i) {
      int status = 0;
      if (!ranks[i].running() || waitpid(ranks[i].pid, &status, WNOHANG) != ranks[i].pid) continue;
      ranks[i].pid = -1;
      --running;
      if (status == 0 || code != 0) continue;
      code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
      std::fprintf(stderr, "wick launch: rank %zu %s; ending the others\n", i, how(status).c_str());
      stop = Clock::now() + std::chrono::seconds(3);
    }
    if (interrupted && !code) {
      code = 128 + interrupted;
      stop = Clock::now();
    }
    if (stop && Clock::now() >= *stop) {
      signal_all(ranks, terminated ? SIGKILL : SIGTERM);
      terminated = true;
      stop = Clock::now() + std::chrono::seconds(3);
    }
  }
  for (int i = 0; i < options.ranks; ++i)
    for (const bool errors : {false, true}) {
      Rank& r = ranks[static_cast<size_t>(i)];
      int& fd = errors ? r.err : r.out;
      if (fd < 0) continue;
      fcntl(fd, F_SETFL, O_NONBLOCK);  // a grandchild may hold the other end
      while (fd >= 0 && pass_on(r, i, errors, options.plain)) {}
    }
  return code;
}

}  // namespace

void add_launch(CLI::App& app, Action& action) {
  const auto options = std::make_shared<LaunchOptions>();
  CLI::App* launch_app = app.add_subcommand("launch", "Start a program as many ranks that train together, on this machine\n\nExample: wick launch -n 2 ./train --epochs 3");
  launch_app->add_option("-n,--ranks", options->ranks, "how many")->check(CLI::Range(1, 4096))->capture_default_str();
  launch_app->add_flag("--plain", options->plain, "no rank in front of each line of output");
  launch_app->footer("The program follows the options, its own arguments after it. Each rank finds RANK, LOCAL_RANK, WORLD_SIZE, MASTER_ADDR,\n"
                     "MASTER_PORT and, unless it is set, OMP_NUM_THREADS (its share of the cores). When one fails, the others are ended.");
  launch_app->prefix_command();
  launch_app->callback([options, launch_app, &action] {
    options->program = launch_app->remaining();
    if (options->program.empty()) throw CLI::RequiredError("PROGRAM");
    action = [options] { return launch(*options); };
  });
}

}  // namespace wick::cli
