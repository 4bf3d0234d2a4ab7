#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <sstream>

#include <wick/core/str.h>

#include "cli/report.h"

namespace wick::cli {

const std::vector<double>* Log::find(const std::string& name) const {
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == name) return &columns[i];
  return nullptr;
}

Log read_log(const std::string& path) {
  Log log;
  std::ifstream in(path);
  std::string line, field;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    for (size_t i = 0; std::getline(fields, field, ','); ++i) {
      if (log.names.size() <= i && log.columns.size() <= i && (log.columns.empty() || log.columns[0].empty())) {
        log.names.push_back(field);
        log.columns.emplace_back();
      } else if (i < log.columns.size()) {
        log.columns[i].push_back(field.empty() ? std::numeric_limits<double>::quiet_NaN() : std::strtod(field.c_str(), nullptr));
      }
    }
  }
  return log;
}

namespace {

std::string percent(double share) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.1f %%", 100 * share);
  return buf;
}

class Adviser {
 public:
  Adviser(const Report& r, const std::vector<train::Finding>& found) : r_(r), found_(found) {}

  std::vector<std::string> all() {
    if (r_.interrupted) say("The run was interrupted before its end: the same command with --resume goes on to the same result.");
    for (const auto& f : found_) {
      if (f.confidence == train::Confidence::low) continue;
      std::string text = f.what;
      for (size_t i = 0; i < f.remedies.size() && i < 2; ++i) text += (i == 0 ? ". Try " : ", or ") + f.remedies[i];
      say(text + ".");
    }
    if (!r_.classes.empty()) {
      weakest();
      certainty();
    }
    if (said_.empty()) say("Nothing stands out: training and held-out results are close, and the loss has settled.");
    return said_;
  }

 private:
  void say(std::string text) { said_.push_back(std::move(text)); }
  void weakest() {
    const int64_t n = static_cast<int64_t>(r_.classes.size());
    const auto* counts = r_.held.confusion.data_ptr<int64_t>();
    int64_t worst = -1, of_worst = 0;
    for (int64_t c = 0; c < n; ++c) {
      int64_t total = 0;
      for (int64_t k = 0; k < n; ++k) total += counts[c * n + k];
      if (total >= 5 && (worst < 0 || r_.held.recall[static_cast<size_t>(c)] < r_.held.recall[static_cast<size_t>(worst)])) worst = c, of_worst = total;
    }
    if (worst < 0 || r_.held.recall[static_cast<size_t>(worst)] > r_.held.accuracy - 0.1) return;
    int64_t taken = worst == 0 ? 1 : 0;
    for (int64_t k = 0; k < n; ++k)
      if (k != worst && counts[worst * n + k] > counts[worst * n + taken]) taken = k;
    say(str("Hardest class: ", r_.classes[static_cast<size_t>(worst)], ", of which ", percent(r_.held.recall[static_cast<size_t>(worst)]), " of ", of_worst, " are found; most often it is taken for ",
            r_.classes[static_cast<size_t>(taken)], ". More examples of it, or cleaner labels, help most."));
  }
  void certainty() {
    const double n = static_cast<double>(r_.held.total), p = r_.held.accuracy, half = 1.96 * std::sqrt(std::max(p * (1 - p), 1 / (4 * n)) / n);
    if (half > 0.04) say(str("Only ", r_.held.total, " examples are held out: the accuracy is known to within about ±", percent(half), ". Do not choose between settings by less."));
  }

  const Report& r_;
  const std::vector<train::Finding>& found_;
  std::vector<std::string> said_;
};

}  // namespace

std::vector<std::string> advice(const Report& report, const std::vector<train::Finding>& found) { return Adviser(report, found).all(); }

}  // namespace wick::cli
