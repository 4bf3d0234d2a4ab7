// State: all that a run consists of, as one thing that is saved and loaded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <wick/core/generator.h>
#include <wick/io/serialize.h>
#include <wick/nn/module.h>

namespace wick {
namespace train {
inline namespace v1 {

/// The parts of a training run by name. The default generator is always one, `rng`. Each part must outlive the state:
///
///     train::State state;
///     state.add("model", model).add("optimizer", optimizer).add("loader", loader).add("epoch", epoch);
///     wick::save(state, "run.safetensors");
///     wick::load(state, "run.safetensors");
///
/// Errors of `add`: a name that is empty or taken.
class State {
 public:
  using Save = std::function<void(serialize::OutputArchive&)>;
  using Load = std::function<void(serialize::InputArchive&)>;
  State();

  /// Anything in terms of two functions.
  State& add(const std::string& name, Save save, Load load);
  /// A model: its parameters and persistent buffers.
  State& add(const std::string& name, nn::Module& module);
  /// A generator of random numbers besides the default one.
  State& add(const std::string& name, Generator generator);
  State& add(const std::string& name, std::string& text);
  State& add(const std::string& name, Tensor& tensor);
  /// A number or a bool; a module, or anything with `save` and `load` or `<<` and `>>` to archives, as optimizers, loaders, samplers and
  /// schedules have; a pointer or holder of such.
  template <class T>
  State& add(const std::string& name, T& part) {
    if constexpr (std::is_base_of<nn::Module, T>::value) {
      return add(name, static_cast<nn::Module&>(part));
    } else if constexpr (std::is_arithmetic<T>::value) {
      return add(name, [&part](serialize::OutputArchive& a) { a.write("value", IValue(part)); }, [&part](serialize::InputArchive& a) { part = static_cast<T>(number<T>(a)); });
    } else if constexpr (serialize::detail::is_kept<T>) {
      return add(name, [&part](serialize::OutputArchive& a) { serialize::detail::write_part(a, part); }, [&part](serialize::InputArchive& a) { serialize::detail::read_part(a, part); });
    } else {
      return add(name, *part);
    }
  }
  void remove(const std::string& name);
  bool has(const std::string& name) const;

  /// Writes all parts, or reads them; loading changes all of them or, when it throws, none. Errors: the archive lacks a part or has one that the
  /// state lacks, and what the parts throw.
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 private:
  struct Part {
    std::string name;
    Save save;
    Load load;
  };
  template <class T>
  static auto number(serialize::InputArchive& archive) {
    IValue v;
    archive.read("value", v);
    if constexpr (std::is_same<T, bool>::value) return v.toBool();
    else if constexpr (std::is_floating_point<T>::value) return v.toDouble();
    else return v.toInt();
  }
  void load_parts(serialize::InputArchive& archive);
  std::vector<Part> parts_;
};

/// `save` and `load`.
inline serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const State& state) {
  state.save(archive);
  return archive;
}
inline serialize::InputArchive& operator>>(serialize::InputArchive& archive, State& state) {
  state.load(archive);
  return archive;
}

}  // namespace v1
}  // namespace train
}  // namespace wick
