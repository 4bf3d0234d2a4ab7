// wick board: a program of its own, so that no other command loads what serves pages.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>

#include "cli/options.h"

namespace wick::cli {
namespace {

int start(const std::vector<std::string>& arguments) {
  std::error_code ignored;
  const std::string program = (std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path() / "wick-board").string();
  std::vector<char*> list{const_cast<char*>("wick board")};
  for (const std::string& a : arguments) list.push_back(const_cast<char*>(a.c_str()));
  list.push_back(nullptr);
  execv(program.c_str(), list.data());
  if (errno == ENOENT) throw Error("board: this build has none; it needs libcpp-httplib-dev, nlohmann-json3-dev, libprotozero-dev and node-d3 when it is built (scripts/install-deps.sh)");
  throw Error(str("board: cannot start ", program, ": ", std::strerror(errno)));
}

}  // namespace

void add_board(CLI::App& app, Action& action) {
  CLI::App* c = app.add_subcommand("board", "Show runs in the browser: charts that follow training, tables, pictures, graphs\n\nExample: wick board runs/");
  c->set_help_flag();  // the program's own
  c->prefix_command();
  c->callback([c, &action] { action = [arguments = c->remaining()] { return start(arguments); }; });
}

}  // namespace wick::cli
