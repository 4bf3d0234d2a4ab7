// `wick train`: a convolutional network on handwritten digits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/wick.h>

namespace wick::cli {

struct TrainOptions {
  std::string task, data, out;
  int epochs = 15, batch_size = 64, threads = 0;
  double lr = 2e-3;
  uint64_t seed = 1;
  int64_t checkpoint_every = 0;  // steps; 0: at the end of epochs only
  bool resume = false, quiet = false, verbose = false, json = false;
};

// What a task trains on. Images are [n, 1, h, w] in [0, 1].
struct Images {
  std::string name, origin;
  std::vector<std::string> classes;
  Tensor train_x, train_y, test_x, test_y;
};
Images load_images(const TrainOptions& o);

// Returns the exit code: 0 done, 130 (Ctrl-C) or 143 (SIGTERM) interrupted, and saved.
int train(const TrainOptions& o);

// The confusion table with named classes, and a picture of the images that were classified worst. The picture shows
// the label and the answer below each image; it returns how many of the shown were wrong.
std::string confusion_table(const std::vector<std::string>& classes, const Tensor& labels, const Tensor& answers);
int64_t write_mistakes(const std::string& path, const Tensor& images, const Tensor& labels, const Tensor& log_probabilities);

}  // namespace wick::cli
