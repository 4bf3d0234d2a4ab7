#include <wick/train/checkpoint.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <future>

#include <wick/core/str.h>
#include <wick/core/warning.h>

#include "io/atomic_file.h"
#include "train/snapshot.h"

namespace wick::train::inline v1 {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kStart = "checkpoint-", kEnd = ".safetensors";

struct Kept {
  int64_t step;
  std::optional<double> metric;
};

std::string name_of(int64_t step) {
  char number[32];
  std::snprintf(number, sizeof number, "%09lld", static_cast<long long>(step));
  return std::string(kStart) + number + std::string(kEnd);
}
std::optional<int64_t> step_of(const std::string& name) {
  int64_t step = 0;
  if (name.size() <= kStart.size() + kEnd.size() || name.compare(0, kStart.size(), kStart) != 0 || name.compare(name.size() - kEnd.size(), kEnd.size(), kEnd) != 0) return std::nullopt;
  const char *first = name.data() + kStart.size(), *last = name.data() + name.size() - kEnd.size();
  const auto [end, error] = std::from_chars(first, last, step);
  return error == std::errc() && end == last && step >= 0 && name_of(step) == name ? std::optional(step) : std::nullopt;
}

// The steps of all files that are called like checkpoints, newest first.
std::vector<int64_t> steps_in(const std::string& folder) {
  std::vector<int64_t> steps;
  std::error_code error;
  for (auto i = fs::directory_iterator(folder, error); !error && i != fs::directory_iterator(); i.increment(error))
    if (const auto step = step_of(i->path().filename().string())) steps.push_back(*step);
  WICK_CHECK(!error || error == std::errc::no_such_file_or_directory, "cannot read the folder ", folder, ": ", error.message());
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

// The newest file that is whole goes to `use`.
template <class Use>
bool newest_whole(const std::string& folder, const Use& use) {
  for (const int64_t step : steps_in(folder)) {
    const std::string path = folder + "/" + name_of(step);
    serialize::InputArchive archive;
    try {
      archive.load_from(path);
    } catch (const OutOfMemoryError&) {
      throw;
    } catch (const Error& e) {
      warn(str("a checkpoint is skipped, it is not whole: ", e.what()));
      continue;
    }
    use(path, archive);
    return true;
  }
  return false;
}

std::optional<double> metric_in(const io::Metadata& metadata) {
  const auto found = metadata.find("metric");
  return found == metadata.end() ? std::nullopt : std::optional(std::strtod(found->second.c_str(), nullptr));
}

// Two writers would undo each other's work. The lock goes with the process, however it ends; file systems without locks have none.
class Lock {
 public:
  ~Lock() { if (fd_ >= 0) close(fd_); }
  void take(const std::string& folder) {
    fd_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    WICK_CHECK(fd_ < 0 || flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK, "Checkpointer: another one is at work in ", folder, "; wait for it to end, or choose another folder");
  }

 private:
  int fd_ = -1;
};

}  // namespace

struct Checkpointer::Impl {
  Impl(std::string where, State& s, CheckpointerOptions o) : folder(std::move(where)), state(s), options(o) {
    WICK_CHECK_TYPE(ValueError, options.keep_last() >= 1 && options.keep_best() >= 0, "Checkpointer: keep_last must be at least 1 and keep_best at least 0, got ", options.keep_last(), " and ", options.keep_best());
    std::error_code error;
    fs::create_directories(folder, error);
    WICK_CHECK(fs::is_directory(folder), "Checkpointer: cannot make the folder ", folder, ": ", error.message());
    lock.take(folder);
    for (const int64_t step : steps_in(folder)) {
      try {
        kept.push_back({step, metric_in(io::read_safetensors_metadata(*io::open_file(path(step))))});
      } catch (const Error&) {
        continue;  // not whole: `resume` says so
      }
    }
    io::remove_left_behind(folder, std::string(kStart));
  }

  std::string path(int64_t step) const { return folder + "/" + name_of(step); }

  void wait() {
    if (under_way.valid()) under_way.get();
  }

  // Runs in the writer's thread.
  void write(const Kept& entry, const io::PackedArchive& packed) {
    io::write_packed(path(entry.step), packed, true);
    kept.erase(std::remove_if(kept.begin(), kept.end(), [&](const Kept& k) { return k.step == entry.step; }), kept.end());
    kept.push_back(entry);
    std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.step > b.step; });
    std::vector<Kept> ranked = by_metric(), left;
    for (size_t i = 0; i < kept.size(); ++i) {
      const auto rank = std::find_if(ranked.begin(), ranked.end(), [&](const Kept& k) { return k.step == kept[i].step; }) - ranked.begin();
      std::error_code ignored;  // what cannot be removed now is tried again with the next one
      if (static_cast<int64_t>(i) < options.keep_last() || (rank < static_cast<std::ptrdiff_t>(ranked.size()) && rank < options.keep_best()) || (!fs::remove(path(kept[i].step), ignored) && ignored))
        left.push_back(kept[i]);
    }
    kept = std::move(left);
  }
  // Those with a metric, best first; of equals the older one.
  std::vector<Kept> by_metric() const {
    std::vector<Kept> r;
    for (const Kept& k : kept)
      if (k.metric && !std::isnan(*k.metric)) r.push_back(k);
    std::sort(r.begin(), r.end(), [&](const Kept& a, const Kept& b) {
      if (*a.metric != *b.metric) return options.smaller_is_better() ? *a.metric < *b.metric : *a.metric > *b.metric;
      return a.step < b.step;
    });
    return r;
  }

  const std::string folder;
  State& state;
  const CheckpointerOptions options;
  std::vector<Kept> kept;  // newest first; the writer's while it is under way
  Lock lock;
  std::future<void> under_way;
};

Checkpointer::Checkpointer(std::string folder, State& state, CheckpointerOptions options) : impl_(new Impl(std::move(folder), state, options)) {}
Checkpointer::~Checkpointer() {
  try {
    impl_->wait();
  } catch (const std::exception& e) {
    warn(str("Checkpointer: the last checkpoint was not written: ", e.what()));
  }
}

void Checkpointer::save(int64_t step, std::optional<double> metric) {
  WICK_CHECK_TYPE(ValueError, step >= 0, "Checkpointer::save: step must not be negative, got ", step);
  flush();
  serialize::OutputArchive archive;
  impl_->state.save(archive);
  io::PackedArchive packed = snapshot(archive);
  packed.metadata["step"] = std::to_string(step);
  if (metric) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.17g", *metric);
    packed.metadata["metric"] = digits;
  }
  auto work = [impl = impl_.get(), entry = Kept{step, metric}, packed = std::move(packed)] { impl->write(entry, packed); };
  if (impl_->options.background()) impl_->under_way = std::async(std::launch::async, std::move(work));
  else work();
}

void Checkpointer::flush() { impl_->wait(); }

bool Checkpointer::resume() {
  flush();
  return newest_whole(impl_->folder, [&](const std::string& path, serialize::InputArchive& archive) {
    try {
      impl_->state.load(archive);
    } catch (Error& e) {
      e.add_context("in the checkpoint " + path);
      throw;
    }
  });
}

bool Checkpointer::load_best() {
  flush();
  const auto ranked = impl_->by_metric();
  if (ranked.empty()) return false;
  wick::load(impl_->state, path(ranked[0].step));
  return true;
}

int64_t Checkpointer::clear() {
  flush();
  const std::vector<int64_t> steps = steps_in(impl_->folder);
  for (const int64_t step : steps) {
    std::error_code error;
    fs::remove(path(step), error);
    WICK_CHECK(!error, "Checkpointer::clear: cannot remove ", path(step), ": ", error.message());
  }
  impl_->kept.clear();
  return static_cast<int64_t>(steps.size());
}

std::string Checkpointer::path(int64_t step) const { return impl_->path(step); }
std::optional<std::pair<int64_t, double>> Checkpointer::best() const {
  impl_->wait();
  const auto ranked = impl_->by_metric();
  if (ranked.empty()) return std::nullopt;
  return std::make_pair(ranked[0].step, *ranked[0].metric);
}
const std::string& Checkpointer::folder() const { return impl_->folder; }

std::optional<std::string> latest_checkpoint(const std::string& folder) {
  std::optional<std::string> found;
  newest_whole(folder, [&](const std::string& path, serialize::InputArchive&) { found = path; });
  return found;
}

}  // namespace wick::train::inline v1
