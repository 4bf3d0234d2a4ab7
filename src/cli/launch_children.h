// Processes that `wick launch` starts: their output, their ends, and that none of them is left.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "cli/process.h"

namespace wick::cli {

// What the ranks of one machine are started with.
struct LocalJob {
  std::vector<std::string> program;  // and its arguments
  std::string folder;                // to start it in; empty: this one
  std::vector<std::string> environment;  // NAME=VALUE, beside what ranks find anyway
  int first = 0, ranks = 1, world = 1, host = 0, restart = 0, grace = 5;  // grace: seconds between SIGTERM and SIGKILL
  std::string address, port, secret;
  bool plain = false;                // output without the rank in front of each line
};

// A rank on this machine, or the process that stands for another machine.
struct Child {
  pid_t pid = -1;
  std::string name, label;  // in messages; in front of lines
  int out = -1, err = -1, in = -1;
  std::string lines[2];     // not ended yet: output, errors
  bool remote = false;
};

// How it went: the exit code of `wick launch`, and which child failed first.
struct Outcome {
  int code = 0;
  bool interrupted = false;
};

// Starts a program with its output in pipes (and its input, if asked).
Child start(Process process, bool input = false);
Child start_rank(const LocalJob& job, int local);
// Passes output on until all have ended. When one fails or a signal comes, the others have 3 s, then SIGTERM, then
// `grace` seconds later SIGKILL. `tick` is called often and
// may return a signal, as if it had come.
Outcome follow(std::vector<Child>& children, int grace, const std::function<int()>& tick = {});
// Passes on what has come from a child; false: its end.
bool pass_on(Child& c, bool errors);

// Runs `work` in a process of its own. Whichever of the two is killed, with SIGKILL too, the other ends all processes below.
int supervised(const std::function<int()>& work);
// Kills all processes below this one.
void end_descendants();

}  // namespace wick::cli
