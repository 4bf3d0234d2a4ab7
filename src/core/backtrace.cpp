#include "core/backtrace.h"

#include <cxxabi.h>
#include <execinfo.h>

#include <cstdlib>

namespace wick {

std::string callers(bool places, int most) {
  void* frames[48];
  const int n = backtrace(frames, 48);
  char** const names = backtrace_symbols(frames, n);
  std::string out;
  for (int i = 1, kept = 0; names && i < n && kept < most; ++i) {
    const std::string line = names[i];  // file(mangled+offset) [address]
    const size_t from = line.find('('), to = line.find('+', from == std::string::npos ? 0 : from), end = line.find(')', to == std::string::npos ? 0 : to);
    if (from == std::string::npos || to == std::string::npos || end == std::string::npos) continue;
    const std::string file = line.substr(line.rfind('/', from) + 1, from - line.rfind('/', from) - 1);
    if (file.rfind("libwick_", 0) == 0 || file.rfind("libc.so", 0) == 0) continue;
    const bool named = to > from + 1;
    if (!named && !places) continue;
    int status = 0;
    char* const text = named ? abi::__cxa_demangle(line.substr(from + 1, to - from - 1).c_str(), nullptr, nullptr, &status) : nullptr;
    out += (out.empty() ? "" : " < ") + (text ? std::string(text) : named ? line.substr(from + 1, to - from - 1) : file + line.substr(to, end - to));
    std::free(text);
    ++kept;
  }
  std::free(names);
  return out;
}

}  // namespace wick
