#include "cli/tune.h"

#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include <wick/core/parallel.h>
#include <wick/core/str.h>
#ifdef WICK_WITH_LOG
#include <wick/log/summary_writer.h>
#endif

#include "cli/options.h"
#include "cli/process.h"
#include "cli/scores.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using Clock = std::chrono::steady_clock;
using train::Study;
using train::Trial;
using train::to_string;
using train::TrialRecord;
using train::TrialState;

std::atomic<int> interrupted{0};
void on_signal(int signal) { interrupted = signal; }

// A child and what it prints on its standard output; everything goes to a file, too.
class Child {
 public:
  Child(const std::vector<std::string>& command, const std::string& folder, const std::string& log, int threads) {
    Pipe out("tune");
    log_ = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    WICK_CHECK(log_ >= 0, "tune: cannot write ", log, ": ", std::strerror(errno));
    Process process{command, {"WICK_TUNE_DIR=" + folder}, {}};
    if (!std::getenv("OMP_NUM_THREADS")) process.environment.push_back("OMP_NUM_THREADS=" + std::to_string(threads));
    process.output = out.write;
    process.errors = log_;
    pid_ = spawn("tune", process);
    out_ = out.take_read();
  }
  ~Child() {
    if (pid_ > 0) end(SIGKILL), waitpid(pid_, nullptr, 0);
    close(out_);
    close(log_);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  // Calls f(line) for each line, until the output ends or `f` says so or Ctrl-C is pressed.
  template <class F>
  void lines(const F& f) {
    std::string text;
    char bytes[8192];
    while (!interrupted) {
      pollfd p{out_, POLLIN, 0};
      if (poll(&p, 1, 100) <= 0) continue;
      const ssize_t n = read(out_, bytes, sizeof bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) return;
      if (write(log_, bytes, static_cast<size_t>(n)) < 0) {}  // the search goes on without a log
      text.append(bytes, static_cast<size_t>(n));
      for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1))
        if (!f(text.substr(0, end))) return;
      if (text.size() > (1 << 20)) text.clear();  // no line of ours
    }
  }
  void end(int signal) const { kill(-pid_, signal); }
  // Its exit code, or minus the signal that ended it; `asked`: it was asked to end, and gets five seconds.
  int wait(bool asked) {
    const auto start = Clock::now();
    int status = 0;
    char bytes[8192];
    fcntl(out_, F_SETFL, O_NONBLOCK);
    while (waitpid(pid_, &status, WNOHANG) == 0) {
      while (read(out_, bytes, sizeof bytes) > 0) {}  // so that it is not held up
      if (asked && Clock::now() - start > std::chrono::seconds(5)) end(SIGKILL);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    end(SIGKILL);  // what it may have left
    pid_ = -1;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_ = -1;
  int out_ = -1, log_ = -1;
};

class Search {
 public:
  Search(TunePlan plan, const TuneRunOptions& o, std::string dir) : plan_(std::move(plan)), o_(o), dir_(std::move(dir)), study_(plan_.space, plan_.options) {
    trains_ = plan_.command.size() > 1 && plan_.command[0] == "wick" && plan_.command[1] == "train";
    live_ = !o.quiet && !o.json && train::is_terminal();
  }

  int go() {
    header();
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, on_signal);
    std::vector<std::thread> slots;
    for (int k = 0; k < plan_.parallel; ++k) slots.emplace_back([this] { serve(); });
    for (auto& slot : slots) slot.join();
    for (const int s : {SIGINT, SIGTERM}) std::signal(s, SIG_DFL);
    clear();
    write_tune_page(dir_, plan_, study_);
    if (error_) std::rethrow_exception(error_);
    finish();
    return interrupted ? 128 + interrupted : study_.best() ? 0 : 1;
  }

 private:
  void serve() {
    try {
      for (Trial trial; !interrupted && !stop_ && study_.ask(trial);) {
        { std::lock_guard<std::mutex> lock(mutex_); ++running_; show(); }
        const bool whole = run(trial);
        std::lock_guard<std::mutex> lock(mutex_);
        --running_;
        if (whole) said(trial.record());
      }
    } catch (...) {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stop_ = true;
    }
  }
  std::string folder(int64_t number) const {
    char name[32];
    std::snprintf(name, sizeof name, "/trial-%03lld", static_cast<long long>(number + 1));
    return dir_ + name;
  }
  // False: interrupted; the trial is done again when the search goes on.
  bool run(Trial& trial) {
    const std::string dir = folder(trial.number());
    std::filesystem::create_directories(dir);
    std::vector<std::string> command = command_of(plan_, trial.record());
    if (command[0] == "wick") command[0] = "/proc/self/exe";
    if (trains_) for (const char* word : {"--json", "--out", dir.c_str()}) command.push_back(word);
    Child child(command, dir_, dir + "/output.txt", std::max(1, get_num_threads() / plan_.parallel));
    double last = NAN, best = NAN;
    bool pruned = false;
    child.lines([&](const std::string& line) {
      if (line.empty() || line[0] != '{') return true;
      const Json j = Json::parse(line, nullptr, false);
      if (!j.is_object() || !j.contains(plan_.metric) || !j[plan_.metric].is_number()) return true;
      last = j[plan_.metric].get<double>();
      if (std::isnan(best) || (plan_.options.maximize() ? last > best : last < best)) best = last;
      const auto& reports = trial.record().reports;
      int64_t step = reports.empty() ? 1 : reports.back().first + 1;
      for (const char* key : {"step", "epoch"})
        if (j.contains(key) && j[key].is_number_integer()) step = j[key].get<int64_t>();
      if (step < 1 || (!reports.empty() && step <= reports.back().first)) return true;
      pruned = !trial.report(step, plan_.best ? best : last);
      return !pruned;
    });
    if (pruned || interrupted) child.end(SIGTERM);
    const int code = child.wait(pruned || interrupted);
    if (interrupted && !pruned) return false;
    const double value = plan_.best ? best : last;
    if (!pruned && code != 0) study_.tell(trial, NAN, str(code < 0 ? "signal " : "exit code ", std::abs(code), ", ", last_line(dir + "/output.txt")));
    else if (std::isnan(value)) study_.tell(trial, NAN, str("it printed no JSON object with \"", plan_.metric, "\""));
    else study_.tell(trial, value);
    log(trial.record(), dir);
    return true;
  }
  static std::string last_line(const std::string& path) {
    std::ifstream in(path);
    std::string last;
    for (std::string line; std::getline(in, line);)
      if (!line.empty()) last = line.substr(0, 200);
    return last.empty() ? "it said nothing" : last;
  }
  // For TensorBoard and the board.
  void log([[maybe_unused]] const TrialRecord& r, [[maybe_unused]] const std::string& dir) const {
#ifdef WICK_WITH_LOG
    if (r.state == TrialState::failed) return;
    logging::SummaryWriter writer(dir);
    logging::HParams settings;
    for (const auto& [name, value] : r.params)
      std::visit([&, n = name](const auto& v) { settings.add({n, v}); }, value);
    writer.add_hparams(settings, {{"tune/" + plan_.metric, r.value}}, {}, "tune");
#endif
  }

  void header() const {
    if (o_.quiet || o_.json) return;
    std::string command;
    for (const auto& w : plan_.command) command += (command.empty() ? "" : " ") + w;
    std::printf("tune     %s\n", command.c_str());
    std::string space = plan_.space.text();
    for (size_t at = 0; at < space.size();) {
      const size_t end = space.find('\n', at);
      std::printf("%-8s %s\n", at == 0 ? "settings" : "", space.substr(at, end - at).c_str());
      at = end + 1;
    }
    const auto before = study_.trials();
    std::printf("goal     %s %s, %lld trials%s\n", plan_.options.maximize() ? "most" : "least", plan_.metric.c_str(), static_cast<long long>(study_.options().trials()),
                plan_.parallel > 1 ? str(", ", plan_.parallel, " at once").c_str() : "");
    if (!before.empty()) std::printf("resumed  %zu trials are there\n", before.size());
    std::fflush(stdout);
  }
  static const char* name(TrialState s) { return s == TrialState::done ? "done" : s == TrialState::pruned ? "pruned" : s == TrialState::failed ? "failed" : "running"; }
  bool better(double a, double b) const { return plan_.options.maximize() ? a > b : a < b; }
  // Settings in columns.
  std::string aligned(const TrialRecord& r) const {
    std::string s;
    for (size_t i = 0; i < r.params.size(); ++i) {
      const auto& range = plan_.space.ranges()[i];
      size_t width = 11;  // 0.000865708
      if (range.kind == train::ParamRange::Kind::integer) width = to_string(range.at(1)).size();
      if (range.kind == train::ParamRange::Kind::choice) {
        width = 0;
        for (const auto& c : range.choices) width = std::max(width, to_string(c).size());
      }
      const std::string text = to_string(r.params[i].second);
      s += r.params[i].first + " " + text + std::string(2 + width - std::min(width, text.size()), ' ');
    }
    return s;
  }
  // A line for a trial that has ended.
  void said(const TrialRecord& r) {
    const bool first = r.state == TrialState::done && (!best_ || better(r.value, best_->value));
    if (first) best_ = r;
    done_ += r.state != TrialState::failed;
    if (r.state == TrialState::failed && done_ == 0 && ++failed_ == 3) stop_ = true;  // so will the others
    if (o_.quiet) return;
    if (o_.json) {
      Json j{{"trial", r.number + 1}, {"state", name(r.state)}};
      for (const auto& [key, value] : r.params) std::visit([&, k = key](const auto& v) { j["params"][k] = v; }, value);
      if (r.state == TrialState::failed) j["error"] = r.error;
      else j["value"] = r.value;
      j["seconds"] = r.seconds;
      std::printf("%s\n", j.dump().c_str());
    } else {
      clear();
      const std::string value = r.state == TrialState::failed ? "failed: " + r.error : number_text(r.value) + (r.state == TrialState::pruned ? str("  ended at step ", r.reports.back().first) : std::string());
      std::printf("trial %*lld/%lld  %s%s%s  %s%s\n", static_cast<int>(std::to_string(study_.options().trials()).size()), static_cast<long long>(r.number + 1), static_cast<long long>(study_.options().trials()),
                  aligned(r).c_str(), r.state == TrialState::failed ? "" : (plan_.metric + " ").c_str(), value.c_str(), train::duration(r.seconds).c_str(), first ? "  ← best" : "");
      show();
    }
    std::fflush(stdout);
  }
  void show() {
    if (!live_) return;
    std::printf("\r\033[K%d running%s", running_, best_ ? str("   best ", number_text(best_->value), " (trial ", best_->number + 1, ")").c_str() : "");
    std::fflush(stdout);
    drawn_ = true;
  }
  void clear() {
    if (drawn_) std::printf("\r\033[K");
    drawn_ = false;
  }
  void finish() const {
    const auto best = study_.best();
    if (o_.quiet) {
      if (best) std::printf("%s\n", settings_text(*best).c_str());
      return;
    }
    if (o_.json) return;
    if (interrupted) std::printf("interrupted: the same command goes on\n");
    if (!best) {
      std::printf("no trial is done%s; see what one says in %s/output.txt\n", stop_ ? ": the first three failed, so the search was ended" : "", folder(0).c_str());
      return;
    }
    std::printf("\nbest     %s %s    trial %lld, %s/\n", plan_.metric.c_str(), number_text(best->value).c_str(), static_cast<long long>(best->number + 1), folder(best->number).c_str());
    std::printf("         %s\n", settings_text(*best).c_str());
    const auto share = study_.importance();
    if (std::any_of(share.begin(), share.end(), [](double s) { return s > 0; })) {
      std::printf("matters  share of the differences between trials that a setting explains alone\n");
      for (size_t i = 0; i < share.size(); ++i) {
        std::string bar;
        for (int k = 0; k < static_cast<int>(std::lround(share[i] * 20)); ++k) bar += "█";
        std::printf("         %-16s %3.0f %%  %s\n", plan_.space.ranges()[i].name.c_str(), 100 * share[i], bar.c_str());
      }
    }
    std::string again;
    for (const auto& w : command_of(plan_, *best)) again += (again.empty() ? "" : " ") + w;
    std::printf("saved    %s/   tune.html  study.sqlite  trial-…/\nnext     %s\n", dir_.c_str(), again.c_str());
  }

  TunePlan plan_;
  const TuneRunOptions& o_;
  std::string dir_;
  Study study_;
  bool trains_ = false, live_ = false, drawn_ = false;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  int running_ = 0, done_ = 0, failed_ = 0;
  std::optional<TrialRecord> best_;
  std::exception_ptr error_;
};

}  // namespace

int tune(const TuneRunOptions& o) {
  TunePlan plan = read_plan(o.file);
  if (o.trials > 0) plan.options.trials(o.trials);
  if (o.parallel > 0) plan.parallel = o.parallel;
  const std::string dir = o.out.empty() ? "runs/tune-" + plan.name : o.out;
  std::filesystem::create_directories(dir);
  plan.options.file(dir + "/study.sqlite");
  return Search(std::move(plan), o, dir).go();
}

void add_tune(CLI::App& app, Action& action) {
  const auto o = std::make_shared<TuneRunOptions>();
  CLI::App* c = app.add_subcommand("tune", "Search for good settings: run a command with many, and keep what they gave\n\nExample: wick tune search.json --parallel 2");
  c->add_option("FILE", o->file, "what to search, see below")->required()->check(CLI::ExistingFile);
  c->add_option("--out", o->out, "folder for study.sqlite, tune.html and a folder a trial (default: runs/tune-FILE); a search that is there goes on")->type_name("DIR");
  c->add_option("--trials", o->trials, "how many in all, in place of what the file says")->check(CLI::Range(1, 1 << 20));
  c->add_option("-j,--parallel", o->parallel, "how many at once, each with its share of the cores")->check(CLI::Range(1, 1024));
  c->add_flag("-q,--quiet", o->quiet, "print the best settings only");
  c->add_flag("--json", o->json, "print one JSON object per trial");
  c->footer(R"(FILE is JSON, comments allowed:
  {
    "command": "wick train table iris.csv --target species --lr {lr} --hidden {width},{width}",
    "metric": "val_accuracy",        // a key of the JSON objects that the command prints, one a line; "goal": "min" or "max" if it is not plain
    "params": {
      "lr": {"real": [1e-4, 1e-1], "log": true},
      "width": {"integer": [8, 128], "log": true},
      "label-smoothing": [0, 0.1]    // choices; settings that the command does not name follow it as --name value
    },
    "search": "tpe",                 // or random, latin, grid
    "trials": 40, "parallel": 2, "seed": 1,
    "stop": {"method": "hyperband", "min": 2, "max": 100, "factor": 3}   // or halving: ends trials that lag behind; "min" and "max" are epochs
  }
`wick train` gets --json and --out by itself. Other programs print lines such as {"step": 3, "loss": 0.25}.)");
  c->callback([o, &action] { action = [o] { return tune(*o); }; });
}

}  // namespace wick::cli
