// What the page asks for.
#pragma once

#include <algorithm>
#include <chrono>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "board/http.h"
#include "board/machine.h"
#include "board/runs.h"

namespace wick::board {

using Json = nlohmann::json;

struct Alert {
  const char* kind;  // "not finite", "plateau", "diverges"
  std::string tag, text;
  int64_t step;
};
std::vector<Alert> find_alerts(const std::string& tag, const std::vector<int64_t>& steps, const std::vector<double>& values);

// A series as charts are drawn from it.
struct ScalarSeries {
  enum Axis { step, relative, wall } axis = step;
  std::vector<double> steps, times, since, values, smoothed;
  bool monotone = true;
  const std::vector<double>& x() const { return axis == step ? steps : axis == relative ? since : times; }
};

// How long one answer waits for runs that were dropped and are read again, one after the other: all together so long, but for the first one as long as it takes. Those for which no
// time is left are asked for once more.
class Patience {
 public:
  explicit Patience(double seconds) : until_(Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}
  double left() { return std::exchange(first_, false) ? 10 : std::max(0.0, std::chrono::duration<double>(until_ - Clock::now()).count()); }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::time_point until_;
  bool first_ = true;
};

class Api {
 public:
  Api(RunStore& runs, const Machine& machine) : runs_(runs), machine_(machine) {}
  Reply answer(const Query& q);

 private:
  Reply state(const Query& q);
  Reply tags(const Query& q);
  Reply scalars(const Query& q);
  Reply csv(const Query& q);
  Reply points(const Query& q);
  Reply histogram(const Query& q);
  Reply picture(const Query& q);
  Reply sound(const Query& q);
  Reply texts(const Query& q);
  Reply tensor(const Query& q);
  Reply layouts(const Query& q);
  Reply graph(const Query& q);
  Reply curves(const Query& q);
  Reply table(const Query& q);
  // Last, lowest and highest value of some tags. Errors: none; false when the run cannot be read now.
  bool results(const RunView& r, const std::vector<std::string>& tags, Patience& patience, Json& to);
  Reply alerts(const Query& q);
  Json findings(const RunView& r);
  Reply embeddings(const Query& q);
  Reply embedding(const Query& q);
  Reply traces(const Query& q);
  Reply trace(const Query& q);

  // The run and tag that a question names. Errors: none such (IndexError).
  struct Place {
    std::shared_ptr<logging::RunLog> log;
    logging::TagInfo tag;
    size_t point = 0;
  };
  Place place(const Query& q, logging::EventKind kind);
  std::vector<size_t> asked_runs(const Query& q) const;
  std::shared_ptr<logging::RunLog> open(const RunView& r, Patience& patience);  // null: not now

  struct KeptSeries {
    std::weak_ptr<logging::RunLog> log;
    size_t tag;
    std::string axis;
    double smoothing;
    std::shared_ptr<const ScalarSeries> series;
  };
  std::shared_ptr<const ScalarSeries> series(const std::shared_ptr<logging::RunLog>& log, size_t tag, const std::string& axis, double smoothing);

  RunStore& runs_;
  const Machine& machine_;
  std::mutex mutex_;
  std::list<KeptSeries> series_;
  // By run, with its version.
  std::map<size_t, std::pair<uint64_t, std::vector<Alert>>> alerts_;
  std::map<size_t, std::pair<std::string, Json>> findings_;  // with the size and time of the file
  std::map<size_t, std::pair<uint64_t, std::map<std::string, Json>>> results_;  // of its tags
};

Reply json_reply(const Json& value, std::string etag = "");
Json number(double v);  // null unless finite
std::string file_name_of(const std::string& text, const char* ending);
std::string read_small_file(const std::string& path, size_t most);  // errors: missing or larger
std::shared_ptr<logging::RunLog> log_of(RunStore& runs, size_t id);

// A header in JSON and columns of numbers: u32 length of the header, the header with spaces up to a multiple of 8, the columns.
class Columns {
 public:
  void add(const std::vector<double>& column) { bytes_.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(double)); }
  void add(const std::vector<float>& column) { bytes_.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(float)); }
  Reply reply(const Json& header) const;

 private:
  std::string bytes_;
};

}  // namespace wick::board
