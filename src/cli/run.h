// What every `wick train` does: the loop with its checkpoints, log, live line and interrupts, the scores at its end, the files it leaves.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/data.h>
#include <wick/optim/lr_range_test.h>
#include <wick/train/data_check.h>

#include "cli/network.h"

namespace wick::cli {

// `wick data check`: the data of a training are looked at, and nothing is trained.
struct CheckOptions {
  std::string out = "data.html";
  bool strict = false, mirrored = false, exact = false;
};

struct RunOptions {
  std::string out;
  int epochs = 15, batch_size = 64, threads = 0, early_stop = 0;
  double lr = 2e-3, label_smoothing = 0;
  double system_metrics = 5;     // seconds between samples; 0: none
  uint64_t seed = 1;
  int64_t checkpoint_every = 0;  // steps; 0: at the end of epochs only
  size_t workers = 0;
  bool resume = false, bf16 = false, quiet = false, verbose = false, json = false;
  bool check = false, lr_range = false;  // train::preflight, or optim::lr_range_test, in the place of training
  // Several processes: the engine ("": what fits the environment), how the rate follows their number, the share of the steps in which it rises.
  std::string backend, scale_lr = "none";
  double warmup = 0.05;
  bool sync_bn = false, global_batch = false;
  std::optional<CheckOptions> faults;
};

// Some examples, and in training which ones.
struct Batch : data::Example<> {
  using data::Example<>::Example;
  Batch(data::Example<> e) : data::Example<>(std::move(e)) {}
  std::vector<size_t> index;
};

// Examples by number, a batch at once; copies are used by workers side by side.
struct Source : data::datasets::BatchDataset<Source, Batch> {
  Source() = default;
  Source(size_t n, std::function<Batch(ArrayRef<size_t>)> batch) : n(n), batch(std::move(batch)) {}
  Batch get_batch(ArrayRef<size_t> request) override { return batch(request); }
  std::optional<size_t> size() const override { return n; }
  size_t n = 0;
  std::function<Batch(ArrayRef<size_t>)> batch;
};
Source in_memory(Tensor x, Tensor y);

// Examples kept apart from training: what they are called ("test", "val"), and how one is shown.
struct HeldOut {
  std::string name;
  Source source;
  std::function<std::string(size_t)> title;  // a file, a line of a table
  std::function<Tensor(size_t)> picture;     // uint8 [C, H, W]; none: there are no pictures
};

// What the data are apart from tensors. Parts are numbered: those for training, those that are held out, those for the test.
struct DataLook {
  std::function<train::DataReport(const train::DataCheckOptions&)> check;
  std::function<std::string(size_t part, size_t)> title, label;
  std::function<Tensor(size_t part, size_t)> picture;  // none: there are no pictures
  std::vector<std::string> unreadable;
};

// A thing to be learnt. Targets are classes [n] or, when there are none, numbers [n, 1], of which the network gives (x - mean) / deviation.
struct Task {
  std::string name, unit = "img";
  Json settings;                 // of model.safetensors, see load_run
  std::string weights;           // a file that the network starts from
  std::string fixed, mark;       // options, and what else, that a run which is gone on with must share
  std::vector<std::string> header;  // lines about the data
  std::vector<std::pair<std::string, std::string>> facts;  // the same for the report
  std::vector<std::string> classes;
  Source training, plain_training;  // the second without augmentation
  HeldOut held_out;
  std::optional<HeldOut> test;   // scored at the end only
  DataLook look;
  std::string units;             // of the target, for people
  double target_mean = 0, target_deviation = 1, weight_decay = 1e-4;
  bool decoupled = true;         // AdamW instead of Adam
  size_t evaluation_batch = 1000;
  Tensor class_weights;
  std::function<void(Network&)> prepare;  // once it is made: what learns, adapters
  std::function<void(Network&, const std::string& dir)> fit, finished;  // in the place of epochs; before the model is saved
  double depth_decay = 1;  // the rate of each part of the network, in units of that of the part behind it
  std::vector<std::pair<std::string, std::string>> how;  // for the report
  std::function<void(Batch&)> mix;  // mixes a batch with itself
  std::function<void(const std::string& dir, const Tensor& outputs, const Tensor& targets)> extra;  // writes more files
  std::vector<std::string> extra_files;
};

// Trains, saves, writes the report; or checks what would be trained, tries learning rates, or with `faults` only looks at the data. Returns the exit code: 0 done, 1 a check failed, 130 (Ctrl-C) or
// 143 (SIGTERM) interrupted, and saved.
int run(Task task, const RunOptions& options);

// Shows what the search for a learning rate saw: a table with bars, or JSON; with --out also lr_range.csv and lr_range.svg there. The exit code: 1 where the loss never falls.
int show_lr_range(const optim::LRRangeTest& seen, const RunOptions& options);

// A word on what takes long before there is a first line, while it lives and where there is a terminal.
struct Busy {
  Busy(const RunOptions& options, const std::string& text);
  ~Busy();
  bool shown;
};

// What the network says of all examples, in order: log-probabilities [n, classes], or numbers [n, 1] in the target's units; and the targets.
std::pair<Tensor, Tensor> outputs_of(const Network& network, const Source& source, size_t workers, bool classes, double mean, double deviation);

}  // namespace wick::cli
