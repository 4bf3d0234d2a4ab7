// Results in the order in which they come, or in that of their `sequence_number`.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <c10/util/Exception.h>

namespace torch::data::detail::sequencers {

/// Gives the next result, taking as many as it needs from a function that ends with none.
template <class Result>
struct Sequencer {
  using ResultProducer = std::function<std::optional<Result>()>;
  virtual ~Sequencer() = default;
  virtual std::optional<Result> next(ResultProducer next_result) = 0;
};
template <class Result>
struct NoSequencer final : Sequencer<Result> {
  using typename Sequencer<Result>::ResultProducer;
  std::optional<Result> next(ResultProducer next_result) override { return next_result(); }
};
template <class Result>
struct OrderedSequencer : Sequencer<Result> {
  using typename Sequencer<Result>::ResultProducer;
  explicit OrderedSequencer(size_t max_jobs) : buffer_(max_jobs) {}
  std::optional<Result> next(ResultProducer next_result) override {
    while (!buffer(next_sequence_number_)) {
      std::optional<Result> result = next_result();
      if (!result) return std::nullopt;
      auto& place = buffer(result->sequence_number);
      TORCH_CHECK(!place, "two results with places ", result->sequence_number, " and ", place->sequence_number, " among ", buffer_.size());
      place = std::move(result);
    }
    return std::exchange(buffer(next_sequence_number_++), std::nullopt);
  }
  std::optional<Result>& buffer(size_t number) { return buffer_.at(number % buffer_.size()); }
  size_t next_sequence_number_ = 0;
  std::vector<std::optional<Result>> buffer_;
};

}  // namespace torch::data::detail::sequencers
