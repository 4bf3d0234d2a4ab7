#include "cli/scale.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>

#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/dist.h>
#include <wick/ops.h>

#include "cli/options.h"
#include "cli/process.h"
#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

namespace fs = std::filesystem;

struct ScaleOptions {
  std::vector<int> ranks;
  int threads = 0, most = 256;
  double latency = 0, bandwidth = 0;
  bool strong = false, quiet = false, json = false;
  std::string out, probe;
  std::vector<std::string> program;
};

// Files of the runs, gone in the end.
struct Folder {
  std::string path = (fs::temp_directory_path() / "wick-scale-XXXXXX").string();
  Folder() { WICK_CHECK(mkdtemp(path.data()), "scale: cannot make a folder in ", fs::temp_directory_path().string(), ": ", std::strerror(errno)); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

// As many ranks of a program, their output in a file; the exit code.
int launch_ranks(int ranks, const std::vector<std::string>& program, const std::string& log, const std::string& report, int threads) {
  Process process;
  process.arguments = {"/proc/self/exe", "launch", "-n", std::to_string(ranks), "--plain"};
  process.arguments.insert(process.arguments.end(), program.begin(), program.end());
  process.environment = {"WICK_DIST_REPORT=" + report, "OMP_NUM_THREADS=" + std::to_string(threads)};
  process.own_group = false;
  const int fd = open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  WICK_CHECK(fd >= 0, "scale: cannot write ", log, ": ", std::strerror(errno));
  process.output = process.errors = fd;
  struct Close {
    int fd;
    ~Close() { close(fd); }
  } closes{fd};
  return exit_code(spawn("scale", process));
}

std::string end_of(const std::string& file) {
  std::ifstream f(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(f, line);) lines.push_back(line);
  std::string text;
  for (size_t i = lines.size() > 12 ? lines.size() - 12 : 0; i < lines.size(); ++i) text += "  " + lines[i] + "\n";
  return text;
}

// `wick train` writes its files where they are removed again.
std::vector<std::string> program_of(const ScaleOptions& o, int ranks, const std::string& folder) {
  std::vector<std::string> words = o.program;
  if (words.size() < 2 || fs::path(words[0]).filename() != "wick" || words[1] != "train") return words;
  if (words[0] == "wick") words[0] = fs::read_symlink("/proc/self/exe").string();
  for (const std::string& w : words) WICK_CHECK_TYPE(ValueError, w != "--out" && w.rfind("--out=", 0) != 0, "scale: leave --out away; what the runs write is removed");
  words.insert(words.end(), {"--out", str(folder, "/run-", ranks)});
  if (o.strong && std::find(words.begin(), words.end(), "--global-batch") == words.end()) words.emplace_back("--global-batch");
  return words;
}

void say(const ScaleOptions& o, const std::string& text) {
  if (o.quiet || o.json) return;
  std::fprintf(stderr, "%s", text.c_str());
}

ScalePoint measure(const ScaleOptions& o, int ranks, int threads, const std::string& folder) {
  const std::string log = str(folder, "/log-", ranks), report = str(folder, "/times-", ranks);
  const int code = launch_ranks(ranks, program_of(o, ranks, folder), log, report, threads);
  if (code != 0) throw Error(str("scale: with ", ranks, " rank", ranks == 1 ? "" : "s", " the program ended with exit code ", code, ":\n", end_of(log)));
  std::vector<distributed::RankTimes> times;
  for (int r = 0; r < ranks; ++r) {
    std::ifstream f(str(report, ".", r));
    std::string line;
    if (std::getline(f, line)) times.push_back(distributed::RankTimes::from_text(line));
  }
  WICK_CHECK(times.size() == static_cast<size_t>(ranks) && times[0].steps > 0, "scale: ", ranks - static_cast<int>(times.size()), " of ", ranks,
             " ranks left no times; the program must train with train::Trainer or DistributedDataParallel, and end in order:\n", end_of(log));
  return point_of(ranks, times);
}

std::vector<Reduction> probe(const ScaleOptions& o, int ranks, const std::string& folder) {
  const std::string file = str(folder, "/probe"), log = str(folder, "/log-probe");
  if (launch_ranks(ranks, {"/proc/self/exe", "scale", "--probe", file}, log, "", 1) != 0) {
    say(o, "all-reduce could not be measured:\n" + end_of(log));
    return {};
  }
  std::vector<Reduction> r;
  std::ifstream f(file);
  for (double bytes, seconds; f >> bytes >> seconds;) r.push_back({ranks, bytes, seconds});
  return r;
}

// A rank of the probe: medians of all-reduces.
int run_probe(const std::string& file) {
  const auto group = distributed::init_process_group("gloo");
  std::string text;
  for (const int64_t bytes : {int64_t{1} << 10, int64_t{1} << 14, int64_t{1} << 17, int64_t{1} << 20, int64_t{25} << 20}) {
    const Tensor x = ones({bytes / 4});
    std::vector<double> seconds;
    for (int i = 0; i < (bytes > 1 << 20 ? 12 : 60); ++i) {
      distributed::barrier();
      const auto before = std::chrono::steady_clock::now();
      distributed::all_reduce(x, distributed::ReduceOp::AVG);
      seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - before).count());
    }
    std::sort(seconds.begin(), seconds.end());
    text += str(bytes, " ", seconds[seconds.size() / 2], "\n");
  }
  if (group->rank() == 0) io::write_atomically(file, {{text.data(), text.size()}});
  distributed::destroy_process_group();
  return 0;
}

int scale(const ScaleOptions& given) {
  ScaleOptions o = given;
  if (!o.probe.empty()) return run_probe(o.probe);
  ScaleResult r;
  r.cores = static_cast<int>(std::max(1L, static_cast<long>(get_num_threads())));
  if (const char* set = std::getenv("OMP_NUM_THREADS"); set && *set) r.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  if (o.ranks.empty())
    for (int n = 1; n <= std::max(2, r.cores); n *= 2) o.ranks.push_back(n);
  std::sort(o.ranks.begin(), o.ranks.end());
  o.ranks.erase(std::unique(o.ranks.begin(), o.ranks.end()), o.ranks.end());
  const int threads = o.threads > 0 ? o.threads : std::max(1, r.cores / o.ranks.back());
  for (const std::string& w : o.program) r.command += (r.command.empty() ? "" : " ") + w;
  r.strong = o.strong;
  const Folder folder;
  for (const int n : o.ranks) {
    say(o, str("running ", n, " rank", n == 1 ? "" : "s", " …\n"));
    r.points.push_back(measure(o, n, threads, folder.path));
  }
  r.unit = r.points[0].examples > 0 ? "examples" : "steps";
  compare(r);
  if (o.ranks.back() > 1) {
    say(o, "measuring all-reduce …\n");
    r.reductions = probe(o, o.ranks.back(), folder.path);
    r.given = o.bandwidth > 0 || o.latency > 0;
    WICK_CHECK_TYPE(ValueError, !r.given || (o.bandwidth > 0 && o.latency > 0), "scale: another network needs both --bandwidth and --latency");
    r.latency = o.latency * 1e-6;
    r.bandwidth = o.bandwidth * 1e9;
    model(r, o.most);
  }
  if (o.json) std::printf("%s\n", scale_json(r).dump(1).c_str());
  else if (o.quiet) std::printf("%.4f\n", [&] { double e = 1; for (const auto& p : r.points) if (p.measured) e = p.efficiency; return e; }());
  else std::printf("%s", scale_table(r).c_str());
  if (!o.out.empty()) {
    const std::string page = scale_page(r);
    io::write_atomically(o.out, {{page.data(), page.size()}});
    if (!o.quiet && !o.json) std::printf("saved %s\n", o.out.c_str());
  }
  return 0;
}

}  // namespace

void add_scale(CLI::App& app, Action& action) {
  const auto o = std::make_shared<ScaleOptions>();
  CLI::App* c = app.add_subcommand("scale", "Run a program that trains on 1, 2, 4, … ranks: how much faster it gets, what keeps it, and a model of more ranks\n\n"
                                            "Example: wick scale --ranks 1,2 -- wick train mnist --data mnist/ --epochs 1");
  c->add_option("--ranks", o->ranks, "how many, one run each (default: 1, 2, 4, … up to the cores)")->allow_extra_args(false)->delimiter(',')->check(CLI::Range(1, 4096))->type_name("N,N,…");
  c->add_flag("--strong", o->strong, "the work of a step stays the same (wick train: --global-batch) in place of growing with the ranks");
  c->add_option("--threads", o->threads, "threads of each rank (default: the cores, shared by the most ranks)")->check(CLI::Range(1, 1024));
  c->add_option("--to", o->most, "ranks up to which the model goes")->capture_default_str()->check(CLI::Range(1, 1 << 20));
  c->add_option("--bandwidth", o->bandwidth, "of another network, for the model, GB/s (25 Gbit/s: 3.1)")->type_name("GB/s")->check(CLI::PositiveNumber);
  c->add_option("--latency", o->latency, "of another network, microseconds (Ethernet: 20 to 50)")->type_name("US")->check(CLI::PositiveNumber);
  c->add_option("--out", o->out, "page with the curves to write")->type_name("FILE.html");
  c->add_option("--probe", o->probe, "")->group("");
  c->add_flag("-q,--quiet", o->quiet, "print the efficiency of the most ranks only");
  c->add_flag("--json", o->json, "print one JSON object");
  c->footer(std::string("The program follows the options. It is started by `wick launch`, so it must find its rank there: wick train does, and so does what uses\n"
                        "train::Trainer or DistributedDataParallel. Steps are medians; a step of weak scaling has as many examples on each rank.\n\n") + kScaleFormula);
  c->prefix_command();
  c->callback([o, c, &action] {
    o->program = c->remaining();
    if (o->program.empty() && o->probe.empty()) throw CLI::RequiredError("PROGRAM");
    action = [o] { return scale(*o); };
  });
}

}  // namespace wick::cli
