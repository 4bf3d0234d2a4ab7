// DataLoader: batches of a dataset, made in this thread or by workers ahead of their use.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include <wick/data/datasets.h>
#include <wick/data/samplers.h>
#include <wick/io/archive.h>
#include <wick/nn/arg.h>

namespace wick {
namespace data {
inline namespace v1 {

/// What a worker threw, thrown again in the thread that reads the batches. `index` is the number of the example that failed, if it is known.
struct WorkerException : public std::exception {
  explicit WorkerException(std::exception_ptr original, std::optional<size_t> index = std::nullopt);
  const char* what() const noexcept override { return message.c_str(); }
  std::exception_ptr original_exception;
  std::optional<size_t> index;
  std::string message;
};

/// Options of a loader. `workers` threads work ahead on up to `max_jobs` batches (default: 2 for each; with the one in use and
/// the next, no more are in memory), and run ops in one thread each; `timeout` limits the wait for one; with `enforce_ordering` batches come in the sampler's order; `drop_last` leaves out
/// the last one when it is smaller. With `batch_generator`, what is drawn from the default generator while a batch is made depends on the state of that
/// generator when the epoch began, the epoch and the batch's number only: the same batches for any number of workers, and none of the training's numbers
/// are used up. Without, batches draw from the default generator itself, as in libtorch: with workers, in no certain order.
struct DataLoaderOptions {
  DataLoaderOptions() = default;
  DataLoaderOptions(size_t batch_size) : batch_size_(batch_size) {}
  WICK_ARG(size_t, batch_size) = 1;
  WICK_ARG(size_t, workers) = 0;
  WICK_ARG(std::optional<size_t>, max_jobs);
  WICK_ARG(std::optional<std::chrono::milliseconds>, timeout);
  WICK_ARG(bool, enforce_ordering) = true;
  WICK_ARG(bool, drop_last) = false;
  WICK_ARG(bool, batch_generator) = true;
};
/// The same with all defaults filled in.
struct FullDataLoaderOptions {
  explicit FullDataLoaderOptions(const DataLoaderOptions& o);
  size_t batch_size, workers, max_jobs;
  std::optional<std::chrono::milliseconds> timeout;
  bool enforce_ordering, drop_last, batch_generator;
};

namespace detail {

// For <torch/torch.h>: WorkerException's text then leaves out the example. Returns true.
bool say_only_what_workers_said();
// Runs f with numbers of its own, if there is a seed.
void draw_from(std::optional<uint64_t> seed, const std::function<void()>& f);
// How long this thread waited for batches of loaders, or made them, since it began.
double seconds_waited();
// For handlers of exceptions, see `failed_at`: these were to be the batch's examples.
void failed_in(ArrayRef<size_t> examples);

// The threads and queues behind all loaders; requests and batches are opaque here.
class WorkerPool {
 public:
  using Batch = std::shared_ptr<void>;  // null: the dataset had none for the request
  using Work = std::function<Batch(void* request)>;
  explicit WorkerPool(const FullDataLoaderOptions& options);
  ~WorkerPool();  // waits for the workers
  void add_worker(Work work);
  void push(std::shared_ptr<void> request, std::optional<uint64_t> seed);
  // The next finished batch, in order if that is wanted; none when no job is under way. Throws WorkerException.
  std::optional<Batch> pop();
  size_t in_flight() const;
  void drain();  // forgets all jobs
  void join();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
[[noreturn]] void throw_loader(const char* message);

// The place in an epoch: how many batches were taken, and what the epoch began with (the random numbers and the state of the
// sampler), from which it can be begun again.
class EpochPlace {
 public:
  using Save = std::function<void(serialize::OutputArchive&)>;
  using Load = std::function<void(serialize::InputArchive&)>;
  EpochPlace();
  ~EpochPlace();
  // Begins an epoch with `reset`: a new one, or again the one that was loaded, whose `taken` batches `reset` has to leave out.
  void begin(const Save& save_sampler, const Load& load_sampler, const std::function<void()>& reset);
  void take() { ++taken_; }
  void end();
  size_t taken() const { return taken_; }
  // The seed of the next batch that is asked for.
  uint64_t next_seed();
  void save(serialize::OutputArchive& archive, size_t batch_size) const;
  void load(serialize::InputArchive& archive, size_t batch_size);

 private:
  struct Start;
  std::unique_ptr<Start> start_;  // of the epoch under way
  size_t taken_ = 0, asked_ = 0, epochs_ = 0;
  uint64_t numbers_ = 0;  // stands for the state of the generator
  bool loaded_ = false;
};

}  // namespace detail

/// Walks through the batches of one epoch.
template <class Batch>
class Iterator {
 public:
  using difference_type = std::ptrdiff_t;
  using value_type = Batch;
  using pointer = Batch*;
  using reference = Batch&;
  using iterator_category = std::input_iterator_tag;

  /// The end, or a walk that takes batches from `next`.
  Iterator() = default;
  explicit Iterator(std::function<std::optional<Batch>()> next) : state_(std::make_shared<State>()) { state_->next = std::move(next); }

  /// The next batch, and the one it stands at. Errors: past the end.
  Iterator& operator++() {
    if (!state_) detail::throw_loader("Incrementing the DataLoader's past-the-end iterator is not allowed");
    state_->start();
    if (!state_->batch) detail::throw_loader("Attempted to increment iterator past the end");
    state_->batch = state_->next();
    return *this;
  }
  Batch& operator*() {
    if (!state_) detail::throw_loader("Dereferencing the DataLoader's past-the-end iterator is not allowed");
    state_->start();
    if (!state_->batch) detail::throw_loader("Attempted to dereference iterator that was past the end");
    return *state_->batch;
  }
  Batch* operator->() { return &**this; }
  bool operator==(const Iterator& o) const {
    if (state_ && o.state_) return state_ == o.state_;
    return at_end() && o.at_end();
  }
  bool operator!=(const Iterator& o) const { return !(*this == o); }

 private:
  struct State {
    void start() {
      if (started) return;
      batch = next();
      started = true;
    }
    std::function<std::optional<Batch>()> next;
    std::optional<Batch> batch;
    bool started = false;
  };
  bool at_end() const {
    if (!state_) return true;
    state_->start();
    return !state_->batch;
  }
  std::shared_ptr<State> state_;
};

/// What both loaders share: `for (auto& batch : *loader)` walks one epoch.
template <class DatasetType, class Batch, class BatchRequest>
class DataLoaderBase {
 public:
  using BatchType = Batch;
  using BatchRequestType = BatchRequest;
  DataLoaderBase(DataLoaderOptions options, std::unique_ptr<DatasetType> main_thread_dataset = nullptr)
      : options_(options), main_thread_dataset_(std::move(main_thread_dataset)), pool_(options_) {}
  DataLoaderBase(const DataLoaderBase&) = delete;
  DataLoaderBase& operator=(const DataLoaderBase&) = delete;
  virtual ~DataLoaderBase() { join(); }

  /// Starts an epoch. Errors: another one is still under way.
  Iterator<Batch> begin() {
    if (pool_.in_flight() != 0) detail::throw_loader("Attempted to get a new DataLoader iterator while another iterator is not yet exhausted");
    place_.begin([this](serialize::OutputArchive& a) { save_sampler(a); }, [this](serialize::InputArchive& a) { load_sampler(a); }, [this] { reset(); });
    return Iterator<Batch>([this] { return next(); });
  }
  Iterator<Batch> end() { return Iterator<Batch>(); }
  /// Waits for the workers and ends them.
  void join() { pool_.join(); }
  const FullDataLoaderOptions& options() const noexcept { return options_; }

  /// Writes the place in the epoch under way, or reads it: the next `begin` goes on after the batches that were taken, in the same
  /// order, whatever the number of workers, and drops batches that workers have ready. The order is that of the sampler and of the
  /// default generator's numbers when the epoch began; only with `enforce_ordering` are the batches that were taken the first ones.
  /// A dataset that keeps its own place is read from its beginning. Errors: another batch size.
  void save(serialize::OutputArchive& archive) const { place_.save(archive, options_.batch_size); }
  void load(serialize::InputArchive& archive) {
    place_.load(archive, options_.batch_size);
    pool_.drain();
  }

 protected:
  virtual std::optional<BatchRequest> get_batch_request() = 0;
  virtual void save_sampler(serialize::OutputArchive&) const {}
  virtual void load_sampler(serialize::InputArchive&) {}
  std::optional<uint64_t> next_seed() { return options_.batch_generator ? std::optional<uint64_t>(place_.next_seed()) : std::nullopt; }
  // Leaves out a batch, if there is one.
  virtual bool skip() {
    next_seed();
    return get_batch_request().has_value();
  }
  virtual void reset() {
    pool_.drain();
    for (size_t i = 0; i < place_.taken() && skip(); ++i) {}
    for (size_t i = 0; i < options_.max_jobs && prefetch(); ++i) {}
  }
  // A worker's share of the work: a batch of its dataset.
  void add_worker(std::shared_ptr<DatasetType> dataset) {
    pool_.add_worker([dataset](void* request) -> std::shared_ptr<void> {
      auto& examples = *static_cast<BatchRequest*>(request);
      if constexpr (DatasetType::is_stateful) {
        auto batch = dataset->get_batch(std::move(examples));
        if (!batch) return nullptr;
        return std::make_shared<Batch>(std::move(*batch));
      } else if constexpr (std::is_same<BatchRequest, std::vector<size_t>>::value && std::is_same<typename DatasetType::BatchRequestType, ArrayRef<size_t>>::value) {
        try {
          return std::make_shared<Batch>(dataset->get_batch(examples));
        } catch (...) {
          detail::failed_in(examples);
          throw;
        }
      } else {
        return std::make_shared<Batch>(dataset->get_batch(std::move(examples)));
      }
    });
  }

  const FullDataLoaderOptions options_;
  std::shared_ptr<DatasetType> main_thread_dataset_;

 private:
  bool prefetch() {
    auto request = get_batch_request();
    if (!request) return false;
    pool_.push(std::make_shared<BatchRequest>(std::move(*request)), next_seed());
    return true;
  }
  std::optional<Batch> next() {
    std::optional<Batch> batch = make();
    if (batch) place_.take();
    else place_.end();
    return batch;
  }
  std::optional<Batch> make() {
    if (options_.workers > 0) {
      while (auto result = pool_.pop()) {
        if (!*result) continue;
        prefetch();
        return std::move(*static_cast<Batch*>(result->get()));
      }
    } else if (auto request = get_batch_request()) {
      std::optional<Batch> batch;
      detail::draw_from(next_seed(), [&] { batch = main_thread_dataset_->get_batch(std::move(*request)); });
      return batch;
    }
    return std::nullopt;
  }
  detail::EpochPlace place_;
  detail::WorkerPool pool_;
};

/// Batches of a dataset in the order of a sampler. Each worker has a copy of the dataset.
template <class DatasetType, class Sampler>
class StatelessDataLoader : public DataLoaderBase<DatasetType, typename DatasetType::BatchType, typename Sampler::BatchRequestType> {
 public:
  using super = DataLoaderBase<DatasetType, typename DatasetType::BatchType, typename Sampler::BatchRequestType>;
  using typename super::BatchRequestType;
  StatelessDataLoader(DatasetType dataset, Sampler sampler, DataLoaderOptions options) : super(options), sampler_(std::move(sampler)), examples_(dataset.size()) {
    for (size_t w = 0; w < this->options_.workers; ++w) this->add_worker(std::make_shared<DatasetType>(dataset));
    if (this->options_.workers == 0) this->main_thread_dataset_ = std::make_shared<DatasetType>(std::move(dataset));
  }
  /// The number of batches of an epoch in which each example comes once; none for a dataset of unknown size.
  std::optional<size_t> size() const {
    if (!examples_) return std::nullopt;
    return (*examples_ + (this->options_.drop_last ? 0 : this->options_.batch_size - 1)) / this->options_.batch_size;
  }
  /// The sampler: `loader->sampler().set_epoch(3)` before the epoch for a distributed one.
  Sampler& sampler() { return sampler_; }

 private:
  void reset() override {
    sampler_.reset(std::nullopt);
    super::reset();
  }
  std::optional<BatchRequestType> get_batch_request() override {
    auto request = sampler_.next(this->options_.batch_size);
    if (!request || (this->options_.drop_last && request->size() < this->options_.batch_size)) return std::nullopt;
    return request;
  }
  // A random sampler keeps nothing from one epoch to the next.
  static constexpr bool sampler_is_saved = serialize::detail::is_saved<Sampler>::value && !std::is_base_of<samplers::RandomSampler, Sampler>::value;
  void save_sampler(serialize::OutputArchive& archive) const override {
    if constexpr (sampler_is_saved) sampler_.save(archive);
  }
  void load_sampler(serialize::InputArchive& archive) override {
    if constexpr (sampler_is_saved) sampler_.load(archive);
  }
  Sampler sampler_;
  const std::optional<size_t> examples_;
};

/// Batches of a dataset that keeps its own place. Workers share it.
template <class DatasetType>
class StatefulDataLoader : public DataLoaderBase<DatasetType, typename DatasetType::BatchType::value_type, typename DatasetType::BatchRequestType> {
 public:
  using super = DataLoaderBase<DatasetType, typename DatasetType::BatchType::value_type, typename DatasetType::BatchRequestType>;
  using typename super::BatchRequestType;
  StatefulDataLoader(DatasetType dataset, DataLoaderOptions options) : super(options, std::make_unique<DatasetType>(std::move(dataset))) {
    for (size_t w = 0; w < this->options_.workers; ++w) this->add_worker(this->main_thread_dataset_);
  }

 private:
  void reset() override {
    this->main_thread_dataset_->reset();
    super::reset();
  }
  bool skip() override {
    bool more = false;
    detail::draw_from(this->next_seed(), [&] { more = this->main_thread_dataset_->get_batch(this->options_.batch_size).has_value(); });
    return more;
  }
  std::optional<BatchRequestType> get_batch_request() override { return this->options_.batch_size; }
};

/// Makes a loader: with a given sampler, with one of a given kind for the size of the dataset, or for a dataset
/// that keeps its own place.
template <class DatasetType, class Sampler>
std::enable_if_t<!DatasetType::is_stateful, std::unique_ptr<StatelessDataLoader<DatasetType, Sampler>>> make_data_loader(DatasetType dataset, Sampler sampler,
                                                                                                                         DataLoaderOptions options) {
  return std::make_unique<StatelessDataLoader<DatasetType, Sampler>>(std::move(dataset), std::move(sampler), options);
}
template <class Sampler = samplers::RandomSampler, class DatasetType>
std::enable_if_t<!DatasetType::is_stateful && std::is_constructible<Sampler, size_t>::value, std::unique_ptr<StatelessDataLoader<DatasetType, Sampler>>> make_data_loader(
    DatasetType dataset, DataLoaderOptions options = DataLoaderOptions()) {
  const std::optional<size_t> size = dataset.size();
  if (!size) detail::throw_loader("Expected the dataset to be sized in order to construct the Sampler");
  return make_data_loader(std::move(dataset), Sampler(*size), options);
}
template <class DatasetType, class = std::enable_if_t<DatasetType::is_stateful>>
std::unique_ptr<StatefulDataLoader<DatasetType>> make_data_loader(DatasetType dataset, DataLoaderOptions options = DataLoaderOptions()) {
  return std::make_unique<StatefulDataLoader<DatasetType>>(std::move(dataset), options);
}

}  // namespace v1
}  // namespace data
}  // namespace wick
