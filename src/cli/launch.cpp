// wick launch: starts a program as many ranks, on this machine or on several, and again when one fails.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

#include <unistd.h>

#include <CLI/CLI.hpp>

#include <wick/core/str.h>

#include "cli/launch_hosts.h"
#include "cli/options.h"
#include "dist/socket.h"

extern char** environ;

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct LaunchOptions {
  int ranks = 0;                     // 0: two, or all slots of the hosts
  std::string hosts;
  int restarts = 0, min_ranks = 0;   // 0: all
  int grace = 5;
  std::vector<std::string> pass;     // variables for other machines
  bool plain = false, agent = false;
  std::vector<std::string> program;  // and its arguments
};

constexpr int kAnswer = 15000;  // milliseconds that a host has to answer

// Variables that other machines get: Wick's, OpenMP's and the paths, and those that were asked for.
std::vector<std::string> environment_for_others(const std::vector<std::string>& pass) {
  std::vector<std::string> some;
  for (char** e = environ; *e; ++e) {
    const std::string entry = *e, name = entry.substr(0, entry.find('='));
    const bool always = (name.rfind("WICK_", 0) == 0 && name.rfind("WICK_LAUNCH_", 0) != 0) || name.rfind("OMP_", 0) == 0 || name == "PATH" || name == "LD_LIBRARY_PATH";
    if (always || std::find(pass.begin(), pass.end(), name) != pass.end()) some.push_back(entry);
  }
  for (const auto& p : pass)
    if (p.find('=') != std::string::npos) some.push_back(p);
  return some;
}

// Hosts that answer, each with the slots that are used.
struct Crew {
  std::vector<Host> hosts;
  std::vector<Remote> remotes;  // of those that are not local, in order
  int ranks = 0;
  std::string port;             // free on the first host
};
Crew gather(const std::vector<Host>& hosts, int wanted) {
  Crew crew;
  std::vector<Remote> reached;
  std::vector<std::string> unreached;
  for (const Host& h : hosts)
    if (!h.local) reached.push_back(reach(h));
  const auto end = Clock::now() + std::chrono::milliseconds(kAnswer);
  size_t next = 0;
  for (Host h : hosts) {
    if (!h.local) {
      Remote& r = reached[next++];
      r.hello = await_hello(r.child, static_cast<int>(std::max<int64_t>(1, std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count())));
      if (r.hello.empty()) {
        std::fprintf(stderr, "wick launch: host %s does not answer; it is left out\n", h.name.c_str());
        close(r.child.in);
        kill(-r.child.pid, SIGKILL);
        continue;
      }
    }
    if (crew.ranks == wanted) {  // more slots than ranks
      if (!h.local) close(reached[next - 1].child.in);
      continue;
    }
    h.slots = std::min(h.slots, wanted - crew.ranks);
    crew.ranks += h.slots;
    if (crew.port.empty()) crew.port = h.local ? free_port() : reached[next - 1].hello;
    crew.hosts.push_back(h);
    if (!h.local) crew.remotes.push_back(std::move(reached[next - 1]));
  }
  return crew;
}

Outcome attempt(const LaunchOptions& options, const std::vector<Host>& hosts, int wanted, int restart) {
  const int least = options.min_ranks > 0 ? options.min_ranks : wanted;
  Crew crew = gather(hosts, wanted);
  if (crew.ranks < least) throw Error(str("launch: ", crew.ranks, " ranks can be started, fewer than ", least, options.min_ranks > 0 ? " (--min-ranks)" : "; --min-ranks allows fewer"));
  if (restart > 0) std::fprintf(stderr, "wick launch: starting again (%d of %d) with %d rank%s\n", restart, options.restarts, crew.ranks, crew.ranks == 1 ? "" : "s");
  std::random_device random;
  LocalJob job;
  job.program = options.program;
  job.plain = options.plain;
  job.world = crew.ranks;
  job.restart = restart;
  job.grace = options.grace;
  job.port = crew.port;
  job.secret = str(random(), random(), random(), random());
  const bool one_machine = crew.remotes.empty();
  job.address = one_machine ? "127.0.0.1" : crew.hosts[0].local && crew.hosts[0].address == crew.hosts[0].name ? distributed::host_name() : crew.hosts[0].address;
  if (!one_machine) job.environment = environment_for_others(options.pass);
  std::vector<Child> children;
  size_t next = 0;
  try {
    for (const Host& h : crew.hosts) {
      job.ranks = h.slots;
      if (h.local) {
        job.folder.clear();
        for (int i = 0; i < h.slots; ++i) children.push_back(start_rank(job, i));
      } else {
        job.folder = std::filesystem::current_path().string();
        children.push_back(std::move(crew.remotes[next++].child));
        send_job(children.back(), job);  // if it fails, the process there ends
      }
      job.first += h.slots;
      ++job.host;
    }
  } catch (const Error&) {
    end_descendants();
    throw;
  }
  auto beat = Clock::now();
  Outcome outcome = follow(children, options.grace, [&] {
    if (!one_machine && Clock::now() >= beat) {
      beat = Clock::now() + std::chrono::seconds(1);
      for (const Child& c : children)
        if (c.remote && c.pid > 0 && write(c.in, ".", 1) < 0) continue;
    }
    return 0;
  });
  end_descendants();
  for (const Child& c : children)
    if (c.in >= 0) close(c.in);
  return outcome;
}

int launch(const LaunchOptions& options) {
  std::vector<Host> hosts;
  if (options.hosts.empty()) hosts.push_back({"localhost", "127.0.0.1", options.ranks > 0 ? options.ranks : 2, true});
  else hosts = read_hosts(options.hosts);
  int slots = 0;
  for (const Host& h : hosts) slots += h.slots;
  const int wanted = options.ranks > 0 ? options.ranks : slots;
  WICK_CHECK_TYPE(ValueError, wanted <= slots, "launch: ", wanted, " ranks do not fit the ", slots, " slots of ", options.hosts);
  WICK_CHECK_TYPE(ValueError, options.min_ranks <= wanted, "launch: --min-ranks ", options.min_ranks, " is more than the ", wanted, " ranks");
  for (int restart = 0;; ++restart) {
    const Outcome outcome = attempt(options, hosts, wanted, restart);
    if (outcome.code == 0 || outcome.interrupted || restart == options.restarts) return outcome.code;
  }
}

}  // namespace

void add_launch(CLI::App& app, Action& action) {
  const auto options = std::make_shared<LaunchOptions>();
  CLI::App* c = app.add_subcommand("launch", "Start a program as many ranks that train together, on this machine or on several\n\nExamples: wick launch -n 2 ./train --epochs 3\n"
                                             "          wick launch --hosts hosts.txt --max-restarts 3 ./train --epochs 3");
  c->add_option("-n,--ranks", options->ranks, "how many (default: 2, or all slots of --hosts)")->check(CLI::Range(1, 4096));
  c->add_option("--hosts", options->hosts, "file with lines 'HOST slots=N', reached with ssh (or the command in WICK_LAUNCH_RSH); address=ADDR\nsays where others reach a host that its name does not lead to")->type_name("FILE");
  c->add_option("--max-restarts", options->restarts, "when a rank fails, start all again so often; they find WICK_RESTART=1, 2, …")->check(CLI::Range(0, 1000000))->capture_default_str();
  c->add_option("--min-ranks", options->min_ranks, "go on with so few ranks when hosts do not answer (default: all are needed)")->check(CLI::Range(1, 4096));
  c->add_option("-x,--export", options->pass, "a variable for ranks on other machines, NAME or NAME=VALUE (always: WICK_*, OMP_*, PATH, LD_LIBRARY_PATH)")->allow_extra_args(false)->type_name("NAME");
  c->add_option("--grace", options->grace, "seconds that ranks have to end in order, between SIGTERM and SIGKILL")->check(CLI::Range(0, 86400))->capture_default_str();
  c->add_flag("--plain", options->plain, "no rank in front of each line of output");
  c->add_flag("--agent", options->agent)->group("");
  c->footer("The program follows the options, its own arguments after it. Each rank finds RANK, LOCAL_RANK, WORLD_SIZE, LOCAL_WORLD_SIZE,\n"
            "GROUP_RANK (its host's number), MASTER_ADDR, MASTER_PORT, WICK_DIST_SECRET, WICK_RESTART and, unless it is set, OMP_NUM_THREADS\n"
            "(its share of the cores). When one fails, the others are ended: SIGTERM after 3 s, SIGKILL --grace later. Ctrl-C ends all, twice\n"
            "at once; no process is left behind, even when wick launch itself is killed.\n\n"
            "With WICK_RESTART above 0, wick train and train::Checkpoints go on from the newest checkpoint; other programs do it themselves.\n\n"
            "Exit codes: 0 all ranks ended with 0; else that of the rank that failed first (128 + the signal that ended it); 1 a program or\n"
            "host that cannot be started; 2 wrong usage; 130 or 143 interrupted.");
  c->prefix_command();
  c->callback([options, c, &action] {
    options->program = c->remaining();
    if (options->program.empty() && !options->agent) throw CLI::RequiredError("PROGRAM");
    action = [options] { return supervised([options] { return options->agent ? run_agent() : launch(*options); }); };
  });
}

}  // namespace wick::cli
