// nn::utils::parametrize: tensors of a layer computed from those that learn; the parametrizations that come with it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace utils {
namespace parametrize {
inline namespace v1 {
namespace detail {

// One parametrization: how its module is called and, if it has one, its inverse (`one`: which gives a single tensor).
struct Step {
  std::shared_ptr<Module> module;
  std::function<Tensor(Module&, const std::vector<Tensor>&)> forward;
  std::function<std::vector<Tensor>(Module&, const Tensor&)> right_inverse;
  bool one = true;
};
[[noreturn]] void throw_count(const Module& module, size_t expected, size_t got);

template <class M, class = void> struct Inverse : std::false_type {};
template <class M>
struct Inverse<M, std::void_t<decltype(std::declval<M&>().right_inverse(std::declval<const Tensor&>()))>> : std::true_type {};
template <class M, class List, class... A> struct Forward : std::false_type {};
template <class M, class... A>
struct Forward<M, std::void_t<decltype(std::declval<M&>().forward(std::declval<A>()...))>, A...> : std::true_type {};

inline std::vector<Tensor> listed(Tensor t) { return {std::move(t)}; }
inline std::vector<Tensor> listed(std::vector<Tensor> t) { return t; }
template <class... T>
std::vector<Tensor> listed(const std::tuple<T...>& t) { return std::apply([](const auto&... x) { return std::vector<Tensor>{x...}; }, t); }

template <class M>
Step step(std::shared_ptr<M> module) {
  using T = const Tensor&;
  Step s;
  s.module = module;
  s.forward = [](Module& m, const std::vector<Tensor>& x) -> Tensor {
    M& self = static_cast<M&>(m);
    if constexpr (Forward<M, void, T>::value) {
      if (x.size() == 1) return self.forward(x[0]);
    }
    if constexpr (Forward<M, void, T, T>::value) {
      if (x.size() == 2) return self.forward(x[0], x[1]);
    }
    if constexpr (Forward<M, void, T, T, T>::value) {
      if (x.size() == 3) return self.forward(x[0], x[1], x[2]);
    }
    throw_count(m, Forward<M, void, T>::value ? 1 : Forward<M, void, T, T>::value ? 2 : 3, x.size());
  };
  static_assert(Forward<M, void, T>::value || Forward<M, void, T, T>::value || Forward<M, void, T, T, T>::value,
                "a parametrization has a `Tensor forward(const Tensor& original)`, or one of two or three originals");
  if constexpr (Inverse<M>::value) {
    s.one = std::is_same<std::decay_t<decltype(std::declval<M&>().right_inverse(std::declval<T>()))>, Tensor>::value;
    s.right_inverse = [](Module& m, const Tensor& value) { return listed(static_cast<M&>(m).right_inverse(value)); };
  }
  return s;
}
template <class M>
Step step(const ModuleHolder<M>& holder) { return step(holder.ptr()); }

}  // namespace detail

/// What a parametrized tensor is made of: the tensor that learns, `original` (or `original0`, `original1`, ...), and the modules that it goes
/// through. The module it belongs to has it as `parametrizations.<name>`.
class ParametrizationListImpl : public Cloneable<ParametrizationListImpl> {
 public:
  ParametrizationListImpl(std::vector<detail::Step> steps, const Tensor& original, bool is_parameter, bool unsafe);
  void reset() override {}
  void pretty_print(std::ostream& stream) const override;
  std::shared_ptr<Module> clone(const std::optional<Device>& device = std::nullopt) const override;
  /// The tensor.
  Tensor forward();
  /// Changes the originals so that the tensor becomes `value`. Errors: a parametrization without a right_inverse, another dtype.
  void right_inverse(const Tensor& value);
  /// The tensors that learn, and whether there is just one, which then is `original`.
  std::vector<Tensor> originals() const;
  bool is_tensor() const { return is_tensor_; }
  /// The parametrizations, first the one that the originals enter.
  size_t size() const { return steps_.size(); }
  std::shared_ptr<Module> operator[](size_t index) const { return steps_.at(index).module; }
  void append(detail::Step step, bool unsafe);
  // For transfer_parametrizations_and_params.
  const std::vector<detail::Step>& steps() const { return steps_; }
  void share_originals(const ParametrizationListImpl& from);
  // The tensor as it was first computed.
  Tensor take_first() { return std::exchange(first_, Tensor()); }
  Tensor* tensor_member(const std::string& name) override;

 private:
  void add(detail::Step step);
  std::vector<detail::Step> steps_;
  bool is_tensor_ = true, unsafe_ = false;
  Tensor first_;
};
WICK_MODULE(ParametrizationList);

namespace detail {
void register_parametrization(Module& module, const std::string& name, Step step, bool unsafe);
}

/// Makes a parameter or buffer of `module` the result of a parametrization: any module with a `Tensor forward(const Tensor& original)` and, if
/// there is one, a `right_inverse` that gives the original of a value (several originals: `forward` takes them all, `right_inverse` returns a
/// vector or tuple). Layers compute the tensor anew in each forward, other modules when they are called (`m(x)`); `refresh_tensors()` does it
/// at any time. A module of one's own names its tensors with WICK_MEMBERS. More than one parametrization is applied in the order of registration.
/// Errors: no such tensor; another shape or dtype, unless `unsafe`.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.register_parametrization.html)
template <class P>
void register_parametrization(Module& module, const std::string& name, const P& parametrization, bool unsafe = false) {
  detail::register_parametrization(module, name, detail::step(parametrization), unsafe);
}
template <class M, class P>
void register_parametrization(const ModuleHolder<M>& module, const std::string& name, const P& parametrization, bool unsafe = false) {
  detail::register_parametrization(*module.ptr(), name, detail::step(parametrization), unsafe);
}

/// Whether a tensor, or any tensor, of the module is parametrized; and what it is made of. Errors: it is not.
bool is_parametrized(const Module& module, const std::string& name = std::string());
std::shared_ptr<ParametrizationListImpl> parametrizations_of(const Module& module, const std::string& name);

/// Makes it a plain parameter (or buffer) again, of the value it has, or of the original. Errors: it is not parametrized; the original is asked for
/// and there are several.
void remove_parametrizations(Module& module, const std::string& name, bool leave_parametrized = true);

/// Gives `to` the parametrizations of `from`, of one tensor or (name empty) of all: the same modules, the same originals, so that both compute
/// their tensors from what learns once. Errors: `from` has none; `to` has no tensor of that name or one of another shape.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrize.transfer_parametrizations_and_params.html)
void transfer_parametrizations_and_params(const Module& from, Module& to, const std::string& name = std::string());

/// While one lives, each parametrized tensor is computed once in this thread and used again: for a layer that runs many times in one pass, such
/// as a recurrent cell. The parameters must not change meanwhile.
class cached {
 public:
  cached();
  ~cached();
  cached(const cached&) = delete;
};

}  // namespace v1
}  // namespace parametrize

namespace parametrizations {
inline namespace v1 {
namespace detail {
void weight_norm(Module& module, const std::string& name, std::optional<int64_t> dim);
void spectral_norm(Module& module, const std::string& name, int64_t n_power_iterations, double eps, std::optional<int64_t> dim);
void orthogonal(Module& module, const std::string& name, const std::string& orthogonal_map, bool use_trivialization);
}  // namespace detail

/// Each returns the layer that it is given: `auto fc = weight_norm(nn::Linear(20, 40));`.
/// The weight as a direction, `original1`, and its length for each slice of dimension `dim` (or as a whole), `original0`.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.weight_norm.html)
template <class M>
M weight_norm(M module, const std::string& name = "weight", std::optional<int64_t> dim = 0) {
  detail::weight_norm(*module, name, dim);
  return module;
}
/// The weight divided by its largest singular value, which power iterations follow, in training.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.spectral_norm.html)
template <class M>
M spectral_norm(M module, const std::string& name = "weight", int64_t n_power_iterations = 1, double eps = 1e-12, std::optional<int64_t> dim = std::nullopt) {
  detail::spectral_norm(*module, name, n_power_iterations, eps, dim);
  return module;
}
/// The weight with orthonormal rows or columns, by `"matrix_exp"`, `"cayley"` or `"householder"`.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.parametrizations.orthogonal.html)
template <class M>
M orthogonal(M module, const std::string& name = "weight", const std::string& orthogonal_map = std::string(), bool use_trivialization = true) {
  detail::orthogonal(*module, name, orthogonal_map, use_trivialization);
  return module;
}

}  // namespace v1
}  // namespace parametrizations
}  // namespace utils
}  // namespace nn
}  // namespace wick
