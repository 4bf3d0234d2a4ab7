// What is behind safetensors files: any source, and a checksum of Wick's own files.
#pragma once

#include <map>
#include <string>

#include <wick/io/safetensors.h>

#include "io/node.h"
#include "io/zip.h"

namespace wick::io {

using Metadata = std::map<std::string, std::string>;

// With `checksum`, the metadata begin with the CRC-32 of header and data, which readers verify. `past_cache` as in atomic_file.h.
void write_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata, bool checksum, bool past_cache = false);
// `map`: tensors over the file instead of copies; `unknown_as_bytes`: those of dtypes that Wick lacks.
NamedTensors read_safetensors(const Source& source, Metadata* metadata, bool map = false, bool unknown_as_bytes = false);
bool is_safetensors(const Source& source);
Metadata read_safetensors_metadata(const Source& source);  // the header alone: the checksum is not verified

// Archives in such files: tensors by their path, everything else as JSON in the metadata "archive". Other files are the
// tree that the dots of their names describe.
struct PackedArchive {
  NamedTensors tensors;
  Metadata metadata;
};
PackedArchive pack_archive(const Node& root);
std::shared_ptr<const Node> unpack_archive(const std::string& file, PackedArchive packed);
inline void write_packed(const std::string& path, const PackedArchive& p, bool past_cache = false) { write_safetensors(path, p.tensors, p.metadata, true, past_cache); }

}  // namespace wick::io
