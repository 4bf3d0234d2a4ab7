#include "board/assets.h"

#include <board_assets.h>  // made by the build: what each file is called, and the place of its bytes

namespace wick::board {

const char* const kAssetsVersion = WICK_BOARD_VERSION;

const Asset* find_asset(std::string_view path) {
  for (const Asset& a : kAssets)
    if (a.path == path) return &a;
  return nullptr;
}

}  // namespace wick::board
