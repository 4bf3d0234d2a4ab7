#include <wick/data/dataloader.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include <wick/core/str.h>

#include "core/thread_scope.h"
#include "core/watch.h"

namespace wick::data::inline v1 {

static std::atomic<bool> with_example{true};
bool detail::say_only_what_workers_said() {
  with_example = false;
  return true;
}

WorkerException::WorkerException(std::exception_ptr original, std::optional<size_t> number)
    : original_exception(std::move(original)), index(number), message("Caught exception in DataLoader worker thread.") {
  try {
    std::rethrow_exception(original_exception);
  } catch (const std::exception& e) {
    message += std::string(" Original message: ") + e.what();
  } catch (...) {
  }
  if (index && with_example) message += str(" (example ", *index, " of the dataset)");
}

FullDataLoaderOptions::FullDataLoaderOptions(const DataLoaderOptions& o)
    : batch_size(o.batch_size()), workers(o.workers()), max_jobs(o.max_jobs().value_or(2 * o.workers())), timeout(o.timeout()),
      enforce_ordering(o.enforce_ordering()), drop_last(o.drop_last()), batch_generator(o.batch_generator()) {
  WICK_CHECK_TYPE(ValueError, batch_size > 0, "DataLoaderOptions: batch_size must be positive");
  WICK_CHECK_TYPE(ValueError, workers == 0 || max_jobs > 0, "DataLoaderOptions: max_jobs must be positive when there are workers");
}

namespace detail {

void throw_loader(const char* message) { throw Error(message); }

// Time of this thread in which it waited for, or made, batches.
static thread_local double waited = 0;
namespace {
struct Waiting {
  const watch::Range range{watch::Kind::data, "DataLoader.next"};
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  ~Waiting() { waited += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};
}  // namespace
double seconds_waited() { return waited; }

void draw_from(std::optional<uint64_t> seed, const std::function<void()>& f) {
  const Waiting clock;
  const ThreadGenerator generator(seed);
  f();
}

namespace {

// The last exception of this thread that came from an example: from which one of how many, and its number when that is known.
struct Failure {
  std::exception_ptr error;
  size_t position = 0, batch_size = 0;
  std::optional<size_t> index;
};
thread_local Failure failure;

}  // namespace

void failed_at(size_t position, size_t batch_size) { failure = {std::current_exception(), position, batch_size, std::nullopt}; }
void failed_in(ArrayRef<size_t> examples) {
  if (failure.error == std::current_exception() && failure.batch_size == examples.size() && failure.position < examples.size()) failure.index = examples[failure.position];
}

struct WorkerPool::Impl {
  struct Job {
    size_t number;
    std::shared_ptr<void> request;
    std::optional<uint64_t> seed;
    watch::Handoff watchers;
  };
  struct Result {
    Batch batch;
    std::exception_ptr error;
    std::optional<size_t> index;
  };

  explicit Impl(const FullDataLoaderOptions& o) : options(o) {}

  void run(const Work& work) {
    run_ops_in_this_thread();
    for (;;) {
      Job job;
      {
        std::unique_lock<std::mutex> lock(mutex);
        wake_workers.wait(lock, [&] { return quit || !jobs.empty(); });
        if (quit) return;
        job = std::move(jobs.front());
        jobs.pop_front();
      }
      Result result;
      try {
        const ThreadGenerator generator(job.seed);
        const watch::Taken taken(job.watchers);
        const watch::Range range(watch::Kind::data, "DataLoader.worker");
        result.batch = work(job.request.get());
      } catch (...) {
        result.error = std::current_exception();
        if (failure.error == result.error) result.index = failure.index;
        failure = {};
      }
      job.request.reset();
      {
        std::lock_guard<std::mutex> lock(mutex);
        done.emplace(job.number, std::move(result));
      }
      wake_reader.notify_one();
    }
  }
  // Whether what the reader waits for is there.
  bool ready() const { return !done.empty() && (!options.enforce_ordering || done.begin()->first == expected); }

  const FullDataLoaderOptions options;
  std::mutex mutex;
  std::condition_variable wake_workers, wake_reader;
  std::deque<Job> jobs;
  std::map<size_t, Result> done;  // by number
  size_t pushed = 0, expected = 0, under_way = 0;
  bool quit = false;
  std::vector<std::thread> threads;
};

WorkerPool::WorkerPool(const FullDataLoaderOptions& options) : impl_(new Impl(options)) {}
WorkerPool::~WorkerPool() { join(); }

void WorkerPool::add_worker(Work work) {
  impl_->threads.emplace_back([impl = impl_.get(), work = std::move(work)] { impl->run(work); });
}

void WorkerPool::push(std::shared_ptr<void> request, std::optional<uint64_t> seed) {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->jobs.push_back({impl_->pushed++, std::move(request), seed, {}});
    ++impl_->under_way;
  }
  impl_->wake_workers.notify_one();
}

std::optional<WorkerPool::Batch> WorkerPool::pop() {
  const Waiting clock;
  Impl& m = *impl_;
  std::unique_lock<std::mutex> lock(m.mutex);
  if (m.under_way == 0) return std::nullopt;
  if (m.options.timeout) {
    WICK_CHECK(m.wake_reader.wait_for(lock, *m.options.timeout, [&] { return m.ready(); }), "Timeout in DataLoader queue while waiting for next batch (timeout was ",
               m.options.timeout->count(), " ms)");
  } else {
    m.wake_reader.wait(lock, [&] { return m.ready(); });
  }
  Impl::Result result = std::move(m.done.begin()->second);
  m.expected = m.done.begin()->first + 1;
  m.done.erase(m.done.begin());
  --m.under_way;
  lock.unlock();
  if (result.error) throw WorkerException(result.error, result.index);
  return std::move(result.batch);
}

size_t WorkerPool::in_flight() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->under_way;
}

void WorkerPool::drain() {
  Impl& m = *impl_;
  std::unique_lock<std::mutex> lock(m.mutex);
  m.under_way -= m.jobs.size();
  m.jobs.clear();
  m.wake_reader.wait(lock, [&] { return m.done.size() == m.under_way; });
  m.done.clear();
  m.under_way = m.pushed = m.expected = 0;
}

void WorkerPool::join() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->quit = true;
    impl_->under_way -= impl_->jobs.size();
    impl_->jobs.clear();
  }
  impl_->wake_workers.notify_all();
  for (auto& t : impl_->threads) t.join();
  impl_->threads.clear();
  impl_->done.clear();
  impl_->under_way = 0;
}

}  // namespace detail
}  // namespace wick::data::inline v1
