// Traces and flame graphs.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "debug/profile_state.h"

namespace wick::debug {

std::string json_text(const std::string& s) {
  std::string out;
  for (const char c : s) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20) {
      char buf[8];
      std::snprintf(buf, sizeof buf, "\\u%04x", u);
      out += buf;
    } else {
      out += c;
    }
  }
  return out;
}
std::string xml_text(const std::string& s) {
  std::string out;
  for (const char c : s) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

}  // namespace wick::debug

namespace wick::profiler::inline v1 {
using namespace debug;

namespace {

std::ofstream opened(const char* what, const std::string& path) {
  std::ofstream f(path, std::ios::binary);
  WICK_CHECK(f, what, ": cannot write ", path, "; is there such a folder?");
  return f;
}
void closed(const char* what, const std::string& path, std::ofstream& f) {
  f.close();
  WICK_CHECK(f, what, ": writing ", path, " failed; is the disk full?");
}

const char* category(EventKind k) {
  switch (k) {
    case EventKind::op: return "cpu_op";
    case EventKind::backward: return "backward";
    case EventKind::module: return "module";
    case EventKind::user: return "user_annotation";
    case EventKind::optimizer: return "optimizer";
    case EventKind::data: return "data";
    case EventKind::communication: return "communication";
    case EventKind::step: return "step";
  }
  return "";
}
std::string us(int64_t ns) { return number_text(static_cast<double>(ns) / 1e3, "%.3f"); }

std::string json_event(const FunctionEvent& e, size_t i, int64_t pid) {
  std::string s = str("{\"ph\":\"X\",\"cat\":\"", category(e.kind), "\",\"name\":\"", json_text(e.name), "\",\"pid\":", pid, ",\"tid\":", e.thread, ",\"ts\":", us(e.start_ns), ",\"dur\":", us(e.duration_ns()),
                      ",\"args\":{\"External id\":", i);
  if (e.sequence_nr >= 0) s += str(",\"Sequence number\":", e.sequence_nr);
  if (!e.module.empty() && e.kind != EventKind::module) s += ",\"Module\":\"" + json_text(e.module) + "\"";
  if (e.flops) s += str(",\"FLOPs\":", e.flops);
  if (e.allocated || e.freed) s += str(",\"Allocated\":", e.allocated, ",\"Freed\":", e.freed);
  if (e.failed) s += ",\"Failed\":true";
  if (!e.input_shapes.empty()) {
    s += ",\"Input Dims\":[";
    for (size_t k = 0; k < e.input_shapes.size(); ++k) {
      s += k ? ",[" : "[";
      for (size_t d = 0; d < e.input_shapes[k].size(); ++d) s += (d ? "," : "") + std::to_string(e.input_shapes[k][d]);
      s += "]";
    }
    s += "]";
  }
  return s + "}}";
}

// Lengths of stacks: the names from the outermost on, with the time that is theirs alone.
std::map<std::vector<std::string>, int64_t> stacks(const std::vector<FunctionEvent>& events) {
  std::vector<std::vector<std::string>> path(events.size());
  std::map<std::vector<std::string>, int64_t> out;
  for (size_t i = 0; i < events.size(); ++i) {
    const FunctionEvent& e = events[i];
    if (e.kind == EventKind::step) continue;
    if (e.parent >= 0) path[i] = path[static_cast<size_t>(e.parent)];
    else if (e.thread > 0) path[i].push_back(str("thread ", e.thread));
    if (e.kind == EventKind::backward && e.parent < 0) path[i].push_back("backward");
    path[i].push_back(e.kind == EventKind::module && !path[i].empty() ? e.name.substr(e.name.rfind('.') + 1) : e.name);
    out[path[i]] += std::max<int64_t>(e.self_ns, 0);
  }
  return out;
}

struct Box { int64_t ns = 0; std::map<std::string, Box> inside; };

// Warm colours by name, so that a name looks the same everywhere.
std::string colour(const std::string& name) {
  uint32_t h = 2166136261u;
  for (const char c : name) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  const bool op = name.compare(0, 6, "aten::") == 0, step = name.find("Backward") != std::string::npos || name == "backward";
  const int hue = op ? 20 + static_cast<int>(h % 35) : step ? 200 + static_cast<int>(h % 30) : 90 + static_cast<int>(h % 50);
  return str("hsl(", hue, ",", 55 + h / 64 % 20, "%,", 62 + h / 4096 % 12, "%)");
}

constexpr double kWidth = 1200, kRow = 18;

size_t depth_of(const Box& b) {
  size_t d = 0;
  for (const auto& [name, child] : b.inside) d = std::max(d, 1 + depth_of(child));
  return d;
}
void draw(std::string& out, const std::string& name, const Box& b, double x, double scale, size_t level, size_t levels, int64_t total) {
  const double w = static_cast<double>(b.ns) * scale;
  if (w < 0.5) return;
  const double y = static_cast<double>(levels - level) * kRow + 30;
  const std::string label = xml_text(name);
  out += str("<g><title>", label, " ", time_text(static_cast<double>(b.ns)), " (", number_text(100.0 * static_cast<double>(b.ns) / static_cast<double>(total), "%.1f"), "%)</title><rect x=\"", number_text(x), "\" y=\"", number_text(y, "%.0f"),
             "\" width=\"", number_text(w), "\" height=\"17\" rx=\"2\" fill=\"", colour(name), "\"/>");
  const auto fits = static_cast<size_t>(std::max(0.0, (w - 6) / 6.7));
  if (fits >= 3) out += str("<text x=\"", number_text(x + 3), "\" y=\"", number_text(y + 12.5, "%.1f"), "\">", xml_text(name.size() <= fits ? name : name.substr(0, fits - 2) + ".."), "</text>");
  out += "</g>\n";
  for (const auto& [inner, child] : b.inside) {
    draw(out, inner, child, x, scale, level + 1, levels, total);
    x += static_cast<double>(child.ns) * scale;
  }
}

}  // namespace

void profile::export_chrome_trace(const std::string& path, int64_t max_bytes) const {
  const debug::Session::Result& r = state_->get();
  const int64_t pid = getpid();
  std::vector<std::string> lines(r.events.size());
  int64_t bytes = 1000;
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i] = json_event(r.events[i], i, pid);
    bytes += static_cast<int64_t>(lines[i].size()) + 2 + (r.events[i].forward >= 0 ? 260 : 0);
  }
  // The shortest are the least to look at.
  std::vector<size_t> order;
  if (bytes > max_bytes) {
    for (size_t i = 0; i < lines.size(); ++i) order.push_back(i);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return r.events[a].duration_ns() < r.events[b].duration_ns(); });
  }
  size_t left_out = 0;
  for (; bytes > max_bytes && left_out < order.size(); ++left_out) {
    std::string& line = lines[order[left_out]];
    bytes -= static_cast<int64_t>(line.size()) + 2 + (r.events[order[left_out]].forward >= 0 ? 260 : 0);
    line.clear();
  }
  std::ofstream f = opened("export_chrome_trace", path);
  f << "{\"schemaVersion\":1,\"displayTimeUnit\":\"ms\",\"otherData\":{\"producer\":\"wick\",\"left_out\":" << left_out << ",\"dropped\":" << r.dropped << "},\"traceEvents\":[\n";
  f << "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":" << pid << ",\"args\":{\"name\":\"wick\"}}";
  int64_t threads = 0;
  for (const FunctionEvent& e : r.events) threads = std::max(threads, e.thread + 1);
  for (int64_t t = 0; t < threads; ++t)
    f << ",\n{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":" << pid << ",\"tid\":" << t << ",\"args\":{\"name\":\"" << (t ? str("worker ", t) : "main") << "\"}}";
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    f << ",\n" << lines[i];
    const FunctionEvent& e = r.events[i];
    if (e.forward < 0 || lines[static_cast<size_t>(e.forward)].empty()) continue;
    const FunctionEvent& from = r.events[static_cast<size_t>(e.forward)];
    const std::string link = str("\"cat\":\"fwdbwd\",\"name\":\"fwdbwd\",\"id\":", i, ",\"pid\":", pid);
    f << ",\n{\"ph\":\"s\"," << link << ",\"tid\":" << from.thread << ",\"ts\":" << us(from.start_ns) << "},\n{\"ph\":\"f\",\"bp\":\"e\"," << link << ",\"tid\":" << e.thread << ",\"ts\":" << us(e.start_ns) << "}";
  }
  f << "\n]}\n";
  closed("export_chrome_trace", path, f);
}

void profile::export_stacks(const std::string& path) const {
  std::ofstream f = opened("export_stacks", path);
  for (const auto& [names, ns] : stacks(events())) {
    for (size_t i = 0; i < names.size(); ++i) f << (i ? ";" : "") << names[i];
    f << " " << ns / 1000 << "\n";
  }
  closed("export_stacks", path, f);
}

void profile::export_flame_graph(const std::string& path) const {
  Box root;
  for (const auto& [names, ns] : stacks(events())) {
    Box* b = &root;
    b->ns += ns;
    for (const auto& n : names) {
      b = &b->inside[n];
      b->ns += ns;
    }
  }
  const size_t levels = depth_of(root);
  std::string boxes;
  const int64_t total = std::max<int64_t>(root.ns, 1);
  draw(boxes, "all", root, 0, kWidth / static_cast<double>(total), 0, levels, total);
  const double height = static_cast<double>(levels + 1) * kRow + 40;
  std::ofstream f = opened("export_flame_graph", path);
  f << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " << number_text(kWidth, "%.0f") << " " << number_text(height, "%.0f")
    << "\" font-family=\"monospace\" font-size=\"11\"><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><text x=\"4\" y=\"18\" font-size=\"14\">Time by what ran in what: "
    << time_text(static_cast<double>(root.ns)) << " of " << time_text(static_cast<double>(wall_ns())) << "</text>\n" << boxes << "</svg>\n";
  closed("export_flame_graph", path, f);
}

}  // namespace wick::profiler::inline v1
