// wick dist trace: the last operations of several ranks, side by side.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <wick/core/str.h>

#include "cli/options.h"

namespace wick::cli {
namespace {

using Json = nlohmann::json;

struct Operation {
  std::string text, state;
  int64_t number = 0;
  double start = 0, end = 0;  // seconds since 1970; 0: not begun, not ended
  bool message = false;
};
struct Trace {
  int rank = 0, world = 0;
  std::string host, cause;
  double time = 0;
  std::map<std::string, std::vector<Operation>> groups;
};

Operation read_operation(const Json& j) {
  Operation o;
  o.text = j.at("operation").get<std::string>();
  o.number = j.at("number").get<int64_t>();
  o.message = j.contains("tag");
  if (j.contains("dtype")) {
    std::string shape;
    for (const Json& n : j.at("shape")) shape += (shape.empty() ? "" : ", ") + std::to_string(n.get<int64_t>());
    o.text += " of " + j.at("dtype").get<std::string>() + " [" + shape + "]";
  }
  if (j.contains("reduce")) o.text += ", " + j.at("reduce").get<std::string>();
  if (j.contains("root")) o.text += str(", root ", j.at("root").get<int>());
  if (j.contains("other")) o.text += str(o.text[0] == 's' ? ", to rank " : ", from rank ", j.at("other").get<int>(), ", tag ", j.at("tag").get<int>());
  o.state = j.at("state").get<std::string>();
  o.start = j.at("start").get<double>() / 1e6;
  o.end = j.at("end").get<double>() / 1e6;
  return o;
}
Trace read_trace(const std::string& path) {
  std::ifstream file(path);
  WICK_CHECK_TYPE(ValueError, file, "dist trace: cannot open ", path);
  try {
    const Json j = Json::parse(file);
    WICK_CHECK_TYPE(ValueError, j.at("wick_dist_trace").get<int>() == 1, "dist trace: ", path, " is of another version of Wick");
    Trace t;
    t.rank = j.at("rank").get<int>();
    t.world = j.at("world_size").get<int>();
    t.host = j.at("host").get<std::string>();
    t.cause = j.at("cause").get<std::string>();
    t.time = j.at("time").get<double>() / 1e6;
    for (const Json& o : j.at("operations")) t.groups[o.at("group").get<std::string>()].push_back(read_operation(o));
    return t;
  } catch (const Json::exception& e) {
    throw ValueError(str("dist trace: ", path, " is no trace of wick::dist: ", e.what()));
  }
}

std::string seconds(double s) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", s);
  return text;
}
std::string how(const Operation& o, const Trace& t) {
  if (o.state == "queued") return "not begun";
  if (o.state == "running") return "waiting for " + seconds(t.time - o.start);
  return o.state + " after " + seconds(o.end - o.start);
}
std::string who(const Trace& t) { return str("rank ", t.rank, " (", t.host, ")"); }

// One group: what all have called alike, and the first call that they have not.
void compare(const std::string& name, const std::vector<Trace>& traces) {
  std::map<int64_t, std::map<int, const Operation*>> calls;  // by number, then by place in `traces`
  std::map<int, int64_t> first, last;
  for (size_t i = 0; i < traces.size(); ++i)
    if (const auto at = traces[i].groups.find(name); at != traces[i].groups.end())
      for (const Operation& o : at->second) {
        if (o.message) continue;
        const int rank = static_cast<int>(i);
        calls[o.number][rank] = &o;
        first.try_emplace(rank, o.number);
        last[rank] = o.number;
      }
  std::printf("%s\n", name.empty() ? "all ranks" : str("group ", name).c_str());
  int64_t from = 0;  // before, some rank's operations are not kept any more
  for (const auto& [rank, n] : first) from = std::max(from, n);
  std::optional<int64_t> difference, alike;
  for (const auto& [number, ops] : calls) {
    if (number < from) continue;
    const std::string& text = ops.begin()->second->text;
    if (ops.size() < first.size() || std::any_of(ops.begin(), ops.end(), [&](const auto& o) { return o.second->text != text; })) {
      difference = number;
      break;
    }
    alike = number;
  }
  if (alike) std::printf("  #%lld to #%lld are the same on %zu ranks\n", static_cast<long long>(from), static_cast<long long>(*alike), first.size());
  if (difference) std::printf("  the first difference is #%lld\n", static_cast<long long>(*difference));
  else if (!alike) return;
  const int64_t shown = difference ? *difference : *alike;
  double earliest = 0, latest = 0;
  int slow = -1;
  for (const auto& [rank, n] : last) {
    const Trace& t = traces[static_cast<size_t>(rank)];
    const auto op = calls[shown].find(rank);
    if (op == calls[shown].end()) {
      const Operation& o = *calls[n][rank];
      std::printf("    %-24s has not come; its last was #%lld %s, %s\n", who(t).c_str(), static_cast<long long>(n), o.text.c_str(),
                  o.end > 0 ? (seconds(t.time - o.end) + " before").c_str() : how(o, t).c_str());
      continue;
    }
    const Operation& o = *op->second;
    std::printf("    %-24s %s   %s\n", who(t).c_str(), o.text.c_str(), how(o, t).c_str());
    if (o.start > 0 && (earliest == 0 || o.start < earliest)) earliest = o.start;
    if (o.start > latest) latest = o.start, slow = rank;
  }
  if (!difference && latest - earliest > 0.1) std::printf("  no difference; %s came last, %s after the first\n", who(traces[static_cast<size_t>(slow)]).c_str(), seconds(latest - earliest).c_str());
  else if (!difference) std::printf("  no difference\n");
}

int trace(const std::vector<std::string>& files) {
  std::vector<Trace> traces;
  for (const auto& f : files) traces.push_back(read_trace(f));
  std::sort(traces.begin(), traces.end(), [](const Trace& a, const Trace& b) { return a.rank < b.rank; });
  std::vector<std::string> names;
  for (const Trace& t : traces) {
    std::printf("%-26s %s\n", who(t).c_str(), t.cause.c_str());
    for (const auto& [name, operations] : t.groups)
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::string missing;
  for (int r = 0; !traces.empty() && r < traces[0].world; ++r)
    if (std::none_of(traces.begin(), traces.end(), [&](const Trace& t) { return t.rank == r; })) missing += str(missing.empty() ? "" : ", ", r);
  if (!missing.empty()) std::printf("no file of rank %s\n", missing.c_str());
  std::printf("\n");
  for (const auto& name : names) compare(name, traces);
  bool title = false;
  for (const Trace& t : traces)
    for (const auto& [name, operations] : t.groups)
      for (const Operation& o : operations) {
        if (!o.message || o.state == "done") continue;
        if (!title) std::printf("messages that did not end\n"), title = true;
        std::printf("    %-24s %s (#%lld)   %s\n", who(t).c_str(), o.text.c_str(), static_cast<long long>(o.number), how(o, t).c_str());
      }
  return 0;
}

}  // namespace

void add_dist(CLI::App& app, Action& action) {
  CLI::App* dist = app.add_subcommand("dist", "Look at what processes that worked together have left");
  dist->require_subcommand(1);
  const auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* c = dist->add_subcommand("trace", "Line up the last operations of several ranks, and show the first in which they differ\n\n"
                                              "A rank that fails writes its last 1,000 operations to the folder in WICK_DIST_TRACE, else to a file in the temporary\n"
                                              "folder that its message names.\n\nExample: wick dist trace traces/*.json");
  c->add_option("files", *files, "files of ranks of one job")->required()->type_name("FILE");
  c->callback([files, &action] { action = [files] { return trace(*files); }; });
}

}  // namespace wick::cli
