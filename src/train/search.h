// How a study proposes settings.
#pragma once

#include <random>

#include <wick/train/tune.h>

namespace wick::train {

// Of finished trials: where their settings are in [0, 1), and how good they are (smaller is better).
struct Seen {
  std::vector<double> places;
  double loss = 0;
};
// The settings of trial `number`, as places in [0, 1), one a range. The same for the same arguments.
std::vector<double> propose(const SearchSpace& space, const TuneOptions& options, int64_t number, const std::vector<Seen>& seen);
// How many trials a grid has.
int64_t grid_size(const SearchSpace& space, const TuneOptions& options);

}  // namespace wick::train
