#include <regex.h>

#include <wick/core/str.h>
#include <wick/io/files.h>

namespace wick::io::inline v1 {
namespace {

// A POSIX regular expression, freed with the scope.
class Pattern {
 public:
  explicit Pattern(const std::string& text) {
    const int error = text.find('\0') == std::string::npos ? regcomp(&re_, text.c_str(), REG_EXTENDED) : REG_BADPAT;
    if (error == 0) return;
    char why[200] = "it holds a zero byte";
    if (error != REG_BADPAT || text.find('\0') == std::string::npos) regerror(error, &re_, why, sizeof why);
    throw ValueError(str("KeyMap: \"", text, "\" is no POSIX extended regular expression: ", why));
  }
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  ~Pattern() { regfree(&re_); }
  bool find(const char* in, regmatch_t (&groups)[10], bool inside) const { return regexec(&re_, in, 10, groups, inside ? REG_NOTBOL : 0) == 0; }

 private:
  regex_t re_;
};

std::string replaced(const std::string& name, const Pattern& pattern, const std::string& by) {
  std::string r;
  regmatch_t g[10];
  const char* at = name.c_str();
  while (pattern.find(at, g, at != name.c_str())) {
    r.append(at, static_cast<size_t>(g[0].rm_so));
    for (size_t i = 0; i < by.size(); ++i) {
      const bool group = (by[i] == '\\' || by[i] == '$') && i + 1 < by.size() && by[i + 1] >= '0' && by[i + 1] <= '9';
      if (!group) {
        r += by[i];
        continue;
      }
      const regmatch_t& m = g[by[++i] - '0'];
      if (m.rm_so >= 0) r.append(at + m.rm_so, static_cast<size_t>(m.rm_eo - m.rm_so));
    }
    const bool empty = g[0].rm_eo == g[0].rm_so;
    at += g[0].rm_eo;
    if (empty) {
      if (*at == '\0') return r;
      r += *at++;
    }
  }
  return r + at;
}

}  // namespace

KeyMap& KeyMap::add(Rule r) {
  rules_.push_back(std::move(r));
  return *this;
}
KeyMap& KeyMap::replace(const std::string& pattern, std::string by) {
  (void)Pattern(pattern);  // the error comes here, not with the first name
  return add({Rule::replace, pattern, std::move(by)});
}
KeyMap& KeyMap::keep(const std::string& pattern) {
  (void)Pattern(pattern);
  return add({Rule::keep, pattern, ""});
}
KeyMap& KeyMap::drop(const std::string& pattern) {
  (void)Pattern(pattern);
  return add({Rule::drop, pattern, ""});
}

std::optional<std::string> KeyMap::operator()(std::string name) const {
  for (const Rule& r : rules_) {
    if (r.kind == Rule::rename) {
      if (name.compare(0, r.from.size(), r.from) == 0) name = r.to + name.substr(r.from.size());
      continue;
    }
    const Pattern pattern(r.from);
    regmatch_t g[10];
    if (r.kind == Rule::replace) name = replaced(name, pattern, r.to);
    else if (pattern.find(name.c_str(), g, false) != (r.kind == Rule::keep)) return std::nullopt;
  }
  return name;
}

}  // namespace wick::io::inline v1
