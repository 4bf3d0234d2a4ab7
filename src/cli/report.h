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
std::vector<std::string> advice(const Report& report, const std::vector<train::Finding>& found);

// What the doctor knows of the run in a folder; nothing where it cannot be read.
std::optional<train::Signals> doctor_signals(const std::string& dir);
// What it finds, as parts of a page: each with what speaks for it, charts and what to try; and the charts of all signals. `other` is a run that was compared.
std::string findings_html(const train::Signals& signals, const std::vector<train::Finding>& found, const train::Signals* other = nullptr);
std::string signals_html(const train::Signals& signals);
// Writes dir/doctor.html.
void write_doctor_page(const std::string& dir, const train::Signals& signals, const std::vector<train::Finding>& found, const train::Signals* other, const std::string& other_dir);

// Times of a rank, as JSON and as bars, one for each.
Json to_json(const distributed::RankTimes& t);
std::string rank_bars(const std::vector<distributed::RankTimes>& ranks);

// Parts of the page. A picture within it: small ones as they are, with sharp pixels, large ones reduced.
std::string escape(const std::string& text);
std::string embedded(Tensor image, const std::string& title);
struct Curve {
  std::string name, colour;  // a CSS variable
  std::vector<double> x, y;
};
// What x counts; whether x and y are logarithms to base 2 of what is shown.
struct ChartScale {
  const char* x = "epoch";
  bool powers_x = false, powers_y = false;
  double mark = 0;  // an x that is pointed at
};
std::string chart(const std::string& title, const std::string& unit, const std::vector<Curve>& curves, const ChartScale& scale = {});
// A bar for each name; `bad` ones stand out; `powers`: a logarithmic scale; `whole_bar`: what a whole bar stands for at least.
struct Bar {
  std::string name;
  double value = 0;
  bool bad = false;
  std::string shown = {};
};
std::string bars(const std::string& title, const std::string& unit, std::vector<Bar> all, bool powers = false, double whole_bar = 0);
std::string scatter(const Tensor& targets, const Tensor& outputs, const std::string& units);
// The head of a page up to its title; options of the program in a text, which must not break at their dashes; a box with a number.
std::string page_head(const std::string& title, const std::string& line);
std::string with_options(const std::string& text);
std::string score_box(const std::string& value, const std::string& name, bool main = false);
extern const char* const kReportStyle;
extern const char* const kReportScript;

}  // namespace wick::cli
