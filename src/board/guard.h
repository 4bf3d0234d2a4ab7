// Who may ask: a page of this server, by a name of this machine, with its token.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wick::board {

struct Guard {
  std::string host;                 // as bound
  int port = 0;
  std::string token;                // empty: none is asked for
  std::vector<std::string> names;   // further ones

  // The parts of a request that decide.
  struct Ask {
    std::string_view method, host, origin, fetch_site, fetch_mode, cookie, token;
    size_t hosts = 1;               // how many Host headers
    bool body = false;              // a body follows
  };
  struct Verdict {
    int status = 0;                 // 0: welcome
    const char* why = "";
    bool set_cookie = false;        // it brought the token in the address
  };
  Verdict check(const Ask& ask) const;
  std::string cookie_name() const { return "wick_board_" + std::to_string(port); }
  bool allows_host(std::string_view host_and_port) const;
};

bool is_loopback(std::string_view host);
bool same_secret(std::string_view a, std::string_view b);  // in a time that does not tell how much is right
std::string random_token();

}  // namespace wick::board
