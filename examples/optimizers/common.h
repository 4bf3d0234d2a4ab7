// What the programs of this chapter share: images, a small network, a training loop that keeps the losses, options of the command line.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <wick/data/datasets.h>
#include <wick/log/figure.h>
#include <wick/wick.h>


namespace example {

// `--name value` pairs; the names that are known, with their defaults.
class Args {
 public:
  Args(int argc, char** argv, std::map<std::string, std::string> known) : values_(std::move(known)) {
    for (int i = 1; i < argc; i += 2) {
      const auto at = std::string(argv[i]).substr(0, 2) == "--" ? values_.find(argv[i] + 2) : values_.end();
      if (at == values_.end() || i + 1 == argc) usage(argv[0]);
      at->second = argv[i + 1];
    }
  }
  std::string operator[](const std::string& name) const { return values_.at(name); }
  int64_t number(const std::string& name) const { return static_cast<int64_t>(real(name)); }
  double real(const std::string& name) const {
    try {
      return std::stod(values_.at(name));
    } catch (const std::logic_error&) {
      std::fprintf(stderr, "--%s %s: expected a number\n", name.c_str(), values_.at(name).c_str());
      std::exit(2);
    }
  }
  // Writes plots to a file in the folder that `--plots` names, if it does.
  void save(const std::string& file, const std::vector<wick::logging::Figure>& plots) const {
    const std::string& folder = values_.at("plots");
    if (folder.empty()) return;
    wick::logging::save(plots, folder + "/" + file);
    std::printf("wrote %s/%s\n", folder.c_str(), file.c_str());
  }

 private:
  [[noreturn]] void usage(const char* program) const {
    std::fprintf(stderr, "usage: %s", program);
    for (const auto& option : values_) std::fprintf(stderr, " [--%s %s]", option.first.c_str(), option.second.empty() ? "DIR" : option.second.c_str());
    std::fprintf(stderr, "\n");
    std::exit(2);
  }
  std::map<std::string, std::string> values_;
};

// How the plots of the guide look.
inline wick::logging::FigureOptions axes(const std::string& title, const std::string& x, const std::string& y) {
  return wick::logging::FigureOptions().width(520).height(330).dashes(true).title(title).x_label(x).y_label(y);
}
// A line of means of `window` values each: noisy curves become readable, and files small.
inline void add_thinned(wick::logging::Figure& figure, const std::string& name, const std::vector<double>& values, size_t window) {
  std::vector<double> x, y;
  for (size_t i = 0; i + window <= values.size(); i += window) {
    double sum = 0;
    for (size_t j = i; j < i + window; ++j) sum += values[j];
    x.push_back(static_cast<double>(i) + 0.5 * static_cast<double>(window + 1));
    y.push_back(sum / static_cast<double>(window));
  }
  figure.line(x, y, name);
}
// 1, 2, ..., n.
inline std::vector<double> count_to(size_t n, double step = 1) {
  std::vector<double> r;
  for (size_t i = 1; i <= n; ++i) r.push_back(static_cast<double>(i) * step);
  return r;
}

struct Set { wick::Tensor x, y; };

// The embedded digits, or MNIST or Fashion-MNIST from a folder with idx files.
inline Set images(const std::string& folder, bool train) {
  if (folder.empty()) {
    auto [x, y] = wick::data::datasets::digits(train);
    return {x, y};
  }
  using wick::data::datasets::MNIST;
  try {
    const MNIST set(folder, train ? MNIST::Mode::kTrain : MNIST::Mode::kTest);
    return {set.images(), set.targets()};
  } catch (const wick::Error& error) {
    std::fprintf(stderr, "--data %s\n", error.what());
    std::exit(2);
  }
}

// Two convolutions and two linear layers; `size` is the images' height and width.
inline wick::nn::Sequential network(int64_t size) {
  using namespace wick::nn;
  return Sequential(Conv2d(Conv2dOptions(1, 8, 3).padding(1)), ReLU(), MaxPool2d(2), Conv2d(Conv2dOptions(8, 16, 3).padding(1)), ReLU(), MaxPool2d(2), Flatten(),
                    Linear(16 * (size / 4) * (size / 4), 32), ReLU(), Linear(32, 10));
}

// Batches in a random order, the same for every run: an endless stream.
class Batches {
 public:
  Batches(Set set, int64_t size) : set_(std::move(set)), size_(size) {}
  Set next() {
    if (at_ + size_ > order_.numel()) order_ = wick::randperm(set_.x.size(0), generator_), at_ = 0;
    const wick::Tensor picked = order_.slice(0, at_, at_ + size_);
    at_ += size_;
    return {set_.x.index_select(0, picked), set_.y.index_select(0, picked)};
  }

 private:
  Set set_;
  int64_t size_, at_ = 0;
  wick::Tensor order_ = wick::empty({0}, wick::kLong);
  wick::Generator generator_ = wick::make_generator(7);
};

// Percent of a set that a classifier gets right.
inline double accuracy(wick::nn::Sequential& net, const Set& set) {
  wick::NoGradGuard off;
  double right = 0;
  for (int64_t at = 0; at < set.x.size(0); at += 1000)
    right += net->forward(set.x.slice(0, at, at + 1000)).argmax(1).eq(set.y.slice(0, at, at + 1000)).sum().item<double>();
  return 100 * right / static_cast<double>(set.x.size(0));
}

inline double mean_of_last(const std::vector<double>& values, size_t count) {
  count = std::min(count, values.size());
  double sum = 0;
  for (size_t i = values.size() - count; i < values.size(); ++i) sum += values[i];
  return sum / static_cast<double>(count);
}

inline double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

using Clock = std::chrono::steady_clock;
inline double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

}  // namespace example
