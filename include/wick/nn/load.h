// Modules from files of weights.
#pragma once

#include <string>

#include <wick/io/files.h>
#include <wick/nn/holder.h>
#include <wick/nn/module.h>

namespace wick {
namespace io {
inline namespace v1 {

/// The weights in a file or folder by name, as `load_tensors` reads them.
OrderedDict<std::string, Tensor> load_state_dict(const std::string& path, const LoadOptions& options = {});

/// Copies the weights in a file or folder, whatever its kind, into the parameters and persistent buffers of the same names: the state in it, with
/// names as `options.keys()` says, dtypes converted. Returns what was left out. Errors: whatever `load_tensors` refuses; shapes that differ, and, if
/// `options.strict()`, keys that are missing or unexpected, all in one text with both shapes and a hint at the names that would fit. Nothing is
/// changed then.
nn::IncompatibleKeys load_into(nn::Module& module, const std::string& path, const LoadOptions& options = {});
template <class M>
nn::IncompatibleKeys load_into(const nn::ModuleHolder<M>& module, const std::string& path, const LoadOptions& options = {}) { return load_into(*module.ptr(), path, options); }

}  // namespace v1
}  // namespace io
}  // namespace wick
