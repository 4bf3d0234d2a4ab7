// The safetensors format: named tensors in one file, nothing that could run.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <wick/tensor.h>

namespace wick {
namespace io {
inline namespace v1 {

/// Names and tensors in the order of the file.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes the tensors to `path`, whole or not at all (temporary file, fsync, rename). `metadata` is kept as
/// text. Errors: a name twice, a dtype the format lacks, a failed write (the old file stays).
/// (https://huggingface.co/docs/safetensors)
void save_safetensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {});

/// All tensors of `path`, mapped: nothing is read until it is used, and changes do not reach the file. Errors: anything
/// that is not whole and consistent, with what was expected and found: header over 100 MB or no JSON, offsets out of
/// order, overlapping or beyond the file, sizes that do not fit the shape; TypeError for dtypes that Wick lacks. While
/// tensors are in use the file may be replaced or removed, not cut short (see io/files.h).
NamedTensors load_safetensors(const std::string& path, std::map<std::string, std::string>* metadata = nullptr);

}  // namespace v1
}  // namespace io
}  // namespace wick
