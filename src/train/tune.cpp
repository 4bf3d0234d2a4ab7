#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <numeric>

#include <wick/core/str.h>
#include <wick/train/tune.h>

#include "train/search.h"
#include "train/study_file.h"

namespace wick::train::inline v1 {

using Clock = std::chrono::steady_clock;

const ParamValue& Trial::find(const std::string& name) const {
  for (const auto& [key, value] : record_.params)
    if (key == name) return value;
  throw IndexError(str("Trial: there is no setting '", name, "' in the search space"));
}
double Trial::real(const std::string& name) const {
  const ParamValue& v = find(name);
  if (const auto* whole = std::get_if<int64_t>(&v)) return static_cast<double>(*whole);
  WICK_CHECK_TYPE(TypeError, std::holds_alternative<double>(v), "Trial: '", name, "' is the name ", to_string(v), ", not a number");
  return std::get<double>(v);
}
int64_t Trial::integer(const std::string& name) const {
  const ParamValue& v = find(name);
  WICK_CHECK_TYPE(TypeError, std::holds_alternative<int64_t>(v), "Trial: '", name, "' is ", to_string(v), ", not a whole number");
  return std::get<int64_t>(v);
}
const std::string& Trial::choice(const std::string& name) const {
  const ParamValue& v = find(name);
  WICK_CHECK_TYPE(TypeError, std::holds_alternative<std::string>(v), "Trial: '", name, "' is the number ", to_string(v), ", not a name");
  return std::get<std::string>(v);
}

struct Study::Impl {
  SearchSpace space;
  TuneOptions options;
  std::unique_ptr<StudyStore> store;
  mutable std::mutex mutex;
  std::vector<std::pair<int64_t, Clock::time_point>> begun;

  double loss(double value) const { return options.maximize() ? -value : value; }
  TrialRecord make(int64_t number, const std::vector<TrialRecord>& others) const {
    std::vector<Seen> seen;
    for (const TrialRecord& r : others)
      if ((r.state == TrialState::done || r.state == TrialState::pruned) && std::isfinite(r.value)) {
        Seen s;
        for (size_t i = 0; i < r.params.size(); ++i) s.places.push_back(space.ranges()[i].place_of(r.params[i].second));
        s.loss = loss(r.value);
        seen.push_back(std::move(s));
      }
    const std::vector<double> u = propose(space, options, number, seen);
    TrialRecord r;
    r.number = number;
    for (size_t i = 0; i < u.size(); ++i) r.params.emplace_back(space.ranges()[i].name, space.ranges()[i].at(u[i]));
    return r;
  }

  // The bracket of a trial: how many of the first questions it is spared. Brackets that ask from the beginning have most trials.
  int64_t spared(int64_t number) const {
    if (options.pruning() != Pruning::hyperband) return 0;
    const double eta = static_cast<double>(options.reduction());
    const auto most = static_cast<int64_t>(std::log(static_cast<double>(options.max_steps()) / static_cast<double>(options.min_steps())) / std::log(eta) + 1e-9);
    std::vector<double> weight;
    for (int64_t s = most; s >= 0; --s) weight.push_back(std::ceil(static_cast<double>(most + 1) / static_cast<double>(s + 1) * std::pow(eta, static_cast<double>(s))));
    std::seed_seq words{options.seed(), static_cast<uint64_t>(number), uint64_t{0xb4ac}};
    double at = static_cast<double>(std::mt19937_64(words)() >> 11) * 0x1p-53 * std::accumulate(weight.begin(), weight.end(), 0.0);
    int64_t skipped = 0;
    while (skipped < most && (at -= weight[static_cast<size_t>(skipped)]) >= 0) ++skipped;
    return skipped;
  }
  // Whether a trial that has just reported `step` is good enough at the question that the step answers.
  bool keeps(const TrialRecord& mine, int64_t step) const {
    const int64_t first = spared(mine.number), before = mine.reports.size() > 1 ? mine.reports[mine.reports.size() - 2].first : 0;
    double rung = static_cast<double>(options.min_steps()) * std::pow(static_cast<double>(options.reduction()), static_cast<double>(first));
    for (; rung <= static_cast<double>(step); rung *= static_cast<double>(options.reduction())) {
      if (static_cast<double>(before) >= rung) continue;
      const auto at = [&](const TrialRecord& r) -> std::optional<double> {
        for (const auto& [s, v] : r.reports)
          if (static_cast<double>(s) >= rung) return loss(v);
        return std::nullopt;
      };
      const double own = *at(mine);
      int64_t n = 1, better = 0;
      for (const TrialRecord& r : store->all())
        if (const auto other = at(r); r.number != mine.number && spared(r.number) == first && other) {
          ++n;
          better += *other < own || std::isnan(own);
        }
      if (better >= std::max<int64_t>(1, n / options.reduction())) return false;
    }
    return true;
  }
};

Study::Study(SearchSpace space, const TuneOptions& options) : impl_(std::make_unique<Impl>()) {
  WICK_CHECK_TYPE(ValueError, !space.ranges().empty(), "tune: the search space is empty; add settings with real, integer and choice");
  WICK_CHECK_TYPE(ValueError, options.trials() > 0 && options.min_steps() > 0 && options.max_steps() >= options.min_steps() && options.reduction() >= 2 && options.grid_points() > 0,
                  "tune: trials, steps and grid_points must be above 0, max_steps not below min_steps, reduction 2 at least");
  impl_->space = std::move(space);
  impl_->options = options;
  if (options.search() == Search::grid) impl_->options.trials(grid_size(impl_->space, options));
  impl_->store = options.file().empty() ? study_in_memory() : study_file(options.file());
  constexpr const char* kSearch[] = {"grid", "random", "latin", "tpe"};
  const std::map<std::string, std::string> wanted{{"space", impl_->space.text()}, {"goal", options.maximize() ? "maximize" : "minimize"}, {"search", kSearch[static_cast<int>(options.search())]},
                                                  {"seed", std::to_string(options.seed())}};
  const auto kept = impl_->store->settle(wanted);
  for (const auto& [key, value] : wanted) {
    const auto was = kept.find(key);
    WICK_CHECK_TYPE(ValueError, was != kept.end() && was->second == value, "tune: ", options.file(), " is of a search with another ", key, "\n  then  ", was == kept.end() ? "" : was->second, "\n  now   ", value);
  }
}
Study::~Study() = default;
const SearchSpace& Study::space() const { return impl_->space; }
const TuneOptions& Study::options() const { return impl_->options; }

bool Study::ask(Trial& trial) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  auto claimed = impl_->store->claim(impl_->options.trials(), [this](int64_t n, const std::vector<TrialRecord>& others) { return impl_->make(n, others); });
  if (!claimed) return false;
  trial.study_ = this;
  trial.stops_ = false;
  trial.record_ = std::move(*claimed);
  impl_->begun.emplace_back(trial.number(), Clock::now());
  return true;
}
void Study::tell(Trial& trial, double value, const std::string& error) {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  TrialRecord& r = trial.record_;
  r.value = value;
  r.error = error;
  const bool failed = !error.empty() || std::isnan(value);
  r.state = failed ? TrialState::failed : trial.stops_ ? TrialState::pruned : TrialState::done;
  if (failed && error.empty()) r.error = "the value is not a number";
  const auto begun = std::find_if(impl_->begun.begin(), impl_->begun.end(), [&](const auto& b) { return b.first == r.number; });
  if (begun != impl_->begun.end()) {
    r.seconds = std::chrono::duration<double>(Clock::now() - begun->second).count();
    impl_->begun.erase(begun);
  }
  impl_->store->finish(r);
}
bool Trial::report(int64_t step, double value) {
  WICK_CHECK(study_, "Trial::report: this trial does not come from a study");
  WICK_CHECK_TYPE(ValueError, step > (record_.reports.empty() ? 0 : record_.reports.back().first), "Trial::report: steps begin at 1 and grow, got ", step);
  auto& s = *study_->impl_;
  std::lock_guard<std::mutex> lock(s.mutex);
  record_.reports.emplace_back(step, value);
  s.store->report(record_.number, step, value);
  if (s.options.pruning() != Pruning::none && !stops_) stops_ = !s.keeps(record_, step);
  return !stops_;
}

std::vector<TrialRecord> Study::trials() const {
  std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->store->all();
}
std::optional<TrialRecord> Study::best() const {
  std::optional<TrialRecord> best;
  for (TrialRecord& r : trials())
    if (r.state == TrialState::done && (!best || impl_->loss(r.value) < impl_->loss(best->value))) best = std::move(r);
  return best;
}
std::vector<double> Study::importance() const {
  std::vector<TrialRecord> done;
  for (TrialRecord& r : trials())
    if (r.state == TrialState::done && std::isfinite(r.value)) done.push_back(std::move(r));
  // By rank: a few trials that went astray would be all the variance there is.
  const size_t n = done.size();
  std::sort(done.begin(), done.end(), [](const TrialRecord& a, const TrialRecord& b) { return a.value < b.value; });
  std::vector<double> shares(impl_->space.ranges().size(), 0);
  if (n < 12) return shares;  // chance would look like a reason
  const double middle = static_cast<double>(n - 1) / 2, total = middle * (middle + 1) / 3;  // the variance of 0 … n-1
  for (size_t i = 0; i < shares.size(); ++i) {
    const ParamRange& range = impl_->space.ranges()[i];
    std::vector<std::pair<double, double>> points;  // place, rank
    for (size_t k = 0; k < n; ++k) points.emplace_back(range.place_of(done[k].params[i].second), static_cast<double>(k));
    std::sort(points.begin(), points.end());
    size_t parts = 0;
    double between = 0;
    const size_t width = std::max<size_t>(2, n / 6);
    for (size_t from = 0; from < n; ++parts) {
      size_t to = std::min(from + width, n);
      if (range.kind == ParamRange::Kind::choice) for (to = from; to < n && points[to].first == points[from].first;) ++to;
      else while (to < n && points[to].first == points[to - 1].first) ++to;  // equal settings stay together
      if (n - to < 2) to = n;
      double sum = 0;
      for (size_t k = from; k < to; ++k) sum += points[k].second;
      const double off = sum / static_cast<double>(to - from) - middle;
      between += off * off * static_cast<double>(to - from) / static_cast<double>(n);
      from = to;
    }
    if (parts < 2 || parts >= n) continue;
    // What parts explain of nothing but chance is (parts - 1) / (n - 1).
    const double r2 = between / total, chance = static_cast<double>(parts - 1) / static_cast<double>(n - 1);
    shares[i] = std::max(0.0, (r2 - chance) / (1 - chance));
  }
  return shares;
}

TrialRecord tune(const std::function<double(Trial&)>& objective, const SearchSpace& space, const TuneOptions& options) {
  WICK_CHECK_TYPE(ValueError, objective != nullptr, "tune: there is no objective");
  Study study(space, options);
  int64_t failures = 0;
  for (Trial trial; study.ask(trial);) {
    try {
      study.tell(trial, objective(trial));
    } catch (const std::exception& e) {
      study.tell(trial, NAN, e.what());
      if (++failures == 10 && !study.best()) throw;
    }
  }
  const auto best = study.best();
  WICK_CHECK(best, "tune: none of ", study.trials().size(), " trials is done");
  return *best;
}

}  // namespace wick::train::inline v1
