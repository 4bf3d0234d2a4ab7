// Tables of a profile.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "debug/op_names.h"
#include "debug/profile_state.h"

namespace wick::debug {

std::string number_text(double value, const char* format) {
  char buf[64];
  std::snprintf(buf, sizeof buf, format, value);
  return buf;
}
std::string time_text(double ns) { return ns >= 1e9 ? number_text(ns / 1e9, "%.3fs") : ns >= 1e6 ? number_text(ns / 1e6, "%.3fms") : number_text(ns / 1e3, "%.3fus"); }
std::string bytes_text(double b) {
  const double a = std::fabs(b);
  return a >= 1e9 ? number_text(b / (1 << 30), "%.2f GB") : a >= 1e6 ? number_text(b / (1 << 20), "%.2f MB") : a >= 1e3 ? number_text(b / 1024, "%.2f KB") : number_text(b, "%.0f B");
}

std::string aligned(const std::vector<std::string>& titles, const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> width;
  for (const auto& t : titles) width.push_back(t.size());
  for (const auto& row : rows)
    for (size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  std::string out;
  const auto put = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string gap(width[i] - cells[i].size(), ' ');
      line += (i ? "  " : "") + (i ? gap + cells[i] : cells[i] + gap);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  put(titles);
  std::vector<std::string> rule;
  for (size_t w : width) rule.emplace_back(w, '-');
  put(rule);
  for (const auto& row : rows) put(row);
  return out;
}

}  // namespace wick::debug

namespace wick::profiler::inline v1 {
using namespace debug;

namespace {

struct Order { const char* name; double (*value)(const FunctionEventAvg&); };
constexpr Order kOrders[] = {{"cpu_time_total", [](const FunctionEventAvg& a) { return double(a.cpu_time_total); }},
                             {"self_cpu_time_total", [](const FunctionEventAvg& a) { return double(a.self_cpu_time_total); }},
                             {"cpu_time", [](const FunctionEventAvg& a) { return a.cpu_time(); }},
                             {"cpu_memory_usage", [](const FunctionEventAvg& a) { return double(a.cpu_memory_usage); }},
                             {"self_cpu_memory_usage", [](const FunctionEventAvg& a) { return double(a.self_cpu_memory_usage); }},
                             {"flops", [](const FunctionEventAvg& a) { return double(a.flops); }},
                             {"count", [](const FunctionEventAvg& a) { return double(a.count); }}};

std::string cut(const std::string& s, int64_t width) {
  const auto w = static_cast<size_t>(std::max<int64_t>(width, 4));
  return s.size() <= w ? s : s.substr(0, w - 3) + "...";
}
std::string percent(double part, double whole) { return number_text(whole > 0 ? 100 * part / whole : 0, "%.2f%%"); }
std::string flops_text(double f) { return f >= 1e9 ? number_text(f / 1e9, "%.3f G") : f >= 1e6 ? number_text(f / 1e6, "%.3f M") : number_text(f, "%.0f"); }

}  // namespace

std::string EventList::table(const std::string& sort_by, int64_t row_limit, int64_t max_name_width) const {
  std::vector<FunctionEventAvg> lines = list_;
  if (!sort_by.empty()) {
    const auto order = std::find_if(std::begin(kOrders), std::end(kOrders), [&](const Order& o) { return sort_by == o.name; });
    WICK_CHECK_TYPE(ValueError, order != std::end(kOrders), "table: cannot sort by \"", sort_by,
                    "\"; try self_cpu_time_total, cpu_time_total, cpu_time, self_cpu_memory_usage, cpu_memory_usage, flops or count");
    std::stable_sort(lines.begin(), lines.end(), [&](const auto& a, const auto& b) { return order->value(a) > order->value(b); });
  }
  const size_t shown = row_limit < 0 ? lines.size() : std::min(lines.size(), static_cast<size_t>(row_limit));
  const auto own = static_cast<double>(self_cpu_time_total());
  std::vector<std::string> titles{"Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls"};
  if (memory_) titles.insert(titles.end(), {"CPU Mem", "Self CPU Mem", "Allocated"});
  if (flops_) titles.insert(titles.end(), {"Total FLOPs", "GFLOP/s"});
  if (modules_) titles.push_back("Module");
  if (shapes_) titles.push_back("Input Shapes");
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < shown; ++i) {
    const FunctionEventAvg& a = lines[i];
    rows.push_back({cut(a.key, max_name_width), percent(double(a.self_cpu_time_total), own), time_text(double(a.self_cpu_time_total)), percent(double(a.cpu_time_total), own),
                    time_text(double(a.cpu_time_total)), time_text(a.cpu_time()), std::to_string(a.count)});
    auto& row = rows.back();
    if (memory_) row.insert(row.end(), {bytes_text(double(a.cpu_memory_usage)), bytes_text(double(a.self_cpu_memory_usage)), bytes_text(double(a.allocated))});
    if (flops_) row.insert(row.end(), {a.flops ? flops_text(double(a.flops)) : "--", a.flops ? number_text(a.gflops_per_second()) : "--"});
    if (modules_) row.push_back(a.module.empty() ? "--" : cut(a.module, max_name_width));
    if (shapes_) row.push_back(a.input_shapes.empty() ? "[]" : cut(a.input_shapes, 80));
  }
  std::string out = aligned(titles, rows);
  if (shown < lines.size()) out += str("... and ", lines.size() - shown, " more\n");
  return out + "Self CPU time total: " + time_text(own) + "\n";
}
std::ostream& operator<<(std::ostream& stream, const EventList& list) { return stream << list.table(); }

std::string profile::roofline_table(int64_t row_limit) const {
  const Roofline& roof = measured_roofline();
  const double ridge = roof.gflops_f32 / std::max(roof.memory_gb, 1e-9);
  std::vector<FunctionEventAvg> lines;
  for (const auto& a : key_averages())
    if (a.kind == EventKind::op && a.bytes_moved > 0) lines.push_back(a);
  std::vector<std::vector<std::string>> rows;
  for (size_t i = 0; i < lines.size() && static_cast<int64_t>(i) < row_limit; ++i) {
    const FunctionEventAvg& a = lines[i];
    const double ns = std::max<double>(double(a.cpu_time_total), 1), gflops = double(a.flops) / ns, gb = double(a.bytes_moved) / ns, intensity = double(a.flops) / double(a.bytes_moved);
    const bool arithmetic = intensity > ridge;
    rows.push_back({a.key, time_text(double(a.self_cpu_time_total)), a.flops ? number_text(gflops) : "--", number_text(gb), a.flops ? number_text(intensity) : "--", arithmetic ? "arithmetic" : "memory",
                    number_text(100 * (arithmetic ? gflops / roof.gflops_f32 : gb / roof.memory_gb), "%.1f%%")});
  }
  return aligned({"Name", "Self CPU", "GFLOP/s", "GB/s", "FLOPs/byte", "Bound by", "Of the roof"}, rows) +
         str("Measured: ", number_text(roof.gflops_f32, "%.0f"), " GFLOP/s f32, ", number_text(roof.gflops_bf16, "%.0f"), " bf16, ", number_text(roof.memory_gb, "%.1f"), " GB/s, ", roof.threads, " threads; more than 100% of the memory's is what caches give\n");
}

}  // namespace wick::profiler::inline v1
