// `wick inspect` and `wick convert`: files of weights.
#pragma once

#include <string>
#include <vector>

namespace CLI { class App; }

namespace wick::cli {

struct InspectOptions {
  std::string path, entry;
  bool no_stats = false, quiet = false, verbose = false, json = false;
};
struct ConvertOptions {
  std::string from, to, entry, dtype;
  std::vector<std::string> keep, drop, strip, rename, replace, add;
  bool quiet = false, verbose = false, json = false, compress = false;
};

CLI::App* add_inspect(CLI::App& app, InspectOptions& options);
int inspect(const InspectOptions& options);
CLI::App* add_convert(CLI::App& app, ConvertOptions& options);
int convert(const ConvertOptions& options);

// f32, bf16, i64, …; 46.8 MB (multiples of 1000, as files are sold).
std::string short_dtype(int scalar_type);
std::string bytes_text(double bytes);

}  // namespace wick::cli
