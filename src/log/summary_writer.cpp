#include <wick/log/summary_writer.h>

#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>

#include "io/atomic_file.h"
#include "log/file_writer.h"
#include "log/graph.h"
#include "log/summary.h"
#include "log/wire.h"

namespace wick::logging {
inline namespace v1 {

// A pump that came into this process by a fork is left as it is: its thread is elsewhere, and its condition variables would wait for it.
struct SummaryWriter::Impl {
  Impl(std::string dir, SummaryWriterOptions o) : options(std::move(o)), log_dir(dir.empty() ? default_folder(options.comment()) : std::move(dir)), purge(options.purge_step()) { open(); }
  ~Impl() { close(); }

  static std::string default_folder(const std::string& comment) {
    char date[64], host[256] = "localhost";
    const std::time_t t = std::time(nullptr);
    std::tm local{};
    localtime_r(&t, &local);
    std::strftime(date, sizeof date, "%b%d_%H-%M-%S", &local);
    gethostname(host, sizeof host - 1);
    return str("runs/", date, "_", host, comment);
  }
  void open() {
    FileOptions f;
    f.max_queue = static_cast<size_t>(std::max<int64_t>(1, options.max_queue()));
    f.flush_secs = options.flush_secs();
    f.suffix = options.filename_suffix();
    f.max_file_bytes = static_cast<uint64_t>(std::max<int64_t>(0, options.max_file_bytes()));
    pump = std::shared_ptr<Pump>(new Pump(f), [](Pump* p) { if (!p->inherited()) delete p; });
    root = pump->open(log_dir);
    if (purge) {
      root->add(Message().text(3, "brain.Event:2").take(), *purge, now());
      root->add(Message().message(7, Message().integer(1, 1)).take(), *purge, now());  // a session begins
      purge.reset();
    }
    current = root.get();
  }
  EventFile& file() {
    if (EventFile* f = current.load(std::memory_order_acquire)) return *f;
    const std::lock_guard<std::mutex> lock(mutex);
    if (!current) open();
    return *root;
  }
  // Pumps keep their files, and the writer its pumps, so that no other thread's is closed under its hands.
  EventFile& file(const std::string& folder) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!current) open();
    std::shared_ptr<EventFile>& f = others[folder];
    if (!f) f = pump->open(folder);
    return *f;
  }
  std::shared_ptr<Pump> running() const {
    const std::lock_guard<std::mutex> lock(mutex);
    return pump;
  }
  void close() {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!current.exchange(nullptr)) return;
    pump->stop();
    others.clear();
    before.push_back(std::move(pump));  // another thread may be adding something right now
    pump = nullptr;
  }
  void add(const std::string& fields, Step step, Time time) { file().add(fields, step.value_or(0), time ? *time : now()); }
  void add_picture(const std::string& tag, Picture p, int64_t height, int64_t width, Step step, Time time) {
    const size_t held = p.bytes.size();
    file().add_later([tag, height, width, p = std::make_shared<Picture>(std::move(p))] { return image_event(tag, height, width, p->channels, encode_png(*p)); }, held, step.value_or(0), time ? *time : now());
  }

  const SummaryWriterOptions options;
  const std::string log_dir;
  std::optional<int64_t> purge;
  mutable std::mutex mutex;
  std::shared_ptr<Pump> pump;
  std::shared_ptr<EventFile> root;
  std::unordered_map<std::string, std::shared_ptr<EventFile>> others;
  std::atomic<EventFile*> current{nullptr};
  std::vector<std::shared_ptr<Pump>> before;
  std::string projector;
};

SummaryWriter::SummaryWriter(std::string log_dir, SummaryWriterOptions options) : impl_(std::make_unique<Impl>(std::move(log_dir), std::move(options))) {}
SummaryWriter::~SummaryWriter() = default;
SummaryWriter::SummaryWriter(SummaryWriter&&) noexcept = default;
SummaryWriter& SummaryWriter::operator=(SummaryWriter&&) noexcept = default;

void SummaryWriter::add_scalar(std::string_view tag, double value, Step step, Time time, bool new_style, bool double_precision) {
  if (new_style) impl_->add(scalar_event(tag, value, double_precision), step, time);
  else impl_->file().add_scalar(tag, static_cast<float>(value), step.value_or(0), time ? *time : now());
}

void SummaryWriter::add_scalar(std::string_view tag, const Tensor& value, Step step, Time time, bool new_style, bool double_precision) {
  WICK_CHECK_TYPE(ValueError, value.defined() && value.numel() == 1, "add_scalar: a tensor of one element is needed, got ", value.defined() ? str(value.sizes()) : "an undefined one");
  add_scalar(tag, value.item<double>(), step, time, new_style, double_precision);
}

void SummaryWriter::add_scalars(const std::string& main_tag, const std::vector<std::pair<std::string, double>>& values, Step step, Time time) {
  const double t = time ? *time : now();
  std::string folder = main_tag;
  for (char& c : folder) c = c == '/' ? '_' : c;
  for (const auto& [name, value] : values) impl_->file(str(impl_->log_dir, "/", folder, "_", name)).add_scalar(main_tag, static_cast<float>(value), step.value_or(0), t);
}

void SummaryWriter::add_tensor(const std::string& tag, const Tensor& tensor, Step step, Time time) { impl_->add(tensor_event(tag, tensor), step, time); }

void SummaryWriter::add_histogram(const std::string& tag, const Tensor& values, Step step, const HistogramBins& bins, Time time, std::optional<int64_t> max_bins) {
  impl_->add(histogram_event(tag, make_histogram(values, bins.value, max_bins)), step, time);
}

void SummaryWriter::add_histogram_raw(const std::string& tag, double min, double max, double num, double sum, double sum_squares, const std::vector<double>& limits, const std::vector<double>& counts, Step step,
                                      Time time) {
  WICK_CHECK_TYPE(ValueError, limits.size() == counts.size(), "add_histogram_raw: ", limits.size(), " limits and ", counts.size(), " counts");
  impl_->add(histogram_event(tag, {min, max, num, sum, sum_squares, limits, counts}), step, time);
}

void SummaryWriter::add_image(const std::string& tag, const Tensor& image, Step step, Time time, const std::string& dataformats) {
  Picture p = to_picture(to_chw(image, dataformats, "add_image"), "add_image");
  const int64_t height = p.height, width = p.width;
  impl_->add_picture(tag, std::move(p), height, width, step, time);
}

void SummaryWriter::add_images(const std::string& tag, const Tensor& images, Step step, Time time, const std::string& dataformats) { add_image(tag, images, step, time, dataformats); }

void SummaryWriter::add_image_with_boxes(const std::string& tag, const Tensor& image, const Tensor& boxes, Step step, Time time, double rescale, const std::string& dataformats,
                                         const std::vector<std::string>& labels) {
  Picture p = to_picture(to_chw(image, dataformats, "add_image_with_boxes"), "add_image_with_boxes");
  const int64_t height = p.height, width = p.width, tall = static_cast<int64_t>(static_cast<double>(height) * rescale), wide = static_cast<int64_t>(static_cast<double>(width) * rescale);
  WICK_CHECK_TYPE(ValueError, tall > 0 && wide > 0, "add_image_with_boxes: rescale ", rescale, " leaves nothing of ", height, "x", width);
  draw_boxes(p, boxes, labels);
  impl_->add_picture(tag, resize(p, tall, wide), height, width, step, time);
}

void SummaryWriter::add_figure(const std::string& tag, const Figure& figure, Step step, Time time) { add_image(tag, figure.render(), step, time); }

void SummaryWriter::add_figure(const std::string& tag, const std::vector<Figure>& figures, Step step, Time time) {
  std::vector<Tensor> pictures;
  for (const Figure& f : figures) pictures.push_back(f.render());
  WICK_CHECK_TYPE(ValueError, !pictures.empty(), "add_figure: no figures");
  for (const Tensor& p : pictures) WICK_CHECK_TYPE(ValueError, p.sizes() == pictures[0].sizes(), "add_figure: figures of several sizes, ", pictures[0].sizes(), " and ", p.sizes());
  add_image(tag, stack(pictures), step, time, "NCHW");
}

namespace {

// Height, width and channels of a PNG or JPEG, from its head.
std::array<int64_t, 3> picture_size(const std::string& s) {
  const auto byte = [&](size_t i) { return i < s.size() ? static_cast<int64_t>(static_cast<uint8_t>(s[i])) : 0; };
  const auto two = [&](size_t i) { return byte(i) << 8 | byte(i + 1); };
  if (s.size() > 25 && s.compare(1, 3, "PNG") == 0) return {two(20) << 16 | two(22), two(16) << 16 | two(18), std::array<int64_t, 7>{1, 1, 3, 3, 2, 1, 4}[static_cast<size_t>(std::min<int64_t>(byte(25), 6))]};
  for (size_t i = 2; byte(0) == 0xff && byte(1) == 0xd8 && i + 9 < s.size() && byte(i) == 0xff; i += 2 + static_cast<size_t>(two(i + 2)))
    if (byte(i + 1) >= 0xc0 && byte(i + 1) <= 0xcf && byte(i + 1) != 0xc4 && byte(i + 1) != 0xc8 && byte(i + 1) != 0xcc) return {two(i + 5), two(i + 7), byte(i + 9)};
  return {0, 0, 0};
}

}  // namespace

void SummaryWriter::add_encoded_image(const std::string& tag, std::string bytes, Step step, Time time) {
  const auto [height, width, channels] = picture_size(bytes);
  WICK_CHECK_TYPE(ValueError, height > 0 && width > 0, "add_encoded_image: these ", bytes.size(), " bytes are neither a PNG nor a JPEG");
  impl_->add(image_event(tag, height, width, channels, bytes), step, time);
}

void SummaryWriter::add_video(const std::string& tag, const Tensor& video, Step step, double fps, Time time) {
  WICK_CHECK_TYPE(ValueError, fps > 0, "add_video: fps must be positive, got ", fps);
  auto frames = std::make_shared<std::vector<Picture>>(video_frames(video));
  const Picture& first = frames->front();
  WICK_CHECK_TYPE(ValueError, first.height <= 65535 && first.width <= 65535, "add_video: a GIF has at most 65,535 rows and columns, got ", first.height, " and ", first.width);
  const int64_t channels = video.size(2);
  impl_->file().add_later([=] { return image_event(tag, frames->front().height, frames->front().width, channels, encode_gif(*frames, fps)); }, frames->size() * first.bytes.size(), step.value_or(0), time ? *time : now());
}

void SummaryWriter::add_audio(const std::string& tag, const Tensor& sound, Step step, int64_t rate, Time time) {
  WICK_CHECK_TYPE(ValueError, rate > 0, "add_audio: the sample rate must be positive, got ", rate);
  impl_->add(audio_event(tag, sound, rate), step, time);
}

void SummaryWriter::add_text(const std::string& tag, const std::string& text, Step step, Time time) { impl_->add(text_event(tag, text), step, time); }

void SummaryWriter::add_pr_curve(const std::string& tag, const Tensor& labels, const Tensor& predictions, Step step, int64_t thresholds, const Tensor& weights, Time time) {
  thresholds = std::min<int64_t>(thresholds, 127);
  impl_->add(pr_curve_event(tag, pr_curve(labels, predictions, thresholds, weights), thresholds), step, time);
}

void SummaryWriter::add_pr_curve_raw(const std::string& tag, const Tensor& tp, const Tensor& fp, const Tensor& tn, const Tensor& fn, const Tensor& precision, const Tensor& recall, Step step, int64_t thresholds,
                                     Time time) {
  std::vector<Tensor> rows;
  for (const Tensor& t : {tp, fp, tn, fn, precision, recall}) {
    WICK_CHECK_TYPE(ValueError, t.defined() && t.dim() == 1 && t.numel() == tp.numel(), "add_pr_curve_raw: six lists of one length are needed");
    rows.push_back(t.detach().to(kDouble));
  }
  impl_->add(pr_curve_event(tag, stack(rows), std::min<int64_t>(thresholds, 127)), step, time);
}

void SummaryWriter::add_custom_scalars(const ChartLayout& layout) { impl_->add(custom_scalars_event(layout), {}, {}); }
void SummaryWriter::add_custom_scalars_multilinechart(const std::vector<std::string>& tags, const std::string& category, const std::string& title) {
  add_custom_scalars({{category, {{title, Chart::multiline, tags}}}});
}
void SummaryWriter::add_custom_scalars_marginchart(const std::vector<std::string>& tags, const std::string& category, const std::string& title) {
  add_custom_scalars({{category, {{title, Chart::margin, tags}}}});
}

void SummaryWriter::add_mesh(const std::string& tag, const Tensor& vertices, const Tensor& colors, const Tensor& faces, const std::string& config, Step step, Time time) {
  impl_->add(mesh_event(tag, vertices, colors, faces, config), step, time);
}

void SummaryWriter::add_hparams(const HParams& hparams, const std::vector<std::pair<std::string, double>>& metrics, const std::map<std::string, std::vector<HParam>>& discrete, const std::string& run_name,
                                Step step) {
  const std::vector<std::string> events = hparams_events(hparams, metrics, discrete);
  std::string name = run_name;
  if (name.empty()) {
    char text[40];
    name.assign(text, std::to_chars(text, text + sizeof text, now(), std::chars_format::fixed).ptr);
  }
  SummaryWriter session(str(impl_->log_dir, "/", name));
  for (const std::string& e : events) session.impl_->add(e, step, {});
  for (const auto& [tag, value] : metrics) session.add_scalar(tag, value, step);
}

void SummaryWriter::add_embedding(const Tensor& vectors, const std::vector<std::string>& metadata, const Tensor& label_img, Step step, const std::string& tag) {
  std::vector<std::vector<std::string>> lines;
  for (const std::string& m : metadata) lines.push_back({m});
  add_embedding(vectors, lines, {}, label_img, step, tag);
}

void SummaryWriter::add_embedding(const Tensor& vectors, const std::vector<std::vector<std::string>>& metadata, const std::vector<std::string>& header, const Tensor& label_img, Step step, const std::string& tag) {
  const std::string info = write_embedding({vectors, label_img, metadata, header}, impl_->log_dir, tag, step.value_or(0));
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  impl_->projector += info;
  io::write_atomically(impl_->log_dir + "/projector_config.pbtxt", {{impl_->projector.data(), impl_->projector.size()}});
}

void SummaryWriter::add_graph_of(nn::Module& model, const std::vector<Tensor>& inputs, const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& forward) {
  const std::string graph = graph_message(record_graph(model, inputs, forward));
  impl_->add(Message().message(4, graph), {}, {});
  // Where it ran, which the page of graphs asks for.
  const std::string statistics = Message().message(1, Message().message(1, Message().text(1, "/device:CPU:0")));
  impl_->add(Message().message(8, Message().text(1, "step1").message(2, statistics)), {}, {});
}

void SummaryWriter::flush() {
  if (const auto pump = impl_->running()) pump->flush();
}
void SummaryWriter::close() { impl_->close(); }
const std::string& SummaryWriter::log_dir() const { return impl_->log_dir; }
std::string SummaryWriter::path() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return impl_->root->path();
}
int64_t SummaryWriter::dropped() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  int64_t n = impl_->pump ? impl_->pump->dropped() : 0;
  for (const auto& p : impl_->before) n += p->dropped();
  return n;
}

}  // namespace v1
}  // namespace wick::logging
