// Optimizers in archives: for optimizers that programs write themselves.
#pragma once

#include <deque>

#include <wick/io/archive.h>
#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

namespace detail {
void write_optimizer(serialize::OutputArchive& archive, const Optimizer& optimizer);
void read_optimizer(serialize::InputArchive& archive, Optimizer& optimizer, std::unique_ptr<OptimizerParamState> (*make_state)(),
                    void (*check)(const OptimizerParamState& state, const Tensor& param, size_t group, size_t index) = nullptr,
                    void (*check_options)(const OptimizerOptions& options) = nullptr);
}  // namespace detail

/// Writes the groups, options and states of an optimizer, or reads them; states are of the class `ParamState`.
/// Errors: another number of groups, or of parameters in one.
template <class ParamState, class Options>
void serialize(serialize::OutputArchive& archive, const Optimizer& optimizer) { detail::write_optimizer(archive, optimizer); }
template <class ParamState, class Options>
void serialize(serialize::InputArchive& archive, Optimizer& optimizer) {
  detail::read_optimizer(archive, optimizer, [] { return std::unique_ptr<OptimizerParamState>(new ParamState()); });
}

/// Numbers and lists of tensors or numbers under a key.
void serialize(serialize::OutputArchive& archive, const std::string& key, const int64_t& value);
void serialize(serialize::InputArchive& archive, const std::string& key, int64_t& value);
void serialize(serialize::OutputArchive& archive, const std::string& key, const std::vector<int64_t>& values);
void serialize(serialize::InputArchive& archive, const std::string& key, std::vector<int64_t>& values);
template <class Buffers>
void serialize(serialize::OutputArchive& archive, const std::string& key, const Buffers& buffers) {
  serialize(archive, key + "/size", static_cast<int64_t>(buffers.size()));
  for (size_t i = 0; i < buffers.size(); ++i) archive.write(key + "/" + std::to_string(i), buffers[i], true);
}
template <class Buffers>
void serialize(serialize::InputArchive& archive, const std::string& key, Buffers& buffers) {
  buffers.clear();
  int64_t n = 0;
  serialize(archive, key + "/size", n);
  for (int64_t i = 0; i < n; ++i) {
    buffers.emplace_back();
    archive.read(key + "/" + std::to_string(i), buffers.back(), true);
  }
}

/// Between List and std::deque.
template <class T>
List<T> deque_to_list(const std::deque<T>& d) {
  List<T> r;
  for (const T& x : d) r.push_back(x);
  return r;
}
template <class T>
std::deque<T> list_to_deque(const List<T>& l) { return std::deque<T>(l.begin(), l.end()); }

}  // namespace v1
}  // namespace optim
}  // namespace wick
