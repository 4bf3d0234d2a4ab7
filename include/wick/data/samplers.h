// Samplers: which examples make the next batch.
#pragma once

#include <optional>
#include <vector>

#include <wick/core/generator.h>
#include <wick/tensor.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace data {
namespace samplers {
inline namespace v1 {

/// Gives requests for batches until an epoch is over; `reset` starts the next, of another size on demand.
template <class BatchRequest = std::vector<size_t>>
class Sampler {
 public:
  using BatchRequestType = BatchRequest;
  virtual ~Sampler() = default;
  virtual void reset(std::optional<size_t> new_size) = 0;
  virtual std::optional<BatchRequest> next(size_t batch_size) = 0;
  /// Writes or reads the place in the epoch. Samplers that do not define them have none.
  virtual void save(serialize::OutputArchive&) const {}
  virtual void load(serialize::InputArchive&) {}
};

/// `save` and `load`.
template <class BatchRequest>
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Sampler<BatchRequest>& sampler) {
  sampler.save(archive);
  return archive;
}
template <class BatchRequest>
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Sampler<BatchRequest>& sampler) {
  sampler.load(archive);
  return archive;
}

/// A request of another kind than a list of numbers: it only knows its size.
struct CustomBatchRequest {
  virtual ~CustomBatchRequest() = default;
  virtual size_t size() const = 0;
};

namespace detail {
[[noreturn]] void throw_empty_batches();
void check_rank(size_t replicas, size_t rank);
}

/// Numbers in a random order (that of `randperm`), each once an epoch.
class RandomSampler : public Sampler<> {
 public:
  explicit RandomSampler(int64_t size, ScalarType index_dtype = kLong);
  ~RandomSampler() override;
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  /// How many were given in this epoch.
  size_t index() const noexcept { return index_ < 0 ? 0 : static_cast<size_t>(index_); }

 protected:
  // For kinds that draw in another way, numbers below `population`: `reset` draws, and so does the first `next` if nothing was drawn before.
  RandomSampler(Tensor none, int64_t population) : indices_(std::move(none)), index_(-1), population_(population) {}
  Tensor indices_;
  int64_t index_ = 0;

 private:
  int64_t population_ = -1;  // as many as there are indices
};

/// `num_samples` numbers an epoch, each 0 to n - 1 with a probability in proportion to its weight, drawn again and again or, without `replacement`, at
/// most once: Python's draws for the same seed. `reset` may change how many. Errors: `num_samples` of 0; of `reset`: no weights, negative ones, too few.
/// (https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.WeightedRandomSampler)
class WeightedRandomSampler : public RandomSampler {
 public:
  WeightedRandomSampler(const std::vector<double>& weights, size_t num_samples, bool replacement = true, std::optional<Generator> generator = std::nullopt);
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  /// Weights for labels [n] (integers 0 to classes - 1): with them each class comes equally often.
  static std::vector<double> balanced(const Tensor& labels);

 private:
  Tensor weights_;
  int64_t num_samples_;
  bool replacement_;
  std::optional<Generator> generator_;
};

/// The numbers given, in a random order: Python's for the same seed. Errors of `reset`: another size.
/// (https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.SubsetRandomSampler)
class SubsetRandomSampler : public RandomSampler {
 public:
  explicit SubsetRandomSampler(const std::vector<size_t>& indices, std::optional<Generator> generator = std::nullopt);
  void reset(std::optional<size_t> new_size = std::nullopt) override;

 private:
  Tensor members_;
  std::optional<Generator> generator_;
};

/// Batches of `batch_size` of another sampler's numbers, whatever size the loader asks for; the last one may be left out.
/// (https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.BatchSampler)
template <class S = RandomSampler>
class BatchSampler : public Sampler<typename S::BatchRequestType> {
 public:
  BatchSampler(S sampler, size_t batch_size, bool drop_last = false) : sampler_(std::move(sampler)), batch_size_(batch_size), drop_last_(drop_last) {
    if (batch_size == 0) detail::throw_empty_batches();
  }
  void reset(std::optional<size_t> new_size = std::nullopt) override { sampler_.reset(new_size); }
  std::optional<typename S::BatchRequestType> next(size_t) override {
    auto batch = sampler_.next(batch_size_);
    if (batch && drop_last_ && batch->size() < batch_size_) batch.reset();
    return batch;
  }
  void save(serialize::OutputArchive& archive) const override { sampler_.save(archive); }
  void load(serialize::InputArchive& archive) override { sampler_.load(archive); }
  S& sampler() { return sampler_; }

 private:
  S sampler_;
  size_t batch_size_;
  bool drop_last_;
};

/// Numbers in order.
class SequentialSampler : public Sampler<> {
 public:
  explicit SequentialSampler(size_t size);
  ~SequentialSampler() override;
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return index_; }

 private:
  size_t size_, index_ = 0;
};

/// How many examples are wanted, for stream datasets.
struct BatchSize : public CustomBatchRequest {
  explicit BatchSize(size_t size) : size_(size) {}
  size_t size() const noexcept override { return size_; }
  operator size_t() const noexcept { return size_; }
  size_t size_;
};
/// Requests for so many examples, until `epoch_size` were asked for.
class StreamSampler : public Sampler<BatchSize> {
 public:
  explicit StreamSampler(size_t epoch_size);
  ~StreamSampler() override;
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<BatchSize> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;

 private:
  size_t examples_retrieved_so_far_ = 0, epoch_size_;
};

/// One of `num_replicas` shares of an epoch, that of `rank`. With `allow_duplicates` all shares are equally
/// long, some examples twice; without, the rest is left out. `set_epoch` before `reset` changes the order; a second epoch in the order of the first one
/// is warned of.
template <class BatchRequest = std::vector<size_t>>
class DistributedSampler : public Sampler<BatchRequest> {
 public:
  DistributedSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true)
      : size_(size), num_replicas_(num_replicas), rank_(rank), allow_duplicates_(allow_duplicates) {}
  void set_epoch(size_t epoch) { epoch_ = epoch; }
  size_t epoch() const { return epoch_; }

 protected:
  size_t local_sample_count() const { return allow_duplicates_ ? (size_ + num_replicas_ - 1) / num_replicas_ : size_ / num_replicas_; }
  size_t size_, num_replicas_, rank_, epoch_ = 0;
  bool allow_duplicates_;
};

/// Shares in a random order, and shares in order.
class DistributedRandomSampler : public DistributedSampler<> {
 public:
  DistributedRandomSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true);
  ~DistributedRandomSampler() override;
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return sample_index_; }

 private:
  static constexpr size_t kUnknown = static_cast<size_t>(-1);
  size_t begin_index_ = 0, end_index_ = 0, sample_index_ = 0, drawn_ = 0;  // drawn_: the epoch whose order this is
  bool warned_ = false;
  std::vector<size_t> all_indices_;
};
class DistributedSequentialSampler : public DistributedSampler<> {
 public:
  DistributedSequentialSampler(size_t size, size_t num_replicas = 1, size_t rank = 0, bool allow_duplicates = true);
  ~DistributedSequentialSampler() override;
  void reset(std::optional<size_t> new_size = std::nullopt) override;
  std::optional<std::vector<size_t>> next(size_t batch_size) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
  size_t index() const noexcept { return sample_index_; }

 private:
  void populate_indices();
  size_t begin_index_ = 0, end_index_ = 0, sample_index_ = 0;
};

/// The share of one of `ranks` processes in each batch of all: `ranks * batch_size` numbers of another sampler are cut in as many pieces, one after the other, so
/// that processes with batches of B see together what one with batches of `ranks * B` sees. All must have the same numbers: for a RandomSampler, the default
/// generator in the same state when an epoch begins (a Trainer sees to that). The pieces of the last batch may differ by one example; those with fewer than
/// `least` are filled up with what they have, or with the batch's first, so that no process is without.
template <class S = RandomSampler>
class RankSampler : public Sampler<> {
 public:
  RankSampler(S sampler, size_t ranks, size_t rank, size_t least = 0) : sampler_(std::move(sampler)), ranks_(ranks), rank_(rank), least_(least) { detail::check_rank(ranks, rank); }
  void reset(std::optional<size_t> new_size = std::nullopt) override { sampler_.reset(new_size); }
  std::optional<std::vector<size_t>> next(size_t batch_size) override {
    const auto all = sampler_.next(batch_size * ranks_);
    if (!all) return std::nullopt;
    const size_t n = all->size(), first = n * rank_ / ranks_, end = n * (rank_ + 1) / ranks_;
    std::vector<size_t> share(all->begin() + static_cast<std::ptrdiff_t>(first), all->begin() + static_cast<std::ptrdiff_t>(end));
    while (share.size() < least_) share.push_back(share.empty() ? all->front() : share.front());
    if (share.empty()) return std::nullopt;
    return share;
  }
  S& sampler() { return sampler_; }

 private:
  S sampler_;
  size_t ranks_, rank_, least_;
};

}  // namespace v1
}  // namespace samplers
}  // namespace data
}  // namespace wick
