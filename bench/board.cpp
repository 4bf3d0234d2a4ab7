// Writes many runs for bench/board.sh: wick_bench_board FOLDER [RUNS TAGS EVENTS]
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <wick/log.h>

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto argument = [&](int i, long missing) { return argc > i ? std::atol(argv[i]) : missing; };
  const long runs = argument(2, 250), tags = argument(3, 10000), events = argument(4, 17000000);
  const long of_run = tags * 5 / runs;  // each tag is in five runs
  std::vector<std::string> names;
  for (long t = 0; t < tags; ++t) names.push_back("layer" + std::to_string(t / 40) + "/weight" + std::to_string(t % 40) + "/norm");
  unsigned noise = 1;
  for (long r = 0; r < runs; ++r) {
    char folder[32];
    std::snprintf(folder, sizeof folder, "/run%04ld", r);
    wick::logging::SummaryWriter writer(argv[1] + std::string(folder));
    for (long step = 0; step < events / runs / of_run; ++step)
      for (long k = 0; k < of_run; ++k) {
        noise = noise * 1664525 + 1013904223;
        writer.add_scalar(names[static_cast<size_t>((r * of_run + k) % tags)], 1.0 / (1 + 0.01 * static_cast<double>(step)) + 1e-11 * noise, step);
      }
  }
}
