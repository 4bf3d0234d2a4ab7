// wick-board, what `wick board` starts: runs in the browser.
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <wick/board.h>
#include <wick/core/str.h>

namespace {

namespace board = wick::board;

struct Options {
  std::vector<std::string> folders;
  board::BoardOptions board;
  int port = -1, memory = 192;
  bool json = false, quiet = false;
};

int serve(const Options& o) {
  std::vector<std::string> folders = o.folders;
  if (folders.empty()) folders.push_back(std::filesystem::is_directory("runs") ? "runs" : ".");
  // Ctrl-C is waited for by a thread, so that nothing runs within a signal handler. Blocked before any thread begins.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int s : {SIGINT, SIGTERM}) sigaddset(&signals, s);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  board::Board served(folders, o.board);
  if (o.json) {
    std::printf("{\"url\": \"%s\", \"port\": %d}\n", served.url().c_str(), served.port());
  } else if (o.quiet) {
    std::printf("%s\n", served.url().c_str());
  } else {
    if (!o.board.port() && served.port() != 6006) std::printf("port     6006 is in use; listening at %d\n", served.port());
    std::string list;
    for (const std::string& f : folders) list += (list.empty() ? "" : "  ") + f;
    std::printf("board    %s\nruns in  %s\n%sCtrl-C ends it\n", served.url().c_str(), list.c_str(),
                served.url().find("?token=") != std::string::npos ? "Whoever knows this address sees the runs; keep it to yourself.\n" : "");
  }
  std::fflush(stdout);
  served.start();
  int which = 0;
  sigwait(&signals, &which);
  served.stop();
  if (!o.quiet && !o.json) std::printf("\n");
  return which == SIGINT ? 130 : 0;
}

int run(int argc, char** argv) {
  Options o;
  CLI::App app{"Show runs in the browser: charts that follow training, tables, pictures, graphs\n\nExample: wick board runs/", "wick board"};
  app.add_option("DIR", o.folders, "folders with runs (default: runs/ if it is there, else this one)")->type_name("");
  app.add_option("--port", o.port, "port (default: 6006, or the next that is free; 0: any)")->check(CLI::Range(0, 65535));
  app.add_option("--host", o.board.host(), "address to listen at; any but this machine's own gets a token")->capture_default_str();
  app.add_option("--token", o.board.token(), "ask for this token instead of a random one");
  app.add_option("--allow-host", o.board.allowed_hosts(), "further names of this machine in addresses")->type_name("NAME");
  app.add_option("--interval", o.board.interval(), "seconds between looks at the folders")->type_name("S")->check(CLI::Range(0.05, 3600.0))->capture_default_str();
  app.add_option("--memory", o.memory, "megabytes of memory for runs; those looked at last are kept")->type_name("MB")->check(CLI::Range(1, 1 << 20))->capture_default_str();
  app.add_flag("-q,--quiet", o.quiet, "print the address only");
  app.add_flag("--json", o.json, "print one JSON object with the address");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  if (o.port >= 0) o.board.port(o.port);
  o.board.memory(int64_t{o.memory} << 20);
  return serve(o);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "wick: %s\n", e.what());
    return 1;
  }
}
