#include "nn/table.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <ostream>

#include "nn/extras.h"

namespace wick::nn {

std::vector<Place> places(Module& model) {
  std::vector<Place> list;
  std::map<const Module*, std::string> seen;
  model.apply(Module::NamedModuleApplyFunction([&](const std::string& path, Module& m) {
    const size_t dot = path.rfind('.');
    const auto [at, is_new] = seen.emplace(&m, path);
    list.push_back({path, dot == std::string::npos ? path : path.substr(dot + 1), &m,
                    path.empty() ? 0 : 1 + static_cast<int64_t>(std::count(path.begin(), path.end(), '.')), is_new ? "" : at->second, !is_new});
  }));
  return list;
}

namespace {
// Characters of UTF-8 text: continuation bytes do not count.
size_t width(const std::string& s) {
  return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}
}  // namespace

void Table::print(std::ostream& stream) const {
  std::vector<size_t> widths(right_.size(), 0);
  for (const auto& row : rows_)
    for (size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  for (const auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      const std::string pad(widths[c] - width(row[c]), ' ');
      line += (c ? "  " : "") + (right_[c] ? pad + row[c] : row[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    stream << line << '\n';
  }
}

std::vector<std::string> branches(const std::vector<int64_t>& depths) {
  std::vector<std::string> result(depths.size());
  std::vector<bool> more;  // whether another entry follows at a depth; read from the end
  for (size_t i = depths.size(); i-- > 0;) {
    const auto d = static_cast<size_t>(depths[i]);
    more.resize(std::max(more.size(), d + 1), false);
    for (size_t k = 1; k < d; ++k) result[i] += more[k] ? "│  " : "   ";
    if (d) result[i] += more[d] ? "├─ " : "└─ ";
    more.resize(d + 1);
    more[d] = true;
  }
  return result;
}

std::string fixed(double x, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, x);
  return text;
}
std::string with_commas(int64_t n) {
  const std::string digits = std::to_string(n);
  std::string s;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i && digits[i - 1] != '-' && (digits.size() - i) % 3 == 0) s += ',';
    s += digits[i];
  }
  return s;
}
std::string short_count(int64_t n) {
  const auto x = static_cast<double>(n);
  if (x >= 1e12) return fixed(x / 1e12, 2) + " T";
  if (x >= 1e9) return fixed(x / 1e9, 2) + " G";
  if (x >= 1e6) return fixed(x / 1e6, 1) + " M";
  return with_commas(n);
}
std::string short_bytes(int64_t n) {
  const auto x = static_cast<double>(n);
  if (x >= 1e9) return fixed(x / 1e9, 2) + " GB";
  if (x >= 1e6) return fixed(x / 1e6, 1) + " MB";
  if (x >= 1e3) return fixed(x / 1e3, 1) + " KB";
  return std::to_string(n) + " B";
}

inline namespace v1 {
namespace detail {

EvalScope::EvalScope(Module& model) : model_(model) {
  for (const Place& p : places(model)) {
    const Extras* e = p.module->extras_.get();
    modes_.push_back({p.module, {p.module->is_training_, !e || e->trains}});
  }
  model_.train(false);
}
EvalScope::~EvalScope() {
  // `train` first, for modules that do more in it than the base does.
  if (modes_.front().second.first) model_.train(true);
  for (const auto& [module, mode] : modes_) {
    module->is_training_ = mode.first;
    if (module->extras_.get()) module->extras_.make().trains = mode.second;
  }
}

}  // namespace detail
}  // namespace v1
}  // namespace wick::nn
