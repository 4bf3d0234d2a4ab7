#include "train/ranks.h"

#include <algorithm>
#include <cstring>

#include <wick/core/generator.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::train::inline v1 {

using distributed::Group;
using distributed::ReduceOp;

namespace {

constexpr const char* kParallel = "wick::nn::parallel::DistributedDataParallel";
Tensor bytes_of(const std::string& text, int64_t room) {
  const Tensor t = zeros({room}, kByte);
  std::memcpy(t.data_ptr(), text.data(), text.size());
  return t;
}

}  // namespace

std::vector<std::string> gather_texts(const std::string& own, const Group& group) {
  const auto n = static_cast<int64_t>(own.size());
  const Tensor sizes = empty({group->size()}, kLong);
  distributed::all_gather_into_tensor(sizes, tensor(n).reshape({1}), group);
  const int64_t room = std::max<int64_t>(1, sizes.max().item<int64_t>());
  const Tensor all = empty({group->size(), room}, kByte);
  distributed::all_gather_into_tensor(all, bytes_of(own, room), group);
  std::vector<std::string> texts;
  for (int64_t r = 0; r < group->size(); ++r)
    texts.emplace_back(reinterpret_cast<const char*>(all.data_ptr<uint8_t>() + r * room), static_cast<size_t>(sizes.data_ptr<int64_t>()[r]));
  return texts;
}
std::string text_of_first(const std::string& own, const Group& group) {
  Tensor size = tensor(static_cast<int64_t>(own.size()));
  distributed::broadcast(size, 0, group);
  if (size.item<int64_t>() == 0) return {};
  const Tensor text = group->rank() == 0 ? bytes_of(own, size.item<int64_t>()) : empty({size.item<int64_t>()}, kByte);
  distributed::broadcast(text, 0, group);
  return {reinterpret_cast<const char*>(text.data_ptr<uint8_t>()), static_cast<size_t>(text.numel())};
}

TrainerBase::Ranks::Ranks(nn::Module& model, const TrainerOptions& options) : group(distributed::default_group()) {
  asked_ = zeros({2}, kLong);
  if (model.name() == kParallel) return;
  nn::parallel::DistributedDataParallelOptions o;
  reducer = std::make_unique<nn::parallel::Reducer>(model, o.find_unused_parameters(options.find_unused_parameters()));
}

void TrainerBase::Ranks::prepare(bool averages) {
  numbers_ = Tensor();
  if (!reducer) return;
  reducer->set_synchronises(averages);
  reducer->prepare();
}
void TrainerBase::Ranks::average(optim::Optimizer& optimizer) {
  const NoGradGuard off;
  for (auto& g : optimizer.param_groups())
    for (const Tensor& p : g.params())
      if (p.grad().defined()) distributed::all_reduce(p.grad(), ReduceOp::AVG, group);
}

void TrainerBase::Ranks::same_buffers(const nn::Module& model) {
  for (const Tensor& b : model.buffers()) distributed::broadcast(b, 0, group);
}

bool TrainerBase::Ranks::agree(bool asked) {
  if (question_) question_->wait();
  question_ = nullptr;
  const Tensor t = tensor(static_cast<int64_t>(asked));
  distributed::all_reduce(t, ReduceOp::MAX, group);
  return t.item<int64_t>() > 0;
}
// A question about every 50 ms is no burden, and nobody waits for its answer.
bool TrainerBase::Ranks::agree_later(bool asked) {
  bool agreed = false;
  auto* word = asked_.data_ptr<int64_t>();
  if (question_) {
    question_->wait();
    question_ = nullptr;
    agreed = word[0] > 0;
    every_ = std::clamp<int64_t>(50 * every_ / std::max<int64_t>(1, word[1]), 1, 1000);
    steps_ = 0;
  }
  if (++steps_ < every_ || agreed) return agreed;
  const auto now = std::chrono::steady_clock::now();
  word[0] = asked;
  word[1] = std::chrono::duration_cast<std::chrono::milliseconds>(now - last_).count();
  last_ = now;
  question_ = distributed::all_reduce(asked_, ReduceOp::MAX, group, true);
  return false;
}

void TrainerBase::Ranks::same_numbers() {
  Generator g = default_generator();
  const Tensor state = g.get_state();
  distributed::broadcast(state, 0, group);
  g.set_state(state);
}
void TrainerBase::Ranks::own_numbers() {
  if (group->rank() == 0) return;
  Generator g = default_generator();
  const Tensor state = g.get_state();
  uint64_t seed = static_cast<uint64_t>(group->rank()) * 0x9e3779b97f4a7c15u, word;
  for (int64_t i = 0; i + 8 <= state.numel(); i += 8) {
    std::memcpy(&word, state.data_ptr<uint8_t>() + i, 8);
    seed = (seed ^ word) * 0xbf58476d1ce4e5b9u;
    seed ^= seed >> 29;
  }
  g.set_current_seed(seed);
}
void TrainerBase::Ranks::gather_numbers() {
  const Tensor state = default_generator().get_state();
  numbers_ = empty({group->size(), state.numel()}, kByte);
  distributed::all_gather_into_tensor(numbers_, state, group);
}
void TrainerBase::Ranks::save(serialize::OutputArchive& archive) const {
  archive.write("ranks", IValue(static_cast<int64_t>(group->size())));
  if (numbers_.defined()) archive.write("numbers", numbers_, true);
  if (reducer) archive.write("order", IValue(reducer->order()));
}
void TrainerBase::Ranks::load(serialize::InputArchive& archive) {
  loaded_ = Tensor();
  archive.try_read("numbers", loaded_, true);
  if (IValue order; reducer && archive.try_read("order", order) && !order.toIntVector().empty()) reducer->set_order(order.toIntVector());
}
void TrainerBase::Ranks::restore_numbers() {
  if (saved_ranks == 0) return;
  if (loaded_.defined() && loaded_.dim() == 2 && loaded_.size(0) == group->size()) {
    Generator g = default_generator();
    g.set_state(loaded_[group->rank()].contiguous());
  } else {
    same_numbers();
    own_numbers();
  }
  loaded_ = Tensor();
  saved_ranks = 0;
}

}  // namespace wick::train::inline v1
