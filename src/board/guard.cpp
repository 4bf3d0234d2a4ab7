#include "board/guard.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <random>

namespace wick::board {
namespace {

std::string lower(std::string_view s) {
  std::string r(s);
  for (char& c : r) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return r;
}

bool is_number_address(std::string_view s) {
  if (s.size() > 2 && s.front() == '[' && s.back() == ']')
    return s.find_first_not_of("0123456789abcdef:.", 1) == s.size() - 1;
  int dots = 0;
  for (const char c : s) {
    if (c == '.') ++dots;
    else if (c < '0' || c > '9') return false;
  }
  return dots == 3;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    std::string_view one = cookies.substr(0, end);
    one.remove_prefix(std::min(one.size(), one.find_first_not_of(' ')));
    if (one.size() > name.size() && one.substr(0, name.size()) == name && one[name.size()] == '=') return one.substr(name.size() + 1);
    if (end == std::string_view::npos) break;
    cookies.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace

bool is_loopback(std::string_view host) { return host == "localhost" || host == "::1" || host == "[::1]" || (host.substr(0, 4) == "127." && is_number_address(host)); }

bool same_secret(std::string_view a, std::string_view b) {
  unsigned char different = a.size() != b.size();
  for (size_t i = 0; i < b.size(); ++i) different |= static_cast<unsigned char>((i < a.size() ? a[i] : 0) ^ b[i]);
  return !different;
}

std::string random_token() {
  static const char* const kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::random_device random;  // the kernel's
  std::string r;
  for (int i = 0; i < 32; ++i) r += kDigits[random() & 63];
  return r;
}

// A page of a stranger may make its own name point here, but the browser then says that name.
bool Guard::allows_host(std::string_view host_and_port) const {
  const std::string all = lower(host_and_port);
  std::string_view name = all;
  int p = 80;
  const size_t colon = name.rfind(':');
  if (colon != std::string_view::npos && (name.empty() || name.back() != ']')) {
    const std::string_view digits = name.substr(colon + 1);
    if (digits.empty() || digits.size() > 5 || digits.find_first_not_of("0123456789") != std::string_view::npos) return false;
    p = std::stoi(std::string(digits));
    name = name.substr(0, colon);
  }
  if (p != port) return false;
  if (name == "localhost" || name == "127.0.0.1" || name == "[::1]") return true;
  if (name == lower(host) || name == "[" + lower(host) + "]") return true;
  for (const std::string& n : names)
    if (name == lower(n)) return true;
  if (is_loopback(host)) return false;
  char own[256] = {};
  if (gethostname(own, sizeof own - 1) == 0 && (name == lower(own) || name == lower(own) + ".local")) return true;
  return is_number_address(name);  // not a name that somebody else could give away
}

Guard::Verdict Guard::check(const Ask& a) const {
  if (a.method != "GET" && a.method != "HEAD") return {405, "the board only answers GET and HEAD"};
  if (a.body) return {413, "requests have no body here"};
  if (a.hosts != 1) return {400, "one Host header, please"};
  if (!allows_host(a.host)) return {403, "this name is not one of the board's; --allow-host adds names"};
  if (!a.origin.empty() && lower(a.origin) != "http://" + lower(a.host)) return {403, "pages of another origin may not ask"};
  const bool navigates = a.fetch_mode == "navigate";
  if (!navigates && (a.fetch_site == "cross-site" || a.fetch_site == "same-site")) return {403, "pages of another origin may not ask"};
  if (token.empty()) return {};
  if (same_secret(cookie_value(a.cookie, cookie_name()), token)) return {0, "", !a.token.empty()};
  if (!a.token.empty() && same_secret(a.token, token)) return {0, "", true};
  return {401, "the address lacks its token; wick board printed it whole"};
}

}  // namespace wick::board
