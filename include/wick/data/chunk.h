// Datasets that come in chunks: read by threads ahead of their use, shuffled within and between chunks.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <wick/data/dataloader.h>

namespace wick {
namespace data {
namespace datasets {
inline namespace v1 {

/// Reads chunks by number: derive and write `read_chunk`, `chunk_count` and `reset`. With several preloaders it is
/// called from several threads.
template <class ExampleType_, class ChunkType_ = std::vector<ExampleType_>>
class ChunkDataReader {
 public:
  using ChunkType = ChunkType_;
  using BatchType = ChunkType_;
  using ExampleType = ExampleType_;
  virtual ~ChunkDataReader() = default;
  virtual ChunkType read_chunk(size_t chunk_index) = 0;
  virtual size_t chunk_count() = 0;
  virtual void reset() = 0;
};

/// Options of a ChunkDataset: the number of threads that read, the size of batches, how many examples are kept ready
/// (2048), and how many chunks are shuffled together (1). Errors: one that is 0, a cache smaller than a batch.
struct ChunkDatasetOptions {
  ChunkDatasetOptions() = delete;
  ChunkDatasetOptions(size_t preloader_count, size_t batch_size, size_t cache_size = 2048, size_t cross_chunk_shuffle_count = 1);
  WICK_ARG(size_t, preloader_count);
  WICK_ARG(size_t, batch_size);
  WICK_ARG(size_t, cache_size) = 2048;
  WICK_ARG(size_t, cross_chunk_shuffle_count) = 1;
};

namespace detail {

// Threads that produce batches into a bounded queue; batches are opaque here.
class ChunkQueue {
 public:
  ChunkQueue(size_t batch_size, size_t capacity, size_t threads, std::function<bool(ChunkQueue&)> load_next);
  ~ChunkQueue();  // stops
  // For `load_next`: waits for room, then calls `split` with the lock held, unless the queue is being stopped.
  using Batch = std::shared_ptr<void>;
  void add(const std::function<void()>& split);
  // For `split`: the last batch if it is not full, and its size; it has grown by n; a new one.
  Batch* unfinished();
  size_t unfinished_size() const;
  void grow(size_t n);
  void push(Batch batch, size_t n);
  // The next batch; null at the end. Errors: WorkerException with what a thread threw.
  Batch pop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
void check_batch_size(size_t wanted, size_t made);

}  // namespace detail

/// Batches out of chunks. `reset` starts an epoch: the chunk sampler decides the order of chunks, the example sampler
/// that within a chunk; `preprocessing_policy` may change each loaded chunk before. What a reader throws comes out of
/// `get_batch` as WorkerException.
template <class ChunkReader, class ChunkSampler = samplers::RandomSampler, class ExampleSampler = samplers::RandomSampler>
class ChunkDataset final : public StatefulDataset<ChunkDataset<ChunkReader, ChunkSampler, ExampleSampler>, typename ChunkReader::BatchType, size_t> {
 public:
  using UnwrappedBatchType = typename ChunkReader::BatchType;
  using BatchType = std::optional<UnwrappedBatchType>;
  using BatchRequestType = size_t;
  using ChunkSamplerType = ChunkSampler;
  using ExampleSamplerType = ExampleSampler;

  /// A dataset of what a reader reads.
  ChunkDataset(ChunkReader chunk_reader, ChunkSampler chunk_sampler, ExampleSampler example_sampler, ChunkDatasetOptions options,
               std::function<void(UnwrappedBatchType&)> preprocessing_policy = {})
      : reader_(std::move(chunk_reader)), chunk_sampler_(std::move(chunk_sampler)), example_sampler_(std::move(example_sampler)), options_(options),
        preprocessing_(std::move(preprocessing_policy)) {}
  ~ChunkDataset() override = default;

  /// The next batch, or none at the end. Errors: another size than that of the options, no `reset` before.
  BatchType get_batch(size_t batch_size) override {
    if (!queue_) data::detail::throw_loader("Dataset needs to call reset() before calling get_batch().");
    detail::check_batch_size(batch_size, options_.batch_size());
    auto batch = queue_->pop();
    if (!batch) return std::nullopt;
    return std::move(*static_cast<UnwrappedBatchType*>(batch.get()));
  }
  BatchType get_batch() { return get_batch(options_.batch_size()); }
  std::optional<size_t> size() const override { return std::nullopt; }

  /// Starts an epoch, in the middle of it after `load`.
  void reset() override {
    queue_.reset();  // ends the threads of an epoch that was not read to its end
    if (!loaded_) {
      reader_.reset();
      chunk_sampler_.reset(reader_.chunk_count());
    }
    loaded_ = false;
    queue_ = std::make_unique<detail::ChunkQueue>(options_.batch_size(), options_.cache_size(), options_.preloader_count(),
                                                  [this](detail::ChunkQueue& queue) { return load_next(queue); });
  }

  /// The sampler of chunks, for `set_epoch` of distributed ones; it is what is saved and loaded.
  ChunkSamplerType& chunk_sampler() { return chunk_sampler_; }
  void save(serialize::OutputArchive& archive) const override {
    std::lock_guard<std::mutex> lock(*sampling_);
    chunk_sampler_.save(archive);
  }
  void load(serialize::InputArchive& archive) override {
    std::lock_guard<std::mutex> lock(*sampling_);
    chunk_sampler_.load(archive);
    loaded_ = true;
  }

 private:
  // Runs in the threads: whether there was another chunk.
  bool load_next(detail::ChunkQueue& queue) {
    std::vector<size_t> chunks;
    {
      std::lock_guard<std::mutex> lock(*sampling_);
      auto next = chunk_sampler_.next(options_.cross_chunk_shuffle_count());
      if (!next) return false;
      chunks = std::move(*next);
    }
    UnwrappedBatchType data = reader_.read_chunk(chunks[0]);
    for (size_t i = 1; i < chunks.size(); ++i) {
      auto more = reader_.read_chunk(chunks[i]);
      std::move(more.begin(), more.end(), std::back_inserter(data));
    }
    if (preprocessing_) preprocessing_(data);
    if (!data.empty()) queue.add([&] { split(queue, data); });
    return true;
  }
  void split(detail::ChunkQueue& queue, UnwrappedBatchType& data) {
    example_sampler_.reset(data.size());
    size_t left = data.size();
    const auto move_some = [&](size_t n, UnwrappedBatchType& to) {
      const auto next = example_sampler_.next(n);
      for (size_t i : *next) to.emplace_back(std::move(data[i]));
      left -= n;
    };
    if (auto* last = queue.unfinished()) {
      const size_t n = std::min(left, options_.batch_size() - queue.unfinished_size());
      move_some(n, *static_cast<UnwrappedBatchType*>(last->get()));
      queue.grow(n);
    }
    while (left > 0) {
      auto batch = std::make_shared<UnwrappedBatchType>();
      const size_t n = std::min(left, options_.batch_size());
      move_some(n, *batch);
      queue.push(std::move(batch), n);
    }
  }

  ChunkReader reader_;
  ChunkSamplerType chunk_sampler_;
  ExampleSamplerType example_sampler_;
  ChunkDatasetOptions options_;
  std::function<void(UnwrappedBatchType&)> preprocessing_;
  std::unique_ptr<std::mutex> sampling_ = std::make_unique<std::mutex>();
  bool loaded_ = false;
  std::unique_ptr<detail::ChunkQueue> queue_;  // last: its threads use all of the above
};

}  // namespace v1
}  // namespace datasets
}  // namespace data
}  // namespace wick
