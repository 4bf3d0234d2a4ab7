// Runs the op table: checks results against the golden numbers, or writes them.
//   wick_ops_tests [AREA...]                check; cases in pending.txt are counted, not run
//   wick_ops_tests --strict [AREA...]       run pending cases too, and fail when one passes
//   wick_ops_tests --list-failures [AREA…]  print the failing cases as lines for pending.txt
//   wick_ops_tests --write DIR [AREA...]    write DIR/AREA.txt (built against PyTorch)
// --data DIR is the tests folder (compiled in by default).
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <set>

#include "harness.h"

namespace ops {
namespace {

std::vector<Case>& table() {
  static std::vector<Case> cases;
  return cases;
}

using Golden = std::map<std::string, std::string>;

constexpr double kTolerance = 2e-5;

bool same_number(const std::string& x, const std::string& y) {
  char *x_end, *y_end;
  const double l = std::strtod(x.c_str(), &x_end), r = std::strtod(y.c_str(), &y_end);
  if (*x_end || *y_end || x.empty() || y.empty()) return false;
  if (std::isnan(l) || std::isnan(r)) return std::isnan(l) && std::isnan(r);
  if (std::isinf(l) || std::isinf(r)) return l == r;
  return std::fabs(l - r) <= kTolerance * std::max({1.0, std::fabs(l), std::fabs(r)});
}

// Word by word: numbers up to the tolerance, everything else (types, shapes, text) exactly.
bool same(const std::string& want, const std::string& got) {
  std::istringstream l(want), r(got);
  std::string x, y;
  while (true) {
    const bool more_l = bool(l >> x), more_r = bool(r >> y);
    if (more_l != more_r) return false;
    if (!more_l) return true;
    if (x != y && !same_number(x, y)) return false;
  }
}

std::string result_of(const Case& x) {
  Result r;
  make_inputs();
  try {
    x.run(r);
  } catch (const std::exception&) {
    r.text += " !error";
  }
  const size_t start = r.text.find_first_not_of(' ');
  return start == std::string::npos ? "" : r.text.substr(start);
}

// In a process of its own, so that a crash costs one case only.
std::string isolated_result_of(const Case& x) {
  int ends[2];
  if (pipe(ends) != 0) return "!pipe";
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = result_of(x) + "\n";
    for (size_t done = 0; done < text.size();) {
      const ssize_t n = write(ends[1], text.data() + done, text.size() - done);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  char buffer[4096];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (text.empty() || text.back() != '\n') return "!crash";
  text.pop_back();
  return text;
}

Golden read_golden(const std::string& path) {
  Golden golden;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t tab = line.find('\t');
    if (tab != std::string::npos) golden[line.substr(0, tab)] = line.substr(tab + 1);
  }
  return golden;
}

std::set<std::string> read_pending(const std::string& path) {
  std::set<std::string> names;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] != '#') names.insert(line);
  return names;
}

struct Options {
  bool strict = false, list = false;
  std::string write, data = OPS_DATA;
  std::set<std::string> areas;
};

Options parse(int argc, char** argv) {
  Options o;
  for (int k = 1; k < argc; ++k) {
    const std::string x = argv[k];
    if (x == "--strict") o.strict = true;
    else if (x == "--list-failures") o.list = true;
    else if ((x == "--write" || x == "--data") && k + 1 < argc) (x == "--write" ? o.write : o.data) = argv[++k];
    else o.areas.insert(x);
  }
  return o;
}

int write_golden(const Options& o) {
  std::map<std::string, std::ofstream> files;
  int bad = 0;
  for (const Case& x : table()) {
    if (!o.areas.empty() && !o.areas.count(x.area)) continue;
    auto& file = files[x.area];
    if (!file.is_open()) file.open(o.write + "/" + x.area + ".txt");
    const std::string got = result_of(x);
    const bool threw = got.size() >= 6 && got.compare(got.size() - 6, 6, "!error") == 0;
    if (threw != x.throws) std::printf("%s/%s: %s\n", x.area, x.name, threw ? "throws" : "should throw"), ++bad;
    file << x.name << '\t' << got << '\n';
    file.flush();
  }
  return bad ? 1 : 0;
}

int check(const Options& o) {
  const auto pending = read_pending(o.data + "/ops/pending.txt");
  std::map<std::string, Golden> golden;
  int passed = 0, failed = 0, waiting = 0;
  for (const Case& x : table()) {
    if (!o.areas.empty() && !o.areas.count(x.area)) continue;
    if (!golden.count(x.area)) golden[x.area] = read_golden(o.data + "/golden/ops/" + x.area + ".txt");
    const std::string name = std::string(x.area) + "/" + x.name;
    const bool is_pending = pending.count(name) > 0;
    if (is_pending && !o.strict && !o.list) { ++waiting; continue; }
    const auto want = golden[x.area].find(x.name);
    const std::string got = o.list || is_pending ? isolated_result_of(x) : result_of(x);
    const bool ok = want != golden[x.area].end() && same(want->second, got);
    if (o.list) {
      if (!ok) std::printf("%s\n", name.c_str());
      ++(ok ? passed : failed);
    } else if (is_pending) {
      if (ok) std::printf("PASSES  %s: remove it from pending.txt\n", name.c_str());
      ++(ok ? failed : waiting);
    } else if (ok) {
      ++passed;
    } else {
      ++failed;
      std::printf("FAILED  %s\n  want %s\n  got  %s\n", name.c_str(),
                  want == golden[x.area].end() ? "(no golden numbers)" : want->second.c_str(), got.c_str());
    }
    std::fflush(stdout);
  }
  if (o.list) return 0;
  std::printf("%d passed, %d failed, %d pending\n", passed, failed, waiting);
  return failed || passed + waiting == 0 ? 1 : 0;
}

}  // namespace

int add_case(const Case& x) {
  table().push_back(x);
  return static_cast<int>(table().size());
}

}  // namespace ops

int main(int argc, char** argv) {
  const auto options = ops::parse(argc, argv);
  return options.write.empty() ? ops::check(options) : ops::write_golden(options);
}
