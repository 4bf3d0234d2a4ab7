// Files that appear whole or not at all.
#pragma once

#include <string>
#include <vector>

namespace wick::io {

// Writes the pieces one after the other into a temporary file beside `path`, syncs it, renames it over `path` and
// syncs the folder. Throws Error naming the path and the system's reason; the old file is untouched then.
struct Piece { const void* data; size_t size; };
void write_atomically(const std::string& path, const std::vector<Piece>& pieces);

}  // namespace wick::io
