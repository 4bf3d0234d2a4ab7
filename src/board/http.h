// A small, strict HTTP server: GET only, bounded in all that it takes in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "board/guard.h"

namespace wick::board {

// What was asked: the path, and its parameters, decoded.
class Query {
 public:
  std::string path;
  std::vector<std::pair<std::string, std::string>> params;
  bool head = false;

  bool has(const char* name) const;
  std::string text(const char* name, const std::string& missing = "") const;
  // Errors: not a number, or out of range (ValueError).
  double number(const char* name, double missing, double lowest, double highest) const;
  int64_t integer(const char* name, int64_t missing, int64_t lowest, int64_t highest) const;
  std::vector<size_t> numbers(const char* name, size_t most) const;  // "0-7,12"
};

struct Reply {
  int status = 200;
  std::string type, body;
  std::string etag;            // compared with If-None-Match
  bool gzip = false;           // the body is compressed
  bool forever = false;        // never changes under this address
  std::string file_name;       // to be saved as
};

class HttpServer {
 public:
  using Handler = std::function<Reply(const Query&)>;
  // The handler runs in many threads. What it throws becomes 400 (ValueError), 404 (IndexError) or 500.
  HttpServer(std::string host, int port, bool next_free, Handler handler);
  ~HttpServer();
  Guard& guard();
  int port() const;
  void serve();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace wick::board
