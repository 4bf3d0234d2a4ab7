// Which modules become units.
#include <wick/dist/fully_sharded.h>

namespace wick::distributed::fsdp::inline v1 {
namespace {

// `*` stands for anything without a dot.
bool matches(const std::string& path, const std::string& pattern, size_t i = 0, size_t k = 0) {
  while (k < pattern.size() && pattern[k] != '*') {
    if (i == path.size() || path[i++] != pattern[k++]) return false;
  }
  if (k == pattern.size()) return i == path.size();
  for (;; ++i) {
    if (matches(path, pattern, i, k + 1)) return true;
    if (i == path.size() || path[i] == '.') return false;
  }
}

}  // namespace

WrapPolicy size_based_auto_wrap_policy(int64_t min_num_params) {
  return [min_num_params](const std::string&, const nn::Module&, int64_t numel) { return numel >= min_num_params; };
}
WrapPolicy path_wrap_policy(std::vector<std::string> patterns) {
  return [patterns = std::move(patterns)](const std::string& path, const nn::Module&, int64_t) {
    for (const std::string& p : patterns)
      if (matches(path, p)) return true;
    return false;
  };
}

}  // namespace wick::distributed::fsdp::inline v1
