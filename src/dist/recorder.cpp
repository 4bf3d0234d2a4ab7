#include "dist/recorder.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <wick/core/str.h>

#include "dist/socket.h"

namespace wick::distributed::inline v1 {
namespace {

constexpr const char* kOps[] = {"sum", "avg", "product", "min", "max"};
constexpr const char* kStates[] = {"queued", "running", "done", "failed"};

int64_t now() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return int64_t{t.tv_sec} * 1000000 + t.tv_nsec / 1000;
}
double tenths(int64_t microseconds) { return static_cast<double>(microseconds / 100000) / 10; }

std::string quoted(const std::string& s) {
  std::string out = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
    else out += ' ';
  }
  return out + '"';
}
void put_record(std::string& out, const Recorder::Record& r) {
  put(out, r.key());
  put(out, uint64_t{r.mark});
  put(out, r.describe());
}

}  // namespace

void What::set_shape(IntArrayRef sizes) {
  dims = static_cast<int>(std::min<size_t>(sizes.size(), kMostDims));
  const size_t more = sizes.size() - static_cast<size_t>(dims);
  for (int i = 0; i < dims; ++i) shape[i] = sizes[more + static_cast<size_t>(i)];
  for (size_t i = 0; i < more; ++i) shape[0] *= sizes[i];
}
int64_t What::count() const {
  int64_t n = 1;
  for (int i = 0; i < dims; ++i) n *= shape[i];
  return n;
}
std::string What::describe() const {
  std::string s = name;
  if (dtype == ScalarType::Undefined) return s;
  s += wick::str(" of ", dtype_name(dtype), " ", IntArrayRef(shape, static_cast<size_t>(dims)));
  if (op >= 0) s += wick::str(", ", kOps[op]);
  if (tag >= 0) s += wick::str(name[0] == 's' ? ", to rank " : ", from rank ", root, ", tag ", tag);
  else if (root >= 0) s += wick::str(", root ", root);
  return s;
}
uint32_t What::fingerprint() const {
  uint64_t h = 0xcbf29ce484222325ull;
  const auto mix = [&](uint64_t v) { h = (h ^ v) * 0x100000001b3ull; h ^= h >> 29; };
  if (tag < 0) {
    for (const char* c = name; *c; ++c) mix(static_cast<unsigned char>(*c));
    mix(static_cast<uint64_t>(root + 1) << 8 | static_cast<uint64_t>(op + 1));
  }
  mix(static_cast<uint64_t>(dtype));
  mix(static_cast<uint64_t>(count()));
  return static_cast<uint32_t>(h >> 12);
}

std::string Recorder::Record::key() const {
  if (what.tag < 0) return wick::str(group, "#", number);
  const bool sends = what.name[0] == 's';
  return wick::str(group, "#", number, " from ", sends ? rank : what.root, " to ", sends ? what.root : rank, " tag ", what.tag);
}
std::string Recorder::Record::describe() const { return wick::str(what.describe(), " (#", number, ")"); }

Recorder& Recorder::get() {
  static Recorder* r = new Recorder;  // for ever: threads that end late use it
  return *r;
}
void Recorder::identify(int rank, int size) {
  std::lock_guard<std::mutex> lock(mutex_);
  rank_ = rank;
  size_ = size;
}
uint64_t Recorder::add(const std::string& group, int rank, uint64_t number, const What& what, uint32_t mark) {
  std::lock_guard<std::mutex> lock(mutex_);
  Record& r = ring_[++last_ % kMost];
  r.id = last_;
  r.what = what;
  r.group[group.copy(r.group, sizeof r.group - 1)] = 0;
  r.rank = rank;
  r.number = number;
  r.mark = mark;
  r.state = queued;
  r.asked = now();
  r.start = r.end = 0;
  return last_;
}
void Recorder::begin(uint64_t id) {
  std::lock_guard<std::mutex> lock(mutex_);
  Record& r = ring_[id % kMost];
  if (r.id != id) return;
  r.state = running;
  r.start = now();
}
void Recorder::end(uint64_t id, bool well) {
  std::lock_guard<std::mutex> lock(mutex_);
  Record& r = ring_[id % kMost];
  if (r.id != id) return;
  r.state = well ? done : failed;
  r.end = now();
}

std::string Recorder::waits(double seconds) {
  std::lock_guard<std::mutex> lock(mutex_);
  const int64_t before = now() - static_cast<int64_t>(seconds * 1e6);
  std::string out;
  for (const Record& w : ring_) {
    if (!w.id || w.state != running || w.start > before) continue;
    put_record(out, w);
    // Others may be ahead, or this rank: then an earlier call shows it.
    if (w.what.tag < 0)
      for (const Record& r : ring_)
        if (r.id && r.what.tag < 0 && r.number < w.number && r.number + 8 >= w.number && std::strcmp(r.group, w.group) == 0) put_record(out, r);
  }
  return out;
}
std::string Recorder::recent(const std::string& group) {
  std::lock_guard<std::mutex> lock(mutex_);
  std::string out;
  for (const Record& r : ring_)
    if (r.id && r.what.tag < 0 && group == r.group) put_record(out, r);
  return out;
}
std::string Recorder::stands(const std::string& group) {
  std::lock_guard<std::mutex> lock(mutex_);
  const Record *in = nullptr, *last = nullptr;
  for (const Record& r : ring_) {
    if (!r.id || group != r.group) continue;
    if (r.state == running && (!in || r.id < in->id)) in = &r;
    if (r.state == done && (!last || r.id > last->id)) last = &r;
  }
  if (in) return wick::str("waits in ", in->describe(), " for ", tenths(now() - in->start), " s");
  if (last) return wick::str("is in no operation; its last was ", last->describe(), ", ", tenths(now() - last->end), " s ago");
  return "is in no operation and was in none";
}

std::string Recorder::json(const std::string& cause) const {
  std::string out = wick::str("{\"wick_dist_trace\": 1, \"rank\": ", rank_, ", \"world_size\": ", size_, ", \"host\": ", quoted(host_name()), ", \"pid\": ", getpid(), ", \"time\": ", now(),
                              ",\n\"cause\": ", quoted(cause), ",\n\"operations\": [");
  const char* comma = "\n";
  for (uint64_t id = last_ >= kMost ? last_ - kMost + 1 : 1; id <= last_; ++id) {
    const Record& r = ring_[id % kMost];
    out += wick::str(comma, "{\"group\": ", quoted(r.group), ", \"number\": ", r.number, ", \"operation\": \"", r.what.name, "\"");
    if (r.what.dtype != ScalarType::Undefined) {
      out += wick::str(", \"dtype\": \"", dtype_name(r.what.dtype), "\", \"shape\": [");
      for (int i = 0; i < r.what.dims; ++i) out += wick::str(i ? ", " : "", r.what.shape[i]);
      out += "]";
    }
    if (r.what.op >= 0) out += wick::str(", \"reduce\": \"", kOps[r.what.op], "\"");
    if (r.what.root >= 0) out += wick::str(r.what.tag >= 0 ? ", \"other\": " : ", \"root\": ", r.what.root);
    if (r.what.tag >= 0) out += wick::str(", \"tag\": ", r.what.tag);
    out += wick::str(", \"asked\": ", r.asked, ", \"start\": ", r.start, ", \"end\": ", r.end, ", \"state\": \"", kStates[r.state], "\"}");
    comma = ",\n";
  }
  return out + "\n]}\n";
}
std::string Recorder::write(const std::string& cause) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (written_ || last_ == 0) return {};
  written_ = true;
  const char* set = std::getenv("WICK_DIST_TRACE");
  if (set && (!*set || std::strcmp(set, "0") == 0)) return {};
  std::error_code ignored;
  const char* restart = std::getenv("WICK_RESTART");
  const std::string which = wick::str("rank", rank_, restart && std::atoi(restart) > 0 ? wick::str("-restart", std::atoi(restart)) : std::string(), ".json");
  std::string path;
  if (set) {
    std::filesystem::create_directories(set, ignored);
    path = wick::str(set, "/trace-", which);
    unlink(path.c_str());
  } else {
    path = (std::filesystem::temp_directory_path(ignored) / wick::str("wick-trace-", getpid(), "-", which)).string();
  }
  const Socket file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const std::string text = json(cause);
  return file && ::write(file.fd(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? path : std::string();
}

}  // namespace wick::distributed::inline v1
