// nn::parallel: one batch through several copies of a module.
#pragma once

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace parallel {
inline namespace v1 {

namespace detail {

// Calls `body` with the numbers of the pieces, each on the worker of its device; errors name the piece, those of the first come out.
void run_pieces(const std::vector<Device>& devices, const std::function<void(size_t)>& body);
// Makes backward of all that pieces gave run on these workers, too.
void join_graphs(const std::vector<Device>& devices, const std::vector<std::vector<Tensor*>>& outputs, const std::vector<std::vector<Tensor>>& inputs);
// A copy with the same parameters, whose gradients go to the original; `first`: with its buffers, too.
std::shared_ptr<Module> replica(const Module& original, bool first);
void check_devices(const char* op, const std::vector<Device>& devices);
std::vector<Tensor> cut(const Tensor& input, size_t pieces, int64_t dim);
Tensor join(const std::vector<Tensor>& outputs, int64_t dim);
[[noreturn]] void unequal(size_t a, size_t b);

// How values are cut along a batch, joined, and searched for tensors: tensors, containers of what can be cut, and all else, which every piece gets.
template <class T, class = void>
struct Parts {
  static std::vector<T> cut(const T& x, size_t n, int64_t) { return std::vector<T>(n, x); }
  template <class F> static void each(T&, const F&) {}
  static T join(const std::vector<T>&, int64_t) {
    static_assert(sizeof(T) == 0, "gather: pieces are joined when they are tensors, or vectors, arrays, maps, pairs, tuples and optionals of such");
    throw 0;
  }
};
template <>
struct Parts<Tensor> {
  static std::vector<Tensor> cut(const Tensor& x, size_t n, int64_t dim) { return detail::cut(x, n, dim); }
  template <class F> static void each(Tensor& x, const F& f) { f(x); }
  static Tensor join(const std::vector<Tensor>& all, int64_t dim) { return detail::join(all, dim); }
};
// A container of one kind of element: `Make` makes one of the shape of a given one.
template <class C, class Element>
struct PartsOfMany {
  static std::vector<C> cut(const C& x, size_t n, int64_t dim) {
    std::vector<std::vector<Element>> parts;
    for (const auto& e : x) parts.push_back(Parts<Element>::cut(value(e), n, dim));
    for (const auto& p : parts) n = std::min(n, p.size());
    std::vector<C> result(n, x);
    for (size_t k = 0; k < n; ++k) {
      size_t i = 0;
      for (auto& e : result[k]) value(e) = std::move(parts[i++][k]);
    }
    return result;
  }
  template <class F> static void each(C& x, const F& f) {
    for (auto& e : x) Parts<Element>::each(value(e), f);
  }
  static C join(const std::vector<C>& all, int64_t dim) {
    C result = all[0];
    for (const C& c : all)
      if (size_of(c) != size_of(result)) unequal(size_of(result), size_of(c));
    size_t i = 0;
    for (auto& e : result) {
      std::vector<Element> same;
      for (const C& c : all) same.push_back(value(counterpart(c, e, i)));
      value(e) = Parts<Element>::join(same, dim);
      ++i;
    }
    return result;
  }

 private:
  template <class E> static auto& value(E& e) {
    if constexpr (std::is_same<std::decay_t<E>, Element>::value) return e;
    else if constexpr (is_item<std::decay_t<E>>(0)) return e.value();
    else return e.second;
  }
  template <class E> static constexpr auto is_item(int) -> decltype(std::declval<E&>().value(), true) { return true; }
  template <class E> static constexpr bool is_item(...) { return false; }
  static size_t size_of(const C& c) { return static_cast<size_t>(std::distance(c.begin(), c.end())); }
  template <class E> static const auto& counterpart(const C& c, const E& e, size_t i) {
    if constexpr (std::is_same<std::decay_t<E>, Element>::value) return *(c.begin() + static_cast<std::ptrdiff_t>(i));
    else if constexpr (is_item<std::decay_t<E>>(0)) return *(c.begin() + static_cast<std::ptrdiff_t>(i));
    else {
      const auto at = c.find(e.first);
      if (at == c.end()) unequal(c.size(), c.size() + 1);
      return *at;
    }
  }
};
template <class T> struct Parts<std::vector<T>, std::enable_if_t<!std::is_arithmetic<T>::value>> : PartsOfMany<std::vector<T>, T> {};
template <class T, size_t N> struct Parts<std::array<T, N>, std::enable_if_t<!std::is_arithmetic<T>::value>> : PartsOfMany<std::array<T, N>, T> {};
template <class K, class T> struct Parts<std::map<K, T>> : PartsOfMany<std::map<K, T>, T> {};
template <class K, class T> struct Parts<std::unordered_map<K, T>> : PartsOfMany<std::unordered_map<K, T>, T> {};
template <class K, class T> struct Parts<OrderedDict<K, T>> : PartsOfMany<OrderedDict<K, T>, T> {};
template <class T>
struct Parts<std::optional<T>> {
  static std::vector<std::optional<T>> cut(const std::optional<T>& x, size_t n, int64_t dim) {
    if (!x) return std::vector<std::optional<T>>(n);
    auto parts = Parts<T>::cut(*x, n, dim);
    return std::vector<std::optional<T>>(parts.begin(), parts.end());
  }
  template <class F> static void each(std::optional<T>& x, const F& f) {
    if (x) Parts<T>::each(*x, f);
  }
  static std::optional<T> join(const std::vector<std::optional<T>>& all, int64_t dim) {
    std::vector<T> there;
    for (const auto& x : all)
      if (x) there.push_back(*x);
    if (there.empty()) return std::nullopt;
    if (there.size() != all.size()) unequal(all.size(), there.size());
    return Parts<T>::join(there, dim);
  }
};
// Pairs and tuples.
template <class Tuple, class... Ts>
struct PartsOfTuple {
  static std::vector<Tuple> cut(const Tuple& x, size_t n, int64_t dim) {
    return std::apply([&](const Ts&... e) {
      std::tuple<std::vector<Ts>...> parts{Parts<Ts>::cut(e, n, dim)...};
      std::apply([&](const auto&... p) { ((n = std::min(n, p.size())), ...); }, parts);
      std::vector<Tuple> result;
      for (size_t k = 0; k < n; ++k) result.push_back(std::apply([&](auto&... p) { return Tuple{p[k]...}; }, parts));
      return result;
    }, x);
  }
  template <class F> static void each(Tuple& x, const F& f) {
    std::apply([&](auto&... e) { (Parts<std::decay_t<decltype(e)>>::each(e, f), ...); }, x);
  }
  static Tuple join(const std::vector<Tuple>& all, int64_t dim) { return join(all, dim, std::index_sequence_for<Ts...>()); }

 private:
  template <size_t... I> static Tuple join(const std::vector<Tuple>& all, int64_t dim, std::index_sequence<I...>) {
    return Tuple{Parts<Ts>::join(column<I, Ts>(all), dim)...};
  }
  template <size_t I, class T> static std::vector<T> column(const std::vector<Tuple>& all) {
    std::vector<T> r;
    for (const Tuple& t : all) r.push_back(std::get<I>(t));
    return r;
  }
};
template <class... Ts> struct Parts<std::tuple<Ts...>> : PartsOfTuple<std::tuple<Ts...>, Ts...> {};
template <class A, class B> struct Parts<std::pair<A, B>> : PartsOfTuple<std::pair<A, B>, A, B> {};

// Calls a module with its hooks.
template <class M, class... Args> auto run(ModuleHolder<M> module, Args&... args) { return module(args...); }
template <class M, class... Args> auto run(std::shared_ptr<M> module, Args&... args) { return ModuleHolder<M>(std::move(module))(args...); }

// Each module with its arguments.
template <class M, class... Args>
auto apply(std::vector<M>& modules, std::vector<std::tuple<Args...>>& inputs, const std::vector<Device>& devices) {
  using R = decltype(run(modules[0], std::declval<Args&>()...));
  std::vector<std::optional<R>> got(modules.size());
  run_pieces(devices, [&](size_t i) { std::apply([&](Args&... args) { got[i].emplace(run(modules[i], args...)); }, inputs[i]); });
  std::vector<R> outputs;
  std::vector<std::vector<Tensor*>> results(modules.size());
  std::vector<std::vector<Tensor>> given(modules.size());
  for (auto& r : got) outputs.push_back(std::move(*r));
  for (size_t i = 0; i < modules.size(); ++i) {
    Parts<R>::each(outputs[i], [&](Tensor& t) { results[i].push_back(&t); });
    Parts<std::tuple<Args...>>::each(inputs[i], [&](Tensor& t) { given[i].push_back(t); });
  }
  join_graphs(devices, results, given);
  return outputs;
}
}  // namespace detail

/// Cuts what is given into one part a device (fewer, if the batch is small): tensors along `dim`; vectors, arrays, maps, OrderedDicts, pairs, tuples and optionals
/// element by element. All else every part gets as it is.
/// (https://docs.pytorch.org/docs/stable/_modules/torch/nn/parallel/scatter_gather.html)
template <class T>
std::vector<T> scatter(const T& input, const std::vector<Device>& devices, int64_t dim = 0) {
  detail::check_devices("scatter", devices);
  return detail::Parts<T>::cut(input, devices.size(), dim);
}
/// The opposite: tensors are joined along `dim`, those without dimensions become elements of one with one. Errors: ValueError for none, parts of different make.
template <class T>
T gather(const std::vector<T>& outputs, Device output_device = kCPU, int64_t dim = 0) {
  detail::check_devices("gather", {output_device});
  if (outputs.empty()) throw ValueError("gather: expected the outputs of at least one device, got none");
  return detail::Parts<T>::join(outputs, dim);
}

/// A copy of the module for each device, whose gradients flow back into the original's parameters. On the CPU copies have no parameters of their own: they look at the
/// original's memory, and the first at that of its buffers. Errors: a module that is not Cloneable.
template <class M>
std::vector<std::shared_ptr<M>> replicate(const std::shared_ptr<M>& module, const std::vector<Device>& devices) {
  detail::check_devices("replicate", devices);
  std::vector<std::shared_ptr<M>> replicas;
  for (size_t i = 0; i < devices.size(); ++i) replicas.push_back(std::dynamic_pointer_cast<M>(detail::replica(*module, i == 0)));
  return replicas;
}
template <class M>
std::vector<ModuleHolder<M>> replicate(const ModuleHolder<M>& module, const std::vector<Device>& devices) {
  auto replicas = replicate(module.ptr(), devices);
  return std::vector<ModuleHolder<M>>(replicas.begin(), replicas.end());
}

/// Runs each module on its input, all at once. The devices of a CPU, `cpu:0`, `cpu:1`, …, are workers with an equal share of the threads each; those without a
/// number each get one. Gradient mode, autocast and inference mode are the caller's; random numbers follow from the caller's generator, not from timing.
/// Backward runs on the workers, too. Errors: ValueError for numbers of modules, inputs and devices that differ; those of the first module that fails, with
/// its number and device (what is no wick::Error becomes one, with the other nested).
template <class M>
std::vector<Tensor> parallel_apply(std::vector<M>& modules, const std::vector<Tensor>& inputs, const std::optional<std::vector<Device>>& devices = std::nullopt) {
  if (modules.size() != inputs.size()) throw ValueError("Must have as many inputs as modules");
  if (devices && modules.size() != devices->size()) throw ValueError("Must have as many devices as modules");
  std::vector<std::tuple<Tensor>> arguments(inputs.begin(), inputs.end());
  std::vector<Device> where;
  for (size_t i = 0; i < inputs.size(); ++i) where.push_back(devices ? (*devices)[i] : inputs[i].device());
  detail::check_devices("parallel_apply", where);
  return detail::apply(modules, arguments, where);
}

/// Cuts the batch along `dim`, runs the pieces through copies of the module on the devices (by default one, the input's own), and joins the results on
/// `output_device`. With one device the module itself runs. Errors: ValueError without a device; NotImplementedError for devices that this build does not have.
/// (https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html)
template <class M>
Tensor data_parallel(M module, Tensor input, std::optional<std::vector<Device>> devices = std::nullopt, std::optional<Device> output_device = std::nullopt, int64_t dim = 0) {
  if (!devices) devices = std::vector<Device>{input.device()};
  if (devices->empty()) throw ValueError("data_parallel: expected at least one device");
  detail::check_devices("data_parallel", *devices);
  const Device target = output_device.value_or(devices->front());
  detail::check_devices("data_parallel", {target});
  if (devices->size() == 1) return detail::run(module, input);
  const std::vector<Tensor> inputs = scatter(input, *devices, dim);
  devices->resize(inputs.size(), devices->front());  // a small batch needs fewer
  auto replicas = replicate(module, *devices);
  return gather(parallel_apply(replicas, inputs, devices), target, dim);
}

}  // namespace v1
}  // namespace parallel

inline namespace v1 {

/// A model whose batches are cut along `dim` and run through copies of it, each on its device, at once; gradients are added up in the model itself. On the CPU
/// the devices are `cpu:0`, `cpu:1`, …: workers with a share of the threads each, which share one set of parameters. Arguments are cut as `parallel::scatter`
/// does, results joined as `gather` does. What forward changes in the module is lost, but for buffers such as running statistics in the first copy. Without
/// devices, or with one, the module runs as it is. `M` is a holder such as `Net`, or a Cloneable class in a shared_ptr. Errors as in `parallel_apply`.
///     nn::DataParallel model(Net(), {"cpu:0", "cpu:1"});
/// (https://docs.pytorch.org/docs/stable/generated/torch.nn.DataParallel.html)
template <class M>
class DataParallel : public Module {
 public:
  explicit DataParallel(M module, std::vector<Device> device_ids = {}, std::optional<Device> output_device = std::nullopt, int64_t dim = 0)
      : Module("wick::nn::DataParallel"), module_(std::move(module)), devices_(std::move(device_ids)), dim_(dim) {
    parallel::detail::check_devices("DataParallel", devices_);
    if (output_device) parallel::detail::check_devices("DataParallel", {*output_device});
    register_module("module", module_);
  }

  /// The model's result, its hooks included.
  template <class... Args>
  auto forward(Args&&... args) {
    using Pieces = std::tuple<std::decay_t<Args>...>;
    using R = decltype(parallel::detail::run(module_, args...));
    if (devices_.size() <= 1) return parallel::detail::run(module_, args...);
    auto inputs = parallel::detail::Parts<Pieces>::cut(Pieces(std::forward<Args>(args)...), devices_.size(), dim_);
    if (inputs.size() == 1) return std::apply([&](auto&... a) { return parallel::detail::run(module_, a...); }, inputs[0]);
    const std::vector<Device> devices(devices_.begin(), devices_.begin() + static_cast<std::ptrdiff_t>(inputs.size()));
    auto replicas = parallel::replicate(module_, devices);
    return parallel::detail::Parts<R>::join(parallel::detail::apply(replicas, inputs, devices), dim_);
  }
  template <class... Args>
  auto operator()(Args&&... args) { return forward(std::forward<Args>(args)...); }

  /// The model itself, and where its copies run.
  M& module() { return module_; }
  const std::vector<Device>& device_ids() const { return devices_; }

 private:
  M module_;
  std::vector<Device> devices_;
  int64_t dim_;
};

}  // namespace v1
}  // namespace nn
}  // namespace wick
