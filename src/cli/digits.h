// `wick train digits` and `wick train mnist`: a convolutional network on handwritten digits.
#pragma once

#include <string>
#include <vector>

#include "cli/run.h"

namespace wick::cli {

struct DigitsOptions : RunOptions {
  std::string task, data;
};
int train_digits(const DigitsOptions& options);

// The digits or images of such a run that are not for training: embedded, or in a folder of idx files.
HeldOut digits_held_out(const std::string& task, const std::string& folder);

// A picture of the images that were classified worst, with the label and the answer below each; returns how many of the shown were wrong.
int64_t write_mistakes(const std::string& path, const Tensor& images, const Tensor& labels, const Tensor& log_probabilities);

}  // namespace wick::cli
