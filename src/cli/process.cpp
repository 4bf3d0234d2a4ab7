#include "cli/process.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <wick/core/error.h>
#include <wick/core/str.h>

namespace wick::cli {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> r;
  for (std::string& w : words) r.push_back(w.data());
  r.push_back(nullptr);
  return r;
}
std::vector<std::string> merged(const std::vector<std::string>& own) {
  std::vector<std::string> r;
  const auto add = [&](const std::string& variable) {
    const std::string name = variable.substr(0, variable.find('=') + 1);
    for (std::string& e : r)
      if (e.compare(0, name.size(), name) == 0) return void(e = variable);
    r.push_back(variable);
  };
  for (char** e = environ; *e; ++e) r.emplace_back(*e);
  for (const std::string& e : own)
    if (e.find('=') != std::string::npos) add(e);
  return r;
}

// In the new process: only calls that are safe after a fork. Returns errno.
int become(const Process& p, char** arguments, char** variables, pid_t parent) {
  if (p.own_group) setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  for (const int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(s, SIG_DFL);
  if (!p.folder.empty() && chdir(p.folder.c_str()) != 0) return errno;
  if (p.input >= 0) dup2(p.input, 0);
  else if (isatty(0) || fcntl(0, F_GETFL) < 0) dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);  // a terminal would stop a process that is not in its foreground
  if (p.output >= 0) dup2(p.output, 1);
  if (p.errors >= 0) dup2(p.errors, 2);
  environ = variables;
  execvp(arguments[0], arguments);
  return errno;
}

}  // namespace

pid_t spawn(const char* command, const Process& process) {
  // Made before the fork: other threads may hold the library's locks then.
  std::vector<std::string> words = process.arguments, variables = merged(process.environment);
  auto arguments = pointers(words), environment = pointers(variables);
  Pipe told(command);
  std::fflush(nullptr);
  const pid_t parent = getpid(), pid = fork();
  WICK_CHECK(pid >= 0, command, ": cannot start ", words[0], ": ", std::strerror(errno));
  if (pid == 0) {
    const int why = become(process, arguments.data(), environment.data(), parent);
    if (write(told.write, &why, sizeof why) < 0) _exit(126);
    _exit(127);
  }
  told.close_write();
  int why = 0;
  ssize_t n;
  while ((n = read(told.read, &why, sizeof why)) < 0 && errno == EINTR) {}
  if (n <= 0) return pid;
  waitpid(pid, nullptr, 0);
  throw ValueError(str(command, ": cannot start ", words[0], process.folder.empty() ? "" : " in " + process.folder, ": ", std::strerror(why)));
}

int exit_code(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

Pipe::Pipe(const char* command) {
  int ends[2];
  WICK_CHECK(pipe2(ends, O_CLOEXEC) == 0, command, ": cannot make a pipe: ", std::strerror(errno));
  read = ends[0];
  write = ends[1];
}
int Pipe::take_read() { return std::exchange(read, -1); }
int Pipe::take_write() { return std::exchange(write, -1); }
void Pipe::close_read() {
  if (const int fd = take_read(); fd >= 0) close(fd);
}
void Pipe::close_write() {
  if (const int fd = take_write(); fd >= 0) close(fd);
}

}  // namespace wick::cli
