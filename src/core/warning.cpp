#include <wick/core/warning.h>

#include <cstdio>
#include <mutex>
#include <utility>

namespace wick::inline v1 {
namespace {
std::mutex mutex;
std::function<void(const std::string&)> handler;
}  // namespace

void warn(const std::string& text) {
  std::function<void(const std::string&)> call;
  {
    const std::lock_guard<std::mutex> lock(mutex);
    call = handler;
  }
  if (call) call(text);
  else std::fprintf(stderr, "[wick] warning: %s\n", text.c_str());
}

std::function<void(const std::string&)> set_warning_handler(std::function<void(const std::string&)> h) {
  const std::lock_guard<std::mutex> lock(mutex);
  return std::exchange(handler, std::move(h));
}

}  // namespace wick::inline v1
