// The page's files, compressed, within the program.
#pragma once

#include <string_view>

namespace wick::board {

struct Asset {
  std::string_view path, type;
  const unsigned char *begin, *end;
  std::string_view bytes() const { return {reinterpret_cast<const char*>(begin), static_cast<size_t>(end - begin)}; }
};
const Asset* find_asset(std::string_view path);
extern const char* const kAssetsVersion;

}  // namespace wick::board
