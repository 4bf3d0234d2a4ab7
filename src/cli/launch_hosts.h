// Other machines of `wick launch`: a file that names them, and the process there that starts their ranks.
#pragma once

#include <optional>

#include "cli/launch_children.h"

namespace wick::cli {

struct Host {
  std::string name, address;  // the address is where others reach rank 0, if it runs there
  int slots = 1;
  bool local = false;         // its ranks are this process's children
};

// Lines "host slots=N address=ADDR"; what follows a # is not read. Errors: a line that is no such.
std::vector<Host> read_hosts(const std::string& path);

// Another machine's process, over WICK_LAUNCH_RSH or ssh. `hello`: it has answered, with a free port of its machine.
struct Remote {
  Child child;
  std::string hello;
};
Remote reach(const Host& host);
// Waits for the answer, passing on what else is said. Empty: none came.
std::string await_hello(Child& c, int milliseconds);
bool send_job(Child& c, const LocalJob& job);
// `wick launch --agent`: reads a job from its input and runs it; ends it when the input ends or is silent.
int run_agent();
std::string free_port();

}  // namespace wick::cli
