// Files that appear whole or not at all.
#pragma once

#include <string>
#include <vector>

namespace wick::io {

// Writes the pieces one after the other into a temporary file beside `path`, syncs it, renames it over `path` and
// syncs the folder. Throws Error naming the path and the system's reason. Whatever fails before the renaming leaves the
// old file as it was and no temporary one; when the folder cannot be synced, the new file is there, whole. `past_cache`: for
// files that nobody reads soon, straight to the disk where the file system can, which spares the copy into fresh pages.
struct Piece { const void* data; size_t size; };
void write_atomically(const std::string& path, const std::vector<Piece>& pieces, bool past_cache = false);

// Removes the temporary files that write_atomically left in a folder when its process was killed, of files whose names begin with `start`.
void remove_left_behind(const std::string& folder, const std::string& start);

}  // namespace wick::io
