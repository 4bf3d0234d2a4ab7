#include <wick/nn/load.h>

#include <algorithm>
#include <unordered_set>

#include <wick/core/str.h>

#include "nn/extras.h"

namespace wick::io {
namespace {

constexpr size_t kTried = 16;  // names for which a rule is looked for

std::string key_of(const std::string& text) { return text.substr(0, text.find(' ')); }  // without the shape
std::vector<std::string> keys_of(const std::vector<std::string>& texts) {
  std::vector<std::string> r;
  for (const std::string& t : texts) r.push_back(key_of(t));
  return r;
}

// What stands before `tail` in the first name that ends in it at a dot.
std::string before(const std::vector<std::string>& names, const std::string& tail) {
  for (const std::string& n : names)
    if (n.size() > tail.size() && n.compare(n.size() - tail.size(), tail.size(), tail) == 0 && n[n.size() - tail.size() - 1] == '.') return n.substr(0, n.size() - tail.size());
  return "";
}
size_t count_with(const std::vector<std::string>& names, const std::string& prefix, const std::vector<std::string>& among) {
  const std::unordered_set<std::string> set(among.begin(), among.end());
  return static_cast<size_t>(std::count_if(names.begin(), names.end(), [&](const std::string& n) { return set.count(prefix + n) != 0; }));
}
// The beginning, up to a dot, that all names share.
std::string shared_beginning(const std::vector<std::string>& names) {
  std::string r = names[0].substr(0, names[0].rfind('.') + 1);
  for (const std::string& n : names)
    while (!r.empty() && n.compare(0, r.size(), r) != 0) r.resize(r.size() > 1 ? r.rfind('.', r.size() - 2) + 1 : 0);
  return r;
}

// The rule that would make the names fit, or most of them.
std::string hint(const std::vector<std::string>& missing_texts, const std::vector<std::string>& unexpected_texts) {
  const std::vector<std::string> missing = keys_of(missing_texts), unexpected = keys_of(unexpected_texts);
  if (missing.empty() || unexpected.empty()) return "";
  const size_t most = std::min(missing.size(), unexpected.size());
  const auto rule = [&](const std::string& call, size_t fits) {
    return fits * 2 < most ? std::string() : str("keys(KeyMap().", call, ") fits ", fits == most ? std::string("the names") : str(fits, " of the names"));
  };
  std::string p;
  for (size_t i = 0; i < std::min(missing.size(), kTried) && p.empty(); ++i) p = before(unexpected, missing[i]);
  if (!p.empty())
    if (std::string r = rule("strip_prefix(\"" + p + "\")", count_with(missing, p, unexpected)); !r.empty()) return r;
  for (size_t i = 0; i < std::min(unexpected.size(), kTried) && p.empty(); ++i) p = before(missing, unexpected[i]);
  if (!p.empty())
    if (std::string r = rule("add_prefix(\"" + p + "\")", count_with(unexpected, p, missing)); !r.empty()) return r;
  const std::string to = shared_beginning(missing), from = shared_beginning(unexpected);
  if (to.empty() || from.empty()) return "";
  std::vector<std::string> tails;
  for (const std::string& n : unexpected) tails.push_back(n.substr(from.size()));
  const size_t fits = count_with(tails, to, missing);
  return fits ? rule("rename(\"" + from + "\", \"" + to + "\")", fits) : "";
}

std::string file_name(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

inline namespace v1 {

OrderedDict<std::string, Tensor> load_state_dict(const std::string& path, const LoadOptions& options) {
  OrderedDict<std::string, Tensor> r;
  for (auto& [name, t] : load_tensors(path, options)) r.insert(name, std::move(t));
  return r;
}

nn::IncompatibleKeys load_into(nn::Module& module, const std::string& path, const LoadOptions& options) {
  return nn::detail::load_state(module, load_tensors(path, options), options.strict(), {"load: " + file_name(path), "file", &hint});
}

}  // namespace v1
}  // namespace wick::io
