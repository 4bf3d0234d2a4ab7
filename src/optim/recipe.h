// How an optimizer is made: its Recipe says what is special about it, OptimizerOf's members do the rest.
//   template <> struct Recipe<LionOptions> {
//     static constexpr const char* name = "Lion";
//     static void check(const LionOptions& o);                                                    // throws for options out of range
//     static OptimStep plan(const LionOptions& o, LionParamState& s, const Tensor& p);            // another step of one parameter; or, for
//     static Tensor run(Optimizer& optimizer, const Optimizer::LossClosure& closure);             // what is not element by element
//     static Gradients gradients(const LionOptions& o);                                           // where sparse ones are welcome
//     static void check_state(const LionParamState& s, const Tensor& p, const std::string& who);  // when states are not as large as parameters
//   };
//   WICK_FIELDS(LionOptions, …) WICK_FIELDS(LionParamState, …)  // the tensors among the fields are the kernel's states, in this order
//   WICK_OPTIMIZER(Lion)
#pragma once

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>
#include <wick/optim/optimizer.h>

#include "core/watch.h"
#include "kernels/cpu/optim.h"
#include "optim/fields.h"

namespace wick::optim {

using kernels::cpu::OptimRule;
using kernels::cpu::OptimStep;

template <class Options> struct Recipe;

inline std::vector<OptimizerParamGroup> one_group(std::vector<Tensor> params) { return {OptimizerParamGroup(std::move(params))}; }

// Runs the closure with recording on.
inline Tensor evaluate(const Optimizer::LossClosure& closure) {
  if (!closure) return {};
  AutoGradMode on(true);
  return closure();
}

inline void check_range(const char* name, double v, bool good) { WICK_CHECK_TYPE(ValueError, good, "Invalid ", name, " value: ", v); }
inline void check_range(const char* name, double v) { check_range(name, v, v >= 0); }
template <class Options>
void check_betas(const Options& o) {
  const auto [b1, b2] = o.betas();
  check_range("beta parameter at index 0", b1, b1 >= 0 && b1 < 1);
  check_range("beta parameter at index 1", b2, b2 >= 0 && b2 < 1);
}

// "parameter 3 of group 0, [4, 5]"
std::string named(size_t group, size_t index, const Tensor& p);

// Zeros, without a history.
inline void zero_gradient(Tensor& grad) {
  if (grad.requires_grad()) grad.detach_();  // not else: it may be a view
  grad.zero_();
}

// A state for p in the layout that the kernel sees.
Tensor state_like(const Tensor& p, double fill = 0);

// The state of p, or nothing.
OptimizerParamState* find_state(Optimizer& optimizer, const Tensor& p);

// What an optimizer does with sparse gradients: refuses them, as always or because the weights decay; updates the rows
// that they have; makes them dense; takes no others.
enum class Gradients { dense, dense_for_decay, rows, made_dense, only_rows };

// The parameters that have a gradient, in one pass. The constructor looks at all of them before anything changes, and
// finds the norm for clipping.
class Sweep {
 public:
  struct Item {
    Tensor p;            // the parameter
    Tensor param, grad;  // what the kernel works on: p and its gradient, or dense copies of them, or of the rows at
    std::vector<std::optional<Tensor>> places = {};
    std::vector<std::pair<Tensor, Tensor>> rows = {};  // states, and copies of their rows
    size_t group = 0, index = 0;
    const OptimizerOptions* options = nullptr;
    kernels::cpu::OptimTensor k = {};
    std::string name() const { return named(group, index, p); }
  };
  Sweep(Optimizer& optimizer, const char* name, Gradients (*gradients)(const OptimizerOptions&));
  std::vector<Item>& items() { return items_; }
  // Gives the kernel a state of the item, in its layout: one that was loaded, or whose parameter was replaced, may have
  // another; one that is missing starts at 0.
  static void attach(Item& item, unsigned slot, Tensor& state);
  // The gradient, clipped, with the sign of maximize: for steps in tensor operations.
  Tensor gradient(const Item& item, bool maximize) const;
  // Does all steps and writes copies back; then finish().
  void run();
  // Zeroes the gradients, those that the kernel has not.
  void finish(bool by_kernel = false);

 private:
  static void prepare(Item& item, bool rows);
  void measure(Optimizer& optimizer, const char* name);
  std::vector<Item> items_;
  kernels::cpu::OptimPass pass_;
};

template <class State, class F>
void each_tensor(State& s, F f) {
  unsigned slot = 0;
  each_field(&s, [&](const char* name, auto get) {
    if constexpr (std::is_same_v<std::decay_t<decltype(get(s))>, Tensor>) f(slot++, name, get(s));
  });
}

void check_shape(const char* what, const Tensor& state, IntArrayRef expected, const std::string& who);

// A state's tensors against its parameter.
template <class Options, class State>
void check_state(const State& s, const Tensor& p, const std::string& who) {
  if constexpr (requires { Recipe<Options>::check_state(s, p, who); }) Recipe<Options>::check_state(s, p, who);
  else each_tensor(s, [&](unsigned, const char* name, const Tensor& t) { check_shape(name, t, p.sizes(), who); });
}

template <class Options>
Gradients gradients_of(const OptimizerOptions& o) {
  if constexpr (requires(const Options& all) { Recipe<Options>::gradients(all); }) return Recipe<Options>::gradients(static_cast<const Options&>(o));
  else return Gradients::dense;
}

template <class Options, class State>
void step_elements(Optimizer& optimizer) {
  Sweep sweep(optimizer, Recipe<Options>::name, gradients_of<Options>);
  for (auto& item : sweep.items())
    if (auto* s = find_state(optimizer, item.p)) check_state<Options>(static_cast<State&>(*s), item.p, item.name());
  for (auto& item : sweep.items()) {
    auto* found = static_cast<State*>(find_state(optimizer, item.p));
    State fresh;
    State& s = found ? *found : fresh;
    OptimStep& step = item.k.step = Recipe<Options>::plan(static_cast<const Options&>(*item.options), s, item.p);
    each_tensor(s, [&](unsigned slot, const char*, Tensor& t) {
      if (step.states >> slot & 1) Sweep::attach(item, slot, t);
    });
    if (!found && step.states) optimizer.state()[item.p.unsafeGetTensorImpl()] = std::make_unique<State>(std::move(fresh));
  }
  sweep.run();
}

// Archives from before libtorch 1.5 hold a list of buffers for each field of the states, of one group's parameters in order.
template <class State>
struct OldField {
  const char* key;
  void (*set)(State& s, const Tensor& t);
};

template <class Options, class State>
void read_old(serialize::InputArchive& archive, Optimizer& optimizer) {
  const std::vector<Tensor>& params = optimizer.param_groups().at(0).params();
  std::vector<std::unique_ptr<State>> states(params.size());
  const auto state = [&](size_t i) -> State& {
    WICK_CHECK(i < params.size(), "load: the archive has states of more than ", i, " parameters, the optimizer's group has ", params.size());
    if (!states[i]) states[i] = std::make_unique<State>();
    return *states[i];
  };
  if constexpr (requires(State& one) { Recipe<Options>::read_old(archive, one); }) {
    Recipe<Options>::read_old(archive, state(0));
  } else {
    for (const OldField<State>& f : Recipe<Options>::old) {
      std::vector<Tensor> buffers;
      serialize(archive, f.key, buffers);
      for (size_t i = 0; i < buffers.size(); ++i) f.set(state(i), buffers[i]);
    }
  }
  for (size_t i = 0; i < params.size(); ++i)
    if (states[i]) check_state<Options>(*states[i], params[i], named(0, i, params[i]));
  const char* const name = Recipe<Options>::name;
  warn(str("Your serialized ", name, " optimizer is still using the old serialization format. You should re-save your ", name, " optimizer to use the new serialization format."));
  for (size_t i = 0; i < params.size(); ++i)
    if (states[i]) optimizer.state()[params[i].unsafeGetTensorImpl()] = std::move(states[i]);
}

inline namespace v1 {

template <class Options, class ParamState>
OptimizerOf<Options, ParamState>::OptimizerOf(const std::vector<OptimizerParamGroup>& groups, Options defaults) : Optimizer(groups, defaults.clone()) {
  Recipe<Options>::check(defaults);
  for (const auto& g : param_groups_) OptimizerOf::check_options(g.options());
}
template <class Options, class ParamState>
OptimizerOf<Options, ParamState>::OptimizerOf(std::vector<Tensor> params, Options defaults) : OptimizerOf(one_group(std::move(params)), std::move(defaults)) {}
template <class Options, class ParamState>
void OptimizerOf<Options, ParamState>::check_options(const OptimizerOptions& options) const {
  const auto* o = dynamic_cast<const Options*>(&options);
  WICK_CHECK_TYPE(TypeError, o, Recipe<Options>::name, ": a parameter group has the options of another optimizer; give it ", Recipe<Options>::name, "Options");
  Recipe<Options>::check(*o);
}
template <class Options, class ParamState>
Tensor OptimizerOf<Options, ParamState>::step(LossClosure closure) {
  NoGradGuard off;
  const watch::Range range(watch::Kind::optimizer, Recipe<Options>::name, this);
  if constexpr (requires { Recipe<Options>::run(*this, closure); }) {
    return Recipe<Options>::run(*this, closure);
  } else {
    Tensor loss = evaluate(closure);
    step_elements<Options, ParamState>(*this);
    return loss;
  }
}
template <class Options, class ParamState>
void OptimizerOf<Options, ParamState>::save(serialize::OutputArchive& archive) const { detail::write_optimizer(archive, *this); }
template <class Options, class ParamState>
void OptimizerOf<Options, ParamState>::load(serialize::InputArchive& archive) {
  if constexpr (requires { Recipe<Options>::old; } || requires(ParamState& s) { Recipe<Options>::read_old(archive, s); }) {
    IValue version;
    if (!archive.try_read("pytorch_version", version)) return read_old<Options, ParamState>(archive, *this);
  }
  detail::read_optimizer(
      archive, *this, [] { return std::unique_ptr<OptimizerParamState>(new ParamState()); },
      [](const OptimizerParamState& s, const Tensor& p, size_t group, size_t index) {
        check_state<Options>(static_cast<const ParamState&>(s), p, named(group, index, p));
      },
      [](const OptimizerOptions& o) { Recipe<Options>::check(static_cast<const Options&>(o)); });
}

}  // namespace v1
}  // namespace wick::optim

// The members of NameOptions, NameParamState and Name. In namespace wick::optim.
#define WICK_OPTIMIZER(Name)                                                                             \
  inline namespace v1 {                                                                                  \
  Name##Options::Name##Options(double lr) : lr_(lr) {}                                                   \
  void Name##Options::serialize(serialize::InputArchive& a) { fields::read_all(a, *this); }              \
  void Name##Options::serialize(serialize::OutputArchive& a) const { fields::write_all(a, *this); }      \
  void Name##Options::inherit(const OptimizerOptions& defaults) { fields::inherit_all(*this, defaults); } \
  bool operator==(const Name##Options& a, const Name##Options& b) { return fields::equal_all(a, b); }    \
  void Name##ParamState::serialize(serialize::InputArchive& a) { fields::read_all(a, *this); }           \
  void Name##ParamState::serialize(serialize::OutputArchive& a) const { fields::write_all(a, *this); }   \
  bool operator==(const Name##ParamState& a, const Name##ParamState& b) { return fields::equal_all(a, b); } \
  template class OptimizerOf<Name##Options, Name##ParamState>;                                           \
  }
