// save and load: tensors, modules, optimizers, and values, to and from files.
#pragma once

#include <wick/io/archive.h>

namespace wick {
inline namespace v1 {

/// Saves a module, an optimizer, or anything with `operator<<` into an archive; `to` is a file name, a stream or a
/// function, as in OutputArchive::save_to. (https://pytorch.org/cppdocs/api/function_namespacetorch_1.html)
template <class Value, class... To>
void save(const Value& value, To&&... to) {
  serialize::OutputArchive archive;
  archive << value;
  archive.save_to(std::forward<To>(to)...);
}

/// Saves a tensor or several in a file that Python's `torch.load` gives as a tensor or a list.
template <class... To>
void save(const Tensor& tensor, To&&... to) { serialize::OutputArchive::of(tensor).save_to(std::forward<To>(to)...); }
template <class... To>
void save(const std::vector<Tensor>& tensors, To&&... to) { serialize::OutputArchive::of(tensors).save_to(std::forward<To>(to)...); }

/// Saves any value that Python's `torch.load` opens.
template <class... To>
void save(const IValue& value, To&&... to) { serialize::OutputArchive::of(value).save_to(std::forward<To>(to)...); }
namespace detail { IValue load_value(const std::string& filename); }
/// Loads a value from a file, in either of Python's containers, as `io::load_pth` does, copied.
template <class File>
void load(IValue& value, File&& filename) { value = detail::load_value(std::string(std::forward<File>(filename))); }

/// Loads into a module, an optimizer, or anything with `operator>>` from an archive; tensors are appended to a vector.
/// `from` is what InputArchive::load_from takes.
template <class Value, class... From>
void load(Value& value, From&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<From>(from)...);
  archive >> value;
}
template <class... From>
void load(std::vector<Tensor>& tensors, From&&... from) {
  serialize::InputArchive archive;
  archive.load_from(std::forward<From>(from)...);
  for (size_t i = 0;; ++i) {
    Tensor t;
    if (!archive.try_read(std::to_string(i), t)) return;
    tensors.push_back(std::move(t));
  }
}

/// A value as the bytes of a file that Python's `torch.load` opens, and back. Reading takes what Python's `torch.save`
/// writes for tensors, numbers, text, lists, tuples and dictionaries. Errors: as in InputArchive::load_from.
std::vector<char> pickle_save(const IValue& value);
IValue pickle_load(const std::vector<char>& data);

}  // namespace v1
}  // namespace wick
