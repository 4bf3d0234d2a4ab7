// Starting other programs.
#pragma once

#include <string>
#include <vector>

#include <sys/types.h>

namespace wick::cli {

// What a program is started with. It ends with this process (SIGTERM).
struct Process {
  std::vector<std::string> arguments;          // the program, found by PATH, first
  std::vector<std::string> environment;        // NAME=VALUE, beside this process's or in their place; the last of a name counts
  std::string folder;                          // to start it in; empty: this one
  int input = -1, output = -1, errors = -1;    // descriptors; -1: this process's own, but for a terminal, of which nothing is read
  bool own_group = true;                       // else Ctrl-C in a terminal reaches it, too
};

// Errors: ValueError, named after `command`, when it cannot be started.
pid_t spawn(const char* command, const Process& process);
// Waits for its end: the exit code, or 128 and the signal that ended it.
int exit_code(pid_t pid);

// A pipe whose ends other programs do not get unasked.
struct Pipe {
  int read = -1, write = -1;
  explicit Pipe(const char* command);
  ~Pipe() { close_read(), close_write(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_read();
  void close_write();
  // Gives an end away.
  int take_read();
  int take_write();
};

}  // namespace wick::cli
