// Texts with labels, as training, evaluation and prediction read them.
#pragma once

#include <string>
#include <vector>

#include "cli/run.h"

namespace wick::cli {

struct TextRunOptions : RunOptions {
  std::string file, weights, val_file, test_file;
  double val = 0.1;
  int64_t max_length = 128, text_column = 0, label_column = -1;
  bool header = false;
};
// `wick train text`.
int train_text(const TextRunOptions& options);

// {"kind": "text", "config": the text of a config.json, "outputs"}; `weights` is a folder as published.
Network text_network(const Json& network, const std::string& weights);
// The texts of a run's held-out part, or of a file with labels.
HeldOut text_held_out(const Saved& run, const std::string& given, const std::string& part);
// The lines of a file without labels, and how they become tensors.
std::pair<std::vector<std::string>, Source> text_lines(const Saved& run, const std::string& file);

}  // namespace wick::cli
