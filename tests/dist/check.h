// Checks of one rank: a failed one is printed with the rank, and makes the process end with 1.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include <wick/core/str.h>
#include <wick/dist.h>
#include <wick/wick.h>

inline int failures = 0;
#define CHECK(condition, ...)                                                                                                                       \
  do {                                                                                                                                              \
    if (!(condition)) {                                                                                                                             \
      ++failures;                                                                                                                                   \
      std::fprintf(stderr, "rank %s: %s:%d: %s %s\n", std::getenv("RANK") ? std::getenv("RANK") : "?", __FILE__, __LINE__, #condition, wick::str(__VA_ARGS__).c_str()); \
    }                                                                                                                                               \
  } while (0)

// Whether gradients are views of buckets: within one machine they are reduced where they are.
inline bool in_buckets() { return std::getenv("WICK_DIST_SHARED_PAGES") != nullptr; }

// The text of the error that `f` throws, which must be an E.
template <class E, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("another error: ") + e.what();
  }
  return "no error";
}
inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Case { const char* name; void (*run)(const std::string& engine); };
void collectives(const std::string& engine);
void groups(const std::string& engine);
void data_parallel(const std::string& engine);
void zero(const std::string& engine);
void join(const std::string& engine);
void hooks(const std::string& engine);
void graphs(const std::string& engine);
void sharded(const std::string& engine);
void sharded_memory(const std::string& engine);
void sharded_files(const std::string& engine);
void sharded_table(const std::string& engine);
void trainer(const std::string& engine);
void mismatch(const std::string& engine);
void hang(const std::string& engine);
void killed(const std::string& engine);
void start(const std::string& engine);
void differ(const std::string& engine);
void stuck(const std::string& engine);
void crash(const std::string& engine);
void found(const std::string& engine);
void strangers(const std::string& folder);
void alone(const std::string& folder);
