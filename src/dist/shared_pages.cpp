#include "dist/shared_pages.h"

#include <cstdlib>
#include <random>
#include <thread>

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dist/socket.h"

namespace wick::distributed {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr size_t kMost = 64 << 20;  // of a segment: what containers commonly grant

long futex(std::atomic<uint32_t>& word, int what, uint32_t value, const timespec* time = nullptr) {
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), what, value, time, nullptr, 0);
}
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  std::this_thread::yield();
#endif
}

// A namespace of this process: processes of two network namespaces are two hosts, process ids of two are not compared.
uint64_t space(const char* kind) {
  struct stat s{};
  return stat((std::string("/proc/self/ns/") + kind).c_str(), &s) == 0 ? static_cast<uint64_t>(s.st_ino) : 0;
}
// What rank 0 tells the others.
struct Word {
  char name[64];
  uint64_t token, net;
};
struct Process {
  int32_t pid;
  uint64_t space;
};

void* map(int fd, size_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  return p == MAP_FAILED ? nullptr : p;
}
// A new segment of this user's; space is taken now, since a full file system would end the process later.
void* create(Word& word, size_t bytes) {
  std::random_device random;
  word.token = uint64_t{random()} << 32 | random();
  word.net = space("net");
  snprintf(word.name, sizeof word.name, "/wick-%08x%08x%08x", random(), random(), random());
  const int fd = shm_open(word.name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return nullptr;
  void* p = posix_fallocate(fd, 0, static_cast<off_t>(bytes)) == 0 ? map(fd, bytes) : nullptr;
  close(fd);
  if (!p) shm_unlink(word.name);
  else *static_cast<uint64_t*>(p) = word.token;
  return p;
}
void* open(const Word& word, size_t bytes) {
  const int fd = shm_open(word.name, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0) return nullptr;
  struct stat s{};
  void* p = fstat(fd, &s) == 0 && s.st_uid == geteuid() && s.st_size == static_cast<off_t>(bytes) ? map(fd, bytes) : nullptr;
  close(fd);
  if (p && *static_cast<uint64_t*>(p) != word.token) {
    munmap(p, bytes);
    p = nullptr;
  }
  return p;
}

constexpr size_t kHead = 4096;

}  // namespace

SharedPages::SharedPages(int rank, int size, void* memory, size_t bytes)
    : rank_(rank), size_(size), memory_(memory), bytes_(bytes), places_(reinterpret_cast<Place*>(static_cast<char*>(memory) + kHead)),
      slots_(static_cast<char*>(memory) + bytes - 2 * kSlot * static_cast<size_t>(size)) {
  // Asking again and again is quicker than sleeping, where each rank has a core.
  if (std::thread::hardware_concurrency() >= static_cast<unsigned>(size)) spins_ = 2000;
}
SharedPages::~SharedPages() {
  for (const int fd : processes_)
    if (fd >= 0) close(fd);
  munmap(memory_, bytes_);
}

std::unique_ptr<SharedPages> SharedPages::make(Engine& over, const Limit& limit) {
  const auto size = static_cast<size_t>(over.size);
  const size_t places = (size * sizeof(Place) + 4095) / 4096 * 4096, bytes = kHead + places + 2 * kSlot * size;
  const char* wanted = std::getenv("WICK_DIST_SHARED_PAGES");
  const bool on = size > 1 && bytes <= kMost && !(wanted && *wanted == '0');
  Word word{};
  void* memory = over.rank == 0 && on ? create(word, bytes) : nullptr;
  over.broadcast(&word, sizeof word, 0, limit);
  if (over.rank != 0 && on && word.name[0] && word.net == space("net")) memory = open(word, bytes);
  int32_t all = memory != nullptr;
  over.all_reduce(&all, 1, kInt, Reduction::min, limit);
  if (over.rank == 0 && word.name[0]) shm_unlink(word.name);
  if (!all) {
    if (memory) munmap(memory, bytes);
    return nullptr;
  }
  std::unique_ptr<SharedPages> pages(new SharedPages(over.rank, over.size, memory, bytes));
  std::vector<Process> processes(size);
  const Process own{getpid(), space("pid")};
  over.all_gather(&own, processes.data(), sizeof own, limit);
  for (const Process& p : processes)
    pages->processes_.push_back(p.pid == own.pid || p.space != own.space ? -1 : static_cast<int>(syscall(SYS_pidfd_open, p.pid, 0)));
  return pages;
}

void SharedPages::check(const Limit& limit, Clock::time_point start) const {
  if (aborted_ || (limit.stop && *limit.stop)) throw std::runtime_error("ended");
  if (Clock::now() - start > limit.timeout) throw TimedOut("timed out");
  for (size_t i = 0; i < processes_.size(); ++i) {
    pollfd p{processes_[i], POLLIN, 0};
    if (p.fd >= 0 && poll(&p, 1, 0) == 1 && late(static_cast<int>(i)))
      throw std::runtime_error("the process of rank " + std::to_string(i) + " has ended");
  }
}
bool SharedPages::late(int rank) const { return static_cast<int32_t>(places_[rank].arrived.load() - meetings_) < 0; }
void SharedPages::wait_for(int rank, const Limit& limit) {
  Place& place = places_[rank];
  for (int i = 0; i < spins_; ++i) {
    if (!late(rank)) return;
    pause();
  }
  const auto start = Clock::now();
  const timespec slice{0, 50'000'000};
  while (true) {
    place.sleepers.fetch_add(1);
    const uint32_t seen = place.arrived.load();
    if (late(rank)) futex(place.arrived, FUTEX_WAIT, seen, &slice);
    place.sleepers.fetch_sub(1);
    if (!late(rank)) return;
    check(limit, start);
  }
}
void SharedPages::meet(const Limit& limit) {
  Place& own = places_[rank_];
  ++meetings_;
  own.marks[meetings_ % 2].store(limit.mark, std::memory_order_relaxed);
  own.arrived.store(meetings_);
  if (own.sleepers.load()) futex(own.arrived, FUTEX_WAKE, INT32_MAX);
  for (int rank = 0; rank < size_; ++rank)
    if (rank != rank_) wait_for(rank, limit);
  for (int rank = 0; rank < size_; ++rank)
    if (places_[rank].marks[meetings_ % 2].load(std::memory_order_relaxed) != limit.mark) throw Differ("ranks differ");
}

}  // namespace wick::distributed
