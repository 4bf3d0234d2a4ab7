// Files beside event files: vectors of the projector, traces of profilers. Only what a listing shows can be asked for.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <sstream>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "board/api.h"

namespace wick::board {
namespace {

namespace fs = std::filesystem;
constexpr size_t kVectorBytes = size_t{512} << 20, kTraceBytes = size_t{512} << 20, kMetaBytes = size_t{64} << 20;
constexpr size_t kShownVectors = 10000;
constexpr int64_t kComponents = 8;

struct EmbeddingFiles { std::string name, vectors, metadata; };

// projector_config.pbtxt: names, braces, and texts in quotes.
std::vector<EmbeddingFiles> parse_config(const std::string& text) {
  std::vector<EmbeddingFiles> r;
  std::string word, key;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      std::string value;
      for (++i; i < text.size() && text[i] != c; ++i) {
        if (text[i] != '\\' || i + 1 >= text.size()) value += text[i];
        else if (const char e = text[++i]; e >= '0' && e <= '7') {
          int code = 0;
          for (int k = 0; k < 3 && i < text.size() && text[i] >= '0' && text[i] <= '7'; ++k) code = code * 8 + (text[i++] - '0');
          --i;
          value += static_cast<char>(code);
        } else value += e == 'n' ? '\n' : e == 't' ? '\t' : e == 'r' ? '\r' : e;
      }
      if (!r.empty()) {
        if (key == "tensor_name") r.back().name = value;
        if (key == "tensor_path") r.back().vectors = value;
        if (key == "metadata_path") r.back().metadata = value;
      }
    } else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_') {
      word += c;
      continue;
    } else if (c == '{' && (word == "embeddings" || (word.empty() && key == "embeddings"))) {
      r.emplace_back();
    }
    if (!word.empty()) key = word, word.clear();
  }
  return r;
}

std::vector<EmbeddingFiles> embeddings_of(const RunView& run) {
  const std::string config = run.folder + "/projector_config.pbtxt";
  std::error_code ignored;
  if (!fs::is_regular_file(config, ignored) || !is_within(config, run.folder)) return {};
  return parse_config(read_small_file(config, 1 << 20));
}
std::string inside(const RunView& run, const std::string& path) {
  const std::string whole = run.folder + "/" + path;
  WICK_CHECK_TYPE(IndexError, !path.empty() && path[0] != '/' && is_within(whole, run.folder), "board: ", path.substr(0, 200), " is no file of ", run.name);
  return whole;
}

std::vector<std::string> split(const std::string& line, char by) {
  std::vector<std::string> r(1);
  for (const char c : line) {
    if (c == by) r.emplace_back();
    else if (c != '\r') r.back() += c;
  }
  return r;
}

// Vectors, one a line; of many, evenly chosen ones.
struct Vectors {
  std::vector<double> values;
  std::vector<size_t> rows;  // which were chosen
  size_t dims = 0, total = 0;
};
Vectors parse_vectors(const std::string& text) {
  Vectors v;
  v.total = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + (!text.empty() && text.back() != '\n');
  const size_t every = std::max<size_t>(1, (v.total + kShownVectors - 1) / kShownVectors);
  size_t row = 0;
  for (size_t i = 0; i < text.size(); ++row) {
    size_t end = text.find('\n', i);
    if (end == std::string::npos) end = text.size();
    if (row % every == 0 && end > i) {
      size_t n = 0;
      for (const char *p = text.data() + i, *e = text.data() + end; p < e;) {
        while (p < e && (*p == '\t' || *p == ' ' || *p == '\r')) ++p;
        if (p == e) break;
        double x = 0;
        const auto [next, bad] = std::from_chars(p, e, x);
        WICK_CHECK_TYPE(ValueError, next != p, "board: row ", row, " of the vectors holds something that is no number");
        v.values.push_back(std::isfinite(x) ? x : 0);
        p = next;
        ++n;
      }
      if (v.dims == 0) v.dims = n;
      WICK_CHECK_TYPE(ValueError, n == v.dims && n > 0, "board: row ", row, " of the vectors has ", n, " numbers instead of ", v.dims);
      v.rows.push_back(row);
    }
    i = end + 1;
  }
  WICK_CHECK_TYPE(ValueError, v.rows.size() > 1, "board: fewer than two vectors");
  return v;
}

// Principal components [n, k] of vectors, and what share of the variance each holds.
std::pair<Tensor, Tensor> principal(const Tensor& vectors) {
  const NoGradGuard off;
  Tensor x = vectors - vectors.mean({0}, true);
  if (x.size(1) > 1024) x = x.matmul(randn({x.size(1), 512}, kDouble) / std::sqrt(512.0));  // distances stay, nearly
  const auto [values, directions] = linalg_eigh(x.t().matmul(x));
  const int64_t k = std::min(kComponents, x.size(1));
  const Tensor best = directions.narrow(1, x.size(1) - k, k).flip({1}), shares = values.narrow(0, x.size(1) - k, k).flip({0}).clamp_min(0) / values.clamp_min(0).sum().clamp_min(1e-300);
  return {x.matmul(best).contiguous(), shares.contiguous()};
}

struct TraceFile { std::string path; uint64_t bytes; };
bool ends_with(const std::string& s, const char* end) { return s.size() >= std::char_traits<char>::length(end) && s.compare(s.size() - std::char_traits<char>::length(end), std::string::npos, end) == 0; }
bool is_trace(const std::string& name) {
  for (const char* zipped : {"", ".gz"}) {
    if (ends_with(name, (std::string("trace.json") + zipped).c_str())) return true;
    if (name.find("trace") != std::string::npos && ends_with(name, (std::string(".json") + zipped).c_str())) return true;
  }
  return false;
}
// In the run's folder, and where profilers put them below it.
std::vector<TraceFile> traces_of(const RunView& run) {
  std::vector<TraceFile> r;
  std::error_code bad;
  size_t looked = 0;
  for (fs::recursive_directory_iterator it(run.folder, fs::directory_options::skip_permission_denied, bad), end; !bad && it != end && ++looked < 20000; it.increment(bad)) {
    std::error_code ignored;
    const std::string name = it->path().filename().string();
    if (it->is_directory(ignored) && (it.depth() > 3 || (it.depth() == 0 && name != "plugins" && name != "profile"))) it.disable_recursion_pending();
    if (it->is_regular_file(ignored) && is_trace(name) && is_within(it->path().string(), run.folder)) r.push_back({fs::relative(it->path(), run.folder, ignored).string(), it->file_size(ignored)});
  }
  std::sort(r.begin(), r.end(), [](const TraceFile& a, const TraceFile& b) { return a.path < b.path; });
  return r;
}

}  // namespace

Reply Api::embeddings(const Query& q) {
  Json list = Json::array();
  for (const size_t id : asked_runs(q)) {
    const RunView run = runs_.run(id);
    const auto all = embeddings_of(run);
    for (size_t k = 0; k < all.size(); ++k) list.push_back({{"run", id}, {"number", k}, {"name", all[k].name}});
  }
  return json_reply({{"embeddings", list}});
}

Reply Api::embedding(const Query& q) {
  const RunView run = runs_.run(static_cast<size_t>(q.integer("run", 0, 0, 1e9)));
  const auto all = embeddings_of(run);
  const auto k = static_cast<size_t>(q.integer("number", 0, 0, 1e6));
  WICK_CHECK_TYPE(IndexError, k < all.size(), "board: ", run.name, " has ", all.size(), " embeddings");
  Vectors v = parse_vectors(read_small_file(inside(run, all[k].vectors), kVectorBytes));
  const Tensor x = from_blob(v.values.data(), {static_cast<int64_t>(v.rows.size()), static_cast<int64_t>(v.dims)}, kDouble);
  const auto [places, shares] = principal(x);
  Json header = Json::array(), labels = Json::array();
  if (!all[k].metadata.empty()) {
    const std::string text = read_small_file(inside(run, all[k].metadata), kMetaBytes);
    std::istringstream in(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    const bool headed = lines.size() == v.total + 1;
    if (headed) header = split(lines[0], '\t');
    for (const size_t row : v.rows)
      if (const size_t at = row + headed; at < lines.size()) labels.push_back(split(lines[at], '\t'));
  }
  Columns columns;
  columns.add(std::vector<double>(places.data_ptr<double>(), places.data_ptr<double>() + places.numel()));
  return columns.reply({{"name", all[k].name}, {"n", v.rows.size()}, {"total", v.total}, {"dims", v.dims}, {"components", places.size(1)},
                        {"shares", std::vector<double>(shares.data_ptr<double>(), shares.data_ptr<double>() + shares.numel())}, {"header", header}, {"labels", labels}, {"rows", v.rows}});
}

Reply Api::traces(const Query& q) {
  Json list = Json::array();
  for (const size_t id : asked_runs(q))
    for (const TraceFile& f : traces_of(runs_.run(id))) list.push_back({{"run", id}, {"file", f.path}, {"bytes", f.bytes}});
  return json_reply({{"traces", list}});
}

Reply Api::trace(const Query& q) {
  const RunView run = runs_.run(static_cast<size_t>(q.integer("run", 0, 0, 1e9)));
  const std::string file = q.text("file");
  for (const TraceFile& f : traces_of(run)) {
    if (f.path != file) continue;
    Reply r;
    r.type = "application/json";
    r.body = read_small_file(run.folder + "/" + f.path, kTraceBytes);
    r.gzip = r.body.compare(0, 2, "\x1f\x8b") == 0;
    return r;
  }
  WICK_CHECK_TYPE(IndexError, false, "board: no trace ", file.substr(0, 200), " in ", run.name);
}

}  // namespace wick::board
