#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/pictures.h"
#include "cli/scores.h"
#include "cli/table.h"
#ifdef WICK_WITH_TEXT
#include "cli/text_train.h"
#endif
#include "cli/use.h"

namespace wick::cli {
namespace {

// A grey picture in [0, 1] of the size that a network for digits takes: bright on dark, as those were that it learnt from.
Tensor prepare_digit(const std::string& file, const Json& network) {
  Tensor x = vision::decode_image(file, vision::DecodeOptions(vision::ImageReadMode::GRAY).apply_exif_orientation(true));
  x = vision::functional::resize(x, {network.at("height").get<int64_t>(), network.at("width").get<int64_t>()}).to(kFloat).div_(255);
  const int64_t h = x.size(1), w = x.size(2);
  const double border = (x.select(1, 0).sum() + x.select(1, h - 1).sum() + x.select(2, 0).sum() + x.select(2, w - 1).sum()).item<double>() / static_cast<double>(2 * (h + w));
  return border > 0.5 ? 1 - x : x;
}

// The classes of an answer, best first.
class Answers {
 public:
  Answers(const Saved& run, const UseOptions& o) : o_(o), classes_(run.classes()), what_(run.settings.at("task") == "table" ? "row" : run.settings.at("task") == "text" ? "text" : "file") {}

  // Column widths.
  void begin(const std::vector<std::string>& names) {
    for (const std::string& n : names) width_ = std::max(width_, std::min<size_t>(n.size(), 40));
    for (const std::string& c : classes_) class_width_ = std::max(class_width_, std::min<size_t>(c.size(), 24));
    if (o_.json || o_.quiet) return;
    if (classes_.empty()) std::printf("%-*s  %s\n", static_cast<int>(width_), what_.c_str(), "predicted");
    else std::printf("%-*s  %-*s  %10s%s\n", static_cast<int>(width_), what_.c_str(), static_cast<int>(class_width_), "class", "confidence", classes_.size() > 1 && o_.top > 1 ? "  next" : "");
  }
  void answer(const std::string& name, const Tensor& out) const {
    if (classes_.empty()) {
      const double v = out.item<double>();
      if (o_.json) std::printf("%s\n", Json{{what_, name}, {"value", v}}.dump().c_str());
      else if (o_.quiet) std::printf("%.7g\n", v);
      else std::printf("%-*s  %s\n", static_cast<int>(width_), shortened(name).c_str(), number_text(v).c_str());
      return;
    }
    const auto [values, places] = out.exp().topk(std::min<int64_t>(o_.top, static_cast<int64_t>(classes_.size())));
    const auto name_at = [&](int64_t k) -> const std::string& { return classes_[static_cast<size_t>(places[k].item<int64_t>())]; };
    const auto share_at = [&](int64_t k) { return values[k].item<double>(); };
    if (o_.json) {
      Json top = Json::array();
      for (int64_t k = 0; k < values.numel(); ++k) top.push_back({{"class", name_at(k)}, {"confidence", share_at(k)}});
      std::printf("%s\n", Json{{what_, name}, {"class", name_at(0)}, {"confidence", share_at(0)}, {"top", top}}.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
      return;
    }
    if (o_.quiet) {
      std::printf("%s\n", name_at(0).c_str());
      return;
    }
    std::printf("%-*s  %-*s  %8.1f %%", static_cast<int>(width_), shortened(name).c_str(), static_cast<int>(class_width_), name_at(0).c_str(), 100 * share_at(0));
    for (int64_t k = 1; k < values.numel(); ++k)
      if (share_at(k) >= 0.0005) std::printf("%s%s %.1f %%", k == 1 ? "  " : ", ", name_at(k).c_str(), 100 * share_at(k));
    std::printf("\n");
  }

 private:
  // The end of a long name tells more.
  std::string shortened(const std::string& name) const { return o_.verbose || name.size() <= width_ ? name : "…" + name.substr(name.size() - width_ + 1); }
  const UseOptions& o_;
  std::vector<std::string> classes_;
  std::string what_;
  size_t width_ = 4, class_width_ = 5;
};

int predict_pictures(const Saved& run, const UseOptions& o) {
  const std::vector<std::string> files = list_pictures("predict", o.files);
  const bool digits = run.settings.at("network").at("kind") == "convnet";
  Preparation p;
  if (!digits) p = run.settings.at("pictures").get<Preparation>();
  Answers answers(run, o);
  answers.begin(files);
  int code = 0;
  constexpr size_t kBatch = 32;
  for (size_t i = 0; i < files.size(); i += kBatch) {
    std::vector<std::string> names;
    std::vector<Tensor> batch;
    for (size_t k = i; k < std::min(files.size(), i + kBatch); ++k) {
      try {
        batch.push_back(digits ? prepare_digit(files[k], run.settings.at("network")) : vision::functional::normalize(p(vision::decode_image(files[k], decoding(p.resize))), p.mean, p.std));
        names.push_back(files[k]);
      } catch (const Error& e) {  // the others still count
        std::fflush(stdout);
        std::fprintf(stderr, "wick: predict: %s\n", e.what());
        code = 1;
      }
    }
    if (batch.empty()) continue;
    const Tensor out = run.network.forward(stack(batch)).log_softmax(1);
    for (size_t k = 0; k < names.size(); ++k) answers.answer(names[k], out[static_cast<int64_t>(k)]);
  }
  return code;
}

int predict_rows(const Saved& run, const UseOptions& o) {
  const bool classes = !run.classes().empty();
  data::TableEncoding e = encoding_from_json(run.settings.at("encoding"));
  e.target.clear();  // rows need not have it
  Answers answers(run, o);
  const std::string id = run.settings.at("id");
  bool begun = false;
  for (const std::string& file : o.files) {
    const data::Table table = read_rows("predict", file, run.settings, false);
    const data::TableDataset rows(table, e);
    std::vector<std::string> names;
    const auto column = std::find_if(table.columns().begin(), table.columns().end(), [&](const auto& c) { return !id.empty() && c.name == id; });
    for (size_t r = 0; r < table.rows(); ++r)
      names.push_back(column != table.columns().end() && column->codes[r] >= 0 ? column->categories[static_cast<size_t>(column->codes[r])] : table.place(r));
    if (!begun) answers.begin(names);
    begun = true;
    const auto [out, ignored] = outputs_of(run.network, in_memory(rows.features(), rows.targets()), 0, classes, run.settings.value("target_mean", 0.0), run.settings.value("target_deviation", 1.0));
    for (size_t r = 0; r < names.size(); ++r) answers.answer(names[r], out[static_cast<int64_t>(r)]);
  }
  return 0;
}

#ifdef WICK_WITH_TEXT
int predict_texts(const Saved& run, const UseOptions& o) {
  Answers answers(run, o);
  bool begun = false;
  for (const std::string& file : o.files) {
    const auto [lines, source] = text_lines(run, file);
    if (lines.empty()) continue;
    if (!begun) answers.begin(lines);
    begun = true;
    const Tensor out = outputs_of(run.network, source, 0, true, 0, 1).first;
    for (size_t i = 0; i < lines.size(); ++i) answers.answer(lines[i], out[static_cast<int64_t>(i)]);
  }
  return 0;
}
#endif

}  // namespace

int predict(const UseOptions& o) {
  if (o.threads > 0) set_num_threads(o.threads);
  const Saved run = load_run(o.run);
  const NoGradGuard off;
#ifdef WICK_WITH_TEXT
  if (run.settings.at("task") == "text") return with_settings(run, [&] { return predict_texts(run, o); });
#endif
  return with_settings(run, [&] { return run.settings.at("task") == "table" ? predict_rows(run, o) : predict_pictures(run, o); });
}

}  // namespace wick::cli
