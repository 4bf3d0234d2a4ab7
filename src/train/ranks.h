// What trainers of several processes have in common.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <wick/dist.h>
#include <wick/train/trainer.h>

namespace wick::train::inline v1 {

// The texts of all ranks, by rank.
std::vector<std::string> gather_texts(const std::string& own, const distributed::Group& group);
// Rank 0's text, to all.
std::string text_of_first(const std::string& own, const distributed::Group& group);

struct TrainerBase::Ranks {
  Ranks(nn::Module& model, const TrainerOptions& options);

  // Before a forward whose gradients are (or are not yet) to be averaged; averages what no backward did.
  void prepare(bool averages);
  void average(optim::Optimizer& optimizer);
  // Running statistics are rank 0's.
  void same_buffers(const nn::Module& model);
  // Whether some rank asks for an end: at once; after a step, where the answer comes a step later, and is the same on all ranks.
  bool agree(bool asked);
  bool agree_later(bool asked);
  // Random numbers: all as rank 0; the others apart from it again, from the first batch of an epoch on.
  void same_numbers();
  void own_numbers();
  // Those of all ranks, for a checkpoint; and back.
  void gather_numbers();
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);
  void restore_numbers();

  distributed::Group group;
  std::unique_ptr<nn::parallel::Reducer> reducer;  // none where the model has its own
  int64_t saved_ranks = 0;                         // of the checkpoint that was loaded

 private:
  Tensor numbers_, loaded_;  // [ranks, bytes]
  Tensor asked_;             // whether an end is asked for, milliseconds since the question before
  std::shared_ptr<distributed::Work> question_;
  int64_t steps_ = 0, every_ = 1;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace wick::train::inline v1
