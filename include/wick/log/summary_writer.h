// SummaryWriter: event files that TensorBoard shows.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <wick/log/figure.h>
#include <wick/nn/summary.h>
#include <wick/tensor.h>

namespace wick {
namespace logging {
inline namespace v1 {

/// How event files are written.
struct SummaryWriterOptions {
  /// What is appended to the name of the folder, if that is not given.
  WICK_ARG(std::string, comment);
  /// Of a run that goes on at this step: what an earlier file of the folder holds from here on is hidden.
  WICK_ARG(std::optional<int64_t>, purge_step);
  /// The number of waiting events for which the thread that writes is woken; by itself it looks after 20 ms, after half a second when nothing came for a while.
  WICK_ARG(int64_t, max_queue) = 1000;
  /// How often the file is made to reach the disk (`fdatasync`); what a program that crashes has written is not lost without that.
  WICK_ARG(double, flush_secs) = 120;
  /// What is appended to the names of files.
  WICK_ARG(std::string, filename_suffix);
  /// A file that would become larger is followed by a new one (0: never).
  WICK_ARG(int64_t, max_file_bytes) = 0;
};

/// A hyperparameter: a number, a truth or a text.
using HParam = std::variant<bool, double, std::string>;
/// Hyperparameters and metrics by name, in order.
class HParams {
 public:
  HParams() = default;
  template <class T> using Number = std::enable_if_t<std::is_arithmetic<T>::value, int>;
  struct Entry {
    Entry(std::string n, bool v) : name(std::move(n)), value(v) {}
    template <class T, Number<T> = 0> Entry(std::string n, T v) : name(std::move(n)), value(static_cast<double>(v)) {}
    Entry(std::string n, std::string v) : name(std::move(n)), value(std::move(v)) {}
    Entry(std::string n, const char* v) : name(std::move(n)), value(std::string(v)) {}
    std::string name;
    HParam value;
  };
  HParams(std::initializer_list<Entry> entries) : entries_(entries) {}
  void add(Entry entry) { entries_.push_back(std::move(entry)); }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  std::vector<Entry> entries_;
};

/// A chart of `add_custom_scalars`: several tags as lines, or one tag with its lower and upper bound.
struct Chart {
  enum Kind { multiline, margin };
  std::string title;
  Kind kind = multiline;
  std::vector<std::string> tags;
};
/// Charts by category.
using ChartLayout = std::vector<std::pair<std::string, std::vector<Chart>>>;

/// The bins of a histogram: "tensorflow" (widths growing by a tenth each, on both sides of 0), a rule of numpy ("auto", "fd", "doane", "scott", "stone", "rice",
/// "sturges", "sqrt"), their number, or their edges.
struct HistogramBins {
  HistogramBins(const char* rule) : value(std::string(rule)) {}
  HistogramBins(std::string rule) : value(std::move(rule)) {}
  HistogramBins(int64_t number) : value(number) {}
  HistogramBins(int number) : value(int64_t{number}) {}
  HistogramBins(std::vector<double> edges) : value(std::move(edges)) {}
  std::variant<std::string, int64_t, std::vector<double>> value;
};

/// Writes event files for TensorBoard into a folder, `runs/<date>_<host><comment>` unless one is given. The methods, their arguments and what they write are those of
/// Python's class; `global_step` and `walltime` (seconds since 1970; now, if not given) are those of every event. An event waits in memory until a thread of its own
/// writes it, half a second at most: what was written before a crash can be read. A file that cannot be written never stops the program: it is warned of once, and what is lost
/// is counted (`dropped`). A process that was forked writes nothing into the files of its parent. All methods may be called from any thread.
///
///     wick::logging::SummaryWriter writer("runs/first");
///     for (int64_t step = 0; step < 100; ++step) writer.add_scalar("loss", 1.0 / (step + 1), step);
///
/// Errors: tensors of shapes or types that the kind of event does not have (ValueError, TypeError), before anything is written.
/// (https://docs.pytorch.org/docs/stable/tensorboard.html)
class SummaryWriter {
 public:
  using Step = std::optional<int64_t>;
  using Time = std::optional<double>;
  explicit SummaryWriter(std::string log_dir = "", SummaryWriterOptions options = {});
  /// Writes what waits.
  ~SummaryWriter();
  SummaryWriter(SummaryWriter&&) noexcept;
  SummaryWriter& operator=(SummaryWriter&&) noexcept;

  /// One number; `new_style` as a tensor (float64 with `double_precision`). A tensor must hold one element.
  void add_scalar(std::string_view tag, double value, Step global_step = {}, Time walltime = {}, bool new_style = false, bool double_precision = false);
  void add_scalar(std::string_view tag, const Tensor& value, Step global_step = {}, Time walltime = {}, bool new_style = false, bool double_precision = false);
  /// Several numbers in one chart: each is a run of its own, in a folder `<log_dir>/<main_tag>_<name>`.
  void add_scalars(const std::string& main_tag, const std::vector<std::pair<std::string, double>>& values, Step global_step = {}, Time walltime = {});
  /// All of a tensor.
  void add_tensor(const std::string& tag, const Tensor& tensor, Step global_step = {}, Time walltime = {});
  /// How the values of a tensor are distributed, counted at once and in parallel; `max_bins` joins neighbouring bins. Errors: no values, none within the bins.
  void add_histogram(const std::string& tag, const Tensor& values, Step global_step = {}, const HistogramBins& bins = "tensorflow", Time walltime = {}, std::optional<int64_t> max_bins = {});
  void add_histogram_raw(const std::string& tag, double min, double max, double num, double sum, double sum_squares, const std::vector<double>& bucket_limits, const std::vector<double>& bucket_counts,
                         Step global_step = {}, Time walltime = {});

  /// A picture: uint8 of 0 to 255, or other types of 0 to 1; `dataformats` names its dimensions. It is compressed by the thread that writes.
  void add_image(const std::string& tag, const Tensor& image, Step global_step = {}, Time walltime = {}, const std::string& dataformats = "CHW");
  /// A batch of pictures as one, in rows of eight.
  void add_images(const std::string& tag, const Tensor& images, Step global_step = {}, Time walltime = {}, const std::string& dataformats = "NCHW");
  /// A picture with red boxes [n, 4] (left, top, right, bottom), named by `labels` if there are as many, enlarged by `rescale`.
  void add_image_with_boxes(const std::string& tag, const Tensor& image, const Tensor& boxes, Step global_step = {}, Time walltime = {}, double rescale = 1, const std::string& dataformats = "CHW",
                            const std::vector<std::string>& labels = {});
  /// Plots; or a picture that exists, the bytes of a PNG or JPEG file.
  void add_figure(const std::string& tag, const Figure& figure, Step global_step = {}, Time walltime = {});
  void add_figure(const std::string& tag, const std::vector<Figure>& figures, Step global_step = {}, Time walltime = {});
  void add_encoded_image(const std::string& tag, std::string bytes, Step global_step = {}, Time walltime = {});
  /// Pictures in time [N, T, C, H, W], as an animated GIF; N of them side by side.
  void add_video(const std::string& tag, const Tensor& video, Step global_step = {}, double fps = 4, Time walltime = {});
  /// Sound [1, L] or [L] of -1 to 1, as a WAV file of 16 bits.
  void add_audio(const std::string& tag, const Tensor& sound, Step global_step = {}, int64_t sample_rate = 44100, Time walltime = {});
  /// A text, which is shown as Markdown.
  void add_text(const std::string& tag, const std::string& text, Step global_step = {}, Time walltime = {});

  /// The operations of a model (a holder, a shared_ptr, an AnyModule), within its modules, with the shapes of what goes from one to the next: those that a forward pass in evaluation
  /// mode records for backward. `verbose` prints the nodes. The model is left as it was.
  template <class Model, class... Inputs>
  void add_graph(const Model& model, const Inputs&... inputs) {
    add_graph_of(nn::detail::module_of(model), {Tensor(inputs)...}, [&](const std::vector<Tensor>& x) { return call(model, x, std::index_sequence_for<Inputs...>()); });
  }
  void add_graph_of(nn::Module& model, const std::vector<Tensor>& inputs, const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& forward);

  /// Vectors [n, d] for the projector, each with a line of `metadata` (one text, or as many as `metadata_header` has) and a picture of `label_img` [n, C, H, W].
  /// Errors: other numbers of lines or pictures than of vectors; a folder that cannot be written (these are files of their own).
  void add_embedding(const Tensor& vectors, const std::vector<std::string>& metadata = {}, const Tensor& label_img = {}, Step global_step = {}, const std::string& tag = "default");
  void add_embedding(const Tensor& vectors, const std::vector<std::vector<std::string>>& metadata, const std::vector<std::string>& metadata_header, const Tensor& label_img = {}, Step global_step = {},
                     const std::string& tag = "default");
  /// Precision and recall at thresholds from 0 to 1, of labels (0 or 1) and predictions (0 to 1); at most 127 thresholds.
  void add_pr_curve(const std::string& tag, const Tensor& labels, const Tensor& predictions, Step global_step = {}, int64_t num_thresholds = 127, const Tensor& weights = {}, Time walltime = {});
  void add_pr_curve_raw(const std::string& tag, const Tensor& true_positive_counts, const Tensor& false_positive_counts, const Tensor& true_negative_counts, const Tensor& false_negative_counts,
                        const Tensor& precision, const Tensor& recall, Step global_step = {}, int64_t num_thresholds = 127, Time walltime = {});
  /// Charts of several tags, once for a writer.
  void add_custom_scalars(const ChartLayout& layout);
  void add_custom_scalars_multilinechart(const std::vector<std::string>& tags, const std::string& category = "default", const std::string& title = "untitled");
  void add_custom_scalars_marginchart(const std::vector<std::string>& tags, const std::string& category = "default", const std::string& title = "untitled");
  /// Points [B, N, 3] in space, with colours [B, N, 3] (0 to 255), and triangles [B, M, 3] of the numbers of points; `config` is JSON with THREE.js' classes.
  void add_mesh(const std::string& tag, const Tensor& vertices, const Tensor& colors = {}, const Tensor& faces = {}, const std::string& config = "{}", Step global_step = {}, Time walltime = {});
  /// A run's hyperparameters, and the numbers by which runs are compared; in a folder of their own in `log_dir`, named by the time unless `run_name` is given.
  void add_hparams(const HParams& hparams, const std::vector<std::pair<std::string, double>>& metrics, const std::map<std::string, std::vector<HParam>>& discrete = {}, const std::string& run_name = "",
                   Step global_step = {});

  /// Waits until everything is in the file. `close` also ends it; what is added later goes into a new one.
  void flush();
  void close();
  /// The folder, and the event file that is or was written last.
  const std::string& log_dir() const;
  const std::string& get_logdir() const { return log_dir(); }
  std::string path() const;
  /// The number of events that were lost, because their file could not be written or came after a fork.
  int64_t dropped() const;

 private:
  template <class Model, size_t... I>
  static std::vector<Tensor> call(const Model& model, const std::vector<Tensor>& x, std::index_sequence<I...>) { return nn::detail::call_model(model, x[I]...); }
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace logging
}  // namespace wick
