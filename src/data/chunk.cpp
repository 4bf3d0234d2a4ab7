#include <wick/data/chunk.h>

#include <condition_variable>
#include <deque>
#include <thread>

#include <wick/core/str.h>

namespace wick::data::datasets::inline v1 {

ChunkDatasetOptions::ChunkDatasetOptions(size_t preloader_count, size_t batch_size, size_t cache_size, size_t cross_chunk_shuffle_count)
    : preloader_count_(preloader_count), batch_size_(batch_size), cache_size_(cache_size), cross_chunk_shuffle_count_(cross_chunk_shuffle_count) {
  WICK_CHECK(preloader_count > 0, "Preloader count is 0. At least one preloader needs to be specified.");
  WICK_CHECK(batch_size > 0, "Batch size is 0. A positive batch size needs to be specified.");
  WICK_CHECK(cache_size > 0, "Cache size is 0. A positive cache size needs to be specified.");
  WICK_CHECK(cache_size >= batch_size, "Cache size is less than batch size. Cache needs to be large enough to hold at least one batch.");
  WICK_CHECK(cross_chunk_shuffle_count > 0, "cross_chunk_shuffle_count needs to be greater than 0.");
}

namespace detail {

void check_batch_size(size_t wanted, size_t made) {
  WICK_CHECK(wanted == made, "The requested batch size does not match with the initialized batch size.\n The requested batch size is ", wanted,
             ", while the dataset is created with batch size equal to ", made);
}

struct ChunkQueue::Impl {
  struct Entry { Batch batch; size_t size = 0; std::exception_ptr error; };
  size_t batch_size, capacity, examples = 0, running = 0;
  std::deque<Entry> entries;
  bool stop = false;
  std::mutex mutex;
  std::condition_variable readable, writable;
  std::vector<std::thread> threads;

  bool has_room() const { return stop || examples < capacity; }
  // A batch that is not the last one grows no more.
  bool ready() const { return running == 0 || entries.size() > 1 || (!entries.empty() && (entries.front().error || entries.front().size >= batch_size)); }
  void push(Entry e) {
    examples += e.size;
    entries.push_back(std::move(e));
  }
};

ChunkQueue::ChunkQueue(size_t batch_size, size_t capacity, size_t threads, std::function<bool(ChunkQueue&)> load_next) : impl_(new Impl) {
  impl_->batch_size = batch_size;
  impl_->capacity = capacity;
  impl_->running = threads;
  const auto stopped = [this] {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    return impl_->stop;
  };
  const auto run = [this, load_next, stopped] {
    for (bool more = true; more && !stopped();) {
      try {
        more = load_next(*this);
      } catch (...) {
        // It takes a place in the queue, and the next chunk is tried.
        std::unique_lock<std::mutex> lock(impl_->mutex);
        impl_->writable.wait(lock, [&] { return impl_->has_room(); });
        if (!impl_->stop) impl_->push({nullptr, impl_->batch_size, std::current_exception()});
        impl_->readable.notify_all();
      }
    }
    std::lock_guard<std::mutex> lock(impl_->mutex);
    --impl_->running;
    impl_->readable.notify_all();
  };
  for (size_t i = 0; i < threads; ++i) impl_->threads.emplace_back(run);
}

ChunkQueue::~ChunkQueue() {
  {
    std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stop = true;
  }
  impl_->writable.notify_all();
  for (auto& t : impl_->threads) t.join();
}

void ChunkQueue::add(const std::function<void()>& split) {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  impl_->writable.wait(lock, [&] { return impl_->has_room(); });
  if (impl_->stop) return;
  split();
  impl_->readable.notify_all();
}
ChunkQueue::Batch* ChunkQueue::unfinished() {
  auto& q = impl_->entries;
  return q.empty() || q.back().error || q.back().size >= impl_->batch_size ? nullptr : &q.back().batch;
}
size_t ChunkQueue::unfinished_size() const { return impl_->entries.back().size; }
void ChunkQueue::grow(size_t n) {
  impl_->entries.back().size += n;
  impl_->examples += n;
}
void ChunkQueue::push(Batch batch, size_t n) { impl_->push({std::move(batch), n, nullptr}); }

ChunkQueue::Batch ChunkQueue::pop() {
  std::unique_lock<std::mutex> lock(impl_->mutex);
  impl_->readable.wait(lock, [&] { return impl_->ready(); });
  if (impl_->entries.empty()) return nullptr;
  Impl::Entry e = std::move(impl_->entries.front());
  impl_->entries.pop_front();
  impl_->examples -= e.size;
  lock.unlock();
  impl_->writable.notify_all();
  if (e.error) throw WorkerException(e.error);
  return std::move(e.batch);
}

}  // namespace detail
}  // namespace wick::data::datasets::inline v1
