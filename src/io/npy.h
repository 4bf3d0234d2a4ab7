// NumPy's arrays in any source.
#pragma once

#include <wick/io/files.h>

#include "io/source.h"
#include "io/zip.h"

namespace wick::io {

bool is_npy(const Source& source);
// The array in the bytes [begin, begin + size), which errors call `what`.
Tensor read_npy(const Source& source, const std::shared_ptr<Mapping>& mapping, uint64_t begin, uint64_t size, const std::string& what);
NamedTensors read_npz(const ZipReader& zip, bool map);

}  // namespace wick::io
