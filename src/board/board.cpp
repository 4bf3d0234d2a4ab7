#include <wick/board/board.h>

#include <unistd.h>

#include <thread>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "board/api.h"

namespace wick::board {
inline namespace v1 {

struct Board::Impl {
  RunStore runs;
  Machine machine;
  Api api;
  HttpServer http;
  std::thread thread;

  Impl(std::vector<std::string> folders, const BoardOptions& o)
      : runs(std::move(folders), o.interval(), static_cast<uint64_t>(o.memory())), api(runs, machine), http(o.host(), o.port().value_or(6006), !o.port(), [this](const Query& q) { return api.answer(q); }) {
    http.guard().names = o.allowed_hosts();
    http.guard().token = o.token();
    if (o.token().empty() && !is_loopback(o.host())) http.guard().token = random_token();
  }
};

Board::Board(std::vector<std::string> folders, BoardOptions options) {
  WICK_CHECK_TYPE(ValueError, !folders.empty(), "Board: no folders");
  WICK_CHECK_TYPE(ValueError, !options.port() || (*options.port() >= 0 && *options.port() < 65536), "Board: port ", *options.port(), " is not between 0 and 65535");
  WICK_CHECK_TYPE(ValueError, options.interval() > 0, "Board: an interval of ", options.interval(), " seconds");
  WICK_CHECK_TYPE(ValueError, options.memory() >= 0, "Board: ", options.memory(), " bytes of memory");
  for (const char c : options.token()) WICK_CHECK_TYPE(ValueError, std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_', "Board: a token has letters, digits, - and _ only");
  impl_ = std::make_unique<Impl>(std::move(folders), options);
}
Board::~Board() {
  stop();
  if (impl_->thread.joinable()) impl_->thread.join();
}

std::string Board::url() const {
  const Guard& g = impl_->http.guard();
  std::string host = g.host;
  if (host == "0.0.0.0" || host == "::") {
    char own[256] = {};
    host = gethostname(own, sizeof own - 1) == 0 ? own : "localhost";
  }
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  return str("http://", host, ":", g.port, "/", g.token.empty() ? "" : "?token=", g.token);
}
int Board::port() const { return impl_->http.port(); }
void Board::serve() { impl_->http.serve(); }
void Board::start() {
  WICK_CHECK(!impl_->thread.joinable(), "Board: started already");
  impl_->thread = std::thread([this] { serve(); });
}
void Board::stop() {
  impl_->runs.stop();
  impl_->http.stop();
}

}  // namespace v1
}  // namespace wick::board
