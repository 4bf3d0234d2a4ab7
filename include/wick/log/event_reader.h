// Event files, read: one file event by event, or whole folders of runs as an index that grows with them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace logging {
inline namespace v1 {

/// How event files are read.
struct ReadOptions {
  /// Whether the checksum of each record is looked at; that of its length always is.
  WICK_ARG(bool, check_crc) = true;
  /// Records that are larger are left out, and counted as damaged.
  WICK_ARG(int64_t, max_record_bytes) = int64_t{256} << 20;
  /// Threads that index runs (0: as many as operations use).
  WICK_ARG(int, threads) = 0;
};

/// What a tag holds: the plugin of TensorBoard that shows it.
enum class EventKind : uint8_t { scalar, image, histogram, audio, text, tensor, pr_curve, mesh, hparams, custom_scalars, other };
/// `scalars`, `images` and so on, TensorBoard's names.
const char* name_of(EventKind kind);

/// One value of an event: a scalar, or where its message is.
struct EventValue {
  std::string tag;
  EventKind kind = EventKind::other;
  std::string plugin;          // the name in its metadata; empty in most events of older programs
  std::string plugin_content;  // what the plugin keeps there
  double scalar = 0;           // NaN for other kinds
  std::string message;         // the image, histogram, audio or tensor message of other kinds
};

/// An event: its time, its step, and what it holds.
struct Event {
  double wall_time = 0;
  int64_t step = 0;
  std::string file_version;         // of the first event of a file
  std::string graph;                // a GraphDef message
  bool session_start = false;       // what earlier sessions logged at this step and later is void
  std::vector<EventValue> values;
  std::string bytes;                // the whole message
};

/// Reads one event file, event by event. At the end of what is whole `next` gives nothing; it goes on when the file has grown. What is damaged is skipped, and counted. It does not trust the
/// file: whatever is in it, memory stays within `max_record_bytes`, and no error comes of it. Errors: the file cannot be opened.
class EventReader {
 public:
  explicit EventReader(const std::string& path, ReadOptions options = {});
  ~EventReader();
  EventReader(EventReader&&) noexcept;
  EventReader& operator=(EventReader&&) noexcept;
  std::optional<Event> next();
  /// The number of damaged places (records with a wrong checksum or no event in them, gaps without records) so far; where the next record is looked for.
  int64_t damaged() const;
  uint64_t position() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
/// All whole events of a file.
std::vector<Event> read_events(const std::string& path, ReadOptions options = {});

/// A tag of a run. `index` is its number in the run, which stays.
struct TagInfo {
  std::string tag;
  EventKind kind = EventKind::other;
  std::string plugin, plugin_content, display_name, description;
  size_t index = 0, count = 0;
  int64_t first_step = 0, last_step = 0;
  double last_time = 0;
};
/// Points of a tag in the order in which they were written. `values` are empty unless it holds scalars.
struct Points {
  std::vector<int64_t> steps;
  std::vector<double> times, values;
};
/// An image as it is in the file (PNG, JPEG, GIF).
struct ImageData { int64_t height = 0, width = 0; std::string bytes; };
/// A histogram: counts of values between neighbouring edges, one more than counts; sums are NaN where the file has none.
struct HistogramData { double min = 0, max = 0, num = 0, sum = 0, sum_squares = 0; std::vector<double> edges, counts; };
/// A sound as it is in the file (WAV).
struct AudioData { double sample_rate = 0; int64_t frames = 0; std::string type, bytes; };
/// A node of a graph: its inputs by name, the shapes of its outputs (-1: unknown), a description.
struct GraphNode { std::string name, op; std::vector<std::string> inputs; std::vector<std::vector<int64_t>> shapes; std::string attributes; };

/// What was read of a run or of a folder of runs.
struct ReadStats {
  int64_t files = 0, events = 0, damaged = 0, purged = 0;
  uint64_t bytes = 0;
  uint64_t memory = 0;  // bytes of memory that the index takes, nearly
};

/// The index of one run: all event files of a folder (not of folders in it). Scalars are in memory, 20 bytes each at most and 8 as a rule; of everything else the place in the file. All
/// methods may be called while another thread calls `refresh`. Indices are numbers of tags, then numbers of points. Errors of those that read a point: IndexError, the wrong kind, a file that changed.
class RunLog {
 public:
  explicit RunLog(std::string folder, ReadOptions options = {});
  ~RunLog();
  RunLog(RunLog&&) noexcept;
  /// Reads what was added since, in new files too. Returns the number of new events. Errors: none; files that cannot be read are left out.
  int64_t refresh();
  const std::string& folder() const;
  ReadStats stats() const;

  /// All tags in the order in which they came; one of them; the number of a tag.
  std::vector<TagInfo> tags() const;
  TagInfo tag(size_t index) const;
  std::optional<size_t> find(const std::string& tag, EventKind kind) const;
  /// Steps and times, and values of scalars, of points [begin, end).
  Points points(size_t index, size_t begin = 0, size_t end = SIZE_MAX) const;
  /// What other points hold, read from the file. Of images and sounds there may be several.
  ImageData image(size_t index, size_t point, size_t number = 0) const;
  HistogramData histogram(size_t index, size_t point) const;
  AudioData audio(size_t index, size_t point, size_t number = 0) const;
  std::vector<std::string> texts(size_t index, size_t point) const;
  Tensor tensor(size_t index, size_t point) const;
  std::string message(size_t index, size_t point) const;
  /// The run's last graph, empty if there is none.
  std::vector<GraphNode> graph() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The runs below a folder, each a folder with event files, named by its path below it ("." itself).
///
///     logging::LogFolder logs("runs");
///     logs.refresh();                                   // again and again: reads what was added
///     for (const auto& [name, run] : logs.runs())
///       for (const auto& t : run->tags()) std::cout << name << "  " << t.tag << "  " << t.count << "\n";
class LogFolder {
 public:
  explicit LogFolder(std::string root, ReadOptions options = {});
  ~LogFolder();
  LogFolder(LogFolder&&) noexcept;
  int64_t refresh();
  std::vector<std::pair<std::string, std::shared_ptr<RunLog>>> runs() const;
  /// One run, null if there is none of that name.
  std::shared_ptr<RunLog> run(const std::string& name) const;
  ReadStats stats() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace logging
}  // namespace wick
