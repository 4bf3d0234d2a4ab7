#include "cli/report.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>
#include <wick/vision.h>

#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {

std::string escape(const std::string& text) {
  std::string r;
  for (const char c : text) {
    switch (c) {
      case '&': r += "&amp;"; break;
      case '<': r += "&lt;"; break;
      case '>': r += "&gt;"; break;
      case '"': r += "&quot;"; break;
      case '\'': r += "&#39;"; break;
      default: r += c;
    }
  }
  return r;
}

std::string score_box(const std::string& value, const std::string& name, bool main) {
  return "<div class=\"score" + std::string(main ? " main" : "") + "\"><b>" + escape(value) + "</b><span>" + escape(name) + "</span></div>";
}

// Options of the program, which must not break at their dashes.
std::string with_options(const std::string& text) {
  std::string r;
  for (size_t i = 0; i < text.size(); ++i) {
    size_t end = i;
    if (text.compare(i, 2, "--") == 0) end = text.find_first_not_of("-abcdefghijklmnopqrstuvwxyz0123456789", i);
    if (end == i) r += text[i];
    else {
      end = std::min(end, text.size());
      r += "<code>" + text.substr(i, end - i) + "</code>";
      i = end - 1;
    }
  }
  return r;
}

std::string page_head(const std::string& title, const std::string& line) {
  return "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" + escape(title) + "</title><style>" + kReportStyle +
         "</style></head><body>\n<h1>" + escape(title) + "</h1><div class=\"soft\"><code>" + escape(line) + "</code></div>\n";
}

namespace {

using train::thousands;
constexpr int64_t kShown = 24;

std::string fixed(double v, int digits) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.*f", digits, v);
  return buf;
}
std::string percent(double share) { return fixed(100 * share, 1) + " %"; }

std::string base64(const uint8_t* data, size_t size) {
  static const char* const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string r;
  r.reserve((size + 2) / 3 * 4);
  for (size_t i = 0; i < size; i += 3) {
    const uint32_t v = static_cast<uint32_t>(data[i]) << 16 | static_cast<uint32_t>(i + 1 < size ? data[i + 1] : 0) << 8 | static_cast<uint32_t>(i + 2 < size ? data[i + 2] : 0);
    for (int k = 0; k < 4; ++k) r += i + static_cast<size_t>(k) > size ? '=' : kDigits[v >> (18 - 6 * k) & 63];
  }
  return r;
}

}  // namespace

std::string embedded(Tensor image, const std::string& title) {
  const int64_t side = std::max(image.size(1), image.size(2));
  if (side > 224) image = vision::functional::resize(image, {std::max<int64_t>(1, image.size(1) * 224 / side), std::max<int64_t>(1, image.size(2) * 224 / side)});
  const bool jpeg = side > 96 && vision::has_jpeg();
  if (!jpeg && !vision::has_png()) return "";
  const Tensor bytes = jpeg ? vision::encode_jpeg(image, 85) : vision::encode_png(image);
  return "<img alt=\"" + escape(title) + "\"" + (side <= 64 ? " class=\"pixels\"" : "") + " src=\"data:image/" + (jpeg ? "jpeg" : "png") + ";base64," +
         base64(bytes.data_ptr<uint8_t>(), static_cast<size_t>(bytes.numel())) + "\">";
}

namespace {

class Page {
 public:
  explicit Page(const Report& r) : r_(r), log_(read_log(r.dir + "/log.csv")), classes_(!r.classes.empty()), signals_(doctor_signals(r.dir)) {
    if (signals_) found_ = train::diagnose(*signals_);
    if (r.task == "images") std::erase_if(found_, [](const auto& f) { return f.id == "imbalance"; });  // classes weigh the same there
  }

  std::string html() {
    const std::string name = r_.task + " · " + (r_.dir.substr(r_.dir.find_last_of('/') + 1));
    text_ = page_head(name, r_.command);
    scores();
    text_ += "<h2>What to try next</h2><ul class=\"next\">";
    for (const std::string& s : advice(r_, found_)) text_ += "<li>" + with_options(escape(s)) + "</li>";
    text_ += "</ul>\n";
    if (signals_) text_ += findings_html(*signals_, found_);
    curves();
    if (r_.ranks.size() > 1) text_ += rank_bars(r_.ranks);
    if (classes_) {
      confusion();
      mistakes();
    } else {
      text_ += "<h2>Predictions <small>" + escape(r_.held_out->name) + "</small></h2>" + scatter(r_.targets, r_.outputs, r_.units);
      worst_numbers();
    }
    text_ += "<div class=\"two\"><section><h2>Data</h2>" + pairs(r_.facts) + "</section><section><h2>Settings</h2>" + pairs(r_.settings) + "</section></div>\n<script>" + kReportScript + "</script></body></html>\n";
    return std::move(text_);
  }

 private:
  void scores() {
    text_ += "<div class=\"top\">";
    const std::string& held = r_.held_out->name;
    if (classes_) {
      const auto of = [](const Scores& s) { return str(thousands(s.right), " of ", thousands(s.total)); };
      const Scores& main = r_.test ? *r_.test : r_.held;
      text_ += score_box(percent(main.accuracy), str(r_.test ? "test" : held, " accuracy, ", of(main)), true);
      if (r_.test) text_ += score_box(percent(r_.held.accuracy), str(held, " accuracy, ", of(r_.held)));
      text_ += score_box(percent(r_.training.accuracy), str("training accuracy of the final network, ", of(r_.training)));
      text_ += score_box(fixed(main.f1, 3), "F1, mean over the classes");
      if (main.auroc >= 0) text_ += score_box(fixed(main.auroc, 3), "AUROC");
    } else {
      text_ += score_box(number_text(r_.held.mae), str(held, " MAE of ", r_.units), true) + score_box(number_text(r_.held.rmse), held + " RMSE") +
               score_box(fixed(r_.held.r2, 3), held + " R2: share of the variance that is explained") + score_box(number_text(r_.training.rmse), "training RMSE of the final network");
    }
    text_ += "</div>\n";
  }

  void curves() {
    const auto* epochs = log_.find("epoch");
    if (!epochs || epochs->empty()) return;
    const std::string held = r_.held_out->name, measure = classes_ ? "accuracy" : "mae";
    const auto pair = [&](const std::string& training, const std::string& other, double scale) {
      std::vector<Curve> r;
      const auto add = [&](const std::string& column, const std::string& name, const char* colour) {
        const auto* y = log_.find(column);
        if (!y) return;
        Curve c{name, colour, *epochs, *y};
        for (double& v : c.y) v *= scale;
        r.push_back(std::move(c));
      };
      add(training, "training", "--a");
      if (!other.empty()) add(other, held, "--b");
      return r;
    };
    text_ += "<h2>Curves</h2><p><label>smoothing <input id=\"smooth\" type=\"range\" min=\"0\" max=\"0.95\" step=\"0.05\" value=\"0\"></label></p><div class=\"charts\">";
    text_ += chart("loss", "", pair("loss", held + "_loss", 1));
    text_ += classes_ ? chart("accuracy", "%", pair("train_accuracy", held + "_accuracy", 100)) : chart("mean absolute error", r_.units, pair("train_mae", held + "_mae", 1));
    std::vector<Curve> lr = pair("lr", "", 1);
    if (!lr.empty()) lr[0].name = "learning rate";
    text_ += chart("learning rate", "", lr) + "</div><p class=\"soft\">Training values are means over an epoch, while the network changes" +
             (r_.task == "images" ? ", on augmented pictures" : "") + "; the score above is that of the final network.</p>\n";
  }

  void confusion() {
    const int64_t n = static_cast<int64_t>(r_.classes.size());
    const auto* counts = r_.held.confusion.data_ptr<int64_t>();
    const auto name = [&](int64_t c) { return escape(r_.classes[static_cast<size_t>(c)]); };
    text_ += "<h2>Classes <small>" + escape(r_.held_out->name) + "</small></h2>";
    if (n <= 40) {
      text_ += "<div class=\"scroll\"><table class=\"confusion\"><tr><th></th><th colspan=\"" + std::to_string(n) + "\">predicted</th></tr><tr><th>actual</th>";
      for (int64_t c = 0; c < n; ++c) text_ += "<th title=\"" + name(c) + "\">" + name(c) + "</th>";
      text_ += "</tr>";
      for (int64_t r = 0; r < n; ++r) {
        int64_t total = 0;
        for (int64_t c = 0; c < n; ++c) total += counts[r * n + c];
        text_ += "<tr><th>" + name(r) + "</th>";
        for (int64_t c = 0; c < n; ++c) {
          const int64_t k = counts[r * n + c];
          const double share = total ? static_cast<double>(k) / static_cast<double>(total) : 0;
          text_ += "<td" + std::string(r == c ? " class=\"self\"" : "") + " style=\"background:rgba(var(--heat)," + fixed(0.04 + 0.5 * share, 2) + ")\" title=\"" + name(r) + " taken for " + name(c) + ": " +
                   std::to_string(k) + ", " + percent(share) + "\">" + (k ? thousands(k) : "·") + "</td>";
        }
        text_ += "</tr>";
      }
      text_ += "</table></div>";
    } else {
      text_ += "<pre>" + escape(confusion_table(r_.classes, r_.held.confusion)) + "</pre>";
    }
    text_ += "<div class=\"scroll\"><table style=\"margin-top:16px\"><tr><th>class</th><th>examples</th><th>precision</th><th>recall</th></tr>";
    const auto bar = [](double share) { return percent(share) + "<span class=\"bar\"><i style=\"width:" + fixed(100 * share, 0) + "%\"></i></span>"; };
    for (int64_t c = 0; c < n; ++c) {
      int64_t total = 0;
      for (int64_t k = 0; k < n; ++k) total += counts[c * n + k];
      text_ += "<tr><td>" + name(c) + "</td><td>" + thousands(total) + "</td><td>" + bar(r_.held.precision[static_cast<size_t>(c)]) + "</td><td>" + bar(r_.held.recall[static_cast<size_t>(c)]) + "</td></tr>";
    }
    text_ += "</table></div>\n<p class=\"soft\">Precision: of what was said to be the class, how much is. Recall: of what is the class, how much was found.</p>\n";
  }

  void mistakes() {
    const Tensor loss = -r_.outputs.gather(1, r_.targets.unsqueeze(1)).squeeze(1), answers = r_.outputs.argmax(1).contiguous(), sure = std::get<0>(r_.outputs.max(1)).exp().contiguous();
    const Tensor order = std::get<1>(loss.sort(0, true)).contiguous();
    const int64_t wrong = r_.held.total - r_.held.right, shown = std::min<int64_t>(kShown, wrong > 0 ? wrong : r_.held.total);
    text_ += wrong > 0 ? str("<h2>Worst mistakes <small>", std::min(wrong, shown), " of ", thousands(wrong), ", ", escape(r_.held_out->name), "</small></h2>") : std::string("<h2>No mistakes <small>the least certain answers</small></h2>");
    const bool pictures = static_cast<bool>(r_.held_out->picture);
    text_ += pictures ? "<div class=\"wrong\">" : "<div class=\"scroll\"><table><tr><th>row</th><th>actual</th><th>predicted</th><th>confidence</th></tr>";
    int64_t done = 0;
    for (int64_t k = 0; k < order.numel() && done < shown; ++k) {
      const int64_t i = order.data_ptr<int64_t>()[k], label = r_.targets.select(0, i).item<int64_t>(), answer = answers.data_ptr<int64_t>()[i];
      if (wrong > 0 && label == answer) continue;
      ++done;
      const std::string title = r_.held_out->title(static_cast<size_t>(i)), actual = escape(r_.classes[static_cast<size_t>(label)]), said = escape(r_.classes[static_cast<size_t>(answer)]),
                        confidence = percent(static_cast<double>(sure.data_ptr<float>()[i]));
      const char* mark = label == answer ? "yes" : "no";
      if (pictures)
        text_ += "<div title=\"" + escape(title) + "\">" + embedded(r_.held_out->picture(static_cast<size_t>(i)), title) + "<span class=\"" + mark + "\">" + said + "</span> " + confidence + "<br>actual <b>" + actual +
                 "</b><br><small>" + escape(title.substr(title.find_last_of('/') + 1)) + "</small></div>";
      else
        text_ += "<tr><td>" + escape(title) + "</td><td>" + actual + "</td><td class=\"" + mark + "\">" + said + "</td><td>" + confidence + "</td></tr>";
    }
    text_ += pictures ? "</div>\n" : "</table></div>\n";
  }

  void worst_numbers() {
    const Tensor y = r_.targets.to(kDouble).flatten().contiguous(), o = r_.outputs.to(kDouble).flatten().contiguous();
    const Tensor order = std::get<1>((o - y).abs().sort(0, true)).contiguous();
    text_ += "<h2>Worst mistakes</h2><div class=\"scroll\"><table><tr><th>row</th><th>actual</th><th>predicted</th><th>difference</th></tr>";
    for (int64_t k = 0; k < std::min<int64_t>(20, order.numel()); ++k) {
      const int64_t i = order.data_ptr<int64_t>()[k];
      const double actual = y.data_ptr<double>()[i], said = o.data_ptr<double>()[i];
      text_ += "<tr><td>" + escape(r_.held_out->title(static_cast<size_t>(i))) + "</td><td>" + number_text(actual) + "</td><td>" + number_text(said) + "</td><td>" + number_text(said - actual) + "</td></tr>";
    }
    text_ += "</table></div>\n";
  }

  std::string pairs(const Pairs& list) const {
    std::string s = "<dl>";
    for (const auto& [key, value] : list) s += "<dt>" + escape(key) + "</dt><dd>" + escape(value) + "</dd>";
    return s + "</dl>";
  }

  const Report& r_;
  Log log_;
  bool classes_;
  std::optional<train::Signals> signals_;
  std::vector<train::Finding> found_;
  std::string text_;
};

}  // namespace

void Report::write() const {
  const std::string html = Page(*this).html();
  io::write_atomically(dir + "/report.html", {{html.data(), html.size()}});
}

}  // namespace wick::cli
