#include <wick/nn/load.h>

#include <algorithm>
#include <unordered_set>

#include <wick/core/str.h>

#include "nn/extras.h"

namespace wick::io {
namespace {

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
bool all_with(const std::vector<std::string>& names, const std::string& prefix, const std::vector<std::string>& among) {
  const std::unordered_set<std::string> set(among.begin(), among.end());
  return std::all_of(names.begin(), names.end(), [&](const std::string& n) { return set.count(prefix + n) != 0; });
}
// The beginning, up to a dot, that all names share.
std::string shared_beginning(const std::vector<std::string>& names) {
  std::string r = names[0].substr(0, names[0].rfind('.') + 1);
  for (const std::string& n : names)
    while (!r.empty() && n.compare(0, r.size(), r) != 0) r.resize(r.size() > 1 ? r.rfind('.', r.size() - 2) + 1 : 0);
  return r;
}

// The rule that would make the names fit.
std::string hint(const std::vector<std::string>& missing_texts, const std::vector<std::string>& unexpected_texts) {
  const std::vector<std::string> missing = keys_of(missing_texts), unexpected = keys_of(unexpected_texts);
  if (missing.empty() || unexpected.empty()) return "";
  if (const std::string p = before(unexpected, missing[0]); !p.empty() && all_with(missing, p, unexpected)) return "keys(KeyMap().strip_prefix(\"" + p + "\")) fits the names";
  if (const std::string p = before(missing, unexpected[0]); !p.empty() && all_with(unexpected, p, missing)) return "keys(KeyMap().add_prefix(\"" + p + "\")) fits the names";
  const std::string to = shared_beginning(missing), from = shared_beginning(unexpected);
  if (to.empty() || from.empty() || missing.size() != unexpected.size()) return "";
  std::vector<std::string> tails;
  for (const std::string& n : unexpected) tails.push_back(n.substr(from.size()));
  return all_with(tails, to, missing) ? "keys(KeyMap().rename(\"" + from + "\", \"" + to + "\")) fits the names" : "";
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
