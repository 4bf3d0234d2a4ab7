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
  Adviser(const Report& r, const Log& log) : r_(r), loss_(column(log, "loss")), held_loss_(column(log, r.held_out->name + "_loss")), images_(r.task == "images"), table_(r.task == "table") {}

  std::vector<std::string> all() {
    if (r_.interrupted) say("The run was interrupted before its end: the same command with --resume goes on to the same result.");
    const bool learnt = r_.classes.empty() ? numbers() : classes();
    if (learnt) course();
    if (!r_.classes.empty()) {
      weakest();
      certainty();
    }
    signals();
    if (said_.empty()) say("Nothing stands out: training and held-out results are close, and the loss has settled.");
    return said_;
  }

 private:
  static std::vector<double> column(const Log& log, const std::string& name) {
    const auto* c = log.find(name);
    return c ? *c : std::vector<double>();
  }
  void say(std::string text) { said_.push_back(std::move(text)); }
  std::string against_overfitting() const {
    if (images_) return "stronger --augment, --label-smoothing 0.1, --weights of a trained network, or more pictures";
    if (table_) return "--early-stop 10, a smaller network (--hidden 32), more --dropout, or more rows";
    return "fewer epochs or more training images";
  }
  std::string against_underfitting() const {
    if (images_) return "more --epochs, a larger --lr, a larger --model or --size, weaker --augment";
    return table_ ? "more --epochs, a larger --lr, a larger network (--hidden 256,256), or columns that say more" : "more --epochs or a larger --lr";
  }

  // Whether anything was learnt.
  bool classes() {
    const int64_t n = static_cast<int64_t>(r_.classes.size());
    const Tensor counts = r_.held.confusion.sum(1).contiguous();
    int64_t most = 0;
    for (int64_t c = 0; c < n; ++c) most = std::max(most, counts.data_ptr<int64_t>()[c]);
    const double guess = static_cast<double>(most) / static_cast<double>(r_.held.total), gap = r_.training.accuracy - r_.held.accuracy;
    const double noise = 2 * std::sqrt(std::max(r_.held.accuracy * (1 - r_.held.accuracy), 0.01) / static_cast<double>(r_.held.total));
    if (r_.held.accuracy <= guess + 0.02 && r_.training.accuracy < 0.9) {
      say(str("It is hardly better than always saying the most frequent class (", percent(guess), "). Look at the data first: are the labels right? Then try ", against_underfitting(), "."));
      return false;
    }
    if (gap > std::max(0.05, noise))
      say(str("Overfitting: ", percent(r_.training.accuracy), " of the training examples are right, and ", percent(r_.held.accuracy), " of those held out. Try ", against_overfitting(), "."));
    else if (r_.training.accuracy < 0.9)
      say(str("Underfitting: only ", percent(r_.training.accuracy), " of the training examples are right. Try ", against_underfitting(), "."));
    return true;
  }
  bool numbers() {
    if (r_.held.r2 <= 0.02 && r_.training.r2 < 0.5) {
      say(str("It is hardly better than always saying the mean (R2 ", number_text(r_.held.r2), "). Try ", against_underfitting(), "."));
      return false;
    }
    if (r_.held.rmse > 1.25 * r_.training.rmse)
      say(str("Overfitting: the RMSE is ", number_text(r_.training.rmse), " on the training rows and ", number_text(r_.held.rmse), " on those held out. Try ", against_overfitting(), "."));
    else if (r_.training.r2 < 0.5)
      say(str("Only ", percent(std::max(0.0, r_.training.r2)), " of the variance is explained on the training rows. The columns may not say more; if they should, try ", against_underfitting(), "."));
    return true;
  }
  // What the curves show.
  void course() {
    const size_t n = held_loss_.size();
    if (n < 5) return;
    const auto best = std::min_element(held_loss_.begin(), held_loss_.end());
    const size_t at = static_cast<size_t>(best - held_loss_.begin()) + 1;
    if (at <= n * 3 / 5 && held_loss_.back() > 1.15 * *best && (images_ || table_))
      say(str("The loss on what is held out was lowest in epoch ", at, " (", number_text(*best), ") and ended at ", number_text(held_loss_.back()), ": --early-stop ", std::max<size_t>(3, n / 5),
              " would keep the network of that epoch."));
    const size_t before = n - std::max<size_t>(2, n / 5);
    if (at == n && loss_.size() == n && held_loss_.back() < 0.93 * held_loss_[before] && loss_.back() < 0.93 * loss_[before])
      say(str("The loss was still falling at the end: more --epochs (", 2 * n, ", say) may well help."));
    size_t rises = 0;
    for (size_t i = 1; i < loss_.size(); ++i) rises += loss_[i] > 1.02 * loss_[i - 1];
    if (rises * 3 > loss_.size()) say("The training loss goes up and down: try a smaller --lr.");
  }
  // What the doctor sees in layers, steps and data; of the curves and scores more is known here.
  void signals() {
    for (const auto& f : findings_of(r_.dir)) {
      if (f.confidence == train::Confidence::low || f.id == "overfitting" || f.id == "underfitting" || (f.id == "imbalance" && images_)) continue;
      std::string text = f.what + (f.evidence.empty() ? "" : ": " + f.evidence.back()) + ".";
      for (size_t i = 0; i < f.remedies.size() && i < 2; ++i) text += (i == 0 ? " Try " : ", or ") + f.remedies[i];
      say(text + ".");
    }
  }
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
  std::vector<double> loss_, held_loss_;
  bool images_, table_;
  std::vector<std::string> said_;
};

}  // namespace

std::vector<std::string> advice(const Report& report, const Log& log) { return Adviser(report, log).all(); }

}  // namespace wick::cli
