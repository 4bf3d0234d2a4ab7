#include "cli/text_train.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <wick/core/str.h>
#include <wick/data.h>
#include <wick/text.h>

#include "cli/data_check.h"
#include "text/json.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::thousands;

struct Texts {
  std::vector<std::string> texts, labels;
  std::vector<size_t> lines;  // from 1
};

// Rows of texts and labels with tabs between; columns from 0, negative ones from the end.
Texts read_texts(const std::string& who, const std::string& file, int64_t text_column, int64_t label_column, bool header) {
  const std::string all = text::read_text(file);
  Texts r;
  size_t number = 0;
  for (size_t i = 0; i < all.size();) {
    const size_t end = std::min(all.find('\n', i), all.size());
    const std::string line = all.substr(i, end > i && all[end - 1] == '\r' ? end - 1 - i : end - i);
    i = end + 1;
    ++number;
    if (line.empty() || (header && number == 1)) continue;
    std::vector<std::string> fields(1);
    for (const char c : line) {
      if (c == '\t') fields.emplace_back();
      else fields.back() += c;
    }
    const auto n = static_cast<int64_t>(fields.size());
    const auto at = [&](int64_t column) {
      const int64_t k = column < 0 ? column + n : column;
      WICK_CHECK_TYPE(ValueError, k >= 0 && k < n, who, ": ", file, ":", number, " has ", n, n == 1 ? " column" : " columns", " (tabs stand between them), and column ", column, " is needed");
      return static_cast<size_t>(k);
    };
    const size_t text = at(text_column), label = at(label_column);
    WICK_CHECK_TYPE(ValueError, text != label, who, ": ", file, ":", number, " has ", n, n == 1 ? " column" : " columns", ", and text and label are both column ", text);
    r.texts.push_back(std::move(fields[text]));
    r.labels.push_back(std::move(fields[label]));
    r.lines.push_back(number);
  }
  WICK_CHECK(!r.texts.empty(), who, ": ", file, " holds no texts");
  return r;
}

Texts rows_of(const Texts& t, std::vector<size_t> rows) {
  std::sort(rows.begin(), rows.end());
  Texts r;
  for (const size_t i : rows) r.texts.push_back(t.texts[i]), r.labels.push_back(t.labels[i]), r.lines.push_back(t.lines[i]);
  return r;
}
std::pair<Texts, Texts> split(const Texts& t, double val, uint64_t seed) {
  const auto parts = data::random_split(t.texts.size(), {1 - val, val}, make_generator(seed));
  return {rows_of(t, parts[0]), rows_of(t, parts[1])};
}

// Numbers by size, other labels by the alphabet.
std::vector<std::string> labels_of(const std::vector<std::string>& labels) {
  std::map<std::string, int> seen;
  for (const std::string& l : labels) seen[l];
  std::vector<std::string> r;
  for (const auto& [l, n] : seen) r.push_back(l);
  const bool numbers = std::all_of(r.begin(), r.end(), [](const std::string& s) { return !s.empty() && s.size() < 10 && s.find_first_not_of("0123456789") == std::string::npos; });
  if (numbers) std::sort(r.begin(), r.end(), [](const std::string& a, const std::string& b) { return std::stol(a) < std::stol(b); });
  return r;
}

using Rows = std::vector<std::vector<int64_t>>;

// Batches as long as their longest text.
Source source_of(std::shared_ptr<const Rows> rows, std::vector<int64_t> targets, int64_t pad) {
  const size_t n = rows->size();
  return Source(n, [rows = std::move(rows), targets = std::move(targets), pad](ArrayRef<size_t> request) -> Batch {
    size_t longest = 1;
    for (const size_t i : request) longest = std::max(longest, (*rows)[i].size());
    const Tensor x = full({static_cast<int64_t>(request.size()), static_cast<int64_t>(longest)}, pad, kLong), y = empty({static_cast<int64_t>(request.size())}, kLong);
    for (size_t k = 0; k < request.size(); ++k) {
      std::copy((*rows)[request[k]].begin(), (*rows)[request[k]].end(), x.data_ptr<int64_t>() + k * longest);
      y.data_ptr<int64_t>()[k] = targets.empty() ? 0 : targets[request[k]];
    }
    return {x, y};
  });
}

struct Encoder {
  text::Tokenizer tokenizer;
  int64_t max_length, pad, cut = 0;

  std::shared_ptr<const Rows> rows(const std::vector<std::string>& texts) {
    auto r = std::make_shared<Rows>();
    const auto options = text::EncodeOptions().truncation(text::Truncation(max_length));
    for (const std::string& t : texts) {
      text::Encoding e = tokenizer.encode(t, options);
      cut += e.cut > 0;
      r->push_back(std::move(e.ids));
    }
    return r;
  }
  Source source(const std::string& who, const Texts& t, const std::vector<std::string>& classes, const std::string& file) {
    std::vector<int64_t> targets;
    for (size_t i = 0; i < t.labels.size(); ++i) {
      const auto f = std::find(classes.begin(), classes.end(), t.labels[i]);
      WICK_CHECK_TYPE(ValueError, f != classes.end(), who, ": ", file, ":", t.lines[i], ": the label \"", t.labels[i].substr(0, 40), "\" is not among those that were trained");
      targets.push_back(f - classes.begin());
    }
    return source_of(rows(t.texts), std::move(targets), pad);
  }
};
HeldOut held(const std::string& name, const Texts& t, Source source, const std::string& file) {
  return {name, std::move(source), [t, file](size_t i) { return str(file, ":", t.lines[i], "  ", t.texts[i].substr(0, 80)); }, {}};
}

// Files, and the texts of each that make a part.
DataLook look_at(std::vector<std::pair<std::string, Texts>> list) {
  const auto parts = std::make_shared<const std::vector<std::pair<std::string, Texts>>>(std::move(list));
  DataLook look;
  look.check = [parts](const train::DataCheckOptions& how) {
    static const char* const names[] = {"train", "val", "test"};
    train::DataCheck c(how);
    for (size_t p = 0; p < parts->size(); ++p) {
      c.part(names[p]);
      const Texts& t = (*parts)[p].second;
      for (size_t i = 0; i < t.texts.size(); ++i) c.add_text(t.texts[i], static_cast<int64_t>(std::hash<std::string>()(t.labels[i])));
    }
    return c.report();
  };
  look.title = [parts](size_t part, size_t i) {
    const auto& [file, t] = (*parts)[part];
    return str(file, ":", t.lines[i], "  ", t.texts[i].substr(0, 80));
  };
  look.label = [parts](size_t part, size_t i) { return (*parts)[part].second.labels[i]; };
  return look;
}

Encoder encoder_of(const Saved& run) {
  const Json& s = run.settings;
  return {text::Tokenizer::from_folder(run.dir), s.at("max_length"), s.at("pad")};
}

}  // namespace

Network text_network(const Json& n, const std::string& weights) {
  const std::string config_text = n.at("config");
  const auto config = text::Config::from_json(config_text, "settings");
  text::Model m = weights.empty() ? text::Model(config, text::Task::sequence_classification, false)
                                  : text::from_pretrained(weights, text::Task::sequence_classification, text::PretrainedOptions().labels(config.labels).pad_token_id(config.pad_token_id));
  const int64_t pad = config.pad_token_id;
  const std::string line = str(config.model_type, ", ", config.num_layers, " layers of ", config.hidden_size);
  return {m.ptr(), [m, pad](const Tensor& ids) mutable {
            const Tensor mask = ids.ne(pad);
            return m->forward(ids, mask).logits;
          }, line};
}

HeldOut text_held_out(const Saved& run, const std::string& given, const std::string& part) {
  const Json& s = run.settings;
  const std::string own = part == "train" || s.at("val_file").get<std::string>().empty() ? s.at("data").get<std::string>() : s.at("val_file").get<std::string>(), file = given.empty() ? own : given;
  Texts t = read_texts("eval", file, s.at("text_column"), s.at("label_column"), s.at("header"));
  if (given.empty() && s.at("val_file").get<std::string>().empty()) {
    auto [training, validation] = split(t, s.at("val"), s.at("seed"));
    t = part == "train" ? std::move(training) : std::move(validation);
  }
  Encoder e = encoder_of(run);
  return held(given.empty() ? (part == "train" ? "train" : "val") : given, t, e.source("eval", t, run.classes(), file), file);
}

std::pair<std::vector<std::string>, Source> text_lines(const Saved& run, const std::string& file) {
  std::vector<std::string> lines;
  const std::string all = text::read_text(file);
  for (size_t i = 0; i < all.size();) {
    const size_t end = std::min(all.find('\n', i), all.size());
    lines.push_back(all.substr(i, end > i && all[end - 1] == '\r' ? end - 1 - i : end - i));
    i = end + 1;
  }
  Encoder e = encoder_of(run);
  const auto rows = e.rows(lines);
  return {std::move(lines), source_of(rows, {}, e.pad)};
}

int train_text(const TextRunOptions& o) {
  const std::string who = o.faults ? "data check text" : "train text";
  Texts all = read_texts(who, o.file, o.text_column, o.label_column, o.header), validation;
  const std::vector<std::string> classes = labels_of(all.labels);
  WICK_CHECK_TYPE(ValueError, classes.size() > 1, who, ": all labels in ", o.file, " are \"", classes[0].substr(0, 40), "\": two are needed to tell apart");
  WICK_CHECK_TYPE(ValueError, classes.size() * 2 <= all.texts.size(), who, ": ", classes.size(), " different labels for ", all.texts.size(), " texts: these are no classes; --label-column and --text-column say where they stand");
  if (o.val_file.empty()) std::tie(all, validation) = split(all, o.val, o.seed);
  else validation = read_texts(who, o.val_file, o.text_column, o.label_column, o.header);
  WICK_CHECK_TYPE(ValueError, !all.texts.empty() && !validation.texts.empty(), who, ": ", all.texts.size(), " texts to train on and ", validation.texts.size(), " to test on; both need some");

  std::vector<std::pair<std::string, Texts>> looked{{o.file, all}, {o.val_file.empty() ? o.file : o.val_file, validation}};
  if (!o.test_file.empty()) looked.emplace_back(o.test_file, read_texts(who, o.test_file, o.text_column, o.label_column, o.header));
  Task t;
  t.look = look_at(looked);
  t.name = "text";
  t.classes = classes;
  if (o.faults) return check_data(t, o);

  text::Config config = text::Config::from_file(o.weights + "/config.json");
  config.labels = classes;
  Encoder e{text::Tokenizer::from_folder(o.weights), std::min(o.max_length, config.max_length()), 0};
  if (config.pad_token_id < 0) config.pad_token_id = e.tokenizer.pad_id().value_or(e.tokenizer.eos_id().value_or(0));
  e.pad = config.pad_token_id;

  t.unit = "texts";
  t.weights = o.weights;
  t.settings = {{"task", "text"}, {"network", {{"kind", "text"}, {"config", config.json(text::Task::sequence_classification)}, {"outputs", classes.size()}}}, {"classes", classes},
                {"max_length", e.max_length}, {"pad", e.pad}, {"text_column", o.text_column}, {"label_column", o.label_column}, {"header", o.header},
                {"data", std::filesystem::absolute(o.file).string()}, {"val_file", o.val_file.empty() ? "" : std::filesystem::absolute(o.val_file).string()}, {"val", o.val}, {"seed", o.seed}};
  t.fixed = str(" --weights ", o.weights, " --max-length ", e.max_length, o.val_file.empty() ? str(" --val ", o.val) : " --val-file " + o.val_file);
  t.training = t.plain_training = [&] {
    const Busy busy(o, "splitting texts into tokens");
    return e.source(who, all, classes, o.file);
  }();
  t.held_out = held("val", validation, e.source(who, validation, classes, o.val_file.empty() ? o.file : o.val_file), o.val_file.empty() ? o.file : o.val_file);
  if (!o.test_file.empty()) {
    const Texts& test = looked.back().second;
    t.test = held("test", test, e.source(who, test, classes, o.test_file), o.test_file);
  }
  t.weight_decay = 0.01;
  t.evaluation_batch = 64;
  std::string counts;
  for (const std::string& c : classes)
    if (counts.size() < 200) counts += str(counts.empty() ? "" : ", ", c, " ", std::count(all.labels.begin(), all.labels.end(), c));
  const std::string parts = str(thousands(static_cast<int64_t>(all.texts.size())), " train, ", thousands(static_cast<int64_t>(validation.texts.size())), " val", t.test ? str(", ", thousands(static_cast<int64_t>(t.test->source.n)), " test") : std::string());
  t.header = {str(parts, ", ", classes.size(), " classes, ", o.file), "train: " + counts};
  if (e.cut > 0) t.header.push_back(str(thousands(e.cut), " texts are cut at ", e.max_length, " tokens; --max-length"));
  t.facts = {{"file", o.file}, {"texts", parts}, {"training texts", counts}, {"cut", str(e.cut, " at ", e.max_length, " tokens")}};
  // The folder of the run is one that from_pretrained reads.
  t.finished = [folder = o.weights](Network& net, const std::string& dir) { text::save_pretrained(text::Model(std::dynamic_pointer_cast<text::ModelImpl>(net.module)), dir, folder); };
  return run(std::move(t), o);
}

}  // namespace wick::cli
