// wick scale: a program on 1, 2, 4, … ranks, and what more would bring.
#pragma once

#include <string>
#include <vector>

#include <wick/dist/meter.h>

#include "cli/network.h"

namespace wick::cli {

// A run on some ranks; seconds of a step, means over the ranks but for `step`, the median of the slowest.
struct ScalePoint {
  int ranks = 1, threads = 1;
  bool measured = true;
  double step = 0, compute = 0, data = 0, exposed = 0, hidden = 0;
  double examples = 0;             // of all ranks in a step; 0: nobody counts them, and steps of all ranks are
  double bytes = 0, operations = 0;  // that a rank reduces in a step
  double rate() const { return (examples > 0 ? examples : ranks) / step; }
  double speedup = 1, efficiency = 1;  // against the first point
  std::string bottleneck;
};
struct Reduction { int ranks; double bytes, seconds; };  // of an all-reduce

struct ScaleResult {
  std::string command, unit;
  bool strong = false;
  int cores = 1;
  std::vector<ScalePoint> points;      // measured, then modelled
  std::vector<Reduction> reductions;
  double latency = 0, bandwidth = 0;   // seconds, bytes a second
  bool given = false;                  // they were, not measured
};

ScalePoint point_of(int ranks, const std::vector<distributed::RankTimes>& times);
// Efficiencies and bottlenecks of what was measured; latency and bandwidth from the reductions, unless given; points of the model up to `most` ranks.
void compare(ScaleResult& r);
void model(ScaleResult& r, int most);
// The model's time of reducing `bytes` in `operations` pieces.
double reduction_time(const ScaleResult& r, int ranks, double bytes, double operations);
extern const char* const kScaleFormula;

std::string scale_table(const ScaleResult& r);
std::string scale_page(const ScaleResult& r);
Json scale_json(const ScaleResult& r);

}  // namespace wick::cli
