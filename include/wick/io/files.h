// Weights in files of any kind: safetensors, PyTorch's .pt and .pth, NumPy's .npy and .npz, and folders of several such files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wick/core/ivalue.h>
#include <wick/io/safetensors.h>
#include <wick/nn/arg.h>

namespace wick {
namespace io {
inline namespace v1 {

/// How names in a file become a model's names: rules, applied in their order to each name.
/// `KeyMap().strip_prefix("module.").rename("head.", "fc.")`
class KeyMap {
 public:
  /// Names that begin with `prefix` lose it, others stay; every name gets it; names that begin with `from` begin with `to` instead.
  KeyMap& strip_prefix(std::string prefix) { return add({Rule::rename, std::move(prefix), ""}); }
  KeyMap& add_prefix(std::string prefix) { return add({Rule::rename, "", std::move(prefix)}); }
  KeyMap& rename(std::string from, std::string to) { return add({Rule::rename, std::move(from), std::move(to)}); }
  /// Every match of `pattern`, a POSIX extended regular expression, becomes `by`, in which \1 to \9 (or $1 to $9) stand for what the groups
  /// matched. Errors: ValueError for a pattern that is none.
  KeyMap& replace(const std::string& pattern, std::string by);
  /// Only names in which `pattern` is found stay; they are left out.
  KeyMap& keep(const std::string& pattern);
  KeyMap& drop(const std::string& pattern);

  /// What becomes of a name; none: it is left out.
  std::optional<std::string> operator()(std::string name) const;
  bool empty() const { return rules_.empty(); }

 private:
  struct Rule { enum Kind : uint8_t { rename, replace, keep, drop } kind; std::string from, to; };
  KeyMap& add(Rule r);
  std::vector<Rule> rules_;
};

/// How files are loaded.
struct LoadOptions {
  /// Tensors over the mapped file where they are aligned in it: nothing is read until it is used, nothing is there twice, and changes stay in
  /// memory. The file may be replaced or removed meanwhile, but who cuts it short ends the program at the next access. Otherwise they are
  /// copied, and the checksums of zip containers are verified.
  WICK_ARG(bool, map) = true;
  /// What becomes of the names.
  WICK_ARG(KeyMap, keys);
  /// The part of a nested .pth to take, as a path ("ema.state_dict"); if empty, the state is looked for (see load_tensors).
  WICK_ARG(std::string, entry);
  /// Tensors whose dtype Wick lacks (float8, uint16 and larger) as uint8, with one more dimension of an element's bytes unless that is one;
  /// otherwise they are a TypeError.
  WICK_ARG(bool, unknown_as_bytes) = false;
  /// Whether `load_into` refuses keys that are missing or unexpected.
  WICK_ARG(bool, strict) = true;
};

/// All that a file holds.
struct Contents {
  /// The kind of file, for people: "safetensors", "zip container, version 3", …
  std::string container;
  /// Texts beside the tensors.
  std::map<std::string, std::string> metadata;
  /// Tensors by their path ("state_dict.conv1.weight"), in the file's order; a lone one is called "tensor". Then other values by theirs.
  NamedTensors tensors;
  std::vector<std::pair<std::string, IValue>> values;
};

/// Everything in a file or folder, whatever its kind: a safetensors file; a .pt or .pth (zip or the stream of before PyTorch 1.6); .npy, .npz; an index of shards
/// (`model.safetensors.index.json`, `pytorch_model.bin.index.json`); a folder with one of these. The content tells the kind, not the name. Errors:
/// Error naming the file, the entry and the place for whatever is not whole and consistent, TypeError for dtypes and Python objects that are no
/// data; shards that are missing or whose names lead elsewhere.
Contents read_contents(const std::string& path, const LoadOptions& options = {});

/// The weights in a file or folder, as `read_contents` reads them. Of a nested .pth it is the state: what stands under `entry`, or under the first of
/// state_dict, model_state_dict, model, module, net, network, params, weights, ema that is a dictionary, or the whole. Names go through `keys`. Errors also: two
/// names that become one, no tensors.
NamedTensors load_tensors(const std::string& path, const LoadOptions& options = {});

/// Writes tensors in the kind that the name's ending tells, whole or not at all: .safetensors (with metadata); .pt, .pth, .bin, .th, a dictionary that Python's
/// `torch.load` opens with `weights_only`; .npz; .npy (one tensor). Errors: another ending, names that come twice, dtypes that the kind lacks.
void save_tensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata = {});

/// The value in a file that Python's `torch.save` wrote, by any version from 0.2 on: tensors (those that shared memory share it again, on the CPU
/// wherever they were), dictionaries, lists, tuples, numbers, texts, bytes (as texts), sizes, devices, sets (as lists). Nothing in a file is run. Errors:
/// as in read_contents. (https://pytorch.org/docs/stable/generated/torch.load.html)
IValue load_pth(const std::string& path, const LoadOptions& options = {});
/// Writes a value that Python's `torch.load` opens, with `weights_only`, too. Errors: dtypes or kinds that the format lacks, a failed write.
void save_pth(const std::string& path, const IValue& value);

/// A NumPy array, in either byte order and either order of elements (Fortran's gives strides). uint16 and uint32 become int32 and int64, uint64 int64 if its
/// values fit. Errors: structured, text and object arrays; anything not whole. (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html)
Tensor load_npy(const std::string& path, const LoadOptions& options = {});
void save_npy(const std::string& path, const Tensor& tensor);
/// The arrays of an .npz by name, stored or compressed.
NamedTensors load_npz(const std::string& path, const LoadOptions& options = {});
void save_npz(const std::string& path, const NamedTensors& tensors, bool compress = false);

}  // namespace v1
}  // namespace io
}  // namespace wick
