// Tensors that a module computes from others before each forward: what parametrizations and pruning masks stand on.
#pragma once

#include <wick/nn/module.h>

namespace wick::nn::inline v1::detail {

struct Extras;

// What Module keeps to itself, for the utilities that put other tensors in the place of its own.
struct Access {
  static OrderedDict<std::string, Tensor>& parameters(Module& m) { return m.parameters_; }
  static OrderedDict<std::string, Tensor>& buffers(Module& m) { return m.buffers_; }
  static void copy_mode(Module& to, const Module& from) { to.copy_mode(from); }
  static Extras& extras(Module& m) { return m.extras_.make(); }
  static const Extras* extras(const Module& m) { return m.extras_.get(); }
  // Where a debugger finds what a module has, though the libraries are stripped: read by share/wick/debugger/wick_tensors.py.
  static const uint32_t debugger_layout[7];
};

// One such tensor: where it is, what it comes from, for messages, and how it is made.
struct Computed {
  std::string name, kind;
  std::function<Tensor(Module&)> make;
  uint64_t pass = 0;  // that it was made in, while results are kept
};

// The registered parameter or buffer of that name, or null.
Tensor* registered(Module& module, const std::string& name);
// Where the module keeps it. Errors: the module has no such tensor, or does not tell where.
Tensor& member_of(Module& module, const std::string& name, const char* call);
// Takes a parameter or buffer out of the lists.
void unregister(Module& module, const std::string& name);
// What a copy of a module gets for one of its tensors: a copy of it, on the device, or, for parameters while a SharedParameters lives in this thread, the same
// memory.
Tensor copied(const Tensor& t, const std::optional<Device>& device, bool is_parameter);
struct SharedParameters {
  SharedParameters();
  ~SharedParameters();
};
// Gives a copy of a module its own parameters and buffers.
void copy_tensors(const Module& from, Module& to, const std::optional<Device>& device);

// From now on the tensor is computed, and has this value until then; and no more.
void compute_tensor(Module& module, Computed computed, const Tensor& value);
void stop_computing(Module& module, const std::string& name, const std::string& kind);
bool is_computed(const Module& module, const std::string& name, const std::string& kind);

// Between the two, each tensor is computed once in this thread.
void begin_cache();
void end_cache();

}  // namespace wick::nn::inline v1::detail
