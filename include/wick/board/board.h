// The board: runs written as event files, in a browser.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/nn/arg.h>

namespace wick {
namespace board {
inline namespace v1 {

/// Where the board listens, and how often it looks for new data.
struct BoardOptions {
  /// The address: this machine's own unless another is given. With another one a random token is part of the address in the browser.
  WICK_ARG(std::string, host) = "127.0.0.1";
  /// The port; without one 6006, or the next that is free. 0: any free one.
  WICK_ARG(std::optional<int>, port);
  /// Asked for in any case, instead of a random one. Letters, digits, `-` and `_`.
  WICK_ARG(std::string, token);
  /// Further names under which the machine is reached: requests for any other are refused.
  WICK_ARG(std::vector<std::string>, allowed_hosts);
  /// Seconds between looks at the folders.
  WICK_ARG(double, interval) = 1;
  /// Bytes of memory for the indices of runs. Those looked at last are kept; the others are read again when somebody looks.
  WICK_ARG(int64_t, memory) = int64_t{192} << 20;
};

/// Serves one page about all runs below some folders. It reads and never writes, and answers no question about files elsewhere.
///
///     wick::board::Board board({"runs"});
///     std::cout << board.url() << "\n";
///     board.serve();                       // until another thread calls stop()
///
/// Errors: a folder that is not there; a port in use (named, with the next free one); an address of another machine.
class Board {
 public:
  explicit Board(std::vector<std::string> folders, BoardOptions options = {});
  /// Stops.
  ~Board();
  Board(const Board&) = delete;
  Board& operator=(const Board&) = delete;

  /// The address for the browser, with the token if there is one; the port.
  std::string url() const;
  int port() const;
  /// Answers until `stop` was called. `start` does so in a thread of its own.
  void serve();
  void start();
  /// Ends all connections. May be called from any thread, more than once.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace board
}  // namespace wick
