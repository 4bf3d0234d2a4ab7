// What event files hold: the messages of each kind of event, as fields of an Event after its time and step.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <wick/log/summary_writer.h>

#include "log/histogram.h"
#include "log/picture.h"

namespace wick::logging {

std::string scalar_event(std::string_view tag, double value, bool double_precision);
std::string tensor_event(const std::string& tag, const Tensor& t);
std::string histogram_event(const std::string& tag, const Histogram& h);
std::string image_event(const std::string& tag, int64_t height, int64_t width, int64_t channels, const std::string& file);
std::string audio_event(const std::string& tag, const Tensor& sound, int64_t rate);
std::string text_event(const std::string& tag, const std::string& text);
std::string pr_curve_event(const std::string& tag, const Tensor& rows, int64_t thresholds);
// tp, fp, tn, fn, precision and recall, [6, thresholds].
Tensor pr_curve(const Tensor& labels, const Tensor& predictions, int64_t thresholds, const Tensor& weights);
std::string custom_scalars_event(const ChartLayout& layout);
std::string mesh_event(const std::string& tag, const Tensor& vertices, const Tensor& colors, const Tensor& faces, const std::string& config);
// The three events of a session: experiment, its start, its end.
std::vector<std::string> hparams_events(const HParams& h, const std::vector<std::pair<std::string, double>>& metrics, const std::map<std::string, std::vector<HParam>>& discrete);

std::vector<Picture> video_frames(const Tensor& video);
void draw_boxes(Picture& p, const Tensor& boxes, const std::vector<std::string>& labels);

// An embedding's folder, and its lines in projector_config.pbtxt.
struct Embedding {
  Tensor vectors, label_img;
  std::vector<std::vector<std::string>> metadata;
  std::vector<std::string> header;
};
std::string write_embedding(const Embedding& e, const std::string& log_dir, const std::string& tag, int64_t step);

}  // namespace wick::logging
