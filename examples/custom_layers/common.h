// What the examples of this chapter share: the embedded digits, a training loop, and the test of a layer.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <wick/nn/testing.h>
#include <wick/wick.h>

namespace example {

struct Set { wick::Tensor x, y; };

// Digits to train on, `n` of them (0: all) in a fixed random order, or those to test on.
inline Set digits(bool train, int64_t n = 0) {
  auto [x, y] = wick::data::datasets::digits(train);
  if (n == 0) return {x, y};
  wick::Generator order = wick::make_generator(7);
  const wick::Tensor picked = wick::randperm(x.size(0), order).slice(0, 0, n);
  return {x.index_select(0, picked), y.index_select(0, picked)};
}

// Trains a classifier with AdamW for a number of steps, with a learning rate that falls to zero.
template <class Net>
void fit(Net& net, const Set& set, int64_t steps, double rate, int64_t batch = 32) {
  wick::optim::AdamW optimizer(net->parameters(), wick::optim::AdamWOptions(rate));
  net->train();
  for (int64_t step = 0; step < steps;)
    for (const wick::Tensor& picked : wick::randperm(set.x.size(0)).split(batch)) {
      optimizer.param_groups()[0].options().set_lr(rate * static_cast<double>(steps - step) / static_cast<double>(steps));
      optimizer.zero_grad();
      wick::nn::functional::cross_entropy(net(set.x.index_select(0, picked)), set.y.index_select(0, picked)).backward();
      wick::nn::utils::clip_grad_norm_(net->parameters(), 1.0);
      optimizer.step();
      if (++step == steps) break;
    }
}

// Percent of a set that a classifier gets right.
template <class Net>
double accuracy(Net& net, const Set& set) {
  wick::NoGradGuard off;
  net->eval();
  return 100 * net(set.x).argmax(1).eq(set.y).to(wick::kDouble).mean().template item<double>();
}

// Tests a layer and prints what was tested; the program ends with an error if a check fails.
inline void expect_ok(const wick::nn::testing::CheckReport& report) {
  std::cout << report << '\n';
  if (!report.ok()) std::exit(1);
}

}  // namespace example
