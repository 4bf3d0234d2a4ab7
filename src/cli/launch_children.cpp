#include "cli/launch_children.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wick/core/parallel.h>
#include <wick/core/str.h>

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;

volatile std::sig_atomic_t came = 0, times = 0;
void on_signal(int signal) {
  came = signal;
  times = times + 1;
}
void listen_to_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // no SA_RESTART: waits end
  for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaction(s, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

// Of whole lines, each with its label.
void print(const std::string& text, const std::string& label, bool errors) {
  std::FILE* to = errors ? stderr : stdout;
  std::fputs(label.c_str(), to);
  std::fwrite(text.data(), 1, text.size(), to);
  if (text.empty() || text.back() != '\n') std::fputc('\n', to);
  std::fflush(to);
}
std::string how(int status) {
  if (WIFSIGNALED(status)) return str("was ended by signal ", WTERMSIG(status), " (", strsignal(WTERMSIG(status)), ")");
  return str("ended with exit code ", WEXITSTATUS(status));
}
// Remote ends are asked over their input, since a signal would end the connection only.
void signal_all(const std::vector<Child>& children, int signal, bool connections) {
  for (const Child& c : children) {
    if (c.pid <= 0) continue;
    if (!c.remote || connections) kill(-c.pid, signal);
    else if (write(c.in, signal == SIGKILL ? "K" : "T", 1) < 0) kill(-c.pid, signal);
  }
}

}  // namespace

Child start(Process process, bool input) {
  Pipe out("launch"), err("launch");
  std::optional<Pipe> in;
  if (input) process.input = in.emplace("launch").read;
  process.output = out.write;
  process.errors = err.write;
  Child c;
  c.pid = spawn("launch", process);
  c.out = out.take_read();
  c.err = err.take_read();
  if (input) c.in = in->take_write();
  return c;
}

Child start_rank(const LocalJob& job, int local) {
  const std::string rank = std::to_string(job.first + local);
  Process process{job.program, {}, job.folder};
  // Each its share of the cores, unless the user says otherwise.
  if (!std::getenv("OMP_NUM_THREADS")) process.environment.push_back(str("OMP_NUM_THREADS=", std::max(1, get_num_threads() / job.ranks)));
  process.environment.insert(process.environment.end(), job.environment.begin(), job.environment.end());
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, std::string>>{
           {"RANK", rank}, {"LOCAL_RANK", std::to_string(local)}, {"WORLD_SIZE", std::to_string(job.world)}, {"LOCAL_WORLD_SIZE", std::to_string(job.ranks)}, {"GROUP_RANK", std::to_string(job.host)},
           {"MASTER_ADDR", job.address}, {"MASTER_PORT", job.port}, {"WICK_DIST_SECRET", job.secret}, {"WICK_RESTART", std::to_string(job.restart)}})
    process.environment.push_back(str(name, "=", value));
  Child c = start(process);
  c.name = str("rank ", job.first + local);
  if (!job.plain) c.label = str("[", job.first + local, "] ");
  return c;
}

bool pass_on(Child& c, bool errors) {
  int& fd = errors ? c.err : c.out;
  std::string& line = c.lines[errors];
  char bytes[8192];
  const ssize_t n = read(fd, bytes, sizeof bytes);
  if (n < 0 && errno == EINTR) return true;
  if (n > 0) line.append(bytes, static_cast<size_t>(n));
  size_t begin = 0;
  for (size_t end; (end = line.find('\n', begin)) != std::string::npos; begin = end + 1) print(line.substr(begin, end + 1 - begin), c.label, errors);
  line.erase(0, begin);
  if (n > 0) return true;
  if (!line.empty()) print(line, c.label, errors);
  line.clear();
  close(fd);
  fd = -1;
  return false;
}

Outcome follow(std::vector<Child>& children, int grace, const std::function<int()>& tick) {
  Outcome outcome;
  std::optional<Clock::time_point> stop;
  int stage = 0, heeded = times;  // stages: SIGTERM, SIGKILL, and the connections to other machines
  size_t running = children.size();
  while (running > 0) {
    std::vector<pollfd> polled;
    std::vector<std::pair<size_t, bool>> whose;
    for (size_t i = 0; i < children.size(); ++i)
      for (const bool errors : {false, true})
        if (const int fd = errors ? children[i].err : children[i].out; fd >= 0) {
          polled.push_back({fd, POLLIN, 0});
          whose.emplace_back(i, errors);
        }
    if (poll(polled.data(), polled.size(), 50) > 0)
      for (size_t k = 0; k < polled.size(); ++k)
        if (polled[k].revents) pass_on(children[whose[k].first], whose[k].second);
    const Child* first = nullptr;
    int first_status = 0;
    for (Child& c : children) {
      int status = 0;
      if (c.pid <= 0 || waitpid(c.pid, &status, WNOHANG) != c.pid) continue;
      c.pid = -1;
      --running;
      // Of those that ended at once, the one that was killed: the others saw it.
      if (status != 0 && (!first || (WIFSIGNALED(status) && !WIFSIGNALED(first_status)))) first = &c, first_status = status;
    }
    if (first && outcome.code == 0) {
      outcome.code = WIFEXITED(first_status) ? WEXITSTATUS(first_status) : 128 + WTERMSIG(first_status);
      std::fprintf(stderr, "wick launch: %s %s%s\n", first->name.c_str(), how(first_status).c_str(), running > 0 ? "; ending the others" : "");
      stop = Clock::now() + std::chrono::seconds(3);  // to say what they saw, and to end in order
    }
    const int signal = tick ? tick() : 0;
    if (signal) {
      times = times + 1;
      came = signal;
    }
    if (times != heeded) {  // again: at once
      heeded = times;
      outcome.interrupted = true;
      if (outcome.code == 0) outcome.code = 128 + came;
      stop = Clock::now();
    }
    if (stop && Clock::now() >= *stop) {
      signal_all(children, stage == 0 ? SIGTERM : SIGKILL, stage > 1);
      ++stage;
      stop = Clock::now() + std::chrono::seconds(stage == 1 ? grace : 2);
    }
  }
  for (Child& c : children)
    for (const bool errors : {false, true}) {
      int& fd = errors ? c.err : c.out;
      if (fd < 0) continue;
      fcntl(fd, F_SETFL, O_NONBLOCK);  // a grandchild may hold the other end
      while (fd >= 0 && pass_on(c, errors)) {}
    }
  return outcome;
}

void end_descendants() {
  const auto end = Clock::now() + std::chrono::seconds(5);
  for (bool some = true; some && Clock::now() < end;) {
    some = false;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0) continue;
      std::string stat;
      std::getline(std::ifstream(entry.path() / "stat"), stat);
      const size_t at = stat.rfind(") ");
      if (at == std::string::npos || at + 4 >= stat.size() || std::atoi(stat.c_str() + at + 4) != getpid()) continue;
      some = true;
      kill(pid, SIGKILL);
      while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {}  // its own children become this process's
    }
  }
}

int supervised(const std::function<int()>& work) {
  sigset_t signals, before;
  sigemptyset(&signals);
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) sigaddset(&signals, s);
  sigprocmask(SIG_BLOCK, &signals, &before);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const pid_t self = getpid(), worker = fork();
  WICK_CHECK(worker >= 0, "launch: cannot start a process: ", std::strerror(errno));
  if (worker == 0) {
    setpgid(0, 0);  // signals of a terminal go to the first process, which passes them on
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != self) _exit(1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    listen_to_signals();
    sigprocmask(SIG_SETMASK, &before, nullptr);
    struct End { ~End() { end_descendants(); } } end;
    return work();
  }
  int status = 0;
  while (waitpid(worker, &status, WNOHANG) != worker)
    if (const int signal = sigwaitinfo(&signals, nullptr); signal > 0 && signal != SIGCHLD) kill(worker, signal);
  end_descendants();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace wick::cli
