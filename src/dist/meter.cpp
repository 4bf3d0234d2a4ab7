#include <wick/dist/meter.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/data/dataloader.h>
#include <wick/ops.h>

#include "dist/passes.h"
#include "dist/socket.h"

namespace wick::distributed::inline v1 {

using Clock = std::chrono::steady_clock;

namespace {

constexpr size_t kText = 512, kSteps = 4096;
double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }
std::string key_of(int rank) { return wick::str("meter/", rank); }
int this_rank() {
  if (is_initialized()) return get_rank();
  const char* rank = std::getenv("RANK");
  return rank ? std::atoi(rank) : 0;
}

}  // namespace

std::string RankTimes::text() const {
  char buf[kText];
  std::snprintf(buf, sizeof buf, "%d %d %lld %lld %lld %lld %.9g %.9g %.9g %.9g %.9g %.9g %d %.128s", rank, threads, static_cast<long long>(steps), static_cast<long long>(examples),
                static_cast<long long>(operations), static_cast<long long>(bytes), total, data, compute, hidden, exposed, step, ended, host.c_str());
  return buf;
}
RankTimes RankTimes::from_text(const std::string& text) {
  RankTimes t;
  long long n[4];
  int ended = 0, at = 0;
  const int got = std::sscanf(text.c_str(), "%d %d %lld %lld %lld %lld %lg %lg %lg %lg %lg %lg %d %n", &t.rank, &t.threads, &n[0], &n[1], &n[2], &n[3], &t.total, &t.data, &t.compute, &t.hidden,
                              &t.exposed, &t.step, &ended, &at);
  WICK_CHECK_TYPE(ValueError, got == 13 && at > 0, "RankTimes: not the times of a rank: '", text.substr(0, 80), "'");
  t.steps = n[0], t.examples = n[1], t.operations = n[2], t.bytes = n[3];
  t.ended = ended != 0;
  t.host = text.substr(static_cast<size_t>(at));
  while (!t.host.empty() && t.host.back() == '\n') t.host.pop_back();
  return t;
}

struct Meter::Impl {
  bool begun = false, counted = false, paused = false, reported = false;  // counted: steps by calls, not by passes
  Clock::time_point start, last, told;
  double in_steps = 0, data = 0, exposed = 0, busy = 0, waited_before = 0;
  Traffic before, first;
  int64_t steps = 0, examples = 0;
  int rank = 0;
  std::vector<float> lengths;

  Traffic traffic() const { return is_initialized() ? default_group()->traffic() : Traffic(); }
  void mark() {
    last = Clock::now();
    before = traffic();
    waited_before = data::detail::seconds_waited();
  }
  void begin(bool by_calls) {
    const bool done = reported;
    *this = Impl();
    reported = done;
    begun = true;
    counted = by_calls;
    start = told = Clock::now();
    mark();
    first = before;
    rank = this_rank();
  }
  void step(int64_t n) {
    const double length = since(last), waited = data::detail::seconds_waited() - waited_before;
    const Traffic now = traffic();
    in_steps += length;
    data += waited;
    exposed += now.exposed - before.exposed;
    busy += now.busy - before.busy;
    examples += n;
    if (lengths.size() < kSteps) lengths.push_back(static_cast<float>(length));
    else lengths[static_cast<size_t>(steps) % kSteps] = static_cast<float>(length);
    ++steps;
    mark();
  }
  // A process that ends: its line in a file, if that is wanted.
  void leave(const Meter& meter) noexcept {
    const char* file = std::getenv("WICK_DIST_REPORT");
    if (!file || !*file || !begun || reported) return;
    reported = true;
    try {
      if (std::FILE* f = std::fopen(wick::str(file, ".", rank).c_str(), "w")) {
        std::fprintf(f, "%s\n", meter.read().text().c_str());
        std::fclose(f);
      }
    } catch (...) {
    }
  }
};

Meter::Meter() : impl_(new Impl) { is_initialized(); }  // groups live longer
Meter::~Meter() { impl_->leave(*this); }
Meter& meter() {
  static Meter m;
  return m;
}

void Meter::begin() { impl_->begin(true); }
void Meter::pause() {
  if (impl_->begun) impl_->paused = true;
}
void Meter::resume() {
  impl_->paused = false;
  impl_->mark();
}
void Meter::waited(double seconds) { impl_->data += seconds; }
void Meter::step(int64_t examples) {
  Impl& m = *impl_;
  if (!m.begun || !m.counted) m.begin(true);
  if (m.paused) return resume();
  m.step(examples);
  if (since(m.told) > 1) tell();
}

RankTimes Meter::read() const {
  const Impl& m = *impl_;
  RankTimes t;
  t.rank = m.rank;
  t.threads = get_num_threads();
  t.host = host_name();
  if (!m.begun) return t;
  t.steps = m.steps;
  t.examples = m.examples;
  t.total = since(m.start);
  t.exposed = m.exposed;
  t.data = m.data;
  t.compute = std::max(0.0, m.in_steps - m.data - m.exposed);
  t.hidden = std::max(0.0, m.busy - m.exposed);
  t.operations = m.before.operations - m.first.operations;
  t.bytes = m.before.bytes - m.first.bytes;
  std::vector<float> sorted = m.lengths;
  if (!sorted.empty()) {
    const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
    std::nth_element(sorted.begin(), middle, sorted.end());
    t.step = *middle;
  }
  return t;
}

void Meter::tell() noexcept {
  impl_->told = Clock::now();
  try {
    if (!is_initialized() || default_group()->size() == 1) return;
    if (const auto store = default_group()->store()) store->set(key_of(impl_->rank), read().text());
  } catch (...) {  // whoever is gone is reported elsewhere
  }
}

std::vector<RankTimes> Meter::gather(bool alone) {
  RankTimes own = read();
  if (!is_initialized() || default_group()->size() == 1) return {own};
  const Group group = default_group();
  std::vector<RankTimes> ranks;
  if (!alone) {
    const std::string text = own.text();
    const Tensor mine = wick::zeros({static_cast<int64_t>(kText)}, kByte), all = wick::zeros({group->size(), static_cast<int64_t>(kText)}, kByte);
    std::memcpy(mine.data_ptr(), text.c_str(), text.size());
    all_gather_into_tensor(all, mine);
    for (int64_t r = 0; r < group->size(); ++r) ranks.push_back(RankTimes::from_text(reinterpret_cast<const char*>(all.data_ptr<uint8_t>()) + r * static_cast<int64_t>(kText)));
    return ranks;
  }
  const auto store = group->store();
  for (int r = 0; r < group->size(); ++r) {
    if (r == own.rank) {
      ranks.push_back(own);
      continue;
    }
    try {
      if (!store || !store->check({key_of(r)})) continue;
      ranks.push_back(RankTimes::from_text(store->get(key_of(r))));
      ranks.back().ended = true;
    } catch (const Error&) {
    }
  }
  return ranks;
}

void MeterPasses::prepared() {
  auto& m = *meter().impl_;
  if (!m.begun) m.begin(false);
}
void MeterPasses::reduced() {
  auto& m = *meter().impl_;
  if (!m.begun || m.counted) return;
  m.step(0);
  if (since(m.told) > 1) meter().tell();
}

std::vector<std::string> stragglers(const std::vector<RankTimes>& ranks) {
  std::vector<std::string> said;
  if (ranks.size() < 2) return said;
  const auto each = [](const RankTimes& t, double seconds) { return t.steps > 0 ? seconds / static_cast<double>(t.steps) : 0; };
  for (const RankTimes& t : ranks) {
    // Against the median of the others.
    std::vector<double> own, computing, waiting;
    for (const RankTimes& o : ranks) {
      if (&o == &t) continue;
      own.push_back(each(o, o.compute + o.data));
      computing.push_back(each(o, o.compute));
      waiting.push_back(each(o, o.data));
    }
    const auto median = [](std::vector<double>& v) {
      std::nth_element(v.begin(), v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2), v.end());
      return v[v.size() / 2];
    };
    const double theirs = median(own), mine = each(t, t.compute + t.data);
    if (!(theirs > 0) || mine < 1.1 * theirs || mine - theirs < 0.05 * each(t, t.compute + t.data + t.exposed)) continue;  // what does not matter is not said
    const double c = median(computing), d = median(waiting), more_compute = each(t, t.compute) - c, more_data = each(t, t.data) - d;
    char line[256];
    const bool data = more_data > more_compute;
    std::snprintf(line, sizeof line, "rank %d (%.60s) is %.0f %% slower than the others: it %s %.2f ms a step, they %.2f ms", t.rank, t.host.c_str(), 100 * (mine / theirs - 1),
                  data ? "waits for data for" : "computes for", 1e3 * each(t, data ? t.data : t.compute), 1e3 * (data ? d : c));
    said.emplace_back(line);
  }
  return said;
}

std::string table(const std::vector<RankTimes>& ranks) {
  std::string s = "rank  host              steps   ms/step  compute  data wait   exposed    hidden  other s  total s\n";
  char line[256];
  for (const RankTimes& t : ranks) {
    const double all = std::max(1e-12, t.compute + t.data + t.exposed);
    const auto share = [&](double v) { return 100 * v / all; };
    std::snprintf(line, sizeof line, "%4d  %-14.14s %8lld  %8.3f  %5.1f %%    %5.1f %%   %5.1f %%   %5.1f %%  %7.2f  %7.2f%s\n", t.rank, t.host.c_str(), static_cast<long long>(t.steps), 1e3 * t.step, share(t.compute),
                  share(t.data), share(t.exposed), share(t.hidden), t.other(), t.total, t.ended ? "  last heard" : "");
    s += line;
  }
  for (const std::string& straggler : stragglers(ranks)) s += straggler + "\n";
  return s;
}

}  // namespace wick::distributed::inline v1
