#include "debug/event_log.h"

#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include <wick/nn/module.h>

namespace wick::debug {

template <class T>
Pieces<T>::~Pieces() {
  for (Piece* p = first_; p;) std::free(std::exchange(p, p->after.load()));
}

template <class T>
void Pieces<T>::grow(size_t n) {
  std::atomic<Piece*>& link = last_ ? last_->after : first_;
  Piece* next = link.load(std::memory_order_relaxed);
  if (!next || next->n < n) {
    constexpr size_t kBytes = size_t{512} << 10, kPage = 4096;
    const size_t bytes = (std::max(kBytes, sizeof(Piece) + n * sizeof(T)) + kPage - 1) / kPage * kPage;
    Piece* fresh = static_cast<Piece*>(std::aligned_alloc(kPage, bytes));
    if (!fresh) throw std::bad_alloc();
#ifdef MADV_POPULATE_WRITE
    madvise(fresh, bytes, MADV_POPULATE_WRITE);  // at once, not page by page while events are timed
#endif
    new (&fresh->after) std::atomic<Piece*>(next);
    fresh->n = (bytes - offsetof(Piece, values)) / sizeof(T);
    link.store(fresh, std::memory_order_release);
    next = fresh;
  }
  last_ = next;
  next_ = next->values;
  limit_ = next->values + next->n;
}

template class Pieces<Raw>;
template class Pieces<int64_t>;

void Log::enter(uint64_t span) {
  count_.store(0, std::memory_order_relaxed);
  events_.rewind();
  shapes_.rewind();
  granted = 0;
  for (auto* n : {&dropped, &outside_allocated, &outside_freed}) n->store(0, std::memory_order_relaxed);
  for (Frame& f : open) f.event = nullptr;
  span_.store(span, std::memory_order_release);
}

const char* Log::keep(const char* name) {
  const size_t n = std::strlen(name);
  uint64_t head = 0, tail = 0;
  std::memcpy(&head, name, std::min<size_t>(n, 8));
  if (n > 8) std::memcpy(&tail, name + n - 8, 8);
  const char*& place = recent_[(head * 31 + tail * 0x9E3779B97F4A7C15u + n) * 0x9E3779B97F4A7C15u >> 56];
  if (!place || std::strcmp(place, name) != 0) place = names_.insert(name).first->c_str();
  return place;
}

int Log::module(ModulePaths& paths, int parent, const watch::Event& event) {
  Called& c = called_[(reinterpret_cast<uint64_t>(event.what) * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(parent) * 0xD1B54A32D192ED03u) >> 57];
  const std::string& name = static_cast<const nn::Module*>(event.what)->name();
  if (c.what != event.what || c.parent != parent || c.name != name) c = {parent, paths.add(parent, event.what), event.what, name};
  return c.number;
}

}  // namespace wick::debug
