// report.html: one file that says whether a run worked, how well, what went wrong and what to try next.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/dist/meter.h>
#include <wick/train/doctor.h>

#include "cli/run.h"
#include "cli/scores.h"

namespace wick::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Report {
  std::string task, dir, command, units;
  std::vector<std::string> classes;
  const HeldOut* held_out = nullptr;
  Tensor outputs, targets;  // of what is held out
  Scores held, training;    // the second on (some of) the training examples, without augmentation
  std::optional<Scores> test;
  Pairs settings, facts;
  std::vector<distributed::RankTimes> ranks;  // of several
  bool interrupted = false;

  // Writes dir/report.html; the curves are those of dir/log.csv.
  void write() const;
};

// log.csv by columns.
struct Log {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;
  const std::vector<double>* find(const std::string& name) const;
};
Log read_log(const std::string& path);

// What the numbers suggest to try, in sentences.
std::vector<std::string> advice(const Report& report, const Log& log);

// What the doctor says of the run in a folder; nothing where it cannot be read.
std::vector<train::Finding> findings_of(const std::string& dir);

// Times of a rank, as JSON and as bars, one for each.
Json to_json(const distributed::RankTimes& t);
std::string rank_bars(const std::vector<distributed::RankTimes>& ranks);

// Parts of the page.
std::string escape(const std::string& text);
struct Curve {
  std::string name, colour;  // a CSS variable
  std::vector<double> x, y;
};
// What x counts; whether x and y are logarithms to base 2 of what is shown.
struct ChartScale {
  const char* x = "epoch";
  bool powers_x = false, powers_y = false;
};
std::string chart(const std::string& title, const std::string& unit, const std::vector<Curve>& curves, const ChartScale& scale = {});
std::string scatter(const Tensor& targets, const Tensor& outputs, const std::string& units);
extern const char* const kReportStyle;
extern const char* const kReportScript;

}  // namespace wick::cli
