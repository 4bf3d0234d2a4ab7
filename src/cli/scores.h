// How good a network is, in numbers and as text.
#pragma once

#include <string>
#include <vector>

#include "cli/network.h"

namespace wick::cli {

struct Scores {
  int64_t total = 0;
  // Of classes.
  int64_t right = 0;
  double accuracy = 0, f1 = 0, auroc = -1, loss = 0;  // auroc -1: not defined
  Tensor confusion;  // int64 [actual, predicted]
  std::vector<double> precision, recall;
  // Of numbers.
  double mae = 0, rmse = 0, r2 = 0;
};

// From log-probabilities [n, classes] and classes [n]; from numbers [n, 1] and what they should be.
Scores score_classes(const Tensor& log_probabilities, const Tensor& labels);
Scores score_numbers(const Tensor& numbers, const Tensor& targets);
Scores score(const Tensor& outputs, const Tensor& targets, bool classes);

std::string summary_line(const std::string& part, const Scores& s, bool classes, const std::string& units);  // "test accuracy 98.9 % (356 of 360)"
Json to_json(const Scores& s, bool classes);
// The confusion table with named classes; for more than 20 the pairs that are confused most.
std::string confusion_table(const std::vector<std::string>& classes, const Tensor& confusion);
std::string number_text(double v);  // with four figures or so

}  // namespace wick::cli
